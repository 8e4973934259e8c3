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
    ratio: int = 200
    """Times its own size that a compressed file may hold."""
    seconds: float = 5.0
    """Computing time that a fragile reader may take for one record."""
    memory: int = 2 << 30
    """Bytes of memory that a fragile reader may take."""


class Found(NamedTuple):
    """How a file is to be read, and why."""

    format: str
    """text, delimited, jsonl, json or html."""
    encoding: str
    confidence: float
    delimiter: str | None = None
    """Between cells; between documents: a form feed, `=`, `-` or `*` for lines of these, else the very line."""
    quote: str = '"'
    """Empty where quotes are characters like any other."""
    header: bool = True
    dialect: str = ""
    """For people."""
    why: str = ""
    escape: str = ""
    newline: str = "\n"
    bom: int = 0
    """Bytes of the mark at the start."""
    preamble: int = 0
    """Lines above the first row, beside blank lines and comments at the very top."""
    header_rows: int = 1
    """Rows that the header takes, where there is one."""
    width: int = 0
    """Cells of most rows; 0 where it was not counted."""
    encoding_confidence: float = 1.0
    encoding_why: str = ""
    """What told the encoding."""

    @property
    def codec(self) -> Codec:
        """How its bytes are decoded and counted."""
        return choose_codec(self.encoding)
