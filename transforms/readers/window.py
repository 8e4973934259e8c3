"""The stretch of a file that a reader is looking at: it moves on record by record and never holds more than it must."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Damaged, Gap
from transforms.outcome import Reason
from transforms.readers.compression import CHUNK, name_damage
from transforms.readers.encoding import Codec, Narrowed, open_working, show_raw

LIMIT = 20_000_000
"""Bytes of one record."""


class Window:
    """Working bytes from `pos` on, with their place in the file."""

    def __init__(self, stream: BinaryIO, codec: Codec, bom: int, newline: bytes = b"\n") -> None:
        self.codec = codec
        self.newline = newline
        self.buffer = b""
        self.pos = 0
        self.offset = len(stream.read(bom)) if bom else 0
        """Byte of the file at which `pos` stands."""
        self.line = 1
        self.number = 0
        """Records and damaged records so far."""
        self.at_end = False
        self.damage: str | None = None
        self.is_cut_told = False
        self.indent: bytes | None = b""
        """What stands before `pos` on its line, for a reader that notes it: it may have left the buffer. None where that is a value."""
        self._file = stream
        self._stream = open_working(stream, codec)

    def grow(self) -> bool:
        """Read on, at least as much again as is unread, so that a long record is looked at a few times only; False at the end."""
        if self.at_end:
            return False
        unread = len(self.buffer) - self.pos
        data = self._stream.read(max(CHUNK, unread))
        if not data:
            self.at_end = True
            self.damage = name_damage(self._file)
            return False
        self.buffer = self.buffer[self.pos :] + data if unread else data
        self.pos = 0
        return True

    def fill(self, size: int) -> None:
        """Read on until so much is unread, or to the end."""
        while len(self.buffer) - self.pos < size and self.grow():
            pass

    def find_line_end(self, at: int) -> int:
        """One past the line end behind a place of the buffer; 0 when the line goes on beyond it."""
        return self.buffer.find(self.newline, at) + 1

    def step(self, end: int) -> tuple[bytes, int, int, int]:
        """Move on to a place of the buffer: the bytes passed, their span in the file, and their line."""
        raw = self.buffer[self.pos : end]
        start, line = self.offset, self.line
        self.offset += self.codec.measure(raw)
        self.line += raw.count(self.newline)
        self.pos = end
        return raw, start, self.offset, line

    def pass_gap(self, kind: str, end: int) -> Gap:
        """Move on over bytes that belong to no record."""
        _, start, stop, _ = self.step(end)
        return Gap(kind, start, stop)

    def pass_damaged(self, end: int, reason: Reason, detail: str) -> Damaged:
        """Move on over a record that can't be read."""
        raw, start, stop, line = self.step(end)
        self.number += 1
        return Damaged(self.number, start, stop, line, reason.value, detail, show_raw(raw, self.codec))

    def pass_cut(self) -> Damaged:
        """Move on over all that is left, which the compressed data cuts off."""
        self.is_cut_told = True
        end = self.offset + self.codec.measure(self.buffer[self.pos :])
        return self.pass_damaged(len(self.buffer), Reason.TRUNCATED, f"cut off at byte {end}: {self.damage}")

    def pass_long(self, limit: int, advice: str) -> Damaged:
        """Move on over a record above the limit: to the last line end in sight, else to the next one, without keeping what lies between."""
        end = self.buffer.rfind(self.newline, self.pos) + 1
        detail = f"the record is longer than {limit:,} bytes; {advice}"
        if end > self.pos:
            return self.pass_damaged(end, Reason.TOO_LONG, detail)
        head, start, stop, line = self.step(len(self.buffer))
        while data := self._stream.read(CHUNK):
            end = data.find(self.newline) + 1
            if end:
                self.buffer, self.pos = data, end
                stop += self.codec.measure(data[:end])
                self.line += 1
                break
            stop += self.codec.measure(data)
        else:
            self.grow()
        self.offset = stop
        self.number += 1
        return Damaged(self.number, start, stop, line, Reason.TOO_LONG.value, detail, show_raw(head, self.codec))

    def close(self) -> Iterator[Damaged]:
        """What is to be said at the end of the file: half a character, or compressed data that breaks off."""
        left = self._stream.left if isinstance(self._stream, Narrowed) else b""
        reason, detail = Reason.DECODE, f"the file ends at byte {self.offset + len(left)} in the middle of a character of {self.codec.name}"
        if self.damage:
            reason, detail = Reason.TRUNCATED, f"cut off at byte {self.offset + len(left)}: {self.damage}"
        if left or (self.damage and not self.is_cut_told):
            self.number += 1
            start, self.offset = self.offset, self.offset + len(left)
            yield Damaged(self.number, start, self.offset, self.line, reason.value, detail, left.hex(" "))
