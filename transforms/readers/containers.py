"""Files that hold files: which are containers, and their members."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from transforms.readers.compression import RATIO, decompress, name_compression
from transforms.readers.formats import name_formats, recognise_format
from transforms.readers.found import Hints
from transforms.readers.members import Member
from transforms.readers.tar_members import is_tar, read_tar
from transforms.readers.zip_members import read_zip

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
GLANCE = 1 << 12
LOOK = 1 << 20
"""The first block of a bzip2 file is no longer."""


class Container(NamedTuple):
    """A file that holds files."""

    kind: str
    """zip, tar, or packed: a compressed file whose content can't be read as it passes."""
    compression: str | None


def find_container(raw: BinaryIO, hints: Hints) -> tuple[Container | None, bytes]:
    """What kind of container an open file is, None for any other, and the bytes that were read from it to find out.

    A zip archive that one of the binary formats knows as its own, such as a workbook, is none.
    """
    head = raw.read(GLANCE)
    compression = name_compression(head)
    if not head.startswith(ZIP) and not compression and not is_tar(head):
        return None, head
    while len(head) < LOOK and (data := raw.read(LOOK - len(head))):
        head += data
    plain = decompress(io.BytesIO(head))[0].read(LOOK) if compression else head
    known = recognise_format(plain, hints.name, is_binary=True)
    if compression and (name_compression(plain) or plain.startswith(ZIP) or (known and known[0].needs_seek)):
        return Container("packed", compression), head
    if known or is_declared(hints):
        return None, head
    if head.startswith(ZIP):
        return Container("zip", None), head
    return (Container("tar", compression) if is_tar(plain) else None), head


def is_declared(hints: Hints) -> bool:
    """Whether a file is said to be in a binary format that its name bears out: then it is no container, whatever it looks like."""
    form = name_formats().get((hints.format or "").casefold())
    return form is not None and form.is_binary and hints.name.casefold().endswith(tuple(f".{ending}" for ending in form.endings))


def read_members(raw: BinaryIO, container: Container, name: str, most: int, ratio: int = RATIO) -> Iterator[Member]:
    """The members of a container, from its first byte; those of a zip archive can be read in any order if the file can."""
    if container.kind == "zip":
        return read_zip(raw, most)
    plain, _ = decompress(raw, ratio)
    if container.kind == "tar":
        return read_tar(plain, most)
    return iter((Member(strip_ending(name), 0, lambda: plain),))


def strip_ending(name: str) -> str:
    """The name of what a compressed file holds.

    >>> strip_ending("box.zip.gz"), strip_ending("box.tgz"), strip_ending("gz")
    ('box.zip', 'box.tar', 'gz.unpacked')
    """
    stem, dot, ending = name.rpartition(".")
    if dot and stem:
        if ending.casefold() in ("gz", "gzip", "zst", "zstd", "bz2", "xz"):
            return stem
        if ending.casefold() in ("tgz", "tbz2", "txz", "tzst"):
            return f"{stem}.tar"
    return f"{name}.unpacked"


def container_endings() -> frozenset[str]:
    """Endings of containers, with the dot."""
    return frozenset({".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tzst"})
