"""Inputs looked at without a lake: every file, and every member of a container, as a stream. Nothing is kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple

from flows.boxes import BoxTooLarge, Budget, Tally, make_seekable, open_members
from flows.discover import Discovery, explain_os_error, measure_input, open_input
from flows.read import give_hints
from flows.settings import Houses, IngestConfig
from transforms.model import Damaged
from transforms.outcome import Reason, Reject
from transforms.readers.compression import Source, name_damage
from transforms.readers.containers import Container, find_container
from transforms.readers.found import Hints

HEAD = 10_000
CHUNK = 1 << 18


class Leaf(NamedTuple):
    """A file or a member that may hold records, open until the next is asked for."""

    shown: str
    stream: Heard
    hints: Hints


class Box(NamedTuple):
    """A container whose members have all been given."""

    shown: str
    kind: str
    compression: str | None
    dialect: str


class Trouble(NamedTuple):
    """What can't be read, and why."""

    shown: str
    reason: str
    message: str


class Heard(io.RawIOBase):
    """A stream that remembers how it began, and is still there when its reader has closed it."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._head = b""
        self._count = 0

    @property
    def damage(self) -> str | None:
        """Where and why it breaks off."""
        return name_damage(self._stream)

    def close(self) -> None:
        """Left to the one who opened it."""

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Whether what it stands for can be."""
        return self._stream.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to another place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return self._stream.tell()

    def readinto(self, buffer: Any, /) -> int:
        """Pass bytes on. Raises Reject where no more may come out of the container."""
        try:
            data = self._stream.read(len(buffer))
        except BoxTooLarge as no:
            raise Reject(Reason.TOO_LONG, str(no)) from None
        buffer[: len(data)] = data
        if self._count < HEAD:
            self._head += data[: HEAD - self._count]
        self._count += len(data)
        return len(data)

    def read_whole(self, no: Reject) -> Damaged:
        """All of it, which can't be read, as the one record that it is."""
        with suppress(Reject):  # what stops it here is what `no` says
            if self.seekable():
                self.seek(0)
                self._head, self._count = b"", 0
            while self.read(CHUNK):
                pass
        return Damaged(1, 0, self._count, 1, no.reason, no.detail, self._head.decode("utf-8", "replace"))


def open_leaves(found: Discovery, config: IngestConfig, houses: Houses) -> Iterator[Leaf | Box | Trouble]:
    """Every input and every member of one, in order."""
    for given in found.inputs:
        try:
            with open_input(given) as raw:
                yield from open_stream(raw, given.shown, Budget(given.shown, measure_input(given), config), 0, config, houses)
        except BoxTooLarge as no:
            yield Trouble(given.shown, Reason.TOO_LONG, str(no))
        except OSError as error:
            yield Trouble(given.shown, "unreadable", explain_os_error(error))


def open_stream(
    raw: BinaryIO, shown: str, budget: Budget, depth: int, config: IngestConfig, houses: Houses,
) -> Iterator[Leaf | Box | Trouble]:
    """What a stream holds: itself, or its members."""
    hints = give_hints(shown, config, houses)
    container, head = find_container(raw, hints)
    if raw.seekable():
        raw.seek(0)
    else:
        raw = io.BufferedReader(Source(raw, head), CHUNK)
    if container is None:
        yield Leaf(shown, Heard(raw), hints)
    elif depth >= budget.depth:
        message = f"containers lie {depth + 1} deep here, more than {budget.depth}; if the file is to be trusted, raise COPYDESK_MAX_DEPTH"
        yield Trouble(shown, Reason.TOO_LONG, message)
    else:
        yield from open_container(raw, container, hints, shown, budget, depth, config, houses)


def open_container(
    raw: BinaryIO, container: Container, hints: Hints, shown: str, budget: Budget, depth: int, config: IngestConfig, houses: Houses,
) -> Iterator[Leaf | Box | Trouble]:
    """The members of a container, then what is to be said of it."""
    tally = Tally(shown)
    try:
        with make_seekable(raw) if container.kind == "zip" else raw as whole:
            for inner, _, stream in open_members(whole, container, shown, hints, budget, tally, is_forced=config.format is not None):
                yield from open_stream(stream, inner, budget, depth + 1, config, houses)
    except Reject as no:
        yield Trouble(shown, no.reason, no.detail)
    yield from (Trouble(aside.shown, Reason.BINARY, aside.reason) for aside in tally.failed)
    yield Box(shown, "compressed file" if container.kind == "packed" else container.kind, container.compression, tally.describe())
