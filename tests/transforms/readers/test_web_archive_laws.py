"""Web archives of any bytes: items tile them, bodies are unpacked or refused, a changed byte costs no neighbour."""

from __future__ import annotations

import contextlib
import gzip
import io
import urllib.parse
from collections.abc import Callable

import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.readers.crawl import (
    BEFORE,
    BEHIND,
    CHUNKED,
    FOUND,
    STORY,
    pack_brotli,
    pack_records,
    tell_items,
    write_record,
    write_story,
    write_wacz,
)
from transforms.outcome import Reject
from transforms.readers.found import Hints
from transforms.readers.http_message import Answer, unpack_body
from transforms.readers.records import read_records

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
