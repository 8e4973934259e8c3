"""Sign-offs, taglines and source lines: cases and laws."""

import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.signoff import Contacts, find_signoff, parse_signoff, parse_source_line

TABLE: dict[str, list[dict[str, Any]]] = tomllib.loads((Path(__file__).parents[1] / "cases/signoff.toml").read_text("utf-8"))
DEFAULTS = {"is_person": True, "place": None}
SHARED = Path(__file__).parents[3] / "../shared/domain/cases/byline.jsonl"


@pytest.mark.parametrize("case", TABLE["case"], ids=lambda c: c["name"])
def test_signoff(case: dict[str, Any]) -> None:
    """Each last line gives the people of the table in print order."""
    text = case["given"]
    found = find_signoff(text, 0, len(text)) if "find" in case else parse_signoff(text, 0, len(text))
    if "people" not in case:
        assert found is None
        return
    assert found is not None
    want = [{**DEFAULTS, **person} for person in case["people"]]
    assert [{key: getattr(c, key) for key in w} for c, w in zip(found.contributors, want, strict=True)] == want
    assert found.kind == case.get("kind", "signoff")
    assert found.start == case.get("find", 0)
    assert all(c.origin == found.kind for c in found.contributors)
    if "contacts" in case:
        assert found.contacts == Contacts(**case["contacts"])


@pytest.mark.parametrize("case", TABLE["source"], ids=lambda c: c["name"])
def test_source_line(case: dict[str, Any]) -> None:
    """Each source line gives its sources as printed, and the agencies among them."""
    found = parse_source_line(case["given"])
    if "sources" not in case:
        assert found is None
        return
    assert found is not None
    assert list(found.sources) == case["sources"]
    assert list(found.agencies) == case["agencies"]


def shared_cases() -> list[Any]:
    """The sign-offs and source lines of the domain's own case list, or one skipped case where it is absent."""
    if not SHARED.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="no shared folder beside the repository"))]
    cases = map(json.loads, SHARED.read_text("utf-8").splitlines())
    return [pytest.param(case, id=case["given"][:50]) for case in cases if case["expect"]["origin"] == "signoff"]


@pytest.mark.parametrize("case", shared_cases())
def test_domain_case(case: dict[str, Any]) -> None:
    """Each sign-off of the domain's case list gives its people, each source line its sources."""
    text, people = case["given"], case["expect"]["contributors"]
    if people and people[0]["role"] == "source":
        source = parse_source_line(text)
        assert source is not None
        assert [name.casefold() for name in source.sources] == [p["name"].casefold() for p in people]
        return
    found = parse_signoff(text, 0, len(text))
    got = [(c.name, c.role, c.is_person, c.place) for c in found.contributors] if found else []
    assert got == [(p["name"], p["role"], p["is_person"], p.get("location")) for p in people]


def test_case_names_are_unique() -> None:
    """Names are the ids of the specification."""
    for cases in TABLE.values():
        assert len({c["name"] for c in cases}) == len(cases)


PIECES = st.sampled_from(
    ["Reporting by ", "Editing by ", "(", ")", "((", "))", "; ", ", ", " and ", "Ann Lee", "BO DAHL", " in Paris", " newsroom", " contributed to this report", "AP writer ",
     "CNN's ", " reported from ", ". ", "Rome", "+1 313 555 0100", "a@b.example", "Source: ", "With ", "agencies", "dpa", "Keywords: ", "[L4N1]", "édité par ", "To contact the ", "\n", "La."]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=60))


@settings(max_examples=400, derandomize=True, deadline=None)
@given(TEXTS, st.integers(0, 5))
def test_never_raises_and_spans_hold(text: str, pad: int) -> None:
    """Whatever stands there: no exception, and text is what the span holds."""
    document = "x" * pad + text
    for found in (parse_signoff(document, pad, len(document)), find_signoff(document, pad, len(document))):
        if found is not None:
            assert document[found.start : found.end] == found.text
            for one in found.contributors:
                assert document[one.start : one.end] == one.text
                assert pad <= found.start <= one.start < one.end <= found.end
    parse_source_line(text)


@pytest.mark.parametrize(
    "piece",
    ["Reporting by A and ", "(", ")", "((", "reporting and writing, ", "Ann Lee contributed to this report. ", "+1 ", "a@b.", "Source: ", "With ", " from ", "[", ". (Reporting by A", "A. ", "(Aa Bb, editing ", "Анна "],
)
def test_a_megabyte_is_read_in_no_time(piece: str) -> None:
    """Only a bounded window is looked at."""
    document = piece * (1_000_000 // len(piece))
    fastest = 1.0
    for _ in range(4):
        started = time.process_time()
        parse_signoff(document, 0, len(document))
        parse_signoff(document, 0, 1150)
        find_signoff(document, 0, len(document))
        parse_source_line(document)
        parse_source_line(document[:190])
        fastest = min(fastest, time.process_time() - started)
    assert fastest < 0.05
