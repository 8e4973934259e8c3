"""Clocks that jump: set back a year, through the hours of daylight saving, two runs in one moment. Ids sort as the runs were made."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import shutil
import time
from contextlib import ExitStack
from functools import partial
from unittest import mock
from zoneinfo import ZoneInfo

from flows import ledger
from tests.crash.experiment import Bench, Experiment, Found
from tests.crash.inbox import wire_line
from tests.crash.runs import all_of, ingest_words, run, spare
from warehouse.sql import run_sql

ZONE = ZoneInfo("Europe/Berlin")
START = dt.datetime(2026, 10, 24, 12, 0, tzinfo=dt.UTC)
WAYS: dict[str, tuple[dt.datetime, ...]] = {
    "a year back": (START, START - dt.timedelta(days=365), START - dt.timedelta(days=364)),
    "one moment": (START, START, START),
    "daylight saving": tuple(dt.datetime(2026, 10, 25, 2, 30, tzinfo=ZONE, fold=fold) for fold in (0, 1, 0)),
    "a wrong clock put right": (START + dt.timedelta(days=4000), START, START + dt.timedelta(seconds=1)),
}


def set_clock(moment: dt.datetime, stack: ExitStack) -> None:
    """Have the ledger of a run see this moment, in a zone that saves daylight."""
    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Clock:
            return cls.fromtimestamp(moment.timestamp(), tz)

    os.environ["TZ"] = ZONE.key
    time.tzset()
    stack.enter_context(mock.patch.object(ledger, "datetime", Clock))


def jump(bench: Bench, number: int) -> Found:
    """Runs one after the other, each at its moment."""
    way = list(WAYS)[number % len(WAYS)]
    lake = bench.clear("clocks.lake")
    inbox = bench.clear("clocks-inbox")
    inbox.mkdir()
    faults, ids = [], []
    for place, moment in enumerate(WAYS[way]):
        (inbox / f"{place}.jsonl").write_text(wire_line(place + number), "utf-8")
        ended = run(ingest_words(inbox, lake), lake.with_suffix(".txt"), prelude=all_of(spare, partial(set_clock, moment)))
        if ended.code:
            faults.append(f"a run ended with {ended.code}: {ended.said[-300:]}")
            break
        with run_sql(lake, "SELECT run_id FROM runs ORDER BY 1") as result:
            ids.append([str(row[0]) for row in result.rows()])
    for earlier, later in itertools.pairwise(ids):
        if later[:-1] != earlier:
            faults.append(f"{later[-1]} does not sort behind {earlier[-1]}")
    for run_id, known in zip(ids[-1] if ids else [], ids, strict=False):
        with run_sql(lake, "SELECT count(*) FROM runs", at=run_id) as result:
            if next(iter(result.rows()))[0] != len(known):
                faults.append(f"the lake at {run_id} does not hold {len(known)} runs")
    shutil.rmtree(lake)
    return Found({way: 1}, [f"{way}: {fault}" for fault in faults])


CLOCKS = Experiment("clocks", "clocks that jump", 1, 8, jump)
