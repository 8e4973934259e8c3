"""Reuters-21578 as it was first distributed: SGML with a <REUTERS> element for each story."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

_HEAD = re.compile(rb"\s*+(?:<!DOCTYPE\s+lewis\b[^>]{0,200}>\s*+)?<REUTERS\s+[A-Z]{1,20}=", re.IGNORECASE)


def recognise(head: bytes, name: str) -> str | None:
    """The first story's tag with its attributes, behind the document type."""
    return "it opens with a <REUTERS> story" if _HEAD.match(head[:4096]) else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record a <REUTERS> element."""
    from transforms.readers.elements import Markup, read_elements
    from transforms.readers.reuters_story import read_story

    markup = Markup(("REUTERS",), is_xml=False, holds_text=True)
    return read_elements(stream, found, markup, lambda element: read_story(element, found, hints), limit)


FORMAT = Format("reuters-sgml", "Reuters-21578 SGML", recognise, read, aliases=("reuters21578",), endings=("sgm", "sgml"))
