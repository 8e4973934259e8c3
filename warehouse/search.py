"""The index of full-text search: beside each file of articles a segment, which any plain DuckDB can read. It is derived, and may be deleted.

    news.lake/search/<file of articles>.parquet     kind, term, doc, tf, article, version, other, segment

    kind 0  a text        doc its number in the segment, tf its length in words, article and version its key
    kind 1  a word        term the word, other its stem
    kind 2  a stem        term the stem, other a word with that stem
    kind 3  a posting     term a word, doc a text that holds it, tf how often

Rows are sorted, so that a search reads a few row groups of each segment. A file without a segment is scanned by the same macros
(macros/words.sql): a search is always complete, and no run has to wait for its index. Stems come from DuckDB's fts extension, by language,
where its wheel is installed; without it each word stands for itself. A segment belongs to a file that never changes, so it needs no lock.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

import duckdb

from warehouse.ddl import quote, select_columns
from warehouse.errors import LakeError
from warehouse.lake import SEARCH, extension_file
from warehouse.snapshot import Shapes, read_shapes
from warehouse.tables import TABLES, columns

SEGMENT = {
    "kind": "UTINYINT", "term": "VARCHAR", "doc": "UINTEGER", "tf": "UINTEGER", "article": "UBIGINT", "version": "UINTEGER", "other": "VARCHAR",
    "segment": "UBIGINT",
}
TEXTS = ("headline", "standfirst", "body")
"""Columns of articles that are searched."""
STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "nb": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}
ROW_GROUP = 20_000
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1GB", "threads": 2, "autoinstall_known_extensions": False, "autoload_known_extensions": False, "temp_directory": "",
    "preserve_insertion_order": False,
}


def split_indexed(folder: Path | str, shapes: Shapes) -> tuple[list[Path], dict[frozenset[str], list[Path]]]:
    """The segments of a snapshot's articles, and the files of articles that have none."""
    place = Path(folder).resolve() / SEARCH
    there = {path.name for path in place.iterdir()} if place.is_dir() else set()
    segments: list[Path] = []
    bare: dict[frozenset[str], list[Path]] = {}
    for present, paths in shapes.get("articles", {}).items():
        for path in paths:
            if path.name in there:
                segments.append(place / path.name)
            else:
                bare.setdefault(present, []).append(path)
    return segments, bare


def index_articles(folder: Path | str) -> Iterator[tuple[Path, int]]:
    """Write the segments that are missing, and drop those whose file of articles is gone; yields each file that was indexed and what is left.

    It may run beside a writer and beside itself: a segment is written aside and renamed. Raises NoLake when there is no lake.
    """
    shapes = read_shapes(folder)
    place = Path(folder).resolve() / SEARCH
    try:
        place.mkdir(exist_ok=True)
        drop_strangers(place)
        _, bare = split_indexed(folder, shapes)
        todo = [(path, present) for present, paths in bare.items() for path in paths]
        if not todo:
            return
        with contextlib.closing(connect_indexer()) as connection:
            for number, (path, present) in enumerate(todo, 1):
                write_segment(connection, path, present, place / path.name)
                yield path, len(todo) - number
    except (duckdb.Error, OSError) as e:
        raise LakeError(f"the index in {place} can't be written: {str(e).splitlines()[0]}") from e


def drop_strangers(place: Path) -> None:
    """Remove segments of files that are no longer there, and what a killed indexer left half written."""
    kept = {path.name for path in (place.parent / "data").rglob("*.parquet")}
    for path in place.iterdir():
        if (path.suffix == ".parquet" and path.name not in kept) or (path.suffix == ".part" and not is_running(path)):
            path.unlink(missing_ok=True)


def is_running(part: Path) -> bool:
    """Whether the process that a half-written file is named after lives."""
    try:
        os.kill(int(part.name.split(".")[-2]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def connect_indexer() -> duckdb.DuckDBPyConnection:
    """A connection with the macros of search, and a macro `stem_of` that stems where it can."""
    connection = duckdb.connect(config=SETTINGS)
    try:
        connection.execute(f"CREATE SCHEMA landed; {declare_terms([])}")
        connection.execute(declare_unindexed({}))
        connection.execute((files("warehouse.macros") / "words.sql").read_text("utf-8"))
        connection.execute(f"CREATE MACRO stem_of(term, language) AS {declare_stem(connection)}")
    except BaseException:
        connection.close()
        raise
    return connection


def declare_stem(connection: duckdb.DuckDBPyConnection) -> str:
    """The expression for a word's stem: Snowball's by language where the fts extension can be loaded, else the word."""
    try:
        connection.execute(f"LOAD {quote(str(extension_file('fts')))}")
    except (LakeError, duckdb.Error):
        return "term"
    cases = " ".join(f"WHEN {quote(code)} THEN stem(term, {quote(name)})" for code, name in STEMMERS.items())
    return f"CASE language {cases} ELSE term END"


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


def write_segment(connection: duckdb.DuckDBPyConnection, source: Path, present: frozenset[str], target: Path) -> None:
    """Index one file of articles."""
    aside = target.with_name(f"{target.name}.{os.getpid()}.part")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE texts AS
        SELECT doc, ('0x' || article_id)::UBIGINT AS article, version, length, language, text FROM ({read_texts(present, [source])})""")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE postings AS
        SELECT term, doc, count(*) AS tf
        FROM (SELECT doc, unnest(landed.words_of(text)) AS term FROM texts) WHERE term <> '' GROUP BY ALL""")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE stems AS
        SELECT DISTINCT term, stem_of(term, language) AS stem
        FROM (SELECT DISTINCT p.term, t.language FROM postings p JOIN texts t USING (doc)) WHERE stem <> term""")
    columns = ", ".join(f"{name}::{kind} AS {name}" for name, kind in SEGMENT.items() if name != "segment")
    try:
        connection.execute(f"""
            COPY (
                SELECT {columns}, hash({quote(source.name)})::UBIGINT AS segment
                FROM (SELECT 0 AS kind, '' AS term, doc, length AS tf, article, version, NULL::VARCHAR AS other FROM texts
                      UNION ALL SELECT 1, term, NULL, NULL, NULL, NULL, stem FROM stems
                      UNION ALL SELECT 2, stem, NULL, NULL, NULL, NULL, term FROM stems
                      UNION ALL SELECT 3, term, doc, tf, NULL, NULL, NULL FROM postings)
                ORDER BY kind, term, doc
            ) TO {quote(str(aside))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}, PARQUET_VERSION v2)""")
        with aside.open("rb") as written:
            os.fsync(written.fileno())
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def declare_terms(segments: Iterable[Path]) -> str:
    """The view landed.terms over segments."""
    paths = ", ".join(quote(str(path)) for path in segments)
    body = f"SELECT {', '.join(SEGMENT)} FROM read_parquet([{paths}])" if paths else (
        f"SELECT {', '.join(f'NULL::{kind} AS {name}' for name, kind in SEGMENT.items())} WHERE false")
    return f"CREATE VIEW landed.terms AS {body}; COMMENT ON VIEW landed.terms IS 'Segments of the index of full-text search.'"


def declare_unindexed(bare: Mapping[frozenset[str], list[Path]]) -> str:
    """The view landed.unindexed: texts of the files that have no segment yet."""
    parts = [read_texts(present, paths) for present, paths in bare.items()]
    parts = parts or ["SELECT '' AS article_id, 0::BIGINT AS version, 0::BIGINT AS length, '' AS text WHERE false"]
    return (f"CREATE VIEW landed.unindexed AS SELECT article_id, version, length, text FROM ({' UNION ALL '.join(parts)}); "
            "COMMENT ON VIEW landed.unindexed IS 'Texts that no segment holds yet; they are scanned.'")
