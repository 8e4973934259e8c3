"""The first wall around SQL from users: a statement is one SELECT, or EXPLAIN of one, and calls no table function beyond a short list."""

from __future__ import annotations

import json
import re
from typing import Any

import duckdb

from warehouse.catalog import MACROS, VIEWS
from warehouse.ddl import quote
from warehouse.errors import SqlRefused

TABLE_FUNCTIONS = frozenset({
    "unnest", "range", "generate_series", "json_each", "json_tree", "duckdb_columns", "duckdb_tables", "duckdb_views", "duckdb_functions",
    "duckdb_types", "duckdb_keywords",
})
"""What may stand in FROM with brackets. Everything else reads files, changes the process (enable_logging) or runs SQL held in a string."""
EXPLAINED = re.compile(r"duckdb_|pg_|information_schema|dictionary", re.IGNORECASE)
"""Words without which a statement can't see a comment on a view or column."""


def split_statements(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    """The statements of a file, each to be checked and run by itself. Raises SqlRefused on text that does not parse."""
    check_text(text)
    try:
        return [statement.query for statement in connection.extract_statements(text)]
    except (duckdb.Error, ValueError) as e:
        raise SqlRefused(explain_error(e)) from e


def check_text(text: str) -> None:
    """Raise SqlRefused on characters that DuckDB would read to the first of them only."""
    if not text.isprintable() and re.search("[\\0\ud800-\udfff]", text):
        raise SqlRefused("the statement holds characters that are no text")


def check_statement(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Raise SqlRefused unless the text is one SELECT, or EXPLAIN of one, that calls only table functions which may be called."""
    check_text(statement)
    found = connection.extract_statements(statement)
    if not found:
        raise SqlRefused("there is no statement")
    if len(found) > 1:
        raise SqlRefused("one statement at a time; a PIVOT needs its values written out: PIVOT ... ON ... IN (...)")
    kind = found[0].type
    text = strip_explain(statement) if kind == duckdb.StatementType.EXPLAIN else statement
    if kind not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise SqlRefused(f"only SELECT is allowed; this is {kind.name}")
    row = connection.execute(f"SELECT json_serialize_sql({quote(text)}::VARCHAR)").fetchone()
    try:
        tree = json.loads(row[0]) if row else {"error": True}
    except RecursionError:
        raise SqlRefused("the statement is nested too deeply") from None
    if tree["error"]:
        raise SqlRefused("only SELECT is allowed, or EXPLAIN of one")
    for name in sorted(called_tables(tree)):
        if name not in TABLE_FUNCTIONS and name not in MACROS:
            views, macros = ", ".join(sorted(set(VIEWS) - {"superseded"})), ", ".join(f"{macro}()" for macro in sorted(MACROS))
            raise SqlRefused(f"{name}() may not be called here; the views are {views}, the macros {macros}")


def called_tables(tree: Any) -> set[str]:
    """Names of the functions that stand for tables in a serialised statement."""
    names: set[str] = set()
    open_nodes = [tree]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, dict):
            if node.get("type") == "TABLE_FUNCTION":
                names.add(str(node["function"]["function_name"]).lower())
            open_nodes.extend(node.values())
        elif isinstance(node, list):
            open_nodes.extend(node)
    return names


QUERY_WORDS = (b"SELECT", b"FROM", b"WITH", b"VALUES", b"TABLE", b"PIVOT", b"UNPIVOT", b"DESCRIBE", b"SUMMARIZE", b"SHOW", b"(")


def strip_explain(statement: str) -> str:
    """The statement behind EXPLAIN, ANALYZE and their options in brackets.

    >>> strip_explain("EXPLAIN ANALYZE SELECT 1")
    'SELECT 1'
    """
    text = statement.encode()
    words = [text[start:].upper() for start, _ in duckdb.tokenize(statement)] + [b"", b""]
    at = 2 if words[1].startswith((b"ANALYZE", b"ANALYSE")) else 1
    if words[at].startswith(b"(") and not words[at + 1].startswith(QUERY_WORDS):
        at = next((i + 1 for i in range(at, len(words)) if words[i].startswith(b")")), at)
    return text[len(text) - len(words[at]):].decode()


def explain_error(error: Exception) -> str:
    """DuckDB's message on a query without its stack, kind of exception first."""
    return str(error).split("\n\nStack Trace", 1)[0].strip() or type(error).__name__
