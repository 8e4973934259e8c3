"""What somebody did, by the printed phrase: `Reporting by`, `Von`, `Text:`, `기자`."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from warehouse.tables import ROLES

KEPT = 4096
_RUN = re.compile(r"\w+")


class Clause(NamedTuple):
    """A role phrase and the list behind it. Offsets count in the text that was split; `[at, start)` is the phrase."""

    roles: tuple[str, ...]
    phrase: str
    at: int
    start: int
    end: int
    is_weak: bool
    form: str


class _Phrase(NamedTuple):
    role: str
    form: str
    is_weak: bool


class _Tables(NamedTuple):
    byline: dict[str, _Phrase]
    signoff: dict[str, _Phrase]
    pattern: re.Pattern[str]
    opening: re.Pattern[str]
    firsts: frozenset[str]
    heads: frozenset[str]
    """The first run of letters of each phrase, folded: nothing else can begin a clause."""
    front: tuple[tuple[str, str], ...]
    suffix: tuple[tuple[str, str], ...]
    edges: frozenset[str]
    """First letters of the words before a name and last letters of those behind it."""


def build_roles(data: dict[str, Any]) -> _Tables:
    """Lookup tables of the rule file; ValueError when a stanza names an unknown role or a phrase of one form has two."""
    byline: dict[str, _Phrase] = {}
    by_form: dict[str, dict[str, _Phrase]] = {form: {} for form in ("stem", "opener", "label", "front", "suffix")}
    for row in data["role"]:
        if set(row["role"].split("+")) - set(ROLES):
            raise ValueError(f"roles.toml: {row['role']!r} is no role")
        for phrase in row["phrases"]:
            known = _Phrase(row["role"], row["form"], row.get("weak", False) and " " not in phrase)
            if by_form[row["form"]].setdefault(phrase.casefold(), known) != known:
                raise ValueError(f"roles.toml: {phrase!r} has two roles")
    stems, labels = (_alternatives(by_form[form]) for form in ("stem", "label"))
    openers = _alternatives({p: known for p, known in by_form["opener"].items() if not known.is_weak})
    weak = _alternatives({p: known for p, known in by_form["opener"].items() if known.is_weak})
    joint = r"(?:\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*|\s*/\s*)"
    pattern = re.compile(
        rf"""(?P<stem>\b(?:{stems})(?:{joint}(?:{stems})){{0,3}})\s+(?:(?:from|in)\s+(?P<where>[A-Z]\w+(?:\s[A-Z]\w+)?)\s+)?by\b\s*:?[ \t]*
        | (?:(?<=[;.,(\n|])|(?<=[;.,(\n|]\s)|(?<=[;,]\sand\s)|\A[\s\-–—*_"]{{0,8}})
          (?:(?P<opener>{openers})(?![\w'’])[ \t]*:?[ \t]*|(?P<label>{labels}|{stems})\s*[:：/][ \t]*)
        | (?:(?<=\()|\A[\s\-–—*_"]{{0,8}})(?P<weak>{weak})(?![\w'’])[ \t]*:?[ \t]*""",
        re.VERBOSE | re.IGNORECASE,
    )
    opening = re.compile(
        rf"(?:(?:{stems})(?:{joint}(?:{stems})){{0,3}}\s+(?:(?:from|in)\s+\w+(?:\s\w+)?\s+)?by\b|(?:{openers}|{weak})(?![\w'’])|(?:{labels}|{stems})\s*(?=[:：/]))[\s:：/]*(?P<next>[^\s,;]*)",
        re.IGNORECASE,
    )
    firsts = frozenset(p.split()[0].rstrip(":").casefold() for form in ("stem", "opener", "label") for p in by_form[form])
    heads = frozenset(_fold_head(p) for form in ("stem", "label", "opener") for p in by_form[form])
    for form in ("stem", "label", "opener"):
        byline |= by_form[form]
    signoff = by_form["opener"] | by_form["label"] | by_form["stem"]
    front, suffix = (tuple(sorted(((p, k.role) for p, k in by_form[form].items()), key=lambda x: -len(x[0]))) for form in ("front", "suffix"))
    edges = frozenset(p[0] for p, _ in front) | frozenset(p[-1] for p, _ in suffix)
    return _Tables(byline, signoff, pattern, opening, firsts, heads, front, suffix, edges)


def _fold_head(phrase: str) -> str:
    """The first run of letters of a phrase, folded; ValueError when it begins with none, since a clause is sought where words begin."""
    if (head := _RUN.match(phrase)) is None:
        raise ValueError(f"roles.toml: {phrase!r} begins with no letter")
    return _fold_run(head[0])


def _fold_run(run: str) -> str:
    return run.casefold().replace("i\u0307", "i").replace("ı", "i")


def _alternatives(phrases: dict[str, _Phrase]) -> str:
    return "|".join(re.escape(p).replace(r"\ ", r"\s") for p in sorted(phrases, key=lambda p: (-len(p), p)))


@cache
def _tables() -> _Tables:
    return build_roles(tomllib.loads(files("transforms.rules").joinpath("roles.toml").read_text("utf-8")))


def clause_openings() -> frozenset[str]:
    """The first words, folded, of all role phrases."""
    return _tables().firsts


def opens_clause(document: str, start: int, end: int) -> bool:
    """Whether a stretch opens with a role phrase and something that can be a name; the cheap gate before any parsing.

    >>> opens_clause("Reporting by Ann Lee", 0, 20), opens_clause("Reporting the war", 0, 17), opens_clause("Ann Lee said", 0, 12)
    (True, False, False)
    """
    first = _FIRST.match(document, start, end)
    tables = _tables()
    if first is None or first[1].casefold() not in tables.firsts:
        return False
    match = tables.opening.match(document, first.start(1), min(end, start + 160))
    if match is None:
        return False
    following = match["next"]
    if not following[:1].islower():
        return not following[:1].isdigit()
    if end - start <= 60 or following[1:2] in ("'", "’"):
        return True
    return following.casefold() in _BEFORE_HOUSES and (end - start <= 200 or (match.end("next") < end and "(" in document[start : start + 2]))


_FIRST = re.compile(r"[\s(\[\-–—*_^•\"]{0,12}([^\s:：,./]{1,20})")
_BEFORE_HOUSES = frozenset(("the", "our", "a", "an", "staff", "news", "agencies", "dpa", "van", "von", "de", "al", "el", "la", "da", "di"))


def split_clauses(text: str, *, byline: bool = False) -> tuple[Clause, ...]:
    """Cut a text on its role phrases. What stands before the first phrase belongs to no clause.

    >>> [(c.roles, "Reporting by Ann Lee; editing by Bo Dahl"[c.start:c.end]) for c in split_clauses("Reporting by Ann Lee; editing by Bo Dahl")]
    [(('reporter',), 'Ann Lee; '), (('editor',), 'Bo Dahl')]
    """
    found = _find_phrases(text)
    if not found:
        return ()
    ends = [m.start() for m in found[1:]] + [len(text)]
    return tuple(_read_clause(m, end, byline=byline) for m, end in zip(found, ends, strict=True))


def _find_phrases(text: str) -> list[re.Match[str]]:
    """All role phrases in order, as `finditer` would find them; only words that can begin one are looked at."""
    tables = _tables()
    match, heads = tables.pattern.match, tables.heads
    found = []
    at = 0
    if first := match(text):
        found.append(first)
        at = first.end()
    for run in _RUN.finditer(text, at):
        start = run.start()
        if start < at:
            continue
        word = run[0].casefold()
        if (word in heads or (not word.isascii() and _fold_run(word) in heads)) and (phrase := match(text, start)):
            found.append(phrase)
            at = phrase.end()
    return found


def _read_clause(match: re.Match[str], end: int, *, byline: bool) -> Clause:
    tables = _tables()
    known = tables.byline if byline else tables.signoff
    phrase = " ".join(match.group().split())
    printed = " ".join((match["stem"] or match["opener"] or match["weak"] or match["label"]).casefold().split())
    weak = False
    if match["stem"]:
        roles = _stem_roles(printed, byline)
        form = "stem"
    else:
        spec = known[printed]
        roles, weak, form = tuple(spec.role.split("+")), spec.is_weak and ":" not in phrase, "label" if match["label"] else "opener"
    return Clause(roles, phrase.rstrip(": "), match.start(), match.end(), end, weak, form)


_STEM_JOINT = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s*&\s*|\s*/\s*")


@lru_cache(maxsize=KEPT)
def _stem_roles(printed: str, byline: bool) -> tuple[str, ...]:
    tables = _tables()
    known = tables.byline if byline else tables.signoff
    whole = f"{printed} by"
    if byline and whole in known:
        return tuple(known[whole].role.split("+"))
    if printed in known:
        return (known[printed].role,)
    further = printed.startswith(("additional", "further", "extra"))
    roles = (known[part].role for part in _STEM_JOINT.split(printed))
    return tuple(dict.fromkeys("additional_reporter" if role == "reporter" and further else role for role in roles))


class Sided(NamedTuple):
    """A Chinese, Japanese or Korean name beside its role word."""

    role: str
    start: int
    end: int


def find_sided_role(text: str) -> Sided | None:
    """The name before or behind an East Asian role word, when the line holds nothing else.

    >>> text = "홍길동 기자"
    >>> text[slice(*find_sided_role(text)[1:])]
    '홍길동'
    """
    tables = _tables()
    if not text or not (text[0] in tables.edges or text[-1] in tables.edges):
        return None
    for word, role in tables.front:
        if text.startswith(word):
            start = len(word)
            while start < len(text) and text[start] in " \u3000:：/／":
                start += 1
            return Sided(role, start, len(text)) if start < len(text) else None
    for word, role in tables.suffix:
        if text.endswith(word) and len(text) > len(word):
            return Sided(role, 0, len(text[: -len(word)].rstrip()))
    return None
