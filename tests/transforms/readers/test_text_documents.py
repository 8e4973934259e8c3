"""Text files: which lines divide documents, and that a section break never does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from transforms.model import Damaged, Gap, Record
from transforms.readers.found import Hints
from transforms.readers.sniff import sniff

Read = Callable[..., list[Any]]
WALL = "Wall holds as storm passes\n\nPORTMERE, Jan 4 (Examplewire) - The harbour wall held on Monday as the storm passed.\n"
BOAT = "Ferry line adds a second boat\n\nBy Ann Roe\n\nThe ferry line will run a second boat from Tuesday, its owner said in a note.\n"
PROSE = "Later on Monday the wind dropped, and by nightfall the boats had gone out again, though the sea was high.\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (WALL + "=====\n" + BOAT, 2),
        (WALL + "=================\n\n" + BOAT + "=================\n", 2),
        (WALL + "ENDS\n=====\n" + BOAT, 2),
        (WALL + "\f" + BOAT, 2),
        (WALL + "\f\n" + BOAT + "\f", 2),
        (WALL + "\n-----\n\n" + BOAT, 2),
        (WALL + "\n*****\n\n" + BOAT + "*****\n" + WALL, 3),
        (WALL + "\n*****\n\n" + PROSE, 1),
        (WALL + "\n*****\n\n" + PROSE + "\n*****\n\n" + PROSE, 1),
        (WALL + "\n-----\n\nContact: Ann Roe\n", 1),
        (WALL + "\n***\n\n" + BOAT, 1),
        (WALL + "\n====\n\n" + BOAT, 1),
        ("Wall holds as storm passes\n==========================\n\n" + PROSE, 1),
        (WALL + "== == ==\n" + BOAT, 1),
        ("=====\n" + WALL + "=====\n", 1),
        (WALL + "\n##########\n\n" + BOAT, 2),
        (WALL + "~~~~~\n" + BOAT + "~~~~~\n" + WALL, 3),
        (WALL + "<<< NEXT >>>\n" + BOAT + "<<< NEXT >>>\n" + WALL + "<<< NEXT >>>\n", 3),
        ("Story 1 of 3\n\n" + WALL + "Story 2 of 3\n\n" + BOAT + "Story 3 of 3\n\n" + WALL, 3),
        ("[doc 7]\n" + WALL + "[doc 8]\n" + BOAT + "[doc 11]\n" + WALL, 3),
        (WALL + "\nBackground\n\n" + PROSE + "\nBackground\n\n" + PROSE + "\nBackground\n\n" + PROSE, 1),
    ],
)
def test_documents_of_a_file(text: str, count: int, read: Read) -> None:
    """Lines of = and form feeds always divide; other lines only between pieces that look like documents."""
    for end in ("\n", "\r\n", "\r"):
        items = read(text.replace("\n", end).encode())
        assert sum(isinstance(i, Record) for i in items) == count
        assert not [i for i in items if isinstance(i, Damaged)]


def test_a_given_line_divides(read: Read) -> None:
    """Whatever it is; lines of = are then text."""
    items = read((WALL + "### next ###\n" + BOAT + "=====\n").encode(), Hints(format="text", delimiter="### next ###"))
    assert [i.document[-5:] for i in items if isinstance(i, Record)] == ["ssed.", "====="]
    assert [i.kind for i in items if isinstance(i, Gap)] == ["blank", "delimiter", "blank"]


def test_the_decision_is_told() -> None:
    """In the words of Found.dialect."""
    assert sniff((WALL + "\n*****\n\n" + PROSE).encode()).dialect == "one article a file: lines of * only break its sections"
    assert sniff((WALL + "\n*****\n\n" + BOAT).encode()).dialect == "documents divided by lines of *: each piece has a headline and text"


def test_a_document_is_what_stands_between_its_blanks(read: Read) -> None:
    """Its line is that of its first word, and its bytes are its own."""
    data = ("\ufeff\n \n" + WALL + "\n\n").encode()
    bom, before, record, after = read(data)
    assert (bom.kind, before.kind, after.kind) == ("bom", "blank", "blank")
    assert record.document == WALL.strip()
    assert data[record.byte_start : record.byte_end].decode() == record.document
    assert record.line == 3


def test_a_document_above_the_limit_is_set_aside(read: Read) -> None:
    """The next one is read."""
    data = (PROSE * 3_000 + "=====\n" + WALL).encode()
    items = read(data, Hints(format="text", delimiter="====="), 50_000)
    assert [type(i).__name__ for i in items] == ["Damaged", "Gap", "Record", "Gap"]
    assert (items[0].reason, items[0].byte_end) == ("too_long", len(PROSE) * 3_000)
    assert items[2].document == WALL.strip()


def test_a_garbled_document_harms_no_neighbour(read: Read) -> None:
    """The byte is named."""
    data = WALL.encode() + b"=====\nCaf\xc3\xa9 \xe2\x80 shut\n=====\n" + BOAT.encode()
    items = read(data)
    assert [type(i).__name__ for i in items if not isinstance(i, Gap)] == ["Record", "Damaged", "Record"]
    (bad,) = (i for i in items if isinstance(i, Damaged))
    assert bad.detail.startswith(f"byte {data.index(bytes([0xE2]))} ")


def test_doubtful_characters_are_warnings_and_stay(read: Read) -> None:
    """Spans must point into what was printed."""
    (record, _) = read("Pier\x07 shut at the cafÃ©\n".encode())
    assert record.warnings == ("control_chars", "mojibake")
    assert record.document == "Pier\x07 shut at the cafÃ©"
