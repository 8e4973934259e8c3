"""The quarantine as a list of things to do: what waits, why, where its bytes are, what to do about it, and what was tried."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, NamedTuple, cast

from expectations.remedies import suggest
from flows.problems import ExitCode, Problem
from flows.progress import say
from warehouse.ddl import quote
from warehouse.errors import LakeError, NotFound
from warehouse.originals import open_original
from warehouse.render import Format, show_unseen, write_csv, write_json, write_markdown, write_table
from warehouse.show import cut_span, decompress
from warehouse.sql import run_sql

ROW = re.compile(r"([0-9a-f]{4,16}):(\d{1,12})")
PLACE = re.compile(r"(.+?):(\d{1,12})(?::\d{1,15})?")
SHORT = 8
"""Digits of a file's id by which `list` names a row; more where two files share them."""
CHUNK = 2000
STATE = """
    WITH last AS (
        SELECT file_id, record_no, arg_max(outcome, run_id) AS outcome, max(run_id) AS run_id FROM replays GROUP BY ALL
    ), paths AS (
        SELECT file_id, min(path) AS path, any_value(sha256) AS sha256, any_value(encoding) AS encoding FROM files GROUP BY file_id
    )
    SELECT q.*, p.path, p.sha256, p.encoding, b.run_id, b.committed_at, last.run_id AS tried_in,
           CASE WHEN w.file_id IS NOT NULL THEN 'waiting' WHEN last.outcome <> 'stays' THEN last.outcome ELSE 'superseded' END AS state
    FROM quarantine q LEFT JOIN paths p USING (file_id) LEFT JOIN batches b USING (batch_id) LEFT JOIN last USING (file_id, record_no)
    LEFT JOIN (SELECT file_id, record_no, batch_id FROM waiting) w USING (file_id, record_no, batch_id)"""


class Aside(NamedTuple):
    """A record that was set aside, and what has become of it."""

    file_id: str
    record_no: int
    record_id: str | None
    article_id: str | None
    byte_start: int
    byte_end: int
    line: int
    stage: str
    reason: str
    severity: str
    expectation: str | None
    detail: str
    raw: str
    parser_version: str
    batch_id: str
    path: str | None
    sha256: str | None
    encoding: str | None
    run_id: str | None
    committed_at: Any
    tried_in: str | None
    state: str
    """waiting, landed, repeat, discarded, or superseded: a later record of the same id has landed."""

    @property
    def row(self) -> str:
        """How the commands name it."""
        return f"{self.file_id[:SHORT]}:{self.record_no}"

    @property
    def location(self) -> str:
        """File, line and byte."""
        return f"{self.path or self.file_id}:{self.line}:{self.byte_start}"

    @property
    def suggestion(self) -> str:
        """What to do about it."""
        return suggest(self.reason, self.expectation)


SHORTLY = ("row", "location", "severity", "reason", "detail")
LISTED = ("row", "location", "state", "severity", "reason", "expectation", "detail", "suggestion")
EXPORTED = (
    "row", "location", "state", "severity", "stage", "reason", "expectation", "detail", "suggestion", "raw", "path", "line", "byte_start", "byte_end",
    "file_id", "record_no", "record_id", "article_id", "parser_version", "batch_id", "run_id", "tried_in",
)
NUMBERS = frozenset({"line", "byte_start", "byte_end", "record_no"})


def read_asides(lake: Path, *, is_all: bool, where: str = "true", order: str = "path, record_no", limit: int | None = None) -> Iterator[Aside]:
    """Rows of the quarantine: those that wait, or all."""
    kept = where if is_all else f"state = 'waiting' AND ({where})"
    most = "" if limit is None else f" LIMIT {limit}"
    with run_sql(lake, f"SELECT * FROM ({STATE}) WHERE {kept} ORDER BY {order}{most}") as result:
        for row in result.rows():
            yield Aside(**{name: value for name, value in zip(result.columns, row, strict=True) if name in Aside._fields})


def print_list(lake: Path, layout: Format, limit: int, *, is_all: bool, reason: str | None) -> int:
    """Print what waits, the latest first. A table has no room for what to do: that stands below it, once for each cause."""
    where = "true" if reason is None else f"reason = {quote(reason)} OR expectation = {quote(reason)}"
    found = read_asides(lake, is_all=is_all, where=where, order="committed_at DESC, path, record_no", limit=limit)
    if layout != "table":
        write_rows(LISTED if is_all else tuple(name for name in LISTED if name != "state"), found, layout)
        return ExitCode.LANDED
    rows = list(found)
    short = ({**one._asdict(), "row": one.row, "location": one.location, "reason": one.expectation or one.reason} for one in rows)
    names = (*SHORTLY[:2], "state", *SHORTLY[2:]) if is_all else SHORTLY
    width = get_terminal_size().columns if sys.stdout.isatty() else None
    write_table(names, ["VARCHAR"] * len(names), (tuple(one[name] for name in names) for one in short), sys.stdout, width)
    for cause, told in {one.expectation or one.reason: one.suggestion for one in rows}.items():
        sys.stdout.write(f"\n{cause}: {told}\n")
    return ExitCode.LANDED


def write_rows(names: Sequence[str], found: Iterator[Aside], layout: Format) -> int:
    """Rows in a layout, on standard output; how many there were."""
    rows = (tuple(getattr(one, name) for name in names) for one in found)
    types = ["BIGINT" if name in NUMBERS else "VARCHAR" for name in names]
    if layout == "csv":
        from expectations.report import guard_cell

        return write_csv(names, (tuple(map(guard_cell, row)) for row in rows), sys.stdout)
    if layout == "markdown":
        return write_markdown(names, types, rows, sys.stdout)
    if layout == "table":
        return write_table(names, types, rows, sys.stdout, get_terminal_size().columns if sys.stdout.isatty() else None)
    return write_json(names, rows, sys.stdout, as_lines=layout == "jsonl")


def export(lake: Path, layout: str, output: Path | None, *, is_all: bool) -> int:
    """Write every record that waits, or all that ever did, with all columns and itself."""
    found = read_asides(lake, is_all=is_all)
    if layout == "parquet":
        count = write_parquet(found, output)
    else:
        with redirect_output(output):
            count = write_rows(EXPORTED, found, cast("Format", layout))
    if output:
        say(f"{output}: {count:,} records that were set aside")
    return ExitCode.LANDED


@contextmanager
def redirect_output(output: Path | None) -> Iterator[None]:
    """Have standard output written to a file, which is there when all is written; or leave it."""
    if output is None:
        yield
        return
    aside, before = output.with_name(f".{output.name}.part"), sys.stdout
    try:
        with aside.open("w", encoding="utf-8", newline="") as file:
            sys.stdout = file
            yield
        aside.replace(output)
    finally:
        sys.stdout = before
        aside.unlink(missing_ok=True)


def write_parquet(found: Iterator[Aside], output: Path | None) -> int:
    """Write rows as Parquet, to a file or to a standard output that is no terminal."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if output is None and sys.stdout.isatty():
        raise Problem("Parquet is no text; name a file with --output, or send standard output to one")
    schema = pa.schema([pa.field(name, pa.int64() if name in NUMBERS else pa.string()) for name in EXPORTED])
    target = output.with_name(f".{output.name}.part") if output else None
    count = 0
    try:
        with pq.ParquetWriter(target or sys.stdout.buffer, schema, compression="zstd") as writer:
            while chunk := [one for _, one in zip(range(CHUNK), found, strict=False)]:
                count += len(chunk)
                columns = [pa.array([getattr(one, name) for one in chunk], schema.field(name).type) for name in EXPORTED]
                writer.write_table(pa.Table.from_arrays(columns, schema=schema))
        if target and output:
            target.replace(output)
    finally:
        if target:
            target.unlink(missing_ok=True)
    return count


# ------------------------------------------------------------------ one record
def find_rows(lake: Path, names: Sequence[str]) -> list[Aside]:
    """The rows that are named: by file and number as `list` prints them, by place, or by the record's own id."""
    return [find_row(lake, name) for name in names]


def find_row(lake: Path, name: str) -> Aside:
    """The one row that a name stands for, the latest of its record; a Problem where there is none, or several."""
    wheres = []
    if found := ROW.fullmatch(name):
        wheres.append(f"file_id LIKE '{found[1]}%' AND record_no = {int(found[2])}")
    if place := PLACE.fullmatch(name):
        wheres.append(f"line = {int(place[2])} AND (path = {quote(place[1])} OR suffix(path, {quote('/' + place[1])}))")
    wheres.append(f"record_id = {quote(name)}")
    for where in wheres:
        rows = list(read_asides(lake, is_all=True, where=where, order="committed_at DESC", limit=20))
        records = {(row.file_id, row.record_no) for row in rows}
        if len(records) > 1:
            listed = ", ".join(f"{file_id}:{number}" for file_id, number in sorted(records)[:5])
            raise Problem(f"{name} names several records: {listed}{' ...' if len(records) > 5 else ''}; name one of them")
        if rows:
            return rows[0]
    raise Problem(f"no record {name} was set aside; copydesk quarantine list --all names them all")


def read_original(lake: Path, aside: Aside) -> bytes:
    """The very bytes of a record, from the kept original. A row of a workbook has none of its own: what was read stands for it."""
    if aside.byte_start == aside.byte_end or aside.sha256 is None:
        return aside.raw.encode("utf-8", "replace")
    try:
        with open_original(lake, aside.sha256) as kept, decompress(kept) as stream:
            return cut_span(stream, aside.byte_start, aside.byte_end)
    except NotFound:
        raise
    except Exception as error:
        raise LakeError(f"the kept original {aside.sha256} can't be read: {error}") from error


def print_record(lake: Path, name: str, *, is_raw: bool) -> int:
    """Print one record that was set aside: where it stands, why, what to do, what was tried, and its original bytes."""
    aside = find_row(lake, name)
    original = read_original(lake, aside)
    if is_raw:
        sys.stdout.buffer.write(original)
        sys.stdout.buffer.flush()
        return ExitCode.LANDED
    facts = (
        ("row", aside.row), ("place", aside.location), ("bytes", f"{aside.byte_start} to {aside.byte_end}"), ("record id", aside.record_id),
        ("article", aside.article_id), ("stage", aside.stage), ("reason", aside.reason), ("expectation", aside.expectation),
        ("severity", aside.severity), ("what is wrong", aside.detail), ("what to do", aside.suggestion), ("state", aside.state),
        ("set aside in", aside.run_id),
    )
    for label, value in facts:
        if value is not None:
            sys.stdout.write(f"{label:>15}  {show_unseen(str(value))}\n")
    for run_id, tried_at, outcome, reason, detail, with_file in read_trail(lake, aside):
        sys.stdout.write(f"{'tried':>15}  {tried_at:%Y-%m-%d %H:%M} in run {run_id}: {outcome}"
                         f"{f' ({reason})' if reason else ''}{f', with file {with_file}' if with_file else ''}\n")
        if detail and detail != aside.detail:
            sys.stdout.write(f"{'':>15}  {show_unseen(detail)}\n")
    text = original.decode(name_codec(aside.encoding), "backslashreplace")
    shown = "\n".join(show_unseen(line) for line in text.replace("\r\n", "\n").split("\n"))
    sys.stdout.write(f"\n{shown}{'' if shown.endswith(chr(10)) else chr(10)}")
    return ExitCode.LANDED


def name_codec(encoding: str | None) -> str:
    """The codec to show a record's bytes in; UTF-8 where the file's encoding is none that Python knows, as where it changes within the file.

    >>> name_codec("cp1252"), name_codec("utf-8, in part cp1252"), name_codec(None)
    ('cp1252', 'utf-8', 'utf-8')
    """
    try:
        return codecs.lookup(encoding or "utf-8").name
    except (LookupError, ValueError):
        return "utf-8"


def read_trail(lake: Path, aside: Aside) -> list[tuple[Any, ...]]:
    """What was tried with a record, in order."""
    query = f"""SELECT run_id, tried_at, outcome, reason, detail, with_file_id FROM replays
                WHERE file_id = {quote(aside.file_id)} AND record_no = {aside.record_no} ORDER BY tried_at"""
    with run_sql(lake, query) as result:
        return list(result.rows())
