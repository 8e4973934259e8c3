"""Nothing of a file is unaccounted for: spans of records and declared gaps tile it, whole or cut anywhere, in every format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from flows.discover import Discovery, Input
from flows.leaves import Box, Leaf, Trouble, open_leaves
from flows.read import open_reading
from flows.settings import IngestConfig, read_houses
from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reason, Reject

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.suffix != ".sh")
GIVEN = ROOT / "../shared/corpus/formats"
CUTS = 12
"""Places at which each example is cut here; bench/fuzz.py --cuts tries them all."""


def read_leaves(path: Path) -> Iterator[tuple[str, list[Item], int]]:
    """Each member of a file that is read: its name, its items, and the bytes that came out of it."""
    config = IngestConfig(paths=[str(path)])
    for leaf in open_leaves(Discovery((Input(path, path.name),), (), ()), config, read_houses(config)):
        if isinstance(leaf, Leaf):
            with open_reading(cast(BinaryIO, leaf.stream), leaf.hints) as reading:
                items = list(reading.items)
                yield leaf.shown, items, reading.count_bytes()
        else:
            assert isinstance(leaf, (Box, Trouble))


def check_spans(items: list[Item], size: int, shown: str) -> None:
    """One after the other, from the first byte to the last; numbers from 1 without a hole."""
    at = number = 0
    for item in items:
        assert item.byte_start == at, shown
        assert item.byte_end >= at, shown
        at = item.byte_end
        if not isinstance(item, Gap):
            number += 1
            assert item.number == number, shown
        if isinstance(item, Damaged):
            assert item.reason != Reason.READER_DIED, item.detail
    assert at == size, shown


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_spans_tile_every_example(path: Path) -> None:
    """Through the door that runs use, in its own process where the format asks for one."""
    leaves = list(read_leaves(path))
    assert leaves
    for shown, items, size in leaves:
        check_spans(items, size, shown)
        assert any(isinstance(item, (Record, Damaged)) for item in items), shown


def test_spans_tile_every_file_of_the_corpus() -> None:
    """Of formats that others have written."""
    if not GIVEN.exists():
        pytest.skip("the corpus of formats is not beside this repository")
    count = 0
    for path in sorted(path for path in GIVEN.rglob("*") if path.is_file() and path.suffix != ".md"):
        try:
            leaves = list(read_leaves(path))
        except Reject as no:
            assert no.detail, path
            continue
        for shown, items, size in leaves:
            check_spans(items, size, shown)
            count += 1
    assert count > 50


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_spans_tile_an_example_cut_anywhere(path: Path, tmp_path: Path) -> None:
    """Its bytes are records, damage or gaps, or it is refused with a message."""
    data = path.read_bytes()
    part = tmp_path / path.name
    for n in range(1, CUTS + 1):
        size = len(data) * n // (CUTS + 1)
        part.write_bytes(data[:size])
        try:
            for shown, items, count in read_leaves(part):
                check_spans(items, count, f"{shown} cut at {size}")
        except Reject as no:
            assert no.detail
