"""Answers and items of the AP Media API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints
from transforms.readers.json_paths import read_paths

CONTAINERS = frozenset(("data.items", "data.item"))


def recognise(head: bytes, name: str) -> str | None:
    """The API's wrapping, or an item with fields that only AP has."""
    paths = read_paths(head)
    if paths & CONTAINERS and any(path.startswith(("data.items.item", "data.items.meta", "data.item.")) for path in paths):
        return "it is an answer of the AP Media API"
    if "item.altids" in paths and paths & {"item.headline", "item.versioncreated", "item.type"}:
        return "its objects wrap items of the AP Media API"
    if "altids.itemid" in paths and paths & {"bylines", "datelinelocation", "editorialpriority", "editorialtypes", "recordsequencenumber"}:
        return "its objects are items of the AP Media API"
    return None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record an item."""
    from transforms.readers.ap_story import read_ap
    from transforms.readers.json_items import read_items, shape_story

    return read_items(stream, found, hints, limit, shape_story(read_ap, "item"), CONTAINERS)


FORMAT = Format("ap-json", "AP Media API", recognise, read, aliases=("ap",), rank=40)
