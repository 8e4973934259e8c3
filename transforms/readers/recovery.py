"""What stands where the next well-formed row of the right width should: a damaged row must not swallow its neighbours."""

from __future__ import annotations

import re
from collections import deque
from functools import cached_property
from typing import NamedTuple

from transforms.outcome import Reason
from transforms.readers.grammar import MOST_GROUPS, Grammar, build_row, build_tail
from transforms.readers.realign import Profile, fit_columns, learn_profile, realign_row
from transforms.readers.window import LIMIT, Window

PATIENCE = 1 << 18
"""Bytes after which an open quote is suspected when the lines behind it are rows by themselves."""
DATE = re.compile(rb"\d{1,4}[-/.]\d{1,2}[-/.]\d")
ADVICE_QUOTE = "close the quote, or double the quotes inside a cell"
MOST_LENIENT = 1 << 16
"""Bytes of a row of several lines with quotes where none should be."""
DENSE = 1 << 20
"""Bytes of a line without an end after which hardly anything but delimiters in it tells that it is no row."""
MOST_FAILURES = 500
"""Ragged rows that could not be realigned, after which no more are tried."""
ADVICE_LONG = "look for a quote that is never closed, or for a file that is not delimited"

Cells = tuple[bytes, ...]


class Stretch(NamedTuple):
    """What was found from the window's place to `end`: a row, blank space (no cells, no reason), or damage."""

    end: int
    cells: Cells | None = None
    """Cleaned of quotes."""
    warnings: tuple[str, ...] = ()
    reason: Reason | None = None
    detail: str = ""


class Shapes:
    """How the cells of the last good rows looked: what tells a row from a paragraph that has as many commas."""

    def __init__(self, quote: bytes) -> None:
        self._quote = quote
        self.rows: deque[Cells] = deque(maxlen=8)
        """Raw cells."""

    def name_shape(self, cell: bytes) -> str:
        """Number, date, address, quoted, empty, or words."""
        inner = cell.strip(self._quote)
        if not inner:
            return "empty"
        if inner.isdigit():
            return "number"
        if DATE.match(inner):
            return "date"
        if inner.startswith((b"http://", b"https://")):
            return "url"
        return "quoted" if cell.startswith(self._quote) else "words"

    def fit(self, cells: Cells) -> bool | None:
        """Whether raw cells look like the last good rows; None when those say nothing."""
        told, agreed = 0, 0
        for cell, *column in zip(cells, *self.rows, strict=True):
            shapes = {self.name_shape(c) for c in column} - {"empty"}
            if len(shapes) == 1 and "words" not in shapes:
                told += 1
                agreed += self.name_shape(cell) in shapes
        return None if not told else 2 * agreed > told


class Examiner:
    """Looks closely at what the fast pattern does not take."""

    def __init__(
        self, window: Window, grammar: Grammar, width: int, optional: int = 0, limit: int = LIMIT, sample: bytes = b"", *, is_header: bool = False,
    ) -> None:
        self.window = window
        self.grammar = grammar
        self.width = width
        self.least = width - optional
        """Cells a row must have: columns without a name at the end of the header may be left out."""
        self.limit = limit
        self.exceeded = limit
        """What the last record that was too long is longer than."""
        self.shapes = Shapes(grammar.quote)
        self.is_header = is_header
        """The header itself is looked at: no rows tell what its columns hold."""
        self._sample = sample
        self._failures = 0
        self._patience = 0 if is_header else PATIENCE

    @cached_property
    def profile(self) -> Profile | None:
        """What the columns hold, learned from rows at the top."""
        return learn_profile(self._sample, self.grammar, self.width)

    def examine(self) -> Stretch | None:
        """What stands next in the window; None when more of the file must be read to tell. At the end of the file it always tells."""
        window, grammar = self.window, self.grammar
        if self._is_dense():
            self.exceeded = DENSE
            return Stretch(window.pos, reason=Reason.TOO_LONG)
        self.exceeded = self.limit
        found = self._examine_whole() or self._examine_open() or None
        if found is not None:
            self._patience = PATIENCE
            return found
        if not window.at_end and len(window.buffer) - window.pos <= self._patience:
            return None
        is_open = grammar.open_record.match(window.buffer, window.pos) is not None
        if not is_open and (found := self._examine_malformed()):
            self._patience = PATIENCE
            return found
        if not window.at_end:
            self._patience = 2 * (len(window.buffer) - window.pos)
            return Stretch(window.pos, reason=Reason.TOO_LONG) if len(window.buffer) - window.pos > self.limit else None
        self._patience = PATIENCE
        if window.damage:
            return Stretch(len(window.buffer), reason=Reason.TRUNCATED)
        if last := self._read_last():
            return last
        return Stretch(len(window.buffer), reason=Reason.UNCLOSED_QUOTE, detail=f"a quote is opened and never closed; {ADVICE_QUOTE}")

    def _is_dense(self) -> bool:
        """Whether what stands next is a long line of delimiters: every further look at it would take as long as reading it again."""
        window = self.window
        size = len(window.buffer) - window.pos
        if size <= DENSE or window.buffer.find(window.newline, window.pos) >= 0:
            return False
        count = window.buffer.count(self.grammar.delimiter, window.pos)
        return 8 * count > size and count > 1_000 * self.width

    def _examine_whole(self) -> Stretch | None:
        """A blank line or a well-formed row."""
        window, grammar = self.window, self.grammar
        buffer, pos = window.buffer, window.pos
        if blank := grammar.blank.match(buffer, pos):
            return Stretch(blank.end())
        match = grammar.record.match(buffer, pos)
        if match is None and window.at_end:
            if not buffer[pos:].strip():
                return Stretch(len(buffer))
            match = grammar.last_record.match(buffer, pos)
            if match and window.damage:
                return Stretch(len(buffer), reason=Reason.TRUNCATED)
        if match is None:
            return None
        raw = grammar.split(match[0])
        cells = tuple(map(grammar.clean, raw))
        if not any(cell.strip() for cell in cells):
            return Stretch(match.end())
        if len(cells) == self.width:
            if self._has_lone_quote(raw) and (way := self._realign(match.end(), raw)) is not None:
                return Stretch(match.end(), tuple(map(grammar.clean, way)), ("realigned",))
            self.shapes.rows.append(raw)
            return Stretch(match.end(), cells)
        next_line = window.find_line_end(pos)
        if 0 < next_line < match.end() and (start := self._find_row(next_line, match.end())):
            return self._read_stray(next_line) or self._blame_quote(start)
        return self._fit_width(match.end(), raw)

    def _fit_width(self, end: int, raw: Cells) -> Stretch:
        """A row of another width: put in its columns where they leave no doubt; else empty cells at its end may be too many, unnamed columns
        at the end too few.
        """
        cells = tuple(map(self.grammar.clean, raw))
        if self.least <= len(cells) < self.width:
            return Stretch(end, cells + (b"",) * (self.width - len(cells)))
        is_padded = len(cells) > self.width and not any(cell.strip() for cell in cells[self.width :])
        if (way := self._realign(end, raw)) is not None:
            is_cut = is_padded and way == raw[: self.width]
            return Stretch(end, tuple(map(self.grammar.clean, way)), ("trailing_cells",) if is_cut else ("realigned",))
        if is_padded:
            return Stretch(end, cells[: self.width], ("trailing_cells",))
        return Stretch(
            end, cells, (), Reason.FIELD_COUNT,
            f"expected {self.width} cells as in the header, found {len(cells)}; quote cells that hold the delimiter or a line end",
        )

    def _realign(self, end: int, raw: Cells) -> Cells | None:
        """The raw cells of a row put in their columns, where there is one way to do it."""
        if self._failures >= MOST_FAILURES or (self.profile is None and not self.is_header):
            return None
        way = realign_row(self.window.buffer[self.window.pos : end], raw, self.width, self.grammar, None if self.is_header else self.profile)
        self._failures += way is None
        return way

    def _has_lone_quote(self, raw: Cells) -> bool:
        """Whether a quote stands alone within a cell that has none around it."""
        quote = self.grammar.quote
        return any(cell.count(quote) % 2 and not cell.startswith(quote) for cell in raw)

    def _examine_open(self) -> Stretch | None:
        """A row that goes on beyond the buffer, when it has grown past all patience and rows stand in it."""
        window = self.window
        size = len(window.buffer) - window.pos
        if not window.at_end and size <= self._patience:
            return None
        if not self.grammar.open_record.match(window.buffer, window.pos):
            return None
        next_line = window.find_line_end(window.pos)
        start = self._find_row(next_line, len(window.buffer), is_open=True) if next_line else None
        return self._read_stray(next_line) or self._blame_quote(start) if start else None

    def _examine_malformed(self) -> Stretch | None:
        """A row with quotes where none should be."""
        window, grammar = self.window, self.grammar
        buffer, pos = window.buffer, window.pos
        line_end = window.find_line_end(pos) or (len(buffer) if window.at_end else 0)
        if not line_end:
            return None
        line = buffer[pos:line_end]
        if (way := self._realign(line_end, ())) is not None:
            return Stretch(line_end, tuple(map(grammar.clean, way)), ("realigned",))
        match = grammar.lenient_record.match(line)
        if match and match.end() == len(line):
            cells = grammar.split(line, is_lenient=True)
            if len(cells) == self.width:
                return Stretch(line_end, tuple(map(grammar.clean, cells)), ("stray_quote",))
        literal = line.rstrip(b"\r\n").split(grammar.delimiter)
        if len(literal) == self.width and not any(cell.count(grammar.quote) % 2 for cell in literal):
            return Stretch(line_end, tuple(literal), ("stray_quote",))
        sight = min(len(buffer), pos + MOST_LENIENT)
        match = grammar.lenient_record.match(buffer, pos, sight)
        end = match.end() if match and (match.end() < sight or (window.at_end and sight == len(buffer))) else 0
        if match and end:
            cells = grammar.split(match[0], is_lenient=True)
            if len(cells) == self.width and not self._find_row(line_end, end):
                return Stretch(end, tuple(map(grammar.clean, cells)), ("stray_quote",))
        if stray := self._read_stray(line_end):
            return stray
        start = self._find_row(line_end, len(buffer))
        return self._blame_quote(start) if start else None

    def _read_stray(self, line_end: int, *, is_last: bool = False) -> Stretch | None:
        """A row in which one cell opens with a quote that is part of its text: `"18 May,Pier,"Shut, wet"` holds three cells.

        The row ends with its first line, or goes on below it where a quoted cell does and a row follows.
        """
        window, grammar = self.window, self.grammar
        buffer, pos = window.buffer, window.pos
        at = pos
        before: list[bytes] = []
        while at < line_end and len(before) < min(self.width, MOST_GROUPS):
            if buffer.startswith(grammar.quote, at) and (match := build_tail(grammar, self.width - len(before)).match(buffer, at)):
                end = match.end()
                if end == line_end or (end > line_end and ((end >= len(buffer) and window.at_end) or self._match_row(end))):
                    rest = match.groups()
                    cells = (*before, rest[0], *map(grammar.clean, rest[1:]))
                    is_whole = end == line_end or not self._find_row(line_end, end)
                    if is_last and any(row[len(before)].startswith(grammar.quote) for row in self.shapes.rows):
                        return None
                    bare = (*before, rest[0].removeprefix(grammar.quote), *cells[len(before) + 1 :])
                    if is_whole and (self.profile is None or fit_columns(bare, self.profile)):
                        return Stretch(end, cells, ("stray_quote",))
            cell = grammar.cells.match(buffer, at)
            if cell is None or cell[2] != grammar.delimiter:
                return None
            before.append(grammar.clean(cell[1]))
            at = cell.end()
        return None

    def _read_last(self) -> Stretch | None:
        """The last row of the file, where a quote that is never closed is part of the text of a cell.

        A row without its line end may have been cut off within a quoted cell, and so may one in whose column other cells are quoted.
        """
        window = self.window
        line_end = window.find_line_end(window.pos)
        return self._read_stray(line_end, is_last=True) if line_end and not window.buffer[line_end:].strip() else None

    def _blame_quote(self, end: int) -> Stretch:
        return Stretch(end, reason=Reason.UNCLOSED_QUOTE, detail=f"the quotes of this row do not match up; {ADVICE_QUOTE}")

    def _find_row(self, at: int, stop: int, *, is_open: bool = False) -> int | None:
        """The first line behind a damaged row that is a row by itself: of the right width, and like the rows before it or followed by more.

        A paragraph with as many delimiters must not pass for one: a line unlike the rows before it needs three more behind it, and so does
        any line when nothing but its growth speaks against the row (`is_open`).
        """
        window = self.window
        while 0 < at < stop:
            row = self._match_row(at)
            if row is not None:
                end, cells = row
                fits = self.shapes.fit(cells)
                if any(cells) and (fits or self._count_rows(end, 1 if fits is None and not is_open else 3)):
                    return at
            at = window.find_line_end(at)
        return None

    def _match_row(self, at: int) -> tuple[int, Cells] | None:
        """End and raw cells of a well-formed row of the right width."""
        window, grammar = self.window, self.grammar
        if self.width > MOST_GROUPS:
            match = (grammar.last_record if window.at_end else grammar.record).match(window.buffer, at)
            cells = grammar.split(match[0]) if match else ()
        else:
            match = build_row(grammar, self.width, is_last=window.at_end).match(window.buffer, at)
            cells = match.groups() if match else ()
        return (match.end(), cells) if match and len(cells) == self.width else None

    def _count_rows(self, at: int, wanted: int) -> bool:
        """Whether so many further rows follow, or the file ends after fewer."""
        if self.width == 1 and wanted > 1:
            return False  # every line is a row of one cell
        for _ in range(wanted):
            if at >= len(self.window.buffer):
                return self.window.at_end
            row = self._match_row(at)
            if row is None:
                return False
            at = row[0]
        return True


