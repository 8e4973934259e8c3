"""RTF: exports of Nexis, Factiva and ProQuest, else one article a file."""

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
    """The signature of RTF."""
    return "the signature of RTF" if head.startswith(b"{\\rtf") else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """Its documents, each with its own bytes."""
    from transforms.readers.compression import name_damage
    from transforms.readers.export_paragraphs import read_paragraph_export
    from transforms.readers.rtf_paragraphs import read_rtf

    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        size = len(data) + sum(len(part) for part in iter(lambda: stream.read(1 << 20), b""))
        yield Damaged(1, 0, size, 1, Reason.TOO_LONG.value, f"the file is longer than {LARGEST:,} bytes; save it in parts, or as text", "")
        return
    damage = name_damage(stream)
    paragraphs = read_rtf(data)
    yield from read_paragraph_export(paragraphs.found, len(data), f"cut off at byte {len(data)}: {damage}" if damage else paragraphs.fault)


FORMAT = Format(
    "rtf", "RTF: a database export or one article", recognise, read, aliases=("nexis-rtf", "nexis_rtf"), endings=("rtf",), is_binary=True,
    is_fragile=True,
)
