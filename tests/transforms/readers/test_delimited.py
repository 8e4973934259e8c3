"""Rows: what is read, what is set aside, and that one bad row costs one row."""

from __future__ import annotations

import io
import json
import tomllib
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from transforms.model import Damaged, Gap, Record
from transforms.outcome import Reject
from transforms.readers.found import Found, Hints
from transforms.readers.records import read_cells, read_records
from transforms.readers.sniff import sniff

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "delimited.toml").read_text("utf-8"))["case"]
SPECTRUM = Path(__file__).parents[3] / "../shared/corpus/formats/csv-spectrum"
COMMAS = Found("delimited", "utf-8", 1.0, ",")
Read = Callable[..., list[Any]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
def test_rows(case: dict[str, Any], end: str, read: Read) -> None:
    """Records, damage and warnings, whatever the line ends are."""
    text = f"{case.get('header', 'id,title,text')}\n{case['given'].removeprefix(chr(10)) if 'blank' not in case['name'] else case['given']}"
    items = read(text.replace("\n", end).encode(), Hints(format="csv"))
    found = [i for i in items if isinstance(i, Record)]
    assert [[r.record_id or "", r.document.replace(end, "\n").replace("\n\n", " / ")] for r in found] == case["rows"]
    assert [i.reason for i in items if isinstance(i, Damaged)] == case["damaged"]
    assert sorted({w for r in found for w in r.warnings}) == case.get("warnings", [])


@pytest.mark.parametrize("path", sorted(SPECTRUM.glob("csvs/*.csv")) or [None], ids=lambda p: p.stem if p else "absent")
def test_csv_spectrum(path: Path | None, cells: Callable[..., list[list[str]]]) -> None:
    """Every file of a published collection of corner cases."""
    if path is None:
        pytest.skip("shared/corpus/formats/csv-spectrum is not beside the repository")
    truth = json.loads((SPECTRUM / "json" / f"{path.stem}.json").read_text("utf-8"))
    rows = cells(path.read_bytes(), Hints(name=path.name))
    if isinstance(truth, list):  # the truth of location_coordinates is of another file
        assert [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] == truth
    else:
        assert len(rows) == 2


def test_a_header_of_unknown_names_is_refused_with_the_names(read: Read) -> None:
    """The message says what was found and what to do."""
    with pytest.raises(Reject, match="shares, likes") as refused:
        read(b"shares,likes\n1,2\n", Hints(name="a.csv"))
    assert "profile" in refused.value.detail


def test_no_header_is_refused_unless_columns_are_named_by_position(read: Read, texts: Callable[[Record], dict[str, str]]) -> None:
    """Data in the first row is never taken for names."""
    data = b"1,Pier shut.,It is.\n2,Wall holds.,It does.\n"
    with pytest.raises(Reject, match="no header"):
        read(data, Hints(name="a.csv"))
    items = read(data, Hints(name="a.csv", columns={"1": "record_id", "2": "headline", "3": "body"}))
    assert [texts(r) for r in items if isinstance(r, Record)] == [
        {"headline": "Pier shut.", "body": "It is."}, {"headline": "Wall holds.", "body": "It does."},
    ]
    assert [r.record_id for r in items if isinstance(r, Record)] == ["1", "2"]


def test_columns_given_go_before_columns_known(read: Read, texts: Callable[[Record], dict[str, str]]) -> None:
    """A profile may overrule the table; what is no longer a headline is kept."""
    (_, record) = read(b"title,kop,tekst\nweb title,Pier shut,It is.\n", Hints(format="csv", columns={"Kop": "headline", "tekst": "body"}))
    assert texts(record) == {"headline": "Pier shut", "body": "It is."}
    assert record.extra == (("title", "web title"),)


def test_columns_given_must_be_ours(read: Read) -> None:
    """A slip in a profile is told with what is known."""
    with pytest.raises(Reject, match="known are document, headline"):
        read(b"kop\nPier\n", Hints(format="csv", columns={"kop": "heading"}))


def test_two_columns_for_one_place_lose_nothing(read: Read, texts: Callable[[Record], dict[str, str]]) -> None:
    """The first with something in it is printed, the other kept beside."""
    items = read(b"title,text,content\nPier,short,long\nWall,,only\n", Hints(format="csv"))
    first, second = (i for i in items if isinstance(i, Record))
    assert (texts(first)["body"], first.extra) == ("short", (("content", "long"),))
    assert (texts(second)["body"], second.extra) == ("only", ())


def test_the_dateline_stands_on_top_of_the_body(read: Read) -> None:
    """A picture's lines stand above both."""
    (_, record) = read(b"text,dateline,credit,caption,title\nIt is.,PORTMERE,Ann Roe,The pier.,Pier\n", Hints(format="csv"))
    assert [f.column for f in record.fields] == ["headline", "caption", "credit", "dateline", "body"]
    assert record.document == "Pier\n\nThe pier.\n\nAnn Roe\n\nPORTMERE\n\nIt is."


class Endless(io.RawIOBase):
    """A header, then one line of so many bytes, made as it is read."""

    def __init__(self, size: int, around: bytes = b"") -> None:
        super().__init__()
        self._parts: Iterator[bytes] = iter([b"id,title,text\n1,Pier,Shut\n2," + around, *[b"x" * 100_000] * (size // 100_000), around + b",z\n3,Wall,Holds\n"])
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._rest = self._rest or next(self._parts, b"")
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


@pytest.mark.parametrize("around", [b"", b'"'], ids=["plain", "quoted"])
def test_a_line_of_50_megabytes_is_set_aside_in_little_memory(around: bytes) -> None:
    """Neighbours live, memory stays below a few times the limit."""
    tracemalloc.start()
    items: list[Any] = list(read_records(io.BufferedReader(Endless(50_000_000, around)), COMMAS, limit=2_000_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [type(i) for i in items] == [Gap, Record, Damaged, Record]
    assert items[2].reason == "too_long"
    assert items[3].record_id == "3"
    assert items[3].line == 4
    assert items[2].byte_end - items[2].byte_start > 50_000_000
    assert peak < 20_000_000


def test_a_quote_open_for_megabytes_costs_its_own_row_only(read: Read) -> None:
    """Rows without quotes below it would all be swallowed until the end of the file."""
    rows = b"".join(b"%d,Pier %d,It is shut at %d.\n" % (n, n, n) for n in range(60_000))
    items = read(b'id,title,text\n0,Wall,Holds\n1,"Ferry,red,late\n' + rows, Hints(format="csv"))
    assert [(i.number, i.reason) for i in items if isinstance(i, Damaged)] == [(2, "unclosed_quote")]
    assert len(items) == 1 + 2 + 60_000


def test_a_quote_open_near_the_end_is_no_hang(read: Read) -> None:
    """Every line is a damaged row; each is looked at a bounded number of times."""
    items = read(b"id,title,text\n" + b'1,"a\n' * 100_000, Hints(format="csv"))
    assert all(i.reason == "unclosed_quote" for i in items if isinstance(i, Damaged))


def test_wide_rows(read: Read) -> None:
    """Rows wider than the fast pattern's groups."""
    names = ["title", *(f"c{n}" for n in range(2_000))]
    data = f"{','.join(names)}\nPier{',1' * 2_000}\nWall,2\n\"Tram, red\"{',3' * 2_000}\n".encode()
    items = read(data, Hints(format="csv"))
    assert [r.document for r in items if isinstance(r, Record)] == ["Pier", "Tram, red"]
    assert [d.reason for d in items if isinstance(d, Damaged)] == ["field_count"]
    assert len(items[1].extra) == 2_000


def test_damage_names_the_byte_of_the_file(read: Read) -> None:
    """Also behind UTF-16's mark, where characters take two bytes."""
    data = "id,title\n1,Pier\n2,Wa\0ll\n".encode("utf-16")
    items = read(data, Hints(format="csv"))
    place = int(items[-1].detail.split()[3].rstrip(";"))
    assert data[place : place + 2] == b"\0\0"
    bad = b"id,title\n1,Caf\xc3\xa9 \xe2\x82 x\n"
    items = read(bad, Hints(format="csv"))
    assert items[-1].reason == "decode"
    assert f"byte {bad.index(bytes([0xE2]))} " in items[-1].detail


def test_cells_of_rows_of_any_width() -> None:
    """Nothing is set aside when rows are only shown."""
    data = b'a,b\n1\n\n1,2,3\n"x\n'
    found = sniff(data, Hints(name="a.csv"))
    assert list(read_cells(io.BytesIO(data), found)) == [["a", "b"], ["1"], ["1", "2", "3"], ['"x']]


TABLES = """id,title,text
1,Pier,Shut.
2,Wall,Holds.
{between}ref,Überschrift,Autor,Text
7,Fähre,Ann Roe,Fährt.
8,Tram,Bo Dahl,Steht.
"""


@pytest.mark.parametrize("between", ["", "\n", ",,\n"], ids=["at once", "blank line", "row of delimiters"])
def test_a_second_table_is_read_by_its_own_header(between: str, read: Read, texts: Callable[[Record], dict[str, str]]) -> None:
    """Its columns are others, in another order."""
    items = read(TABLES.format(between=between).encode(), Hints(name="a.csv"))
    assert [texts(i) for i in items if isinstance(i, Record)] == [
        {"headline": "Pier", "body": "Shut."}, {"headline": "Wall", "body": "Holds."},
        {"headline": "Fähre", "byline": "Ann Roe", "body": "Fährt."}, {"headline": "Tram", "byline": "Bo Dahl", "body": "Steht."},
    ]
    assert [i.kind for i in items if isinstance(i, Gap)] == ["header", *(["blank"] if between else []), "header"]


def test_a_second_table_of_the_same_width_below_a_blank_line(read: Read, texts: Callable[[Record], dict[str, str]]) -> None:
    """The same columns in another order."""
    items = read(b"id,title,text\n1,Pier,Shut.\n2,Wall,Holds.\n\ntext,title,id\nRuns.,Ferry,3\n", Hints(name="a.csv"))
    assert [texts(i)["headline"] for i in items if isinstance(i, Record)] == ["Pier", "Wall", "Ferry"]


def test_lines_above_the_table_are_a_gap(read: Read) -> None:
    """With delimiters or without, as long as a header stands below them."""
    rows = b"id,title,text\n" + b"".join(b"%d,Pier %d,Shut.\n" % (n, n) for n in range(5))
    for top in (b"Export of the harbour desk\n\n", b"Export of the harbour desk,,\n,,\n", b"Source:,desk\nDay:,Monday\n\n", b"Export of the desk\n"):
        items = read(top + rows, Hints(name="a.csv"))
        assert [(i.kind, i.byte_end) for i in items if isinstance(i, Gap)] == [("preamble", len(top)), ("header", len(top) + 14)]
        assert sum(isinstance(i, Record) for i in items) == 5


def test_a_header_of_two_rows_names_columns_by_either(read: Read, texts: Callable[[Record], dict[str, str]]) -> None:
    """The joined name, or that of the lower row."""
    data = b"Article,,,Picture\nTitle,Text,Words,Caption\n" + b"".join(b"Pier %d,Shut.,%d,The pier.\n" % (n, n) for n in range(4))
    items = read(data, Hints(name="a.csv"))
    assert [i.kind for i in items if isinstance(i, Gap)] == ["header", "header"]
    first = next(i for i in items if isinstance(i, Record))
    assert texts(first) == {"headline": "Pier 0", "body": "Shut.", "caption": "The pier."}
    assert first.extra == (("Words", "0"),)


ROWS = "id,date,title,words,text\n" + "".join(f"{100 + n},2024-01-{10 + n},Pier {'abcdefghij'[n]},{20 + n},It is shut.\n" for n in range(10))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("200,2024-02-01,,Wall,77,It held.\n", "77"),
        ("200,2024-02-01,Wall,77It held.\n", "77"),
        ("2002024-02-01,Wall,77,It held.\n", "77"),
        ("200;2024-02-01;Wall;77;It held.\n", "77"),
        ("200,2024-02-01,Wall,77,It held.,,\n", "77"),
    ],
)
def test_a_ragged_row_is_put_in_its_columns_where_they_leave_no_doubt(row: str, words: str, read: Read) -> None:
    """It is kept with a warning; its neighbours are as they were."""
    items = read((ROWS + row + "300,2024-03-01,Tram,80,It stands.\n").encode(), Hints(name="a.csv"))
    found = {i.record_id: i for i in items if isinstance(i, Record)}
    assert len(found) == 12
    assert found["200"].document == "Wall\n\nIt held."
    assert dict(found["200"].extra)["words"] == words
    assert found["200"].warnings in (("realigned",), ("trailing_cells",))
    assert not found["300"].warnings


@pytest.mark.parametrize("row", ["200,Wall,It held.\n", "200,2024-02-01,Wall,It held.\n", "200,Wall,red,2024-02-01,77,It held.\n", "no row at all\n"])
def test_a_ragged_row_that_fits_in_several_ways_or_none_is_set_aside_whole(row: str, read: Read) -> None:
    """No cell is guessed."""
    items = read((ROWS + row + "300,2024-03-01,Tram,80,It stands.\n").encode(), Hints(name="a.csv"))
    assert [(i.reason, i.raw) for i in items if isinstance(i, Damaged)] == [("field_count", row)]
    assert sum(isinstance(i, Record) for i in items) == 11


def test_a_delimiter_that_is_part_of_a_text_without_quotes(read: Read) -> None:
    """The columns beside it hold it together."""
    items = read((ROWS + "200,2024-02-01,Wall, old and wet,77,It held.\n").encode(), Hints(name="a.csv"))
    (last,) = (i for i in items if isinstance(i, Record) and i.record_id == "200")
    assert (last.document, last.warnings) == ("Wall, old and wet\n\nIt held.", ("realigned",))


@pytest.mark.parametrize("header", ["id;date;title;words;text", "id date title words text", "id,date,title,,words,text", 'id,date,title,words"text"'])
def test_a_header_that_is_not_divided_as_its_rows_are(header: str, read: Read) -> None:
    """It is mended where its names leave one way only."""
    items = read((header + ROWS[ROWS.index("\n") :]).encode(), Hints(name="a.csv"))
    records = [i for i in items if isinstance(i, Record)]
    assert [r.record_id for r in records] == [str(100 + n) for n in range(10)]
    assert records[0].extra == (("words", "20"),)


def test_a_header_that_lost_a_delimiter_between_two_words_loses_no_row(read: Read) -> None:
    """Where the cut was can't be told: every row is set aside whole, and says why."""
    items = read((ROWS.replace("date,title", "datetitle", 1)).encode(), Hints(name="a.csv"))
    assert {i.reason for i in items if isinstance(i, Damaged)} == {"field_count"}
    assert sum(isinstance(i, Damaged) for i in items) == 10


@pytest.mark.parametrize("chunk", [1, 100, 1_000])
def test_a_second_table_is_found_however_little_is_read_at_a_time(chunk: int, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in sight does not decide."""
    data = TABLES.format(between="\n").encode() * 30
    whole = read(data, Hints(name="a.csv"))
    monkeypatch.setattr("transforms.readers.window.CHUNK", chunk)
    assert read(data, Hints(name="a.csv")) == whole
