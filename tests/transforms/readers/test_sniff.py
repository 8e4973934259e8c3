"""Formats, dialects and encodings told by the head of a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from transforms.outcome import Reject
from transforms.readers.found import Hints
from transforms.readers.sniff import sniff

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "sniff.toml").read_text("utf-8"))["case"]


def make_bytes(case: dict[str, Any]) -> bytes:
    """The head that a case gives."""
    return bytes.fromhex(case["hex"]) if "hex" in case else case["text"].encode(case.get("encoding", "utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_head(case: dict[str, Any]) -> None:
    """What is found, or why the file is refused."""
    hints = Hints(**case.get("hints", {}))
    if "reason" in case:
        with pytest.raises(Reject) as refused:
            sniff(make_bytes(case), hints)
        assert refused.value.reason == case["reason"]
        assert case["says"] in refused.value.detail
        return
    found = sniff(make_bytes(case), hints)
    assert found.format == case["format"]
    for key, name in (("found_encoding", "encoding"), ("delimiter", "delimiter"), ("quote", "quote"), ("header", "header")):
        if key in case:
            assert getattr(found, name) == case[key]


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_character_cut_at_the_end_of_the_head_is_no_damage(size: int) -> None:
    """Heads end anywhere."""
    head = ("Pier shut – " + "🗞" * 20).encode()[:-size]
    assert sniff(head).encoding == "utf-8"


def test_a_megabyte_of_quotes_is_told_at_once() -> None:
    """Patterns never backtrack."""
    for hostile in (b'"' * 1_000_000, b'a,"' * 300_000, b"=" * 1_000_000, b"{" * 1_000_000, b"<!--" * 250_000, b" " * 999_999 + b"x"):
        assert sniff(hostile).format in ("delimited", "text", "jsonl", "json")
