"""The lake's DDL and comments, read off the declared tables."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, get_args, get_origin

from warehouse.earlier import MARK, read_pairs
from warehouse.tables import Declared, Table, columns

SQL = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE", bool: "BOOLEAN", dt.date: "DATE", dt.datetime: "TIMESTAMP WITH TIME ZONE"}


def quote(text: str) -> str:
    """A SQL string literal.

    >>> quote("O'Hara")
    "'O''Hara'"
    """
    return "'" + text.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """A SQL identifier.

    >>> quote_name('position')
    '"position"'
    """
    return '"' + name.replace('"', '""') + '"'


def sql_type(kind: Any) -> str:
    """DuckDB type of a declared Python type, spelled as DuckDB spells it.

    >>> sql_type(list[str])
    'VARCHAR[]'
    """
    if get_origin(kind) is dict:
        return f"MAP({', '.join(sql_type(part) for part in get_args(kind))})"
    if get_origin(kind) is list:
        return sql_type(get_args(kind)[0]) + "[]"
    if kind in SQL:
        return SQL[kind]
    return "STRUCT(" + ", ".join(f"{quote_name(c.name)} {sql_type(c.kind)}" for c in columns(kind)) + ")"


def table_meaning(table: Table) -> str:
    """What one row of a table is: the declaration's docstring on one line."""
    return " ".join((inspect.getdoc(table) or "").split())


def create_table(place: str, table: Table) -> str:
    """CREATE TABLE for a declaration; `place` is the quoted or plain full name."""
    body = ", ".join(f"{quote_name(c.name)} {sql_type(c.kind)}{'' if c.nullable else ' NOT NULL'}" for c in columns(table))
    return f"CREATE TABLE {place} ({body})"


def comment_table(place: str, table: Table) -> str:
    """COMMENT ON TABLE for a declaration."""
    return f"COMMENT ON TABLE {place} IS {quote(table_meaning(table))}"


def comment_column(place: str, column: Declared) -> str:
    """COMMENT ON COLUMN for one declared column."""
    return f"COMMENT ON COLUMN {place}.{quote_name(column.name)} IS {quote(column.column.meaning)}"


def select_columns(table: Table, present: frozenset[str]) -> Iterator[str]:
    """Select items for every declared column: under its earlier name where a file has that, and a typed null where it has neither.

    Plain values are read as the declared type, since a file from before a column was widened holds a narrower one.
    """
    for c in columns(table):
        name = quote_name(c.name)
        held = c.name if c.name in present else c.column.was if c.column.was in present else None
        if held is None and c.name + MARK in present:
            yield f"{read_pairs(name)} AS {name}"
        elif held is None:
            yield f"NULL::{sql_type(c.kind)} AS {name}"
        else:
            yield f"{quote_name(held)}::{sql_type(c.kind)} AS {name}" if c.kind in SQL else f"{quote_name(held)} AS {name}"


def read_rows(table: Table, by_columns: Mapping[frozenset[str], Sequence[Path]], only: AbstractSet[Path] | None = None) -> str:
    """The query for the rows of a table's files, or of some of them, with every declared column."""
    parts = []
    for present, paths in by_columns.items():
        if wanted := [path for path in paths if only is None or path in only]:
            listed = ", ".join(quote(str(path)) for path in wanted)
            parts.append(f"SELECT {', '.join(select_columns(table, present))} FROM read_parquet([{listed}])")
    return " UNION ALL ".join(parts) or f"SELECT {', '.join(select_columns(table, frozenset()))} WHERE false"
