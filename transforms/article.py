"""From a record to an article: segment, resolve what the print leaves open, clean."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import NamedTuple

from transforms.body import read_body, read_ending
from transforms.byline import merge_contributors, parse_byline_field
from transforms.caption import parse_caption_fields
from transforms.caption_places import find_caption_places
from transforms.dateline import parse_dateline
from transforms.dates import find_weekday, parse_published, resolve_dateline_date
from transforms.draft import Context, Draft, add_headline, add_photo
from transforms.fingerprint import Identity, identify
from transforms.gazetteer import Gazetteer
from transforms.head import read_head
from transforms.language import detect_language
from transforms.layout import Span, split_blocks, unwrap, unwrap_paragraph
from transforms.model import HOUSELESS, Article, Block, Dateline, Profile, Record
from transforms.outcome import Reason, Reject
from transforms.segment import read_document, tile_blocks
from transforms.text import clean_text
from warehouse.tables import BODY_KINDS

LONGEST_DOCUMENT = 20_000_000
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
WORD = re.compile(r"[^\W\d_]+")
LEAD_WINDOW = 1500
"""Characters of the body in which a weekday may date the story."""


# ------------------------------------------------------------------ rows
def read_row(record: Record, context: Context) -> Draft:
    """Read a row whose columns were laid out as they would be printed; each block notes its column."""
    draft = Draft()
    document = record.document
    columns = {f.column for f in record.fields}
    captions: list[tuple[str, Span]] = []
    for column, start, end in record.fields:
        draft.field = column
        span = (start, end)
        if column == "headline":
            add_headline(draft, document, span, "field.headline")
        elif column == "byline":
            read_byline_cell(draft, document, span)
        elif column == "standfirst":
            draft.standfirst.append(span)
            draft.add("standfirst", start, end, "field.standfirst")
        elif column == "dateline":
            read_dateline_cell(draft, document, span, context)
        elif column in ("caption", "credit", "alt_text"):
            if (captions and column == "caption") or any(c == column for c, _ in captions):
                read_photo_cells(draft, document, captions)
                captions = []
            captions.append((column, span))
        elif column == "source_line":
            if not read_ending(draft, document, span):
                draft.source_line = span
                draft.add("source_line", start, end, "field.source_line")
        elif column == "copyright":
            draft.copyright = span
            draft.add("boilerplate", start, end, "field.copyright")
        elif column == "body":
            spans = split_blocks(document, start, end)
            read_body(draft, document, read_head(draft, document, spans, context, bare_bylines="byline" not in columns), context)
        else:
            raise ValueError(f"a reader laid out an unknown column {column!r}")
    draft.field = None
    read_photo_cells(draft, document, captions)
    return draft


def read_photo_cells(draft: Draft, document: str, cells: list[tuple[str, Span]]) -> None:
    """One picture from its caption, credit and alternative text columns."""
    if not cells:
        return
    spans = dict(cells)
    caption, credit, alt = spans.get("caption"), spans.get("credit"), spans.get("alt_text")
    before = draft.field
    if alt is not None:
        draft.field = "alt_text"
        draft.add("image_alt", *alt, "field.alt_text")
    if caption is not None or credit is not None:
        photo = parse_caption_fields(
            document[caption[0]:caption[1]] if caption else None, document[credit[0]:credit[1]] if credit else None,
            caption_start=caption[0] if caption else 0, credit_start=credit[0] if credit else 0,
        )
        if photo is not None and alt is not None:
            photo = photo._replace(alt_text=document[alt[0]:alt[1]])
        if photo is None or (caption is not None and credit is not None):
            if photo is not None:
                draft.photos.append(photo)
            for kind, cell in (("caption", caption), ("credit", credit)):
                if cell is not None:
                    draft.field = kind
                    draft.add(kind, *cell, photo.rule if photo else f"field.{kind}")
        else:
            draft.field = "caption" if caption is not None else "credit"
            add_photo(draft, document, caption or credit or (0, 0), photo)
    draft.field = before


def read_byline_cell(draft: Draft, document: str, span: Span) -> None:
    """A byline column: names, titles and desks, in whatever form the column has them."""
    byline = parse_byline_field(document, *span)
    if byline is None or not (byline.contributors or byline.house or byline.initials):
        draft.warnings.add("byline_unparsed")
    if byline is not None:
        draft.contributors.extend(byline.contributors)
    draft.byline_spans.append(span)
    draft.add("byline", *span, byline.rule if byline else "field.byline")


def read_dateline_cell(draft: Draft, document: str, span: Span, context: Context) -> None:
    """A dateline column, which prints no separator or lead: `LAGOS, Jan. 2 (Example Wire)`."""
    start, end = span
    cell = document[start:end]
    separator = "" if cell.rstrip()[-1:] in "-–—_:" else " —"
    dateline = parse_dateline(f"{cell}{separator} Text", 0, len(cell) + len(separator) + 5, gazetteer=context.gazetteer,
                              profile=context.profile, language=context.language)
    draft.add("dateline", start, end, dateline.rule if dateline else "field.dateline")
    if dateline is None or dateline.end > len(cell):
        draft.warnings.add("dateline_unparsed")
        return
    draft.contributors.extend(c._replace(start=c.start + start, end=c.end + start) for c in dateline.contributors)
    draft.dateline = dateline._replace(start=dateline.start + start, end=dateline.end + start, lead=end)


# ------------------------------------------------------------------ what is clean
def clean_span(document: str, span: Span | None) -> str | None:
    """What stands at a span, on one line and cleaned; None for nothing."""
    if span is None:
        return None
    return clean_text(unwrap(document[span[0]:span[1]])).strip() or None


def join_spans(document: str, spans: Iterable[Span], joint: str) -> str | None:
    """Several stretches as one value."""
    return joint.join(text for span in spans if (text := clean_span(document, span))) or None


class Body(NamedTuple):
    """The clean text of an article, paragraphs divided by a blank line, and how many words it has."""

    text: str
    words: int


def join_body(document: str, blocks: Iterable[Block]) -> Body:
    """Clean paragraphs joined by a blank line; those broken to fit a width are put on one line.

    >>> text = "Ferry late.\\n\\nIt left\\nat noon."
    >>> join_body(text, [Block("paragraph", 0, 11, "r"), Block("separator", 11, 13, "r"), Block("paragraph", 13, 29, "r")])
    Body(text='Ferry late.\\n\\nIt left at noon.', words=6)
    """
    parts = [document[start:end] for kind, start, end, _, _ in blocks if kind in BODY_KINDS]
    text = "\n\n".join(parts)
    if "\r" in text or text.count("\n") != 2 * len(parts) - 2:
        text = "\n\n".join([unwrap_paragraph(part) for part in parts])
    text = clean_text(text)
    return Body(text, count_words(text, len(parts)))


def count_words(text: str, paragraphs: int) -> int:
    """Words between white space; counted by their blanks where these are single, which is three times as fast.

    >>> count_words("The ferry left.\\n\\nIt was late.", 2), count_words("Wheat   2.55", 1), count_words("", 0)
    (6, 2, 0)
    """
    if "  " in text or not text or "\t" in text or text.count("\n") != 2 * paragraphs - 2:
        return len(text.split())
    return text.count(" ") + paragraphs


def first_timezone(dateline: Dateline | None) -> str | None:
    """Time zone of the dateline's first place, when it is settled."""
    if dateline is None or not dateline.places or dateline.places[0].resolution == "ambiguous":
        return None
    return dateline.places[0].timezone


def find_weekdays(text: str) -> frozenset[int]:
    """The weekdays that a lead names; 0 is Monday.

    >>> sorted(find_weekdays("He said on Wednesday that the ferry left on Monday."))
    [0, 2]
    """
    return frozenset(day for word in WORD.findall(text) if len(word) > 3 and (day := find_weekday(word)) is not None)


def reconsider_language(record: Record, draft: Draft, document: str) -> str | None:
    """Language of the text that was read as headline and body."""
    if record.language:
        code = record.language.strip().lower().replace("_", "-").split("-")[0]
        if len(code) == 2 and code.isascii() and code.isalpha():
            return code
    for block in draft.blocks:
        if block.kind == "paragraph" and block.end - block.start >= 80:
            return detect_language(document[block.start:block.start + 700])
    return detect_language(document[:1200])


def parse_article(
    record: Record, *, gazetteer: Gazetteer, profile: Profile = HOUSELESS, source: str | None = None, identity: Identity | None = None,
) -> Article:
    """Read and clean one record. `identity` saves hashing it again.

    Raises Reject when the record holds nothing to read.
    """
    document = record.document
    if not document or document.isspace():
        raise Reject(Reason.EMPTY, f"record {record.number} (line {record.line}) holds only white space; remove it or fill it")
    if len(document) > LONGEST_DOCUMENT:
        raise Reject(Reason.TOO_LONG, f"record {record.number} (line {record.line}) has {len(document):,} characters; the limit is "
                                      f"{LONGEST_DOCUMENT:,}: is a delimiter missing?")
    identity = identity or identify(record, source or profile.source)
    context = Context(profile, gazetteer, profile.language or (record.language or "")[:2].lower() or None)
    draft = read_row(record, context) if record.fields else read_document(document, context)
    blocks = tile_blocks(draft.blocks, len(document))
    language = reconsider_language(record, draft, document)
    body, words = join_body(document, blocks)
    dateline = draft.dateline
    warnings = draft.warnings | set(record.warnings)

    published_at: dt.datetime | None = None
    basis: str | None = None
    day: dt.date | None = None
    if record.published_at:
        published = parse_published(record.published_at, profile_timezone=profile.timezone, dateline_timezone=first_timezone(dateline),
                                    language=language)
        published_at, basis, day = published.at, published.basis, published.day
        if published_at is None:
            warnings.add("published_unparsed")

    filed: dt.date | None = None
    filed_basis: str | None = None
    if dateline is not None:
        notice = document[draft.copyright[0]:draft.copyright[1]] if draft.copyright else ""
        year = YEAR.search(notice)
        captions = [p.date for p in draft.photos if p.date]
        resolved = resolve_dateline_date(
            dateline.month, dateline.day, dateline.year, dateline.weekday, published=day, caption_dates=captions,
            copyright_year=int(year[0]) if year else None, body_weekdays=find_weekdays(body[:LEAD_WINDOW]) if captions and day is None else (),
        )
        filed, filed_basis = resolved.date, resolved.basis
        warnings |= set(dateline.warnings) | set(resolved.warnings)
    photos = []
    for photo in draft.photos:
        warnings |= set(photo.credit.warnings)
        photos.append(photo._replace(places=find_caption_places(photo.caption, gazetteer=gazetteer, language=language)) if photo.caption else photo)

    return Article(
        record=record,
        article_id=identity.article_id,
        content_hash=identity.content_hash,
        source=record.source or source or profile.source,
        headline=clean_span(document, draft.headline),
        headline_tags=draft.tags,
        standfirst=join_spans(document, draft.standfirst, "\n"),
        byline=join_spans(document, draft.byline_spans, "\n"),
        dateline=dateline,
        dateline_date=filed,
        dateline_date_basis=filed_basis,
        contributors=merge_contributors(draft.contributors),
        photos=tuple(photos),
        blocks=blocks,
        body=body,
        word_count=words,
        source_line=clean_span(document, draft.source_line),
        ed_note=join_spans(document, draft.notes, "\n"),
        copyright_notice=clean_span(document, draft.copyright),
        usage_terms=clean_span(document, draft.usage),
        published_at=published_at,
        published_at_basis=basis,
        language=language,
        warnings=tuple(sorted(warnings)),
    )
