"""Containers from end to end: each member is an input of its own, and a box made to do harm costs itself and nobody else."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows import intake
from flows.problems import ExitCode
from warehouse.sql import run_sql

Command = Callable[..., Any]


def query(lake: Path | str, statement: str) -> list[tuple[Any, ...]]:
    """Rows of a SELECT over a lake."""
    with run_sql(lake, statement) as result:
        return list(result.rows())


def tell(number: int) -> bytes:
    """A story."""
    return (
        f"Ferry {number} late again in Brindle Bay\n\nBy Jane Roe\n\nLAGOS, Jan. 2 (Example News) - Ferry number {number} was late on Tuesday.\n"
    ).encode()


def pack_zip(**members: bytes) -> bytes:
    """A zip archive; `a__b_txt` stands for a/b.txt."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            stem, _, ending = name.replace("__", "/").rpartition("_")
            archive.writestr(f"{stem}.{ending}", data)
    return out.getvalue()


def pack_tar(members: dict[str, bytes]) -> bytes:
    """A tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


TABLE = b"id,title,text\nA-1,Owls counted,There were nine of them.\nA-2,Owls lost,Now there are eight.\n"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    """A zip archive with a story, a table, a picture, and a tar in it that holds another story."""
    path = tmp_path / "box.zip"
    path.write_bytes(pack_zip(
        dir__wire_txt=tell(1), owls_csv=TABLE, logo_png=b"\x89PNG\r\n", data_bin=b"\0\1", more_tgz=gzip.compress(pack_tar({"late/two.txt": tell(2)})),
    ))
    return path


def test_each_member_is_an_input_of_its_own(ingest: Command, copydesk: Command, box: Path) -> None:
    """With its own row, its own bytes to show, and a row for each container behind those of its members."""
    said = ingest(box)
    assert said.code == ExitCode.LANDED, said.err
    rows = query("news.lake", "SELECT replace(path, getvariable('here'), ''), format, compression, records_in, gaps, is_conserved FROM files"
                 .replace("getvariable('here')", f"'{box.parent}/'"))
    assert sorted((path, form, packing, count, kept) for path, form, packing, count, _, kept in rows) == [
        ("box.zip", "zip", None, 0, True),
        ("box.zip!/dir/wire.txt", "text", None, 1, True),
        ("box.zip!/more.tgz", "tar", "gzip", 0, True),
        ("box.zip!/more.tgz!/late/two.txt", "text", None, 1, True),
        ("box.zip!/owls.csv", "delimited", None, 2, True),
    ]
    assert "box.zip!/logo.png: .png holds no news" in said.err
    assert "box.zip!/data.bin: no known ending" in said.err
    assert query("news.lake", "SELECT dialect FROM files WHERE format = 'zip'") == [
        ("3 members read, 2 passed over (.png holds no news 1, no known ending 1)",),
    ]
    shown = copydesk("show", "A-2")
    assert shown.code == 0
    assert "owls.csv, record 2" in shown.out
    verified = copydesk("verify")
    assert verified.code == 0, verified.out


def test_a_box_that_has_landed_is_passed_over_unopened(ingest: Command, box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its hash; a box with one more member is opened, and only that member is read."""
    assert ingest(box).code == ExitCode.LANDED

    def fail(*given: object) -> None:
        raise AssertionError(given)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "find_container", fail)
        assert "Nothing new" in ingest(box).err
    with zipfile.ZipFile(box, "a") as archive:
        archive.writestr("three.txt", tell(3))
    assert ingest(box).code == ExitCode.LANDED
    assert query("news.lake", "SELECT records_in, files_skipped FROM runs ORDER BY started_at DESC LIMIT 1") == [(1, 3)]


def test_a_story_in_two_boxes_and_beside_them_lands_once(ingest: Command, tmp_path: Path) -> None:
    """Told by the hash of its bytes."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.zip").write_bytes(pack_zip(x_txt=tell(1)))
    (tmp_path / "in" / "b.tar").write_bytes(pack_tar({"y.txt": tell(1)}))
    (tmp_path / "in" / "c.txt").write_bytes(tell(1))
    assert ingest("in").code == ExitCode.LANDED
    assert query("news.lake", "SELECT count(*) FROM articles") == [(1,)]


def test_parse_sniff_and_rows_look_into_boxes(copydesk: Command, box: Path) -> None:
    """In the same order, and without a lake."""
    parsed = copydesk("parse", box)
    assert parsed.code == 0
    assert [json.loads(line)["headline"].split()[0:2] for line in parsed.out.splitlines()] == [
        ["Ferry", "1"], ["Owls", "counted"], ["Owls", "lost"], ["Ferry", "2"],
    ]
    sniffed = [json.loads(line) for line in copydesk("sniff", box).out.splitlines()]
    assert [(answer["path"].rpartition("/")[2], answer["format"]) for answer in sniffed] == [
        ("wire.txt", "text"), ("owls.csv", "delimited"), ("two.txt", "text"), ("more.tgz", "tar"), ("box.zip", "zip"),
    ]
    assert '["A-2","Owls lost","Now there are eight."]' in copydesk("rows", box).out


@pytest.mark.parametrize("command", ["ingest", "parse"])
def test_containers_are_opened_to_a_depth(ingest: Command, copydesk: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """What lies deeper is told, and what lies beside it is read."""
    inner = tell(0)
    name = "zero_txt"
    for level in range(4):
        inner, name = pack_zip(**{name: inner, f"side{level}_txt": tell(level + 1)}), f"level{level}_zip"
    (tmp_path / "deep.zip").write_bytes(inner)
    monkeypatch.setenv("COPYDESK_MAX_DEPTH", "3")
    said = ingest("deep.zip") if command == "ingest" else copydesk("parse", "deep.zip")
    assert said.code == ExitCode.FILES_FAILED
    assert "deep.zip!/level2.zip!/level1.zip!/level0.zip: containers lie 4 deep here, more than 3" in said.err
    if command == "ingest":
        assert query("news.lake", "SELECT headline FROM articles ORDER BY 1") == [(f"Ferry {n} late again in Brindle Bay",) for n in (2, 3, 4)]
        monkeypatch.setenv("COPYDESK_MAX_DEPTH", "4")
        assert ingest("deep.zip").code == ExitCode.LANDED
        assert query("news.lake", "SELECT count(*) FROM articles") == [(5,)]
    else:
        assert len(said.out.splitlines()) == 3


@pytest.mark.parametrize("command", ["ingest", "parse"])
@pytest.mark.parametrize(("setting", "value", "message"), [
    ("MAX_UNPACKED_BYTES", "3000000", "more than 3,000,000 bytes had come out of"),
    ("MAX_MEMBERS", "20", "members"),
])
def test_a_nested_bomb_costs_itself_alone(
    ingest: Command, copydesk: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, setting: str, value: str, message: str,
) -> None:
    """Built as 42.zip is: boxes of boxes of a file of nothing. The file beside it lands."""
    box = pack_zip(zero_txt=b" " * 1_000_000)
    for _ in range(2):
        box = pack_zip(**{f"part{n}_zip": box + b"%d" % n for n in range(8)})
    inbox = tmp_path / "in"
    inbox.mkdir()
    (inbox / "bomb.zip").write_bytes(box)
    (inbox / "story.txt").write_bytes(tell(1))
    monkeypatch.setenv(f"COPYDESK_{setting}", value)
    said = ingest(inbox) if command == "ingest" else copydesk("parse", inbox)
    assert said.code == ExitCode.FILES_FAILED
    assert "bomb.zip: " in said.err
    assert message in said.err
    assert f"COPYDESK_{setting}" in said.err
    if command == "ingest":
        assert query("news.lake", "SELECT headline FROM articles") == [("Ferry 1 late again in Brindle Bay",)]
        assert copydesk("verify").code == 0
    else:
        assert "Ferry 1" in said.out.splitlines()[-1]


def test_a_member_that_holds_far_too_much_for_its_size_is_left(ingest: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is read."""
    monkeypatch.setattr("flows.boxes.FREE", 1_000_000)
    (tmp_path / "box.zip").write_bytes(pack_zip(a_txt=bytes(5_000_000), b_txt=tell(1), c_txt=zlib_noise(30_000)))
    said = ingest("box.zip")
    assert said.code == ExitCode.FILES_FAILED
    assert "box.zip!/a.txt: it holds more than 200 times its packed size" in said.err
    assert query("news.lake", "SELECT count(*) FROM articles WHERE headline LIKE 'Ferry 1%'") == [(1,)]
    assert not list((tmp_path / "news.lake" / "originals").glob("*.part"))


def zlib_noise(size: int) -> bytes:
    """Text that can't be packed, to give a box some weight."""
    import hashlib

    return b"".join(hashlib.sha256(b"%d" % n).hexdigest().encode() + b"\n" for n in range(size // 65))


def test_an_encrypted_member_is_told_in_every_run(ingest: Command, tmp_path: Path) -> None:
    """A box in which something could not be read is opened again."""
    data = bytearray(pack_zip(secret_txt=tell(1), open_txt=tell(2)))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "box.zip").write_bytes(bytes(data))
    for count in (1, 0):
        said = ingest("box.zip")
        assert said.code == ExitCode.FILES_FAILED
        assert "box.zip!/secret.txt: it is encrypted" in said.err
        assert query("news.lake", "SELECT landed FROM runs ORDER BY started_at DESC LIMIT 1") == [(count,)]
    assert query("news.lake", "SELECT path, status FROM files ORDER BY 1") == [("box.zip!/open.txt", "landed"), ("box.zip!/secret.txt", "failed")]


def test_a_member_that_breaks_off_keeps_its_whole_records(ingest: Command, copydesk: Command, tmp_path: Path) -> None:
    """The record in which it breaks off is set aside, and the box is told to be cut."""
    rows = b"id,title,text\n" + b"".join(b"%d,Ferry %d,It was late on day %d.\n" % (n, n, n) for n in range(200))
    data = pack_tar({"one.txt": tell(1), "rows.csv": rows})
    (tmp_path / "box.tar").write_bytes(data[: data.index(b"199,Ferry") + 20])
    said = ingest("box.tar")
    assert said.code == ExitCode.FILES_FAILED
    assert "could not be read: box.tar: behind its member 2" in said.err
    assert query("news.lake", "SELECT count(*) FROM articles") == [(200,)]
    assert query("news.lake", "SELECT reason FROM quarantine") == [("truncated",)]
    assert copydesk("verify").code == 0


def test_names_that_lead_out_of_a_box_are_read_and_told(ingest: Command, tmp_path: Path) -> None:
    """Nothing is written under them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../escaped.txt", tell(1))
        archive.writestr("/etc/absolute.txt", tell(2))
        archive.writestr("odd\x1b[2J\nname.txt", tell(3))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "box.zip").write_bytes(out.getvalue())
    said = ingest("in")
    assert said.code == ExitCode.LANDED
    assert said.err.count("its name leads out of the container") == 2
    assert "\x1b" not in said.err
    assert query("news.lake", "SELECT path FROM files WHERE format = 'text' ORDER BY 1") == [
        ("in/box.zip!/../../escaped.txt",), ("in/box.zip!//etc/absolute.txt",), ("in/box.zip!/odd\\x1b[2J\\nname.txt",),
    ]
    assert not list(tmp_path.rglob("*.txt"))


@pytest.mark.parametrize("data", [b"PK\x05\x06" + bytes(18), b"PK\x03\x04", b"PK\x03\x04" + bytes(500), pack_tar({})[:512], b"\x1f\x8b" * 40])
def test_broken_and_empty_boxes_are_answered(ingest: Command, tmp_path: Path, data: bytes) -> None:
    """An empty archive has landed; a broken one has failed."""
    (tmp_path / "box.zip").write_bytes(data)
    said = ingest("box.zip")
    assert said.code == (ExitCode.LANDED if data.startswith(b"PK\x05\x06") else ExitCode.FILES_FAILED)
    assert "Traceback" not in said.err
