"""Lines that carry no news: end marks, promises, promotion, copyright, corrections, advisories, timestamps, residue of links.

The rules are data (`rules/boilerplate.toml`). Literal beginnings and endings gate every pattern, so that an ordinary paragraph costs two
dictionary look-ups.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
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
    """The rules by where they look and by the two first or two last characters (or the one) that let them look."""

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


def file_rules(rules: Sequence[Rule], keys: Callable[[str], str]) -> dict[str, tuple[Rule, ...]]:
    """Rules by the two characters that a literal begins or ends with; a literal of one character stands under all keys that hold it.

    A look-up by two characters that finds nothing has to be followed by one by the character at the edge.
    """
    filed: dict[str, list[Rule]] = {}
    edges = {keys(literal) for rule in rules for literal in rule.literals}
    for rule in rules:
        own = {keys(literal) for literal in rule.literals}
        single = {key for key in own if len(key) == 1}
        for key in own | {edge for edge in edges if single and (edge[:1] in single or edge[-1:] in single)}:
            filed.setdefault(key, []).append(rule)
    return {key: tuple(group) for key, group in filed.items()}


@cache
def rule_index() -> RuleIndex:
    """The rules filed for look-up."""
    rules = load_rules()
    tails = [rule for rule in rules if rule.where == "tail"]
    blocks = [rule for rule in rules if rule.where == "block"]
    heads = [rule for rule in rules if rule.where != "tail"]
    return RuleIndex(file_rules(blocks, lambda t: t[:2].lower()), file_rules(heads, lambda t: t[:2].lower()), file_rules(tails, lambda t: t[-2:].lower()))


def lift_block(document: str, start: int, end: int, *, head: bool = False) -> Lifted | None:
    """The rule that a whole block falls under, if any; `head` also tries advisories and timestamps.

    >>> lift_block("Our Standards: The Thomson Reuters Trust Principles.", 0, 52).kind
    'boilerplate'
    """
    index = rule_index().head if head else rule_index().block
    edge = document[start:start + 2].lower()
    candidates = index.get(edge) or index.get(edge[:1])
    if not candidates or not 0 < end - start <= WINDOW:
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
    index = rule_index().tail
    edge = document[end - 2:end].lower()
    candidates = index.get(edge) or index.get(edge[-1:])
    if not candidates or start >= end:
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
