"""Answers of web servers as a crawler keeps them: the status, the header fields, and the body without what it was packed in."""

from __future__ import annotations

import io
import re
import zlib
from typing import NamedTuple

from transforms.outcome import Reason, Reject
from transforms.readers.compression import GZIP, ZSTD

MAX_HEAD = 1 << 16
"""Bytes of a header."""
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_LINE = re.compile(rb"\r?\n")
_CHUNK = re.compile(rb"\s{0,4}([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_MARKUP = re.compile(rb"[\s\xef\xbb\xbf]*<")
_PIECE = 512
"""Bytes of zstd data fed at a time: the worst bomb gives some 16 MB of them."""
_AGAIN = "crawl the page again"


class Answer(NamedTuple):
    """A server's answer."""

    status: int
    fields: dict[str, str]
    """Header fields by lower-cased name; of a name given twice the first."""
    body: bytes

    @property
    def media_type(self) -> str:
        """Type and subtype, lower-cased; empty where none is given."""
        return self.fields.get("content-type", "").partition(";")[0].strip().casefold()

    @property
    def charset(self) -> str | None:
        """The encoding that the server declares."""
        found = _CHARSET.search(self.fields.get("content-type", "")[:300])
        return found[1] if found else None


def read_fields(head: bytes) -> dict[str, str]:
    """Header fields by lower-cased name, lines that go on joined; of a name given twice the first.

    >>> read_fields(b"Content-Type: text/html\\r\\nX-Note: late\\r\\n again\\r\\n")
    {'content-type': 'text/html', 'x-note': 'late again'}
    """
    fields: dict[str, str] = {}
    for line in _FOLD.sub(" ", head.decode("utf-8", "replace")).split("\n"):
        name, colon, value = line.partition(":")
        if colon and name.strip():
            fields.setdefault(name.strip().casefold(), value.strip())
    return fields


def find_body(block: bytes) -> int:
    """Where the body begins behind the blank line that ends a header; 0 where there is none within reach."""
    found = _END.search(block, 0, MAX_HEAD)
    return found.end() if found else 0


def parse_answer(block: bytes) -> Answer:
    """Read an answer. Raises Reject where no status line opens it or its header doesn't end.

    >>> parse_answer(b"HTTP/1.1 404 Not Found\\r\\nContent-Type: text/html; charset=utf-8\\r\\n\\r\\n<p>Gone").status
    404
    """
    status = _STATUS.match(block)
    if status is None:
        raise Reject(Reason.BAD_RECORD, f"no HTTP status line opens it but {bytes(block[:40])!r}; {_AGAIN}")
    body = find_body(block)
    if not body:
        raise Reject(Reason.BAD_RECORD, f"its HTTP header does not end within {min(len(block), MAX_HEAD):,} bytes; {_AGAIN}")
    first = _LINE.search(block, 0, body)
    return Answer(int(status[1]), read_fields(block[first.end() if first else 0 : body]), block[body:])


def unpack_body(answer: Answer, most: int) -> bytes:
    """The body without its transfer and content encodings, at most `most` bytes. Raises Reject where it can't be had whole.

    Crawlers often store a body unpacked below a header that says otherwise, so one that is no such data is taken as it stands.

    >>> unpack_body(Answer(200, {"transfer-encoding": "chunked"}, b"5\\r\\nFerry\\r\\n5\\r\\n late\\r\\n0\\r\\n\\r\\n"), 100)
    b'Ferry late'
    """
    body = answer.body
    if "chunked" in answer.fields.get("transfer-encoding", "").casefold() and _CHUNK.match(body):
        body = join_chunks(body)
    for name in reversed([n.strip() for n in answer.fields.get("content-encoding", "").casefold().split(",")][:4]):
        body = _unpack(body, name, most)
    if len(body) > most:
        raise Reject(Reason.TOO_LONG, f"the page is longer than {most:,} bytes; is it one page?")
    return body


def join_chunks(body: bytes) -> bytes:
    """A chunked body in one piece. Raises Reject where it breaks off before its last chunk."""
    parts: list[bytes] = []
    at = 0
    while head := _CHUNK.match(body, at):
        size = int(head[1], 16)
        if not size:
            return b"".join(parts)
        parts.append(body[head.end() : head.end() + size])
        at = head.end() + size
        if at > len(body):
            break
    raise Reject(Reason.TRUNCATED, f"its chunks break off at byte {min(at, len(body)):,} of the body; {_AGAIN}")


def _unpack(body: bytes, name: str, most: int) -> bytes:
    match name:
        case "gzip" | "x-gzip":
            return _inflate(body, name, most, 31) if body[:2] == GZIP else body
        case "deflate":
            is_wrapped = len(body) > 1 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
            return body if _MARKUP.match(body) and not is_wrapped else _inflate(body, name, most, 15 if is_wrapped else -15)
        case "br":
            return _unpack_brotli(body, most)
        case "zstd":
            return _unpack_zstd(body, most) if body[:4] == ZSTD else body
        case "" | "identity" | "none" | "utf-8":
            return body
        case _ if _MARKUP.match(body):
            return body
    raise Reject(Reason.FORMAT, f"its content encoding {name[:40]!r} is not read; {_AGAIN} without it")


def _inflate(body: bytes, name: str, most: int, window: int) -> bytes:
    decoder = zlib.decompressobj(wbits=window)
    try:
        found = decoder.decompress(body, most + 1)
    except zlib.error as error:
        raise Reject(Reason.TRUNCATED, f"its {name} data is corrupt ({error}); {_AGAIN}") from None
    if not decoder.eof and len(found) <= most:
        raise Reject(Reason.TRUNCATED, f"its {name} data breaks off after {len(body):,} bytes; {_AGAIN}")
    return found


def _unpack_brotli(body: bytes, most: int) -> bytes:
    from fastwarc.stream_io import BrotliReader

    try:
        found: bytes = BrotliReader(io.BytesIO(body)).read(most + 1)
    except OSError:
        if _MARKUP.match(body):
            return body
        raise Reject(Reason.TRUNCATED, f"its brotli data is corrupt or breaks off; {_AGAIN}") from None
    return found


def _unpack_zstd(body: bytes, most: int) -> bytes:
    import zstandard

    decoder = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
    parts: list[bytes] = []
    left = most
    try:
        for at in range(0, len(body), _PIECE):
            parts.append(decoder.decompress(body[at : at + _PIECE]))
            left -= len(parts[-1])
            if left < 0 or decoder.eof:
                return b"".join(parts)
    except zstandard.ZstdError as error:
        raise Reject(Reason.TRUNCATED, f"its zstd data is corrupt ({error}); {_AGAIN}") from None
    raise Reject(Reason.TRUNCATED, f"its zstd data breaks off after {len(body):,} bytes; {_AGAIN}")
