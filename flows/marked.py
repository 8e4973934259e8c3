"""An article as it was printed, with everything that was read from it marked, and the rule that read it.

The text comes from the kept original: its file is read again, and the record must have the very text that was landed.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from flows.problems import ExitCode, Problem
from flows.read import give_hints, open_reading
from flows.settings import IngestConfig, read_houses
from transforms.fingerprint import identify
from transforms.model import Gap, Record
from transforms.outcome import Reject
from transforms.readers.found import Hints
from warehouse.ddl import quote
from warehouse.errors import NotFound
from warehouse.originals import name_original, open_original
from warehouse.render import show_unseen
from warehouse.show import Shown, find_article, read_printed
from warehouse.sql import run_sql

PLAIN_KINDS = frozenset(("paragraph", "separator"))
COLOURS = {
    "headline": "1", "standfirst": "1;36", "byline": "34", "dateline": "32", "caption": "35", "credit": "33", "image_alt": "2;35", "signoff": "34",
    "tagline": "34", "place": "4;32",
}
OTHER_COLOUR = "36"
PERSON_COLOUR = "4;34"
LABELS = len("additional reporter")
"""Width of the names of values."""


class Mark(NamedTuple):
    """A stretch of the document that was read as something."""

    start: int
    end: int
    label: str
    rule: str


def print_marked(lake: Path, name: str, config: IngestConfig) -> int:
    """Print the article that a name stands for: its id, the first digits of it, or the record's own id; `@2` asks for version 2."""
    shown = look_up(lake, name)
    document = read_document(lake, shown, config)
    is_coloured = sys.stdout.isatty()
    sys.stdout.write("".join(describe(shown)))
    sys.stdout.write("\n" + "".join(draw(document, find_marks(shown, document), is_coloured=is_coloured)).rstrip("\n") + "\n")
    sys.stdout.write("\n" + "".join(list_values(shown)))
    return ExitCode.LANDED


def look_up(lake: Path, name: str) -> Shown:
    """The article, by the record's own id or by its article id."""
    wanted, _, version = name.rpartition("@") if re.search(r"@\d{1,6}$", name) else (name, "", "")
    with run_sql(lake, f"SELECT DISTINCT article_id FROM articles WHERE record_id = {quote(wanted)} LIMIT 11") as result:
        ids = [str(row[0]) for row in result.rows()]
    if len(ids) > 1:
        raise NotFound(f"several articles have the record id {wanted}: {', '.join(ids[:10])}; name one of these")
    return find_article(lake, ids[0] if ids else wanted, int(version) if version else None)


def read_document(lake: Path, shown: Shown, config: IngestConfig) -> str:
    """The document that was landed, read again from the kept original."""
    article = shown.article
    sha256 = shown.sha256 or name_original(lake, article.file_id)
    hints = give_hints(shown.path or "", config, read_houses(config))
    hints = hints._replace(encoding=hints.encoding or shown.encoding)
    for is_whole_file in (True, False):
        if is_whole_file:
            record = find_record(open_original(lake, sha256), hints, article.record_no)
        else:
            record = find_record(io.BytesIO(read_printed(lake, shown)), hints._replace(format=hints.format or "text"), 1)
        if record is not None and identify(record, article.source).content_hash == article.content_hash:
            return record.document
    raise Problem(
        f"record {article.record_no} of {shown.path or sha256} reads differently now; give show the --format, --delimiter, --encoding and --profile "
        "that it was ingested with"
    )


def find_record(raw: BinaryIO, hints: Hints, number: int) -> Record | None:
    """One record of a file, by its number."""
    try:
        with open_reading(raw, hints) as reading:
            for item in reading.items:
                if not isinstance(item, Gap) and item.number == number:
                    return item if isinstance(item, Record) else None
    except Reject:
        return None
    return None


def find_marks(shown: Shown, document: str) -> list[Mark]:
    """What was read, outermost first: blocks, and in them people and places."""
    marks = [Mark(b.char_start, b.char_end, b.kind, b.rule) for b in shown.blocks if b.kind not in PLAIN_KINDS]
    for person in shown.contributors:
        spans = [(person.char_start, person.char_end), *((again.char_start, again.char_end) for again in person.also_at)]
        marks += [Mark(start, end, person.role, person.rule) for start, end in spans]
    for place in shown.places:
        for block in shown.blocks:
            if block.kind == place.origin and (at := document.find(place.text, block.char_start, block.char_end)) >= 0:
                marks.append(Mark(at, at + len(place.text), "place", place.resolution))
                break
    return nest(dict.fromkeys(marks))


def nest(marks: Iterable[Mark]) -> list[Mark]:
    """Marks in order, outer before inner; one that would cross an earlier one is left out, and so is an empty one.

    >>> [m.label for m in nest([Mark(3, 5, 'in', ''), Mark(0, 9, 'out', ''), Mark(4, 12, 'across', '')])]
    ['out', 'in']
    """
    kept: list[Mark] = []
    open_ends: list[int] = []
    for mark in sorted(marks, key=lambda m: (m.start, -m.end)):
        while open_ends and open_ends[-1] <= mark.start:
            open_ends.pop()
        if mark.start < mark.end and (not open_ends or mark.end <= open_ends[-1]):
            kept.append(mark)
            open_ends.append(mark.end)
    return kept


def draw(document: str, marks: Iterable[Mark], *, is_coloured: bool) -> Iterator[str]:
    """The document with its marks: in colour, or as `[kind: text]{rule}`.

    >>> ''.join(draw('By Ann Roe', [Mark(0, 10, 'byline', 'by'), Mark(3, 10, 'author', 'name')], is_coloured=False))
    '[byline: By [author: Ann Roe]{name}]{by}'
    """
    at = 0
    under: list[Mark] = []

    def close() -> str:
        mark = under.pop()
        if not is_coloured:
            return f"]{{{mark.rule}}}"
        outer = f"\x1b[{colour(under[-1].label)}m" if under else ""
        return f"\x1b[0m\x1b[2m{{{mark.rule}}}\x1b[0m{outer}"

    for mark in [*marks, Mark(len(document), len(document), "", "")]:
        while under and under[-1].end <= mark.start:
            yield clean(document[at:under[-1].end])
            at = under[-1].end
            yield close()
        yield clean(document[at:mark.start])
        at = mark.start
        if mark.start < mark.end:
            under.append(mark)
            yield f"\x1b[0m\x1b[{colour(mark.label)}m" if is_coloured else f"[{mark.label}: "


def colour(label: str) -> str:
    """The terminal colour of a kind of mark."""
    return COLOURS.get(label) or (OTHER_COLOUR if label in ("advisory", "boilerplate") else PERSON_COLOUR)


def clean(text: str) -> str:
    """Text that can't rewrite the reader's screen; line ends and tabs stay."""
    return "".join(part if part in ("\n", "\t") else show_unseen(part) for part in re.split(r"([\n\t])", text))


def describe(shown: Shown) -> Iterator[str]:
    """Which article this is, and where it was read."""
    article = shown.article
    versions = f"version {article.version} of {', '.join(map(str, shown.versions))}" if len(shown.versions) > 1 else f"version {article.version}"
    yield f"{article.article_id}, {versions}\n"
    place = f"record {article.record_no}, line {article.line}, bytes {article.byte_start} to {article.byte_end}"
    yield clean(f"{shown.path or article.file_id}, {place}") + "\n"


def list_values(shown: Shown) -> Iterator[str]:
    """What the marks were read as, one value a line."""
    article = shown.article
    day = f"{article.dateline_date} ({article.dateline_date_basis})" if article.dateline_date else None
    values: list[tuple[str, object]] = [
        ("record id", article.record_id), ("source", article.source), ("headline", article.headline), ("tags", ", ".join(article.headline_tags)),
        ("published", f"{article.published_at:%Y-%m-%d %H:%M} UTC ({article.published_at_basis})" if article.published_at else None),
        ("dateline day", day), ("dateline agency", article.dateline_agency), ("language", article.language),
    ]
    values += [("place", f"{p.name}, {p.country or '?'} ({p.origin}, {p.resolution})") for p in shown.places]
    values += [(c.role, ", ".join(filter(None, (c.name, c.title, c.affiliation, c.place)))) for c in shown.contributors]
    for photo in shown.photos:
        values.append(("photo", ", ".join(filter(None, (photo.photographer, *photo.agencies, *photo.flags))) or photo.credit_line))
    values += [("words in body", article.word_count), ("warnings", ", ".join(article.warnings)), ("parser", article.parser_version)]
    for name, value in values:
        if value not in (None, ""):
            yield f"{name.replace('_', ' '):>{LABELS}}  {clean(str(value))}\n"


