"""DOCX: exports of Nexis, Factiva and ProQuest, else one article a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Damaged, Item
from transforms.outcome import Reason
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

LARGEST = 100_000_000
"""Bytes of one file."""


def recognise(head: bytes, name: str) -> str | None:
    """A ZIP archive with a Word document in it."""
    if not head.startswith(b"PK\x03\x04"):
        return None
    if b"word/document" in head:
        return "a ZIP archive with a Word document in it"
    return "its name, and the parts of an Office file" if name.casefold().endswith(".docx") and b"[Content_Types].xml" in head else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """Its documents, each with its share of the file's bytes."""
    from transforms.readers.compression import name_damage
    from transforms.readers.docx_paragraphs import read_docx, share_bytes
    from transforms.readers.export_paragraphs import read_paragraph_export

    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        size = len(data) + sum(len(part) for part in iter(lambda: stream.read(1 << 20), b""))
        yield Damaged(1, 0, size, 1, Reason.TOO_LONG.value, f"the file is longer than {LARGEST:,} bytes; save it in parts, or as text", "")
        return
    damage = name_damage(stream)
    document = read_docx(data)
    fault = f"cut off at byte {len(data)}: {damage}" if damage else document.fault
    yield from read_paragraph_export(share_bytes(document, len(data)), len(data), fault)


FORMAT = Format(
    "docx", "Word: a database export or one article", recognise, read, aliases=("nexis-docx", "nexis_docx"), endings=("docx",), is_binary=True,
    is_fragile=True,
)
