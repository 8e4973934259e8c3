"""A file that says how many documents it holds is held to it: a critical check names the file, and the run ends with exit code 1."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.plan import Opened, cut_batches
from transforms.model import Gap, Item, Record

GOLDEN = Path(__file__).parents[1] / "golden"
Command = Callable[..., Any]


def query(copydesk: Command, statement: str) -> list[dict[str, Any]]:
    """Rows of the lake."""
    return [json.loads(line) for line in copydesk("sql", statement, "--format", "jsonl").out.splitlines()]


@pytest.mark.parametrize(("names", "code", "evaluated", "unexpected"), [
    (["nexis/classic_english/input.TXT"], 0, 1, 0),
    (["nexis/fewer_than_declared/input.txt"], 1, 1, 1),
    (["nexis/fewer_than_declared/input.txt", "nexis/classic_english/input.TXT", "factiva/page/input.html", "factiva/printed/input.txt"], 1, 3, 2),
], ids=["all there", "one is missing", "two of three that say it"])
def test_what_a_file_says_it_holds_is_checked(
    names: list[str], code: int, evaluated: int, unexpected: int, copydesk: Command, tmp_path: Path,
) -> None:
    """Files that say nothing are not counted."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for name in names:
        shutil.copy(GOLDEN / name, inbox / f"{name.split('/')[1]}{Path(name).suffix}")
    said = copydesk("ingest", inbox, "--direct", "--quiet")
    assert said.code == code
    found = query(copydesk, "SELECT severity, success, evaluated, unexpected, detail FROM checks WHERE check_name = 'declared_records'")
    assert [(row["severity"], row["success"], row["evaluated"], row["unexpected"]) for row in found] == [
        ("critical", not unexpected, evaluated, unexpected)
    ]
    if unexpected:
        assert "fewer_than_declared.txt says it holds 4 documents, and 3 were found" in found[0]["detail"]
        assert "critical check failed" in said.err
    assert query(copydesk, "SELECT bool_and(is_conserved) AS held FROM files") == [{"held": True}]
    report = json.loads((tmp_path / "news.lake/reports/latest/report.json").read_text("utf-8"))
    assert [check["success"] for check in report["checks"] if check["name"] == "declared_records"] == [not unexpected]


def test_declared_counts_of_one_file_add_up() -> None:
    """A file may hold several exports; each says its own count."""
    items: list[Item] = [Gap("delimiter", 0, 10, 2), Record(1, 10, 20, 1, "x"), Gap("delimiter", 20, 30), Record(2, 30, 40, 2, "y"), Gap("delimiter", 40, 50, 1)]
    silent: list[Item] = [Gap("header", 0, 10), Record(1, 10, 20, 1, "x")]
    ends = [end for batch in cut_batches([Opened("0" * 16, items), Opened("1" * 16, silent)], limit=10_000) for end in batch.ends]
    assert [(end.declared, end.records_in) for end in ends] == [(3, 2), (None, 1)]


def test_parse_says_it_too(copydesk: Command) -> None:
    """On standard error; the records are printed all the same."""
    said = copydesk("parse", GOLDEN / "nexis/fewer_than_declared/input.txt", GOLDEN / "nexis/two_exports/input.txt")
    assert said.code == 0
    assert len(said.out.splitlines()) == 7
    assert said.err.count("says it holds") == 1
    assert "fewer_than_declared/input.txt says it holds 4 documents" in said.err.replace(": says", " says")
