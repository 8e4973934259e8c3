"""Articles and answers for other programs: rows as Parquet, JSON Lines or CSV, articles as IPTC ninjs 3.1 or NITF 3.6."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from warehouse.ddl import quote
from warehouse.render import plain_text
from warehouse.sql import run_sql

Row = dict[str, Any]
SCHEMA = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would take for a formula."""
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
AT_ONCE = 500
CREDITED = frozenset({"author", "reporter", "writer", "additional_reporter", "contributor"})


class Story(NamedTuple):
    """An article with what hangs on it."""

    article: Row
    contributors: list[Row]
    places: list[Row]
    photos: list[Row]


def read_stories(folder: Path | str, where: str, at: str | None = None) -> Iterator[Story]:
    """The articles whose latest version answers to a condition, in the order of their days. Raises SqlRefused when the condition is not one."""
    with run_sql(folder, f"SELECT article_id FROM articles WHERE ({where}\n) ORDER BY published_at NULLS LAST, article_id", at=at) as result:
        ids = [row[0] for row in result.rows()]
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start:start + AT_ONCE]
        listed = ", ".join(map(quote, part))
        found: dict[str, dict[str, list[Row]]] = {name: {} for name in ("articles", "contributors", "places", "photos")}
        for name, by_id in found.items():
            order = "version" if name == "articles" else "position"
            with run_sql(folder, f"SELECT * FROM {name} WHERE article_id IN ({listed}) ORDER BY article_id, {order}", at=at) as result:
                for row in result.rows():
                    own = dict(zip(result.columns, row, strict=True))
                    by_id.setdefault(own["article_id"], []).append(own)
        for article_id in part:
            yield Story(found["articles"][article_id][0], *(found[name].get(article_id, []) for name in ("contributors", "places", "photos")))


def write_safe_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> int:
    """CSV that no spreadsheet takes for formulas: a text that begins like one is led by an apostrophe. Numbers stay numbers."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guard_cell(name) for name in columns])
    count = 0
    for row in rows:
        writer.writerow([guard_cell(value) if isinstance(value, (str, list, dict)) else "" if value is None else plain_text(value) for value in row])
        count += 1
    return count


def guard_cell(value: Any) -> str:
    """A cell's text, led by an apostrophe where it begins like a formula.

    >>> guard_cell("=1+1"), guard_cell("Rain")
    ("'=1+1", 'Rain')
    """
    text = value if isinstance(value, str) else plain_text(value)
    return f"'{text}" if text.startswith(FORMULA) else text


# ------------------------------------------------------------------ ninjs
def make_ninjs(story: Story) -> Row:
    """An article as a ninjs 3.1 object; what is not known is left out."""
    a = story.article
    uri = f"urn:copydesk:{a['article_id']}"
    sources = dict.fromkeys(name for name in (a["source"], a["source_line"], a["dateline_agency"]) if name)
    return without_blanks({
        "uri": uri, "type": "text", "standard": {"name": "ninjs", "version": "3.1", "schema": SCHEMA}, "version": str(a["version"]),
        "versionCreated": stamp(a["published_at"]), "contentCreated": f"{a['dateline_date']}T00:00:00Z" if a["dateline_date"] else None,
        "language": a["language"], "by": a["byline"], "located": a["located"],
        "headlines": valued("main", a["headline"]), "descriptions": valued("summary", a["standfirst"]),
        "bodies": [{"role": "main", "contentType": "text/plain", "wordCount": a["word_count"], "value": a["body"]}] if a["body"] else None,
        "people": [{"name": c["name"], "rel": c["role"]} for c in story.contributors if c["is_person"]],
        "organisations": [{"name": c["name"], "rel": c["role"]} for c in story.contributors if not c["is_person"]],
        "places": [without_blanks({"name": p["name"], "rel": p["origin"], "uri": p["geonameid"] and f"https://sws.geonames.org/{p['geonameid']}/"})
                   for p in story.places],
        "subjects": [{"name": a["section"]}] if a["section"] else None,
        "infoSources": [{"name": name} for name in sources],
        "altIds": [{"role": role, "value": value} for role, value in (("record", a["record_id"]), ("url", a["url"])) if value],
        "copyrightNotice": a["copyright_notice"], "usageTerms": a["usage_terms"], "edNote": a["ed_note"],
        "associations": [associate(uri, photo) for photo in story.photos],
    })


def associate(uri: str, photo: Row) -> Row:
    """A picture as an associated ninjs object."""
    return without_blanks({
        "name": f"picture {photo['position']}", "uri": f"{uri}:picture:{photo['position']}", "type": "picture", "by": photo["credit_line"],
        "contentCreated": f"{photo['photo_date']}T00:00:00Z" if photo["photo_date"] else None,
        "descriptions": [*(valued("caption", photo["caption"]) or ()), *(valued("alt", photo["alt_text"]) or ())],
        "people": [{"name": photo["photographer"], "rel": "photographer"}] if photo["photographer"] else None,
        "usageTerms": "; ".join(photo["restrictions"]),
    })


def valued(role: str, value: str | None) -> list[Row] | None:
    """A text in its role."""
    return [{"role": role, "value": value}] if value else None


def without_blanks(row: Row) -> Row:
    """A JSON object without the members that say nothing.

    >>> without_blanks({"by": "Jane Roe", "located": None, "people": []})
    {'by': 'Jane Roe'}
    """
    return {name: value for name, value in row.items() if value not in (None, "", [])}


def stamp(moment: Any) -> str | None:
    """A moment as RFC 3339 has it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


# ------------------------------------------------------------------ NITF
def make_nitf(story: Story) -> str:
    """An article as an NITF 3.6 document."""
    a = story.article
    root = ET.Element("nitf", version="-//IPTC//DTD NITF 3.6//EN")
    head, body = ET.SubElement(root, "head"), ET.SubElement(root, "body")
    add(head, "title", a["headline"])
    data = ET.SubElement(head, "docdata")
    if a["ed_note"]:
        ET.SubElement(data, "ed-msg", info=clean(a["ed_note"]))
    ET.SubElement(data, "doc-id", {"id-string": clean(a["record_id"] or a["article_id"]), **({"regsrc": clean(a["source"])} if a["source"] else {})})
    if a["published_at"]:
        ET.SubElement(data, "date.issue", norm=a["published_at"].strftime("%Y%m%dT%H%M%SZ"))
    if a["copyright_notice"]:
        ET.SubElement(data, "doc.copyright", holder=clean(a["copyright_notice"]))
    if a["section"]:
        ET.SubElement(head, "pubdata", {"position.section": clean(a["section"])})
    top = ET.SubElement(body, "body.head")
    if a["headline"]:
        add(ET.SubElement(top, "hedline"), "hl1", a["headline"])
    if a["byline"]:
        add(top, "byline", a["byline"])
    elif names := [c["name"] for c in story.contributors if c["role"] in CREDITED]:
        add(top, "byline", " and ".join(names))
    if a["dateline"]:
        add(top, "dateline", a["dateline"])
    if a["standfirst"]:
        add(ET.SubElement(top, "abstract"), "p", a["standfirst"])
    content = ET.SubElement(body, "body.content")
    for photo in story.photos:
        media = ET.SubElement(content, "media", {"media-type": "image"})
        told = {"alternate-text": clean(photo["alt_text"])} if photo["alt_text"] else {}
        ET.SubElement(media, "media-reference", {"mime-type": "image/jpeg", **told})
        if photo["caption"]:
            add(media, "media-caption", photo["caption"])
        if photo["credit_line"]:
            add(media, "media-producer", photo["credit_line"])
    for paragraph in a["body"].split("\n\n"):
        if paragraph.strip():
            add(content, "p", paragraph)
    if a["source_line"]:
        add(ET.SubElement(body, "body.end"), "tagline", a["source_line"])
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def add(parent: ET.Element, name: str, text: str | None) -> None:
    """An element with a text."""
    ET.SubElement(parent, name).text = clean(text or "")


def clean(text: str) -> str:
    """A text without the characters that XML has no place for."""
    return NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
