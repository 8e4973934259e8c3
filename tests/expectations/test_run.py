"""A run against the runs before it: what is unusual is told, what has no history is not."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from expectations.batch import Checker
from expectations.cross import Threshold
from expectations.run import MEASURES, check_run
from expectations.tally import MOST_SOURCES, Tally, add_tallies, tally_articles, write_metrics, write_outcomes
from warehouse.tables import Checks, Metrics

MakeBatch = Callable[[Sequence[Mapping[str, Any]]], dict[str, pa.Table]]
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
USUAL = Tally(100, 2, 1, NOW - dt.timedelta(hours=3), Counter(byline=90, headline=100, located=50), Counter(WC=100, SN=20))


def run(number: int, **sources: Tally) -> list[Metrics]:
    """The measures of a run, a day after the one before it."""
    at = NOW + dt.timedelta(days=number)
    return write_metrics(f"run {number:03}", at, {name: t._replace(newest=t.newest and t.newest + dt.timedelta(days=number)) for name, t in sources.items()})


def judge(checker: Checker, now: Tally, earlier: Tally = USUAL, runs: int = 6, **kept: Any) -> dict[str, Checks]:
    """What is said of the source `Post` in a run after some usual ones."""
    history = [row for number in range(runs) for row in run(number, Post=earlier)]
    found = check_run(run(runs, Post=now), history, run_id="r", batch_id="0" * 16, thresholds=kept.get("thresholds", {}), checker=checker)
    return {check.check_name: check for check in found}


CASES: dict[str, tuple[Tally, str, str]] = {
    "a fifth of the records": (USUAL._replace(landed=10, quarantined=0, duplicates=0, filled=Counter(), extra=Counter(WC=10)),
                               "records_are_as_many_as_usual", "“Post”: 10 records, usually 103"),
    "a flood": (Tally(600, 0, 0, USUAL.newest, Counter(byline=540, headline=600, located=300), Counter(WC=600)), "records_are_as_many_as_usual",
                "600 records"),
    "no places any more": (USUAL._replace(filled=Counter(byline=90, headline=100)), "fill_rates_are_as_usual",
                           "“Post”: located in 0% of 100 articles, usually 50%"),
    "a tenth set aside": (USUAL._replace(quarantined=30), "few_records_are_set_aside", "30 of 131 records set aside"),
    "all landed before": (USUAL._replace(landed=0, quarantined=0, duplicates=100, newest=None, filled=Counter(), extra=Counter()),
                          "few_records_are_repeats", "100 of 100 records have landed before"),
    "old news": (USUAL._replace(newest=NOW - dt.timedelta(days=9)), "news_is_as_fresh_as_usual", "the newest article is 9.0 days old, usually 0.1"),
    "a new column": (USUAL._replace(extra=Counter(WC=100, QX=3)), "columns_are_known", "“QX” is new, in 3% of its articles"),
    "a lost column": (USUAL._replace(extra=Counter(SN=20)), "columns_are_kept", "“WC” is gone; 100% had it in run run 005"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_unusual_is_told(name: str, checker: Checker) -> None:
    """Each case fails its check and no other."""
    now, check, said = CASES[name]
    failed = {name: c for name, c in judge(checker, now).items() if not c.success}
    assert list(failed) == [check]
    assert said in (failed[check].detail or "")
    assert failed[check].unexpected == 1


def test_a_usual_run_passes_all(checker: Checker) -> None:
    """Every check looks at something, and holds; a rare column may be missing."""
    found = judge(checker, USUAL._replace(landed=90, extra=Counter(WC=90)))
    assert len(found) == len(MEASURES)
    assert all(c.success and c.evaluated and c.suite == "run" for c in found.values())


def test_nothing_is_unusual_about_a_first_run(checker: Checker) -> None:
    """What needs a history is not looked at without one."""
    found = judge(checker, USUAL._replace(extra=Counter(QX=1)), runs=0)
    assert {name for name, c in found.items() if c.evaluated} == {"few_records_are_set_aside", "few_records_are_repeats"}
    assert all(c.success for c in found.values())


def test_a_source_that_does_not_come_is_missed(checker: Checker) -> None:
    """After five runs in which it came."""
    history = [row for number in range(5) for row in run(number, Post=USUAL, Echo=USUAL)]
    found = {c.check_name: c for c in check_run(run(5, Echo=USUAL), history, run_id="r", batch_id="0" * 16, thresholds={}, checker=checker)}
    assert found["sources_arrive_as_usual"].detail == "“Post”: nothing came, for the first time in 6 runs."


def test_a_house_has_limits_of_its_own(checker: Checker) -> None:
    """Its source is judged apart, under its own severity."""
    limits = {"Post": {"few_records_are_set_aside": Threshold("critical", most=0.01)}, "": {"few_records_are_set_aside": Threshold(most=0.5)}}
    found = judge(checker, USUAL, thresholds=limits)
    own = found["few_records_are_set_aside@Post"]
    assert (own.severity, own.success, own.most) == ("critical", False, 0.01)
    assert (found["few_records_are_set_aside"].evaluated, found["few_records_are_set_aside"].most) == (0, 0.5)


def test_every_failing_field_is_named(checker: Checker) -> None:
    """None is cut, however many."""
    columns = Counter({f"X{n}": 100 for n in range(150)})
    found = judge(checker, USUAL._replace(extra=Counter(WC=100)), USUAL._replace(extra=columns))
    assert found["columns_are_kept"].unexpected == 150
    assert len((found["columns_are_kept"].detail or "").splitlines()) == 150


def test_a_batch_is_counted_by_source(make_batch: MakeBatch) -> None:
    """Values, parts, columns of the input, and the newest article."""
    early, late = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
    tables = make_batch([
        {"article": {"source": "Post", "published_at": early, "extra": {"WC": ["1"], "SN": ["x=y"]}, "byline": ""}, "photos": [{}, {}]},
        {"article": {"source": "Post", "published_at": late, "extra": {"WC": ["1"]}, "byline": "By Ann Roe"}},
        {"article": {"headline": None}},
    ])
    found = tally_articles(tables)
    post = found["Post"]
    assert (post.landed, post.newest, dict(post.extra)) == (2, late, {"WC": 2, "SN": 1})
    assert {name: post.filled[name] for name in ("byline", "headline", "photos", "places")} == {"byline": 1, "headline": 2, "photos": 1, "places": 0}
    assert (found[""].landed, found[""].filled["headline"], found[""].newest) == (1, 0, None)
    both = add_tallies((found, found, {"Post": Tally(quarantined=3)}))
    assert (both["Post"].landed, both["Post"].records, both["Post"].extra["WC"]) == (4, 7, 4)
    assert tally_articles({}) == {}


def test_a_source_in_every_record_costs_no_more() -> None:
    """The sources with most records are followed."""
    many = {f"S{n}": Tally(landed=1 + (n == 7)) for n in range(3 * MOST_SOURCES)}
    found = add_tallies((many, {"Post": Tally(landed=9)}))
    assert len(found) == MOST_SOURCES
    assert {"Post", "S7"} <= found.keys()


def test_outcomes_of_checks_are_measures_too() -> None:
    """One row a check, over all batches."""
    check = Checks("r", "0" * 16, "cross", "held", "between", None, "info", False, 10, 2, "Meaning.", None)
    assert write_outcomes("r", [check, check]) == [Metrics("r", "", "unexpected", "cross.held", 4.0, 20)]
