"""Tables of SQLite and DuckDB files as streams of JSON Lines, one object a row: so what is kept, hashed and read again is text.

The database is opened to be read only. Column names are keys, nulls stay null, days and times are as ISO 8601 has them, and bytes that are
no text are hexadecimal digits. A text that is not UTF-8 is read as Windows-1252, and the row says so under the key `text_encoding`.
"""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

KINDS = ("sqlite", "duckdb")
ROWS = 500
SHOWN = 12


class TableError(OSError):
    """A table that can't be read: what is wrong and what to do."""


class OtherText(str):
    """A text that was not UTF-8."""

    __slots__ = ()


class TableAddress(NamedTuple):
    """Where a table is: `sqlite:///news.db?table=articles`."""

    kind: str
    path: Path
    table: str | None


def parse_address(url: str) -> TableAddress:
    """The parts of an address. A path is relative as SQLAlchemy has it (`sqlite:///news.db`) or, where no such file is there, absolute.

    >>> parse_address("sqlite:////srv/news.db?table=articles").table
    'articles'
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query, keep_blank_values=True)
    if strangers := asked.keys() - {"table"}:
        raise TableError(f"{min(strangers)!r} is not understood; write {parts.scheme}:///FILE?table=NAME")
    rest = unquote(parts.path) if not parts.netloc else "/" + parts.netloc + unquote(parts.path)
    own = Path(rest[1:] or ".")
    path = own if own.is_absolute() or own.is_file() or not Path(rest).is_file() else Path(rest)
    return TableAddress(parts.scheme, path, asked["table"][-1] if "table" in asked else None)


def open_table(address: TableAddress) -> BinaryIO:
    """The rows of a table. Raises TableError when the file or the table can't be read."""
    if not address.path.is_file():
        raise TableError(f"{address.path} is not there; check the path: {address.kind}:///FILE is relative, {address.kind}:////FILE absolute")
    rows = read_sqlite(address) if address.kind == "sqlite" else read_duckdb(address)
    lines = write_lines(rows)
    first = next(lines, b"")
    return io.BufferedReader(Lines(first, lines), 1 << 18)


class Lines(io.RawIOBase):
    """Pieces as a stream."""

    def __init__(self, first: bytes, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._ready = memoryview(first)
        self._pieces = pieces

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes."""
        while not self._ready:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._ready = memoryview(piece)
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


def write_lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """One line of JSON a row, some rows at a time."""
    lines: list[bytes] = []
    for row in rows:
        lines.append(write_line(row))
        if len(lines) == ROWS:
            yield b"".join(lines)
            lines = []
    yield b"".join(lines)


def write_line(row: dict[str, Any]) -> bytes:
    """A row as JSON.

    >>> write_line({"id": 2**70, "title": "Pier shut", "blob": b"\\xff\\x00"})
    b'{"id": 1180591620717411303424, "title": "Pier shut", "blob": "ff00"}\\n'
    """
    if any(isinstance(value, OtherText) for value in row.values()) and "text_encoding" not in row:
        row["text_encoding"] = "cp1252"
    try:
        return orjson.dumps(row, default=write_value, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:  # a number beyond 64 bits
        return json.dumps(row, default=write_value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def write_value(value: Any) -> Any:
    """A value that JSON has no word for."""
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        with contextlib.suppress(UnicodeDecodeError):
            if b"\0" not in raw:
                return raw.decode("utf-8")
        return raw.hex()
    return str(value)


def name_columns(names: Sequence[str]) -> list[str]:
    """Column names of which each stands once.

    >>> name_columns(["id", "text", "text"])
    ['id', 'text', 'text (2)']
    """
    return [name if names.index(name) == at else f"{name} ({names[: at + 1].count(name)})" for at, name in enumerate(names)]


def choose_table(address: TableAddress, known: Sequence[str]) -> str:
    """The table that is asked for, or the only one."""
    shown = ", ".join(known[:SHOWN]) + (", ..." if len(known) > SHOWN else "")
    if address.table is None:
        if len(known) == 1:
            return known[0]
        if not known:
            raise TableError(f"{address.path} holds no table")
        raise TableError(f"{address.path} holds several tables; name one with ?table=NAME: {shown}")
    if address.table not in known:
        raise TableError(f"{address.path} holds no table {address.table!r}; it holds {shown or 'none'}")
    return address.table


def decode_text(raw: bytes) -> str:
    """A text as SQLite has it, which may be anything."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return OtherText(raw.decode("cp1252"))
        except UnicodeDecodeError:
            return OtherText(raw.decode("latin-1"))


def quote_name(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def read_sqlite(address: TableAddress) -> Iterator[dict[str, Any]]:
    """The rows of a table or view of a SQLite file, in the order of the file."""
    try:
        with contextlib.closing(sqlite3.connect(f"{address.path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.text_factory = decode_text
            connection.execute("PRAGMA trusted_schema = OFF")
            known = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
            table = choose_table(address, [str(row[0]) for row in known])
            cursor = connection.execute(f"SELECT * FROM {quote_name(table)}")
            names = name_columns([column[0] for column in cursor.description])
            while rows := cursor.fetchmany(ROWS):
                yield from (dict(zip(names, row, strict=True)) for row in rows)
    except sqlite3.Error as error:
        raise TableError(f"SQLite can't read {address.path} ({error}); check that it is a SQLite file and that nobody is writing to it") from None


def read_duckdb(address: TableAddress) -> Iterator[dict[str, Any]]:
    """The rows of a table or view of a DuckDB file, in their order. Nothing outside the file can be reached from it."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "threads": "1",
    }
    try:
        with contextlib.closing(duckdb.connect(str(address.path), read_only=True, config=config)) as connection:
            found = connection.execute(
                "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database() ORDER BY ALL"
            ).fetchall()
            places = {(name if schema == "main" else f"{schema}.{name}"): (schema, name) for schema, name in found}
            schema, name = places[choose_table(address, list(places))]
            reader = connection.execute(f"SELECT * FROM {quote_name(schema)}.{quote_name(name)}").to_arrow_reader(ROWS)
            names = name_columns(list(reader.schema.names))
            for batch in reader:
                yield from (dict(zip(names, row, strict=True)) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))
    except duckdb.Error as error:
        raise TableError(f"DuckDB can't read {address.path} ({str(error).splitlines()[0][:200]}); check that nobody else has it open") from None
