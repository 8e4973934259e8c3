"""The lake as a DuckDB file: views, macros and comments over the committed Parquet, for any DuckDB client, with no extension.

The file holds no article: it names the lake's files by their full paths, since DuckDB reads a relative path from where its client runs and not
from where the file lies. It shows the snapshot of the moment it was written, whole, for as long as the lake keeps that snapshot's files.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

import duckdb

from warehouse.catalog import SETTINGS, declare_catalog
from warehouse.errors import LakeError
from warehouse.search import split_indexed
from warehouse.snapshot import read_shapes

OLDEST = "v1.3.0"
"""Clients from this release on can open the file."""


def write_catalog(folder: Path | str, target: Path | str, at: str | None = None) -> int:
    """Write the DuckDB file and return how many Parquet files it names; what was there is replaced in one step, so that its readers never wait.

    Raises LakeError when the file can't be written, or is something else than a DuckDB file; NoLake when there is no lake.
    """
    place = Path(target).absolute()
    refuse_stranger(place)
    shapes = read_shapes(folder, at)
    indexed = split_indexed(folder, shapes)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as aside:
            fresh = Path(aside, place.name)
            with contextlib.closing(duckdb.connect(str(fresh), config={**SETTINGS, "storage_compatibility_version": OLDEST})) as connection:
                connection.execute("SET TimeZone = 'UTC'")
                declare_catalog(connection, shapes, indexed, is_commented=True)
                connection.execute("CHECKPOINT")
            with fresh.open("rb") as written:
                os.fsync(written.fileno())
            fresh.replace(place)
    except OSError as e:
        raise LakeError(f"{place} can't be written: {e.strerror}; name a file in a folder that can") from e
    except duckdb.Error as e:
        raise LakeError(f"{place} can't be written: {str(e).splitlines()[0]}") from e
    return sum(len(paths) for by_columns in shapes.values() for paths in by_columns.values()) + len(indexed.paths())


def refuse_stranger(place: Path) -> None:
    """Raise unless the path is free or holds a DuckDB file: a slip of the name must not cost anybody a file."""
    if not place.exists():
        return
    if not place.is_file():
        raise LakeError(f"{place} is a folder; name a file, such as {place / 'news.duckdb'}")
    try:
        with place.open("rb") as file:
            head = file.read(12)
    except OSError as e:
        raise LakeError(f"{place} can't be read: {e.strerror}") from e
    if head[8:] != b"DUCK":
        raise LakeError(f"{place} is there and is no DuckDB file; name another")
