"""Workbooks of Excel and of LibreOffice whose rows hold articles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

ZIP, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OPEN_XML = re.compile(rb"PK\x03\x04.{26}xl/(?:workbook|worksheets|_rels|sharedStrings|styles|theme)", re.DOTALL)
ODS = re.compile(rb"PK\x03\x04.{26}mimetype(?:.{0,80}?)application/vnd\.oasis\.opendocument\.spreadsheet(?!-template)", re.DOTALL)
BOOK = re.compile(b"W\0o\0r\0k\0b\0o\0o\0k\0|B\0o\0o\0k\0")
"""Name of the stream in which an old workbook keeps its sheets."""


def recognise(head: bytes, name: str) -> str | None:
    """Told by the parts in it; where those stand beyond the head, by its name."""
    ending = name.casefold().rpartition(".")[2]
    if head.startswith(ZIP):
        if OPEN_XML.search(head):
            return "it holds the parts of an Excel workbook"
        if ODS.match(head[:400]):
            return "it says that it is an OpenDocument spreadsheet"
        return "its name" if ending in ("xlsx", "xlsm", "ods") and len(head) >= 1 << 16 else None
    if head.startswith(COMPOUND):
        if BOOK.search(head):
            return "it holds the stream of an old Excel workbook"
        return "its name" if ending == "xls" else None
    return None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record a row of every sheet; a row's span is its share of the file."""
    from transforms.readers.workbooks import read_workbook

    return read_workbook(stream, hints)


def list_cells(stream: BinaryIO) -> Iterator[list[str]]:
    """The rows of every sheet."""
    from transforms.readers.grid import show_cells
    from transforms.readers.workbooks import list_workbook

    return show_cells(list_workbook(stream))


FORMAT = Format(
    "excel", "workbook", recognise, read, aliases=("xlsx", "xls", "ods", "xlsm"), endings=("xlsx", "xlsm", "xls", "ods"), is_binary=True,
    needs_seek=True, list_cells=list_cells, is_fragile=True,
)
