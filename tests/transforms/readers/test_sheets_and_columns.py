"""Workbooks, Parquet and Arrow: every row is a record or told, spans tile, and what would not fit into memory is refused before it is loaded."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.model import Damaged, Gap, Record
from transforms.outcome import Reject
from transforms.readers import arrow_rows, workbook_weight
from transforms.readers.found import Hints
from transforms.readers.workbook_weight import weigh_workbook
from transforms.readers.workbooks import find_header

Read = Callable[..., list[Any]]
LAW = settings(derandomize=True, deadline=None, max_examples=60)
ROWS: list[list[Any]] = [["id", "Title", "Author", "Text"], *([n, f"Ferry {n} late", "Jane Roe", f"Ferry {n} was late again."] for n in range(1, 8))]


def write_book(**sheets: list[list[Any]]) -> bytes:
    """A workbook; a blank in a sheet's name stands as `_`."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_ods(*rows: str) -> bytes:
    """An OpenDocument spreadsheet of one sheet; each row is given as its cells' XML."""
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="A">{"".join(rows)}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return out.getvalue()


def cell(text: str, repeated: int = 1) -> str:
    """A cell of text."""
    more = f' table:number-columns-repeated="{repeated}"' if repeated > 1 else ""
    return f'<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'


def write_parquet(table: pa.Table, **how: Any) -> bytes:
    """A Parquet file."""
    out = io.BytesIO()
    pq.write_table(table, out, **how)
    return out.getvalue()


def write_arrow(table: pa.Table, *, is_stream: bool = False, rows: int = 3, compression: str | None = None) -> bytes:
    """An Arrow file or stream."""
    out = io.BytesIO()
    options = ipc.IpcWriteOptions(compression=compression)
    with (ipc.new_stream if is_stream else ipc.new_file)(out, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows)
    return out.getvalue()


TABLE = pa.table({
    "id": pa.array(range(1, 8)), "title": [f"Ferry {n} late" for n in range(1, 8)], "authors": [["Ann Roe", "Bo Dahl"]] * 6 + [None],
    "published_at": pa.array([dt.datetime(2025, 1, 2, 3, 4)] * 7, pa.timestamp("ns", "UTC")), "text": [f"Ferry {n} was late again." for n in range(1, 8)],
    "meta": [{"tide": "high", "price": Decimal("1.50")}] * 7,
})


# ------------------------------------------------------------------ workbooks
def test_the_header_is_found_below_what_stands_above_it(read: Read) -> None:
    """A title, a blank row; and the rows of the sheet are counted as the spreadsheet counts them."""
    items = read(write_book(Week_1=[["Export of the desk"], [], *ROWS, [], [None, None, "Jane Roe", None]]), Hints(name="a.xlsx"))
    assert [item.kind for item in items if isinstance(item, Gap)] == ["preamble", "preamble", "header", "blank"]
    records = [item for item in items if isinstance(item, Record)]
    assert [(r.record_id, r.line) for r in records] == [(str(n), n + 3) for n in range(1, 8)]
    assert records[0].document == "Ferry 1 late\n\nJane Roe\n\nFerry 1 was late again."
    assert [(i.reason, i.line) for i in items if isinstance(i, Damaged)] == [("no_content", 12)]


def test_every_sheet_is_read_and_one_without_columns_is_told(read: Read) -> None:
    """A record says on which sheet it stands; a sheet of notes is set aside as one, an empty one is a gap."""
    items = read(write_book(News=ROWS, Notes=[["remember", "the milk"], ["and", "bread"]], Empty=[], Archive=ROWS[:3]), Hints(name="a.xlsx"))
    assert [dict(item.extra)["sheet"] for item in items if isinstance(item, Record)] == ["News"] * 7 + ["Archive"] * 2
    (told,) = [item for item in items if isinstance(item, Damaged)]
    assert "the sheet 'Notes' of 2 rows has no column that is known" in told.detail
    assert "the milk" in told.raw


def test_cells_are_read_as_they_are_written(read: Read) -> None:
    """Days as ISO has them, whole numbers without a point, a header of the user's own."""
    rows: list[list[Any]] = [["Nr", "Kop", "Tekst", "Datum", "Prijs"], [12.0, "Pont te laat", "Weer te laat.", dt.datetime(2025, 1, 2, 3, 4), 0.5]]
    hints = Hints(name="a.xlsx", columns={"Kop": "headline", "Tekst": "body", "Nr": "record_id", "Datum": "published_at"})
    (record,) = [item for item in read(write_book(A=rows), hints) if isinstance(item, Record)]
    assert (record.record_id, record.published_at, record.extra) == ("12", "2025-01-02T03:04:00", (("Prijs", "0.5"),))


def test_a_workbook_without_a_known_column_is_refused(read: Read) -> None:
    """With the names that it has, and what to write."""
    with pytest.raises(Reject, match=r"no sheet has a column .*Nr, Waarde.*columns = "):
        read(write_book(A=[["Nr", "Waarde"], [1, 2]]), Hints(name="a.xlsx"))


def test_an_opendocument_sheet_is_read(read: Read) -> None:
    """With the empty rows that fill it to the end."""
    filler = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    rows = [f"<table:table-row>{cell('title')}{cell('text')}</table:table-row>", f"<table:table-row>{cell('Owls')}{cell('Nine.')}</table:table-row>"]
    assert [item.document for item in read(write_ods(*rows, filler), Hints(name="a.ods")) if isinstance(item, Record)] == ["Owls\n\nNine."]


FAR = '<row r="1"><c r="A1" t="inlineStr"><is><t>title</t></is></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def rewrite(book: bytes, name: str, data: str) -> bytes:
    """A workbook with a part of its own in place of one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info.filename))
        new.writestr(name, data)
    return out.getvalue()


SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a cell in the last corner": (
        lambda: rewrite(write_book(A=ROWS), "xl/worksheets/sheet1.xml", SHEET.format(FAR)), "spans 17,179,869,184 cells",
    ),
    "cells repeated": (
        lambda: write_ods(f'<table:table-row table:number-rows-repeated="1000000">{cell("title", 16000)}</table:table-row>'), "spans 16,000,000,000 cells",
    ),
    "one long text in many cells": (
        lambda: rewrite(
            rewrite(write_book(A=ROWS), "xl/sharedStrings.xml", f"<sst><si><t>{'x' * 2_000_000}</t></si></sst>"), "xl/worksheets/sheet1.xml",
            SHEET.format("".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 2000))),
        ), "bytes of text",
    ),
    "a sheet that unpacks to gigabytes": (
        lambda: rewrite(write_book(A=ROWS), "xl/worksheets/sheet1.xml", SHEET.format(" " * 20_000_000)), "holds more than 10,000,000 bytes",
    ),
}


@pytest.mark.parametrize("build", BOMBS.values(), ids=BOMBS.keys())
def test_a_workbook_too_large_for_memory_is_refused_unloaded(
    read: Read, build: tuple[Callable[[], bytes], str], monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is weighed first."""
    monkeypatch.setattr(workbook_weight, "MOST_XML", 10_000_000)
    with pytest.raises(Reject, match=build[1]):
        read(build[0](), Hints(name="a.xlsx"))


def test_an_honest_workbook_weighs_little() -> None:
    """Nothing is refused by mistake."""
    weigh_workbook(io.BytesIO(write_book(A=ROWS * 500)))


def test_a_row_of_prose_is_no_header() -> None:
    """However many of its words are names of columns."""
    assert find_header([["The title of the text is a title, and the text of it is a text, and so on and on and on, for a hundred letters and more"]], {}) is None


# ------------------------------------------------------------------ Parquet and Arrow
WRITERS: dict[str, Callable[[], bytes]] = {
    "parquet": lambda: write_parquet(TABLE, row_group_size=3),
    "parquet in zstd, with dictionaries": lambda: write_parquet(TABLE, row_group_size=2, compression="zstd", use_dictionary=True),
    "arrow file": lambda: write_arrow(TABLE),
    "arrow file in lz4": lambda: write_arrow(TABLE, compression="lz4"),
    "arrow stream": lambda: write_arrow(TABLE, is_stream=True),
}


def name_of(data: bytes) -> str:
    """A name with the ending that fits."""
    return "a.arrows" if data[:4] == b"\xff\xff\xff\xff" else "a"


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_every_row_is_a_record(read: Read, write: Callable[[], bytes]) -> None:
    """Lists of names are bylines, structures are kept as JSON, and each row has a span of its own."""
    data = write()
    items = read(data, Hints(name=name_of(data)))
    records = [item for item in items if isinstance(item, Record)]
    assert [r.record_id for r in records] == [str(n) for n in range(1, 8)]
    assert records[0].document == "Ferry 1 late\n\nAnn Roe, Bo Dahl\n\nFerry 1 was late again."
    assert records[6].document == "Ferry 7 late\n\nFerry 7 was late again."
    assert records[0].published_at == "2025-01-02T03:04:00+00:00"
    assert records[0].extra == (("meta", '{"tide":"high","price":"1.50"}'),)
    assert len({(r.byte_start, r.byte_end) for r in records}) == 7
    assert all(isinstance(item, Record | Gap) for item in items)


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_cells_can_be_shown(cells: Callable[..., list[list[str]]], write: Callable[[], bytes]) -> None:
    """Names first."""
    data = write()
    if name_of(data) == "a":
        rows = cells(data)
        assert rows[0] == TABLE.column_names
        assert rows[1][:2] == ["1", "Ferry 1 late"]
        assert len(rows) == 8


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_damaged_part_costs_its_own_rows(read: Read, write: Callable[[], bytes]) -> None:
    """Those of the row groups before it, and in Parquet behind it, are read."""
    data = bytearray(write())
    middle = len(data) // 3
    data[middle : middle + 40] = b"\xff" * 40
    try:
        items = read(bytes(data), Hints(name=name_of(bytes(data))))
    except Reject:
        return
    assert {type(item) for item in items} <= {Record, Damaged, Gap}
    records = [item for item in items if isinstance(item, Record)]
    whole = {r.record_id: r.document for r in read(write(), Hints(name=name_of(write()))) if isinstance(r, Record)}
    assert sum(whole.get(r.record_id) == r.document for r in records) >= len(records) - 3


def test_a_cut_arrow_file_gives_the_batches_before_the_cut(read: Read) -> None:
    """And says where it ends."""
    data = write_arrow(TABLE)
    items = read(data[: len(data) * 2 // 3], Hints())
    assert [r.record_id for r in items if isinstance(r, Record)][:3] == ["1", "2", "3"]
    assert isinstance(items[-1], Damaged)
    assert items[-1].reason == "truncated"


def test_texts_in_another_encoding_are_read_and_flagged(read: Read) -> None:
    """A column says that it is text, and its bytes are something else."""
    raw = pa.array([b"Caf\xe9 shut", "Café open".encode()], pa.binary())
    table = pa.table({"title": pa.Array.from_buffers(pa.string(), 2, raw.buffers()), "text": ["One.", "Two."]})
    for data in (write_parquet(table), write_arrow(table)):
        records = [item for item in read(data, Hints()) if isinstance(item, Record)]
        if records:
            assert [(r.document.split("\n")[0], "mixed_encoding" in r.warnings) for r in records] == [("Café shut", True), ("Café open", False)]


def test_values_beyond_python_are_shown_as_text(read: Read) -> None:
    """A day in the year 200000 is a value that can't be understood, not a reason to lose the row."""
    table = pa.table({"title": ["Clock stops"], "text": ["At noon."], "seen": pa.array([6_250_000_000_000], pa.timestamp("s"))})
    (record,) = [item for item in read(write_parquet(table), Hints()) if isinstance(item, Record)]
    assert dict(record.extra)["seen"] == "6250000000000000"


def test_columns_of_one_name_are_both_kept(read: Read) -> None:
    """The second under a name of its own."""
    table = pa.Table.from_arrays([pa.array(["Owls"]), pa.array(["Nine."]), pa.array(["Eight."])], names=["title", "text", "text"])
    (record,) = [item for item in read(write_arrow(table), Hints()) if isinstance(item, Record)]
    assert record.document == "Owls\n\nNine."
    assert record.extra == (("text (2)", "Eight."),)


def test_a_table_without_text_is_refused(read: Read) -> None:
    """With the names of its columns."""
    for data in (write_parquet(pa.table({"a": [1]})), write_arrow(pa.table({"a": [1]}))):
        with pytest.raises(Reject, match=r"no column is known as .*found: a"):
            read(data, Hints())


def test_a_few_bytes_don_t_hold_a_year_of_rows(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """One text, a million times, in some kilobytes: told and ended."""
    monkeypatch.setattr("transforms.readers.grid.FREE", 1_000_000)
    table = pa.table({"title": pa.array(["Owls"] * 100_000).dictionary_encode(), "text": pa.array(["Nine owls." * 10] * 100_000)})
    data = write_parquet(table, compression="zstd")
    items = read(data, Hints())
    assert isinstance(items[-1], Damaged)
    assert items[-1].reason == "too_long"
    assert len(items) < 20_000


def test_a_parquet_file_is_read_in_parts() -> None:
    """Memory follows the row group, not the file."""
    seen: list[int] = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            seen.append(len(data))
            return data

    noise = [f"{n * 7919 % 100_003} " * 40 for n in range(20_000)]
    data = write_parquet(pa.table({"title": noise, "text": noise}), row_group_size=1000, compression="none", use_dictionary=False)
    count = sum(isinstance(item, Record) for item in arrow_rows.read_parquet(Watched(data), Hints()))
    assert count == 20_000
    assert max(seen) < len(data) // 8


@LAW
@given(st.sampled_from(sorted(WRITERS)), st.integers(0, 10**6), st.binary(min_size=1, max_size=60), st.booleans())
def test_damage_anywhere_is_an_answer(read: Read, name: str, at: int, noise: bytes, is_cut: bool) -> None:
    """Spans tile or the file is refused."""
    data = bytearray(WRITERS[name]())
    at %= len(data)
    data[at : at + len(noise)] = noise
    broken = bytes(data[:at] if is_cut else data)
    try:
        read(broken, Hints(name=name_of(bytes(data))))
    except Reject as no:
        assert no.detail


@LAW
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=60), st.booleans())
def test_damage_to_a_workbook_is_an_answer(read: Read, at: int, noise: bytes, is_cut: bool) -> None:
    """The library is written in Rust, and a fault in it must not end the run."""
    data = bytearray(write_book(A=ROWS))
    at %= len(data)
    data[at : at + len(noise)] = noise
    try:
        read(bytes(data[:at] if is_cut else data), Hints(name="a.xlsx", format="xlsx"))
    except Reject as no:
        assert no.detail


def test_feather_is_arrow(read: Read) -> None:
    """As data frames are kept."""
    out = io.BytesIO()
    feather.write_feather(TABLE, out)
    assert len([item for item in read(out.getvalue(), Hints(name="a.feather")) if isinstance(item, Record)]) == 7


OLD_BOOK = (Path(__file__).parents[2] / "golden/excel/old_book/input.xls").read_bytes()


@pytest.mark.parametrize(("at", "value", "message"), [
    (OLD_BOOK.index(bytes.fromhex("00020e00")) + 8, b"\xff\xff\xff\x7f", "spans 8,589,934,588 cells"),
    ((int.from_bytes(OLD_BOOK[76:80], "little") + 1) * 512, b"\0\0\0\0", "runs in a circle"),
    (30, b"\0\0", "sectors of no known size"), (48, b"\xff\xff\0\0", "names sector 65,535"),
])
def test_an_old_workbook_is_checked_before_it_is_followed(read: Read, at: int, value: bytes, message: str) -> None:
    """The library would go round in a circle, or ask for more memory than there is and end the process."""
    data = bytearray(OLD_BOOK)
    data[at : at + len(value)] = value
    with pytest.raises(Reject, match=message):
        read(bytes(data), Hints(name="a.xls"))
