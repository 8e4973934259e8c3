"""Suites as Great Expectations JSON: ours taken elsewhere, and a house's own joining a batch."""

from __future__ import annotations

import importlib
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.batch import Checker, Verdict
from expectations.contract import CONTRACTED
from expectations.cross import bare_evidence
from expectations.engine import load_gx
from expectations.suites import BadSuite, list_adjustable, load_suites, write_suites

MakeBatch = Callable[[Sequence[Mapping[str, Any]]], dict[str, pa.Table]]
ASKED: dict[str, Any] = {"agency_names": frozenset(), "run_id": "20240102-ab", "batch_id": "00000000000000aa"}
NOT_NULL = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "byline"}}
PYTHON = """
import great_expectations as gx
e = gx.expectations
desk = gx.ExpectationSuite(name="articles of the desk", expectations=[
    e.ExpectColumnValuesToMatchRegex(column="body", regex="ferry", severity="critical", description="The story is about the ferry."),
    e.ExpectTableRowCountToBeBetween(min_value=50, severity="info"),
])
people = [gx.ExpectationSuite(name="people", meta={"table": "contributors", "severity": "info"}, expectations=[
    e.ExpectColumnValuesToBeInSet(column="role", value_set=["reporter"], mostly=0.5),
])]
"""


def judge(checker: Checker, tables: dict[str, pa.Table], folder: Path) -> Verdict:
    """The verdict on a batch with a folder of suites."""
    return checker.check(tables, bare_evidence([100] * tables["articles"].num_rows), suites=str(folder), **ASKED)


def test_exported_suites_run_elsewhere(tmp_path: Path, make_batch: MakeBatch) -> None:
    """Plain Great Expectations reads each table's suite and finds a Parquet file of it sound, and a spoilt one not."""
    written = {path.stem: path for path in write_suites(tmp_path)}
    assert written.keys() == {*CONTRACTED, "cross", "run"}
    tables = make_batch([{"contributors": [{}], "places": [{}], "photos": [{}]}])
    articles = tables["articles"]
    tables["articles"] = articles.add_column(
        articles.column_names.index("word_count"), "body", pa.array(["It was late."]))
    gx, pd = load_gx(), importlib.import_module("pandas")
    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("plain").add_dataframe_asset("plain").add_batch_definition_whole_dataframe("plain")
    for name in CONTRACTED:
        pq.write_table(tables[name], tmp_path / f"{name}.parquet")
        frame = pd.read_parquet(tmp_path / f"{name}.parquet")
        suite = gx.ExpectationSuite(**json.loads(written[name].read_text("utf-8")))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sound = asset.get_batch(batch_parameters={"dataframe": frame}).validate(suite)
            spoilt = asset.get_batch(batch_parameters={"dataframe": frame.assign(batch_id="no hash")}).validate(suite)
        assert sound.success, sound
        assert len(sound.results) == len(suite.expectations) > 8
        assert [r.expectation_config.meta["check"] for r in spoilt.results if not r.success] == ["batch_id_matches_pattern"]


def test_what_is_exported_is_the_same_each_time(tmp_path: Path) -> None:
    """So that it can be kept under version control."""
    first, again = write_suites(tmp_path / "a"), write_suites(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]
    told = json.loads((tmp_path / "a" / "cross.json").read_text("utf-8"))
    assert {e["meta"]["check"] for e in told["expectations"]} < list_adjustable()
    assert all(e["meta"]["mostly_reason"] for e in told["expectations"] if e["kwargs"].get("mostly", 1) < 1)


def test_suites_of_a_house_join_with_their_own_severity(tmp_path: Path, checker: Checker, make_batch: MakeBatch) -> None:
    """Python and JSON, rows and whole tables; a critical row is set aside, a warning is not; every failing key is named."""
    (tmp_path / "desk.py").write_text(PYTHON, "utf-8")
    (tmp_path / "ours.json").write_text(json.dumps({"name": "ours", "meta": {"table": "articles"}, "expectations": [NOT_NULL]}), "utf-8")
    tables = make_batch([{"contributors": [{}, {"role": "editor"}]}, {"article": {"byline": "By Ann Roe"}}])
    articles = tables["articles"]
    tables["articles"] = articles.add_column(articles.column_names.index("word_count"), "body", pa.array(["The ferry was late.", "Owls."]))
    verdict = judge(checker, tables, tmp_path)
    own = {(c.suite, c.check_name): c for c in verdict.checks if c.suite in ("articles of the desk", "people", "ours")}
    assert {key: (c.severity, c.success, c.evaluated, c.unexpected) for key, c in own.items()} == {
        ("articles of the desk", "body_column_values_to_match_regex"): ("critical", False, 2, 1),
        ("articles of the desk", "table_row_count_to_be_between"): ("info", False, 2, 1),
        ("people", "role_column_values_to_be_in_set"): ("info", True, 2, 1),
        ("ours", "byline_column_values_to_not_be_null"): ("warning", False, 2, 1),
    }
    assert own["articles of the desk", "body_column_values_to_match_regex"].meaning == "The story is about the ferry."
    assert "Observed: 2." in own["articles of the desk", "table_row_count_to_be_between"].meaning
    assert {key: f.check for key, f in verdict.set_aside.items()} == {(f"{2:016x}", 1): "body_column_values_to_match_regex"}
    assert [f.article_id for f in verdict.failures if f.check == "byline_column_values_to_not_be_null"] == [f"{1:016x}"]
    assert [f.detail for f in verdict.failures if f.table == "contributors"] == ["role is “editor”."]


BAD: dict[str, tuple[str, str, str]] = {
    "not JSON": ("a.json", "{", "a.json: not JSON"),
    "no suite": ("a.json", "[]", "no suite; write"),
    "unknown type": ("a.json", json.dumps({"name": "articles a", "expectations": [{"type": "expect_nothing"}]}), "expectation 1 (expect_nothing)"),
    "missing argument": ("a.json", json.dumps({"name": "articles a", "expectations": [{**NOT_NULL, "kwargs": {}}]}), "column; field required"),
    "no table": ("a.json", json.dumps({"name": "ours", "expectations": [NOT_NULL]}), "does not say which table"),
    "our own name": ("a.json", json.dumps({"name": "articles", "expectations": [NOT_NULL]}), "give yours another"),
    "no such column": ("a.json", json.dumps({"name": "articles a", "expectations": [{**NOT_NULL, "kwargs": {"column": "bylines"}}]}), "is byline meant?"),
    "no such severity": ("a.json", json.dumps({"name": "articles a", "meta": {"severity": "bad"}, "expectations": [NOT_NULL]}), "'bad' in its meta"),
    "a slip of Python": ("a.py", "import great_expectations as gx\n\nx = gx.nothing\n", "a.py, line 3: AttributeError"),
    "no Python": ("a.py", "x = = 1\n", "a.py, line 1: SyntaxError"),
    "no suite in Python": ("a.py", "x = 1\n", "makes no ExpectationSuite"),
    "an end of the program": ("a.py", "raise SystemExit(3)\n", "a.py, line 1: SystemExit"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_suite_that_cannot_be_used_is_named_before_anything_is_read(tmp_path: Path, name: str) -> None:
    """The file, what is wrong, and what to do."""
    file, text, said = BAD[name]
    (tmp_path / file).write_text(text, "utf-8")
    with pytest.raises(BadSuite) as caught:
        load_suites(str(tmp_path))
    assert said in str(caught.value)
    assert str(tmp_path / file) in str(caught.value)


def test_two_suites_of_one_name_and_no_folder(tmp_path: Path) -> None:
    """Their results could not be told apart."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"name": "articles x", "expectations": [NOT_NULL]}), "utf-8")
    with pytest.raises(BadSuite, match="two suites are called articles x"):
        load_suites(str(tmp_path))
    with pytest.raises(BadSuite, match="no such folder"):
        load_suites(str(tmp_path / "none"))


def test_an_expectation_that_breaks_down_is_a_message(tmp_path: Path, checker: Checker, make_batch: MakeBatch) -> None:
    """It compares a text with a number: that is the suite's fault, not a finding, and no bug."""
    slip = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "headline", "min_value": 1}}
    (tmp_path / "a.json").write_text(json.dumps({"name": "articles slip", "expectations": [slip]}), "utf-8")
    with pytest.raises(BadSuite, match=r"a\.json: suite articles slip, headline_column_values_to_be_between: it could not be computed.*same type"):
        judge(checker, make_batch([{}]), tmp_path)
