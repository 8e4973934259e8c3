"""JSON: lines, arrays, objects over several lines, and texts that break readers."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transforms.model import Damaged, Record
from transforms.readers.found import Found, Hints
from transforms.readers.records import read_records

SUITE = Path(__file__).parents[3] / "../shared/corpus/hostile/jsontestsuite.tar.gz"
NAUGHTY = Path(__file__).parents[3] / "../shared/corpus/hostile/blns.json"
Read = Callable[..., list[Any]]
LINES = Found("jsonl", "utf-8", 1.0)


def load_suite() -> list[tuple[str, bytes]]:
    """Texts of the published collection, by name."""
    if not SUITE.exists():
        return []
    with tarfile.open(SUITE) as tar:
        return sorted((m.name.rpartition("/")[2], tar.extractfile(m).read()) for m in tar if m.isfile())  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_json_test_suite(form: str, check_tiling: Callable[..., None]) -> None:
    """Nothing crashes; what must be refused is never a record, and what must be read is one when it is wrapped in an object."""
    suite = load_suite()
    if not suite:
        pytest.skip("shared/corpus/hostile is not beside the repository")
    for name, text in suite:
        items = list(read_records(io.BytesIO(text), LINES._replace(format=form)))
        check_tiling(items, len(text))
        if b"\n" in text or b"\r" in text:
            continue
        wrapped = b'{"title": "Pier", "value": ' + text + b"}\n"
        items = list(read_records(io.BytesIO(wrapped), LINES._replace(format="jsonl")))
        check_tiling(items, len(wrapped))
        if name.startswith("y_"):
            assert [type(i) for i in items] == [Record], name
        elif name.startswith("n_"):
            assert all(isinstance(i, Damaged) for i in items), name


def test_naughty_strings_pass_through_every_column(read: Read, texts: Callable[[Record], dict[str, str]]) -> None:
    """Each in headline and body, unharmed but for the blanks around it."""
    if not NAUGHTY.exists():
        pytest.skip("shared/corpus/hostile is not beside the repository")
    strings = [s for s in json.loads(NAUGHTY.read_text("utf-8")) if s.strip()]
    data = "".join(json.dumps({"title": s, "text": s, "k": s}) + "\n" for s in strings).encode()
    items = read(data, Hints(format="jsonl"))
    assert [texts(r) for r in items if isinstance(r, Record)] == [{"headline": s.strip(), "body": s.strip()} for s in strings]
    assert [r.extra for r in items if isinstance(r, Record)] == [(("k", s),) for s in strings]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"title": "Pier"', "line 2, column"), (b'{"title": NaN}', "line 2, column"), (b'{"title": "\\ud800"}', "line 2, column"),
        (b"7", "not a number"), (b"null", "not null"), (b"[" * 100_000, "line 2, column"), (b'{"title": ' + b"[" * 900 + b"]" * 900 + b"}", "too deep"),
        (b'{"title": "Caf\xe2\x80"}', "is not utf-8"), (b'{"shares": 3}', "keys: shares"),
    ],
    ids=["cut", "NaN", "lone surrogate", "number", "null", "deep and cut", "deep", "garbled", "no content"],
)
def test_a_bad_line_harms_no_neighbour(line: bytes, says: str, read: Read) -> None:
    """It is named by its line, and both neighbours are read."""
    items = read('{"title": "Wäll öf Pörtmere"}\n'.encode() + line + b'\n{"title": "Tram"}\n', Hints(format="jsonl"))
    assert [type(i) for i in items] == [Record, Damaged, Record]
    assert says in items[1].detail
    assert items[1].line == 2
    assert items[2].number == 3


def test_a_line_in_cp1252_is_read_with_a_warning(read: Read) -> None:
    """A file of UTF-8 into which one line was pasted."""
    items = read('{"title": "Café Zoë"}\n'.encode() * 3 + '{"title": "Café Renée"}\n'.encode("cp1252"), Hints(format="jsonl"))
    assert items[-1].document == "Café Renée"
    assert items[-1].warnings == ("mixed_encoding",)


def test_numbers_keep_their_print(read: Read) -> None:
    """An id of 25 digits or a price with its last zero is no float."""
    (record,) = read(b'{"id": 1234567890123456789012345, "title": "Pier", "price": 1.50, "n": -0, "big": 18446744073709551615}', Hints(format="jsonl"))
    assert record.record_id == "1234567890123456789012345"
    assert dict(record.extra) == {"price": "1.50", "n": "0", "big": "18446744073709551615"}


def test_objects_one_behind_the_other_over_lines(read: Read) -> None:
    """As printed by tools that indent."""
    one = b'{\n  "title": "Pier",\n  "text": "{ shut ]"\n}\n'
    items = read(one * 3, Hints(name="a.json"))
    assert [(r.line, r.document) for r in items if isinstance(r, Record)] == [(1 + 4 * n, "Pier\n\n{ shut ]") for n in range(3)]


def test_a_long_line_is_set_aside(read: Read) -> None:
    """Its neighbours are read."""
    items = read(b'{"title": "a"}\n{"title": "' + b"x" * 3_000_000 + b'"}\n{"title": "b"}\n', Hints(format="jsonl"), 100_000)
    assert [type(i) for i in items] == [Record, Damaged, Record]
    assert items[1].reason == "too_long"


def test_a_key_that_comes_again_is_kept(read: Callable[..., list[Any]]) -> None:
    """The last value counts, as parsers have it; what stood before it goes to extra, with a warning. Keys of inner objects are no repeats."""
    first, second = read(
        b'{"title": "Pier shut", "n": 1, "title": {"a": [{"b": 2}]}, "title": "Pier open", "text": "It is."}\n'
        b'{"title": "Wall", "text": "It stands.", "more": {"title": "title"}}\n', Hints(format="jsonl"),
    )
    assert first.document == "Pier open\n\nIt is."
    assert dict(first.extra) == {"n": "1", "title (1)": "Pier shut", "title (2)": '{"a":[{"b":2}]}'}
    assert first.warnings == ("repeated_key",)
    assert second.warnings == ()
