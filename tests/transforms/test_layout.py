"""Layout: where blocks and paragraphs stand, whatever ends the lines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.layout import split_blocks, split_paragraphs, trim, unwrap, unwrap_paragraph

TEXT = st.text(alphabet="ab .\n\r\t \u00a0", max_size=60)


def texts(document: str, spans: list[tuple[int, int]]) -> list[str]:
    """What stands at the spans."""
    return [document[s:e] for s, e in spans]


@pytest.mark.parametrize(("document", "blocks"), [
    ("", []),
    (" \n\n ", []),
    ("Head\n\nText", ["Head", "Text"]),
    ("Head\r\n\r\nText\r\nmore", ["Head", "Text\r\nmore"]),
    ("Head\r\rText\rmore", ["Head", "Text\rmore"]),
    ("Head\r\nnot a blank line", ["Head\r\nnot a blank line"]),
    ("Head\n \t\n\n  Text  \n", ["Head", "Text"]),
    ("\n\n\nHead\n\n\n\nText\n\n\n", ["Head", "Text"]),
], ids=["empty", "blank", "lf", "crlf", "cr", "one crlf", "blanks in blank lines", "many"])
def test_blocks_by_blank_lines(document: str, blocks: list[str]) -> None:
    """One row a kind of line ending."""
    assert texts(document, split_blocks(document)) == blocks


@pytest.mark.parametrize(("block", "paragraphs"), [
    ("One line.", ["One line."]),
    ("A line that is wrapped by the wire at seventy columns and goes\non here and ends.\n    A second paragraph opens with an indent.",
     ["A line that is wrapped by the wire at seventy columns and goes\non here and ends.", "A second paragraph opens with an indent."]),
    ("The ferry left at noon, its owner said on Monday.\nNobody was on board when it came back.\nThe owner would not say why.",
     ["The ferry left at noon, its owner said on Monday.", "Nobody was on board when it came back.", "The owner would not say why."]),
    ("A paragraph that the wire has wrapped at about seventy columns so that\neach of its lines is nearly as long as the next one and none but the\nlast ends a sentence.",
     ["A paragraph that the wire has wrapped at about seventy columns so that\neach of its lines is nearly as long as the next one and none but the\nlast ends a sentence."]),
    ("Prices were:\n     Wheat   2.55   2.40\n     Corn    1.35   1.92", ["Prices were:\n     Wheat   2.55   2.40\n     Corn    1.35   1.92"]),
], ids=["single", "indents", "a line a paragraph", "hard-wrapped", "table"])
def test_paragraphs_of_a_block(block: str, paragraphs: list[str]) -> None:
    """Wrapped lines belong together; indents and whole sentences divide."""
    assert texts(block, split_paragraphs(block, 0, len(block))) == paragraphs


@given(TEXT)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_only_white_space_lies_between_blocks(document: str) -> None:
    """Law: blocks are trimmed, in order, and what they leave out is white space."""
    spans = split_blocks(document)
    at = 0
    for start, end in spans:
        assert document[at:start].strip() == ""
        assert trim(document, start, end) == (start, end)
        inner = split_paragraphs(document, start, end)
        assert inner[0][0] == start
        assert inner[-1][1] == end
        at = end
    assert document[at:].strip() == ""


@given(TEXT)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_unwrapping_twice_changes_nothing(text: str) -> None:
    """Law."""
    assert unwrap(unwrap(text)) == unwrap(text)
    assert unwrap_paragraph(unwrap_paragraph(text)).split() == text.split()


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("The harbour wall held on Monday as the storm passed over\nthe town and its two piers, the harbour master said in a\nnote.", 1),
        ("Short\ncolumn of\nold print\nthat was\nset very\nnarrow.", 1),
        ("Ana Roe\n12 Harbour Street\nPortmere", 3),
        ("- two ferries\n- a tram\n- the night train to Karlstadt", 3),
        ("O wall that holds\nAnd boats that ride\nThe long grey storm\nUntil the tide", 4),
        ("He said the wall would hold\nand went home.", 1),
    ],
    ids=["wrapped", "narrow column", "address", "list", "verse", "two lines"],
)
def test_lines_of_a_paragraph_are_joined_only_where_they_were_broken_to_fit(text: str, lines: int) -> None:
    """Otherwise they stay as they were printed."""
    assert len(unwrap_paragraph(text).split("\n")) == lines
