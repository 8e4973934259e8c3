"""Agencies by the forms in which they are printed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

SHORT = 4
"""Forms of up to this many letters are also words, names or states, so they count only in the case they are listed in."""
NAMES_KEPT = 16_384
"""How many judged strings are remembered: the same names stand in story after story."""
LONGEST = 60
"""No printed agency is longer; anything above is prose."""


class Agency(NamedTuple):
    """An agency, paper, photo or stock house: its id, name, home country and kind."""

    id: str
    name: str
    country: str
    kind: str


class Sources(NamedTuple):
    """The agencies of a printed source in order, and the parts that name none we know."""

    agencies: tuple[Agency, ...]
    unknown: tuple[str, ...]


class _Tables(NamedTuple):
    by_id: Mapping[str, Agency]
    printed: Mapping[str, str]
    exact: Mapping[str, Agency]
    folded: Mapping[str, Agency]
    contested: Mapping[tuple[str, str], Agency]
    services: frozenset[str]
    service_ends: frozenset[str]
    desks: Mapping[str, frozenset[str]]


_JOINT = re.compile(r"\s*(?:/|–|—|,|;|&|\+)\s*|\s+(?:and|et|und|y|e|with|via)\s+")


def is_short(form: str) -> bool:
    """Whether a printed form is a code that only counts in its own case.

    >>> is_short("AP"), is_short("Reuters")
    (True, False)
    """
    return sum(c.isalnum() for c in form) <= SHORT


def fold(form: str) -> str:
    """A long printed form without its case; the Turkish i has two.

    >>> fold("ANADOLU AJANSI") == fold("Anadolu Ajansı")
    True
    """
    return form.casefold().replace("ı", "i").replace("i\u0307", "i")


def build_tables(data: Mapping[str, Any]) -> _Tables:
    """Lookup tables from the rule file's contents; ValueError when a printed form belongs to two agencies."""
    by_id: dict[str, Agency] = {}
    printed: dict[str, str] = {}
    exact: dict[str, Agency] = {}
    folded: dict[str, Agency] = {}
    contested: dict[tuple[str, str], Agency] = {}
    for key, row in data["agency"].items():
        agency = by_id[key] = Agency(key, row["name"], row["country"], row["kind"])
        for form in (row["name"], *row["aliases"]):
            table, known = (exact, form) if is_short(form) else (folded, fold(form))
            if table.setdefault(known, agency) is not agency:
                raise ValueError(f"agencies.toml: {form!r} belongs to {table[known].id} and to {key}")
            printed[form] = key
        for form in row.get("contested", ()):
            if contested.setdefault((form, agency.country), agency) is not agency:
                raise ValueError(f"agencies.toml: {form!r} is contested twice in {agency.country}")
    for (form, _), agency in contested.items():
        if form not in printed:
            raise ValueError(f"agencies.toml: {form!r} of {agency.id} is contested, but nobody owns it")
    if strangers := data["desks"].keys() - by_id:
        raise ValueError(f"agencies.toml: desks of unknown agencies: {sorted(strangers)}")
    desks = {key: frozenset(names) for key, names in data["desks"].items()}
    services = frozenset(fold(s) for s in data["services"])
    service_ends = frozenset(s.split()[-1] for s in services)
    return _Tables(MappingProxyType(by_id), MappingProxyType(printed), exact, folded, contested, services, service_ends, desks)


@cache
def _tables() -> _Tables:
    return build_tables(tomllib.loads(files("transforms.rules").joinpath("agencies.toml").read_text("utf-8")))


def agencies() -> Mapping[str, Agency]:
    """All agencies by id.

    >>> agencies()["tass"].country
    'RU'
    """
    return _tables().by_id


def agency_aliases() -> Mapping[str, str]:
    """Every printed form, in the case it is listed in, with the id of its agency.

    >>> agency_aliases()["新华社"]
    'xinhua'
    """
    return _tables().printed


def find_agency(text: str, *, country: str | None = None) -> Agency | None:
    """The agency that a whole string names, or whose service it names.

    `country` is where the story comes from; it decides between agencies that print the same code.

    >>> find_agency("Reuters Breakingviews").id, find_agency("AP").id, find_agency("ap")
    ('reuters', 'ap', None)
    >>> find_agency("CNA").id, find_agency("CNA", country="SG").id
    ('cna_tw', 'channelnewsasia')
    """
    return None if len(text) > LONGEST else _find_agency(text, country)


@lru_cache(maxsize=NAMES_KEPT)
def _find_agency(text: str, country: str | None) -> Agency | None:
    tables = _tables()
    if (found := tables.exact.get(text)) is None and (found := tables.folded.get(fold(text))) is None:
        words = text.split()
        tidy = " ".join(words).rstrip(".,:")
        if tidy != text:
            found = tables.exact.get(tidy) or tables.folded.get(fold(tidy))
        if found is None:
            found = _find_service(words, tables) or _find_desk(tidy, tables)
        text = tidy
    if country is not None and found is not None:
        return tables.contested.get((text, country), found)
    return found


def _find_service(words: list[str], tables: _Tables) -> Agency | None:
    """`AP Sports`: the longest name with a service behind it."""
    if len(words) < 2 or fold(words[-1]) not in tables.service_ends:
        return None
    for cut in range(len(words) - 1, 0, -1):
        if fold(" ".join(words[cut:])) in tables.services:
            name = " ".join(words[:cut])
            if found := tables.exact.get(name) or tables.folded.get(fold(name)):
                return found
    return None


def _find_desk(text: str, tables: _Tables) -> Agency | None:
    """`dpa/lnw`: an agency with a desk of its own behind a slash."""
    name, slash, desk = text.partition("/")
    if slash and (found := tables.exact.get(name) or tables.folded.get(fold(name))) and desk in tables.desks.get(found.id, ()):
        return found
    return None


@lru_cache(maxsize=4096)
def split_agencies(text: str, *, country: str | None = None) -> Sources:
    """The agencies of a printed source with one name or several, the whole string first.

    >>> sources = split_agencies("dpa/AFP")
    >>> [a.id for a in sources.agencies], sources.unknown
    (['dpa', 'afp'], ())
    >>> split_agencies("Weekly Echo/AP").unknown
    ('Weekly Echo',)
    """
    if whole := find_agency(text, country=country):
        return Sources((whole,), ())
    if len(text) > 2 * LONGEST:
        return Sources((), (text,))
    known: dict[str, Agency] = {}
    unknown = []
    for part in _JOINT.split(text.strip()):
        if found := find_agency(part, country=country):
            known.setdefault(found.id, found)
        elif part:
            unknown.append(part)
    return Sources(tuple(known.values()), tuple(unknown))
