"""RSS 0.9 to 2.0, RDF and Atom feeds: one record an item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints
from transforms.readers.root_tag import find_root

_KINDS = {"rss": "an RSS feed", "feed": "an Atom feed", "RDF": "an RSS feed in RDF", "entry": "an Atom entry", "channel": "an RSS channel"}


def recognise(head: bytes, name: str) -> str | None:
    """The root of a feed; an RDF graph or an entry only in a feed's namespace."""
    root = find_root(head)
    if root is None or root.name not in _KINDS:
        return None
    if root.name == "RDF" and b"purl.org/rss/1.0" not in head[:65_536] and b"my.netscape.com/rdf" not in head[:65_536]:
        return None
    if root.name in ("feed", "entry") and "w3.org/2005/Atom" not in root.namespace and "purl.org/atom" not in root.namespace:
        return None
    if root.name == "channel" and b"<item" not in head:
        return None
    return f"its root is that of {_KINDS[root.name]}"


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record an item or entry."""
    from transforms.readers.elements import Markup, read_xml_elements
    from transforms.readers.feed_story import read_story

    def choose(head: bytes) -> Markup:
        root = find_root(head)
        prefix = root.prefix if root is not None and root.name in ("feed", "entry") else ""
        return Markup((f"{prefix}entry",) if root is not None and root.name in ("feed", "entry") else ("item", "rss:item"))

    return read_xml_elements(stream, found, hints, choose, read_story, limit)


FORMAT = Format("feed", "RSS or Atom feed", recognise, read, aliases=("rss", "atom"), endings=("xml", "rss", "atom", "rdf"), rank=40, is_fragile=True)
