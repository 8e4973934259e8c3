"""Containers: every member is met once, what can't be read is told with its reason, and nothing that a stranger packed does harm."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.outcome import Reject
from transforms.readers.compression import FREE, decompress, name_damage
from transforms.readers.containers import find_container, read_members
from transforms.readers.found import Hints
from transforms.readers.members import Member
from transforms.readers.tar_members import read_tar
from transforms.readers.zip_members import read_zip

MOST = 1000
LAW = settings(derandomize=True, deadline=None, max_examples=150)
TEXT = b"".join(b"Ferry %d of the day was late, and nobody on quay %d was surprised.\n" % (n, n * 7919 % 100) for n in range(3000))
Got = list[tuple[str, bytes | str]]


def pack_zip(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.comment = comment
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def pack_tar(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def collect(members: Iterator[Member]) -> tuple[Got, str | None]:
    """Names with bytes, or with the reason why there are none; and what is wrong with the whole."""
    got: Got = []
    try:
        for member in members:
            if member.refusal or member.passed:
                got.append((member.name, member.refusal or member.passed or ""))
                continue
            try:
                stream = member.open()
                data = stream.read()
                got.append((member.name, name_damage(stream) or data))
            except Reject as no:
                got.append((member.name, no.detail))
    except Reject as no:
        return got, no.detail
    return got, None


def read_zip_bytes(data: bytes, most: int = MOST) -> tuple[Got, str | None]:
    """The members of a zip archive."""
    return collect(read_zip(io.BytesIO(data), most))


def read_tar_bytes(data: bytes, most: int = MOST) -> tuple[Got, str | None]:
    """The members of a tar archive, from a stream that can't be sought."""
    return collect(read_tar(decompress(io.BytesIO(data))[0], most))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_method_of_zip(method: int) -> None:
    """The bytes are those that were packed."""
    assert read_zip_bytes(pack_zip(("a.txt", TEXT), ("b/c.txt", b""), method=method)) == ([("a.txt", TEXT), ("b/c.txt", b"")], None)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_dialect_of_tar(form: int) -> None:
    """Long names, empty members and members that fill their block."""
    name = "inbox/" + "/".join(["deep" * 5] * 7) + "/wire.txt"
    members = [("a.txt", TEXT), (name, b"x" * 512), ("empty.txt", b"")]
    assert read_tar_bytes(pack_tar(*members, form=form)) == (members, None)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress], ids=["gz", "bz2", "xz"])
def test_a_compressed_tar_is_a_tar(pack: Callable[[bytes], bytes]) -> None:
    """Found through its compression, even where its first block is as large as can be."""
    noise = b"".join(zlib.crc32(b"%d" % n).to_bytes(4, "big") for n in range(400_000))
    raw = io.BytesIO(pack(pack_tar(("a.txt", TEXT), ("noise.bin", noise))))
    container, _ = find_container(raw, Hints(name="box"))
    assert container
    assert container.kind == "tar"
    raw.seek(0)
    assert collect(read_members(raw, container, "box", MOST))[0][0] == ("a.txt", TEXT)


def test_a_zip64_archive_is_read() -> None:
    """Sizes that stand in extra fields, and a directory that is told by its longer record."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(TEXT)
    data = out.getvalue()
    assert read_zip_bytes(data) == ([("a.txt", TEXT)], None)
    end = data.rindex(b"PK\x05\x06")
    count, length, offset = struct.unpack_from("<HII", data, end + 10)
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, length, offset)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    short = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert read_zip_bytes(data[:end] + record + locator + short) == ([("a.txt", TEXT)], None)


def test_an_archive_behind_other_bytes_is_read() -> None:
    """As in a program that unpacks itself."""
    assert read_zip_bytes(b"#!/bin/sh\n" * 50 + pack_zip(("a.txt", TEXT), comment=b"see PK\x05\x06 below")) == ([("a.txt", TEXT)], None)


def test_members_of_the_same_name_are_each_read() -> None:
    """Which of them is meant can't be known."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = pack_zip(("a.txt", b"one"), ("a.txt", b"two"))
    assert read_zip_bytes(data) == ([("a.txt", b"one"), ("a.txt", b"two")], None)


@pytest.mark.parametrize("name", ["../../etc/a.txt", "/etc/a.txt", "C:\\a.txt", "a\\..\\b.txt", "día.txt", "🦉.txt", "a\x1b[2J.txt", "a" * 3000 + ".txt"])
def test_names_are_passed_on_as_they_are(name: str) -> None:
    """Nothing is written under them."""
    assert read_zip_bytes(pack_zip((name, TEXT))) == ([(name, TEXT)], None)
    assert read_tar_bytes(pack_tar((name, TEXT))) == ([(name, TEXT)], None)


def test_names_that_are_no_utf8_cost_nobody_anything() -> None:
    """In zip they are in the code page of DOS; bytes that lie about being UTF-8 are shown as they are."""
    plain = pack_zip(("dXa.txt", TEXT), ("b.txt", TEXT))
    assert read_zip_bytes(plain.replace(b"dXa.txt", b"d\xa1a.txt"))[0] == [("día.txt", TEXT), ("b.txt", TEXT)]
    marked = pack_zip(("dí.txt", TEXT), ("b.txt", TEXT)).replace("dí.txt".encode(), b"d\xff\xfe.txt")
    assert [name for name, _ in read_zip_bytes(marked)[0]] == ["d\\xff\\xfe.txt", "b.txt"]
    assert read_tar_bytes(pack_tar(("dXa.txt", b"1"), form=tarfile.GNU_FORMAT).replace(b"dXa", b"d\xa1a"))[1]  # the checksum tells


def test_an_encrypted_member_is_refused_and_the_next_is_read() -> None:
    """Its flag is enough; the password is nobody's business here."""
    data = bytearray(pack_zip(("a.txt", TEXT), ("b.txt", TEXT)))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    got, fault = read_zip_bytes(bytes(data))
    assert "encrypted" in str(got[0][1])
    assert got[1] == ("b.txt", TEXT)
    assert fault is None


@pytest.mark.parametrize(("method", "named"), [(9, "Deflate64"), (98, "PPMd"), (77, "method 77")])
def test_a_method_that_is_not_read_is_named(method: int, named: str) -> None:
    """So that people know what to ask for."""
    data = bytearray(pack_zip(("a.txt", TEXT)))
    struct.pack_into("<H", data, data.index(b"PK\x01\x02") + 10, method)
    assert named in str(read_zip_bytes(bytes(data))[0][0][1])


def test_links_and_devices_are_not_followed() -> None:
    """In either container."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, kind in (("l.txt", tarfile.SYMTYPE), ("h.txt", tarfile.LNKTYPE), ("null", tarfile.CHRTYPE), ("pipe", tarfile.FIFOTYPE), ("d", tarfile.DIRTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    got, fault = read_tar_bytes(out.getvalue())
    assert [str(why).split(",")[0] for _, why in got] == ["a link", "a link", "a device", "a pipe", "a folder"]
    assert fault is None
    link = zipfile.ZipInfo("l.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr(link, "/etc/passwd")
    assert read_zip_bytes(packed.getvalue()) == ([("l.txt", "a link, which is not followed")], None)


def test_members_that_share_their_bytes_are_a_bomb() -> None:
    """The trick by which 10 MB hold 281 TB."""
    data = pack_zip(("a.txt", TEXT), ("b.txt", TEXT))
    directory = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", directory + 4)
    twisted = bytearray(data)
    struct.pack_into("<I", twisted, second + 42, 0)
    got, fault = read_zip_bytes(bytes(twisted))
    assert got == []
    assert "'a.txt' and 'b.txt' share the same bytes" in (fault or "")


def test_too_many_members_are_told_before_they_are_read() -> None:
    """The directory says how many there are; a tar only as it passes."""
    members = [(f"{n}.txt", b"x") for n in range(30)]
    assert read_zip_bytes(pack_zip(*members), most=20)[0] == []
    assert "30 members, more than 20" in (read_zip_bytes(pack_zip(*members), most=20)[1] or "")
    got, fault = read_tar_bytes(pack_tar(*members), most=20)
    assert len(got) == 20
    assert "more than 20 members" in (fault or "")


@pytest.mark.parametrize("at", range(0, 100, 7))
def test_a_cut_zip_gives_the_members_before_the_cut(at: int) -> None:
    """Its directory is at its end and so always lost; the headers before the data are not."""
    members = [(f"{n}.txt", TEXT[n:]) for n in range(5)]
    data = pack_zip(*members)
    cut = len(data) * at // 100
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        ends = [*(info.header_offset for info in archive.infolist()[1:]), archive.start_dir]
    got, fault = read_zip_bytes(data[:cut])
    whole = [one for one in got if isinstance(one[1], bytes)]
    assert whole == members[: sum(end <= cut for end in ends)]
    assert "directory is missing" in (fault or "")


def test_a_cut_zip_with_sizes_behind_the_data_is_read_too() -> None:
    """As written to a pipe: where a member ends is known only when it is unpacked."""
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            super().__init__()
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes, /) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", TEXT)
        archive.writestr("b.txt", TEXT[:99])
    got, fault = read_zip_bytes(pipe.data[: pipe.data.index(b"PK\x01\x02")])
    assert got == [("a.txt", TEXT), ("b.txt", TEXT[:99])]
    assert fault


@pytest.mark.parametrize("at", [*range(0, 3072, 97), 512, 1024, 2048])
def test_a_cut_tar_gives_the_members_before_the_cut_and_says_so(at: int) -> None:
    """Even where it is cut at the border of a member."""
    members = [(f"{n}.txt", b"%d" % n * 300) for n in range(6)]
    got, fault = read_tar_bytes(pack_tar(*members, form=tarfile.USTAR_FORMAT)[:at])
    whole = [one for one in got if isinstance(one[1], bytes)]
    assert whole == members[: len(whole)]
    assert fault


def test_tars_put_one_behind_the_other_are_read_to_the_end() -> None:
    """`cat a.tar b.tar`, of which tar itself reads the first half."""
    got, fault = read_tar_bytes(pack_tar(("a.txt", TEXT)) + pack_tar(("b.txt", TEXT)))
    assert got == [("a.txt", TEXT), ("b.txt", TEXT)]
    assert fault is None


def test_a_changed_byte_is_told() -> None:
    """By the checksum, where nothing else shows it."""
    data = bytearray(pack_zip(("a.txt", TEXT), ("b.txt", TEXT), method=zipfile.ZIP_STORED))
    data[100] ^= 1
    got, fault = read_zip_bytes(bytes(data))
    assert "checksum" in str(got[0][1])
    assert got[1] == ("b.txt", TEXT)
    assert fault is None


def test_a_header_that_asks_for_gigabytes_gets_none() -> None:
    """The long name of a tar, the window of LZMA."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 33
    assert "8,589,934,592 bytes long" in (read_tar_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(4096))[1] or "")
    data = bytearray(pack_zip(("a.txt", TEXT), method=zipfile.ZIP_LZMA))
    struct.pack_into("<I", data, 30 + 5 + 5, 0xFFFFFFFF)
    assert "a window of 4,294,967,295 bytes" in str(read_zip_bytes(bytes(data))[0][0][1])


def test_workbooks_are_no_containers() -> None:
    """A format of its own is asked first; a zip of workbooks is a container."""
    book = pack_zip(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>"))
    assert find_container(io.BytesIO(book), Hints(name="book.xlsx"))[0] is None
    container, _ = find_container(io.BytesIO(pack_zip(("book.xlsx", book))), Hints(name="box.zip", format="csv"))
    assert container
    assert container.kind == "zip"


def test_what_is_packed_twice_is_a_container_of_one() -> None:
    """Its content can't be read as it passes."""
    for data, name in ((pack_zip(("a.txt", TEXT)), "box.zip"), (gzip.compress(TEXT), "a.txt.gz")):
        raw = io.BytesIO(gzip.compress(data))
        container, _ = find_container(raw, Hints(name=f"{name}.gz"))
        assert container
        assert container.kind == "packed"
        raw.seek(0)
        assert collect(read_members(raw, container, f"{name}.gz", MOST)) == ([(name, data)], None)
    assert find_container(io.BytesIO(gzip.compress(TEXT)), Hints(name="a.txt.gz"))[0] is None


@pytest.mark.parametrize("pack", [bz2.compress, lzma.compress], ids=["bzip2", "xz"])
def test_a_bomb_stops_where_only_bombs_go(pack: Callable[[bytes], bytes]) -> None:
    """Many times its size comes out, in small parts, and no more."""
    part = pack(bytes(1 << 26))
    stream, _ = decompress(io.BytesIO(part * 8))
    total = 0
    while data := stream.read(1 << 20):
        total += len(data)
    assert FREE <= total + (1 << 21) <= FREE + (1 << 22)
    assert "200 times its own size" in (name_damage(stream) or "")


@LAW
@given(st.binary(max_size=300), st.integers(0, 10**6), st.sampled_from(["zip", "tar"]))
def test_damage_anywhere_is_an_answer(noise: bytes, at: int, kind: str) -> None:
    """Whatever stands in the bytes, there is an end, and nothing but Reject is raised."""
    data = bytearray(pack_zip(("a.txt", TEXT[:500]), ("b/c.csv", TEXT[:90])) if kind == "zip" else pack_tar(("a.txt", TEXT[:500]), ("b.csv", TEXT[:90])))
    at %= len(data)
    data[at : at + len(noise)] = noise
    for read in (read_zip_bytes, read_tar_bytes):
        read(bytes(data))
    with suppress(Reject):
        find_container(io.BytesIO(bytes(data)), Hints())
