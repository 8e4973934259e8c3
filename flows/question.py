"""`copydesk sql`: where a statement comes from, what it may take, and where its answer goes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import get_terminal_size
from typing import IO, BinaryIO, NamedTuple, TextIO, cast

from flows.problems import ExitCode, Problem
from flows.progress import say
from warehouse.render import Format, write_result
from warehouse.sql import Limits, Result, Session, run_sql

WITHOUT_TERMINAL = None
BY_SUFFIX = {
    ".parquet": "parquet", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".md": "markdown", ".markdown": "markdown",
}


class Question(NamedTuple):
    """What `copydesk sql` was asked for."""

    lake: Path
    statement: str | None
    file: Path | None
    layout: str | None
    output: Path | None
    at: str | None
    limits: Limits


def answer_question(question: Question) -> int:
    """Answer a statement, those of a file or of standard input, or without any of these whatever is typed at the terminal."""
    if question.file is not None and question.statement is not None:
        raise Problem("give a statement or a file with --file, not both")
    asks_terminal = question.file is None and question.statement is None and sys.stdin.isatty()
    if asks_terminal and question.output is not None:
        raise Problem("--output takes the answer to one statement; give it, or a file with --file")
    if asks_terminal:
        from flows.prompt import converse

        return converse(question.lake, cast("Format", choose_layout(question.layout, None)), question.at, question.limits)
    layout = choose_layout(question.layout, question.output)
    if question.output is None:
        if layout == "parquet" and sys.stdout.isatty():
            raise Problem("Parquet is not for reading: name a file with --output, or send it on to a program")
        out = sys.stdout.buffer if layout == "parquet" else sys.stdout
        write_answers(question, layout, out)
        return ExitCode.LANDED
    with replace_file(question.output, question.lake, is_text=layout != "parquet") as out:
        count = write_answers(question, layout, out)
    say(f"{count:,} {'row' if count == 1 else 'rows'} in {question.output}")
    return ExitCode.LANDED


def choose_layout(layout: str | None, output: Path | None) -> str:
    """The layout that was named, else that of the file's ending, else a table.

    >>> choose_layout(None, Path("ferries.parquet"))
    'parquet'
    """
    return layout or BY_SUFFIX.get(output.suffix.lower() if output else "", "table")


def write_answers(question: Question, layout: str, out: IO[str] | BinaryIO) -> int:
    """Write the answers of all statements, one after the other; returns how many rows they had."""
    if question.statement is not None and question.statement != "-" and not question.statement.startswith("@"):
        with run_sql(question.lake, question.statement, at=question.at, limits=question.limits) as result:
            return write_answer(result, layout, out)
    text = read_text(question)
    with Session(question.lake, question.at, question.limits) as session:
        statements = session.split(text)
        if not statements:
            raise Problem("there is no statement in it")
        if layout == "parquet" and len(statements) > 1:
            raise Problem(f"a Parquet file holds one answer; there are {len(statements)} statements")
        count = 0
        for statement in statements:
            with session.ask(statement) as result:
                count += write_answer(result, layout, out)
        return count


def write_answer(result: Result, layout: str, out: IO[str] | BinaryIO) -> int:
    """Write one answer; a table is as wide as the terminal, where there is one."""
    if layout == "parquet":
        from warehouse.columnar import write_parquet

        return write_parquet(result, cast("BinaryIO", out))
    width = get_terminal_size().columns if out is sys.stdout and sys.stdout.isatty() else WITHOUT_TERMINAL
    return write_result(result, cast("Format", layout), cast("TextIO", out), width)


def read_text(question: Question) -> str:
    """The statements of the file that was named, or of standard input."""
    named = question.file
    if named is None and question.statement is not None and question.statement.startswith("@"):
        named = Path(question.statement[1:])
    if named is None or str(named) == "-":
        return sys.stdin.read()
    try:
        return named.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(f"{named}: byte {error.start} is not UTF-8; save the file as UTF-8") from None
    except OSError as error:
        raise Problem(f"{named}: {error.strerror}; give a statement, or the path of a file that holds one") from None


@contextmanager
def replace_file(target: Path, lake: Path, *, is_text: bool) -> Iterator[IO[str] | BinaryIO]:
    """A file that takes its name when all of it is written. The lake's own folder is no place for answers."""
    place = target.absolute()
    if place.is_dir():
        raise Problem(f"{target} is a folder; name a file in it")
    if place.resolve().is_relative_to(lake.resolve()):
        raise Problem(f"{target} lies in the lake; name a file outside {lake}")
    try:
        with tempfile.TemporaryDirectory(prefix=".copydesk-", dir=place.parent) as aside:
            fresh = Path(aside, "answer")
            with fresh.open("w", encoding="utf-8", newline="") if is_text else fresh.open("wb") as out:
                yield out
            fresh.replace(place)
    except OSError as error:
        raise Problem(f"{target} can't be written: {error.strerror}; check the folder and the free space") from None
