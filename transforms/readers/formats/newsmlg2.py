"""NewsML-G2: items alone, in messages and packages, and fragments of items as specifications print them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints
from transforms.readers.root_tag import find_root

_ROOTS = frozenset(("newsMessage", "newsItem", "packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem"))
_FRAGMENTS = frozenset(("contentMeta", "contentSet", "itemMeta"))
_FIRST = re.compile(rb"<((?:[\w.-]{1,40}:)?)(?:newsItem|packageItem|conceptItem|knowledgeItem|planningItem|catalogItem)[\s>]")
_NAMESPACE = b"http://iptc.org/std/nar/2006-10-01/"


def recognise(head: bytes, name: str) -> str | None:
    """A root of the standard, or the standard's namespace on another root."""
    root = find_root(head)
    if root is None:
        return None
    if root.name in _ROOTS or root.name in _FRAGMENTS:
        return f"its root is <{root.name}> of NewsML-G2"
    if _NAMESPACE in head[:65_536] and _FIRST.search(head, 0, 65_536):
        return "its items are in the namespace of NewsML-G2"
    return None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record an item."""
    from transforms.readers.elements import Markup, read_xml_elements
    from transforms.readers.newsmlg2_story import ITEMS, read_story

    def choose(head: bytes) -> Markup:
        root, first = find_root(head), _FIRST.search(head)
        if root is not None and root.name in _FRAGMENTS:
            return Markup((f"{root.prefix}{root.name}",))
        prefix = first[1].decode() if first else root.prefix if root else ""
        return Markup(tuple(f"{prefix}{name}" for name in ITEMS))

    return read_xml_elements(stream, found, hints, choose, read_story, limit)


FORMAT = Format("newsml-g2", "NewsML-G2", recognise, read, aliases=("newsmlg2", "g2"), endings=("xml", "newsml"), rank=40, is_fragile=True)
