"""A run that is held back, and its release, killed at every named step: what waits lands once, when it is released, and nothing is left behind."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.crash.experiment import SHOWN, Bench, Experiment, Found
from tests.crash.kills import die_at, note_steps
from tests.crash.runs import KILLED, Ended, Prelude, all_of, ingest_words, run, spare_batches, wait
from warehouse.errors import LakeError
from warehouse.held import list_held
from warehouse.sql import SqlRefused, run_sql
from warehouse.verify import check_lake

STRICT = '[checks.few_records_are_set_aside]\nseverity = "critical"\nmost = 0\n'
"""A profile by which the inbox fails a critical check."""
LANDED = "SELECT article_id, content_hash FROM landed.articles ORDER BY ALL"
"""Not from which file: what a further run lands before the first is released makes a repeat of what was held back, and not the other way round."""
TRAIL = "SELECT file_id, record_no, outcome FROM replays ORDER BY ALL"
WAITING = "SELECT count(*) FROM waiting WHERE reason = 'held'"
DOUBTFUL = 1


def read(lake: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query."""
    with run_sql(lake, query) as result:
        return list(result.rows())


def hold(bench: Bench, lake: Path, more: Prelude = lambda stack: None) -> Ended:
    """A run that is held back."""
    words = [*ingest_words(bench.inbox, lake), "--hold", "--profile", str(bench.place / "strict.toml")]
    return run(words, lake.with_suffix(".txt"), prelude=all_of(spare_batches, more))


def release(lake: Path, more: Prelude = lambda stack: None) -> Ended:
    """Release whatever waits, run by run; the first that did not end well, or the last."""
    ended = Ended(0, "")
    for run_id in sorted(list_held(lake)):
        ended = run(["release", run_id, "--lake", str(lake)], lake.with_suffix(".txt"), prelude=all_of(spare_batches, more))
        if ended.code:
            break
    return ended


def prepare_held(bench: Bench) -> str | None:
    """Hold a run back and release it in peace, and note the steps of both."""
    (bench.place / "strict.toml").write_text(STRICT, "utf-8")
    lake, kept = bench.place / "whole.lake", bench.place / "held.lake"
    held = hold(bench, lake, partial(note_steps, bench.place / "hold.list"))
    if held.code != DOUBTFUL or read(lake, LANDED) or not read(lake, WAITING)[0][0]:
        return f"a run to be held back ended with {held.code}: {held.said[-SHOWN:]}"
    shutil.copytree(lake, kept, symlinks=True)
    released = release(lake, partial(note_steps, bench.place / "release.list"))
    if released.code or judge_released(bench, lake):
        return f"a release ended with {released.code}: {released.said[-SHOWN:]} {judge_released(bench, lake)}"
    steps = [(kind, number) for kind in ("hold", "release") for number, _ in enumerate((bench.place / f"{kind}.list").read_text().splitlines(), 1)]
    (bench.place / "held.list").write_text("\n".join(map(json.dumps, steps)) + "\n")
    shutil.rmtree(lake)
    return None


def judge_released(bench: Bench, lake: Path) -> list[str]:
    """What is wrong with a lake when all has been released."""
    try:
        faults = [breach for finding in check_lake(lake) for breach in finding.breaches]
        tried = read(lake, TRAIL)
        if read(lake, LANDED) != read(bench.peace, LANDED):
            lost, more = (len(set(a) - set(b)) for a, b in itertools.permutations((read(bench.peace, LANDED), read(lake, LANDED))))
            faults.append(f"{lost} articles are lost and {more} too many, set beside the run that nothing was held back from")
        if len(tried) != len(set(tried)):
            faults.append(f"{len(tried) - len(set(tried))} records were released twice")
    except (LakeError, SqlRefused, OSError) as error:
        faults = [f"not readable: {type(error).__name__}: {str(error)[:SHOWN]}"]
    return faults + [f"{path} is left" for path in (lake / "held").rglob("*.parquet")]


def kill_held(bench: Bench, number: int) -> Found:
    """Kill at a step of the run or of its release; go on, release, and judge."""
    steps = (bench.place / "held.list").read_text().splitlines()
    kind, step = json.loads(steps[number * len(steps) // bench.cases if bench.cases < len(steps) else number % len(steps)])
    lake = bench.clear("held.lake")
    die = partial(die_at, step)
    faults = []
    if kind == "hold":
        ended = hold(bench, lake, die)
        again = hold(bench, lake)
        if again.code not in (0, DOUBTFUL):
            faults.append(f"the further run ended with {again.code}: {again.said[-SHOWN:]}")
    else:
        shutil.copytree(bench.place / "held.lake", lake, symlinks=True)
        ended = release(lake, die)
    last = release(lake)
    if ended.code != KILLED:
        faults.append(f"not killed, but ended with {ended.code}: {ended.said[-SHOWN:]}")
    if last.code:
        faults.append(f"the release ended with {last.code}: {last.said[-SHOWN:]}")
    faults += in_fork(partial(judge_released, bench, lake), lake.with_suffix(".judged"))
    shutil.rmtree(lake)
    return Found({f"{kind} killed": 1}, [f"{kind}, step {step}: {fault}" for fault in faults])


def in_fork(judge: Callable[[], list[str]], log: Path) -> list[str]:
    """What a judge says, who works in a fork: threads of DuckDB's must not be there when the next run is forked."""
    child = os.fork()
    if not child:
        try:
            log.write_text(json.dumps(judge()), "utf-8")
        finally:
            os._exit(0)
    wait(child)
    return list(json.loads(log.read_text("utf-8")))


HELD = Experiment("held", "SIGKILL at every named step of a run held back, and of its release", 4, 0, kill_held, prepare_held)
