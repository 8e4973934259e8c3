"""Every table of the lake, declared once.

A table is a NamedTuple whose fields carry their meaning, nearest published term and checks. The Arrow schema, the lake's DDL, the
comments on columns, the derived expectations and DICTIONARY.md are all read off these declarations. A row is a plain tuple in column order,
so that a batch of rows becomes Arrow columns with one `zip`.

Property names follow IPTC ninjs 3.1 where it has one, then NewsML-G2, NITF and schema.org.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    import pyarrow as pa

ROLES = (
    "author", "reporter", "additional_reporter", "writer", "editor", "compiler", "contributor", "translator", "photographer", "graphics",
)
ORIGINS = ("byline", "signoff", "tagline", "dateline", "field")
PLACE_ORIGINS = ("dateline", "caption", "credit", "byline", "signoff")
RESOLUTIONS = ("exact", "alternate", "overlay", "ambiguous", "unresolved", "corrected")
BLOCK_KINDS = (
    "headline", "standfirst", "byline", "timestamp", "image_alt", "caption", "credit", "advisory", "dateline", "paragraph", "subhead", "quote",
    "signoff", "tagline", "source_line", "correction", "boilerplate", "link_residue", "end_mark", "separator",
)
BODY_KINDS = ("paragraph", "subhead", "quote")
DATE_BASES = ("printed", "published", "caption", "copyright", "weekday", "none", "corrected")
PUBLISHED_BASES = ("offset", "dateline", "profile", "day", "unknown_zone", "corrected")
LINK_KINDS = ("person", "agency", "organisation", "account")
SEVERITIES = ("info", "warning", "critical")
STAGES = ("read", "parse", "validate")
FILE_STATUSES = ("landed", "failed")
RULE_KINDS = ("table", "code", "rest")
OUTCOMES = ("landed", "repeat", "stays", "discarded")
FORGOTTEN = ("landed", "quarantined", "duplicate", "container")
METRICS = ("records", "landed", "quarantined", "duplicates", "filled", "extra", "age_days", "unexpected")

ID = r"^[0-9a-f]{16}$"
SHA256 = r"^[0-9a-f]{64}$"
COUNTRY = r"^[A-Z]{2}$"


@dataclass(frozen=True, slots=True)
class Column:
    """What one column means, and what must hold for every value in it."""

    meaning: str
    like: str = ""
    """The nearest published term, such as `ninjs:located`."""
    key: bool = False
    matches: str | None = None
    one_of: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    was: str = ""
    """The name that it had before: files and lakes from then are read under it."""


class ChainLink(NamedTuple):
    """One link of a photo credit's chain, first to distributor."""

    text: Annotated[str, Column("The link as printed.")]
    kind: Annotated[str, Column("Person, agency, organisation or account.", one_of=LINK_KINDS)]
    agency: Annotated[str | None, Column("Canonical agency id, when it is a known agency.")]


class Span(NamedTuple):
    """A stretch of the document, in Unicode code points, end exclusive."""

    char_start: Annotated[int, Column("First code point.", least=0)]
    char_end: Annotated[int, Column("One past the last code point.", least=0)]


class Articles(NamedTuple):
    """One row per article version. The same record id with other text is a new version, never an edit."""

    article_id: Annotated[str, Column("Hash of the source and record id, or of the source and the text.", "ninjs:uri", key=True, matches=ID)]
    version: Annotated[int, Column("1 for the first text seen under this id, then 2, 3 ...", "ninjs:version", key=True, least=1)]
    source: Annotated[str | None, Column("Who supplied the record: the source column, profile or --source.", "ninjs:infoSources")]
    record_id: Annotated[str | None, Column("The record's own id in its file.", "ninjs:altIds")]
    url: Annotated[str | None, Column("Address given with the record.", "schema:url")]
    headline: Annotated[str | None, Column("Headline as printed, with its wire tags, which `headline_tags` names.", "ninjs:headlines")]
    headline_tags: Annotated[list[str], Column("Wire tags before the headline, such as update, refile, exclusive.")]
    standfirst: Annotated[str | None, Column("Summary line below the headline.", "ninjs:descriptions[role=summary]")]
    byline: Annotated[str | None, Column("Byline as printed.", "ninjs:by")]
    dateline: Annotated[str | None, Column("Dateline as printed, without its separator.", "newsml-g2:dateline")]
    dateline_date: Annotated[dt.date | None, Column("Day the story was filed, when a year has a basis.", "ninjs:contentCreated")]
    dateline_date_basis: Annotated[str | None, Column("Where the year of the dateline's day comes from.", one_of=DATE_BASES)]
    dateline_agency: Annotated[str | None, Column("Canonical id of the agency named in the dateline.", "ninjs:infoSources", matches=r"^[a-z0-9_]+$")]
    located: Annotated[str | None, Column("First place of the dateline, in standard spelling.", "ninjs:located")]
    country: Annotated[str | None, Column("Country of that place, ISO 3166-1 alpha-2.", "ninjs:places", matches=COUNTRY)]
    published_at: Annotated[dt.datetime | None, Column("When it was published, UTC.", "ninjs:versionCreated")]
    published_at_basis: Annotated[str | None, Column("How the zone was known: offset (printed), dateline, profile, day (no time printed), "
                                                     "unknown_zone (printed without one, read as UTC), corrected (by hand).",
                                              one_of=PUBLISHED_BASES)]
    language: Annotated[str | None, Column("Language, ISO 639-1.", "ninjs:language", matches=r"^[a-z]{2}$")]
    section: Annotated[str | None, Column("Section or desk given with the record.", "schema:articleSection")]
    body: Annotated[str, Column("Clean paragraphs, joined by a blank line.", "ninjs:bodies")]
    word_count: Annotated[int, Column("Words in the body.", "ninjs:wordCount", least=0)]
    source_line: Annotated[str | None, Column("Source line as printed: `Source: News Agencies`.", "ninjs:infoSources")]
    ed_note: Annotated[str | None, Column("Advisories and corrections, as printed.", "ninjs:edNote")]
    copyright_notice: Annotated[str | None, Column("Copyright line as printed.", "ninjs:copyrightNotice")]
    usage_terms: Annotated[str | None, Column("Terms of use as printed.", "ninjs:usageTerms")]
    extra: Annotated[dict[str, list[str]], Column("What the record has that has no column here: its values by name, `extra['name'][1]`.")]
    content_hash: Annotated[str, Column("Hash of the document's text.", matches=ID)]
    warnings: Annotated[list[str], Column("Codes of what was doubtful, sorted.")]
    file_id: Annotated[str, Column("File it came from.", matches=ID)]
    record_no: Annotated[int, Column("Number of the record in its file, from 1.", least=1)]
    byte_start: Annotated[int, Column("First byte of the record in the decompressed file.", least=0)]
    byte_end: Annotated[int, Column("One past its last byte.", least=0)]
    line: Annotated[int, Column("Line of the file on which it starts, from 1.", least=1)]
    parser_version: Annotated[str, Column("Version of the rules that read it.")]
    batch_id: Annotated[str, Column("Batch that landed it.", matches=ID)]


class Contributors(NamedTuple):
    """One row per person or desk and role named in an article."""

    article_id: Annotated[str, Column("The article.", key=True, matches=ID)]
    version: Annotated[int, Column("Its version.", key=True, least=1)]
    position: Annotated[int, Column("Order in print, from 1.", key=True, least=1)]
    name: Annotated[str, Column("Name in repaired case: `Jane Roe`.", "ninjs:people")]
    is_person: Annotated[bool, Column("False for a desk, paper or agency.")]
    role: Annotated[str, Column("What they did.", "iptc:cpprole", one_of=ROLES)]
    title: Annotated[str | None, Column("Job title as printed.", "nitf:byttl")]
    affiliation: Annotated[str | None, Column("Agency, paper or desk printed with the name.", "schema:affiliation")]
    place: Annotated[str | None, Column("Place printed with the name: `in Rome`.")]
    origin: Annotated[str, Column("Where in the article the name stood.", one_of=ORIGINS)]
    text: Annotated[str, Column("The name as printed.")]
    char_start: Annotated[int, Column("First code point of the name in the document.", least=0)]
    char_end: Annotated[int, Column("One past the last.", least=0)]
    also_at: Annotated[list[Span], Column("Further spans, when the same person stands there twice in one role.")]
    rule: Annotated[str, Column("Rule that read it.")]
    batch_id: Annotated[str, Column("Batch that landed it.", matches=ID)]


class Places(NamedTuple):
    """One row per place named in a dateline, caption or credit."""

    article_id: Annotated[str, Column("The article.", key=True, matches=ID)]
    version: Annotated[int, Column("Its version.", key=True, least=1)]
    position: Annotated[int, Column("Order in print, from 1.", key=True, least=1)]
    origin: Annotated[str, Column("Where it stood.", one_of=PLACE_ORIGINS)]
    text: Annotated[str, Column("The place as printed.")]
    name: Annotated[str, Column("Standard or repaired spelling.", "ninjs:places")]
    admin1: Annotated[str | None, Column("State or province.")]
    country: Annotated[str | None, Column("ISO 3166-1 alpha-2.", matches=COUNTRY)]
    latitude: Annotated[float | None, Column("Degrees north.", "schema:latitude", least=-90, most=90)]
    longitude: Annotated[float | None, Column("Degrees east.", "schema:longitude", least=-180, most=180)]
    geonameid: Annotated[int | None, Column("GeoNames id.", least=1)]
    timezone: Annotated[str | None, Column("IANA time zone.")]
    resolution: Annotated[str, Column("How it was found.", one_of=RESOLUTIONS)]
    candidates: Annotated[list[int], Column("GeoNames ids that remained, when ambiguous.")]
    batch_id: Annotated[str, Column("Batch that landed it.", matches=ID)]


class Photos(NamedTuple):
    """One row per picture whose caption or credit is printed."""

    article_id: Annotated[str, Column("The article.", key=True, matches=ID)]
    version: Annotated[int, Column("Its version.", key=True, least=1)]
    position: Annotated[int, Column("Order in print, from 1.", key=True, least=1)]
    caption: Annotated[str | None, Column("Caption without its credit.", "ninjs:descriptions[role=caption]")]
    alt_text: Annotated[str | None, Column("Alternative text.", "iptc:AltTextAccessibility")]
    credit_line: Annotated[str | None, Column("Credit as printed.", "iptc:Credit")]
    photographer: Annotated[str | None, Column("Person who took it.", "iptc:Creator")]
    chain: Annotated[list[ChainLink], Column("The credit's links, first to distributor.")]
    agencies: Annotated[list[str], Column("Canonical ids of the agencies in the chain, in order.")]
    flags: Annotated[list[str], Column("pool, file, handout, courtesy, screengrab, composite ... sorted.")]
    restrictions: Annotated[list[str], Column("Restrictions of use as printed.", "iptc:UsageTerms")]
    photo_date: Annotated[dt.date | None, Column("Day printed in the caption.", "iptc:DateCreated")]
    char_start: Annotated[int, Column("First code point of caption and credit.", least=0)]
    char_end: Annotated[int, Column("One past the last.", least=0)]
    rule: Annotated[str, Column("Rule that found the credit.")]
    credit_rule: Annotated[str, Column("Rule that set the links of the credit in order.")]
    batch_id: Annotated[str, Column("Batch that landed it.", matches=ID)]


class Blocks(NamedTuple):
    """One row per block of the span ledger. The blocks of a document tile it."""

    article_id: Annotated[str, Column("The article.", key=True, matches=ID)]
    version: Annotated[int, Column("Its version.", key=True, least=1)]
    position: Annotated[int, Column("Order in the document, from 1.", key=True, least=1)]
    kind: Annotated[str, Column("What the block is.", one_of=BLOCK_KINDS)]
    char_start: Annotated[int, Column("First code point.", least=0)]
    char_end: Annotated[int, Column("One past the last.", least=0)]
    rule: Annotated[str, Column("Rule that named its kind.")]
    field: Annotated[str | None, Column("Column of the input it was laid out from.")]
    text: Annotated[str | None, Column("What it says; null for body paragraphs, which are in articles.body, and for separators.")]
    batch_id: Annotated[str, Column("Batch that landed it.", matches=ID)]


class Corrections(NamedTuple):
    """One row per value that an entry of a corrections file put right."""

    article_id: Annotated[str, Column("The article.", key=True, matches=ID)]
    version: Annotated[int, Column("Its version.", key=True, least=1)]
    column_name: Annotated[str, Column("Column of `articles` that was corrected.", key=True)]
    was: Annotated[str | None, Column("What was read; null for nothing.")]
    now: Annotated[str | None, Column("What stands there instead; null for nothing.")]
    why: Annotated[str, Column("The reason, as the entry gives it.")]
    entry: Annotated[str, Column("Name of the entry.")]
    batch_id: Annotated[str, Column("Batch that landed it.", matches=ID)]


class Quarantine(NamedTuple):
    """One row per record that did not land, with its reason and itself."""

    file_id: Annotated[str, Column("File it came from.", key=True, matches=ID)]
    record_no: Annotated[int, Column("Number of the record in its file, from 1.", key=True, least=1)]
    record_id: Annotated[str | None, Column("The record's own id.")]
    article_id: Annotated[str | None, Column("The article it would have become.", matches=ID)]
    byte_start: Annotated[int, Column("First byte in the decompressed file.", least=0)]
    byte_end: Annotated[int, Column("One past the last byte.", least=0)]
    line: Annotated[int, Column("Line of the file, from 1.", least=1)]
    stage: Annotated[str, Column("Stage that set it aside.", one_of=STAGES)]
    reason: Annotated[str, Column("Code of the reason.")]
    severity: Annotated[str, Column("How grave.", one_of=SEVERITIES)]
    expectation: Annotated[str | None, Column("The expectation that failed, for stage validate.")]
    detail: Annotated[str, Column("What is wrong and what to do.")]
    raw: Annotated[str, Column("The record as read, cut at 10,000 characters; the kept original holds it all.")]
    parser_version: Annotated[str, Column("Version of the rules.")]
    batch_id: Annotated[str, Column("Batch that set it aside.", matches=ID)]


class Replays(NamedTuple):
    """One row per try to land a record that had been set aside or held back: the trail of the quarantine."""

    run_id: Annotated[str, Column("Run that tried.", key=True)]
    file_id: Annotated[str, Column("File of the record that was set aside.", key=True, matches=ID)]
    record_no: Annotated[int, Column("Number of the record in its file.", key=True, least=1)]
    tried_at: Annotated[dt.datetime, Column("When, UTC.")]
    outcome: Annotated[str, Column("landed, repeat (the same text has landed), stays (set aside again) or discarded (by hand).", one_of=OUTCOMES)]
    reason: Annotated[str | None, Column("Code of the reason, where it stays.")]
    detail: Annotated[str | None, Column("What is wrong and what to do, where it stays.")]
    article_id: Annotated[str | None, Column("The article that it became or repeats.", matches=ID)]
    with_file_id: Annotated[str | None, Column("File that held the corrected record; null where the record itself was read again.", matches=ID)]


class Duplicates(NamedTuple):
    """One row per record that repeats one which has landed."""

    file_id: Annotated[str, Column("File of the repeat.", key=True, matches=ID)]
    record_no: Annotated[int, Column("Number of the repeat in its file.", key=True, least=1)]
    byte_start: Annotated[int, Column("First byte in the decompressed file.", least=0)]
    byte_end: Annotated[int, Column("One past the last byte.", least=0)]
    article_id: Annotated[str, Column("The article it repeats.", matches=ID)]
    kind: Annotated[str, Column("record (same id and text) or text (same text, no id).", one_of=("record", "text"))]
    batch_id: Annotated[str, Column("Batch that saw it.", matches=ID)]


class Files(NamedTuple):
    """One row per input file read to its end, with its conservation equation. The hash is of the file as it lay there, compressed or not."""

    file_id: Annotated[str, Column("First 16 digits of sha256.", key=True, matches=ID)]
    parser_version: Annotated[str, Column("Version of the rules.", key=True)]
    sha256: Annotated[str, Column("Hash of the bytes on disk.", matches=SHA256)]
    path: Annotated[str, Column("Path as given.")]
    size_bytes: Annotated[int, Column("Bytes on disk.", least=0)]
    read_bytes: Annotated[int, Column("Bytes after decompression.", least=0)]
    format: Annotated[str | None, Column("Reader: text, delimited, jsonl ...")]
    encoding: Annotated[str | None, Column("Encoding used.")]
    compression: Annotated[str | None, Column("gzip, zstd or null.")]
    dialect: Annotated[str | None, Column("Delimiter, quote and header, as found.")]
    status: Annotated[str, Column("landed or failed.", one_of=FILE_STATUSES)]
    message: Annotated[str | None, Column("What is wrong and what to do: for a failed file, or one that could not be read to its end.")]
    records_in: Annotated[int, Column("Records found.", least=0)]
    landed: Annotated[int, Column("Records landed as articles.", least=0)]
    quarantined: Annotated[int, Column("Records set aside.", least=0)]
    duplicates: Annotated[int, Column("Records that repeat landed ones.", least=0)]
    gap_bytes: Annotated[int, Column("Bytes between records: headers, delimiters, blank lines.", least=0)]
    gaps: Annotated[list[str], Column("Those bytes by kind, as `kind=bytes`.")]
    is_conserved: Annotated[bool, Column("records_in = landed + quarantined + duplicates, and spans and gaps tile the file.")]
    run_id: Annotated[str, Column("Run that read it.")]
    batch_id: Annotated[str, Column("Batch that completed it.", matches=ID)]
    encoding_confidence: Annotated[float | None, Column("How sure the encoding is, 0 to 1.", least=0, most=1)] = None
    encoding_basis: Annotated[str | None, Column("What told the encoding: its mark, the declaration, or what its bytes look like.")] = None


class Batches(NamedTuple):
    """One row per committed batch. A batch id that is there already is not added again."""

    batch_id: Annotated[str, Column("Hash of the records' spans, files and parser version.", key=True, matches=ID)]
    run_id: Annotated[str, Column("Run that committed it.")]
    records_in: Annotated[int, Column("Records in.", least=0)]
    landed: Annotated[int, Column("Landed.", least=0)]
    quarantined: Annotated[int, Column("Set aside.", least=0)]
    duplicates: Annotated[int, Column("Repeats.", least=0)]
    bytes_in: Annotated[int, Column("Bytes of its records.", least=0)]
    parser_version: Annotated[str, Column("Version of the rules.")]
    committed_at: Annotated[dt.datetime, Column("When, UTC.")]


class Runs(NamedTuple):
    """One row per finished run."""

    run_id: Annotated[str, Column("Time and random part: sorts by start.", key=True)]
    started_at: Annotated[dt.datetime, Column("UTC.")]
    finished_at: Annotated[dt.datetime, Column("UTC.")]
    verdict: Annotated[str, Column("One sentence.")]
    exit_code: Annotated[int, Column("As the command returned it.", least=0)]
    files_in: Annotated[int, Column("Files found.", least=0)]
    files_skipped: Annotated[int, Column("Files that had landed before.", least=0)]
    files_failed: Annotated[int, Column("Files that could not be read.", least=0)]
    records_in: Annotated[int, Column("Records found.", least=0)]
    landed: Annotated[int, Column("Landed.", least=0)]
    quarantined: Annotated[int, Column("Set aside.", least=0)]
    duplicates: Annotated[int, Column("Repeats.", least=0)]
    bytes_in: Annotated[int, Column("Bytes read.", least=0)]
    seconds: Annotated[float, Column("Wall time.", least=0)]
    inputs: Annotated[list[str], Column("Paths as given.")]
    parser_version: Annotated[str, Column("Version of the rules.")]


class Rules(NamedTuple):
    """One row per run that read something and rule that leaves its name in a table: how often it fired, 0 for never."""

    run_id: Annotated[str, Column("The run.", key=True)]
    rule: Annotated[str, Column("Name of the rule, as it stands in the column `rule` of blocks, contributors and photos.", key=True)]
    kind: Annotated[str, Column("table (a stanza of a rule table), code, or rest (what no rule took).", one_of=RULE_KINDS)]
    home: Annotated[str, Column("File that holds the rule; empty when the rule is not registered.")]
    meaning: Annotated[str, Column("What it reads.")]
    in_blocks: Annotated[int, Column("Blocks that it set down.", least=0)]
    in_values: Annotated[int, Column("Values that it read: names, pictures, tags, flags, restrictions, agencies of a picture.", least=0)]
    fired: Annotated[bool, Column("Whether it read anything at all.")]
    parser_version: Annotated[str, Column("Version of the rules.")]


class Checks(NamedTuple):
    """One row per expectation and batch: its result."""

    run_id: Annotated[str, Column("The run.", key=True)]
    batch_id: Annotated[str, Column("The batch.", key=True, matches=ID)]
    suite: Annotated[str, Column("Suite: the table's name, or `cross` for hand-written ones.", key=True)]
    check_name: Annotated[str, Column("Name of the check.", key=True)]
    expectation: Annotated[str, Column("Great Expectations type.")]
    column_name: Annotated[str | None, Column("Column checked.")]
    severity: Annotated[str, Column("How grave a failure is.", one_of=SEVERITIES)]
    success: Annotated[bool, Column("Whether it held.")]
    evaluated: Annotated[int, Column("Rows looked at.", least=0)]
    unexpected: Annotated[int, Column("Rows that failed.", least=0)]
    meaning: Annotated[str, Column("What is expected, in words.")]
    detail: Annotated[str | None, Column("Examples or the error.")]
    unit: Annotated[str | None, Column("What `unexpected` and `evaluated` count: articles, values, rows, sources, files.")] = None
    least: Annotated[float | None, Column("Least number that is expected.")] = None
    most: Annotated[float | None, Column("Most that is expected.")] = None
    mostly: Annotated[float | None, Column("Share of those looked at that must hold, where fewer than all will do.")] = None
    mostly_reason: Annotated[str | None, Column("Why fewer than all will do.")] = None


class Metrics(NamedTuple):
    """One row per run that read something, source and measure: what later runs are compared with."""

    run_id: Annotated[str, Column("The run.", key=True)]
    source: Annotated[str, Column("Supplier of the records; empty where none is named, and for measures of the whole run.", key=True)]
    name: Annotated[str, Column(
        "records, landed, quarantined, duplicates (counts); filled (share of articles that have a value in a column); extra (share of articles "
        "that have a column of the input which has no column here); age_days (age of the newest article when the run began); unexpected (rows that "
        "failed a check).", key=True, one_of=METRICS)]
    field: Annotated[str, Column("Column for filled and extra, `suite.check` for unexpected, else empty.", key=True)]
    value: Annotated[float, Column("The measure.")]
    weight: Annotated[int, Column("Records, articles or rows that it rests on.", least=0)]


class Forgotten(NamedTuple):
    """One row per record that was removed on request, without what it said. Verify counts on it where the record is missed."""

    run_id: Annotated[str, Column("Request that removed it: an id like a run's.", key=True)]
    file_id: Annotated[str, Column("File that held it.", key=True, matches=ID)]
    record_no: Annotated[int, Column("Number of the record in its file; 0 for a container, which was removed whole.", key=True, least=0)]
    fate: Annotated[str, Column("What it was: landed, quarantined, duplicate; container for a file of files.", key=True, one_of=FORGOTTEN)]
    article_id: Annotated[str | None, Column("The article that it was.", matches=ID)]
    version: Annotated[int | None, Column("Its version, where it had landed.", least=1)]
    batch_id: Annotated[str | None, Column("Batch that had landed it or set it aside.", matches=ID)]
    content_hash: Annotated[str | None, Column("Hash of its document's text.", matches=ID)]
    byte_start: Annotated[int, Column("First byte in the decompressed file.", least=0)]
    byte_end: Annotated[int, Column("One past the last byte.", least=0)]
    filler: Annotated[str | None, Column("What stands in the kept original in its place; null where the original was removed.")]
    kept_sha256: Annotated[str | None, Column("Hash of what is kept of the original; null where nothing is.", matches=SHA256)]
    kept_bytes: Annotated[int, Column("Bytes of that.", least=0)]
    forgotten_at: Annotated[dt.datetime, Column("When, UTC.")]
    why: Annotated[str, Column("The reason that was given.")]


Table = type[Any]

TABLES: dict[str, Table] = {
    "articles": Articles, "contributors": Contributors, "places": Places, "photos": Photos, "blocks": Blocks, "corrections": Corrections,
    "quarantine": Quarantine, "replays": Replays,
    "duplicates": Duplicates, "files": Files, "batches": Batches, "runs": Runs, "rules": Rules, "checks": Checks, "metrics": Metrics,
    "forgotten": Forgotten,
}
"""All tables by name. `articles` holds every version; the view of that name shows the latest."""


class Declared(NamedTuple):
    """One declared column: its name, Python type without None, whether None is allowed, and its declaration."""

    name: str
    kind: Any
    nullable: bool
    column: Column


def columns(table: Table) -> tuple[Declared, ...]:
    """The declared columns of a table, in order.

    >>> [c.name for c in columns(Span)]
    ['char_start', 'char_end']
    """
    if table not in _declared:
        _declared[table] = tuple(read_columns(table))
    return _declared[table]


_declared: dict[Table, tuple[Declared, ...]] = {}
"""Every connection asks for all of them, some fifty times; resolving hints took a third of its time."""


def read_columns(table: Table) -> Iterator[Declared]:
    """What the fields of a table declare."""
    for name, hint in get_type_hints(table, include_extras=True).items():
        kind, column = get_args(hint)
        nullable = get_origin(kind) in (Union, UnionType) and type(None) in get_args(kind)
        if nullable:
            (kind,) = (k for k in get_args(kind) if k is not type(None))
        yield Declared(name, kind, nullable, column)


@cache
def arrow_scalars() -> dict[Any, pa.DataType]:
    """Arrow types of the Python types that stand alone. Readers of a lake have no use for Arrow, whose import takes longer than their question."""
    import pyarrow as pa

    return {
        str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), dt.date: pa.date32(), dt.datetime: pa.timestamp("us", tz="UTC"),
    }


def arrow_type(kind: Any) -> pa.DataType:
    """Arrow type of a declared Python type.

    >>> arrow_type(list[str])
    ListType(list<item: string>)
    """
    import pyarrow as pa

    if get_origin(kind) is dict:
        return pa.map_(*(arrow_type(part) for part in get_args(kind)))
    if get_origin(kind) is list:
        return pa.list_(arrow_type(get_args(kind)[0]))
    if kind in arrow_scalars():
        return arrow_scalars()[kind]
    return pa.struct([pa.field(c.name, arrow_type(c.kind), c.nullable) for c in columns(kind)])


def arrow_schema(table: Table) -> pa.Schema:
    """Arrow schema of a table, each field with its meaning as metadata.

    >>> arrow_schema(Span).names
    ['char_start', 'char_end']
    """
    import pyarrow as pa

    return pa.schema([pa.field(c.name, arrow_type(c.kind), c.nullable, {"meaning": c.column.meaning}) for c in columns(table)])
