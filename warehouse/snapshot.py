"""Which files are committed, read straight from the catalog: now, as a run left them, or as they were at a time."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import re
import sqlite3
from pathlib import Path

from warehouse.earlier import mark_earlier
from warehouse.errors import LakeError, NoLake, NoSnapshot
from warehouse.layout import CATALOG, read_catalog, read_layout

Shapes = dict[str, dict[frozenset[str], list[Path]]]
"""By table: files that hold the same columns."""

RUN = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")
DAY = re.compile(r"\d{4}-?\d\d-?\d\d")

LIVE = "{0}.begin_snapshot <= :now AND ({0}.end_snapshot IS NULL OR {0}.end_snapshot > :now)"
COMMITTED = f"""
    SELECT t.table_name, CASE WHEN f.path_is_relative THEN s.path || t.path || f.path ELSE f.path END,
           f.mapping_id, t.table_id, f.begin_snapshot, f.partial_max
    FROM ducklake_data_file f JOIN ducklake_table t USING (table_id) JOIN ducklake_schema s USING (schema_id)
    WHERE s.schema_name = 'data' AND {LIVE.format('f')} AND {LIVE.format('t')} ORDER BY f.data_file_id"""
DELETED = f"SELECT t.table_name FROM ducklake_delete_file f JOIN ducklake_table t USING (table_id) WHERE {LIVE.format('f')} LIMIT 1"
BY_NAME = """
    SELECT max(snapshot_id) FROM ducklake_snapshot JOIN ducklake_snapshot_changes USING (snapshot_id)
    WHERE commit_extra_info LIKE '%"run_id":"' || ? || '"%'"""
LAST_RUN = """
    SELECT commit_extra_info FROM ducklake_snapshot_changes WHERE commit_extra_info LIKE '%"run_id":"%' ORDER BY snapshot_id DESC LIMIT 1"""
BY_FILE = """
    SELECT max(f.begin_snapshot) FROM ducklake_data_file f JOIN ducklake_table t USING (table_id) JOIN ducklake_snapshot s
    ON s.snapshot_id = f.begin_snapshot WHERE t.table_name = 'runs' AND f.path LIKE '%' || ? || '.parquet'"""


def name_closing(run_id: str) -> str:
    """Id of the commit that closes a run, and so the name of the file that holds the run's row.

    >>> name_closing("20260102T030405-abcdef")
    '07e40b32cfb5d524'
    """
    return hashlib.sha256(f"run {run_id}".encode("ascii")).hexdigest()[:16]


def name_commit(run_id: str, batch_id: str) -> tuple[str, str]:
    """What a commit says of itself in the catalog: a line for people, and JSON in which find_snapshot looks for the run.

    >>> name_commit("20260102T030405-abcdef", "00ff00ff00ff00ff")
    ('run 20260102T030405-abcdef, batch 00ff00ff00ff00ff', '{"run_id":"20260102T030405-abcdef","batch_id":"00ff00ff00ff00ff"}')
    """
    return f"run {run_id}, batch {batch_id}", f'{{"run_id":"{run_id}","batch_id":"{batch_id}"}}'


def read_shapes(folder: Path | str, at: str | None = None) -> Shapes:
    """The files of a snapshot, in one read of the catalog, by table and by the columns that they hold; the latest unless `at` names another.

    A file's columns are known to the catalog, so that no file need be opened, and files from before a column was declared are told apart.
    `at` is a run's id or a time; NoSnapshot is raised where nothing is known of it, NoLake when there is no lake.
    """
    place = Path(folder).resolve()
    if not (place / CATALOG).is_file():
        raise NoLake(f"{place} holds no lake; ingest something into it first, or name another with --lake")
    try:
        with contextlib.closing(read_catalog(place)) as catalog:
            catalog.execute("BEGIN")
            read_layout(catalog)
            if catalog.execute("SELECT 1 FROM sqlite_master WHERE name = 'ducklake_data_file'").fetchone() is None:
                return {}
            now = find_snapshot(catalog, at)
            if deleted := catalog.execute(DELETED, {"now": now}).fetchone():
                raise LakeError(f"rows of {deleted[0]} were deleted from its files; rewrite them with ducklake_rewrite_data_files")
            return group_shapes(place, catalog, now)
    except sqlite3.Error as e:
        raise LakeError(f"{place / CATALOG} can't be read: {e}") from e


def newest_snapshot(folder: Path | str) -> int:
    """Number of the latest snapshot, to tell whether anything has landed since; -1 where the catalog was never finished."""
    place = Path(folder).resolve()
    try:
        with contextlib.closing(read_catalog(place)) as catalog:
            return find_snapshot(catalog, None)
    except sqlite3.Error:
        return -1


def last_run(folder: Path | str) -> str | None:
    """Id of the run that was the last to commit something; None where none did, or none that says so."""
    place = Path(folder).resolve()
    try:
        with contextlib.closing(read_catalog(place)) as catalog:
            said = catalog.execute(LAST_RUN).fetchone()
    except sqlite3.Error as e:
        raise LakeError(f"{place / CATALOG} can't be read: {e}") from e
    found = RUN.search(said[0]) if said else None
    return found[0] if found else None


def find_snapshot(catalog: sqlite3.Connection, at: str | None) -> int:
    """Number of the snapshot that a run's id or a time names, or of the latest."""
    if at is None:
        return int(catalog.execute("SELECT max(snapshot_id) FROM ducklake_snapshot").fetchone()[0])
    if RUN.fullmatch(at):
        found = catalog.execute(BY_NAME, (at,)).fetchone()[0]
        if found is None:  # a lake of the first release: its commits did not say of which run they were
            found = catalog.execute(BY_FILE, (name_closing(at),)).fetchone()[0]
        if found is None:
            raise NoSnapshot(f"the lake knows no run {at}: copydesk runs lists them; what has expired can't be gone back to")
        return int(found)
    moment = read_moment(at)
    snapshots = [(number, dt.datetime.fromisoformat(made)) for number, made in catalog.execute(
        "SELECT snapshot_id, snapshot_time FROM ducklake_snapshot ORDER BY snapshot_id")]
    earlier = [int(number) for number, made in snapshots if made < moment]
    if not earlier:
        raise NoSnapshot(f"the lake's history begins at {snapshots[0][1]:%Y-%m-%d %H:%M:%S} UTC, after {at}")
    return earlier[-1]


def read_moment(at: str) -> dt.datetime:
    """The end of the moment that is written: of the second, or of the day where no time is given. Without a zone it is UTC.

    >>> print(read_moment("2026-01-02"), read_moment("2026-01-02T10:00+01:00"))
    2026-01-03 00:00:00+00:00 2026-01-02 09:00:01+00:00
    """
    text = at.strip()
    try:
        moment = dt.datetime.fromisoformat(text)
        step = dt.timedelta(days=1) if DAY.fullmatch(text) else dt.timedelta(seconds=0 if moment.microsecond else 1)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC) + step
    except (ValueError, OverflowError):
        raise NoSnapshot(f"{at[:60]!r} is neither a run's id (copydesk runs) nor a time such as 2026-01-31 or 2026-01-31T18:00") from None


def group_shapes(place: Path, catalog: sqlite3.Connection, now: int) -> Shapes:
    """Group committed files by their columns: those of the mapping they were added with, else those of the table when they were written."""
    mapped: dict[int, list[tuple[str, int]]] = {}
    for mapping_id, name, target in catalog.execute(
        "SELECT mapping_id, source_name, target_field_id FROM ducklake_name_mapping WHERE parent_column IS NULL"):
        mapped.setdefault(mapping_id, []).append((name, target))
    history = catalog.execute(
        "SELECT table_id, column_id, column_name, column_type, begin_snapshot, end_snapshot FROM ducklake_column WHERE parent_column IS NULL"
    ).fetchall()
    kinds = {(owner, column): kind for owner, column, _, kind, _, _ in history}
    shapes: Shapes = {}
    for table_name, path, mapping_id, table_id, written, last in catalog.execute(COMMITTED, {"now": now}):
        if last is not None and last > now:
            raise NoSnapshot(f"files of {table_name} were merged with later ones; the lake can be gone back to snapshot {last} at the earliest")
        held = [(name, kinds.get((table_id, target), "")) for name, target in mapped[mapping_id]] if mapping_id in mapped else [
            (name, kind) for owner, _, name, kind, begin, end in history if owner == table_id and begin <= written and (end is None or end > written)
        ]
        names = {mark_earlier(table_name, name, kind) for name, kind in held}
        shapes.setdefault(table_name, {}).setdefault(frozenset(names), []).append(place / path)
    return shapes


def committed_files(folder: Path | str) -> dict[str, list[Path]]:
    """The files of every table in the committed snapshot. Raises NoLake when there is no lake."""
    return {table_name: [p for paths in by_columns.values() for p in paths] for table_name, by_columns in read_shapes(folder).items()}
