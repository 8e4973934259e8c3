"""What may stand at the cursor: views and macros behind FROM, columns of the views that are named, keywords elsewhere."""

from __future__ import annotations

import re
from typing import NamedTuple

from warehouse.render import FORMATS
from warehouse.sql import Vocabulary

WORD = re.compile(r"(?:(\w+)\.)?(\w*)\Z")
ALIAS = re.compile(r"(?:\bFROM|\bJOIN|,)\s+(\w+)(?:\([^()]*\))?(?:\s+(?:AS\s+)?(\w+))?", re.IGNORECASE)
TABLE_WANTED = re.compile(r"(?:\bFROM|\bJOIN|\bTABLE|\bDESCRIBE|\bSUMMARIZE)\s+\w*\Z", re.IGNORECASE)
COMMANDS = ("\\d", "\\f", "\\at", "\\h", "\\q")
LOOKED_AT = 10_000
"""Characters before the cursor that are looked at."""


class Offer(NamedTuple):
    """A word that may stand there, what it is, and how many characters before the cursor it replaces."""

    word: str
    kind: str
    replaces: int


def offer_words(text: str, vocabulary: Vocabulary) -> list[Offer]:
    """The words that may follow the text before the cursor, the likeliest first.

    >>> from warehouse.sql import Vocabulary
    >>> words = Vocabulary({"articles": ("headline", "body"), "photos": ("caption",)}, ("search",), ("select", "from"))
    >>> [o.word for o in offer_words("SELECT * FROM ar", words)]
    ['articles']
    >>> [o.word for o in offer_words("SELECT h", words)]
    ['headline']
    """
    text = text[-LOOKED_AT:]
    if text.lstrip().startswith("\\"):
        return offer_command(text.lstrip(), vocabulary)
    if text.count("'") % 2:
        return []
    found = WORD.search(text)
    owner, start = (found[1], found[2]) if found else (None, "")
    if owner:
        named = name_aliases(text).get(owner.lower(), owner.lower())
        return [Offer(word, "column", len(start)) for word in fit(vocabulary.views.get(named, ()), start)]
    if TABLE_WANTED.search(text):
        return [
            *(Offer(word, "view", len(start)) for word in fit(vocabulary.views, start)),
            *(Offer(f"{word}(", "macro", len(start)) for word in fit(vocabulary.macros, start)),
        ]
    if not start:
        return []
    mentioned = set(name_aliases(text).values())
    near = {word for view in mentioned for word in vocabulary.views.get(view, ())}
    far = {word for columns in vocabulary.views.values() for word in columns} - near
    keywords = fit(vocabulary.keywords, start)
    return [
        *(Offer(word, "column", len(start)) for word in fit(sorted(near), start)),
        *(Offer(word, "column", len(start)) for word in fit(sorted(far), start)),
        *(Offer(word.upper() if start.isupper() else word, "keyword", len(start)) for word in keywords),
        *(Offer(word, "view", len(start)) for word in fit(vocabulary.views, start)),
    ]


def offer_command(text: str, vocabulary: Vocabulary) -> list[Offer]:
    """What may stand behind a backslash."""
    command, blank, argument = text.partition(" ")
    if not blank:
        return [Offer(word, "command", len(command)) for word in COMMANDS if word.startswith(command)]
    words = {"\\d": (*vocabulary.views, *vocabulary.macros), "\\f": FORMATS}.get(command, ())
    return [Offer(word, "name", len(argument)) for word in fit(words, argument)]


def name_aliases(text: str) -> dict[str, str]:
    """The views that a statement names, by the names that it gives them.

    >>> name_aliases("SELECT 1 FROM articles a JOIN photos p")
    {'articles': 'articles', 'a': 'articles', 'photos': 'photos', 'p': 'photos'}
    """
    names: dict[str, str] = {}
    for view, alias in ALIAS.findall(text):
        names[view.lower()] = view.lower()
        if alias:
            names[alias.lower()] = view.lower()
    return names


def fit(words: object, start: str) -> list[str]:
    """Words that begin as typed."""
    return [word for word in words if word.lower().startswith(start.lower())]  # type: ignore[attr-defined]
