"""The paragraphs of an RTF file, each with its bytes.

Only what is printed counts: fonts, styles, pictures, headers and hidden text are passed over. Groups are kept on a list, never on Python's
stack, and every byte is looked at once.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from transforms.readers.export_paragraphs import Paragraph

_TOKEN = re.compile(rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([\r\n]+)|([^\\{}\r\n]+)|(\\)")
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict header headerl headerr headerf footer footerl footerr footerf fldinst listtable listoverridetable"
    b" revtbl rsidtbl generator xmlnstbl themedata colorschememapping datastore latentstyles filetbl object objdata bkmkstart bkmkend ftnsep"
    b" ftnsepc aftnsep aftnsepc nonshppict xe tc".split()
)
_BREAKS = frozenset((b"par", b"sect", b"page", b"row", b"nestrow"))
_SIGNS = {
    b"line": "\n", b"softline": "\n", b"lbr": "\n", b"tab": "\t", b"cell": "\t", b"nestcell": "\t", b"emdash": "—", b"endash": "–", b"lquote": "‘",
    b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"emspace": "\u2003", b"enspace": "\u2002", b"qmspace": "\u2005",
}
_ESCAPES = {b"~": "\xa0", b"_": "\u2011", b"-": "", b"\\": "\\", b"{": "{", b"}": "}"}
_CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
    178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437",
}
_DOCUMENT_SETS = {b"ansi": "cp1252", b"mac": "mac_roman", b"pc": "cp437", b"pca": "cp850"}


class State(NamedTuple):
    """What a group inherits and its end undoes."""

    is_skipped: bool = False
    is_centred: bool = False
    is_hidden: bool = False
    font: int | None = None
    after: int = 1
    """Characters that stand in for a Unicode one, to be passed over."""


class Paragraphs(NamedTuple):
    """All paragraphs, and where and why the file breaks off."""

    found: tuple[Paragraph, ...]
    fault: str | None


class _Scribe:
    """The walk over one file."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.line, self.counted = 1, 0
        """Line of the file at a byte of it."""
        self.state = State()
        self.stack: list[State] = []
        self.encoding = "cp1252"
        self.fonts: dict[int, str] = {}
        self.font_named: int | None = None
        """The font of the table that is being described."""
        self.in_fonts = 0
        """Depth of the group of the font table, 0 outside of it."""
        self.pending = bytearray()
        """Bytes in the font's code page that may go on."""
        self.units: list[int] = []
        """Halves of characters that take two."""
        self.passing = 0
        self.parts: list[str] = []
        self.found: list[Paragraph] = []
        self.start: int | None = None

    def put(self, text: str, at: int) -> None:
        """Print a text."""
        if self.state.is_skipped or self.state.is_hidden or not text:
            return
        if self.start is None:
            self.start = at
        self.parts.append(text)

    def settle(self, at: int) -> None:
        """Print the bytes and halves of characters that have been gathered."""
        if self.units:
            data = b"".join(unit.to_bytes(2, "little") for unit in self.units)
            self.units = []
            self.put(data.decode("utf-16-le", "replace"), at)
        if self.pending:
            data, self.pending = bytes(self.pending), bytearray()
            name = self.fonts.get(self.state.font, self.encoding) if self.state.font is not None else self.encoding
            self.put(data.decode(name, "replace"), at)

    def close(self, end: int) -> None:
        """End a paragraph."""
        self.settle(end)
        if self.start is not None:
            self.line += self.data.count(b"\n", self.counted, self.start)
            self.counted = self.start
            self.found.append(Paragraph("".join(self.parts).strip("\n"), self.start, end, self.state.is_centred, self.line))
        self.parts, self.start = [], None

    def read_word(self, word: bytes, number: int | None, at: int, end: int) -> None:
        """Do what a control word says."""
        state = self.state
        if word == b"u" and number is not None:
            if self.pending:
                self.settle(at)
            self.units.append(number & 0xFFFF)
            self.passing = state.after
            return
        self.settle(at)
        if word in _BREAKS:
            if not state.is_skipped:
                self.close(end)
        elif (sign := _SIGNS.get(word)) is not None:
            self.put(sign, at)
        elif word in _SKIPPED:
            self.in_fonts = len(self.stack) if word == b"fonttbl" else self.in_fonts
            self.state = state._replace(is_skipped=True)
        elif word == b"f" and number is not None:
            self.font_named = number
            self.state = state._replace(font=number)
        elif word == b"fcharset" and self.in_fonts and self.font_named is not None and number in _CHARSETS:
            self.fonts[self.font_named] = _CHARSETS[number]
        elif word == b"plain":
            self.state = state._replace(font=None, is_hidden=False)
        elif word == b"qc":
            self.state = state._replace(is_centred=True)
        elif word in (b"ql", b"qr", b"qj", b"pard"):
            self.state = state._replace(is_centred=False)
        elif word == b"v":
            self.state = state._replace(is_hidden=number != 0)
        elif word == b"uc" and number is not None:
            self.state = state._replace(after=max(0, min(number, 16)))
        elif word in _DOCUMENT_SETS:
            self.encoding = _DOCUMENT_SETS[word]
        elif word == b"ansicpg" and number is not None:
            self.encoding = find_code_page(number) or self.encoding


def find_code_page(number: int) -> str | None:
    """The encoding of a Windows code page, None where Python has none.

    >>> find_code_page(1251), find_code_page(65001), find_code_page(7)
    ('cp1251', 'utf-8', None)
    """
    if number == 65001:
        return "utf-8"
    try:
        return codecs.lookup(f"cp{number}").name
    except LookupError:
        return None


def read_rtf(data: bytes) -> Paragraphs:
    """The paragraphs of a file.

    >>> found = read_rtf(rb"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\qc Pier shut\\par\\pard It is caf\\'e9 \\u8212?now.\\par}").found
    >>> found[0], found[1].text
    (Paragraph(text='Pier shut', start=37, end=50, is_centred=True, line=1), 'It is café —now.')
    """
    scribe = _Scribe(data)
    at = skipped = 0
    for token in _TOKEN.finditer(data):
        at, end = token.span()
        if at < skipped:
            continue
        word, number, byte, escaped, brace, _, text, _ = token.groups()
        if word is not None:
            if word == b"bin":
                skipped = end + max(0, int(number or 0))
            else:
                scribe.read_word(word, int(number) if number is not None else None, at, end)
        elif brace == b"{":
            scribe.settle(at)
            scribe.passing = 0
            scribe.stack.append(scribe.state)
        elif brace == b"}":
            scribe.settle(at)
            scribe.passing = 0
            if len(scribe.stack) == scribe.in_fonts:
                scribe.in_fonts = 0
            if not scribe.stack:
                break
            scribe.state = scribe.stack.pop()
            if not scribe.stack:
                break
        elif byte is not None:
            if scribe.passing:
                scribe.passing -= 1
            elif not scribe.state.is_skipped:
                if scribe.units:
                    scribe.settle(at)
                scribe.pending.append(int(byte, 16))
                if scribe.start is None and not scribe.state.is_hidden:
                    scribe.start = at
        elif escaped is not None:
            if escaped == b"*":
                scribe.settle(at)
                scribe.state = scribe.state._replace(is_skipped=True)
            elif escaped in (b"\r", b"\n"):
                scribe.settle(at)
                if not scribe.state.is_skipped:
                    scribe.close(end)
            elif scribe.passing:
                scribe.passing -= 1
            else:
                scribe.settle(at)
                scribe.put(_ESCAPES.get(escaped, ""), at)
        elif text is not None:
            passed = min(scribe.passing, len(text))
            scribe.passing -= passed
            if passed < len(text):
                if scribe.units:
                    scribe.settle(at)
                if scribe.pending or not text.isascii():
                    scribe.pending += text[passed:]
                    if scribe.start is None and not scribe.state.is_skipped and not scribe.state.is_hidden:
                        scribe.start = at
                    if scribe.state.is_skipped:
                        scribe.pending.clear()
                else:
                    scribe.put(text[passed:].decode("ascii"), at)
    scribe.close(len(data))
    fault = f"cut off at byte {len(data)}: the RTF file ends with {len(scribe.stack)} groups open; get it again" if scribe.stack else None
    return Paragraphs(tuple(scribe.found), fault)
