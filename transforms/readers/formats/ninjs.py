"""IPTC ninjs 1 to 3: JSON objects alone, in arrays or one a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints
from transforms.readers.json_paths import read_paths

_MARKS = frozenset((
    "versioncreated", "versionCreated", "firstcreated", "firstCreated", "contentcreated", "contentCreated", "pubstatus", "pubStatus", "headlines",
    "bodies", "descriptions", "representationtype", "representationType", "renditions", "associations", "copyrightholder", "copyrightHolder",
    "copyrightnotice", "copyrightNotice", "usageterms", "usageTerms", "infosource", "infosources", "infoSources", "ednote", "edNote",
    "$standard.schema", "standard.schema",
))
_FREE = re.compile(r"(?:body|description)_(?:text|xhtml|html5?|nitf|caption|summary|usn)")


def recognise(head: bytes, name: str) -> str | None:
    """An object with a `uri` and a property that only ninjs has."""
    paths = read_paths(head)
    if "uri" not in paths:
        return None
    marks = sorted(path for path in paths if path in _MARKS or _FREE.fullmatch(path))
    return f"its objects have a uri and {marks[0]}, as ninjs has" if marks else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record an object."""
    from transforms.readers.json_items import read_items, shape_story
    from transforms.readers.ninjs_story import read_ninjs

    return read_items(stream, found, hints, limit, shape_story(read_ninjs, "item"))


FORMAT = Format("ninjs", "IPTC ninjs", recognise, read, endings=("ninjs",))
