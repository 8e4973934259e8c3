"""Wire tags before a headline: `UPDATE 2-`, `RPT-`, `Soccer-`. The headline stays as printed; the tags are read off it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

LONGEST_PREFIX = 60


@cache
def tag_pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern over all tags, and the kind that each tag stands for."""
    table = tomllib.loads((files("transforms.rules") / "headline_tags.toml").read_text("utf-8"))
    kinds: dict[str, str] = {}
    branches = []
    for kind, stanza in table.items():
        for tag in stanza["tags"]:
            if tag in kinds:
                raise ValueError(f"headline tag {tag!r} stands for both {kinds[tag]} and {kind}")
            kinds[tag] = kind
            branches.append(re.escape(tag) + (r"(?: \d{1,2})?" if stanza["numbered"] else ""))
    branches.sort(key=len, reverse=True)
    return re.compile("(" + "|".join(branches) + r") ?[-–](?=\s?\S)\s?"), kinds


def read_headline_tags(headline: str) -> tuple[str, ...]:
    """Kinds of the wire tags that stand before a headline, in printed order.

    >>> read_headline_tags("RPT-UPDATE 3-EXCLUSIVE-Ferry fares to rise")
    ('repeat', 'update', 'exclusive')
    """
    if "-" not in headline[:LONGEST_PREFIX] and "–" not in headline[:LONGEST_PREFIX]:
        return ()
    pattern, kinds = tag_pattern()
    tags: list[str] = []
    at = 0
    while at < LONGEST_PREFIX and (found := pattern.match(headline, at)):
        tags.append(kinds[re.sub(r" \d{1,2}$", "", found[1])])
        at = found.end()
    return tuple(tags)
