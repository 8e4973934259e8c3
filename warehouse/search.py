"""Full-text search in a lake: the index as a connection sees it, and the texts that it does not hold yet, which are scanned.

    news.lake/search/<key>.parquet     kind, term, doc, tf, article, version, other, segment
                     index.json        which data files each covers

    kind 0  a text        doc its number in its data file, tf its length in words, article and version its key, segment its data file
    kind 1  a word        term the word, other its stem
    kind 2  a stem        term the stem, other a word with that stem
    kind 3  a posting     term a word, doc a text that holds it, tf how often, segment the text's data file

Rows are sorted, so that a search reads a few row groups of each file; warehouse.index writes them. It is derived, and may be deleted: a file of
articles that is not covered is scanned by the same macros (macros/words.sql), so that a search is always complete and no run has to wait.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from warehouse.ddl import quote, select_columns
from warehouse.lake import SEARCH
from warehouse.segments import read_manifest
from warehouse.snapshot import Shapes
from warehouse.tables import TABLES, columns

TERMS = {
    "kind": "UTINYINT", "term": "VARCHAR", "doc": "UINTEGER", "tf": "UINTEGER", "article": "UBIGINT", "version": "UINTEGER", "other": "VARCHAR",
    "segment": "UBIGINT",
}
TEXTS = ("headline", "standfirst", "body")
"""Columns of articles that are searched."""


class Indexed(NamedTuple):
    """What the index has of a snapshot's articles."""

    segments: tuple[Path, ...] = ()
    bare: Mapping[frozenset[str], list[Path]] = MappingProxyType({})
    """Files that it does not cover, by the columns that they hold."""
    only: tuple[int, ...] = ()
    """Numbers of the data files to be seen, where segments cover more than the snapshot has."""


def split_indexed(folder: Path | str, shapes: Shapes) -> Indexed:
    """The segments that cover a snapshot's articles, and the files of articles that none does."""
    place = Path(folder).resolve() / SEARCH
    live = {path.name for paths in shapes.get("articles", {}).values() for path in paths}
    covered: set[str] = set()
    segments = []
    is_wider = False
    for one in read_manifest(place):
        own = live.intersection(one.covers)
        if one.since is None and own and not own & covered and (place / one.name).is_file():
            segments.append(place / one.name)
            covered |= own
            is_wider |= len(own) < len(one.covers)
    bare: dict[frozenset[str], list[Path]] = {}
    for present, paths in shapes.get("articles", {}).items():
        if left := [path for path in paths if path.name not in covered]:
            bare[present] = left
    return Indexed(tuple(segments), bare, tuple(sorted(map(number_file, covered))) if is_wider else ())


def number_file(name: str) -> int:
    """The number of a data file in the index.

    >>> number_file("00ff00ff00ff00ff.parquet")
    6383074209948725944
    """
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8])


def read_texts(present: frozenset[str], paths: Iterable[Path]) -> str:
    """The query for keys, lengths, languages and searched texts of some files of articles, of the columns that they have."""
    item = {c.name: text for c, text in zip(columns(TABLES["articles"]), select_columns(TABLES["articles"], present), strict=True)}
    searched = ", ".join(item[name].split(" AS ")[0] for name in TEXTS if name in item)
    length = item.get("word_count", "0")
    return (
        f"SELECT {item['article_id']}, {item['version']}, coalesce({length.split(' AS ')[0]}, 0) AS length, {item['language']}, "
        f"concat_ws(' ', {searched}) AS text, file_row_number AS doc "
        f"FROM read_parquet([{', '.join(quote(str(path)) for path in paths)}], file_row_number = true)"
    )


def declare_terms(segments: Iterable[Path], only: Iterable[int] = ()) -> str:
    """The view landed.terms over segments, of some data files alone where these are named."""
    paths = ", ".join(quote(str(path)) for path in segments)
    seen = ", ".join(map(str, only))
    body = f"SELECT {', '.join(TERMS)} FROM read_parquet([{paths}])" if paths else (
        f"SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in TERMS.items())} WHERE false")
    where = f" WHERE segment IS NULL OR segment IN ({seen})" if seen else ""
    return f"CREATE VIEW landed.terms AS {body}{where}; COMMENT ON VIEW landed.terms IS 'The index of full-text search.'"


def declare_unindexed(bare: Mapping[frozenset[str], list[Path]]) -> str:
    """The view landed.unindexed: texts of the files that have no segment yet."""
    parts = [read_texts(present, paths) for present, paths in bare.items()]
    parts = parts or ["SELECT '' AS article_id, 0::BIGINT AS version, 0::BIGINT AS length, '' AS text WHERE false"]
    return (f"CREATE VIEW landed.unindexed AS SELECT article_id, version, length, text FROM ({' UNION ALL '.join(parts)}); "
            "COMMENT ON VIEW landed.unindexed IS 'Texts that the index does not hold yet; they are scanned.'")
