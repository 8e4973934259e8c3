"""Boilerplate rules prove themselves: each fires on its hit and spares its miss."""

import time

import pytest

from transforms.boilerplate import WINDOW, Rule, lift_block, lift_tail, load_rules

RULES = load_rules()


def fires(rule: Rule, text: str) -> bool:
    """Whether the rule, with its gate, is the one that takes this text."""
    found = lift_tail(text, 0, len(text)) if rule.where == "tail" else lift_block(text, 0, len(text), head=rule.where == "head")
    return found is not None and found.rule == rule.name


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_every_rule_matches_its_hit_and_spares_its_miss(rule: Rule) -> None:
    """The stanza's own examples."""
    assert fires(rule, rule.hit)
    assert not fires(rule, rule.miss)


def test_names_are_unique() -> None:
    """A rule's name is what a block shows as its evidence."""
    assert len({r.name for r in RULES}) == len(RULES)


@pytest.mark.parametrize("text", [
    "children who read more", "He said he would read more", "Share prices fell in London on Monday, dragged down by banks.",
    "End of the line for the ferry, the owner said.", "Reuters reported the sale on Monday.", "Copyright is a right, he said.",
    "Follow the road to the harbour.", "Related to the matter is the fare.",
])
def test_prose_that_only_looks_like_it_stays(text: str) -> None:
    """A false lift would cost the reader a sentence."""
    assert lift_block(text, 0, len(text)) is None
    assert lift_tail(text, 0, len(text)) is None


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_patterns_are_linear(rule: Rule) -> None:
    """No window of hostile text makes a pattern explode."""
    for literal in rule.literals:
        for filler in (" ", "a", "- ", ".", "(", "0", "\n", literal):
            text = literal + filler * WINDOW + literal
            began = time.process_time()
            rule.pattern.search(text[:WINDOW])
            rule.pattern.fullmatch(text[:WINDOW])
            assert time.process_time() - began < 0.05
