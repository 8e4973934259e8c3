"""The account of records as one HTML page: no script, no outside address, every text of the records escaped and what can't be seen spelt out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from expectations.report import clip, read_style, show
from flows.explain import Explained, Refused
from flows.findings import Account, Finding
from flows.marked import pair_values
from flows.marks import Mark, find_marks, walk
from transforms.model import PARSER_VERSION

SHADES = {
    "head": ("headline", "standfirst", "subhead", "timestamp"), "place": ("dateline", "place"),
    "people": ("byline", "signoff", "tagline", "author", "reporter", "additional_reporter", "writer", "editor", "compiler", "contributor",
               "translator", "graphics"),
    "photo": ("caption", "credit", "image_alt", "photographer", "person", "agency", "organisation", "account"),
}
SHADE_OF = {label: shade for shade, labels in SHADES.items() for label in labels}
TEXT = 400
RAW = 4000


class Section(NamedTuple):
    """One record as the page shows it."""

    number: int
    account: Account | None
    refused: Refused | None
    facts: Sequence[tuple[str, str]]
    print: Markup


def draw_page(paths: Sequence[str], records: Iterable[Explained]) -> Iterator[str]:
    """The page in pieces, record by record: memory follows the record, not the file."""
    sections = (lay_out_section(number, one) for number, one in enumerate(records, 1))
    return read_template().generate(paths=[show(path) for path in paths], records=sections, style=read_styles(), version=PARSER_VERSION)


def lay_out_section(number: int, one: Explained) -> Section:
    """A record ready for the page."""
    if isinstance(one, Refused):
        return Section(number, None, one, (), Markup())
    article = one.shown.article
    place = f"{one.shown.path}, record {article.record_no}, line {article.line}, bytes {article.byte_start} to {article.byte_end}"
    facts = [("File", place), ("Article", article.article_id), *((name.capitalize(), value) for name, value in pair_values(one.shown))]
    return Section(number, one, None, facts, draw_print(number, one))


def draw_print(number: int, account: Account) -> Markup:
    """The document with its marks, each led by its kind and closed by its rule."""
    parts: list[Markup] = []
    places = {key_of(finding): n for n, finding in enumerate(account.findings, 1)}
    for sign, text, mark in walk(account.document, find_marks(account.shown, account.document)):
        if sign == "text":
            parts.append(escape(show(text)))
        elif sign == "close" and mark is not None:
            parts.append(Markup('<span class="rule">{}</span></mark>').format(mark.rule))
        elif mark is not None:
            parts.append(Markup('<mark class="{}">').format(SHADE_OF.get(mark.label, "note")))
            label = mark.label.replace("_", " ")
            n = places.get((mark.label, mark.start, mark.end))
            parts.append(Markup('<a href="#r{}f{}">{}</a>').format(number, n, label) if n else Markup('<b class="rule">{}</b> ').format(label))
    return Markup("").join(parts)


def key_of(item: Finding | Mark) -> tuple[str, int, int]:
    """What a finding and its mark have in common."""
    return (item.what if isinstance(item, Finding) else item.label), item.start, item.end


@cache
def read_styles() -> Markup:
    """The report's style sheet and the page's own."""
    return read_style() + Markup(files("flows").joinpath("explain.css").read_text("utf-8"))  # noqa: S704 - a file of this package


@cache
def read_template() -> Template:
    """The page, with escaping on and every value passed through `show`."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=show, trim_blocks=True, lstrip_blocks=True)
    environment.filters["clip"] = clip
    environment.globals |= {"TEXT": TEXT, "RAW": RAW}
    return environment.from_string(files("flows").joinpath("explain.html").read_text("utf-8"))
