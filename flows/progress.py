"""What a person sees while a run is under way: a moving line on a terminal, plain lines elsewhere. All on standard error."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

SECONDS_BETWEEN_LINES = 5.0
RATED = 1000
"""Records from which a rate is worth a word."""


def say(text: str, *, stream: TextIO | None = None) -> None:
    """One line on standard error, whatever its encoding can hold."""
    out = stream or sys.stderr
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    out.flush()


def print_bytes(count: int) -> str:
    """A number of bytes as people read it.

    >>> print_bytes(1500), print_bytes(20_000_000)
    ('1.5 kB', '20.0 MB')
    """
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def print_rate(records: int, seconds: float) -> str:
    """Records a second, of a run long enough for its start not to be most of it.

    >>> print_rate(60_000, 20.0), print_rate(23, 4.1)
    (', 3,000 records/s', '')
    """
    return f", {records / seconds:,.0f} records/s" if records >= RATED and seconds else ""


class Progress:
    """Batches, records a second and bytes of a run."""

    def __init__(self, total_bytes: int, *, is_quiet: bool = False) -> None:
        self._started = self._spoken = time.monotonic()
        self._batches = self._records = self._bytes = 0
        self._is_quiet = is_quiet
        self._bar = _bar(total_bytes) if sys.stderr.isatty() and not is_quiet else None

    def __enter__(self) -> Self:
        """Start the moving line, where there is one."""
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Take the moving line away."""
        if self._bar:
            self._bar.stop()

    def advance(self, *, records: int, batch_bytes: int) -> None:
        """A batch was committed."""
        self._batches += 1
        self._records += records
        self._bytes += batch_bytes
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=self._bytes, description=self._state())
        elif not self._is_quiet and time.monotonic() - self._spoken >= SECONDS_BETWEEN_LINES:
            self._spoken = time.monotonic()
            say(self._state())

    def _state(self) -> str:
        rate = print_rate(self._records, time.monotonic() - self._started)
        batches = f"{self._batches:,} batch" + ("" if self._batches == 1 else "es")
        return f"{batches}, {self._records:,} records{rate}, {print_bytes(self._bytes)}"


def _bar(total_bytes: int) -> Bar:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    shown = (BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    bar = Bar(*shown, console=Console(stderr=True), transient=True)
    bar.add_task("reading", total=total_bytes or None)
    return bar
