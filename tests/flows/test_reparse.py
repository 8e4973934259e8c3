"""Today's rules over what earlier ones have read: new versions of what reads otherwise, a report of what that is, and nothing else changes."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from typer.testing import CliRunner

from flows import stages
from flows.cli import app
from transforms.article import parse_article
from transforms.model import Article
from warehouse.sql import run_sql

HEAD = ("id", "title", "author", "date", "text", "source")
POST = [(f"p-{n}", f"Ferry {n} late", "By Jane Roe", f"2025-01-0{n}T10:00:00Z", f"LISBON, Jan. {n} (Example News) - Ferry {n} was late on the quay.", "Example Post")
        for n in range(1, 4)]
HERALD = [("h-1", "Owls counted", "By Bo Dahl", "2025-01-04T10:00:00Z", "OSLO, Jan. 4 (Example News) - The owls were counted, and there were nine.",
           "Example Herald")]
ENTRY = """
[[correction]]
name = "ferry-two"
record = "p-2"
column = "headline"
was = "Ferry 2 late"
now = "Ferry 2 on time"
why = "The desk says so."
"""
KEYED = "article_versions", "contributors", "places", "photos", "blocks", "corrections", "quarantine", "duplicates"


def say(*words: object) -> str:
    """What a command prints, which ends well."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.stdout


def ask(lake: Path, statement: str) -> list[tuple[Any, ...]]:
    """The rows of an answer."""
    with run_sql(lake, statement) as result:
        return list(result.rows())


def read_as_before(*given: Any, **named: Any) -> Article:
    """Rules that knew no days of datelines and no names."""
    return parse_article(*given, **named)._replace(dateline_date=None, dateline_date_basis=None, contributors=())


def hash_files(folder: Path) -> dict[str, str]:
    """What lies in a folder."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two houses as earlier rules read them, one headline corrected by hand."""
    folder: Path = tmp_path_factory.mktemp("reparse")
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([HEAD, *POST, *HERALD])
    (folder / "ours.toml").write_text(ENTRY, "utf-8")
    with mock.patch.object(stages, "parse_article", read_as_before):
        say("ingest", "--direct", "--corrections", folder / "ours.toml", folder / "rows.csv", "--lake", folder / "news.lake")
    assert ask(folder / "news.lake", "SELECT count(*), count(dateline_date) FROM articles") == [(4, 0)]
    return folder / "news.lake"


def test_what_reads_otherwise_lands_anew_and_nothing_else_changes(lake: Path) -> None:
    """Told first by a dry run, for the articles that are asked for; what was corrected stays so; a second time everything reads the same."""
    before = {name: ask(lake, f"SELECT * FROM landed.{name.replace('article_versions', 'articles')} ORDER BY ALL") for name in KEYED}
    originals = hash_files(lake / "originals")
    herald = ask(lake, "SELECT * FROM articles WHERE source = 'Example Herald'")
    where = ("--where", "source = 'Example Post'", "--report", "jsonl", "--lake", lake)
    told = say("reparse", "--dry-run", *where)
    assert {name: ask(lake, f"SELECT * FROM landed.{name.replace('article_versions', 'articles')} ORDER BY ALL") for name in KEYED} == before
    done = say("reparse", *where)
    assert done == told
    changes = [json.loads(line) for line in done.splitlines()]
    assert {(c["table"], c["column"], c["source"], c["articles"]) for c in changes} == {
        ("articles", "dateline_date", "Example Post", 3), ("articles", "dateline_date_basis", "Example Post", 3),
        ("contributors", "(row added)", "Example Post", 3)}
    rules = {(c["table"], c["column"]): c["rule"] for c in changes}
    assert rules["articles", "dateline_date"] == ask(lake, "SELECT DISTINCT rule FROM blocks WHERE kind = 'dateline'")[0][0]
    assert rules["contributors", "(row added)"] == ask(lake, "SELECT DISTINCT rule FROM contributors")[0][0]
    (day,) = [c for c in changes if c["column"] == "dateline_date"]
    assert ask(lake, f"SELECT dateline_date::VARCHAR FROM articles WHERE article_id = '{day['sample']}'") == [(day["now"].strip('"'),)]
    assert day["was"] == ""
    report = next(path for path in (lake / "reports").glob("2*/changes.jsonl"))
    assert report.read_text("utf-8") == done

    for name, rows in before.items():
        now = ask(lake, f"SELECT * FROM landed.{name.replace('article_versions', 'articles')} ORDER BY ALL")
        assert [row for row in now if row in rows] == rows, f"{name}: a row that was there has changed"
    assert hash_files(lake / "originals") == originals
    assert ask(lake, "SELECT * FROM articles WHERE source = 'Example Herald'") == herald
    same = "EXCLUDE (version, batch_id, parser_version, is_latest, dateline_date, dateline_date_basis)"
    versions = [ask(lake, f"SELECT * {same} FROM article_versions WHERE source = 'Example Post' AND version = {n} ORDER BY record_id") for n in (1, 2)]
    assert versions[0] == versions[1]
    assert ask(lake, "SELECT headline, version, dateline_date::VARCHAR FROM articles WHERE record_id = 'p-2'") == [("Ferry 2 on time", 2, "2025-01-02")]
    assert ask(lake, "SELECT was, now, version FROM corrections") == [("Ferry 2 late", "Ferry 2 on time", 2)]
    assert say("reparse", *where) == ""
    assert ask(lake, "SELECT max(version) FROM article_versions") == [(2,)]
    assert "FAILED" not in say("verify", "--lake", lake)
