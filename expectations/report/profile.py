"""What a run's articles look like: how full their columns are, how long, from when, whose. Measured batch by batch and added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.contract import combine, list_names
from warehouse.tables import Articles, columns

UNPROFILED = frozenset({
    "article_id", "version", "content_hash", "file_id", "record_no", "byte_start", "byte_end", "line", "parser_version", "batch_id",
})
"""Columns that are never empty, being ours."""
FIELDS = tuple(c.name for c in columns(Articles) if c.name not in UNPROFILED)
LISTS = frozenset({"headline_tags", "warnings"})
MEASURED = (
    "headline", "standfirst", "byline", "dateline", "located", "section", "source_line", "ed_note", "copyright_notice", "usage_terms", "url",
)
"""Columns of text whose lengths are told."""
COUNTED = ("language", "country", "dateline_agency", "section", "dateline_date_basis", "published_at_basis")
"""Columns whose values are counted."""
WORDS = (0, 1, 50, 100, 200, 300, 400, 600, 800, 1200, 2000)
CHARACTERS = (0, 1, 20, 30, 40, 50, 60, 70, 80, 100, 120, 160)
READ = {
    "articles": [name for name in (*FIELDS, "article_id", "content_hash") if name != "body"],
    "contributors": ["role"], "photos": ["agencies"], "places": ["resolution"], "blocks": ["kind"], "duplicates": ["article_id", "kind"],
}
"""What of each table a profile is made of."""
MOST_VALUES = 5000
MOST_TEXTS = 200_000
"""Articles of a run among which one text under several sources is looked for."""
UNNAMED = ""
"""The source of records that name none."""


class Text(NamedTuple):
    """A text that landed, and under which sources."""

    headline: str
    sources: tuple[str, ...]


class Profile(NamedTuple):
    """Counts over the articles of a run; two of them add up."""

    articles: int = 0
    rows: Mapping[str, int] = {}
    """Rows by table."""
    by_source: Mapping[str, int] = {}
    filled: Mapping[tuple[str, str], int] = {}
    """Articles that have a value, by source and column."""
    extra: Mapping[tuple[str, str], int] = {}
    """Articles that have a column of the input which has none here, by source and name."""
    values: Mapping[tuple[str, str], int] = {}
    """Articles by column and value."""
    lengths: Mapping[tuple[str, int], int] = {}
    """Articles by measure (words, characters) and the least of its bin."""
    spans: Mapping[str, tuple[int, int]] = {}
    """Shortest and longest text of a column, in characters."""
    days: Mapping[int, int] = {}
    """Articles by day of publication, in days since 1970."""
    agencies: Mapping[tuple[str, str], int] = {}
    """Articles by agency of the dateline and source."""
    repeats: Mapping[tuple[str, str], int] = {}
    """Records that repeat an article, by kind and article."""
    texts: Mapping[str, Text] = {}
    """By hash, the first texts of the run."""


def profile_batch(tables: Mapping[str, pa.Table]) -> Profile:
    """The profile of a batch's tables, which need only the columns of READ.

    >>> profile_batch({}).articles
    0
    """
    rows = {name: table.num_rows for name, table in tables.items() if table.num_rows}
    values: Counter[tuple[str, str]] = Counter()
    for name, column in (("contributors", "role"), ("photos", "agencies"), ("places", "resolution"), ("blocks", "kind")):
        if rows.get(name):
            values.update(count_values(f"{name}.{column}", tables[name].column(column)))
    repeats: Counter[tuple[str, str]] = Counter()
    if rows.get("duplicates"):
        table = tables["duplicates"]
        repeats.update(zip(table.column("kind").to_pylist(), table.column("article_id").to_pylist(), strict=True))
    articles = tables.get("articles")
    if articles is None or not articles.num_rows:
        return Profile(0, rows, values=values, repeats=repeats)
    return profile_articles(articles)._replace(rows=rows, repeats=repeats) if not values else add_profiles(
        profile_articles(articles), Profile(0, rows, values=values, repeats=repeats))


def profile_articles(table: pa.Table) -> Profile:
    """The profile of rows of `articles`."""
    named = pc.fill_null(table.column("source"), UNNAMED).combine_chunks().dictionary_encode()
    sources, codes = named.dictionary.to_pylist(), named.indices.to_numpy(zero_copy_only=False)
    by_source = dict(zip(sources, np.bincount(codes, minlength=len(sources)).tolist(), strict=True))
    filled = {}
    for field in FIELDS:
        full = np.bincount(codes, weights=find_filled(table, field), minlength=len(sources))
        filled.update({(source, field): int(n) for source, n in zip(sources, full, strict=True) if n})
    values: Counter[tuple[str, str]] = Counter()
    for name in COUNTED:
        values.update(count_values(name, table.column(name)))
    values.update(count_values("warnings", table.column("warnings")))
    spans = {}
    for name in MEASURED:
        found = pc.min_max(pc.utf8_length(table.column(name))).as_py()
        if found["min"] is not None:
            spans[name] = (found["min"], found["max"])
    lengths = {
        **bin_numbers("words", table.column("word_count"), WORDS),
        **bin_numbers("characters", pc.utf8_length(pc.drop_null(table.column("headline"))), CHARACTERS),
    }
    dates = pc.drop_null(table.column("published_at")).cast(pa.timestamp("us")).cast(pa.date32(), safe=False).cast(pa.int32())
    days = {v["values"]: v["counts"] for v in pc.value_counts(dates).to_pylist()}
    texts = find_texts(table, sources, codes)
    return Profile(
        table.num_rows, {}, by_source, filled, count_extra(table, sources, codes), values, lengths, spans, days,
        count_pairs(table.column("dateline_agency"), sources, codes), {}, texts,
    )


def find_filled(table: pa.Table, field: str) -> Any:
    """For each row whether it has a value in a column; a body is told by its words."""
    if field == "body":
        return pc.greater(table.column("word_count"), 0).to_numpy()
    column = table.column(field)
    if field == "extra":
        return np.bincount(list_names(combine(column))[1], minlength=len(column)) > 0
    if field in LISTS:
        return pc.greater(pc.list_value_length(column), 0).fill_null(False).to_numpy()
    return column.is_valid().to_numpy()


def count_values(name: str, column: pa.ChunkedArray) -> dict[tuple[str, str], int]:
    """How often each value stands in a column, or in its lists."""
    if pa.types.is_list(column.type):
        column = pc.list_flatten(column)
    found = pc.value_counts(pc.drop_null(column)).to_pylist()
    return {(name, v["values"]): v["counts"] for v in sorted(found, key=lambda v: -v["counts"])[:MOST_VALUES]}


def count_pairs(column: pa.ChunkedArray, sources: list[str], codes: Any) -> dict[tuple[str, str], int]:
    """Rows by value and source, where there is a value."""
    encoded = column.combine_chunks().dictionary_encode()
    full = encoded.is_valid().to_numpy(zero_copy_only=False)
    if not full.any():
        return {}
    names = encoded.dictionary.to_pylist()
    pairs = encoded.indices.drop_null().to_numpy() * len(sources) + codes[full]
    keys, counts = np.unique(pairs, return_counts=True)
    return {(names[k // len(sources)], sources[k % len(sources)]): int(n) for k, n in zip(keys.tolist(), counts, strict=True)}


def count_extra(table: pa.Table, sources: list[str], codes: Any) -> dict[tuple[str, str], int]:
    """Rows by source and name of a column of the input that has none here."""
    names, rows = list_names(combine(table.column("extra")))
    if not len(names):
        return {}
    names = names.dictionary_encode()
    distinct = names.dictionary.to_pylist()
    keys, counts = np.unique(names.indices.to_numpy() * len(sources) + codes[rows], return_counts=True)
    found = [((sources[k % len(sources)], distinct[k // len(sources)]), int(n)) for k, n in zip(keys.tolist(), counts, strict=True)]
    return dict(sorted(found, key=lambda pair: -pair[1])[:MOST_VALUES])


def bin_numbers(name: str, column: pa.ChunkedArray, bounds: tuple[int, ...]) -> dict[tuple[str, int], int]:
    """Rows by the bin in which their number lies; a bin is named by its least number.

    >>> bin_numbers("words", pa.chunked_array([[0, 7, 9, 60]]), (0, 1, 50))
    {('words', 0): 1, ('words', 1): 2, ('words', 50): 1}
    """
    places = np.searchsorted(bounds, pc.drop_null(column).to_numpy(), side="right") - 1
    return {(name, bounds[place]): int(n) for place, n in enumerate(np.bincount(places, minlength=len(bounds)))}


def find_texts(table: pa.Table, sources: list[str], codes: Any) -> dict[str, Text]:
    """The texts of a batch, with the sources that carry each."""
    hashes, headlines = table.column("content_hash").to_pylist(), table.column("headline").to_pylist()
    found: dict[str, Text] = {}
    for key, headline, code in zip(hashes, headlines, codes.tolist(), strict=True):
        before, source = found.get(key), sources[code]
        if before is None:
            found[key] = Text((headline or "")[:200], (source,))
        elif source not in before.sources:
            found[key] = before._replace(sources=(*before.sources, source))
    return found


def add_profiles(one: Profile, other: Profile) -> Profile:
    """Two profiles as one.

    >>> add_profiles(Profile(2, {"articles": 2}), Profile(1, {"articles": 1, "photos": 4})).rows
    {'articles': 3, 'photos': 4}
    """
    if not one.articles and not one.rows:
        return other
    return Profile(
        one.articles + other.articles, add_counts(one.rows, other.rows), add_counts(one.by_source, other.by_source),
        add_counts(one.filled, other.filled),
        add_counts(one.extra, other.extra), add_counts(one.values, other.values), add_counts(one.lengths, other.lengths),
        add_spans(one.spans, other.spans), add_counts(one.days, other.days), add_counts(one.agencies, other.agencies),
        add_counts(one.repeats, other.repeats), add_texts(one.texts, other.texts),
    )


def add_counts(one: Mapping[Any, int], other: Mapping[Any, int]) -> dict[Any, int]:
    """Two counts as one."""
    total = dict(one)
    for key, n in other.items():
        total[key] = total.get(key, 0) + n
    return total


def add_spans(one: Mapping[str, tuple[int, int]], other: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The widest of two spans, column by column."""
    total = dict(one)
    for name, (least, most) in other.items():
        before = total.get(name, (least, most))
        total[name] = min(before[0], least), max(before[1], most)
    return total


def add_texts(one: Mapping[str, Text], other: Mapping[str, Text]) -> dict[str, Text]:
    """The texts of two parts of a run, as many as are kept."""
    total = dict(one)
    room = MOST_TEXTS - len(total)
    for key, text in other.items():
        if before := total.get(key):
            total[key] = before._replace(sources=tuple(dict.fromkeys((*before.sources, *text.sources))))
        elif room > 0:
            total[key] = text
            room -= 1
    return total


def list_values(profile: Profile, name: str, most: int) -> list[tuple[str, int]]:
    """The most frequent values of a column, most frequent first."""
    found = ((value, n) for (column, value), n in profile.values.items() if column == name)
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:most]


def list_shared(profile: Profile, most: int) -> list[Text]:
    """Texts that landed under several sources, those of most sources first."""
    shared = (text for text in profile.texts.values() if len(text.sources) > 1)
    return list(islice(sorted(shared, key=lambda text: (-len(text.sources), text.headline)), most))


def rank_sources(profile: Profile) -> list[tuple[str, int]]:
    """Sources by their articles, most first."""
    return sorted(profile.by_source.items(), key=lambda pair: (-pair[1], pair[0]))


def count_sources(pairs: Iterable[tuple[str, str]]) -> Counter[str]:
    """In how many sources each name stands."""
    return Counter(name for name, _ in set(pairs))
