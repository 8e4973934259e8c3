"""Web archives built byte by byte, with pages of the invented Harbour Post."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterable

from fastwarc.stream_io import BrotliWriter

from transforms.model import Damaged, Item, Record
from transforms.readers.found import Found

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

STORY = write_page("Ferry late")
CHUNKED = b"%x\r\n%b\r\n%x;note=x\r\n%b\r\n0\r\n\r\n" % (100, STORY[:100], len(STORY) - 100, STORY[100:])
RAW_DEFLATE = zlib.compressobj(wbits=-15)
BEFORE, BEHIND = write_story("/a/ferry-late", "Ferry late"), write_story("/b/train-late", "Train late")
