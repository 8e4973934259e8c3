"""Headline tags prove themselves, and stay silent on headlines that only begin like one."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from transforms.headline import read_headline_tags

STANZAS = tomllib.loads((files("transforms.rules") / "headline_tags.toml").read_text("utf-8"))


@pytest.mark.parametrize(("kind", "stanza"), STANZAS.items(), ids=STANZAS)
def test_every_tag_matches_its_hit_and_spares_its_miss(kind: str, stanza: dict[str, Any]) -> None:
    """The stanza's own examples."""
    assert kind in read_headline_tags(stanza["hit"])
    assert read_headline_tags(stanza["miss"]) == ()


@pytest.mark.parametrize("headline", ["", "-", "UPDATE-", "Ferry-owner sues", "TABLE", "Golf: a life", "UPDATE 2", "OIL", "Oil-rich state votes"])
def test_plain_headlines_have_no_tags(headline: str) -> None:
    """A colon is no tag's end, and a tag alone tags nothing."""
    assert read_headline_tags(headline) == ()
