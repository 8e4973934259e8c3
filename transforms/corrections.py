"""Values put right by hand: entries that name a record, a column, what was read there and what is right.

The rules read what can be read by rule. What is left is data (`rules/corrections.toml` and a newsroom's own file), applied to an article
after it was parsed. An entry says what it expects to find, so that it can't silently outlive its reason.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any, NamedTuple

from transforms.agencies import agencies
from transforms.model import Article, Corrected, Dateline, Place
from warehouse.tables import Articles, columns

COLUMNS = (
    "dateline", "located", "country", "dateline_agency", "dateline_date", "headline", "headline_tags", "standfirst", "byline", "published_at",
    "language", "section", "source_line", "ed_note", "copyright_notice", "usage_terms",
)
"""Columns that can be corrected, in the order in which corrections of one record are applied: a place needs its dateline."""
REQUIRED = ("record", "column", "was", "now", "why")
OPTIONAL = ("name", "source")
PATTERNS = {c.name: c.column.matches for c in columns(Articles) if c.column.matches}
SHOWN = 80

Value = str | dt.date | dt.datetime | tuple[str, ...] | None


class Correction(NamedTuple):
    """One entry: in this record this column is `now`, where `was` is read. Values are kept as text, as they are compared and shown."""

    name: str
    record: str
    source: str | None
    column: str
    was: str | None
    now: Value
    why: str


class BadEntry(Exception):  # noqa: N818 - a verdict on a file, not an error of the program
    """An entry that can't be used, with what to do about it."""


class Outdated(Exception):  # noqa: N818 - a verdict on an entry, not an error of the program
    """An entry whose record does not read as it says."""


Entries = Mapping[str, tuple[Correction, ...]]
"""Corrections by the record that they name."""


# ------------------------------------------------------------------ reading entries
def read_entries(table: Mapping[str, Any], file: str) -> tuple[Correction, ...]:
    """The entries of a file's contents. Raises BadEntry, which names the file and the entry.

    >>> entry = {"record": "a-1", "column": "country", "was": "AU", "now": "CA", "why": "Cape Breton."}
    >>> read_entries({"correction": [entry]}, "ours.toml")[0].name
    'ours.toml 1'
    """
    listed = table.get("correction", [])
    if strangers := sorted(table.keys() - {"correction"}):
        raise BadEntry(f"{file}: {strangers[0]!r} is not known; entries stand under [[correction]]")
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise BadEntry(f"{file}: `correction` is no list of entries; begin each with [[correction]]")
    found = tuple(read_entry(entry, file, number) for number, entry in enumerate(listed, 1))
    names: set[str] = set()
    targets: dict[tuple[str, str | None, str], str] = {}
    for one in found:
        if one.name in names:
            raise BadEntry(f"{file}: two entries are called {one.name!r}; give each a name of its own")
        names.add(one.name)
        other = targets.setdefault((one.record, one.source, one.column), one.name)
        if other != one.name:
            raise BadEntry(f"{file}: {other!r} and {one.name!r} both correct {one.column} of record {one.record}; keep one")
    return found


def read_entry(entry: Mapping[str, Any], file: str, number: int) -> Correction:
    """One entry, its values checked against the column's declaration."""
    name = entry.get("name", f"{PurePath(file).name} {number}")
    where = f"{file}: entry {number}" + (f" ({name})" if "name" in entry else "")
    if missing := [key for key in REQUIRED if key not in entry]:
        raise BadEntry(f"{where} lacks {', '.join(missing)}; every entry has {', '.join(REQUIRED)}")
    if strangers := sorted(entry.keys() - {*REQUIRED, *OPTIONAL}):
        raise BadEntry(f"{where} has {strangers[0]!r}, which is not known; known are {', '.join((*REQUIRED, *OPTIONAL))}")
    for key in ("name", "record", "source", "column", "why"):
        if key in entry and not (isinstance(entry[key], str) and entry[key].strip()):
            raise BadEntry(f"{where}: {key} is {entry[key]!r}; write a text between quotes")
    column = entry["column"]
    if column not in COLUMNS:
        raise BadEntry(f"{where}: column {column!r} can't be corrected; those that can are {', '.join(COLUMNS)}")
    try:
        was, now = write_value(read_value(column, entry["was"])), read_value(column, entry["now"])
    except ValueError as error:
        raise BadEntry(f"{where}: {error}") from None
    check_value(where, column, now)
    if was == write_value(now):
        raise BadEntry(f"{where}: was and now are the same; take it out")
    return Correction(name, entry["record"], entry.get("source"), column, was, now, entry["why"])


def read_value(column: str, given: object) -> Value:
    """A value as TOML gives it, as the column holds it; an empty text or list is nothing. Raises ValueError with what to write.

    >>> read_value("dateline_date", "1987-03-24"), read_value("headline_tags", "update, exclusive"), read_value("country", "")
    (datetime.date(1987, 3, 24), ('update', 'exclusive'), None)
    """
    if given in ("", []):
        return None
    if column == "headline_tags":
        tags = given.split(",") if isinstance(given, str) else given
        if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
            return tuple(tag.strip() for tag in tags)
        raise ValueError(f'{given!r} is no list of tags; write ["update", "exclusive"]')
    if column in ("published_at", "dateline_date"):
        return read_time(column, given)
    if isinstance(given, str):
        return given
    raise ValueError(f"{given!r} is no text; write it between quotes")


def read_time(column: str, given: object) -> dt.date | dt.datetime:
    """A day, or for a publication time a moment in UTC. Raises ValueError with what to write."""
    moment = given
    if isinstance(given, str):
        try:
            moment = dt.date.fromisoformat(given) if len(given) <= 10 else dt.datetime.fromisoformat(given)
        except ValueError:
            raise ValueError(f"{given!r} is no day or time; write 1987-03-24, or 2025-01-01T09:00:00+01:00") from None
    if isinstance(moment, dt.datetime) and column == "published_at":
        if moment.tzinfo is None:
            raise ValueError(f"{given} has no zone; write 2025-01-01T09:00:00+01:00, or the day alone")
        return moment.astimezone(dt.UTC)
    if isinstance(moment, dt.date) and not isinstance(moment, dt.datetime):
        return moment
    raise ValueError(f"{given!r} is no day; write 1987-03-24")


def check_value(where: str, column: str, now: Value) -> None:
    """What the column's declaration asks of a value that is to stand in it."""
    pattern = PATTERNS.get(column)
    if isinstance(now, str) and pattern and not re.search(pattern, now):
        raise BadEntry(f"{where}: now is {now!r}, and {column} must match {pattern}")
    if column == "dateline_agency" and now is not None and now not in agencies():
        raise BadEntry(f"{where}: no agency has the id {now!r}; ids are those of rules/agencies.toml")


def write_value(value: Value) -> str | None:
    """A value as text, as it is compared and shown.

    >>> write_value(("update", "exclusive")), write_value(dt.date(1987, 3, 24)), write_value(())
    ('update, exclusive', '1987-03-24', None)
    """
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(value) or None
    return value or None


@cache
def shipped_entries() -> tuple[Correction, ...]:
    """The entries that come with the rules."""
    text = files("transforms.rules").joinpath("corrections.toml").read_text("utf-8")
    return read_entries(tomllib.loads(text), "corrections.toml")


def file_entries(entries: Iterable[Correction]) -> Entries:
    """Entries by the record that they name."""
    filed: dict[str, tuple[Correction, ...]] = {}
    for entry in sorted(entries, key=lambda e: COLUMNS.index(e.column)):
        filed[entry.record] = (*filed.get(entry.record, ()), entry)
    return filed


# ------------------------------------------------------------------ applying them
def correct_article(article: Article, entries: Entries) -> Article:
    """The article with the values that entries put right, and a note of each. Raises Outdated where one does not find what it expects."""
    if not entries:
        return article
    record_id = article.record.record_id
    named = entries.get(article.article_id, ()) + (entries.get(record_id, ()) if record_id else ())
    wanted = [entry for entry in named if entry.source in (None, article.source)]
    if not wanted:
        return article
    if outdated := [fault for entry in wanted if (fault := find_fault(article, entry))]:
        raise Outdated("\n".join(outdated))
    for entry in wanted:
        article = apply(article, entry)
    notes = tuple(Corrected(e.column, e.was, write_value(e.now), e.why, e.name) for e in wanted)
    return article._replace(corrections=(*article.corrections, *notes), warnings=tuple(sorted({*article.warnings, "corrected"})))


def find_fault(article: Article, entry: Correction) -> str | None:
    """What keeps an entry from being applied, in words."""
    read = write_value(value_of(article, entry.column))
    if read == entry.was:
        return None
    place = f"the correction {entry.name!r} no longer matches: {entry.column} of record {entry.record}"
    if read == write_value(entry.now):
        return f"{place} is read as {quote(read)} without it; take the entry out"
    return f"{place} is read as {quote(read)}, not as {quote(entry.was)}; put the entry right or take it out"


def quote(text: str | None) -> str:
    """A value between quotes, cut to length."""
    return "nothing" if text is None else f"'{text[:SHOWN]}{'…' if len(text) > SHOWN else ''}'"


def value_of(article: Article, column: str) -> Value:
    """What stands in a column of `articles`, as rows.article_row lays it out."""
    dateline = article.dateline
    place = dateline.places[0] if dateline and dateline.places else None
    match column:
        case "dateline":
            return dateline.text if dateline else None
        case "located":
            return place.name if place else None
        case "country":
            return place.country if place else None
        case "dateline_agency":
            return dateline.agencies[0] if dateline and dateline.agencies else None
        case "section":
            return article.record.section
        case "published_at" if article.published_at is not None and article.published_at_basis == "day":
            return article.published_at.date()
    value: Value = getattr(article, column)
    return value


def apply(article: Article, entry: Correction) -> Article:
    """The article with one value put right."""
    return article._replace(**change_fields(article, entry))


def change_fields(article: Article, entry: Correction) -> dict[str, Any]:
    """The fields of an article that one entry changes."""
    now = entry.now
    match entry.column:
        case "dateline":
            return place_dateline(article, entry)
        case "located" | "country" | "dateline_agency":
            if article.dateline is None:
                raise Outdated(f"{name_entry(entry)} has no dateline to put it in; correct `dateline` too")
            return {"dateline": correct_dateline(article.dateline, entry)}
        case "dateline_date":
            return {"dateline_date": now, "dateline_date_basis": "corrected"}
        case "published_at":
            if isinstance(now, dt.date) and not isinstance(now, dt.datetime):
                return {"published_at": dt.datetime(now.year, now.month, now.day, tzinfo=dt.UTC), "published_at_basis": "day"}
            return {"published_at": now, "published_at_basis": "corrected" if now else None}
        case "section":
            return {"record": article.record._replace(section=None if now is None else str(now))}
        case "headline_tags":
            return {"headline_tags": now or ()}
    return {entry.column: now}


def name_entry(entry: Correction) -> str:
    """How a message about an entry begins."""
    return f"the correction {entry.name!r} can't be applied: it corrects {entry.column}, and record {entry.record}"


def place_dateline(article: Article, entry: Correction) -> dict[str, Any]:
    """The fields of an article whose dateline is another stretch of the record, or none."""
    if entry.now is None:
        return {"dateline": None, "dateline_date": None, "dateline_date_basis": None}
    text = str(entry.now)
    start = article.record.document.find(text)
    if start < 0:
        raise Outdated(f"{name_entry(entry)} does not print {quote(text)}; write the dateline as it is printed")
    end = start + len(text)
    if article.dateline is not None:
        return {"dateline": article.dateline._replace(text=text, start=start, end=end, lead=max(end, article.dateline.lead))}
    return {"dateline": Dateline(text, start, end, end, (), None, None, None, None, (), None, (), "corrected")}


def correct_dateline(dateline: Dateline, entry: Correction) -> Dateline:
    """A dateline with another place, country or agency. What was known of the place that it was taken for goes with it."""
    now = None if entry.now is None else str(entry.now)
    if entry.column == "dateline_agency":
        return dateline._replace(agencies=(now, *dateline.agencies[1:]) if now else ())
    first, rest = dateline.places[:1], dateline.places[1:]
    if entry.column == "located":
        if now is None:
            return dateline._replace(places=rest)
        country = first[0].country if first else None
        return dateline._replace(places=(Place(first[0].text if first else dateline.text, now, country=country, resolution="corrected"), *rest))
    if not first:
        raise Outdated(f"{name_entry(entry)} has no place; correct `located` too")
    return dateline._replace(places=(Place(first[0].text, first[0].name, country=now, resolution="corrected"), *rest))
