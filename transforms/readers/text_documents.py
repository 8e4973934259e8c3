"""Text files: blocks divided by blank lines; one article a file, or several with delimiter lines between them.

Which lines divide documents. A form feed and a line of `=` always do (unless it underlines a title of its own length). A line of `-`, `*`,
`#` and the like is just as often a break between the sections of one article; it divides only when every piece looks like a document: a
headline (one short block at the top, with no full stop) above at least one paragraph. So does a line that stands three times or more,
the same each time but for its numbers: `<<< NEXT >>>`, `Article 3 of 40`. A delimiter line that is given always does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reason
from transforms.readers.encoding import decode_record
from transforms.readers.found import Found
from transforms.readers.window import LIMIT, Window
from transforms.text import find_text_warnings

FORM_FEED = "\f"
RULES = ("=", "-", "*", "#", "_", "~", "+", "%", "@", "^")
LEAST = 5
"""Characters of a delimiter line; `***` is a section break."""
HEADLINE = 160
PARAGRAPH = 60
MARKED = 3
"""Times that a line with words in it must stand to divide documents."""
LONGEST_MARK = 80
NUMBER = "{n}"
"""Stands for the numbers of a delimiter line that counts its documents."""
DIGITS = re.compile(r"\d+")


class Division(NamedTuple):
    """What divides the documents of a text file, and how that was told."""

    delimiter: str | None
    dialect: str


NO_DIVISION = Division(None, "one article a file")


def find_division(text: str, given: str | None, *, is_whole: bool) -> Division:
    """What divides the documents of a text file, by its head.

    >>> find_division("Pier shut\\n\\nIt is shut.\\n=====\\nPier open\\n\\nIt was.\\n", None, is_whole=True).dialect
    'documents divided by lines of ='
    """
    if given:
        line = given.strip()
        return Division(line, f"documents divided by the line {line!r}") if line else Division(FORM_FEED, "documents divided by form feeds")
    lines = re.split(r"\r\n|\n|\r", text)
    if any(line.startswith(FORM_FEED) for line in lines):
        return Division(FORM_FEED, "documents divided by form feeds")
    kept = NO_DIVISION
    for rule in RULES:
        places = find_rules(lines, rule)
        if not places:
            continue
        if rule == "=":
            return Division(rule, "documents divided by lines of =")
        if divides(lines, places, is_whole=is_whole):
            return Division(rule, f"documents divided by lines of {rule}: each piece has a headline and text")
        kept = Division(None, f"one article a file: lines of {rule} only break its sections")
    mark, places = find_marks(lines)
    if places and divides(lines, places, is_whole=is_whole):
        return Division(mark, f"documents divided by the line {mark!r}: each piece has a headline and text")
    return kept


def divides(lines: list[str], places: list[int], *, is_whole: bool) -> bool:
    """Whether all pieces between some lines look like documents; the last one is left out where it may go on beyond the head."""
    pieces = [lines[a:b] for a, b in zip([0, *(n + 1 for n in places)], [*places, len(lines)], strict=True)]
    if not is_whole:
        pieces.pop()
    pieces = [piece for piece in pieces if any(line.strip() for line in piece)]
    alike = sum(looks_like_document(piece) for piece in pieces)
    return len(pieces) > 1 and (alike == len(pieces) or (len(pieces) > 10 and alike >= 0.9 * len(pieces)))


def find_marks(lines: list[str]) -> tuple[str, list[int]]:
    """The line that stands most often, the same but for its numbers, and its places; nothing where none stands three times.

    >>> find_marks(["Story 1 of 3", "Pier shut", "Story 2 of 3", "Wall holds", "Story 3 of 3"])
    ('Story {n} of {n}', [0, 2, 4])
    """
    marks: dict[str, list[int]] = {}
    for n, line in enumerate(lines):
        bare = line.strip()
        if 2 < len(bare) <= LONGEST_MARK and bare[-1] not in ".,;:!?”\"" and NUMBER not in bare:
            marks.setdefault(DIGITS.sub(NUMBER, bare), []).append(n)
    marks = {mark: places for mark, places in marks.items() if len(places) >= MARKED and mark != NUMBER and (len(mark) > 4 or not mark.isalnum())}
    return max(marks.items(), key=lambda item: len(item[1]), default=("", []))


def build_mark(line: str) -> bytes:
    """The pattern of a delimiter line that is given or was found, its numbers any numbers."""
    return re.escape(line.encode()).replace(re.escape(NUMBER.encode()), rb"\d{1,9}")


def is_rule(line: str, char: str) -> bool:
    """Whether a line holds five or more of one character and nothing else.

    >>> is_rule(" ===== ", "="), is_rule("***", "*")
    (True, False)
    """
    bare = line.strip()
    return len(bare) >= LEAST and bare == char * len(bare)


def find_rules(lines: list[str], char: str) -> list[int]:
    """Places of the delimiter lines of one character, without those that underline a title.

    >>> find_rules(["Pier shut", "=========", "", "It is.", "=====", "Pier open"], "=")
    [4]
    """
    places: list[int] = []
    titles: list[str] = []
    for n, line in enumerate(lines):
        if is_rule(line, char) and not (n and titles == [lines[n - 1]] and is_underline(titles[0], line)):
            places.append(n)
            titles = []
        elif line.strip():
            titles.append(line)
    return places


def is_underline(title: str, line: str) -> bool:
    """Whether a line underlines the one above it, the first of its piece: as long as it, give or take two.

    >>> is_underline("Pier shut", "========="), is_underline("ENDS", "==========")
    (True, False)
    """
    return abs(len(title.strip()) - len(line.strip())) <= 2


def looks_like_document(lines: list[str]) -> bool:
    """Whether a piece opens with a headline and has text below it.

    >>> looks_like_document(["Pier shut", "", "KYOTO - The pier stays shut after the storm that hit the coast on Monday."])
    True
    """
    blocks = [block for block in re.split(r"\n[ \t]*\n", "\n".join(lines).strip()) if block.strip()]
    if len(blocks) < 2:
        return False
    top = blocks[0].strip()
    is_headline = len(top) <= HEADLINE and top.count("\n") < 3 and not top.endswith((".", ":", ";", ",")) and not top[:1].islower()
    return is_headline and any(len(block) >= PARAGRAPH for block in blocks[1:])


def build_divider(delimiter: str | None) -> re.Pattern[bytes] | None:
    """The pattern of a delimiter line in bytes. A form feed divides at the start of a line that may go on with text."""
    if delimiter is None:
        return None
    if delimiter == FORM_FEED:
        return re.compile(rb"\f+(?:[ \t]*(?:\r\n?|\n|\Z))?")
    if delimiter in RULES:
        return re.compile(rb"[ \t]*+%s{%d,}+[ \t]*+(?:\r\n?|\n|\Z)" % (re.escape(delimiter.encode()), LEAST))
    return re.compile(rb"[ \t]*+%s[ \t]*+(?:\r\n?|\n|\Z)" % build_mark(delimiter))


def read_text(stream: BinaryIO, found: Found, limit: int = LIMIT) -> Iterator[Item]:
    """The documents of a text file. Delimiter lines, and blank lines around documents, are gaps."""
    window = Window(stream, found.codec, found.bom, found.newline.encode())
    if window.offset:
        yield Gap("bom", 0, window.offset)
    divider = build_divider(found.delimiter)
    can_underline = found.delimiter in RULES
    at = 0
    """Start, from the window's place, of the line looked at."""
    title, count, above = b"", 0, b""
    """First line of the piece, how many it has, and the line above this one."""
    long: Damaged | None = None
    while True:
        start = window.pos + at
        end = window.find_line_end(start)
        if not end:
            if len(window.buffer) - window.pos > limit:
                long, at = pass_part(window, len(window.buffer), long, limit), 0
                continue
            if window.grow():
                continue
            end = len(window.buffer)
            if start >= end:
                break
        line = window.buffer[start:end]
        match = divider.match(line) if divider else None
        if match and not (can_underline and count == 1 and title is above and is_underline(show(title), show(line))):
            yield from pass_document(window, start, long)
            yield window.pass_gap("delimiter", window.pos + match.end())
            at, count, long = 0, 0, None
            continue
        above = line
        if not line.isspace():
            count += 1
            title = line if count == 1 else title
        at = end - window.pos
        if at > limit:
            long, at = pass_part(window, end, long, limit), 0
    yield from pass_document(window, len(window.buffer), long, is_last=True)
    yield from window.close()


def pass_part(window: Window, end: int, long: Damaged | None, limit: int) -> Damaged:
    """Move on over part of a document above the limit, which is one damaged record up to its delimiter line."""
    if long is not None:
        _, _, stop, _ = window.step(end)
        return long._replace(byte_end=stop)
    return window.pass_damaged(end, Reason.TOO_LONG, f"the document is longer than {limit:,} bytes; say what divides its documents")


def show(line: bytes) -> str:
    """A line of working bytes, only to be measured."""
    return line.decode("utf-8", "replace")


def pass_document(window: Window, end: int, long: Damaged | None, *, is_last: bool = False) -> Iterator[Item]:
    """Move on over a document and the blank lines around it, or over the rest of a long one."""
    if long is not None:
        _, _, stop, _ = window.step(end)
        yield long._replace(byte_end=stop)
        return
    piece = window.buffer[window.pos : end]
    bare = piece.strip(b" \t\r\n\f\v")
    if is_last and window.damage and bare:
        yield window.pass_cut()
        return
    if not bare:
        if piece:
            yield window.pass_gap("blank", end)
        return
    lead = piece.index(bare)
    lead = piece.rfind(b"\n", 0, lead) + 1 or piece.rfind(b"\r", 0, lead) + 1
    if lead:
        yield window.pass_gap("blank", window.pos + lead)
    stop = window.pos + len(piece[lead:].rstrip(b" \t\r\n\f\v"))
    yield read_document(window, stop)
    if stop < end:
        yield window.pass_gap("blank", window.pos + end - stop)


def read_document(window: Window, end: int) -> Item:
    """The record of one document."""
    raw = window.buffer[window.pos : end]
    if b"\0" in raw:
        place = window.offset + window.codec.measure(raw[: raw.index(b"\0")])
        return window.pass_damaged(end, Reason.BINARY, f"NUL at byte {place}; the document is not text")
    warnings: tuple[str, ...] = ()
    try:
        text, is_mixed = decode_record(raw, window.codec)
        warnings = ("mixed_encoding",) if is_mixed else ()
    except UnicodeDecodeError as error:
        place = window.offset + window.codec.measure(raw[: error.start])
        return window.pass_damaged(
            end, Reason.DECODE, f"byte {place} ({raw[error.start]:#04x}) is not {window.codec.name}, as the rest of the file is; "
            "name the encoding if that is wrong",
        )
    _, start, stop, line = window.step(end)
    window.number += 1
    return Record(window.number, start, stop, line, text, warnings=warnings + find_text_warnings(text))
