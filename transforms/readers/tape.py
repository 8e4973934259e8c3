"""A stream of WARC records: it moves on record by record, holds no more than one, and finds the next one behind damage."""

from __future__ import annotations

import re
from collections.abc import Callable

CHUNK = 1 << 18
OVERLAP = 256
_OPENING = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n(?:WARC|Content)-[A-Za-z-]{2,40}[ \t]*:", re.IGNORECASE)


class Tape:
    """Bytes from `offset` on, which is where the buffer's `pos` stands in the file."""

    def __init__(self, read: Callable[[int], bytes], damage: Callable[[], str | None]) -> None:
        self._read = read
        self._damage = damage
        self.buffer = b""
        self.pos = 0
        self.offset = 0
        self.line = 1
        self.at_end = False

    @property
    def damage(self) -> str | None:
        """Why the compressed data under it broke off, known at its end."""
        return self._damage() if self.at_end else None

    def fill(self, size: int) -> bool:
        """Hold so many bytes from here on; False where the file ends before."""
        held = len(self.buffer) - self.pos
        if held >= size:
            return True
        parts = [self.buffer[self.pos :]]
        while held < size and not self.at_end:
            data = self._read(max(CHUNK, size - held))
            self.at_end = not data
            parts.append(data)
            held += len(data)
        self.buffer, self.pos = b"".join(parts), 0
        return held >= size

    def peek(self, size: int) -> bytes:
        """The next bytes, fewer at the end, without moving on."""
        self.fill(size)
        return self.buffer[self.pos : self.pos + size]

    def step(self, size: int) -> None:
        """Move on over bytes that are held."""
        self.line += self.buffer.count(b"\n", self.pos, self.pos + size)
        self.pos += size
        self.offset += size

    def skip(self, size: int, *, watch: bool) -> bool:
        """Move on over bytes that are not kept; with `watch`, only to the next record if one begins before. False where the file ends first."""
        left = size
        while left > 0:
            self.fill(min(left, CHUNK) + OVERLAP)
            here = min(left, CHUNK, len(self.buffer) - self.pos)
            if not here:
                return False
            # What is looked for may begin right behind this part; OVERLAP bytes show whether it does.
            found = find_record(self.buffer, self.pos, self.pos + here) if watch else -1
            if found >= 0:
                self.step(found - self.pos)
                return True
            self.step(here)
            left -= here
        return True

    def holds_record(self, size: int) -> bool:
        """Whether another record begins within so many bytes that are held, behind the one here."""
        return find_record(self.buffer, self.pos, self.pos + size) >= 0

    def seek_record(self) -> None:
        """Move on to where the next record begins, else to the end; from the start of a record to that of the one behind it."""
        while self.skip(CHUNK, watch=True) and not starts_record(self.peek(OVERLAP)):
            pass

    def skip_blank(self) -> None:
        """Move on over line ends."""
        while blank := len(self.peek(OVERLAP)) - len(self.peek(OVERLAP).lstrip(b"\r\n")):
            self.step(blank)


def find_record(data: bytes, start: int, end: int) -> int:
    """Where a record begins behind `start` and up to `end`: at the start of a line a version, on the next line a field; -1 where none does.

    >>> find_record(b"<p>Ferry late\\r\\nWARC/1.0\\r\\nWARC-Type: response\\r\\n", 0, 40)
    15
    """
    at = start
    while (at := data.find(b"\nWARC/", at, end + 5) + 1) > 0:
        if _OPENING.match(data, at):
            return at
    return -1


def starts_record(data: bytes) -> bool:
    """Whether a record begins here.

    >>> starts_record(b"WARC/1.0\\r\\nWARC-Type: response\\r\\n"), starts_record(b"WARC/1.0 is a format")
    (True, False)
    """
    return _OPENING.match(data) is not None
