"""Rows that have no bytes of their own: in a workbook, a Parquet or an Arrow file the bytes of many rows lie mixed or packed together.

Such a row's span is its share of the stretch in which it lies (a sheet, a row group, a batch), by its place among the rows: so spans still tile
the file, each record's is told from its neighbour's, and a batch of records is as large as the bytes that it takes. Where a stretch has fewer
bytes than rows, some spans are empty; then the number of the record tells it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple

import orjson

from transforms.model import Damaged, Gap, Item
from transforms.outcome import Reason, Reject
from transforms.readers.columns import Plan, Spot
from transforms.readers.compression import FREE
from transforms.readers.encoding import decode_mixed
from transforms.readers.jsonl import Read, lay_out_object
from transforms.readers.story import Unreadable

CHUNK = 1 << 20
RAW = 10_000
ROW_WEIGHT = 64
DEEPEST = 50


class Stretch(NamedTuple):
    """Bytes of a file that hold some rows together."""

    start: int
    end: int
    rows: int

    def share(self, at: int) -> tuple[int, int]:
        """The span of a row, counted from 0.

        >>> [Stretch(100, 110, 3).share(n) for n in range(3)]
        [(100, 103), (103, 106), (106, 110)]
        """
        size = self.end - self.start
        return self.start + size * at // self.rows, self.start + size * (at + 1) // self.rows


class Quota:
    """What may come out of a file, so that a few bytes don't hold the rows of a year."""

    def __init__(self, size: int, ratio: int) -> None:
        self._left = max(FREE, ratio * size)
        self._ratio = ratio

    def take(self, values: Sequence[Any]) -> None:
        """A row came out. Raises Reject when it is one too many."""
        self._left -= ROW_WEIGHT + sum(len(value) for value in values if isinstance(value, str | bytes | list | dict))
        if self._left < 0:
            raise Reject(
                Reason.TOO_LONG,
                f"more than {self._ratio} times the file's size has come out of it, as only a bomb does; "
                "if the file is to be trusted, raise COPYDESK_MAX_RATIO",
            )


class Numbering:
    """Records so far, and rows of the sheet or file so far."""

    def __init__(self) -> None:
        self.number = 0
        self.line = 0

    def lay_out_row(self, plan: Plan, names: Sequence[str], values: Sequence[Any], span: tuple[int, int]) -> Item:
        """The item of a row of values: a record, damage, or a gap where nothing stands in any cell."""
        if all(value in (None, "") or (isinstance(value, str) and value.isspace()) for value in values):
            return Gap("blank", *span)
        self.number += 1
        printed, is_mixed = print_values(values)
        row = dict(zip(names, printed, strict=True))
        warnings = ("mixed_encoding",) if is_mixed else ()
        record = lay_out_object(plan, Read(row, warnings, True), Spot(self.number, *span, self.line), b"")
        if isinstance(record, Unreadable):
            detail = record.detail.replace("no key holds", "no column holds").replace("(keys:", "(columns:")
            return Damaged(self.number, *span, self.line, record.reason, f"row {self.line}: {detail}", show_row(row))
        return record

    def break_off(self, start: int, end: int, reason: Reason, detail: str, raw: str = "") -> Damaged:
        """The rest of a stretch that can't be read."""
        self.number += 1
        return Damaged(self.number, start, end, self.line, reason.value, detail, raw[:RAW])


def show_row(row: dict[str, Any]) -> str:
    """A row as JSON, cut short."""
    try:
        return orjson.dumps(row).decode()[:RAW]
    except orjson.JSONEncodeError:
        return str(row)[:RAW]


def print_values(values: Sequence[Any]) -> tuple[list[Any], bool]:
    """Values as JSON can hold them, and whether bytes among them were not all UTF-8.

    >>> print_values([dt.date(2025, 1, 2), 12.0, 0.5, True, b"caf\\xe9", None])
    (['2025-01-02', '12', '0.5', True, 'café', None], True)
    """
    printed: list[Any] = []
    is_mixed = False
    for value in values:
        if isinstance(value, bytes):
            value, mixed = print_bytes(value)
            is_mixed = is_mixed or mixed
            printed.append(value)
        else:
            printed.append(value if value is None or isinstance(value, str) else print_value(value))
    return printed, is_mixed


def print_value(value: Any, depth: int = 0) -> Any:
    """A value as JSON can hold it: numbers, days and times as they are written, lists and structures with what is in them."""
    match value:
        case None | str() | bool():
            return value
        case int():
            return value if -(1 << 63) <= value < 1 << 64 else str(value)
        case float():
            if value != value:
                return None
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case bytes():
            return print_bytes(value)[0]
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case list() | tuple() if depth < DEEPEST:
            return [print_value(item, depth + 1) for item in value]
        case dict() if depth < DEEPEST:
            return {str(key): print_value(item, depth + 1) for key, item in value.items()}
    return str(value)


def print_bytes(value: bytes) -> tuple[str, bool]:
    """Bytes as text where they are text, else as hexadecimal digits; and whether they were in another encoding than UTF-8."""
    if b"\0" in value:
        return value.hex(), False
    try:
        decoded = decode_mixed(value)
    except UnicodeDecodeError:
        return value.hex(), False
    return decoded.text, decoded.is_mixed


def name_once(names: Sequence[str]) -> list[str]:
    """Column names of which each stands once: the second `text` becomes `text (2)`.

    >>> name_once(["id", "text", "text"])
    ['id', 'text', 'text (2)']
    """
    found: dict[str, None] = {}
    for name in names:
        own, count = name, 1
        while own in found:
            count += 1
            own = f"{name} ({count})"
        found[own] = None
    return list(found)


def open_seekable(stream: BinaryIO, most: int) -> BinaryIO:
    """A stream that can be read in any order: itself, or where it can't, a copy in memory. Raises Reject when that would be too large."""
    if stream.seekable():
        return stream
    parts: list[bytes] = []
    size = 0
    while data := stream.read(CHUNK):
        parts.append(data)
        size += len(data)
        if size > most:
            raise Reject(Reason.TOO_LONG, f"it is larger than {most:,} bytes and is read from a stream; name the file itself")
    return io.BytesIO(b"".join(parts))


def measure(stream: BinaryIO) -> int:
    """Bytes of a stream that can be read in any order; it stands at its beginning then."""
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    return size


def show_cells(rows: Iterator[Sequence[Any]]) -> Iterator[list[str]]:
    """Rows of values as rows of cells."""
    for row in rows:
        printed, _ = print_values(row)
        yield ["" if value is None else value if isinstance(value, str) else orjson.dumps(value).decode() for value in printed]
