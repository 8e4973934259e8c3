"""What changed, what reads otherwise now, what is merged, exported and copied: on small lakes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import jsonschema
import pytest

from warehouse import export as exporting
from warehouse.sql import run_sql

from .conftest import Command


def ask(lake: Path, statement: str) -> list[tuple[object, ...]]:
    """The rows of an answer."""
    with run_sql(lake, statement) as result:
        return list(result.rows())


@pytest.fixture
def lake(inbox: Path, ingest: Command, tmp_path: Path) -> Path:
    """A lake with a run for each file of the inbox."""
    for name in ("story.txt", "table.csv", "wire.jsonl"):
        assert ingest(inbox / name, "--lake", tmp_path / "news.lake").code == 0
    return tmp_path / "news.lake"


def test_compact_changes_no_row_and_expire_frees_what_it_left(lake: Path, copydesk: Command) -> None:
    """Dates in order, one file a table, time travel until the old snapshots go; diff sees nothing."""
    runs = [str(row[0]) for row in ask(lake, "SELECT run_id FROM runs ORDER BY 1")]
    before = ask(lake, "SELECT * FROM article_versions ORDER BY ALL")
    assert copydesk("compact", "--lake", lake).code == 0
    assert ask(lake, "SELECT * FROM article_versions ORDER BY ALL") == before
    said = copydesk("diff", runs[-1], "--format", "jsonl", "--lake", lake)
    assert (said.out, said.err) == ("", "nothing changed\n")
    changes = [json.loads(line) for line in copydesk("diff", runs[0], runs[1], "--format", "jsonl", "--lake", lake).out.splitlines()]
    assert ("articles", "added", 2) in {(one["table"], one["change"], one["rows"]) for one in changes}
    assert copydesk("expire", "--keep-days", "0", "--now", "--lake", lake).code == 0
    assert len(list((lake / "data" / "articles").iterdir())) == 1
    assert copydesk("sql", "--at", runs[0], "SELECT 1", "--lake", lake).code == 2
    assert copydesk("verify", "--lake", lake).code == 0


def test_exports_are_safe_and_fit_their_schema(lake: Path, copydesk: Command, tmp_path: Path) -> None:
    """Every ninjs object fits the profile; a cell like a formula is disarmed; a backup is a lake."""
    profile = json.loads(Path(exporting.__file__).with_name("ninjs.schema.json").read_text("utf-8"))
    lines = copydesk("export", "--format", "ninjs", "--lake", lake).out.splitlines()
    assert len(lines) == 5
    for line in lines:
        jsonschema.Draft202012Validator(profile).validate(json.loads(line))
    said = copydesk("export", "--query", "SELECT '=1+1' AS a, -2 AS b", "--format", "csv", "--lake", lake)
    assert list(csv.reader(said.out.splitlines())) == [["a", "b"], ["'=1+1", "-2"]]
    assert copydesk("backup", tmp_path / "copy", "--lake", lake).code == 0
    assert copydesk("restore", tmp_path / "copy", "--lake", tmp_path / "back.lake").code == 0
    assert ask(tmp_path / "back.lake", "SELECT count(*) FROM articles") == [(5,)]
    assert copydesk("restore", tmp_path / "copy", "--lake", lake).code == 2


def test_reparse_lands_nothing_where_nothing_reads_otherwise(lake: Path, copydesk: Command) -> None:
    """No version, no change; a flipped bit of a data file is named by verify."""
    said = copydesk("reparse", "--lake", lake)
    assert said.code == 0
    assert "5 read the same, 0 landed" in said.err
    path = next((lake / "data" / "blocks").iterdir())
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    said = copydesk("verify", "--lake", lake)
    assert (said.code, path.name in said.out) == (1, True)
