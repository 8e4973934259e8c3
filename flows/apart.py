"""Readers that stand on parsers in C run in a process of their own: what kills it, or holds it, costs the file its rest and the run nothing.

The process gets the file's bytes through a pipe, as the reader asks for them, and gives each item back as soon as it is there. It is started
when it is first needed, serves one file after the other, and is started afresh after its death.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Any, BinaryIO

from flows.apart_reader import HEADER, Channel, Ended, Order, Wanted
from transforms.model import Damaged, Gap, Item
from transforms.outcome import Reason, Reject
from transforms.readers.compression import name_damage
from transforms.readers.encoding import show_raw
from transforms.readers.found import Found, Hints
from transforms.readers.records import ReaderName
from transforms.readers.window import LIMIT

CHUNK = 1 << 18
PIPE = 1 << 20
KEPT = 1 << 24
"""Bytes that are kept of what was handed over and has not come back as items."""
ASLEEP = 6
"""Times the limit that a reader may take by the clock: on a busy machine it waits for its turn."""
START_SECONDS = 120.0
_SAID = {
    signal.SIGSEGV: "a segmentation fault", signal.SIGABRT: "it gave itself up", signal.SIGBUS: "a bus error", signal.SIGFPE: "an arithmetic error",
    signal.SIGILL: "an illegal instruction", signal.SIGKILL: "killed from outside, most often for want of memory",
}


class Died(Exception):  # noqa: N818 - a verdict on a file, not an error of the program
    """A reader that came to no end, with what happened and what to do."""


class Reader:
    """A process that reads."""

    def __init__(self) -> None:
        code = f"import sys; sys.path[:] = {sys.path!r}; from flows.apart_reader import main; main()"
        self.owner = os.getpid()
        self._process = subprocess.Popen(  # noqa: S603 - this very Python and our own module
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise OSError("a process without pipes")
        self._incoming = self._process.stdout.fileno()
        self._channel = Channel(self._incoming, self._process.stdin.fileno())
        widen_pipe(self._incoming)
        os.set_blocking(self._incoming, False)
        self._buffer = bytearray()
        self._has_spoken = False

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def send(self, message: object) -> None:
        """Hand it a message. Raises Died when it is no more."""
        try:
            self._channel.send(message)
        except BrokenPipeError:
            self._bury()

    def receive(self, seconds: float) -> Any:
        """Its next message. Raises Died when it is no more, or says nothing for as long as that."""
        body = self._fill(HEADER.unpack(self._fill(HEADER.size, seconds))[0], seconds)
        self._has_spoken = True
        return pickle.loads(body)  # noqa: S301 - from the process that this one has started

    def _fill(self, count: int, seconds: float) -> bytes:
        until = None
        while len(self._buffer) < count:
            try:
                part = os.read(self._incoming, max(PIPE, count - len(self._buffer)))
            except BlockingIOError:
                until = until or time.monotonic() + (seconds if self._has_spoken else max(seconds, START_SECONDS))
                poll = select.poll()
                poll.register(self._incoming, select.POLLIN)
                if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
                    self.kill()
                    raise Died("made no headway") from None
                continue
            if not part:
                self._bury()
            self._buffer += part
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _bury(self) -> None:
        code = self._process.wait()
        self.close()
        if code == -signal.SIGPROF:
            raise Died("made no headway")
        if code < 0:
            number = signal.Signals(-code)
            raise Died(f"died of {number.name} ({_SAID.get(number, signal.strsignal(number))})")
        raise Died(f"ended with code {code}")

    def kill(self) -> None:
        """End it, whatever it is at."""
        self._process.kill()
        self._process.wait()
        self.close()

    def close(self) -> None:
        """Let go of its pipes; it ends when it sees that."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def widen_pipe(descriptor: int) -> None:
    """Let a pipe hold a megabyte, where the system can: then a reader goes on while its last items are parsed."""
    import fcntl

    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):  # the user has as much in pipes as the system allows: then it holds less
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE)


_idle: list[Reader] = []


def borrow_reader() -> Reader:
    """A process that is free, or a new one."""
    while _idle:
        reader = _idle.pop()
        if reader.owner == os.getpid() and reader.is_alive:
            return reader
    return Reader()


@atexit.register
def dismiss_readers() -> None:
    """End the processes that wait for work."""
    while _idle:
        reader = _idle.pop()
        if reader.owner == os.getpid():
            reader.kill()


class Handed:
    """What was handed over of a file and has not come back as items: the beginning of it, and on which line it stands."""

    def __init__(self) -> None:
        self.count = 0
        self._parts: deque[tuple[int, bytes]] = deque()
        self._kept = 0
        self._at = 0
        self._line = 1

    def add(self, data: bytes) -> None:
        """Bytes were handed over."""
        if self._kept < KEPT:
            self._parts.append((self.count, data))
            self._kept += len(data)
        self.count += len(data)

    def drop(self, at: int) -> None:
        """All before this place has come back."""
        while self._parts and self._parts[0][0] + len(self._parts[0][1]) <= at:
            start, data = self._parts.popleft()
            self._line += data.count(b"\n", max(0, self._at - start))
            self._kept -= len(data)
            self._at = start + len(data)

    def find_line(self, at: int) -> int:
        """The line of a place behind which nothing has come back."""
        self.drop(at)
        start, data = self._parts[0] if self._parts else (at, b"")
        return self._line + data.count(b"\n", max(0, self._at - start), max(0, at - start))

    def show(self, at: int, count: int) -> bytes:
        """What stands there."""
        self.drop(at)
        start = self._parts[0][0] if self._parts else at
        return b"".join(data for _, data in self._parts)[max(0, at - start) :][:count]


def read_apart(
    stream: BinaryIO, name: ReaderName, found: Found, hints: Hints, *, limit: int = LIMIT, is_sought: bool = False,
) -> Generator[Item, None, None]:
    """The items of a file, read in another process.

    When that dies, is held up or takes too much memory, the rest of the file is one damaged stretch, of reason `reader_died`. Raises Reject as
    the reader does.
    """
    handed = Handed()
    number = at = 0
    line: int | None = None

    def give(wanted: Wanted) -> object:
        if wanted.offset is not None:
            return stream.seek(wanted.offset, wanted.whence)
        data = stream.read(wanted.size)
        if not is_sought:
            handed.add(data)
        return data, name_damage(stream)

    head = b"" if is_sought else stream.read(CHUNK)
    handed.add(head)
    hints = hints._replace(columns=dict(hints.columns))  # a view of a dict does not travel
    order = Order(*name, found, hints, limit, head, is_sought, hints.seconds, hints.memory)
    try:
        for item in converse(order, give):
            at = max(at, item.byte_end)
            handed.drop(at)
            if not isinstance(item, Gap):
                number, line = item.number, item.line
            yield item
    except Died as why:
        if is_sought:
            total = stream.seek(0, os.SEEK_END)
            stream.seek(at)
            shown = stream.read(40_000)
            place = line or 1
        else:
            shown, place = handed.show(at, 40_000), handed.find_line(at)
            while data := stream.read(CHUNK):
                handed.count += len(data)
                shown += data[: 40_000 - len(shown)]
            total = handed.count
        if total > at:
            raw = shown.decode("utf-8", "backslashreplace")[:10_000] if found.encoding == "binary" else show_raw(shown, found.codec)
            yield Damaged(number + 1, at, total, place, Reason.READER_DIED.value, phrase_death(found.format, str(why), number, at), raw)


def list_cells_apart(stream: BinaryIO, name: ReaderName, found: Found, hints: Hints) -> Iterator[list[str]]:
    """The rows of a table as cells, read in another process. Raises Reject as the reader does, and where that dies."""
    def give(wanted: Wanted) -> object:
        if wanted.offset is not None:
            return stream.seek(wanted.offset, wanted.whence)
        return stream.read(wanted.size), name_damage(stream)

    hints = hints._replace(columns={})
    order = Order(*name, found, hints, LIMIT, b"", stream.seekable(), hints.seconds, hints.memory, is_cells=True)
    number = 0
    try:
        for cells in converse(order, give):
            number += 1
            yield cells
    except Died as why:
        raise Reject(Reason.READER_DIED, phrase_death(found.format, str(why), 0, 0) + (f"; {number:,} rows were read" if number else "")) from None


def converse(order: Order, give: Callable[[Wanted], object]) -> Generator[Any, None, None]:
    """What a process says of a file, while it is given what it asks for. Raises Died with what happened to it, and Reject."""
    reader = borrow_reader()
    is_done = False
    seconds = order.seconds * ASLEEP
    try:
        reader.send(order)
        while True:
            said = reader.receive(seconds)
            if isinstance(said, Wanted):
                reader.send(give(said))
            elif not isinstance(said, Ended):
                yield said
            else:
                is_done = not said.kind or said.kind == "reject"
                match said.kind:
                    case "reject":
                        raise Reject(Reason(said.reason), said.detail)
                    case "memory":
                        raise Died(f"asked for more than {order.memory >> 20:,} MB of memory")
                    case "fault":
                        raise Died(f"failed with {said.reason}: {said.detail[:300]}")
                return
    finally:
        if is_done:
            _idle.append(reader)
        elif reader.is_alive:
            reader.kill()
        else:
            reader.close()


def phrase_death(form: str, why: str, number: int, at: int) -> str:
    """What happened to a reader, and what to do.

    >>> phrase_death("html", "died of SIGSEGV (a segmentation fault)", 0, 0)
    'the html reader died of SIGSEGV (a segmentation fault) on this file; look at the file there, mend it and ingest it again, and report it'
    """
    place = f"behind byte {at}, where record {number} ends, which is kept like all before it" if at and number else "on this file"
    if why.startswith("made no headway"):
        advice = "if the file is to be trusted, raise COPYDESK_READER_SECONDS and ingest it again"
    elif why.startswith("asked for more"):
        advice = "if the file is to be trusted, raise COPYDESK_READER_MEMORY and ingest it again"
    else:
        advice = "look at the file there, mend it and ingest it again, and report it"
    return f"the {form} reader {why} {place}; {advice}"
