"""A stream of WARC records: it moves on record by record, holds no more than one, and finds the next one behind damage."""

from __future__ import annotations

import re
from collections.abc import Callable

CHUNK = 1 << 18
OVERLAP = 256
SIGNATURE = re.compile(rb"(?<=\n)(?=WARC/[01]\.\d{1,2}\r?\n(?:WARC|Content)-[A-Za-z-]{2,40}[ \t]*:)", re.IGNORECASE)
"""Where a record begins: at the start of a line a version, and on the next line a field."""


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
            found = SIGNATURE.search(self.buffer, self.pos + 1, self.pos + here + OVERLAP) if watch else None
            if found and found.start() <= self.pos + here:
                self.step(found.start() - self.pos)
                return True
            self.step(here)
            left -= here
        return True

    def holds_record(self, size: int) -> bool:
        """Whether another record begins within so many bytes that are held, behind the one here."""
        found = SIGNATURE.search(self.buffer, self.pos + 1, self.pos + size + OVERLAP)
        return found is not None and found.start() <= self.pos + size

    def seek_record(self) -> None:
        """Move on to where the next record begins, else to the end; from the start of a record to that of the one behind it."""
        while self.skip(CHUNK, watch=True) and not starts_record(self.peek(OVERLAP)):
            pass

    def skip_blank(self) -> None:
        """Move on over line ends."""
        while blank := len(self.peek(OVERLAP)) - len(self.peek(OVERLAP).lstrip(b"\r\n")):
            self.step(blank)


def starts_record(data: bytes) -> bool:
    """Whether a record begins here.

    >>> starts_record(b"WARC/1.0\\r\\nWARC-Type: response\\r\\n"), starts_record(b"WARC/1.0 is a format")
    (True, False)
    """
    return SIGNATURE.match(b"\n" + data, 1) is not None
