"""Stories of the LDC collections (TIPSTER, TREC, Gigaword, KBP): one story is one <DOC> element."""

from __future__ import annotations

import re

from transforms.model import Record
from transforms.readers.elements import Element
from transforms.readers.found import Found, Hints
from transforms.readers.html_tree import fold_blanks
from transforms.readers.item_story import lay_out_marked
from transforms.readers.sgml import Part, read_attributes, split_parts, strip_tags
from transforms.readers.story import Picture, Story, Unreadable, join_paragraphs, spell_time, strip

_OPENING = re.compile(r"<DOC\b([^>]{0,2000})>", re.IGNORECASE)
_CLOSING = re.compile(r"</DOC\s*>\s*\Z", re.IGNORECASE)
_MARKED = re.compile(r"</?p\s*/?>", re.IGNORECASE)
COLUMNS = {
    "HEAD": "headline", "HEADLINE": "headline", "HL": "headline", "TITLE": "headline", "TI": "headline", "SUBJECT_LINE": "headline",
    "BYLINE": "byline", "AUTHOR": "byline", "AU": "byline", "BY": "byline",
    "DATELINE": "dateline", "DATE": "published", "DATE_TIME": "published", "DATETIME": "published", "DATE1": "published", "DD": "published",
    "TEXT": "body", "BODY": "body", "LP": "lead", "LEADPARA": "lead", "SOURCE": "source", "SO": "source", "SECTION": "section",
    "DOCNO": "id", "DOCID": "id", "CAPTION": "caption", "GRAPHIC": "caption", "LANGUAGE": "language", "CPYRIGHT": "copyright",
}
KNOWN = frozenset((
    *COLUMNS,
    "ACCESS", "AN", "AP.NOTE", "BODY.CONTENT", "CATEGORY", "CN", "CO", "CODE", "CORRECTION", "CORRECTION-DATE", "COUNTRY", "DATESENT", "DAY",
    "DD", "DESCRIPT", "DOCTYPE", "EDITION", "ENDTIME", "END_TIME", "F", "FILEID", "FIRST", "FORMAT", "G", "GV", "H1", "H2", "H3", "H4", "H5",
    "H6", "H7", "H8", "HEADER", "HT", "IN", "ISSUE", "JOURNAL", "KEYWORD", "LAST", "LENGTH", "MEMO", "MONTH", "MS", "NOTE", "NS", "P", "PAGE",
    "PARENT", "PG", "PREAMBLE", "PROFILE", "PUB", "RE", "SECOND", "SLUG", "ST", "STORYID", "SUBJECT", "SUMMARY", "TP", "TRAILER", "TXTTYPE",
    "TYPE", "UNK", "WORD.CT",
))
_ID_DAY = re.compile(r"[A-Z]{2,5}_[A-Z]{3}_((?:19|20)\d\d)(\d\d)(\d\d)\b")
_ID_SHORT = re.compile(r"(?:AP|WSJ)([5-9]\d)(\d\d)(\d\d)-\d+")
_ID_HOUSE = re.compile(r"([A-Z]{3,5})_[A-Z]{3}_\d{8}")
_DEEPEST = 8
_NOTE = re.compile(r"\(?Eds?[:.,]", re.IGNORECASE)
_SHORT_DATE = re.compile(r"(\d\d)/?(\d\d)/?(\d\d)")


def read_story(element: Element, found: Found, hints: Hints) -> Record | Unreadable:
    """The record of one story."""
    return lay_out_marked(element, found, parse_story)


def parse_story(text: str, warnings: tuple[str, ...] = ()) -> Story:
    """The parts of a story.

    >>> story = parse_story("<DOC><DOCNO> AP890103-0007 </DOCNO><HEAD>Pier Shut</HEAD><DATELINE>PORTMERE (AP) </DATELINE><TEXT>It is.</TEXT></DOC>")
    >>> story.record_id, story.headline, story.dateline, story.published_at
    ('AP890103-0007', 'Pier Shut', 'PORTMERE (AP)', '1989-01-03')
    """
    opening = _OPENING.match(text)
    inner = _CLOSING.sub("", text[opening.end() if opening else 0 :])
    found: dict[str, list[str]] = {}
    extra: list[tuple[str, str]] = []
    strange: list[str] = []
    for name, value in read_attributes(opening[1]) if opening else ():
        if name.lower() == "id":
            found.setdefault("id", []).append(value)
        elif name.lower() in ("headline", "language", "source"):
            found.setdefault(name.lower(), []).append(value)
        else:
            extra.append((name.lower(), value))
    for part in list(split_parts(inner)):
        column = COLUMNS.get(part.name)
        if column in ("body", "lead"):
            strange += read_body(part, found)
        elif column is not None:
            if value := strip_tags(part.text).strip():
                found.setdefault(column, []).append(value)
        elif part.name in ("P", "H3") or (not part.name and part.text.strip()):
            found.setdefault("loose", []).append(strip_tags(part.text).strip())
        elif part.name:
            if part.name not in KNOWN:
                strange.append(part.name)
            extra.append((part.name, " ".join(strip_tags(part.text).split())))
    story = choose_columns(found, extra)
    return story._replace(warnings=warnings, unknown=tuple(strange))


def choose_columns(found: dict[str, list[str]], extra: list[tuple[str, str]]) -> Story:
    """The story's columns from what its elements hold; second values go to extra."""
    heads = [fold_blanks(head) for head in found.get("headline", ())]
    extra += [("HEAD", head) for head in heads[1:] if _NOTE.match(head)]
    heads = heads[:1] + [head for head in heads[1:] if not _NOTE.match(head)]
    identity = next(iter(found.get("id", ())), None)
    bylines = list(dict.fromkeys(fold_blanks(line) for line in found.get("byline", ())))
    for column in ("id", "source", "section", "language", "copyright", "dateline", "published"):
        extra += [(column, value) for value in found.get(column, ())[1:]]
    day = name_day(identity)
    stamp = next(iter(found.get("published", ())), None)
    if stamp is not None and day is not None and _SHORT_DATE.fullmatch(stamp):
        extra.append(("date", stamp))  # the order of such figures differs from house to house; the id's does not
        stamp = None
    house = _ID_HOUSE.match(identity or "")
    return Story(
        headline=heads[0] if heads else None, standfirst=join_paragraphs(heads[1:]), byline="\n".join(bylines) or None,
        dateline=fold_blanks(next(iter(found.get("dateline", ())), "")) or None,
        body=join_paragraphs([*found.get("lead", ()), *found.get("body", ()), *found.get("loose", ())]),
        record_id=identity, published_at=spell_time(strip(stamp)) or day,
        copyright=next(iter(found.get("copyright", ())), None), section=next(iter(found.get("section", ())), None),
        source=next(iter(found.get("source", ())), house[1] if house else None), language=next(iter(found.get("language", ())), None),
        pictures=tuple(Picture(fold_blanks(text)) for text in found.get("caption", ())), extra=tuple(extra),
    )


def read_body(part: Part, found: dict[str, list[str]], depth: int = 0) -> list[str]:
    """Take down the text of a story: its marked paragraphs, or the lines as they are printed. Gives the names of unknown elements in it."""
    column = COLUMNS[part.name]
    pieces: list[str] = []
    strange: list[str] = []
    for inside in split_parts(part.text):
        if inside.name == "P" or not inside.name:
            pieces.append("\n\n" + strip_tags(_MARKED.sub("\n\n", inside.text)) + "\n\n" if inside.name else strip_tags(inside.text))
        elif (named := COLUMNS.get(inside.name)) in ("headline", "byline", "dateline") and named not in found:
            found.setdefault(named or "", []).append(strip_tags(inside.text).strip())
        elif COLUMNS.get(inside.name) in ("body", "lead") and depth < _DEEPEST:
            strange += read_body(inside, found, depth + 1)
        else:
            if inside.name not in KNOWN:
                strange.append(inside.name)
            pieces.append(strip_tags(inside.text))
    text = "".join(pieces)
    printed = re.sub(r"\n[ \t\r]*+(?:\n[ \t\r]*+)+(?=\n)", "\n", text).strip("\r\n").rstrip()
    if printed.strip():
        found.setdefault(column, []).append(printed)
    return strange


def name_day(identity: str | None) -> str | None:
    """The day that an id of these collections names.

    >>> name_day("EXA_ENG_20100103.0001"), name_day("AP880212-0001"), name_day("LA010189-0001")
    ('2010-01-03', '1988-02-12', None)
    """
    if identity is None:
        return None
    if named := _ID_DAY.match(identity):
        return "-".join(named.groups())
    if named := _ID_SHORT.match(identity):
        return f"19{named[1]}-{named[2]}-{named[3]}"
    return None
