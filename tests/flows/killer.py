"""Runs one ingest again and again and kills it: at each step of a commit, and at set moments. Prints one JSON object of what was left.

    python killer.py INBOX WORKDIR

One process imports everything once and each run is a fork of it. The checks of a batch are made in the first run and remembered, since the
same batches come again, and runs are not compared with each other: what is tried here is keeping, staging and committing. The kill is SIGKILL:
nothing is cleaned up.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from expectations.batch import Verdict, check_batch
from flows import ledger, stages
from flows.gazetteer import open_gazetteer
from flows.ingest import ingest
from flows.runners import Inline
from flows.settings import IngestConfig
from warehouse.land import commit_batch
from warehouse.sql import run_sql
from warehouse.tables import TABLES

BATCH_BYTES = 6000
RUN_COLUMNS = {"run_id", "committed_at"}
OF_RUNS = {"runs", "rules", "metrics"}


verdicts: dict[str, Verdict] = {}
"""By batch id."""


def recall_check(*args: Any, batch_id: str, **kwargs: Any) -> Verdict:
    """The verdict on a batch, made once."""
    if batch_id not in verdicts:
        verdicts[batch_id] = check_batch(*args, batch_id=batch_id, **kwargs)
    return verdicts[batch_id]


def run_ingest(inbox: Path, lake: Path) -> None:
    """One run, without Prefect."""
    ingest(IngestConfig(paths=[str(inbox)], lake=str(lake), batch_bytes=BATCH_BYTES, quarantine_threshold=1.0), Inline(), is_quiet=True)


def fork(work: Callable[[], None]) -> int:
    """Process id of a child that does the work and ends, without a word at exit."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    except BaseException as error:  # noqa: BLE001 - the parent reads the exit code, people the message
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(1)


def wait(child: int) -> int:
    """Exit code of a child, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def count_steps(inbox: Path, lake: Path, log: Path) -> None:
    """A run that notes each step of its commits."""
    passed: list[str] = []
    with mock.patch.object(ledger, "commit_batch", partial(commit_batch, checkpoint=passed.append)):
        run_ingest(inbox, lake)
    log.write_text("\n".join(passed))
    log.with_suffix(".verdicts").write_bytes(pickle.dumps(verdicts))


def die_at(inbox: Path, lake: Path, last: int) -> None:
    """A run that kills itself at a step."""
    passed = 0

    def step(_name: str) -> None:
        nonlocal passed
        passed += 1
        if passed == last:
            os.kill(os.getpid(), signal.SIGKILL)

    with mock.patch.object(ledger, "commit_batch", partial(commit_batch, checkpoint=step)):
        run_ingest(inbox, lake)


def dump(lake: Path) -> dict[str, list[str]]:
    """All rows of a lake but those that tell of whole runs, sorted, without what differs from run to run."""
    rows: dict[str, list[str]] = {name: [] for name in TABLES if name not in OF_RUNS}
    parts = []
    for name in rows:
        kept = ", ".join(f'"{column}" := "{column}"' for column in TABLES[name]._fields if column not in RUN_COLUMNS)
        parts.append(f"SELECT '{name}', to_json(struct_pack({kept}))::VARCHAR FROM landed.{name}")
    with run_sql(lake, " UNION ALL ".join(parts) + " ORDER BY ALL") as result:
        for name, row in result.rows():
            rows[name].append(row)
    return rows


def main(inbox: Path, place: Path) -> dict[str, Any]:
    """Kill runs in every way and say which lakes differ from the one that was left in peace."""
    open_gazetteer()
    whole, log = place / "whole.lake", place / "steps.txt"
    if wait(fork(lambda: count_steps(inbox, whole, log))):
        raise SystemExit("the run in peace failed")
    verdicts.update(pickle.loads(log.with_suffix(".verdicts").read_bytes()))
    expected = dump(whole)
    started = time.monotonic()
    if wait(fork(partial(run_ingest, inbox, place / "again.lake"))) or dump(place / "again.lake") != expected:
        raise SystemExit("two runs in peace differ")
    taken = time.monotonic() - started
    steps = len(log.read_text().splitlines())
    picked = sorted({1 + round(n * (steps - 1) / 6) for n in range(7)})
    differing, killed = [], 0
    for number, moment in enumerate([*picked, *(taken * (n + 0.5) / 3 for n in range(3))]):
        lake = place / f"{number}.lake"
        if isinstance(moment, int):
            code = wait(fork(partial(die_at, inbox, lake, moment)))
        else:
            child = fork(partial(run_ingest, inbox, lake))
            time.sleep(moment)
            os.kill(child, signal.SIGKILL)
            code = wait(child)
        killed += code == -signal.SIGKILL
        if wait(fork(partial(run_ingest, inbox, lake))) or dump(lake) != expected:
            differing.append(moment)
    return {"steps": steps, "tried": number + 1, "killed": killed, "differing": differing, "articles": len(expected["articles"]),
            "batches": len(expected["batches"])}


if __name__ == "__main__":
    with mock.patch.object(stages, "check_batch", recall_check), mock.patch("flows.ingest.check_run", return_value=()):
        sys.stdout.write(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]))))
