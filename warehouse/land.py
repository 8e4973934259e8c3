"""Landing: rows become staged Parquet files, and one DuckLake transaction adds the files of every table of a batch.

Values stand in the SQL as quoted literals: the first parameter that DuckDB is given from Python makes it import pandas.

A batch is landed whole or not at all, and once. Killed at any moment, the same again gives the same lake: what was staged or moved and
not committed is swept when the next writer opens the lake, and a batch that was committed is told by its id.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.ddl import quote, read_rows
from warehouse.errors import LakeError
from warehouse.lake import Lake
from warehouse.layout import note_hashes, sync_folder
from warehouse.originals import REMEDY, Original, explain_write, has_original, keep_original, open_original
from warehouse.snapshot import committed_files, name_commit, read_shapes
from warehouse.tables import ID, TABLES, arrow_schema

__all__ = [
    "Original", "arrow_table", "commit_batch", "has_original", "index_staged", "join_columns", "join_staged", "keep_original", "landed_articles",
    "landed_batches", "landed_counts",
    "landed_files", "landed_texts", "open_original", "stage",
]

SCHEMAS: dict[str, pa.Schema] = {name: arrow_schema(table) for name, table in TABLES.items()}


def arrow_table(table_name: str, rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Rows in column order as the declared Arrow table. Raises ValueError when a column that can't be null is.

    >>> arrow_table("batches", []).num_rows
    0
    """
    return join_columns(table_name, list(zip(*rows, strict=True)) or [()] * len(SCHEMAS[table_name]))


def join_columns(table_name: str, columns: Sequence[Any]) -> pa.Table:
    """Columns in their order, each a sequence or an array, as the declared Arrow table. Raises ValueError as arrow_table does.

    >>> join_columns("batches", [[]] * 9).num_rows
    0
    """
    schema = SCHEMAS[table_name]
    if len(columns) != len(schema):
        raise ValueError(f"{table_name} has {len(schema)} columns, the rows have {len(columns)}")
    arrays = [
        column if isinstance(column, pa.Array) and column.type == field.type else pa.array(column, field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    for array, field in zip(arrays, schema, strict=True):
        if array.null_count and not field.nullable:
            raise ValueError(f"{table_name}.{field.name} can't be null")
    return pa.Table.from_arrays(arrays, schema=schema)


def stage(folder: Path | str, batch_id: str, table_name: str, rows: Iterable[Sequence[Any]] | pa.Table, *, name: str | None = None) -> Path:
    """Write a batch's rows of one table to `staging/<batch>/<table>.parquet` in the lake's folder, or under another name there.

    Any process may call it; nothing has landed before commit_batch. Raises ValueError when the rows do not fit the table.
    """
    table = rows if isinstance(rows, pa.Table) else arrow_table(table_name, rows)
    place = Path(folder) / "staging" / check_id(batch_id)
    place.mkdir(parents=True, exist_ok=True)
    name = name or table_name
    staged, aside = place / f"{name}.parquet", place / f"{name}.{os.getpid()}.part"
    try:
        with aside.open("wb") as out:
            # Without the Arrow schema: every column's meaning would stand in every file.
            pq.write_table(table, out, compression="zstd", store_schema=False, write_page_checksum=True)
            out.flush()
            os.fsync(out.fileno())
        return aside.replace(staged)
    except OSError as e:
        raise LakeError(explain_write(aside, e)) from e


def join_staged(folder: Path | str, batch_id: str, parts: Sequence[Path]) -> Path:
    """The rows of quarantine in several staged files as one staged file."""
    rows = pa.concat_tables([pq.read_table(part, schema=SCHEMAS["quarantine"]) for part in parts])
    return stage(folder, batch_id, "quarantine", rows)


def check_id(batch_id: str) -> str:
    """A batch id becomes a file name, and must be the hash that it is declared to be."""
    if not re.fullmatch(ID, batch_id):
        raise ValueError(f"{batch_id!r} is not a batch id")
    return batch_id


def commit_batch(
    lake: Lake, batch_id: str, staged: Mapping[str, Path], checkpoint: Callable[[str], None] = lambda step: None, *, run_id: str | None = None,
) -> bool:
    """Land the staged files of a batch in one transaction. False, and nothing added, when it has landed before.

    A batch with a row in `batches` is told by that row, one without (the row of a run, say) by its files. Tables with no row are left out.
    `checkpoint` is called with the name of each step as it is done. The snapshot says of which run it is, so that readers can go back to that
    run. Raises LakeError when the catalog or the disk refuses; then nothing has
    landed, and the same call may be tried again.
    """
    check_id(batch_id)
    if strangers := staged.keys() - TABLES.keys():
        raise ValueError(f"no table is called {min(strangers)}")
    with lake.turn:
        if is_landed(lake, batch_id, staged):
            drop_staged(staged)
            return False
        checkpoint("begun")
        try:
            moved = move_staged(lake, batch_id, staged, checkpoint)
            note_hashes(lake.folder, moved.values())
            checkpoint("hashed")
            with lake.transaction() as connection:
                if run_id:
                    message, extra = name_commit(run_id, batch_id)
                    connection.execute(f"CALL lake.set_commit_message('copydesk', {quote(message)}, extra_info => {quote(extra)})")
                for table_name, path in moved.items():
                    connection.execute(
                        f"CALL ducklake_add_data_files('lake', '{table_name}', {quote(str(path))}, schema => 'data', allow_missing => true)"
                    )
                    checkpoint(f"registered {table_name}")
                # An interrupt may strike on either side of COMMIT: what is remembered is asked for again unless all of this goes through.
                batches, has_index = lake.batches, lake.has_index
                lake.batches, lake.has_index = None, False
                lake.check_lock()
            sync_folder(lake.folder)  # SQLite has removed its journal there, and a journal that comes back takes the commit back
        except (duckdb.Error, sqlite3.Error, OSError) as e:
            raise LakeError(f"batch {batch_id} was not landed in {lake.folder}: {str(e).splitlines()[0]}; {REMEDY}") from e
        checkpoint("committed")
        if has_index and "articles" in moved:
            lake.connection.execute(f"INSERT INTO memory.landed {KEYS} FROM read_parquet({quote(str(moved['articles']))})")
        lake.has_index = has_index
        if batches is not None and "batches" in moved:
            batches.add(batch_id)
        lake.batches = batches
        drop_staged(staged)
        checkpoint("cleaned")
        return True


def is_landed(lake: Lake, batch_id: str, staged: Mapping[str, Path]) -> bool:
    """Whether this batch, or for a batch without a row in `batches` any of its files, is in the catalog."""
    if batch_id in landed_batches(lake):
        return True
    if "batches" in staged:
        return False
    known = committed_files(lake.folder)
    return any(lake.data_file(name, batch_id) in known.get(name, ()) for name in staged)


def move_staged(lake: Lake, batch_id: str, staged: Mapping[str, Path], checkpoint: Callable[[str], None]) -> dict[str, Path]:
    """Move staged files to their place under data/. A file that an earlier try has moved already is taken as it lies there."""
    moved: dict[str, Path] = {}
    for table_name in (name for name in TABLES if name in staged):
        source, target = Path(staged[table_name]), lake.data_file(table_name, batch_id)
        if source.exists():
            if pq.read_metadata(source).num_rows == 0:
                continue
            source.replace(target)
            sync_folder(target.parent)
        elif not target.exists():
            raise LakeError(f"batch {batch_id} was not landed: its staged file {source} is gone")
        moved[table_name] = target
        checkpoint(f"moved {table_name}")
    return moved


def drop_staged(staged: Mapping[str, Path]) -> None:
    """Remove what is left of a batch's staged files, and its folder when that is empty then."""
    for path in map(Path, staged.values()):
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()


def read_committed(lake: Lake, table_name: str) -> str:
    """The query for the committed rows of a table, by its files: DuckLake takes a tenth of a second to plan what this does in a hundredth."""
    return read_rows(TABLES[table_name], read_shapes(lake.folder).get(table_name, {}))


def landed_batches(lake: Lake) -> set[str]:
    """Ids of all committed batches. Read once; no other process can add any while the lake is open."""
    with lake.turn:
        if lake.batches is None:
            lake.batches = {row[0] for row in lake.connection.execute(f"SELECT batch_id FROM ({read_committed(lake, 'batches')})").fetchall()}
        return lake.batches


def landed_files(lake: Lake, parser_version: str) -> set[str]:
    """Hashes of the files that this version of the rules has landed whole, and of those that were removed on request."""
    with lake.turn:
        query = f"""
            WITH files AS ({read_committed(lake, "files")})
            SELECT sha256 FROM files WHERE status = 'landed' AND parser_version = {quote(parser_version)}
            UNION SELECT sha256 FROM files SEMI JOIN (FROM ({read_committed(lake, "forgotten")}) WHERE kept_sha256 IS NULL) USING (file_id)"""
        return {row[0] for row in lake.connection.execute(query).fetchall()}


KEYS = """SELECT ('0x' || article_id)::UBIGINT AS article_id, version::INTEGER AS version, ('0x' || content_hash)::UBIGINT AS content_hash,
          parser_version"""
"""Keys of landed articles, hashes as the numbers that they are: some 40 bytes an article in memory."""


def index_articles(lake: Lake) -> None:
    """Read the keys of all landed articles into memory once, so that a batch's look-up does not open every file of the lake."""
    if not lake.has_index:
        lake.connection.execute(f"CREATE OR REPLACE TABLE memory.landed AS {KEYS} FROM ({read_committed(lake, 'articles')})")
        lake.has_index = True


def index_staged(lake: Lake, staged: Mapping[str, Path]) -> None:
    """Have the look-up of landed articles find those that are staged too: later batches of their run must know of them."""
    with lake.turn:
        index_articles(lake)
        if "articles" in staged:
            lake.connection.execute(f"INSERT INTO memory.landed {KEYS} FROM read_parquet({quote(str(staged['articles']))})")


def look_up(lake: Lake, column: str, hashes: Sequence[str]) -> list[tuple[str, str, int, str]]:
    """(article_id, content_hash, version, parser_version) of landed articles whose key is among some hashes, in order of id and version."""
    with lake.turn:
        index_articles(lake)
        lake.connection.register("wanted_hashes", pa.table({"hash": pa.array(hashes, pa.string())}))
        try:
            return lake.connection.execute(f"""
                SELECT printf('%016x', article_id), printf('%016x', content_hash), version, parser_version FROM memory.landed
                WHERE {column} IN (SELECT ('0x' || hash)::UBIGINT FROM wanted_hashes) ORDER BY article_id, version""").fetchall()
        finally:
            lake.connection.unregister("wanted_hashes")


def landed_articles(lake: Lake, article_ids: Sequence[str]) -> dict[str, list[tuple[int, str, str]]]:
    """(version, content_hash, parser_version) of every landed version of some articles, oldest first. Unknown ids are left out."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for article_id, content_hash, version, parser_version in look_up(lake, "article_id", article_ids):
        found.setdefault(article_id, []).append((version, content_hash, parser_version))
    return found


def landed_texts(lake: Lake, content_hashes: Sequence[str]) -> dict[str, list[str]]:
    """Ids of the landed articles that hold some texts. Texts that have not landed are left out."""
    found: dict[str, list[str]] = {}
    for article_id, content_hash, _, _ in look_up(lake, "content_hash", content_hashes):
        ids = found.setdefault(content_hash, [])
        if article_id not in ids:
            ids.append(article_id)
    return found


def landed_counts(lake: Lake, file_id: str, parser_version: str) -> tuple[int, int, int]:
    """(landed, quarantined, duplicates) that the committed batches of a file hold, for a file that was interrupted."""
    file, parser = quote(file_id), quote(parser_version)
    with lake.turn:
        names = ("articles", "quarantine", "duplicates", "batches")
        articles, quarantine, duplicates, batches = (f"({read_committed(lake, name)})" for name in names)
        row = lake.connection.execute(f"""
            SELECT (SELECT count(*) FROM {articles} WHERE file_id = {file} AND parser_version = {parser}),
                   (SELECT count(*) FROM {quarantine} WHERE file_id = {file} AND parser_version = {parser}),
                   (SELECT count(*) FROM {duplicates}
                    SEMI JOIN (FROM {batches} WHERE parser_version = {parser}) USING (batch_id) WHERE file_id = {file})""").fetchone()
        return row or (0, 0, 0)
