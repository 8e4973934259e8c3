"""Kills runs that hold back, and releases, at steps of their commits. Prints one JSON object of what was left.

    python -m tests.flows.hold_killer INBOX WORKDIR
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from expectations.batch import share_checker
from flows import ledger, stages
from flows.gazetteer import open_gazetteer
from flows.ingest import ingest
from flows.release import release
from flows.runners import Inline
from flows.settings import IngestConfig
from tests.flows.killer import BATCH_BYTES, fork, recall_check, wait
from warehouse.held import list_held
from warehouse.land import commit_batch
from warehouse.sql import run_sql
from warehouse.verify import check_lake

LANDED = "SELECT article_id, content_hash, file_id, record_no FROM landed.articles ORDER BY ALL"
TRAIL = "SELECT file_id, record_no, outcome FROM replays ORDER BY ALL"


def configure(lake: Path, inbox: Path, *, is_held: bool) -> IngestConfig:
    """A run; one that is held fails a check that its profile has made critical."""
    profile = str(inbox.parent / "strict.toml")
    return IngestConfig(paths=[str(inbox)], lake=str(lake), batch_bytes=BATCH_BYTES, hold=is_held, profile=profile, quarantine_threshold=1.0)


def run_held(inbox: Path, lake: Path) -> None:
    """One run that is held back."""
    ingest(configure(lake, inbox, is_held=True), Inline(), is_quiet=True)


def release_all(inbox: Path, lake: Path) -> None:
    """Release whatever is held."""
    for run_id in sorted(list_held(lake)):
        release(lake, run_id, configure(lake, inbox, is_held=False))


def count_steps(work: Callable[[], None], log: Path) -> None:
    """Do the work and note how many steps its commits have."""
    passed: list[str] = []
    with mock.patch.object(ledger, "commit_batch", partial(commit_batch, checkpoint=passed.append)):
        work()
    log.write_text(str(len(passed)))


def die_at(work: Callable[[], None], last: int) -> None:
    """Do the work and die at a step."""
    passed = 0

    def step(_name: str) -> None:
        nonlocal passed
        passed += 1
        if passed == last:
            os.kill(os.getpid(), signal.SIGKILL)

    with mock.patch.object(ledger, "commit_batch", partial(commit_batch, checkpoint=step)):
        work()


def read(lake: Path, query: str) -> list[list[Any]]:
    """Rows of a query."""
    with run_sql(lake, query) as result:
        return [list(row) for row in result.rows()]


def demand(work: Callable[[], None]) -> None:
    """Do the work in a process of its own, which must end well."""
    if wait(fork(work)):
        raise SystemExit("a run in peace failed")


def main(inbox: Path, place: Path) -> dict[str, Any]:
    """Kill in every way, go on, release, and say which lakes differ from the one that nothing was held back from."""
    open_gazetteer()
    share_checker().start()
    plain, whole, log = place / "plain.lake", place / "whole.lake", place / "steps.txt"
    demand(lambda: ingest(configure(plain, inbox, is_held=False), Inline(), is_quiet=True) and None)
    expected = read(plain, LANDED)
    demand(lambda: count_steps(partial(run_held, inbox, whole), log))
    held_steps, waiting = int(log.read_text()), len(read(whole, "FROM waiting WHERE reason = 'held'"))
    landed_before = len(read(whole, LANDED))
    demand(lambda: count_steps(partial(release_all, inbox, whole), log))
    release_steps = int(log.read_text())
    differing: list[Any] = [] if read(whole, LANDED) == expected else ["in peace"]
    killed = 0
    for kind, steps in (("hold", held_steps), ("release", release_steps)):
        for step in sorted({1 + round(n * (steps - 1) / 4) for n in range(5)}):
            lake = place / f"{kind}{step}.lake"
            if kind == "release":
                demand(partial(run_held, inbox, lake))
            killed += wait(fork(partial(die_at, partial(run_held if kind == "hold" else release_all, inbox, lake), step))) == -signal.SIGKILL
            if kind == "hold":
                demand(partial(run_held, inbox, lake))
            demand(partial(release_all, inbox, lake))
            broken = [breach for finding in check_lake(lake) for breach in finding.breaches]
            left = [str(path) for path in (lake / "held").rglob("*.parquet")]
            tried = read(lake, TRAIL)
            if read(lake, LANDED) != expected or broken or left or len(tried) != len({tuple(row) for row in tried}):
                differing.append([kind, step, broken, left])
    return {"held": waiting, "landed_while_held": landed_before, "killed": killed, "differing": differing, "articles": len(expected)}


if __name__ == "__main__":
    with mock.patch.object(stages, "check_batch", recall_check):
        sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
