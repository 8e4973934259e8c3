"""Laws of all readers: items tile the file, nothing but Reject is raised, whatever the bytes are."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from typing import Any

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from transforms.model import Gap, Record
from transforms.outcome import Reject
from transforms.readers import window
from transforms.readers.compression import decompress
from transforms.readers.found import Found, Hints
from transforms.readers.records import read_cells, read_records

LAW = settings(derandomize=True, deadline=None, max_examples=400)
PIECES = st.sampled_from([
    b"a", b"title", b"1", b",", b";", b"\t", b'"', b'""', b"'", b"\\", b"\n", b"\r\n", b"\r", b"\0", b" ", b"\xe9", b"\xc3\xa9", b"\xff\xfe",
    b"\xef\xbb\xbf", b"{", b"}", b"[", b"]", b":", b'{"title":"x"}', b"=====", b"-----", b"\f", b"\xed\xa0\x80", b"\xf0\x9f\x97\x9e", b"\n\n", b"A. B\n",
])
BYTES = st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=60).map(b"".join))
ENCODINGS = st.sampled_from(["utf-8", "cp1252", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "shift_jis", "gb18030"])
ENDS = st.sampled_from(["\n", "\r"])
FOUND = st.one_of(
    st.tuples(
        ENCODINGS, st.sampled_from([",", ";", "\t", "|", ", ", "||"]), st.sampled_from(['"', "'", ""]), st.sampled_from(["", "\\"]), ENDS,
        st.sampled_from([0, 0, 1, 3]), st.integers(1, 3), st.sampled_from([0, 0, 2, 3, 5]),
    ).map(lambda t: Found("delimited", t[0], 1.0, t[1], t[2], escape=t[3], newline=t[4], preamble=t[5], header_rows=t[6], width=t[7])),
    st.tuples(ENCODINGS, st.sampled_from([None, "\f", "=", "-", "*", "A. B", "A{n}"]), ENDS).map(lambda t: Found("text", t[0], 1.0, t[1], newline=t[2])),
    st.tuples(st.sampled_from(["jsonl", "json"]), ENCODINGS, ENDS).map(lambda t: Found(t[0], t[1], 1.0, newline=t[2])),
)
COLUMNS = Hints(columns={"a": "body", "1": "headline", "2": "body", "3": "byline"})


@LAW
@given(BYTES, FOUND, st.integers(1, 400))
def test_items_tile_any_bytes_in_any_dialect(check_tiling: Callable[..., None], data: bytes, found: Found, limit: int) -> None:
    """Whatever the file is said to be in."""
    try:
        items = list(read_records(io.BytesIO(data), found, COLUMNS, limit))
    except Reject:
        return
    check_tiling(items, len(data))


@LAW
@given(BYTES, FOUND)
def test_items_tile_rows_below_a_header(check_tiling: Callable[..., None], data: bytes, found: Found) -> None:
    """The same with a header that always fits, so that the rows are what is tried."""
    divider = (found.delimiter or ",") if found.format == "delimited" else "\n"
    head = f"id{divider}title{divider}text{found.newline}".encode(found.encoding)
    items = list(read_records(io.BytesIO(head + data), found._replace(preamble=0, header_rows=1), Hints()))
    check_tiling(items, len(head) + len(data))


@LAW
@given(BYTES, st.sampled_from([None, "csv", "tsv", "text", "jsonl", "json"]), st.sampled_from(["", "a.csv", "a.jsonl", "a.txt"]))
@example(b'"\n', "csv", "")
@example(b"\xef\xbb\xbf", None, "")
def test_sniffing_any_bytes_tiles_or_rejects(read: Callable[..., list[Any]], data: bytes, form: str | None, name: str) -> None:
    """From sniffing to the last item."""
    try:
        read(data, Hints(format=form, name=name))
    except Reject as no:
        assert no.detail


@LAW
@given(BYTES, FOUND)
def test_cells_never_raise(data: bytes, found: Found) -> None:
    """Rows can be shown of any bytes."""
    if found.format == "delimited":
        for row in read_cells(io.BytesIO(data), found):
            assert all(isinstance(cell, str) for cell in row)


@LAW
@given(BYTES, FOUND, st.sampled_from([1, 3, 16, 50]))
def test_chunks_do_not_matter(data: bytes, found: Found, chunk: int) -> None:
    """However little is read at a time, the items are the same."""
    divider = (found.delimiter or ",") if found.format == "delimited" else "\n"
    data = f"id{divider}title{divider}text{found.newline}".encode(found.encoding) + data
    found = found._replace(preamble=0, header_rows=1)
    whole = list(read_records(io.BytesIO(data), found))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window, "CHUNK", chunk)
        assert list(read_records(io.BytesIO(data), found)) == whole


CELL = st.text(st.sampled_from("ab,;\"'\n \té🗞\\"), max_size=12)


@LAW
@given(st.lists(st.tuples(CELL, CELL, CELL), max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_well_formed_rows_are_read_as_the_csv_module_reads_them(
    check_tiling: Callable[..., None], rows: list[tuple[str, ...]], end: str, quote_all: bool
) -> None:
    """The reference for cells that need no judgement."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerows([("id", "title", "text"), *rows])
    text = out.getvalue()
    found = Found("delimited", "utf-8", 1.0, ",")
    expected = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    assert list(read_cells(io.BytesIO(text.encode()), found)) == expected
    items = list(read_records(io.BytesIO(text.encode()), found))
    check_tiling(items, len(text.encode()))
    shown = [(r.record_id, r.document) for r in items if isinstance(r, Record)]
    filled = [row for row in expected[1:] if row[1].strip() or row[2].strip()]
    assert shown == [(r[0].strip() or None, "\n\n".join(c.strip() for c in r[1:] if c.strip())) for r in filled]


@LAW
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=6), st.sampled_from(["utf-16", "utf-16-be", "utf-32", "utf-8-sig"]))
def test_wide_encodings_give_the_same_records(read: Callable[..., list[Any]], lines: list[str], encoding: str) -> None:
    """A file in UTF-16 or UTF-32 holds what the same file in UTF-8 holds."""
    text = "".join(f'{{"title": "x{n}", "k": {json_text(line)}}}\n' for n, line in enumerate(lines))
    wide = list(read(text.encode(encoding), Hints(format="jsonl", encoding=encoding)))
    plain = list(read(text.encode(), Hints(format="jsonl")))
    shown = [[i._replace(byte_start=0, byte_end=0) for i in items if not isinstance(i, Gap)] for items in (wide, plain)]
    assert shown[0] == shown[1]


def json_text(line: str) -> str:
    """A JSON string, its characters unescaped."""
    import orjson

    return orjson.dumps(line).decode()


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.ZstdCompressor(write_checksum=True).compress], ids=["gzip", "zstd"])
@LAW
@given(st.integers(0, 10**6), st.booleans())
def test_broken_packing_gives_a_prefix(pack: Callable[[bytes], bytes], at: int, is_cut: bool) -> None:
    """Cut or corrupt at any byte, what comes out is how the file begins (a flipped byte may change only what a checksum then refutes)."""
    plain = b"".join(b"%d,Pier %d,shut at %d\n" % (n, n * 7919 % 1000, n * 104729 % 2399) for n in range(400))
    packed = pack(plain)
    at %= len(packed)
    broken = packed[:at] if is_cut else packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :]
    stream, kind = decompress(io.BytesIO(broken))
    got = stream.read()
    if kind is None:
        assert got == broken
    elif is_cut:
        assert plain.startswith(got)
        assert stream.raw.damage if at else True  # type: ignore[attr-defined]
    else:
        assert stream.raw.damage or got == plain  # type: ignore[attr-defined]
