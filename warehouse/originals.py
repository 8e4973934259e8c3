"""The kept originals: every input file by its hash, so that the very bytes behind a row can be printed.

`originals/<ab>/<sha256>.zst` is compressed by us; `.raw` holds a file that came compressed already, as it came.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import zstandard

from warehouse.errors import LakeError, NotFound
from warehouse.lake import Lake
from warehouse.layout import sync_folder as sync_folder
from warehouse.tables import ID, SHA256

LEVEL = 1
"""Level 3 takes two and a half times as long for files a sixth smaller."""
CHUNK = 1 << 20
REMEDY = "make room or mend the disk, then run again: what was committed stays"
GZIP, ZSTD, BZIP2, XZ = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\x00"
COMPRESSED = (GZIP, ZSTD, BZIP2, XZ, b"PK\x03\x04", b"PK\x05\x06", b"PAR1", b"ARROW1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
"""How gzip, zstd, bzip2, xz, zip, Parquet, Arrow and old Office files begin. Those read in any order have to lie there as they came."""
SUFFIXES = (".zst", ".raw")
GONE = ".gone"
"""An empty file of this kind says that a file was removed on request, and is not to be kept when it comes again."""

_serial = itertools.count()


class Original(NamedTuple):
    """An input file, kept."""

    sha256: str
    """Hash of the bytes that were read, which are those that are kept."""
    size: int
    path: Path
    """Where it is kept."""
    changed_while_read: str | None
    """What happened to the file meanwhile: grew, shrank, rewritten, replaced or vanished. None when nothing did."""


def originals_of(lake: Lake | Path | str) -> Path:
    """The folder of originals of an open lake or of a lake's folder."""
    return lake.originals if isinstance(lake, Lake) else Path(lake) / "originals"


def keep_original(lake: Lake | Path | str, source: BinaryIO | Path | str) -> Original:
    """Hash and keep a file or stream in one pass and constant memory. Files that are kept already are not written again.

    When the file changed while it was read, what is kept is what was read. Raises OSError when it can't be read.
    """
    if not isinstance(source, (str, Path)):
        return write_original(originals_of(lake), source)
    with Path(source).open("rb", buffering=0) as file:
        before = os.fstat(file.fileno())
        kept = write_original(originals_of(lake), file)
        after = os.fstat(file.fileno())
    return kept._replace(changed_while_read=compare_stats(Path(source), before, after, kept.size))


def compare_stats(path: Path, before: os.stat_result, after: os.stat_result, size: int) -> str | None:
    """What happened to a file between two looks at it, in one word."""
    if not stat.S_ISREG(before.st_mode):
        return None
    try:
        now = path.stat()
    except OSError:
        return "vanished"
    if (now.st_dev, now.st_ino) != (before.st_dev, before.st_ino):
        return "replaced"
    if after.st_size > before.st_size or size > before.st_size:
        return "grew"
    if after.st_size < before.st_size or size < before.st_size:
        return "shrank"
    return "rewritten" if after.st_mtime_ns != before.st_mtime_ns else None


def write_original(originals: Path, stream: BinaryIO | io.RawIOBase) -> Original:
    """Write a stream under its hash: aside first, then into place, so that a file in place is always whole."""
    aside = originals / f"{os.getpid()}-{next(_serial)}.part"
    digest, size = hashlib.sha256(), 0
    try:
        # Buffered: a bare file may take a part of a chunk on a disk that is nearly full, and say nothing.
        with name_fault(aside):
            originals.mkdir(parents=True, exist_ok=True)
            out = aside.open("wb")
        try:
            chunk = cast("bytes", stream.read(CHUNK))
            squeeze = None if chunk.startswith(COMPRESSED) else zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj()
            while chunk:
                digest.update(chunk)
                size += len(chunk)
                with name_fault(aside):
                    out.write(squeeze.compress(chunk) if squeeze else chunk)
                chunk = cast("bytes", stream.read(CHUNK))
            sha256 = digest.hexdigest()
            kept = find_original(originals, sha256) or find_gone(originals, sha256)
            with name_fault(aside):
                if squeeze:
                    out.write(squeeze.flush())
                out.flush()
                if kept is None:
                    os.fsync(out.fileno())
        finally:
            with name_fault(aside):
                out.close()
        if kept is None:
            kept = originals / sha256[:2] / f"{sha256}{'.zst' if squeeze else '.raw'}"
            with name_fault(kept):
                if not kept.parent.exists():
                    kept.parent.mkdir(exist_ok=True)
                    sync_folder(originals)
                aside.replace(kept)
                sync_folder(kept.parent)
    finally:
        with name_fault(aside):
            aside.unlink(missing_ok=True)
    return Original(sha256, size, kept, None)


@contextlib.contextmanager
def name_fault(path: Path) -> Iterator[None]:
    """Have a fault of the disk that the lake lies on end in a LakeError that names the file; a fault of an input stays what it is."""
    try:
        yield
    except OSError as e:
        raise LakeError(explain_write(path, e)) from e


def explain_write(path: Path, error: OSError) -> str:
    """What stopped a file of the lake from being written, and what to do.

    >>> explain_write(Path("news.lake/staging/a.part"), OSError(28, "No space left on device"))
    "news.lake/staging/a.part can't be written: No space left on device; make room or mend the disk, then run again: what was committed stays"
    """
    return f"{path} can't be written: {error.strerror or str(error).splitlines()[0]}; {REMEDY}"


def find_original(originals: Path, sha256: str) -> Path | None:
    """Where a file is kept, if it is."""
    return next((p for p in (originals / sha256[:2] / f"{sha256}{suffix}" for suffix in SUFFIXES) if p.is_file()), None)


def find_gone(originals: Path, sha256: str) -> Path | None:
    """The mark of a file that was removed on request, if it was."""
    mark = originals / sha256[:2] / f"{sha256}{GONE}"
    return mark if mark.is_file() else None


def mark_gone(originals: Path, sha256: str) -> None:
    """Have a file not be kept when it comes again."""
    mark = originals / sha256[:2] / f"{sha256}{GONE}"
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
    sync_folder(mark.parent)


def has_original(lake: Lake | Path | str, sha256: str) -> bool:
    """Whether a file with this hash is kept."""
    return find_original(originals_of(lake), sha256) is not None


def name_original(lake: Lake | Path | str, file_id: str) -> str:
    """The hash that a file id begins, among the kept files. Raises NotFound when none does."""
    if re.match(ID, file_id):
        for kept in sorted((originals_of(lake) / file_id[:2]).glob(f"{file_id}*")):
            return kept.stem
    raise NotFound(f"the lake keeps no file with the id {file_id[:16]}")


def open_original(lake: Lake | Path | str, sha256: str) -> io.BufferedReader:
    """The very bytes of a kept file, as a stream. Raises NotFound when it is not kept."""
    kept = find_original(originals_of(lake), sha256) if re.match(SHA256, sha256) else None
    if kept is None:
        raise NotFound(f"the lake keeps no file with the hash {sha256[:64]}")
    file = kept.open("rb")
    if kept.suffix == ".raw":
        return file
    return io.BufferedReader(cast("io.RawIOBase", zstandard.ZstdDecompressor().stream_reader(file, closefd=True)), CHUNK)
