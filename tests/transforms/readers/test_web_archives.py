"""Web archives, built here byte by byte with pages of the invented Harbour Post: articles are read, the rest is counted, damage stays where it is."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import io
import tracemalloc
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable, Iterable
from typing import Any

import pytest
import zstandard
from fastwarc.stream_io import BrotliWriter
from fastwarc.warc import ArchiveIterator
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.model import Damaged, Item, Record
from transforms.outcome import Reject
from transforms.readers.formats.wacz import recognise_wacz
from transforms.readers.found import Found, Hints
from transforms.readers.http_message import Answer, unpack_body
from transforms.readers.records import read_records
from transforms.readers.sniff import sniff

FOUND = Found("warc", "binary", 1.0)

LEAD = "<p>The ferry left the harbour an hour late on Monday, and nobody on the quay could say why it had been held or when the next one would go.</p>"
SITE = "https://harbourpost.example"


def write_page(headline: str, author: str = "Jane Roe", lead: str = LEAD) -> bytes:
    """A page that declares itself an article."""
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta property="og:type" content="article"><meta property="og:site_name" content="Harbour Post">'
        f'<meta property="article:published_time" content="2024-05-03T08:00:00Z"><title>{headline} | Harbour Post</title></head><body>'
        f'<h1>{headline}</h1><p class="byline">By {author}</p>{lead * 3}</body></html>'
    ).encode()


def write_answer(body: bytes, status: str = "200 OK", **fields: str) -> bytes:
    """A server's answer; `content_type` is that of a page unless given."""
    named = {"content_type": "text/html; charset=utf-8", **fields}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-').title()}: {value}" for name, value in named.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def write_record(kind: str, block: bytes, path: str = "/", length: int | None = None, **fields: str) -> bytes:
    """A record of an archive; with `length`, one that says another length than it has."""
    named = {
        "warc_type": kind, "warc_target_uri": SITE + path, "warc_date": "2024-05-03T09:00:00Z", "warc_record_id": f"<urn:harbour:{kind}:{path}>",
        "content_type": "application/http; msgtype=response" if kind == "response" else "application/octet-stream",
        "content_length": str(len(block) if length is None else length), **fields,
    }
    lines = ["WARC/1.1", *(f"{name.replace('_', '-').title().replace('Warc', 'WARC').replace('Uri', 'URI').replace('Id', 'ID')}: {value}"
                           for name, value in named.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def write_story(path: str, headline: str) -> bytes:
    """A record that holds an article."""
    return write_record("response", write_answer(write_page(headline)), path)


def write_crawl() -> list[bytes]:
    """The records of a small crawl: one of each kind."""
    return [
        write_record("warcinfo", b"software: harbour-crawler/1.0\r\n", ""),
        write_record("request", b"GET /sea/ferry-late HTTP/1.1\r\nHost: harbourpost.example\r\n\r\n", "/sea/ferry-late"),
        write_story("/sea/ferry-late", "Ferry late"),
        write_record("response", write_answer(b"\x89PNG\r\n\x1a\n", content_type="image/png"), "/logo.png"),
        write_record("response", write_answer(b"", "301 Moved Permanently", location="/sea/ferry-late"), "/ferry"),
        write_record("response", write_answer(b"<p>Gone</p>", "404 Not Found"), "/gone"),
        write_record("response", write_answer(b"<html><body><h1>Harbour Post</h1>" + LEAD.encode() * 4), "/"),
        write_record("revisit", write_answer(b""), "/sea/ferry-late"),
        write_story("/rail/train-late", "Train late"),
    ]


def pack_brotli(data: bytes) -> bytes:
    """Data as a server packs it for `br`."""
    buffer = io.BytesIO()
    writer = BrotliWriter(buffer)
    writer.write(data)
    writer.close()
    return buffer.getvalue()


def pack_records(records: Iterable[bytes]) -> bytes:
    """An archive packed as is usual: each record a gzip member of its own."""
    return b"".join(gzip.compress(record, mtime=0) for record in records)


def write_wacz(archive: bytes, name: str = "archive/data.warc.gz", *, is_packed: bool = False, is_streamed: bool = False) -> bytes:
    """A zip file around an archive; `is_streamed` tells sizes behind the data, as a writer does that can't go back."""
    buffer = io.BytesIO()
    target: io.IOBase = io.BufferedWriter(_OneWay(buffer)) if is_streamed else buffer
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED) as file:
        for path, data in (("datapackage.json", b'{"wacz_version": "1.1.1"}'), (name, archive), ("indexes/index.cdx", b"example,harbourpost)/ 2024\n"),
                           ("pages/pages.jsonl", b'{"format": "json-pages-1.0"}\n')):
            file.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED)
    target.flush()
    return buffer.getvalue()


class _OneWay(io.RawIOBase):
    """A file that can't be gone back in."""

    def __init__(self, target: io.BytesIO) -> None:
        super().__init__()
        self._target = target

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        return self._target.write(data)  # type: ignore[arg-type]


Read = Callable[..., list[Item]]


def tell_item(item: Item) -> str:
    """What an item is, on one line."""
    match item:
        case Record():
            return f"record {item.document.partition(chr(10))[0]}"
        case Damaged():
            return f"damaged {item.reason}"
    return item.kind


def tell_items(items: list[Item]) -> list[str]:
    """What items are."""
    return [tell_item(item) for item in items]


CRAWL = [
    "warcinfo", "request", "record Ferry late", "not_news:image", "not_news:redirect", "not_news:error", "not_news:front", "not_news:revisit",
    "record Train late",
]


def test_a_crawl_gives_its_articles_and_counts_the_rest(read: Read) -> None:
    """Every record is accounted for by what it is; plain and packed are one."""
    plain = read(b"".join(write_crawl()))
    assert tell_items(plain) == CRAWL
    assert read(pack_records(write_crawl())) == plain
    assert [item.byte_end - item.byte_start for item in plain] == [len(record) for record in write_crawl()]


def test_a_record_keeps_where_and_when_it_was_fetched(read: Read) -> None:
    """The address is its id, so that the same page fetched again with another text is a new version."""
    [record] = read(write_record("response", write_answer(write_page("Ferry late").replace(b"<title>", b"<link rel=canonical href=https://harbourpost.example/f><title>")),
                                 "/ferry?from=home", warc_truncated="length"))
    assert isinstance(record, Record)
    assert (record.record_id, record.url) == (f"{SITE}/ferry?from=home", f"{SITE}/ferry?from=home")
    assert record.extra == (
        ("fetched_at", "2024-05-03T09:00:00Z"), ("warc_record_id", "<urn:harbour:response:/ferry?from=home>"), ("canonical_url", f"{SITE}/f"),
    )
    assert record.published_at == "2024-05-03T08:00:00+00:00"
    assert record.warnings == ("cut_by_crawler",)


STORY = write_page("Ferry late")
CHUNKED = b"%x\r\n%b\r\n%x;note=x\r\n%b\r\n0\r\n\r\n" % (100, STORY[:100], len(STORY) - 100, STORY[100:])
RAW_DEFLATE = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(("body", "fields"), [
    (CHUNKED, {"transfer_encoding": "chunked"}),
    (STORY, {"transfer_encoding": "chunked"}),
    (gzip.compress(STORY), {"content_encoding": "gzip"}),
    (STORY, {"content_encoding": "gzip"}),
    (zlib.compress(STORY), {"content_encoding": "deflate"}),
    (RAW_DEFLATE.compress(STORY) + RAW_DEFLATE.flush(), {"content_encoding": "deflate"}),
    (STORY, {"content_encoding": "deflate"}),
    (pack_brotli(STORY), {"content_encoding": "br"}),
    (STORY, {"content_encoding": "br"}),
    (zstandard.compress(STORY), {"content_encoding": "zstd"}),
    (gzip.compress(pack_brotli(STORY)), {"content_encoding": "br, gzip"}),
    (b"%x\r\n%b\r\n0\r\n\r\n" % (len(gzip.compress(STORY, mtime=0)), gzip.compress(STORY, mtime=0)), {"content_encoding": "gzip", "transfer_encoding": "chunked"}),
    (STORY, {"content_type": ""}),
    (STORY, {"content_type": "application/octet-stream"}),
    (STORY.replace(b"Ferry late", "Café late".encode("cp1252")), {"content_type": "text/html; charset=windows-1252"}),
], ids=["chunked", "no longer chunked", "gzip", "no longer gzip", "zlib", "raw deflate", "no longer deflate", "brotli", "no longer brotli", "zstd", "two",
        "gzip in chunks", "no media type", "another media type", "charset of the server"])
def test_a_body_is_unpacked(read: Read, body: bytes, fields: dict[str, str]) -> None:
    """As its header says, or as it stands where the crawler has unpacked it before."""
    [record] = read(write_record("response", write_answer(body, **fields), "/sea/ferry-late"))
    assert tell_item(record) in ("record Ferry late", "record Café late")


def test_a_resource_is_a_page_without_a_header_of_its_own(read: Read) -> None:
    """By the media type of the record."""
    [record] = read(write_record("resource", STORY, "/sea/ferry-late", content_type="text/html; charset=utf-8"))
    assert tell_item(record) == "record Ferry late"


@pytest.mark.parametrize(("kind", "block", "told"), [
    ("response", write_answer(b"x", content_type="text/css"), "not_news:style"),
    ("response", write_answer(b"x", content_type="application/javascript"), "not_news:script"),
    ("response", write_answer(b"{}", content_type="application/ld+json"), "not_news:json"),
    ("response", write_answer(b"<rss/>", content_type="application/rss+xml"), "not_news:feed"),
    ("response", write_answer(b"x", content_type="video/mp4"), "not_news:video"),
    ("response", write_answer(b"x", content_type="font/woff2"), "not_news:font"),
    ("response", write_answer(b"%PDF-", content_type="application/pdf"), "not_news:pdf"),
    ("response", write_answer(b"Ferry late", content_type="text/plain"), "not_news:text"),
    ("response", write_answer(b"\0\1", content_type="application/octet-stream"), "not_news:other"),
    ("response", write_answer(b" \r\n"), "not_news:empty"),
    ("response", write_answer(b"<html><body><div id=app></div></body></html>"), "not_news:no_print"),
    ("response", write_answer(STORY, "206 Partial Content"), "not_news:status"),
    ("metadata", b"x: y\r\n", "metadata"),
    ("conversion", b"Ferry late", "conversion"),
    ("whatever", b"Ferry late", "unknown_record"),
], ids=lambda v: v if isinstance(v, str) else "")
def test_what_is_no_article_is_counted_by_what_it_is(read: Read, kind: str, block: bytes, told: str) -> None:
    """Never a record, never silently gone."""
    assert tell_items(read(write_record(kind, block, "/x") + write_story("/sea/ferry-late", "Ferry late"))) == [told, "record Ferry late"]


BEFORE, BEHIND = write_story("/a/ferry-late", "Ferry late"), write_story("/b/train-late", "Train late")
BROKEN = {
    "a length that is too small": (write_record("response", write_answer(STORY), "/x", length=120), "bad_record", "120 bytes"),
    "a length that swallows the next": (write_record("response", write_answer(STORY), "/x", length=len(write_answer(STORY)) + 300), "bad_record", "bytes follow"),
    "a length beyond the end": (write_record("response", write_answer(STORY), "/x", length=9_999_999), "bad_record", "9,999,999"),
    "a length beyond the limit": (write_record("response", write_answer(STORY), "/x", length=10**12), "bad_record", "1,000,000,000,000"),
    "a length that is none": (write_record("response", b"", "/x", content_length="ten"), "bad_record", "'ten'"),
    "no length": (write_record("response", write_answer(STORY), "/x", content_length=""), "bad_record", "no number of bytes"),
    "another signature": (write_record("response", write_answer(STORY), "/x").replace(b"WARC/1.1", b"WORC/1.1"), "bad_record", "no record begins here"),
    "a header cut off": (b"WARC/1.1\r\nWARC-Type: respo\r\n", "bad_record", "breaks off and another record begins"),
    "a header without end": (b"WARC/1.1\r\nWARC-Type: response\r\n" + b"X-Filler: ferry\r\n" * 6_000, "bad_record", "does not end"),
    "noise": (b"\0\1\2ferry\r\n" * 400 + b"\r\n", "bad_record", "no record begins here"),
    "no status line": (write_record("response", STORY, "/x"), "bad_record", "no HTTP status line"),
    "no end of the HTTP header": (write_record("response", b"HTTP/1.1 200 OK\r\nContent-Type: text/html", "/x"), "bad_record", "HTTP header does not end"),
    "chunks that break off": (write_record("response", write_answer(CHUNKED[:200], transfer_encoding="chunked"), "/x"), "truncated", "chunks"),
    "gzip that breaks off": (write_record("response", write_answer(gzip.compress(STORY)[:80], content_encoding="gzip"), "/x"), "truncated", "gzip"),
    "gzip that is corrupt": (write_record("response", write_answer(gzip.compress(STORY)[:-8] + bytes(8), content_encoding="gzip"), "/x"), "truncated", "corrupt"),
    "brotli that breaks off": (write_record("response", write_answer(pack_brotli(STORY)[:40], content_encoding="br"), "/x"), "truncated", "brotli"),
    "zstd that breaks off": (write_record("response", write_answer(zstandard.compress(STORY)[:40], content_encoding="zstd"), "/x"), "truncated", "zstd"),
    "an unknown packing": (write_record("response", write_answer(b"\1\2\3", content_encoding="sdch"), "/x"), "format", "'sdch'"),
    "a bomb": (write_record("response", write_answer(gzip.compress(bytes(9_000_000)), content_encoding="gzip"), "/x"), "too_long", "8,000,000"),
    "a brotli bomb": (write_record("response", write_answer(pack_brotli(bytes(9_000_000)), content_encoding="br"), "/x"), "too_long", "8,000,000"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_costs_no_neighbour(read: Read, name: str) -> None:
    """It is set aside with what is wrong; what stands before and behind it is read."""
    record, reason, named = BROKEN[name]
    items = read(BEFORE + record + BEHIND)
    assert tell_items(items) == ["record Ferry late", f"damaged {reason}", "record Train late"]
    assert isinstance(items[1], Damaged)
    assert named in items[1].detail
    assert (items[1].byte_start, items[1].byte_end) == (len(BEFORE), len(BEFORE + record))
    assert items[1].line == 1 + BEFORE.count(b"\n")


@pytest.mark.parametrize("cut", [30, 400, 900], ids=str)
def test_a_file_that_breaks_off_is_told(read: Read, cut: int) -> None:
    """What was whole is read, the rest is one damaged record."""
    assert tell_items(read((BEFORE + BEHIND)[:-cut])) == ["record Ferry late", "damaged truncated"]


@pytest.mark.parametrize("cut", [3, 30, 200], ids=str)
def test_a_packed_file_that_breaks_off_is_told(read: Read, cut: int) -> None:
    """The same where the compressed data ends early, even where no byte of a page is missing."""
    told = tell_items(read(pack_records([BEFORE, BEHIND])[:-cut]))
    assert told in (["record Ferry late", "damaged truncated"], [*["record Ferry late", "record Train late"], "damaged truncated"])


def test_a_digest_that_does_not_match_is_a_warning(read: Read) -> None:
    """A page that was changed after it was fetched is read and marked."""
    block = write_answer(STORY)
    right = "sha1:" + base64.b32encode(hashlib.sha1(block).digest()).decode()
    for digest, warnings in ((right, ()), (right.replace("sha1:", "sha1:Q")[:-1], ("digest_mismatch",)), ("crc:12", ())):
        [record] = read(write_record("response", block, "/a/ferry-late", warc_block_digest=digest))
        assert isinstance(record, Record)
        assert record.warnings == warnings


def test_an_archive_in_an_archive_is_no_neighbour(read: Read) -> None:
    """Records within a record that says it holds an archive are its own."""
    inner = write_record("resource", BEFORE + BEHIND, "/x.warc", content_type="application/warc")
    assert tell_items(read(inner + BEHIND)) == ["not_news:other", "record Train late"]


class Endless(io.RawIOBase):
    """A film of a gigabyte between two pages, made up as it is read."""

    def __init__(self, size: int, kind: str) -> None:
        super().__init__()
        head = write_answer(b"", content_type=kind)
        whole = write_record("response", head, "/film", length=len(head) + size)
        self._parts: list[Any] = [BEFORE + whole[:-4], size, b"\r\n\r\n" + BEHIND]

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes."""
        while self._parts:
            part = self._parts[0]
            if isinstance(part, int):
                data = bytes(min(part, len(buffer)))
                self._parts[0] = part - len(data)
            else:
                data, self._parts[0] = part[:len(buffer)], part[len(buffer):]
            if data:
                buffer[:len(data)] = data
                return len(data)
            del self._parts[0]
        return 0


@pytest.mark.parametrize(("kind", "size", "told"), [
    ("video/mp4", 10**9, "not_news:video"), ("text/html", 10**8, "damaged too_long"), ("application/octet-stream", 10**8, "not_news:other"),
])
def test_a_record_of_a_gigabyte_is_passed_over_in_little_memory(kind: str, size: int, told: str) -> None:
    """Memory follows the limit, and what stands behind it is read."""
    tracemalloc.start()
    items = list(read_records(io.BufferedReader(Endless(size, kind), 1 << 18), FOUND, Hints()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert tell_items(items) == ["record Ferry late", told, "record Train late"]
    assert items[1].byte_end - items[1].byte_start > size
    assert peak < 30_000_000


@pytest.mark.parametrize("head", [b"WARC/1.0\r\nWARC-Type: warcinfo\r\n", b"\r\nWARC/0.18\nContent-Length: 3\n", b"\0\0junk\nWARC/1.0\r\n"], ids=["1.0", "0.18", "by name"])
def test_an_archive_is_known_by_its_head(head: bytes) -> None:
    """A version and a field, or a record anywhere in the head of a file that is named as one."""
    assert sniff(head, Hints(name="crawl.warc")).format == "warc"


def test_a_story_about_the_format_is_text() -> None:
    """A version number alone is no archive."""
    assert sniff(b"WARC/1.0 is a format for web archives, the ferry company said.\n", Hints(name="story.txt")).format == "text"


def test_what_fastwarc_writes_is_read_as_it_reads_it(read: Read) -> None:
    """Records begin where another reader of the format says."""
    buffer = io.BytesIO()
    buffer.write(pack_records(write_crawl()))
    buffer.seek(0)
    theirs = [(record.record_type, record.headers.get("WARC-Target-URI")) for record in ArchiveIterator(buffer, parse_http=False)]
    assert len(theirs) == len(read(pack_records(write_crawl()))) == len(CRAWL)


MEMBERS = ["wacz:header", "wacz:datapackage", "wacz:header", *CRAWL, "wacz:header", "wacz:indexes", "wacz:header", "wacz:pages", "wacz:directory"]


@pytest.mark.parametrize("is_streamed", [False, True], ids=["sizes before", "sizes behind"])
@pytest.mark.parametrize("is_packed", [False, True], ids=["stored", "deflated"])
@pytest.mark.parametrize("name", ["archive/data.warc.gz", "archive/data.warc"])
def test_a_wacz_gives_what_its_archive_holds(read: Read, name: str, is_packed: bool, is_streamed: bool) -> None:
    """However the zip file was written."""
    archive = pack_records(write_crawl()) if name.endswith("gz") else b"".join(write_crawl())
    items = read(write_wacz(archive, name, is_packed=is_packed, is_streamed=is_streamed), Hints(name="crawl.wacz"))
    told = tell_items(items)
    if is_packed and name.endswith("warc"):
        assert [t for t in told if t.startswith("record")] == [t for t in CRAWL if t.startswith("record")]
    elif is_streamed:
        assert [t for t in told if t != "wacz:header"] == [t for t in MEMBERS if t != "wacz:header"]
    else:
        assert told == MEMBERS


def test_a_record_of_a_wacz_spans_its_gzip_member(read: Read) -> None:
    """So the very bytes of a record can be found in the file."""
    data = write_wacz(pack_records(write_crawl()))
    spans = [data[i.byte_start:i.byte_end] for i in read(data, Hints(name="crawl.wacz")) if not tell_item(i).startswith("wacz:")]
    assert [gzip.decompress(span) for span in spans] == write_crawl()


@pytest.mark.parametrize("place", [12, 40, -20], ids=["at its start", "early", "near its end"])
def test_a_corrupt_gzip_member_costs_no_neighbour(read: Read, place: int) -> None:
    """In a packed archive, and in one within a zip file: the next member in which a record begins is read."""
    members = [bytearray(gzip.compress(record, mtime=0)) for record in (BEFORE, BEFORE.replace(b"/a/", b"/x/"), BEHIND)]
    members[1][place] ^= 0xFF
    packed = read(b"".join(members))
    assert tell_items(packed) == ["record Ferry late", "damaged bad_record", "record Train late"]
    assert isinstance(packed[1], Damaged)
    assert f"gzip member at bytes {len(members[0])} to {len(members[0] + members[1])}" in packed[1].raw
    items = read(write_wacz(b"".join(members)), Hints(name="crawl.wacz"))
    told = [t for t in tell_items(items) if not t.startswith("wacz:")]
    assert told == ["record Ferry late", "damaged bad_record", "record Train late"]
    start = next(i for i in items if isinstance(i, Damaged)).byte_start
    assert start == next(i for i in items if isinstance(i, Record)).byte_end


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_a_large_gzip_member_that_is_corrupt_costs_no_neighbour(read: Read, place: float) -> None:
    """What came out of it before the break is set aside with it."""
    noise = b"".join(hashlib.sha256(bytes([n % 256, n // 256])).hexdigest().encode() for n in range(3_000))
    members = [bytearray(gzip.compress(r, mtime=0)) for r in (BEFORE, write_record("response", write_answer(noise, content_type="image/png"), "/x.png"), BEHIND)]
    assert len(members[1]) > 100_000
    members[1][int(len(members[1]) * place)] ^= 0xFF
    for data, name in ((b"".join(members), "crawl.warc.gz"), (write_wacz(b"".join(members)), "crawl.wacz")):
        told = [t for t in tell_items(read(data, Hints(name=name))) if not t.startswith("wacz:")]
        assert (told[0], told[-1]) == ("record Ferry late", "record Train late")
        assert "damaged bad_record" in told[1:-1]


@pytest.mark.parametrize(("name", "flags", "named"), [
    ("archive/data.warc.zst", 0, "unpack it first"), ("inner.wacz", 0, "unpack it first"), ("archive/data.warc.gz", 1, "encrypted"),
])
def test_an_archive_that_is_not_read_is_told(read: Read, name: str, flags: int, named: str) -> None:
    """Never passed over as if it held nothing."""
    data = bytearray(write_wacz(b"Ferry", name))
    data[data.index(name.encode()) - 24] |= flags
    [item] = [i for i in read(bytes(data), Hints(name="crawl.wacz")) if isinstance(i, Damaged)]
    assert item.reason == "format"
    assert named in item.detail
    assert name in item.detail


def test_a_wacz_that_breaks_off_or_is_damaged_between_members_is_told(read: Read) -> None:
    """What was whole is read."""
    data = write_wacz(pack_records(write_crawl()))
    cut = read(data[:data.index(b"indexes/") - 60], Hints(name="crawl.wacz"))
    assert [t for t in tell_items(cut) if t.startswith(("record", "damaged"))] == ["record Ferry late", "damaged truncated"]
    at = data.index(b"archive/")
    broken = read(data[:at - 30] + b"XX" + data[at - 28:], Hints(name="crawl.wacz"))
    assert tell_items(broken)[2] == "damaged bad_record"
    assert tell_items(broken)[-1] == "wacz:directory"


@pytest.mark.parametrize(("data", "name", "known"), [
    (write_wacz(b""), "x.wacz", True), (write_wacz(b""), "x.zip", True), (b"PK\x03\x04" + bytes(40), "x.zip", False), (b"PK\x03\x04", "x.zip", False),
    (b"Ferry", "x.wacz", False),
])
def test_a_wacz_is_known_by_its_name_or_its_members(data: bytes, name: str, known: bool) -> None:
    """Other zip files are left to others."""
    assert (recognise_wacz(data, name) is not None) == known


PIECES = st.sampled_from([
    b"WARC/1.0\r\n", b"WARC-Type: response\r\n", b"WARC-Type: request\r\n", b"Content-Length: 20\r\n", b"Content-Length: 3\r\n", b"\r\n", b"\n", b"HTTP/1.1 200 OK\r\n",
    b"Content-Type: text/html\r\n", b"<h1>x</h1>", b"x", b"\0", b"abcde", BEHIND,
])
ZIPPED = st.sampled_from([
    b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x07\x08", bytes(4), b"\x14\0", b"\x08\0", b"\0\0", b"x", b"\x1f\x8b\x08", b"archive/a.warc.gz",
    gzip.compress(BEHIND, mtime=0), write_wacz(BEHIND, "archive/a.warc"), write_wacz(pack_records([BEHIND]))[:-90], write_wacz(pack_records([BEHIND]), is_streamed=True)[:300],
])


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.lists(PIECES, max_size=40).map(b"".join), st.sampled_from([40, 2_000, 20_000_000]))
def test_items_tile_any_archive(check_tiling: Callable[..., None], data: bytes, limit: int) -> None:
    """Whatever the bytes are, and however small the limit."""
    check_tiling(list(read_records(io.BytesIO(data), FOUND, Hints(), limit)), len(data))


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.one_of(st.lists(ZIPPED, max_size=30).map(b"".join), st.binary(max_size=200)))
def test_items_tile_any_zip_file(check_tiling: Callable[..., None], data: bytes) -> None:
    """The same for a WACZ."""
    check_tiling(list(read_records(io.BytesIO(data), FOUND._replace(format="wacz"), Hints())), len(data))


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.integers(0, 2_000), st.integers(0, 255))
def test_a_changed_byte_never_costs_the_neighbours(check_tiling: Callable[..., None], place: int, value: int) -> None:
    """Of three records at most the one with the changed byte is lost."""
    data = bytearray(BEFORE + write_story("/x/bus-late", "Bus late") + BEHIND)
    data[len(BEFORE) + place % (len(data) - len(BEFORE) - len(BEHIND))] = value
    items = list(read_records(io.BytesIO(bytes(data)), FOUND, Hints()))
    check_tiling(items, len(data))
    told = tell_items(items)
    assert told[0] == "record Ferry late"
    assert told[-1] == "record Train late"


PACKINGS = st.lists(st.sampled_from(["gzip", "br", "deflate", "zstd", "identity", "", "x", "chunked"]), max_size=4).map(", ".join)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.one_of(st.binary(max_size=60), st.sampled_from([STORY, CHUNKED, gzip.compress(STORY), pack_brotli(STORY), zstandard.compress(STORY)])), PACKINGS, PACKINGS,
       st.integers(0, 200))
def test_any_body_is_unpacked_or_refused(body: bytes, content: str, transfer: str, cut: int) -> None:
    """Nothing but Reject is raised, and never is more than the limit unpacked."""
    answer = Answer(200, {"content-encoding": content, "transfer-encoding": transfer}, body[cut:])
    with contextlib.suppress(Reject):
        assert len(unpack_body(answer, 1_000)) <= 1_000


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.text(max_size=60), st.text(st.characters(codec="latin-1"), max_size=30), st.binary(max_size=30))
def test_any_header_is_read(value: str, name: str, body: bytes) -> None:
    """Whatever a server says."""
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=" + name.encode("latin-1") + b"\r\nX: " + value.encode("utf-8", "replace") + b"\r\n\r\n" + body
    for item in read_records(io.BytesIO(write_record("response", block, "/" + urllib.parse.quote(value)) + BEHIND), FOUND, Hints()):
        assert item.byte_end > item.byte_start
