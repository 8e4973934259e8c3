"""Messages of news wires as they come off the line: ANPA 1312 of America and IPTC 7901, framed by control characters.

SOH opens the header, STX the text, ETX closes it; what stands behind it says when the message was sent.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import BinaryIO, NamedTuple

from transforms.model import Damaged, Gap, Item
from transforms.outcome import Reason
from transforms.readers.columns import Spot
from transforms.readers.encoding import show_raw
from transforms.readers.found import Found, Hints
from transforms.readers.html_tree import fold_blanks
from transforms.readers.story import Story, Unreadable, join_paragraphs, lay_out_story
from transforms.readers.window import Window
from transforms.readers.xml_safe import decode_item

_START = re.compile(rb"[\x16\x00]*+\x01")
_END = re.compile(rb"[\x04\x00\x16\s]*+")
_FRAME = dict.fromkeys((*range(9), *range(11, 13), *range(14, 32), 127))
_LINES = re.compile(r"\r*\n|\r+")
_NUMBERED = re.compile(r"([A-Za-z]{1,5}) ?(\d{3,5})\b")
_IPTC = re.compile(r"([A-Za-z]{1,5}) ?(\d{3,5}) (\d) ([A-Za-z]{1,3}) (\d{1,5})(?: (.*))?")
_ANPA = re.compile(r"([a-z]) ?([a-z])([^A-Za-z0-9]{0,3})((?:am|pm|bc|ap)[-–].{1,60}?|.{1,60}?)\s+(\d{1,2}-\d{1,2})\s+(\d{3,4})", re.IGNORECASE)
_SENT = re.compile(r"\b(?:[A-Za-z]{2,5})-(?:[A-Za-z]{2,3})-(\d\d)-(\d\d)-(\d\d)\s+(\d\d)(\d\d)\s*([A-Z]{2,4})?")
_DAY_GROUP = re.compile(r"\b(\d\d)(\d\d)(\d\d)\s*(GMT|UTC|[A-Z]{3,4})?\s*([A-Za-z]{3})[a-z]*\.?\s*(\d\d(?:\d\d)?)\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BYLINE = re.compile(r"\(?(?:by|von|par|por)\s", re.IGNORECASE)
_NOTE = re.compile(r"\(?(?:eds?|editors?)\b[^\n]{0,40}?[:.]", re.IGNORECASE)
_TABBED = re.compile(r"\S(?: {3,}|\t+)\S")
_SHORT = 120
_HELD = 40_000


class Header(NamedTuple):
    """What the lines before the text say."""

    extra: tuple[tuple[str, str], ...]
    section: str | None
    identity: str | None
    is_iptc: bool


def read_messages(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """The messages of a file, and the gaps between them."""
    window = Window(stream, found.codec, found.bom, found.newline.encode())
    if window.offset:
        yield Gap("bom", 0, window.offset)
    while window.pos < len(window.buffer) or window.grow():
        start = find_start(window)
        if start > window.pos:
            if not window.buffer[window.pos : start].strip(b"\x00\x04\x16 \r\n\t"):
                yield window.pass_gap("blank", start)
            else:
                yield window.pass_damaged(
                    start, Reason.BAD_MARKUP, f"line {window.line}: text stands outside of every message; its header (SOH) is missing")
            continue
        yield pass_message(window, limit)
    yield from window.close()


def find_start(window: Window) -> int:
    """Where the next message opens, from where the window stands; the end of the file when none does, or of a long stretch without any."""
    at = 0
    while (opening := _START.search(window.buffer, window.pos + at)) is None:
        at = max(0, len(window.buffer) - window.pos - 64)
        if len(window.buffer) - window.pos > 1 << 22 or not window.grow():
            return len(window.buffer)
    return opening.start()


def pass_message(window: Window, limit: int) -> Item:
    """The message that opens here: read, or the damage in it."""
    opening = _START.match(window.buffer, window.pos)
    at = opening.end() - window.pos if opening else 1
    while True:
        closing = window.buffer.find(b"\x03", window.pos + at)
        following = window.buffer.find(b"\x01", window.pos + at)
        if following >= 0 and not 0 <= closing < following:
            while window.buffer[following - 1 : following] in (b"\x16", b"\x00") and following > window.pos:
                following -= 1
            return window.pass_damaged(following, Reason.TRUNCATED, f"line {window.line}: the message has no end (ETX) before the next one opens")
        if closing >= 0 and (following >= 0 or window.at_end or len(window.buffer) - closing > 4096):
            break
        if len(window.buffer) - window.pos > limit:
            return pass_long(window, limit)
        if not window.grow():
            if closing >= 0:
                break
            if window.damage:
                return window.pass_cut()
            end = window.offset + window.codec.measure(window.buffer[window.pos :])
            detail = f"the file ends at byte {end} within the message that opens in line {window.line}; get it again"
            return window.pass_damaged(len(window.buffer), Reason.TRUNCATED, detail)
    tail = window.buffer[closing + 1 : min(following if following >= 0 else len(window.buffer), closing + 4097)]
    last = tail.find(b"\x04")
    sent = tail[: last + 1] if last >= 0 else tail.rstrip(b"\x16\x00 \r\n\t")
    return give_message(window, closing + 1 + len(sent) - window.pos)


def give_message(window: Window, size: int) -> Item:
    """The record of a message, or the damage that stands in its place."""
    raw = window.buffer[window.pos : window.pos + size]
    spot = Spot(window.number + 1, window.offset, window.offset + window.codec.measure(raw), window.line)
    decoded = decode_item(raw, window.codec, spot)
    if isinstance(decoded, Unreadable):
        return window.pass_damaged(window.pos + size, decoded.reason, decoded.detail)
    story = read_message(decoded.text)
    record = lay_out_story(story._replace(warnings=(*decoded.warnings, *story.warnings)), spot, "message")
    if isinstance(record, Unreadable):
        return window.pass_damaged(window.pos + size, record.reason, record.detail)
    window.step(window.pos + size)
    window.number += 1
    return record


def pass_long(window: Window, limit: int) -> Damaged:
    """Pass a message above the limit without keeping it, up to its end or to the next one."""
    raw, start, stop, line = window.step(len(window.buffer))
    while window.grow():
        closing = window.buffer.find(b"\x03", window.pos) + 1
        following = window.buffer.find(b"\x01", window.pos)
        ends = [end for end in (closing or -1, following) if end >= 0]
        stop = window.step(min(ends) if ends else len(window.buffer))[2]
        if ends:
            break
    window.number += 1
    detail = f"the message is longer than {limit:,} bytes; is its end (ETX) missing?"
    return Damaged(window.number, start, stop, line, Reason.TOO_LONG.value, detail, show_raw(raw[:_HELD], window.codec))


# ------------------------------------------------------------------ one message
def read_message(text: str) -> Story:
    """The parts of a message.

    >>> story = read_message("\\x16\\x16\\x01a0123\\x1f\\r\\nr i bc-examplia-pier     01-03 0398\\r\\n\\x02^Pier shut after storm<\\r\\n"
    ...                      "^By JANE ROE=\\r\\n\\tPORTMERE (AP) _ It is.\\r\\n\\x03AP-NY-01-03-26 1015EST\\x04")
    >>> story.headline, story.byline, story.body, story.section, story.published_at
    ('Pier shut after storm', 'By JANE ROE', 'PORTMERE (AP) _ It is.', 'international', '2026-01-03 10:15 EST')
    """
    head, _, rest = text.partition("\x01")[2].partition("\x02")
    body, _, tail = rest.partition("\x03") if rest else ("", "", "")
    if not rest:
        head, _, tail = head.partition("\x03")
    header = read_header(head)
    headline, byline, notes, paragraphs = read_text(body, is_iptc=header.is_iptc)
    sent = fold_blanks(tail.translate(_FRAME)).rstrip("<= ")
    published = read_sent(sent)
    extra = [*header.extra, *(("ed_note", note) for note in notes)]
    if sent:
        extra.append(("sent", sent))
    # Numbers begin again every day, so one names a story only together with its day.
    identity = f"{header.identity}-{published[:10]}" if header.identity and published else None
    return Story(
        headline=headline, byline=byline, body=join_paragraphs(paragraphs), record_id=identity, published_at=published,
        section=header.section, extra=tuple(extra),
    )


def read_header(head: str) -> Header:
    """The lines between SOH and STX.

    >>> header = read_header("exa0123 3 POL 0250 EXA0045\\r\\r\\nExamplia-pier\\r\\n")
    >>> header.section, dict(header.extra)["keyword"], header.is_iptc
    ('POL', 'Examplia-pier', True)
    """
    printed = [fold_blanks(line.replace("\x1f", " ").translate(_FRAME)) for line in _LINES.split(head)]
    lines = [line for line in printed if line]
    extra: list[tuple[str, str]] = [("header", line) for line in lines]
    section = identity = None
    is_iptc = False
    if lines and (read := _IPTC.fullmatch(lines[0])):
        is_iptc = True
        section, identity = read[4], f"{read[1]}{read[2]}"
        extra += [("service", read[1]), ("number", read[2]), ("priority", read[3]), ("category", read[4]), ("word_count", read[5])]
        if len(lines) > 1:
            extra.append(("keyword", " ".join(lines[1:]).rstrip("/ ")))
    elif lines and (numbered := _NUMBERED.match(lines[0])):
        identity = f"{numbered[1]}{numbered[2]}"
        extra += [("service", numbered[1]), ("number", numbered[2])]
    if not is_iptc:
        for line in lines:
            if read := _ANPA.fullmatch(line):
                section = name_category(read[2])
                extra += [("priority", read[1]), ("category", read[2]), ("keyword", read[4].strip()), ("date", read[5]), ("word_count", read[6])]
                break
    return Header(tuple(extra), section, identity, is_iptc)


def read_text(body: str, *, is_iptc: bool) -> tuple[str | None, str | None, list[str], list[str]]:
    """Headline, byline, notes to editors and paragraphs of the lines between STX and ETX."""
    headline = byline = None
    heads: list[str] = []
    notes: list[str] = []
    paragraphs: list[list[str]] = []
    is_open = True
    for number, line in enumerate(_LINES.split(body)):
        text = line.translate(_FRAME).rstrip()
        is_marked = text.startswith("^")
        shown = text.lstrip("^").rstrip("<= \t") if is_marked or text.endswith(("<", "=")) else text
        flat = fold_blanks(shown)
        if not flat:
            is_open = True
        elif not paragraphs and _NOTE.match(flat) and (is_marked or text == flat):
            notes.append(flat)
        elif not paragraphs and (is_marked or (_BYLINE.match(flat) and len(flat) < _SHORT and not shown[0].isspace())):
            heads.append(flat)
        elif not paragraphs and not heads and headline is None and is_head(flat, shown, number, is_iptc=is_iptc):
            headline = flat
        elif is_marked or is_open or not paragraphs or opens_paragraph(shown):
            paragraphs.append([shown if _TABBED.search(shown.strip()) else shown.strip()])
            is_open = False
        else:
            paragraphs[-1].append(shown)
    names = [n for n, head in enumerate(heads) if _BYLINE.match(head)]
    if names:
        byline = "\n".join(heads[names[0] :])
        heads = heads[: names[0]]
    if headline is None and heads:
        headline, heads = " ".join(heads), []
    return headline, byline, notes + heads, ["\n".join(lines) for lines in paragraphs]


def opens_paragraph(line: str) -> bool:
    """Whether a line is indented as the first of a paragraph is; rows of a table are not.

    >>> opens_paragraph("   The pier is shut."), opens_paragraph("the storm."), opens_paragraph("   Wheat    2.55    2.40")
    (True, False, False)
    """
    return line[0] == "\t" or (line[:2].isspace() and not _TABBED.search(line.strip()))


def is_head(flat: str, shown: str, number: int, *, is_iptc: bool) -> bool:
    """Whether the first line of a text is its headline: it stands on STX's own line or flush left, and is no sentence."""
    if len(flat) > _SHORT or flat[-1] in ".!" or (shown[0].isspace() and number > 0):
        return False
    return is_iptc or " _ " not in flat


@cache
def load_categories() -> dict[str, str]:
    """Desks by their letter."""
    table = tomllib.loads(files("transforms.rules").joinpath("wire_categories.toml").read_text("utf-8"))
    return {str(letter): str(name) for letter, name in table["category"]["names"].items()}


def name_category(letter: str) -> str:
    """The desk that a category letter stands for, or the letter.

    >>> name_category("s"), name_category("z")
    ('sports', 'z')
    """
    return load_categories().get(letter.lower(), letter)


def read_sent(line: str) -> str | None:
    """When a message was sent, from the line behind its text.

    >>> read_sent("AP-NY-01-03-26 1015EST"), read_sent("031015 GMT jan 26"), read_sent("end")
    ('2026-01-03 10:15 EST', '2026-01-03 10:15 GMT', None)
    """
    if sent := _SENT.search(line[:400]):
        month, day, year, hour, minute, zone = sent.groups()
        return f"{spell_year(year)}-{month}-{day} {hour}:{minute}{f' {zone}' if zone else ''}"
    if (sent := _DAY_GROUP.search(line[:400])) and sent[5][:3].lower() in _MONTHS:
        day, hour, minute, zone, name, year = sent.groups()
        return f"{spell_year(year)}-{_MONTHS.index(name[:3].lower()) + 1:02}-{day} {hour}:{minute}{f' {zone}' if zone else ''}"
    return None


def spell_year(year: str) -> str:
    """A year of two figures in the century of the wires: they began to send such headers about 1970."""
    return year if len(year) == 4 else f"{'19' if int(year) >= 70 else '20'}{year}"
