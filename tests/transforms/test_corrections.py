"""Corrections by hand: applied where they fit, refused by name where they do not."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from transforms.article import parse_article
from transforms.corrections import COLUMNS, BadEntry, Outdated, correct_article, file_entries, read_entries, shipped_entries, value_of, write_value
from transforms.gazetteer import builtin_gazetteer
from transforms.model import Article, Record
from transforms.rows import article_object, columns_of
from warehouse.land import join_columns
from warehouse.tables import Articles

TABLE = tomllib.loads((Path(__file__).parents[1] / "cases" / "corrections.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def article() -> Article:
    """The record of the table, as the rules read it."""
    record = Record(1, 0, 9, 1, TABLE["document"], record_id="r-1", published_at="2025-01-01", source="wire")
    return parse_article(record, gazetteer=builtin_gazetteer())


def entry(article: Article, **given: Any) -> dict[str, Any]:
    """An entry with what a case leaves out."""
    named = {"name": "one", "record": "r-1", "why": "The desk says so.", **given}
    return {**named, "record": article.article_id if named["record"] == "ARTICLE" else named["record"]}


def read_column(article: Article, column: str) -> str:
    """A column as the table of articles holds it, as text."""
    if column in COLUMNS:
        return write_value(value_of(article, column)) or ""
    return str(getattr(article, column) or "")


@pytest.mark.parametrize("case", TABLE["case"], ids=lambda c: c["name"])
def test_case(case: dict[str, Any], article: Article) -> None:
    """What the entry makes of the record, or what it is told."""
    table = {"correction": [entry(article, **case["entry"])]}
    if case.get("bad"):
        with pytest.raises(BadEntry) as told:
            read_entries(table, "ours.toml")
        assert case["fault"] in str(told.value)
        return
    entries = file_entries(read_entries(table, "ours.toml"))
    if "fault" in case:
        with pytest.raises(Outdated) as outdated:
            correct_article(article, entries)
        assert case["fault"] in str(outdated.value)
        return
    corrected = correct_article(article, entries)
    assert {column: read_column(corrected, column) for column in case["values"]} == case["values"]
    is_applied = corrected != article
    assert is_applied == ("not applied" not in case["name"])
    assert ("corrected" in corrected.warnings) == is_applied
    assert [note.entry for note in corrected.corrections] == (["one"] if is_applied else [])


def test_a_corrected_place_keeps_no_coordinates_of_the_other(article: Article) -> None:
    """They were those of the wrong town."""
    entries = file_entries(read_entries({"correction": [entry(article, column="located", was="Sydney", now="Cidney")]}, "ours.toml"))
    dateline = correct_article(article, entries).dateline
    assert dateline is not None
    assert dateline.places[0][2:] == (None, "AU", None, None, None, None, "corrected", ())


def test_entries_of_one_record_are_applied_together_and_checked_before(article: Article) -> None:
    """Each against what was read, whatever the order of the file; one that does not match stops them all, and all that don't are named."""
    both = [entry(article, name="b", column="country", was="AU", now="CA"), entry(article, name="a", column="located", was="Sydney", now="Cidney")]
    corrected = correct_article(article, file_entries(read_entries({"correction": both}, "ours.toml")))
    assert (read_column(corrected, "located"), read_column(corrected, "country")) == ("Cidney", "CA")
    assert [note.entry for note in corrected.corrections] == ["a", "b"]
    spoilt = [{**one, "was": "x"} for one in both]
    with pytest.raises(Outdated, match=r"'a'.*\n.*'b'"):
        correct_article(article, file_entries(read_entries({"correction": spoilt}, "ours.toml")))


def test_a_dateline_can_be_given_to_a_record_without_one(article: Article) -> None:
    """With its place; a place alone has nowhere to stand."""
    bare = article._replace(dateline=None)
    place = entry(article, name="place", column="located", was="", now="Sydney")
    with pytest.raises(Outdated, match=r"'place' can't be applied: .* has no dateline to put it in"):
        correct_article(bare, file_entries(read_entries({"correction": [place]}, "ours.toml")))
    line = entry(article, name="line", column="dateline", was="", now="SYDNEY, Dec 31 (Reuters)")
    corrected = correct_article(bare, file_entries(read_entries({"correction": [place, line]}, "ours.toml")))
    assert corrected.dateline is not None
    start, end = corrected.dateline.start, corrected.dateline.end
    assert (corrected.dateline.text, read_column(corrected, "located")) == (article.record.document[start:end], "Sydney")


@pytest.mark.parametrize(("table", "told"), [
    ({"corrections": []}, "'corrections' is not known"),
    ({"correction": {"record": "r-1"}}, r"begin each with \[\[correction\]\]"),
    ({"correction": [{"record": "r-1"}]}, "entry 1 lacks column, was, now, why"),
])
def test_a_file_of_another_form_is_refused(table: dict[str, Any], told: str) -> None:
    """With what to write."""
    with pytest.raises(BadEntry, match=told):
        read_entries(table, "ours.toml")


def test_names_are_unique_and_a_value_has_one_entry(article: Article) -> None:
    """Else nobody could say which one was applied."""
    one = entry(article, column="country", was="AU", now="CA")
    with pytest.raises(BadEntry, match="two entries are called 'one'"):
        read_entries({"correction": [one, {**one, "column": "section"}]}, "ours.toml")
    with pytest.raises(BadEntry, match="'one' and 'two' both correct country of record r-1"):
        read_entries({"correction": [one, {**one, "name": "two"}]}, "ours.toml")


def test_what_was_corrected_is_laid_out_for_the_lake_and_printed(article: Article) -> None:
    """One row a value, under the article's version; and the key `corrections` of the JSON object, which others do not have."""
    corrected = correct_article(article, file_entries(read_entries({"correction": [entry(article, column="country", was="AU", now="CA")]}, "o.toml")))
    columns = columns_of([article, corrected], [1, 2], ["0" * 16] * 2, "0" * 16)
    assert join_columns("corrections", columns["corrections"]).to_pylist() == [{
        "article_id": article.article_id, "version": 2, "column_name": "country", "was": "AU", "now": "CA", "why": "The desk says so.",
        "entry": "one", "batch_id": "0" * 16,
    }]
    assert join_columns("articles", columns["articles"]).column("country").to_pylist() == ["AU", "CA"]
    assert [note["now"] for note in article_object("x", corrected)["corrections"]] == ["CA"]
    assert "corrections" not in article_object("x", article)


def test_every_column_that_can_be_corrected_is_one_of_articles() -> None:
    """And the shipped file can be read."""
    assert set(COLUMNS) <= set(Articles._fields)
    assert isinstance(shipped_entries(), tuple)
