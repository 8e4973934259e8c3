"""WACZ: a zip file of web archives and their indexes, read as a stream from its first byte to its last.

A record's span is that of its gzip member in the zip file, for archives are packed record by record. Where one is packed otherwise, a record's
span is its share of the stretch that holds it; spans tile the file all the same.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from transforms.model import Damaged, Gap, Item
from transforms.outcome import Reason
from transforms.readers.compression import FREE, MEMBER, OPENING, RATIO, name_loss, opens_archive
from transforms.readers.found import Hints
from transforms.readers.tape import CHUNK, Tape
from transforms.readers.warc import read_tape

LOCAL = b"PK\x03\x04"
DESCRIPTOR = b"PK\x07\x08"
_CLOSING = (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08")
_SIGNATURE = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x05\x06)")
_ARCHIVE = re.compile(r"(?:^|/)[^/]+\.warc(?P<packed>\.gz)?$", re.IGNORECASE)
_OTHER_ARCHIVE = re.compile(r"\.warc\.[a-z0-9]{1,4}$|\.wacz$", re.IGNORECASE)
_KINDS = ("indexes", "pages", "logs", "fuzzy", "lists")
_UNKNOWN = 0xFFFFFFFF
_PIECE = 1 << 14
AGAIN = "get the file again"


class Feed:
    """The zip file's bytes, with their place in it."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._held = b""
        self._pos = 0
        self.at = 0

    def hold(self, size: int) -> bytes:
        """The next bytes without moving on; fewer at the end."""
        held = len(self._held) - self._pos
        if held < size:
            parts = [self._held[self._pos :]]
            while held < size and (data := self._read(max(CHUNK, size - held))):
                parts.append(data)
                held += len(data)
            self._held, self._pos = b"".join(parts), 0
        return self._held[self._pos : self._pos + size]

    def take(self, size: int) -> bytes:
        """The next bytes; fewer at the end."""
        data = self.hold(size)
        self._pos += len(data)
        self.at += len(data)
        return data


class Member(NamedTuple):
    """A member of the zip file, by the header before its data."""

    name: str
    flags: int
    method: int
    packed: int | None
    """Bytes of its data; None where they are told behind it."""


class Packed(Protocol):
    """Bytes in the order of the zip file."""

    @property
    def at(self) -> int:
        """Place in the zip file of the next byte, or of the piece that it is packed in."""

    def read(self, size: int) -> bytes:
        """The next bytes, at most so many; none at the end."""


class Stored:
    """A member's data as it stands: so many bytes, or up to a descriptor that says just as many as have passed."""

    def __init__(self, feed: Feed, size: int | None) -> None:
        self._feed = feed
        self._size = size
        self._passed = 0
        self.is_cut = False

    @property
    def at(self) -> int:
        """Place in the zip file of the next byte."""
        return self._feed.at

    def read(self, size: int) -> bytes:
        """The next bytes."""
        want = min(size, self._size - self._passed) if self._size is not None else self._find_end(size)
        data = self._feed.take(want)
        self._passed += len(data)
        self.is_cut = len(data) < want or (self._size is None and not data and not self._feed.hold(1))
        return data

    def _find_end(self, size: int) -> int:
        """Bytes up to the descriptor, or up to where one may begin."""
        held = self._feed.hold(size + 24)
        at = held.find(DESCRIPTOR)
        while 0 <= at < size:
            passed = self._passed + at
            if len(held) < at + 16 or passed & _UNKNOWN == struct.unpack_from("<I", held, at + 8)[0]:
                return at
            at = held.find(DESCRIPTOR, at + 1)
        return min(size, len(held))


class Inflated:
    """What a decoder gives for packed bytes; with `is_gzip` member by member, past broken ones to the next that holds a record."""

    def __init__(self, packed: Packed, *, is_gzip: bool) -> None:
        self._packed = packed
        self._is_gzip = is_gzip
        self._decoder = self._open()
        self._rest = b""
        self._given = 0
        self._start = packed.at
        self._member_start, self._member_given = packed.at, 0
        self.is_over = False
        self.damage: str | None = None
        self.marks: deque[tuple[int, int]] = deque([(0, packed.at)])
        """Bytes given, and the place in the zip file where what follows them begins."""

    def _open(self) -> zlib._Decompress:
        return zlib.decompressobj(wbits=31 if self._is_gzip else -15)

    @property
    def at(self) -> int:
        """Place in the zip file of the bytes that are not decoded yet."""
        return self._packed.at - len(self._rest)

    def read(self, size: int) -> bytes:
        """The next bytes; none at the end."""
        while not self.is_over:
            if not self._rest:
                self._rest = self._packed.read(_PIECE)
                if not self._rest:
                    self._close()
                    break
            try:
                data = self._decoder.decompress(self._rest, min(size, CHUNK))
            except zlib.error as error:
                return self._pass_member(str(error))
            self._rest = self._decoder.unconsumed_tail or self._decoder.unused_data
            self._given += len(data)
            self._member_given += len(data)
            if self._decoder.eof:
                self._decoder = self._open()
                self._member_start, self._member_given = self.at, 0
                self.is_over = not self._is_gzip
            self.marks.append((self._given, self.at))
            if self._given > FREE and self._given > RATIO * (self.at - self._start):
                self.damage = f"more than {RATIO} times its own size comes out of it up to byte {self.at}, as only a bomb does; unpack it by hand"
                self.is_over = True
            if data:
                return data
        return b""

    def _close(self) -> None:
        self.is_over = True
        if self._member_start < self.at:
            self.damage = f"the packed data ends at byte {self.at} in the middle of a member; {AGAIN}"

    def _pass_member(self, error: str) -> bytes:
        """Move on from a corrupt gzip member to the next in which a record begins: the line that stands for what was lost."""
        if not self._is_gzip:
            self.damage, self.is_over = f"the packed data is corrupt before byte {self.at} ({error}); {AGAIN}", True
            return b""
        start, is_silent = self._member_start, not self._member_given
        self._rest = self._rest[is_silent:]
        while not self._find_member():
            pass
        self._decoder = self._open()
        note = (b"" if is_silent else b"\r\n") + name_loss(start, self.at, error)
        self._given += len(note)
        self._member_start, self._member_given = self.at, 0
        self.marks.append((self._given, self.at))
        return note

    def _find_member(self) -> bool:
        """Look for a member that holds a record in the bytes at hand, or read on; True when it is found, or nothing is left."""
        found = self._rest.find(MEMBER)
        self._rest = self._rest[found:] if found >= 0 else self._rest[-2:]
        while len(self._rest) < _PIECE and (data := self._packed.read(_PIECE)):
            self._rest += data
        if found < 0 and len(self._rest) < 3:
            self._rest = b""
            return True
        if found >= 0 and opens_archive(self._rest[:OPENING]):
            return True
        self._rest = self._rest[found >= 0 :]
        return False


def read_members(feed: Feed, hints: Hints, limit: int) -> Iterator[Item]:
    """The items of a WACZ, numbered through."""
    number = 0
    for item in _read_parts(feed, hints, limit):
        if isinstance(item, Gap):
            yield item
        else:
            number += 1
            yield item._replace(number=number)


def _read_parts(feed: Feed, hints: Hints, limit: int) -> Iterator[Item]:
    while signature := feed.hold(4):
        start = feed.at
        if signature in _CLOSING:
            while feed.take(CHUNK):
                pass
            yield Gap("wacz:directory", start, feed.at)
            return
        member = take_header(feed) if signature == LOCAL else None
        if member is None:
            seek_signature(feed)
            detail = f"no member of the zip file begins at byte {start}; {AGAIN}. All up to the next one is set aside"
            yield Damaged(0, start, feed.at, 1, Reason.BAD_RECORD.value, detail, signature.hex(" "))
            continue
        yield Gap("wacz:header", start, feed.at)
        stored = Stored(feed, member.packed)
        if fault := name_fault(member):
            yield pass_member(feed, stored, member, fault)
        elif archive := _ARCHIVE.search(member.name):
            yield from read_archive(feed, stored, member, is_gzip=archive["packed"] is not None, hints=hints, limit=limit)
        elif member.packed != 0:
            yield pass_member(feed, stored, member, None)
        if member.flags & 8 and (size := measure_descriptor(feed.hold(28))):
            end = feed.at
            feed.take(size)
            yield Gap("wacz:header", end, feed.at)


def take_header(feed: Feed) -> Member | None:
    """Move on over the header before a member's data; None, without moving, where it is none."""
    fixed = feed.hold(30)
    if len(fixed) < 30:
        return None
    _, _, flags, method, _, _, _, packed, size, name_length, extra_length = struct.unpack("<4s5H3I2H", fixed)
    whole = feed.hold(30 + name_length + extra_length)
    if len(whole) < 30 + name_length + extra_length:
        return None
    name, extra = whole[30 : 30 + name_length], whole[30 + name_length :]
    known: int | None = packed
    if packed == _UNKNOWN:
        known = find_size(extra, has_size=size == _UNKNOWN)
    if flags & 8 and not known:
        known = None
    feed.take(len(whole))
    return Member(name.decode("utf-8", "replace"), flags, method, known)


def find_size(extra: bytes, *, has_size: bool) -> int | None:
    """Bytes of a member's data by the field for large files; None where there is none.

    >>> find_size(bytes.fromhex("01001000") + (9).to_bytes(8, "little") + (7).to_bytes(8, "little"), has_size=True)
    7
    """
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        place = at + 4 + 8 * has_size
        if kind == 1 and place + 8 <= at + 4 + size <= len(extra):
            found: int = struct.unpack_from("<Q", extra, place)[0]
            return found
        at += 4 + size
    return None


def measure_descriptor(held: bytes) -> int:
    """Bytes of the sizes behind a member's data, told by where the next signature stands; 0 where there are none.

    >>> measure_descriptor(b"PK\\7\\10" + bytes(12) + b"PK\\1\\2"), measure_descriptor(b"PK\\3\\4")
    (16, 0)
    """
    sizes = (16, 24) if held.startswith(DESCRIPTOR) else (12, 20)
    return next((size for size in sizes if _SIGNATURE.match(held, size)), 0)


def seek_signature(feed: Feed) -> None:
    """Move on to the next header or directory of the zip file, else to its end."""
    feed.take(1)
    while held := feed.hold(CHUNK):
        if found := _SIGNATURE.search(held):
            feed.take(found.start())
            return
        feed.take(max(1, len(held) - 3))


def name_fault(member: Member) -> str | None:
    """Why a member can't be read; None where it can, or need not."""
    if not (_ARCHIVE.search(member.name) or _OTHER_ARCHIVE.search(member.name)):
        return None
    if member.flags & 0x2041:
        return "it is encrypted; unpack it with its key first"
    if _OTHER_ARCHIVE.search(member.name) and not _ARCHIVE.search(member.name):
        return "an archive in an archive, or packed in a way that WACZ does not know; unpack it first"
    return None if member.method in (0, 8) else f"packed by method {member.method}, which WACZ does not know; unpack it first"


def pass_member(feed: Feed, stored: Stored, member: Member, fault: str | None) -> Item:
    """Move on over a member that is not read: a gap of its kind, or damage where it should have been read or is cut off."""
    start = feed.at
    while stored.read(CHUNK):
        pass
    if stored.is_cut:
        return Damaged(0, start, feed.at, 1, Reason.TRUNCATED.value, f"{member.name}: the file ends at byte {feed.at} within it; {AGAIN}", "")
    if fault:
        return Damaged(0, start, feed.at, 1, Reason.FORMAT.value, f"{member.name}: {fault}", "")
    top = member.name.split("/")[0].casefold()
    return Gap(f"wacz:{top if top in _KINDS else 'datapackage' if top.startswith('datapackage') else 'other'}", start, feed.at)


def read_archive(feed: Feed, stored: Stored, member: Member, *, is_gzip: bool, hints: Hints, limit: int) -> Iterator[Item]:
    """The records of one web archive, their spans those of the zip file."""
    start = feed.at
    inflated: Inflated | None = None
    packed: Packed = stored
    if member.method == 8:
        packed = inflated = Inflated(stored, is_gzip=False)
    if is_gzip:
        packed = inflated = Inflated(packed, is_gzip=True)

    def name_damage() -> str | None:
        if stored.is_cut:
            return f"the zip file ends at byte {feed.at} within {member.name}; {AGAIN}"
        return inflated.damage if inflated else None

    end = start
    for item in read_tape(Tape(packed.read, name_damage), hints, limit):
        begun, end = end, max(end, find_place(inflated.marks, item.byte_end) if inflated else start + item.byte_end)
        yield item._replace(byte_start=begun, byte_end=end)
    while stored.read(CHUNK):
        pass
    if feed.at > end:
        yield Gap("wacz:padding", end, feed.at)


def find_place(marks: deque[tuple[int, int]], given: int) -> int:
    """The place in the zip file of what follows so many bytes given, its share of the way between two marks; marks before it are let go.

    >>> marks = deque([(0, 50), (100, 60), (100, 70), (200, 90)])
    >>> find_place(marks, 50), find_place(marks, 100), find_place(marks, 150)
    (55, 70, 80)
    """
    while len(marks) > 1 and marks[1][0] <= given:
        marks.popleft()
    start, place = marks[0]
    if len(marks) == 1:
        return place
    end, next_place = marks[1]
    return place + (given - start) * (next_place - place) // (end - start)
