"""Database exports: goldens, the sample files, what they say they hold, and that no cut or stray byte costs more than its own document."""

from __future__ import annotations

import io
import json
import os
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.dates import parse_published
from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reason, Reject
from transforms.readers import docx_paragraphs, window
from transforms.readers.columns import Spot
from transforms.readers.compression import decompress, read_head
from transforms.readers.export_dates import is_day
from transforms.readers.export_fields import Entry, find_key, lay_out_entries, load_keys, read_language
from transforms.readers.found import Found, Hints
from transforms.readers.nexis_words import load_words, read_marker
from transforms.readers.records import read_records
from transforms.readers.sniff import sniff

TESTS = Path(__file__).parents[2]
SHARED = TESTS.parent / "../shared/corpus/formats"
FOLDERS = ("nexis", "factiva", "proquest", "rtf", "docx")
GOLDEN = sorted(path for folder in FOLDERS for path in (TESTS / "golden" / folder).glob("*/input.*"))
CASES = tomllib.loads((TESTS / "cases" / "exports.toml").read_text("utf-8"))
TABLES = ("nexis_keys", "factiva_keys", "proquest_keys")
FORMATS = ("nexis", "factiva", "factiva-html", "factiva-xml", "proquest", "rtf", "docx")
LAW = settings(derandomize=True, deadline=None, max_examples=250)
Read = Callable[..., list[Item]]


def show_item(item: Item) -> dict[str, object]:
    """An item as JSON, without what is empty; the fields of a record with their text in place of its document."""
    shown = {key: value for key, value in item._asdict().items() if value not in (None, (), "")}
    if isinstance(item, Record) and item.fields:
        shown["fields"] = [[f.column, item.document[f.start : f.end]] for f in item.fields]
        del shown["document"]
    return {"item": type(item).__name__, **shown}


def count_declared(items: list[Item]) -> int | None:
    """Documents that a file says it holds."""
    said = [item.declared for item in items if isinstance(item, Gap) and item.declared is not None]
    return sum(said) if said else None


def count_records(items: list[Item]) -> int:
    """Records, damaged ones too."""
    return sum(not isinstance(item, Gap) for item in items)


# ------------------------------------------------------------------ what is read
@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: f"{p.parent.parent.name}:{p.parent.name}")
def test_golden(path: Path, read: Read) -> None:
    """After a change that is meant: UPDATE_GOLDEN=1, then read the diff."""
    hints = Hints(name=path.name)
    with path.open("rb") as raw:
        found = sniff(read_head(decompress(raw)[0]), hints)
    got = {"format": found.format, "encoding": found.encoding, "items": [show_item(item) for item in read(path.read_bytes(), hints)]}
    expected = path.with_name("expected.json")
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(json.dumps(got, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert json.loads(json.dumps(got)) == json.loads(expected.read_text("utf-8"))


def test_every_folder_has_goldens() -> None:
    """An empty folder would let the test above pass on nothing."""
    assert {path.parent.parent.name for path in GOLDEN} == set(FOLDERS)


@pytest.mark.parametrize(("name", "form", "records", "declared"), [
    ("nexis/sample.TXT", "nexis", 10, 10), ("factiva/factiva_test.html", "factiva-html", 2, None), ("factiva/factiva_test.xml", "factiva-xml", 3, 3),
    ("factiva/reut21578-factiva.xml", "factiva-xml", 19, 20),
])
def test_sample_files_are_read_whole(name: str, form: str, records: int, declared: int | None, read: Read) -> None:
    """As many records as their READMEs say; one of them says itself that it holds one more."""
    path = SHARED / name
    if not path.exists():
        pytest.skip("the samples of ../shared/corpus/formats are not here")
    data = path.read_bytes()
    assert sniff(data[:262_144], Hints(name=path.name)).format == form
    items = read(data, Hints(name=path.name))
    found = [item for item in items if isinstance(item, Record)]
    assert (len(found), count_records(items), count_declared(items)) == (records, records, declared)
    for record in found:
        assert {"headline", "body", "copyright"} <= {field.column for field in record.fields} | {"copyright"}
        assert record.source and parse_published(record.published_at, language=record.language).at
    if form == "nexis":
        assert sum("byline" in {field.column for field in record.fields} for record in found) == 9


@pytest.mark.parametrize("case", CASES["head"], ids=lambda c: c["name"])
def test_lines_of_a_document_become_fields(case: dict[str, Any], read: Read) -> None:
    """Documents of one block each, in the layouts that other readers have lost text or names of."""
    items = read(case["text"].encode(case.get("encoding", "utf-8")), Hints(format=case["format"]))
    records = [item for item in items if isinstance(item, Record)]
    assert len(records) == case.get("records", 1)
    texts = {field.column: records[0].document[field.start : field.end] for field in records[0].fields}
    beside = {name: getattr(records[0], name) for name in ("record_id", "published_at", "source", "section", "language", "url")}
    for name, value in case["fields"].items():
        assert {**texts, **beside}.get(name) == (value or None), name
    for name, value in case.get("extra", {}).items():
        assert dict(records[0].extra).get(name) == value
    assert list(records[0].warnings) == case.get("warnings", [])


@pytest.mark.parametrize("case", CASES["day"], ids=lambda c: c["text"])
def test_days_are_told_from_other_lines(case: dict[str, Any]) -> None:
    """The day of a document stands in a line of its own."""
    assert is_day(case["text"]) == case["is_day"]


@pytest.mark.parametrize(("line", "marker"), [
    ("                    FOCUS - 3 of 1,204 DOCUMENTS", (3, 1204)), ("1 OF 1 DOCUMENT", None), ("1 of 1 DOCUMENT", (1, 1)), ("     Document 3 de 9  ", (3, 9)),
    ("                  2 von 9 DOKUMENTEN", (2, 9)), ("      Documento 2 di 7", (2, 7)), ("Dokument 2 von 7", None), ("      Document 3 of 9 pages", None),
])
def test_lines_that_number_documents(line: str, marker: tuple[int, int] | None) -> None:
    """In capitals anywhere, else only where they are set in the middle."""
    assert read_marker(line) == marker


def test_an_export_that_ends_in_its_cover_holds_a_cut_document(read: Read) -> None:
    """Nothing of it passes for a story."""
    data = (TESTS / "golden/nexis/uni/input.txt").read_bytes()
    cut = data[: data.index(b"End of Document") - 20]
    kinds = [(item.kind if isinstance(item, Gap) else type(item).__name__) for item in read(cut, Hints(format="nexis"))]
    assert [kind for kind in kinds if kind != "blank"] == ["bom", "cover", "contents", "Damaged"]


def test_a_document_that_ends_abruptly_says_so(read: Read) -> None:
    """The last one of an export, where all others have fields below their text."""
    data = (TESTS / "golden/nexis/fewer_than_declared/input.txt").read_bytes()
    records = [item for item in read(data[: data.rindex(b"LANGUAGE")]) if isinstance(item, Record)]
    assert [record.warnings for record in records] == [(), (), ("ends_abruptly",)]


def test_a_page_of_factiva_without_documents_is_damaged(read: Read) -> None:
    """A page with a title and no article, and one that only speaks of Factiva."""
    page = b"<html><head><title>Factiva</title></head><body><p>Please sign in.</p></body></html>"
    (item,) = [item for item in read(page) if not isinstance(item, Gap)]
    assert isinstance(item, Damaged) and item.reason == Reason.NO_CONTENT
    assert sniff(b"<html><head><title>Factiva, Inc. sold</title></head><body><p>Factiva, Inc. was sold.</p></body></html>").format == "html"


# ------------------------------------------------------------------ tables
@pytest.mark.parametrize(("table", "name"), [(t, n) for t in TABLES for n in tomllib.loads(files("transforms.rules").joinpath(f"{t}.toml").read_text("utf-8"))])
def test_each_stanza_of_keys_proves_itself(table: str, name: str) -> None:
    """`hit` is one of its names, `miss` is none of the table's."""
    stanza = tomllib.loads(files("transforms.rules").joinpath(f"{table}.toml").read_text("utf-8"))[name]
    hit = find_key(table, stanza["hit"])
    assert hit is not None and hit.column == stanza["column"]
    assert find_key(table, stanza["miss"]) is None
    assert load_keys(table)


WORDS = {"end": "end", "request": "request", "opening": "opening", "cover": "cover", "count": "counted", "sections": "sections", "rights": "rights"}


@pytest.mark.parametrize("name", WORDS)
def test_each_stanza_of_words_proves_itself(name: str) -> None:
    """A line that it matches and one that it does not."""
    stanza = tomllib.loads(files("transforms.rules").joinpath("nexis_words.toml").read_text("utf-8"))[name]
    pattern = getattr(load_words(), WORDS[name])
    match = pattern.fullmatch if name in ("end", "count", "sections") else pattern.match
    assert match(stanza["hit"]) and not match(stanza["miss"])


def test_languages_are_named_once() -> None:
    """In their own words and in those of the interfaces."""
    names = ["ENGLISH", "German; Deutsch", "Français", "Dutch / Nederlands", "zh-cn", "Klingon"]
    assert [read_language(name) for name in names] == ["en", "de", "fr", "nl", "zh", None]


def test_a_second_value_for_a_column_is_kept() -> None:
    """Two bylines: the first is printed, the second kept under its key."""
    entries = [Entry("headline", "HD", "Pier shut"), Entry("byline", "BYLINE", "Jane Roe"), Entry("byline", "AUTHOR", "John Doe"), Entry("", "QX", "1", True)]
    record = lay_out_entries(entries, Spot(1, 0, 9, 1))
    assert record is not None
    assert record.extra == (("AUTHOR", "John Doe"), ("QX", "1"), ("unknown_field", "QX"))
    assert record.warnings == ("unknown_field",)
    assert lay_out_entries([Entry("byline", "BY", "Jane Roe")], Spot(1, 0, 9, 1)) is None


# ------------------------------------------------------------------ laws
PIECES = st.sampled_from([
    b"\n", b"\r\n", b"\r", b"\n\n", b" ", b"\t", b"\xc2\xa0", b"\xe9", b"\xc3\xa9", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"                    ",
    b"                    1 of 3 DOCUMENTS\n", b"                    Dokument 2 von 3\n", b"2 of 3 DOCUMENTS", b"Pier shut\n", b"March 5, 2018\n",
    b"                    The Example Post\n", b"LENGTH: 5 words\n", b"BYLINE: Jane Roe\n", b"HIGHLIGHT:\n", b"TEXT:\n", b"WEATHER: fair\n", b"LOAD-DATE: May 5\n",
    b"LANGUAGE: ENGLISH\n", b"GRAPHIC: A pier\n", b"Copyright 2018 X\n", b"Download Request: 1-2\n", b"End of Document\n", b"Body\n", b"Documents (2)\n",
    b"Date and Time: now\n", b"1. Pier shut\n", b"Classification\n", b"Graphic\n", b"Length:\xc2\xa05 words\n", b"Load-Date:\xc2\xa0May 5\n", b"HD  Pier shut\n", b"LP\n",
    b"WC  5 words\n", b"5 words\n", b"PD  5 May 2018\n", b"AN  Document POST000020210324eh3o00001\n", b"Document POST000020210324eh3o00001\n", b"TD\n",
    b"Article 1 of 2\n", b"Search Summary\n", b"_" * 60 + b"\n", b"Full text: It is.\n", b"Document 1 of 2\n", b"ProQuest document ID: 1\n", b"Table of contents\n",
    b"Report Information from ProQuest\n", b"Contact us at: x\n", b"Subject: x\n", b"<article>", b"</article>", b"<headline>Pier", b"</headline>", b"<x a='&b;'>",
    b"<div class='article enArticle'>", b"</div>", b"</form>", b"<tr><td><b>HD</b></td><td>Pier</td></tr>", b"<p>", b"&amp;", b"<!--", b"<![CDATA[", b"<!ENTITY a 'b'>",
    b"{\\rtf1", b"{", b"}", b"\\par\n", b"\\'e9", b"\\u8212?", b"\\bin9 ", b"\\*", b"\\qc", b"\\f1", b"\\fonttbl", b"\\", b"\\uc2", b"\\u-10179?", b"\\v", b"PK\x03\x04",
])
BYTES = st.one_of(st.binary(max_size=120), st.lists(PIECES, max_size=40).map(b"".join))
ENCODINGS = st.sampled_from(["utf-8", "cp1252", "utf-16-le", "shift_jis"])


@LAW
@given(BYTES, st.sampled_from(FORMATS), ENCODINGS, st.integers(1, 300))
def test_items_tile_any_bytes(check_tiling: Callable[..., None], data: bytes, form: str, encoding: str, limit: int) -> None:
    """Whatever the file is said to be, and however small a record must be."""
    try:
        items = list(read_records(io.BytesIO(data), Found(form, "binary" if form in ("rtf", "docx") else encoding, 1.0), Hints(), limit))
    except Reject as no:
        assert no.detail
        return
    check_tiling(items, len(data))


@LAW
@given(BYTES, st.sampled_from(FORMATS[:5]), st.sampled_from([1, 3, 50]))
def test_chunks_do_not_matter(data: bytes, form: str, chunk: int) -> None:
    """However little is read at a time, the items are the same."""
    found = Found(form, "utf-8", 1.0)
    try:
        whole = list(read_records(io.BytesIO(data), found))
    except Reject:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "CHUNK", chunk)
        assert list(read_records(io.BytesIO(data), found)) == whole


def cut_places(size: int) -> Iterator[int]:
    """Every place where a file may be cut, or, without COPYDESK_FUZZ, a sample of them."""
    return iter(range(size)) if os.environ.get("COPYDESK_FUZZ") else iter(sorted({*range(0, size, 97), *range(max(0, size - 12), size)}))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: f"{p.parent.parent.name}:{p.parent.name}")
def test_a_cut_file_costs_only_what_is_cut(path: Path, check_tiling: Callable[..., None]) -> None:
    """Cut at any byte: the records that are whole stay as they are, the others are told, and nothing is raised but Reject."""
    data = path.read_bytes()
    hints = Hints(name=path.name)
    found = sniff(data[:262_144], hints)
    whole = [item for item in read_records(io.BytesIO(data), found, hints) if isinstance(item, Record)]
    for at in cut_places(len(data)):
        part = data[:at]
        try:
            sniff(part, hints)
            items = list(read_records(io.BytesIO(part), found, hints))
        except Reject as no:
            assert no.detail
            continue
        check_tiling(items, at)
        if found.format == "docx":  # its spans are shares of what is left
            kept = [(r.document, r.extra) for r in items if isinstance(r, Record)]
            assert kept == [(r.document, r.extra) for r in whole[: len(kept)]] or len(whole) == 1
            continue
        for record, before in zip([item for item in items if isinstance(item, Record)], whole, strict=False):
            if before.byte_end < at and record.byte_end < at - 60 and record.number < count_records(items):
                assert record._replace(byte_end=0) == before._replace(byte_end=0)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: f"{p.parent.parent.name}:{p.parent.name}")
def test_a_stray_byte_costs_one_document(path: Path, check_tiling: Callable[..., None]) -> None:
    """A NUL, a byte of another encoding or a closing tag anywhere: at most the documents that it touches read differently."""
    data = path.read_bytes()
    hints = Hints(name=path.name)
    found = sniff(data[:262_144], hints)
    strays = [b"\0", b"}", b"\xe9"] if found.encoding == "binary" else [b"\0", b"\x81\x8d", b"</x>"]
    before = {item.document for item in read_records(io.BytesIO(data), found, hints) if isinstance(item, Record)}
    for at in range(0, len(data), max(1, len(data) // 60)):
        for stray in strays:
            changed = data[:at] + stray + data[at:]
            try:
                items = list(read_records(io.BytesIO(changed), found, hints))
            except Reject as no:
                assert no.detail
                continue
            check_tiling(items, len(changed))
            if found.encoding != "binary":
                lost = before - {item.document for item in items if isinstance(item, Record)}
                assert len(lost) <= 2


# ------------------------------------------------------------------ hostile files
def read_named(data: bytes, form: str) -> list[Item]:
    """The items of a file in a given format."""
    hints = Hints(format=form)
    return list(read_records(io.BytesIO(data), sniff(data[:262_144], hints), hints))


def test_entities_are_refused() -> None:
    """A document type with entities: the file is refused, and says why."""
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><PPSResponse><article>&b;</article></PPSResponse>'
    with pytest.raises(Reject, match="entit"):
        read_named(bomb, "factiva-xml")


def test_an_odd_namespace_is_only_a_name(read: Read) -> None:
    """A brace in a namespace, which no tag of lxml may have."""
    data = b'<ppsArticleResponse xmlns="urn:a}b"><article><headline>Pier shut</headline></article></ppsArticleResponse>'
    (record,) = [item for item in read(data) if isinstance(item, Record)]
    assert record.document == "Pier shut"


def pack_docx(parts: dict[str, bytes]) -> bytes:
    """A ZIP archive of some parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


W = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'


def test_entities_in_word_files_are_refused() -> None:
    """Word never writes a document type."""
    data = pack_docx({"word/document.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + W + b"<w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>"})
    with pytest.raises(Reject, match="document type"):
        read_named(data, "docx")
    wide = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]>'.encode("utf-16") + W.decode().encode("utf-16-le")
    with pytest.raises(Reject, match="document type"):
        read_named(pack_docx({"word/document.xml": wide}), "docx")


def test_a_zip_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text may not unpack to hundreds of times its size, nor beyond a limit."""
    data = pack_docx({"word/document.xml": W + b"<w:pPr/>" * 1_000_000 + b"</w:body></w:document>"})
    assert len(data) < 100_000
    with pytest.raises(Reject, match="zip bomb"):
        read_named(data, "docx")
    monkeypatch.setattr(docx_paragraphs, "LARGEST", 1000)
    with pytest.raises(Reject, match="zip bomb"):
        read_named((TESTS / "golden/docx/uni/input.docx").read_bytes(), "docx")


def test_a_zip_without_a_document_is_refused() -> None:
    """It is no Word file."""
    with pytest.raises(Reject, match="no Word document"):
        read_named(pack_docx({"xl/workbook.xml": b"<x/>"}), "docx")


@pytest.mark.parametrize(("form", "data"), [
    ("nexis", b"                 1 of 2 DOCUMENTS\n" + b"A" * 1_000_000), ("nexis", b" " * 1_000_000), ("nexis", b"LENGTH: 1 words\n" * 25_000),
    ("nexis", b"                 1 of 2 DOCUMENTS\n" * 20_000), ("nexis", b"Body\nGraphic\n" * 40_000 + b"End of Document\n"), ("nexis", b"\n\nX:\n" * 60_000),
    ("nexis", b"1. x\n" * 80_000 + b"End of Document\n"), ("nexis", b"March 5, 2018\n\n" * 25_000 + b"End of Document\n"),
    ("factiva", b"HD\n" * 100_000), ("factiva", b"HD " * 300_000 + b"\nAN  Document POST000020210324eh3o00001\n"), ("factiva", b"5 words\n" * 120_000),
    ("factiva", b"\xc2\xa0" * 400_000), ("proquest", b"_" * 1_000_000), ("proquest", (b"_" * 60 + b"\n") * 16_000), ("proquest", b"Subject: x\n" * 90_000),
    ("proquest", b"Full text: x\n" + b"a: b\n" * 80_000), ("factiva-html", b"<div class=" * 90_000), ("factiva-html", b"<div class='article'>" * 15_000),
    ("factiva-html", b"<div class='article'><table>" + b"<tr><td>" * 60_000 + b"</form>"), ("factiva-xml", b"<PPSResponse>" + b"<article>" * 100_000),
    ("factiva-xml", b"<PPSResponse><article>" + b"<a>" * 300_000 + b"</article>"), ("rtf", b"{\\rtf1" + b"{" * 1_000_000), ("rtf", b"{\\rtf1" + b"\\par" * 250_000),
    ("rtf", b"{\\rtf1" + b"\\'e9" * 250_000), ("rtf", b"{\\rtf1 " + b"\\u8212?" * 140_000 + b"}"), ("rtf", b"{\\rtf1 " + b"End of Document\\par " * 20_000),
], ids=lambda v: v if isinstance(v, str) else v[:12].decode("latin-1"))
def test_hundreds_of_kilobytes_of_anything_are_read_in_seconds(form: str, data: bytes, check_tiling: Callable[..., None]) -> None:
    """No pattern and no loop takes more than its share."""
    start = time.process_time()
    try:
        items = read_named(data, form)
    except Reject as no:
        assert no.detail
        items = []
    else:
        check_tiling(items, len(data))
    assert time.process_time() - start < 5


def test_a_document_above_the_limit_costs_itself_alone(read: Read) -> None:
    """The documents around it are read."""
    mark = " " * 30 + "%d of 3 DOCUMENTS\n\n" + " " * 30 + "The Example Post\n\n" + " " * 30 + "March 5, 2018\n\nPier shut\n\nLENGTH: 3 words\n\n%s\n\nLANGUAGE: ENGLISH\n\n"
    data = "".join(mark % (n, "It is shut. " * (40_000 if n == 2 else 1)) for n in (1, 2, 3)).encode()
    items = read(data, Hints(), 50_000)
    kinds = [type(item).__name__ for item in items if not isinstance(item, Gap)]
    assert kinds == ["Record", "Damaged", "Record"]
    assert [item.reason for item in items if isinstance(item, Damaged)] == [Reason.TOO_LONG]


def test_a_gzip_export_that_breaks_off_says_so(read: Read) -> None:
    """As far as it goes it is read."""
    import gzip

    data = gzip.compress((TESTS / "golden/nexis/classic_english/input.TXT").read_bytes() * 20)
    items = read(data[: len(data) * 3 // 4], Hints())
    assert isinstance(items[-1], Damaged) and items[-1].reason == Reason.TRUNCATED
