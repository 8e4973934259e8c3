"""The contract that the declarations make, and the counting that stands in for it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.blocks import measure as measure_blocks
from expectations.contract import CONTRACTED, EXPECTATIONS, LEFT_OUT, count_repeats, derive_contract
from expectations.cross import align, bare_evidence, count_days, find_runs
from expectations.places import read_countries
from warehouse.tables import SEVERITIES, TABLES, columns

MakeBatch = Callable[[Sequence[Mapping[str, Any]]], dict[str, pa.Table]]
SMALL = st.integers(0, 4)


@pytest.mark.parametrize("table", CONTRACTED)
def test_everything_declared_is_in_the_contract(table: str) -> None:
    """A column's every demand becomes a constraint: adding one to the declaration is enough."""
    contract = derive_contract(table)
    kinds = {(c.column, c.kind) for c in contract}
    for declared in columns(TABLES[table]):
        if declared.name in LEFT_OUT.get(table, ()):
            assert declared.name not in {c.column for c in contract}
            continue
        asked = {"present": not declared.nullable, "pattern": declared.column.matches, "known_value": declared.column.one_of,
                 "range": declared.column.least is not None or declared.column.most is not None}
        assert {kind for kind, wanted in asked.items() if wanted} == {kind for column, kind in kinds if column == declared.name}
    assert len({c.name for c in contract}) == len(contract)
    assert [c.kind for c in contract[:2]] == ["order", "key"]


def test_fields_of_lists_are_under_contract_too() -> None:
    """A photo credit's chain is a list of structs, whose kinds are declared."""
    found = {c.name: c.values for c in derive_contract("photos") if c.column == "chain.kind"}
    assert found == {"chain_kind_is_present": (), "chain_kind_is_a_known_value": ("person", "agency", "organisation", "account")}


@pytest.mark.parametrize("constraint", [c for table in CONTRACTED for c in derive_contract(table)], ids=lambda c: f"{c.table}.{c.name}")
def test_every_constraint_says_what_it_means(constraint: Any) -> None:
    """Each has a severity, words and a Great Expectations type; what may be null is doubtful, what may not is critical."""
    assert constraint.severity in SEVERITIES
    assert constraint.meaning.endswith((".", "$."))
    assert constraint.kind in EXPECTATIONS
    nullable = {c.name: c.nullable for c in columns(TABLES[constraint.table])}
    assert constraint.severity == ("warning" if nullable.get(constraint.column) else "critical")


def test_country_codes_are_those_of_the_standard() -> None:
    """249 in force, those withdrawn since 1974, and XK."""
    codes = read_countries()
    assert len(codes) == 275
    assert {"AX", "SS", "CW", "TL", "BQ"} <= codes
    assert {"SU", "DD", "YU", "CS", "ZR", "XK"} <= codes
    assert not {"UK", "EU", "ZZ", "XX", "EN"} & codes


def test_days_before_1970_count_whole() -> None:
    """An evening in 1969 is the day before 1970."""
    evening = pa.array([dt.datetime(1969, 12, 31, 23, tzinfo=dt.UTC), dt.datetime(1970, 1, 1, 1, tzinfo=dt.UTC)], pa.timestamp("us", "UTC"))
    assert count_days(evening).tolist() == [-1.0, 0.0]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(st.tuples(SMALL, SMALL), max_size=12))
def test_repeats_are_counted_as_one_would(rows: list[tuple[int, int]]) -> None:
    """In whatever order the rows come."""
    seen = Counter(rows)
    keys = [np.array([r[i] for r in rows], np.int64) for i in (0, 1)]
    assert count_repeats(keys) == sum(seen[r] > 1 for r in rows)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.lists(SMALL, max_size=20))
def test_runs_unfold_to_what_they_were(keys: list[int]) -> None:
    """Folding neighbours loses nothing."""
    runs = find_runs(np.array(keys, np.int64))
    assert np.repeat(*runs).tolist() == keys
    assert (runs.keys[1:] != runs.keys[:-1]).all()


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.data())
def test_rows_find_their_article(make_batch: MakeBatch, data: st.DataObject) -> None:
    """Each row is tied to the first article of its id and version, or to a key of its own when there is none."""
    keys = st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 3))
    owners = data.draw(st.lists(keys, max_size=5))
    rows = data.draw(st.lists(keys, max_size=12))
    tables = make_batch([])
    empty = {name: table.schema for name, table in tables.items()}
    for name, named in (("articles", owners), ("photos", rows)):
        filled = {"article_id": [k for k, _ in named], "version": [v for _, v in named]}
        tables[name] = pa.Table.from_arrays([pa.array(filled.get(f.name, [None] * len(named)), f.type) for f in empty[name]], schema=empty[name])
    frames = align(tables, bare_evidence([0] * len(owners)))
    assert [frames.read_key(int(row)) for row in frames.children["photos"].rows] == rows
    assert [frames.read_key(row) for row in range(len(owners))] == owners
    for key, row in zip(rows, frames.children["photos"].rows.tolist(), strict=True):
        assert row == (owners.index(key) if key in owners else row)
        assert (row >= len(owners)) == (key not in owners)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=5), st.integers(0, 6))
def test_a_ledger_is_whole_exactly_when_its_blocks_tile(make_batch: MakeBatch, spans: list[tuple[int, int]], length: int) -> None:
    """Against the definition, read out block by block."""
    at, whole = 0, True
    for start, end in spans:
        whole &= start == at and end >= start
        at = end
    whole &= at == length
    tables = make_batch([{"blocks": [{"char_start": a, "char_end": b} for a, b in spans]}, {}])
    tiling = measure_blocks(align(tables, bare_evidence([length, 100])))[0]
    assert (tiling.numbers[0] == 0) == whole
    assert tiling.numbers[1] == 0
    assert whole or tiling.explain(0).endswith(".")
