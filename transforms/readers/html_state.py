"""Stories that a page holds only as data: the state that a script would render, or the body in JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from transforms.readers.html_metadata import MAX_SCRIPT, drop_surrogates, parse_script
from transforms.readers.html_tree import Element

MAX_VALUES = 200_000
_BODY_KEYS = re.compile(r"(?:body|content|html|text|article|story|paragraph|markup|render)", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"(?:<|\\u003c)(?:p[\s>\\]|br)", re.IGNORECASE)
_OPENING = re.compile(r'\{\s*"|\[\s*[\d"{\[]')
_TRIES = 12
_LEAST = 3


def find_stated_body(root: Element, least: int) -> str | None:
    """The longest markup of several paragraphs in the data of a page's scripts, at least `least` characters; None when there is none.

    >>> from transforms.readers.html_tree import parse_tree
    >>> state = '{"props": {"articleBody": "<p>The ferry is late.</p><p>So is the train.</p><p>Buses run.</p>"}}'
    >>> find_stated_body(parse_tree(f'<div id=app></div><script>window.state = {state};</script>'), 20)[:24]
    '<p>The ferry is late.</p'
    """
    best = ""
    for script in root.iter("script"):
        kind = (script.get("type") or "").casefold()
        text = script.text or ""
        if "ld+json" in kind or len(text) <= max(least, len(best)) or not _PARAGRAPHS.search(text):
            continue
        value = parse_script(text) if kind.endswith("json") else read_assigned(text)
        for key, markup in walk_strings(value):
            if len(markup) > len(best) and (_BODY_KEYS.search(key) or markup.lstrip()[:1] == "<") and len(_PARAGRAPHS.findall(markup)) >= _LEAST:
                best = markup
    return best if len(best) >= least else None


def read_assigned(text: str) -> Any:
    """The first JSON object or array in a script that assigns or passes one; None when there is none.

    >>> read_assigned('self.pages.push([1, "<p>Text</p>"])')
    [1, '<p>Text</p>']
    """
    decoder = json.JSONDecoder(strict=False)
    text = drop_surrogates(text[:MAX_SCRIPT])
    for tries, opening in enumerate(_OPENING.finditer(text, 0, MAX_SCRIPT)):
        if tries == _TRIES:
            break
        try:
            value, _ = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            continue
        if value:
            return value
    return None


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
