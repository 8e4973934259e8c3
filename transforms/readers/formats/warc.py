"""Web archives (WARC, ISO 28500), plain or compressed: the news pages in them are records, all else is counted by what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

_OPENING = re.compile(rb"[\r\n]{0,8}WARC/[01]\.\d{1,2}\r?\n[A-Za-z-]{2,40}[ \t]*:")
_NAME = re.compile(r"\.warc(?:\.[a-z0-9]{1,4})?$", re.IGNORECASE)


def recognise_warc(head: bytes, name: str) -> str | None:
    """A version and a field open it, or its name says so and a record begins somewhere in its head."""
    if _OPENING.match(head):
        return "it opens as a WARC record"
    return "its name, and a WARC record in its head" if _NAME.search(name) and b"\nWARC/1." in head else None


def read_warc(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """News pages as records, all other records as gaps of their kind; spans are of the decompressed archive."""
    from transforms.readers.compression import name_damage
    from transforms.readers.tape import Tape
    from transforms.readers.warc import read_tape

    return read_tape(Tape(stream.read, lambda: name_damage(stream)), hints, limit)


FORMAT = Format("warc", "web archive (WARC)", recognise_warc, read_warc, endings=("warc",), is_binary=True, rank=20, is_fragile=True)
