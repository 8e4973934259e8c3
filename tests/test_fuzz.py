"""The making of broken inputs (bench/fuzz.py): the same number makes the same input, and what breaks a law is found."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from transforms.model import Damaged, Record
from transforms.readers.found import Found

ROOT = Path(__file__).parents[1]
LINES = [f'{{"title": "Ferry {n}", "text": "Ferry {n} was late."}}\n'.encode() for n in range(4)]


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    """The program."""
    spec = importlib.util.spec_from_file_location("fuzz_bench", ROOT / "bench" / "fuzz.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def read_lines(data: bytes) -> list[Record]:
    """A record a line, as a good reader would have it."""
    items: list[Record] = []
    at = 0
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        items.append(Record(number, at, at + len(line), number, line.decode()))
        at += len(line)
    return items


def make_seed(fuzz: ModuleType) -> object:
    """A good file of four records."""
    data = b"".join(LINES)
    return fuzz.Seed(Path("a.jsonl"), data, Found("jsonl", "utf-8", 1.0), tuple(read_lines(data)))


def test_a_number_makes_one_input_and_hardly_any_is_the_file_itself(fuzz: ModuleType) -> None:
    """Else none could be made again, or nothing would be tried."""
    seed = make_seed(fuzz)
    made = [fuzz.make_input("jsonl", number, [seed]).data for number in range(200)]
    assert made == [fuzz.make_input("jsonl", number, [seed]).data for number in range(200)]
    assert len(set(made)) > 150
    assert sum(data == b"".join(LINES) for data in made) < 20


def test_items_that_do_not_tile_are_found(fuzz: ModuleType) -> None:
    """A hole, an overlap, an end too early, and text that can't be stored."""
    data = b"".join(LINES)
    items = read_lines(data)
    assert fuzz.judge_items(items, len(data)) is None
    assert "does not go on" in fuzz.judge_items([*items[:1], *items[2:]], len(data))
    assert "does not go on" in fuzz.judge_items([items[0]._replace(byte_end=9), *items[1:]], len(data))
    assert "items end at byte" in fuzz.judge_items(items[:-1], len(data))
    assert "can't be stored" in fuzz.judge_items([items[0]._replace(document="\ud800"), *items[1:]], len(data))


def test_a_neighbour_that_is_lost_is_found(fuzz: ModuleType) -> None:
    """One before the change, and in a format of lines one behind it; the record that was changed may be lost."""
    seed = make_seed(fuzz)
    changed = LINES[0] + LINES[1] + b"{" + LINES[2] + LINES[3]
    items = read_lines(changed)
    as_damaged = [Damaged(i.number, i.byte_start, i.byte_end, 1, "bad_json", "", "") for i in items]
    assert fuzz.find_lost(seed, [*items[:2], as_damaged[2], items[3]], changed) is None
    assert "record 1 " in fuzz.find_lost(seed, [as_damaged[0], *items[1:]], changed)
    assert "record 4 " in fuzz.find_lost(seed, [*items[:3], as_damaged[3]], changed)


def test_it_runs_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """In children, a batch at a time."""
    words = [sys.executable, str(ROOT / "bench/fuzz.py"), "--only", "jsonl", "--folder", str(tmp_path), "--count"]
    for count in (8, 12):
        ended = subprocess.run([*words, str(count)], capture_output=True, text=True, timeout=100, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert {reader: done for reader, (done, *_) in json.loads((tmp_path / "state.json").read_text("utf-8")).items()} == {"jsonl": count}
