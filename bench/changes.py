"""How a good file is broken: byte by byte, line by line, by the grammar of its format, and inside the members of a zip file.

Every change is drawn from a generator that is handed in, so that the same number always makes the same input.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Any

MOST = 1 << 16
"""Bytes of an input; one in RARE may be longer."""
MOST_RARE = 1 << 20
RARE = 400
TOKENS = (
    b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\r", b"\n", b"\r\n", b"\n\n", b"\f", b"\x1a", b"\x01", b"\x03", b'"',
    b'""', b"'", b"\\", b"\\u0000", b"\\ud800", b",", b";", b"\t", b"|", b"{", b"}", b"[", b"]", b"<", b">", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[",
    b"]]>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&#0;", b"&#xD800;", b"&amp;", b"NaN", b"Infinity", b"-0", b"1e999", b"9" * 40, b"true", b"null",
    b"=" * 40, b"-" * 40, b"WARC/1.0\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999\r\n", b"PK\x03\x04", b"\x1f\x8b", b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x80", "Noël".encode(), "日本".encode(), "\U0001f9ff".encode(), "\u200f\u202e".encode(), b"1 of 3 DOCUMENTS\n",
    b"<script>", b"%s%n", b"../", b"{\\rtf1", b"\\bin9999 ", b"\\u-10179?", b"\x02", b"\x04", b"\x16\x16", b"\x1b[2J", b"<DOC>", b"</TEXT>", b"BYLINE: ",
    b"LOAD-DATE: ", b"Document ", b"____________________\n", b"HD\n", b"LP\n", b"TD\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: br\r\n",
)
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, "", " ", "x", "\0", "\ud800", "\u202e\u2066", "<b>a", "2024-02-30", "NaN", [], {}, [[]], [None], {"": ""}, {"a": {"b": [1]}},
    "9" * 400, ["a", 1, {"b": None}], "&amp;", "T" * 5000,
)
TAG = re.compile(rb"<(/?)([A-Za-z_][\w:.-]*)[^<>]{0,300}>")
NUMBER = re.compile(rb"\d+")


def unpack(data: bytes) -> bytes | None:
    """What a gzip member holds; None for anything else."""
    if not data.startswith(b"\x1f\x8b"):
        return None
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return None


class Maker:
    """Makes one input after the other of the same kind of file."""

    def __init__(self, chance: random.Random, others: Sequence[bytes]) -> None:
        self.chance = chance
        self.others = others
        """Good files of the kind, to take pieces from."""

    def change(self, data: bytes) -> bytes:
        """A file with some changes."""
        chance = self.chance
        is_zip = data.startswith(b"PK\x03\x04")
        if is_zip and chance.random() < 0.6:
            return self.change_member(data)
        for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
            data = self.pick(data, is_zip)(data)
        return data[: MOST_RARE if chance.randrange(RARE) == 0 else MOST]

    def pick(self, data: bytes, is_zip: bool) -> Callable[[bytes], bytes]:
        """A way of changing that fits what the file looks like, or one of those that fit all."""
        ways: list[Callable[[bytes], bytes]] = [self.change_bytes]
        if not is_zip and b"\0" not in data[:400]:
            ways.append(self.change_lines)
            if b"<" in data:
                ways.append(self.change_markup)
            if data.lstrip()[:1] in (b"{", b"["):
                ways.append(self.change_json)
            if NUMBER.search(data):
                ways.append(self.change_number)
        return self.chance.choice(ways)

    def change_bytes(self, data: bytes) -> bytes:
        """One change anywhere, without regard to what stands there."""
        chance = self.chance
        at = chance.randrange(len(data) + 1)
        match chance.randrange(9):
            case 0:
                return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 1:
                return data[:at] + chance.choice(TOKENS) + data[at:]
            case 2:
                return data[:at] + data[at + chance.choice((1, 2, 8, 64, 512)) :]
            case 3:
                end = at + chance.choice((1, 16, 256, 2048))
                return data[:at] + data[at:end] * chance.choice((1, 2, 20)) + data[at:]
            case 4:
                return data[:at]
            case 5:
                other = chance.choice(self.others)
                start = chance.randrange(len(other) + 1)
                return data[:at] + other[start : start + chance.choice((4, 64, 1024))] + data[at:]
            case 6:
                return data[:at] + chance.choice(TOKENS) + data[at + 1 :]
            case 7:
                times = 20_000 if chance.randrange(RARE) == 0 else chance.choice((3, 10, 100))
                return data[:at] + chance.choice(TOKENS) * times + data[at:]
            case _:
                place = min(at, len(data) - 1)
                return data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :] if data else b"\0"

    def change_lines(self, data: bytes) -> bytes:
        """A line dropped, doubled, moved, torn, joined with the next, indented, or put in capitals."""
        chance = self.chance
        end = b"\r" if b"\n" not in data else b"\n"
        lines = data.split(end)
        at = chance.randrange(len(lines))
        to = chance.randrange(len(lines))
        match chance.randrange(9):
            case 0:
                del lines[at]
            case 1:
                lines.insert(to, lines[at])
            case 2:
                lines[at], lines[to] = lines[to], lines[at]
            case 3:
                middle = len(lines[at]) // 2
                lines[at : at + 1] = [lines[at][:middle], lines[at][middle:]]
            case 4:
                lines[at : at + 2] = [b"".join(lines[at : at + 2])]
            case 5:
                lines[at] = chance.choice((b" ", b"\t", b"   ", b"> ")) + lines[at]
            case 6:
                lines[at] = lines[at].upper()
            case 7:
                lines.insert(at, b"")
            case _:
                other = chance.choice(self.others).split(end)
                start = chance.randrange(len(other))
                lines[at:at] = other[start : start + chance.choice((1, 3, 10))]
        return end.join(lines)

    def change_markup(self, data: bytes) -> bytes:
        """An element dropped, doubled, nested in itself, left open, named otherwise; an attribute lost or strange."""
        chance = self.chance
        tags = list(TAG.finditer(data))
        if not tags:
            return self.change_bytes(data)
        tag = chance.choice(tags)
        end = tag.end()
        if not tag[1]:
            closing = b"</" + tag[2] + b">"
            found = data.find(closing, end)
            end = found + len(closing) if found >= 0 else end
        whole = data[tag.start() : end]
        match chance.randrange(8):
            case 0:
                whole = b""
            case 1:
                whole += whole
            case 2:
                whole = b"<" + tag[2] + b">" + whole + b"</" + tag[2] + b">"
            case 3:
                whole = whole[: tag.end() - tag.start()] * chance.choice((2, 30, 300)) + whole[tag.end() - tag.start() :]
            case 4:
                whole = whole[tag.end() - tag.start() :]
            case 5:
                other = chance.choice(tags)
                whole = whole.replace(tag[2], other[2])
            case 6:
                whole = re.sub(rb'="[^"]*"', lambda _: b'="' + chance.choice(TOKENS) + b'"', whole, count=1)
            case _:
                whole = re.sub(rb">[^<]+<", lambda _: b">" + chance.choice(TOKENS) + b"<", whole, count=1)
        return data[: tag.start()] + whole + data[end:]

    def change_json(self, data: bytes) -> bytes:
        """A value, or a key, that is dropped, doubled, or is something else, in one text or on one line of several."""
        lines = data.split(b"\n")
        chance = self.chance
        at = chance.randrange(len(lines))
        try:
            whole = json.loads(data)
            lines, at = [data], 0
        except ValueError:
            try:
                whole = json.loads(lines[at])
            except ValueError:
                return self.change_bytes(data)
        self.change_tree(whole)
        try:
            text = json.dumps(whole, ensure_ascii=chance.random() < 0.5, indent=chance.choice((None, None, 1)) if len(lines) == 1 else None)
        except RecursionError:
            return data
        lines[at] = text.encode("utf-8", "surrogatepass")
        return b"\n".join(lines)

    def change_tree(self, whole: Any) -> None:
        """One change somewhere in a JSON tree."""
        chance = self.chance
        places: list[tuple[Any, Any]] = []
        waiting = [whole]
        while waiting:
            node = waiting.pop()
            keys: Sequence[Any] = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
            places += [(node, key) for key in keys]
            waiting += [node[key] for key in keys]
        if not places:
            return
        node, key = chance.choice(places)
        match chance.randrange(5):
            case 0:
                del node[key]
            case 1:
                node[key] = [node[key]] * chance.choice((1, 2))
            case 2:
                other, name = chance.choice(places)
                node[key] = json.loads(json.dumps(other[name]))
            case 3 if isinstance(node, dict):
                node[chance.choice(("", "x", "\0", str(key).upper(), str(key) + " (2)"))] = node[key]
            case _:
                node[key] = chance.choice(VALUES)

    def change_number(self, data: bytes) -> bytes:
        """A number that is another: nothing, negative, or far too large."""
        found = self.chance.choice(list(NUMBER.finditer(data)))
        other = self.chance.choice((b"", b"0", b"-1", b"1", b"99", b"65536", b"2147483648", b"18446744073709551616", b"1e9", b"0x10"))
        return data[: found.start()] + other + data[found.end() :]

    def change_member(self, data: bytes) -> bytes:
        """A zip file whose members are broken inside, packed again so that all its sums are right."""
        chance = self.chance
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as box:
                members = [(info.filename, box.read(info)) for info in box.infolist()]
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError, RuntimeError):
            return self.change_bytes(data)
        for _ in range(chance.choice((1, 1, 2))):
            if not members:
                break
            at = chance.randrange(len(members))
            name, inner = members[at]
            match chance.randrange(12):
                case 0:
                    del members[at]
                case 1:
                    members.append((name, inner))
                case 2:
                    members[at] = (chance.choice(("../x", "/etc/x", "a\\b", "\u202ex", "x" * 300, name.upper(), "")), inner)
                case _:
                    unpacked = unpack(inner) if chance.random() < 0.8 else None
                    inner = inner if unpacked is None else unpacked
                    for _ in range(chance.choice((1, 1, 2, 6))):
                        inner = self.pick(inner, is_zip=False)(inner)
                    members[at] = (name, gzip.compress(inner[:MOST], 1, mtime=0) if unpacked is not None else inner[:MOST])
        out = io.BytesIO()
        with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w", chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as box:
            for name, inner in members:
                box.writestr(zipfile.ZipInfo(name or "x"), inner)
        return out.getvalue()
