"""Stories that a page holds only as data: the state that a script would render, or the body in JSON-LD."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from transforms.readers.html_metadata import parse_script
from transforms.readers.html_tree import Element

MAX_VALUES = 200_000
_BODY_KEYS = re.compile(r"(?:body|content|html|text|article|story|paragraph|markup|render)", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"<p[\s>]|<br", re.IGNORECASE)
_LEAST = 3


def find_stated_body(root: Element, least: int) -> str | None:
    """The longest markup of several paragraphs in a page's JSON scripts, at least `least` characters; None when there is none.

    >>> from transforms.readers.html_tree import parse_tree
    >>> state = '{"props": {"articleBody": "<p>The ferry is late.</p><p>So is the train.</p><p>Buses run.</p>"}}'
    >>> find_stated_body(parse_tree(f'<div id=app></div><script type="application/json">{state}</script>'), 20)[:24]
    '<p>The ferry is late.</p'
    """
    best = ""
    for script in root.iter("script"):
        kind = (script.get("type") or "").casefold()
        if not (kind.endswith("json") or script.get("id") == "__NEXT_DATA__") or "ld+json" in kind:
            continue
        text = script.text or ""
        if len(text) <= max(least, len(best)) or not _PARAGRAPHS.search(text.replace("\\u003c", "<").replace("\\u003C", "<")):
            continue
        for key, value in walk_strings(parse_script(text)):
            if len(value) > len(best) and _BODY_KEYS.search(key) and len(_PARAGRAPHS.findall(value)) >= _LEAST:
                best = value
    return best if len(best) >= least else None


def walk_strings(value: Any) -> Iterator[tuple[str, str]]:
    """Strings of a JSON value with the keys they stand under."""
    stack: list[tuple[str, Any]] = [("", value)]
    for _ in range(MAX_VALUES):
        if not stack:
            return
        key, here = stack.pop()
        if isinstance(here, str):
            yield key, here
        elif isinstance(here, list):
            stack.extend((key, v) for v in reversed(here))
        elif isinstance(here, dict):
            stack.extend((k, v) for k, v in reversed(here.items()))
