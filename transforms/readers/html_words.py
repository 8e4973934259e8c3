"""What page builders call the parts of a page: words in class, id, role and data-testid, by rules/html_words.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from transforms.readers.html_tree import Element

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OTHER = re.compile(r"[^a-z0-9]+")
_MOST = 400
"""Characters of a name that are looked at; utility classes run on for thousands."""


class WordRule(NamedTuple):
    """The words of one kind of part."""

    kind: str
    pattern: re.Pattern[str]
    hit: str
    miss: str


@cache
def load_word_rules() -> tuple[WordRule, ...]:
    """The table, in file order."""
    table = tomllib.loads(files("transforms.rules").joinpath("html_words.toml").read_text("utf-8"))
    return tuple(
        WordRule(kind, re.compile(rf" (?:{'|'.join(rule['words'])}) "), rule["hit"], rule["miss"]) for kind, rule in table.items()
    )


@lru_cache(maxsize=16_384)
def name_kinds(names: str) -> frozenset[str]:
    """Kinds of part that names as written speak of.

    >>> sorted(name_kinds("articleShare-bar")), sorted(name_kinds("story__text"))
    (['share'], [])
    """
    words = f" {_OTHER.sub(' ', _HUMP.sub(' ', names[:_MOST]).lower())} "
    return frozenset(rule.kind for rule in load_word_rules() if rule.pattern.search(words))


def kinds_of(element: Element) -> frozenset[str]:
    """Kinds of part that an element is named as."""
    get = element.get
    names = " ".join(filter(None, (get("class"), get("id"), get("role"), get("data-testid"), get("data-component"), get("itemprop"))))
    return name_kinds(names[:_MOST]) if names else frozenset()
