"""Encodings: which one is found, what is said of it, and that no character is lost or made up."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.model import Damaged, Record
from transforms.readers.encoding import choose_codec, decode_record, guess_encoding
from transforms.readers.found import Hints
from transforms.readers.sniff import sniff

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "encodings.toml").read_text("utf-8"))["case"]
LAW = settings(derandomize=True, deadline=None, max_examples=200)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_file(case: dict[str, Any], read: Callable[..., list[Any]]) -> None:
    """The guess, the texts, the warnings and what is set aside."""
    lines = (f"{line}\n".encode(encoding) for line, encoding in case.get("lines", ()))
    data = bytes.fromhex(case["hex"]) if "hex" in case else b"".join(lines)
    hints = Hints(format="csv", encoding=case.get("declared"))
    found = sniff(data, hints)
    assert found.encoding == case["guess"]
    assert 0 < found.encoding_confidence <= 1
    assert found.encoding_why
    items = read(data, hints)
    records = [i for i in items if isinstance(i, Record)]
    assert [r.document.replace("\n\n", " / ") for r in records] == case["texts"]
    assert sorted({w for r in records for w in r.warnings}) == case.get("warnings", [])
    assert [i.reason for i in items if isinstance(i, Damaged)] == case.get("damaged", [])


def test_a_text_of_two_encodings_is_one_record(read: Callable[..., list[Any]]) -> None:
    """Line by line, with a warning."""
    data = "Zürich hält\n\nDie Mauer hält für drei Jahre.\n".encode() + "Le café « Zoé » a rouvert à Sète, l’été venu, après la crue.\n".encode("cp1252")
    (record, _) = read(data)
    assert record.document == "Zürich hält\n\nDie Mauer hält für drei Jahre.\nLe café « Zoé » a rouvert à Sète, l’été venu, après la crue."
    assert record.warnings == ("mixed_encoding",)


@LAW
@given(st.binary(max_size=80), st.sampled_from(["utf-8", "cp1252", "cp1251", "gb18030", "iso8859-2"]))
@example(b"\xef\xbf\xbd", "utf-8")
def test_no_replacement_character_is_made_up(raw: bytes, name: str) -> None:
    """One that was printed stays; none comes of bytes that can't be read."""
    try:
        text = decode_record(raw, choose_codec(name)).text
    except UnicodeDecodeError:
        return
    assert text.count("\ufffd") <= raw.count(b"\xef\xbf\xbd") + raw.count("\ufffd".encode("gb18030"))
    text.encode()


@LAW
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40), st.sampled_from(["utf-8-sig", "utf-16", "utf-32", "utf-8"]))
def test_marked_text_is_read_as_it_was_written(text: str, encoding: str) -> None:
    """By its mark, or because it is strictly UTF-8."""
    data = text.encode(encoding)
    guess = guess_encoding(data)
    if encoding == "utf-8" and guess.name != "utf-8":  # some short texts look as much like UTF-16
        assert guess.confidence < 1
        return
    assert data[guess.bom :].decode(guess.name) == text
