"""Nexis exports as text: classic (`1 of 112 DOCUMENTS`) in seven languages, and Nexis Uni or Advance (`End of Document`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints
from transforms.readers.nexis_words import load_words, recognise_nexis


def recognise(head: bytes, name: str) -> str | None:
    """Why a file is a Nexis export."""
    return recognise_nexis(head)


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """Its documents; covers, lists of contents and the lines that divide are gaps."""
    from transforms.readers.export_pieces import read_export
    from transforms.readers.nexis_layout import lay_out_nexis

    return read_export(stream, found, limit, load_words().cut, lay_out_nexis)


FORMAT = Format("nexis", "Nexis text export", recognise, read, aliases=("nexis_text", "lexisnexis"), rank=30)
