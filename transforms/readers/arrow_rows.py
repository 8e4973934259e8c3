"""Rows of Parquet and Arrow files, a few at a time, with the bytes of the file in which they lie."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

from transforms.model import Gap, Item
from transforms.outcome import Reason, Reject
from transforms.readers.columns import Plan, plan_columns, require_content
from transforms.readers.compression import name_damage
from transforms.readers.found import Hints
from transforms.readers.grid import Numbering, Quota, Stretch, measure, name_once, open_seekable

ROWS = 500
"""Rows made into Python values at a time."""
CHUNK = 1 << 20
MOST = 1 << 28
"""Bytes of a Parquet file that is read from a stream, and so from memory."""
LARGEST = 1 << 30
"""Bytes of one Arrow batch."""
THRIFT = 1 << 26
MAGIC = b"ARROW1\0\0"
PARQUET = b"PAR1"
FAULTS = (pa.ArrowException, OSError, ValueError, ArithmeticError, LookupError, MemoryError)
"""What the library raises on a file that is not what it says it is."""


class Table(NamedTuple):
    """The columns of a file."""

    names: list[str]
    plan: Plan


def plan_table(names: list[str], given: Mapping[str, str]) -> Table:
    """How rows are laid out. Raises Reject when no column can hold text."""
    own = name_once(names)
    plan = plan_columns(own, given)
    require_content(plan, "column")
    return Table(own, plan)


def list_columns(batch: pa.RecordBatch) -> Iterator[tuple[Any, ...]]:
    """The rows of a batch, as Python values."""
    for at in range(0, batch.num_rows, ROWS):
        part = batch.slice(at, ROWS)
        yield from zip(*(list_values(column) for column in part.columns), strict=True)


def list_values(column: pa.Array) -> list[Any]:
    """The values of a column: where Python has no room for one (a day in the year 200000), or a text is no UTF-8, as text or bytes.

    Times of a zone that nobody knows are given in UTC, as which they are stored.
    """
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    try:
        return list(column.to_pylist())
    except LookupError:
        if not pa.types.is_timestamp(column.type) or column.type.tz == "UTC":
            raise
        return list_values(column.cast(pa.timestamp(column.type.unit, "UTC")))
    except (ValueError, ArithmeticError, pa.ArrowException):
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            return list(column.cast(pa.large_binary()).to_pylist())
        shown = column.cast(pa.string()).to_pylist()
        if pa.types.is_temporal(column.type):
            numbers = column.cast(pa.int64()).to_pylist() if column.type.bit_width == 64 else shown
            return [number if text and text.startswith("<") else text for text, number in zip(shown, numbers, strict=True)]
        return list(shown)


# ------------------------------------------------------------------ Parquet
def open_parquet(raw: BinaryIO) -> pq.ParquetFile:
    """A Parquet file, its footer read. Raises Reject when it is none."""
    try:
        file = pq.ParquetFile(
            pa.PythonFile(raw, "r"), buffer_size=CHUNK, pre_buffer=False, thrift_string_size_limit=THRIFT, thrift_container_size_limit=1_000_000,
        )
        _ = file.schema_arrow.names  # which may be no text
        return file
    except FAULTS as error:
        raise Reject(Reason.FORMAT, f"the Parquet file can't be opened: {first_line(error)}; get the file again") from None


def find_groups(meta: pq.FileMetaData, size: int, footer: int) -> list[Stretch]:
    """The row groups with their shares of the bytes before the footer, by the sizes that it gives them.

    Their very places stand with each column; the library ends the process when it is asked for those of a damaged file.
    """
    groups = [meta.row_group(number) for number in range(meta.num_row_groups)]
    weights = [max(1, group.total_byte_size) for group in groups]
    total = sum(weights)
    start, end = len(PARQUET), max(len(PARQUET), size - footer - 8)
    found: list[Stretch] = []
    passed = 0
    for group, weight in zip(groups, weights, strict=True):
        begin = start + (end - start) * passed // total
        passed += weight
        found.append(Stretch(begin, start + (end - start) * passed // total, max(0, group.num_rows)))
    return found


def read_parquet(stream: BinaryIO, hints: Hints) -> Iterator[Item]:
    """The records of a Parquet file: each row group is a stretch, what lies before and behind them a gap."""
    raw = open_seekable(stream, MOST)
    size = measure(raw)
    file = open_parquet(raw)
    table = plan_table(list(file.schema_arrow.names), hints.columns)
    groups = find_groups(file.metadata, size, file.metadata.serialized_size)
    quota, numbering = Quota(size, hints.ratio), Numbering()
    at = groups[0].start if groups else size
    if at:
        yield Gap("header", 0, at)
    for number, group in enumerate(groups):
        seen = 0
        at = group.start
        if not group.rows and at < group.end:
            yield Gap("blank", at, group.end)
            at = group.end
            continue
        try:
            for batch in file.iter_batches(ROWS, row_groups=[number], use_threads=False):
                for values in list_columns(batch):
                    if seen == group.rows:
                        raise Reject(Reason.FORMAT, f"row group {number + 1} has more rows than the {seen:,} that the file says")
                    quota.take(values)
                    numbering.line += 1
                    span = group.share(seen)
                    item = numbering.lay_out_row(table.plan, table.names, values, span)
                    seen, at = seen + 1, span[1]
                    yield item
            if seen < group.rows:
                raise Reject(Reason.TRUNCATED, f"row group {number + 1} ends behind {seen:,} of its {group.rows:,} rows; get the file again")
        except Reject as no:
            if no.reason == Reason.TOO_LONG:
                yield numbering.break_off(at, size, no.reason, no.detail)
                return
            yield numbering.break_off(at, group.end, no.reason, no.detail)
        except FAULTS as error:
            detail = f"row group {number + 1} can't be read behind its row {seen:,}: {first_line(error)}; get the file again"
            yield numbering.break_off(at, group.end, Reason.FORMAT, detail)
        at = group.end
    if at < size:
        yield Gap("footer", at, size)


def list_parquet(stream: BinaryIO) -> Iterator[tuple[Any, ...]]:
    """The header and the rows of a Parquet file."""
    file = open_parquet(open_seekable(stream, MOST))
    yield tuple(file.schema_arrow.names)
    try:
        for batch in file.iter_batches(ROWS, use_threads=False):
            yield from list_columns(batch)
    except FAULTS as error:
        raise Reject(Reason.FORMAT, f"the Parquet file can't be read to its end: {first_line(error)}") from None


# ------------------------------------------------------------------ Arrow
class Tape(io.RawIOBase):
    """An Arrow file as it passes, with its place, and with a bound on what is asked for at once."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self.stream = stream
        self.at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The place."""
        return self.at

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes. Raises ValueError when one batch is too large to be held."""
        if size > LARGEST:
            raise ValueError(f"a batch of {size:,} bytes; write the file with smaller batches")
        parts: list[bytes] = []
        while size and (data := self.stream.read(CHUNK if size < 0 else min(CHUNK, size))):
            parts.append(data)
            self.at += len(data)
            size -= len(data) if size > 0 else 0
        return b"".join(parts)

    def drain(self) -> None:
        """Go to the end."""
        while data := self.stream.read(CHUNK):
            self.at += len(data)


def open_arrow(tape: Tape, magic: bytes) -> ipc.RecordBatchStreamReader:
    """An Arrow file or stream, its schema read: a file is a stream between two marks, with an index behind it."""
    try:
        if magic == MAGIC:
            tape.read(len(MAGIC))
        reader = ipc.open_stream(tape)
        _ = reader.schema.names  # which may be no text
        return reader
    except FAULTS as error:
        raise Reject(Reason.FORMAT, f"the Arrow file can't be opened: {name_damage(tape.stream) or first_line(error)}; get the file again") from None


def read_arrow(stream: BinaryIO, hints: Hints) -> Iterator[Item]:
    """The records of an Arrow file or stream: each batch is a stretch, schema and index are gaps."""
    tape = Tape(stream)
    magic = stream.peek(8)[:8]  # type: ignore[attr-defined]
    reader = open_arrow(tape, magic)
    table = plan_table(list(reader.schema.names), hints.columns)
    numbering = Numbering()
    yield Gap("header", 0, tape.at)
    at, number = tape.at, 0
    while True:
        number += 1
        fault: str | None = None
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            break
        except FAULTS as error:
            fault = f"batch {number} can't be read: {name_damage(stream) or first_line(error)}; get the file again"
        if fault:
            tape.drain()
            yield numbering.break_off(at, tape.at, Reason.TRUNCATED, fault)
            return
        stretch = Stretch(at, tape.at, batch.num_rows)
        quota = Quota(tape.at - at, hints.ratio)
        if not batch.num_rows:
            yield Gap("blank", at, tape.at)
        try:
            batch.validate(full=True)
            for seen, values in enumerate(list_columns(batch)):
                quota.take(values)
                numbering.line += 1
                span = stretch.share(seen)
                item = numbering.lay_out_row(table.plan, table.names, values, span)
                at = span[1]
                yield item
        except (Reject, *FAULTS) as error:
            detail = error.detail if isinstance(error, Reject) else f"batch {number} can't be read: {first_line(error)}; get the file again"
            yield numbering.break_off(at, stretch.end, Reason.FORMAT, detail)
        at = stretch.end
    tape.drain()
    if at < tape.at:
        yield Gap("footer", at, tape.at)


def list_arrow(stream: BinaryIO) -> Iterator[tuple[Any, ...]]:
    """The header and the rows of an Arrow file."""
    reader = open_arrow(Tape(stream), stream.peek(8)[:8])  # type: ignore[attr-defined]
    yield tuple(reader.schema.names)
    try:
        for batch in reader:
            yield from list_columns(batch)
    except FAULTS as error:
        raise Reject(Reason.FORMAT, f"the Arrow file can't be read to its end: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """The first line of what a library said, cut short."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
