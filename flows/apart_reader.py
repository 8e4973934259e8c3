"""The far end of `flows.apart`: a process that reads one file after the other, so that a parser's death is not the run's.

It imports nothing but the reader that is asked for: it must be there at once.
"""

from __future__ import annotations

import io
import os
import pickle
import resource
import signal
import struct
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from transforms.outcome import Reject

if TYPE_CHECKING:
    from transforms.readers.found import Found, Hints

HEADER = struct.Struct("<Q")
CHUNK = 1 << 18
PATIENCE = 4 << 20
"""Bytes of input for which a reader may take its time once more: a workbook of 40 MB is read before its first row is known."""


class Order(NamedTuple):
    """A file to be read."""

    module: str
    function: str
    """A reader's `read`, by name."""
    found: Found
    hints: Hints
    limit: int
    head: bytes
    """What the stream begins with, as far as it was read; empty for one that is sought."""
    is_seekable: bool
    seconds: float
    memory: int
    is_cells: bool = False
    """The function lists a table's rows, and takes nothing but the stream."""


class Ended(NamedTuple):
    """The last word on a file: nothing, or what stopped its reader."""

    kind: str = ""
    """Empty; `reject`, `memory` or `fault`."""
    reason: str = ""
    detail: str = ""


class Wanted(NamedTuple):
    """A request for bytes of the file, or for another place in it."""

    size: int
    offset: int | None = None
    whence: int = 0


class Channel:
    """A pair of pipes, a pickled message at a time."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def send(self, message: object) -> None:
        """Hand a message over. It is out of this process when this returns, so that it outlives it."""
        body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        left = memoryview(HEADER.pack(len(body)) + body)
        while left:
            left = left[os.write(self._outgoing, left) :]

    def receive(self) -> Any:
        """The next message; EOFError when the other side has gone."""
        (size,) = HEADER.unpack(self._take(HEADER.size))
        return pickle.loads(self._take(size))  # noqa: S301 - between two processes of one run

    def _take(self, count: int) -> bytes:
        parts = []
        while count:
            part = os.read(self._incoming, min(count, 1 << 20))
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


class Watch:
    """Ends this process when it has computed for too long without getting on. The kernel keeps it, so that no loop in C can miss it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._fresh = 0

    def start(self) -> None:
        """Another record is out: its time begins."""
        self._fresh = 0
        self._set()

    def go_on(self, count: int) -> None:
        """Bytes have come that were not there before."""
        self._fresh += count
        self._set()

    def stop(self) -> None:
        """The file is read."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _set(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._seconds * max(1.0, self._fresh / PATIENCE))


class Distant(io.RawIOBase):
    """The file as it comes from the other side, a piece at a time."""

    def __init__(self, channel: Channel, order: Order, watch: Watch) -> None:
        super().__init__()
        self._channel = channel
        self._watch = watch
        self._ready = memoryview(order.head)
        self._is_seekable = order.is_seekable
        self._at = self._reached = 0
        self.damage: str | None = None
        """Where and why the data breaks off, known once the end is reached."""

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Whether what it stands for can be."""
        return self._is_seekable

    def readinto(self, buffer: Any, /) -> int:
        """Pass bytes on."""
        if not self._ready:
            self._channel.send(Wanted(len(buffer)))
            data, self.damage = self._channel.receive()
            self._ready = memoryview(data)
        count = min(len(buffer), len(self._ready))
        buffer[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        self._at += count
        if self._at > self._reached:
            self._watch.go_on(self._at - self._reached)
            self._reached = self._at
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to another place."""
        if not self._is_seekable:
            raise io.UnsupportedOperation("seek")
        self._ready = memoryview(b"")
        self._channel.send(Wanted(0, offset + self._at, io.SEEK_SET) if whence == io.SEEK_CUR else Wanted(0, offset, whence))
        self._at = int(self._channel.receive())
        return self._at

    def tell(self) -> int:
        """The place."""
        return self._at


def main() -> None:
    """Read what is asked for until the other side has gone. What a parser prints goes nowhere."""
    channel = Channel(os.dup(0), os.dup(1))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    try:
        while True:
            order = channel.receive()
            watch = Watch(order.seconds)
            watch.start()
            ended = read_order(channel, order, watch)
            watch.stop()
            channel.send(ended)
            if ended.kind in ("memory", "fault"):
                return
    except (EOFError, BrokenPipeError):
        return


def read_order(channel: Channel, order: Order, watch: Watch) -> Ended:
    """Read one file and send its items, each as soon as it is there."""
    bound_memory(order.memory)
    try:
        read: Callable[..., Iterator[Any]] = getattr(import_module(order.module), order.function)
        raw = Distant(channel, order, watch)
        stream: BinaryIO = io.BufferedReader(raw, CHUNK)
        for item in read(stream) if order.is_cells else read(stream, order.found, order.hints, order.limit):
            channel.send(item)
            watch.start()
    except Reject as no:
        return Ended("reject", no.reason, no.detail)
    except MemoryError:
        return Ended("memory")
    except (EOFError, BrokenPipeError):
        raise
    except BaseException as error:  # noqa: BLE001 - a parser may panic with what is no Exception; the other side says what it was
        return Ended("fault", type(error).__name__, f"{error} ({place_error(error)})")
    return Ended()


def place_error(error: BaseException) -> str:
    """The line of ours in which it went wrong."""
    place = "?"
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        if "site-packages" not in code.co_filename:
            place = f"{os.path.basename(code.co_filename)}:{trace.tb_lineno}"  # noqa: PTH119 - pathlib costs a tenth of the start
        trace = trace.tb_next
    return place


def bound_memory(memory: int) -> None:
    """The most memory that this process may take for data, where the system can tell it."""
    most = resource.getrlimit(resource.RLIMIT_DATA)[1]
    resource.setrlimit(resource.RLIMIT_DATA, (memory if most == resource.RLIM_INFINITY else min(memory, most), most))
