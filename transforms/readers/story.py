"""A story whose parts a wire format names, and the record that prints them one below the other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from transforms.model import Damaged, Field, Record
from transforms.outcome import Reason
from transforms.readers.columns import Spot
from transforms.text import find_text_warnings

_BASIC_TIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d{1,9})?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
UNKNOWN = "unknown_field"
"""Warning of a name that a known format never had; the same word in `extra` names it."""
ABSENT = "text_absent"
_EDGES = " \t\r\n-–—_:.,"


class Unreadable(NamedTuple):
    """Why an item is no record."""

    reason: Reason
    detail: str


class Picture(NamedTuple):
    """What is printed with a picture."""

    caption: str | None = None
    credit: str | None = None
    alt: str | None = None


class Story(NamedTuple):
    """The parts of a story as its format names them; what has no place of its own stands in `extra`."""

    headline: str | None = None
    standfirst: str | None = None
    byline: str | None = None
    dateline: str | None = None
    body: str | None = None
    """Paragraphs with a blank line between."""
    pictures: tuple[Picture, ...] = ()
    source_line: str | None = None
    copyright: str | None = None
    record_id: str | None = None
    published_at: str | None = None
    source: str | None = None
    url: str | None = None
    section: str | None = None
    language: str | None = None
    extra: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Names that the format is not known to have; what stands under them is in `extra`."""
    document: str | None = None
    """The whole print of a story whose parts are not marked; then no column above stands in it."""


def lay_out_story(story: Story, spot: Spot, what: str = "item") -> Record | Unreadable:
    """The record that prints a story, or why it can't be one.

    >>> record = lay_out_story(Story(headline="Pier shut", body="It is.", pictures=(Picture("The pier", "Ann Roe"),)), Spot(1, 0, 9, 1))
    >>> record.document, [f.column for f in record.fields]
    ('Pier shut\\n\\nThe pier\\n\\nAnn Roe\\n\\nIt is.', ['headline', 'caption', 'credit', 'body'])
    """
    extra = list(story.extra)
    if story.document is not None and not story.document.isspace() and story.document:
        document = story.document
        fields: tuple[Field, ...] = ()
    else:
        document, fields = print_story(story, extra)
        if not document:
            return refuse_empty(story, spot, what)
    kept = tuple((name, value) for name, value in extra if value and not value.isspace())
    strange = dict.fromkeys(story.unknown)
    kept += tuple((UNKNOWN, name) for name in islice(strange, 20))
    # A wire's alert, a picture or a row of facts has no text by its nature: its format would hold the text if there were any.
    absent = (ABSENT,) if fields and not any(f.column == "body" for f in fields) else ()
    warnings = tuple(dict.fromkeys((*story.warnings, *absent, *((UNKNOWN,) if strange else ()), *find_text_warnings(document))))
    return Record(
        *spot, document, fields, strip(story.record_id), strip(story.published_at), strip(story.source), strip(story.url), strip(story.section),
        strip(story.language), kept, warnings,
    )


def print_story(story: Story, extra: list[tuple[str, str]]) -> tuple[str, tuple[Field, ...]]:
    """The columns of a story, a blank line between, and where each stands; nothing when none holds news."""
    dateline = story.dateline
    if dateline and story.body and opens_with(story.body, dateline):
        extra.append(("dateline", dateline.strip()))
        dateline = None
    blocks: list[tuple[str, str | None]] = [("headline", story.headline), ("standfirst", story.standfirst), ("byline", story.byline)]
    # A caption opens the next picture, so pictures without one come first.
    for picture in sorted(story.pictures, key=lambda p: not (p.caption or "").strip() < "!"):
        blocks += [("caption", picture.caption), ("credit", picture.credit), ("alt_text", picture.alt)]
    blocks += [("dateline", dateline), ("body", story.body), ("source_line", story.source_line), ("copyright", story.copyright)]
    printed = [(column, text.strip()) for column, text in blocks if text and not text.isspace()]
    if not any(column in ("headline", "standfirst", "caption", "body") for column, _ in printed):
        return "", ()
    fields: list[Field] = []
    at = 0
    for column, text in printed:
        fields.append(Field(column, at, at + len(text)))
        at += len(text) + 2
    return "\n\n".join(text for _, text in printed), tuple(fields)


def refuse_empty(story: Story, spot: Spot, what: str) -> Unreadable:
    """What to say of an item in which nothing is printed."""
    known = [("id", story.record_id), *story.extra]
    shown = ", ".join(f"{name} {value.strip()[:40]}" for name, value in known[:4] if value and value.strip())
    told = f" ({shown})" if shown else ""
    return Unreadable(Reason.NO_CONTENT, f"line {spot.line}: this {what} holds no headline, text or caption{told}; nothing of it can be printed")


def opens_with(body: str, dateline: str) -> bool:
    """Whether a text prints a dateline itself.

    >>> opens_with("PORTMERE (Example Wire) - It is.", "PORTMERE"), opens_with("It is in Portmere.", "PORTMERE")
    (True, False)
    """
    folded = " ".join(dateline.split()).strip(_EDGES).casefold()
    return bool(folded) and " ".join(body[: 2 * len(dateline) + 40].split()).casefold().lstrip("(").startswith(folded)


def strip(value: str | None) -> str | None:
    """A value without blanks around it; None for nothing."""
    return (value or "").strip() or None


def join_paragraphs(paragraphs: Iterable[str]) -> str | None:
    """Paragraphs with a blank line between; None for nothing."""
    return "\n\n".join(p for p in paragraphs if p and not p.isspace()) or None


def join_names(names: Sequence[str]) -> str | None:
    """Names as a byline prints them.

    >>> join_names(["Ann Roe", "Bob Doe", "Cy Poe"]), join_names([])
    ('Ann Roe, Bob Doe and Cy Poe', None)
    """
    named = list(dict.fromkeys(name for n in names if (name := " ".join(n.split()))))
    if len(named) < 2:
        return named[0] if named else None
    return f"{', '.join(named[:-1])} and {named[-1]}"


def spell_time(text: str | None) -> str | None:
    """A time in the basic form of ISO 8601, as IPTC's formats print it, in the extended form; anything else as it is.

    >>> spell_time("20130605T210000+0000"), spell_time("20130605"), spell_time("Mon, 3 Mar 2025 10:00:00 GMT")
    ('2013-06-05T21:00:00+00:00', '2013-06-05', 'Mon, 3 Mar 2025 10:00:00 GMT')
    """
    if text is None or not (read := _BASIC_TIME.fullmatch(text.strip())):
        return strip(text)
    year, month, day, hour, minute, second, zone = read.groups()
    if hour is None:
        return f"{year}-{month}-{day}"
    offset = zone or ""
    if offset not in ("", "Z"):
        digits = offset[1:].replace(":", "")
        offset = f"{offset[0]}{digits[:2]}:{digits[2:] or '00'}"
    return f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{offset}"


def give_item(result: Record | Unreadable, spot: Spot, raw: str) -> Record | Damaged:
    """A record, or the damage that stands in its place."""
    if isinstance(result, Unreadable):
        return Damaged(*spot, result.reason.value, result.detail, raw)
    return result
