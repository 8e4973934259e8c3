"""Members of a tar archive, as the stream passes: nothing is sought, nothing is held but one header."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from transforms.outcome import Reason, Reject
from transforms.readers.compression import Source, name_damage
from transforms.readers.members import CHUNK, Member, name_member, refuse_open

BLOCK = 512
EMPTY = bytes(BLOCK)
LONGEST = 1 << 20
"""Bytes of an extended header or a long name: a path has a few thousand."""
FILES = frozenset(b"07\0")
PASSED = {
    ord("1"): "a link, which is not followed", ord("2"): "a link, which is not followed", ord("3"): "a device, no file",
    ord("4"): "a device, no file", ord("5"): "a folder", ord("6"): "a pipe, no file", ord("D"): "a folder",
    ord("V"): "the name of the archive, no file",
}
REFUSED = {
    ord("S"): "it is stored with holes left out; pack it anew without --sparse",
    ord("M"): "it goes on in another part of an archive in several files; pack it anew as one",
}
PAX_LINE = re.compile(rb"(\d{1,7}) ([^=\n]{1,200})=")
AGAIN = "get the file again"


class Header(NamedTuple):
    """The header of a member."""

    name: bytes
    size: int
    kind: int
    is_sparse: bool = False


def is_tar(head: bytes) -> bool:
    """Whether a file opens with the header of a tar archive, told by its checksum.

    >>> is_tar(b"Harbour reopens" + bytes(600))
    False
    """
    return len(head) >= BLOCK and head[:BLOCK] != EMPTY and head[0] != 0 and has_checksum(head[:BLOCK])


def has_checksum(block: bytes) -> bool:
    """Whether the checksum in a header is that of its bytes, counted with or without signs."""
    try:
        wanted = int(block[148:156].strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    total = sum(rest)
    return wanted in (total, total - 256 * sum(byte > 127 for byte in rest))


def read_number(field: bytes) -> int:
    """A size: octal digits, or where those have no room, a binary number. Raises ValueError.

    >>> read_number(b"0000644 "), read_number(b"\\x80" + bytes(9) + b"\\x02\\x00")
    (420, 512)
    """
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    return int(field.split(b"\0")[0].strip() or b"0", 8)


def read_tar(stream: BinaryIO, most: int) -> Iterator[Member]:
    """The members of a tar archive; each has to be read before the next is asked for.

    Raises Reject, behind the last member that can be had, when the archive breaks off, is broken or holds more than `most`.
    """
    tar = Tape(stream)
    number = 0
    while (header := read_header(tar)) is not None:
        if (number := number + 1) > most:
            raise Reject(Reason.TOO_LONG, f"it holds more than {most:,} members; if it is to be trusted, raise COPYDESK_MAX_MEMBERS")
        data = Stretch(tar, header.size)
        name = name_member(header.name)
        if header.is_sparse or header.kind in REFUSED:
            yield Member(name, header.size, refuse_open, REFUSED.get(header.kind, REFUSED[ord("S")]))
        elif header.kind in FILES and name.endswith("/"):
            yield Member(name, header.size, refuse_open, passed="a folder")
        elif header.kind in FILES:
            yield Member(name, header.size, lambda data=data: io.BufferedReader(data, CHUNK))  # type: ignore[misc]
        else:
            yield Member(name, header.size, refuse_open, passed=PASSED.get(header.kind, f"of the unknown kind {chr(header.kind)!r}, no file"))
        while data.read(CHUNK):
            pass
        tar.read(-header.size % BLOCK)
        if tar.damage:
            raise Reject(Reason.TRUNCATED, f"behind its member {number:,} {tar.damage}")


class Tape:
    """The archive as it passes."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.at = 0
        self.is_ended = False
        """Behind the last header there was an empty block, which marks the end."""
        self.damage: str | None = None
        """Where and why it breaks off."""

    def read(self, size: int) -> bytes:
        """The next bytes; fewer where the archive breaks off."""
        data = self.stream.read(size)
        self.at += len(data)
        if len(data) < size and not self.damage:
            self.damage = name_damage(self.stream) or f"the archive ends at byte {self.at}; {AGAIN}"
        return data


class Stretch(Source):
    """The bytes of one member."""

    def __init__(self, tar: Tape, size: int) -> None:
        super().__init__(io.BytesIO())
        self._tar = tar
        self._left = size

    def _fetch(self) -> bytes:
        data = self._tar.read(min(CHUNK, self._left)) if self._left and not self.damage else b""
        self._left -= len(data)
        if self._left and self._tar.damage:
            self.damage = self._tar.damage
        return data


def read_header(tar: Tape) -> Header | None:
    """The header of the next member, with the long name and size that may stand before it; None at the end."""
    name: bytes | None = None
    size: int | None = None
    is_sparse = False
    while True:
        block = tar.read(BLOCK)
        if block == EMPTY:
            tar.is_ended = True
            continue  # the end is two empty blocks; what `cat a.tar b.tar` has put behind them is read too
        if len(block) < BLOCK:
            if block.strip(b"\0"):
                raise Reject(Reason.TRUNCATED, f"{tar.damage}, in the middle of a header")
            damage = name_damage(tar.stream)
            if damage or not tar.is_ended:
                raise Reject(Reason.TRUNCATED, damage or f"it ends at byte {tar.at} without the mark of its end, as when it was cut off; {AGAIN}")
            return None
        tar.is_ended = False
        at = tar.at - BLOCK
        if not has_checksum(block):
            raise Reject(Reason.FORMAT, f"there is no header at byte {at}, where one should be, and what follows can't be read; {AGAIN}")
        try:
            own_size = read_number(block[124:136])
        except ValueError:
            raise Reject(Reason.FORMAT, f"the header at byte {at} names no size, and what follows can't be read; {AGAIN}") from None
        kind = block[156]
        if kind in b"xgLKX":
            if own_size > LONGEST:
                raise Reject(Reason.TOO_LONG, f"the header at byte {at} is {own_size:,} bytes long, and what follows can't be read; {AGAIN}")
            data = tar.read(own_size)
            tar.read(-own_size % BLOCK)
            if kind == ord("L"):
                name = data.rstrip(b"\0")
            elif kind in b"xX":
                fields = read_pax(data)
                name = fields.get(b"GNU.sparse.name", fields.get(b"path", name))
                size = int(fields[b"size"]) if fields.get(b"size", b"").isdigit() else size
                is_sparse = any(key.startswith(b"GNU.sparse.") for key in fields)
            continue
        own = block[:100].split(b"\0")[0]
        if block[257:263] == b"ustar\0" and (prefix := block[345:500].split(b"\0")[0]):
            own = prefix + b"/" + own
        return Header(own if name is None else name, own_size if size is None else size, kind, is_sparse)


def read_pax(data: bytes) -> dict[bytes, bytes]:
    """The fields of an extended header.

    >>> read_pax(b"17 path=dia1.txt\\n12 size=644\\n")
    {b'path': b'dia1.txt', b'size': b'644'}
    """
    fields: dict[bytes, bytes] = {}
    at = 0
    while match := PAX_LINE.match(data, at):
        end = at + int(match[1])
        if end <= match.end():
            break
        fields[match[2]] = data[match.end() : end - 1]
        at = end
    return fields
