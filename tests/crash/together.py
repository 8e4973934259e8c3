"""Eight runs started together on one lake, while readers ask it question after question."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from pathlib import Path

from tests.crash.experiment import Bench, Experiment, Found, judge_whole
from tests.crash.runs import ingest_words, spare, start, wait
from warehouse.errors import LakeError
from warehouse.sql import Session, SqlRefused, run_sql

RUNS, READERS = 8, 2
BLOCKED = 20.0
"""Seconds after which a read counts as blocked; the eight runs have the processors meanwhile."""
QUESTION = """SELECT (SELECT coalesce(sum(landed), 0) FROM batches), (SELECT count(*) FROM article_versions),
              (SELECT count(*) FROM (SELECT DISTINCT article_id, version FROM landed.blocks)), (SELECT count(*) FROM batches)"""


def read_on(lake: Path, log: Path, reads: int) -> None:
    """Ask, and write down what was odd. Every fourth question is a connection of its own, the others are asked as the prompt asks them."""
    faults: list[str] = []
    seen, most, count = -1, 0.0, 0
    session = Session(lake)
    for number in range(reads):
        begun = time.monotonic()
        try:
            if number % 4:
                session.refresh()
            with run_sql(lake, QUESTION) if number % 4 == 0 else session.ask(QUESTION) as result:
                ((declared, articles, parted, batches),) = result.rows()
        except (LakeError, SqlRefused, OSError) as error:
            faults.append(f"a read failed: {type(error).__name__}: {str(error)[:200]}")
            continue
        finally:
            most = max(most, time.monotonic() - begun)
            count += 1
        if not declared == articles == parted:
            faults.append(f"torn: {batches} batches of {declared} articles, {articles} are there, {parted} with blocks")
        if batches < seen:
            faults.append(f"{seen} batches were there, now {batches}")
        seen = batches
    log.write_text(json.dumps({"faults": faults[:3], "count": count, "most": most}), "utf-8")


def start_together(bench: Bench, number: int) -> Found:
    """Start the runs, read meanwhile, and see who has landed."""
    lake = bench.clear("together.lake")
    shutil.copytree(bench.started, lake, symlinks=True)
    faults = []
    logs = [lake.with_suffix(f".reader{n}.json") for n in range(READERS)]
    reads = bench.reads // READERS
    readers = [fork_reader(lake, log, reads) for log in logs]
    said = [lake.with_suffix(f".{n}.txt") for n in range(RUNS)]
    children = [start(ingest_words(bench.inbox, lake), log, prelude=spare) for log in said]
    codes = [wait(child) for child in children]
    told = [log.read_text("utf-8", "replace") for log in said]
    for code, words in zip(codes, told, strict=True):
        named = re.search(r"is being written by process (\d+) on", words)
        if code == 4 and named and int(named[1]) not in children:
            faults.append(f"a stranger is named: {words[-200:]}")
        if code not in (0, 4) or (code == 4 and "is being written by" not in words):
            faults.append(f"exit {code}: {words[-200:]}")
    landed = sum("landed" in words and "Nothing new" not in words for code, words in zip(codes, told, strict=True) if code == 0)
    if landed != 1:
        faults.append(f"{landed} of the runs landed something")
    faults += [f"a reader ended with {code}" for reader in readers if (code := wait(reader))]
    answers = [json.loads(log.read_text("utf-8")) for log in logs if log.exists()]
    for answer in answers:
        faults += answer["faults"]
    most = max(answer["most"] for answer in answers)
    if most > BLOCKED:
        faults.append(f"a read took {most:.1f} s")
    faults += judge_whole(lake, {**bench.expected, **bench.early})
    shutil.rmtree(lake)
    return Found({"landed": landed, "nothing new": codes.count(0) - landed, "locked": codes.count(4), "reads": sum(a["count"] for a in answers),
                  "most ms of a read": round(most * 1000)}, faults)


def fork_reader(lake: Path, log: Path, reads: int) -> int:
    """A reader in a process of its own."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        read_on(lake, log, reads)
        code = 0
    finally:
        os._exit(code)


TOGETHER = Experiment("together", "eight runs started together, with readers", 1, 50, start_together, is_alone=True)
