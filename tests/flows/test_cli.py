"""The command line: what goes where, and what each exit code means."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows import stages
from flows.problems import ExitCode
from transforms.article import parse_article
from transforms.model import Article
from warehouse.lake import open_lake
from warehouse.sql import run_sql

Command = Callable[..., Any]
ROOT = Path(__file__).parents[2]
COMMANDS = ("ingest", "parse", "rows", "sniff", "sql", "show", "explain", "report", "rules", "runs", "correct", "verify", "serve", "quarantine")


def query(lake: Path | str, statement: str) -> list[tuple[Any, ...]]:
    """Rows of a SELECT over a lake."""
    with run_sql(lake, statement) as result:
        return list(result.rows())


def spoil_first_wire(*args: Any, **kwargs: Any) -> Article:
    """The article, but for record w-1 without its first block, which a critical check finds."""
    article = parse_article(*args, **kwargs)
    return article._replace(blocks=article.blocks[1:]) if article.record.record_id == "w-1" else article


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(copydesk: Command, command: str) -> None:
    """Help names the command and says in a sentence what it does."""
    said = copydesk(command, "--help")
    assert said.code == 0
    assert f"{command} " in said.out
    assert said.err == ""


def test_help_imports_nothing_heavy() -> None:
    """What makes help slow is what is imported for it."""
    code = "import sys; from flows.cli import app; app(['--help'], standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"prefect", "duckdb", "pyarrow", "great_expectations", "pandas", "numpy", "pydantic", "lxml", "rich"}
    assert not heavy & set(done.stderr.split())


def test_ingest_lands_and_speaks_on_standard_error(ingest: Command, inbox: Path) -> None:
    """Everything landed or set aside, exit code 0, nothing on standard output."""
    said = ingest(inbox)
    assert (said.code, said.out) == (ExitCode.LANDED, "")
    assert "5 of 6 records landed, 1 set aside" in said.err
    assert query("news.lake", "SELECT count(*) FROM articles") == [(5,)]
    assert query("news.lake", "SELECT records_in, landed, quarantined, duplicates, is_conserved FROM files ORDER BY path") == [
        (1, 1, 0, 0, True), (3, 2, 1, 0, True), (2, 2, 0, 0, True),
    ]


def test_ingest_again_lands_nothing_and_says_so(ingest: Command, inbox: Path) -> None:
    """The same inbox twice is the same lake."""
    ingest(inbox)
    before = query("news.lake", "SELECT * FROM landed.articles ORDER BY ALL")
    said = ingest(inbox)
    assert said.code == ExitCode.LANDED
    assert "all 3 files had landed before" in said.err
    assert query("news.lake", "SELECT * FROM landed.articles ORDER BY ALL") == before
    assert query("news.lake", "SELECT count(*) FROM batches") == [(1,)]


def test_a_repeat_in_another_file_is_a_duplicate_and_other_text_a_version(ingest: Command, inbox: Path) -> None:
    """Same id and text: set apart. Same id, other text: version 2, and `articles` shows it."""
    ingest("--source", "wire", inbox)
    (inbox / "more.jsonl").write_text(
        '{"id": "w-1", "document": "Clock stops\\n\\nBy Sam Hale\\n\\nThe clock stopped at noon."}\n'
        '{"id": "w-2", "document": "Clock starts\\n\\nBy Sam Hale\\n\\nThe clock started at two."}\n'
        '{"id": "w-2", "document": "Clock starts\\n\\nBy Sam Hale\\n\\nThe clock started at two."}\n', "utf-8",
    )
    said = ingest("--source", "wire", inbox)
    assert said.code == ExitCode.LANDED
    assert query("news.lake", "SELECT landed, duplicates FROM files WHERE path LIKE '%more%'") == [(1, 2)]
    assert query("news.lake", "SELECT version, body FROM articles WHERE record_id = 'w-2'") == [(2, "The clock started at two.")]
    assert query("news.lake", "SELECT kind, record_no FROM duplicates ORDER BY record_no") == [("record", 1), ("record", 3)]


def test_too_much_set_aside_is_exit_code_1(copydesk: Command, inbox: Path) -> None:
    """One of six is above the tenth that is allowed by default; what could be read has landed."""
    said = copydesk("ingest", "--direct", inbox)
    assert said.code == ExitCode.DOUBTFUL
    assert query("news.lake", "SELECT count(*) FROM articles") == [(5,)]


def test_a_failed_critical_check_sets_the_record_aside(ingest: Command, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows of the record stay out, and the record stands in quarantine with the check's name; exit code 1."""
    monkeypatch.setattr(stages, "parse_article", spoil_first_wire)
    said = ingest(inbox)
    assert said.code == ExitCode.DOUBTFUL
    ((article_id, stage, reason, expectation, raw),) = query(
        "news.lake", "SELECT article_id, stage, reason, expectation, raw FROM quarantine WHERE record_id = 'w-1'")
    assert (stage, reason) == ("validate", "expectation")
    assert "tile" in expectation
    assert raw.startswith("Clock stops")
    for table in ("articles", "blocks", "contributors"):
        assert query("news.lake", f"SELECT count(*) FROM landed.{table} WHERE article_id = '{article_id}'") == [(0,)]
    assert ingest(inbox).code == ExitCode.LANDED


@pytest.mark.parametrize(("words", "hint"), [
    (("ingest",), "PATH"),
    (("ingest", "--direct", "nowhere"), "nowhere: not there"),
    (("ingest", "--direct", "--workers", "0", "."), "--workers"),
    (("ingest", "--direct", "--timezone", "Mars/Base", "."), "Europe/Berlin"),
    (("ingest", "--direct", "--encoding", "utf-9", "."), "utf-8"),
    (("ingest", "--direct", "--profile", "none.toml", "."), "none.toml"),
    (("ingest", "--nonsense", "."), "--nonsense"),
    (("sql", "SELECT 1"), "holds no lake"),
    (("show", "abc"), "holds no lake"),
    (("nonsense",), "nonsense"),
])
def test_usage_is_exit_code_2_with_advice(copydesk: Command, words: tuple[str, ...], hint: str) -> None:
    """The message names what was given and what would do."""
    said = copydesk(*words)
    assert said.code == ExitCode.USAGE
    assert hint in said.err
    assert "Traceback" not in said.err


def test_a_setting_of_the_environment_is_named(copydesk: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """COPYDESK_WORKERS=many is answered with its name."""
    monkeypatch.setenv("COPYDESK_WORKERS", "many")
    said = copydesk("runs")
    assert said.code == ExitCode.USAGE
    assert "COPYDESK_WORKERS" in said.err


def test_a_file_that_cannot_be_read_is_exit_code_3(ingest: Command, inbox: Path) -> None:
    """The rest lands; the file is on record once, however often it is tried."""
    (inbox / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    said = ingest(inbox, "gone.txt")
    assert said.code == ExitCode.FILES_FAILED
    assert "picture.txt: this is a PNG image" in said.err
    assert "gone.txt: not there" in said.err
    assert ingest(inbox).code == ExitCode.FILES_FAILED
    assert query("news.lake", "SELECT count(*) FROM articles") == [(5,)]
    assert query("news.lake", "SELECT path, message IS NOT NULL FROM files WHERE status = 'failed' ORDER BY path") == [
        (str(inbox / "picture.txt"), True), ("gone.txt", True)]


def test_a_locked_lake_is_exit_code_4(ingest: Command, inbox: Path) -> None:
    """The message names the holder."""
    with open_lake("news.lake"):
        said = ingest(inbox)
    assert said.code == ExitCode.LOCKED
    assert "process" in said.err


def test_a_bug_is_exit_code_5_with_its_traceback_in_a_file(ingest: Command, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal gets one message; the file has the trace and the record's place."""
    def break_down(*_args: Any, **_kwargs: Any) -> Article:
        raise KeyError("oops")

    monkeypatch.setattr(stages, "parse_article", break_down)
    said = ingest("--lake", "news.lake", inbox)
    assert said.code == ExitCode.BUG
    assert "a bug in copydesk" in said.err
    assert "Traceback" not in said.err
    (trace,) = Path("news.lake/reports").glob("bug-*.txt")
    assert str(trace) in said.err
    assert "record 1 (line 1" in trace.read_text("utf-8")
    monkeypatch.undo()


def test_parse_prints_one_object_a_record_in_order(copydesk: Command, inbox: Path) -> None:
    """Set aside or not, each record has its line."""
    said = copydesk("parse", inbox)
    found = [json.loads(line) for line in said.out.splitlines()]
    assert said.code == 0
    assert [(Path(o["source"]).name, o["record"], o["status"]) for o in found] == [
        ("story.txt", 1, "ok"), ("table.csv", 1, "ok"), ("table.csv", 2, "ok"), ("table.csv", 3, "quarantined"), ("wire.jsonl", 1, "ok"),
        ("wire.jsonl", 2, "ok"),
    ]
    assert found[0]["dateline"]["text"].startswith("LAGOS, Jan. 2")
    assert not Path("news.lake").exists()


def test_parse_with_workers_prints_the_same(copydesk: Command, inbox: Path) -> None:
    """Processes change nothing but the time. Run from outside, since workers import the program afresh."""
    alone = copydesk("parse", inbox).out
    done = subprocess.run([sys.executable, "-c", "from flows.cli import main; main()", "parse", "--workers", "2", str(inbox)],
                          capture_output=True, check=True, cwd=ROOT)
    assert done.stdout.decode("utf-8") == alone


def test_parse_of_a_file_that_cannot_be_read_is_one_record(copydesk: Command, tmp_path: Path) -> None:
    """It stands in its place in the output, set aside as a whole."""
    (tmp_path / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    said = copydesk("parse", "picture.txt")
    assert said.code == ExitCode.FILES_FAILED
    assert [(o["status"], o["reason"]) for o in map(json.loads, said.out.splitlines())] == [("quarantined", "binary")]


def test_rows_prints_cells(copydesk: Command, inbox: Path) -> None:
    """The header first, then each row as it was seen, short ones too."""
    said = copydesk("rows", inbox / "table.csv")
    rows = [json.loads(line) for line in said.out.splitlines()]
    assert rows[0] == ["id", "title", "author", "date", "text"]
    assert rows[1][4] == "The bakers walked out on Tuesday, in the rain."
    assert rows[3] == ["A-3", "Too few"]


def test_sniff_says_how_files_are_read(copydesk: Command, inbox: Path) -> None:
    """One object a file."""
    found = [json.loads(line) for line in copydesk("sniff", inbox).out.splitlines()]
    assert [o["format"] for o in found] == ["text", "delimited", "jsonl"]


@pytest.mark.parametrize(("layout", "start"), [
    ("json", "["), ("jsonl", '{"n":5}'), ("csv", "n"), ("markdown", "| n"), ("table", " n"),
])
def test_sql_prints_rows(ingest: Command, copydesk: Command, inbox: Path, layout: str, start: str) -> None:
    """In every layout, on standard output."""
    ingest(inbox)
    said = copydesk("sql", "SELECT count(*) AS n FROM articles", "--format", layout)
    assert said.code == 0
    assert said.out.startswith(start)
    assert "5" in said.out


def test_sql_that_writes_is_refused(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """Exit code 2, with what is allowed."""
    ingest(inbox)
    said = copydesk("sql", "DROP VIEW articles")
    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert "SELECT" in said.err


def test_show_marks_what_was_read(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """Taking the marks out again gives the very text of the file."""
    ingest(inbox)
    ((article_id,),) = query("news.lake", "SELECT article_id FROM articles WHERE headline LIKE 'Ferry%'")
    said = copydesk("show", article_id[:9])
    assert said.code == 0
    text = said.out.split("\n\n", 1)[1]
    assert "[headline: Ferry late again in Brindle Bay]" in text
    assert "[author: Jane Roe]" in text
    assert "[dateline: [place: LAGOS]" in text
    bare = re.sub(r"\]\{[^}]*\}", "", re.sub(r"\[[a-z_]+: ", "", text))
    assert bare.startswith((inbox / "story.txt").read_text("utf-8").rstrip("\n"))


def test_show_finds_an_article_by_the_records_own_id(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """Record ids are what people have at hand."""
    ingest(inbox)
    assert "Clock [headline" not in copydesk("show", "w-2").out
    assert "[headline: Clock starts]" in copydesk("show", "w-2").out
    assert copydesk("show", "w-3").code == ExitCode.USAGE


def test_report_names_the_page(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """The path on standard output, the verdict beside it; `latest` leads to the same page."""
    ingest(inbox)
    said = copydesk("report")
    page = Path(said.out.strip())
    assert page.read_text("utf-8").lstrip().startswith("<!doctype html>")
    assert page.samefile("news.lake/reports/latest/index.html")
    assert "5 of 6 records landed" in said.err
    assert json.loads((page.parent / "report.json").read_text("utf-8"))["conservation"]["is_conserved"] is True
    assert "Too few" in json.loads((page.parent / "quarantine.jsonl").read_text("utf-8"))["raw"]
    assert copydesk("report", "20000101T000000-000000").code == ExitCode.USAGE


def test_quarantine_is_listed_and_exported(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """The list says where and why; the export has the record itself."""
    ingest(inbox)
    assert "field_count" in copydesk("quarantine", "list").out
    (row,) = map(json.loads, copydesk("quarantine", "export").out.splitlines())
    assert (row["record_no"], row["line"], row["reason"]) == (3, 4, "field_count")
    assert "A-3,Too few" in row["raw"]


def test_replay_lands_what_can_be_read_now(ingest: Command, copydesk: Command, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set aside by a rule that was wrong, landed once it is right, and only once; what can't be read stays."""
    with monkeypatch.context() as patch:
        patch.setattr(stages, "parse_article", spoil_first_wire)
        ingest(inbox)
    said = copydesk("quarantine", "replay")
    assert said.code == 0, said.err
    assert "Of 2 records that were set aside, 1 landed, 1 stays." in said.err
    assert query("news.lake", "SELECT headline, record_no, version FROM articles WHERE record_id = 'w-1'") == [("Clock stops", 1, 1)]
    assert [row["reason"] for row in map(json.loads, copydesk("quarantine", "export").out.splitlines())] == ["field_count"]
    assert "Of 1 record that was set aside, 1 stays." in copydesk("quarantine", "replay").err
    verified = copydesk("verify")
    assert verified.code == 0, verified.out


def test_runs_are_listed_latest_first(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """One line a run."""
    ingest(inbox)
    ingest(inbox)
    listed = [json.loads(line) for line in copydesk("runs", "--format", "jsonl").out.splitlines()]
    assert [row["landed"] for row in listed] == [0, 5]


def test_verify_passes_on_a_sound_lake_and_fails_on_a_damaged_one(ingest: Command, copydesk: Command, inbox: Path) -> None:
    """An original that was tampered with is named."""
    ingest(inbox)
    sound = copydesk("verify")
    assert sound.code == 0, sound.out
    kept = min(Path("news.lake/originals").rglob("*.zst"))
    kept.write_bytes(kept.read_bytes()[:-8] + bytes(8))
    damaged = copydesk("verify")
    assert damaged.code == ExitCode.DOUBTFUL
    assert kept.stem in damaged.out


def test_a_reader_that_goes_away_is_no_error(inbox: Path) -> None:
    """`copydesk parse | head` ends without a word."""
    (inbox / "big.jsonl").write_text("".join(f'{{"id": "{n}", "document": "Clock {n}\\n\\nIt stopped."}}\n' for n in range(3000)), "utf-8")
    with subprocess.Popen([sys.executable, "-c", "from flows.cli import main; main()", "parse", str(inbox)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141
