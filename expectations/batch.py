"""Whether a batch may land: its contract and its cross checks, judged by Great Expectations.

>>> from warehouse.tables import arrow_schema, Articles
>>> verdict = Checker().check({}, [], agency_names=frozenset(), run_id="20240102-ab", batch_id="0" * 16)
>>> all(check.success for check in verdict.checks), verdict.failures
(True, ())
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from expectations import articles, blocks, contributors, photos, places
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
from expectations.cross import Frames, Measured, align, quote
from expectations.engine import Engine, Outcome
from warehouse.tables import TABLES, Checks, arrow_schema

BETWEEN = EXPECTATIONS["range"]
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


class Checker:
    """Checks batches one after another with the same suites. Great Expectations is imported with the first."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.contract = tuple(c for table in CONTRACTED for c in derive_contract(table))
        self.engine: Engine | None = None

    def check(
        self, frames: Mapping[str, pa.Table], document_lengths: Sequence[int] | npt.NDArray[np.int64], *,
        agency_names: frozenset[str], run_id: str, batch_id: str, thorough: bool = False,
    ) -> Verdict:
        """Judge a batch. A table left out has no rows; `articles` needs no body; lengths are those of the articles' documents, in order.

        `thorough` has Great Expectations examine every constraint of the contract row by row, not only those whose count is above zero.
        Raises ValueError for a table that is not of its declared schema, which only a bug can bring about.
        """
        tables = {name: check_schema(name, frames.get(name)) for name in CONTRACTED}
        if len(document_lengths) != tables["articles"].num_rows:
            raise ValueError(f"{len(document_lengths)} document lengths for {tables['articles'].num_rows} articles")
        aligned = align(tables, document_lengths)
        measured = [
            *articles.measure(aligned), *contributors.measure(aligned, agency_names), *places.measure(aligned), *photos.measure(aligned),
            *blocks.measure(aligned),
        ]
        counts = [count_unexpected(tables[c.table], c) for c in self.contract]
        with self.lock:
            engine = self.start(measured)
            found = [*judge_cross(engine, aligned, measured), *self.judge_contract(engine, tables, counts, thorough)]
        return Verdict(tuple(write_check(f, run_id, batch_id) for f in found), tuple(failure for f in found for failure in f.failures))

    def start(self, measured: Sequence[Measured]) -> Engine:
        """The engine, with its suites defined the first time."""
        if self.engine is None:
            self.engine = Engine()
            self.engine.define("cross", [self.engine.expect(m.check) for m in measured])
            self.engine.define("profile", [self.engine.expect_none("unexpected")])
        return self.engine

    def judge_contract(self, engine: Engine, tables: Mapping[str, pa.Table], counts: Sequence[int], thorough: bool) -> Iterator[Found]:
        """Judge the count of each constraint, then examine the rows of those that are not zero."""
        frame = make_frame({"unexpected": np.array(counts, np.int64)})
        suspect = set(engine.validate("profile", frame)["unexpected"].places)
        for place, constraint in enumerate(self.contract):
            table = tables[constraint.table]
            if thorough or place in suspect:
                outcome, failures = examine_rows(engine, table, constraint)
            else:
                outcome, failures = Outcome(True, count_rows(table, constraint), 0, ()), ()
            yield Found(constraint.table, constraint.name, EXPECTATIONS[constraint.kind], constraint.column, constraint.severity,
                        constraint.meaning, outcome, failures)


@cache
def share_checker() -> Checker:
    """The checker of this process."""
    return Checker()


def check_batch(
    frames: Mapping[str, pa.Table], document_lengths: Sequence[int] | npt.NDArray[np.int64], *,
    agency_names: frozenset[str], run_id: str, batch_id: str,
) -> Verdict:
    """Judge a batch with the checker of this process; see `Checker.check`."""
    return share_checker().check(frames, document_lengths, agency_names=agency_names, run_id=run_id, batch_id=batch_id)


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


def make_frame(data: dict[str, Any]) -> Any:
    """A pandas frame; pandas costs over a CPU second to import, so it comes with Great Expectations and not before."""
    return importlib.import_module("pandas").DataFrame(data)


def judge_cross(engine: Engine, frames: Frames, measured: Sequence[Measured]) -> Iterator[Found]:
    """Judge the measured numbers, and explain every row that is out of range."""
    outcomes = engine.validate("cross", make_frame({m.check.name: m.numbers for m in measured}))
    for check, _, explain in measured:
        outcome = outcomes[check.name]
        failures = tuple(
            Failure(*frames.read_key(row), check.table, check.name, check.severity, explain(row), check.severity == "critical" or check.sets_aside)
            for row in outcome.places
        )
        yield Found("cross", check.name, BETWEEN, check.column, check.severity, check.meaning, outcome, failures)


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
        outcome.unexpected, found.meaning, "\n".join(told) or None,
    )
