"""Reading a lake: a plain DuckDB connection with views over the committed files, and nothing else within its reach.

`articles` and the views about articles (contributors, places, photos, blocks, corrections, paragraphs) show the latest version of each
article, so that they join on article_id alone. `article_versions`, and every table under the schema `landed`, hold all versions.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path

import duckdb

from warehouse.ddl import comment_column, comment_table, quote, quote_name, select_columns
from warehouse.errors import LakeError, NoLake
from warehouse.lake import CATALOG, read_catalog
from warehouse.tables import TABLES, columns

VIEWS = (
    "superseded", "articles", "article_versions", "contributors", "places", "photos", "blocks", "corrections", "paragraphs", "quarantine",
    "duplicates", "files", "batches", "runs", "rules", "checks", "data_dictionary",
)
"""Files in views/, in the order in which they build on each other."""
DECLARED_BY = {"article_versions": "articles", "paragraphs": "articles"}
"""Views whose columns another table declares."""

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "2GB", "threads": min(4, os.cpu_count() or 1), "temp_directory": "", "autoinstall_known_extensions": False,
    "autoload_known_extensions": False, "python_enable_replacements": False,
}

NOW = "(SELECT max(snapshot_id) FROM ducklake_snapshot)"
LIVE = "{0}.begin_snapshot <= {now} AND ({0}.end_snapshot IS NULL OR {0}.end_snapshot > {now})"
COMMITTED = f"""
    SELECT t.table_name, CASE WHEN f.path_is_relative THEN s.path || t.path || f.path ELSE f.path END,
           f.mapping_id, t.table_id, f.begin_snapshot
    FROM ducklake_data_file f JOIN ducklake_table t USING (table_id) JOIN ducklake_schema s USING (schema_id)
    WHERE s.schema_name = 'data' AND {LIVE.format('f', now=NOW)} AND {LIVE.format('t', now=NOW)} ORDER BY f.data_file_id"""
DELETED = f"""
    SELECT t.table_name FROM ducklake_delete_file f JOIN ducklake_table t USING (table_id) WHERE {LIVE.format('f', now=NOW)} LIMIT 1"""

Shapes = dict[str, dict[frozenset[str], list[Path]]]
"""By table: files that hold the same columns."""


def read_shapes(folder: Path | str) -> Shapes:
    """The files of the committed snapshot, in one read of the catalog, by table and by the columns that they hold.

    A file's columns are known to the catalog, so that no file need be opened, and files from before a column was declared are told apart.
    """
    place = Path(folder).resolve()
    if not (place / CATALOG).is_file():
        raise NoLake(f"{place} holds no lake; ingest something into it first, or name another with --lake")
    try:
        with contextlib.closing(read_catalog(place)) as catalog:
            catalog.execute("BEGIN")
            if catalog.execute("SELECT 1 FROM sqlite_master WHERE name = 'ducklake_data_file'").fetchone() is None:
                return {}
            if deleted := catalog.execute(DELETED).fetchone():
                raise LakeError(f"rows of {deleted[0]} were deleted from its files; rewrite them with ducklake_rewrite_data_files")
            return group_shapes(place, catalog)
    except sqlite3.Error as e:
        raise LakeError(f"{place / CATALOG} can't be read: {e}") from e


def group_shapes(place: Path, catalog: sqlite3.Connection) -> Shapes:
    """Group committed files by their columns: those of the mapping they were added with, else those of the table when they were written."""
    mapped: dict[int, set[str]] = {}
    for mapping_id, name in catalog.execute("SELECT mapping_id, source_name FROM ducklake_name_mapping WHERE parent_column IS NULL"):
        mapped.setdefault(mapping_id, set()).add(name)
    history = catalog.execute(
        "SELECT table_id, column_name, begin_snapshot, end_snapshot FROM ducklake_column WHERE parent_column IS NULL").fetchall()
    shapes: Shapes = {}
    for table_name, path, mapping_id, table_id, written in catalog.execute(COMMITTED):
        names = mapped.get(mapping_id)
        if names is None:
            names = {
                name for owner, name, begin, end in history if owner == table_id and begin <= written and (end is None or end > written)
            }
        shapes.setdefault(table_name, {}).setdefault(frozenset(names), []).append(place / path)
    return shapes


def committed_files(folder: Path | str) -> dict[str, list[Path]]:
    """The files of every table in the committed snapshot. Raises NoLake when there is no lake."""
    return {table_name: [p for paths in by_columns.values() for p in paths] for table_name, by_columns in read_shapes(folder).items()}


def connect(folder: Path | str) -> duckdb.DuckDBPyConnection:
    """A locked, read-only connection to what is committed now: views over exactly these files, no extension, no other file, no network."""
    return connect_files(read_shapes(folder))


def connect_files(shapes: Mapping[str, Mapping[frozenset[str], list[Path]]]) -> duckdb.DuckDBPyConnection:
    """The connection over given files; a table without any is an empty view with the declared types."""
    connection = duckdb.connect(config=SETTINGS)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("CREATE SCHEMA landed; " + "; ".join(declare_view(name, shapes.get(name, {})) for name in TABLES))
        connection.execute(declare_columns())
        for name in VIEWS:
            connection.execute((files("warehouse.views") / f"{name}.sql").read_text("utf-8"))
        comment_views(connection)
        paths = [str(p) for by_columns in shapes.values() for group in by_columns.values() for p in group]
        connection.execute(f"SET allowed_paths = {list_literal(paths)}")
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    except duckdb.Error as e:
        connection.close()
        raise LakeError(f"the lake's files can't be read: {str(e).splitlines()[0]}") from e
    return connection


def list_literal(texts: Iterable[str]) -> str:
    """A SQL list of strings.

    >>> list_literal(["a", "b"])
    "['a', 'b']"
    """
    return "[" + ", ".join(map(quote, texts)) + "]"


def declare_view(name: str, by_columns: Mapping[frozenset[str], list[Path]]) -> str:
    """The view `landed.<name>` over a table's files, with every declared column whatever the files hold.

    Each group of files with the same columns is read on its own: DuckDB then opens one file of it to learn its types, not all.
    """
    table = TABLES[name]
    parts = [f"SELECT {', '.join(select_columns(table, frozenset()))} WHERE false"]
    for present, paths in by_columns.items():
        parts.append(f"SELECT {', '.join(select_columns(table, present))} FROM read_parquet({list_literal(map(str, paths))})")
    comments = (comment_column(f"landed.{name}", c) for c in columns(table))
    named = comment_table(f"landed.{name}", table).replace("COMMENT ON TABLE", "COMMENT ON VIEW", 1)
    body = " UNION ALL ".join(parts[1:] or parts)
    return "; ".join((f"CREATE VIEW landed.{name} AS {body}", named, *comments))


def declare_columns() -> str:
    """The declarations as the table landed.declared, for data_dictionary."""
    views = {view: DECLARED_BY.get(view, view) for view in VIEWS if DECLARED_BY.get(view, view) in TABLES}
    rows = ", ".join(
        f"({quote(view)}, {quote(c.name)}, {c.nullable}, nullif({quote(c.column.like)}, ''))"
        for view, name in views.items() for c in columns(TABLES[name])
    )
    return f"CREATE TABLE landed.declared AS FROM (VALUES {rows}) AS d(view_name, column_name, nullable, nearest_term)"


def comment_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Give every column of the views that has no comment of its own the meaning that its table declares."""
    bare = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal AND comment IS NULL"
    ).fetchall()
    declared = {(name, c.name): c for name, table in TABLES.items() for c in columns(table)}
    found = ((view, declared[DECLARED_BY.get(view, view), column]) for view, column in bare)
    connection.execute("; ".join(comment_column(quote_name(view), c) for view, c in found))
