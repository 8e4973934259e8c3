"""What is known of a file before it is read, and what is found at its head."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from transforms.readers.encoding import Codec, choose_codec


class Hints(NamedTuple):
    """What the user or the source's profile says about a file."""

    format: str | None = None
    """text, delimited, csv, tsv, jsonl, json or html."""
    delimiter: str | None = None
    """Between cells, or the line between the documents of a text file."""
    encoding: str | None = None
    columns: Mapping[str, str] = MappingProxyType({})
    """Header name, or position from 1 where there is no header, to our column."""
    source: str | None = None
    name: str = ""
    """File name: its ending tells the format where the head does not."""


class Found(NamedTuple):
    """How a file is to be read, and why."""

    format: str
    """text, delimited, jsonl, json or html."""
    encoding: str
    confidence: float
    delimiter: str | None = None
    """Between cells; between documents: a form feed, `=`, `-` or `*` for lines of these, else the very line."""
    quote: str = '"'
    header: bool = True
    dialect: str = ""
    """For people."""
    why: str = ""
    escape: str = ""
    newline: str = "\n"
    bom: int = 0
    """Bytes of the mark at the start."""

    @property
    def codec(self) -> Codec:
        """How its bytes are decoded and counted."""
        return choose_codec(self.encoding)
