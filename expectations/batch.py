"""Whether a batch may land: its contract and its cross checks, judged by Great Expectations.

>>> from warehouse.tables import arrow_schema, Articles
>>> verdict = Checker().check({}, bare_evidence([]), agency_names=frozenset(), run_id="20240102-ab", batch_id="0" * 16)
>>> all(check.success for check in verdict.checks), verdict.failures
(True, ())
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from expectations import agreement, articles, blocks, contributors, photos, places
from expectations.contract import (
    CONTRACTED,
    EXPECTATIONS,
    LEFT_OUT,
    Constraint,
    combine,
    count_rows,
    count_unexpected,
    derive_contract,
    read_values,
)
from expectations.cross import CrossCheck, Evidence, Frames, Measured, Thresholds, align, apply_thresholds, bare_evidence, quote
from expectations.engine import Engine, Outcome, make_frame
from warehouse.tables import TABLES, Checks, arrow_schema

BETWEEN = EXPECTATIONS["range"]
NONE: Thresholds = MappingProxyType({})
EXAMPLES = 3
"""Failing rows quoted in `checks.detail`; `Verdict.failures` has them all."""


class Failure(NamedTuple):
    """One row that failed one check."""

    article_id: str
    version: int
    table: str
    check: str
    severity: str
    detail: str
    """What is wrong, with the value that is."""
    sets_aside: bool
    """Whether the record goes to quarantine for it; any critical failure does, and some warnings."""


class Verdict(NamedTuple):
    """What the checks say of a batch: a row of `checks` for each, and every row that failed one."""

    checks: tuple[Checks, ...]
    failures: tuple[Failure, ...]

    @property
    def set_aside(self) -> dict[tuple[str, int], Failure]:
        """The article versions to quarantine, each with the gravest of the checks that set it aside."""
        found: dict[tuple[str, int], Failure] = {}
        for failure in sorted(self.failures, key=lambda f: f.severity != "critical"):
            if failure.sets_aside:
                found.setdefault((failure.article_id, failure.version), failure)
        return found


class Found(NamedTuple):
    """A check's outcome and its failures, before they become rows."""

    suite: str
    name: str
    expectation: str
    column: str | None
    severity: str
    meaning: str
    outcome: Outcome
    failures: tuple[Failure, ...]
    unit: str
    least: float | None = None
    most: float | None = None
    mostly: float | None = None
    why: str | None = None


class Checker:
    """Checks batches one after another with the same suites. Great Expectations is imported with the first."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.contract = tuple(c for table in CONTRACTED for c in derive_contract(table))
        self.engine: Engine | None = None

    def check(
        self, frames: Mapping[str, pa.Table], evidence: Evidence, *, agency_names: frozenset[str], run_id: str, batch_id: str,
        thresholds: Thresholds = NONE, suites: str | None = None, thorough: bool = False,
    ) -> Verdict:
        """Judge a batch. A table left out has no rows; `articles` needs no body; the evidence is that of the articles, in their order.

        `suites` is a folder of suites of one's own (see expectations.suites), which join ours.
        `thorough` has Great Expectations examine every constraint of the contract row by row, not only those whose count is above zero.
        Raises ValueError for a table that is not of its declared schema, which only a bug can bring about.
        """
        tables = {name: check_schema(name, frames.get(name)) for name in CONTRACTED}
        if len(evidence.lengths) != tables["articles"].num_rows:
            raise ValueError(f"evidence of {len(evidence.lengths)} articles for {tables['articles'].num_rows}")
        aligned = align(tables, evidence)
        measured = apply_thresholds(aligned, measure_cross(aligned, agency_names), thresholds)
        counts = [count_unexpected(tables[c.table], c) for c in self.contract]
        with self.lock:
            engine = self.start()
            suspect = engine.find_suspects([*(count_outliers(m) for m in measured), *counts])
            of_contract = {place - len(measured) for place in suspect if place >= len(measured)}
            found = [
                *judge_cross(engine, aligned, measured, suspect, thorough), *self.judge_contract(engine, tables, of_contract, thorough),
            ]
            if suites:
                from expectations.suites import judge_own, load_suites

                found += judge_own(engine, tables, load_suites(suites))
        return Verdict(tuple(write_check(f, run_id, batch_id) for f in found), tuple(failure for f in found for failure in f.failures))

    def start(self) -> Engine:
        """The engine, made the first time."""
        if self.engine is None:
            self.engine = Engine()
        return self.engine

    def judge_contract(self, engine: Engine, tables: Mapping[str, pa.Table], suspect: set[int], thorough: bool) -> Iterator[Found]:
        """Examine the rows of the constraints whose count is not zero."""
        for place, constraint in enumerate(self.contract):
            table = tables[constraint.table]
            if thorough or place in suspect:
                outcome, failures = examine_rows(engine, table, constraint)
            else:
                outcome, failures = Outcome(True, count_rows(table, constraint), 0, ()), ()
            yield Found(constraint.table, constraint.name, EXPECTATIONS[constraint.kind], constraint.column, constraint.severity,
                        constraint.meaning, outcome, failures, "values" if constraint.column else "rows", constraint.least, constraint.most)


def measure_cross(frames: Frames, agency_names: frozenset[str]) -> list[Measured]:
    """All hand-written checks, measured."""
    return [
        *articles.measure(frames), *agreement.measure(frames), *contributors.measure(frames, agency_names), *places.measure(frames),
        *photos.measure(frames), *blocks.measure(frames),
    ]


@cache
def list_cross() -> tuple[CrossCheck, ...]:
    """All hand-written checks of a batch."""
    empty = {name: arrow_schema(TABLES[name]).empty_table() for name in CONTRACTED}
    return tuple(m.check for m in measure_cross(align(empty, bare_evidence([])), frozenset()))


@cache
def share_checker() -> Checker:
    """The checker of this process."""
    return Checker()


def check_batch(
    frames: Mapping[str, pa.Table], evidence: Evidence, *, agency_names: frozenset[str], run_id: str, batch_id: str, thresholds: Thresholds = NONE,
    suites: str | None = None,
) -> Verdict:
    """Judge a batch with the checker of this process; see `Checker.check`."""
    return share_checker().check(
        frames, evidence, agency_names=agency_names, run_id=run_id, batch_id=batch_id, thresholds=thresholds, suites=suites,
    )


def check_schema(name: str, table: pa.Table | None) -> pa.Table:
    """The table, when it has the declared columns with the declared types; the order of columns is a check of the contract.

    >>> check_schema("blocks", pa.table({"article_id": [1]}))
    Traceback (most recent call last):
    ...
    ValueError: blocks.article_id is int64, declared string
    """
    declared = arrow_schema(TABLES[name])
    if table is None:
        return declared.empty_table()
    for field in declared:
        if field.name not in table.column_names:
            if field.name in LEFT_OUT.get(name, ()):
                continue
            raise ValueError(f"{name} lacks its column {field.name}")
        kind = table.schema.field(field.name).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if kind != field.type:
            raise ValueError(f"{name}.{field.name} is {kind}, declared {field.type}")
    return table


def count_outliers(measured: Measured) -> int:
    """How many of a check's numbers lie outside its range: zero exactly where Great Expectations finds none."""
    check, numbers, _ = measured
    low = 0 if check.least is None else np.count_nonzero(numbers < check.least)
    return int(low + (0 if check.most is None else np.count_nonzero(numbers > check.most)))


def judge_cross(
    engine: Engine, frames: Frames, measured: Sequence[Measured], suspect: set[int], thorough: bool,
) -> Iterator[Found]:
    """Have Great Expectations look at the numbers of the checks that some are out of range of, and explain every row that is."""
    looked_at = [m for place, m in enumerate(measured) if thorough or place in suspect]
    outcomes: dict[str, Outcome] = {}
    if looked_at:
        frame = make_frame({m.check.name: m.numbers for m in looked_at})
        outcomes = engine.judge("cross", [m.check for m in looked_at], frame, is_whole=len(looked_at) == len(measured))
    for check, numbers, explain in measured:
        outcome = outcomes.get(check.name) or Outcome(True, int(np.count_nonzero(~np.isnan(numbers))), 0, ())
        failures = tuple(
            Failure(*frames.read_key(row), check.table, check.name, check.severity, explain(row), check.keeps_out) for row in outcome.places
        )
        yield Found("cross", check.name, BETWEEN, check.column, check.severity, check.meaning, outcome, failures, check.unit, check.least, check.most,
                    check.mostly if check.mostly < 1 else None, check.why or None)


def examine_rows(engine: Engine, table: pa.Table, constraint: Constraint) -> tuple[Outcome, tuple[Failure, ...]]:
    """Have Great Expectations look at every row for one constraint, and name those that break it."""
    expectation = engine.derive(constraint)
    if constraint.kind == "order":
        kept = [n for n in table.column_names if n not in LEFT_OUT.get(constraint.table, ())]
        outcome = engine.examine(expectation, importlib.import_module("pandas").DataFrame(columns=kept))
        return outcome._replace(evaluated=table.num_rows), ()
    if constraint.column is None:
        read = {name: combine(table.column(name)) for name in constraint.columns}
        rows = None
    else:
        values, rows = read_values(table, constraint.column)
        read = {constraint.column: values}
    outcome = engine.examine(expectation, make_frame({name: values.to_pandas() for name, values in read.items()}))
    ids, versions = combine(table.column("article_id")), combine(table.column("version"))
    failures = []
    for place in outcome.places:
        row = place if rows is None else int(rows[place])
        said = ", ".join(f"{name} is {say(values[place].as_py())}" for name, values in read.items())
        key = str(ids[row].as_py() or ""), versions[row].as_py() or 0
        failures.append(Failure(*key, constraint.table, constraint.name, constraint.severity, f"{said}.", constraint.severity == "critical"))
    return outcome, tuple(failures)


def say(value: Any) -> str:
    """A value as an explanation quotes it.

    >>> say(None), say("paragrafh"), say(0)
    ('missing', '“paragrafh”', '0')
    """
    if value is None:
        return "missing"
    return quote(value) if isinstance(value, str) else str(value)


def write_check(found: Found, run_id: str, batch_id: str) -> Checks:
    """A check's row of the table `checks`, with a few failing rows as examples."""
    outcome = found.outcome
    told = [f"{f.article_id} version {f.version}: {f.detail}" for f in found.failures[:EXAMPLES]]
    return Checks(
        run_id, batch_id, found.suite, found.name, found.expectation, found.column, found.severity, outcome.success, outcome.evaluated,
        outcome.unexpected, found.meaning, "\n".join(told) or None, found.unit, found.least, found.most, found.mostly, found.why,
    )
