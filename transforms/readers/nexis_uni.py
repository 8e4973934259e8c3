"""One document of Nexis Uni (or Nexis Advance), and where the cover of the export ends before the first one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from transforms.readers.export_dates import is_day, read_day
from transforms.readers.export_fields import UNKNOWN_LAYOUT, Entry, Key, find_key, settle_language
from transforms.readers.export_pieces import Line
from transforms.readers.nexis_words import load_words

TABLE = "nexis_keys"
_KEY = re.compile(r"([^\W\d_][^:\n]{1,40}?)[ \t]{0,2}:(\xa0|[ \t]|$)(.*)", re.DOTALL)
HEAD_LINES = 60
"""Lines above the text among which headline, source, day and keys stand."""


def read_key(text: str) -> tuple[str, Key | None, str, bool] | None:
    """Name, meaning and value of a line that opens with a key, and whether a no-break space follows it, as Nexis prints behind keys.

    >>> read_key("Load-Date:\\xa0March 5, 2019")
    ('Load-Date', Key(column='', zone='tail', spans=False), 'March 5, 2019', True)
    """
    found = _KEY.match(text.strip(" \t"))
    if not found:
        return None
    return found[1], find_key(TABLE, found[1]), found[3].strip(), found[2] == "\xa0"


def name_heading(text: str) -> Key | None:
    """What a line means that is nothing but a key without its colon: `Body`, `Graphic`."""
    bare = text.strip()
    key = find_key(TABLE, bare) if bare and len(bare) < 24 and ":" not in bare else None
    return key if key is not None and key.column in ("body", "caption") else None


def find_cover_end(lines: Sequence[Line], start: int) -> int:
    """Where the first document begins below a cover: two lines above its day, which stands above its keys."""
    anchor = next((n for n in range(start, len(lines)) if is_anchor(lines[n].text)), len(lines))
    cover = max((n for n in range(start, anchor) if load_words().cover.match(lines[n].text) and not is_day(lines[n].text)), default=start - 1)
    filled = [n for n in range(cover + 1, anchor) if lines[n].text.strip()]
    days = [n for n in filled if is_day(lines[n].text)]
    if not filled:
        return anchor if anchor < len(lines) else cover + 1
    if not days:
        return filled[0]
    above = [n for n in filled if n < days[-1]]
    if len(above) < 2:
        return above[0] if above else days[-1]
    at = above[-2]
    while at - 1 > cover and lines[at - 1].text.strip():
        at -= 1
    return at


def is_anchor(text: str) -> bool:
    """Whether a line can stand only above a document's text: its length, section, byline, copyright, `Body`."""
    if load_words().rights.match(text):
        return "LexisNexis" not in text
    found = read_key(text)
    if found and found[1] is not None:
        return found[1].zone == "front" or find_key(TABLE, "length") == found[1]
    key = name_heading(text)
    return key is not None and key.column == "body"


def parse_uni(lines: Sequence[Line]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The fields of one document, and warning codes.

    >>> page = ["Pier shut", "The Example Post", "March 5, 2019 Tuesday", "", "Byline:\\xa0Jane Roe", "Body", "It is.", "Length:\\xa09"]
    >>> [(e.column, e.value) for e in parse_uni([Line(text) for text in page])[0]][2:5]
    [('published_at', 'March 5, 2019 Tuesday'), ('byline', 'Jane Roe'), ('body', 'It is.')]
    """
    body = next((n for n, line in enumerate(lines) if (key := name_heading(line.text)) and key.column == "body"), None)
    head_end = find_head_end(lines) if body is None else body
    tail = find_tail(lines, head_end if body is None else body + 1)
    entries, warnings = parse_head(lines[:head_end])
    text = "\n".join(line.text.rstrip() for line in lines[head_end if body is None else body + 1 : tail]).strip("\n")
    if text.strip():
        entries.append(Entry("body", "Body", text))
    entries += parse_tail(lines[tail:])
    return tuple(settle_language(entries)), warnings


def find_head_end(lines: Sequence[Line]) -> int:
    """Where the text begins when no `Body` says so: below the last key of the head, or below headline, source and day."""
    last = 0
    for n, line in enumerate(lines[:HEAD_LINES]):
        found = read_key(line.text)
        if found and found[1] is not None and found[1].zone != "tail":
            last = n + 1
        elif found and found[1] is not None:
            break
        elif not last and (is_day(line.text) or load_words().rights.match(line.text)):
            last = n + 1
    if last:
        return last
    return next((n + 1 for n, line in enumerate(lines) if line.text.strip()), 0)


def parse_head(lines: Sequence[Line]) -> tuple[list[Entry], tuple[str, ...]]:
    """Headline, source, day, edition, copyright and keys."""
    entries: list[Entry] = []
    filled = [line.text.strip() for line in lines if line.text.strip()]
    first = next((n for n, text in enumerate(filled) if is_anchor(text) or is_spaced(text)), len(filled))
    top, rest = filled[:first], filled[first:]
    day = next((n for n, text in enumerate(top) if n and is_day(text)), None)
    warnings: tuple[str, ...] = ()
    if day is None:
        warnings = (UNKNOWN_LAYOUT,)
        entries += [Entry(column, column, text) for column, text in zip(("headline", "source"), top, strict=False)]
        entries += [Entry("", "head", text) for text in top[2:]]
    else:
        title = top[: max(1, day - 1)]
        entries.append(Entry("headline", "headline", "\n".join(title)))
        if day > 1:
            entries.append(Entry("source", "source", top[day - 1]))
        stamp, edition = read_day(top[day:])
        entries.append(Entry("published_at", "date", stamp))
        if edition:
            entries.append(Entry("", "edition", edition))
    entries += parse_fields(rest, "head")
    return entries, warnings


def is_spaced(text: str) -> bool:
    """Whether a line opens with a key and the no-break space that Nexis prints behind it, so that it needs not be known."""
    found = read_key(text)
    return found is not None and found[3]


def parse_fields(texts: Sequence[str], other: str) -> list[Entry]:
    """Keys and their values, copyright notices, and lines without a key, which go on from the one above or are kept as `other`."""
    entries: list[Entry] = []
    for text in texts:
        found = read_key(text)
        if found and (found[1] is not None or found[3] or (other == "head" and text[:1].isupper() and found[2])):
            entries.append(Entry("" if found[1] is None else found[1].column, found[0], found[2], found[1] is None))
        elif load_words().rights.match(text):
            if entries and entries[-1].column == "copyright":
                entries[-1] = entries[-1]._replace(value=f"{entries[-1].value}\n{text}")
            else:
                entries.append(Entry("copyright", "copyright", text))
        elif (key := name_heading(text)) is not None and key.column == "caption":
            entries.append(Entry("caption", text, ""))
        elif load_words().sections.fullmatch(text):
            continue
        elif entries and entries[-1].column != "copyright":
            joint = "\n\n" if entries[-1].column == "caption" and entries[-1].value else "\n" if entries[-1].value else ""
            entries[-1] = entries[-1]._replace(value=f"{entries[-1].value}{joint}{text}")
        elif entries:
            entries[-1] = entries[-1]._replace(value=f"{entries[-1].value}\n{text}")
        else:
            entries.append(Entry("", other, text))
    return entries


def find_tail(lines: Sequence[Line], start: int) -> int:
    """Where the fields below the text begin: at `Classification`, else at the first key from which on there are only keys."""
    tail = next((n for n in range(len(lines) - 1, start - 1, -1) if load_words().sections.fullmatch(lines[n].text)), None)
    if tail is None:
        tail = len(lines)
        for n in range(len(lines) - 1, start - 1, -1):
            text = lines[n].text
            if not text.strip():
                continue
            found = read_key(text)
            if not found or not (found[3] or (found[1] is not None and found[1].zone != "front")):
                break
            if found[1] is not None and found[1].zone != "front":
                tail = n
    graphic = next((n for n in range(tail - 1, max(start - 1, tail - 200), -1) if is_graphic(lines[n].text)), None)
    return tail if graphic is None else graphic


def is_graphic(text: str) -> bool:
    """Whether a line is the heading above captions."""
    key = name_heading(text)
    return key is not None and key.column == "caption"


def parse_tail(lines: Sequence[Line]) -> list[Entry]:
    """Captions, classification and other keys."""
    return parse_fields([line.text.strip() for line in lines if line.text.strip()], "tail")
