"""`copydesk export`: articles, or the answer to a question, in a file for other programs."""

from __future__ import annotations

import re
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, TextIO, cast

import orjson

from flows.problems import ExitCode, Problem
from flows.progress import say
from flows.question import replace_file
from warehouse.columnar import write_parquet
from warehouse.ddl import quote
from warehouse.errors import NotFound
from warehouse.export import make_ninjs, make_nitf, read_stories, write_safe_csv
from warehouse.render import write_json
from warehouse.sql import run_sql

OF_ARTICLES = ("ninjs", "nitf")


class Order(NamedTuple):
    """What `copydesk export` was asked for."""

    lake: Path
    ids: tuple[str, ...]
    where: str | None
    query: str | None
    layout: str
    output: Path | None
    at: str | None


def export(order: Order) -> int:
    """Write what was asked for; a file takes its name when all of it is written."""
    if sum((bool(order.ids), order.where is not None, order.query is not None)) > 1:
        raise Problem("give articles' ids, a condition with --where, or a question with --query; only one of these")
    if order.query is not None and order.layout in OF_ARTICLES:
        raise Problem(f"{order.layout} is for articles: name them by id or with --where")
    if order.layout == "parquet" and order.output is None and sys.stdout.isatty():
        raise Problem("Parquet is not for reading: name a file with --output, or send it on to a program")
    if order.layout == "nitf" and order.output is not None and order.output.is_dir():
        count = write_folder(order, order.output)
        say(f"{count:,} files in {order.output}")
        return ExitCode.LANDED
    is_text = order.layout != "parquet"
    stdout: IO[str] | BinaryIO = sys.stdout if is_text else sys.stdout.buffer
    with nullcontext(stdout) if order.output is None else replace_file(order.output, order.lake, is_text=is_text) as out:
        count = write_stories(order, cast("TextIO", out)) if order.layout in OF_ARTICLES else write_rows(order, out)
    if not count and order.ids:
        raise NotFound(f"no article is called {order.ids[0]}")
    if order.output is not None:
        say(f"{count:,} {'article' if order.query is None else 'row'}{'' if count == 1 else 's'} in {order.output}")
    return ExitCode.LANDED


def choose_articles(order: Order) -> str:
    """The condition for the articles that were asked for."""
    if not order.ids:
        return order.where or "true"
    tests = []
    for name in order.ids:
        prefix = name.strip().lower()
        own = f"record_id = {quote(name)}"
        tests.append(f"({own} OR article_id BETWEEN '{prefix}' AND '{prefix}g')" if re.fullmatch("[0-9a-f]{4,16}", prefix) else own)
    return " OR ".join(tests)


def write_rows(order: Order, out: IO[str] | BinaryIO) -> int:
    """Write rows: those of a question, or of the view articles."""
    statement = order.query or f"SELECT * FROM articles WHERE ({choose_articles(order)}\n) ORDER BY published_at NULLS LAST, article_id"
    with run_sql(order.lake, statement, at=order.at) as result:
        if order.layout == "parquet":
            return write_parquet(result, cast("BinaryIO", out))
        if order.layout == "csv":
            return write_safe_csv(result.columns, result.rows(), cast("TextIO", out))
        return write_json(result.columns, result.rows(), cast("TextIO", out), as_lines=True)


def write_stories(order: Order, out: TextIO) -> int:
    """Write articles one after the other: ninjs one object a line, NITF one document, which has room for one article."""
    count = 0
    for count, story in enumerate(read_stories(order.lake, choose_articles(order), order.at), 1):
        if order.layout == "ninjs":
            out.write(orjson.dumps(make_ninjs(story)).decode() + "\n")
            continue
        if count > 1:
            raise Problem("an NITF document holds one article; name a folder that is there with --output, for one file each")
        out.write(make_nitf(story))
    return count


def write_folder(order: Order, folder: Path) -> int:
    """Write an NITF document for each article, named by its id."""
    count = 0
    for story in read_stories(order.lake, choose_articles(order), order.at):
        with replace_file(folder / f"{story.article['article_id']}.xml", order.lake, is_text=True) as out:
            cast("TextIO", out).write(make_nitf(story))
        count += 1
    return count
