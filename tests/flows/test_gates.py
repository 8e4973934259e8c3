"""Gates: what makes a run fail, and runs that are held back until a person has looked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.problems import ExitCode
from warehouse.held import list_held
from warehouse.sql import run_sql

Command = Callable[..., Any]
STRICT = '[checks.few_records_are_set_aside]\nseverity = "critical"\nmost = 0.01\n'


def query(statement: str) -> list[tuple[Any, ...]]:
    """Rows of a SELECT over the lake."""
    with run_sql("news.lake", statement) as result:
        return list(result.rows())


def count_verified(copydesk: Command) -> int:
    """Exit code of a check of the whole lake."""
    return int(copydesk("verify").code)


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    """A profile under which the inbox fails a critical check."""
    path = tmp_path / "strict.toml"
    path.write_text(STRICT, "utf-8")
    return path


@pytest.mark.parametrize(("severity", "fail_on", "code"), [
    ("warning", "critical", ExitCode.LANDED), ("warning", "warning", ExitCode.DOUBTFUL), ("info", "warning", ExitCode.LANDED),
    ("critical", "critical", ExitCode.DOUBTFUL), ("critical", "never", ExitCode.LANDED),
])
def test_fail_on_says_which_checks_matter(ingest: Command, inbox: Path, strict: Path, severity: str, fail_on: str, code: int) -> None:
    """The exit code alone differs: what could land has landed."""
    strict.write_text(STRICT.replace("critical", severity), "utf-8")
    assert ingest("--profile", strict, "--fail-on", fail_on, inbox).code == code
    assert query("SELECT count(*) FROM articles") == [(5,)]
    assert query("SELECT severity, success FROM checks WHERE check_name = 'few_records_are_set_aside'") == [(severity, False)]


def test_never_does_not_hide_files_that_failed(ingest: Command, inbox: Path) -> None:
    """A file that could not be read is more than a failed check."""
    (inbox / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    assert ingest("--fail-on", "never", inbox).code == ExitCode.FILES_FAILED


@pytest.mark.parametrize(("words", "said"), [
    (("--fail-on", "always"), "--fail-on"), (("--expectations", "nowhere"), "no such folder of suites"),
])
def test_a_gate_that_cannot_be_used_is_a_message(ingest: Command, inbox: Path, words: tuple[str, ...], said: str) -> None:
    """Exit code 2, before anything is read."""
    answer = ingest(*words, inbox)
    assert answer.code == ExitCode.USAGE
    assert said in answer.err


def test_a_check_that_does_not_exist_is_named_with_its_like(ingest: Command, inbox: Path, strict: Path) -> None:
    """A slip in a profile would set nothing, silently."""
    strict.write_text("[checks.headline_is_presnt]\nmostly = 0.9\n", "utf-8")
    said = ingest("--profile", strict, inbox)
    assert said.code == ExitCode.USAGE
    assert "[checks.headline_is_presnt]: there is no such check; is headline_is_present meant?" in said.err


def test_a_sound_run_lands_though_it_might_have_been_held(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """Held is only what fails; a repeat within the run is known as one though nothing had landed when it was read."""
    (inbox / "yonder.jsonl").write_text((inbox / "wire.jsonl").read_text("utf-8") + "\n", "utf-8")
    (inbox / "zest.jsonl").write_text('{"id": "w-1", "document": "Clock stops\\n\\nBy Sam Hale\\n\\nThe clock stopped at two."}\n', "utf-8")
    said = ingest("--hold", "--batch-bytes", "300", inbox)
    assert said.code == ExitCode.LANDED, said.err
    assert query("SELECT count(*) FROM articles") == [(5,)]
    assert query("SELECT version FROM articles WHERE record_id = 'w-1'") == [(2,)]
    assert query("SELECT count(*) FROM duplicates") == [(2,)]
    assert not list_held("news.lake")
    assert query("SELECT count(*) FROM quarantine WHERE reason = 'held'") == [(0,)]
    assert count_verified(copydesk) == 0


def hold(ingest: Command, inbox: Path, strict: Path) -> str:
    """A run that is held back; its id."""
    said = ingest("--hold", "--profile", strict, inbox)
    assert said.code == ExitCode.DOUBTFUL
    assert "0 of 6 records landed, 5 held back until copydesk release" in said.err
    (run_id,) = list_held("news.lake")
    return run_id


def test_a_run_that_fails_is_held_and_released_once(ingest: Command, copydesk: Command, inbox: Path, strict: Path) -> None:
    """Quarantine and ledger land, articles do not; the next run sweeps nothing away; released, they land as they were judged."""
    run_id = hold(ingest, inbox, strict)
    assert query("SELECT count(*) FROM landed.articles") == [(0,)]
    assert query("SELECT reason, count(*) FROM waiting GROUP BY 1 ORDER BY 1") == [("field_count", 1), ("held", 5)]
    assert query("SELECT records_in, landed, quarantined FROM runs") == [(6, 0, 6)]
    told = json.loads(Path("news.lake/reports/latest/report.json").read_text("utf-8"))
    assert [(cause["reason"], cause["records"]) for cause in told["causes"]] == [("held", 5), ("field_count", 1)]
    assert count_verified(copydesk) == 0
    assert ingest(inbox).code == ExitCode.LANDED
    (_, first) = (json.loads(line) for line in copydesk("runs", "--format", "jsonl").out.splitlines())
    assert (first["run_id"], first["held"]) == (run_id, 5)
    assert "is held back with its run; copydesk release" in copydesk("quarantine", "replay", "w-1").err
    said = copydesk("release", run_id)
    assert (said.code, "5 records landed." in said.err) == (0, True)
    assert query("SELECT count(*), max(version) FROM landed.articles") == [(5, 1)]
    assert query("SELECT outcome, count(*) FROM replays GROUP BY 1") == [("landed", 5)]
    assert query("SELECT reason FROM waiting") == [("field_count",)]
    again = copydesk("release", run_id)
    assert again.code == ExitCode.USAGE
    assert "no run is held back" in again.err
    assert query("SELECT count(*) FROM landed.articles") == [(5,)]
    assert count_verified(copydesk) == 0


def test_what_landed_meanwhile_is_respected(ingest: Command, copydesk: Command, inbox: Path, strict: Path, tmp_path: Path) -> None:
    """The same text is set apart as a repeat; another text of an article moves its version on."""
    run_id = hold(ingest, inbox, strict)
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "w-1", "document": "Clock stops\\n\\nBy Sam Hale\\n\\nThe clock stopped at noon."}\n'
                     '{"id": "w-2", "document": "Clock starts\\n\\nBy Sam Hale\\n\\nThe clock started at two."}\n', "utf-8")
    assert ingest(other).code == ExitCode.LANDED
    assert "4 records landed, 1 had landed meanwhile" in copydesk("release", run_id).err
    assert query("SELECT version, count(*) FROM landed.articles WHERE record_id IN ('w-1', 'w-2') GROUP BY 1 ORDER BY 1") == [(1, 2), (2, 1)]
    assert query("SELECT body FROM articles WHERE record_id = 'w-2'") == [("The clock started at one.",)]
    assert query("SELECT DISTINCT blocks.version FROM blocks JOIN articles USING (article_id) WHERE record_id = 'w-2'") == [(2,)]
    assert query("SELECT count(*) FROM duplicates") == [(1,)]
    assert query("SELECT outcome, count(*) FROM replays GROUP BY 1 ORDER BY 1") == [("landed", 4), ("repeat", 1)]
    assert count_verified(copydesk) == 0


def test_a_run_is_discarded(ingest: Command, copydesk: Command, inbox: Path, strict: Path) -> None:
    """Its records stay in quarantine, out of the way; one that is named is tried again all the same."""
    run_id = hold(ingest, inbox, strict)
    assert "5 records held back will not land" in copydesk("release", run_id, "--discard").err
    assert not list_held("news.lake")
    assert query("SELECT count(*) FROM landed.articles") == [(0,)]
    assert query("SELECT reason FROM waiting") == [("field_count",)]
    listed = [json.loads(line) for line in copydesk("quarantine", "list", "--all", "--format", "jsonl").out.splitlines()]
    assert sorted(row["state"] for row in listed) == ["discarded"] * 5 + ["waiting"]
    assert copydesk("release", run_id).code == ExitCode.USAGE
    assert "1 landed" in copydesk("quarantine", "replay", "w-1").err
    assert query("SELECT record_id FROM articles") == [("w-1",)]
    assert count_verified(copydesk) == 0
