"""Files that no catalog knows agree with the hashes beside them, wherever their writer was killed; what changed is named."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from warehouse import seal
from warehouse.seal import SEAL, check_seal, drop_files, put_files, read_seal, seal_folder, write_sums


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sealed folder of two files."""
    put_files(tmp_path, {"index.html": b"<p>Ferry late</p>", "report.json": b"{}"})
    return tmp_path


def flip(path: Path, at: int = 0) -> None:
    """Turn one bit over."""
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_what_was_put_agrees(folder: Path) -> None:
    """As do files that came before it, or that are put again."""
    assert list(check_seal(folder)) == []
    put_files(folder, {"report.json": b"{1}", "new.csv": b"a"})
    assert list(check_seal(folder)) == []
    assert set(read_seal(folder)) == {"index.html", "report.json", "new.csv"}
    assert all(len(sums) == 1 for sums in read_seal(folder).values())


def test_coreutils_read_it(folder: Path) -> None:
    """Nobody needs this program to check a report."""
    done = subprocess.run(["sha256sum", "--check", "--strict", SEAL], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "index.html: OK\nreport.json: OK\n"


@pytest.mark.parametrize("name", ["index.html", "report.json", SEAL])
def test_a_bit_that_turned_is_named(folder: Path, name: str) -> None:
    """Every bit of every file, the seal's own among them."""
    whole = (folder / name).read_bytes()
    for at in range(len(whole)):
        flip(folder / name, at)
        assert all(fault.startswith(f"{folder / name}: ") for fault in check_seal(folder))
        assert len(list(check_seal(folder))) == 1
        (folder / name).write_bytes(whole)
    assert list(check_seal(folder)) == []


@pytest.mark.parametrize(("harm", "fault"), [
    (lambda place: (place / "index.html").unlink(), "it is gone"),
    (lambda place: (place / "index.html").write_bytes(b""), "it has changed"),
    (lambda place: ((place / "index.html").unlink(), (place / "index.html").mkdir()), "it can't be read: Is a directory"),
], ids=["gone", "empty", "folder"])
def test_what_is_wrong_is_said(folder: Path, harm: Callable[[Path], object], fault: str) -> None:
    """With the path."""
    harm(folder)
    assert [line[:len(str(folder)) + 13 + len(fault)] for line in check_seal(folder)] == [f"{folder / 'index.html'}: {fault}"]


def test_files_that_are_not_named_are_let_be(folder: Path) -> None:
    """A folder of an earlier release has no seal at all."""
    (folder / "notes.txt").write_text("mine")
    assert list(check_seal(folder)) == []
    (folder / SEAL).unlink()
    assert list(check_seal(folder)) == []


def test_dropped_files_are_no_fault(folder: Path) -> None:
    """Nor are those that were never named."""
    drop_files(folder, ["report.json", "nosuch"])
    assert list(check_seal(folder)) == []
    assert set(read_seal(folder)) == {"index.html"}


def test_a_folder_is_sealed_as_it_lies(tmp_path: Path) -> None:
    """But what is half written."""
    (tmp_path / "a b.csv").write_text("x")
    (tmp_path / ".half").write_text("y")
    seal_folder(tmp_path)
    assert set(read_seal(tmp_path)) == {"a b.csv"}


@pytest.mark.parametrize("step", range(8))
def test_a_writer_killed_at_any_step_leaves_a_folder_that_agrees(folder: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Of each file the old or the new content; and the next writer goes on from there."""
    left = step
    real = seal.put_whole

    def strike() -> None:
        nonlocal left
        if not left:
            raise KeyboardInterrupt
        left -= 1

    def put(path: Path, content: bytes) -> None:
        strike()
        real(path, content)
        strike()

    monkeypatch.setattr(seal, "put_whole", put)
    with pytest.raises(KeyboardInterrupt):
        put_files(folder, {"index.html": b"<p>Ferry on time</p>", "report.json": b"[]"})
    assert list(check_seal(folder)) == []
    monkeypatch.setattr(seal, "put_whole", real)
    put_files(folder, {"index.html": b"<p>No ferry</p>"})
    assert list(check_seal(folder)) == []


@pytest.mark.parametrize("step", range(8))
def test_a_file_that_was_never_there_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """A writer is killed before it has put its first files in place; when it has, one that goes is missed."""
    left = step
    real = seal.put_whole

    def put(path: Path, content: bytes) -> None:
        nonlocal left
        for is_writing in (False, True):
            if not left:
                raise KeyboardInterrupt
            left -= 1
            if is_writing:
                real(path, content)

    monkeypatch.setattr(seal, "put_whole", put)
    with pytest.raises(KeyboardInterrupt):
        put_files(tmp_path, {"index.html": b"<p>Ferry late</p>", "report.json": b"[]"})
    assert list(check_seal(tmp_path)) == []
    monkeypatch.setattr(seal, "put_whole", real)
    put_files(tmp_path, {"index.html": b"<p>No ferry</p>", "report.json": b"[1]"})
    (tmp_path / "report.json").unlink()
    assert [fault.rpartition(": ")[2] for fault in check_seal(tmp_path)] == ["it is gone"]


def test_a_seal_is_sorted_and_ends_with_its_own_hash() -> None:
    """So that the same files give the same bytes."""
    lines = write_sums({"b": ("1" * 64,), "a": ("2" * 64, "3" * 64)}).decode().splitlines()
    assert lines[:3] == [f"{'2' * 64}  a", f"{'3' * 64}  a", f"{'1' * 64}  b"]
    assert lines[3].startswith("# sha256 of the lines above: ")
