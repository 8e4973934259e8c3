"""The vocabulary of photo credits, read once from the rule tables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from transforms.agencies import agency_aliases, fold


class Label(NamedTuple):
    """What a label says besides that a credit follows."""

    name: str
    flag: str | None
    is_source: bool
    is_house: bool
    is_kept: bool


class Restriction(NamedTuple):
    """A known restriction of use."""

    code: str
    pattern: re.Pattern[str]
    starts: bool


class Lexicon(NamedTuple):
    """Everything the credit rules know by heart."""

    tokens: Mapping[str, str]
    codes: Mapping[str, str]
    leads: tuple[tuple[str, str], ...]
    trails: tuple[tuple[str, str], ...]
    openings: tuple[tuple[str, str], ...]
    """How captions begin that carry a flag, in printed case, longest first."""
    within: Mapping[str, str]
    """Phrases that carry a flag wherever a caption holds them, in lower case."""
    opening_initials: frozenset[str]
    platforms: Mapping[str, str]
    exact_platforms: frozenset[str]
    labels: Mapping[str, Label]
    bare_labels: tuple[tuple[str, Label], ...]
    noun_labels: frozenset[str]
    """Those of the bare labels that are plain nouns."""
    label_words: int
    """Most words that a label has."""
    restrictions: tuple[Restriction, ...]
    outer_first: frozenset[str]
    via: tuple[str, ...]
    client: frozenset[str]
    joiners: frozenset[str]
    residue_before: tuple[str, ...]
    residue_after: tuple[str, ...]
    lead_nouns: tuple[str, ...]
    organisations: frozenset[str]
    surnames: frozenset[str]
    abbreviations: frozenset[str]
    governing: frozenset[str]
    articles: frozenset[str]
    small: frozenset[str]


def read_rules(name: str) -> dict[str, Any]:
    """The contents of a TOML rule table."""
    return tomllib.loads((files("transforms.rules") / f"{name}.toml").read_text("utf-8"))


def _longest_first(pairs: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(dict.fromkeys(pairs), key=lambda p: (-len(p[0]), p)))


def build_lexicon(flags: Mapping[str, Any], labels: Mapping[str, Any], restrictions: Mapping[str, Any], chain: Mapping[str, Any]) -> Lexicon:
    """The lexicon from the contents of its tables; ValueError when a token or label has two meanings."""
    tokens: dict[str, str] = {}
    codes: dict[str, str] = {}
    leads, trails, openings = [], [], []
    within: dict[str, str] = {}
    for flag, row in flags["flag"].items():
        for form in row.get("tokens", ()):
            if tokens.setdefault(form, flag) != flag:
                raise ValueError(f"credit_flags.toml: {form!r} means {tokens[form]} and {flag}")
        codes |= dict.fromkeys(row.get("codes", ()), flag)
        leads += [(form, flag) for form in row.get("leads", ())]
        trails += [(form, flag) for form in row.get("trails", ())]
        openings += [(form, flag) for form in row.get("captions", ())]
        within |= dict.fromkeys(row.get("within", ()), flag)
    platforms = flags["platform"]
    exact = frozenset(platforms["exact"])
    known: dict[str, Label] = {}
    bare: list[tuple[str, Label]] = []
    nouns: list[str] = []
    for name, row in labels["label"].items():
        label = Label(name, row.get("flag"), row.get("source", False), row.get("house", False), row.get("keep", False))
        for form in row["forms"]:
            if known.setdefault(form.casefold(), label) is not label:
                raise ValueError(f"credit_labels.toml: {form!r} is of {known[form.casefold()].name} and {name}")
        nouns += row.get("nouns", ())
        bare += [(form, label) for form in (*row.get("bare", ()), *row.get("nouns", ()))]
    return Lexicon(
        tokens=tokens, codes=codes, leads=_longest_first(leads), trails=_longest_first(trails), openings=_longest_first(openings),
        within=within, opening_initials=frozenset(form[0] for form, _ in openings),
        platforms={form if form in exact else form.casefold(): flag for flag in ("social", "licence") for form in platforms[flag]},
        exact_platforms=exact, labels=known, bare_labels=tuple(sorted(bare, key=lambda b: -len(b[0]))), noun_labels=frozenset(nouns),
        label_words=max(len(form.split()) for form in known),
        restrictions=tuple(Restriction(r["code"], re.compile(r["pattern"]), r.get("starts", False)) for r in restrictions["restriction"]),
        outer_first=frozenset(chain["outer_first"]), via=tuple(chain["via"]), client=frozenset(chain["client"]), joiners=frozenset(chain["joiners"]),
        residue_before=tuple(sorted(chain["residue_before"], key=len, reverse=True)),
        residue_after=tuple(sorted(chain["residue_after"], key=len, reverse=True)),
        lead_nouns=tuple(chain["lead_nouns"]),
        **{key: frozenset(chain[key]) for key in ("organisations", "surnames", "abbreviations", "governing", "articles", "small")},
    )


@cache
def lexicon() -> Lexicon:
    """The credit vocabulary.

    >>> lexicon().tokens["pool"], lexicon().labels["foto"].is_house
    ('pool', True)
    """
    return build_lexicon(*(read_rules(n) for n in ("credit_flags", "credit_labels", "restrictions", "credit_chain")))


@cache
def alias_prefixes() -> tuple[tuple[str, str], ...]:
    """Long printed forms of agencies, folded and sorted, with their ids: to complete what was cut off."""
    return tuple(sorted((fold(form), agency) for form, agency in agency_aliases().items() if len(form) > 5))


@cache
def leads_by_letter() -> dict[str, tuple[tuple[str, str], ...]]:
    """The phrases before a supplier by their first letter, longest first."""
    return {letter: tuple(p for p in lexicon().leads if p[0][0] == letter) for letter in {form[0] for form, _ in lexicon().leads}}


@cache
def trails_by_letter() -> dict[str, tuple[tuple[str, str], ...]]:
    """The phrases behind a supplier by their last letter, longest first."""
    return {letter: tuple(p for p in lexicon().trails if p[0][-1] == letter) for letter in {form[-1] for form, _ in lexicon().trails}}


@cache
def bare_labels_by_letter() -> dict[str, tuple[tuple[str, Label], ...]]:
    """The labels without a colon by their first letter, longest first."""
    return {letter: tuple(p for p in lexicon().bare_labels if p[0][0] == letter) for letter in {form[0] for form, _ in lexicon().bare_labels}}


@cache
def openings_by_head() -> dict[str, tuple[tuple[str, str], ...]]:
    """How captions begin that carry a flag, by the first four letters, longest first."""
    return {head: tuple(p for p in lexicon().openings if p[0][:4] == head) for head in {form[:4] for form, _ in lexicon().openings}}


@cache
def notice_start() -> re.Pattern[str]:
    """Any restriction that begins a notice by itself."""
    return re.compile("|".join(f"(?:{r.pattern.pattern})" for r in lexicon().restrictions if r.starts))
