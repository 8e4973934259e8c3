"""Segmentation: printed documents and the kinds of their blocks; laws of the span ledger."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.article import parse_article
from transforms.gazetteer import builtin_gazetteer
from transforms.model import Article, Field, Record
from transforms.outcome import Reject
from transforms.rows import article_object, columns_of
from warehouse.tables import BLOCK_KINDS, TABLES, arrow_schema

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "segment.toml").read_text("utf-8"))["case"]
PIECES = st.sampled_from([
    "Harbour board sells ferry", "By Jane Roe", "LISBON, May 13 (Reuters) - ", "The board voted.", "\n\n", "\n", "\r\n\r\n", "    ", "read more", "(AP)",
    "Photograph: Ann Roe/AP", "[File: A/B/Reuters]", "Reporting by Jane Roe; Editing by Bo Dahl", "Source: Agencies", "-30-", "\x00", "\u200b", "é", "（完）", "&#3;",
    "* bullet", "(Adds quote)", "UPDATE 2-", "© 2025 The Paper", "　", "🛳", "Reuter",
])


def read(document: str) -> Article:
    """A document as an article."""
    return parse_article(Record(1, 0, len(document.encode("utf-8", "replace")), 1, document), gazetteer=builtin_gazetteer())


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_kinds_of_blocks(case: dict[str, Any]) -> None:
    """Each case names the kinds in order, and the values that matter."""
    article = read(case["document"])
    assert [b.kind for b in article.blocks if b.kind != "separator"] == case["kinds"]
    values = article_object("-", article)
    for name in case.keys() - {"name", "document", "kinds"}:
        got = values[name]["text"] if name == "dateline" else values[name]
        assert got == case[name], name


def check_laws(article: Article) -> None:
    """The blocks tile the document, separators are blank, spans say what stands there."""
    document = article.record.document
    at = 0
    for block in article.blocks:
        assert block.start == at
        assert block.end > block.start
        assert block.kind in BLOCK_KINDS
        if block.kind == "separator":
            assert not document[block.start:block.end].strip()
        at = block.end
    assert at == len(document)
    for c in article.contributors:
        assert document[c.start:c.end] == c.text
    if article.dateline:
        assert document[article.dateline.start:article.dateline.end] == article.dateline.text


@given(st.lists(PIECES, min_size=1, max_size=14))
@settings(derandomize=True, deadline=None, max_examples=400)
def test_blocks_tile_whatever_is_printed(pieces: list[str]) -> None:
    """Law: nothing raises but Reject, and nothing of the text is lost."""
    try:
        article = read("".join(pieces))
    except Reject:
        assert not "".join(pieces).strip()
        return
    check_laws(article)
    tables = columns_of([article], [1], ["0" * 16], "1" * 16)
    assert {name: len(columns) for name, columns in tables.items()} == {name: len(arrow_schema(TABLES[name])) for name in tables}
    assert [len({len(column) for column in columns}) for columns in tables.values()] == [1] * len(tables)
    places = sum(len(found) for found in (article.dateline.places if article.dateline else (), *(p.places for p in article.photos)))
    assert {name: len(columns[0]) for name, columns in tables.items()} == {
        "articles": 1, "contributors": len(article.contributors), "places": places, "photos": len(article.photos), "blocks": len(article.blocks),
        "corrections": 0,
    }


@given(st.text(max_size=300))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_any_text_is_read_or_rejected(text: str) -> None:
    """Law: any text at all."""
    try:
        check_laws(read(text))
    except Reject:
        assert not text.strip()


def test_a_row_notes_the_column_of_each_block() -> None:
    """Columns laid out as they would be printed, each a block of its own."""
    parts = {"headline": "Ferry sold", "byline": "Jane Roe, Harbour Editor", "caption": "The ferry in port.", "credit": "AP Photo/Ann Lee",
             "dateline": "LISBON, May 13 (AP) —", "body": "The ferry was sold on Tuesday.\n\nIt will leave in June."}
    document, fields = "", []
    for column, text in parts.items():
        document += "\n\n" if document else ""
        fields.append(Field(column, len(document), len(document) + len(text)))
        document += text
    article = parse_article(Record(1, 0, 10, 1, document, tuple(fields), record_id="a"), gazetteer=builtin_gazetteer())
    check_laws(article)
    assert [(b.kind, b.field) for b in article.blocks if b.kind != "separator"] == [
        ("headline", "headline"), ("byline", "byline"), ("caption", "caption"), ("credit", "credit"), ("dateline", "dateline"),
        ("paragraph", "body"), ("paragraph", "body")]
    assert [(c.name, c.title) for c in article.contributors] == [("Jane Roe", "Harbour Editor")]
    assert article.photos[0].credit.photographer == "Ann Lee"
    assert article.dateline is not None
    assert article.dateline.places[0].country == "PT"
    assert article.body == parts["body"]
