"""NITF 3: one <nitf> element a story, with or without its document type."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints
from transforms.readers.root_tag import find_root

_FIRST = re.compile(rb"<((?:[\w.-]{1,40}:)?nitf)[\s>]")


def recognise(head: bytes, name: str) -> str | None:
    """A root element <nitf>, or a plain wrapper around such elements."""
    root = find_root(head)
    if root is None or root.name in ("NewsML", "newsItem", "newsMessage", "packageItem", "rss", "feed", "RDF", "html"):
        return None
    if root.name == "nitf" or ("newsml" not in root.name.casefold() and "iptc.org" not in root.namespace and _FIRST.search(head, 0, 65_536)):
        return "its stories are <nitf> elements"
    return None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record an <nitf> element."""
    from transforms.readers.elements import Markup, read_xml_elements
    from transforms.readers.nitf_story import read_story

    def choose(head: bytes) -> Markup:
        first = _FIRST.search(head)
        return Markup((first[1].decode() if first else "nitf",))

    return read_xml_elements(stream, found, hints, choose, read_story, limit)


FORMAT = Format("nitf", "NITF", recognise, read, endings=("xml", "nitf"), is_fragile=True)
