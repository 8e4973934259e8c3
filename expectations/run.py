"""Whether a run is like the runs before it: row counts, fill rates, what was set aside, freshness, columns of the input.

A number is measured for each source, or for each source and field, and judged by Great Expectations as the numbers of articles are. What is
compared with earlier runs is looked at only where there are enough of them: nothing is unusual about a first run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

import numpy as np

from expectations.batch import BETWEEN, Checker, Found, count_outliers, share_checker, write_check
from expectations.cross import CrossCheck, Measured, Thresholds, quote
from expectations.engine import Outcome, make_frame
from warehouse.tables import Checks, Metrics

ENOUGH_RUNS, ENOUGH_ARTICLES, HALF = 5, 20, 0.5
COMPARED = 30
"""Runs that a run is compared with."""

VOLUME = CrossCheck(
    "records_are_as_many_as_usual", "metrics", "records", "warning",
    "A source sends between a fifth of and five times as many records as in the median of the last thirty runs.", 0.2, 5, unit="sources",
)
ARRIVES = CrossCheck(
    "sources_arrive_as_usual", "metrics", "records", "info",
    "A source that came with each of the last five runs comes again.", least=1, unit="sources",
)
FILLED = CrossCheck(
    "fill_rates_are_as_usual", "metrics", "filled", "warning",
    "The share of a source's articles that have a value in a column is within a quarter of all articles of its median over the last thirty runs.",
    most=0.25, unit="columns",
)
SET_ASIDE = CrossCheck(
    "few_records_are_set_aside", "metrics", "quarantined", "warning", "At most a tenth of a source's records are set aside.", most=0.1,
    unit="sources",
)
REPEATS = CrossCheck(
    "few_records_are_repeats", "metrics", "duplicates", "info", "At most half of a source's records have landed before.", most=0.5, unit="sources",
)
FRESH = CrossCheck(
    "news_is_as_fresh_as_usual", "metrics", "age_days", "warning",
    "A source's newest article is at most three days older than in the median of the last thirty runs.", most=3, unit="sources",
)
KNOWN = CrossCheck(
    "columns_are_known", "metrics", "extra", "warning", "A source's input has no column that it did not have in the last thirty runs.", most=0,
    unit="columns",
)
KEPT = CrossCheck(
    "columns_are_kept", "metrics", "extra", "warning", "A source's input has the columns that half of its articles had in the run before.", most=0,
    unit="columns",
)


class Told(NamedTuple):
    """A number of one source, or of one source and field, and what it means where it is out of range."""

    source: str
    number: float
    detail: str


class History:
    """The measures of earlier runs, by source, name and field, the latest run last."""

    def __init__(self, rows: Sequence[Metrics]) -> None:
        self.runs = sorted({row.run_id for row in rows if row.name == "records"})
        self.values: dict[tuple[str, str, str], dict[str, Metrics]] = defaultdict(dict)
        for row in rows:
            self.values[row.source, row.name, row.field][row.run_id] = row

    def read(self, row: Metrics, least_weight: int = 0) -> list[float]:
        """Earlier values of the same measure."""
        return [one.value for one in self.values.get((row.source, row.name, row.field), {}).values() if one.weight >= least_weight]

    def runs_of(self, source: str) -> list[str]:
        """Earlier runs in which a source landed articles."""
        return sorted(run for run, row in self.values.get((source, "landed", ""), {}).items() if row.value)


def name_source(source: str) -> str:
    """A source as a sentence names it.

    >>> name_source("Example Post"), name_source("")
    ('“Example Post”', 'records without a source')
    """
    return quote(source) if source else "records without a source"


def measure_volume(now: Sequence[Metrics], history: History) -> Iterator[Told]:
    """Records of each source, as a multiple of what is usual."""
    for row in now:
        if row.name == "records" and len(before := history.read(row)) >= ENOUGH_RUNS and (usual := median(before)):
            yield Told(row.source, row.value / usual, f"{name_source(row.source)}: {row.value:,.0f} records, usually {usual:,.0f}")


def measure_arrivals(now: Sequence[Metrics], history: History) -> Iterator[Told]:
    """1 for each source that came in all of the last runs and now, 0 where it did not come now."""
    last = history.runs[-ENOUGH_RUNS:]
    here = {row.source for row in now if row.name == "records"}
    if len(last) == ENOUGH_RUNS:
        for source, name, _ in list(history.values):
            if name == "records" and all(run in history.values[source, name, ""] for run in last):
                yield Told(source, float(source in here), f"{name_source(source)}: nothing came, for the first time in {ENOUGH_RUNS + 1} runs")


def measure_filled(now: Sequence[Metrics], history: History) -> Iterator[Told]:
    """How far each fill rate is from what is usual."""
    for row in now:
        if row.name == "filled" and row.weight >= ENOUGH_ARTICLES and len(before := history.read(row, ENOUGH_ARTICLES)) >= ENOUGH_RUNS:
            usual = median(before)
            detail = f"{name_source(row.source)}: {row.field} in {row.value:.0%} of {row.weight:,} articles, usually {usual:.0%}"
            yield Told(row.source, abs(row.value - usual), detail)


def measure_shares(now: Sequence[Metrics], name: str, verb: str) -> Iterator[Told]:
    """The share that some of a source's records have in all of them."""
    for row in now:
        if row.name == name and row.weight:
            yield Told(row.source, row.value / row.weight, f"{name_source(row.source)}: {row.value:,.0f} of {row.weight:,} records {verb}")


def measure_age(now: Sequence[Metrics], history: History) -> Iterator[Told]:
    """By how many days each source's newest article is older than usual."""
    for row in now:
        if row.name == "age_days" and len(before := history.read(row)) >= ENOUGH_RUNS:
            usual = median(before)
            detail = f"{name_source(row.source)}: the newest article is {row.value:,.1f} days old, usually {usual:,.1f}"
            yield Told(row.source, row.value - usual, detail)


def measure_new_columns(now: Sequence[Metrics], history: History) -> Iterator[Told]:
    """1 for each column of the input that a source never had, 0 for those that it had."""
    for row in now:
        if row.name == "extra" and history.runs_of(row.source):
            is_new = not history.read(row)
            yield Told(row.source, float(is_new), f"{name_source(row.source)}: {quote(row.field)} is new, in {row.value:.0%} of its articles")


def measure_lost_columns(now: Sequence[Metrics], history: History) -> Iterator[Told]:
    """1 for each column of the input that half of a source's articles had the last time and none has now."""
    here = {(row.source, row.field) for row in now if row.name == "extra"}
    for source in sorted({row.source for row in now if row.name == "landed" and row.value}):
        earlier = history.runs_of(source)[-1:]
        for (owner, name, field), rows in history.values.items():
            if owner == source and name == "extra" and any(run in rows and rows[run].value >= HALF for run in earlier):
                detail = f"{name_source(source)}: {quote(field)} is gone; {rows[earlier[0]].value:.0%} had it in run {earlier[0]}"
                yield Told(source, float((source, field) not in here), detail)


MEASURES: tuple[tuple[CrossCheck, Callable[[Sequence[Metrics], History], Iterator[Told]]], ...] = (
    (VOLUME, measure_volume), (ARRIVES, measure_arrivals), (FILLED, measure_filled),
    (SET_ASIDE, lambda now, _: measure_shares(now, "quarantined", "set aside")),
    (REPEATS, lambda now, _: measure_shares(now, "duplicates", "have landed before")),
    (FRESH, measure_age), (KNOWN, measure_new_columns), (KEPT, measure_lost_columns),
)


def list_run_checks() -> tuple[CrossCheck, ...]:
    """All checks of a run."""
    return tuple(check for check, _ in MEASURES)


class Judged(NamedTuple):
    """A run's check with the numbers that it looks at."""

    check: CrossCheck
    told: tuple[Told, ...]


def apply_limits(check: CrossCheck, told: Sequence[Told], thresholds: Thresholds) -> Iterator[Judged]:
    """A check as the houses want it: sources with limits of their own have a check of their own, `name@source`."""
    general = thresholds.get("", {}).get(check.name)
    apart = {source for source, said in thresholds.items() if source and check.name in said}
    for source in sorted(apart & {one.source for one in told}):
        own = thresholds[source][check.name].apply(check)._replace(name=f"{check.name}@{source}")
        yield Judged(own, tuple(one for one in told if one.source == source))
    yield Judged(general.apply(check) if general else check, tuple(one for one in told if one.source not in apart))


def check_run(
    now: Sequence[Metrics], earlier: Sequence[Metrics], *, run_id: str, batch_id: str, thresholds: Thresholds, checker: Checker | None = None,
) -> tuple[Checks, ...]:
    """Judge a run's measures against those of earlier runs. Every row that fails is told in `detail`."""
    history = History(earlier)
    judged = [one for check, measure in MEASURES for one in apply_limits(check, list(measure(now, history)), thresholds)]
    height = max((len(one.told) for one in judged), default=0)
    measured = [Measured(one.check, np.array([t.number for t in one.told] + [np.nan] * (height - len(one.told)), np.float64), str) for one in judged]
    checker = checker or share_checker()
    with checker.lock:
        engine = checker.start()
        suspect = engine.find_suspects([count_outliers(m) for m in measured])
        looked_at = [m for place, m in enumerate(measured) if place in suspect]
        outcomes = engine.judge(
            "run", [m.check for m in looked_at], make_frame({m.check.name: m.numbers for m in looked_at}), is_whole=len(looked_at) == len(measured),
        ) if looked_at else {}
    return tuple(write_run_check(one, outcomes.get(one.check.name), run_id, batch_id) for one in judged)


def write_run_check(judged: Judged, outcome: Outcome | None, run_id: str, batch_id: str) -> Checks:
    """The row of the table `checks` for a check of the run."""
    check, told = judged
    found = Found(
        "run", check.name, BETWEEN, check.column, check.severity, check.meaning, outcome or Outcome(True, len(told), 0, ()), (), check.unit,
        check.least, check.most, check.mostly if check.mostly < 1 else None, check.why or None,
    )
    details = "\n".join(f"{told[place].detail}." for place in found.outcome.places)
    return write_check(found, run_id, batch_id)._replace(detail=details or None)
