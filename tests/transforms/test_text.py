"""Characters: what is doubtful, and the clean form of a value."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.readers.delimited import holds_controls
from transforms.text import DOUBTFUL_BYTES, clean_text, find_text_warnings

LAW = settings(derandomize=True, deadline=None, max_examples=400)
ODD = st.text(st.sampled_from("aé Ã©â€™œ\u00ad\u200b\ufeff\xa0\x07\x85\x96\r\n\t\ufffdÂ£ï»¿🗞ÔÇö"), max_size=40)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Port\xa0of\u2009call", "Port of call"),
        ("har\xadbour\u200b \ufeffwall", "harbour wall"),
        ("bell\x07 rings\x00", "bell rings"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("itâ€™s at the cafÃ©", "it’s at the café"),
        ("it\x92s shut", "it’s shut"),
        ("Ânesse à São Tomé, dit-il : « c’était l’été »", "Ânesse à São Tomé, dit-il : « c’était l’été »"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
    ],
    ids=["blanks", "invisible", "controls", "line ends", "mojibake", "C1", "French stays", "joiner stays", "nothing"],
)
def test_clean_text(given: str, expected: str) -> None:
    """What should be stored."""
    assert clean_text(given) == expected


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ("Pier shut", ()), ("Café « été »", ()), ("bell\x07", ("control_chars",)), ("itâ€™s", ("mojibake",)), ("caf\ufffd", ("replacement_char",)),
        ("annoncé\xa0», dit-il", ()),
    ],
)
def test_warnings(given: str, codes: tuple[str, ...]) -> None:
    """Codes of what is doubtful."""
    assert find_text_warnings(given) == codes


@LAW
@given(st.one_of(ODD, st.text(st.characters(codec="utf-8"), max_size=60)))
@example("Ã\u00ad©")
def test_cleaning_twice_changes_nothing(text: str) -> None:
    """And never raises."""
    assert clean_text(clean_text(text)) == clean_text(text)


@LAW
@given(ODD)
def test_the_gate_in_bytes_lets_no_doubt_pass(text: str) -> None:
    """Whatever the text itself warns of is told by its bytes."""
    raw = text.encode()
    told = holds_controls(raw) or any(gate.search(raw) for _, gate in DOUBTFUL_BYTES)
    assert told or not find_text_warnings(text)


def test_controls_are_found_in_big_buffers_too() -> None:
    """There another way is faster."""
    big = "Pier shut – it is.\r\n\t".encode() * 20_000
    assert not holds_controls(big)
    assert holds_controls(big + b"\x7f")
    assert holds_controls(big + b"\x0b")


def test_a_megabyte_of_hostile_text_is_cleaned_at_once() -> None:
    """Gates and patterns look at each character a few times only."""
    for hostile in ("Ã" * 1_000_000, "é\xa0" * 500_000, "\xad" * 1_000_000):
        assert len(clean_text(hostile)) <= 1_000_000
