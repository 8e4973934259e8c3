"""From articles to the columns of the tables, and to the JSON object of `copydesk parse`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from transforms.model import PARSER_VERSION, Article, Block, Contributor, Damaged, Photo, Place, Record
from warehouse.tables import BODY_KINDS, Articles, Span

NO_TEXT = frozenset((*BODY_KINDS, "separator"))
"""Blocks whose text is not kept a second time."""

Columns = list[Any]
"""A table's columns in their declared order, each a list or an array."""


def columns_of(articles: Sequence[Article], versions: Sequence[int], file_ids: Sequence[str], batch_id: str) -> dict[str, Columns]:
    """The rows of some articles, by table and column.

    An article has some 27 blocks: rows are never made of them, since a tuple for each took longer than all that is done with its columns.
    """
    rows = [article_row(a, version, file_id, batch_id) for a, version, file_id in zip(articles, versions, file_ids, strict=True)]
    keys = Keys(articles, versions, batch_id)
    return {
        "articles": list(zip(*rows, strict=True)) or [[] for _ in Articles._fields],
        "contributors": contributor_columns(articles, keys),
        "places": place_columns(articles, keys),
        "photos": photo_columns(articles, keys),
        "blocks": block_columns(articles, keys),
        "corrections": correction_columns(articles, versions, batch_id),
    }


class Keys:
    """What is the same in all rows of an article, spread over them."""

    def __init__(self, articles: Sequence[Article], versions: Sequence[int], batch_id: str) -> None:
        self.ids = pa.array([a.article_id for a in articles], pa.string())
        self.versions = np.array(versions, np.int64)
        self.batch_id = pa.scalar(batch_id, pa.string())

    def spread(self, counts: Sequence[int], columns: Columns) -> Columns:
        """Key, position, some columns and the batch, for a table in which the articles have so many rows each."""
        sizes = np.array(counts, np.int64)
        owners = np.repeat(np.arange(len(sizes)), sizes)
        positions = np.arange(1, len(owners) + 1) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return [self.ids.take(pa.array(owners)), self.versions[owners], positions, *columns, pa.repeat(self.batch_id, len(owners))]


def turn(values: Sequence[tuple[Any, ...]], width: int) -> Columns:
    """Tuples as columns.

    >>> turn([(1, "a"), (2, "b")], 2), turn([], 2)
    ([(1, 2), ('a', 'b')], [[], []])
    """
    return list(zip(*values, strict=True)) or [[] for _ in range(width)]


def group_extra(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """What a record has beside its columns, by name; a name may come more than once.

    >>> group_extra([("keyword", "tide"), ("desk", "north"), ("keyword", "pier")])
    {'keyword': ['tide', 'pier'], 'desk': ['north']}
    """
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def article_row(article: Article, version: int, file_id: str, batch_id: str) -> tuple[Any, ...]:
    """The row of table `articles`."""
    record, dateline = article.record, article.dateline
    first = dateline.places[0] if dateline and dateline.places else None
    return (
        article.article_id, version, article.source, record.record_id, record.url, article.headline, article.headline_tags, article.standfirst,
        article.byline, dateline.text if dateline else None, article.dateline_date, article.dateline_date_basis,
        dateline.agencies[0] if dateline and dateline.agencies else None, first.name if first else None, first.country if first else None,
        article.published_at, article.published_at_basis, article.language, record.section, article.body, article.word_count, article.source_line,
        article.ed_note, article.copyright_notice, article.usage_terms, group_extra(record.extra), article.content_hash,
        article.warnings, file_id, record.number, record.byte_start, record.byte_end, record.line, PARSER_VERSION, batch_id,
    )


def contributor_columns(articles: Sequence[Article], keys: Keys) -> Columns:
    """Table `contributors`."""
    return keys.spread([len(a.contributors) for a in articles], turn([
        (c.name, c.is_person, c.role, c.title, c.affiliation, c.place, c.origin, c.text, c.start, c.end, [Span(s, e) for s, e in c.also_at], c.rule)
        for a in articles for c in a.contributors
    ], 12))


def place_columns(articles: Sequence[Article], keys: Keys) -> Columns:
    """Table `places`: of each article the dateline's first, then the captions'."""
    found = [find_places(a) for a in articles]
    return keys.spread([len(places) for places in found], turn([
        (origin, p.text, p.name, p.admin1, p.country, p.latitude, p.longitude, p.geonameid, p.timezone, p.resolution, p.candidates)
        for places in found for origin, p in places
    ], 11))


def find_places(article: Article) -> list[tuple[str, Place]]:
    """The places of an article and where they stood."""
    found = [("dateline", p) for p in article.dateline.places] if article.dateline else []
    found += [("caption", p) for photo in article.photos for p in photo.places]
    return found


def photo_columns(articles: Sequence[Article], keys: Keys) -> Columns:
    """Table `photos`."""
    return keys.spread([len(a.photos) for a in articles], turn([
        (p.caption, p.alt_text, p.credit_line, p.credit.photographer, p.credit.chain, p.credit.agencies, p.credit.flags, p.credit.restrictions,
         p.date, p.start, p.end, p.rule, p.credit.rule)
        for a in articles for p in a.photos
    ], 13))


def block_columns(articles: Sequence[Article], keys: Keys) -> Columns:
    """Table `blocks`."""
    columns: Columns = [[], [], [], [], [], []]
    kinds, starts, ends, rules, fields, texts = columns
    for article in articles:
        if not article.blocks:
            continue
        document = article.record.document
        own_kinds, own_starts, own_ends, own_rules, own_fields = zip(*article.blocks, strict=True)
        kinds += own_kinds
        starts += own_starts
        ends += own_ends
        rules += own_rules
        fields += own_fields
        texts += [None if kind in NO_TEXT else document[start:end] for kind, start, end in zip(own_kinds, own_starts, own_ends, strict=True)]
    return keys.spread([len(a.blocks) for a in articles], columns)


def correction_columns(articles: Sequence[Article], versions: Sequence[int], batch_id: str) -> Columns:
    """Table `corrections`."""
    return turn([
        (a.article_id, version, c.column, c.was, c.now, c.why, c.entry, batch_id)
        for a, version in zip(articles, versions, strict=True) for c in a.corrections
    ], 8)


# ------------------------------------------------------------------ JSON
def article_object(path: str, article: Article) -> dict[str, Any]:
    """What `copydesk parse` prints of an article."""
    record, dateline = article.record, article.dateline
    return {
        "source": path, "record": record.number, "record_id": record.record_id, "status": "ok", "reason": None,
        "article_id": article.article_id, "headline": article.headline, "headline_tags": list(article.headline_tags),
        "standfirst": article.standfirst, "byline": article.byline, "published_at": published_text(article), "language": article.language,
        "section": record.section, "url": record.url, "source_line": article.source_line, "ed_note": article.ed_note,
        "dateline": None if dateline is None else {
            "text": dateline.text, "start": dateline.start, "end": dateline.end, "places": [place_object(p) for p in dateline.places],
            "date": article.dateline_date.isoformat() if article.dateline_date else None, "date_basis": article.dateline_date_basis,
            "month": dateline.month, "day": dateline.day, "agency": dateline.agencies[0] if dateline.agencies else None,
            "agencies": list(dateline.agencies), "rule": dateline.rule,
        },
        "contributors": [contributor_object(c) for c in article.contributors],
        "photos": [photo_object(p) for p in article.photos],
        "body": article.body, "word_count": article.word_count,
        "blocks": [block_object(b) for b in article.blocks],
        "warnings": list(article.warnings),
    } | ({"corrections": [c._asdict() for c in article.corrections]} if article.corrections else {})


def published_text(article: Article) -> str | None:
    """The publication time as RFC 3339, or the day alone where no time was printed."""
    if article.published_at is None:
        return None
    if article.published_at_basis == "day":
        return article.published_at.date().isoformat()
    return article.published_at.isoformat().replace("+00:00", "Z")


def place_object(p: Place) -> dict[str, Any]:
    """A place as JSON."""
    return {
        "text": p.text, "name": p.name, "country": p.country, "admin1": p.admin1, "latitude": p.latitude, "longitude": p.longitude,
        "geonameid": p.geonameid, "timezone": p.timezone, "resolution": p.resolution, "candidates": list(p.candidates),
    }


def contributor_object(c: Contributor) -> dict[str, Any]:
    """A contributor as JSON."""
    return {
        "name": c.name, "role": c.role, "text": c.text, "start": c.start, "end": c.end, "origin": c.origin, "affiliation": c.affiliation,
        "title": c.title, "place": c.place, "is_person": c.is_person, "also_at": [list(s) for s in c.also_at], "rule": c.rule,
    }


def photo_object(p: Photo) -> dict[str, Any]:
    """A photo as JSON."""
    return {
        "caption": p.caption, "alt_text": p.alt_text, "credit_line": p.credit_line, "photographer": p.credit.photographer,
        "chain": [{"text": link.text, "kind": link.kind, "agency": link.agency} for link in p.credit.chain], "agencies": list(p.credit.agencies),
        "flags": list(p.credit.flags), "restrictions": list(p.credit.restrictions), "date": p.date.isoformat() if p.date else None,
        "start": p.start, "end": p.end, "rule": p.rule,
    }


def block_object(b: Block) -> dict[str, Any]:
    """A block as JSON."""
    return {"kind": b.kind, "start": b.start, "end": b.end, "rule": b.rule} if b.field is None else {
        "kind": b.kind, "start": b.start, "end": b.end, "rule": b.rule, "field": b.field}


def rejected_object(path: str, item: Record | Damaged, reason: str, detail: str) -> dict[str, Any]:
    """What `copydesk parse` prints of a record that would go to quarantine."""
    return {
        "source": path, "record": item.number, "record_id": item.record_id if isinstance(item, Record) else None, "status": "quarantined",
        "reason": reason, "detail": detail, "line": item.line, "byte_start": item.byte_start, "byte_end": item.byte_end,
        "article_id": None, "headline": None, "standfirst": None, "published_at": None, "language": None, "dateline": None, "contributors": [],
        "photos": [], "body": "", "blocks": [], "warnings": [],
    }


