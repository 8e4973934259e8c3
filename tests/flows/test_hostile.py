"""Files that nobody should send and somebody does: each ends in rows or in a message, never in a traceback, and harms no other file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows import intake
from flows.problems import ExitCode
from warehouse.land import keep_original
from warehouse.sql import run_sql

Command = Callable[..., Any]
TEXT = "Clock stops\n\nBy Sam Hale\n\nThe clock stopped at noon."
TABLE = b"id,title,text\n1,Clock stops,It stopped at noon.\n2,Clock starts,It started at one.\n"

# name of the case: file name, bytes, exit code, (landed, set aside) or None when the file fails as a whole
CASES: dict[str, tuple[str, bytes, ExitCode, tuple[int, int] | None]] = {
    "empty": ("a.txt", b"", ExitCode.LANDED, (0, 0)),
    "empty table": ("a.csv", b"", ExitCode.LANDED, (0, 0)),
    "only blanks": ("a.txt", b" \n\t\r\n \n", ExitCode.LANDED, (0, 0)),
    "blanks, packed": ("a.txt.gz", gzip.compress(b"\n\n  \n"), ExitCode.LANDED, (0, 0)),
    "only a header": ("a.csv", b"id,title,text\n", ExitCode.LANDED, (0, 0)),
    "a picture": ("a.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), ExitCode.FILES_FAILED, None),
    "NUL bytes without lines": ("a.txt", bytes(5000), ExitCode.FILES_FAILED, None),
    "a row with a NUL": ("a.csv", TABLE + b"3,Clock\0,It is\0gone.\n", ExitCode.LANDED, (2, 1)),
    "a row in another encoding": (
        "a.csv", b"id,title,text\n" + b"".join(f"{n},Café {n},Noël à midi {n}.\n".encode() for n in range(300)) + b"x,Caf\xe9,No\xebl.\n",
        ExitCode.LANDED, None,
    ),
    "a row too short and one too long": ("a.csv", TABLE + b"3,Clock\n4,Clock,It is,gone,now\n", ExitCode.LANDED, (2, 2)),
    "a quote that is never closed": ("a.csv", TABLE + b'3,Clock,"It is gone.\n', ExitCode.LANDED, (3, 0)),
    "a row cut off within a quoted cell": ("a.csv", TABLE + b'3,Clock,"It is gone', ExitCode.LANDED, (2, 1)),
    "a quote that opens nothing": ("a.csv", TABLE + b'3,"Clock,It is gone.\n4,Clock,It is back.\n', ExitCode.LANDED, (4, 0)),
    "a line that is no JSON": ("a.jsonl", b'{"id":"1","document":"Clock stops\\n\\nAt noon it stopped."}\n{"id":\n[1]\n', ExitCode.LANDED, (1, 2)),
    "half a surrogate pair": ("a.jsonl", b'{"id":"1","document":"Clock \\ud800 stops\\n\\nAt noon it stopped."}\n', ExitCode.LANDED, None),
    "cut off while packed": ("a.csv.gz", gzip.compress(TABLE * 400)[:-20], ExitCode.LANDED, None),
    "deeply nested JSON": ("a.jsonl", b'{"a":' * 3000 + b"1" + b"}" * 3000 + b"\n" + json.dumps({"document": TEXT}).encode() + b"\n",
                           ExitCode.LANDED, (1, 1)),
}


def query(lake: Path | str, statement: str) -> list[tuple[Any, ...]]:
    """Rows of a SELECT over a lake."""
    with run_sql(lake, statement) as result:
        return list(result.rows())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_hostile_file(ingest: Command, copydesk: Command, tmp_path: Path, case: tuple[str, bytes, ExitCode, tuple[int, int] | None]) -> None:
    """The counts are as expected, the other file lands, the lake adds up, and nobody sees a traceback."""
    name, data, code, counts = case
    box = tmp_path / "box"
    box.mkdir()
    (box / name).write_bytes(data)
    (box / "z.txt").write_text("Owls counted\n\nThere were nine of them.", "utf-8")
    said = ingest(box)
    assert said.code == code, said.err
    assert "Traceback" not in said.err
    assert query("news.lake", "SELECT landed FROM files WHERE path LIKE '%z.txt'") == [(1,)]
    ((status, landed, set_aside, message),) = query("news.lake", f"SELECT status, landed, quarantined, message FROM files WHERE path LIKE '%{name}'")
    if code == ExitCode.FILES_FAILED:
        assert status == "failed"
        assert message
        assert name in said.err
    elif counts:
        assert (landed, set_aside) == counts
    verified = copydesk("verify")
    assert verified.code == 0, verified.out


def test_a_long_line_lands(ingest: Command, tmp_path: Path) -> None:
    """A megabyte without a line end is one article, in one piece."""
    (tmp_path / "long.txt").write_text("Clock stops\n\n" + "tick " * 200_000, "utf-8")
    assert ingest("long.txt").code == ExitCode.LANDED
    assert query("news.lake", "SELECT word_count FROM articles") == [(200_000,)]


def test_every_naughty_string_in_every_format_lands_or_is_set_aside(ingest: Command, copydesk: Command, tmp_path: Path) -> None:
    """Strings that break programs, as headline, byline and text."""
    listed = Path(__file__).parents[3] / "shared/corpus/hostile/blns.json"
    if not listed.exists():
        pytest.skip("the list of naughty strings is not beside this repository")
    strings = json.loads(listed.read_text("utf-8"))
    rows = [{"id": str(n), "headline": text, "byline": text, "text": text, "caption": text, "dateline": text} for n, text in enumerate(strings)]
    (tmp_path / "naughty.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    said = ingest("naughty.jsonl")
    assert said.code in (ExitCode.LANDED, ExitCode.DOUBTFUL), said.err
    ((records, total),) = query("news.lake", "SELECT records_in, landed + quarantined + duplicates FROM files")
    assert records == total == len(strings)
    assert copydesk("verify").code == 0


def test_a_file_that_vanishes_is_reported_and_the_rest_lands(ingest: Command, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found in the listing, gone when it is to be kept."""
    real = keep_original

    def lose(lake: Any, path: Path) -> Any:
        if path.name == "story.txt":
            path.unlink()
        return real(lake, path)

    monkeypatch.setattr(intake, "keep_original", lose)
    said = ingest(inbox)
    assert said.code == ExitCode.FILES_FAILED
    assert "story.txt: not there" in said.err
    assert query("news.lake", "SELECT count(*) FROM articles") == [(4,)]


def test_a_file_that_grows_while_it_is_read_waits_for_the_next_run(ingest: Command, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a delivery must not land as a whole one."""
    real = keep_original

    def grow(lake: Any, path: Path) -> Any:
        kept = real(lake, path)
        return kept._replace(changed_while_read="grew") if path.name == "table.csv" else kept

    with monkeypatch.context() as patch:
        patch.setattr(intake, "keep_original", grow)
        said = ingest(inbox)
    assert said.code == ExitCode.FILES_FAILED
    assert "table.csv: it grew while it was read" in said.err
    assert query("news.lake", "SELECT count(*) FROM articles") == [(3,)]
    assert ingest(inbox).code == ExitCode.LANDED
    assert query("news.lake", "SELECT count(*) FROM articles") == [(5,)]


def test_names_nobody_should_give_are_stored_as_they_can_be(ingest: Command, copydesk: Command, tmp_path: Path) -> None:
    """Blanks, line breaks, quotes and pictures in names: read, stored, and found again."""
    box = tmp_path / "box"
    box.mkdir()
    for number, name in enumerate(("a b.txt", "line\nbreak.txt", "🦉.txt", "-rf.txt", "o'hara; drop.txt")):
        (box / name).write_text(TEXT.replace("noon", f"{number} o'clock"), "utf-8")
    said = ingest(box)
    assert said.code == ExitCode.LANDED
    assert query("news.lake", "SELECT count(*), count(DISTINCT path) FROM files WHERE status = 'landed'") == [(5, 5)]
    for (article_id,) in query("news.lake", "SELECT article_id FROM articles"):
        assert copydesk("show", article_id).code == 0
