"""Batches made by hand for the tests of expectations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from expectations.batch import Checker
from warehouse.tables import TABLES, arrow_schema, columns

LENGTH = 100
NUMBER = "00000000000000aa"
BASE: dict[str, dict[str, Any]] = {
    "articles": {
        "headline": "Talks resume in Lagos", "content_hash": NUMBER, "file_id": NUMBER, "batch_id": NUMBER, "record_no": 1, "line": 1,
        "parser_version": "1",
    },
    "contributors": {"name": "Ann Roe", "is_person": True, "role": "reporter", "origin": "signoff", "char_start": 30, "char_end": 37},
    "places": {"origin": "dateline", "country": "NG", "resolution": "exact"},
    "photos": {"char_start": 30, "char_end": 60},
    "blocks": {"kind": "paragraph", "char_start": 0, "char_end": LENGTH},
}
LEDGER: list[dict[str, Any]] = [
    {"kind": "headline", "char_start": 0, "char_end": 20}, {"kind": "separator", "char_start": 20, "char_end": 22},
    {"kind": "paragraph", "char_start": 22, "char_end": LENGTH},
]
EMPTY = {str: "x", int: 0, bool: False, float: 0.0, dt.date: None, dict[str, list[str]]: {}}


def make_row(table: str, article_id: str, position: int, given: Mapping[str, Any]) -> dict[str, Any]:
    """A row that keeps its contract, changed by what is given."""
    row = {c.name: None if c.nullable else EMPTY.get(c.kind, []) for c in columns(TABLES[table])}
    return {**row, "article_id": article_id, "version": 1, "position": position, "batch_id": NUMBER, **BASE[table], **given}


def make_table(table: str, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as the Arrow table that the pipeline makes of them, the body left out."""
    schema = arrow_schema(TABLES[table])
    made = pa.Table.from_arrays([pa.array([r[f.name] for r in rows], f.type) for f in schema], schema=schema)
    return made.drop_columns(["body"]) if table == "articles" else made


def make_articles(cases: Sequence[Mapping[str, Any]]) -> dict[str, pa.Table]:
    """A batch with one article for each case, numbered from 1."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in BASE}
    for number, case in enumerate(cases, 1):
        article_id = f"{number:016x}"
        if not case.get("orphan"):
            rows["articles"].append(make_row("articles", article_id, 0, case.get("article", {})))
        for name in ("contributors", "places", "photos", "blocks"):
            given = case.get(name, LEDGER if name == "blocks" else [])
            rows[name] += [make_row(name, article_id, position, g) for position, g in enumerate(given, 1)]
    return {name: make_table(name, found) for name, found in rows.items()}


@pytest.fixture(scope="session")
def make_batch() -> Callable[[Sequence[Mapping[str, Any]]], dict[str, pa.Table]]:
    """Makes a batch out of cases."""
    return make_articles


@pytest.fixture(scope="session")
def checker() -> Checker:
    """One checker for all tests: Great Expectations is imported once."""
    return Checker()
