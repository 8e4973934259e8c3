"""Reading bytes in one call, and the law that every reader keeps. Fixtures hand out plain functions."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from transforms.model import Damaged, Gap, Item, Record
from transforms.readers.compression import decompress, read_head
from transforms.readers.found import Found, Hints
from transforms.readers.records import read_cells, read_records
from transforms.readers.sniff import sniff
from transforms.readers.window import LIMIT

NO_HINTS = Hints()


def read_bytes(data: bytes, hints: Hints = NO_HINTS, limit: int = LIMIT, found: Found | None = None) -> list[Item]:
    """The items of a file, checked to tile it."""
    stream, _ = decompress(io.BytesIO(data))
    found = found or sniff(read_head(stream), hints)
    items = list(read_records(stream, found, hints, limit))
    whole, _ = decompress(io.BytesIO(data))
    check_spans(items, len(whole.read()))
    return items


def show_cells(data: bytes, hints: Hints = NO_HINTS) -> list[list[str]]:
    """The rows of a file as its reader sees them."""
    stream, _ = decompress(io.BytesIO(data))
    return list(read_cells(stream, sniff(read_head(stream), hints)))


def check_spans(items: list[Item], size: int) -> None:
    """Items in order tile the file; records and damaged records are numbered from 1 without a hole."""
    at = 0
    for item in items:
        assert item.byte_start == at, f"hole or overlap before {item!r}"
        assert item.byte_end >= item.byte_start
        at = item.byte_end
    assert at == size
    assert [item.number for item in items if not isinstance(item, Gap)] == list(range(1, 1 + sum(not isinstance(i, Gap) for i in items)))
    for item in items:
        if isinstance(item, Record):
            for field in item.fields:
                assert 0 <= field.start < field.end <= len(item.document)
            item.document.encode()


def pick_records(items: list[Item]) -> list[Record]:
    """The records among items."""
    return [item for item in items if isinstance(item, Record)]


def pick_damaged(items: list[Item]) -> list[Damaged]:
    """The damaged records among items."""
    return [item for item in items if isinstance(item, Damaged)]


def show_fields(record: Record) -> dict[str, str]:
    """The laid-out columns of a record."""
    return {field.column: record.document[field.start : field.end] for field in record.fields}


@pytest.fixture(scope="session")
def read() -> Callable[..., list[Item]]:
    """Items of some bytes."""
    return read_bytes


@pytest.fixture(scope="session")
def cells() -> Callable[..., list[list[str]]]:
    """Rows of some bytes."""
    return show_cells


@pytest.fixture(scope="session")
def check_tiling() -> Callable[[list[Item], int], None]:
    """The law that items tile their file."""
    return check_spans


@pytest.fixture(scope="session")
def records() -> Callable[[list[Item]], list[Record]]:
    """Records among items."""
    return pick_records


@pytest.fixture(scope="session")
def damaged() -> Callable[[list[Item]], list[Damaged]]:
    """Damaged records among items."""
    return pick_damaged


@pytest.fixture(scope="session")
def texts() -> Callable[[Record], dict[str, str]]:
    """Laid-out columns of a record."""
    return show_fields
