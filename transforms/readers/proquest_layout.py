"""ProQuest exports as text: documents between lines of underscores, a title above keys, `Full text:`, and more keys below it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from transforms.outcome import Reason
from transforms.readers.export_fields import UNKNOWN_LAYOUT, Entry, Key, find_key, settle_language
from transforms.readers.export_pieces import Line, Memory, Part

TABLE = "proquest_keys"
CUT = re.compile(rb"(?:\A|(?<=[\r\n]))_{20,200}[ \t]{0,40}(?:\r\n?|\n|\Z)")
_RULE = re.compile(r"_{20,200}\s*")
_KEY = re.compile(r"([^\W\d_][^:\n]{1,40}?) ?:(?:[ \t\xa0]+|$)(.*)", re.DOTALL)
_NUMBERED = re.compile(r"\s*(?:Document|Dokument|Documento) (\d{1,6}) (?:of|von|de|di|van|sur) (\d{1,6})\s*")
_COVER = re.compile(
    r"\s*(?:Report Information from ProQuest|ProQuest Report|Informationen? zum Bericht von ProQuest|Rapport d['’]information de ProQuest)"
)
_CONTENTS = re.compile(
    r"\s*(?:Table of contents|Inhaltsverzeichnis|Table des matières|Tabla de contenido|Índice|Sommario|Inhoudsopgave)\s*", re.IGNORECASE
)
_FOOT = re.compile(
    r"\s*(?:Contact us at|Contact ProQuest|Database copyright|Copyright © \d{4} ProQuest|Terms and Conditions|Bibliography\s*$|Citation style\b)",
    re.IGNORECASE,
)
_TITLE = re.compile(r"\s{0,20}\d{1,5}\. ?\S")
_LINK = re.compile(
    r"\s*(?:https?://(?:search|www)\.proquest\.com\S+|ProQuest document link|Find a copy|Link to document in ProQuest)\s*", re.IGNORECASE
)
NOTHING = frozenset(("none available.", "not available.", "none available", "not available", "unavailable", "unavailable."))
_SIGNS = re.compile(rb"ProQuest", re.IGNORECASE)
_FIELDS = re.compile(rb"^(?:Full text|Publication title|ProQuest document ID|Document URL):", re.MULTILINE)


def recognise_proquest(head: bytes) -> str | None:
    """Why a text is a ProQuest export, or None.

    >>> recognise_proquest(b"_" * 60 + b"\\n\\nPier shut\\n\\nFull text: It is.\\n\\nProQuest document ID: 12\\n")
    'lines of underscores divide it, and its fields are those of ProQuest'
    """
    if CUT.search(head) and _SIGNS.search(head) and _FIELDS.search(head):
        return "lines of underscores divide it, and its fields are those of ProQuest"
    if b"Report Information from ProQuest" in head[:2_000]:
        return "it opens with a page of ProQuest (Report Information)"
    return None


def divides_proquest(line: Line) -> bool:
    """Whether a line divides documents."""
    return len(line.text) < 300 and _RULE.fullmatch(line.text) is not None


def lay_out_proquest(lines: Sequence[Line], memory: Memory) -> list[Part]:
    """What stands above a line of underscores, and that line."""
    last = len(lines) - 1
    while last > 0 and not lines[last].text.strip():
        last -= 1
    is_ruled = _RULE.fullmatch(lines[last].text) is not None
    end = last if is_ruled else len(lines)
    rule = [Part("delimiter", last, last + 1)] if is_ruled else []
    filled = [n for n in range(end) if lines[n].text.strip()]
    if not filled:
        return rule
    start = filled[0]
    first = lines[start].text
    if _FOOT.match(first):
        return [Part("footer", start, end), *rule]
    parts: list[Part] = []
    if _COVER.match(first) or _CONTENTS.fullmatch(first):
        parts = lay_out_cover(lines, start, end)
        start = next((n for n in filled if n >= parts[-1].end), end)
        if start == end:
            return [*parts, *rule]
    if numbered := _NUMBERED.fullmatch(lines[start].text):
        number, count = int(numbered[1]), int(numbered[2])
        begins = not memory.is_counted or (number == 1 and number <= memory.number)
        memory.number, memory.is_counted = number, True
        parts.append(Part("delimiter", start, start + 1, declared=count if begins else None))
        start += 1
    elif memory.is_counted and not has_keys(lines[start:end]):
        # Below the last numbered document only the foot of the report can stand.
        return [*parts, Part("footer", start, end), *rule]
    if not any(line.text.strip() for line in lines[start:end]):
        return [*parts, *rule]
    if not is_ruled and not has_end(lines[start:end]):
        detail = "the file ends in the middle of this document, before the fields below its text; get it again"
        return [*parts, Part("damaged", start, end, reason=Reason.TRUNCATED, detail=detail)]
    return [*parts, Part("record", start, end, *parse_proquest(lines[start:end])), *rule]


def lay_out_cover(lines: Sequence[Line], start: int, end: int) -> list[Part]:
    """The cover and the list of contents; where no line divides the list from the first document, that begins below its last title."""
    document = next((n for n in range(start, end) if _NUMBERED.fullmatch(lines[n].text)), None)
    if document is None and has_keys(lines[start:end]):
        field = next(n for n in range(start, end) if is_field(lines[n].text))
        document = max((n + 1 for n in range(start, field) if _TITLE.match(lines[n].text)), default=start + 1)
    end = end if document is None else document
    contents = next((n for n in range(start, end) if _CONTENTS.fullmatch(lines[n].text)), None)
    if contents is None:
        return [Part("cover", start, end)]
    return [*([Part("cover", start, contents)] if contents > start else []), Part("contents", contents, end)]


def has_keys(lines: Sequence[Line]) -> bool:
    """Whether any line opens with a key that only a document has."""
    return any((found := read_key(line.text)) and found[1] is not None and found[1].column in ("body", "record_id", "source") for line in lines)


def has_end(lines: Sequence[Line]) -> bool:
    """Whether a document has the fields that stand below its text."""
    return any((found := read_key(line.text)) and found[1] is not None and found[1].column in ("record_id", "url") for line in lines)


def read_key(text: str) -> tuple[str, Key | None, str] | None:
    """Name, meaning and value of a line that opens with a key.

    >>> read_key("ISSN: 1234-5678")
    ('ISSN', Key(column='', zone='any', spans=False), '1234-5678')
    """
    found = _KEY.match(text.strip())
    return (found[1], find_key(TABLE, found[1]), found[2].strip()) if found else None


def parse_proquest(lines: Sequence[Line]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The fields of one document, and warning codes.

    >>> page = ["Pier shut", "", "Author: Roe, Jane", "", "Full text: It is.", "", "Publication title: Example Post", "", "ProQuest document ID: 12"]
    >>> [(e.column, e.value) for e in parse_proquest([Line(text) for text in page])[0]]
    [('headline', 'Pier shut'), ('', 'Roe, Jane'), ('byline', 'Jane Roe'), ('body', 'It is.'), ('source', 'Example Post'), ('record_id', '12')]
    """
    entries: list[Entry] = []
    at = next(n for n, line in enumerate(lines) if line.text.strip())
    title = at
    while at < len(lines) and lines[at].text.strip() and not is_field(lines[at].text) and not _LINK.match(lines[at].text):
        at += 1
    if at > title:
        entries.append(Entry("headline", "title", "\n".join(line.text.strip() for line in lines[title:at])))
    text = next((n for n in range(at, len(lines)) if (found := read_key(lines[n].text)) and found[1] is not None and found[1].column == "body"), None)
    tail = len(lines) if text is None else find_tail(lines, text + 1)
    entries += parse_fields(lines[at : len(lines) if text is None else text])
    if text is not None and (found := read_key(lines[text].text)):
        value = "\n".join((found[2], *(line.text.rstrip() for line in lines[text + 1 : tail]))).strip("\n")
        if value.strip().casefold() not in NOTHING:
            entries.append(Entry("body", found[0], value))
        else:
            entries.append(Entry("", found[0], value))
        entries += parse_fields(lines[tail:])
    settled: list[Entry] = []
    for entry in entries:
        if entry.column == "standfirst" and entry.value.strip().casefold() in NOTHING:
            entry = entry._replace(column="")
        elif entry.column == "byline" and (names := turn_names(entry.value)) != entry.value:
            settled.append(Entry("", entry.key, entry.value))
            entry = entry._replace(value=names)
        settled.append(entry)
    is_known = any(entry.column in ("source", "record_id", "published_at") for entry in settled)
    return tuple(settle_language(settled)), () if is_known else (UNKNOWN_LAYOUT,)


def turn_names(value: str) -> str:
    """Authors as a byline prints them; ProQuest puts their surnames first.

    >>> turn_names("Roe, Jane; Doe, John A"), turn_names("Example News Agency")
    ('Jane Roe; John A Doe', 'Example News Agency')
    """
    names = [[part.strip() for part in name.split(",")] for name in value.split(";") if name.strip()]
    if not all(len(name) == 2 and all(name) for name in names):
        return value
    return "; ".join(f"{given} {surname}" for surname, given in names)


def is_field(text: str) -> bool:
    """Whether a line opens with a known key."""
    found = read_key(text)
    return found is not None and found[1] is not None


def find_tail(lines: Sequence[Line], start: int) -> int:
    """Where the fields below the text begin: at the first known key with another known one, or the end, close behind it."""
    filled = [n for n in range(start, len(lines)) if lines[n].text.strip()]
    for place, n in enumerate(filled):
        found = read_key(lines[n].text)
        if found is None or found[1] is None or found[1].zone == "front":
            continue
        near = filled[place + 1 : place + 4]
        if len(near) < 3 or any(is_field(lines[m].text) for m in near):
            return n
    return len(lines)


def parse_fields(lines: Sequence[Line]) -> list[Entry]:
    """Keys and their values, which may go on over several lines; an unknown key counts between known ones."""
    entries: list[Entry] = []
    for line in lines:
        text = line.text.strip()
        if not text:
            continue
        found = read_key(text)
        if found and (found[1] is not None or (text[:1].isupper() and len(found[0].split()) <= 4 and found[2])):
            entries.append(Entry(found[1].column if found[1] else "", found[0], found[2], found[1] is None))
        elif _LINK.fullmatch(text):
            entries.append(Entry("", "link", text))
        elif entries:
            entries[-1] = entries[-1]._replace(value=f"{entries[-1].value}\n{text}".strip("\n"))
        else:
            entries.append(Entry("", "head", text))
    return entries
