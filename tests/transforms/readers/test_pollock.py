"""The published pollutions of delimited files, on tables of our own (bench/pollock.py): how well they are read, and that nothing is lost."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

EVERY = 31
"""Of the files with one polluted row; prime to the number of files a row."""


@pytest.fixture(scope="module")
def pollock() -> ModuleType:
    """The benchmark."""
    spec = importlib.util.spec_from_file_location("pollock_bench", Path(__file__).parents[3] / "bench" / "pollock.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("table", ["shop", "desk"])
@pytest.mark.parametrize("seed", [7, 8])
def test_the_score_is_above_the_best_published(pollock: ModuleType, table: str, seed: int) -> None:
    """9.961 simple with hints, 9.599 weighted; here without any."""
    score = pollock.score_table(table, EVERY, seed)
    assert score.simple >= 9.96
    assert score.weighted >= 9.90


@pytest.mark.parametrize("table", ["shop", "desk"])
def test_no_row_is_lost(pollock: ModuleType, table: str) -> None:
    """Above the score: every row of every file leaves its longest cell in some row that is read."""
    lines = pollock.TABLES[table](7)
    for polluted in (*pollock.pollute_file(lines), *pollock.pollute_rows(lines, EVERY)):
        read = pollock.read_back(polluted.data)
        assert read is not None, polluted.name
        assert pollock.find_lost(polluted.truth, read) == 0, polluted.name
    assert pollock.find_lost([["a", "bc"]], [["a"]]) == 1


def test_the_measure_is_ten_for_the_truth_and_less_for_anything_else(pollock: ModuleType) -> None:
    """What is compared counts."""
    truth = [["a", "b"], ["1", "x"], ["2", "y"]]
    assert pollock.measure(truth, truth) == pytest.approx(10)
    assert pollock.measure(truth, [["a", "b"], ["2", "y"], ["1", "x"]]) == pytest.approx(10)
    assert pollock.measure(truth, None) == 0
    assert pollock.measure(truth, truth[:2]) < 10
    assert pollock.measure(truth, [["a", "c"], *truth[1:]]) < 10
    assert pollock.measure(truth, [*truth, ["3", "z"]]) < 10


DELIMITERS = [",", ";", "\t", "|", ":", "~", "^", "\x1f", "\x01", "||", "::", "~|~", "\t\t", ", ", "; ", " | ", "\\t"]


@pytest.mark.parametrize("delimiter", DELIMITERS, ids=repr)
@pytest.mark.parametrize(("quote", "newline", "encoding"), [
    ('"', "\r\n", "utf-8"), ('"', "\n", "utf-16"), ('"', "\r", "utf-8-sig"), ("'", "\n", "utf-8"), ("'", "\r\n", "utf-16-be"), ('"', "\n", "cp1252"),
])
def test_any_dialect_is_told_and_read_to_the_letter(pollock: ModuleType, delimiter: str, quote: str, newline: str, encoding: str) -> None:
    """Cells in quotes where they must be; the same table whatever it is printed in."""
    lines = [
        [cell.text.replace('"', "”").replace("'", "’").replace("council", "Rathausplatz, grün") for cell in line.cells] for line in pollock.make_desk(9)
    ]
    stops = (delimiter, delimiter[0]) if delimiter.strip() else (delimiter,)
    text = "".join(
        delimiter.join(f"{quote}{cell}{quote}" if any(stop in cell for stop in stops) else cell for cell in row) + newline for row in lines
    )
    assert pollock.read_back(text.encode(encoding)) == lines


def test_half_the_rows_end_with_another_line_end(pollock: ModuleType) -> None:
    """Mixed line ends are line ends all the same."""
    lines = pollock.make_desk(9)
    mixed = [line._replace(end="\n" if n % 2 else "\r\n") for n, line in enumerate(lines)]
    assert pollock.read_back(pollock.print_file(mixed)) == pollock.show(lines)
