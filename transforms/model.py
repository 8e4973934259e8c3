"""What passes between the stages: records as printed, parsed values with their evidence, articles.

Offsets count Unicode code points in the record's document, end exclusive; `text` is always `document[start:end]`.
"""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from warehouse.tables import ChainLink

PARSER_VERSION = "1"
"""Rises with every change of a rule that can change a value."""


# ------------------------------------------------------------------ what readers yield
class Field(NamedTuple):
    """A column of a row, laid out in the document at `[start, end)`.

    Columns: headline, standfirst, byline, dateline, caption, credit, alt_text, body, source_line, copyright.
    """

    column: str
    start: int
    end: int


class Record(NamedTuple):
    """One record as printed: a document, and what its file says about it beside the text.

    Without `fields` the document is a whole printed article, to be segmented. With fields it is a row whose columns were laid out as
    they would be printed, a blank line between them.
    """

    number: int
    """From 1 in its file; damaged records are counted too."""
    byte_start: int
    byte_end: int
    """Span in the decompressed file."""
    line: int
    """Line of the file, from 1."""
    document: str
    fields: tuple[Field, ...] = ()
    record_id: str | None = None
    published_at: str | None = None
    """As given: RFC 3339, a day, or anything else that dates.parse_published may or may not understand."""
    source: str | None = None
    url: str | None = None
    section: str | None = None
    language: str | None = None
    extra: tuple[tuple[str, str], ...] = ()
    """Columns that have no place of their own."""
    warnings: tuple[str, ...] = ()


class Damaged(NamedTuple):
    """A stretch of the file that counts as a record but can't be read as one."""

    number: int
    byte_start: int
    byte_end: int
    line: int
    reason: str
    """A transforms.outcome.Reason."""
    detail: str
    """What is wrong and what to do."""
    raw: str
    """What stands there, decoded as well as can be, cut at 10,000 characters."""


class Gap(NamedTuple):
    """Bytes between records: bom, header, delimiter, blank, comment, cover, contents, footer."""

    kind: str
    byte_start: int
    byte_end: int
    declared: int | None = None
    """Documents that the print here says there are: `1 of 112 DOCUMENTS`. A file of several exports says it once for each."""


Item = Record | Damaged | Gap
"""What a reader yields. In order, the spans of its items tile the decompressed file."""


# ------------------------------------------------------------------ what the parsers of print return
class Place(NamedTuple):
    """A place as printed, and what the gazetteer makes of it."""

    text: str
    name: str
    admin1: str | None = None
    country: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    geonameid: int | None = None
    timezone: str | None = None
    resolution: str = "unresolved"
    candidates: tuple[int, ...] = ()


class Dateline(NamedTuple):
    """Where, when and by whom a story was filed, as far as the printed line says.

    `ANKARA, March 24 (Reuters) - ` has places (Ankara), month 3, day 24, agency reuters; text stops before the separator.
    """

    text: str
    start: int
    end: int
    lead: int
    """Where the lead paragraph starts, behind the separator and its blanks."""
    places: tuple[Place, ...]
    month: int | None
    day: int | None
    year: int | None
    """As printed; None when the year is not in the dateline."""
    weekday: int | None
    """0 is Monday."""
    agencies: tuple[str, ...]
    """Canonical ids in printed order."""
    agency_text: str | None
    contributors: tuple[Contributor, ...]
    """Bylines hidden in the dateline (Japanese, Chinese, Korean)."""
    rule: str
    warnings: tuple[str, ...] = ()


class Contributor(NamedTuple):
    """A person or desk named in the article, with the role."""

    name: str
    """In repaired case: `Jane Roe` for `JANE ROE`."""
    role: str
    text: str
    """As printed."""
    start: int
    end: int
    origin: str
    rule: str
    is_person: bool = True
    title: str | None = None
    affiliation: str | None = None
    place: str | None = None
    also_at: tuple[tuple[int, int], ...] = ()


class Credit(NamedTuple):
    """A photo credit read: `REUTERS/Ann Roe/Pool`."""

    photographer: str | None
    chain: tuple[ChainLink, ...]
    agencies: tuple[str, ...]
    flags: tuple[str, ...]
    restrictions: tuple[str, ...]
    rule: str
    warnings: tuple[str, ...] = ()


class Photo(NamedTuple):
    """A picture's caption and credit, with their spans. `credit_line` is what stands between brackets or behind the caption."""

    caption: str | None
    credit_line: str | None
    credit: Credit
    start: int
    end: int
    caption_span: tuple[int, int] | None
    credit_span: tuple[int, int] | None
    """The credit with its brackets: the block that the ledger sets apart."""
    rule: str
    alt_text: str | None = None
    date: dt.date | None = None
    """A full date printed in the caption."""
    places: tuple[Place, ...] = ()


class Block(NamedTuple):
    """A block of the span ledger."""

    kind: str
    start: int
    end: int
    rule: str
    field: str | None = None


class Corrected(NamedTuple):
    """A value of an article that an entry of a corrections file put right; as text, None for nothing."""

    column: str
    was: str | None
    now: str | None
    why: str
    entry: str


class Article(NamedTuple):
    """A record read and cleaned."""

    record: Record
    article_id: str
    content_hash: str
    source: str | None
    headline: str | None
    headline_tags: tuple[str, ...]
    standfirst: str | None
    byline: str | None
    dateline: Dateline | None
    dateline_date: dt.date | None
    dateline_date_basis: str | None
    contributors: tuple[Contributor, ...]
    photos: tuple[Photo, ...]
    blocks: tuple[Block, ...]
    body: str
    word_count: int
    source_line: str | None
    ed_note: str | None
    copyright_notice: str | None
    usage_terms: str | None
    published_at: dt.datetime | None
    published_at_basis: str | None
    language: str | None
    warnings: tuple[str, ...]
    corrections: tuple[Corrected, ...] = ()


class Profile(NamedTuple):
    """House switches of a source: what can't be told from one article."""

    source: str | None = None
    language: str | None = None
    timezone: str | None = None
    home_country: str | None = None
    """Country preferred for a bare place name."""
    titlecase_datelines: bool = False
    """The house prints `Berlin – Text`, place in title case with nothing else."""
    hyphen_datelines: bool = False
    """The house prints `PARIS - Text`, a place and a plain hyphen with nothing else."""
    columns: tuple[tuple[str, str], ...] = ()
    """Header name to our column, for rows."""
    format: str | None = None
    """Reader of its files."""
    delimiter: str | None = None
    """Between cells, or the line between articles."""
    encoding: str | None = None


HOUSELESS = Profile()
"""No house known: the general rules alone."""
