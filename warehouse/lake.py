"""The lake: one folder with a DuckLake catalog, Parquet files, the originals and the reports.

    news.lake/  catalog.sqlite  SHA256SUMS  data/<table>/<batch>.parquet  originals/<ab>/<sha256>.zst  staging/  held/  reports/<run>/  search/  lock

The catalog names data files relative to the folder, so that a lake can be moved or copied whole. Opening it for writing takes the writer
lock, brings an older lake's tables up to the declarations and sweeps away what a killed writer left lying. Readers use warehouse.catalog.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from warehouse.catalog_seal import break_seal, seal_catalog
from warehouse.ddl import comment_column, comment_table, create_table, quote, quote_name, sql_type, table_meaning
from warehouse.earlier import ASIDE, LIST, MAP
from warehouse.errors import LakeError, NoLake
from warehouse.held import HELD, settle_held
from warehouse.layout import BUSY_MILLISECONDS, check_layout, migrate_layout, sync_folder
from warehouse.layout import CATALOG as CATALOG
from warehouse.layout import read_catalog as read_catalog
from warehouse.lock import WriterLock
from warehouse.seal import SEAL
from warehouse.tables import TABLES, columns

SEARCH = "search"
PARTS = frozenset({CATALOG, f"{CATALOG}-journal", "data", "originals", "staging", "reports", "lock", SEARCH, HELD, SEAL})
"""Everything that a lake's folder holds."""

SETTINGS: dict[str, str | int | float | list[str]] = {
    "memory_limit": "1GB", "threads": 2, "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    "python_enable_replacements": False,
}
WIDER = {
    "TINYINT": ("BIGINT",), "SMALLINT": ("BIGINT",), "INTEGER": ("BIGINT", "DOUBLE"), "UINTEGER": ("BIGINT",), "FLOAT": ("DOUBLE",),
}
"""What a column of a lake may become without a value being lost."""

ALL_FILES = """
    SELECT CASE WHEN f.path_is_relative THEN s.path || t.path || f.path ELSE f.path END
    FROM (SELECT table_id, path, path_is_relative FROM ducklake_data_file
          UNION ALL SELECT table_id, path, path_is_relative FROM ducklake_delete_file) f
    JOIN ducklake_table t USING (table_id) JOIN ducklake_schema s USING (schema_id)
    UNION ALL SELECT path FROM ducklake_files_scheduled_for_deletion"""
"""Every file that any snapshot knows, and those that wait to be deleted."""


class Lake:
    """A lake open for writing, by this process alone. Close it, or use it in a `with`."""

    def __init__(self, folder: Path, lock: WriterLock, connection: duckdb.DuckDBPyConnection) -> None:
        self.folder = folder
        self.connection = connection
        self.turn = threading.RLock()
        """Held around every use of the connection: two threads must not meet in one transaction."""
        self.batches: set[str] | None = None
        """Ids of the committed batches, once they have been asked for."""
        self.has_index = False
        """Whether memory.landed holds the keys of all landed articles."""
        self._lock = lock

    @property
    def staging(self) -> Path:
        """Where files lie until they are committed."""
        return self.folder / "staging"

    @property
    def originals(self) -> Path:
        """Where input files are kept by hash."""
        return self.folder / "originals"

    @property
    def reports(self) -> Path:
        """Where each run has a folder for its report."""
        return self.folder / "reports"

    def data_file(self, table_name: str, batch_id: str) -> Path:
        """Where a batch's rows of one table lie."""
        return self.folder / "data" / table_name / f"{batch_id}.parquet"

    def check_lock(self) -> None:
        """Raise LakeError when the lock file was removed or replaced: another writer may have come in, and swept what is not committed."""
        self._lock.check()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One DuckLake transaction: all of it or nothing."""
        with self.turn:
            self.connection.execute("BEGIN")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                # A COMMIT that failed has already ended the transaction.
                with contextlib.suppress(duckdb.Error):
                    self.connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the catalog and give the lock back."""
        with self.turn:
            self.connection.close()
            if self._lock.is_held():
                seal_catalog(self.folder)
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
        # DuckLake has no class of its own for a catalog that can't be read; what is wrong with a statement has one, and is a fault of ours.
        if isinstance(error, (duckdb.IOException, duckdb.TransactionException)) or type(error) is duckdb.Error:
            raise LakeError(f"{self.folder / CATALOG} or a file of the lake can't be read: {str(error).splitlines()[0]}") from error


def open_lake(folder: Path | str, create: bool = True) -> Lake:
    """Open a lake for writing; make it when it is not there and `create` says so.

    Raises LakeLocked while another process writes, NoLake when the folder is something else, LakeError when it can't be opened.
    """
    place = Path(folder).resolve()
    check_place(place, create)
    try:
        make_folders(place)
        lock = WriterLock(place)
    except OSError as e:
        raise LakeError(f"{e.filename or place} can't be written: {e.strerror}") from e
    connection = None
    try:
        check_place(place, create)
        if (place / CATALOG).is_file():
            check_layout(place)
        break_seal(place)
        connection = attach_catalog(place)
        evolve_tables(connection)
        sweep_orphans(place)
        migrate_layout(place)
        return Lake(place, lock, connection)
    except (duckdb.Error, sqlite3.Error) as e:
        close_both(connection, lock)
        raise LakeError(f"{place / CATALOG} can't be opened: {str(e).splitlines()[0]}") from e
    except BaseException:
        close_both(connection, lock)
        raise


def make_folders(place: Path) -> None:
    """Make the folders of a lake that are missing, so that they outlast a power cut: what is synced in a folder that is lost is lost."""
    wanted = [place / part for part in ("originals", "staging", "reports", *(f"data/{name}" for name in TABLES))]
    parents = {parent for folder in wanted if not folder.exists() for parent in folder.parents if parent.is_relative_to(place.parent)}
    for folder in wanted:
        folder.mkdir(parents=True, exist_ok=True)
    for parent in sorted(parents):
        sync_folder(parent)


def close_both(connection: duckdb.DuckDBPyConnection | None, lock: WriterLock) -> None:
    """Undo a half-done opening."""
    if connection is not None:
        connection.close()
    lock.release()


def check_place(place: Path, create: bool) -> None:
    """Raise unless the folder is a lake or may become one.

    Data without its catalog is refused: to a new catalog all of it would be orphans, and swept.
    """
    if (place / CATALOG).is_file():
        return
    if place.exists() and not place.is_dir():
        raise NoLake(f"{place} is a file, not a lake")
    if not create:
        raise NoLake(f"{place} holds no lake; ingest something into it first, or name another with --lake")
    if not place.exists():
        return
    if strangers := sorted({p.name for p in place.iterdir()} - PARTS):
        raise NoLake(f"{place} is not a lake: it holds {strangers[0]}; name an empty or a new folder")
    if next(place.glob("data/**/*.parquet"), None) is not None:
        raise NoLake(f"{place} holds data but no {CATALOG}; put the catalog back, or move the folder away")


def extension_file(name: str) -> Path:
    """An extension's file inside its wheel, from where it is loaded without being copied anywhere."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.origin is None:
        raise LakeError(f"the package duckdb-extension-{name.replace('_', '-')} is not installed")
    return Path(spec.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"


def read_through(file: Path) -> None:
    """Read a file once. DuckDB hashes an extension in threads of its own, and where the disk fails one of them it ends the whole process.

    Raises LakeError where it fails here. It takes a hundredth of a second, and leaves the file in the system's memory.
    """
    part = bytearray(1 << 20)
    try:
        with file.open("rb", buffering=0) as opened:
            while opened.readinto(part):
                pass
    except OSError as e:
        raise LakeError(f"{file} can't be read: {e.strerror}; check the disk, then install its package anew") from e


def attach_catalog(place: Path) -> duckdb.DuckDBPyConnection:
    """A connection with the lake attached as `lake`; its tables lie in `lake.data`."""
    connection = duckdb.connect(config={**SETTINGS, "temp_directory": str(place / "staging" / "spill")})
    try:
        for name in ("ducklake", "sqlite_scanner"):
            file = extension_file(name)
            read_through(file)
            connection.execute(f"LOAD {quote(str(file))}")
        connection.execute(
            f"ATTACH {quote(f'ducklake:sqlite:{place / CATALOG}')} AS lake "
            f"(DATA_PATH {quote(f'{place}/')}, OVERRIDE_DATA_PATH true, META_BUSY_TIMEOUT {BUSY_MILLISECONDS})"
        )
        connection.execute("SET TimeZone = 'UTC'")
    except BaseException:
        connection.close()
        raise
    return connection


def evolve_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create missing tables, add, rename and widen columns, renew comments. Nothing is ever dropped, and no file is written anew."""
    there: dict[str, dict[str, tuple[str, str | None]]] = {}
    for table_name, column_name, kind, comment in connection.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE database_name = 'lake' AND schema_name = 'data'"
    ).fetchall():
        there.setdefault(table_name, {})[column_name] = (kind, comment)
    meanings = dict(
        connection.execute(
            "SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'lake' AND schema_name = 'data'"
        ).fetchall()
    )
    steps = list(plan_evolution(there, meanings))
    if not steps:
        return
    connection.execute("CALL lake.set_option('data_inlining_row_limit', 0)")
    connection.execute("BEGIN")
    connection.execute("CREATE SCHEMA IF NOT EXISTS lake.data")
    for step in steps:
        connection.execute(step)
    connection.execute("COMMIT")


def plan_evolution(there: dict[str, dict[str, tuple[str, str | None]]], meanings: dict[str, str | None]) -> Iterator[str]:
    """The statements that bring the lake's tables up to the declarations.

    A new column may be null whatever its declaration says, since the rows that are there have no value for it.
    """
    for name, table in TABLES.items():
        place, present = f"lake.data.{name}", there.get(name, {})
        if not present:
            yield create_table(place, table)
        if meanings.get(name) != table_meaning(table):
            yield comment_table(place, table)
        for c in columns(table):
            kind, comment = present.get(c.name, (None, None))
            if kind is None and c.column.was in present:
                yield f"ALTER TABLE {place} RENAME COLUMN {quote_name(c.column.was)} TO {quote_name(c.name)}"
                kind, comment = present[c.column.was]
            if kind == LIST and sql_type(c.kind) == MAP:
                yield f"ALTER TABLE {place} RENAME COLUMN {quote_name(c.name)} TO {quote_name(c.name + ASIDE)}"
                kind = comment = None
            if kind is not None and kind.replace('"', "") != sql_type(c.kind).replace('"', ""):
                if sql_type(c.kind) not in WIDER.get(kind, ()):
                    raise LakeError(f"the lake's column {name}.{c.name} is {kind}; this version of copydesk declares {sql_type(c.kind)}")
                yield f"ALTER TABLE {place} ALTER COLUMN {quote_name(c.name)} SET DATA TYPE {sql_type(c.kind)}"
            if present and kind is None:
                yield f"ALTER TABLE {place} ADD COLUMN {quote_name(c.name)} {sql_type(c.kind)}"
            if comment != c.column.meaning:
                yield comment_column(place, c)


def sweep_orphans(place: Path) -> list[Path]:
    """Remove what a killed writer left: staged files, half-kept originals, data files that no snapshot knows. Call it with the lock held.

    An error while reading the catalog leaves everything where it is. What is swept had not been committed: its batch will be read again.
    """
    with contextlib.closing(read_catalog(place)) as catalog:
        known = {place / row[0] for row in catalog.execute(ALL_FILES)}
    found = (Path(top, name) for top, _, names in os.walk(place / "data") for name in names if name.endswith(".parquet"))
    swept = [p for p in found if p not in known]
    swept += (place / "originals").glob("*.part")
    for path in swept:
        path.unlink()
    swept += settle_held(place, known)
    for path in (place / "staging").iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        swept.append(path)
    return swept
