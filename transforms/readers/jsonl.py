"""JSON Lines, one object a line; also one array of objects, or objects printed over several lines.

Keys are columns, under the same names as headers of rows. Strings and numbers are taken as they are, lists of names are joined, whatever
else a key holds is kept as JSON text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple

import orjson

from transforms.model import Gap, Item, Record
from transforms.outcome import Reason
from transforms.readers.columns import Plan, Spot, lay_out, plan_columns
from transforms.readers.encoding import decode_mixed
from transforms.readers.found import Found, Hints
from transforms.readers.story import Unreadable
from transforms.readers.window import LIMIT, Window
from transforms.text import DOUBTFUL_BYTES

TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\]"]', re.DOTALL)
"""What tells where a value ends: strings, brackets, and a quote that is not closed in the buffer."""
BETWEEN = re.compile(rb"[\s,\[\]]++")
SCALAR = re.compile(rb'"(?:[^"\\\n]++|\\.)*+"|[^\s,\[\]{}"]++|.', re.DOTALL)
OPEN_STRING = re.compile(rb'"(?:[^"\\\n]++|\\.)*+\\?\Z', re.DOTALL)
ESCAPED = re.compile(rb"\\[ubf]")
MANY = 64
LONG = "write one object a line"
NAMED = frozenset(("byline", "source"))
PARAGRAPHS = frozenset(("lead", "body"))


class Read(NamedTuple):
    """A JSON object read from a record's bytes."""

    value: dict[str, Any]
    warnings: tuple[str, ...]
    is_doubtful: bool
    """Whether its strings may hold control characters or mojibake."""


Shape = Callable[[Read, Spot, bytes], Record | Unreadable]
"""How an object becomes a record, or why it is none."""


def read_json(stream: BinaryIO, found: Found, hints: Hints, limit: int = LIMIT) -> Iterator[Item]:
    """The records of a JSON file."""
    window = Window(stream, found.codec, found.bom, found.newline.encode())
    if window.offset:
        yield Gap("bom", 0, window.offset)
    shape = shape_by_columns(hints.columns)
    next_item = pass_value if found.format == "json" else pass_line
    while window.pos < len(window.buffer) or window.grow():
        item = next_item(window, shape, limit)
        if item is not None:
            yield item
    yield from window.close()


def build_planner(given: Mapping[str, str]) -> Callable[[tuple[str, ...]], Plan]:
    """Plans by the keys of an object; files have few different sets of keys."""
    return lru_cache(maxsize=256)(lambda keys: plan_columns(keys, given))


def shape_by_columns(given: Mapping[str, str]) -> Shape:
    """Objects as rows: their keys are headers. `given` maps keys to our columns and goes first."""
    planner = build_planner(given)
    return lambda read, spot, raw: lay_out_object(planner(tuple(read.value)), read, spot, raw)


def pass_line(window: Window, shape: Shape, limit: int) -> Item | None:
    """The next line's item; None when more of the file must be read."""
    end = window.find_line_end(window.pos)
    if not end:
        if len(window.buffer) - window.pos > limit:
            return window.pass_long(limit, LONG)
        if window.grow():
            return None
        end = len(window.buffer)
        if window.damage and window.buffer[window.pos :].strip():
            return window.pass_cut()
    if end - window.pos > limit:
        return window.pass_damaged(end, Reason.TOO_LONG, f"the record is longer than {limit:,} bytes; {LONG}")
    if not window.buffer[window.pos : end].strip():
        return window.pass_gap("blank", end)
    return pass_object(window, end, shape)


def pass_object(window: Window, end: int, shape: Shape) -> Item:
    """The record of the bytes up to `end`, or the damage in them."""
    raw = window.buffer[window.pos : end]
    read = parse_object(raw, window)
    if isinstance(read, Unreadable):
        return window.pass_damaged(end, read.reason, read.detail)
    spot = Spot(window.number + 1, window.offset, window.offset + window.codec.measure(raw), window.line)
    record = shape(read, spot, raw)
    if isinstance(record, Unreadable):
        return window.pass_damaged(end, record.reason, record.detail)
    window.step(end)
    window.number += 1
    return record


def parse_object(raw: bytes, window: Window) -> Read | Unreadable:
    """The object that stands in some bytes."""
    codec = window.codec
    warnings: tuple[str, ...] = ()
    text: str | bytes = raw
    if codec.working != "utf-8" or not raw.isascii():
        try:
            if codec.name == "utf-8":
                decoded = decode_mixed(raw)
                text, warnings = (decoded.text, ("mixed_encoding",)) if decoded.is_mixed else (raw, ())
            else:
                text = raw.decode(codec.working)
        except UnicodeDecodeError as error:
            place = window.offset + codec.measure(raw[: error.start])
            return Unreadable(Reason.DECODE, f"byte {place} ({raw[error.start]:#04x}) is not {codec.name}, as the rest of the file is")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        shown = text if isinstance(text, str) else text.decode()
        at = min(error.pos, len(shown.rstrip()))
        line, column = window.line + shown.count("\n", 0, at), at - shown.rfind("\n", 0, at)
        return Unreadable(Reason.BAD_JSON, f"line {line}, column {column}: {error.msg}; mend or leave out this record")
    if not isinstance(value, dict):
        return Unreadable(Reason.BAD_JSON, f"line {window.line}, column 1: an object in braces is expected, not {name_kind(value)}")
    if has_echo(value, raw) and (earlier := find_repeated(text)):
        value, warnings = {**value, **earlier}, (*warnings, "repeated_key")
    return Read(value, warnings, text is not raw or is_doubtful_json(raw))


def has_echo(value: Mapping[str, Any], raw: bytes) -> bool:
    """Whether any key of an object may stand in its bytes twice; of one with many keys that is not looked at key by key."""
    if raw.count(b'":') == len(value) and b'" :' not in raw:
        return False
    return len(value) > MANY or any(raw.count(b'"%b"' % key.encode("utf-8", "surrogatepass")) > 1 for key in value)


def find_repeated(text: str | bytes, read_number: Callable[[str], Any] = float) -> dict[str, Any]:
    """What an object holds under a key that comes again, for a parser keeps the last alone: under the key and its count.

    >>> find_repeated('{"title": "Pier shut", "id": {"title": 1}, "title": "Pier open"}')
    {'title (1)': 'Pier shut'}
    """
    counts: Counter[str] = Counter()
    found: dict[str, Any] = {}
    try:
        pairs = json.loads(text, object_pairs_hook=list, parse_float=read_number)
        last = {key: at for at, (key, _) in enumerate(pairs)}
        for at, (key, value) in enumerate(pairs):
            counts[key] += 1
            if at != last[key]:
                found[f"{key} ({counts[key]})"] = turn_pairs(value)
    except (ValueError, RecursionError):
        return {}  # nested so deep that only the other parser reads it
    return found


def turn_pairs(value: Any) -> Any:
    """A value whose objects are lists of pairs, as JSON has them; one that holds such lists is kept as they are."""
    if isinstance(value, list) and value and all(isinstance(pair, tuple) for pair in value):
        return {key: turn_pairs(one) for key, one in value}
    return [turn_pairs(one) for one in value] if isinstance(value, list) else value


def is_doubtful_json(raw: bytes) -> bool:
    """Whether strings in some JSON may hold control characters, which can only stand there escaped, or mojibake.

    >>> is_doubtful_json(b'{"title": "Pier shut"}'), is_doubtful_json(b'{"title": "Pier\\\\u0007"}')
    (False, True)
    """
    if ESCAPED.search(raw) or b"\x7f" in raw:
        return True
    return not raw.isascii() and any(gate.search(raw) for first, gate in DOUBTFUL_BYTES if first in raw)


def name_kind(value: object) -> str:
    """What a JSON value is, in words.

    >>> name_kind([1]), name_kind(None)
    ('an array', 'null')
    """
    if value is None:
        return "null"
    return {list: "an array", str: "a string", bool: "true or false"}.get(type(value), "a number")


def lay_out_object(plan: Plan, read: Read, spot: Spot, raw: bytes) -> Record | Unreadable:
    """The record of an object, or why it is none."""
    values: list[str] = []
    kept: list[tuple[str, str]] = []
    value = read.value
    columns = name_places(plan)
    if any(isinstance(v, float) for v in value.values()):
        value = keep_printed_numbers(value, raw)
    for at, (key, item) in enumerate(value.items()):
        if isinstance(item, str):
            values.append(item)
        elif item is None:
            values.append("")
        elif isinstance(item, int | float) and not isinstance(item, bool):
            values.append(str(item))
        else:
            column = columns.get(at)
            shown = join_names(item, column)
            if shown is None or column not in ("byline", *PARAGRAPHS):
                try:
                    whole = orjson.dumps(item).decode()
                except orjson.JSONEncodeError:
                    return Unreadable(Reason.BAD_JSON, f"line {spot.line}: {key[:60]!r} is nested too deep")
                if column is not None:
                    kept.append((key, whole))
                elif shown is None:
                    shown = whole
            values.append(shown or "")
    record = lay_out(plan, values, spot, read.warnings, is_doubtful=read.is_doubtful)
    if record is None:
        keys = ", ".join(key[:40] for key in list(value)[:12])
        return Unreadable(Reason.NO_CONTENT, f"no key holds a headline, text or caption (keys: {keys})")
    return record._replace(extra=record.extra + tuple(kept)) if kept else record


@lru_cache(maxsize=256)
def name_places(plan: Plan) -> dict[int, str]:
    """Our columns by the place of their key."""
    beside = ("record_id", "published_at", "source", "url", "section", "language")
    pairs = [*plan.printed, *zip(beside, plan.beside, strict=True), ("document", plan.document)]
    return {at: column for column, places in pairs for at in places}


def join_names(item: object, column: str | None) -> str | None:
    """A list of names, or of objects with a name, as one line; a list of paragraphs as a text; None for anything else.

    >>> join_names([{"name": "Ann Roe"}, "Bob Doe"], "byline"), join_names({"id": 7}, "byline")
    ('Ann Roe, Bob Doe', None)
    """
    if column in PARAGRAPHS and isinstance(item, list) and all(isinstance(part, str) for part in item):
        return "\n\n".join(part.strip() for part in item if part.strip())
    if column not in NAMED:
        return None
    parts = item if isinstance(item, list) else [item]
    names = [part.get("name") if isinstance(part, dict) else part for part in parts]
    printed = [name.strip() for name in names if isinstance(name, str)]
    return ", ".join(filter(None, printed)) if len(printed) == len(names) else None


def keep_printed_numbers(value: dict[str, Any], raw: bytes) -> dict[str, Any]:
    """An object with its top numbers as they are printed: reading 1.50 or a very long id as a float would change it."""
    try:
        printed = json.loads(raw, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return value
    if not value.keys() <= printed.keys():
        printed |= find_repeated(raw, str)
    return {key: printed.get(key, item) if isinstance(item, float) else item for key, item in value.items()}


# ------------------------------------------------------------------ arrays, and objects over several lines
def pass_value(window: Window, shape: Shape, limit: int) -> Item | None:
    """The next item of an array or of objects one behind the other; None when more of the file must be read."""
    if between := BETWEEN.match(window.buffer, window.pos):
        end = between.end()
        if end == len(window.buffer) and end - window.pos <= limit and window.grow():
            return None  # the gap goes on beyond the buffer
        note_indent(window, between[0])
        return window.pass_gap("delimiter" if between[0].strip() else "blank", end)
    end = find_value_end(window.buffer, window.pos)
    if not end or (end == len(window.buffer) and not window.at_end):
        if len(window.buffer) - window.pos > limit:
            return window.pass_long(limit, LONG)
        if window.grow():
            return None
        if window.damage:
            return window.pass_cut()
        end = end or len(window.buffer)
    raw = window.buffer[window.pos : end]
    if isinstance(parse_object(raw, window), Unreadable) and (start := find_sibling(window, end)):
        return window.pass_damaged(start, Reason.BAD_JSON, f"line {window.line}: the object that starts here does not end before the next one")
    window.indent = None
    return pass_object(window, end, shape)


def note_indent(window: Window, gap: bytes) -> None:
    """What a gap puts before the next value on its line; nothing where another value stands there."""
    if b"\n" in gap:
        window.indent = gap.rpartition(b"\n")[2]
    elif window.indent is not None:
        window.indent += gap


def find_value_end(buffer: bytes, pos: int) -> int:
    """One past the end of the value at a place; 0 when it goes on beyond the buffer."""
    if buffer[pos : pos + 1] != b"{":
        scalar = None if OPEN_STRING.match(buffer, pos) else SCALAR.match(buffer, pos)
        return scalar.end() if scalar else 0
    depth = 0
    for token in TOKEN.finditer(buffer, pos):
        mark = token[0]
        if mark in (b"{", b"["):
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
            if not depth:
                return token.end()
        elif mark == b'"':
            return 0
    return 0


def find_sibling(window: Window, end: int) -> int | None:
    """The next object on a line of its own, indented as the damaged one is, that can be read: it must not be swallowed."""
    buffer, pos, indent = window.buffer, window.pos, window.indent
    if indent is None or indent.strip():
        return None
    at = buffer.find(b"\n" + indent + b"{", pos, end)
    for _ in range(100):
        if at < 0:
            return None
        start = at + 1 + len(indent)
        stop = find_value_end(buffer, start)
        if stop and isinstance(parse_object(buffer[start:stop], window), Read):
            return start
        at = buffer.find(b"\n" + indent + b"{", start, end)
    return None
