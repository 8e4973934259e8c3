"""Corrections in a run: landed, recorded, and a run that fails by the entry's name when one no longer matches."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.problems import ExitCode, Problem
from flows.runners import Inline
from flows.settings import build_config
from warehouse.sql import run_sql

Command = Callable[..., Any]
ENTRY = """
[[correction]]
name = "{name}"
record = "{record}"
column = "headline"
was = "{was}"
now = "Clock stands still"
why = "The desk says so."
"""


def query(statement: str) -> list[tuple[Any, ...]]:
    """Rows of a SELECT over the lake."""
    with run_sql("news.lake", statement) as result:
        return list(result.rows())


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a corrections file with one entry."""
    def write_entry(name: str = "clock", record: str = "w-1", was: str = "Clock stops", path: str = "ours.toml") -> Path:
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(ENTRY.format(name=name, record=record, was=was), "utf-8")
        return file

    return write_entry


def test_a_value_is_corrected_and_the_lake_says_by_which_entry(ingest: Command, copydesk: Command, inbox: Path, write: Callable[..., Path]) -> None:
    """The column holds the right value, the warning and the table tell of it, and `show` and `parse` do too."""
    assert ingest("--corrections", write(), inbox).code == ExitCode.LANDED
    assert query("SELECT headline, warnings FROM articles WHERE record_id = 'w-1'") == [("Clock stands still", ["corrected"])]
    assert query("SELECT a.record_id, c.column_name, c.was, c.now, c.why, c.entry FROM corrections c JOIN articles a USING (article_id)") == [
        ("w-1", "headline", "Clock stops", "Clock stands still", "The desk says so.", "clock")]
    assert "headline: Clock stops -> Clock stands still (clock: The desk says so.)" in copydesk("show", "w-1").out
    said = copydesk("parse", "--corrections", "ours.toml", inbox / "wire.jsonl")
    assert [json.loads(line)["headline"] for line in said.out.splitlines()] == ["Clock stands still", "Clock starts"]


def test_an_entry_that_no_longer_matches_fails_the_run_by_its_name(ingest: Command, copydesk: Command, inbox: Path, write: Callable[..., Path]) -> None:
    """Nothing of its batch lands; once the entry is put right, the same command lands all."""
    write(was="Clock halts")
    for said in (ingest("--corrections", "ours.toml", inbox), copydesk("parse", "--corrections", "ours.toml", inbox)):
        assert said.code == ExitCode.USAGE
        assert "the correction 'clock' no longer matches: headline of record w-1 is read as 'Clock stops', not as 'Clock halts'" in said.err
        assert "bug" not in said.err
    assert query("SELECT count(*) FROM articles") == [(0,)]
    write()
    assert ingest("--corrections", "ours.toml", inbox).code == ExitCode.LANDED
    assert query("SELECT count(*) FROM articles") == [(5,)]


def test_the_same_through_processes_and_through_a_runner(inbox: Path, write: Callable[..., Path], tmp_path: Path) -> None:
    """What Prefect runs is this function with another runner; a Problem crosses processes with its message."""
    from flows.ingest import ingest as run_pipeline
    from flows.runners import Processes

    config = build_config(paths=[str(inbox)], lake=str(tmp_path / "news.lake"), corrections=str(write(was="Clock halts")))
    with Processes(2) as pool:
        for runner in (Inline(), pool):
            with pytest.raises(Problem, match="the correction 'clock' no longer matches") as told:
                run_pipeline(config, runner, is_quiet=True)
            assert told.value.code == ExitCode.USAGE


def test_an_entry_for_a_record_that_is_not_there_is_no_error(ingest: Command, inbox: Path, write: Callable[..., Path]) -> None:
    """One file serves many inboxes."""
    assert ingest("--corrections", write(record="w-99"), inbox).code == ExitCode.LANDED
    assert query("SELECT count(*) FROM corrections") == [(0,)]


def test_found_by_the_environment_and_in_the_folder_of_profiles(
    ingest: Command, inbox: Path, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The folder's corrections.toml is no profile."""
    monkeypatch.setenv("COPYDESK_CORRECTIONS", str(write()))
    write(name="second", record="w-2", was="Clock starts", path="houses/corrections.toml")
    assert ingest("--profiles", "houses", inbox).code == ExitCode.LANDED
    assert query("SELECT entry FROM corrections ORDER BY entry") == [("clock",), ("second",)]


@pytest.mark.parametrize(("text", "told"), [
    ("[[correction", "ours.toml: the corrections are not TOML"),
    ("[[correction]]\nrecord = 'w-1'", "ours.toml: entry 1 lacks column, was, now, why"),
    (None, "ours.toml: the corrections can't be read: No such file or directory; --corrections (or COPYDESK_CORRECTIONS)"),
])
def test_a_file_that_can_not_be_used_is_a_usage_error(ingest: Command, inbox: Path, text: str | None, told: str) -> None:
    """Said before anything is read."""
    if text is not None:
        Path("ours.toml").write_text(text, "utf-8")
    said = ingest("--corrections", "ours.toml", inbox)
    assert said.code == ExitCode.USAGE
    assert told in said.err
    assert not Path("news.lake").exists()


def test_what_has_landed_is_put_right_as_its_next_version(ingest: Command, copydesk: Command, inbox: Path, write: Callable[..., Path]) -> None:
    """Once, from the kept original; the version that was read wrongly stays, and the lake holds together."""
    ingest(inbox)
    (inbox / "wire.jsonl").unlink()
    write()
    assert copydesk("correct").err.endswith("name a file with --corrections (or COPYDESK_CORRECTIONS)\n")
    said = copydesk("correct", "--corrections", "ours.toml")
    assert said.code == ExitCode.LANDED
    assert "Of 1 landed articles that corrections name, 1 were put right" in said.err
    assert query("SELECT version, headline FROM article_versions WHERE record_id = 'w-1' ORDER BY version") == [
        (1, "Clock stops"), (2, "Clock stands still")]
    assert query("SELECT count(*) FROM articles") == [(5,)]
    assert query("SELECT entry, version FROM corrections") == [("clock", 2)]
    assert "nothing to do" in copydesk("correct", "--corrections", "ours.toml").err
    assert copydesk("verify").code == 0
    assert ingest("--corrections", "ours.toml", inbox).code == ExitCode.LANDED
    assert query("SELECT count(*) FROM article_versions") == [(6,)]


def test_an_entry_that_does_not_match_what_has_landed_is_told_by_name(ingest: Command, copydesk: Command, inbox: Path, write: Callable[..., Path]) -> None:
    """And nothing lands."""
    ingest(inbox)
    write(was="Clock halts")
    said = copydesk("correct", "--corrections", "ours.toml")
    assert said.code == ExitCode.USAGE
    assert "the correction 'clock' no longer matches" in said.err
    assert query("SELECT count(*) FROM article_versions") == [(5,)]
