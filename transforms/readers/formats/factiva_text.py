"""Factiva exports as text, with or without codes in front of the fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints


def recognise(head: bytes, name: str) -> str | None:
    """Why a file is a Factiva export."""
    if b"Document" not in head and b"HD" not in head and b"Dokument" not in head:
        return None
    from transforms.readers.factiva_layout import recognise_factiva

    return recognise_factiva(head)


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """Its documents; the lines that number them and the summary of the search are gaps."""
    from transforms.readers.export_pieces import read_export
    from transforms.readers.factiva_layout import CUT, lay_out_factiva

    return read_export(stream, found, limit, CUT, lay_out_factiva)


FORMAT = Format("factiva", "Factiva text export", recognise, read, aliases=("factiva_text",), rank=31)
