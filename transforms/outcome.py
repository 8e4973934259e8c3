"""What a step says when it can't go on with a record."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a record was set aside. The code stands in `quarantine.reason`."""

    EMPTY = "empty"
    """Nothing but white space."""
    BINARY = "binary"
    """Not text: NUL bytes or the signature of a binary format."""
    FORMAT = "format"
    """A file in no format or encoding that is read, or whose columns have no known names."""
    DECODE = "decode"
    """The bytes are not in the encoding that the rest of the file is in."""
    FIELD_COUNT = "field_count"
    """A row has more or fewer cells than the header."""
    UNCLOSED_QUOTE = "unclosed_quote"
    """A quoted cell is opened and never closed."""
    BAD_JSON = "bad_json"
    """A line is not a JSON object."""
    BAD_MARKUP = "bad_markup"
    """An element of XML or SGML that is not closed or not well-formed, so that its text can't be told from its tags."""
    BAD_RECORD = "bad_record"
    """A record of a web archive whose own header is broken, or whose length is not what it says."""
    TOO_LONG = "too_long"
    """A record above the size limit."""
    NO_CONTENT = "no_content"
    """A row whose columns hold no headline, body or document."""
    TRUNCATED = "truncated"
    """The file ends in the middle of compressed data or of a record."""
    READER_DIED = "reader_died"
    """The rest of a file whose reader crashed, made no headway or asked for too much memory."""
    EXPECTATION = "expectation"
    """A check of severity critical failed; `quarantine.expectation` names it."""
    HELD = "held"
    """Nothing is wrong with the record: its run failed a critical check and was held back."""


class Reject(Exception):  # noqa: N818 - a verdict on one record, not an error of the program
    """A record that can't be used, with its reason and what to do about it."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
