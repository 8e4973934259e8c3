"""Lines that carry no news: end marks, promises, promotion, copyright, corrections, advisories, timestamps, residue of links.

The rules are data (`rules/boilerplate.toml`). Literal beginnings and endings gate every pattern, so that an ordinary paragraph costs two
dictionary look-ups.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
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
    opens: bool = False
    """The pattern need only match the beginning: the block may be of any length."""


class Lifted(NamedTuple):
    """A block or tail found to carry no news."""

    kind: str
    start: int
    end: int
    rule: str
    subtype: str | None


class Filed(NamedTuple):
    """Rules that share a first (or last) character, and all their literals."""

    literals: tuple[str, ...]
    rules: tuple[Rule, ...]


class RuleIndex(NamedTuple):
    """The rules by where they look and by the character that a literal begins or ends with."""

    block: dict[str, Filed]
    head: dict[str, Filed]
    tail: dict[str, Filed]


@cache
def load_rules() -> tuple[Rule, ...]:
    """All stanzas, compiled. A stanza without its hit and miss does not load."""
    table = tomllib.loads((files("transforms.rules") / "boilerplate.toml").read_text("utf-8"))
    rules = []
    for stanza in table["rule"]:
        flags = re.DOTALL | (0 if stanza.pop("case", False) else re.IGNORECASE)
        where = stanza.pop("where")
        literals = tuple(text.lower() for text in stanza.pop("ends" if where == "tail" else "starts"))
        pattern = re.compile(stanza.pop("pattern").strip() + (r"\Z" if where == "tail" else ""), flags)
        rules.append(Rule(stanza.pop("name"), stanza.pop("kind"), where, literals, pattern, stanza.pop("subtype", None),
                          stanza.pop("hit"), stanza.pop("miss"), stanza.pop("opens", False)))
        if stanza:
            raise ValueError(f"rule {rules[-1].name}: unknown keys {sorted(stanza)}")
    return tuple(rules)


def file_rules(rules: Sequence[Rule], edge: int) -> dict[str, Filed]:
    """Rules by the first (edge 0) or last (edge -1) character of their literals, in lower case."""
    filed: dict[str, dict[str, None]] = {}
    members: dict[str, list[Rule]] = {}
    for rule in rules:
        for literal in rule.literals:
            key = literal[edge].lower()
            filed.setdefault(key, {})[literal.lower()] = None
            if rule not in members.setdefault(key, []):
                members[key].append(rule)
    return {key: Filed(tuple(literals), tuple(members[key])) for key, literals in filed.items()}


@cache
def rule_index() -> RuleIndex:
    """The rules filed for look-up."""
    rules = load_rules()
    return RuleIndex(
        file_rules([rule for rule in rules if rule.where == "block"], 0), file_rules([rule for rule in rules if rule.where != "tail"], 0),
        file_rules([rule for rule in rules if rule.where == "tail"], -1),
    )


class Gates(NamedTuple):
    """The first three characters of all literals for blocks, and the last three of those for tails; a shorter one lets by its edge alone."""

    block: frozenset[str]
    tail: frozenset[str]


@cache
def edge_gates() -> Gates:
    """One look-up that spares an ordinary paragraph all the others."""
    index = rule_index()
    return Gates(
        frozenset(literal[:3] if len(literal) > 2 else literal[0] for filed in index.block.values() for literal in filed.literals),
        frozenset(literal[-3:] if len(literal) > 2 else literal[-1] for filed in index.tail.values() for literal in filed.literals),
    )


def block_openings() -> tuple[str, ...]:
    """All that the blocks which a rule lifts can begin with, in lower case."""
    return tuple(literal for filed in rule_index().block.values() for literal in filed.literals)


def may_end(document: str, start: int, end: int) -> bool:
    """Whether a block ends as one does from which a rule cuts a tail.

    >>> may_end("He left. read more", 0, 18), may_end("as before", 0, 9)
    (True, False)
    """
    filed = rule_index().tail.get(document[end - 1].lower())
    return filed is not None and document[max(start, end - 8):end].lower().endswith(filed.literals)


def may_lift(document: str, start: int, end: int) -> bool:
    """Whether a block begins or ends as one that a rule lifts: the cheap gate before lift_block and lift_tail."""
    gates = edge_gates()
    if document[start:start + 3].lower() in gates.block or document[start].lower() in gates.block:
        beginning = document[start:start + 40].lower()
        filed = rule_index().block.get(beginning[0])
        if filed is not None and beginning.startswith(filed.literals):
            return True
    return document[end - 3:end].lower() in gates.tail or document[end - 1].lower() in gates.tail


def lift_block(document: str, start: int, end: int, *, head: bool = False) -> Lifted | None:
    """The rule that a whole block falls under, if any; `head` also tries advisories and timestamps.

    >>> lift_block("Our Standards: The Thomson Reuters Trust Principles.", 0, 52).kind
    'boilerplate'
    """
    beginning = document[start:start + 40].lower()
    filed = (rule_index().head if head else rule_index().block).get(beginning[:1])
    if filed is None or not beginning.startswith(filed.literals) or end <= start:
        return None
    is_long = end - start > WINDOW
    text = document[start:min(end, start + WINDOW)]
    beginning = text[:40].lower()
    for rule in filed.rules:
        if (rule.opens or not is_long) and beginning.startswith(rule.literals) and (
                rule.pattern.match(text) if rule.opens else rule.pattern.fullmatch(text)):
            return Lifted(rule.kind, start, end, rule.name, rule.subtype)
    return None


def lift_tail(document: str, start: int, end: int) -> Lifted | None:
    """What hangs at the end of a paragraph without being news: link residue, an end mark.

    >>> lift_tail('called it "unacceptable". read more', 0, 35)[:4]
    ('link_residue', 25, 35, 'link-residue.read-more')
    """
    if start >= end:
        return None
    filed = rule_index().tail.get(document[end - 1].lower())
    if filed is None:
        return None
    ending = document[max(start, end - 8):end].lower()
    if not ending.endswith(filed.literals):
        return None
    for rule in filed.rules:
        if ending.endswith(rule.literals):
            at = max(start, end - TAIL_WINDOW)
            found = rule.pattern.search(document, at, end)
            if found and found.end() == end:
                return Lifted(rule.kind, found.start(), end, rule.name, rule.subtype)
    return None
