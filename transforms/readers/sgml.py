"""SGML as corpora have it: tags around parts of a story, entities for a few characters, nothing declared."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from html.entities import html5
from typing import NamedTuple

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9_.-]{0,40})((?:\s[^<>]{0,1000})?)/?>")
_ATTRIBUTE = re.compile(r"([A-Za-z][\w.-]{0,40})\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'>]++))")
_ENTITY = re.compile(r"&(?:#(\d{1,7}|[xX][0-9A-Fa-f]{1,6})|([A-Za-z][A-Za-z0-9]{1,10}));?")
_LDC = {"lr": "", "ur": "", "qr": "", "qc": "", "ql": "", "hyph": "-", "blank": " ", "cir": "°", "mu": "μ"}
"""Entities of typesetting in the old collections; the rules around a line print nothing."""


class Part(NamedTuple):
    """An element of a story, and what it holds."""

    name: str
    """In capitals."""
    attributes: tuple[tuple[str, str], ...]
    text: str
    """With its tags and entities."""


def read_attributes(tag: str) -> tuple[tuple[str, str], ...]:
    """Names and values of a start tag's attributes.

    >>> read_attributes('<DOC id="EXA_ENG_20250101.0001" type=story>')
    (('id', 'EXA_ENG_20250101.0001'), ('type', 'story'))
    """
    return tuple((found[1], unescape(found[2] or found[3] or found[4] or "")) for found in _ATTRIBUTE.finditer(tag[:4000]))


def split_parts(text: str) -> Iterator[Part]:
    """The elements that stand side by side in a text, and the text between them under an empty name.

    >>> [(part.name, part.text) for part in split_parts("<DATE>May</DATE> late <P>One <b>two</b></P><X>open")]
    [('DATE', 'May'), ('', ' late '), ('P', 'One <b>two</b>'), ('X', 'open')]
    """
    tags = list(_TAG.finditer(text))
    ends: dict[str, list[tuple[int, int]]] = {}
    starts: dict[str, list[tuple[int, int]]] = {}
    for tag in tags:
        (ends if tag[1] else starts).setdefault(tag[2].upper(), []).append(tag.span())
    at = 0
    for tag in tags:
        if tag[1] or tag.start() < at:
            continue
        if tag.start() > at:
            yield Part("", (), text[at : tag.start()])
        name = tag[2].upper()
        closing, opening = (find_span(spans.get(name, ()), tag.end()) for spans in (ends, starts))
        # An element that is not closed ends where the next one of its name starts.
        stop, at = closing or (opening and (opening[0], opening[0])) or (len(text), len(text))
        yield Part(name, read_attributes(tag[3]), text[tag.end() : stop])
    if at < len(text):
        yield Part("", (), text[at:])


def find_span(spans: Sequence[tuple[int, int]], at: int) -> tuple[int, int] | None:
    """The first of some spans, in order, that starts at a place or behind it."""
    n = bisect_left(spans, (at, 0))
    return spans[n] if n < len(spans) else None


def strip_tags(text: str) -> str:
    """A text without its tags, its entities read.

    >>> strip_tags("Salt <b>&amp;</b> Sons &lt;SLT> rose")
    'Salt & Sons <SLT> rose'
    """
    return unescape(_TAG.sub("", text) if "<" in text else text)


def unescape(text: str) -> str:
    """A text with its entities read; what is no entity stays.

    >>> unescape("AT&T &lt;T> &LR; caf&eacute;&#3;")
    'AT&T <T>  café\\x03'
    """
    return _ENTITY.sub(_read_entity, text) if "&" in text else text


def _read_entity(found: re.Match[str]) -> str:
    if number := found[1]:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        return chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else found[0]
    name = found[2]
    if (short := _LDC.get(name.casefold())) is not None and found[0].endswith(";"):
        return short
    if not found[0].endswith(";") and name.casefold() not in ("lt", "gt", "amp"):
        return found[0]
    return html5.get(f"{name};") or html5.get(f"{name.casefold()};") or found[0]
