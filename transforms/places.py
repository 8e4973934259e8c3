"""Places as datelines print them: which town is meant, in which country, and what its name looks like in running text."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from transforms.gazetteer import City, Gazetteer, Hit, build_index, builtin_gazetteer, fold_place, gazetteer_version, load_gazetteer
from transforms.model import HOUSELESS, Place, Profile

__all__ = [
    "Gazetteer", "Qualifier", "build_index", "builtin_gazetteer", "find_qualifier", "fold_place", "gazetteer_version", "is_common_word",
    "is_worldwide", "load_gazetteer", "repair_case", "resolve_place", "split_prefix",
]

# How much more likely a town is the one meant. A margin of five between the best two is enough to say so.
FIRST_NAME, CAPITAL, CAPITAL_ALTERNATE, HOME, TONGUE, MARGIN = 50, 20, 5, 20, 3, 5


class Qualifier(NamedTuple):
    """What a name behind the comma narrows a place down to: a country, or a state of it.

    `country` is None for a region that several claim; `countries` are those in which to look.
    """

    countries: tuple[str, ...]
    country: str | None = None
    geonames: str | None = None
    code: str | None = None


class Spot(NamedTuple):
    """A place that the gazetteer lacks, or knows under another name."""

    printed: str
    kind: str
    country: str | None
    latitude: float | None
    longitude: float | None
    timezone: str | None
    town: str | None


class _Rules(NamedTuple):
    qualifiers: Mapping[str, tuple[Qualifier, ...]]
    countries: Mapping[str, Qualifier]
    printed: Mapping[str, str]
    codes: Mapping[tuple[str, str], str]
    spots: Mapping[str, Spot]
    stand_alone: Mapping[str, str]
    worldwide: frozenset[str]
    prefixes: re.Pattern[str]
    vessels: frozenset[str]
    particles: frozenset[str]
    words: frozenset[str]
    tongues: Mapping[str, frozenset[str]]


def _read_csv(name: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(files("transforms.rules").joinpath(name).read_text("utf-8").splitlines())


def _read_spots() -> dict[str, Spot]:
    spots: dict[str, Spot] = {}
    for row in _read_csv("places.csv"):
        latitude, longitude = (float(row[c]) if row[c] else None for c in ("latitude", "longitude"))
        for form in (row["name"], *filter(None, row["forms"].split("|"))):
            spot = Spot(form, row["kind"], row["country"] or None, latitude, longitude, row["timezone"] or None, row["town"] or None)
            if spots.setdefault(fold_place(form), spot) is not spot and spots[fold_place(form)].town != spot.town:
                raise ValueError(f"places.csv: {form!r} stands for two places")
    return spots


@cache
def _rules() -> _Rules:
    table = tomllib.loads(files("transforms.rules").joinpath("places.toml").read_text("utf-8"))
    found: dict[str, list[Qualifier]] = {}
    codes: dict[tuple[str, str], str] = {}
    countries: dict[str, Qualifier] = {}
    printed: dict[str, str] = {}
    for row in _read_csv("states.csv"):
        state = Qualifier((row["country"],), row["country"], row["geonames"], row["code"])
        codes[row["country"], row["geonames"]] = row["code"]
        for key in {fold_place(form) for form in (row["name"], *row["forms"].split("|"))}:
            found.setdefault(key, []).append(state)
    for row in _read_csv("countries.csv"):
        members = tuple(row["countries"].split())
        land = Qualifier(members, members[0] if len(members) == 1 else None)
        for form in (row["name"], *filter(None, row["forms"].split("|"))):
            key = fold_place(form)
            for spelling in (key, key.removeprefix("the ")):
                countries.setdefault(spelling, land)
                printed.setdefault(spelling, form)
    for key, land in countries.items():
        found.setdefault(key, []).append(land)
    spots = _read_spots()
    for key, spot in spots.items():
        if spot.kind in ("region", "territory"):
            found.setdefault(key, []).append(Qualifier((spot.country,) if spot.country else (), spot.country))
    alone = {fold_place(name): country for country, names in table["stand_alone"].items() for name in names}
    places = table["places"]
    before = "|".join(p.replace(" ", r"\s+") for p in places["prefixes"])
    prefixes = re.compile(rf"\s*({before})\s+(?=\S)", re.IGNORECASE)
    return _Rules(
        {key: tuple(qs) for key, qs in found.items()}, countries, printed, codes, spots, alone, frozenset(places["worldwide"]), prefixes,
        frozenset(places["vessels"]), frozenset(places["particles"]), frozenset(fold_place(w) for w in places["words"]),
        {language: frozenset(lands) for language, lands in table["tongues"].items()},
    )


def find_qualifier(text: str) -> tuple[Qualifier, ...]:
    """The states, countries and regions that a name behind the comma may stand for.

    >>> [(q.country, q.code) for q in find_qualifier("Wis.")], len(find_qualifier("Georgia"))
    ([('US', 'WI')], 2)
    """
    return _rules().qualifiers.get(fold_place(text), ()) if len(text) <= 60 else ()


def is_worldwide(agency: str) -> bool:
    """Whether an agency is at home everywhere, so that its country says nothing about a bare place name."""
    return agency in _rules().worldwide


def is_common_word(text: str) -> bool:
    """Whether a place name is also an everyday word or a surname: `NICE`, `Jackson`."""
    return fold_place(text) in _rules().words


def split_prefix(text: str) -> tuple[str, str]:
    """The words before a place that is not the very spot, in lower case, and the place.

    >>> split_prefix("NEAR MOSUL"), split_prefix("OFFENBURG")
    (('near', 'MOSUL'), ('', 'OFFENBURG'))
    """
    if found := _rules().prefixes.match(text):
        return " ".join(found[1].lower().split()), text[found.end():]
    return "", text


def repair_case(text: str, like: str | None = None) -> str:
    """A place name printed in capitals or with slips, as it stands in running text; `like` is the same name in its right case.

    >>> repair_case("STOW-ON-THE-WOLD"), repair_case("SÃO PAULO", "São Paulo"), repair_case("MCALLEN", "McAllen")
    ('Stow-on-the-Wold', 'São Paulo', 'McAllen')
    """
    text = " ".join(text.split())
    if like is not None and len(like) == len(text) and fold_place(like) == fold_place(text):
        cased = "".join(t.upper() if c.isupper() else t.lower() for t, c in zip(text, like, strict=True))
        return cased if len(cased) == len(text) else like
    words = text.split(" ")
    if not text.isupper() and all(_is_settled(w) for w in words):
        return text
    return " ".join(_repair_word(w, at == 0) for at, w in enumerate(words))


_MIXED = re.compile(r"(?:Mc|Mac|O['’]|D['’]|L['’]|De|Di|Du|La|Le)[A-Z][a-z]+|\w+(?:[-‐‑/.'’]\w*)+")


def _is_settled(word: str) -> bool:
    """Whether a word of a name that is not all in capitals is right as it stands."""
    if word in _rules().particles or word.upper() == word.lower() or word.istitle():
        return True
    return word[0].isupper() and _MIXED.fullmatch(word) is not None and not word.isupper()


_JOINTS = re.compile(r"([-‐‑/]|(?<=\b[DdLlNnOo])['’])")


def _repair_word(word: str, first: bool) -> str:
    rules = _rules()
    if word.upper() in rules.vessels or (word.count(".") > 1 and word.isupper()):
        return word.upper()
    pieces = _JOINTS.split(word)
    whole = len(pieces) == 1
    out = []
    for at, piece in enumerate(pieces):
        low = piece.lower()
        if low in rules.particles and not (first and at == 0) and (whole or 0 < at < len(pieces) - 1):
            out.append(low)
        else:
            out.append(low[:1].upper() + low[1:])
    return "".join(out)


class _Found(NamedTuple):
    """What a folded name resolves to; the printed form is added by the caller."""

    like: str | None
    admin1: str | None
    country: str | None
    latitude: float | None
    longitude: float | None
    geonameid: int | None
    timezone: str | None
    resolution: str
    candidates: tuple[int, ...]


_NOWHERE = _Found(None, None, None, None, None, None, None, "unresolved", ())


def _code_of(city: City) -> str | None:
    """The code of a city's state as printed codes go; GeoNames' own numbers say nothing to a reader."""
    if (code := _rules().codes.get((city.country, city.admin1))) is not None:
        return code
    return city.admin1 if city.admin1.isalpha() else None


def _take_city(hit: Hit, resolution: str | None = None, admin1: str | None = None) -> _Found:
    city = hit.city
    how = resolution or ("alternate" if hit.is_alternate else "exact")
    return _Found(
        city.name, admin1 or _code_of(city), city.country, city.latitude, city.longitude, city.geonameid, city.timezone, how, (),
    )


def _weigh(hit: Hit, homes: tuple[str, ...], tongue: frozenset[str]) -> float:
    weight = float(hit.city.population + 500)
    weight *= 1 if hit.is_alternate else FIRST_NAME
    if hit.city.is_capital:
        weight *= CAPITAL_ALTERNATE if hit.is_alternate else CAPITAL
    weight *= HOME if hit.city.country in homes else 1
    return weight * (TONGUE if hit.city.country in tongue else 1)


def _is_same_town(one: City, other: City) -> bool:
    """Whether two rows are one town for a reader: Delhi and New Delhi, a city and its district."""
    return one.country == other.country and abs(one.latitude - other.latitude) < 0.3 and abs(one.longitude - other.longitude) < 0.3


def _resolve(gazetteer: Gazetteer, key: str, qualifier: str | None, homes: tuple[str, ...], language: str | None) -> _Found:
    rules = _rules()
    hits = gazetteer.find(key)
    asked = rules.qualifiers.get(qualifier, ()) if qualifier else ()
    weight = {id(h): _weigh(h, homes, rules.tongues.get(language or "", frozenset())) for h in hits}
    hits.sort(key=lambda h: -weight[id(h)])
    if asked:
        return _resolve_qualified(gazetteer, key, hits, asked, homes)
    if (spot := rules.spots.get(key)) is not None:
        return _take_spot(gazetteer, spot)
    alone = rules.stand_alone.get(key)
    if alone is not None and not (homes and alone not in homes and any(h.city.country in homes and weight[id(h)] > 5e6 for h in hits[:3])):
        for hit in hits:
            if hit.city.country == alone:
                return _take_city(hit)
    if (land := rules.countries.get(key)) is not None and not any(h.city.is_capital and h.city.country in land.countries for h in hits):
        return _NOWHERE._replace(country=land.country, resolution="overlay", like=rules.printed[key])
    if not hits:
        state = next((q for q in rules.qualifiers.get(key, ()) if q.code), None)
        return _NOWHERE._replace(country=state.country, admin1=state.code, resolution="overlay") if state else _NOWHERE
    rivals = [h for h in hits if weight[id(h)] * MARGIN > weight[id(hits[0])] and not _is_same_town(h.city, hits[0].city)]
    if not rivals:
        return _take_city(hits[0])
    best = [hits[0], *rivals][:3]
    lands = {h.city.country for h in (hits[0], *rivals)}
    ids = tuple(h.city.geonameid for h in best)
    return _Found(best[0].city.name, None, lands.pop() if len(lands) == 1 else None, None, None, None, None, "ambiguous", ids)


def _take_spot(gazetteer: Gazetteer, spot: Spot) -> _Found:
    """A place of the overlay: the town it stands for, or itself."""
    if spot.town:
        towns = [h for h in gazetteer.find(fold_place(spot.town)) if spot.country in (None, h.city.country)]
        if towns:
            found = _take_city(max(towns, key=lambda h: _weigh(h, (), frozenset())), "overlay")
            if fold_place(spot.printed) == fold_place(spot.town):
                found = found._replace(resolution="exact")
            # Where the overlay has coordinates and no country, several claim the town.
            if spot.country is None and spot.latitude is not None:
                found = found._replace(country=None, admin1=None)
            return found._replace(like=spot.printed)
    return _Found(spot.printed, None, spot.country, spot.latitude, spot.longitude, None, spot.timezone, "overlay", ())


def _resolve_qualified(
    gazetteer: Gazetteer, key: str, hits: list[Hit], asked: tuple[Qualifier, ...], homes: tuple[str, ...],
) -> _Found:
    """A place with a state, country or region printed behind it: that decides, also where the gazetteer lacks the place."""
    asked = tuple(sorted(asked, key=lambda q: q.country not in homes))
    spot = _rules().spots.get(key)
    for one in asked:
        for hit in hits:
            if hit.city.country in one.countries and one.geonames in (None, hit.city.admin1):
                found = _take_city(hit, admin1=one.code)
                return found._replace(country=None, admin1=None) if spot and spot.town and spot.country is None else found
        if spot and spot.country in (*one.countries, None) and one.geonames is None:
            return _take_spot(gazetteer, spot)
    if spot and spot.country is not None and any(spot.country in q.countries for q in asked):
        return _take_spot(gazetteer, spot)._replace(admin1=next(q.code for q in asked if spot.country in q.countries))
    free = [q for q in asked if not q.countries]
    if free and hits:
        return _take_city(hits[0])._replace(country=None, admin1=None)
    first = asked[0]
    return _NOWHERE._replace(country=first.country, admin1=first.code)


def resolve_place(
    text: str, *, gazetteer: Gazetteer, qualifier: str | None = None, agency_country: str | None = None, language: str | None = None,
    profile: Profile = HOUSELESS,
) -> Place:
    """The place that a printed name means, with country, state and coordinates as far as they can be told.

    In this order: the printed qualifier; names that stand alone; the home of the house or agency; the first name of a town before its other
    names; capitals; population. Where the two best are within a factor of five nothing is chosen: resolution `ambiguous`, with candidates.

    >>> place = resolve_place("LA CROSSE", qualifier="Wis.", gazetteer=builtin_gazetteer())
    >>> place.name, place.admin1, place.country, place.latitude
    ('La Crosse', 'WI', 'US', 43.8)
    """
    if len(text) > 80:
        return Place(text, text)
    homes = tuple(c for c in (profile.home_country, agency_country) if c)
    return _resolve_printed(gazetteer, text, qualifier, homes, language or profile.language)


@lru_cache(maxsize=20_000)
def _resolve_printed(gazetteer: Gazetteer, text: str, qualifier: str | None, homes: tuple[str, ...], language: str | None) -> Place:
    prefix, bare = split_prefix(text)
    words = bare.split()
    if prefix.startswith(("aboard", "on board")) and fold_place(bare) not in _rules().spots:
        return Place(text, repair_case(bare), resolution="overlay" if words and words[0].upper() in _rules().vessels else "unresolved")
    found = _resolve(gazetteer, fold_place(bare), fold_place(qualifier) if qualifier else None, homes, language)
    printed = text if not qualifier else f"{text}, {qualifier}"
    return Place(printed, repair_case(bare, found.like), *found[1:])
