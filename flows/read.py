"""Open a file for reading: decompress it, find out how to read it, and count what passes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import chain, islice
from pathlib import PurePosixPath
from typing import Any, BinaryIO, NamedTuple

from flows.apart import read_apart
from flows.settings import Houses, IngestConfig
from transforms.model import Gap, Item
from transforms.readers.compression import decompress, name_damage, read_head
from transforms.readers.formats import name_formats
from transforms.readers.found import Found, Hints
from transforms.readers.records import name_fragile, read_records
from transforms.readers.sniff import sniff

CHUNK = 1 << 18


class Reading(NamedTuple):
    """A file opened: how it is read, and its items."""

    found: Found
    compression: str | None
    items: Iterator[Item]
    count_bytes: Callable[[], int]
    """Decompressed bytes, asked when the items have ended. Bytes that the reader left are counted too."""


class Counted(io.RawIOBase):
    """A stream that counts what passes. Damage to compressed data stays visible."""

    def __init__(self, stream: BinaryIO, damage: str | None = None) -> None:
        super().__init__()
        self._stream = stream
        self._damage = damage
        self.count = 0

    @property
    def damage(self) -> str | None:
        """Where and why the compressed data breaks off."""
        return self._damage or name_damage(self._stream)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Pass bytes on."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)


def give_hints(shown: str, config: IngestConfig, houses: Houses) -> Hints:
    """What the command line and the profile say about a file."""
    name = PurePosixPath(shown).name
    house = houses[config.source]
    return Hints(
        config.format or house.format, config.delimiter or house.delimiter, config.encoding or house.encoding, dict(house.columns), config.source,
        name, ratio=config.max_ratio,
        seconds=config.reader_seconds, memory=config.reader_memory,
    )


@contextmanager
def open_reading(raw: BinaryIO, hints: Hints, *, damage: str | None = None) -> Iterator[Reading]:
    """Read an open file. Raises Reject when it is in no format that can be read. `damage` says where it broke off before it came here."""
    with ExitStack() as stack:
        stack.enter_context(closing(raw))
        plain, compression = decompress(raw, hints.ratio)
        counted = Counted(plain, damage)
        stream: BinaryIO = io.BufferedReader(counted, CHUNK)
        found = sniff(read_head(stream), hints)
        form = name_formats().get(found.format)
        if form and form.needs_seek and compression is None and raw.seekable():
            size = raw.seek(0, io.SEEK_END)
            raw.seek(0)
            stream = raw

            def count_bytes() -> int:
                return size
        else:
            def count_bytes() -> int:
                while stream.read(CHUNK):
                    pass
                return counted.count

        fragile = name_fragile(found)
        items: Iterator[Item]
        if fragile:
            items = stack.enter_context(closing(read_apart(stream, fragile, found, hints, is_sought=stream is raw)))
        else:
            items = read_records(stream, found, hints)
        first = tuple(islice(items, 1))  # a reader refuses a file before its first item
        yield Reading(found, compression, chain(first, items), count_bytes)


def read_blank(raw: BinaryIO) -> Iterator[Item]:
    """The one item of a file that holds nothing but white space: what lies between no records."""
    with closing(raw):
        stream, _ = decompress(raw)
        size = sum(len(part) for part in iter(lambda: stream.read(CHUNK), b""))
    if size:
        yield Gap("blank", 0, size)
