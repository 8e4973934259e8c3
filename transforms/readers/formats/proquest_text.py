"""ProQuest exports as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints


def recognise(head: bytes, name: str) -> str | None:
    """Why a file is a ProQuest export."""
    if b"ProQuest" not in head:
        return None
    from transforms.readers.proquest_layout import recognise_proquest

    return recognise_proquest(head)


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """Its documents; the report's cover, its list of contents and the lines that divide are gaps."""
    from transforms.readers.export_pieces import read_export
    from transforms.readers.proquest_layout import CUT, lay_out_proquest

    return read_export(stream, found, limit, CUT, lay_out_proquest)


FORMAT = Format("proquest", "ProQuest text export", recognise, read, aliases=("proquest_text",), rank=32)
