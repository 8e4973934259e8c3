"""An article as it was printed, with everything that was read from it marked, and the rule that read it.

The text comes from the kept original: its file is read again, and the record must have the very text that was landed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from flows.marks import clean, draw, find_marks, open_printer
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
from warehouse.show import Shown, find_article, read_printed
from warehouse.sql import run_sql

LABELS = len("additional reporter")
"""Width of the names of values."""


def print_marked(lake: Path, name: str, config: IngestConfig) -> int:
    """Print the article that a name stands for: its id, the first digits of it, or the record's own id; `@2` asks for version 2."""
    shown = look_up(lake, name)
    document = read_document(lake, shown, config)
    open_printer().write(print_article(shown, document))
    return ExitCode.LANDED


def print_article(shown: Shown, document: str) -> Iterator[tuple[str, str]]:
    """Which article this is, its text with its marks, and its values, in pieces with the style of each."""
    yield "".join(describe(shown)) + "\n", ""
    whole = document.rstrip("\n")
    yield from draw(whole, (mark for mark in find_marks(shown, document) if mark.end <= len(whole)))
    yield "\n\n" + "".join(list_values(shown)), ""


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


def describe(shown: Shown) -> Iterator[str]:
    """Which article this is, and where it was read."""
    article = shown.article
    versions = f"version {article.version} of {', '.join(map(str, shown.versions))}" if len(shown.versions) > 1 else f"version {article.version}"
    yield f"{article.article_id}, {versions}\n"
    place = f"record {article.record_no}, line {article.line}, bytes {article.byte_start} to {article.byte_end}"
    yield clean(f"{shown.path or article.file_id}, {place}") + "\n"


def list_values(shown: Shown) -> Iterator[str]:
    """What the marks were read as, one value a line."""
    for name, value in pair_values(shown):
        yield f"{name:>{LABELS}}  {clean(value)}\n"


def pair_values(shown: Shown) -> Iterator[tuple[str, str]]:
    """What the marks were read as, by name."""
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
    values += [("corrected", f"{c.column_name}: {c.was or 'nothing'} -> {c.now or 'nothing'} ({c.entry}: {c.why})") for c in shown.corrections]
    values += [("words in body", article.word_count), ("warnings", ", ".join(article.warnings)), ("parser", article.parser_version)]
    for name, value in values:
        if value not in (None, ""):
            yield name.replace("_", " "), str(value)
