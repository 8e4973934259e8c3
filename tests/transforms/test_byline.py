"""Bylines and author columns: cases, laws, the domain's own table and the wire of 1987."""

import gzip
import json
import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.agencies import find_agency
from transforms.byline import Byline, merge_contributors, parse_byline, parse_byline_field, split_author_field
from transforms.model import Contributor

TESTS = Path(__file__).parents[1]
SHARED = TESTS.parents[1] / "shared"
CASES: list[dict[str, Any]] = tomllib.loads((TESTS / "cases/byline.toml").read_text("utf-8"))["case"]
DEFAULTS = {"role": "author", "is_person": True, "title": None, "affiliation": None, "place": None}


def parse(text: str, mode: str) -> Byline | None:
    """The parser that a mode stands for."""
    return parse_byline_field(text, 0, len(text)) if mode == "field" else parse_byline(text, 0, len(text), bare=mode == "bare")


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_byline(case: dict[str, Any]) -> None:
    """Each printed line gives the people of the table, and nobody else."""
    found = parse(case["given"], case.get("mode", "prefix"))
    if "people" not in case:
        assert found is None
        return
    assert found is not None
    want = [{**DEFAULTS, **person} for person in case["people"]]
    assert [{key: getattr(c, key) for key in w} for c, w in zip(found.contributors, want, strict=True)] == want
    assert list(found.initials) == case.get("initials", [])
    assert found.end == case.get("end", len(case["given"].rstrip()))


def test_case_names_are_unique() -> None:
    """Names are the ids of the specification."""
    assert len({c["name"] for c in CASES}) == len(CASES)


def test_spans_count_in_the_document() -> None:
    """Offsets are those of the document and not of the block."""
    document = "Headline\n\nBy Jane Roe and JOHN DOE\nAP Writers\n\nText"
    start = document.index("By")
    found = parse_byline(document, start, document.index("\n\nText"))
    assert found is not None
    assert [(document[c.start : c.end], c.text) for c in found.contributors] == [("Jane Roe", "Jane Roe"), ("JOHN DOE", "JOHN DOE")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Jane Roe, Bar Editor, Senior Columnist, John Doe", ["Jane Roe", "John Doe"]),
        ("['']", []),
        ("", []),
        ("Roe, Jane; Doe, John", ["Jane Roe", "John Doe"]),
        ("By Jane Roe and John Doe", ["Jane Roe", "John Doe"]),
        ("Jane Roe, jane.roe@echo.example", ["Jane Roe"]),
        ("https://echo.example/staff/jane-roe", []),
        ("jane roe", ["Jane Roe"]),
        ("dpa", ["dpa"]),
        ("Felix Roe, dpa", ["Felix Roe", "dpa"]),
        ("Jane Roe,Jane Roe", ["Jane Roe"]),
        ("Echo.example", ["Echo.example"]),
        ("phy", []),
        ("Jane Roe (AP)", ["Jane Roe"]),
        ("Le Courrier avec AFP", ["Le Courrier", "AFP"]),
        ("tribuna", ["tribuna"]),
        ("山川新聞デジタル", ["山川新聞デジタル"]),
    ],
)
def test_author_field(text: str, names: list[str]) -> None:
    """Author columns give names and desks; titles, addresses and codes are none."""
    assert [a.name for a in split_author_field(text)] == names


@pytest.mark.parametrize("text", ["tribuna", "t-echo", "山川新聞デジタル", "Echo Staff", "Echo.example"])
def test_site_in_an_author_field_is_no_person(text: str) -> None:
    """A lone word that is no given name is a site, and keeps its case."""
    assert [(a.name, a.is_person) for a in split_author_field(text)] == [(text, False)]


def test_title_of_a_column_goes_to_the_name_before_it() -> None:
    """`Jane Roe, Bar Editor` is one person with a title."""
    assert split_author_field("Jane Roe, Bar Editor, John Doe")[0].title == "Bar Editor"


def test_merging_keeps_one_contributor_per_role() -> None:
    """The same person twice in one role is one row; in two roles two."""
    ann = Contributor("Ann Lee", "reporter", "Ann Lee", 0, 7, "signoff", "signoff.role")
    merged = merge_contributors([ann, ann._replace(role="editor", start=20, end=27), ann._replace(text="ANN LEE", start=40, end=47, place="Rome")])
    assert [(c.role, c.start, c.place, c.also_at) for c in merged] == [("reporter", 0, "Rome", ((40, 47),)), ("editor", 20, None, ())]
    assert merge_contributors(merged) == merged


PIECES = st.sampled_from(
    ["By ", "Von ", "Jane Roe", "ANN LEE", "C P Moss", ", ", " and ", " with ", "\n", "; ", "AP", " Writer", " in Rome", "(Reuters)", "@x", " a@b.example",
     " | ", "March 3, 2021", "Jr.", "de la ", "’", "'", "기자", "记者", "홍길동", "[''", "']", "=", "^", " Staff", "\u200b", "İ", "ß", "e\u0301", "."]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=60))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(TEXTS, st.integers(0, 5), st.sampled_from(["prefix", "bare", "field"]))
def test_never_raises_and_spans_hold(text: str, pad: int, mode: str) -> None:
    """Whatever stands there: no exception, and text is what the span holds."""
    document = "x" * pad + text
    found = parse_byline_field(document, pad, len(document)) if mode == "field" else parse_byline(document, pad, len(document), bare=mode == "bare")
    if found is not None:
        assert document[found.start : found.end] == found.text
        assert pad <= found.start <= found.end <= len(document)
        for one in found.contributors:
            assert document[one.start : one.end] == one.text
            assert found.start <= one.start < one.end <= found.end
            assert one.name
    assert all(author.name for author in split_author_field(document))


@pytest.mark.parametrize("piece", ["By Jane Roe, ", "By ", "A and ", "[' ", "Reporting and writing, ", "((", "a@b.", "de la ", "Jr., ", "@", "记者", "\n"])
def test_a_megabyte_is_read_in_no_time(piece: str) -> None:
    """Only a bounded window is looked at."""
    document = piece * (1_000_000 // len(piece))
    fastest = 1.0
    for _ in range(4):
        started = time.process_time()
        parse_byline(document, 0, len(document), bare=True)
        parse_byline(document, 0, 390, bare=True)
        parse_byline_field(document, 0, len(document))
        split_author_field(document)
        fastest = min(fastest, time.process_time() - started)
    assert fastest < 0.05


def domain_cases() -> Iterator[dict[str, Any]]:
    """The domain's own table, where it lies beside the repository."""
    path = SHARED / "domain/cases/byline.jsonl"
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            case = json.loads(line)
            if case["expect"]["origin"] == "byline":
                yield case


def test_domain_table() -> None:
    """Every byline of the domain's table, read as a field; titles stay as printed, so a plural keeps its s."""
    cases = list(domain_cases())
    if not cases:
        pytest.skip("no ../shared/domain beside the repository")
    for case in cases:
        found = parse(case["given"], "field")
        assert found is not None, case
        want = [(p["name"], p["role"], p["is_person"], p.get("location")) for p in case["expect"]["contributors"]]
        assert [(c.name, c.role, c.is_person, c.place) for c in found.contributors] == want
        for one, person in zip(found.contributors, case["expect"]["contributors"], strict=True):
            if "affiliation" in person:
                known = find_agency(one.affiliation or "")
                assert known is not None and known.id == person["affiliation"]
            if "title" in person:
                assert (one.title or "").removesuffix("s") == person["title"]


def test_wire_of_1987() -> None:
    """Authors of the Reuters stories with a byline, and none for a slice of those without."""
    folder = SHARED / "corpus/reuters21578"
    if not folder.exists():
        pytest.skip("no ../shared/corpus beside the repository")
    with gzip.open(folder / "truth.jsonl.gz", "rt", encoding="utf-8") as lines:
        truth = {t["id"]: t for t in map(json.loads, lines)}
    right = named = false = unnamed = 0
    with gzip.open(folder / "dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for n, record in enumerate(map(json.loads, lines)):
            want = truth[record["id"]]
            if want.get("odd") or want["authors"] is None or (not want["authors"] and n % 10):
                continue
            document = record["document"]
            blocks = [m.span() for m in re.finditer(r"\S[^\n]*(?:\n(?!\s*\n)[^\n]+)*", document)][1:3]
            lines_read = [parse_byline(document, start, end, bare=end - start < 100) for start, end in blocks]
            got = {c.name.casefold() for line in lines_read if line for c in line.contributors}
            if want["authors"]:
                named += 1
                right += got == {a.casefold() for a in want["authors"]}
            else:
                unnamed += 1
                false += bool(got)
    assert named > 500 and right / named >= 0.985
    assert unnamed > 1000 and false / unnamed <= 0.002
