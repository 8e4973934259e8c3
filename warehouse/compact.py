"""Small data files merged into larger ones, rows in date order, so that a question about a day opens one file and reads a part of it.

Every row stays as it is; so do the originals, and the files as earlier snapshots know them. Each merge is a transaction of its own.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa

from warehouse.ddl import read_rows
from warehouse.errors import LakeError
from warehouse.lake import Lake
from warehouse.layout import DataFile, list_files, read_catalog
from warehouse.rewrite import ROW_GROUP, Swap, swap_files, write_rows
from warehouse.snapshot import Shapes, read_shapes
from warehouse.tables import TABLES, arrow_schema

TARGET = 128 << 20
"""Bytes up to which files are merged."""
SMALL = TARGET // 2
"""A file of this size stays as it is."""
FEWEST = 2
DATED = "coalesce(published_at, dateline_date::TIMESTAMPTZ)"
OF_ARTICLES = ("contributors", "places", "photos", "blocks", "corrections")


class Merged(NamedTuple):
    """One merge."""

    table_name: str
    old: int
    new: int
    size_bytes: int


def compact_tables(
    lake: Lake, *, is_dry: bool = False, target: int = TARGET, checkpoint: Callable[[str], None] = lambda step: None,
) -> Iterator[Merged]:
    """Merge the small files of every table, group by group; yields each merge when it is committed."""
    with contextlib.closing(read_catalog(lake.folder)) as catalog:
        live = [file for file in list_files(catalog) if file.end is None]
    for name in TABLES:
        for group in group_files([file for file in live if file.table_name == name], target):
            if not is_dry:
                merge_files(lake, name, group, checkpoint)
            yield Merged(name, len(group), 1, sum(file.size_bytes for file in group))


def group_files(files: list[DataFile], target: int) -> Iterator[list[DataFile]]:
    """Small files in the order in which they landed, as many together as make one of the wanted size."""
    group: list[DataFile] = []
    size = 0
    for file in files:
        if file.size_bytes >= target // 2:
            continue
        if group and size + file.size_bytes > target:
            if len(group) >= FEWEST:
                yield group
            group, size = [], 0
        group.append(file)
        size += file.size_bytes
    if len(group) >= FEWEST:
        yield group


def merge_files(lake: Lake, name: str, group: list[DataFile], checkpoint: Callable[[str], None]) -> None:
    """Write one file in place of several."""
    paths = tuple(lake.folder / file.path for file in group)
    wanted = sum(file.rows for file in group)
    key = hashlib.sha256("\n".join(("compact", name, *(file.path for file in group))).encode()).hexdigest()[:16]
    target = lake.staging / "compact" / f"{key}.parquet"
    schema = pa.schema([field.with_nullable(True).remove_metadata() for field in arrow_schema(TABLES[name])])
    with lake.turn:
        try:
            reader = lake.connection.execute(order_rows(read_shapes(lake.folder), name, paths)).to_arrow_reader(ROW_GROUP)
            count = write_rows(target, schema, (loosen(batch, schema) for batch in reader))
        except (duckdb.Error, OSError, pa.ArrowException) as e:
            raise LakeError(f"{name} was not compacted: {str(e).splitlines()[0]}; see copydesk verify") from e
        if count != wanted:
            raise LakeError(f"{name} was not compacted: its files hold {count} rows, and the catalog says {wanted}; see copydesk verify")
        checkpoint(f"written {name}")
        swap_files(lake, [Swap(name, paths, target, wanted)], f"compact {name}", checkpoint=checkpoint)
        target.parent.rmdir()


def loosen(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Columns as DuckDB gives them, of the declared types."""
    return pa.RecordBatch.from_arrays([column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)], schema=schema)


def order_rows(shapes: Shapes, name: str, paths: tuple[Path, ...]) -> str:
    """The query for the rows of some files of a table, by the day of their article, else by what comes first in their key."""
    rows = read_rows(TABLES[name], shapes.get(name, {}), set(paths))
    if name == "articles":
        return f"SELECT * FROM ({rows}) ORDER BY {DATED} NULLS LAST, article_id, version"
    if name in OF_ARTICLES:
        days = f"SELECT article_id, version, {DATED} AS dated FROM ({read_rows(TABLES['articles'], shapes.get('articles', {}))})"
        last = "column_name" if name == "corrections" else "position"
        return f"SELECT r.* FROM ({rows}) r LEFT JOIN ({days}) d USING (article_id, version) ORDER BY dated NULLS LAST, article_id, version, r.{last}"
    first = [field for field in TABLES[name]._fields if field in ("committed_at", "run_id", "file_id", "record_no", "batch_id")]
    return f"SELECT * FROM ({rows}) ORDER BY {', '.join(first)}"
