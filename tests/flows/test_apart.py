"""A reader that crashes, loops or fills the memory costs its file the rest, and no other file anything."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest

from flows import apart, discover
from flows.problems import ExitCode
from flows.read import open_reading
from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reason, Reject
from transforms.readers import formats
from transforms.readers.found import Hints
from warehouse.sql import run_sql

Command = Callable[..., Any]
GOOD = b"Owls counted|There were nine of them on Tuesday.\nClock stops|It stopped at noon on Monday.\n"
LAST = b"Ferry late|The ferry came an hour late.\n"
ENDS = {
    "crash": "died of SIGSEGV (a segmentation fault)", "abort": "died of SIGABRT", "killed": "killed from outside", "leave": "ended with code 7",
    "loop": "made no headway", "circle": "made no headway", "sleep": "made no headway", "memory": "asked for more than 256 MB of memory",
    "bug": "failed with ZeroDivisionError: of 1 by 0 (dangerous_format.py:",
}


@pytest.fixture(autouse=True)
def danger(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The dangerous format among the others, known to the processes that read, and short limits."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    dangerous = import_module("dangerous_format")

    real = formats.load_formats()
    for module in (formats, discover):
        monkeypatch.setattr(module, "load_formats", lambda: (dangerous.FORMAT, *real))
    monkeypatch.setenv("COPYDESK_READER_SECONDS", "0.3")
    monkeypatch.setenv("COPYDESK_READER_MEMORY", str(256 << 20))
    formats.name_formats.cache_clear()
    discover.input_suffixes.cache_clear()
    apart.dismiss_readers()
    yield
    formats.name_formats.cache_clear()
    discover.input_suffixes.cache_clear()
    apart.dismiss_readers()


def read(data: bytes, hints: Hints | None = None, raw: Any = None) -> list[Item]:
    """All items of a file."""
    hints = hints or Hints(name="a.danger", seconds=0.3, memory=256 << 20)
    with open_reading(raw or io.BytesIO(data), hints) as reading:
        return list(reading.items)


@pytest.mark.parametrize("word", ENDS)
def test_the_rest_of_the_file_is_one_damaged_stretch(word: str) -> None:
    """Records before it are kept, the spans tile the file, and the message says what happened, where, and what to do."""
    data = GOOD + word.encode() + b"\n" + LAST
    began = time.monotonic()
    items = read(data)
    assert time.monotonic() - began < 10
    first, second, rest = items
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert isinstance(rest, Damaged)
    assert (rest.number, rest.byte_start, rest.byte_end, rest.line, rest.reason) == (3, len(GOOD), len(data), 3, Reason.READER_DIED)
    assert ENDS[word] in rest.detail
    assert f"behind byte {len(GOOD)}, where record 2 ends" in rest.detail
    assert "; if the file is to be trusted, raise COPYDESK_READER_" in rest.detail or "; look at the file there" in rest.detail
    assert rest.raw == data[len(GOOD):].decode()
    assert [type(item) for item in read(GOOD)] == [Record, Record], "the next file finds a process that is well"


def test_a_death_before_the_first_record_leaves_the_whole_file(tmp_path: Path) -> None:
    """One damaged record from its first byte to its last, longer than what is handed over at once."""
    data = b"crash\n" + b"x" * 1_000_000
    (rest,) = read(data)
    assert isinstance(rest, Damaged)
    assert (rest.number, rest.byte_start, rest.byte_end, rest.line) == (1, 0, len(data), 1)
    assert "on this file" in rest.detail
    assert len(rest.raw) == 10_000


def test_a_refusal_comes_through() -> None:
    """As where the reader runs here, and the process goes on."""
    with pytest.raises(Reject) as no:
        read(b"refuse\n")
    assert (no.value.reason, no.value.detail) == (Reason.FORMAT, "not like this")
    assert len(apart._idle) == 1


def test_what_stops_the_bytes_stops_here() -> None:
    """A stream that is refused while a reader far away asks for it is refused where it is opened."""

    class Broken(io.RawIOBase):
        def __init__(self) -> None:
            super().__init__()
            self.left = 3

        def readable(self) -> bool:
            return True

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            if not self.left:
                raise OSError(5, "the disk is gone")
            return LAST * 20_000

    with pytest.raises(OSError, match="the disk is gone"):
        read(b"", raw=Broken())
    assert [type(item) for item in read(GOOD)] == [Record, Record]


def test_readings_within_each_other_and_left_early() -> None:
    """Each has a process of its own while it lasts; one that is left is ended, and nothing of it reaches the next."""
    hints = Hints(name="a.danger")
    with open_reading(io.BytesIO(GOOD * 3_000), hints) as one:
        next(one.items)
        assert len(read(GOOD)) == 2
        with open_reading(io.BytesIO(LAST), hints) as other:
            assert len(list(other.items)) == 1
        assert len(apart._idle) == 1
        assert sum(1 for _ in one.items) == 5_999
    with open_reading(io.BytesIO(GOOD * 3_000), hints) as one:
        next(one.items)
    assert len(read(GOOD)) == 2
    gc.collect()


def test_spans_tile_a_file_of_several_pieces() -> None:
    """Read across the border as here, byte for byte."""
    data = GOOD * 20_000
    items = read(data)
    assert len(items) == 40_000
    at = 0
    for item in items:
        assert item.byte_start == at
        at = item.byte_end
    assert at == len(data)


def test_a_slow_reader_that_gets_on_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for one record, however long the file takes."""
    assert not any(isinstance(item, (Damaged, Gap)) for item in read(GOOD * 60_000, Hints(name="a.danger", seconds=0.05)))


def test_a_run_lands_the_rest(copydesk: Command, ingest: Command, tmp_path: Path) -> None:
    """What came before it lands too; each file is told by name, with exit code 3, the others land, and the lake adds up."""
    box = tmp_path / "box"
    box.mkdir()
    (box / "a.txt").write_text("Tram runs\n\nThe tram runs again.", "utf-8")
    words = ("crash", "loop", "memory")
    for word in words:
        (box / f"{word}.danger").write_bytes(GOOD.replace(b"nine", word.encode()).replace(b"noon", word.encode()) + word.encode() + b"\n" + LAST)
    (box / "z.danger").write_bytes(LAST)
    said = ingest(box)
    assert said.code == ExitCode.FILES_FAILED
    assert "Traceback" not in said.err
    lines = [line for line in said.err.splitlines() if line.startswith("could not be read to its end: ")]
    for word, line in zip(words, lines, strict=True):
        assert f"{word}.danger: the danger reader" in line
        assert ENDS[word] in line
    with run_sql("news.lake", "SELECT status, landed, quarantined, message IS NOT NULL FROM files ORDER BY path") as result:
        assert list(result.rows()) == [("landed", 1, 0, False), *[("landed", 2, 1, True)] * 3, ("landed", 1, 0, False)]
    assert copydesk("verify").code == 0
    assert ingest(box).code == ExitCode.LANDED


def test_parse_prints_the_rest(copydesk: Command, tmp_path: Path) -> None:
    """One object a record, the stretch that can't be read among them."""
    (tmp_path / "b.danger").write_bytes(GOOD + b"crash\n" + LAST)
    (tmp_path / "c.danger").write_bytes(LAST)
    said = copydesk("parse", "b.danger", "c.danger")
    assert said.code == ExitCode.FILES_FAILED
    assert [orjson.loads(line)["status"] for line in said.out.splitlines()] == ["ok", "ok", "quarantined", "ok"]
    assert "b.danger: the danger reader died of SIGSEGV" in said.err


def test_rows_say_where_they_end(copydesk: Command, tmp_path: Path) -> None:
    """What was read before is printed."""
    (tmp_path / "b.danger").write_bytes(GOOD + b"crash\n" + LAST)
    said = copydesk("rows", "b.danger")
    assert said.code == ExitCode.FILES_FAILED
    assert len(said.out.splitlines()) == 2
    assert "b.danger: the danger reader died of SIGSEGV (a segmentation fault) on this file" in said.err
    assert "2 rows were read" in said.err


def test_no_process_outlives_the_run(tmp_path: Path) -> None:
    """Whether the run ends, or is killed while a reader loops."""
    (tmp_path / "page.html").write_text("<html><h1>Ferry late</h1><p>The ferry came an hour late on Tuesday.</p></html>", "utf-8")
    code = (
        "import io, sys; from flows import apart; from flows.read import open_reading; from transforms.readers.found import Hints\n"
        "with open_reading(open('page.html', 'rb'), Hints()) as reading: print(len(list(reading.items)), apart._idle[0]._process.pid)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60)
    count, pid = ended.stdout.split()
    assert (count, ended.stderr) == ("1", "")
    assert not Path(f"/proc/{pid}").exists()
