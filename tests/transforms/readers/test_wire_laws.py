"""Laws of the wire and corpus formats: items tile any bytes, whatever is cut or changed; no printed word is lost; chunks do not matter."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reject
from transforms.readers import window
from transforms.readers.formats import name_formats
from transforms.readers.found import Found, Hints
from transforms.readers.records import read_records
from transforms.readers.sniff import sniff

LAW = settings(derandomize=True, deadline=None, max_examples=120)
FORMATS = ("reuters-sgml", "tipster", "nitf", "newsml-1", "newsml-g2", "ninjs", "iptc7901", "gkg", "feed", "ap-json", "guardian-json")
EXAMPLES = {
    "reuters-sgml": "reuters_1987.sgm", "tipster": "newswire_docs.sgml", "nitf": "pier_nitf.xml", "newsml-1": "pier_newsml1.xml",
    "newsml-g2": "pier_message_g2.xml", "ninjs": "pier.ninjs", "iptc7901": "pier_wire.tx", "gkg": "pages.gkg.csv", "feed": "harbour_feed.rss",
    "ap-json": "ap_answer.json", "guardian-json": "guardian_answer.json",
}
ROOT = Path(__file__).parents[3]
PIECES = st.sampled_from([
    b"<", b">", b"</", b"/>", b"item", b"<item>", b"</item>", b"<entry>", b"</entry>", b"<DOC>", b"</DOC>", b"<TEXT>", b"</TEXT>", b"<REUTERS ", b"</REUTERS>",
    b"<TITLE>", b"</TITLE>", b"<nitf>", b"</nitf>", b"<body>", b"<p>", b"</p>", b"<NewsItem>", b"</NewsItem>", b"<newsItem>", b"</newsItem>", b"<headline>",
    b"</headline>", b"<title>", b"</title>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x", b"?>", b"&", b"&lt;", b"&#3;", b"&#xD800;", b"xmlns:a='b'", b"a:b",
    b"\x01", b"\x02", b"\x03", b"\x04", b"\x16", b"^", b"\t", b"\n", b"\r\n", b"\xe9", b"\xc3\xa9", b"\0", b'"', b"'", b"{", b"}", b"[", b"]", b":", b",",
    b'{"uri":"x","headline":"y"}', b'"response":', b'"results":[', b'"data":{"items":[', b'{"item":{"headline":"x"}}', b"x", b" ", b"\xed\xa0\x80", b"20260103101500",
])
BYTES = st.one_of(st.binary(max_size=120), st.lists(PIECES, max_size=50).map(b"".join))
ENCODINGS = st.sampled_from(["utf-8", "cp1252", "utf-16-le", "utf-32-be", "shift_jis"])


def example(name: str) -> bytes:
    """The example of a format."""
    return (ROOT / "examples" / EXAMPLES[name]).read_bytes()


def read_as(name: str, data: bytes) -> list[Item]:
    """Items of some bytes, said to be of a format."""
    return list(read_records(io.BytesIO(data), sniff(data, Hints(format=name)), Hints(format=name)))


def test_every_format_has_an_example() -> None:
    """And each is told as what it is, without damage."""
    assert set(FORMATS) <= {form.name for form in name_formats().values()}
    for name in FORMATS:
        found = sniff(example(name), Hints(name=EXAMPLES[name]))
        assert found.format == name
        items = [item for item in read_as(name, example(name)) if not isinstance(item, Gap)]
        assert items
        assert not any(isinstance(item, Damaged) for item in items)


@LAW
@given(BYTES, st.sampled_from(FORMATS), ENCODINGS, st.integers(1, 300))
def test_items_tile_any_bytes(check_tiling: Callable[..., None], data: bytes, name: str, encoding: str, limit: int) -> None:
    """Whatever the file is said to be."""
    try:
        items = list(read_records(io.BytesIO(data), Found(name, encoding, 1.0), Hints(), limit))
    except Reject as no:
        assert no.detail
        return
    check_tiling(items, len(data))


@LAW
@given(BYTES, st.sampled_from(FORMATS), st.data())
def test_a_change_costs_no_neighbour(check_tiling: Callable[..., None], inserted: bytes, name: str, data: st.DataObject) -> None:
    """Bytes put anywhere into an example between two copies of it: what stands before the change is read as ever."""
    plain = example(name)
    at = data.draw(st.integers(0, len(plain)))
    text = plain + plain[:at] + inserted + plain[at:]
    try:
        items = read_as(name, text)
    except Reject as no:
        assert no.detail
        return
    check_tiling(items, len(text))
    if name in ("tipster", "ninjs", "gkg", "iptc7901", "reuters-sgml"):
        expected = [item for item in read_as(name, plain) if isinstance(item, Record)]
        got = [item for item in items if isinstance(item, Record)]
        assert [item.document for item in got[: len(expected) - 1]] == [item.document for item in expected[:-1]]


@pytest.mark.parametrize("name", FORMATS)
def test_cut_at_any_byte(name: str, check_tiling: Callable[..., None]) -> None:
    """Whole records before the cut are read as ever; the one that is cut is told, or nothing of it is left. Every seventh byte, or with
    EVERY_BYTE=1 each."""
    plain = example(name)
    whole = [item for item in read_as(name, plain) if isinstance(item, Record)]
    step = 1 if os.environ.get("EVERY_BYTE") else max(7, len(plain) // 150)
    for cut in range(1, len(plain), step):
        try:
            items = read_as(name, plain[:cut])
        except Reject as no:
            assert no.detail
            continue
        check_tiling(items, cut)
        before = [item for item in whole if item.byte_end <= cut]
        got = [item for item in items if isinstance(item, Record)]
        assert [(item.record_id, item.document) for item in got[: len(before)]] == [(item.record_id, item.document) for item in before], cut
        started = [item for item in whole if item.byte_start < cut < item.byte_end]
        if started and plain[started[0].byte_start : cut].strip(b"\x16"):  # idle characters of the line belong to no message
            last = [item for item in items if not isinstance(item, Gap)][-1]
            assert not plain[last.byte_end : cut].strip(), cut


@LAW
@given(st.sampled_from(FORMATS), st.sampled_from([1, 2, 7, 40, 333]), BYTES)
def test_chunks_do_not_matter(name: str, chunk: int, tail: bytes) -> None:
    """However little is read at a time, the items are the same."""
    data = example(name)[-1500:] + tail + example(name)[:1500]
    found = Found(name, "utf-8", 1.0)
    try:
        whole = list(read_records(io.BytesIO(data), found))
    except Reject:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "CHUNK", chunk)
        assert list(read_records(io.BytesIO(data), found)) == whole


@pytest.mark.parametrize("name", ["nitf", "newsml-1", "newsml-g2", "feed"])
def test_no_word_of_an_item_is_lost(name: str) -> None:
    """All words between the tags stand in the document or in extra."""
    plain = example(name)
    for item in read_as(name, plain):
        if isinstance(item, Record):
            text = plain[item.byte_start : item.byte_end].decode()
            printed = f"{item.document} {item.published_at} {item.url} {item.source} {item.record_id} " + " ".join(value for _, value in item.extra)
            missing = [word for word in read_words(text) if word not in printed]
            assert not missing, (item.record_id, missing)


def read_words(text: str) -> list[str]:
    """The words of some markup."""
    from html import unescape

    bare = re.sub(r"<!\[CDATA\[(.*?)\]\]>", lambda found: re.sub("<[^>]*>", " ", found[1]), text, flags=re.DOTALL)
    return [word for word in unescape(unescape(re.sub("<[^>]*>", " ", bare))).split() if word.isalpha()]


@LAW
@given(st.dictionaries(st.sampled_from(["uri", "headline", "body_text", "byline", "mood", "version"]), st.text(st.characters(codec="utf-8"), max_size=30)))
def test_values_of_objects_are_kept(value: dict[str, str]) -> None:
    """Every value that prints stands in the record, under its column or in extra."""
    import orjson

    line = orjson.dumps({"uri": "urn:x", "headlines": [{"value": "Pier"}], **value})
    items: list[Any] = read_as("ninjs", line)
    if not isinstance(items[0], Record):
        return
    record = items[0]
    kept = "".join((record.document + (record.record_id or "") + "".join(text for _, text in record.extra)).split())
    for key, text in value.items():
        if key in ("mood", "version"):
            assert "".join(text.split()) in kept
