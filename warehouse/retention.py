"""How far back the lake remembers: snapshots expire, and files that only they knew are removed.

A file is removed a while after the last snapshot that knew it has gone, since a reader may have begun with it. What is removed is on record in
the catalog until it is gone: killed in between, the same again goes on.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.errors import LakeError
from warehouse.lake import SEARCH, Lake
from warehouse.layout import list_files, read_catalog, read_hashes
from warehouse.segments import drop_stale, hold_index

GRACE = dt.timedelta(hours=1)
"""How long a reader may take with files that it has begun with."""


class Expired(NamedTuple):
    """What went."""

    snapshots: int
    files: int
    size_bytes: int
    waiting: int
    """Files that wait for readers."""
    oldest: dt.datetime
    """From here on the lake can be gone back to."""


def expire_snapshots(
    lake: Lake, before: dt.datetime | None = None, *, keep: int | None = None, grace: dt.timedelta = GRACE, is_dry: bool = False,
) -> Expired:
    """Let go of the snapshots from before a time, or of all but the last `keep`; the latest always stays.

    A snapshot stays whole until its successor is old enough too, so that every moment after `before` can still be gone back to.
    """
    with lake.turn:
        try:
            with contextlib.closing(read_catalog(lake.folder)) as catalog:
                made = [(number, dt.datetime.fromisoformat(at)) for number, at in catalog.execute(
                    "SELECT snapshot_id, snapshot_time FROM ducklake_snapshot ORDER BY snapshot_id")]
            old = choose_old(made, before, keep)
            if old and not is_dry:
                lake.connection.execute(f"CALL ducklake_expire_snapshots('lake', versions => {old})")
            files, size, waiting = remove_scheduled(lake.folder, grace, is_dry=is_dry)
            return Expired(len(old), files, size, waiting, made[len(old)][1])
        except (duckdb.Error, sqlite3.Error, OSError) as e:
            raise LakeError(f"snapshots did not expire: {str(e).splitlines()[0]}") from e


def choose_old(made: list[tuple[int, dt.datetime]], before: dt.datetime | None, keep: int | None) -> list[int]:
    """The snapshots that are not needed to go back to a time, and not among the last few.

    >>> day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    >>> choose_old([(n, day + dt.timedelta(days=n)) for n in range(4)], day + dt.timedelta(days=1, hours=1), None)
    [0]
    """
    last = len(made) - 1
    cut = last if before is None else max((n for n, (_, at) in enumerate(made) if at <= before), default=0)
    if keep is not None:
        cut = min(cut, max(0, len(made) - keep)) if before is not None else max(0, len(made) - keep)
    return [number for number, _ in made[:min(cut, last)]]


def remove_scheduled(place: Path, grace: dt.timedelta, *, is_dry: bool = False) -> tuple[int, int, int]:
    """Remove files that no snapshot knows any more: how many, of how many bytes, and how many wait. Call it with the lock held."""
    limit = dt.datetime.now(dt.UTC) - grace
    with contextlib.closing(read_catalog(place)) as catalog:
        rows = catalog.execute("SELECT data_file_id, path, schedule_start FROM ducklake_files_scheduled_for_deletion").fetchall()
        due = [(number, place / path) for number, path, since in rows if dt.datetime.fromisoformat(since) <= limit]
        live = {file.path for file in list_files(catalog)}
        size = sum(path.stat().st_size for _, path in due if path.is_file())
        if not is_dry:
            for _, path in due:
                path.unlink(missing_ok=True)
            if due and (place / SEARCH).is_dir():
                with hold_index(place / SEARCH):
                    drop_stale(place / SEARCH)
            waiting = {path for number, path, _ in rows if number not in {n for n, _ in due}}
            gone = [(path,) for path in read_hashes(catalog) if path not in live and path not in waiting]
            catalog.execute("BEGIN IMMEDIATE")
            catalog.executemany("DELETE FROM ducklake_files_scheduled_for_deletion WHERE data_file_id = ?", [(number,) for number, _ in due])
            catalog.executemany("DELETE FROM copydesk_data_file WHERE path = ?", gone)
            catalog.execute("COMMIT")
    return len(due), size, len(rows) - len(due)


def scrub_catalog(place: Path, table_names: set[str]) -> None:
    """Have the catalog forget what rows have said that are gone: the least and greatest values of text columns are taken from the files that
    are left, and its free pages are written over. No connection to the lake may be open but the caller's lock."""
    with contextlib.closing(read_catalog(place)) as catalog:
        catalog.execute("PRAGMA secure_delete = ON")
        catalog.execute("BEGIN IMMEDIATE")
        for name in sorted(table_names):
            catalog.execute("""
                UPDATE ducklake_table_column_stats AS whole SET
                    min_value = (SELECT min(f.min_value) FROM ducklake_file_column_stats f WHERE f.table_id = whole.table_id
                                 AND f.column_id = whole.column_id),
                    max_value = (SELECT max(f.max_value) FROM ducklake_file_column_stats f WHERE f.table_id = whole.table_id
                                 AND f.column_id = whole.column_id)
                WHERE table_id IN (SELECT table_id FROM ducklake_table WHERE table_name = ?)
                AND column_id IN (SELECT column_id FROM ducklake_column c WHERE c.table_id = whole.table_id AND column_type = 'varchar')""", (name,))
        catalog.execute("COMMIT")
        catalog.execute("VACUUM")
