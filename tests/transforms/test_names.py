"""Names and roles: the word lists prove themselves, repaired names are stable."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.names import is_organisation, is_person, measure_name, repair_case
from transforms.roles import build_roles, find_sided_role, opens_clause, split_clauses


def read_rules(name: str) -> dict[str, Any]:
    """A rule file as it is shipped."""
    return tomllib.loads(files("transforms.rules").joinpath(name).read_text("utf-8"))


LISTS = read_rules("names.toml")
ROLES: list[dict[str, Any]] = read_rules("roles.toml")["role"]


@pytest.mark.parametrize("kind", LISTS)
def test_every_list_knows_its_hit_and_spares_its_miss(kind: str) -> None:
    """One word or the last word of the hit is listed, none of the miss."""
    words = set(LISTS[kind]["words"])
    assert len(words) == len(LISTS[kind]["words"])
    assert all(word == word.casefold() for word in words)
    hit, miss = (LISTS[kind][key].casefold() for key in ("hit", "miss"))
    assert words & {hit, *hit.split()}
    assert not words & {miss, *miss.split()}


def reads_role(text: str) -> tuple[str, ...]:
    """The roles of the phrase that opens a line."""
    if sided := find_sided_role(text):
        return (sided.role,) if is_person(text[sided.start : sided.end]) else ()
    clauses = split_clauses(text, byline=True)
    named = clauses and is_person(text[clauses[0].start : clauses[0].end].strip())
    return clauses[0].roles if named and opens_clause(text, 0, len(text)) else ()


@pytest.mark.parametrize("rule", ROLES, ids=lambda r: f"{r['language']}:{r['form']}:{r['role']}")
def test_every_role_reads_its_hit_and_spares_its_miss(rule: dict[str, Any]) -> None:
    """The hit gives the stanza's role; the miss gives none."""
    assert set(reads_role(rule["hit"])) == set(rule["role"].split("+"))
    assert reads_role(rule["miss"]) == ()


def test_a_phrase_has_one_role() -> None:
    """A second role for the same phrase is a load error, and so is a role that the tables don't know."""
    stanza = {"role": "editor", "form": "stem", "phrases": ["editing"]}
    with pytest.raises(ValueError, match="two roles"):
        build_roles({"role": [stanza, {**stanza, "role": "writer"}]})
    with pytest.raises(ValueError, match="no role"):
        build_roles({"role": [{**stanza, "role": "boss"}]})


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("JANE MCDONALD-O'NEIL", "Jane McDonald-O'Neil"),
        ("Bill MACNEAL", "Bill MacNeal"),
        ("ROSA MACHADO", "Rosa Machado"),
        ("TED d'AVELLO", "Ted d'Avello"),
        ("ANN O’NEAL", "Ann O’Neal"),
        ("J.R.R. DOE", "J.R.R. Doe"),
        ("C P Roe", "CP Roe"),
        ("JD DOE", "JD Doe"),
        ("ED DOE", "Ed Doe"),
        ("MEI NG", "Mei Ng"),
        ("SAM ROE III", "Sam Roe III"),
        ("LUDWIG VAN DER BERG", "Ludwig van der Berg"),
        ("JEAN-PIERRE D'ARCY", "Jean-Pierre D'Arcy"),
        ("İBRAHİM ÖZ", "İbrahim Öz"),
        ("Jane Roe", "Jane Roe"),
        ("ИВАН БЕЛОВ", "Иван Белов"),
        ("홍길동", "홍길동"),
    ],
)
def test_capitals_are_repaired(printed: str, name: str) -> None:
    """Names in capitals get those of running text; others stay."""
    assert repair_case(printed) == name


@pytest.mark.parametrize("text", ["Jane Roe", "Ludwig van der Berg", "Ana de la Cruz", "O'Neal Roe", "Sam Roe, Jr.", "홍길동", "山田花子", "Иван Белов", "J.R.R. Doe"])
def test_a_person(text: str) -> None:
    """Names of many scripts are persons."""
    assert is_person(text)
    assert measure_name(text) == len(text)


@pytest.mark.parametrize("text", ["Reuters Staff", "Sports Desk", "DER SPIEGEL", "Redaktion example.de", "The Daily Echo", "News Agencies"])
def test_an_organisation(text: str) -> None:
    """Desks, papers and houses are never persons."""
    assert is_organisation(text)
    assert not is_person(text)


@pytest.mark.parametrize("text", ["the time", "Monday", "phy", "said he", "", "Popular Demand", "March"])
def test_neither(text: str) -> None:
    """Prose and codes are not names."""
    assert not is_person(text, mononym=True)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(["JANE", "Mc", "MAC", "ROE", "DE", "LA", "O'", "-", " ", "III", "İ", "ß", "J."]), max_size=8).map("".join)))
def test_repair_is_stable_and_never_raises(text: str) -> None:
    """Repairing twice changes nothing; a measured name never runs over the text."""
    once = repair_case(text)
    assert repair_case(once) == once
    assert 0 <= measure_name(text) <= len(text)
    is_person(text, mononym=True)
    is_person(text, strict=True)
