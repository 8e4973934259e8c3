"""The table of header names proves itself."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from transforms.readers.columns import BESIDE, PRINTED, load_synonyms, name_column, read_byline

TABLE = tomllib.loads(files("transforms.rules").joinpath("columns.toml").read_text("utf-8"))
STANZAS = {name: stanza for name, stanza in TABLE.items() if name != "nothing"}


@pytest.mark.parametrize("column", STANZAS)
def test_every_stanza_takes_its_hit_and_spares_its_miss(column: str) -> None:
    """A name is folded, and nothing but a whole name counts."""
    assert name_column(STANZAS[column]["hit"]) == column
    assert name_column(STANZAS[column]["miss"]) != column


def test_every_column_of_ours_has_a_stanza() -> None:
    """And no stanza names a column that we do not have."""
    assert set(STANZAS) == {*PRINTED, *BESIDE, "document"}


def test_no_name_stands_under_two_columns() -> None:
    """Loading would fail; the count shows that no name was lost in folding within one stanza either."""
    assert set(load_synonyms().names.values()) >= {(column, 0) for column in STANZAS}


@pytest.mark.parametrize("value", [*TABLE["nothing"]["values"], "['', ' ']"])
def test_what_stands_for_nothing_names_nobody(value: str) -> None:
    """Exports of data frames print such values."""
    assert read_byline(value) == ""


@pytest.mark.parametrize("value", ["[Ann Roe", "[" * 9_000, "[1, 2]", "[__import__('os')]", "[Ann Roe]"])
def test_what_is_no_list_of_names_is_kept_as_printed(value: str) -> None:
    """Nothing is evaluated but literals."""
    assert read_byline(value) == value
