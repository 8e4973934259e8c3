"""TIPSTER, TREC, Gigaword and KBP collections: SGML with a <DOC> element for each story."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

_HEAD = re.compile(
    rb"\s*+(?:<\?xml[^>]{0,200}>\s*+)?(?:<!DOCTYPE[^>]{0,200}>\s*+)?(?:<(?:GWENG|GW|TREC|CORPUS|root|docs)\b[^>]{0,200}>\s*+)?"
    rb"<DOC(?:\s+id\s*=[^>]{0,500})?\s*>",
    re.IGNORECASE,
)
_PART = re.compile(rb"<(?:DOCNO|DOCID|TEXT|BODY|HEADLINE|DATE_?TIME)\b", re.IGNORECASE)


def recognise(head: bytes, name: str) -> str | None:
    """A <DOC> that opens the file and holds a part of these collections."""
    if (opening := _HEAD.match(head[:4096])) and _PART.search(head, opening.end(), opening.end() + 20_000):
        return "it opens with a <DOC> story"
    return None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record a <DOC> element."""
    from transforms.readers.elements import Markup, read_elements
    from transforms.readers.tipster_story import read_story

    markup = Markup(("DOC",), is_xml=False, holds_text=True)
    return read_elements(stream, found, markup, lambda element: read_story(element, found, hints), limit)


FORMAT = Format("tipster", "TIPSTER or Gigaword SGML", recognise, read, aliases=("gigaword", "trec"), endings=("sgm", "sgml"))
