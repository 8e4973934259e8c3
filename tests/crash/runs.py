"""Runs of the real command in forks of one process that has imported everything: all of a run but its start-up.

`warm_up` does a first run here, so that each fork finds what a run imports and Great Expectations' suites ready. A fork is the command line
itself: arguments in, messages into a file, exit code out.

Most runs are made with `spare`, which saves what has nothing to do with the disk: the verdict on a batch that was judged before is recalled,
the 70 MB of DuckDB's extensions are not hashed again for their signatures, DuckDB works in one thread, and a parser's process is a fork too.
One case in ten is run without it, as users' runs are.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

from expectations.batch import Verdict, check_batch
from flows import apart, apart_reader, cli, stages
from flows import ingest as ingest_flow
from tests.crash.inbox import BATCH_BYTES
from warehouse import lake as lake_room

KILLED = -signal.SIGKILL
verdicts: dict[str, Verdict] = {}
"""By batch id."""


class Ended(NamedTuple):
    """How a run went."""

    code: int
    """Negative for the signal that ended it."""
    said: str


Prelude = Callable[[ExitStack], None]


def recall_check(*args: Any, batch_id: str, **kwargs: Any) -> Verdict:
    """The verdict on a batch, made once: for runs in which the checks are not what is tried."""
    if batch_id not in verdicts:
        verdicts[batch_id] = check_batch(*args, batch_id=batch_id, **kwargs)
    return verdicts[batch_id]


class ForkedParser:
    """What `flows.apart` takes for `subprocess.Popen`: a parser's process as a fork, in which the parser has been imported."""

    def __init__(self, *_words: object, **_options: object) -> None:
        inward, ours_out = os.pipe()
        ours_in, outward = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if not self.pid:
            try:
                os.dup2(inward, 0)
                os.dup2(outward, 1)
                os.closerange(3, 4096)  # the ends of other pipes above all: their readers wait for the last to be closed
                apart_reader.main()
            finally:
                os._exit(0)
        os.close(inward)
        os.close(outward)
        self.stdin, self.stdout = os.fdopen(ours_out, "wb", 0), os.fdopen(ours_in, "rb", 0)

    def poll(self) -> int | None:
        """Exit code; None while it runs."""
        if self.returncode is None and (ended := os.waitpid(self.pid, os.WNOHANG))[0]:
            self.returncode = os.waitstatus_to_exitcode(ended[1])
        return self.returncode

    def wait(self) -> int:
        """Exit code, once it has ended."""
        if self.returncode is None:
            self.returncode = wait(self.pid)
        return self.returncode

    def kill(self) -> None:
        """End it."""
        if self.returncode is None:
            os.kill(self.pid, signal.SIGKILL)


def spare(stack: ExitStack) -> None:
    """Have the runs of a block do without what costs most and touches no disk."""
    spare_batches(stack)
    stack.enter_context(mock.patch.object(ingest_flow, "check_run", lambda *_args, **_more: ()))


def spare_batches(stack: ExitStack) -> None:
    """The same, but for the checks of a run as a whole."""
    stack.enter_context(mock.patch.object(stages, "check_batch", recall_check))
    stack.enter_context(mock.patch.dict(lake_room.SETTINGS, allow_unsigned_extensions=True, threads=1))
    stack.enter_context(mock.patch.object(apart, "subprocess", SimpleNamespace(Popen=ForkedParser, PIPE=-1, DEVNULL=-3)))


def spare_most(number: int) -> Prelude:
    """Nine cases in ten are spared."""
    return all_of() if number % 10 == 9 else spare


def all_of(*preludes: Prelude) -> Prelude:
    """Several preludes as one."""
    def prepare(stack: ExitStack) -> None:
        for prelude in preludes:
            prelude(stack)

    return prepare


def ingest_words(inbox: Path | Sequence[Path], lake: Path, *more: str) -> list[str]:
    """The command line of a run."""
    paths = [inbox] if isinstance(inbox, Path) else inbox
    return ["ingest", "--direct", "--quarantine-threshold", "1", "--batch-bytes", str(BATCH_BYTES), "--lake", str(lake), *more, *map(str, paths)]


def call_command(words: Sequence[str]) -> int:
    """The command line, in this process."""
    sys.argv = ["copydesk", *words]
    try:
        cli.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def warm_up(inbox: Path, lake: Path) -> None:
    """A run in this process, which makes the verdicts that later ones recall, and imports what parsers stand on."""
    for parser in ("trafilatura", "lxml.html"):
        import_module(parser)
    with mock.patch.object(stages, "check_batch", recall_check):
        code = call_command([*ingest_words(inbox, lake), "--quiet"])
    if code:
        raise SystemExit(f"the first run ended with {code}")


def start(words: Sequence[str], said: Path, *, prelude: Prelude | None = None, is_traced: bool = False) -> int:
    """Start a run in a fork and return its process id; with `is_traced` it stops at once, for a tracer to take hold of it."""
    child = os.fork()
    if child:
        return child
    code = 5
    try:
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (1, 2):
            os.dup2(out, stream)
        os.close(out)
        if is_traced:
            os.kill(os.getpid(), signal.SIGSTOP)
        with ExitStack() as stack:
            if prelude:
                prelude(stack)
            code = call_command(words)
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:  # noqa: BLE001 - a fork of a test must never come back
        os.write(2, f"Traceback: {type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)


def wait(child: int) -> int:
    """Exit code of a fork, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(words: Sequence[str], said: Path, *, prelude: Prelude | None = None) -> Ended:
    """A run in a fork, to its end."""
    code = wait(start(words, said, prelude=prelude))
    return Ended(code, said.read_text("utf-8", "replace"))


def run_and_kill(words: Sequence[str], said: Path, seconds: float, *, prelude: Prelude | None = None) -> Ended:
    """A run that is killed after some seconds, if it still runs then."""
    child = start(words, said, prelude=prelude)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return Ended(wait(child), said.read_text("utf-8", "replace"))
