"""Agencies: every printed form leads to its house, and to no other."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from transforms.agencies import agencies, agency_aliases, build_tables, find_agency, is_short, split_agencies

RULES = tomllib.loads(files("transforms.rules").joinpath("agencies.toml").read_text("utf-8"))


@pytest.mark.parametrize(("key", "row"), RULES["agency"].items(), ids=lambda v: v if isinstance(v, str) else "")
def test_every_printed_form_leads_home(key: str, row: dict[str, Any]) -> None:
    """Aliases and the name itself find the agency; long ones in any case, short ones only as listed."""
    for form in (row["name"], *row["aliases"]):
        found = find_agency(form)
        assert found is not None
        assert found.id == key
        if not is_short(form):
            assert find_agency(form.upper()) == find_agency(form.lower()) == found


@pytest.mark.parametrize("text", [
    "ap", "Ap", "aap", "NYSE", "Pool", "", " ", "of", "The plant", "Ann Roe", "pti", "A" * 1_000_000, "/", "AP/Ann Roe",
])
def test_other_words_are_no_agency(text: str) -> None:
    """A code in another case, a name, a ticker, prose."""
    assert find_agency(text) is None


@pytest.mark.parametrize(("text", "country", "expected"), [
    ("CNA", None, "cna_tw"), ("CNA", "TW", "cna_tw"), ("CNA", "SG", "channelnewsasia"), ("APA", None, "apa"), ("APA", "AZ", "apa_az"),
    ("AP", "AZ", "ap"), ("AP Sports", None, "ap"), ("Reuters Health", None, "reuters"), ("dpa/lnw", None, "dpa"), ("ANI/GPRC", None, "ani"),
    ("REX/Shutterstock", None, "rex"), (" Xinhua ", None, "xinhua"), ("/AP", None, None), ("New  China\nNews Agency", None, "xinhua"),
    ("PA", None, "pa"), ("pa", None, "picalliance"),
])
def test_whole_string(text: str, country: str | None, expected: str | None) -> None:
    """Contested codes go by country, services and desks to their house."""
    found = find_agency(text, country=country)
    assert (found.id if found else None) == expected


@pytest.mark.parametrize(("text", "known", "unknown"), [
    ("dpa/AFP", ["dpa", "afp"], ()), ("AFP, Reuters", ["afp", "reuters"], ()), ("AFP et Reuters", ["afp", "reuters"], ()),
    ("STT–AFP", ["stt", "afp"], ()), ("REX/Shutterstock", ["rex"], ()), ("dpa-AFX", ["dpa_afx"], ()), ("ITAR-TASS", ["tass"], ()),
    ("AP/Daily Example", ["ap"], ("Daily Example",)), ("AP/AP", ["ap"], ()), ("", [], ()), ("x" * 1000, [], ("x" * 1000,)),
])
def test_joined_sources(text: str, known: list[str], unknown: tuple[str, ...]) -> None:
    """Names that hold a joint are looked up before the joint is cut."""
    sources = split_agencies(text)
    assert ([a.id for a in sources.agencies], sources.unknown) == (known, unknown)


def test_tables_are_whole() -> None:
    """Every agency has a country of two letters and every form an agency."""
    assert set(agency_aliases().values()) == agencies().keys()
    assert all(len(a.country) == 2 and a.country.isupper() for a in agencies().values())


def house(**row: Any) -> dict[str, Any]:
    """A row of the table, with an invented house."""
    return {"name": "Xyz", "country": "FR", "kind": "wire", "aliases": []} | row


@pytest.mark.parametrize(("change", "message"), [
    ({"agency": {"a": house(), "b": house(name="Other", aliases=["Xyz"])}}, "belongs to a and to b"),
    ({"agency": {"a": house(contested=["Q"])}}, "nobody owns it"),
    ({"agency": {"a": house(contested=["Q"]), "b": house(name="Other", contested=["Q"])}}, "contested twice"),
    ({"agency": {}, "desks": {"zz": ["x"]}}, "unknown agencies"),
])
def test_a_table_at_odds_with_itself_is_refused(change: dict[str, Any], message: str) -> None:
    """Two owners of one form, a contested form without an owner, desks of nobody."""
    with pytest.raises(ValueError, match=message):
        build_tables({"services": [], "desks": {}} | change)
