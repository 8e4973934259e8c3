"""Where the work of a batch runs: here, or in processes of its own."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Generic, ParamSpec, Protocol, Self, TypeVar

from flows.problems import ExitCode, Problem

P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Pending(Protocol[T_co]):
    """Work handed out. `result` waits for it and returns what came out, or raises what went wrong."""

    def result(self) -> T_co:
        """What came out."""


class Runner(Protocol):
    """Takes work and hands back something to wait on."""

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Pending[T]:
        """Start the work, now or when there is room."""

    def call(self, name: str, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do a step of the coordinator here, under a name by which it can be watched."""


class _Done(Generic[T]):
    def __init__(self, value: T) -> None:
        self._value = value

    def result(self) -> T:
        return self._value


class _Coordinator:
    def call(self, _name: str, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Do it now, in this process."""
        return work(*args, **kwargs)


class Inline(_Coordinator):
    """Runs the work at once, in this process."""

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Pending[T]:
        """Do it now."""
        return _Done(work(*args, **kwargs))


class _Watched(Generic[T]):
    def __init__(self, future: Future[T]) -> None:
        self._future = future

    def result(self) -> T:
        try:
            return self._future.result()
        except BrokenProcessPool:
            raise Problem(
                "a worker process was killed, most often for want of memory; what was committed stays. "
                "Run again with fewer --workers or a smaller COPYDESK_BATCH_BYTES",
                ExitCode.FILES_FAILED,
            ) from None


class Processes(_Coordinator):
    """Runs the work in worker processes. They are started afresh, never forked from threads that hold locks."""

    def __init__(self, workers: int) -> None:
        method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        self._pool = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(method), initializer=_leave_interrupts)

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Pending[T]:
        """Hand it to the next free process."""
        try:
            return _Watched(self._pool.submit(work, *args, **kwargs))
        except BrokenProcessPool as error:
            broken: Future[T] = Future()
            broken.set_exception(error)
            return _Watched(broken)

    def __enter__(self) -> Self:
        """The pool, ready."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Wait for work under way; drop what has not begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C reaches the whole terminal group; only the coordinator answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
