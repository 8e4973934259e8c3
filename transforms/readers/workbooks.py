"""Workbooks: every sheet, under the header that is found in it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple, TypeVar

from transforms.model import Gap, Item, Record
from transforms.outcome import Reason, Reject
from transforms.readers.columns import Plan, has_content, name_column, plan_columns
from transforms.readers.compound_file import check_compound
from transforms.readers.found import Hints
from transforms.readers.grid import Numbering, Stretch, measure, name_once, open_seekable, print_values, show_row
from transforms.readers.workbook_weight import ADVICE, weigh_workbook

MOST_BYTES = 1 << 28
"""Of a workbook: it is held in memory."""
HEADER_ROWS = 30
"""Rows in which the header is looked for."""
LONGEST_NAME = 100
Row = Sequence[Any]
Loaded = TypeVar("Loaded")


class Sheet(NamedTuple):
    """A sheet loaded: its rows from the first that is not empty."""

    name: str
    first_row: int
    """From 1."""
    rows: Sequence[Row]


def open_workbook(raw: BinaryIO) -> Iterator[tuple[int, int, Sheet]]:
    """The sheets of a workbook, one loaded at a time: number, how many there are, sheet. Raises Reject when it can't be opened."""
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    size = measure(raw)
    if size > MOST_BYTES:
        raise Reject(Reason.TOO_LONG, f"the workbook is larger than {MOST_BYTES:,} bytes; {ADVICE}")
    if raw.read(2) == b"PK":
        weigh_workbook(raw)
        raw.seek(0)
    else:
        raw.seek(0)
        check_compound(raw.read())
        raw.seek(0)
    book = load(lambda: CalamineWorkbook.from_filelike(io.BytesIO(raw.read())), "the workbook")
    kinds = [meta.typ for meta in book.sheets_metadata]
    names = [name for name, kind in zip(book.sheet_names, kinds, strict=True) if kind == SheetTypeEnum.WorkSheet]
    for number, name in enumerate(names):
        what = f"the sheet {name[:80]!r}"
        sheet = load(lambda name=name: book.get_sheet_by_name(name), what)  # type: ignore[misc]
        rows = load(lambda sheet=sheet: sheet.to_python(skip_empty_area=True), what)  # type: ignore[misc]
        yield number, len(names), Sheet(name, (sheet.start or (0, 0))[0] + 1, rows)


def load(work: Callable[[], Loaded], what: str) -> Loaded:
    """What the library gives. Raises Reject when it fails; it is written in Rust, where a fault is no Exception."""
    from python_calamine import CalamineError, PasswordError

    try:
        return work()
    except PasswordError:
        raise Reject(Reason.FORMAT, f"{what} is protected with a password; take it off, or {ADVICE}") from None
    except (CalamineError, OSError, ValueError, MemoryError) as error:
        raise Reject(Reason.FORMAT, f"{what} can't be read ({str(error)[:200]}); open it in a spreadsheet and {ADVICE}") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise Reject(Reason.FORMAT, f"{what} can't be read ({str(error)[:200]}); open it in a spreadsheet and {ADVICE}") from None


def find_header(rows: Sequence[Row], given: Mapping[str, str]) -> int | None:
    """The row that names the columns: among the first, the one that knows most of them, one with content among them.

    >>> find_header([["Desk export", ""], ["Title", "Text"], ["Pier shut", "It is."]], {})
    1
    """
    best, known = None, 0
    for at, row in enumerate(rows[:HEADER_ROWS]):
        cells = [str(cell) for cell in row]
        if any(len(cell) > LONGEST_NAME for cell in cells):
            continue
        mapped = {name.strip().casefold() for name in given}
        count = len({name_column(cell) for cell in cells} - {None}) + sum(cell.strip().casefold() in mapped for cell in cells if cell.strip())
        if count > known and has_content(plan_columns(cells, given)):
            best, known = at, count
    return best


def read_workbook(stream: BinaryIO, hints: Hints) -> Iterator[Item]:
    """The records of a workbook: each sheet has an equal share of the file, and each row of it an equal share of that.

    A sheet without known columns is set aside as one. Raises Reject, before the first item, when no sheet has any.
    """
    raw = open_seekable(stream, MOST_BYTES)
    size = measure(raw)
    numbering = Numbering()
    waiting: list[tuple[Stretch, Sheet]] = []
    is_begun = False
    at = 0
    for number, count, sheet in open_workbook(raw):
        stretch = Stretch(size * number // count, size * (number + 1) // count, max(1, len(sheet.rows)))
        at = stretch.end
        header = find_header(sheet.rows, hints.columns)
        is_numbered = header is None and any(name.strip().isdigit() for name in hints.columns)
        if header is None and not is_numbered:
            waiting.append((stretch, sheet))
            if not is_begun:
                continue
        else:
            is_begun = True
        for unnamed in waiting:
            yield set_aside(numbering, *unnamed)
        waiting.clear()
        if header is not None or is_numbered:
            yield from read_sheet(sheet, header, stretch, numbering, hints, is_only=count == 1)
    if not is_begun:
        if any(sheet.rows for _, sheet in waiting):
            refuse_headers([sheet for _, sheet in waiting if sheet.rows])
        at = 0
    if at < size:
        yield Gap("blank", at, size)


def read_sheet(sheet: Sheet, header: int | None, stretch: Stretch, numbering: Numbering, hints: Hints, *, is_only: bool) -> Iterator[Item]:
    """The records of one sheet. On one of several, each says on which."""
    top = [str(cell) for cell in sheet.rows[header]] if header is not None else [str(n + 1) for n in range(len(sheet.rows[0]))]
    plan: Plan = plan_columns(top, hints.columns)
    names = name_once([name.strip() or f"column_{n + 1}" for n, name in enumerate(top)])
    plan = plan._replace(names=tuple(names))
    for at, row in enumerate(sheet.rows):
        numbering.line = sheet.first_row + at
        span = stretch.share(at)
        if header is not None and (at <= header or [str(cell) for cell in row] == top):
            yield Gap("header" if at >= header else "preamble", *span)
            continue
        item = numbering.lay_out_row(plan, names, row, span)
        yield item._replace(extra=(*item.extra, ("sheet", sheet.name))) if isinstance(item, Record) and not is_only else item


def set_aside(numbering: Numbering, stretch: Stretch, sheet: Sheet) -> Item:
    """A sheet as a whole, which has no columns that are known."""
    if not any(cell not in ("", None) for row in sheet.rows for cell in row):
        return Gap("blank", stretch.start, stretch.end)
    numbering.line = sheet.first_row
    shown = "\n".join(show_row({str(n): value for n, value in enumerate(print_values(row)[0], 1)}) for row in sheet.rows[:50])
    count = f"{len(sheet.rows):,} row{'' if len(sheet.rows) == 1 else 's'}"
    detail = (
        f"the sheet {sheet.name[:80]!r} of {count} has no column that is known as a headline, text or document; name them in the "
        "source's profile"
    )
    return numbering.break_off(stretch.start, stretch.end, Reason.FORMAT, detail, shown)


def refuse_headers(sheets: list[Sheet]) -> None:
    """Refuse a workbook of which no sheet has known columns."""
    first = [str(cell)[:40] for cell in sheets[0].rows[0]][:12]
    raise Reject(
        Reason.FORMAT,
        f"no sheet has a column that is known as a headline, text or document (the first row of {sheets[0].name[:40]!r}: {', '.join(first)}); name "
        'them in the source\'s profile, such as columns = { "their name" = "body" }',
    )


def list_workbook(stream: BinaryIO) -> Iterator[Row]:
    """The rows of every sheet."""
    for _, _, sheet in open_workbook(open_seekable(stream, MOST_BYTES)):
        yield from sheet.rows
