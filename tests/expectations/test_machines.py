"""What machines read of a run: JSON by its schema, JUnit XML, Prometheus text, rows safe for spreadsheets."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import json
import re
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from expectations.report import (
    Failing,
    History,
    Profile,
    Repair,
    ReportData,
    Timing,
    add_run,
    brief_run,
    clip,
    escape_markdown,
    read_brief,
    read_part,
    render_junit,
    render_metrics,
    report_json,
    write_rows,
)
from expectations.report.machines import guard_cell
from warehouse.tables import Checks, Files, Quarantine, Runs

STARTED = dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
NUMBER = "00000000000000aa"
NASTY = 'Roe "and" <b>\\sons\\ & co\n]]>\x07\ud800\uffff{}'


def make_data(text: str = "Talks resume in Lagos") -> ReportData:
    """A run with one of everything."""
    run = Runs("20240102T030405-abcdef", STARTED, STARTED + dt.timedelta(seconds=9), text, 3, 2, 0, 1, 10, 8, 1, 1, 999, 9.0, [text], "1")
    files = [
        Files(NUMBER, "1", "0" * 64, text, 9, 9, "text", "utf-8", None, text, status, text, 10 * read, 8 * read, read, read, 7, [], True, "r", NUMBER, 1.0, text)
        for status, read in (("landed", 1), ("failed", 0))
    ]
    checks = [
        Checks("r", NUMBER, "cross", "grave", "expect", "name", "critical", False, 10, 2, text, text, "articles", 0, 3, 0.9, text),
        Checks("r", NUMBER, "cross", "doubtful", "expect", None, "warning", False, 10, 1, text, None),
        Checks("r", NUMBER, "blocks", "held", "expect", None, "info", True, 10, 0, text, None),
    ]
    aside = [Quarantine(NUMBER, 1, text, None, 0, 9, 1, "parse", text, "critical", None, text, text, "1", NUMBER)]
    failing = [Failing(NUMBER, 1, "articles", "grave", "critical", text, True, text, 1, 0, 9, 1, text)]
    profile = Profile(8, {"articles": 8}, {text: 8}, {(text, "byline"): 4}, {(text, text): 8}, {("language", text): 8})
    data = ReportData(run, files, checks, aside, [Timing("read", 1.0, 0.9), Timing(text, 2.0)], (), profile, failing, [Repair(text, text, text)])
    before = brief_run(data)._replace(run_id="20240101T030405-abcdef", filled={text: {"byline": 0.9}}, extra={text: ["mood"]})
    return data._replace(history=add_run(History(), before))


def check_schema(told: Any) -> None:
    """Raise unless the JSON is as its schema says."""
    schema = json.loads(read_part("report.schema.json"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(told, schema)


@pytest.mark.parametrize("text", ["Talks resume in Lagos", "", NASTY.replace("\ud800", "")])
def test_the_json_is_as_its_schema_says(text: str) -> None:
    """Whatever the texts are; and the drift since the last run is in it."""
    told = json.loads(json.dumps(report_json(make_data(text))))
    check_schema(told)
    assert told["drift"][0]["moved"] == [["byline", 0.9, 0.5]]
    assert told["drift"][0]["lost"] == ["mood"]
    assert told["failing"][0]["location"].endswith(":1:0")
    assert told["checks"][0]["allowed"] == "0 to 3; up to 10% may fail"


@pytest.mark.parametrize(("path", "value"), [
    (("version",), 2), (("run", "landed"), -1), (("checks", 0, "severity"), "grave"), (("conservation", "is_conserved"), "yes"), (("surprise",), 1),
    (("run", "started_at"), "yesterday"), (("drift", 0, "moved", 0), ["byline", 2, 0]),
])
def test_the_schema_tells_what_is_not_a_report(path: Sequence[str | int], value: object) -> None:
    """It is no schema that lets everything through."""
    told: Any = json.loads(json.dumps(report_json(make_data())))
    part = told
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check_schema(told)


def test_a_brief_comes_back_from_its_json() -> None:
    """History is read from what was written."""
    brief = brief_run(make_data())
    assert read_brief(json.loads(json.dumps(brief._asdict())))._replace(extra=brief.extra) == brief


@pytest.mark.parametrize("text", ["Talks resume in Lagos", NASTY])
def test_junit_has_a_case_for_every_check_and_file(text: str) -> None:
    """A critical check that failed is a failure, a lesser one is skipped with its numbers, a file that was not read an error."""
    root = ElementTree.fromstring(render_junit(make_data(text)))
    assert root.tag == "testsuites"
    assert [root.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "1", "1", "1"]
    for suite in root:
        counted = [sum(1 for _ in suite.iter(tag)) for tag in ("testcase", "failure", "error", "skipped")]
        assert counted == [int(suite.get(name, "")) for name in ("tests", "failures", "errors", "skipped")]
    cases = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase") if case.get("classname") != "files"}
    assert cases == {"grave": ["failure"], "doubtful": ["skipped"], "held": [], "conservation": []}
    skipped = root.find(".//skipped")
    assert skipped is not None
    assert str(skipped.get("message")).startswith("warning: 1 of 10 rows fail.")


def test_junit_says_when_records_are_lost() -> None:
    """That is a failure whatever the checks say."""
    data = make_data()
    root = ElementTree.fromstring(render_junit(data._replace(files=[data.files[0]._replace(landed=7)])))
    lost = root.find(".//testcase[@name='conservation']/failure")
    assert lost is not None
    assert lost.get("message") == "10 in, 7 landed, 1 quarantined, 1 duplicates"


SAMPLE = re.compile(r'^copydesk_[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? -?[0-9.e+-]+$')


@pytest.mark.parametrize("text", ["Talks resume in Lagos", NASTY])
def test_metrics_are_lines_that_prometheus_reads(text: str) -> None:
    """Each family once, with its meaning and type before its samples; labels escaped; no sample twice."""
    page = render_metrics(make_data(text))
    assert page.encode("utf-8").endswith(b"\n")
    lines = page[:-1].split("\n")
    samples = [line for line in lines if not line.startswith("#")]
    assert [line for line in samples if not SAMPLE.match(line)] == []
    assert len({line.rpartition(" ")[0] for line in samples}) == len(samples)
    for place, line in enumerate(lines):
        if line.startswith("# TYPE"):
            name = line.split()[2]
            assert line.endswith(" gauge")
            assert lines[place - 1].startswith(f"# HELP {name} ")
            assert lines.count(line) == 1
    assert 'copydesk_run_records{fate="landed"} 8' in lines
    assert "copydesk_run_conserved 1" in lines
    assert 'copydesk_check_success{check="cross.grave",severity="critical"} 0' in lines


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8"), max_size=12) | st.integers(), min_size=2, max_size=2), max_size=6))
@settings(max_examples=150, derandomize=True, deadline=None)
def test_rows_come_back_and_none_begins_as_a_formula(rows: list[list[str | int]]) -> None:
    """As they were, but for the apostrophe before what a spreadsheet would run."""
    back = list(csv.reader(io.StringIO(write_rows(["a", "b"], rows, header=True), newline="")))
    assert back[0] == ["a", "b"]
    assert back[1:] == [[str(guard_cell(value)) for value in row] for row in rows]
    for cell, value in zip((c for row in back[1:] for c in row), (v for row in rows for v in row), strict=True):
        assert cell.removeprefix("'") == str(value).removeprefix("'")
        assert isinstance(value, int) or not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "=cmd|' /C calc'!A0"])
def test_a_formula_is_led_by_an_apostrophe(cell: str) -> None:
    """Also behind blanks, which spreadsheets strip."""
    assert guard_cell(cell) == f"'{cell}"


@pytest.mark.parametrize("text", [
    "*Roe* and __Dahl__", "<b>bold</b> <script>alert(1)</script>", "[x](http://example.org) ![y](http://example.org/y.png)", "http://example.org www.example.org",
    "# All landed", "- one\n- two", "1. one", "1) one", "> said", "    code", "```\ncode\n```", "`code`", "a | b\n--|--\n1 | 2", "&lt;b&gt; &amp; &#60;", "~~gone~~",
    "---", "\\*", "a  \nb", "<http://example.org>", "[x]: http://example.org", "ann@example.org", "+ one", "=== ", "$x$", "NASTY " + NASTY,
])
def test_markdown_shows_what_it_is_given(text: str) -> None:
    """One paragraph with one text: no link, picture, code, emphasis, list or tag comes of it."""
    shown = " ".join(MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(escape_markdown(text)).split())
    plain = html.unescape(shown.removeprefix("<p>").removesuffix("</p>"))
    assert "<" not in shown.removeprefix("<p>").removesuffix("</p>")
    assert plain == " ".join(clip(text, 400).split())
