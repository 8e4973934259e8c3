"""Places of captions: town and country, or a town beside a full day; silence otherwise, in no time."""

import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from transforms.article import parse_article
from transforms.caption_places import find_caption_places
from transforms.gazetteer import builtin_gazetteer
from transforms.model import Record
from transforms.rows import find_places

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "caption_places.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_places_of_captions(case: dict[str, Any]) -> None:
    """Each place that is printed, with its country, and no other."""
    found = find_caption_places(case["given"], gazetteer=builtin_gazetteer())
    assert [f"{place.name} {place.country}" for place in found] == case.get("places", [])


def test_they_land_as_places_of_origin_caption() -> None:
    """The table of places holds the caption's beside the dateline's."""
    document = ("Ferry sold\n\nThe ferry lies in Porto, Portugal, May 3, 2024. REUTERS/Ann Roe\n\n"
                "LISBON, May 4 (Reuters) - The board voted on Saturday to sell the ferry.")
    article = parse_article(Record(1, 0, len(document.encode()), 1, document), gazetteer=builtin_gazetteer())
    assert [(origin, place.name, place.country) for origin, place in find_places(article)] == [("dateline", "Lisbon", "PT"), ("caption", "Porto", "PT")]


@pytest.mark.parametrize("piece", ["in A", "in Aa Aa ", "in Aa, Aa ", "A, A - ", "en Lima (", "May 3, 2024, "])
def test_a_megabyte_is_read_in_no_time(piece: str) -> None:
    """Only the beginning of a caption is looked at."""
    text = piece * (1_000_000 // len(piece))
    find_caption_places(text[:200], gazetteer=builtin_gazetteer())
    began = time.process_time()
    find_caption_places(text, gazetteer=builtin_gazetteer())
    assert time.process_time() - began < 0.05
