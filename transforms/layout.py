"""Where blocks and paragraphs stand in a printed document: blank lines, indents, hard-wrapped lines, tables.

Everything here speaks of spans `(start, end)` in code points, trimmed of white space; what lies between them is white space alone.
"""

from __future__ import annotations

import re
from itertools import pairwise

Span = tuple[int, int]

BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
ANY_BLANK_LINE = re.compile(r"(?>\r\n?|\n)[^\S\r\n]*(?>\r\n?|\n)")
NEWLINE = re.compile(r"\r\n?|\n")
INDENTED = re.compile(r"(?:\r\n?|\n)[ \t]{2,}(?=\S)")
COLUMNS = re.compile(r"\S {3,}\S")
NARROW = 60
MOST_ALONE = 80
"""Characters of the longest of some lines that were ended on purpose."""
SENTENCE_END = re.compile(r"""[.!?…:;。！？]["'”’»)\]]*\Z""")


def trim(document: str, start: int, end: int) -> Span:
    """The span without white space at its ends.

    >>> trim("  Harbour  ", 0, 11)
    (2, 9)
    """
    while start < end and document[start].isspace():
        start += 1
    while end > start and document[end - 1].isspace():
        end -= 1
    return start, end


def split_blocks(document: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the blocks that blank lines divide.

    >>> split_blocks("Ferry late\\n\\nBy Jane Roe\\n \\nText.")
    [(0, 10), (12, 23), (26, 31)]
    """
    end = len(document) if end is None else end
    if (quick := split_plain_blocks(document, start, end)) is not None:
        return quick
    blank = ANY_BLANK_LINE if "\r" in document else BLANK_LINE
    spans = []
    at = start
    for gap in blank.finditer(document, start, end):
        stop = gap.start()
        if stop < at:
            continue
        if stop > at and not document[at].isspace() and not document[stop - 1].isspace():
            spans.append((at, stop))
        elif (span := trim(document, at, stop))[0] < span[1]:
            spans.append(span)
        at = gap.end()
    span = trim(document, at, end)
    if span[0] < span[1]:
        spans.append(span)
    return spans


def split_plain_blocks(document: str, start: int, end: int) -> list[Span] | None:
    """Spans of blocks of one line each, with one blank line between them; None when any is set otherwise.

    >>> split_plain_blocks("Ferry late\\n\\nText.", 0, 17), split_plain_blocks("Ferry\\nlate", 0, 10)
    ([(0, 10), (12, 17)], None)
    """
    region = document[start:end]
    parts = region.split("\n\n")
    if "\r" in region or region.count("\n") != 2 * len(parts) - 2:
        return None
    spans = []
    at = start
    for part in parts:
        stop = at + len(part)
        if not part or part.strip() != part:
            return None
        spans.append((at, stop))
        at = stop + 2
    return spans


def split_lines(document: str, start: int, end: int) -> list[Span]:
    """Spans of the lines of a block that are not blank.

    >>> split_lines("By Jane Roe\\n  Staff Writer", 0, 26)
    [(0, 11), (14, 26)]
    """
    spans = []
    at = start
    for line_end in NEWLINE.finditer(document, start, end):
        span = trim(document, at, line_end.start())
        if span[0] < span[1]:
            spans.append(span)
        at = line_end.end()
    span = trim(document, at, end)
    if span[0] < span[1]:
        spans.append(span)
    return spans


def is_tabular(line: str) -> bool:
    """Whether a line is set in columns.

    >>> is_tabular("Wheat   2.55   2.40       IV"), is_tabular("Wheat rose to 2.55.")
    (True, False)
    """
    return COLUMNS.search(line[:200]) is not None


def split_paragraphs(document: str, start: int, end: int) -> list[Span]:
    """Spans of the paragraphs of one block: the block itself, its indented paragraphs, or its lines when each is a paragraph of its own.

    >>> split_paragraphs("The ferry was\\nlate.\\n    It left at noon.", 0, 40)
    [(0, 19), (24, 40)]
    """
    if document.find("\n", start, end) < 0 and document.find("\r", start, end) < 0:
        return [(start, end)]
    lines = split_lines(document, start, end)
    starts = {m.end() for m in INDENTED.finditer(document, start, end)}
    indented = [s in starts for s, _ in lines]
    if any(indented) and not all(indented[1:]):
        return join_lines(lines, [mark and not is_tabular(document[s:e]) for (s, e), mark in zip(lines, indented, strict=True)])
    if each_line_is_a_paragraph(document, lines):
        return lines
    return [(start, end)]


def join_lines(lines: list[Span], opens: list[bool]) -> list[Span]:
    """Paragraphs from lines, a new one at each line that opens one.

    >>> join_lines([(0, 5), (6, 9), (12, 20)], [False, False, True])
    [(0, 9), (12, 20)]
    """
    paragraphs = [lines[0]]
    for line, is_opening in zip(lines[1:], opens[1:], strict=True):
        if is_opening:
            paragraphs.append(line)
        else:
            paragraphs[-1] = (paragraphs[-1][0], line[1])
    return paragraphs


def each_line_is_a_paragraph(document: str, lines: list[Span]) -> bool:
    """Whether lines are whole paragraphs: long, or nearly all ending a sentence, and not of one wrapped width.

    >>> text = "The ferry left at noon.\\nIt came back at three, the owner said.\\nNobody was hurt."
    >>> each_line_is_a_paragraph(text, split_lines(text, 0, len(text)))
    True
    """
    if len(lines) < 2:
        return False
    lengths = [e - s for s, e in lines]
    if max(lengths) > 160:
        return True
    wrapped = sum(45 <= n <= 85 for n in lengths[:-1])
    if wrapped * 10 >= 6 * (len(lines) - 1):
        ends = sum(1 for s, e in lines[:-1] if SENTENCE_END.search(document, max(s, e - 6), e))
        return ends * 10 >= 8 * (len(lines) - 1)
    ends = sum(1 for s, e in lines if SENTENCE_END.search(document, max(s, e - 6), e))
    return ends * 10 >= 7 * len(lines)


def unwrap(text: str) -> str:
    """A paragraph on one line; a table keeps its lines.

    >>> unwrap("The ferry left\\n  at noon.")
    'The ferry left at noon.'
    """
    if "\n" not in text and "\r" not in text:
        return text
    lines = [line.strip() for line in NEWLINE.split(text)]
    if sum(map(is_tabular, lines)) * 2 >= len(lines):
        return "\n".join(line.rstrip() for line in NEWLINE.split(text))
    return " ".join(line for line in lines if line)


def unwrap_paragraph(text: str) -> str:
    """A paragraph of the body on one line where its lines were broken to fit a width; verse, lists and tables keep theirs.

    >>> unwrap_paragraph("The ferry left at noon and was to be back by\\nthree, but it was late.")
    'The ferry left at noon and was to be back by three, but it was late.'
    >>> unwrap_paragraph("Portmere 3, Karlstadt Rovers 1\\nNorthport 0\\nWall 2")
    'Portmere 3, Karlstadt Rovers 1\\nNorthport 0\\nWall 2'
    """
    if "\n" not in text and "\r" not in text:
        return text
    lines = [line.strip() for line in NEWLINE.split(text)]
    return "\n".join(line for line in lines if line) if stand_alone(lines) else unwrap(text)


def stand_alone(lines: list[str]) -> bool:
    """Whether lines were ended on purpose: most open like a line of their own, though the next word would have fitted, or all.

    >>> stand_alone(["Roses are red", "Violets are blue", "Sugar is sweet", "And so are you"])
    True
    """
    lines = [line for line in lines if line]
    if len(lines) < 3 or max(map(len, lines)) > MOST_ALONE:
        return False
    room = max(map(len, lines))
    breaks = list(pairwise(lines))
    fitting = sum(len(line) + 1 + len(after.split(None, 1)[0]) <= room for line, after in breaks)
    opening = sum(not after[0].islower() for _, after in breaks)
    return 3 * opening >= 2 * len(breaks) and (2 * fitting >= len(breaks) or (opening == len(breaks) > 2 and room < NARROW))
