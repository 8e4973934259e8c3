"""Arrow files and streams (Feather) whose rows hold articles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

FILE, STREAM = b"ARROW1\0\0", b"\xff\xff\xff\xff"
ENDINGS = ("arrow", "arrows", "feather", "ipc")


def recognise(head: bytes, name: str) -> str | None:
    """A file opens with its own mark; a stream with that of a message, which only its name makes sure."""
    if head.startswith(FILE):
        return "it opens as an Arrow file"
    if head.startswith(STREAM) and name.casefold().endswith(tuple(f".{ending}" for ending in ENDINGS)):
        return "its name, and it opens as an Arrow stream"
    return None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record a row; each row's span is its share of its batch."""
    from transforms.readers.arrow_rows import read_arrow

    return read_arrow(stream, hints)


def list_cells(stream: BinaryIO) -> Iterator[list[str]]:
    """The names of the columns, then the values of every row."""
    from transforms.readers.arrow_rows import list_arrow
    from transforms.readers.grid import show_cells

    return show_cells(list_arrow(stream))


FORMAT = Format(
    "arrow", "Arrow table", recognise, read, aliases=("feather",), endings=ENDINGS, is_binary=True, list_cells=list_cells, is_fragile=True,
)
