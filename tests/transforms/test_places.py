"""Places: which town a printed name means, and how its name is spelt."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.model import Profile
from transforms.places import (
    builtin_gazetteer,
    find_qualifier,
    fold_place,
    is_common_word,
    is_worldwide,
    repair_case,
    resolve_place,
    split_prefix,
)
from warehouse.tables import RESOLUTIONS

CASES = tomllib.loads((Path(__file__).parents[1] / "cases/places.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_means(case: dict[str, Any]) -> None:
    """Qualifier, stand-alone names, home, first names, capitals, population: in that order."""
    place = resolve_place(
        case["text"], gazetteer=builtin_gazetteer(), qualifier=case.get("qualifier"), agency_country=case.get("agency_country"),
        profile=Profile(home_country=case.get("home_country")),
    )
    assert f"{place.name}, {'.'.join(x for x in (place.country, place.admin1) if x) or '-'}" == case["is"]
    assert place.resolution == case["how"]
    assert place.geonameid == case.get("geonameid", place.geonameid)
    assert place.text == (f"{case['text']}, {case['qualifier']}" if "qualifier" in case else case["text"])


def test_coordinates_are_never_finer_than_a_kilometre() -> None:
    """Two decimals, with the zone; an ambiguous place has neither, but candidates."""
    place = resolve_place("ANKARA", gazetteer=builtin_gazetteer())
    assert (place.latitude, place.longitude, place.timezone) == (39.92, 32.85, "Europe/Istanbul")
    place = resolve_place("SPRINGFIELD", gazetteer=builtin_gazetteer())
    assert (place.latitude, place.longitude, place.timezone, place.geonameid, len(place.candidates)) == (None, None, None, None, 3)


@pytest.mark.parametrize(("text", "like", "expected"), [
    ("LA CROSSE", None, "La Crosse"), ("RIO DE JANEIRO", None, "Rio de Janeiro"), ("STOW-ON-THE-WOLD", None, "Stow-on-the-Wold"), ("MCALLEN", "McAllen", "McAllen"),
    ("McAllen", None, "McAllen"), ("New york", None, "New York"), ("SAO PAULO", "São Paulo", "Sao Paulo"), ("L'AQUILA", None, "L'Aquila"), ("ST. JOHN'S", None, "St. John's"),
    ("PORT-AU-PRINCE", None, "Port-au-Prince"), ("Frankfurt am Main", None, "Frankfurt am Main"), ("U.N.", None, "U.N."), ("LAS VEGAS", None, "Las Vegas"), ("北京", None, "北京"),
    ("KUALA\n   LUMPUR", None, "Kuala Lumpur"), ("WALtHAM", None, "Waltham"), ("Graz", None, "Graz"), ("", None, ""),
])
def test_spelling(text: str, like: str | None, expected: str) -> None:
    """Capitals and slips become what stands in running text; letters are never exchanged."""
    assert repair_case(text, like) == expected


@pytest.mark.parametrize(("text", "codes"), [
    ("Wis.", {("US", "WI")}), ("N.Y.", {("US", "NY")}), ("W. Va.", {("US", "WV")}), ("PA", {("US", "PA"), ("BR", "PA")}), ("NT", {("CA", "NT"), ("AU", "NT")}),
    ("Georgia", {("US", "GA"), ("GE", None)}), ("Soviet Union", {(None, None)}), ("West Germany", {("DE", None)}), ("Deutschland", {("DE", None)}),
    ("Monday", set()), ("the council", set()), ("x" * 100, set()),
])
def test_qualifiers(text: str, codes: set[tuple[str | None, str | None]]) -> None:
    """States, countries and their abbreviations, with every meaning they have."""
    assert {(q.country, q.code) for q in find_qualifier(text)} == codes


def test_small_words() -> None:
    """Prefixes, everyday words and the agencies at home everywhere."""
    assert split_prefix("OFF THE COAST OF SOMALIA") == ("off the coast of", "SOMALIA")
    assert split_prefix("Nearville") == ("", "Nearville")
    assert is_common_word("MOBILE")
    assert not is_common_word("GRAZ")
    assert is_worldwide("reuters")
    assert not is_worldwide("pti")


@settings(derandomize=True, deadline=None, max_examples=400)
@given(text=st.text(max_size=90), qualifier=st.none() | st.sampled_from(["Wis.", "Georgia", "Crimea", "Soviet Union", "nowhere", ""]))
def test_resolving_never_raises(text: str, qualifier: str | None) -> None:
    """Any text has an answer; folding and repairing twice changes nothing."""
    place = resolve_place(text, gazetteer=builtin_gazetteer(), qualifier=qualifier)
    assert place.resolution in RESOLUTIONS
    assert fold_place(fold_place(text)) == fold_place(text)
    assert place.country is None or (len(place.country) == 2 and place.country.isupper())


@settings(derandomize=True, deadline=None, max_examples=300)
@given(text=st.lists(st.sampled_from(["GRAZ", "Linz", "DE", "la", "St.", "O'NEILL", "mcallen", "PORT-AU-PRINCE", "USS", "U.N."]), min_size=1, max_size=4).map(" ".join))
def test_repairing_twice_changes_nothing(text: str) -> None:
    """A repaired name is settled."""
    assert repair_case(repair_case(text)) == repair_case(text)
