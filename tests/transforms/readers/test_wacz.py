"""Web archives in zip files: read as they lie there, and a corrupt member costs no other."""

from __future__ import annotations

import gzip
import hashlib

import pytest

from tests.transforms.readers.crawl import (
    BEFORE,
    BEHIND,
    CRAWL,
    Read,
    pack_records,
    tell_item,
    tell_items,
    write_answer,
    write_crawl,
    write_record,
    write_wacz,
)
from transforms.model import Damaged, Record
from transforms.readers.formats.wacz import recognise_wacz
from transforms.readers.found import Hints

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
