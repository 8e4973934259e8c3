"""Nexis exports: which lines of a piece are a document, its fields, or what stands between documents.

Classic: `1 of 112 DOCUMENTS`, then a head that is set in the middle (copyright, source, day, edition), the headline, keys up to the length,
the text, more keys, the copyright. Nexis Uni: headline, source, day, keys, `Body`, the text, `Classification` and more keys, `End of Document`.
"""

from __future__ import annotations

from collections.abc import Sequence

from transforms.outcome import Reason
from transforms.readers.export_dates import count_ranges
from transforms.readers.export_pieces import Line, Memory, Part
from transforms.readers.nexis_classic import parse_classic
from transforms.readers.nexis_uni import find_cover_end, parse_uni
from transforms.readers.nexis_words import load_words, read_marker, read_number


def lay_out_nexis(lines: Sequence[Line], memory: Memory) -> list[Part]:
    """The parts of one piece: it ends with the line that divides, or where the file does."""
    last = len(lines) - 1
    while last > 0 and not lines[last].text.strip():
        last -= 1
    if (marker := read_divider(lines[last])) is not None:
        return [*lay_out_classic(lines[:last], memory), divide_classic(last, *marker, memory)]
    if load_words().end.fullmatch(lines[last].text):
        memory.notes["style"] = "uni"
        memory.tails += 1
        return [*lay_out_uni(lines[:last], memory), Part("delimiter", last, last + 1)]
    if memory.notes.get("style") == "uni":
        return lay_out_rest(lines, memory)
    if "style" not in memory.notes and (begins := find_uni_cover(lines, memory)) is not None:
        start = find_cover_end(lines, begins)
        return [*lay_out_cover(lines, begins, start), *([cut_off(start, len(lines))] if any(line.text.strip() for line in lines[start:]) else [])]
    return lay_out_classic(lines, memory)


def read_divider(line: Line) -> tuple[int, int] | None:
    """Number and count, if the line divides classic documents; a line set in the middle may lack the indent."""
    return read_marker(line.text) or (read_marker(" " * 20 + line.text.strip()) if line.is_centred else None)


def divides_nexis(line: Line) -> bool:
    """Whether a line divides documents, of either kind of export."""
    return len(line.text) < 400 and (read_divider(line) is not None or load_words().end.fullmatch(line.text) is not None)


# ------------------------------------------------------------------ classic
def divide_classic(at: int, number: int, count: int, memory: Memory) -> Part:
    """The line that numbers a document. The first of an export says how many there are, unless its cover has said so.

    An export begins where the numbers begin anew. A slip in one number, which Nexis prints at times, begins none.
    """
    memory.notes["style"] = "classic"
    begins = not memory.is_counted or (number <= memory.number and (number == 1 or str(count) != memory.notes.get("count")))
    requested = memory.notes.pop("requested", None)
    declared = None
    if begins or requested:
        declared = int(requested) if requested and number != 1 else count
        memory.is_counted = True
        memory.notes["count"] = str(count)
    memory.number = number
    return Part("delimiter", at, at + 1, declared=declared)


def lay_out_classic(lines: Sequence[Line], memory: Memory) -> list[Part]:
    """A document, and the cover of the next export where several were joined; before the first number there is only a cover."""
    cover = find_cover(lines)
    if cover is not None and (found := load_words().request.match(lines[cover].text)):
        requested = count_ranges(found[1].partition(":")[2] or found[1])
        memory.notes |= {"requested": str(requested)} if requested else {}
    if memory.notes.get("style") != "classic" and not memory.is_last:
        return [Part("cover", 0, len(lines))]
    end = len(lines) if cover is None else cover
    parts = []
    if any(line.text.strip() for line in lines[:end]):
        parsed = parse_classic(lines[:end])
        warnings = parsed.warnings
        if memory.is_last and memory.tails and not parsed.has_tail:
            warnings = (*warnings, "ends_abruptly")
        memory.tails += parsed.has_tail
        parts.append(Part("record", 0, end, parsed.entries, warnings))
    if end < len(lines):
        parts.append(Part("cover", end, len(lines)))
    return parts


def find_cover(lines: Sequence[Line]) -> int | None:
    """Where the cover of an export begins among some lines."""
    return next((n for n, line in enumerate(lines) if load_words().request.match(line.text)), None)


# ------------------------------------------------------------------ Nexis Uni
def lay_out_uni(lines: Sequence[Line], memory: Memory) -> list[Part]:
    """A document, with the cover and the list of contents before it where an export begins."""
    begins = find_uni_cover(lines, memory)
    parts: list[Part] = []
    start = 0
    if begins is not None:
        start = find_cover_end(lines, begins)
        if any(line.text.strip() for line in lines[:begins]):
            parts.append(Part("record", 0, begins, *parse_uni(lines[:begins])))
        parts += lay_out_cover(lines, begins, start)
    if any(line.text.strip() for line in lines[start:]):
        parts.append(Part("record", start, len(lines), *parse_uni(lines[start:])))
    return parts


def find_uni_cover(lines: Sequence[Line], memory: Memory) -> int | None:
    """Where a cover begins: at the top of the file, or where its first keys are printed."""
    for n, line in enumerate(lines):
        if load_words().opening.match(line.text) or load_words().counted.fullmatch(line.text):
            return 0 if not memory.pieces else n
    return None


def lay_out_cover(lines: Sequence[Line], start: int, end: int) -> list[Part]:
    """The cover, which says how many documents there are, and the list of their titles."""
    at = next((n for n in range(start, end) if load_words().counted.fullmatch(lines[n].text)), None)
    if at is None:
        return [Part("cover", start, end)]
    found = load_words().counted.fullmatch(lines[at].text)
    declared = read_number(found[1]) if found else None
    parts = [Part("cover", start, at), Part("contents", at, end, declared=declared)]
    return parts if any(line.text.strip() for line in lines[start:at]) else parts[1:]


def lay_out_rest(lines: Sequence[Line], memory: Memory) -> list[Part]:
    """What stands below the last `End of Document`: a document that is cut off, or the foot of the page."""
    texts = [line.text.strip() for line in lines if line.text.strip()]
    if not texts:
        return []
    if begins := [n for n, line in enumerate(lines) if load_words().opening.match(line.text)]:
        is_first = not any(line.text.strip() for line in lines[: begins[0]])
        return [Part("cover", begins[0], len(lines)) if is_first else cut_off(0, len(lines))]
    if len(texts) <= 2 and all(len(text) < 60 and ("Page " in text or "Nexis" in text or "©" in text) for text in texts):
        return [Part("footer", 0, len(lines))]
    return [cut_off(0, len(lines))]


def cut_off(start: int, end: int) -> Part:
    """A document without its end."""
    return Part(
        "damaged", start, end, reason=Reason.TRUNCATED,
        detail="the file ends in the middle of this document, before its `End of Document`; get it again",
    )
