"""Pages of a crawl: which are news articles, and what the others are."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.readers.html import take_page
from transforms.readers.news_page import cut_path, judge_page, load_page_rules, read_signs

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "news_page.toml").read_text("utf-8"))["page"]
LEAD = "<p>The ferry left the harbour an hour late on Monday, and nobody on the quay could say why it had been held or when the next one would go.</p>"


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_page(case: dict[str, Any]) -> None:
    """A page written for one rule."""
    page = f"<html><head></head><body>{case['html'].replace('STORY', LEAD * 4).replace('LEAD', LEAD)}</body></html>"
    assert judge_page(read_signs(take_page(page.encode(), url=case["url"]), case["url"])) == case.get("kind")


@pytest.mark.parametrize("rule", load_page_rules(), ids=lambda r: r.kind)
def test_every_rule_matches_its_hit_and_spares_its_miss(rule: Any) -> None:
    """By its own examples, and no path of another rule."""
    assert rule.sign in ("path", "type", "og")
    assert rule.pattern.fullmatch(rule.hit)
    assert not rule.pattern.fullmatch(rule.miss)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(["/", "tag", "//", "[", "]", ":", "http", "a" * 30, "?", "%", "2024"]), max_size=200).map("".join)))
def test_any_address_has_a_path(url: str) -> None:
    """Never an error, never a slow pattern."""
    path = cut_path(url)
    assert path == path.casefold()
    for rule in load_page_rules():
        rule.pattern.fullmatch(path)
