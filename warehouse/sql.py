"""SQL from users: one SELECT over the views, answered as a stream of rows.

Three walls stand behind each other. The statement must be a single SELECT that calls no table function beyond a short list; the connection
(warehouse.catalog) reaches no file but the committed ones, no network and no setting; and it is a connection of its own, in memory.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from warehouse.catalog import VIEWS, connect
from warehouse.ddl import quote
from warehouse.errors import SqlRefused
from warehouse.render import FORMATS, write_result

__all__ = ["FORMATS", "Result", "SqlRefused", "run_sql", "write_result"]

TABLE_FUNCTIONS = frozenset({
    "unnest", "range", "generate_series", "json_each", "json_tree", "duckdb_columns", "duckdb_tables", "duckdb_views", "duckdb_functions",
    "duckdb_types", "duckdb_keywords",
})
"""What may stand in FROM with brackets. Everything else reads files, changes the process (enable_logging) or runs SQL held in a string."""
FETCH = 2048


class Result:
    """An answer: names and DuckDB types of its columns, and its rows, once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        described = connection.description or []
        self.columns = tuple(name_apart([str(d[0]) for d in described]))
        self.types = tuple(str(d[1]) for d in described)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, as they are computed. Raises SqlRefused when one can't be."""
        try:
            while chunk := self._connection.fetchmany(FETCH):
                yield from chunk
        except (duckdb.Error, ValueError, OverflowError) as e:
            raise SqlRefused(explain_error(e)) from e

    def close(self) -> None:
        """Let go of the lake's files."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def run_sql(folder: Path | str, statement: str) -> Result:
    """Run one SELECT, or EXPLAIN of one, over a lake's views. Raises SqlRefused with a message for the user; NoLake when there is no lake.

    Close the result, or use it in a `with`.
    """
    connection = connect(folder)
    try:
        check_statement(connection, statement)
        connection.execute(statement)
        return Result(connection)
    except (duckdb.Error, ValueError, OverflowError) as e:
        connection.close()
        raise SqlRefused(explain_error(e)) from e
    except BaseException:
        connection.close()
        raise


def check_statement(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Raise SqlRefused unless the text is one SELECT, or EXPLAIN of one, that calls only table functions which may be called."""
    if not statement.isprintable() and re.search("[\\0\ud800-\udfff]", statement):
        raise SqlRefused("the statement holds characters that are no text")
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
        if name not in TABLE_FUNCTIONS:
            raise SqlRefused(f"{name}() may not be called here; the views are {', '.join(sorted(set(VIEWS) - {'superseded'}))}")


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


def name_apart(names: list[str]) -> Iterator[str]:
    """Column names without repeats, since a JSON object can hold each once.

    >>> list(name_apart(["a", "a", "b"]))
    ['a', 'a_1', 'b']
    """
    seen: set[str] = set(names)
    given: set[str] = set()
    for name in names:
        fresh, n = name, 0
        while fresh in given:
            n += 1
            fresh = f"{name}_{n}" if f"{name}_{n}" not in seen else fresh
        given.add(fresh)
        yield fresh


def explain_error(error: Exception) -> str:
    """DuckDB's message on a query without its stack, kind of exception first."""
    return str(error).split("\n\nStack Trace", 1)[0].strip() or type(error).__name__
