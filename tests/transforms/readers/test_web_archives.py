"""Web archives: articles are read, the rest is counted, damage stays where it is."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tracemalloc
import zlib
from typing import Any

import pytest
import zstandard
from fastwarc.warc import ArchiveIterator

from tests.transforms.readers.crawl import (
    BEFORE,
    BEHIND,
    CHUNKED,
    CRAWL,
    FOUND,
    RAW_DEFLATE,
    SITE,
    STORY,
    Read,
    pack_brotli,
    pack_records,
    tell_item,
    tell_items,
    write_answer,
    write_crawl,
    write_page,
    write_record,
    write_story,
)
from transforms.model import Damaged, Record
from transforms.readers.found import Hints
from transforms.readers.records import read_records
from transforms.readers.sniff import sniff


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
