"""The front of a dateline, before its agency or separator: places, date and bare source."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from transforms.agencies import Agency, find_agency
from transforms.dates import PrintedDate, find_dates, find_weekday
from transforms.gazetteer import Gazetteer
from transforms.model import Place, Profile
from transforms.places import find_qualifier, resolve_place, split_prefix

MOST_PLACES = 4
MOST_WORDS = 6
"""Words of one place name; those before it ("OFF THE COAST OF") do not count."""


class DatelineRules(NamedTuple):
    """The rule table of datelines, as patterns and sets."""

    bare: frozenset[str]
    kickers: re.Pattern[str]
    marks: re.Pattern[str]
    links: frozenset[str]
    prose: re.Pattern[str]
    speech: frozenset[str]
    german: frozenset[str]
    own_paper: tuple[str, ...]
    forms: tuple[Mapping[str, Any], ...]


@cache
def dateline_rules() -> DatelineRules:
    """The rules, read once."""
    table = tomllib.loads(files("transforms.rules").joinpath("dateline.toml").read_text("utf-8"))
    kickers = "|".join(re.escape(k) for k in sorted(table["kickers"], key=len, reverse=True))
    marks = "|".join(re.escape(m) for m in sorted(table["marks"], key=len, reverse=True))
    links = "|".join(table["links"])
    return DatelineRules(
        frozenset(table["bare"]), re.compile(rf"(?:{kickers})\s*"), re.compile(rf"(?:{marks})\s*--?\s*"), frozenset(table["links"]),
        # Words that may name a place, then one in small letters that none holds and that is no month before its day: a sentence.
        re.compile(
            rf"(?:(?:(?![a-zß-ÿа-яё])[^\W\d_](?:[\w’'.]|-(?!-))*+|(?:{links})\b),?[ \n]+){{1,8}}+(?!(?:{links})\b|\w+[,.]|\w+\s+\d)[a-zß-ÿа-яё]",
        ),
        frozenset(table["speech"]), frozenset(table["german"]), tuple(table["own_paper"]), tuple(table["form"]),
    )


class Spelled(NamedTuple):
    """One place as printed: its name, what stands behind the comma, and whether that is a known state or country."""

    name: str
    qualifier: str | None = None
    is_known: bool = False


class Head(NamedTuple):
    """What stands before the agency or separator."""

    places: tuple[Spelled, ...]
    date: PrintedDate | None
    weekday: int | None
    source: Agency | None
    source_text: str | None


_SEGMENTS = re.compile(r"\s*[/;&]\s*(?!(?:Main|Oder|Saale|Donau|Elbe|Inn|Neckar|Ruhr|Weser|M\.|O\.)(?:$|\W))")
"""Between places, but not between a town and its river: Frankfurt/Main."""
_ARTICLE = re.compile(r",?\s+(?:le|il|el|den|am|the|di)\Z")
"""Before a day: `Paris, le 3 mars`."""
_BRACKETS = re.compile(r"\s*(?:\(([^()]{2,30})\))?\s*(?:\[([^\[\]]{2,30})\])?\s*\Z")
_PAIR = re.compile(r"\s+(?:and|und|et|y|e)\s+", re.IGNORECASE)
_DOTTED = re.compile(r"(?:\w\.){2,}|St\.|ST\.|Ft\.|FT\.|Mt\.|MT\.")


@lru_cache(maxsize=8192)
def read_head(text: str, gazetteer: Gazetteer) -> Head | None:
    """Places, date and bare source of a head, or None where it holds anything else.

    >>> from transforms.places import builtin_gazetteer
    >>> head = read_head("BEIRUT/THE HAGUE, March 7", builtin_gazetteer())
    >>> [p.name for p in head.places], head.date.day
    (['BEIRUT', 'THE HAGUE'], 7)
    """
    where, after, date, weekday = text, "", None, None
    if any(map(str.isdigit, text)):
        date = next(find_dates(text, with_slips=True), None)
        if date is None or any(map(str.isdigit, text[:date.start])):
            return None
        where, after = text[:date.start], text[date.end:].strip(" ,.\n\t\u00a0")
        weekday = date.weekday
        if after and weekday is None and (weekday := find_weekday(after)) is not None:
            after = ""
    source: Agency | None = None
    if after:
        source = find_agency(after)
        if source is None:
            return None
    where = where.strip(" ,;\n\t\r\u00a0-–—_")
    if date is not None:
        where = _ARTICLE.sub("", where)
    source_text = after or None
    if date is None:
        front, _, last = where.rpartition(",")
        if (weekday := find_weekday(last.strip())) is not None and front:
            where = front
        else:
            weekday = None
            front, _, last = where.rpartition(" ")
            if front and last in dateline_rules().bare and (source := find_agency(last)):
                where, source_text = front, last
    if not where:
        return Head((), date, weekday, source, source_text) if date or source else None
    places = _read_places(where, gazetteer)
    return Head(places, date, weekday, source, source_text) if places else None


@lru_cache(maxsize=8192)
def _read_places(where: str, gazetteer: Gazetteer) -> tuple[Spelled, ...] | None:
    """The places of a list, each with its qualifier, or None where something else stands among them."""
    places: list[Spelled] = []
    for segment in _SEGMENTS.split(where):
        first = True
        for part in segment.split(","):
            name = " ".join(part.split())
            if not any(map(str.isalpha, name)):
                continue
            if not first and places:
                if name.lower().startswith("and "):
                    name = name[4:]
                elif (joined := _PAIR.search(name)) and find_qualifier(name[:joined.start()]) and _is_known(name[joined.end():], gazetteer):
                    places[-1] = places[-1]._replace(qualifier=name[:joined.start()], is_known=True)
                    name = name[joined.end():]
                elif find_qualifier(name):
                    last = places[-1]
                    places[-1] = last if last.is_known else last._replace(qualifier=name, is_known=True)
                    continue
                elif not is_run(name):
                    return None
                elif not _is_known(name, gazetteer):
                    if places[-1].qualifier is None:
                        places[-1] = places[-1]._replace(qualifier=name)
                    continue
            new = _read_one(name, gazetteer)
            if new is None:
                return None
            places += new
            first = False
        if len(places) > MOST_PLACES:
            return None
    return tuple(places)


def _is_known(name: str, gazetteer: Gazetteer) -> bool:
    return resolve_place(name, gazetteer=gazetteer).resolution != "unresolved"


def _read_one(name: str, gazetteer: Gazetteer) -> list[Spelled] | None:
    """One place between commas, or two joined by `and`; its region or country in brackets becomes the qualifier."""
    brackets = _BRACKETS.search(name) if name[-1] in ")]" else None
    qualifier = None
    if brackets and brackets.start() and not _is_known(name, gazetteer):
        qualifier = next((b for b in (brackets[2], brackets[1]) if b and find_qualifier(b)), brackets[2] or brackets[1])
        name = name[:brackets.start()]
    name = name.strip(" :")
    if name.endswith(".") and not _DOTTED.fullmatch(name.rpartition(" ")[2]):
        name = name.rstrip(".")
    if not is_run(name) and not (name[:1].isupper() and _is_known(name, gazetteer)):
        return None
    if qualifier is None and _PAIR.search(name) and not _is_known(name, gazetteer):
        sides = _PAIR.split(name)
        if all(_is_known(side, gazetteer) for side in sides):
            return [Spelled(side) for side in sides]
    if qualifier is None and " " in name and not _is_known(name, gazetteer):
        # FARMINGTON Conn., SANTA FE N.M.: the comma before the state was lost.
        words = name.split(" ")
        for cut in (len(words) - 1, len(words) - 2):
            behind = " ".join(words[cut:])
            if cut > 0 and any(q.code for q in find_qualifier(behind)) and _is_known(" ".join(words[:cut]), gazetteer):
                return [Spelled(" ".join(words[:cut]), behind, True)]
    return [Spelled(name, qualifier, bool(qualifier and find_qualifier(qualifier)))]


def is_run(name: str) -> bool:
    """Whether every word of a name could stand in a place name: a capital, a small link, or a script without case.

    >>> is_run("Stow on the Wold"), is_run("Acme said today")
    (True, False)
    """
    _, bare = split_prefix(name)
    words = bare.split()
    if not 0 < len(words) <= MOST_WORDS or not words[0][0].isalpha() or words[0][0].islower():
        return False
    links = dateline_rules().links
    return all(w[0].isupper() or w in links or (w[0].isalpha() and not w[0].islower()) or w[0] in "'’(" for w in words)


def resolve_places(head: Head, gazetteer: Gazetteer, agency_country: str | None, language: str | None, profile: Profile) -> tuple[Place, ...]:
    """The places of a head in the gazetteer."""
    return _resolve_spelled(head.places, gazetteer, agency_country, language, profile) if head.places else ()


@lru_cache(maxsize=8192)
def _resolve_spelled(
    places: tuple[Spelled, ...], gazetteer: Gazetteer, agency_country: str | None, language: str | None, profile: Profile,
) -> tuple[Place, ...]:
    found = []
    for spelled in places:
        place = resolve_place(
            spelled.name, gazetteer=gazetteer, qualifier=spelled.qualifier if spelled.is_known else None, agency_country=agency_country,
            language=language, profile=profile,
        )
        if spelled.qualifier and not spelled.is_known:
            place = place._replace(text=f"{spelled.name}, {spelled.qualifier}")
        found.append(place)
    return tuple(found)
