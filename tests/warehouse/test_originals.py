"""Input files are kept as the very bytes that were read."""

import gzip
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from warehouse.errors import NotFound
from warehouse.originals import CHUNK, Original, has_original, keep_original, name_original, open_original

TEXT = b"The harbour of Ostrava Bay opened.\n" * 3
CASES = {
    "text": TEXT, "empty": b"", "one byte": b"x", "longer than a chunk": TEXT * (CHUNK // len(TEXT) * 2 + 5), "exactly a chunk": b"y" * CHUNK,
    "binary": bytes(range(256)) * 40, "gzip": gzip.compress(TEXT), "zstd": zstandard.compress(TEXT), "zstd twice": zstandard.compress(TEXT) * 2,
}


@pytest.mark.parametrize("content", CASES.values(), ids=CASES)
def test_the_very_bytes_come_back(tmp_path: Path, content: bytes) -> None:
    """From a path and from a stream, compressed by us or not."""
    source = tmp_path / "wire.txt"
    source.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    for given in (source, str(source), io.BytesIO(content)):
        kept = keep_original(tmp_path / "lake", given)
        assert kept[:2] == (sha256, len(content))
        assert kept.changed_while_read is None
    with open_original(tmp_path / "lake", sha256) as stream:
        assert stream.read() == content
    assert has_original(tmp_path / "lake", sha256)
    assert name_original(tmp_path / "lake", sha256[:16]) == sha256
    assert [p for p in (tmp_path / "lake").rglob("*") if p.is_file()] == [kept.path]


def test_what_came_compressed_is_kept_as_it_came(tmp_path: Path) -> None:
    """Compressing it again would cost time and win nothing."""
    content = gzip.compress(TEXT)
    kept = keep_original(tmp_path, io.BytesIO(content))
    assert kept.path.name == f"{kept.sha256}.raw"
    assert kept.path.read_bytes() == content


def test_a_kept_file_is_not_written_again(tmp_path: Path) -> None:
    """Keeping is idempotent."""
    first = keep_original(tmp_path, io.BytesIO(TEXT))
    written = first.path.stat()
    assert keep_original(tmp_path, io.BytesIO(TEXT)) == first
    assert (first.path.stat().st_ino, first.path.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


class Meddled(io.BytesIO):
    """A stream during whose reading something happens."""

    def __init__(self, content: bytes, meddle: Callable[[], object]) -> None:
        super().__init__(content)
        self.meddle = meddle

    def read(self, size: int | None = -1) -> bytes:
        """Read, then meddle."""
        got = super().read(size)
        self.meddle()
        return got


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    """Half an original would be worse than none."""
    def break_off() -> None:
        raise OSError("the wire is cut")

    with pytest.raises(OSError, match="the wire is cut"):
        keep_original(tmp_path, Meddled(TEXT, break_off))
    assert list((tmp_path / "originals").iterdir()) == []


def append(path: Path) -> None:
    """A writer is still at it."""
    with path.open("ab") as out:
        out.write(b"more")


def replace(path: Path) -> None:
    """Another file comes under the same name."""
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def rewrite(path: Path) -> None:
    """The same length, other words."""
    path.write_bytes(b"x" * path.stat().st_size)


def truncate(path: Path) -> None:
    """The writer starts over."""
    path.write_bytes(b"new")


@pytest.mark.parametrize(("meddle", "told"), [
    (append, "grew"), (truncate, "shrank"), (Path.unlink, "vanished"), (replace, "replaced"), (rewrite, "rewritten"), (Path.exists, None),
], ids=lambda v: getattr(v, "__name__", str(v)))
def test_a_file_that_changes_while_it_is_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meddle: Callable[[Path], object], told: str | None,
) -> None:
    """What is kept is what was read, and the caller hears that it may not be all."""
    import warehouse.originals as room

    source = tmp_path / "wire.txt"
    source.write_bytes(TEXT)
    write = room.write_original

    def write_then_meddle(originals: Path, stream: io.FileIO) -> Original:
        kept = write(originals, stream)
        meddle(source)
        return kept

    monkeypatch.setattr(room, "write_original", write_then_meddle)
    kept = keep_original(tmp_path / "lake", source)
    assert kept.changed_while_read == told
    with open_original(tmp_path / "lake", kept.sha256) as stream:
        assert stream.read() == TEXT


@pytest.mark.parametrize("sha256", ["0" * 64, "", "../../etc/passwd", "A" * 64])
def test_what_is_not_kept_is_not_found(tmp_path: Path, sha256: str) -> None:
    """A hash from outside is no path."""
    with pytest.raises(NotFound, match="keeps no file"):
        open_original(tmp_path, sha256)
    with pytest.raises(NotFound, match="keeps no file"):
        name_original(tmp_path, sha256)
    assert not (sha256 and has_original(tmp_path, sha256))


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    """With its name, for the message."""
    with pytest.raises(FileNotFoundError, match="gone"):
        keep_original(tmp_path, tmp_path / "gone.txt")
