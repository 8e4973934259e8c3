"""Captions: where caption and credit stand, what is no photo, and what holds for every text."""

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

from transforms.caption import find_alt_text, is_suspect, parse_caption, parse_caption_fields
from transforms.model import Photo

HERE = Path(__file__)
CASES = tomllib.loads((HERE.parents[1] / "cases" / "caption.toml").read_text("utf-8"))["case"]
CORPUS = HERE.parents[2] / "../shared/corpus"
PARTS = st.sampled_from(
    ["A ship leaves port", "Ann Roe", ". ", "REUTERS/", "/AP", " (", ")", " [", "]", "Photo: ", "Foto: ", "© ", "\n", "\n\n", " via ", " | ", "FILE PHOTO: ",
     " ATTENTION EDITORS - NO RESALES.", "Credit...", "＝", "ロイター", "撮影", "있다. ", "연합뉴스", " Vis mer", "View image in fullscreen ", "May 3, 2020", "\u00a0",
     "（", "）", ":", "摄", "\u200b", "…", "”", "Supplied", "\r\n", "(c) ", "Photo by ", "Courtesy of "]
)  # fmt: skip
BLOCKS = st.one_of(st.lists(PARTS, max_size=14).map("".join), st.text(max_size=120))


def check(photo: Photo, document: str, start: int, end: int) -> None:
    """The spans of a photo say what its texts say, lie in the block, and do not overlap."""
    assert start <= photo.start < photo.end <= end
    assert (photo.caption is None) == (photo.caption_span is None)
    assert (photo.credit_line is None) == (photo.credit_span is None)
    if photo.caption_span:
        assert document[slice(*photo.caption_span)] == photo.caption
        assert photo.start <= photo.caption_span[0] < photo.caption_span[1] <= photo.end
    if photo.credit_span:
        assert photo.credit_line
        assert photo.credit_line in document[slice(*photo.credit_span)]
        assert photo.start <= photo.credit_span[0] < photo.credit_span[1] <= photo.end
    if photo.caption_span and photo.credit_span:
        assert photo.caption_span[1] <= photo.credit_span[0] or photo.credit_span[1] <= photo.caption_span[0]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_case(case: dict[str, Any]) -> None:
    """Each printed block is parted as the table states, also when it stands inside a document."""
    text = case["given"]
    document = f"Headline\n\n{text}\n\nBody."
    photo = parse_caption(document, 10, 10 + len(text), expected=case.get("place") == "known")
    if case.get("photo") is False:
        assert photo is None
        return
    assert photo is not None
    check(photo, document, 10, 10 + len(text))
    got = {
        "caption": photo.caption or "", "credit_line": photo.credit_line or "", "photographer": photo.credit.photographer or "",
        "agencies": list(photo.credit.agencies), "flags": list(photo.credit.flags), "restrictions": list(photo.credit.restrictions), "date": photo.date,
    }
    stated = {key: value for key, value in case.items() if key in got}
    assert {key: got[key] for key in stated} == stated


def test_the_credit_span_holds_brackets_and_notice() -> None:
    """What the ledger sets apart runs to the end of the block."""
    text = "A ship [File: Some Agency/Reuters]"
    photo = parse_caption(text, 0, len(text))
    assert photo is not None and photo.credit_span == (7, len(text))
    text = "A ship leaves port. REUTERS/Ann Roe ATTENTION EDITORS - NO RESALES."
    photo = parse_caption(text, 0, len(text))
    assert photo is not None and photo.credit_span == (20, len(text)) and photo.credit_line == "REUTERS/Ann Roe"


# ------------------------------------------------------------------ alternative text
CAPTION = "A grey ship leaves the port of Some Town on Friday. REUTERS/Ann Roe"


@pytest.mark.parametrize(
    ("line", "expect"),
    [
        (("The grey ship leaves the port of Some Town while people wave from the quay and the tugs turn back to the mole where the pilots wait for the "
          "next of the three grey ships that were due on Friday and then later in the week.")[:200], (True, "alt.round-limit")),
        ("A grey ship leaves the port of Some Town on Friday", (False, "alt.repeat")),
        ("A grey ship of the line leaves the port of Some", (True, "alt.shared-words")),
        ("A grey ship leaves port.", None),
        ("Three people were hurt in the fire that broke out below deck", None),
        ("Photo: Ben Doe/AFP", None),
    ],
)  # fmt: skip
def test_alternative_text(line: str, expect: tuple[bool, str] | None) -> None:
    """A line cut at a round limit, or one that says what the caption says, is alternative text; a sentence is not."""
    document = f"Head\n\n{line}\n{CAPTION}\n\nBody."
    alt = find_alt_text(document, 6, 6 + len(line) + 1 + len(CAPTION))
    if expect is None:
        assert alt is None
        return
    assert alt is not None
    assert document[alt.start : alt.end] == line
    assert document[alt.caption_start :].startswith(CAPTION)
    assert (alt.truncated, alt.rule) == expect


def test_alternative_text_needs_a_caption_with_a_credit() -> None:
    """Two lines of prose are two lines of prose."""
    document = "x" * 200 + "\nThe minister said so on Friday."
    assert find_alt_text(document, 0, len(document)) is None


# ------------------------------------------------------------------ columns
@pytest.mark.parametrize(
    ("caption", "credit", "expect"),
    [
        ("A ship leaves port.", "Ann Roe/AP", ("A ship leaves port.", "Ann Roe/AP", "Ann Roe")),
        ("A ship leaves port. REUTERS/Ann Roe", None, ("A ship leaves port.", "REUTERS/Ann Roe", "Ann Roe")),
        ("A ship leaves port. Ann Roe/AP", "Ann Roe/AP", ("A ship leaves port.", "Ann Roe/AP", "Ann Roe")),
        ("A ship leaves port. Ben Doe/AP", "Ann Roe/AP", ("A ship leaves port. Ben Doe/AP", "Ann Roe/AP", "Ann Roe")),
        (None, " Ann Roe/AP ", (None, "Ann Roe/AP", "Ann Roe")),
        ("A ship leaves port.", " ", ("A ship leaves port.", None, None)),
        (None, None, None),
        (" ", "", None),
    ],
)
def test_columns(caption: str | None, credit: str | None, expect: tuple[str | None, ...] | None) -> None:
    """Caption and credit of a row; a credit repeated at the end of the caption is cut there; a different one is left."""
    document = f"{caption or ''}\n\n{credit or ''}"
    photo = parse_caption_fields(caption, credit, caption_start=0, credit_start=len(caption or "") + 2)
    if expect is None:
        assert photo is None
        return
    assert photo is not None
    check(photo, document, 0, len(document))
    assert (photo.caption, photo.credit_line, photo.credit.photographer) == expect


# ------------------------------------------------------------------ laws
@settings(derandomize=True, deadline=None, max_examples=500)
@given(BLOCKS, st.booleans())
def test_any_block_is_read(text: str, expected: bool) -> None:
    """Never raises, spans agree, and a caption read again with its credit gives the same."""
    document = f"\n{text}\n"
    photo = parse_caption(document, 1, 1 + len(text), expected=expected)
    assert photo is None or not expected or text.strip()
    if photo is not None:
        check(photo, document, 1, 1 + len(text))
        assert parse_caption(document, photo.start, photo.end, expected=expected) == photo
    alt = find_alt_text(document, 1, 1 + len(text))
    assert alt is None or 1 <= alt.start < alt.end < alt.caption_start <= 1 + len(text)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(BLOCKS, BLOCKS)
def test_any_columns_are_read(caption: str, credit: str) -> None:
    """Spans of a row's columns agree with the document in which they are laid out."""
    document = f"{caption}\n\n{credit}"
    photo = parse_caption_fields(caption, credit, credit_start=len(caption) + 2)
    if photo is not None:
        check(photo, document, 0, len(document))


@pytest.mark.parametrize("expected", [False, True])
@pytest.mark.parametrize(
    "piece", ["a", " ", "(", "Photo: ", "a. ", "A/B ", "© ", "[", ":", "via ", "Foto ", "＝", "있다. ", "\n", "Ann Roe. ", "| ", "NO RESALES. ", "…", "（", "摄", "Credit..."]
)
def test_a_megabyte_is_read_in_no_time(piece: str, expected: bool) -> None:
    """Only bounded windows are looked at."""
    text = piece * (1_000_000 // len(piece)) + "x"
    parse_caption("Warm. AP/Ann Roe", 0, 16)
    began = time.process_time()
    parse_caption(text, 0, len(text), expected=expected)
    find_alt_text(text, 0, len(text))
    assert time.process_time() - began < 0.05


def test_a_paragraph_of_running_text_costs_next_to_nothing() -> None:
    """The gate turns an ordinary paragraph away in under three microseconds."""
    text = "The minister told reporters in Brussels on Friday that the talks had failed, and that no date had been set for others. " * 4
    end = len(text) - 1
    assert not is_suspect(text, 0, end)
    spent = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(2000):
            parse_caption(text, 0, end)
        spent.append((time.process_time() - began) / 2000)
    assert min(spent) < 3e-6


# ------------------------------------------------------------------ against the corpus
def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        pytest.skip("no shared corpus beside the repository")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def test_newswire_of_1987_has_no_photos() -> None:
    """No paragraph of a thousand wire stories is taken for a caption."""
    for n, row in enumerate(read_lines(CORPUS / "reuters21578" / "dev.jsonl.gz")):
        if n % 15:
            continue
        document, at = row["document"], 0
        for block in re.split(r"(\n\s*\n)", document):
            found = parse_caption(document, at, at + len(block)) if block.strip() else None
            assert found is None, found
            at += len(block)


def test_photos_of_the_guardian_are_found_in_their_articles() -> None:
    """At least 95 of 100 credit lines of whole articles are found, block by block."""
    truth = {row["id"]: row for row in read_lines(CORPUS / "credits" / "articles-truth.jsonl.gz")}
    right = total = 0
    for row in read_lines(CORPUS / "credits" / "articles.jsonl.gz"):
        document, at, lines = row["document"], 0, set()
        for block in re.split(r"(\n\s*\n)", document):
            photo = parse_caption(document, at, at + len(block)) if block.strip() else None
            lines |= {photo.credit_line} if photo else set()
            at += len(block)
        wanted = [photo["credit_line"] for photo in truth[row["id"]]["photos"] if photo.get("credit_line")]
        right += sum(line in lines for line in wanted)
        total += len(wanted)
    assert right / total >= 0.95
