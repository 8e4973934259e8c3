"""What the experiments share: a bench with an inbox and the state that a run in peace leaves, and the form of what a case has found."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.crash.inbox import wire_line, write_inbox
from tests.crash.runs import Ended, Prelude, ingest_words, run, spare, start, wait, warm_up
from tests.crash.state import Held, compare, count_batches, find_torn, read_state
from warehouse.catalog_seal import find_fault
from warehouse.errors import LakeError
from warehouse.verify import check_sealed

SHOWN = 300
MEASURED = 2
"""Runs in peace whose time is taken."""


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


class Bench(NamedTuple):
    """Where the cases of all experiments are tried."""

    place: Path
    inbox: Path
    peace: Path
    """The lake that a run in peace has left."""
    expected: Held
    loosely: Held
    """The same, without what hangs on how records were spread over batches."""
    started: Path
    """A lake in which another file has landed."""
    early: Held
    """What it holds."""
    seconds: float
    """What a run in peace takes of a processor, at the least."""
    seed: int
    reads: int
    """Questions of all readers in a case of runs started together."""
    cases: int = 1
    """Of the experiment that is under way."""

    def draw(self, experiment: str, number: int) -> random.Random:
        """The chances of a case: the same for the same seed, whatever was tried before."""
        return random.Random(f"{self.seed} {experiment} {number}")

    def clear(self, name: str) -> Path:
        """A folder's path under which nothing lies."""
        path = self.place / f"{Path(name).stem}-{os.getpid()}{Path(name).suffix}"
        remove(path)
        return path

    def begin(self, name: str, number: int) -> tuple[Path, Held]:
        """A lake's path for a case, and what the lake should hold in the end: every other case begins with a lake that is there."""
        lake = self.clear(name)
        if number % 2 == 0:
            return lake, self.expected
        shutil.copytree(self.started, lake, symlinks=True)
        return lake, {**self.expected, **self.early}


class Found(NamedTuple):
    """What a case has shown."""

    counts: dict[str, int]
    faults: list[str]
    """What should not be. Empty when all is as it should be."""
    seconds: float = 0.0
    """Of a processor."""


class Experiment(NamedTuple):
    """A kind of trouble. `attempt` gets the bench and the number of the case."""

    name: str
    title: str
    short: int
    long: int
    attempt: Callable[[Bench, int], Found]
    prepare: Callable[[Bench], str | None] = lambda bench: None
    """Called once before the cases; says why they can't be tried here, if so."""
    is_alone: bool = False
    """Whether nothing else should run meanwhile."""


def make_bench(place: Path, seed: int, reads: int) -> Bench:
    """Write the inbox and do the first runs."""
    place.mkdir(parents=True, exist_ok=True)
    inbox = place / "inbox"
    for old in place.iterdir():
        if old.is_dir():
            shutil.rmtree(old)
    write_inbox(inbox)
    early = place / "early.jsonl"
    early.write_text("".join(wire_line(n) for n in range(40, 43)), "utf-8")
    peace, started, again = (place / f"{name}.lake" for name in ("peace", "started", "again"))
    warm_up(inbox, peace)
    warm_up(early, started)
    expected = read_state(peace)
    spent = []
    for _ in range(MEASURED):
        before = sum(os.times()[2:4])
        ended = run(ingest_words(inbox, again), place / "again.txt", prelude=spare)
        spent.append(sum(os.times()[2:4]) - before)
        if ended.code or (faults := judge_whole(again, expected)):
            raise SystemExit(f"two runs in peace differ: {ended} {faults if not ended.code else ''}")
        shutil.rmtree(again)
    return Bench(place, inbox, peace, expected, read_state(peace, is_loose=True), started, read_state(started), min(spent), seed, reads)


def judge_torn(lake: Path, expected: Held) -> list[str]:
    """What a reader of a lake should not see, whatever has happened to its writer."""
    if not (lake / "catalog.sqlite").exists():
        return []
    try:
        return [f"torn: {fault}" for fault in find_torn(read_state(lake), expected)] + judge_seals(lake)
    except (LakeError, OSError, ValueError) as error:
        return [f"not readable: {type(error).__name__}: {str(error)[:SHOWN]}"]


def judge_seals(lake: Path) -> list[str]:
    """False alarms: what `verify` would say of the catalog, reports and the like, none of which is damaged."""
    return [f"a false alarm: {breach}" for finding in check_sealed(lake) for breach in finding.breaches] + list(filter(None, [find_fault(lake)]))


def judge_whole(lake: Path, expected: Held, *, is_loose: bool = False) -> list[str]:
    """How a lake differs from the one whose run was left in peace."""
    try:
        held = read_state(lake, is_loose=is_loose)
    except (LakeError, OSError, ValueError) as error:
        return [f"not readable: {type(error).__name__}: {str(error)[:SHOWN]}"]
    lost, twice = compare(held, expected)
    return [f"{lost} rows lost, {twice} twice, {count_batches(held)} batches"] if lost or twice else []


def run_again(bench: Bench, lake: Path, *, prelude: Prelude | None = spare, is_loose: bool = False,
              wanted: Held | None = None) -> list[str]:
    """One further run, which should leave the lake that the run in peace has left.

    `is_loose`: some file could not be read before, so that others shared a batch.
    """
    again = run(ingest_words(bench.inbox, lake), lake.with_suffix(".again.txt"), prelude=prelude)
    if again.code:
        return [f"the further run ended with {again.code}: {again.said[-SHOWN:]}"]
    return judge_whole(lake, wanted or (bench.loosely if is_loose else bench.expected), is_loose=is_loose)


def run_in_fork(work: Callable[[], int]) -> int:
    """Exit code of some work in a fork; negative for the signal that ended it."""
    child = os.fork()
    if not child:
        code = 5
        try:
            code = work()
        finally:
            os._exit(code)
    return wait(child)


__all__ = ["Bench", "Ended", "Experiment", "Found", "judge_torn", "judge_whole", "make_bench", "run_again", "run_in_fork", "start"]
