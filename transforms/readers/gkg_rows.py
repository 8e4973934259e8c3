"""GDELT's Global Knowledge Graph 2.1: one row a page, without its text; the page's title and authors stand in the last column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import BinaryIO

from transforms.model import Gap, Item
from transforms.outcome import Reason
from transforms.readers.columns import Spot
from transforms.readers.encoding import Codec
from transforms.readers.found import Found, Hints
from transforms.readers.html_tree import fold_blanks
from transforms.readers.story import Story, Unreadable, join_names, lay_out_story
from transforms.readers.window import Window
from transforms.readers.xml_safe import decode_item

COLUMNS = (
    "GKGRECORDID", "DATE", "SourceCollectionIdentifier", "SourceCommonName", "DocumentIdentifier", "Counts", "V2Counts", "Themes", "V2Themes",
    "Locations", "V2Locations", "Persons", "V2Persons", "Organizations", "V2Organizations", "V2Tone", "Dates", "GCAM", "SharingImage",
    "RelatedImages", "SocialImageEmbeds", "SocialVideoEmbeds", "Quotations", "AllNames", "Amounts", "TranslationInfo", "Extras",
)
_EXTRA = re.compile(r"<(PAGE_[A-Z_]{1,40}|[A-Z_]{3,40})>(.*?)</\1>", re.DOTALL)
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", re.ASCII)
LONG = "write one row a line"


def read_rows(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """The rows of a file."""
    window = Window(stream, found.codec, found.bom, found.newline.encode())
    if window.offset:
        yield Gap("bom", 0, window.offset)
    while window.pos < len(window.buffer) or window.grow():
        end = window.find_line_end(window.pos)
        if not end:
            if len(window.buffer) - window.pos > limit:
                yield window.pass_long(limit, LONG)
                continue
            if window.grow():
                continue
            end = len(window.buffer)
            if window.damage and window.buffer[window.pos :].strip():
                yield window.pass_cut()
                continue
        yield pass_row(window, end, found.codec, limit)
    yield from window.close()


def pass_row(window: Window, end: int, codec: Codec, limit: int) -> Item:
    """The item of one line."""
    raw = window.buffer[window.pos : end]
    if not raw.strip():
        return window.pass_gap("blank", end)
    if len(raw) > limit:
        return window.pass_damaged(end, Reason.TOO_LONG, f"the row is longer than {limit:,} bytes; {LONG}")
    spot = Spot(window.number + 1, window.offset, window.offset + codec.measure(raw), window.line)
    decoded = decode_item(raw, codec, spot)
    if isinstance(decoded, Unreadable):
        return window.pass_damaged(end, decoded.reason, decoded.detail)
    story = read_row(decoded.text.rstrip("\r\n").split("\t"), spot)
    record = story if isinstance(story, Unreadable) else lay_out_story(
        story._replace(warnings=(*decoded.warnings, *story.warnings)), spot, "row without PAGE_TITLE")
    if isinstance(record, Unreadable):
        return window.pass_damaged(end, record.reason, record.detail)
    window.step(end)
    window.number += 1
    return record


def read_row(cells: list[str], spot: Spot) -> Story | Unreadable:
    """What a row says of its page.

    >>> cells = ["20260103101500-1", "20260103101500", "1", "post.example", "https://post.example/pier"] + [""] * 21
    >>> story = read_row([*cells, "<PAGE_AUTHORS>Jane Roe;John Doe</PAGE_AUTHORS><PAGE_TITLE>Pier &amp; quay shut</PAGE_TITLE>"], Spot(1, 0, 9, 1))
    >>> story.headline, story.byline, story.published_at
    ('Pier & quay shut', 'Jane Roe and John Doe', '2026-01-03T10:15:00Z')
    """
    if len(cells) < len(COLUMNS):
        return Unreadable(
            Reason.FIELD_COUNT, f"line {spot.line}: the row has {len(cells)} cells, {len(COLUMNS)} make a record of the graph; get the row again",
        )
    named = dict(zip(COLUMNS, cells, strict=False))
    pages: dict[str, str] = {}
    extra: list[tuple[str, str]] = []
    for name, value in _EXTRA.findall(named["Extras"]):
        if name in pages:
            extra.append((name, value))
        pages.setdefault(name, value)
    rest = _EXTRA.sub("", named["Extras"]).strip()
    title = fold_blanks(unescape(unescape(pages.pop("PAGE_TITLE", ""))))
    authors = [unescape(unescape(name)) for name in unescape(pages.pop("PAGE_AUTHORS", "")).split(";")]
    stamp = pages.pop("PAGE_PRECISEPUBTIMESTAMP", "")
    beside = ("GKGRECORDID", "SourceCommonName", "DocumentIdentifier", "Extras")
    extra = [(name, value) for name, value in named.items() if value and name not in beside] + list(pages.items()) + extra
    extra += [(f"column_{n}", cell) for n, cell in enumerate(cells[len(COLUMNS) :], len(COLUMNS) + 1) if cell]
    if rest:
        extra.append(("Extras", rest))
    address = named["DocumentIdentifier"].strip()
    return Story(
        headline=title or None, byline=join_names(authors), record_id=named["GKGRECORDID"] or None,
        published_at=spell_stamp(stamp) or spell_stamp(named["DATE"]) or None, source=named["SourceCommonName"] or None, url=address or None,
        extra=tuple(extra), unknown=tuple(f"column_{n + 1}" for n in range(len(COLUMNS), len(cells))) + (("Extras",) if rest else ()),
    )


def spell_stamp(stamp: str) -> str | None:
    """Fourteen digits as a time in UTC.

    >>> spell_stamp("20260103101500"), spell_stamp("0")
    ('2026-01-03T10:15:00Z', None)
    """
    read = _STAMP.fullmatch(stamp.strip())
    return "{}-{}-{}T{}:{}:{}Z".format(*read.groups()) if read else None
