"""Database exports as streams of pieces: what a pattern cuts apart is laid out as records and as what lies between them.

A layout looks at the lines of one piece and says what they are. The engine here moves over the bytes: every line is in one item, a record
that can't be decoded costs no other, and no more is held than one piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

from transforms.model import Damaged, Gap, Item
from transforms.outcome import Reason
from transforms.readers.columns import Spot
from transforms.readers.encoding import Codec, decode_mixed
from transforms.readers.export_fields import Entry, lay_out_entries
from transforms.readers.found import Found
from transforms.readers.window import Window

OVERLAP = 4096
"""Bytes at the end of what was read that are searched again with what comes next: longer than any line that divides."""


class Line(NamedTuple):
    """A line of a piece, without its end."""

    text: str
    is_centred: bool = False
    """Set in the middle of the page; told by its indent in plain text."""


class Part(NamedTuple):
    """Some lines of a piece: a record, a damaged one, or what lies between records."""

    kind: str
    """`record`, `damaged` or the kind of a gap."""
    start: int
    end: int
    entries: tuple[Entry, ...] = ()
    warnings: tuple[str, ...] = ()
    declared: int | None = None
    reason: Reason = Reason.FORMAT
    detail: str = ""


class Memory:
    """What a layout keeps in mind from one piece of a file to the next."""

    def __init__(self) -> None:
        self.pieces = 0
        """Pieces laid out before."""
        self.is_last = False
        self.number = 0
        """The number that the last document had in its export."""
        self.is_counted = False
        """Whether the export that is being read has said how many documents it holds."""
        self.tails = 0
        """Records that ended as records of this format do."""
        self.notes: dict[str, str] = {}


LayOut = Callable[[Sequence[Line], Memory], list[Part]]


class Read(NamedTuple):
    """A line decoded: what it says, and what is wrong with its bytes."""

    text: str
    is_mixed: bool = False
    fault: int | None = None
    """Place in the line of a byte that can't be decoded, or of a NUL."""


def read_line(raw: bytes, codec: Codec) -> Read:
    """A line of working bytes as text; what can't be decoded is spelled out and noted."""
    try:
        if codec.name == "utf-8":
            text, is_mixed = decode_mixed(raw)
        else:
            text, is_mixed = raw.decode(codec.working), False
    except UnicodeDecodeError as error:
        return Read(raw.decode(codec.working, "backslashreplace"), fault=error.start)
    return Read(text, is_mixed, raw.index(b"\0") if b"\0" in raw else None)


def read_export(stream: BinaryIO, found: Found, limit: int, cut: re.Pattern[bytes], lay_out: LayOut) -> Iterator[Item]:
    """The items of an export whose pieces end where matches of `cut` end."""
    window = Window(stream, found.codec, found.bom, found.newline.encode())
    if window.offset:
        yield Gap("bom", 0, window.offset)
    memory = Memory()
    at = 0
    """Where to search on, from the window's place."""
    long: Damaged | None = None
    while True:
        match = cut.search(window.buffer, window.pos + at)
        if match and match.end() == window.pos:  # the start of the piece itself
            match = cut.search(window.buffer, window.pos + 1)
        if match and (match.end() < len(window.buffer) or window.at_end):
            yield from pass_piece(window, match.end(), lay_out, memory, long)
            at, long = 0, None
            continue
        at = max(at, len(window.buffer) - window.pos - OVERLAP)
        if len(window.buffer) - window.pos > limit + OVERLAP:
            long, at = pass_part(window, len(window.buffer) - OVERLAP, long, limit), 0
        elif not window.grow():
            break
    if window.pos < len(window.buffer):
        memory.is_last = True
        if window.damage and window.buffer[window.pos :].strip():
            yield window.pass_cut()
        else:
            yield from pass_piece(window, len(window.buffer), lay_out, memory, long)
    elif long is not None:
        yield long
    yield from window.close()


def pass_part(window: Window, end: int, long: Damaged | None, limit: int) -> Damaged:
    """Move on over part of a piece above the limit, which is one damaged record up to its end."""
    if long is not None:
        _, _, stop, _ = window.step(end)
        return long._replace(byte_end=stop)
    return window.pass_damaged(end, Reason.TOO_LONG, f"the document is longer than {limit:,} bytes; is the end of an earlier one missing?")


def pass_piece(window: Window, end: int, lay_out: LayOut, memory: Memory, long: Damaged | None) -> Iterator[Item]:
    """Move on over one piece, laid out, or over the rest of a long one."""
    if long is not None:
        _, _, stop, _ = window.step(end)
        yield long._replace(byte_end=stop)
        return
    raws = window.buffer[window.pos : end].splitlines(keepends=True)
    reads = [read_line(raw, window.codec) for raw in raws]
    lines = [Line(text, is_centred(text)) for text in (read.text.rstrip("\r\n") for read in reads)]
    for part in fill_parts(lay_out(lines, memory), lines):
        yield pass_lines(window, part, raws, reads)
    memory.pieces += 1


def is_centred(text: str) -> bool:
    """Whether a line of plain text stands in the middle of a page of 60 to 90 characters.

    >>> is_centred(" " * 30 + "The Example Post"), is_centred("   An indented paragraph"), is_centred(" " * 40)
    (True, False, False)
    """
    bare = text.lstrip(" \t\xa0")
    if len(bare) == len(text) or not bare:
        return False
    indent = len(text[: len(text) - len(bare)].expandtabs())
    return 60 <= 2 * indent + len(bare.rstrip()) <= 92 if indent < 12 else True


def fill_parts(parts: Iterable[Part], lines: Sequence[Line]) -> Iterator[Part]:
    """Parts that tile the lines: blank lines around records and between parts become gaps of their own."""
    at = 0
    for part in parts:
        start, end = part.start, part.end
        while start < end and not lines[start].text.strip():
            start += 1
        while end > start and not lines[end - 1].text.strip():
            end -= 1
        if start == end:
            if part.declared is not None:
                raise ValueError(f"a {part.kind} of blank lines says how many documents there are")
            continue
        if any(line.text.strip() for line in lines[at:start]):
            raise ValueError(f"lines {at} to {start} of a piece are in no part")
        if start > at:
            yield Part("blank", at, start)
        yield part._replace(start=start, end=end)
        at = end
    if any(line.text.strip() for line in lines[at:]):
        raise ValueError(f"lines from {at} on of a piece are in no part")
    if at < len(lines):
        yield Part("blank", at, len(lines))


def pass_lines(window: Window, part: Part, raws: Sequence[bytes], reads: Sequence[Read]) -> Item:
    """Move on over the lines of one part."""
    end = window.pos + sum(map(len, raws[part.start : part.end]))
    if part.kind == "damaged":
        return window.pass_damaged(end, part.reason, part.detail)
    if part.kind != "record":
        return window.pass_gap(part.kind, end)._replace(declared=part.declared)
    warnings = part.warnings
    for n in range(part.start, part.end):
        fault = reads[n].fault
        if fault is not None:
            place = window.offset + window.codec.measure(b"".join((*raws[part.start : n], raws[n][:fault])))
            if raws[n][fault] == 0:
                return window.pass_damaged(end, Reason.BINARY, f"NUL at byte {place}; the document is not text")
            return window.pass_damaged(
                end, Reason.DECODE, f"byte {place} ({raws[n][fault]:#04x}) is not {window.codec.name}, as the rest of the file is"
            )
        if reads[n].is_mixed and "mixed_encoding" not in warnings:
            warnings = (*warnings, "mixed_encoding")
    start, stop = window.offset, window.offset + window.codec.measure(window.buffer[window.pos : end])
    record = lay_out_entries(part.entries, Spot(window.number + 1, start, stop, window.line), warnings)
    if record is None:
        return window.pass_damaged(end, Reason.NO_CONTENT, "the document has neither a headline nor text")
    window.step(end)
    window.number += 1
    return record
