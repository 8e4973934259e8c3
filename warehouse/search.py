"""Full-text search in a lake: the index as a connection sees it, and the texts that it does not hold yet, which are scanned.

    news.lake/search/<key>.texts.parquet      text, length, article, version     one row a text; its number: the data file's << 32 | its row in it
                     <key>.stems.parquet      term, stem                         one row a word that is not its own stem
                     <key>.postings.parquet   term, text, tf                     one row a word and text that holds it: how often
                     index.json               the segments <key>, and which data files each covers

Rows are sorted, so that a search reads a few row groups; warehouse.index writes them. The index is derived, and may be deleted: a file of articles
that is not covered is scanned by the same macros (macros/words.sql), so that a search is always complete and no run has to wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from warehouse.ddl import quote, select_columns
from warehouse.lake import SEARCH
from warehouse.segments import MANIFEST, read_manifest
from warehouse.snapshot import Shapes
from warehouse.tables import TABLES, columns

KINDS = {
    "texts": {"text": "UBIGINT", "length": "UINTEGER", "article": "UBIGINT", "version": "UINTEGER"},
    "stems": {"term": "VARCHAR", "stem": "VARCHAR"},
    "postings": {"term": "VARCHAR", "text": "UBIGINT", "tf": "UINTEGER"},
}
"""The files of a segment, and their columns."""
SHIFT = 32
"""Bits of a text's number that tell its row in its data file."""
TEXTS = ("headline", "standfirst", "body")
"""Columns of articles that are searched."""


class Indexed(NamedTuple):
    """What the index has of a snapshot's articles."""

    segments: tuple[Path, ...] = ()
    """Their names without what tells the kind."""
    bare: Mapping[frozenset[str], list[Path]] = MappingProxyType({})
    """Files that it does not cover, by the columns that they hold."""
    only: tuple[int, ...] = ()
    """Numbers of the data files to be seen, where segments cover more than the snapshot has."""

    def paths(self) -> list[Path]:
        """All files of the segments."""
        return [name_file(segment, kind) for segment in self.segments for kind in KINDS]


def name_file(segment: Path, kind: str) -> Path:
    """The file of a segment for a kind of row.

    >>> name_file(Path("search/00ff"), "stems").name
    '00ff.stems.parquet'
    """
    return segment.with_name(f"{segment.name}.{kind}.parquet")


def split_indexed(folder: Path | str, shapes: Shapes) -> Indexed:
    """The segments that cover a snapshot's articles, and the files of articles that none does."""
    place = Path(folder).resolve() / SEARCH
    live = {path.name for paths in shapes.get("articles", {}).values() for path in paths}
    seen: dict[str, int] = {}
    segments = []
    is_wider = False
    for one in read_manifest(place):
        own = {name: number for name, number in one.covers.items() if name in live}
        if one.since is None and own and not own.keys() & seen and all(name_file(place / one.key, kind).is_file() for kind in KINDS):
            segments.append(place / one.key)
            seen |= own
            is_wider |= len(own) < len(one.covers)
    bare: dict[frozenset[str], list[Path]] = {}
    for present, paths in shapes.get("articles", {}).items():
        if left := [path for path in paths if path.name not in seen]:
            bare[present] = left
    return Indexed(tuple(segments), bare, tuple(sorted(seen.values())) if is_wider else ())


def date_index(folder: Path | str) -> int:
    """When the index last changed, in nanoseconds; 0 where there is none."""
    try:
        return (Path(folder) / SEARCH / MANIFEST).stat().st_mtime_ns
    except OSError:
        return 0


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


def declare_index(indexed: Indexed) -> str:
    """The views landed.texts, landed.stems and landed.postings over the segments, of some data files alone where these are named."""
    views = []
    for kind, names in KINDS.items():
        paths = ", ".join(quote(str(name_file(segment, kind))) for segment in indexed.segments)
        body = f"SELECT {', '.join(names)} FROM read_parquet([{paths}])" if paths else (
            f"SELECT {', '.join(f'NULL::{sql} AS {name}' for name, sql in names.items())} WHERE false")
        seen = f" WHERE text >> {SHIFT} IN ({', '.join(map(str, indexed.only))})" if indexed.only and paths and "text" in names else ""
        views.append(f"CREATE VIEW landed.{kind} AS {body}{seen}; COMMENT ON VIEW landed.{kind} IS 'Full-text search: {kind} of the index.'")
    return "; ".join(views)


def declare_unindexed(bare: Mapping[frozenset[str], list[Path]]) -> str:
    """The view landed.unindexed: texts of the files that have no segment yet."""
    parts = [read_texts(present, paths) for present, paths in bare.items()]
    parts = parts or ["SELECT '' AS article_id, 0::BIGINT AS version, 0::BIGINT AS length, '' AS text WHERE false"]
    return (f"CREATE VIEW landed.unindexed AS SELECT article_id, version, length, text FROM ({' UNION ALL '.join(parts)}); "
            "COMMENT ON VIEW landed.unindexed IS 'Texts that the index does not hold yet; they are scanned.'")
