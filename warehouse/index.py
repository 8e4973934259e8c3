"""Writing the index of full-text search: the words of each data file, sorted, then merged with those of others. warehouse.search reads it.

Stems come from DuckDB's fts extension, by language, where its wheel is installed; without it each word stands for itself. It may run beside a
writer, beside readers and beside itself: files are written aside and put in place with the manifest, one indexer at a time.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
from collections.abc import Generator, Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow.parquet as pq

from warehouse.ddl import quote
from warehouse.errors import LakeError
from warehouse.lake import SEARCH, extension_file
from warehouse.search import KINDS, SHIFT, Indexed, declare_index, declare_unindexed, name_file, read_texts, split_indexed
from warehouse.segments import Segment, drop_stale, hold_index, keep_segments, place_segment, read_manifest
from warehouse.snapshot import read_shapes

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "eu": "basque", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "nb": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}
ROW_GROUP = 122_880
"""The more rows in a group, the less there is to skip; the fewer, the less is read for a word."""
STEP = 100_000
"""Texts after which what was indexed is put in place."""
MOST = 2_000_000
"""Texts up to which segments are merged."""
AT_ONCE = 4_000_000
"""Rows that are sorted at once, in some 300 MB."""
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "1GB", "threads": 2, "autoinstall_known_extensions": False, "autoload_known_extensions": False, "temp_directory": "",
    "preserve_insertion_order": False,
}


class Part(NamedTuple):
    """The words of one data file, written aside."""

    key: Path
    covers: str
    number: int
    texts: int


def index_articles(folder: Path | str, *, is_anew: bool = False, step: int = STEP) -> Iterator[tuple[Path, int]]:
    """Index the files of articles that are not, and tidy the index; yields each file that was read, and how many are left.

    With `is_anew` what is there goes first. Raises NoLake when there is no lake, LakeError when the index can't be written.
    """
    read_shapes(folder)
    place = Path(folder).resolve() / SEARCH
    try:
        place.mkdir(exist_ok=True)
        with hold_index(place):
            keep_segments(place, []) if is_anew else drop_stale(place)
        with contextlib.closing(connect_indexer()) as connection:
            while True:
                with hold_index(place):
                    done = yield from index_step(connection, Path(folder).resolve(), step)
                if not done:
                    return
    except (duckdb.Error, OSError) as e:
        raise LakeError(f"the index in {place} can't be written: {str(e).splitlines()[0]}") from e


def index_step(connection: duckdb.DuckDBPyConnection, folder: Path, step: int) -> Generator[tuple[Path, int], None, bool]:
    """Index some files and put their words in place; its value is whether there was any."""
    place = folder / SEARCH
    bare = split_indexed(folder, read_shapes(folder)).bare
    todo = [(path, present) for present, paths in bare.items() for path in paths]
    number = max((number for one in read_manifest(place) for number in one.covers.values()), default=0)
    parts: list[Part] = []
    try:
        while todo and sum(part.texts for part in parts) < step:
            path, present = todo.pop(0)
            number += 1
            parts.append(write_part(connection, path, present, place / path.stem, number))
            yield path, len(todo)
        if parts:
            settle_parts(connection, place, parts)
    finally:
        for part in parts:
            for kind in KINDS:
                name_part(part.key, kind).unlink(missing_ok=True)
    return bool(parts)


def name_part(key: Path, kind: str) -> Path:
    """Where a file of a segment is written before it is put in place; it names its process, to be told from what a killed one left."""
    return key.with_name(f"{key.name}.{kind}.{os.getpid()}.part")


def settle_parts(connection: duckdb.DuckDBPyConnection, place: Path, parts: Sequence[Part]) -> None:
    """Merge what was indexed, with segments that are not much larger, into one; those stay for a while for their readers."""
    known = drop_stale(place)
    taken = choose_merged([one for one in known if one.since is None], sum(part.texts for part in parts))
    covers = {name: number for one in taken for name, number in one.covers.items()} | {part.covers: part.number for part in parts}
    texts = sum(one.texts for one in taken) + sum(part.texts for part in parts)
    fresh = Segment(hashlib.sha256(repr(covers).encode()).hexdigest()[:16], covers, texts)
    ready = {name_file(place / fresh.key, kind).name: name_part(place / fresh.key, kind) for kind in KINDS}
    try:
        for kind, aside in zip(KINDS, ready.values(), strict=True):
            sources = [*(name_file(place / one.key, kind) for one in taken), *(name_part(part.key, kind) for part in parts)]
            merge_sorted(connection, kind, sources, aside)
        now = dt.datetime.now(dt.UTC).isoformat()
        place_segment(place, ready, [*(one._replace(since=now) if one in taken else one for one in known), fresh])
    finally:
        for aside in ready.values():
            aside.unlink(missing_ok=True)


def choose_merged(segments: Sequence[Segment], texts: int) -> list[Segment]:
    """The segments to be merged with so many new texts: the smallest first, while they are less than twice what comes together before them.

    So each that is left is at least twice the next, and there are few, however the texts came; and a text is merged a few times.

    >>> [one.texts for one in choose_merged([Segment("a", {}, 900), Segment("b", {}, 150), Segment("c", {}, 30)], 100)]
    [30, 150]
    """
    taken = []
    for one in sorted(segments, key=lambda one: one.texts):
        if one.texts >= 2 * texts or one.texts + texts > MOST:
            break
        taken.append(one)
        texts += one.texts
    return taken


def connect_indexer() -> duckdb.DuckDBPyConnection:
    """A connection with the macros of search, and a macro `stem_of` that stems where it can."""
    connection = duckdb.connect(config=SETTINGS)
    try:
        connection.execute(f"CREATE SCHEMA landed; {declare_index(Indexed())}")
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


def write_part(connection: duckdb.DuckDBPyConnection, source: Path, present: frozenset[str], key: Path, number: int) -> Part:
    """Write the words of one file of articles, sorted."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE part_texts AS
        SELECT {number << SHIFT}::UBIGINT + doc AS text, ('0x' || article_id)::UBIGINT AS article, version, length, language, text AS said
        FROM ({read_texts(present, [source])})""")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE part_postings AS
        SELECT term, text, count(*) AS tf
        FROM (SELECT text, unnest(landed.words_of(said)) AS term FROM part_texts) WHERE term <> '' GROUP BY ALL""")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE part_stems AS
        SELECT DISTINCT term, stem_of(term, language) AS stem
        FROM (SELECT DISTINCT p.term, t.language FROM part_postings p JOIN part_texts t USING (text)) WHERE stem <> term""")
    for kind, names in KINDS.items():
        connection.execute(f"""
            COPY (SELECT {", ".join(f"{name}::{sql} AS {name}" for name, sql in names.items())} FROM part_{kind} ORDER BY {", ".join(names)})
            TO {quote(str(name_part(key, kind)))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})""")
    row = connection.execute("SELECT count(*) FROM part_texts").fetchone()
    return Part(key, source.name, number, row[0] if row else 0)


def merge_sorted(connection: duckdb.DuckDBPyConnection, kind: str, sources: Sequence[Path], target: Path) -> None:
    """Write the rows of sorted files as one sorted file, a stretch of words after the other, so that memory does not follow their number."""
    names = ", ".join(KINDS[kind])
    listed = ", ".join(quote(str(path)) for path in sources)
    writer = None
    try:
        for where in cut_stretches(connection, listed) if kind == "postings" else ["true"]:
            rows = f"SELECT {'DISTINCT ' if kind == 'stems' else ''}{names} FROM read_parquet([{listed}]) WHERE {where} ORDER BY {names}"
            reader = connection.execute(rows).to_arrow_reader(ROW_GROUP)
            writer = writer or pq.ParquetWriter(
                target, reader.schema, compression="zstd", store_schema=False, write_page_checksum=True,
                use_dictionary=["term", "tf"], column_encoding={"text": "DELTA_BINARY_PACKED"} if "text" in KINDS[kind] else None)
            for batch in reader:
                writer.write_batch(batch)
    finally:
        if writer is not None:
            writer.close()


def cut_stretches(connection: duckdb.DuckDBPyConnection, listed: str) -> Iterator[str]:
    """Conditions that part the rows of some files by their words, about as many at once as can be sorted."""
    rows = connection.execute(f"""
        SELECT min(least) FROM (
            SELECT least, sum(row_group_num_rows) OVER (ORDER BY least) // {AT_ONCE} AS stretch
            FROM (SELECT row_group_num_rows, coalesce(stats_min_value, stats_min) AS least FROM parquet_metadata([{listed}])
                  WHERE path_in_schema = 'term'))
        GROUP BY stretch ORDER BY 1""").fetchall()
    cuts = [quote(least) for (least,) in rows[1:] if least is not None]
    for low, high in zip([None, *cuts], [*cuts, None], strict=True):
        yield " AND ".join([*([f"term >= {low}"] if low else []), *([f"term < {high}"] if high else [])]) or "true"
