"""Explain what is read of a file: each record with its marks, every finding, and the rules, warnings and bases behind it. Lands nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO, cast

from flows.corrections import correct
from flows.findings import Account, Finding, give_account
from flows.gazetteer import open_gazetteer
from flows.marked import print_article
from flows.marks import Printer, clean, style_of
from flows.peek import find_inputs, read_chunks
from flows.problems import ExitCode, Problem
from flows.settings import Houses, IngestConfig, read_houses
from transforms.article import parse_article
from transforms.model import Article, Damaged, Record
from transforms.outcome import Reject
from transforms.rows import columns_of
from warehouse.land import join_columns
from warehouse.show import Shown
from warehouse.tables import TABLES, ChainLink, Span

NO_ID = "0" * 16
TEXT = 100
"""Characters of a finding's text on one line."""


class Refused(NamedTuple):
    """A record that would be set aside."""

    path: str
    number: int
    line: int
    reason: str
    detail: str
    raw: str


Explained = Account | Refused


def explain(config: IngestConfig, wanted: str | None, *, is_html: bool, output: Path | None) -> int:
    """Print the account of every record, or of the one that is wanted by number or id."""
    failed: list[str] = []
    found = explain_records(config, wanted, failed)
    first = next(found, None)
    if first is None and wanted is not None and not failed:
        raise Problem(f"no record {wanted} in {', '.join(config.paths)}; give a number from 1, a record id, or the start of an article id")

    def records() -> Iterator[Explained]:
        if first is not None:
            yield first
        yield from found

    with open_output(output) as out:
        if is_html:
            from flows.explain_page import draw_page

            for part in draw_page(config.paths, records()):
                out.write(part)
        else:
            printer = Printer(out)
            for number, one in enumerate(records()):
                printer.write([("\n", "")] if number else [])
                printer.write(list_pieces(one))
    return ExitCode.FILES_FAILED if failed else ExitCode.LANDED


@contextmanager
def open_output(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that is there whole or not at all."""
    if output is None:
        yield sys.stdout
        return
    aside = output.with_name(f".{output.name}.part")
    try:
        with aside.open("w", encoding="utf-8", newline="\n") as out:
            yield out
        aside.replace(output)
    finally:
        aside.unlink(missing_ok=True)


def explain_records(config: IngestConfig, wanted: str | None, failed: list[str]) -> Iterator[Explained]:
    """The accounts of the records of all files, in order. A number ends the search in its file once it is found."""
    houses = read_houses(config)
    inputs = find_inputs(config)
    failed += [aside.shown for aside in inputs.failed]
    for chunk in read_chunks(inputs, config, houses, failed):
        for item in chunk.items:
            one = explain_item(chunk.shown, item, config, houses)
            if wanted is None or is_wanted(one, wanted):
                yield one


def is_wanted(one: Explained, wanted: str) -> bool:
    """Whether a record goes by a number, its own id, or an article id that starts so."""
    if isinstance(one, Refused):
        return wanted == str(one.number)
    article = one.shown.article
    return wanted in (str(article.record_no), article.record_id) or (len(wanted) >= 4 and article.article_id.startswith(wanted.lower()))


def explain_item(path: str, item: Record | Damaged, config: IngestConfig, houses: Houses) -> Explained:
    """The account of one record, or why it would be set aside."""
    if isinstance(item, Damaged):
        return Refused(path, item.number, item.line, item.reason, item.detail, item.raw)
    try:
        article = parse_article(item, gazetteer=open_gazetteer(), profile=houses[item.source or config.source], source=config.source)
    except Reject as no:
        return Refused(path, item.number, item.line, no.reason, no.detail, item.document)
    return give_account(show_parsed(path, correct(article, houses.corrections)), item.document, open_gazetteer())


def show_parsed(path: str, article: Article) -> Shown:
    """A parsed article as one that has landed is shown: the same rows, by the same hand that lays them out to land."""
    columns = columns_of([article], [1], [NO_ID], NO_ID)

    def rows(name: str) -> tuple[Any, ...]:
        return tuple(TABLES[name](**row) for row in join_columns(name, columns[name]).to_pylist())

    photos = (p._replace(chain=[ChainLink(**cast("dict[str, Any]", link)) for link in p.chain]) for p in rows("photos"))
    people = (c._replace(also_at=[Span(**cast("dict[str, Any]", span)) for span in c.also_at]) for c in rows("contributors"))
    return Shown(rows("articles")[0], (1,), rows("blocks"), tuple(people), tuple(photos), rows("places"), path, None, None, rows("corrections"))


# ------------------------------------------------------------------ as text
def list_pieces(one: Explained) -> Iterator[tuple[str, str]]:
    """The account of a record in pieces, each with its style."""
    if isinstance(one, Refused):
        yield f"{clean(one.path)}, record {one.number}, line {one.line}\n\n", ""
        yield f"set aside: {one.reason}\n", "bold red"
        yield f"{clean(one.detail)}\n\n{clean(one.raw.strip())}\n", ""
        return
    yield from print_article(one.shown, one.document)
    yield "\nfindings\n", "bold"
    wide = max((len(f"{f.start}-{f.end}") for f in one.findings), default=0)
    for finding in one.findings:
        yield from list_finding(finding, wide)
    if one.remarks:
        yield "\nremarks\n", "bold"
    for topic, code, words in one.remarks:
        yield f"  {topic} {clean(code)}", "yellow" if topic == "warning" else "cyan"
        yield f"\n      {clean(words)}\n", ""
    if one.rules:
        yield "\nrules\n", "bold"
    for rule in one.rules:
        yield f"  {rule.name}", "bold"
        yield f"  {rule.home}\n      {rule.meaning}\n", ""
        if rule.stanza:
            yield indent(rule.stanza), "dim"
        elif rule.hit:
            yield indent(f"for example: {cut(rule.hit, 2 * TEXT)}"), "dim"


def list_finding(finding: Finding, wide: int) -> Iterator[tuple[str, str]]:
    """A finding: its span, what it is, its rule; its text; and what it was read as."""
    inset = "" if finding.is_block else "  "
    yield f"  {f'{finding.start}-{finding.end}':>{wide}}  {inset}", ""
    yield finding.what.replace("_", " "), style_of(finding.what)
    yield f"  {{{finding.rule}}}", "dim"
    yield f"  {cut(finding.text, TEXT)}\n", ""
    if finding.value and finding.value != finding.text:
        yield f"  {'':>{wide}}  {inset}= {cut(finding.value, 2 * TEXT)}\n", ""


def cut(text: str, most: int) -> str:
    """A text on one line of so many characters.

    >>> cut("Ferry late\\nagain today", 16)
    'Ferry late⏎agai…'
    """
    line = clean(text[: most + 1].replace("\r\n", "\n").replace("\n", "⏎").replace("\t", " "))
    return line if len(line) <= most else line[: most - 1] + "…"


def indent(text: str) -> str:
    """Lines set in under a rule."""
    return "".join(f"      {clean(line)}\n" for line in text.splitlines())
