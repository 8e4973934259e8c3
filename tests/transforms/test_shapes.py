"""Shapes that wires, picture desks and pages print: each is read line by line as an editor would.

`tests/cases/shapes.toml` holds documents, credits and pages of invented text. A document's `reads` are its headline, dateline, people and kinds
of blocks; a credit's the photographer, the chain and the flags; a page's the headline, the authors, the time and the pictures.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from transforms.article import parse_article
from transforms.credit import parse_credit
from transforms.gazetteer import builtin_gazetteer
from transforms.model import Article, Contributor, Credit, Record
from transforms.readers.html import read_page

CASES: dict[str, list[dict[str, Any]]] = tomllib.loads((Path(__file__).parents[1] / "cases" / "shapes.toml").read_text("utf-8"))
STORY = (
    "<p>The ferry left the harbour an hour late on Monday, and nobody on the quay was surprised by that, the harbour board said.</p>"
    "<p>It has been late on four days of every five since spring, by the board's own count, and the owner blames the tide.</p>"
    "<p>The board will meet again next week to talk about the timetable, which was printed before the tide tables.</p>"
)
"""Stands for `{story}` in a page."""


def show_person(one: Contributor) -> str:
    """`author Jane Roe @ Rome [AP] (Business Writer)`; a house in quotes."""
    name = one.name if one.is_person else f'"{one.name}"'
    parts = (f"@ {one.place}" if one.place else "", f"[{one.affiliation}]" if one.affiliation else "", f"({one.title})" if one.title else "")
    return " ".join(filter(None, (one.role, name, *parts)))


def show_credit(credit: Credit) -> str:
    """`Jane Roe; Jane Roe > AFP=afp > Getty Images=getty; pool`: the photographer, the links with their agencies, the flags."""
    links = " > ".join(f"{link.text}={link.agency}" if link.agency else link.text for link in credit.chain)
    return "; ".join((credit.photographer or "-", links or "-", " ".join((*credit.flags, *credit.restrictions)) or "-"))


def describe(article: Article) -> list[str]:
    """What was read in a printed document."""
    lines = [f"headline {article.headline}"] if article.headline else []
    lines += [f"tags {' '.join(article.headline_tags)}"] if article.headline_tags else []
    lines += [f"standfirst {article.standfirst}"] if article.standfirst else []
    if (line := article.dateline) is not None:
        places = " + ".join(" ".join(filter(None, (p.name, p.country, p.admin1))) for p in line.places)
        day = str(article.dateline_date) if article.dateline_date else f"{line.month}-{line.day}" if line.month else ""
        lines.append(f"dateline {line.text} | {places or '-'} | {day or '-'} | {' '.join(line.agencies) or '-'}")
    lines += map(show_person, article.contributors)
    lines += [f"photo {photo.caption or '-'} | {show_credit(photo.credit)}" for photo in article.photos]
    return [*lines, "blocks " + " ".join(b.kind for b in article.blocks if b.kind != "separator")]


def describe_page(html: str) -> list[str]:
    """What was read in a page."""
    record = read_page(html.replace("{story}", STORY).encode())
    article = parse_article(record, gazetteer=builtin_gazetteer())
    lines = [*describe(article)[:-1], f"published {record.published_at or '-'}"]
    return [*lines, "whole story" if STORY.count("<p>") <= article.body.count("\n\n") + 1 else "part of the story"]


def read(case: dict[str, Any]) -> Article:
    """The document of a case."""
    text = case["given"].strip("\n")
    record = Record(1, 0, len(text.encode()), 1, text, published_at=case.get("published"))
    return parse_article(record, gazetteer=builtin_gazetteer())


@pytest.mark.parametrize("case", CASES["document"], ids=lambda c: c["name"])
def test_document(case: dict[str, Any]) -> None:
    """Headline, dateline, people and blocks, and nothing else."""
    assert describe(read(case)) == case["reads"]


@pytest.mark.parametrize("case", CASES["credit"], ids=lambda c: c["given"])
def test_credit(case: dict[str, Any]) -> None:
    """Photographer, chain in its order, and flags."""
    assert show_credit(parse_credit(case["given"])) == case["reads"]


@pytest.mark.parametrize("case", CASES["page"], ids=lambda c: c["name"])
def test_page(case: dict[str, Any]) -> None:
    """Headline, authors, time and pictures."""
    assert describe_page(case["given"]) == case["reads"]


def test_names_are_unique() -> None:
    """Names are the ids of the specification."""
    for kind, key in (("document", "name"), ("credit", "given"), ("page", "name")):
        names = [case[key] for case in CASES[kind]]
        assert len(names) == len(set(names))
