"""Members of a zip archive: by its directory, or where that is gone, by the headers before their data. Nothing is unpacked but in streams."""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, cast

import numpy as np

from transforms.outcome import Reason, Reject
from transforms.readers.compression import UNLIMITED, XZ_MEMORY, Inflated, Source
from transforms.readers.members import CHUNK, Member, Part, name_member, refuse_open

LOCAL, ENTRY, END, END_64, LOCATOR = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
COMMENT = 1 << 16
"""An archive's comment is shorter than that."""
FULL_32, FULL_16 = 0xFFFFFFFF, 0xFFFF
METHODS = {0: "stored", 8: "deflate", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz"}
OTHER_METHODS = {
    1: "Shrink", 6: "Implode", 9: "Deflate64", 10: "PKWARE Implode", 96: "JPEG", 97: "WavPack", 98: "PPMd", 99: "AES encryption",
}
UNIX = 3
HEADER = struct.Struct("<4xxBxxHHxxxxIIIHHHHxxII")
LOCAL_HEADER = struct.Struct("<4xxxHHxxxxIIIHH")
AGAIN = "get the file again"
TRUSTED = "if it is to be trusted, raise COPYDESK_MAX_MEMBERS"


class Entry(NamedTuple):
    """A member as the directory has it."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    """Of its header, in the file."""
    mode: int
    """File type and permissions, where a Unix system wrote it."""
    disk: int

    @property
    def is_encrypted(self) -> bool:
        """Whether its data can be read only with a key."""
        return bool(self.flags & 0x2041)

    @property
    def is_open_ended(self) -> bool:
        """Whether its size stands behind its data."""
        return bool(self.flags & 0x08)


class Directory(NamedTuple):
    """Where the directory of an archive lies."""

    start: int
    end: int
    members: int
    shift: int
    """Bytes in front of the archive, that its own offsets leave out."""


def read_zip(raw: BinaryIO, most: int) -> Iterator[Member]:
    """The members of a zip archive that can be read in any order.

    Raises Reject, behind the last member that can be had, when the archive is broken, holds more than `most`, or is built as bombs are.
    """
    directory = find_directory(raw)
    if directory is None:
        yield from scan_members(raw, most)
        return
    if directory.members > most:
        raise Reject(Reason.TOO_LONG, f"it holds {directory.members:,} members, more than {most:,}; {TRUSTED}")
    refuse_overlaps(raw, directory)
    for entry in read_entries(raw, directory):
        yield offer_member(raw, entry)


def find_directory(raw: BinaryIO) -> Directory | None:
    """Where the directory lies, told by the record at the archive's end; None when there is none."""
    size = raw.seek(0, io.SEEK_END)
    tail_at = max(0, size - COMMENT - 22)
    raw.seek(tail_at)
    tail = raw.read(size - tail_at)
    at = tail.rfind(END)
    while at >= 0 and (len(tail) - at < 22 or len(tail) - at - 22 < struct.unpack_from("<H", tail, at + 20)[0]):
        at = tail.rfind(END, 0, at + 3)
    if at < 0:
        return None
    count, length, offset = struct.unpack_from("<HII", tail, at + 10)
    end = tail_at + at
    if FULL_32 in (length, offset) or count == FULL_16:
        raw.seek(max(0, end - 20))
        locator = raw.read(20)
        if locator.startswith(LOCATOR) and len(locator) == 20:
            for place in (struct.unpack_from("<Q", locator, 8)[0], end - 20 - 56):
                if not 0 <= place < size:
                    continue
                raw.seek(place)
                record = raw.read(56)
                if record.startswith(END_64) and len(record) == 56:
                    count, length, offset = struct.unpack_from("<3Q", record, 32)
                    end = place
                    break
    shift = end - length - offset
    if length > end or shift < 0 or (count and length < 46 * count):
        return None
    return Directory(offset + shift, end, count, shift)


def read_entries(raw: BinaryIO, directory: Directory) -> Iterator[Entry]:
    """The entries of a directory, read a part at a time. Raises Reject where it breaks off."""
    stream = io.BufferedReader(Part(raw, directory.start, directory.end - directory.start), CHUNK)
    for number in range(directory.members):
        fixed = stream.read(46)
        if len(fixed) < 46 or not fixed.startswith(ENTRY):
            raise Reject(Reason.TRUNCATED, f"its directory breaks off behind {number:,} of {directory.members:,} members; {AGAIN}")
        made, flags, method, crc, packed, size, *lengths, disk, attributes, offset = HEADER.unpack(fixed)
        name, extra, _ = (stream.read(length) for length in lengths)
        packed, size, offset, disk = widen_sizes(extra, packed, size, offset, disk)
        mode = attributes >> 16 if made == UNIX else 0
        shown = name_member(read_unicode_name(name, extra), is_utf8=bool(flags & 0x800))
        yield Entry(shown, flags, method, crc, packed, size, offset + directory.shift, mode, disk)


def widen_sizes(extra: bytes, packed: int, size: int, offset: int, disk: int) -> tuple[int, int, int, int]:
    """Sizes, place and disk as a zip64 field has them, where the entry itself has no room for them."""
    field = find_extra(extra, 0x0001)
    at = 0
    found = []
    for value, full, width in ((size, FULL_32, 8), (packed, FULL_32, 8), (offset, FULL_32, 8), (disk, FULL_16, 4)):
        if value == full and len(field) >= at + width:
            value = int.from_bytes(field[at : at + width], "little")
            at += width
        found.append(value)
    size, packed, offset, disk = found
    return packed, size, offset, disk


def find_extra(extra: bytes, wanted: int) -> bytes:
    """The field with a number among an entry's extra fields; nothing when it is not there.

    >>> find_extra(bytes.fromhex("0a000100ff 01000200abcd"), 1).hex()
    'abcd'
    """
    at = 0
    while at + 4 <= len(extra):
        number, length = struct.unpack_from("<HH", extra, at)
        if number == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""


def read_unicode_name(name: bytes, extra: bytes) -> bytes:
    """The name in UTF-8 that some programs put beside one in an old code page, when it belongs to it."""
    field = find_extra(extra, 0x7075)
    return field[5:] if len(field) > 5 and field[0] == 1 and int.from_bytes(field[1:5], "little") == zlib.crc32(name) else name


def refuse_overlaps(raw: BinaryIO, directory: Directory) -> None:
    """Refuse an archive of which two members share bytes: so a small file can be made to hold petabytes."""
    starts, ends = np.zeros(directory.members, np.uint64), np.zeros(directory.members, np.uint64)
    for at, entry in enumerate(read_entries(raw, directory)):
        starts[at], ends[at] = min(entry.offset, 1 << 62), min(entry.offset + 30 + entry.packed, 1 << 62)
    order = np.argsort(starts, kind="stable")
    clashes = np.nonzero(ends[order][:-1] > starts[order][1:])[0]
    if len(clashes):
        pair = {int(order[clashes[0]]), int(order[clashes[0] + 1])}
        names = [entry.name[:80] for at, entry in enumerate(read_entries(raw, directory)) if at in pair]
        raise Reject(Reason.FORMAT, f"its members {names[0]!r} and {names[-1]!r} share the same bytes, as in a bomb; nothing of it was read")


def offer_member(raw: BinaryIO, entry: Entry) -> Member:
    """A member of an archive as it can be read."""
    if entry.name.endswith(("/", "\\")) and not entry.size:
        return Member(entry.name, entry.packed, refuse_open, passed="a folder")
    if stat.S_ISLNK(entry.mode):
        return Member(entry.name, entry.packed, refuse_open, passed="a link, which is not followed")
    if entry.mode and stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG):
        return Member(entry.name, entry.packed, refuse_open, passed="a device, no file")
    return Member(entry.name, entry.packed, lambda: open_entry(raw, entry), find_refusal(entry))


def find_refusal(entry: Entry) -> str | None:
    """Why the data of a member can't be read, and what to do about it."""
    if entry.is_encrypted or entry.method == 99:
        return "it is encrypted; unpack it with its password and read what comes out"
    if entry.method not in METHODS:
        named = OTHER_METHODS.get(entry.method, f"method {entry.method}")
        return f"it is packed with {named}, which can't be read; pack it anew with the usual Deflate"
    if entry.disk not in (0, FULL_16):
        return "it lies in another part of an archive in several files; join them first (zip -s 0 IN.zip --out OUT.zip)"
    return None


def open_entry(raw: BinaryIO, entry: Entry) -> BinaryIO:
    """The bytes of a member, checked against its length and checksum."""
    raw.seek(entry.offset)
    head = raw.read(30)
    if len(head) < 30 or not head.startswith(LOCAL):
        raise Reject(Reason.TRUNCATED, f"its data is not at byte {entry.offset}, where the directory says it is; {AGAIN}")
    name_length, extra_length = struct.unpack_from("<HH", head, 26)
    start = entry.offset + 30 + name_length + extra_length
    return io.BufferedReader(Unzipped(open_data(raw, start, entry.packed, METHODS[entry.method]), entry.size, entry.crc), CHUNK)


def open_data(raw: BinaryIO, start: int, packed: int, method: str) -> Source:
    """Packed data as plain. Raises Reject when its own settings are out of bounds."""
    part = Part(raw, start, packed)
    match method:
        case "stored":
            return Source(part)  # type: ignore[arg-type]
        case "lzma":
            settings = part.read(9) or b""
            if len(settings) < 9 or settings[2:4] != b"\5\0" or settings[4] >= 225:
                raise Reject(Reason.FORMAT, f"its LZMA data opens with no settings; {AGAIN}")
            rest, lc = divmod(settings[4], 9)
            pb, lp = divmod(rest, 5)
            window = int.from_bytes(settings[5:9], "little")
            if window > XZ_MEMORY or lc + lp > 4:
                raise Reject(Reason.TOO_LONG, f"its LZMA data asks for a window of {window:,} bytes; pack it anew with the usual Deflate")
            filters = [{"id": lzma.FILTER_LZMA1, "dict_size": max(window, 4096), "lc": lc, "lp": lp, "pb": pb}]
            return Inflated(Part(raw, start + 9, packed - 9), b"", method, UNLIMITED, is_single=True, lzma_filters=filters)  # type: ignore[arg-type]
    return Inflated(part, b"", method, UNLIMITED, is_single=method == "deflate")  # type: ignore[arg-type]


class Unzipped(Source):
    """A member's bytes, up to where they stop being what the archive says they are."""

    def __init__(self, inner: Source, size: int | None, crc: int | None) -> None:
        super().__init__(cast(BinaryIO, inner))
        self._inner = inner
        self._size = size
        self._crc = crc
        self._seen = self._sum = 0

    def _fetch(self) -> bytes:
        if self.damage:
            return b""
        data = self._inner.read(CHUNK) or b""
        self._seen += len(data)
        self._sum = zlib.crc32(data, self._sum)
        if self._size is not None and self._seen > self._size:
            self.damage = f"its data goes on beyond the {self._size:,} bytes that the directory says; {AGAIN}"
            return data[: len(data) - (self._seen - self._size)]
        is_whole = self._seen == self._size and self._sum == self._crc
        if not data and not is_whole:
            if self._inner.damage:
                self.damage = self._inner.damage
            elif self._size not in (None, self._seen):
                self.damage = f"its data ends at byte {self._seen:,} of {self._size:,}; {AGAIN}"
            elif self._crc is not None:
                self.damage = f"its data does not match its checksum; {AGAIN}"
        return data


# ------------------------------------------------------------------ without a directory
def scan_members(raw: BinaryIO, most: int) -> Iterator[Member]:
    """The members of an archive whose directory is gone, by the headers before their data. Raises Reject at the end: more may be lost."""
    at = number = 0
    while True:
        raw.seek(at)
        head = raw.read(30)
        if len(head) < 30 or not head.startswith(LOCAL):
            break
        flags, method, crc, packed, size, name_length, extra_length = LOCAL_HEADER.unpack(head)
        name, extra = raw.read(name_length), raw.read(extra_length)
        start = at + 30 + name_length + extra_length
        packed, size, _, _ = widen_sizes(extra, packed, size, 0, 0)
        shown = name_member(read_unicode_name(name, extra), is_utf8=bool(flags & 0x800))
        entry = Entry(shown, flags, method, crc, packed, size, at, 0, 0)
        if (number := number + 1) > most:
            raise Reject(Reason.TOO_LONG, f"it holds more than {most:,} members; {TRUSTED}")
        if not entry.is_open_ended:
            yield offer_member(raw, entry)
            at = start + packed
            continue
        if entry.is_encrypted or METHODS.get(method) not in ("deflate", "bzip2", "xz"):
            yield Member(shown, 0, refuse_open, find_refusal(entry) or "where its data ends stood in the directory, which is gone")
            break
        data = cast(Inflated, open_data(raw, start, 1 << 62, METHODS[method]))
        yield Member(shown, 0, lambda data=data: io.BufferedReader(Unzipped(data, None, None), CHUNK))  # type: ignore[misc]
        while data.read(CHUNK):
            pass
        raw.seek(start + data.consumed)
        behind = raw.read(28)
        at = start + data.consumed + max(0, behind.find(LOCAL, 12))
        if data.damage or LOCAL not in behind:
            break
    raise Reject(
        Reason.TRUNCATED, f"its directory is missing, as when it was cut off; {number:,} members were found by the headers before their data; {AGAIN}"
    )
