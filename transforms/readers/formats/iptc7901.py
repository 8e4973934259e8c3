"""Wire messages with control characters: ANPA 1312 and IPTC 7901."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

_HEAD = re.compile(rb"[\x16\x00\s]{0,200}+\x01[^\x01-\x04]{1,2000}+\x02")


def recognise(head: bytes, name: str) -> str | None:
    """SOH, a header and STX at the start of the file."""
    return "it opens with the header of a wire message (SOH ... STX)" if _HEAD.match(head[:4096]) else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record a message."""
    from transforms.readers.wire_transmission import read_messages

    return read_messages(stream, found, hints, limit)


FORMAT = Format("iptc7901", "IPTC 7901 or ANPA 1312 wire", recognise, read, aliases=("anpa", "anpa1312"), endings=("tx", "anpa", "iptc"))
