"""Marks on an article's text: what each stretch was read as, and by which rule. Drawn as brackets, which colour only helps to see."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO

from warehouse.render import show_unseen
from warehouse.show import Shown

if TYPE_CHECKING:
    from rich.text import Text

PLAIN_KINDS = frozenset(("paragraph", "separator"))
STYLES = {
    "headline": "bold", "standfirst": "bold cyan", "byline": "blue", "dateline": "green", "caption": "magenta", "credit": "yellow",
    "image_alt": "dim magenta", "signoff": "blue", "tagline": "blue", "place": "underline green", "agency": "underline yellow",
    "organisation": "underline yellow", "person": "underline yellow", "account": "underline yellow", "advisory": "cyan", "boilerplate": "cyan",
}
OTHER_STYLE = "underline blue"


class Mark(NamedTuple):
    """A stretch of the document that was read as something."""

    start: int
    end: int
    label: str
    rule: str


class Step(NamedTuple):
    """One step along a marked document: some text, or a mark that opens or closes."""

    sign: Literal["text", "open", "close"]
    text: str
    mark: Mark | None
    """The mark that opens or closes; for text, the innermost one around it."""


def find_marks(shown: Shown, document: str) -> list[Mark]:
    """What was read, outermost first: blocks, and in them people, places and the links of credits."""
    marks = [Mark(b.char_start, b.char_end, b.kind, b.rule) for b in shown.blocks if b.kind not in PLAIN_KINDS]
    for person in shown.contributors:
        spans = [(person.char_start, person.char_end), *((again.char_start, again.char_end) for again in person.also_at)]
        marks += [Mark(start, end, person.role, person.rule) for start, end in spans]
    for place in shown.places:
        if (span := find_within(shown, document, place.origin, place.text)) is not None:
            marks.append(Mark(*span, "place", place.resolution))
    for photo in shown.photos:
        for link in photo.chain:
            span = find_within(shown, document, "credit", link.text, photo.char_start, photo.char_end)
            if span is not None:
                marks.append(Mark(*span, link.kind, photo.credit_rule or photo.rule))
    return nest(dict.fromkeys(marks))


def find_within(shown: Shown, document: str, kind: str, text: str, low: int = 0, high: int | None = None) -> tuple[int, int] | None:
    """Where a text stands in the first block of a kind that holds it, within bounds."""
    for block in shown.blocks:
        if block.kind == kind and block.char_start >= low and (high is None or block.char_end <= high):
            at = document.find(text, block.char_start, block.char_end)
            if at >= 0 and text:
                return at, at + len(text)
    return None


def nest(marks: Iterable[Mark]) -> list[Mark]:
    """Marks in order, outer before inner; one that would cross an earlier one is left out, and so is an empty one.

    >>> [m.label for m in nest([Mark(3, 5, 'in', ''), Mark(0, 9, 'out', ''), Mark(4, 12, 'across', '')])]
    ['out', 'in']
    """
    kept: list[Mark] = []
    open_ends: list[int] = []
    for mark in sorted(marks, key=lambda m: (m.start, -m.end)):
        while open_ends and open_ends[-1] <= mark.start:
            open_ends.pop()
        if mark.start < mark.end and (not open_ends or mark.end <= open_ends[-1]):
            kept.append(mark)
            open_ends.append(mark.end)
    return kept


def walk(document: str, marks: Iterable[Mark]) -> Iterator[Step]:
    """The document from end to end, step by step; its texts together are the document."""
    at = 0
    under: list[Mark] = []
    for mark in [*marks, Mark(len(document), len(document), "", "")]:
        while under and under[-1].end <= mark.start:
            yield Step("text", document[at:under[-1].end], under[-1])
            at = under[-1].end
            yield Step("close", "", under.pop())
        yield Step("text", document[at:mark.start], under[-1] if under else None)
        at = mark.start
        if mark.start < mark.end:
            under.append(mark)
            yield Step("open", "", mark)


def draw(document: str, marks: Iterable[Mark]) -> Iterator[tuple[str, str]]:
    """The document with its marks as `[kind: text]{rule}`, in pieces with the style of each.

    >>> ''.join(text for text, _ in draw('By Ann Roe', [Mark(0, 10, 'byline', 'by'), Mark(3, 10, 'author', 'name')]))
    '[byline: By [author: Ann Roe]{name}]{by}'
    """
    for sign, text, mark in walk(document, marks):
        if sign == "text":
            yield clean(text), style_of(mark.label) if mark else ""
        elif mark is not None:
            yield (f"[{mark.label}: ", f"dim {style_of(mark.label)}") if sign == "open" else (f"]{{{mark.rule}}}", "dim")


def style_of(label: str) -> str:
    """The terminal style of a kind of mark."""
    return STYLES.get(label, OTHER_STYLE)


def clean(text: str) -> str:
    """Text that can't rewrite the reader's screen; line ends and tabs stay."""
    return "".join(part if part in ("\n", "\t") else show_unseen(part) for part in re.split(r"([\n\t])", text))


class Printer:
    """Writes pieces of text, in colour where a terminal shows it and NO_COLOR does not forbid it; else the very same text without."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.is_coloured = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def write(self, pieces: Iterable[tuple[str, str]]) -> None:
        """Write some pieces."""
        if not self.is_coloured:
            self.out.write("".join(text for text, _ in pieces))
            return
        from rich.console import Console

        Console(file=self.out, highlight=False, markup=False, emoji=False, soft_wrap=True).print(paint(pieces), end="")


def paint(pieces: Iterable[tuple[str, str]]) -> Text:
    """Pieces as rich draws them."""
    from rich.text import Text

    return Text.assemble(*pieces, end="")


def open_printer() -> Printer:
    """A printer on standard output."""
    return Printer(sys.stdout)
