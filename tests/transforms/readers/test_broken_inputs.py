"""What broken inputs have broken (bench/fuzz.py), each in small: mended, and told in words where it can't be read."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pyarrow.feather as feather
import pytest

from transforms.model import Damaged, Record
from transforms.outcome import Reject
from transforms.readers import window
from transforms.readers.found import Found, Hints
from transforms.readers.html import take_page
from transforms.readers.records import read_records
from transforms.readers.workbook_weight import weigh_workbook

Read = Callable[..., list[object]]

LATE = "It was an hour late again, said the harbour, which has counted nine such days since the first of May, and it will be late on Tuesday too."


def pack(**members: str) -> io.BytesIO:
    """A zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        for name, text in members.items():
            box.writestr(name.replace("__", "/").replace("_", "."), text)
    out.seek(0)
    return out


def test_an_address_that_is_none_does_not_cost_its_page() -> None:
    """A bracket makes the standard library refuse it."""
    page = take_page(b"<html><title>Ferry late</title><p>The boat left at noon, an hour late.", url="http://[harbour.example/ferry", encoding=None, served=None)
    assert "The boat left" in page.record.document


def test_a_day_beside_a_zone_that_is_none_does_not_cost_its_page() -> None:
    """No place on earth is thirty hours ahead."""
    text = b'<html><title>Ferry late</title><div class="postdate">2024-05-01T10:00:00+3000</div><p>The boat left at noon, an hour late.'
    page = take_page(text, url=None, encoding=None, served=None)
    assert "The boat left" in page.record.document


def test_items_that_are_never_closed_are_looked_through_once(read: Read) -> None:
    """Each would else be sought to the end of the file: 4,000 of them took seven seconds."""
    lost = b"<NewsItem><NewsIdentifier/>" * 20_000
    whole = b"<NewsItem><NewsComponent><NewsLines><HeadLine>Ferry late</HeadLine></NewsLines></NewsComponent></NewsItem>"
    started = time.process_time()
    items = read(b'<?xml version="1.0"?><NewsML>' + lost + whole + b"</NewsML>", Hints(name="a.xml", format="newsml-1"))
    assert time.process_time() - started < 5
    assert sum(isinstance(item, Record) and "Ferry late" in item.document for item in items) == 1


def test_a_name_space_with_a_character_that_is_none(read: Read) -> None:
    """The binding is mended as the text is: its elements keep their names."""
    feed = """<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/&#xD800;elements/1.1/"><channel><title>Harbour</title>
<item><title>Ferry late</title><dc:creator>Ann Roe</dc:creator><description>It left at noon.</description></item></channel></rss>"""
    (record,) = [item for item in read(feed.encode(), Hints(name="a.rss")) if isinstance(item, Record)]
    assert "Ferry late" in record.document
    assert "Ann Roe" in record.document


def test_an_element_whose_name_is_none(read: Read) -> None:
    """What stands in it is read as if it had none."""
    feed = """<?xml version="1.0"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Harbour</title>
<item><title>Ferry late</title><description>It left <media:>at noon</media:>, an hour late.</description></item></channel></rss>"""
    (record,) = [item for item in read(feed.encode(), Hints(name="a.rss")) if isinstance(item, Record)]
    assert "It left" in record.document
    assert "at noon" in record.document


@pytest.mark.parametrize("kind", [pa.timestamp("us", "UTG"), pa.struct([("at", pa.timestamp("s", "Nowhere/Town"))])])
def test_times_of_a_zone_that_nobody_knows(read: Read, kind: pa.DataType) -> None:
    """They are stored in UTC, and shown so; within a structure their rows are set aside."""
    times = pa.array([0, 1], pa.int64()).cast(pa.timestamp("us", "UTG")) if pa.types.is_timestamp(kind) else pa.array([{"at": 0}, {"at": 1}], kind)
    out = io.BytesIO()
    feather.write_feather(pa.table({"title": ["Ferry late", "Pier shut"], "text": ["At noon.", "Since May."], "seen": times}), out, compression="uncompressed")
    items = read(out.getvalue(), Hints(name="a.feather"))
    records = [item for item in items if isinstance(item, Record)]
    if pa.types.is_timestamp(kind):
        assert [dict(record.extra)["seen"] for record in records] == ["1970-01-01T00:00:00+00:00", "1970-01-01T00:00:00.000001+00:00"]
    else:
        assert [item.reason for item in items if isinstance(item, Damaged)] == ["format"]


@pytest.mark.parametrize("cell", ["A2147483648", "ABCDEFGH7", "A99999999999999999999"])
def test_a_cell_beyond_every_sheet_is_refused_before_it_is_loaded(cell: str) -> None:
    """The library would ask for hundreds of gigabytes, and the process would end."""
    sheet = f'<worksheet><sheetData><row r="1"><c r="A1"/><c r="{cell}" t="n"><v>1</v></c></row></sheetData></worksheet>'
    with pytest.raises(Reject, match="more than 20,000,000"):
        weigh_workbook(pack(xl__worksheets__sheet1_xml=sheet))


@pytest.mark.parametrize("end", ["", "</office:body>", "<"])
def test_a_sheet_that_is_never_closed_is_refused(end: str) -> None:
    """The library waits for its end for ever."""
    with pytest.raises(Reject, match="is not well-formed"):
        weigh_workbook(pack(content_xml=f"<office:body><table:table><table:table-row><table:table-cell/></table:table-row>{end}"))


def test_a_sheet_in_an_encoding_that_nobody_knows() -> None:
    """It is refused in words; UTF-99 is none."""
    with pytest.raises(Reject, match="unknown encoding"):
        weigh_workbook(pack(content_xml='<?xml version="1.0" encoding="UTF-99"?><office:body><table:table/></office:body>'))


@pytest.mark.parametrize("stray", ["\x04", "\x0b", "&#xD800;", "&#11;", "\ufffe", "&#99999999;"])
def test_characters_that_no_tree_can_hold_are_left_out_and_told(stray: str) -> None:
    """Behind an element that is dropped, too: there its neighbour's text would be joined to them."""
    page = f"<html><title>Ferry late</title><h1>Ferry late</h1><p>The boat left <script>x()</script>{stray}at noon. {LATE}</p>".encode()
    record = take_page(page, url=None, encoding=None, served=None).record
    assert "The boat left at noon." in record.document
    assert "control_chars" in record.warnings


def test_half_a_character_in_the_data_of_a_page() -> None:
    """What is whole beside it is kept."""
    story = r'{"@type": "NewsArticle", "headline": "Ferry \ud800late \ud83d\ude00", "articleBody": "The boat left at noon, an hour late."}'
    record = take_page(f'<html><script type="application/ld+json">{story}</script><p>Menu'.encode(), url=None, encoding=None, served=None).record
    assert record.document.startswith("Ferry late \U0001f600")


@pytest.mark.parametrize("page", [f"\ufeff<h1>Ferry late</h1><p>{LATE}</p>".encode() + b"\xff", f"<h1>Ferry late</h1><p>{LATE}</p>".encode() + b"\xff"])
def test_a_byte_that_is_no_character_is_told(page: bytes) -> None:
    """Whatever told the encoding."""
    assert "decode_replaced" in take_page(page, url=None, encoding="utf-8", served=None).record.warnings


def test_a_number_under_a_key_that_comes_again_is_kept_as_printed(read: Read) -> None:
    """The first of the two is kept under the key and its count."""
    (record,) = [item for item in read(b'{"title": "Pier", "text": "Shut.", "score": 1.50, "score": 2.50}\n', Hints(name="a.jsonl")) if isinstance(item, Record)]
    assert dict(record.extra) == {"score": "2.50", "score (1)": "1.50"}
    assert record.warnings == ("repeated_key",)


@pytest.mark.parametrize("chunk", [1, 2, 3, 50])
@pytest.mark.parametrize("tail", [b'\0"\0"', b'"\\', b'"ab\\"', b'"a\nb"', b'"\\\n"'])
def test_a_string_among_objects_ends_where_it_ends_however_little_is_read(tail: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The buffer may end within it."""
    found = Found("json", "utf-8", 1.0)
    data = b'[{"title": "Pier", "text": "Shut."}, ' + tail
    whole = list(read_records(io.BytesIO(data), found))
    monkeypatch.setattr(window, "CHUNK", chunk)
    assert list(read_records(io.BytesIO(data), found)) == whole


@pytest.mark.parametrize("chunk", [1, 7, 64, 1 << 18])
@pytest.mark.parametrize("form", ["json", "ninjs"])
def test_an_object_that_is_never_closed_costs_no_sibling_however_little_is_read(form: str, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its line may have begun in what has left the buffer."""
    stories = [f'  {{"uri": "urn:x:{n}", "type": "text", "headline": "Ferry {n}", "title": "Ferry {n}", "body_text": "Late {n}.", "text": "Late {n}."}}' for n in range(5)]
    stories[2] = stories[2][:-1]
    monkeypatch.setattr(window, "CHUNK", chunk)
    items = list(read_records(io.BytesIO(("[\n" + ",\n".join(stories) + "\n]\n").encode()), Found(form, "utf-8", 1.0)))
    assert [item.document.partition("\n")[0] for item in items if isinstance(item, Record)] == ["Ferry 0", "Ferry 1", "Ferry 3", "Ferry 4"]
    assert [item.number for item in items if isinstance(item, Damaged)] == [3]
