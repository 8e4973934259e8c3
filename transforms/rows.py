"""From an article to the rows of the tables, and to the JSON object of `copydesk parse`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from transforms.model import PARSER_VERSION, Article, Block, Contributor, Damaged, Photo, Place, Record
from warehouse.tables import BODY_KINDS, Articles, Contributors, Photos, Places, Span

NO_TEXT = frozenset((*BODY_KINDS, "separator"))
"""Blocks whose text is not kept a second time."""

Rows = dict[str, list[tuple[Any, ...]]]


def rows_of(article: Article, version: int, file_id: str, batch_id: str) -> Rows:
    """The article's rows by table, each a tuple in the declared column order."""
    key = (article.article_id, version)
    document = article.record.document
    return {
        "articles": [article_row(article, version, file_id, batch_id)],
        "contributors": [contributor_row(key, n, c, batch_id) for n, c in enumerate(article.contributors, 1)],
        "places": place_rows(article, key, batch_id),
        "photos": [photo_row(key, n, p, batch_id) for n, p in enumerate(article.photos, 1)],
        "blocks": [
            (*key, n, b.kind, b.start, b.end, b.rule, b.field, None if b.kind in NO_TEXT else document[b.start:b.end], batch_id)
            for n, b in enumerate(article.blocks, 1)
        ],
    }


def article_row(article: Article, version: int, file_id: str, batch_id: str) -> Articles:
    """The row of table `articles`."""
    record, dateline = article.record, article.dateline
    first = dateline.places[0] if dateline and dateline.places else None
    return Articles(
        article.article_id, version, article.source, record.record_id, record.url, article.headline, list(article.headline_tags), article.standfirst,
        article.byline, dateline.text if dateline else None, article.dateline_date, article.dateline_date_basis,
        dateline.agencies[0] if dateline and dateline.agencies else None, first.name if first else None, first.country if first else None,
        article.published_at, article.published_at_basis, article.language, record.section, article.body, article.word_count, article.source_line,
        article.ed_note, article.copyright_notice, article.usage_terms, [f"{k}={v}" for k, v in record.extra], article.content_hash,
        list(article.warnings), file_id, record.number, record.byte_start, record.byte_end, record.line, PARSER_VERSION, batch_id,
    )


def contributor_row(key: tuple[str, int], position: int, c: Contributor, batch_id: str) -> Contributors:
    """A row of table `contributors`."""
    return Contributors(*key, position, c.name, c.is_person, c.role, c.title, c.affiliation, c.place, c.origin, c.text, c.start, c.end,
                        [Span(s, e) for s, e in c.also_at], c.rule, batch_id)


def place_rows(article: Article, key: tuple[str, int], batch_id: str) -> list[tuple[Any, ...]]:
    """The rows of table `places`: the dateline's first, then the captions'."""
    found: list[tuple[str, Place]] = [("dateline", p) for p in (article.dateline.places if article.dateline else ())]
    found += [("caption", p) for photo in article.photos for p in photo.places]
    return [
        Places(*key, n, origin, p.text, p.name, p.admin1, p.country, p.latitude, p.longitude, p.geonameid, p.timezone, p.resolution,
               list(p.candidates), batch_id)
        for n, (origin, p) in enumerate(found, 1)
    ]


def photo_row(key: tuple[str, int], position: int, p: Photo, batch_id: str) -> Photos:
    """A row of table `photos`."""
    return Photos(*key, position, p.caption, p.alt_text, p.credit_line, p.credit.photographer, list(p.credit.chain), list(p.credit.agencies),
                  list(p.credit.flags), list(p.credit.restrictions), p.date, p.start, p.end, p.rule, batch_id)


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
    }


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


def count_rules(article: Article) -> Counter[str]:
    """How often each rule set a block, for the table of rules that never fired."""
    return Counter(b.rule for b in article.blocks if b.kind != "separator")


