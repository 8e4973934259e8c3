"""Datelines: printed lines and what is read from them, lines that only look like it, and laws for any text."""

import datetime as dt
import gzip
import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.agencies import agencies
from transforms.dateline import LONGEST, find_candidate, parse_dateline, read_dateline
from transforms.dateline_head import dateline_rules
from transforms.dates import parse_published, resolve_dateline_date
from transforms.model import HOUSELESS, Dateline, Place, Profile
from transforms.places import builtin_gazetteer

CASES = Path(__file__).parents[1] / "cases"
SHARED = Path(__file__).parents[2] / "../shared"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
GERMAN_PAPER = Profile(titlecase_datelines=True)


def read_cases(name: str) -> list[Any]:
    """The cases of a table, each under its name."""
    return [pytest.param(case, id=case["name"]) for case in tomllib.loads((CASES / name).read_text("utf-8"))["case"]]


def read_shared(name: str) -> list[dict[str, Any] | None]:
    """The case file of the domain reference; one None where it does not lie beside the repository."""
    path = SHARED / "domain/cases" / name
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else [None]


def parse(text: str, profile: Profile = HOUSELESS) -> Dateline | None:
    """The dateline of a text that is one block."""
    return parse_dateline(text, 0, len(text), gazetteer=builtin_gazetteer(), profile=profile)


def where(place: Place) -> str:
    """A place as the case tables write it: `Graz, AT`."""
    return f"{place.name}, {'.'.join(x for x in (place.country, place.admin1) if x) or '-'}"


@pytest.mark.parametrize("case", read_cases("dateline.toml"))
def test_reads(case: dict[str, Any]) -> None:
    """Every part of a printed dateline, and what follows it."""
    found = parse(case["given"])
    assert found is not None
    assert {
        "text": found.text, "rest": case["given"][found.lead:], "places": [where(p) for p in found.places], "month": found.month, "day": found.day,
        "year": found.year, "weekday": found.weekday, "agencies": list(found.agencies), "reporters": [c.name for c in found.contributors],
        "rule": found.rule, "warnings": list(found.warnings),
    } == {
        "places": [], "month": None, "day": None, "year": None, "weekday": None, "agencies": [], "reporters": [], "warnings": [],
    } | {key: value for key, value in case.items() if key not in ("name", "given")}
    assert all(case["given"][c.start:c.end] == c.text for c in found.contributors)


@pytest.mark.parametrize("case", read_cases("dateline_traps.toml"))
def test_leaves_alone(case: dict[str, Any]) -> None:
    """What only looks like a dateline is not one, and at most warned of."""
    reading = read_dateline(case["given"], 0, len(case["given"]), gazetteer=builtin_gazetteer())
    assert reading.dateline is None
    assert reading.is_candidate is case.get("candidate", False)
    assert find_candidate(case["given"], 0, len(case["given"]), gazetteer=builtin_gazetteer()) is reading.is_candidate


@pytest.mark.parametrize("form", dateline_rules().forms, ids=lambda f: f["name"])
def test_forms_prove_themselves(form: dict[str, Any]) -> None:
    """Each form of the rule table hits its own lines and misses the others."""
    for line in form["hit"]:
        assert parse(line) is not None, line
    for line in form["miss"]:
        assert parse(line) is None, line


@pytest.mark.parametrize(("text", "names"), [
    ("München/London – Kurz vor dem Spiel.", ["München", "London"]), ("Gundremmingen - Die beiden Türme fielen.", ["Gundremmingen"]),
    ("Tokyo, Japan – Fans queued all night.", ["Tokyo"]),
])
def test_title_case_is_a_house_switch(text: str, names: list[str]) -> None:
    """A place in title case with nothing else is a dateline only in houses that print it so."""
    found = parse(text, GERMAN_PAPER)
    assert found is not None
    assert [p.name for p in found.places] == names
    assert parse(text) is None


def test_plain_hyphen_is_a_house_switch() -> None:
    """`CAIRO - ` too."""
    assert parse("CAIRO - The court ruled.") is None
    found = parse("CAIRO - The court ruled.", Profile(hyphen_datelines=True))
    assert found is not None
    assert found.text == "CAIRO"


def test_block_inside_a_document() -> None:
    """Offsets are those of the document, and nothing behind the block's end is read."""
    document = "A headline\n\n  GRAZ, March 24 (Reuters) - Councillors met.\n\nLINZ, March 25 (AP) - They met again."
    start, end = document.index("  GRAZ"), document.index("\n\nLINZ")
    found = parse_dateline(document, start, end, gazetteer=builtin_gazetteer())
    assert found is not None
    assert (found.start, document[found.start:found.end], document[found.lead:end]) == (14, "GRAZ, March 24 (Reuters)", "Councillors met.")
    assert parse_dateline(document, start, start + 10, gazetteer=builtin_gazetteer()) is None


ATOMS = st.sampled_from([
    "GRAZ", "Linz", "NEW YORK", "St. Louis", "Wis.", "Austria", "March", "3", "31", "1987", "Monday", "(Reuters)", "(AP)", "/TASS/", "(KXYZ)", "AAP", "-", "--",
    "—", "_", ":", ".-", ",", ", ", "/", " ", "\n", "    ", "\u00a0", "The", "said", "【", "】", "（", "共同", "新华社", "北京", "1月5日电", "ABOARD THE", "and", "[India]",
    "RPT --", "****", "İ", "ß", "ﬁ", "\u0000", "\u200b", "🙂", "रात", "(", ")", "[", "]",
])
TEXTS = st.one_of(st.text(max_size=200), st.lists(ATOMS, max_size=24).map("".join), st.lists(ATOMS, max_size=24).map(" ".join))


@settings(derandomize=True, deadline=None, max_examples=600)
@given(text=TEXTS, before=st.sampled_from(["", "x\n\n", "🙂 "]), profile=st.sampled_from([HOUSELESS, GERMAN_PAPER]))
@example(text="GRAZ, March 24 (Reuters) - X", before="", profile=HOUSELESS)
def test_laws(text: str, before: str, profile: Profile) -> None:
    """Never raises; the text is what stands there; spans lie in order and inside the block; at most 120 characters are taken."""
    document = f"{before}{text}\n\nAfter."
    start, end = len(before), len(before) + len(text)
    found = parse_dateline(document, start, end, gazetteer=builtin_gazetteer(), profile=profile)
    if found is None:
        return
    assert found.text == document[found.start:found.end] != ""
    assert start <= found.start < found.end <= found.lead <= end
    assert len(found.text) <= LONGEST
    assert found.text == found.text.strip()
    assert set(found.agencies) <= agencies().keys()
    assert found.rule.startswith("dateline.")
    assert (found.month is None) == (found.day is None)
    for person in found.contributors:
        assert document[person.start:person.end] == person.text
    again = parse_dateline(document, found.start, end, gazetteer=builtin_gazetteer(), profile=profile)
    assert again is not None
    assert (again.start, again.end, again.lead) == (found.start, found.end, found.lead)


@pytest.mark.parametrize("unit", [
    "ABC ", "A, B, C, ", "A", "NEW YORK, ", "Aa ", "A/B/", "PARIS (X) [Y] ", "(", "((AP", "— ", "- ", "3 ", "March ", "March 3, ", "【", "新华社", "*", " ", "\n", "İ",
    "RPT -- ", "(ANSA) - ", "de la ", "DALLA NOSTRA CORRISPONDENTE", "（", "ST. ", "a-", "U.S.", "AND ", "/A", "HAMBURG. Die ", "도쿄=홍길동 기자 = ",
    "A / B / ", "/Корр. ТАСС ", "NEW YORK 1996-08-20", "ATHENS (AP) - AA BB - ", "МОСКВА, 3 ноя - РИА, А Б",
])
def test_hostile_megabytes_take_no_time(unit: str) -> None:
    """A megabyte of anything is answered from its first hundred characters."""
    text = unit * (1_000_000 // len(unit))
    parse(text[:200])
    began = time.perf_counter()
    parse(text)
    assert time.perf_counter() - began < 0.05


@pytest.mark.parametrize("case", read_shared("dateline.jsonl"), ids=lambda c: c["given"][:40] if c else "")
def test_domain_reference(case: dict[str, Any] | None) -> None:
    """The house forms of the domain reference, place by place."""
    if case is None:
        pytest.skip("the domain reference is not beside the repository")
    text, expect = case["given"], case["expect"]
    found = parse(text, GERMAN_PAPER if "titlecase" in expect.get("requires", "") else HOUSELESS)
    assert found is not None
    assert text[found.lead:] == expect["rest"]
    assert list(found.agencies) == expect["agencies"]
    assert [(p.name, p.country) for p in found.places] == [(p["name"], p["country"]) for p in expect["places"]]
    assert all(got.admin1 == want["admin1"] for got, want in zip(found.places, expect["places"], strict=True) if "admin1" in want)
    assert [c.name for c in found.contributors] == [c["name"] for c in expect.get("contributors", ())]
    published = parse_published(case.get("context", {}).get("published")).day
    resolved = resolve_dateline_date(found.month, found.day, found.year, found.weekday, published=published)
    want = expect["date"] or {"year": None, "month": None, "day": None, "weekday": None}
    weekday = WEEKDAYS[found.weekday] if found.weekday is not None else None
    year = resolved.date.year if resolved.date else None
    assert {"year": year, "month": found.month, "day": found.day, "weekday": weekday} == want


@pytest.mark.parametrize("case", read_shared("dateline_traps.jsonl"), ids=lambda c: c["given"][:40] if c else "")
def test_domain_traps(case: dict[str, Any] | None) -> None:
    """The traps of the domain reference."""
    if case is None:
        pytest.skip("the domain reference is not beside the repository")
    reading = read_dateline(case["given"], 0, len(case["given"]), gazetteer=builtin_gazetteer())
    assert (reading.dateline, reading.is_candidate) == (None, case["expect"]["candidate"])


def test_newswire_of_1987() -> None:
    """On two thousand stories nearly every dateline is read to the letter, and none is invented."""
    folder = SHARED / "corpus/reuters21578"
    if not folder.exists():
        pytest.skip("the development corpus is not beside the repository")
    right = wrong = dated = invented = 0
    with gzip.open(folder / "dev.jsonl.gz", "rt", encoding="utf-8") as stories, gzip.open(folder / "truth.jsonl.gz", "rt", encoding="utf-8") as truths:
        for _, story, line in zip(range(2000), stories, truths, strict=False):
            record, truth = json.loads(story), json.loads(line)
            if truth.get("odd"):
                continue
            document, found, at = record["document"], None, 0
            blocks = document.split("\n\n")
            for block in blocks[:4]:
                if at and found is None:
                    found = parse_dateline(document, at, at + len(block), gazetteer=builtin_gazetteer())
                at += len(block) + 2
            if truth["dateline_text"] is None:
                invented += found is not None
                continue
            is_right = found is not None and " ".join(found.text.split()) == " ".join(truth["dateline_text"].split())
            right, wrong = right + is_right, wrong + (not is_right)
            if found is not None:
                published = dt.date.fromisoformat(record["published_at"][:10])
                day = resolve_dateline_date(found.month, found.day, found.year, published=published).date
                dated += day is not None and (day.year, day.month, day.day) == (truth["year"], truth["month"], truth["day"])
    assert invented == 0
    assert right / (right + wrong) > 0.995
    assert dated / (right + wrong) > 0.998
