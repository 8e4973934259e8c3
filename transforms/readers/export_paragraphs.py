"""Database exports in word processors' files: their paragraphs laid out as the lines of a text export are.

Bytes. A paragraph of an RTF file has bytes of its own, and so has a document. In a DOCX file all paragraphs lie in one compressed stream: there
a document's span is its share of the file, in proportion to its characters and in their order. Such a span says how much of the file the
document is, not where its letters stand; it still is the document's alone, so that what was set aside can be found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reason
from transforms.readers.columns import Spot
from transforms.readers.export_fields import lay_out_entries
from transforms.readers.export_pieces import LayOut, Line, Memory, Part, fill_parts
from transforms.text import find_text_warnings

RAW = 10_000


class Paragraph(NamedTuple):
    """A paragraph and its bytes; the lines in it are divided by line feeds."""

    text: str
    start: int
    end: int
    is_centred: bool = False
    line: int = 1
    """Line of the file on which it begins; its own number where the file has no lines."""


class Dialect(NamedTuple):
    """One database's way to lay documents out."""

    name: str
    divides: Callable[[Line], bool]
    """Whether a document ends with a line, or begins below it."""
    lay_out: LayOut


class Placed(NamedTuple):
    """A line, and where its paragraph begins."""

    line: Line
    start: int
    row: int


def list_dialects() -> tuple[Dialect, ...]:
    """The databases whose exports are known."""
    from transforms.readers.factiva_layout import ends_factiva, lay_out_factiva
    from transforms.readers.nexis_layout import divides_nexis, lay_out_nexis
    from transforms.readers.proquest_layout import divides_proquest, lay_out_proquest

    return (
        Dialect("Nexis", divides_nexis, lay_out_nexis), Dialect("Factiva", ends_factiva, lay_out_factiva),
        Dialect("ProQuest", divides_proquest, lay_out_proquest),
    )


def place_lines(paragraphs: Sequence[Paragraph]) -> list[Placed]:
    """The lines of all paragraphs, a blank one below each; a paragraph that has run into the end of its document is divided there."""
    from transforms.readers.nexis_words import load_words

    placed: list[Placed] = []
    for text, start, _, is_centred, row in paragraphs:
        for line in text.split("\n"):
            end = load_words().end_tail.search(line[-80:])
            at = len(line) - len(line[-80:]) + end.start() if end else 0
            pieces = (line[:at], line[at:]) if end and line[:at].strip() else (line,)
            placed.extend(Placed(Line(piece, is_centred), start, row) for piece in pieces)
        placed.append(Placed(Line(""), start, row))
    return placed


def read_paragraph_export(paragraphs: Sequence[Paragraph], size: int, fault: str | None = None) -> Iterator[Item]:
    """The items of a file of some bytes with these paragraphs. `fault` says where and why the file breaks off: what then stands last is damaged.

    A file in which no database is known is one document as printed.
    """
    placed = place_lines(paragraphs)
    lines = [line for line, _, _ in placed]
    dialect = next((d for d in list_dialects() if any(d.divides(line) for line in lines)), None)
    parts = list(lay_out_lines(lines, dialect)) if dialect else [Part("record", 0, len(lines))]
    parts = [part for part in fill_parts(parts, lines) if part.kind != "blank"]
    if not parts:
        if fault:
            yield Damaged(1, 0, size, 1, Reason.TRUNCATED.value, fault, "")
        elif size:
            yield Gap("blank", 0, size)
        return
    at = min(placed[parts[0].start].start, size)
    if at:
        yield Gap("header", 0, at)
    number = 0
    for n, part in enumerate(parts):
        is_last = n + 1 == len(parts)
        end = size if is_last else min(size, max(at, placed[parts[n + 1].start].start))
        row = placed[part.start].row
        texts = [line.text for line in lines[part.start : part.end]]
        raw = "\n".join(texts)[:RAW]
        if is_last and fault and part.kind != "damaged":
            number += 1
            yield Damaged(number, at, end, row, Reason.TRUNCATED.value, fault, raw)
        elif part.kind == "damaged":
            number += 1
            yield Damaged(number, at, end, row, part.reason.value, part.detail, raw)
        elif part.kind == "record":
            number += 1
            yield print_part(part, Spot(number, at, end, row), texts, dialect)
        else:
            yield Gap(part.kind, at, end, part.declared)
        at = end


def print_part(part: Part, spot: Spot, texts: Sequence[str], dialect: Dialect | None) -> Record | Damaged:
    """The record of one document: its fields, or the whole of what is printed where no database is known."""
    if dialect is None:
        document = "\n".join(texts).strip()
        return Record(*spot, document, warnings=find_text_warnings(document))
    record = lay_out_entries(part.entries, spot, part.warnings)
    if record is not None:
        return record
    return Damaged(*spot, Reason.NO_CONTENT.value, "the document has neither a headline nor text", "\n".join(texts)[:RAW])


def lay_out_lines(lines: Sequence[Line], dialect: Dialect) -> Iterator[Part]:
    """The parts of all pieces; a piece ends with the line that divides."""
    memory = Memory()
    ends = [n + 1 for n, line in enumerate(lines) if dialect.divides(line)]
    start = 0
    for end in (*ends, len(lines)):
        memory.is_last = end == len(lines) and end not in ends
        if any(line.text.strip() for line in lines[start:end]):
            for part in dialect.lay_out(lines[start:end], memory):
                yield part._replace(start=part.start + start, end=part.end + start)
        memory.pieces += 1
        start = end
