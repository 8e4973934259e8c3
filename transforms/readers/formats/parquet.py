"""Parquet files whose rows hold articles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

MAGIC = b"PAR1"
ENCRYPTED = b"PARE"


def recognise(head: bytes, name: str) -> str | None:
    """A Parquet file opens with PAR1 and data behind it that is no text."""
    if head.startswith((MAGIC, ENCRYPTED)) and len(head) > 12 and min(head[4:64]) < 9:
        return "it opens as a Parquet file"
    return None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record a row; each row's span is its share of its row group."""
    from transforms.readers.arrow_rows import read_parquet

    return read_parquet(stream, hints)


def list_cells(stream: BinaryIO) -> Iterator[list[str]]:
    """The names of the columns, then the values of every row."""
    from transforms.readers.arrow_rows import list_parquet
    from transforms.readers.grid import show_cells

    return show_cells(list_parquet(stream))


FORMAT = Format(
    "parquet", "Parquet table", recognise, read, endings=("parquet", "pq"), is_binary=True, needs_seek=True, list_cells=list_cells, is_fragile=True,
)
