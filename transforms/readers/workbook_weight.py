"""What a workbook would take in memory, counted before it is loaded: its bytes unpacked, its furthest cells, its repeated cells and texts.

A cell in the last row of an otherwise empty sheet makes a table of billions of cells; one long text may stand in a million of them.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from transforms.outcome import Reason, Reject
from transforms.readers.zip_members import read_zip

MOST_XML = 1 << 29
"""Bytes that a workbook holds."""
MOST_CELLS = 20_000_000
"""Of one sheet, with the empty ones between the first and the last."""
MOST_TEXT = 1 << 30
"""Bytes of the texts in all cells, each counted as often as it stands there."""
MOST_MEMBERS = 10_000
CHUNK = 1 << 20
LONGEST_TAG = 4000
ADVICE = "save its sheets as CSV"
CELL = re.compile(rb"""r\s{0,9}=\s{0,9}["']([A-Za-z]{1,9})([0-9]{1,30})["']""")
SHARED_CELL = re.compile(rb"""t\s{0,9}=\s{0,9}["']s["'][^>]{0,99}>\s{0,9}<(?:\w{1,20}:)?v>\s{0,9}(\d{1,9})<""")
SHARED = re.compile(rb"<(?:\w{1,20}:)?si[\s>]")
TABLE_TAG = re.compile(rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)(?=[\s/>])([^>]{0,3900})>")
REPEATED = re.compile(rb"""number-(?:columns|rows)-repeated\s{0,9}=\s{0,9}["'](\d{1,10})["']""")


def weigh_workbook(raw: BinaryIO) -> None:
    """Refuse a workbook that would not fit into memory."""
    total = 0
    used: Counter[int] = Counter()
    texts = Texts()
    for member in read_zip(raw, MOST_MEMBERS):
        if member.refusal:
            raise Reject(Reason.FORMAT, f"in the workbook, {member.name[:80]}: {member.refusal}")
        if member.passed:
            continue
        look: Texts | Extent | RepeatedExtent = (
            texts if member.name.endswith("sharedStrings.xml") else RepeatedExtent() if member.name == "content.xml" else Extent(used)
        )
        stream, tail = member.open(), b""
        check = ParserCreate() if member.name == "content.xml" else None
        while data := stream.read(CHUNK):
            total += len(data)
            if total > MOST_XML:
                raise Reject(Reason.TOO_LONG, f"the workbook holds more than {MOST_XML:,} bytes; {ADVICE}")
            if check:
                check_xml(check, data, member.name)
            piece = tail + data
            cut = max(piece.rfind(b"<c "), piece.rfind(b"<table:"), piece.rfind(b"<si"))
            cut = cut if len(piece) - LONGEST_TAG < cut else len(piece)
            look.look(piece[:cut])
            tail = piece[cut:]
        if check:
            check_xml(check, b"", member.name)
        look.look(tail)
        if isinstance(look, (Extent, RepeatedExtent)) and look.area > MOST_CELLS:
            raise Reject(Reason.TOO_LONG, f"{member.name[:80]} spans {look.area:,} cells, more than {MOST_CELLS:,}; {ADVICE}")
    text = sum(texts.lengths[at] * count for at, count in used.items() if at < len(texts.lengths))
    if text > MOST_TEXT:
        raise Reject(Reason.TOO_LONG, f"the cells of the workbook hold {text:,} bytes of text, more than {MOST_TEXT:,}; {ADVICE}")


def check_xml(parser: XMLParserType, data: bytes, name: str) -> None:
    """Refuse sheets that are not well-formed: the library waits for the end of a table that is never closed. No data is the end."""
    try:
        parser.Parse(data, not data)
    except (ExpatError, LookupError) as error:  # the second for an encoding that nobody knows
        raise Reject(Reason.FORMAT, f"in the workbook, {name[:80]} is not well-formed ({error}); open it in a spreadsheet and {ADVICE}") from None


class Texts:
    """Lengths of the texts that cells name by their number, with their mark-up."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def look(self, xml: bytes) -> None:
        """Look at a piece of the table of texts."""
        places = [match.start() for match in SHARED.finditer(xml)]
        if self.lengths:
            self.lengths[-1] += places[0] if places else len(xml)
        self.lengths += [later - earlier for earlier, later in pairwise([*places, len(xml)])]


class Extent:
    """Rows and columns that the cells of a sheet take, and the texts that they name."""

    def __init__(self, used: Counter[int]) -> None:
        self._columns: set[int] = set()
        self._rows: set[int] = set()
        self._used = used

    def look(self, xml: bytes) -> None:
        """Look at a piece of a sheet."""
        places = CELL.findall(xml)
        if places:
            columns = [count_column(column.upper()) for column in {column for column, _ in places}]
            rows = {int(row) for _, row in places}
            self._columns |= {min(columns), max(columns)}
            self._rows |= {min(rows), max(rows)}
        self._used.update(map(int, SHARED_CELL.findall(xml)))

    @property
    def area(self) -> int:
        """Cells between the first and the last."""
        return (max(self._rows) - min(self._rows) + 1) * (max(self._columns) - min(self._columns) + 1) if self._rows else 0


class RepeatedExtent:
    """Rows and columns that the cells of an OpenDocument sheet take: cells and rows may be repeated by a number."""

    def __init__(self) -> None:
        self._largest = self._width = 0
        self._row = self._column = self._repeat = self._last = 0

    def look(self, xml: bytes) -> None:
        """Look at a piece of the sheets."""
        for closes, name, attributes in TABLE_TAG.findall(xml):
            repeated = REPEATED.search(attributes)
            count = int(repeated[1]) if repeated else 1
            if name == b"table":
                self._largest = self.area
                self._row = self._column = self._last = self._width = 0
            elif name == b"table-row":
                if closes or attributes.endswith(b"/"):
                    self._row += count if not closes else self._repeat
                self._repeat, self._column = count if not closes else self._repeat, 0
            elif not closes:
                self._column += count
                if b"value-type" in attributes or not attributes.endswith(b"/"):
                    self._width = max(self._width, self._column)
                    self._last = max(self._last, self._row + self._repeat)

    @property
    def area(self) -> int:
        """Cells up to the last that holds something, of the largest sheet so far."""
        return max(self._largest, self._last * self._width)


def count_column(letters: bytes) -> int:
    """The number of a column.

    >>> count_column(b"A"), count_column(b"AB")
    (1, 28)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
