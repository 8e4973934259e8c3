"""Compressed files: found by their first bytes, read member by member, and read up to the break when they are broken."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable
from typing import Any

import pytest
import zstandard

from transforms.model import Damaged, Record
from transforms.outcome import Reject
from transforms.readers.compression import decompress, name_damage, read_head
from transforms.readers.found import Hints

ROWS = b"id,title,text\n" + b"".join(b"%d,Pier %d,It is shut at %d.\n" % (n, n * 7919 % 1000, n * 104729 % 2399) for n in range(20_000))
PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "zstd": zstandard.ZstdCompressor(write_checksum=True).compress, "bzip2": lambda data: bz2.compress(data, 1), "xz": lzma.compress,
}
PADDING = {"gzip": b"\0" * 700, "zstd": b"\x50\x2a\x4d\x18\x04\0\0\0skip", "bzip2": b"", "xz": b"\0" * 400}
Read = Callable[..., list[Any]]


@pytest.fixture(params=PACK)
def kind(request: pytest.FixtureRequest) -> str:
    """Each compression in turn."""
    return str(request.param)


def test_the_head_is_seen_without_moving_on(kind: str) -> None:
    """Sniffing and reading use one stream."""
    stream, found = decompress(io.BytesIO(PACK[kind](ROWS)))
    assert found == kind
    assert read_head(stream)[:20] == ROWS[:20]
    assert stream.read() == ROWS
    assert name_damage(stream) is None


def test_several_members_are_one_file(kind: str) -> None:
    """As made by `cat a.gz b.gz`, with padding between them for gzip."""
    pad = PADDING[kind]
    packed = PACK[kind](ROWS[:5_000]) + pad + PACK[kind](b"") + PACK[kind](ROWS[5_000:]) + pad
    stream, _ = decompress(io.BytesIO(packed))
    assert stream.read() == ROWS
    assert name_damage(stream) is None


def test_a_cut_keeps_the_records_before_it(kind: str, read: Read) -> None:
    """Whole rows are records; the row in which the file breaks off is set aside, and the byte named."""
    packed = PACK[kind](ROWS)
    items = read(packed[: len(packed) // 2], Hints(name="a.csv.gz"))
    whole = [i for i in read(ROWS, Hints(name="a.csv")) if isinstance(i, Record)]
    got = [i for i in items if isinstance(i, Record)]
    assert 100 < len(got) < 20_000
    assert got == whole[: len(got)]
    assert isinstance(items[-1], Damaged)
    assert items[-1].reason == "truncated"
    assert f"byte {len(packed) // 2} " in items[-1].detail
    assert [i for i in items if isinstance(i, Damaged)] == [items[-1]]


def test_a_cut_before_the_first_byte_is_not_an_empty_file(kind: str) -> None:
    """The message tells what is wrong with it."""
    with pytest.raises(Reject, match="ends at byte 12 "):
        read_head(decompress(io.BytesIO(PACK[kind](ROWS)[:12]))[0])


def test_a_cut_between_rows_is_told_too(read: Read) -> None:
    """Without it a lost half would look like a short file."""
    squeeze = zstandard.ZstdCompressor().compressobj()
    first = squeeze.compress(ROWS[:14] + b"1,Pier,Shut\n") + squeeze.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    items = read(first, Hints(name="a.csv.zst"))
    assert [type(i).__name__ for i in items] == ["Gap", "Record", "Damaged"]
    assert (items[-1].reason, items[-1].byte_start) == ("truncated", items[-1].byte_end)


@pytest.mark.parametrize("form", ["text", "jsonl", "json"])
def test_a_cut_is_told_in_every_format(form: str, kind: str, read: Read) -> None:
    """The last record can't be trusted even where it could be parsed."""
    plain = {"text": b"Pier shut\n\nIt is.\n=====\n", "jsonl": b'{"title": "Pier"}\n', "json": b'[{"title":\n"Pier"},\n'}[form] * 30_000
    packed = PACK[kind](plain)
    items = read(packed[:-9], Hints(format=form))
    assert items[-1].reason == "truncated"
    assert all(i.reason == "truncated" for i in items if isinstance(i, Damaged))


def test_corrupt_bytes_keep_what_stands_before_them(kind: str) -> None:
    """A decoder that fails keeps its last output to itself; it is fetched by feeding the broken piece byte by byte."""
    noise = b"".join(bytes([n * n * 31 % 251]) for n in range(300_000))
    packed = bytearray(PACK[kind](noise))
    at = len(packed) * 3 // 4
    packed[at : at + 8] = b"\xff" * 8
    stream, _ = decompress(io.BytesIO(bytes(packed)))
    got = stream.read()
    assert noise.startswith(got[:-300_000] if len(got) == len(noise) else got[: len(got) // 2])
    assert name_damage(stream)


def test_a_bomb_is_read_in_small_parts() -> None:
    """1 GB of blanks in 32 KB must not be held at once."""
    import tracemalloc

    bomb = zstandard.ZstdCompressor().compress(b" " * (1 << 28))
    tracemalloc.start()
    stream, _ = decompress(io.BytesIO(bomb))
    total = 0
    while part := stream.read(1 << 20):
        total += len(part)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 1 << 28
    assert peak < 60_000_000


def test_what_follows_a_member_is_damage_unless_it_is_another() -> None:
    """Nothing is ignored in silence."""
    stream, _ = decompress(io.BytesIO(gzip.compress(ROWS) + b"garbage"))
    assert stream.read() == ROWS
    assert "corrupt" in (name_damage(stream) or "")
