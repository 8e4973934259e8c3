"""Reuters-21578: one story is one <REUTERS> element, its parts marked where the collection's makers could tell them."""

from __future__ import annotations

import re

from transforms.model import Record
from transforms.readers.elements import Element
from transforms.readers.found import Found, Hints
from transforms.readers.item_story import lay_out_marked
from transforms.readers.sgml import read_attributes, split_parts, strip_tags
from transforms.readers.story import Story, Unreadable, strip

_OPENING = re.compile(r"<REUTERS\b([^>]{0,2000})>", re.IGNORECASE)
_CLOSING = re.compile(r"</REUTERS\s*>\s*\Z", re.IGNORECASE)
_FRAMING = "".join(map(chr, (*range(9), *range(14, 32), 127)))
"""Control characters of the line: they frame the text and print nothing."""
_FRAME = dict.fromkeys(map(ord, _FRAMING))
_PARAGRAPH = re.compile(r"</?p\s*/?>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
_DATE = re.compile(r"\s*(\d{1,2}-[A-Z]{3}-\d{4}(?:\s+\d\d:\d\d:\d\d(?:\.\d{1,3})?)?)", re.IGNORECASE)
KNOWN = frozenset((
    "DATE", "MKNOTE", "TOPICS", "PLACES", "PEOPLE", "ORGS", "EXCHANGES", "COMPANIES", "UNKNOWN", "TEXT", "TITLE", "AUTHOR", "DATELINE", "BODY",
))


def read_story(element: Element, found: Found, hints: Hints) -> Record | Unreadable:
    """The record of one story."""
    return lay_out_marked(element, found, parse_story)


def parse_story(text: str, warnings: tuple[str, ...] = ()) -> Story:
    """The parts of a story.

    >>> story = parse_story('<REUTERS NEWID="7"><DATE>3-MAR-1987</DATE><TEXT>&#2;<TITLE>PIER SHUT</TITLE><BODY>It is.&#3;</BODY></TEXT></REUTERS>')
    >>> story.record_id, story.headline, story.body, story.published_at
    ('7', 'PIER SHUT', 'It is.', '3-MAR-1987')
    """
    opening = _OPENING.match(text)
    inner = _CLOSING.sub("", text[opening.end() if opening else 0 :])
    extra: list[tuple[str, str]] = []
    identity = None
    for name, value in read_attributes(opening[1]) if opening else ():
        if name.upper() == "NEWID":
            identity = value
        else:
            extra.append((name.upper(), value))
    strange: list[str] = []
    published, printed = None, Story()
    for part in split_parts(inner):
        if part.name == "TEXT":
            printed = read_text(part.text, is_brief=("TYPE", "BRIEF") in part.attributes)
            extra += [(f"TEXT.{name.upper()}", value) for name, value in part.attributes]
            extra += printed.extra
            strange += printed.unknown
        elif part.name == "DATE":
            date = strip_tags(part.text).strip()
            if published is None and (stamp := _DATE.match(date)):
                published = stamp[1]
            if published is None or published != date:
                extra.append(("DATE", date))
        elif part.name or part.text.strip():
            if part.name not in KNOWN:
                strange.append(part.name or "text")
            marked = [strip_tags(inside.text) for inside in split_parts(part.text) if inside.name == "D"]
            extra += [(part.name or "text", value) for value in marked or [clean_frame(part.text)] if value.strip()]
    return printed._replace(record_id=identity, published_at=published, extra=tuple(extra), warnings=warnings, unknown=tuple(strange))


def read_text(text: str, *, is_brief: bool = False) -> Story:
    """What a TEXT element prints. A brief is its title; what else stands in it fills the line."""
    columns: dict[str, str] = {}
    loose: list[str] = []
    extra: list[tuple[str, str]] = []
    strange: list[str] = []
    for part in split_parts(open_paragraphs(text)):
        printed = clean_frame(part.text).strip("\r\n")
        if part.name in ("TITLE", "AUTHOR", "DATELINE", "BODY") and part.name not in columns:
            columns[part.name] = printed
        elif part.name:
            if part.name not in KNOWN:
                strange.append(part.name)
            extra.append((f"TEXT.{part.name}", printed.strip()))
        elif printed.strip():
            loose.append(printed)
    if is_brief and strip(columns.get("TITLE")):
        extra += [("TEXT", piece.strip()) for piece in loose]
        loose = []
    if not columns and loose:
        return Story(document="\n".join(loose).strip("\r\n").rstrip(), extra=tuple(extra), unknown=tuple(strange))
    body = "\n\n".join([*([columns["BODY"].rstrip()] if strip(columns.get("BODY")) else []), *(piece.strip() for piece in loose)])
    return Story(
        headline=columns.get("TITLE"), byline=columns.get("AUTHOR"), dateline=columns.get("DATELINE"), body=body or None, extra=tuple(extra),
        unknown=tuple(strange),
    )


def open_paragraphs(text: str) -> str:
    """A text in which the paragraph marks of later copies are blank lines.

    >>> open_paragraphs("<p>One.</p>\\n<p>Two.</p>")
    '\\n\\nOne.\\n\\nTwo.\\n\\n'
    """
    return _BLANK_LINES.sub("\n\n", _PARAGRAPH.sub("\n\n", text)) if "<p" in text.lower() else text


def clean_frame(text: str) -> str:
    """A stretch without tags and without the control characters that framed it on the line."""
    return strip_tags(text).translate(_FRAME)
