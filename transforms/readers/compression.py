"""Compressed files as plain streams, in constant memory, with the place where the data breaks off."""

from __future__ import annotations

import bz2
import contextlib
import io
import lzma
import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from transforms.outcome import Reason, Reject

CHUNK = 1 << 18
GZIP = b"\x1f\x8b"
MEMBER = b"\x1f\x8b\x08"
OPENING = 1 << 12
"""Bytes of a gzip member that tell what it holds."""
ZSTD = b"\x28\xb5\x2f\xfd"
XZ = b"\xfd7zXZ\0"
BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
"""Level and the mark of the first block, or of the end: a story may open with the letters alone."""
SKIPPABLE = frozenset(bytes([n]) + b"\x2a\x4d\x18" for n in range(0x50, 0x60))
"""A zstd file may open with skippable frames, as pzstd writes them."""

PIECE = {"gzip": 1 << 14, "zstd": 1 << 9, "bzip2": 1 << 16, "xz": 1 << 16, "deflate": 1 << 14, "lzma": 1 << 16}
"""Compressed bytes fed at a time: small enough that the worst bomb gives some 16 MB at once. bzip2 and xz give their output in parts."""
BLOCK = 900_000
"""Bytes of a bzip2 block, at most."""
XZ_MEMORY = 1 << 28
"""Bytes that an xz file may ask for its window. `xz -9` takes 65 MB."""
RATIO = 200
"""Text comes down to a fifth or a twentieth, and very dull text to a hundredth."""
FREE = 1 << 28
"""Bytes that may come out of any file, whatever the ratio."""
UNLIMITED = 1 << 62
ADVICE = "if the file is to be trusted, raise COPYDESK_MAX_RATIO"

class Source(io.RawIOBase):
    """A file that is read as it is."""

    def __init__(self, raw: BinaryIO, head: bytes = b"") -> None:
        super().__init__()
        self._damage: str | None = None
        self._raw = raw
        self._ready = memoryview(head)

    @property
    def damage(self) -> str | None:
        """Where and why the data breaks off, known once the end is reached."""
        return self._damage or name_damage(self._raw)

    @damage.setter
    def damage(self, why: str) -> None:
        self._damage = why

    def readable(self) -> bool:
        return True

    def _fetch(self) -> bytes:
        return self._raw.read(CHUNK)

    def readinto(self, buffer: Any, /) -> int:
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target):
            if not self._ready:
                self._ready = memoryview(self._fetch())
                if not self._ready:
                    break
            part = self._ready[: len(target) - filled]
            target[filled : filled + len(part)] = part
            self._ready = self._ready[len(part) :]
            filled += len(part)
        return filled


class Inflated(Source):
    """A compressed file: its members, frames or streams one after the other; with `is_single` the first of them alone.

    When the data is cut or corrupt, all that can be had before the break is given, then the stream ends and `damage` says why. The same when
    more comes out than `ratio` allows.
    """

    def __init__(self, raw: BinaryIO, head: bytes, kind: str, ratio: int = RATIO, *, is_single: bool = False, lzma_filters: Any = None) -> None:
        super().__init__(raw)
        self._kind = kind
        self._ratio = ratio
        self._is_single = is_single
        self._lzma_filters = lzma_filters
        self._given = 0
        self._held = b""
        self._fed = head
        self._errors = name_errors(kind)
        self._at = 0
        """Compressed bytes taken from the file and handed to a decoder."""
        self._decoder: Any = None
        self._member_at = self._member_given = 0
        self._over = False
        self._may_be_archive = True

    @property
    def consumed(self) -> int:
        """Compressed bytes that were used."""
        return self._at

    def _open_decoder(self) -> Any:
        match self._kind:
            case "gzip":
                return zlib.decompressobj(wbits=31)
            case "deflate":
                return zlib.decompressobj(wbits=-15)
            case "bzip2":
                return bz2.BZ2Decompressor()
            case "xz":
                return lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY)
            case "lzma":
                return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=self._lzma_filters)
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj()

    def _decode(self, decoder: Any, piece: bytes) -> bytes:
        if self._kind in ("bzip2", "xz", "lzma"):
            return cast(bytes, decoder.decompress(piece, CHUNK))
        return cast(bytes, decoder.decompress(piece))

    def _take(self) -> bytes:
        if not self._fed:
            self._fed = self._raw.read(CHUNK)
        piece, self._fed = self._fed[: PIECE[self._kind]], self._fed[PIECE[self._kind] :]
        self._at += len(piece)
        return piece

    def _break_off(self, why: str) -> None:
        self.damage = f"the {self._kind} data {why}"
        self._over = True

    def _fetch(self) -> bytes:
        while not self._over:
            has_more = not getattr(self._decoder, "needs_input", True)
            piece = b"" if has_more else self._take()
            start = self._at - len(piece)
            if not piece and not has_more:
                if self._decoder is not None:
                    self._break_off(f"ends at byte {self._at} in the middle of a member; get the file again")
                data, self._held = self._held, b""
                return data
            if self._decoder is None:
                if self._kind in ("gzip", "xz") and start and piece[:1] == b"\0":
                    rest = piece.lstrip(b"\0")  # zeros are allowed as padding behind a member
                    self._fed, self._at = rest + self._fed, self._at - len(rest)
                    continue
                self._decoder, self._member_at, self._member_given = self._open_decoder(), start, 0
            try:
                data = self._decode(self._decoder, piece)
            except self._errors as error:
                if self._kind == "gzip" and not self._is_single and self._may_be_archive and (note := self._pass_member(start, piece, error)):
                    return note
                self._break_off(f"is corrupt within the bytes {start} to {self._at} ({error}); get the file again")
                return b"" if self._kind == "bzip2" else self._rescue(start, piece)
            if self._decoder.eof:
                rest = self._decoder.unused_data
                self._fed, self._at = rest + self._fed, self._at - len(rest)
                self._decoder = None
                self._over = self._is_single
            if not self._given and data:
                self._may_be_archive = data.startswith(b"WARC/")
            self._given += len(data)
            self._member_given += len(data)
            if self._given > FREE and self._given > self._ratio * self._at:
                self._break_off(f"holds more than {self._ratio} times its own size up to byte {self._at}, as only a bomb does; {ADVICE}")
                return b""
            if self._kind == "bzip2":
                data = self._hold_back(data)
            if data:
                return data
        return b""

    def _hold_back(self, data: bytes) -> bytes:
        """What may be given now: bytes of a corrupt bzip2 block come out scrambled, and that is known only at its end."""
        self._held += data
        if self._decoder is None:
            data, self._held = self._held, b""
            return data
        free = max(0, len(self._held) - BLOCK)
        data, self._held = self._held[:free], self._held[free:]
        return data

    def _pass_member(self, start: int, piece: bytes, error: Exception) -> bytes:
        """Move on from a corrupt member of a web archive to the next that opens a record: a line that says so, empty where there is none.

        Web archives pack each record as a member of its own, so what stands behind a broken one can be read.
        """
        lost = self._member_at
        rest, at, place = piece + self._fed, start, max(0, lost + 1 - start)
        while True:
            found = rest.find(MEMBER, place)
            if found < 0 or len(rest) - found < OPENING:
                keep = found if found >= 0 else max(place, len(rest) - len(MEMBER) + 1)
                if data := self._raw.read(CHUNK):
                    rest, at, place = rest[keep:] + data, at + keep, 0
                    continue
            if found < 0:
                return b""
            if opens_archive(rest[found : found + OPENING]):
                break
            place = found + 1
        self._fed, self._at, self._decoder = rest[found:], at + found, None
        note = (b"\r\n" if self._member_given else b"") + name_loss(lost, self._at, str(error))
        self._given += len(note)
        return note

    def _rescue(self, start: int, piece: bytes) -> bytes:
        """What the broken piece gives before the break, beyond what was given: a decoder that fails keeps its last output to itself."""
        if not self._raw.seekable():
            return b""
        self._raw.seek(self._member_at)
        decoder, at, known = self._open_decoder(), self._member_at, self._member_given
        while at < start:
            at += len(again := self._raw.read(min(PIECE[self._kind], start - at)))
            known -= sum(map(len, self._drain(decoder, again)))
        saved: list[bytes] = []
        with contextlib.suppress(*self._errors):  # the very error that `damage` names
            for n in range(len(piece)):
                for part in self._drain(decoder, piece[n : n + 1]):
                    saved.append(part[max(0, known) :])
                    known -= len(part)
        return b"".join(saved)

    def _drain(self, decoder: Any, piece: bytes) -> Iterator[bytes]:
        """All that a decoder gives for a piece, in parts."""
        yield self._decode(decoder, piece)
        while not getattr(decoder, "needs_input", True) and not decoder.eof:
            yield self._decode(decoder, b"")


def opens_archive(data: bytes) -> bool:
    """Whether a gzip member begins here that holds a record of a web archive.

    >>> import gzip
    >>> opens_archive(gzip.compress(b"WARC/1.1")), opens_archive(gzip.compress(b"Harbour reopens"))
    (True, False)
    """
    try:
        return zlib.decompressobj(wbits=31).decompress(data, 5) == b"WARC/"
    except zlib.error:
        return False


def name_loss(start: int, end: int, error: str) -> bytes:
    """The line that stands in a web archive for a corrupt gzip member."""
    return f"(lost: the gzip member at bytes {start} to {end} of the packed file is corrupt, {error})\r\n".encode()


def name_errors(kind: str) -> tuple[type[Exception], ...]:
    """What a decoder raises on corrupt data."""
    match kind:
        case "gzip" | "deflate":
            return (zlib.error,)
        case "bzip2":
            return (OSError, ValueError)
        case "xz" | "lzma":
            return (lzma.LZMAError,)
    import zstandard

    return (zstandard.ZstdError,)


def name_compression(head: bytes) -> str | None:
    """The compression whose signature a file opens with.

    >>> name_compression(bytes.fromhex("1f8b08"))
    'gzip'
    """
    if head[:2] == GZIP:
        return "gzip"
    if head.startswith(XZ):
        return "xz"
    if BZIP2.match(head):
        return "bzip2"
    return "zstd" if head[:4] == ZSTD or head[:4] in SKIPPABLE else None


def decompress(raw: BinaryIO, ratio: int = RATIO) -> tuple[BinaryIO, str | None]:
    """The stream of a file's content, and `gzip`, `zstd`, `bzip2`, `xz` or None; the stream's `peek` shows its head without moving on.

    >>> stream, kind = decompress(io.BytesIO(b"Harbour reopens"))
    >>> kind, read_head(stream), stream.read()
    (None, b'Harbour reopens', b'Harbour reopens')
    """
    head = raw.read(10)
    kind = name_compression(head)
    source = Inflated(raw, head, kind, ratio) if kind else Source(raw, head)
    return io.BufferedReader(source, CHUNK), kind


def read_head(stream: BinaryIO) -> bytes:
    """The first 256 KB of a stream opened by `decompress`, without moving on: what `sniff` wants.

    Raises Reject when the compressed data breaks off before anything comes out of it: such a file is not empty.
    """
    head = cast(io.BufferedReader, stream).peek(CHUNK)
    if not head and (damage := name_damage(stream)):
        raise Reject(Reason.TRUNCATED, f"nothing can be read: {damage}")
    return head


def name_damage(stream: BinaryIO) -> str | None:
    """Where and why the compressed data of a stream broke off; None when it did not."""
    return getattr(stream, "damage", None) or getattr(getattr(stream, "raw", None), "damage", None)
