"""Delimited rows: one record a row, its columns laid out as they would be printed.

The fast path is one pattern match a row; whatever it does not take is looked at closely by `recovery.Examiner`.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from itertools import chain, zip_longest
from typing import BinaryIO, NamedTuple

from transforms.model import Gap, Item
from transforms.outcome import Reason, Reject
from transforms.readers.columns import Plan, Spot, has_content, lay_out, plan_columns, require_content
from transforms.readers.compression import CHUNK
from transforms.readers.encoding import Codec, decode_record, is_single_byte
from transforms.readers.found import Found, Hints
from transforms.readers.grammar import MOST_GROUPS, Grammar, build_grammar, build_row, find_preamble
from transforms.readers.heading import count_known, looks_like_header, name_planned
from transforms.readers.recovery import ADVICE_LONG, Cells, Examiner, Stretch
from transforms.readers.window import LIMIT, Window
from transforms.text import ASCII_CONTROL_BYTES, DOUBTFUL_BYTES

SAMPLE = 1 << 16
"""Bytes at the top from which it is told what the columns hold."""
MOST_HEADER_BYTES = 4_000
NO_NEXT: Cells = ()


def find_grammar(found: Found) -> Grammar:
    """The grammar of a file's dialect."""
    return build_grammar(found.delimiter or ",", found.quote, found.escape, found.newline)


class Opening:
    """The top of a delimited file: what stands above the rows, the header, and the width of the rows."""

    def __init__(self, stream: BinaryIO, found: Found) -> None:
        self.window = window = Window(stream, found.codec, found.bom, found.newline.encode())
        self.grammar = find_grammar(found)
        self.gaps: list[Gap] = [Gap("bom", 0, window.offset)] if window.offset else []
        self.header: Cells = NO_NEXT
        """Raw cells of the header's first row, as it may stand again further down; none where it was mended."""
        self.parts: list[list[str]] = []
        """Cells of each row of the header, or of the first row where there is none."""
        window.fill(SAMPLE)
        base = window.pos
        for kind, end in find_preamble(window.buffer, self.grammar):
            self.gaps.append(window.pass_gap(kind, base + end))
        end = window.pos
        for _ in range(found.preamble):
            end = window.find_line_end(end) or end
        if end > window.pos:
            self.gaps.append(window.pass_gap("preamble", end))
        self._read_header(found)
        self.sample = window.buffer[window.pos : base + SAMPLE]
        self.width = len(self.parts[0]) if self.parts else 0

    def _read_header(self, found: Found) -> None:
        """Pass the rows of the header; a first row that is none stays where it is."""
        window, grammar = self.window, self.grammar
        match = self._match_first()
        raw = grammar.split(match[0]) if match else ()
        if found.header and found.width > 1 and len(raw) != found.width and (mended := self._mend_header(found.width)):
            self.parts.append([self._decode(cell) for cell in mended.cells or ()])
            self.gaps.append(window.pass_gap("header", mended.end))
            return
        if match is None:
            return
        self.parts.append([self._decode(grammar.clean(cell)) for cell in raw])
        if not found.header:
            return
        self.header = raw
        self.gaps.append(window.pass_gap("header", match.end()))
        for _ in range(found.header_rows - 1):
            match = grammar.last_record.match(window.buffer, window.pos)
            cells = [self._decode(grammar.clean(cell)) for cell in grammar.split(match[0])] if match else []
            if match is None or len(cells) != len(self.parts[0]):
                break
            self.parts.append(cells)
            self.gaps.append(window.pass_gap("header", match.end()))

    def _mend_header(self, width: int) -> Stretch | None:
        """A header of the wrong width, where there is one way to put it right."""
        found = Examiner(self.window, self.grammar, width, is_header=True).examine()
        return found if found is not None and found.reason is None and found.cells is not None else None

    def _decode(self, cell: bytes) -> str:
        return cell.decode(self.window.codec.working, "backslashreplace")

    def _match_first(self) -> re.Match[bytes] | None:
        window = self.window
        while True:
            pattern = self.grammar.last_record if window.at_end else self.grammar.record
            match = pattern.match(window.buffer, window.pos) if window.pos < len(window.buffer) else None
            if window.damage and match and not match[0].endswith(window.newline):
                return None  # cut off in the first row
            if match or window.at_end or len(window.buffer) - window.pos > LIMIT:
                return match
            window.grow()


def read_delimited(stream: BinaryIO, found: Found, hints: Hints, limit: int = LIMIT) -> Iterator[Item]:
    """The records of a delimited file. Raises Reject, before the first item, when its columns can't be named."""
    top = Opening(stream, found)
    window, grammar = top.window, top.grammar
    if not top.parts:
        if window.damage:
            return chain(top.gaps, [window.pass_cut()] if window.pos < len(window.buffer) else window.close())
        raise Reject(Reason.FORMAT, f"no header row can be read on line {window.line}: a quote is opened there and never closed")
    names = name_planned(top.parts)
    if not found.header and not hints.columns:
        raise Reject(
            Reason.FORMAT,
            f"the first row is no header ({', '.join(name[:30] for name in names[:6])}); add one, or name the columns by their position in the "
            'source\'s profile, such as columns = { "1" = "headline", "2" = "body" }',
        )
    plan = plan_columns(names if found.header else [str(n + 1) for n in range(len(names))], hints.columns)
    require_content(plan, "column")
    optional = 0
    while found.header and optional < len(names) - 1 and not names[-1 - optional].strip():
        optional += 1
    examiner = Examiner(window, grammar, plan.width, optional, limit, top.sample)
    return chain(top.gaps, read_rows(window, grammar, plan, examiner, top.header))


def read_rows(window: Window, grammar: Grammar, plan: Plan, examiner: Examiner, header: Cells) -> Iterator[Item]:
    """The records from the window's place on. A further table below the first, with a header of its own, is read by that one."""
    while (table := (yield from read_table(window, grammar, plan, examiner, header))) is not None:
        plan, header = table.plan, table.header
        yield window.pass_gap("header", table.end)
        window.fill(SAMPLE)
        examiner = Examiner(window, grammar, plan.width, 0, examiner.limit, window.buffer[window.pos : window.pos + SAMPLE])
    yield from window.close()


class Table(NamedTuple):
    """The header of a further table, found in the window."""

    plan: Plan
    header: Cells
    end: int


def find_table(window: Window, grammar: Grammar, plan: Plan) -> Table | None:
    """The header of another table at the window's place: names of columns, and not those of the table above it."""
    match = (grammar.last_record if window.at_end else grammar.record).match(window.buffer, window.pos)
    if match is None or match.end() - window.pos > MOST_HEADER_BYTES:
        return None
    raw = grammar.split(match[0])
    names = [grammar.clean(cell).decode(window.codec.working, "replace").strip() for cell in raw]
    if len(names) < 2 or tuple(names) == plan.names or not looks_like_header(names):
        return None
    own = set(plan.names)
    is_known = count_known(names) > 1 or 2 * sum(name in own for name in names) > max(len(names), len(own))
    found = plan_columns(names, {}) if is_known else None
    return Table(found, raw, match.end()) if found and has_content(found) else None


def read_table(window: Window, grammar: Grammar, plan: Plan, examiner: Examiner, header: Cells) -> Generator[Item, None, Table | None]:
    """The records of one table; what ends it is the header of another one."""
    is_below_blank = False
    is_wide = plan.width > MOST_GROUPS
    match_row = match_nothing if is_wide else build_row(grammar, plan.width, is_strict=True).match
    match_even = match_nothing if is_wide else build_row(grammar, plan.width).match
    seen, measure, newline, working = examiner.shapes.rows, window.codec.measure, window.newline, window.codec.working
    quote, twice, mark = grammar.quote, grammar.quote * 2, grammar.quote[0]
    is_plain = not grammar.escape
    is_single = is_single_byte(window.codec)
    while True:
        if is_below_blank:
            window.fill(SAMPLE)
            if table := find_table(window, grammar, plan):
                return table
            is_below_blank = False
        buffer, pos = window.buffer, window.pos
        doubts = Doubts(window)
        while match := match_row(buffer, pos) or match_even(buffer, pos):
            raw = match.groups()
            end = match.end()
            if raw == header:
                yield window.pass_gap("header", end)
                pos = end
                continue
            try:
                if is_plain:
                    values = [
                        "" if not cell else cell.decode(working) if cell[0] != mark
                        else inner.decode(working) if quote not in (inner := cell[1:-1]) else inner.replace(twice, quote).decode(working)
                        for cell in raw
                    ]
                else:
                    values = [grammar.clean(cell).decode(working) for cell in raw]
            except UnicodeDecodeError:
                yield read_row(window, plan, Stretch(end, tuple(map(grammar.clean, raw))))
                pos = end
                continue
            if (doubts.is_binary and buffer.find(b"\0", pos, end) >= 0) or (is_single and not buffer[pos:end].isascii()):
                yield read_row(window, plan, Stretch(end, tuple(map(grammar.clean, raw))))
                pos = end
                continue
            number = window.number + 1
            start, line = window.offset, window.line
            stop = start + (end - pos if measure is len else measure(buffer[pos:end]))
            record = lay_out(plan, values, Spot(number, start, stop, line), is_doubtful=doubts.is_in(buffer, pos, end))
            if record is None:
                yield read_row(window, plan, Stretch(end, tuple(map(grammar.clean, raw))))
                pos = end
                continue
            window.number, window.offset, window.line, window.pos = number, stop, line + buffer.count(newline, pos, end), end
            seen.append(raw)
            pos = end
            yield record
        if pos >= len(buffer):
            if not window.grow() and window.pos >= len(window.buffer):
                break
            continue
        stretch = examiner.examine()
        if stretch is None:
            window.grow()
        elif stretch.reason is Reason.TOO_LONG:
            yield window.pass_long(examiner.exceeded, ADVICE_LONG)
        elif stretch.reason is Reason.TRUNCATED:
            yield window.pass_cut()
        elif stretch.reason is Reason.FIELD_COUNT and (table := find_table(window, grammar, plan)):
            return table
        elif stretch.reason is not None:
            yield window.pass_damaged(stretch.end, stretch.reason, stretch.detail)
        else:
            is_below_blank = stretch.cells is None
            yield read_row(window, plan, stretch)
    return None


def match_nothing(buffer: bytes, pos: int) -> re.Match[bytes] | None:
    """Stands in for the fast pattern where rows are too wide for it."""
    return None


class Doubts:
    """Which rows of a buffer may hold control characters or mojibake, told by a few fast searches over all of it."""

    def __init__(self, window: Window) -> None:
        rest = window.buffer[window.pos :] if window.pos else window.buffer
        self.is_binary = b"\0" in rest
        self._are_all = holds_controls(rest) or (window.codec.working != "utf-8" and not rest.isascii())
        gates = () if self._are_all or rest.isascii() else DOUBTFUL_BYTES
        self._gates = tuple(gate for first, gate in gates if first in rest)

    def is_in(self, buffer: bytes, start: int, end: int) -> bool:
        """Whether a row of the buffer may hold something doubtful."""
        return self._are_all or any(gate.search(buffer, start, end) for gate in self._gates)


def holds_controls(data: bytes) -> bool:
    """Whether ASCII's control characters stand in some bytes, beside tabs and line ends."""
    if len(data) < CHUNK:
        return len(data.translate(None, ASCII_CONTROL_BYTES)) != len(data)
    import numpy as np

    codes = np.frombuffer(data, np.uint8)
    low = codes[codes < 32]
    return bool(((low != 10) & (low != 13) & (low != 9)).any() or (codes == 127).any())


def read_row(window: Window, plan: Plan, stretch: Stretch) -> Item:
    """A row that needs a closer look: blank, binary, in two encodings, or without content."""
    cells = stretch.cells
    if cells is None or not any(cell.strip() for cell in cells):
        return window.pass_gap("blank", stretch.end)
    raw = window.buffer[window.pos : stretch.end]
    if b"\0" in raw:
        place = window.offset + window.codec.measure(raw[: raw.index(b"\0")])
        return window.pass_damaged(stretch.end, Reason.BINARY, f"NUL at byte {place}; the row is not text")
    warnings = stretch.warnings
    try:
        decoded = [decode_record(cell, window.codec) for cell in cells]
        values = [d.text for d in decoded]
        if any(d.is_mixed for d in decoded):
            warnings = (*warnings, "mixed_encoding")
    except UnicodeDecodeError:
        return window.pass_damaged(stretch.end, Reason.DECODE, describe_undecodable(window, raw))
    start, line = window.offset, window.line
    spot = Spot(window.number + 1, start, start + window.codec.measure(raw), line)
    record = lay_out(plan, values, spot, warnings)
    if record is None:
        return window.pass_damaged(stretch.end, Reason.NO_CONTENT, "the row has no headline, text or caption")
    window.step(stretch.end)
    window.number += 1
    return record


def describe_undecodable(window: Window, raw: bytes) -> str:
    """Which byte of a record is not in the file's encoding.

    The message names the byte in the file, so that an editor can go there.
    """
    at = 0
    try:
        raw.decode(window.codec.working)
    except UnicodeDecodeError as error:
        at = error.start
    place = window.offset + window.codec.measure(raw[:at])
    return f"byte {place} ({raw[at]:#04x}) is not {window.codec.name}, as the rest of the file is; name the encoding if that is wrong"


def read_cells(stream: BinaryIO, found: Found) -> Iterator[list[str]]:
    """The cells of every row as they were seen, the header first; rows of another width as they are, blank lines left out."""
    top = Opening(stream, found)
    window, grammar = top.window, top.grammar
    if found.header and top.parts:
        yield [" ".join(part for part in column if part.strip()) for column in zip_longest(*top.parts, fillvalue="")]
    examiner = Examiner(window, grammar, found.width or top.width or 1, sample=top.sample)
    while window.pos < len(window.buffer) or window.grow():
        stretch = examiner.examine()
        if stretch is None:
            window.grow()
            continue
        if stretch.reason is Reason.TOO_LONG:
            yield [window.pass_long(examiner.exceeded, ADVICE_LONG).raw]
            continue
        raw, _, _, _ = window.step(stretch.end)
        cells = stretch.cells
        if cells is None and stretch.reason is not None:
            cells = tuple(raw.rstrip(b"\r\n").split(grammar.delimiter))
        if cells is not None:
            yield [decode_cell(cell, window.codec) for cell in cells]


def decode_cell(cell: bytes, codec: Codec) -> str:
    """A cell as text, with what can't be decoded spelled out."""
    try:
        return decode_record(cell, codec).text
    except UnicodeDecodeError:
        return cell.decode(codec.working, "backslashreplace")

