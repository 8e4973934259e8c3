"""How work is cut into batches: bounded, complete, and the same again after any interruption."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.plan import RECORD_WEIGHT, Batch, Opened, cut_batches
from transforms.model import Gap, Item, Record

FILES = st.lists(st.lists(st.integers(1, 900), max_size=6), max_size=6)
LIMITS = st.integers(1, 4000)


def read_file(sizes: list[int]) -> Iterator[Item]:
    """A file with a header of ten bytes and records of the given sizes."""
    yield Gap("header", 0, 10)
    at = 10
    for number, size in enumerate(sizes, 1):
        yield Record(number, at, at + size, number + 1, "x")
        at += size


def open_files(files: list[list[int]], done: frozenset[str] = frozenset(), settled: dict[str, int] | None = None) -> Iterator[Opened]:
    """The files that have not landed, as a run opens them."""
    for number, sizes in enumerate(files):
        file_id = f"{number:016x}"
        if file_id not in done:
            yield Opened(file_id, read_file(sizes), (settled or {}).get(file_id, 0))


@given(FILES, LIMITS)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_every_record_is_in_one_batch_and_every_file_ends_once(files: list[list[int]], limit: int) -> None:
    """Nothing is lost or doubled, and order is kept."""
    batches = list(cut_batches(open_files(files), limit=limit))
    assert [(e.file_id, e.item.number) for b in batches for e in b.entries] == [
        (f"{n:016x}", number) for n, sizes in enumerate(files) for number in range(1, len(sizes) + 1)
    ]
    ends = [end for b in batches for end in b.ends]
    assert [(end.file_id, end.records_in, end.read_bytes, end.break_at) for end in ends] == [
        (f"{n:016x}", len(sizes), 10 + sum(sizes), None) for n, sizes in enumerate(files)
    ]
    assert [b.number for b in batches] == list(range(1, len(batches) + 1))


@given(FILES, LIMITS)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_a_batch_is_bounded_and_never_mixes_a_part_of_a_file_with_another(files: list[list[int]], limit: int) -> None:
    """More than the limit only for one record that is larger; a slice of a big file stands alone."""
    counts = {f"{n:016x}": len(sizes) for n, sizes in enumerate(files)}
    for batch in cut_batches(open_files(files), limit=limit):
        weight = batch.bytes_in + RECORD_WEIGHT * len(batch.entries)
        assert weight <= limit or len(batch.entries) == 1
        inside = {e.file_id for e in batch.entries}
        whole = {end.file_id for end in batch.ends if sum(e.file_id == end.file_id for e in batch.entries) == counts[end.file_id]}
        assert inside <= whole or len(inside | {end.file_id for end in batch.ends}) == 1


@given(FILES, LIMITS, st.integers(0, 30))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_what_is_left_after_an_interruption_is_cut_the_same_way(files: list[list[int]], limit: int, committed: int) -> None:
    """Killed after any batch, the next run makes the very batches that were missing."""
    batches = list(cut_batches(open_files(files), limit=limit))
    before, missing = batches[:committed], batches[committed:]
    done = frozenset(end.file_id for b in before for end in b.ends)
    settled: dict[str, int] = {}
    for file_id in (e.file_id for b in before for e in b.entries if e.file_id not in done):
        settled[file_id] = settled.get(file_id, 0) + 1
    again = list(cut_batches(open_files(files, done, settled), limit=limit))
    assert [ids(b) for b in again] == [ids(b) for b in missing]


def ids(batch: Batch) -> tuple[str, list[str], list[int]]:
    """What makes a batch the same."""
    return batch.batch_id, [end.file_id for end in batch.ends], [e.item.number for e in batch.entries]


def test_a_hole_between_spans_is_found() -> None:
    """The first byte that nobody accounts for is named."""
    items = [Record(1, 0, 10, 1, "x"), Record(2, 12, 20, 2, "x")]
    (batch,) = cut_batches([Opened("0" * 16, items)], limit=10_000)
    assert batch.ends[0].break_at == 10


def test_bytes_behind_the_last_record_are_found() -> None:
    """A reader that stops early does not go unnoticed."""
    (batch,) = cut_batches([Opened("0" * 16, [Record(1, 0, 10, 1, "x")], 0, lambda: 15)], limit=10_000)
    assert batch.ends[0].break_at == 10
