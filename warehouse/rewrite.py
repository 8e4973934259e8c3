"""Data files replaced by others: the one way in which rows that have landed are ever laid down anew, to lie together or to lose some.

New files are written to staging/, hashed, moved under data/ and registered in the transaction that lets go of the old ones. So readers see all
of the old or all of the new; a writer killed at any step leaves files that no snapshot knows, and the next one sweeps them away. The old files
stay for the snapshots before, until these expire.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.ddl import quote
from warehouse.errors import LakeError
from warehouse.lake import Lake
from warehouse.layout import note_hashes
from warehouse.originals import sync_folder
from warehouse.tables import TABLES

ROW_GROUP = 65_536


class Swap(NamedTuple):
    """Files of one table and what takes their place."""

    table_name: str
    old: tuple[Path, ...]
    new: Path | None
    """Lies in staging/, under the name that it will have; None where no row is left."""
    rows: int
    """Rows of the old files."""


def write_rows(target: Path, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write rows as a data file and return how many; with none, no file is left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with target.open("wb") as out:
        with pq.ParquetWriter(out, schema, compression="zstd", store_schema=False, write_page_checksum=True) as writer:
            for batch in batches:
                if batch.num_rows:
                    writer.write_batch(batch, row_group_size=ROW_GROUP)
                    count += batch.num_rows
        out.flush()
        os.fsync(out.fileno())
    if not count:
        target.unlink()
    return count


def swap_files(
    lake: Lake, swaps: Sequence[Swap], message: str, *, added: Mapping[str, Path] | None = None,
    checkpoint: Callable[[str], None] = lambda step: None,
) -> None:
    """Commit new files in the place of old ones, and further ones with them, all in one transaction.

    `checkpoint` is called with the name of each step as it is done. Raises LakeError when the catalog or the disk refuses; then nothing changed.
    """
    fresh = [(swap.table_name, swap.new) for swap in swaps if swap.new is not None] + list((added or {}).items())
    if strangers := {swap.table_name for swap in swaps} - TABLES.keys():
        raise ValueError(f"no table is called {min(strangers)}")
    with lake.turn:
        try:
            moved = [(name, move_file(lake, name, path)) for name, path in fresh]
            checkpoint("moved")
            note_hashes(lake.folder, [path for _, path in moved])
            checkpoint("hashed")
            with lake.transaction() as connection:
                connection.execute(f"CALL lake.set_commit_message('copydesk', {quote(message)})")
                for swap in swaps:
                    drop_files(connection, swap)
                    checkpoint(f"dropped {swap.table_name}")
                for name, path in moved:
                    connection.execute(f"CALL ducklake_add_data_files('lake', '{name}', {quote(str(path))}, schema => 'data', allow_missing => true)")
                    checkpoint(f"registered {name}")
                lake.batches, lake.has_index = None, False
        except (duckdb.Error, sqlite3.Error, OSError) as e:
            raise LakeError(f"nothing was changed: {str(e).splitlines()[0]}") from e
        checkpoint("committed")


def move_file(lake: Lake, table_name: str, staged: Path) -> Path:
    """Move a file from staging to its place."""
    target = lake.folder / "data" / table_name / staged.name
    staged.replace(target)
    sync_folder(target.parent)
    return target


def drop_files(connection: duckdb.DuckDBPyConnection, swap: Swap) -> None:
    """Let go of whole files. DuckLake drops a file of which every row is deleted, and writes nothing beside it."""
    names = ", ".join(quote(str(path)) for path in swap.old)
    row = connection.execute(f"DELETE FROM lake.data.{swap.table_name} WHERE filename IN ({names})").fetchone()
    if row is None or row[0] != swap.rows:
        raise LakeError(f"nothing was changed: {swap.table_name} should lose {swap.rows} rows with its old files, and would lose {row and row[0]}")
