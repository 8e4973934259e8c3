"""Reports in a lake: a stable address, an index of runs, a history of bounded size that can be made again."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from expectations.report import HISTORY, Profile, ReportData, brief_run, read_part
from flows.publish import PAGE, RECENT, RUNS, gather_briefs, publish_run, read_history, write_report
from warehouse.tables import Checks, Runs

Command = Callable[..., Any]
STARTED = dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def make_data(number: int) -> ReportData:
    """A small run."""
    run_id = f"20240102T{number // 3600:02}{number // 60 % 60:02}{number % 60:02}-abcdef"
    run = Runs(run_id, STARTED + dt.timedelta(seconds=number), STARTED, "All landed.", 0, 1, 0, 0, 9, 9, 0, 0, 99, 1.0, ["inbox"], "1")
    checks = [Checks(run_id, "0" * 16, "cross", "doubtful", "expect", None, "warning", False, 9, number % 7, "It holds.", None)]
    profile = Profile(9, {"articles": 9}, {"EXA": 9}, {("EXA", "byline"): number % 10}, {("EXA", f"desk{number % 2}"): 9})
    return ReportData(run, [], checks, [], profile=profile)


def publish(reports: Path, number: int) -> None:
    """What closing a run does with its report."""
    history = read_history(reports)
    data = make_data(number)._replace(history=history)
    write_report(data, reports / data.run.run_id)
    publish_run(reports, data, history)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of many runs, enough for several pages of the index."""
    folder = tmp_path_factory.mktemp("reports")
    for number in range(4 * PAGE + 7):
        publish(folder, number)
    return folder


def test_every_run_is_in_the_index_once(reports: Path) -> None:
    """On pages that lead from the latest to the first, each link to a report that is there."""
    seen: list[str] = []
    name, pages = "index.html", 0
    while name:
        page = (reports / name).read_text("utf-8")
        seen += re.findall(r'<a href="(\d{8}T\d{6}-abcdef)/index.html">', page)
        found = re.search(r'<a href="([^"]+)">Older runs', page)
        name, pages = found[1] if found else "", pages + 1
        assert "http" not in page.replace("http-equiv", "")
    assert seen == sorted((path.name for path in reports.iterdir() if path.is_dir() and not path.is_symlink()), reverse=True)
    assert pages == 4
    assert all((reports / run / "index.html").is_file() for run in seen)


def test_the_latest_is_the_last(reports: Path) -> None:
    """With everything beside it, and nothing half-written."""
    last = make_data(4 * PAGE + 6).run.run_id
    assert (reports / "latest").resolve().name == last
    assert {path.name for path in (reports / "latest").iterdir()} == {
        "index.html", "report.json", "report.schema.json", "junit.xml", "metrics.prom", "SHA256SUMS"}
    assert [path.name for path in reports.rglob(".*")] == []


def test_a_copy_in_place_of_the_link_to_the_latest_gives_way(tmp_path: Path) -> None:
    """Tools that follow links make a folder of it; the report itself lies under its run's name."""
    publish(tmp_path, 0)
    first = (tmp_path / "latest").resolve()
    (tmp_path / "latest").unlink()
    shutil.copytree(first, tmp_path / "latest")
    publish(tmp_path, 1)
    assert (tmp_path / "latest").is_symlink()
    assert (tmp_path / "latest").resolve().name == make_data(1).run.run_id
    assert (first / "index.html").exists()


def test_history_is_of_bounded_size(reports: Path) -> None:
    """A report reads two small files, however many runs there were."""
    history = read_history(reports)
    assert [b.run_id for b in history.runs] == [make_data(n).run.run_id for n in range(4 * PAGE + 7 - HISTORY, 4 * PAGE + 7)]
    assert set(history.columns) == {"EXA"}
    assert len(json.loads((reports / RUNS).read_text("utf-8"))["runs"]) < 2 * PAGE
    assert (reports / RECENT).stat().st_size < 600 * HISTORY
    page = (reports / "latest" / "index.html").read_text("utf-8")
    assert "failing in the last 30 runs" in page
    assert "beside the 29 runs before it" in page
    assert "desk0" in page.partition('id="drift"')[2].partition("</section>")[0]


def test_a_run_that_is_published_again_stands_once(tmp_path: Path) -> None:
    """A step that is tried again does no harm."""
    for number in (1, 2, 2):
        publish(tmp_path, number)
    assert len(read_history(tmp_path).runs) == 2
    assert (tmp_path / "index.html").read_text("utf-8").count("/index.html\">2 Jan") == 2


@pytest.mark.parametrize("damage", ["gone", "not json", "[]", '{"runs": [{}], "columns": {}}', '{"runs": 3}'])
def test_what_is_kept_beside_the_reports_can_be_made_again(tmp_path: Path, damage: str) -> None:
    """From the reports themselves, those of which nothing can be read left out."""
    for number in range(4):
        publish(tmp_path, number)
    before = read_history(tmp_path)
    for name in (RECENT, RUNS):
        (tmp_path / name).unlink()
        if damage != "gone":
            (tmp_path / name).write_text(damage, "utf-8")
    (tmp_path / "20240102T000000-ffffff").mkdir()
    assert read_history(tmp_path) == before
    publish(tmp_path, 4)
    assert (tmp_path / "index.html").read_text("utf-8").count("-abcdef/index.html") == 5
    assert [b.run_id for b in gather_briefs(tmp_path)] == [brief_run(make_data(n)).run_id for n in range(5)]


def test_a_run_leaves_everything_beside_its_page(copydesk: Command, inbox: Path, tmp_path: Path) -> None:
    """What failed, with its place and its text, whole and safe to open; the JSON as its schema says; every link of the page leads somewhere."""
    rows = 'id,title,author,date,text\nG-1,=cmd|calc,Ann Lee,2025-01-02,"PORTMERE, Jan. 2 - The cafÃ© stays shut, its owner said."\n'
    (inbox / "garbled.csv").write_text(f"{rows}G-2,Too few\n", "utf-8")
    table = (inbox / "table.csv").read_text("utf-8")
    copydesk("ingest", str(inbox), "--direct", "--lake", str(tmp_path / "news.lake"), "--quarantine-threshold", "0.9")
    latest = tmp_path / "news.lake" / "reports" / "latest"
    page = (latest / "index.html").read_text("utf-8")
    told = json.loads((latest / "report.json").read_text("utf-8"))
    jsonschema.validate(told, json.loads(read_part("report.schema.json")))
    assert (latest / "report.schema.json").read_text("utf-8") == read_part("report.schema.json")
    places = [json.loads(line)["location"] for line in (latest / "quarantine.jsonl").read_text("utf-8").splitlines()]
    assert sorted(place.rpartition("/")[2] for place in places) == [
        f"garbled.csv:3:{len(rows.encode())}", f"table.csv:4:{table.index('A-3')}",
    ]
    assert (latest / "quarantine.csv").read_text("utf-8").count("Too few") == 2
    for place in places:
        assert place in page
    repair = next(r for r in told["repairs"] if "garbled.csv" in r["location"])
    assert "cafÃ©" in repair["before"]
    assert "café" in repair["after"]
    assert "cafÃ©" in page.partition('id="encodings"')[2]
    for link in re.findall(r'href="([^"#]+)"', page):
        assert (latest.resolve() / link).exists(), link
    for download in told["downloads"]:
        assert (latest / download["name"]).stat().st_size == download["size"]
    assert told["timings"][0]["stage"]
    assert "profile" in {timing["stage"] for timing in told["timings"]}


def test_a_row_that_fails_a_check_is_shown_with_its_place(copydesk: Command, tmp_path: Path) -> None:
    """On the page and in the files: check, file, line, byte, and what was read there."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "bare.jsonl").write_text('{"id": "b-1", "document": "LAGOS, Jan. 2 (Example News) - The quay is shut until Friday, the harbour master said.\\n\\nIt rained."}\n', "utf-8")
    copydesk("ingest", str(inbox), "--direct", "--lake", str(tmp_path / "news.lake"))
    latest = tmp_path / "news.lake" / "reports" / "latest"
    rows = [json.loads(line) for line in (latest / "failures.jsonl").read_text("utf-8").splitlines()]
    headline = next(row for row in rows if row["check"] == "headline_is_present")
    assert headline["location"].endswith("bare.jsonl:1:0")
    assert headline["snippet"].startswith("LAGOS, Jan. 2")
    page = (latest / "index.html").read_text("utf-8")
    shown = page.partition('aria-label="Checks that failed"')[2].partition("</section>")[0]
    assert "cross.headline_is_present" in shown
    assert "bare.jsonl:1:0" in shown
    assert "The quay is shut" in shown
