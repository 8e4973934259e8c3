"""Compressed files as plain streams, in constant memory, with the place where the data breaks off."""

from __future__ import annotations

import contextlib
import io
import zlib
from typing import Any, BinaryIO, cast

from transforms.outcome import Reason, Reject

CHUNK = 1 << 18
GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"
SKIPPABLE = frozenset(bytes([n]) + b"\x2a\x4d\x18" for n in range(0x50, 0x60))
"""A zstd file may open with skippable frames, as pzstd writes them."""

PIECE = {"gzip": 1 << 14, "zstd": 1 << 9}
"""Compressed bytes fed at a time: small enough that the worst bomb gives some 16 MB at once."""


class Source(io.RawIOBase):
    """A file that is read as it is."""

    damage: str | None = None
    """Where and why the data breaks off, known once the end is reached."""

    def __init__(self, raw: BinaryIO, head: bytes = b"") -> None:
        super().__init__()
        self._raw = raw
        self._ready = memoryview(head)

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
    """A gzip or zstd file: its members or frames one after the other.

    When the data is cut or corrupt, all that can be had before the break is given, then the stream ends and `damage` says why.
    """

    def __init__(self, raw: BinaryIO, head: bytes, kind: str) -> None:
        super().__init__(raw)
        self._kind = kind
        self._fed = head
        self._errors = name_errors(kind)
        self._at = 0
        """Compressed bytes taken from the file and handed to a decoder."""
        self._decoder: Any = None
        self._member_at = 0
        self._over = False

    def _open_decoder(self) -> Any:
        if self._kind == "gzip":
            return zlib.decompressobj(wbits=31)
        import zstandard

        return zstandard.ZstdDecompressor().decompressobj()

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
            piece = self._take()
            start = self._at - len(piece)
            if not piece:
                if self._decoder is not None:
                    self._break_off(f"ends at byte {self._at} in the middle of a member; get the file again")
                break
            if self._decoder is None:
                if self._kind == "gzip" and start and piece[:1] == b"\0":
                    rest = piece.lstrip(b"\0")  # gzip allows zeros as padding behind a member
                    self._fed, self._at = rest + self._fed, self._at - len(rest)
                    continue
                self._decoder, self._member_at = self._open_decoder(), start
            try:
                data = self._decoder.decompress(piece)
            except self._errors as error:
                self._break_off(f"is corrupt within the bytes {start} to {self._at} ({error}); get the file again")
                return self._rescue(start, piece)
            if self._decoder.eof:
                rest = self._decoder.unused_data
                self._fed, self._at = rest + self._fed, self._at - len(rest)
                self._decoder = None
            if data:
                return cast(bytes, data)
        return b""

    def _rescue(self, start: int, piece: bytes) -> bytes:
        """What the broken piece gives before the break: a decoder that fails keeps its last output to itself."""
        if not self._raw.seekable():
            return b""
        self._raw.seek(self._member_at)
        decoder, at = self._open_decoder(), self._member_at
        while at < start:
            at += len(again := self._raw.read(min(PIECE[self._kind], start - at)))
            decoder.decompress(again)
        saved: list[bytes] = []
        with contextlib.suppress(*self._errors):  # the very error that `damage` names
            saved.extend(decoder.decompress(piece[n : n + 1]) for n in range(len(piece)))
        return b"".join(saved)


def name_errors(kind: str) -> tuple[type[Exception], ...]:
    """What a decoder raises on corrupt data."""
    if kind == "gzip":
        return (zlib.error,)
    import zstandard

    return (zstandard.ZstdError,)


def name_compression(head: bytes) -> str | None:
    """The compression whose signature a file opens with.

    >>> name_compression(bytes.fromhex("1f8b08"))
    'gzip'
    """
    if head[:2] == GZIP:
        return "gzip"
    return "zstd" if head[:4] == ZSTD or head[:4] in SKIPPABLE else None


def decompress(raw: BinaryIO) -> tuple[BinaryIO, str | None]:
    """The stream of a file's content, and `gzip`, `zstd` or None; the stream's `peek` shows its head without moving on.

    >>> stream, kind = decompress(io.BytesIO(b"Harbour reopens"))
    >>> kind, read_head(stream), stream.read()
    (None, b'Harbour reopens', b'Harbour reopens')
    """
    head = raw.read(4)
    kind = name_compression(head)
    source = Inflated(raw, head, kind) if kind else Source(raw, head)
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
    return getattr(getattr(stream, "raw", None), "damage", None)
