"""What a run's articles look like, measured batch by batch and added up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import pyarrow as pa
import pytest

from expectations.report import Profile, add_profiles, profile_batch
from expectations.report.data import Brief, History, add_run, find_drift
from expectations.report.plots import Flow, Mark, draw_columns, draw_lineage, draw_spark, group_days
from expectations.report.profile import list_shared, list_values

Make = Callable[[Sequence[Mapping[str, Any]]], dict[str, pa.Table]]
CASES: list[dict[str, Any]] = [
    {"article": {"source": "Post", "byline": "Ann Roe", "word_count": 60, "language": "en", "extra": {"mood": ["calm"], "desk": ["a=b", "c"]}, "dateline_agency": "ap",
                 "published_at": dt.datetime(2024, 1, 2, tzinfo=dt.UTC), "content_hash": "00000000000000b1"}},
    {"article": {"source": "Post", "byline": None, "word_count": 0, "language": "en", "extra": {"mood": ["sour"]}, "warnings": ["mojibake"],
                 "published_at": dt.datetime(1969, 12, 31, 23, tzinfo=dt.UTC), "content_hash": "00000000000000b2"}},
    {"article": {"source": None, "byline": "Bo Dahl", "word_count": 2500, "language": "da", "dateline_agency": "ap", "content_hash": "00000000000000b1"}},
]


def test_a_profile_counts_by_source_column_and_value(make_batch: Make) -> None:
    """With a body told by its words, lists by whether they hold anything, and columns of the input by their names."""
    found = profile_batch(make_batch(CASES))
    assert found.articles == 3
    assert found.by_source == {"Post": 2, "": 1}
    assert found.filled["Post", "byline"] == 1
    assert found.filled["Post", "body"] == 1
    assert found.filled["Post", "warnings"] == 1
    assert ("", "extra") not in found.filled
    assert found.extra == {("Post", "mood"): 2, ("Post", "desk"): 1}
    assert list_values(found, "language", 5) == [("en", 2), ("da", 1)]
    assert {least: n for (name, least), n in found.lengths.items() if name == "words" and n} == {0: 1, 50: 1, 2000: 1}
    assert found.days == {19724: 1, -1: 1}
    assert found.agencies == {("ap", "Post"): 1, ("ap", ""): 1}
    assert found.rows["articles"] == 3
    assert [text.sources for text in list_shared(found, 5)] == [("Post", "")]


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_the_parts_of_a_run_add_up(make_batch: Make, cut: int) -> None:
    """However the run was cut into batches."""
    whole = profile_batch(make_batch(CASES))
    parts = add_profiles(profile_batch(make_batch(CASES[:cut])), profile_batch(make_batch(CASES[cut:])))
    assert {**parts._asdict(), "texts": None, "lengths": None} == {**whole._asdict(), "texts": None, "lengths": None}
    assert {k: n for k, n in parts.lengths.items() if n} == {k: n for k, n in whole.lengths.items() if n}
    assert {t.sources for t in list_shared(parts, 5)} == {t.sources for t in list_shared(whole, 5)}


def test_repeats_are_counted_without_articles() -> None:
    """A batch in which nothing is new."""
    repeats = pa.table({"article_id": ["a", "a"], "kind": ["record", "text"]})
    assert profile_batch({"duplicates": repeats}).repeats == {("record", "a"): 1, ("text", "a"): 1}
    assert profile_batch({}) == Profile()


def make_brief(**given: Any) -> Brief:
    """A run, changed by what is given."""
    return Brief("r1", "", "", 0, 1, 0, 9, 9, 0, 0, 1, 0.1, {}, 0, {"EXA": {"byline": 0.9}}, {"EXA": ["desk"]})._replace(**given)


@pytest.mark.parametrize(("now", "history", "said"), [
    (make_brief(), [make_brief()], []),
    (make_brief(), [], []),
    (make_brief(extra={"EXA": []}), [make_brief()], [("EXA", [], ["desk"], [])]),
    (make_brief(filled={"EXA": {"byline": 0.85}}), [make_brief()], []),
    (make_brief(), [make_brief(extra={"EXA": ["mood"]}), make_brief(filled={"OTHER": {}})], [("EXA", ["desk"], ["mood"], [])]),
    (make_brief(extra={"EXA": [str(n) for n in range(60)]}), [make_brief()], []),
], ids=["as before", "first run", "lost", "hardly moved", "since the last run of the source", "more names than are kept"])
def test_drift_is_told_since_the_last_run_of_a_source(now: Brief, history: list[Brief], said: list[tuple[Any, ...]]) -> None:
    """New columns, lost ones, and fill rates that moved."""
    assert [(d.source, list(d.new), list(d.lost), list(d.moved)) for d in find_drift(now, reduce(add_run, history, History()).columns)] == said


@pytest.mark.parametrize(("days", "first", "last", "columns"), [
    ({19723: 1}, "1 Jan 2024", "1 Jan 2024", 1), ({19723: 1, 19782: 1}, "1 Jan 2024", "29 Feb 2024", 60),
    ({19723: 1, 19783: 1}, "Jan 2024", "Mar 2024", 3), ({0: 1, 19723: 2}, "1970", "2024", 55), ({-170_000: 1, 19723: 1}, "1500", "2020", 53),
], ids=["a day", "sixty days", "months", "years", "decades"])
def test_days_are_grouped_as_finely_as_fits(days: dict[int, int], first: str, last: str, columns: int) -> None:
    """At most sixty columns, none left out between the first and the last."""
    marks = group_days(days)
    assert (marks[0].label, marks[-1].label, len(marks)) == (first, last, columns)
    assert sum(mark.number for mark in marks) == sum(days.values())


def test_plots_escape_what_they_name() -> None:
    """Paths of files stand in the lineage, and they come from outside."""
    drawn = draw_lineage([Flow("<script>&\"'", "landed", 3), Flow("b", "set aside", 1)])
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert "3 records from &lt;script&gt;&amp;&#34;&#39; landed; 1 record from b set aside" in drawn
    assert "&lt;b&gt;" in draw_columns([Mark("<b>", 2)], "Articles")


def test_a_spark_of_a_check_that_never_ran_says_so() -> None:
    """A gap is no zero."""
    assert "not measured" in draw_spark([None, None], "failing")
    assert "now not measured" in draw_spark([3, None], "failing")
