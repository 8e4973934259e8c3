"""Wire and corpus formats: how they are told, what their items print, what is said of items that are damaged."""

from __future__ import annotations

import io
import tomllib
from collections import Counter
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from transforms.model import Damaged, Gap, Record
from transforms.outcome import Reject
from transforms.readers import window
from transforms.readers.compression import decompress, read_head
from transforms.readers.found import Hints
from transforms.readers.records import read_records
from transforms.readers.sniff import sniff
from transforms.readers.vocabulary import load_vocabulary
from transforms.readers.wire_transmission import load_categories, name_category

TABLE = tomllib.loads((Path(__file__).parents[2] / "cases" / "wire_formats.toml").read_text("utf-8"))
VOCABULARY = tomllib.loads(files("transforms.rules").joinpath("wire_vocabulary.toml").read_text("utf-8"))
CATEGORIES = tomllib.loads(files("transforms.rules").joinpath("wire_categories.toml").read_text("utf-8"))
SHARED = Path(__file__).parents[3] / "../shared/corpus"
COLUMNS = ("headline", "standfirst", "byline", "dateline", "body", "caption", "credit", "alt_text", "source_line")


@pytest.mark.parametrize("case", TABLE["head"], ids=lambda c: c["name"])
def test_head(case: dict[str, Any]) -> None:
    """Which format a file is in, or why it is refused."""
    if "reason" in case:
        with pytest.raises(Reject) as refused:
            sniff(case["text"].encode())
        assert refused.value.reason == case["reason"]
        assert "XML" in refused.value.detail
        return
    assert sniff(case["text"].encode()).format == case["format"]


@pytest.mark.parametrize("case", TABLE["item"], ids=lambda c: c["name"])
def test_item(case: dict[str, Any], read: Callable[..., list[Any]], texts: Callable[[Record], dict[str, str]]) -> None:
    """What one item prints; columns that the case does not name are not there."""
    items = read(case["text"].encode())
    (record,) = (item for item in items if not isinstance(item, Gap))
    assert isinstance(record, Record), record
    shown = texts(record)
    expected = {column: case[column].strip() for column in COLUMNS if column in case}
    assert {column: text for column, text in shown.items() if column in COLUMNS} == expected
    assert list(record.warnings) == case.get("warnings", [])
    for key, value in (("id", record.record_id), ("section", record.section)):
        assert key not in case or value == case[key]
    for pair in case.get("extra", []):
        assert tuple(pair) in record.extra


@pytest.mark.parametrize("name", VOCABULARY)
def test_vocabulary(name: str) -> None:
    """Each stanza's hit is a name of its format, its miss is none."""
    stanza, names = VOCABULARY[name], load_vocabulary(name)
    assert stanza["hit"] in names
    assert stanza["miss"] not in names
    assert len(names) > 20


def test_categories() -> None:
    """A letter of settled meaning is a desk, any other stays a letter."""
    stanza = CATEGORIES["category"]
    assert name_category(stanza["hit"]) == load_categories()[stanza["hit"]]
    assert name_category(stanza["miss"]) == stanza["miss"]


# ------------------------------------------------------------------ hostile XML
ENTITIES = (
    '<!DOCTYPE nitf [<!ENTITY x "y">]><nitf><body><body.content><p>&x;</p></body.content></body></nitf>',
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;</title></item></channel></rss>',
    '<!DOCTYPE NewsML [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><NewsML><NewsItem/></NewsML>',
    '<!DOCTYPE newsItem [ <!ENTITY % p SYSTEM "http://wire.example/p.dtd"> %p; ]><newsItem guid="x"/>',
)


@pytest.mark.parametrize("text", ENTITIES)
def test_entity_declarations_are_refused(text: str) -> None:
    """Before the first item, with the line."""
    found = sniff(text.encode())
    with pytest.raises(Reject, match="entit") as refused:
        list(read_records(io.BytesIO(text.encode()), found))
    assert refused.value.reason == "format"
    assert "line 1" in refused.value.detail


def test_entities_that_nobody_declares_stay_as_printed(read: Callable[..., list[Any]], records: Callable[..., list[Record]]) -> None:
    """No file is fetched for a document type, and its entities mean nothing."""
    text = '<!DOCTYPE nitf SYSTEM "http://wire.example/nitf.dtd"><nitf><body><body.content><p>A &harbour; b</p></body.content></body></nitf>'
    (record,) = records(read(text.encode()))
    assert record.document == "A &harbour; b"


@pytest.mark.parametrize("text", [
    "<rss><channel><item><title>" + "<b>" * 100_000 + "x</title></item><item><title>Ferry</title></item></channel></rss>",
    "<rss><channel><item><title>" + "&" * 500_000 + "</title></item><item><title>Ferry</title></item></channel></rss>",
    "<rss><channel><item><title>x</title>" + "<!--" * 100_000 + "</item><item><title>Ferry</title></item></channel></rss>",
    "<rss><channel><item " + "a='1' " * 100_000 + "><title>x</title></item><item><title>Ferry</title></item></channel></rss>",
    "<DOC><DOCNO>1</DOCNO>" + "".join(f"<A{n}>" for n in range(100_000)) + "</DOC><DOC><DOCNO>2</DOCNO><HL>Ferry</HL></DOC>",
    "<DOC><DOCNO>1</DOCNO>" + "<TEXT><BODY>" * 30_000 + "</DOC><DOC><DOCNO>2</DOCNO><HL>Ferry</HL></DOC>",
    '{"uri": "urn:1", "bodies": [{"value": "' + "<p>" * 100_000 + '"}]}\n{"uri": "urn:2", "headlines": [{"value": "Ferry"}]}',
    '{"uri": "urn:1", "headlines": ' + "[" * 50_000 + "]" * 50_000 + '}\n{"uri": "urn:2", "headlines": [{"value": "Ferry"}]}',
], ids=["elements", "ampersands", "comments", "attributes", "tags", "nested-text", "paragraphs", "arrays"])
def test_hostile_items_cost_no_neighbour(text: str, read: Callable[..., list[Any]], records: Callable[..., list[Record]]) -> None:
    """Each is read or set aside in time, and the next one is read."""
    found = records(read(text.encode()))
    assert found[-1].document == "Ferry"


def test_control_characters_that_xml_forbids_are_told(read: Callable[..., list[Any]], records: Callable[..., list[Record]]) -> None:
    """They are left out of the print, not the item with them."""
    (record,) = records(read(b"<rss><channel><item><title>Pier\x07 sh&#3;ut</title></item></channel></rss>"))
    assert record.document == "Pier shut"
    assert "control_chars" in record.warnings


# ------------------------------------------------------------------ damage
def test_an_item_that_is_not_closed_costs_no_neighbour(read: Callable[..., list[Any]]) -> None:
    """Damage says line and what to do; the items around it are read."""
    text = b"<rss><channel>\n<item><title>One</title></item>\n<item><title>Two</title>\n<item><title>Three</title></item>\n</item></channel></rss>"
    items = [item for item in read(text) if not isinstance(item, Gap)]
    assert [type(item).__name__ for item in items] == ["Record", "Damaged", "Record", "Damaged"]
    assert items[1].reason == "bad_markup"
    assert items[1].detail.startswith("line 3:")
    assert "no start tag" in items[3].detail


def test_an_item_above_the_limit_is_passed_without_keeping_it(read: Callable[..., list[Any]]) -> None:
    """Its neighbours are read, and its span is its own."""
    text = b"<DOC id='1'><TEXT>a</TEXT></DOC>\n<DOC id='2'><TEXT>" + b"word " * 1000 + b"</TEXT></DOC>\n<DOC id='3'><TEXT>c</TEXT></DOC>"
    items = [item for item in read(text, limit=400) if not isinstance(item, Gap)]
    assert [getattr(item, "reason", item.document if isinstance(item, Record) else "") for item in items] == ["a", "too_long", "c"]
    assert text[items[1].byte_start : items[1].byte_end].startswith(b"<DOC id='2'>")
    assert text[items[1].byte_start : items[1].byte_end].endswith(b"</DOC>")


def test_a_comment_hides_its_items(read: Callable[..., list[Any]], records: Callable[..., list[Record]]) -> None:
    """What is commented out is no record; CDATA may hold the tags of items."""
    text = b"<rss><channel><!-- <item><title>No</title></item> --><item><description><![CDATA[<p>A</p></item><p>tag</p>]]></description></item></channel></rss>"
    assert [record.document for record in records(read(text))] == ["A\n\ntag"]


def test_a_file_of_a_known_format_without_items_is_told(read: Callable[..., list[Any]]) -> None:
    """Nothing is dropped in silence."""
    (item,) = read(b"<NewsML><NewsEnvelope><DateAndTime>20260103</DateAndTime></NewsEnvelope></NewsML>")
    assert isinstance(item, Damaged)
    assert item.reason == "no_content"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252", "iso8859-2"])
def test_declared_encodings(encoding: str, read: Callable[..., list[Any]], records: Callable[..., list[Record]]) -> None:
    """Marks at the start, then strict UTF-8, then what the file declares."""
    name = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{name}"?><rss><channel><item><title>Pier in Öüáé shut</title></item></channel></rss>'
    (record,) = records(read(text.encode(encoding)))
    assert record.document == "Pier in Öüáé shut"


# ------------------------------------------------------------------ the corpora beside the repository
def read_file(path: Path) -> list[Any]:
    """All items of a file, checked to tile it."""
    with path.open("rb") as raw:
        stream, _ = decompress(raw)
        items = list(read_records(stream, sniff(read_head(stream), Hints(name=path.name))))
    at = 0
    for item in items:
        assert item.byte_start == at
        at = item.byte_end
    return items


def shared(folder: str) -> Path:
    """A folder of the corpus, or the test is skipped."""
    path = SHARED / folder
    if not path.is_dir():
        pytest.skip("the corpus does not lie beside the repository")
    return path


def test_reuters_as_first_distributed() -> None:
    """A file of a thousand stories: every one is there, and only white space lies between them."""
    items = read_file(shared("reuters21578") / "reut2-003.sgm.gz")
    assert Counter(type(item).__name__ for item in items if not isinstance(item, Gap)) == {"Record": 1000}
    assert {item.kind for item in items if isinstance(item, Gap)} == {"header", "blank"}
    assert [item.record_id for item in items if isinstance(item, Record)] == [str(n) for n in range(3001, 4001)]


def test_newsml_of_business_wire() -> None:
    """Each of the four releases is one record with headline, dateline and body."""
    for path in sorted(shared("formats/newsml").glob("*.xml")):
        (record,) = (item for item in read_file(path) if not isinstance(item, Gap))
        assert {"headline", "dateline", "body", "copyright"} <= {field.column for field in record.fields}


NO_TEXT = {"LISTING_24": 5, "LISTING_28": 1, "ap_metadata": 1}
"""Items of the listings in which nothing is printed."""


def test_listings_of_newsml_g2() -> None:
    """Every item of the specification's listings is a record, or says that it holds no text."""
    for path in sorted(shared("formats/newsml-g2").glob("*.xml")):
        items = [item for item in read_file(path) if not isinstance(item, Gap)]
        empty = next((count for name, count in NO_TEXT.items() if path.name.startswith(name)), 0)
        assert [item.reason for item in items if isinstance(item, Damaged)] == ["no_content"] * empty
        assert len(items) == (empty or 1)


def test_newsml_g2_is_read_as_the_library_of_its_makers_reads_it() -> None:
    """Guid and headline by the parser of the IPTC's community."""
    document = pytest.importorskip("NewsMLG2.document")
    for path in sorted(shared("formats/newsml-g2").glob("LISTING_*Item.xml")) + sorted(shared("formats/newsml-g2").glob("LISTING_[23]_*.xml")):
        item = document.NewsMLG2Document(filename_or_string=path.read_bytes()).get_item()
        (record,) = (item for item in read_file(path) if isinstance(item, Record))
        assert record.record_id == item.guid
        headline = " ".join(str(item.contentmeta.headline[0]).split())
        assert record.document.startswith(headline)


def test_ninjs_examples() -> None:
    """Forty files, one item each, none without text."""
    paths = sorted(shared("formats/ninjs").glob("*/*.json"))
    assert len(paths) == 40
    for path in paths:
        (record,) = (item for item in read_file(path) if not isinstance(item, Gap))
        assert isinstance(record, Record), (path, record)
        assert "unknown_field" not in record.warnings


def test_memory_follows_the_item(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed of many items never lies in the window whole."""
    largest = 0
    grow = window.Window.grow

    def measure(self: window.Window) -> bool:
        nonlocal largest
        grown = grow(self)
        largest = max(largest, len(self.buffer))
        return grown

    monkeypatch.setattr(window.Window, "grow", measure)
    item = b"<item><title>Pier shut</title><description>" + b"It is. " * 200 + b"</description></item>\n"
    text = b"<rss><channel>\n" + item * 3000 + b"</channel></rss>"
    stream, _ = decompress(io.BytesIO(text))
    found = sniff(read_head(stream))
    assert sum(isinstance(one, Record) for one in read_records(stream, found)) == 3000
    assert largest < 800_000 < len(text)
