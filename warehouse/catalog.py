"""Reading a lake: a plain DuckDB connection with views and macros over the committed files, and nothing else within its reach.

`articles` and the views about articles (contributors, places, photos, blocks, paragraphs) show the latest version of each article, so that
they join on article_id alone. `article_versions`, and every table under the schema `landed`, hold all versions.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import duckdb

from warehouse.ddl import comment_column, comment_table, quote, quote_name, select_columns
from warehouse.errors import LakeError
from warehouse.search import Indexed, declare_index, declare_unindexed, split_indexed
from warehouse.snapshot import Shapes, committed_files, read_shapes
from warehouse.tables import TABLES, columns

__all__ = [
    "MACROS", "VIEWS", "Limits", "committed_files", "connect", "connect_files", "declare_catalog", "read_shapes",
]

VIEWS = (
    "superseded", "articles", "article_versions", "contributors", "places", "photos", "blocks", "corrections", "paragraphs", "quarantine",
    "replays", "duplicates", "files", "batches", "runs", "rules", "checks", "metrics", "waiting", "forgotten", "macros",
    "data_dictionary",
)
"""Files in views/, in the order in which they build on each other."""
MACROS = ("articles_on", "by_person", "from_place", "credit_of", "search", "passages", "timeline", "filled")
"""Files in macros/, besides words.sql, each a table macro of that name."""
DECLARED_BY = {"article_versions": "articles", "paragraphs": "articles", "waiting": "quarantine"}
"""Views whose columns another table declares."""


class Limits(NamedTuple):
    """What one question may take."""

    memory: str = "2GB"
    """As DuckDB writes it: 500MB, 2GB. Nothing is ever spilt to a disk."""
    threads: int | None = None
    """Half the machine's processors would be a polite number; None takes up to four."""
    seconds: float | None = None
    """None waits for as long as it takes."""


SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "temp_directory": "", "autoinstall_known_extensions": False, "autoload_known_extensions": False, "python_enable_replacements": False,
}


def connect(folder: Path | str, at: str | None = None, limits: Limits = Limits(), is_commented: bool = True) -> duckdb.DuckDBPyConnection:  # noqa: B008
    """A locked, read-only connection to a snapshot: views over exactly its files, no extension, no other file, no network.

    `at` is a run's id or a time; None is now. Comments on views and columns take a tenth of a second: `is_commented` leaves them out.
    """
    shapes = read_shapes(folder, at)
    indexed = split_indexed(folder, shapes)
    try:
        return connect_files(shapes, indexed, limits=limits, is_commented=is_commented)
    except LakeError:
        if not indexed.segments:
            raise
        # The index is derived, and `verify` names what is damaged of it: without it a search reads the texts.
        return connect_files(shapes, Indexed(bare=shapes.get("articles", {})), limits=limits, is_commented=is_commented)


def connect_files(
    shapes: Shapes, indexed: Indexed = Indexed(), *, limits: Limits = Limits(), is_commented: bool = True,  # noqa: B008
) -> duckdb.DuckDBPyConnection:
    """The connection over given files; a table without any is an empty view with the declared types."""
    try:
        connection = duckdb.connect(config={
            **SETTINGS, "memory_limit": limits.memory, "threads": limits.threads or min(4, os.cpu_count() or 1),
        })
    except duckdb.Error as e:
        raise LakeError(f"memory of {limits.memory} and {limits.threads} threads can't be set: {str(e).splitlines()[0]}") from e
    try:
        connection.execute("SET TimeZone = 'UTC'; SET parquet_metadata_cache = true")
        declare_catalog(connection, shapes, indexed, is_commented=is_commented)
        paths = [str(p) for by_columns in shapes.values() for group in by_columns.values() for p in group]
        connection.execute(f"SET allowed_paths = {list_literal([*paths, *map(str, indexed.paths())])}")
        connection.execute("SET enable_external_access = false; SET lock_configuration = true")
    except duckdb.Error as e:
        connection.close()
        raise LakeError(f"the lake's files can't be read: {str(e).splitlines()[0]}") from e
    return connection


def declare_catalog(
    connection: duckdb.DuckDBPyConnection, shapes: Shapes, indexed: Indexed, *, is_commented: bool,
) -> None:
    """Create every view and macro over given files."""
    connection.execute("CREATE SCHEMA landed; " + "; ".join(declare_view(name, shapes.get(name, {}), is_commented) for name in TABLES))
    connection.execute(f"{declare_columns()}; {declare_index(indexed)}; {declare_unindexed(indexed.bare)}")
    texts = [(files("warehouse.views") / f"{name}.sql").read_text("utf-8") for name in VIEWS]
    texts += [(files("warehouse.macros") / f"{name}.sql").read_text("utf-8") for name in ("words", *MACROS)]
    connection.execute("\n".join(texts))
    if is_commented:
        comment_views(connection)


def list_literal(texts: Iterable[str]) -> str:
    """A SQL list of strings.

    >>> list_literal(["a", "b"])
    "['a', 'b']"
    """
    return "[" + ", ".join(map(quote, texts)) + "]"


def declare_view(name: str, by_columns: Mapping[frozenset[str], list[Path]], is_commented: bool = True) -> str:
    """The view `landed.<name>` over a table's files, with every declared column whatever the files hold.

    Each group of files with the same columns is read on its own: DuckDB then opens one file of it to learn its types, not all.
    """
    table = TABLES[name]
    parts = [f"SELECT {', '.join(select_columns(table, frozenset()))} WHERE false"]
    for present, paths in by_columns.items():
        parts.append(f"SELECT {', '.join(select_columns(table, present))} FROM read_parquet({list_literal(map(str, paths))})")
    body = f"CREATE VIEW landed.{name} AS {' UNION ALL '.join(parts[1:] or parts)}"
    if not is_commented:
        return body
    comments = (comment_column(f"landed.{name}", c) for c in columns(table))
    named = comment_table(f"landed.{name}", table).replace("COMMENT ON TABLE", "COMMENT ON VIEW", 1)
    return "; ".join((body, named, *comments))


def declare_columns() -> str:
    """The declarations as the table landed.declared, for data_dictionary."""
    views = {view: DECLARED_BY.get(view, view) for view in VIEWS if DECLARED_BY.get(view, view) in TABLES}
    rows = ", ".join(
        f"({quote(view)}, {quote(c.name)}, {c.nullable}, nullif({quote(c.column.like)}, ''))"
        for view, name in views.items() for c in columns(TABLES[name])
    )
    named = "COMMENT ON TABLE landed.declared IS 'What warehouse/tables.py declares of each column.'"
    return f"CREATE TABLE landed.declared AS FROM (VALUES {rows}) AS d(view_name, column_name, nullable, nearest_term); {named}"


def comment_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Give every column of the views that has no comment of its own the meaning that its table declares."""
    bare = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal AND comment IS NULL"
    ).fetchall()
    declared = {(name, c.name): c for name, table in TABLES.items() for c in columns(table)}
    found = ((view, declared[DECLARED_BY.get(view, view), column]) for view, column in bare)
    connection.execute("; ".join(comment_column(quote_name(view), c) for view, c in found))
