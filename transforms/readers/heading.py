"""What stands where in the first rows of a delimited file: lines above the table, a header of one row or several, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from transforms.readers.columns import name_column

MOST_PREAMBLE = 40
"""Rows above a header."""
MOST_ABOVE = 10
"""Rows above one that names columns, where they are as wide as it."""
MOST_HEADER = 3
LONGEST_NAME = 60
DATA = re.compile(
    r"[-+(]?[$€£¥]?\s?\d+(?:[.,:/\s-]\d+)*[)%]?(?:\s?[$€£¥])?(?:[T ][\d:.+Z-]+)?|https?://\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE,
)
"""Numbers, sums, dates, times and addresses: what is never the name of a column."""


class HeadRow(NamedTuple):
    """A row of the head as one dialect reads it."""

    line: int
    """Lines of the head above it, from the first row or line that is no comment."""
    cells: tuple[str, ...]
    """Nothing where the row could not be read."""
    raw: tuple[bytes, ...]
    is_empty: bool
    """Nothing but delimiters and blanks."""
    is_lenient: bool = False
    """Quotes stand in it where none should."""
    has_return: bool = False
    """It ends with a carriage return and a line feed."""


class Layout(NamedTuple):
    """Where the first table begins and how it is headed."""

    preamble: int
    """Lines above it."""
    header_rows: int
    """0 where the first row is no header."""
    names: tuple[str, ...]
    """The header's cells, or those of the first row."""
    known: int
    """How many of them are columns of ours."""
    width: int
    """Cells of most rows."""


def count_known(cells: Sequence[str]) -> int:
    """How many columns of ours a row names; a row with a cell of 100 characters names none.

    >>> count_known(["Title", "Text", "shares"])
    2
    """
    return len({column for cell in cells if (column := name_column(cell))}) if all(len(cell) < 100 for cell in cells) else 0


def looks_like_header(cells: Sequence[str]) -> bool:
    """Whether a first row of unknown names can be a header: short, distinct words.

    >>> looks_like_header(("shares", "likes")), looks_like_header(("12", "Pier shut")), looks_like_header(("Pier shut.", "It rained all day."))
    (True, False, False)
    """
    named = [cell.strip() for cell in cells if cell.strip()]
    return bool(named) and len(set(named)) == len(named) and not any(
        len(cell) > LONGEST_NAME or DATA.fullmatch(cell) or cell[-1] in ".!?…”\"" or "\n" in cell for cell in named
    )


def find_layout(rows: Sequence[HeadRow], width: int) -> Layout:
    """Where the table begins among the first rows, and how many of them are its header."""
    first = next((n for n, row in enumerate(rows) if not row.is_empty), None)
    if first is None:
        return Layout(0, 0, ("",), 0, width)
    top = find_known(rows, first, find_top(rows, first, width), width)
    names, count = divide_names(rows[top].cells or ("",), width), 1
    body = [row.cells for row in rows[top + 1 :] if len(row.cells) == len(names) and not row.is_empty]
    known = count_known(names)
    if not known and (not looks_like_header(names) or recurs_below(names, body)):
        return Layout(rows[top].line, 0, names, known, width)
    parts = [names]
    for row in rows[top + 1 : top + MOST_HEADER]:
        below = [r.cells for r in rows[top + count + 1 :] if len(r.cells) == len(names) and not r.is_empty]
        if len(row.cells) != len(names) or not (row.cells == names or continues_header(parts, row.cells, below)):
            break
        parts.append(row.cells)
        count += 1
    joined = join_names(parts)
    return Layout(rows[top].line, count, joined, max(known, count_known(name_planned(parts))), width)


def find_top(rows: Sequence[HeadRow], first: int, width: int) -> int:
    """The row on which the table begins. Rows with little in them, or of another width, stand above it only where a header or a blank row
    divides them from it.
    """
    for n in range(first, min(len(rows), first + MOST_PREAMBLE)):
        row = rows[n]
        if row.is_empty or is_poor(row, width):
            continue
        if n == first:
            return first
        opener, is_divided = rows[first].cells, rows[n - 1].is_empty
        if count_known(row.cells) > max(1, count_known(opener)):
            return n
        is_near = len(opener) > 1 and abs(len(opener) - width) < 2 and not is_poor(rows[first], len(opener)) and not is_divided
        if count_known(opener) > 1 or is_near:
            return first  # the header itself, with a delimiter too many or too few
        is_scant = is_divided and all(sum(map(bool, r.cells)) < 2 for r in rows[first:n])
        return n if (looks_like_header(row.cells) and n - first < len(rows) - n) or is_scant else first
    return first


def find_known(rows: Sequence[HeadRow], first: int, top: int, width: int) -> int:
    """The row on which the table begins, where one a little below names columns of ours and the one found names none: what stands above it
    is told by having less in it. A row of its own kind right above it, below a blank row, is the upper row of its header.
    """
    if count_known(rows[top].cells) or width < 2:
        return top
    known = next((n for n in range(top, min(len(rows), first + MOST_ABOVE)) if len(rows[n].cells) == width and count_known(rows[n].cells) > 1), top)
    if known == top or max(count_filled(row) for row in rows[top:known]) >= count_filled(rows[known]):
        return top
    is_upper = looks_like_header(rows[known - 1].cells) and (known - 1 == first or rows[known - 2].is_empty)
    return known - 1 if is_upper and not rows[known - 1].is_empty else known


def count_filled(row: HeadRow) -> int:
    """Cells that hold something."""
    return sum(bool(cell.strip()) for cell in row.cells)


def divide_names(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """A first row of one cell as another delimiter divides it, where that makes as many names as there are columns; else as it is.

    >>> divide_names(("ref desk words",), 3), divide_names(("A line of the desk",), 3)
    (('ref', 'desk', 'words'), ('A line of the desk',))
    """
    if len(cells) == 1 < width:
        for delimiter in "\t;|, ":
            names = tuple(name.strip("\"'") for name in cells[0].split(delimiter))
            if len(names) == width and looks_like_header(names):
                return names
    return cells


def is_poor(row: HeadRow, width: int) -> bool:
    """Whether a row has another width than most, or hardly anything in its cells."""
    filled = count_filled(row)
    return width > 1 and (len(row.cells) != width or filled < 2 or 4 * filled < width)


def recurs_below(names: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether something in a first row stands again below itself, as values do and names do not."""
    return len(body) > 2 and any(
        len(name.strip()) > 1 and any(row[n] == name and row != names for row in body) for n, name in enumerate(names)
    )


def continues_header(parts: Sequence[Sequence[str]], cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row goes on with the header above it: words where all further rows have data.

    >>> below = [("1", "2019"), ("4", "2020"), ("2", "2021")]
    >>> continues_header([("Boats", "Year")], ("moored", "of count"), below), continues_header([("Boats", "Year")], ("3", "2018"), below)
    (True, False)
    """
    if len(below) < 3 or not looks_like_header(cells):
        return False
    typed = [n for n in range(len(cells)) if all(DATA.fullmatch(row[n].strip()) for row in below[:50])]
    known, own = max(count_known(part) for part in parts), count_known(cells)
    if own > 1 and own > known:
        return True
    is_worded = all(cells[n].strip() and not DATA.fullmatch(cells[n].strip()) for n in typed)
    return is_worded and len(typed) >= (3 if known > 1 else 2)


def join_names(parts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The names of a header of several rows, each as it stands there from top to bottom.

    >>> join_names([("Boats", "Year"), ("moored", "")])
    ('Boats moored', 'Year')
    """
    return tuple(" ".join(part for part in column if part.strip()) for column in zip(*parts, strict=True))


def name_planned(parts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The names by which columns are known: the joined one, else the lowest row's that is known, without repeats.

    >>> name_planned([("Left", "Right"), ("Title", "Caption")]), name_planned([("title", "id"), ("title", "id")])
    (('Title', 'Caption'), ('title', 'id'))
    """
    names: list[str] = []
    for column in zip(*parts, strict=True):
        distinct = list(dict.fromkeys(part.strip() for part in column if part.strip()))
        joined = " ".join(distinct)
        names.append(joined if name_column(joined) else next((part for part in reversed(distinct) if name_column(part)), joined))
    return tuple(names)
