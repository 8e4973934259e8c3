"""NewsML 1.0 to 1.2: one record a <NewsItem>."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints
from transforms.readers.root_tag import find_root


def recognise(head: bytes, name: str) -> str | None:
    """A root <NewsML>, or a NewsItem in the capitals of the old standard."""
    root = find_root(head)
    return f"its root is <{root.name}> of NewsML 1" if root is not None and root.name in ("NewsML", "NewsItem") else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record a NewsItem."""
    from transforms.readers.elements import Markup, read_xml_elements
    from transforms.readers.newsml1_story import read_story

    def choose(head: bytes) -> Markup:
        root = find_root(head)
        return Markup((f"{root.prefix if root else ''}NewsItem",), nests=True)

    return read_xml_elements(stream, found, hints, choose, read_story, limit)


FORMAT = Format("newsml-1", "NewsML 1", recognise, read, aliases=("newsml", "newsml1"), endings=("xml", "newsml"), rank=40, is_fragile=True)
