"""The one place where Great Expectations is imported, started and asked.

Its import costs several CPU seconds, so it happens when the first batch is checked. Three of its dependencies, altair, mistune and scipy.stats,
serve only drawing, pages and tests of distributions, which nobody here asks for: the standard library's lazy loader leaves them unread until
something touches them. SQLAlchemy and the cloud stores are optional extras of Great Expectations; data frames do not need them, and a
process that has not loaded them goes on without, installed or not.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from expectations.contract import Constraint
from expectations.cross import CrossCheck

UNREAD = frozenset({"altair", "mistune", "scipy.stats"})
UNNEEDED = frozenset({"sqlalchemy", "boto3", "botocore", "google.cloud", "google.oauth2", "google.api_core", "azure"})
COMPLETE = {
    "result_format": "COMPLETE", "exclude_unexpected_values": True, "return_unexpected_index_query": False, "partial_unexpected_count": 0,
}
"""Every failing row by its place in the frame. Places cost a quarter of what `unexpected_index_column_names` costs, and the key stands at
the same place in the table."""


class Outcome(NamedTuple):
    """What Great Expectations found for one expectation."""

    success: bool
    evaluated: int
    unexpected: int
    places: tuple[int, ...]
    """Every failing row, by its place in the frame."""


class LateFinder:
    """An import hook that holds back, in the thread that set it up, what an import would read and not use."""

    def __init__(self) -> None:
        self.thread = threading.get_ident()
        # A side thread works beside others that may be importing it just now (the flow's server does): half of it would be worse than all of it.
        is_alone = threading.current_thread() is threading.main_thread()
        self.hidden = frozenset(name for name in UNNEEDED if is_alone and name not in sys.modules)

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Late for what is seldom used, absent for what is optional, nobody's business otherwise."""
        if threading.get_ident() != self.thread:
            return None
        if name in self.hidden or name.partition(".")[0] in self.hidden:
            raise ModuleNotFoundError(f"{name} is not needed to check data frames", name=name)
        if name not in UNREAD:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


@contextmanager
def hold_back() -> Iterator[None]:
    """Within it, imports leave out what `LateFinder` holds back."""
    finder = LateFinder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def quiet() -> Iterator[None]:
    """Within it, nobody's warnings are anybody's business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@cache
def load_gx() -> ModuleType:
    """Great Expectations, imported once.

    Errors that its import catches leave cycles behind that hold the frames of whoever called, and with them the batch. So these are looked
    for here, and only among what the import made; what it leaves for good is not looked through again.
    """
    gc.freeze()
    with hold_back(), quiet():
        gx = importlib.import_module("great_expectations")
        importlib.import_module("great_expectations.expectations")
    gc.collect()
    gc.freeze()
    return gx


def make_frame(data: dict[str, Any]) -> Any:
    """A pandas frame; pandas costs over a CPU second to import, so it comes with Great Expectations and not before."""
    return importlib.import_module("pandas").DataFrame(data)


class Engine:
    """An ephemeral data context with its named suites and validation definitions, used again for every batch. It writes no file."""

    def __init__(self) -> None:
        self.gx = load_gx()
        bars = importlib.import_module("great_expectations.data_context.types.base").ProgressBarsConfig
        self.context: Any = self.gx.get_context(mode="ephemeral")
        self.context.enable_analytics(False)
        self.context.variables.progress_bars = bars(globally=False)
        source = self.context.data_sources.add_pandas("batch")
        self.batches = source.add_dataframe_asset("batch").add_batch_definition_whole_dataframe("batch")
        self.checkpoints: dict[str, Any] = {}
        """By the name of their suite."""
        self.known: dict[str, dict[tuple[CrossCheck, ...], str]] = {}
        """Names of the suites of measured checks: houses with limits of their own vary them."""

    def define(self, name: str, expectations: list[Any]) -> Any:
        """Name a suite, the validation of a batch by it, and the checkpoint that runs it."""
        suite = self.context.suites.add(self.gx.ExpectationSuite(name=name, expectations=expectations))
        definition = self.context.validation_definitions.add(self.gx.ValidationDefinition(name=name, data=self.batches, suite=suite))
        checkpoint = self.gx.Checkpoint(name=name, validation_definitions=[definition], result_format=COMPLETE)
        return self.context.checkpoints.add(checkpoint)

    def run(self, name: str, expectations: Callable[[], list[Any]], frame: Any) -> Iterator[Any]:
        """The results of a named checkpoint on a frame. It is defined with the first, and keeps none of them."""
        with quiet():
            if name not in self.checkpoints:
                self.checkpoints[name] = self.define(name, expectations())
            ran = self.checkpoints[name].run(batch_parameters={"dataframe": frame})
        store = self.context.validation_results_store
        for key in store.list_keys():
            store.remove_key(key)
        for validated in ran.run_results.values():
            yield from validated.results

    def find_suspects(self, counts: Sequence[int]) -> set[int]:
        """The places of the counts that are not zero, as the suite `profile` judges them."""
        frame = make_frame({"unexpected": np.array(counts, np.int64)})
        (result,) = self.run("profile", lambda: [self.expect_none("unexpected")], frame)
        return set(read_outcome(result).places)

    def judge(self, suite: str, checks: Sequence[CrossCheck], frame: Any, *, is_whole: bool) -> dict[str, Outcome]:
        """Judge measured numbers: by the named suite when all of its checks are to be judged, else by as much of it as is asked for."""
        if is_whole:
            known = self.known.setdefault(suite, {})
            name = known.setdefault(tuple(checks), suite if not known else f"{suite} {len(known) + 1}")
            results = list(self.run(name, lambda: [self.expect(check) for check in checks], frame))
        else:
            part = self.gx.ExpectationSuite(name=suite, expectations=[self.expect(check) for check in checks])
            with quiet():
                results = self.batches.get_batch(batch_parameters={"dataframe": frame}).validate(part, result_format=COMPLETE).results
        return {r.expectation_config.meta["check"]: read_outcome(r) for r in results}

    def examine(self, expectation: Any, frame: Any) -> Outcome:
        """Ask one expectation of a frame."""
        with quiet():
            batch = self.batches.get_batch(batch_parameters={"dataframe": frame})
            return read_outcome(batch.validate(expectation, result_format=COMPLETE))

    def expect(self, check: CrossCheck) -> Any:
        """The expectation of a hand-written check."""
        return self.gx.expectations.ExpectColumnValuesToBeBetween(
            column=check.name, min_value=check.least, max_value=check.most, mostly=check.mostly, severity=check.severity,
            meta={"check": check.name, **({"mostly_reason": check.why} if check.why else {})}, description=check.meaning,
        )

    def expect_none(self, column: str) -> Any:
        """The expectation that every count in a column is zero."""
        return self.gx.expectations.ExpectColumnValuesToBeBetween(
            column=column, min_value=0, max_value=0, severity="critical", meta={"check": column},
        )

    def derive(self, constraint: Constraint) -> Any:
        """The expectation of a declared constraint."""
        make = self.gx.expectations
        said = {"severity": constraint.severity, "meta": {"check": constraint.name}, "description": constraint.meaning}
        column = constraint.column
        if constraint.kind == "present":
            return make.ExpectColumnValuesToNotBeNull(column=column, **said)
        if constraint.kind == "pattern":
            return make.ExpectColumnValuesToMatchRegex(column=column, regex=constraint.pattern, **said)
        if constraint.kind == "known_value":
            return make.ExpectColumnValuesToBeInSet(column=column, value_set=list(constraint.values), **said)
        if constraint.kind == "range":
            return make.ExpectColumnValuesToBeBetween(column=column, min_value=constraint.least, max_value=constraint.most, **said)
        if constraint.kind == "key":
            return make.ExpectCompoundColumnsToBeUnique(column_list=list(constraint.columns), **said)
        return make.ExpectTableColumnsToMatchOrderedList(column_list=list(constraint.columns), **said)


def explain_fault(result: Any) -> str | None:
    """What an expectation broke down with; None when it did not."""
    info = result.exception_info or {}
    for one in (info, *info.values()):
        if isinstance(one, dict) and one.get("raised_exception"):
            return str(one.get("exception_message") or "no reason is given").splitlines()[0][:400]
    return None


def read_outcome(result: Any) -> Outcome:
    """A result of Great Expectations, as counts and failing places. An expectation of ours that broke down is a bug, not a finding."""
    if fault := explain_fault(result):
        raise RuntimeError(f"{result.expectation_config.type} broke down: {fault}")
    found = result.result
    evaluated = int(found.get("element_count", 1)) - int(found.get("missing_count") or 0)
    unexpected = int(found.get("unexpected_count", 0 if result.success else 1))
    return Outcome(bool(result.success), evaluated, unexpected, tuple(found.get("unexpected_index_list") or ()))
