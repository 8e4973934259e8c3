"""From the bytes of a file to its records: the door to all readers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from transforms.model import Item
from transforms.outcome import Reason, Reject
from transforms.readers import delimited
from transforms.readers.formats import name_formats
from transforms.readers.found import Found, Hints
from transforms.readers.window import LIMIT


class ReaderName(NamedTuple):
    """A reader by the names of its module and of its function: a process that hands its work to another need not import its parser."""

    module: str
    function: str


def name_fragile(found: Found) -> ReaderName | None:
    """The reader of a format whose parser may die of its input or lose itself in it; None for any other format.

    >>> name_fragile(Found("html", "utf-8", 1.0)), name_fragile(Found("text", "utf-8", 1.0))
    (ReaderName(module='transforms.readers.html', function='read_html'), None)
    """
    if found.format == "html":
        return ReaderName("transforms.readers.html", "read_html")
    form = name_formats().get(found.format)
    return ReaderName(form.read.__module__, form.read.__qualname__) if form and form.is_fragile else None


def read_records(stream: BinaryIO, found: Found, hints: Hints = Hints(), limit: int = LIMIT) -> Iterator[Item]:  # noqa: B008
    """Records, damaged records and gaps of a file, in order; their spans tile the decompressed file.

    Raises Reject, before the first item, when the file as a whole can't be read.
    """
    match found.format:
        case "delimited":
            return delimited.read_delimited(stream, found, hints, limit)
        case "text":
            from transforms.readers.text_documents import read_text

            return read_text(stream, found, limit)
        case "jsonl" | "json":
            from transforms.readers.jsonl import read_json

            return read_json(stream, found, hints, limit)
        case "html":
            from transforms.readers.html import read_html

            return read_html(stream, found, hints)
    if form := name_formats().get(found.format):
        return form.read(stream, found, hints, limit)
    raise Reject(Reason.FORMAT, f"no reader for {found.format!r}; `copydesk ingest --help` lists the formats")


def read_cells(stream: BinaryIO, found: Found) -> Iterator[list[str]]:
    """Cells of every row of a delimited file, the header first, as its reader sees them."""
    if (form := name_formats().get(found.format)) and form.list_cells:
        return form.list_cells(stream)
    if found.format != "delimited":
        raise Reject(
            Reason.FORMAT, f"rows are read from delimited files; this looks like {found.format} ({found.why}); say --format csv if it is not"
        )
    return delimited.read_cells(stream, found)
