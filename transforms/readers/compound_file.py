"""The index of an old Office file, checked before a library follows it: its chains of sectors must end, and within the file."""

from __future__ import annotations

import struct
import sys
from array import array

from transforms.outcome import Reason, Reject

END, FREE = 0xFFFFFFFE, 0xFFFFFFFF
IN_HEADER = 109
"""Sectors of the index that the header itself names."""
ENTRY = 128
SMALL = 4096
"""Streams shorter than that lie in small sectors, with an index of their own."""
BOOKS = (b"W\0o\0r\0k\0b\0o\0o\0k", b"B\0o\0o\0k")
SHEET_STARTS, DIMENSIONS, TEXTS = frozenset((0x809, 0x409, 0x209, 0x009)), 0x200, 0x0FC
CELLS = frozenset((0x006, 0x0BD, 0x0BE, 0x0D6, 0x0FD, 0x201, 0x203, 0x204, 0x205, 0x27E))
MOST_CELLS = 20_000_000
ADVICE = "open it in a spreadsheet and save it anew, or save its sheets as CSV"


def check_compound(data: bytes) -> None:
    """Refuse a file whose chains run in a circle or out of the file.

    >>> try: check_compound(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504))
    ... except Reject as no: print(no.detail[:48])
    the old Office file names sectors of no known si
    """
    if len(data) < 512:
        raise Reject(Reason.TRUNCATED, "the old Office file ends within its header; get it again")
    shift = struct.unpack_from("<H", data, 30)[0]
    if shift not in (9, 12):
        raise Reject(Reason.FORMAT, f"the old Office file names sectors of no known size; {ADVICE}")
    size = 1 << shift
    sectors = max(0, (len(data) - 1) // size)
    hold = b""
    directory, _, _, small_start, _, more_start = struct.unpack_from("<I2I3I", data, 48)
    named = [sector for sector in struct.unpack_from(f"<{IN_HEADER}I", data, 76) if sector not in (FREE, END)]
    steps = 0
    while more_start not in (END, FREE):
        if (steps := steps + 1) > sectors:
            raise circle()
        words = read_words(data, more_start, size, sectors)
        named += [sector for sector in words[:-1] if sector not in (FREE, END)]
        more_start = words[-1]
    if len(named) > sectors:
        raise circle()
    index = array("I")
    for sector in named:
        index += read_words(data, sector, size, sectors)
    small = array("I")
    for sector in follow_chain(small_start, index, sectors):
        small += read_words(data, sector, size, sectors)
    for sector in follow_chain(directory, index, sectors):
        at = (sector + 1) * size
        if at + size > len(data):
            raise Reject(Reason.TRUNCATED, "the old Office file ends in the middle of its list of streams; get it again")
        for place in range(at, at + size, ENTRY):
            kind = data[place + 66]
            start, length = struct.unpack_from("<II", data, place + 116)
            if kind == 5 and length:
                hold = b"".join(data[(n + 1) * size : (n + 2) * size] for n in follow_chain(start, index, sectors))
            elif kind == 2 and length:
                chain = follow_chain(start, small if length < SMALL else index, len(small) if length < SMALL else sectors)
                if data[place : place + 64].split(b"\0\0")[0] in BOOKS:
                    parts = (hold[n * 64 : n * 64 + 64] if length < SMALL else data[(n + 1) * size : (n + 2) * size] for n in chain)
                    weigh_sheets(b"".join(parts)[:length])


def read_words(data: bytes, sector: int, size: int, sectors: int) -> array[int]:
    """The numbers in a sector of an index."""
    if sector >= sectors:
        raise Reject(Reason.TRUNCATED, f"the old Office file names sector {sector:,}, but ends behind {sectors:,}; get it again")
    words = array("I")
    piece = data[(sector + 1) * size : (sector + 2) * size]
    words.frombytes(piece[: len(piece) // 4 * 4])
    if sys.byteorder == "big":
        words.byteswap()
    return words


def follow_chain(start: int, index: array[int], sectors: int) -> list[int]:
    """The sectors of a chain, in their order."""
    found: list[int] = []
    while start not in (END, FREE):
        if start >= sectors or start >= len(index):
            raise Reject(Reason.TRUNCATED, f"the old Office file names sector {start:,}, but ends behind {sectors:,}; get it again")
        if len(found) > len(index):
            raise circle()
        found.append(start)
        start = index[start]
    return found


def circle() -> Reject:
    """What is said of an index that never ends."""
    return Reject(Reason.FORMAT, f"the index of the old Office file runs in a circle; {ADVICE}")


def weigh_sheets(book: bytes) -> None:
    """Refuse sheets that would not fit into memory: by the size that they say they have, and by their furthest cell."""
    at = rows = columns = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        record = book[at + 4 : at + 4 + min(length, 16)]
        at += 4 + length
        if kind in SHEET_STARTS:
            rows = columns = 0
        elif kind == DIMENSIONS and len(record) >= 10:
            wide = len(record) >= 14
            first, last, left, right = struct.unpack_from("<IIHH" if wide else "<HHHH", record)
            rows, columns = max(rows, last - first, last if first > last else 0), max(columns, right - left, right if left > right else 0)
            if first > last or left > right:
                raise Reject(Reason.FORMAT, f"a sheet says that it ends before it begins; {ADVICE}")
        elif kind in CELLS and len(record) >= 4:
            row, column = struct.unpack_from("<HH", record)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        elif kind == TEXTS and len(record) >= 8 and struct.unpack_from("<I", record, 4)[0] > len(book):
            raise Reject(Reason.FORMAT, f"the table of texts says that it holds more than the file has bytes; {ADVICE}")
        if rows * columns > MOST_CELLS:
            raise Reject(Reason.TOO_LONG, f"a sheet spans {rows * columns:,} cells, more than {MOST_CELLS:,}; {ADVICE}")
