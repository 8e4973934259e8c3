"""Wire tags before a headline: `UPDATE 2-`, `RPT-`, `Soccer-`. The headline stays as printed; the tags are read off it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

LONGEST_PREFIX = 60


class TagPatterns(NamedTuple):
    """One pattern for tags before a hyphen or colon, one for those in brackets, and the kind that each tag stands for."""

    joined: re.Pattern[str]
    bracketed: re.Pattern[str]
    kinds: dict[str, str]


@cache
def tag_patterns() -> TagPatterns:
    """The tables of tags as patterns. A colon ends a tag only when it is a whole word in capitals: `FEATURE: Life on a ferry`."""
    table = tomllib.loads((files("transforms.rules") / "headline_tags.toml").read_text("utf-8"))
    kinds: dict[str, str] = {}
    joined, words, bracketed = [], [], []
    for kind, stanza in table.items():
        for tag in (*stanza["tags"], *stanza.get("bracketed", ())):
            if kinds.setdefault(tag, kind) != kind:
                raise ValueError(f"headline tag {tag!r} stands for both {kinds[tag]} and {kind}")
        joined += [re.escape(tag) + (r"(?: \d{1,2})?" if stanza["numbered"] else "") for tag in stanza["tags"]]
        words += [re.escape(tag) for tag in stanza["tags"] if tag.isupper() and len(tag) > 4]
        bracketed += [re.escape(tag) for tag in stanza.get("bracketed", ())]
    for branches in (joined, words, bracketed):
        branches.sort(key=len, reverse=True)
    return TagPatterns(
        re.compile("(?:(" + "|".join(joined) + r") ?[-–](?=\s?\S)\s?|(" + "|".join(words) + r"): (?=\S))"),
        re.compile(r"\((?:\d(?:st|nd|rd|th) )?(" + "|".join(bracketed) + r")\)\s*(?=\S)"), kinds,
    )


def read_headline_tags(headline: str) -> tuple[str, ...]:
    """Kinds of the wire tags that stand before a headline, in printed order.

    >>> read_headline_tags("RPT-UPDATE 3-EXCLUSIVE-Ferry fares to rise"), read_headline_tags("(2nd LD) Ferry fares to rise")
    (('repeat', 'update', 'exclusive'), ('lead',))
    """
    start = headline[:LONGEST_PREFIX]
    if "-" not in start and "–" not in start and ":" not in start and "(" not in start[:4]:
        return ()
    joined, bracketed, kinds = tag_patterns()
    tags: list[str] = []
    at = 0
    while at < LONGEST_PREFIX:
        found = bracketed.match(headline, at) if headline[at:at + 1] == "(" else None
        found = found or joined.match(headline, at)
        if found is None:
            break
        tags.append(kinds[re.sub(r" \d{1,2}$", "", next(filter(None, found.groups())))])
        at = found.end()
    return tuple(tags)
