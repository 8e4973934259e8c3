"""SQL from users: one SELECT over the views and macros, answered as a stream of rows.

Three walls stand behind each other. The statement must be a single SELECT that calls no table function beyond a short list
(warehouse.guard); the connection (warehouse.catalog) reaches no file but the committed ones, no network and no setting; and it is a
connection of its own, in memory, that gives up when its memory or time is spent.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import duckdb

from warehouse.catalog import MACROS, Limits, connect
from warehouse.errors import SqlRefused
from warehouse.guard import EXPLAINED, check_statement, explain_error, split_statements
from warehouse.render import FORMATS, write_result
from warehouse.search import date_index
from warehouse.snapshot import newest_snapshot

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FORMATS", "Limits", "Result", "Session", "SqlRefused", "Vocabulary", "run_sql", "write_result"]

FETCH = 2048


class Budget:
    """The time that a question may still take in DuckDB; what its reader takes over the rows is not counted."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, limits: Limits) -> None:
        self.limits = limits
        self._connection = connection
        self._left = limits.seconds
        self._struck = False

    def _strike(self) -> None:
        self._struck = True
        self._connection.interrupt()

    @contextlib.contextmanager
    def spend(self) -> Iterator[None]:
        """Let DuckDB work until the time is spent. What goes wrong comes out as SqlRefused, Ctrl-C as KeyboardInterrupt."""
        timer = None
        if self._left is not None:
            timer = threading.Timer(max(self._left, 0.001), self._strike)
            timer.daemon = True
            timer.start()
        started = time.monotonic()
        try:
            yield
        except (duckdb.Error, ValueError, OverflowError) as e:
            raise SqlRefused(self._explain(e)) from e
        except RuntimeError as e:
            if str(e) == "Query interrupted":
                self._connection.interrupt()  # its threads work on until they are told, and closing would wait for them
                raise KeyboardInterrupt from None
            raise
        except MemoryError as e:
            raise SqlRefused(self._explain(duckdb.OutOfMemoryException())) from e
        finally:
            if timer is not None:
                timer.cancel()
            if self._left is not None:
                self._left -= time.monotonic() - started

    def _explain(self, error: Exception) -> str:
        if self._struck:
            return f"stopped after {self.limits.seconds:g} s; ask for less, or allow more with --timeout"
        if isinstance(error, duckdb.OutOfMemoryException):
            return f"it would take more memory than the {self.limits.memory} that a question may have; ask for less, or allow more with --memory"
        return explain_error(error)


class Result:
    """An answer: names and DuckDB types of its columns, and its rows, once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, budget: Budget, *, is_owner: bool = True) -> None:
        self._connection = connection
        self._budget = budget
        self._is_owner = is_owner
        described = connection.description or []
        self.columns = tuple(name_apart([str(d[0]) for d in described]))
        self.types = tuple(str(d[1]) for d in described)

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows, as they are computed. Raises SqlRefused when one can't be."""
        while True:
            with self._budget.spend():
                chunk = self._connection.fetchmany(FETCH)
            if not chunk:
                return
            yield from chunk

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The rows as Arrow, under the names of `columns`; one batch at least, which may be empty."""
        import pyarrow as pa

        with self._budget.spend():
            reader = self._connection.to_arrow_reader(FETCH * 10)
        names = list(self.columns)
        yield pa.RecordBatch.from_pylist([], schema=reader.schema).rename_columns(names)
        while True:
            with self._budget.spend():
                batch = self._read_batch(reader)
            if batch is None:
                return
            yield batch.rename_columns(names)

    def _read_batch(self, reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
        """The next batch; Arrow reports whatever DuckDB says as a fault of the disk."""
        try:
            return next(reader, None)
        except OSError as e:
            raise ValueError(str(e)) from e

    def close(self) -> None:
        """Let go of the lake's files."""
        if self._is_owner:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def run_sql(folder: Path | str, statement: str, *, at: str | None = None, limits: Limits = Limits()) -> Result:  # noqa: B008
    """Run one SELECT, or EXPLAIN of one, over a lake's views, as they are now or were at a run's id or a time.

    Raises SqlRefused with a message for the user; NoLake when there is no lake. Close the result, or use it in a `with`.
    """
    connection = connect(folder, at, limits, is_commented=EXPLAINED.search(statement) is not None)
    try:
        return ask(connection, statement, limits, is_owner=True)
    except BaseException:
        connection.close()
        raise


def ask(connection: duckdb.DuckDBPyConnection, statement: str, limits: Limits, *, is_owner: bool) -> Result:
    """Check a statement and begin to run it."""
    budget = Budget(connection, limits)
    with budget.spend():
        check_statement(connection, statement)
        connection.execute(statement)
    return Result(connection, budget, is_owner=is_owner)


class Vocabulary(NamedTuple):
    """The words of a lake, for completion."""

    views: Mapping[str, tuple[str, ...]]
    """Columns by view."""
    macros: tuple[str, ...]
    keywords: tuple[str, ...]


class Session:
    """Several questions to one lake, one after the other. Close it, or use it in a `with`."""

    def __init__(self, folder: Path | str, at: str | None = None, limits: Limits = Limits()) -> None:  # noqa: B008
        """Raises NoLake when there is no lake, NoSnapshot when `at` names nothing."""
        self.folder = folder
        self.at = at
        self.limits = limits
        self._open()

    def _open(self) -> None:
        self._seen = self._look()
        self._connection = connect(self.folder, self.at, self.limits)

    def _look(self) -> tuple[int, int]:
        """What tells whether anything has landed, or been indexed, since."""
        return newest_snapshot(self.folder), date_index(self.folder)

    def refresh(self) -> None:
        """See what has landed since; a session at a run or a time stays there."""
        if self.at is None and self._look() != self._seen:
            self.travel(None)

    def travel(self, at: str | None) -> None:
        """Go to another run or time, or with None to now. Where it can't be gone to, the session stays where it is."""
        before, old = self.at, self._connection
        self.at = at
        try:
            self._open()
        except BaseException:
            self.at = before
            raise
        old.close()

    def ask(self, statement: str) -> Result:
        """Run one statement as run_sql does. The result is to be read before the next question."""
        return ask(self._connection, statement, self.limits, is_owner=False)

    def split(self, text: str) -> list[str]:
        """The statements of a text, in their order."""
        return split_statements(self._connection, text)

    def vocabulary(self) -> Vocabulary:
        """The views with their columns, the macros, and the words of SQL and its functions."""
        rows = self._connection.execute("SELECT table_name, list(column_name ORDER BY ordinal) FROM "
                                        "(SELECT table_name, column_name, column_index AS ordinal FROM duckdb_columns() "
                                        "WHERE schema_name = 'main' AND NOT internal) GROUP BY 1 ORDER BY 1").fetchall()
        words = self._connection.execute("SELECT keyword_name FROM duckdb_keywords() UNION SELECT function_name FROM duckdb_functions() "
                                         "WHERE function_type IN ('scalar', 'aggregate') AND regexp_matches(function_name, '^[a-z]') "
                                         "ORDER BY 1").fetchall()
        return Vocabulary({view: tuple(names) for view, names in rows}, tuple(sorted(MACROS)), tuple(row[0] for row in words))

    def close(self) -> None:
        """Let go of the lake's files."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


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
