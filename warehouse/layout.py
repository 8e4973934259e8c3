"""The layout of a lake's folder, as a number in its catalog, and what the catalog keeps beside DuckLake's own tables: hashes of the data files.

    1  the first release: its catalogs have no number
    2  the hash of every data file stands in the table copydesk_data_file; pages of new files have checksums
    3  articles.extra is a map; the column of that name in earlier files is a list, which is read as one

A lake of an older layout is brought up when it is next opened for writing; until then it is read as it is. A newer one is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from warehouse.errors import LakeError

CATALOG = "catalog.sqlite"
LAYOUT = 3
"""What this version of the program writes. The catalog holds it as SQLite's user_version; 0 is the first release's."""
BUSY_MILLISECONDS = 30_000
"""How long to wait for others who have the catalog; they have it for milliseconds."""
CHUNK = 1 << 20

HASHES = "CREATE TABLE IF NOT EXISTS copydesk_data_file (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, size_bytes INTEGER NOT NULL) WITHOUT ROWID"
FULL_PATH = "CASE WHEN f.path_is_relative THEN s.path || t.path || f.path ELSE f.path END"
FILES = f"""
    SELECT {FULL_PATH}, t.table_name, f.record_count, f.begin_snapshot, f.end_snapshot, f.file_size_bytes, f.data_file_id
    FROM ducklake_data_file f JOIN ducklake_table t USING (table_id) JOIN ducklake_schema s USING (schema_id)
    WHERE s.schema_name = 'data' ORDER BY f.data_file_id"""


class DataFile(NamedTuple):
    """A data file, as the catalog knows it."""

    path: str
    """In the lake's folder."""
    table_name: str
    rows: int
    begin: int
    end: int | None
    """First snapshot that it is no longer part of; None for those of the latest."""
    size_bytes: int
    number: int


class Hashed(NamedTuple):
    """A file's hash and size."""

    sha256: str
    size_bytes: int


def sync_folder(folder: Path) -> None:
    """Make what was created, renamed or removed in a folder outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as e:
        raise OSError(e.errno, e.strerror, str(folder)) from e
    finally:
        os.close(descriptor)


def read_catalog(place: Path) -> sqlite3.Connection:
    """The catalog as plain SQLite. Not `mode=ro`: what a killed writer left half written is rolled back by its next reader."""
    return sqlite3.connect(f"{(place / CATALOG).as_uri()}?mode=rw", uri=True, timeout=BUSY_MILLISECONDS / 1000, isolation_level=None)


def read_layout(catalog: sqlite3.Connection) -> int:
    """The number of a lake's layout. Raises LakeError for one that a newer program has written."""
    found = int(catalog.execute("PRAGMA user_version").fetchone()[0]) or 1
    if found > LAYOUT:
        raise LakeError(
            f"the lake has layout {found}, and this version of copydesk knows layouts up to {LAYOUT}; use the version that wrote it, or a newer one")
    return found


def check_layout(place: Path) -> None:
    """Raise LakeError for a lake that a newer program has written."""
    with contextlib.closing(read_catalog(place)) as catalog:
        read_layout(catalog)


def migrate_layout(place: Path) -> list[str]:
    """Bring an older lake up to the present layout; returns what was done. Call it with the lock held.

    Each step can be taken again: one that was interrupted is taken again by the next writer.
    """
    with contextlib.closing(read_catalog(place)) as catalog:
        layout = read_layout(catalog)
        if layout == LAYOUT:
            return []
        done = []
        if layout < 2:
            catalog.execute(HASHES)
            known = read_hashes(catalog)
            missing = [file.path for file in list_files(catalog) if file.path not in known and (place / file.path).is_file()]
            enter_hashes(catalog, {path: hash_file(place / path) for path in missing})
            done.append(f"{len(missing)} data files hashed")
        catalog.execute(f"PRAGMA user_version = {LAYOUT}")
        return done


def hash_file(path: Path) -> Hashed:
    """Hash a file in constant memory."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Hashed(digest.hexdigest(), size)


def note_hashes(place: Path, paths: Iterable[Path]) -> None:
    """Write down the hashes of data files that are about to be registered. No transaction of DuckLake's may be open."""
    found = {str(path.relative_to(place)): hash_file(path) for path in paths}
    with contextlib.closing(read_catalog(place)) as catalog:
        enter_hashes(catalog, found)


def enter_hashes(catalog: sqlite3.Connection, found: Mapping[str, Hashed]) -> None:
    """Put hashes into the catalog, all or none."""
    catalog.execute("BEGIN IMMEDIATE")
    catalog.executemany("INSERT OR REPLACE INTO copydesk_data_file VALUES (?, ?, ?)", [(path, *hashed) for path, hashed in found.items()])
    catalog.execute("COMMIT")


def read_hashes(catalog: sqlite3.Connection) -> dict[str, Hashed]:
    """The hashes of data files by path; none in a lake of the first layout."""
    if catalog.execute("SELECT 1 FROM sqlite_master WHERE name = 'copydesk_data_file'").fetchone() is None:
        return {}
    return {path: Hashed(sha256, size) for path, sha256, size in catalog.execute("SELECT path, sha256, size_bytes FROM copydesk_data_file")}


def list_files(catalog: sqlite3.Connection) -> list[DataFile]:
    """Every data file that any snapshot knows; none while DuckLake has not made its tables."""
    if catalog.execute("SELECT 1 FROM sqlite_master WHERE name = 'ducklake_data_file'").fetchone() is None:
        return []
    return [DataFile(*row) for row in catalog.execute(FILES)]
