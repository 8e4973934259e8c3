"""Answers as text: a table for the terminal, JSON, JSON Lines, CSV or Markdown, written row by row."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, TextIO

if TYPE_CHECKING:
    from warehouse.sql import Result

Format = Literal["table", "json", "jsonl", "csv", "markdown"]
FORMATS: tuple[Format, ...] = ("table", "json", "jsonl", "csv", "markdown")

LOOK_AHEAD = 500
"""Rows that the widths of a table are taken from; those that follow are cut to fit."""
WIDEST = 80
"""Cells a value may take when nobody says how wide the terminal is."""
NARROWEST = 7
"""A column narrower than this says nothing; below it, rows are laid out one value a line."""
NUMBERS = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\))")
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Control and direction characters: in a headline from outside they could rewrite the reader's screen."""


def write_result(result: Result, fmt: Format, out: TextIO, width: int | None = None) -> int:
    """Write an answer and return how many rows it had. `width` is the terminal's, for the table; None cuts only very long values."""
    rows = result.rows()
    if fmt == "table":
        return write_table(result.columns, result.types, rows, out, width)
    if fmt == "csv":
        return write_csv(result.columns, rows, out)
    if fmt == "markdown":
        return write_markdown(result.columns, result.types, rows, out)
    return write_json(result.columns, rows, out, as_lines=fmt == "jsonl")


def write_json(columns: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO, as_lines: bool) -> int:
    """One JSON object a row, in an array or one a line."""
    count = 0
    for count, row in enumerate(rows, 1):
        out.write(("" if as_lines else "[\n" if count == 1 else ",\n") + json_text(dict(zip(columns, row, strict=True))))
        if as_lines:
            out.write("\n")
    if not as_lines:
        out.write("\n]\n" if count else "[]\n")
    return count


def json_text(value: Any) -> str:
    """A value as JSON on one line.

    >>> json_text({"a": [1, None]})
    '{"a":[1,null]}'
    """
    import orjson

    try:
        return orjson.dumps(value, default=json_value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # an integer beyond 64 bits
        return json.dumps(value, default=json_value, ensure_ascii=False, separators=(",", ":"))


def json_value(value: Any) -> Any:
    """What JSON has no type for."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.hex() if isinstance(value, (bytes, bytearray, memoryview)) else str(value)


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> int:
    """CSV as RFC 4180 has it; a null is an empty cell, a list or struct its JSON."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        count += 1
        writer.writerow([None if v is None else plain_text(v) for v in row])
    return count


def write_markdown(columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO) -> int:
    """A Markdown table."""
    out.write("| " + " | ".join(map(escape_markdown, columns)) + " |\n")
    out.write("|" + "|".join("---:" if NUMBERS.fullmatch(t) else "---" for t in types) + "|\n")
    count = 0
    for row in rows:
        count += 1
        out.write("| " + " | ".join("" if v is None else escape_markdown(plain_text(v)) for v in row) + " |\n")
    return count


def escape_markdown(text: str) -> str:
    r"""A cell of a Markdown table.

    >>> escape_markdown("a|b")
    'a\\|b'
    """
    return show_unseen(text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\r\n", "\n").replace("\n", "<br>"))


def plain_text(value: Any) -> str:
    """A value as text: ISO dates, JSON for lists and structs."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, (list, tuple, dict)):
        return json_text(value)
    return value.hex() if isinstance(value, bytes) else str(value)


def show_unseen(text: str) -> str:
    r"""The text with control characters spelt out.

    >>> show_unseen("a\x1b[2J")
    'a\\x1b[2J'
    """
    return text if text.isprintable() else UNSEEN.sub(lambda m: f"\\x{ord(m[0]):02x}", text)


def cell_text(value: Any, limit: int) -> str:
    """A value on one line of at most `limit` cells, cut with an ellipsis."""
    from rich.cells import cell_len, set_cell_size

    text = "NULL" if value is None else plain_text(value)
    text = show_unseen(text[: limit + 1].replace("\r\n", "\n").replace("\n", "⏎").replace("\t", " "))
    return text if cell_len(text) <= limit else set_cell_size(text, limit - 1).rstrip() + "…"


def pad_cell(text: str, width: int, to_the_right: bool) -> str:
    """Text filled up to a width, wide characters counted as two."""
    from rich.cells import cell_len

    blank = " " * (width - cell_len(text))
    return blank + text if to_the_right else text + blank


def write_table(columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO, width: int | None) -> int:
    """A table for the terminal: numbers to the right, long values cut, one value a line when the columns would not fit side by side."""
    if tuple(columns) == ("explain_key", "explain_value"):
        return write_plans(rows, out)
    stream = iter(rows)
    head = list(itertools.islice(stream, LOOK_AHEAD))
    room = None if width is None else width - 3 * len(columns) + 1
    widths = fit_widths(measure(columns, head), room)
    everything = itertools.chain(head, stream)
    count = (
        write_records(columns, everything, out, width or WIDEST) if widths is None
        else write_grid(columns, everything, out, types, widths)
    )
    out.write(f"({count:,} {'row' if count == 1 else 'rows'})\n")
    return count


def write_plans(rows: Iterable[Sequence[Any]], out: TextIO) -> int:
    """The answer of EXPLAIN: a plan is drawn over many lines, and would make no sense cut to one."""
    count = 0
    for _, plan in rows:
        count += 1
        out.write(f"{plan.rstrip()}\n")
    return count


def measure(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """Cells that each column would like to have."""
    from rich.cells import cell_len

    wanted = [cell_len(cell_text(c, WIDEST)) for c in columns]
    for row in rows:
        wanted = [max(w, cell_len(cell_text(v, WIDEST))) for w, v in zip(wanted, row, strict=True)]
    return wanted


def fit_widths(wanted: Sequence[int], room: int | None) -> list[int] | None:
    """Shrink the widest columns until all fit; None when they can't.

    >>> fit_widths([5, 90, 40], 60)
    [5, 27, 28]
    """
    widths = list(wanted)
    if room is None:
        return widths
    if sum(min(w, NARROWEST) for w in widths) > room:
        return None
    while (excess := sum(widths) - room) > 0:
        widest = max(widths)
        at = [i for i, w in enumerate(widths) if w == widest]
        below = max([w for w in widths if w < widest], default=0)
        step = min(widest - max(below, 1), -(-excess // len(at)))
        for i in at:
            cut = min(step, excess)
            widths[i] -= cut
            excess -= cut
    return widths


def write_grid(columns: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO, types: Sequence[str], widths: Sequence[int]) -> int:
    """Rows side by side under their column names."""
    right = [NUMBERS.fullmatch(t) is not None for t in types]

    def lay_out(values: Sequence[Any]) -> str:
        cells = (pad_cell(cell_text(v, w), w, r) for v, w, r in zip(values, widths, right, strict=True))
        return (" " + " │ ".join(cells)).rstrip() + "\n"

    out.write(lay_out(columns))
    out.write("┼".join("─" * (w + 2) for w in widths) + "\n")
    count = 0
    for row in rows:
        count += 1
        out.write(lay_out(row))
    return count


def write_records(columns: Sequence[str], rows: Iterable[Sequence[Any]], out: TextIO, width: int) -> int:
    """Rows below each other, one value a line."""
    from rich.cells import cell_len

    names = [cell_text(c, max(NARROWEST, width // 3)) for c in columns]
    wide = max(map(cell_len, names), default=0)
    room = max(NARROWEST, width - wide - 4)
    count = 0
    for count, row in enumerate(rows, 1):
        out.write(f"── row {count} ".ljust(width, "─") + "\n")
        out.writelines(lay_out_record(names, row, wide, room))
    return count


def lay_out_record(names: Sequence[str], row: Sequence[Any], wide: int, room: int) -> Iterator[str]:
    """The lines of one row: name, bar, value."""
    for name, value in zip(names, row, strict=True):
        yield f" {pad_cell(name, wide, False)} │ {cell_text(value, room)}".rstrip() + "\n"
