"""Files made of elements, one for each story: where each starts and ends, whatever lies between.

Only tags of the items are looked for, so memory follows the item. Comments, CDATA and processing instructions are passed over as wholes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reason, Reject
from transforms.readers.columns import Spot
from transforms.readers.encoding import show_raw
from transforms.readers.found import Found, Hints
from transforms.readers.root_tag import find_declared, find_root, skip_prolog
from transforms.readers.story import Unreadable
from transforms.readers.window import Window

LONGEST_TAG = 1 << 16
_CLOSERS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_BOUND = re.compile(rb"\sxmlns(?::([\w.-]{1,60}))?\s*+=\s*+(?:\"([^\"<]{0,1000})\"|'([^'<]{0,1000})')")
_TAG_END = re.compile(rb"(?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*+(/?)>")
_TAGS = re.compile(rb"<[^<>]*+>")
_ENTITY = re.compile(rb"<!ENTITY\b", re.IGNORECASE)
_HELD = 40_000
"""Bytes kept of a stretch that is too long, to be shown."""
_TAIL = 4096
_BINDINGS = 64


class Markup(NamedTuple):
    """How the items of a format are told."""

    names: tuple[str, ...]
    """Elements that are items, with their prefix."""
    is_xml: bool = True
    """Comments and CDATA are passed over as wholes; names are told by their case."""
    nests: bool = False
    """An item may stand inside of an item."""
    holds_text: bool = False
    """Text outside of items is no part of the format."""


class Element(NamedTuple):
    """The bytes of one item."""

    name: str
    raw: bytes
    spot: Spot
    namespaces: dict[str, str]
    """Prefixes bound by the elements around it."""
    header: bytes = b""
    """What stands before the first item, cut at 40,000 bytes."""


Read = Callable[[Element], Record | Unreadable]
ReadXml = Callable[[Element, Found, Hints, str | None], Record | Unreadable]
"""With the encoding that the file declares."""


def read_elements(stream: BinaryIO, found: Found, markup: Markup, read: Read, limit: int) -> Iterator[Item]:
    """The items of a file, each read by `read`, and the gaps between them."""
    yield from _Splitter(Window(stream, found.codec, found.bom, found.newline.encode()), markup, read, limit).split()


def read_xml_elements(
    stream: BinaryIO, found: Found, hints: Hints, choose: Callable[[bytes], Markup], read: ReadXml, limit: int,
) -> Iterator[Item]:
    """The same for XML, whose head says what the items are and which encoding it is in; one that the user names goes first."""
    window = Window(stream, found.codec, found.bom, found.newline.encode())
    while len(window.buffer) < LONGEST_TAG and window.grow():
        pass
    head = window.buffer[:LONGEST_TAG]
    declared = None if hints.encoding else find_declared(head)
    yield from _Splitter(window, choose(head), lambda element: read(element, found, hints, declared), limit).split()


def refuse_entities(prolog: bytes) -> None:
    """Refuse a file whose document type declares entities: they are never expanded."""
    if declared := _ENTITY.search(prolog):
        raise Reject(
            Reason.FORMAT,
            f"line {1 + prolog.count(10, 0, declared.start())} declares an entity; entities are never expanded here, since they can stand for other "
            "files or for gigabytes: remove the declarations and write the text itself",
        )


class _Splitter:
    """The walk over one file."""

    def __init__(self, window: Window, markup: Markup, read: Read, limit: int) -> None:
        self.window = window
        self.markup = markup
        self.read = read
        self.limit = limit
        names = b"|".join(re.escape(name.encode()) for name in sorted(markup.names, key=len, reverse=True))
        passed = rb"<!--|<!\[CDATA\[|<\?|" if markup.is_xml else b""
        flags = 0 if markup.is_xml else re.IGNORECASE
        self.marks = re.compile(passed + rb"<(/?)(" + names + rb")(?=[\s/>])", flags)
        self.namespaces: dict[str, str] = {}
        self.gap: list[int] | None = None
        """Start, end, line of the gap that is being passed."""
        self.gap_shown = b""
        self.gap_is_blank = True
        self.gap_has_text = False
        self.header = b""
        self.root = ""
        """End of the element around all items, without its bracket; empty where there is none."""
        self.tail = b""
        """The last bytes that were passed outside of items."""
        self.is_cut = False
        self.is_told = False
        """The file ends in the middle of a tag."""
        self.gap_opened = 0
        """Line of a comment that is never closed."""
        self.never_closed: frozenset[int] = frozenset()
        """Places of the buffer, once it holds the end of the file, where items start that are known to stay open."""

    # ------------------------------------------------------------ between items
    def split(self) -> Iterator[Item]:
        """All items and gaps."""
        window = self.window
        if window.offset:
            yield Gap("bom", 0, window.offset)
        if self.markup.is_xml:
            prolog = self.read_prolog()
            refuse_entities(prolog)
            root = find_root(window.buffer)
            if root is not None and f"{root.prefix}{root.name}" not in self.markup.names:
                self.root = f"</{root.prefix}{root.name}"
        while True:
            orphan = self.pass_outside()
            if orphan is None and window.pos >= len(window.buffer):
                break
            yield from self.end_gap(orphan)
            if orphan is None:
                yield self.pass_item()
        if window.number and not window.damage and (self.is_cut or self.is_open()) and not self.is_told:
            yield self.refuse_cut()
        else:
            yield from self.end_gap(None, is_end=True)
        yield from window.close()

    def is_open(self) -> bool:
        """Whether the element around all items is still open at the end of the file."""
        return bool(self.root) and self.root.encode() not in self.tail

    def refuse_cut(self) -> Damaged:
        """What is left of a file that ends too early: items may be missing."""
        window = self.window
        start, stop, line = self.gap or [window.offset, window.offset, window.line]
        shown = show_raw(self.gap_shown, window.codec) if self.gap else ""
        self.gap = None
        window.number += 1
        what = "in the middle of a tag" if self.is_cut else f"before {self.root}>"
        detail = f"the file ends at byte {stop} {what}; items may be missing: get the file again"
        return Damaged(window.number, start, stop, line, Reason.TRUNCATED.value, detail, shown)

    def read_prolog(self) -> bytes:
        """What stands before the first start tag, or the first stretch of the file where none comes."""
        window = self.window
        while (end := skip_prolog(window.buffer)) is None or end >= len(window.buffer) - 4:
            if len(window.buffer) > LONGEST_TAG or not window.grow():
                return window.buffer[:LONGEST_TAG]
        return window.buffer[:end]

    def pass_outside(self) -> str | None:
        """Move on to the next item, or to the end of the file; the name of an end tag that has no start, which is passed."""
        window = self.window
        at = 0
        while True:
            mark = self.marks.search(window.buffer, window.pos + at)
            if mark is None:
                self.skip(self.find_safe_end(window.pos + at))
                at = 0
                if not window.grow():
                    self.is_cut = self.find_safe_end(window.pos) < len(window.buffer)
                    self.skip(len(window.buffer))
                    return None
            elif closer := _CLOSERS.get(mark[0]):
                end = window.buffer.find(closer, mark.end())
                if end >= 0:
                    at = end + len(closer) - window.pos
                elif self.skip_to(mark.start(), closer):
                    at = 0
                else:
                    return None
            elif mark[1]:
                end = window.buffer.find(b">", mark.end()) + 1
                if not end and window.grow():
                    continue
                self.skip(end or len(window.buffer))
                return mark[2].decode()
            else:
                self.skip(mark.start())
                return None

    def skip_to(self, start: int, closer: bytes) -> bool:
        """Pass a comment or the like that goes on beyond the buffer; False when the file ends in it."""
        window = self.window
        self.skip(start)
        line, at = window.line, 2
        while (end := window.buffer.find(closer, window.pos + at)) < 0:
            if len(window.buffer) - window.pos > LONGEST_TAG:
                self.skip(len(window.buffer) - 2)
                at = 0
            if not window.grow():
                self.gap_opened = line
                self.skip(len(window.buffer))
                return False
        self.skip(end + len(closer))
        return True

    def find_safe_end(self, at: int) -> int:
        """How far the buffer can be passed without cutting a tag."""
        last = self.window.buffer.rfind(b"<", at)
        is_open = last >= 0 and self.window.buffer.find(b">", last) < 0 and len(self.window.buffer) - last < LONGEST_TAG
        return last if is_open else len(self.window.buffer)

    def skip(self, end: int) -> None:
        """Move on to a place of the buffer; what is passed is of the gap."""
        window = self.window
        if end <= window.pos:
            return
        line = window.line
        raw, start, stop, _ = window.step(end)
        if self.gap is None:
            self.gap, self.gap_shown, self.gap_is_blank, self.gap_has_text = [start, stop, line], b"", True, False
        self.gap[1] = stop
        self.tail = (self.tail + raw[-_TAIL:])[-_TAIL:]
        self.gap_shown += raw[: max(0, _HELD - len(self.gap_shown))]
        self.gap_is_blank = self.gap_is_blank and not raw.strip()
        if not self.gap_is_blank:
            self.gap_has_text = self.gap_has_text or (self.markup.holds_text and bool(_TAGS.sub(b"", raw).strip()))
            for prefix, one, other in _BOUND.findall(raw):
                if len(self.namespaces) < _BINDINGS:
                    self.namespaces.setdefault(prefix.decode("ascii", "replace"), (one or other).decode("utf-8", "replace"))

    def end_gap(self, orphan: str | None, *, is_end: bool = False) -> Iterator[Item]:
        """The gap that was passed: declared, or damage where it is no part of the format."""
        if self.gap is None:
            return
        (start, stop, line), self.gap = self.gap, None
        self.header = self.header or self.gap_shown
        number = self.window.number + 1
        shown = show_raw(self.gap_shown, self.window.codec)
        if orphan is not None:
            detail = f"line {line}: what ends with </{orphan}> here has no start tag; mend or leave out this stretch"
        elif is_end and not self.window.number and not self.gap_is_blank:
            names = ", ".join(f"<{name}>" for name in self.markup.names[:4])
            detail = f"no {names} stands in this file, up to byte {stop}; is it whole?"
            self.window.number = number
            yield Damaged(number, start, stop, line, Reason.NO_CONTENT.value, detail, shown)
            return
        elif self.gap_opened:
            detail = f"line {self.gap_opened}: a comment or the like starts here and is never closed; close it, for what follows may hold stories"
        elif self.gap_has_text:
            detail = f"line {line}: text stands outside of every <{self.markup.names[0]}>; put it into one"
        else:
            yield Gap("blank" if self.gap_is_blank else "delimiter" if self.window.number else "header", start, stop)
            return
        self.window.number = number
        yield Damaged(number, start, stop, line, Reason.BAD_MARKUP.value, detail, shown)

    # ------------------------------------------------------------ inside of an item
    def pass_item(self) -> Item:
        """The item that starts here: read, or the damage in it."""
        window = self.window
        opening = self.marks.match(window.buffer, window.pos)
        assert opening is not None
        name = opening[2].decode()
        at, nested = opening.end() - window.pos, 0
        inner: list[int] = []  # starts of the items within this one that are open yet
        is_hopeless = window.at_end and window.pos in self.never_closed and len(window.buffer) - window.pos <= self.limit
        unclosed: set[bytes] = set()
        if size := self.find_tag_end(at):
            return self.give(name, size)
        while True:
            mark = self.marks.search(window.buffer, window.pos + at)
            closer = _CLOSERS.get(mark[0]) if mark is not None else None
            if mark is None:
                at = max(at, self.find_safe_end(window.pos + at) - window.pos)
            elif closer:
                end = -1 if closer in unclosed else window.buffer.find(closer, mark.end())
                at = (end + len(closer) if end >= 0 else mark.start()) - window.pos
                if end >= 0:
                    continue
                unclosed.add(closer)
            elif mark[1]:
                end = window.buffer.find(b">", mark.end()) + 1
                if end and not inner:
                    return self.give(name, end - window.pos)
                at = (end or mark.start()) - window.pos
                if end:
                    inner.pop()
                    continue
            elif is_hopeless or not self.markup.nests:
                return self.refuse(mark.start() - window.pos, name)
            else:
                start = mark.start() - window.pos
                nested = nested or start
                at = mark.end() - window.pos
                if not self.find_tag_end(at):
                    inner.append(start)
                continue
            if len(window.buffer) - window.pos > self.limit:
                return self.pass_long(at)
            if not window.grow():
                if closer and mark is not None:
                    at += len(mark[0])  # a comment that is never closed hides nothing
                    continue
                self.never_closed = frozenset(window.pos + start for start in inner)
                return self.refuse(nested or len(window.buffer) - window.pos, name, is_end=not nested)
            unclosed.clear()

    def find_tag_end(self, at: int) -> int:
        """Where an item ends that is one empty tag, from the item's start; 0 when it is none."""
        window = self.window
        while (end := _TAG_END.match(window.buffer, window.pos + at)) is None:
            if len(window.buffer) - window.pos - at > LONGEST_TAG or not window.grow():
                return 0
        return end.end() - window.pos if end[1] else 0

    def give(self, name: str, size: int) -> Item:
        """The record of an item, or the damage that stands in its place."""
        window = self.window
        if size > self.limit:
            return window.pass_damaged(window.pos + size, Reason.TOO_LONG, f"the record is longer than {self.limit:,} bytes; is it one story?")
        raw = window.buffer[window.pos : window.pos + size]
        spot = Spot(window.number + 1, window.offset, window.offset + window.codec.measure(raw), window.line)
        result = self.read(Element(name, raw, spot, self.namespaces, self.header))
        if isinstance(result, Unreadable):
            return window.pass_damaged(window.pos + size, result.reason, result.detail)
        window.step(window.pos + size)
        window.number += 1
        return result

    def refuse(self, size: int, name: str, *, is_end: bool = False) -> Damaged:
        """Pass an item that is not closed before the next one, or before the file ends."""
        window = self.window
        self.is_told = is_end
        if is_end and window.damage:
            return window.pass_cut()
        if is_end:
            end = window.offset + window.codec.measure(window.buffer[window.pos : window.pos + size])
            detail = f"the file ends at byte {end} within the <{name}> that starts in line {window.line}; get the file again"
            return window.pass_damaged(window.pos + size, Reason.TRUNCATED, detail)
        detail = f"line {window.line}: the <{name}> that starts here is not closed before the next one; close it"
        return window.pass_damaged(window.pos + size, Reason.BAD_MARKUP, detail)

    def pass_long(self, at: int) -> Damaged:
        """Pass an item above the limit, up to its end or to the next item, without keeping it."""
        window = self.window
        raw, start, stop, line = window.step(window.pos + at)
        shown = raw[:_HELD]
        while True:
            mark = self.marks.search(window.buffer, window.pos)
            while mark is not None and mark[0] in _CLOSERS:
                mark = self.marks.search(window.buffer, mark.end())
            if mark is not None:
                end = window.buffer.find(b">", mark.end()) + 1 if mark[1] else mark.start()
                stop = window.step(end or len(window.buffer))[2]
                break
            stop = window.step(self.find_safe_end(window.pos))[2]
            if not window.grow():
                stop = window.step(len(window.buffer))[2]
                break
        window.number += 1
        detail = f"the record is longer than {self.limit:,} bytes; is it one story?"
        return Damaged(window.number, start, stop, line, Reason.TOO_LONG.value, detail, show_raw(shown, window.codec))
