"""Cut the work into batches: whole small files together, or a slice of one big file, bounded in bytes.

A batch never joins a part of a file with another file. So what is left after any commit is cut the same way by the next run, and a run
that was killed goes on as if it had not been.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from transforms.model import PARSER_VERSION, Damaged, Gap, Item, Record

RECORD_WEIGHT = 256
"""Counted on top of a record's bytes, so that a batch of tiny records stays small too."""


class Entry(NamedTuple):
    """A record, or a stretch that should have been one, and the file it is from."""

    file_id: str
    item: Record | Damaged


class FileEnd(NamedTuple):
    """What reading a file to its end has shown."""

    file_id: str
    records_in: int
    gaps: tuple[tuple[str, int], ...]
    """Bytes between records by kind, sorted."""
    read_bytes: int
    break_at: int | None
    """First byte at which the spans of records and gaps do not tile the file; None when they do."""
    settled: int
    """Records at its beginning that an earlier run has committed."""
    declared: int | None = None
    """Records that the file itself says it holds; None when it does not say."""


class Batch(NamedTuple):
    """The work of one task and one commit."""

    batch_id: str
    number: int
    """From 1 in its run."""
    entries: tuple[Entry, ...]
    ends: tuple[FileEnd, ...]
    """Files whose last record is in this batch."""
    bytes_in: int


class Opened(NamedTuple):
    """A file ready to be read: its items, and how many of its records an earlier run has settled."""

    file_id: str
    items: Iterable[Item]
    settled: int = 0
    """Records are committed in their order, so these are the first ones."""
    count_bytes: Callable[[], int] | None = None
    """Decompressed bytes read, asked when the items have ended."""


class _Tally:
    """What is counted while a file's items pass."""

    def __init__(self) -> None:
        self.records_in = 0
        self.at = 0
        self.gaps: Counter[str] = Counter()
        self.break_at: int | None = None
        self.declared: int | None = None

    def count(self, start: int, end: int) -> None:
        if start != self.at and self.break_at is None:
            self.break_at = self.at
        if end > self.at:
            self.at = end

    def close(self, file: Opened) -> FileEnd:
        read_bytes = file.count_bytes() if file.count_bytes else self.at
        if read_bytes != self.at and self.break_at is None:
            self.break_at = self.at
        return FileEnd(file.file_id, self.records_in, tuple(sorted(self.gaps.items())), read_bytes, self.break_at, file.settled, self.declared)


def cut_batches(files: Iterable[Opened], *, limit: int) -> Iterator[Batch]:
    """Batches of at most `limit` bytes, or of one record that is larger than that.

    >>> record = Record(1, 0, 400, 1, 'Rain in Ankara')
    >>> files = [Opened(f'{n:016}', [record._replace(byte_end=size)]) for n, size in enumerate((400, 400, 900))]
    >>> [[end.file_id[-1] for end in batch.ends] for batch in cut_batches(files, limit=2000)]
    [['0', '1'], ['2']]
    """
    entries: list[Entry] = []
    ends: list[FileEnd] = []
    weight = number = 0
    for file in files:
        if file.settled and ends:
            number += 1
            yield _seal(number, entries, ends)
            entries, ends, weight = [], [], 0
        start, weight_before, is_sliced = len(entries), weight, False
        tally = _Tally()
        weight += RECORD_WEIGHT
        for item in file.items:
            start_byte, end_byte = item.byte_start, item.byte_end
            tally.count(start_byte, end_byte)
            if isinstance(item, Gap):
                tally.gaps[item.kind] += end_byte - start_byte
                if item.declared is not None:
                    tally.declared = (tally.declared or 0) + item.declared
                continue
            tally.records_in += 1
            if tally.records_in <= file.settled:
                continue
            own = end_byte - start_byte + RECORD_WEIGHT
            if weight + own > limit:
                if ends:
                    number += 1
                    yield _seal(number, entries[:start], ends)
                    entries, ends, weight, start = entries[start:], [], weight - weight_before, 0
                if entries and weight + own > limit:
                    number += 1
                    yield _seal(number, entries, ())
                    entries, weight, is_sliced = [], RECORD_WEIGHT, True
            entries.append(Entry(file.file_id, item))
            weight += own
        ends.append(tally.close(file))
        if is_sliced or file.settled:
            number += 1
            yield _seal(number, entries, ends)
            entries, ends, weight = [], [], 0
    if ends:
        yield _seal(number + 1, entries, ends)


def _seal(number: int, entries: Iterable[Entry], ends: Iterable[FileEnd]) -> Batch:
    entries, ends = tuple(entries), tuple(ends)
    spans, bytes_in = [], 0
    for file_id, item in entries:
        start, end = item.byte_start, item.byte_end
        bytes_in += end - start
        spans.append(f"{file_id} {item.number} {start} {end}")
    spans += [f"{done.file_id} ends {done.records_in}" for done in ends]
    batch_id = hashlib.sha256("\n".join((PARSER_VERSION, *spans)).encode("ascii")).hexdigest()[:16]
    return Batch(batch_id, number, entries, ends, bytes_in)


def phrase_declared(declared: int | None, found: int) -> str:
    """What a file says it holds and what was found in it.

    >>> phrase_declared(100, 40)
    'says it holds 100 documents, and 40 were found: get the file again'
    """
    documents = "1 document" if declared == 1 else f"{declared or 0:,} documents"
    return f"says it holds {documents}, and {found:,} {'was' if found == 1 else 'were'} found: get the file again"
