"""Photo credits, case by case, rule by rule, and what holds for every text."""

import json
import string
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.agencies import agencies
from transforms.caption import parse_caption
from transforms.credit import code_restriction, cut_notice, find_label, parse_credit
from transforms.credit_tables import build_lexicon, lexicon, read_rules
from transforms.names import repair_case
from warehouse.tables import LINK_KINDS

HERE = Path(__file__)
CASES = tomllib.loads((HERE.parents[1] / "cases" / "credit.toml").read_text("utf-8"))["case"]
SHARED = HERE.parents[2] / "../shared/domain/cases/credit.jsonl"
FLAGS = read_rules("credit_flags")["flag"]
LABELS = read_rules("credit_labels")["label"]
RESTRICTIONS = read_rules("restrictions")["restriction"]
PARTS = st.sampled_from(
    ["Ann Roe", "REUTERS", "AFP", "/", " / ", " via ", "|", ", File", "Pool", "Photo: ", "© 2021 ", "(", ")", "[", "]", " - ", "#", "@roe", "X", "NO RESALES.",
     "ATTENTION EDITORS - ", "CC BY 2.0", ":", ";", "撮影", "ＡＰ", "\x1f", "\u200b", "Courtesy of ", "https://x.example/y/", "\n", "'", "…", "é"]
)  # fmt: skip
CREDITS = st.one_of(st.lists(PARTS, max_size=12).map("".join), st.text(max_size=80))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_case(case: dict[str, Any]) -> None:
    """Each printed credit gives the links, names and flags that the table states."""
    credit = parse_credit(case["given"])
    assert credit.photographer == case.get("photographer")
    assert [link.agency or link.text for link in credit.chain] == case["chain"]
    for key, got in (("flags", credit.flags), ("restrictions", credit.restrictions), ("warnings", credit.warnings)):
        assert key not in case or list(got) == case[key]
    assert [link.kind for link in credit.chain] == case.get("kinds", [link.kind for link in credit.chain])
    assert credit.rule == case.get("rule", credit.rule)


def shared_cases() -> list[Any]:
    """The lines of the domain's own case list, or one skipped case where it is absent."""
    if not SHARED.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason="no shared folder beside the repository"))]
    return [pytest.param(json.loads(line), id=json.loads(line)["given"][:50]) for line in SHARED.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", shared_cases())
def test_domain_case(case: dict[str, Any]) -> None:
    """Each line of the domain's case list is read as it says."""
    expect = case["expect"]
    if "caption" in expect or "caption_prefix" in expect:
        photo = parse_caption(case["given"], 0, len(case["given"]), expected=True)
        assert photo is not None
        credit = photo.credit
        assert photo.caption == expect.get("caption", case["given"])
        assert expect.get("caption_date") in (None, str(photo.date))
    else:
        credit = parse_credit(case["given"])
    creators = expect["creator"].split("; ") if expect["creator"] else []
    assert credit.photographer == (expect["creator"] if expect["creator_is_person"] else None)
    people = [link for link in credit.chain if link.kind in ("person", "account")]
    others = [link for link in credit.chain if link.kind not in ("person", "account")]
    named = [link.agency or (repair_case(link.text) if link.kind == "person" else link.text) for link in [*people, *others]]
    assert named == creators + [link["agency"] or link["name"] for link in expect["chain"]]
    assert set(credit.flags) - {"truncated"} == set(expect["flags"])
    assert ("truncated" in credit.flags) == expect.get("truncated", False)
    assert [code_restriction(r) for r in credit.restrictions] == expect.get("usage_restrictions", [])


@pytest.mark.parametrize("flag", FLAGS)
def test_flag_is_read_in_its_hit_and_not_in_its_miss(flag: str) -> None:
    """Each stanza of the flag table proves itself."""
    hit, miss = FLAGS[flag]["hit"], FLAGS[flag]["miss"]
    captions = [parse_caption(text, 0, len(text), expected=True) for text in (hit, miss)]
    found = [set(parse_credit(text).flags) | set(photo.credit.flags if photo else ()) for text, photo in zip((hit, miss), captions, strict=True)]
    assert flag in found[0]
    assert flag not in found[1]


@pytest.mark.parametrize("flag", FLAGS)
def test_every_token_of_a_flag_is_read(flag: str) -> None:
    """Each listed token, alone beside an agency, gives its flag."""
    for token in (*FLAGS[flag].get("tokens", ()), *FLAGS[flag].get("codes", ())):
        assert flag in parse_credit(f"Ann Roe/{token}/AFP").flags, token


@pytest.mark.parametrize("label", LABELS)
def test_label_is_found_in_its_hit_and_not_in_its_miss(label: str) -> None:
    """Each stanza of the label table proves itself."""
    row = LABELS[label]
    credit = parse_credit(row["hit"])
    assert credit.chain
    assert row.get("flag") in (None, *credit.flags)
    assert not any(":" in link.text or link.text.casefold() in row["forms"] for link in credit.chain)
    colon = row["miss"].find(":")
    found = find_label(row["miss"], colon) if colon >= 0 else None
    assert found is None or found[1].name != label


@pytest.mark.parametrize("rule", RESTRICTIONS, ids=lambda r: r["code"])
def test_restriction_is_known_by_its_hit_and_not_by_its_miss(rule: dict[str, Any]) -> None:
    """Each stanza of the restriction table proves itself."""
    assert (code_restriction(rule["hit"]) or "").partition(":")[0] == rule["code"]
    assert (code_restriction(rule["miss"]) or "").partition(":")[0] != rule["code"]
    assert cut_notice(f"Ann Roe/AFP {rule['miss']}").restrictions == ()


def test_outer_first_houses_are_agencies() -> None:
    """The list of houses that print themselves first names only agencies that we know."""
    assert lexicon().outer_first <= agencies().keys()


def test_a_token_with_two_meanings_does_not_load() -> None:
    """The tables are checked when they are read."""
    chain, labels = read_rules("credit_chain"), read_rules("credit_labels")
    flags = {"flag": {"pool": {"tokens": ["pool"]}, "file": {"tokens": ["pool"]}}, "platform": {"social": [], "licence": [], "exact": []}}
    with pytest.raises(ValueError, match="'pool' means pool and file"):
        build_lexicon(flags, labels, {"restriction": []}, chain)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(CREDITS)
@example("[0]0")
@example("[0]?")
@example("(Ann)Roe/AP")
def test_any_text_is_read(text: str) -> None:
    """Never raises; what is read was printed, belongs to the known sets, and is stable."""
    credit = parse_credit(text)
    folded = " ".join(text.replace("\x1f", " ").split()).casefold()
    for link in credit.chain:
        assert link.kind in LINK_KINDS
        assert (link.agency is not None) == (link.kind == "agency")
        assert link.text == link.text.strip() != ""
        assert set(link.text.casefold().split()) <= set(folded.replace("/", " ").split()) or all(w in folded for w in link.text.casefold().split())
    assert credit.agencies == tuple(dict.fromkeys(link.agency for link in credit.chain if link.agency))
    assert list(credit.flags) == sorted(set(credit.flags))
    assert (credit.photographer is None) or any(link.kind == "person" for link in credit.chain)
    parse_credit.cache_clear()
    assert parse_credit(text) == credit


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.sampled_from(["Ann Roe", "Ben von Doe", "J.R. Moe"]), st.sampled_from(["AFP", "Reuters", "Getty Images", "dpa"]), st.sampled_from(["", "/Pool", ", File", "/Handout"]))
def test_a_name_is_read_on_either_side_of_its_agency(name: str, agency: str, flag: str) -> None:
    """`Ann Roe/AFP` and `AFP/Ann Roe` say the same, with or without a flag."""
    one, other = parse_credit(f"{name}/{agency}{flag}"), parse_credit(f"{agency}/{name}{flag}")
    assert one.photographer == other.photographer == name
    assert one.agencies == other.agencies
    assert one.flags == other.flags


@pytest.mark.parametrize("piece", ["/", "(", "via ", "Photo: ", "A/", " - ", "© ", "a:", "NO RESALES. ", "撮影", "CC BY ", "https://a/", "[", "- ", "AFP,", "Staff Sgt. ", "AP Photo Aa ", "(NOT FOR SALE) ("])
def test_a_megabyte_is_read_in_no_time(piece: str) -> None:
    """Only a bounded stretch is looked at."""
    text = piece * (1_000_000 // len(piece))
    parse_credit("warm")
    began = time.process_time()
    parse_credit(text)
    assert time.process_time() - began < 0.05


def test_names_are_of_letters_only() -> None:
    """Digits and punctuation alone are nobody."""
    for text in ("12345", string.punctuation, "3/4", "...", "()"):
        assert parse_credit(text).photographer is None


@pytest.mark.parametrize("text", ["Photo (Ann Roe", "Image  (AP) - credit: Some Weekly (Image credit: GOO)", "Photo(graph: ABC/©BY NYT/AP"])
def test_a_label_with_nothing_behind_it_is_read(text: str) -> None:
    """A noun before a bracket has no name behind it."""
    assert parse_credit(text).rule.startswith("credit.")
