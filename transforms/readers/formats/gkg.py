"""GDELT's Global Knowledge Graph 2.1: rows of 27 cells between tabs, without a header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

_ROW = re.compile(rb"\d{14}-T?\d{1,9}\t\d{14}\t\d{0,2}\t[^\t\n]{0,300}\t[^\t\n]{0,4000}\t")


def recognise(head: bytes, name: str) -> str | None:
    """A first row that begins with a record's id and date, and has the graph's cells where the head holds all of it."""
    if not _ROW.match(head):
        return None
    line, newline, _ = head.partition(b"\n")
    return "its rows are those of GDELT's knowledge graph" if line.count(b"\t") >= 26 or not newline else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record a row."""
    from transforms.readers.gkg_rows import read_rows

    return read_rows(stream, found, hints, limit)


FORMAT = Format("gkg", "GDELT GKG 2.1", recognise, read, aliases=("gdelt",), endings=("csv", "tsv"))
