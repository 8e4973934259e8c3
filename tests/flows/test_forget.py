"""Articles removed on request: gone from every byte of the lake, the others untouched, whatever moment the request was killed at."""

from __future__ import annotations

import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from unittest import mock

import pyarrow.parquet as pq
import pytest
import zstandard

from flows import forget as forgetting
from flows.forget import Request, forget
from flows.settings import build_config
from warehouse import forget as removal
from warehouse.sql import run_sql

from .conftest import Command

SECRET = ("Bakers walk out", "Ann Lee", "in the rain")
WHERE = "headline = 'Bakers walk out'"


def read_bytes(lake: Path) -> Iterator[tuple[Path, bytes]]:
    """What every file of a lake says, unpacked."""
    for path in sorted(lake.rglob("*")):
        if path.is_file() and "latest" not in path.parts:
            data = path.read_bytes()
            yield path, data
            if path.suffix == ".zst":
                yield path, zstandard.ZstdDecompressor().stream_reader(data).read()
            if path.suffix == ".parquet":
                yield path, repr(pq.read_table(path).to_pylist()).encode()


def find_words(lake: Path, words: tuple[str, ...] = SECRET) -> set[str]:
    """Which words any file of a lake still says."""
    return {word for _, data in read_bytes(lake) for word in words if word.encode() in data}


def ask(lake: Path, statement: str) -> list[tuple[object, ...]]:
    """The rows of an answer."""
    with run_sql(lake, statement) as result:
        return list(result.rows())


@pytest.fixture
def lake(inbox: Path, ingest: Command, tmp_path: Path) -> Path:
    """A lake with the inbox, an index, and a box that holds the table once more."""
    with zipfile.ZipFile(inbox / "box.zip", "w") as box:
        box.write(inbox / "table.csv", "table.csv")
    assert ingest(inbox, "--lake", tmp_path / "news.lake").code == 0
    return tmp_path / "news.lake"


def test_it_is_gone_from_every_byte_and_the_rest_stays(lake: Path, inbox: Path, copydesk: Command, ingest: Command) -> None:
    """Tables, originals, the box, the index, old snapshots, reports, the catalog's own statistics; verify holds, and the same files bring nothing back."""
    assert copydesk("index", "--lake", lake, "-q").code == 0
    assert copydesk("compact", "--lake", lake).code == 0
    assert find_words(lake) == set(SECRET)
    others = ask(lake, f"SELECT * EXCLUDE (batch_id) FROM article_versions WHERE NOT ({WHERE}) ORDER BY ALL")
    said = copydesk("forget", "--where", WHERE, "--why", "licence ended", "--yes", "--lake", lake)
    assert (said.code, "FAILED" in said.out) == (0, False), said
    assert "table.csv: 1 records written over, 2 stay" in said.err
    assert "box.zip: removed" in said.err
    assert find_words(lake) == set()
    assert ask(lake, "SELECT * EXCLUDE (batch_id) FROM article_versions ORDER BY ALL") == others
    assert ask(lake, "SELECT fate, why, kept_sha256 IS NULL FROM forgotten ORDER BY fate") == [
        ("container", "licence ended", True), ("landed", "licence ended", False)]
    assert copydesk("verify", "--files", "--lake", lake).code == 0
    assert ingest(inbox, "--lake", lake).code == 0
    assert find_words(lake) == set()
    assert copydesk("verify", "--lake", lake).code == 0


def test_an_original_that_holds_nothing_else_is_removed(lake: Path, copydesk: Command) -> None:
    """And a second request may follow a first one in one file."""
    assert copydesk("forget", "--where", "byline LIKE '%Jane Roe%'", "--yes", "--lake", lake).code == 0
    assert find_words(lake, ("Ferry late again", "Brindle Bay")) == set()
    for record in ("w-1", "w-2"):
        assert copydesk("forget", "--where", f"record_id = '{record}'", "--yes", "--lake", lake).code == 0
    assert find_words(lake, ("Sam Hale", "Clock st")) == set()
    assert copydesk("verify", "--files", "--lake", lake).code == 0


@pytest.mark.parametrize(("words", "message"), [
    (["--where", WHERE], "give --yes"),
    ([], "say which articles with --where"),
    (["--where", "headline = ", "--yes"], "syntax error"),
    (["--where", "true) OR (SELECT 1 FROM read_text('/etc/hosts')", "--yes"], "may not be called here"),
])
def test_a_slip_removes_nothing(lake: Path, copydesk: Command, words: list[str], message: str) -> None:
    """No word from a person, no condition, or one that is none."""
    said = copydesk("forget", *words, "--lake", lake)
    assert said.code == 2
    assert message in said.err
    assert find_words(lake) == set(SECRET)


def test_a_dry_run_removes_nothing(lake: Path, copydesk: Command) -> None:
    """It says what would go."""
    said = copydesk("forget", "--where", WHERE, "--dry-run", "--lake", lake)
    assert (said.code, "Bakers walk out" in said.err) == (0, True)
    assert find_words(lake) == set(SECRET)


def die_at(lake: Path, last: str) -> int:
    """A request that is killed at a step, in a process of its own; how it ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def step(name: str) -> None:
        if name == last:
            os.kill(os.getpid(), signal.SIGKILL)

    with mock.patch.object(forgetting, "take_out", partial(removal.take_out, checkpoint=step)), \
            mock.patch.object(forgetting, "finish_forgetting", partial(removal.finish_forgetting, checkpoint=step)):
        ask_to_forget(lake)
    os._exit(0)


def ask_to_forget(lake: Path) -> int:
    """The request."""
    return forget(lake, Request(WHERE, "on request", True, False, False), build_config(paths=[str(lake)]))


def test_killed_anywhere_and_asked_again_it_is_gone(lake: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At every step, readers see all of the articles or none of those that go; the same request again finishes."""
    import shutil

    count: Callable[[], list[tuple[object, ...]]]
    for last in ("hashed", "committed", "original"):
        copy = tmp_path / "killed" / f"{last}.lake"
        shutil.copytree(lake, copy, symlinks=True)
        assert die_at(copy, last) == -signal.SIGKILL
        count = partial(ask, copy, f"SELECT (SELECT count(*) FROM articles WHERE {WHERE}), (SELECT count(*) FROM forgotten)")
        assert count() in ([(1, 0)], [(0, 2)])
        with mock.patch.object(forgetting, "verify_lake", return_value=0):
            assert ask_to_forget(copy) == 0
        assert (count(), find_words(copy)) == ([(0, 2)], set())
    capsys.readouterr()
