"""Answers and articles of the Guardian Content API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints
from transforms.readers.json_paths import read_paths

_LISTS = ("results", "content", "editorsPicks", "mostViewed", "leadContent", "relatedContent", "storyPackage")
CONTAINERS = frozenset(f"response.{name}" for name in _LISTS)


def recognise(head: bytes, name: str) -> str | None:
    """The API's wrapping, or an article with the titles and dates that only this API has."""
    paths = read_paths(head)
    if any(f"{path}.webTitle" in paths for path in CONTAINERS) or ("response.userTier" in paths and paths & CONTAINERS):
        return "it is an answer of the Guardian Content API"
    if {"webTitle", "webPublicationDate"} <= paths:
        return "its objects are articles of the Guardian Content API"
    return None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record an article."""
    from transforms.readers.guardian_story import read_guardian
    from transforms.readers.json_items import read_items, shape_story

    return read_items(stream, found, hints, limit, shape_story(read_guardian, "article"), CONTAINERS)


FORMAT = Format("guardian-json", "Guardian Content API", recognise, read, aliases=("guardian",), rank=40)
