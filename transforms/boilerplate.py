"""Lines that carry no news: end marks, promises, promotion, copyright, corrections, advisories, timestamps, residue of links.

The rules are data (`rules/boilerplate.toml`). Literal beginnings and endings gate every pattern, so that an ordinary paragraph costs two
dictionary look-ups.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

WINDOW = 600
"""Characters of a block that a pattern may see."""
TAIL_WINDOW = 160
"""Characters at the end of a paragraph that a pattern may see."""


class Rule(NamedTuple):
    """One stanza of the rule table."""

    name: str
    kind: str
    where: str
    literals: tuple[str, ...]
    pattern: re.Pattern[str]
    subtype: str | None
    hit: str
    miss: str


class Lifted(NamedTuple):
    """A block or tail found to carry no news."""

    kind: str
    start: int
    end: int
    rule: str
    subtype: str | None


class RuleIndex(NamedTuple):
    """The rules by where they look and by the first or last characters that let them look."""

    block: dict[str, tuple[Rule, ...]]
    head: dict[str, tuple[Rule, ...]]
    tail: dict[str, tuple[Rule, ...]]


@cache
def load_rules() -> tuple[Rule, ...]:
    """All stanzas, compiled. A stanza without its hit and miss does not load."""
    table = tomllib.loads((files("transforms.rules") / "boilerplate.toml").read_text("utf-8"))
    rules = []
    for stanza in table["rule"]:
        flags = re.DOTALL | (0 if stanza.pop("case", False) else re.IGNORECASE)
        where = stanza.pop("where")
        literals = tuple(stanza.pop("ends" if where == "tail" else "starts"))
        pattern = re.compile(stanza.pop("pattern").strip() + (r"\Z" if where == "tail" else ""), flags)
        rules.append(Rule(stanza.pop("name"), stanza.pop("kind"), where, literals, pattern, stanza.pop("subtype", None),
                          stanza.pop("hit"), stanza.pop("miss")))
        if stanza:
            raise ValueError(f"rule {rules[-1].name}: unknown keys {sorted(stanza)}")
    return tuple(rules)


def index_key(literal: str, where: str) -> str:
    """What a literal is filed under: its first character, or its last for a tail.

    >>> index_key("our standards", "block"), index_key("more", "tail")
    ('o', 'e')
    """
    return literal[-1].lower() if where == "tail" else literal[0]


@cache
def rule_index() -> RuleIndex:
    """The rules filed for look-up."""
    filed: dict[str, dict[str, list[Rule]]] = {"block": {}, "head": {}, "tail": {}}
    for rule in load_rules():
        for where in ("block", "head") if rule.where == "block" else (rule.where,):
            for key in {index_key(literal, where) for literal in rule.literals}:
                filed[where].setdefault(key, []).append(rule)
    block, head, tail = ({k: tuple(v) for k, v in filed[w].items()} for w in ("block", "head", "tail"))
    return RuleIndex(block, head, tail)


def lift_block(document: str, start: int, end: int, *, head: bool = False) -> Lifted | None:
    """The rule that a whole block falls under, if any; `head` also tries advisories and timestamps.

    >>> lift_block("Our Standards: The Thomson Reuters Trust Principles.", 0, 52).kind
    'boilerplate'
    """
    if end - start > WINDOW or start >= end:
        return None
    index = rule_index()
    candidates = (index.head if head else index.block).get(document[start].lower())
    if not candidates:
        return None
    text = document[start:end]
    beginning = text[:40].lower()
    for rule in candidates:
        if beginning.startswith(rule.literals) and rule.pattern.fullmatch(text):
            return Lifted(rule.kind, start, end, rule.name, rule.subtype)
    return None


def lift_tail(document: str, start: int, end: int) -> Lifted | None:
    """What hangs at the end of a paragraph without being news: link residue, an end mark.

    >>> lift_tail('called it "unacceptable". read more', 0, 35)[:4]
    ('link_residue', 25, 35, 'link-residue.read-more')
    """
    if start >= end:
        return None
    candidates = rule_index().tail.get(document[end - 1].lower())
    if not candidates:
        return None
    ending = document[max(start, end - 8):end]
    folded = ending.lower()
    for rule in candidates:
        if ending.endswith(rule.literals) or folded.endswith(rule.literals):
            at = max(start, end - TAIL_WINDOW)
            found = rule.pattern.search(document, at, end)
            if found and found.end() == end:
                return Lifted(rule.kind, found.start(), end, rule.name, rule.subtype)
    return None
