"""Web archives: of a crawl's records the pages that are news are read, and all other bytes are accounted for by what they are."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reason, Reject
from transforms.readers.encoding import choose_codec, show_raw
from transforms.readers.found import Hints
from transforms.readers.html import MAX_PAGE, take_page
from transforms.readers.http_message import MAX_HEAD, Answer, find_body, parse_answer, read_fields, unpack_body
from transforms.readers.news_page import judge_page, read_signs
from transforms.readers.tape import OVERLAP, Tape, find_record, starts_record

MAX_DIGITS = 18
"""Of a length; more can't be meant."""
_VERSION = re.compile(rb"WARC/[01]\.\d{1,2}\r?\n")
_BLANK_LINE = (b"\r\n\r\n", b"\n\n")
_PAGE = re.compile(rb"[\s\xef\xbb\xbf]*(?:<!--.{0,500}?-->\s*)?<(?:!doctype\s+html|html|head|body|meta|title)\b", re.IGNORECASE | re.DOTALL)
_PAGES = frozenset(("text/html", "application/xhtml+xml"))
_UNTOLD = frozenset(("", "text/plain", "application/octet-stream", "unknown/unknown", "unk"))
"""Media types below which a page may be served."""
_KINDS = (
    (re.compile(r"image/"), "image"), (re.compile(r"video/|.*mpegurl|application/dash"), "video"), (re.compile(r"audio/"), "audio"),
    (re.compile(r"font/|application/(?:x-)?font|application/vnd\.ms-fontobject"), "font"), (re.compile(r"text/css"), "style"),
    (re.compile(r".*(?:java|ecma)script"), "script"), (re.compile(r"application/(?:rss|atom)"), "feed"), (re.compile(r".*json"), "json"),
    (re.compile(r".*xml"), "xml"), (re.compile(r"application/pdf"), "pdf"), (re.compile(r"text/dns"), "dns"), (re.compile(r"text/plain"), "text"),
)
_ASIDE = frozenset(("warcinfo", "request", "metadata", "conversion", "continuation"))
_OK = frozenset((200, 203))
_DIGESTS = {"sha1": "sha1", "sha256": "sha256", "md5": "md5", "sha512": "sha512"}
AGAIN = "get the file again, or crawl the page again"
UTF8 = choose_codec("utf-8")
SHOWN = 10_000


class Entry(NamedTuple):
    """The header of a record, and where its content lies."""

    fields: dict[str, str]
    head: int
    """Bytes of the header, the blank line included."""
    size: int
    """Bytes of the content, as the header says."""

    @property
    def kind(self) -> str:
        """WARC-Type, in lower case."""
        return self.fields.get("warc-type", "").casefold()

    @property
    def address(self) -> str:
        """The address, without the brackets that older writers put around it."""
        return self.fields.get("warc-target-uri", "").strip("<> ")

    @property
    def is_archive(self) -> bool:
        """Whether the content may hold records of its own."""
        return "warc" in self.fields.get("content-type", "").casefold()


def read_entry(head: bytes) -> Entry:
    """Read the header of a record. Raises Reject where it is broken.

    >>> read_entry(b"WARC/1.0\\r\\nWARC-Type: response\\r\\nContent-Length: 5\\r\\n\\r\\nFerry").size
    5
    """
    version = _VERSION.match(head)
    if version is None:
        shown = head[:160].lstrip(b"\r\n").partition(b"\r\n")[0].decode("utf-8", "backslashreplace")
        raise Reject(Reason.BAD_RECORD, f"no record begins here but {shown!r}; {AGAIN}")
    end = find_body(head)
    if find_record(head, 0, (end or len(head)) - 1) >= 0:
        raise Reject(Reason.BAD_RECORD, f"its header breaks off and another record begins; {AGAIN}")
    if not end and len(head) < MAX_HEAD:
        raise Reject(Reason.TRUNCATED, f"cut off: the file ends within the record's header; {AGAIN}")
    if not end:
        raise Reject(Reason.BAD_RECORD, f"its header does not end within {MAX_HEAD:,} bytes; {AGAIN}")
    fields = read_fields(head[version.end() : end])
    length = fields.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) <= MAX_DIGITS):
        raise Reject(Reason.BAD_RECORD, f"its Content-Length is {length[:40]!r}, no number of bytes; {AGAIN}")
    return Entry(fields, end, int(length))


class Place(NamedTuple):
    """Where a record begins, and what stands there."""

    start: int
    line: int
    head: bytes


def read_tape(tape: Tape, hints: Hints, limit: int) -> Iterator[Item]:
    """Records, damaged stretches and gaps of a web archive; a broken record never costs the one behind it."""
    number = 0
    is_told = False
    tape.skip_blank()
    if tape.offset:
        yield Gap("separator", 0, tape.offset)
    while tape.fill(1):
        item = take_record(tape, hints, limit)
        # The two line ends behind its content belong to a record.
        tape.skip_blank()
        if isinstance(item, Gap):
            yield item._replace(byte_end=tape.offset)
        else:
            number += 1
            is_told = isinstance(item, Damaged) and item.reason == Reason.TRUNCATED and tape.at_end
            yield item._replace(number=number, byte_end=tape.offset)
    if tape.damage and not is_told:
        yield Damaged(number + 1, tape.offset, tape.offset, tape.line, Reason.TRUNCATED.value, f"cut off: {tape.damage}", "")


def take_record(tape: Tape, hints: Hints, limit: int) -> Item:
    """Move on over one record, or where it is broken up to the next one: what it is."""
    head = tape.peek(MAX_HEAD)
    place = Place(tape.offset, tape.line, head)
    try:
        entry = read_entry(head)
    except Reject as no:
        tape.seek_record()
        return set_aside(tape, place, no.reason, f"{no.detail}. All up to the next record is set aside, {tape.offset - place.start:,} bytes")
    if entry.size > limit:
        return pass_long(tape, entry, place, head[entry.head :], limit)
    whole = entry.head + entry.size
    is_whole = tape.fill(whole)
    if is_whole and ends_record(tape, whole):
        block = tape.peek(whole)[entry.head :]
        tape.step(whole)
        try:
            found = read_content(entry, block, hints)
        except Reject as no:
            return set_aside(tape, place, no.reason, no.detail)
        if isinstance(found, str):
            return Gap(found, place.start, tape.offset)
        return found._replace(byte_start=place.start, byte_end=tape.offset, line=place.line)
    if entry.is_archive or not tape.holds_record(whole):
        tape.step(min(whole, len(tape.peek(whole))))
        if not is_whole:
            return cut_off(tape, entry, place)
    tape.seek_record()
    return mismeasured(tape, entry, place)


def pass_long(tape: Tape, entry: Entry, place: Place, start: bytes, limit: int) -> Item:
    """Move on over a record above the limit without holding it; its first bytes tell what it is."""
    whole = entry.head + entry.size
    is_there = tape.skip(whole, watch=not entry.is_archive)
    if not is_there:
        return cut_off(tape, entry, place)
    if tape.offset - place.start < whole:
        return mismeasured(tape, entry, place)
    if not ends_record(tape, 0):
        tape.seek_record()
        return mismeasured(tape, entry, place)
    if kind := name_long(entry, start):
        return Gap(kind, place.start, tape.offset)
    return set_aside(tape, place, Reason.TOO_LONG, f"the record holds {entry.size:,} bytes, the limit is {limit:,}; is it one page?")


def set_aside(tape: Tape, place: Place, reason: Reason, detail: str) -> Damaged:
    """The stretch from where a record begins to here."""
    return Damaged(0, place.start, tape.offset, place.line, reason.value, detail, show_raw(place.head[:SHOWN], UTF8))


def cut_off(tape: Tape, entry: Entry, place: Place) -> Damaged:
    """A record whose content the end of the file cuts off."""
    got = tape.offset - place.start - entry.head
    why = tape.damage or f"the record's header says that {entry.size:,} bytes follow, the file ends after {max(0, got):,}; {AGAIN}"
    return set_aside(tape, place, Reason.TRUNCATED, f"cut off: {why}")


def mismeasured(tape: Tape, entry: Entry, place: Place) -> Damaged:
    """A record whose length is not what its header says."""
    got = tape.offset - place.start - entry.head
    detail = f"its header says that {entry.size:,} bytes follow, but the next record begins after {got:,}; {AGAIN}"
    return set_aside(tape, place, Reason.BAD_RECORD, detail)


def ends_record(tape: Tape, whole: int) -> bool:
    """Whether the bytes so far ahead end a record: a blank line, whatever comes behind it, or the next record, or the end of the file."""
    rest = tape.peek(whole + OVERLAP)[whole:]
    return rest.startswith(_BLANK_LINE) or not rest.strip(b"\r\n") or starts_record(rest.lstrip(b"\r\n"))


def name_aside(entry: Entry) -> str | None:
    """Why a record holds no page by its own kind; None for a response or resource.

    >>> name_aside(Entry({"warc-type": "request"}, 0, 0)), name_aside(Entry({"warc-type": "revisit"}, 0, 0))
    ('request', 'not_news:revisit')
    """
    if entry.kind in ("response", "resource"):
        return None
    return entry.kind if entry.kind in _ASIDE else "not_news:revisit" if entry.kind == "revisit" else "unknown_record"


def open_answer(entry: Entry, block: bytes) -> Answer:
    """A record's content as a server's answer; a resource is one without a header of its own."""
    media = entry.fields.get("content-type", "")
    if entry.kind == "response" and (media.casefold().startswith("application/http") or block[:5] == b"HTTP/"):
        return parse_answer(block)
    return Answer(200, {"content-type": media}, block)


def name_answer(answer: Answer) -> str | None:
    """Why an answer is no page, by status and media type; None where it may be one.

    >>> name_answer(Answer(301, {}, b"")), name_answer(Answer(200, {"content-type": "image/png"}, b"x"))
    ('not_news:redirect', 'not_news:image')
    """
    if answer.status not in _OK:
        return "not_news:redirect" if 300 <= answer.status < 400 else "not_news:error" if answer.status >= 400 else "not_news:status"
    media = answer.media_type
    if media in _PAGES or media in _UNTOLD:
        return None
    return f"not_news:{next((kind for pattern, kind in _KINDS if pattern.match(media)), 'other')}"


def name_untold(answer: Answer, body: bytes) -> str | None:
    """Why a body of no telling media type is no page; None where it opens as one."""
    if answer.media_type in _PAGES or _PAGE.match(body[:MAX_HEAD]):
        return None
    return "not_news:text" if answer.media_type == "text/plain" else "not_news:other"


def name_long(entry: Entry, start: bytes) -> str | None:
    """Why a record of which only the first bytes are held is no page; None where it may be one."""
    if kind := name_aside(entry):
        return kind
    try:
        answer = open_answer(entry, start)
    except Reject:
        return None
    return name_answer(answer) or (None if answer.fields.get("content-encoding") else name_untold(answer, answer.body))


def read_content(entry: Entry, block: bytes, hints: Hints) -> Record | str:
    """The news article that a record holds, or why it holds none. Raises Reject where that can't be told."""
    if kind := name_aside(entry):
        return kind
    answer = open_answer(entry, block)
    if kind := name_answer(answer):
        return kind
    body = unpack_body(answer, MAX_PAGE)
    if not body.strip():
        return "not_news:empty"
    if kind := name_untold(answer, body):
        return kind
    address = entry.address
    try:
        page = take_page(body, url=address or None, encoding=hints.encoding, served=answer.charset)
    except Reject as no:
        if no.reason in (Reason.NO_CONTENT, Reason.EMPTY):
            return "not_news:no_print"
        raise
    if kind := judge_page(read_signs(page, address)):
        return f"not_news:{kind}"
    record = page.record
    extra = (
        ("fetched_at", entry.fields.get("warc-date")), ("warc_record_id", entry.fields.get("warc-record-id")),
        ("canonical_url", record.url if record.url != address else None),
    )
    noted = (("digest_mismatch",) if not is_intact(entry, block) else ()) + (("cut_by_crawler",) if entry.fields.get("warc-truncated") else ())
    return record._replace(
        record_id=address or entry.fields.get("warc-record-id"), url=address or record.url,
        extra=(*((k, v) for k, v in extra if v), *record.extra), warnings=(*record.warnings, *noted),
    )


def is_intact(entry: Entry, block: bytes) -> bool:
    """Whether a record's content has the digest that its header gives; where it gives none that is known, nothing speaks against it.

    >>> is_intact(Entry({"warc-block-digest": "sha1:" + "A" * 32}, 0, 5), b"Ferry"), is_intact(Entry({}, 0, 5), b"Ferry")
    (False, True)
    """
    name, _, given = entry.fields.get("warc-block-digest", "").strip().partition(":")
    algorithm = _DIGESTS.get(name.casefold().replace("-", ""))
    if algorithm is None or not given:
        return True
    digest = hashlib.new(algorithm, block, usedforsecurity=False).digest()
    return given.casefold() in (digest.hex(), base64.b32encode(digest).decode("ascii").casefold())
