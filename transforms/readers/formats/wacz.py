"""WACZ: web archives in a zip file, with indexes and a list of pages. Their news pages are records, all else is counted by what it is."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

_ARCHIVE = re.compile(rb"archive/[^/\0]{1,200}\.warc(?:\.gz)?", re.IGNORECASE)


def recognise_wacz(head: bytes, name: str) -> str | None:
    """A zip file whose name says so, or whose first members are a WACZ's own."""
    if not head.startswith(b"PK\x03\x04"):
        return None
    if name.casefold().endswith(".wacz"):
        return "its name, and it opens as a zip file"
    length = struct.unpack_from("<H", head, 26)[0] if len(head) >= 30 else 0
    first = head[30 : 30 + length]
    if _ARCHIVE.fullmatch(first):
        return "its first member is a web archive"
    return "it opens with a WACZ's description" if first == b"datapackage.json" and b"wacz_version" in head else None


def read_wacz(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """News pages as records, all other records and members as gaps of their kind; spans are of the zip file."""
    from transforms.readers.wacz import Feed, read_members

    return read_members(Feed(stream.read), hints, limit)


FORMAT = Format("wacz", "web archives in a zip file (WACZ)", recognise_wacz, read_wacz, endings=("wacz",), is_binary=True, rank=20, is_fragile=True)
