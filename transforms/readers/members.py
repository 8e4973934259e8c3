"""What a container holds: its members, one after the other, and parts of a file as streams of their own."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

CHUNK = 1 << 18


class Member(NamedTuple):
    """A member of a container, before it is read."""

    name: str
    """As the container has it: it may be absolute, lead out of a folder, or hold anything."""
    packed: int
    """Bytes that it takes in the container."""
    open: Callable[[], BinaryIO]
    """Its bytes, to be read before the next member is asked for. Where they break off, the stream's `damage` says why."""
    refusal: str | None = None
    """Why it should be read and can't be."""
    passed: str | None = None
    """Why it is no file: a folder, a link."""


class Part(io.RawIOBase):
    """A stretch of a file that can be read in any order. The file's own place is left to others: it is set anew for every read."""

    def __init__(self, raw: BinaryIO, start: int, size: int) -> None:
        super().__init__()
        self._raw = raw
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place within the part."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = min(max(0, base + offset), self._size)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Read on."""
        self._raw.seek(self._start + self._at)
        data = self._raw.read(min(len(buffer), self._size - self._at))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def name_member(raw: bytes, *, is_utf8: bool = True) -> str:
    r"""The name of a member: UTF-8, or where a zip file doesn't say so and it is none, the code page of DOS. Odd bytes stand as `\xff`.

    >>> name_member("día.txt".encode()), name_member(b"d\xa1a.txt", is_utf8=False), name_member(b"d\xa1a.txt")
    ('día.txt', 'día.txt', 'd\\xa1a.txt')
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace") if is_utf8 else raw.decode("cp437")


def refuse_open() -> BinaryIO:
    """What stands for the bytes of a member that is not read."""
    return io.BytesIO()
