"""The quarantine as a workflow: what waits, where its bytes are, what to do, tried again once, and on record."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from expectations.batch import list_cross
from expectations.contract import CONTRACTED, derive_contract
from expectations.remedies import load_remedies, suggest
from expectations.report import guard_cell
from expectations.run import list_run_checks
from flows import stages
from flows.problems import ExitCode
from tests.flows.conftest import TABLE
from tests.flows.test_cli import query, spoil_first_wire
from transforms.outcome import Reason

Command = Callable[..., Any]
FIXED = TABLE.replace("A-3,Too few", 'A-3,Moths seen,Cy Poe,2025-01-04,"The moths were seen on Friday, near the quay."')
ROW = "A-3,Too few\n"


def read_lines(text: str) -> list[dict[str, Any]]:
    """Objects of JSON Lines."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def set_aside(ingest: Command, inbox: Path) -> Path:
    """The inbox, ingested, with one row too short."""
    ingest(inbox)
    return inbox


def test_the_list_says_where_and_what_to_do(copydesk: Command, set_aside: Path) -> None:
    """A row's name, file:line:byte, reason and severity, and a suggestion."""
    (row,) = read_lines(copydesk("quarantine", "list", "--format", "jsonl").out)
    assert row["location"] == f"{set_aside / 'table.csv'}:4:193"
    assert (row["reason"], row["severity"], row["expectation"]) == ("field_count", "critical", None)
    assert row["suggestion"] == load_remedies()["reason"]["field_count"]
    assert read_lines(copydesk("quarantine", "list", "--reason", "empty", "--format", "jsonl").out) == []
    assert read_lines(copydesk("quarantine", "list", "--reason", "field_count", "--format", "jsonl").out) == [row]
    printed = copydesk("quarantine", "list").out
    assert row["row"] in printed
    assert printed.endswith(f"\nfield_count: {row['suggestion']}\n"), "whole, below the table"


def test_show_prints_the_original_bytes(copydesk: Command, set_aside: Path) -> None:
    """By row, by file and line; raw, nothing but the bytes."""
    (row,) = read_lines(copydesk("quarantine", "list", "--format", "jsonl").out)
    for name in (row["row"], "table.csv:4", row["location"], f"{set_aside / 'table.csv'}:4"):
        said = copydesk("quarantine", "show", name)
        assert said.code == 0, said.err
        assert said.out.endswith(f"\n\n{ROW}")
        assert "what to do  Quote the cells" in said.out
        assert "stage  read" in said.out
    assert copydesk("quarantine", "show", row["row"], "--raw").out == ROW
    missing = copydesk("quarantine", "show", "table.csv:5")
    assert (missing.code, "no record table.csv:5 was set aside" in missing.err) == (ExitCode.USAGE, True)


def test_a_hostile_record_cannot_rewrite_the_screen(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """Control characters are spelt out, on the list as in show."""
    (inbox / "table.csv").write_text('id,title,author,date,text\n\x1b[2J\x1b]0;owned\x07,x\n', "utf-8")
    ingest(inbox)
    (row,) = read_lines(copydesk("quarantine", "list", "--format", "jsonl").out)
    assert "\x1b" not in copydesk("quarantine", "show", row["row"]).out
    assert "\\x1b[2J" in copydesk("quarantine", "show", row["row"]).out


def test_a_corrected_file_settles_what_it_corrects_once(copydesk: Command, set_aside: Path) -> None:
    """The row that could not be read is known by its number, its neighbours as repeats; given again, it changes nothing."""
    fixed = set_aside.parent / "fixed.csv"
    fixed.write_text(FIXED, "utf-8")
    said = copydesk("quarantine", "replay", "--with", fixed)
    assert said.code == 0, said.err
    assert "1 record landed, 2 had landed before; 1 record that was set aside is settled" in said.err
    assert query("news.lake", "SELECT headline FROM articles WHERE record_id = 'A-3'") == [("Moths seen",)]
    assert read_lines(copydesk("quarantine", "list", "--format", "jsonl").out) == []
    (row,) = read_lines(copydesk("quarantine", "list", "--all", "--format", "jsonl").out)
    assert row["state"] == "landed"
    assert "landed, with file" in copydesk("quarantine", "show", row["row"]).out
    again = copydesk("quarantine", "replay", "--with", fixed)
    assert "no record landed; nothing that was set aside is settled" in again.err
    assert query("news.lake", "SELECT count(*) FROM landed.articles") == [(6,)]
    assert query("news.lake", "SELECT count(*) FROM replays") == [(1,)]
    assert copydesk("verify").code == 0


def test_a_corrected_record_settles_the_row_that_is_named(copydesk: Command, set_aside: Path) -> None:
    """One record for one row; as many rows as records, or nothing lands."""
    (row,) = read_lines(copydesk("quarantine", "list", "--format", "jsonl").out)
    one = set_aside.parent / "one.txt"
    one.write_text("Moths seen\n\nBy Cy Poe\n\nThe moths were seen on Friday, near the quay.\n", "utf-8")
    two = set_aside.parent / "two.csv"
    two.write_text(FIXED, "utf-8")
    wrong = copydesk("quarantine", "replay", row["row"], "--with", two)
    assert (wrong.code, "holds 3 records; 1 row named" in wrong.err) == (ExitCode.USAGE, True)
    assert query("news.lake", "SELECT count(*) FROM files") == [(3,)]
    said = copydesk("quarantine", "replay", "table.csv:4", "--with", one)
    assert said.code == 0, said.err
    assert query("news.lake", "SELECT count(*) FROM waiting") == [(0,)]
    ((outcome, article_id, with_file),) = query("news.lake", "SELECT outcome, article_id, with_file_id FROM replays")
    assert (outcome, [(with_file,)]) == ("landed", query("news.lake", f"SELECT file_id FROM articles WHERE article_id = '{article_id}'"))
    refused = copydesk("quarantine", "replay", row["row"])
    assert (refused.code, "has landed, in run" in refused.err) == (ExitCode.USAGE, True)


def test_a_file_that_corrects_nothing_says_so(copydesk: Command, set_aside: Path) -> None:
    """It lands; which row it was meant for is asked."""
    other = set_aside.parent / "other.txt"
    other.write_text("Moths seen\n\nThe moths were seen.\n", "utf-8")
    said = copydesk("quarantine", "replay", "--with", other)
    assert said.code == ExitCode.DOUBTFUL
    assert "name that: copydesk quarantine replay ROW --with FILE" in said.err
    assert query("news.lake", "SELECT count(*) FROM waiting") == [(1,)]
    missing = copydesk("quarantine", "replay", "--with", "gone.txt")
    assert missing.code != 0
    assert "gone.txt" in missing.err
    assert "bug" not in missing.err


def test_a_later_file_with_the_same_id_settles_it(ingest: Command, copydesk: Command, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supplier sends the record again, put right: nobody need be told of the old one; an earlier version settles nothing."""
    ingest(inbox)
    again = inbox / "again.jsonl"
    with monkeypatch.context() as patch:
        patch.setattr(stages, "parse_article", spoil_first_wire)
        again.write_text('{"id": "w-1", "document": "Clock stops\\n\\nBy Sam Hale\\n\\nThe clock stopped at one."}\n', "utf-8")
        ingest(inbox)
    waiting = "SELECT record_id FROM waiting WHERE record_id IS NOT NULL"
    assert query("news.lake", waiting) == [("w-1",)]
    again.write_text('{"id": "w-1", "document": "Clock stops\\n\\nBy Sam Hale\\n\\nThe clock stopped at two."}\n', "utf-8")
    ingest(inbox)
    assert query("news.lake", waiting) == []
    (row,) = (row for row in read_lines(copydesk("quarantine", "list", "--all", "--format", "jsonl").out) if row["reason"] == "expectation")
    assert (row["state"], row["expectation"]) == ("superseded", "blocks_tile_document")


def test_what_stays_is_on_record_too(copydesk: Command, set_aside: Path) -> None:
    """Every try has its row: the run, the time, the outcome."""
    for _ in range(2):
        assert "Of 1 record that was set aside, 1 stays." in copydesk("quarantine", "replay").err
    assert query("news.lake", "SELECT outcome, reason, count(DISTINCT run_id) FROM replays GROUP BY ALL") == [("stays", "unread", 2)]
    (row,) = read_lines(copydesk("quarantine", "list", "--format", "jsonl").out)
    assert copydesk("quarantine", "show", row["row"]).out.count("stays (unread)") == 2


@pytest.mark.parametrize(("cell", "written"), [
    ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"), ("\rx", "'\rx"),
    ("Clock stops", "Clock stops"), ("'tis", "'tis"), ("", ""), (None, None), (7, 7),
])
def test_no_cell_is_a_formula(cell: object, written: object) -> None:
    """Spreadsheets run what begins so."""
    assert guard_cell(cell) == written


def test_export_in_every_form(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """The same rows: CSV without formulas, JSON Lines and Parquet as they are."""
    (inbox / "table.csv").write_text("id,title,author,date,text\n=cmd|' /C calc'!A0,x\n+2,y\n", "utf-8")
    ingest(inbox)
    lines = read_lines(copydesk("quarantine", "export").out)
    assert [row["raw"] for row in lines] == ["=cmd|' /C calc'!A0,x\n", "+2,y\n"]
    cells = list(csv.DictReader(io.StringIO(copydesk("quarantine", "export", "--format", "csv").out)))
    assert [row["raw"] for row in cells] == ["'=cmd|' /C calc'!A0,x\n", "'+2,y\n"]
    assert not [cell for row in cells for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    said = copydesk("quarantine", "export", "--format", "parquet", "--output", "aside.parquet")
    assert "2 records" in said.err
    assert pq.read_table("aside.parquet").to_pylist() == lines
    copydesk("quarantine", "export", "--format", "csv", "-o", "aside.csv")
    assert len(Path("aside.csv").read_text("utf-8").splitlines()) >= 3
    assert not list(Path().glob(".aside*"))


def test_there_is_a_remedy_for_every_reason_and_check() -> None:
    """Whatever sets a record aside has a line in the table, and the table has no line for anything else."""
    remedies = tomllib.loads((Path(__file__).parents[2] / "expectations" / "remedies.toml").read_text("utf-8"))
    assert remedies["reason"].keys() == {reason.value for reason in Reason}
    assert remedies["check"].keys() == {"declared_records", *(check.name for check in (*list_cross(), *list_run_checks()))}
    general = suggest("expectation", None)
    for table in CONTRACTED:
        for constraint in derive_contract(table):
            assert constraint.severity != "critical" or suggest("expectation", constraint.name) != general
    assert suggest("expectation", "body_has_a_paragraph@Post") == remedies["check"]["body_has_a_paragraph"]
