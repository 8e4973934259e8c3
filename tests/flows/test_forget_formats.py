"""Records are forgotten in files of every make: wide characters, JSON arrays, tables in boxes; what can't be written over in part goes whole."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from flows.cli import app
from warehouse.originals import open_original
from warehouse.sql import run_sql

from .test_forget import find_words

HEAD = ("id", "title", "author", "date", "text")
MAKES = ("wide", "array", "lines", "boxed", "columns")


def make_rows(make: str) -> list[tuple[str, ...]]:
    """Three articles, of which the one in the middle is to be forgotten."""
    return [
        (f"{make}-1", f"Owls counted in the {make} barn", "Bo Dahl", "2025-01-03", f"The owls of the {make} barn were counted and there were nine."),
        (f"{make}-2", f"Secret of the {make} bakers", "Quilla Vane", "2025-01-02", f"The {make} bakers met in secret at Quarrel Bridge."),
        (f"{make}-3", f"Clock stops in the {make} tower", "Sam Hale", "2025-01-04", f"The clock of the {make} tower stopped at noon."),
    ]


def write_table(make: str) -> str:
    """The rows as CSV."""
    return "\n".join(",".join(row) for row in (HEAD, *make_rows(make))) + "\n"


def say(*words: object) -> Result:
    """Run a command."""
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of one file of each make, from which the same request has removed one article each."""
    folder: Path = tmp_path_factory.mktemp("makes")
    inbox = folder / "inbox"
    inbox.mkdir()
    (inbox / "wide.csv").write_bytes(b"\xff\xfe" + write_table("wide").encode("utf-16-le"))
    (inbox / "array.json").write_text(json.dumps([dict(zip(HEAD, row, strict=True)) for row in make_rows("array")], indent=1), "utf-8")
    (inbox / "lines.jsonl").write_text("".join(json.dumps(dict(zip(HEAD, row, strict=True))) + "\n" for row in make_rows("lines")), "utf-8")
    with zipfile.ZipFile(inbox / "box.zip", "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("inner/boxed.csv", write_table("boxed"))
    pq.write_table(pa.table(dict(zip(HEAD, map(list, zip(*make_rows("columns"), strict=True)), strict=True))), inbox / "columns.parquet")
    assert say("ingest", "--direct", inbox, "--lake", folder / "news.lake").exit_code == 0
    with run_sql(folder / "news.lake", "SELECT count(*) FROM articles") as result:
        assert next(result.rows()) == (15,)
    request = ("forget", "--where", "headline LIKE 'Secret of%'", "--yes", "--lake", folder / "news.lake")
    refused = say(*request)
    assert (refused.exit_code, "columns.parquet: 2 other records lie in it" in refused.stderr) == (2, True), refused.stderr
    assert "--drop-originals removes such originals whole" in refused.stderr
    assert find_words(folder / "news.lake", ("Quilla Vane",)) == {"Quilla Vane"}
    done = say(*request, "--drop-originals")
    assert (done.exit_code, "FAILED" in done.stdout) == (0, False), done.output
    return folder / "news.lake"


def test_no_byte_says_it_any_more(lake: Path) -> None:
    """Not in one-byte nor in two-byte letters, in no file, packed or not; and every law of the lake holds, its originals read again."""
    words = ("Quilla Vane", "Quarrel Bridge", "Secret of the")
    assert find_words(lake, words) == set()
    assert find_words(lake, tuple(word.encode("utf-16-le").decode("latin-1") for word in words)) == set()
    said = say("verify", "--files", "--lake", lake)
    assert (said.exit_code, "FAILED" in said.stdout) == (0, False), said.stdout


@pytest.mark.parametrize("make", MAKES)
def test_the_others_stay_and_can_be_read_again(lake: Path, make: str) -> None:
    """Where they lay, from the original as it is kept now; but for the make of which no part can be written over."""
    query = f"""SELECT a.headline, f.sha256, a.byte_start, a.byte_end, f.encoding FROM articles a JOIN files f USING (file_id)
                WHERE record_id LIKE '{make}-%' ORDER BY 1"""
    with run_sql(lake, query) as result:
        rows = list(result.rows())
    assert [row[0] for row in rows] == [f"Clock stops in the {make} tower", f"Owls counted in the {make} barn"]
    if make == "columns":
        assert [path.suffix for path in (lake / "originals" / rows[0][1][:2]).glob(f"{rows[0][1]}*")] == [".gone"]
        return
    for headline, sha256, start, end, encoding in rows:
        with open_original(lake, sha256) as kept:
            assert headline in kept.read()[start:end].decode(encoding)


def test_the_ledger_says_what_became_of_each(lake: Path) -> None:
    """A row for each record and for the box, without a word of what it said."""
    with run_sql(lake, "SELECT fate, filler, count(*) FROM forgotten GROUP BY ALL ORDER BY ALL") as result:
        assert list(result.rows()) == [("container", None, 1), ("landed", "spaces", 4), ("landed", None, 1)]
