"""Items of JSON APIs: objects a line, in an array, alone, or inside of the answers that the API wraps around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reason
from transforms.readers.columns import Spot
from transforms.readers.encoding import show_raw
from transforms.readers.found import Found, Hints
from transforms.readers.json_paths import read_paths
from transforms.readers.jsonl import Read, Shape, note_indent, pass_line, pass_value
from transforms.readers.story import Story, Unreadable, lay_out_story
from transforms.readers.window import Window

_BLANK = re.compile(rb"[\s,]++")
_TOKEN = re.compile(rb'("(?:[^"\\]++|\\.)*+")(?:(\s{0,400}+:\s{0,400}+)(?=([\[{])?))?|[{}\[\]"]', re.DOTALL)
"""A string, with the colon that makes it a key and the bracket that opens its value; a bracket; a quote that is not closed in the buffer."""
_AHEAD = 1024
_HEAD = 1 << 16
_HELD = 40_000


def read_items(
    stream: BinaryIO, found: Found, hints: Hints, limit: int, shape: Shape, containers: frozenset[str] = frozenset(),
) -> Iterator[Item]:
    """The items of a file. `containers` are the paths of keys under which an answer holds its items."""
    window = Window(stream, found.codec, found.bom, found.newline.encode())
    if window.offset:
        yield Gap("bom", 0, window.offset)
    while len(window.buffer) < _HEAD and window.grow():
        pass
    head = window.buffer[:_HEAD]
    if containers & read_paths(head):
        yield from _Answers(window, shape, containers, limit).split()
    else:
        from transforms.readers.sniff import name_json

        next_item = pass_value if name_json(head) != "jsonl" else pass_line
        while window.pos < len(window.buffer) or window.grow():
            item = next_item(window, shape, limit)
            if item is not None:
                yield item
    yield from window.close()


class _Answers:
    """The walk over a file of answers, one behind the other."""

    def __init__(self, window: Window, shape: Shape, containers: frozenset[str], limit: int) -> None:
        self.window = window
        self.shape = shape
        self.containers = containers
        self.limit = limit
        self.stack: list[tuple[bytes, str]] = []
        """Bracket and path of each object and array that is open."""
        self.path = ""
        self.gap: list[int] | None = None
        self.shown = b""
        self.is_blank = True

    def split(self) -> Iterator[Item]:
        """All items, and the gaps between them."""
        window = self.window
        is_cut = False
        while self.pass_wrapping():
            window.indent = None
            is_list = window.buffer[window.pos : window.pos + 1] == b"["
            if is_list:
                self.skip(window.pos + 1)
            while self.find_item(is_list=is_list):
                yield from self.end_gap()
                item = None
                while item is None:
                    item = pass_value(window, self.shape, self.limit)
                is_cut = isinstance(item, Damaged) and not window.buffer[window.pos :]
                yield item
                if not is_list:
                    break
        if self.stack and not (is_cut and self.gap is None):
            yield self.refuse_cut()
        else:
            yield from self.end_gap(is_end=True)

    def find_item(self, *, is_list: bool) -> bool:
        """Move on to the next item of a list; False where it ends."""
        window = self.window
        while True:
            if between := _BLANK.match(window.buffer, window.pos):
                note_indent(window, between[0])
                self.skip(between.end())
            if window.pos < len(window.buffer):
                if is_list and window.buffer[window.pos : window.pos + 1] == b"]":
                    self.skip(window.pos + 1)
                    return False
                return True
            if not window.grow():
                self.stack.append((b"[", ""))
                return False

    def pass_wrapping(self) -> bool:
        """Move on to the next value under a container's path; False at the end of the file."""
        window = self.window
        at = 0
        while True:
            token = _TOKEN.search(window.buffer, window.pos + at)
            if not window.at_end and (token is None or token[0] == b'"' or token.end() + _AHEAD > len(window.buffer)):
                self.skip(token.start() if token else len(window.buffer))
                at = 0
                window.grow()
                continue
            if token is None or token[0] == b'"':
                if token is not None:
                    self.stack.append((b'"', ""))
                self.skip(len(window.buffer))
                return False
            mark = token[0]
            if mark in (b"{", b"["):
                self.stack.append((mark, self.stack[-1][1] if self.stack and self.stack[-1][0] == b"[" else self.path))
            elif mark in (b"}", b"]"):
                if self.stack:
                    self.stack.pop()
                self.path = self.path if self.stack else ""
            elif token[2] and self.stack and self.stack[-1][0] == b"{":
                around, key = self.stack[-1][1], token[1][1:-1].decode("utf-8", "replace")[:200]
                self.path = f"{around}.{key}"[-400:] if around else key
                if token[3] and self.path in self.containers:
                    self.skip(token.end())
                    return True
            at = token.end() - window.pos
            if at > _HEAD:
                self.skip(token.end())
                at = 0

    # ------------------------------------------------------------ gaps
    def skip(self, end: int) -> None:
        """Move on to a place of the buffer; what is passed is of the gap."""
        if end <= self.window.pos:
            return
        raw, start, stop, line = self.window.step(end)
        if self.gap is None:
            self.gap, self.shown, self.is_blank = [start, stop, line], b"", True
        self.gap[1] = stop
        self.shown += raw[: max(0, _HELD - len(self.shown))]
        self.is_blank = self.is_blank and not raw.strip(b" \t\r\n")

    def end_gap(self, *, is_end: bool = False) -> Iterator[Item]:
        """The gap that was passed; a file that ends with no item at all is damage."""
        if self.gap is None:
            return
        (start, stop, line), self.gap = self.gap, None
        if is_end and not self.window.number and not self.is_blank:
            self.window.number = 1
            detail = f"the answer holds no item under {' or '.join(sorted(self.containers))}"
            yield Damaged(1, start, stop, line, Reason.NO_CONTENT.value, detail, show_raw(self.shown, self.window.codec))
            return
        yield Gap("blank" if self.is_blank else "delimiter" if self.window.number else "header", start, stop)

    def refuse_cut(self) -> Damaged:
        """What is left of an answer that is not closed: items may be missing."""
        window = self.window
        start, stop, line = self.gap or [window.offset, window.offset, window.line]
        self.gap = None
        window.number += 1
        detail = f"the file ends at byte {stop} within an answer, behind which items may be missing; get the file again"
        return Damaged(window.number, start, stop, line, Reason.TRUNCATED.value, detail, show_raw(self.shown if stop > start else b"", window.codec))


# ------------------------------------------------------------------ values of items
def shape_story(read_story: Any, what: str) -> Shape:
    """The shape of items that a function reads as stories."""

    def shape(read: Read, spot: Spot, raw: bytes) -> Record | Unreadable:
        story: Story = read_story(read.value)
        return lay_out_story(story._replace(warnings=(*read.warnings, *story.warnings)), spot, what)

    return shape


def spell(value: Any) -> str:
    """A value as text: strings and numbers as they are, the rest as JSON.

    >>> spell("Pier"), spell(4), spell(["a", {"b": None}]), spell(None)
    ('Pier', '4', '["a",{"b":null}]', '')
    """
    if isinstance(value, str):
        return value
    if value is None or value in ([], {}):
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    try:
        return orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, RecursionError):
        return repr_deep(value)


def repr_deep(value: Any) -> str:
    """What to keep of a value that is nested too deep to be written again."""
    return f"a value of {type(value).__name__} nested too deep to be shown"


def text_of(value: Any) -> str:
    """A value where a text is expected; nothing for any other kind."""
    return value.strip() if isinstance(value, str) else ""


def items_of(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, of a map by name, or one alone."""
    if isinstance(value, dict):
        inner = [item for item in value.values() if isinstance(item, dict)]
        return inner if inner and len(inner) == len(value) else [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
