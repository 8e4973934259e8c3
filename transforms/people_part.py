"""One part of a list of people, between its commas and `and`s: a name, a house, a title, a place, with what is glued to it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from transforms.agencies import NAMES_KEPT, find_agency
from transforms.names import is_common, is_generic, is_given, is_initials, is_listed, is_organisation, is_person, measure_name
from transforms.titles import is_house_phrase, is_place_phrase, is_title, split_title

_PLACED = re.compile(
    r"(?:,\s*)?(?:(?i:reporting|writing)\s+)?(?:in|at|from|near|outside|aboard|on board|IN|AT|FROM|en|à|au|em|i|w|из|в|da|aus)\s+"
    r"(?P<the>(?:the|THE)\s+)?(?P<place>\S.*)",
    re.DOTALL,
)
_HIRED = re.compile(
    r"(?:,\s*)?(?:(?i:special|exclusive)(?:ly)?\s+)?(?:[Ff]or|[Oo]f|to|TO|FOR|OF|with|für|pour|para|per)\s+(?P<house>(?:(?i:the|a)\s+)?\S.*)",
    re.DOTALL,
)
_BRACKETS = re.compile(r"[(\[]\s*(?:(?:avec|with|mit|con|med|for|of)\s+)?(?P<inside>[^()\[\]]{1,60}?)\s*[)\]]\s*(?P<more>.*)", re.DOTALL)
_OUR_MAN = re.compile(r"(?i:(?:from\s+)?(?:our|a|an)\s+(?:own\s+|special\s+|staff\s+)*\w*\s*(?:correspondents?|reporters?|writers?|staff))\b.*")
_REPORTS = re.compile(r"(?:reporter|writer|correspondent|editor|columnist|journalist|critic|photographer)s?$", re.IGNORECASE)
_WORD = re.compile(r"\S+")
_ARTICLE = re.compile(r"^(?:the|a)\s+")
_DESK_PLACE = re.compile(r"\s(?:in|at)\s+(?P<place>[A-Z].*)$")
_LOOSE_NAME = re.compile(r"[^\W\d_]+(?:[ '’.-]{1,2}[^\W\d_]+){0,3}\.?")
_LOWER_NAME = re.compile(r"[^\W\d_]{3,20}(?:\s[^\W\d_]{2,20}){1,2}")


class Chunk(NamedTuple):
    """What a part is, and where in it the name stands."""

    kind: str
    """name, house, title, place or unknown."""
    start: int = 0
    end: int = 0
    title: str | None = None
    affiliation: str | None = None
    place: str | None = None


class _Reading(NamedTuple):
    """How a part is looked at: the reader's ways, and what it has found before."""

    strict: bool
    loose: bool
    has_entries: bool
    has_person: bool


@lru_cache(maxsize=NAMES_KEPT)
def classify_part(printed: str, strict: bool, loose: bool, has_entries: bool, has_person: bool) -> Chunk:
    """What a part is; the list has entries, or a person, before it.

    >>> classify_part("Ann Lee in Beirut", False, False, False, False)[:6]
    ('name', 0, 7, None, None, 'Beirut')
    """
    if len(printed) > 160:
        return Chunk("unknown")
    kind = _Reading(strict, loose, has_entries, has_person)
    if printed[:1] in "([" and (inside := _BRACKETS.fullmatch(printed)):
        printed_inside = inside["inside"]
        return Chunk("hired", affiliation=printed_inside) if is_organisation(printed_inside) else Chunk("place", place=printed_inside)
    if (placed := _PLACED.fullmatch(printed)) and printed[:1].islower() and is_place_phrase(placed["place"]):
        return Chunk("place", place=placed["place"])
    if (hired := _HIRED.fullmatch(printed)) and not is_person(printed) and is_house_phrase(hired["house"]):
        return Chunk("hired", affiliation=hired["house"])
    if find_agency(printed) or is_generic(printed) or _OUR_MAN.fullmatch(printed):
        return Chunk("house")
    if (chunk := _read_titled(printed, strict=kind.strict)) is not None:
        return chunk
    if is_title(printed) and (kind.has_entries or not kind.strict):
        return Chunk("title")
    chunk = _read_name(printed, kind)
    if (chunk.kind == "unknown" or chunk.end == len(printed)) and is_organisation(printed) and is_house_phrase(printed):
        return _read_desk(printed)
    return chunk


def _read_name(printed: str, kind: _Reading) -> Chunk:
    size = measure_name(printed)
    rest = printed[size:].strip()
    name = printed[:size]
    if not rest and is_organisation(name) and " " in name and not _cut_house(name, strict=kind.strict):
        return Chunk("unknown")
    if not rest and (cut := _cut_house(name, strict=kind.strict)):
        return Chunk("name", 0, cut[0], affiliation=cut[1])
    if name and _is_name(name, kind):
        if not rest:
            return Chunk("name", 0, size)
        if rest[:1] in "([" and (inside := _BRACKETS.fullmatch(rest)) and (not inside["more"] or _PLACED.fullmatch(inside["more"])):
            house = is_organisation(inside["inside"])
            return Chunk("name", 0, size, affiliation=inside["inside"] if house else None, place=None if house else inside["inside"])
        if (placed := _PLACED.fullmatch(rest)) and is_place_phrase(placed["place"]):
            return Chunk("name", 0, size, place=placed["place"])
        if (hired := _HIRED.fullmatch(rest)) and is_house_phrase(hired["house"]):
            house_name = hired["house"]
            return Chunk("name", 0, size, affiliation=_ARTICLE.sub("", house_name))
        if rest.startswith(("-", "–", "—")) and is_title(rest[1:].strip()):
            return Chunk("name", 0, size, title=rest[1:].strip())
    if not kind.strict and _LOWER_NAME.fullmatch(printed) and is_given(printed.split()[0]) and not is_common(printed.split()[0]):
        return Chunk("name", 0, len(printed))
    if kind.loose and 0 < len(printed) <= 60 and not is_initials(printed) and _LOOSE_NAME.fullmatch(printed):
        return Chunk("name", 0, len(printed))
    return Chunk("unknown")


def _is_name(name: str, kind: _Reading) -> bool:
    if " " in name or "." in name[:-1]:
        return is_person(name, strict=kind.strict and not kind.has_person)
    return is_person(name, mononym=not kind.strict)


def _read_desk(printed: str) -> Chunk:
    """`Bengaluru newsroom`, `Rome bureau in Italy`: a desk and the place in its name or behind it."""
    if placed := _DESK_PLACE.search(printed):
        return Chunk("house", 0, placed.start(), place=placed["place"])
    words = printed.split()
    if words[-1].casefold() in ("newsroom", "newsrooms", "bureau", "bureaus", "bureaux", "desk", "office"):
        words = words[words[0].casefold() == "the" :]
        city = " ".join(words[:-1])
        if city and city[0].isupper() and not is_common(words[0]) and not find_agency(words[0]) and not is_listed(words[-2], "organisations"):
            return Chunk("house", 0, len(printed), place=city)
    return Chunk("house", 0, len(printed))


def _cut_house(name: str, *, strict: bool) -> tuple[int, str] | None:
    """`Jane Roe Reuters`: the house printed behind a name of two words or more, with no comma."""
    if len(name.split()) < 3:
        return None
    spots = [m.span() for m in _WORD.finditer(name)]
    for cut in range(2, len(spots)):
        house = name[spots[cut][0] :]
        if find_agency(house) and is_person(name[: spots[cut - 1][1]], strict=strict):
            return spots[cut - 1][1], house
    return None


def _read_titled(printed: str, *, strict: bool) -> Chunk | None:
    """A title before the name (`Staff writer Ann Lee`, `CNN's Ann Lee`) or behind it without a comma (`Ann Lee Ireland correspondent`)."""
    words = printed.split()
    if len(words) < 2:
        return None
    spots = [m.span() for m in _WORD.finditer(printed)]
    for k in range(1, min(len(words), 7)):
        word = words[k - 1]
        owned = word.endswith(("'s", "’s", "s'", "s’"))
        if owned or is_listed(word.rstrip(",:"), "titles") or (k < len(words) - 1 and find_agency(printed[: spots[k - 1][1]]) is not None):
            at = spots[k][0]
            if is_listed(words[k].rstrip(",:"), "titles") or is_listed(words[k], "title_openers"):
                continue
            size = measure_name(printed[at:])
            name = printed[at : at + size]
            rest = printed[at + size :].strip()
            placed = _PLACED.fullmatch(rest) if rest else None
            if not is_person(name, strict=strict) or (" " not in name and not owned) or is_organisation(name) or is_title(printed[at:]):
                continue
            before = printed[: spots[k - 1][1]].rstrip(",:")
            if strict and not owned and not _REPORTS.search(before):
                continue
            opens = before[:1].isupper() or is_listed(words[0], "titles") or is_listed(words[0], "title_openers")
            if not (owned or opens or find_agency(words[0])):
                continue
            if rest and not (placed and is_place_phrase(placed["place"])):
                continue
            house, title = (before[:-2] if before[-1] in "sS" else before[:-1], None) if owned and not is_title(before) else split_title(before)
            return Chunk("name", at, at + size, title or "", house, placed["place"] if placed else None)._replace(title=title)
    if len(words) >= 3 and is_listed(words[-1].rstrip("."), "titles"):
        return _read_title_behind(printed, spots, words, strict=strict)
    return None


def _read_title_behind(printed: str, spots: list[tuple[int, int]], words: list[str], *, strict: bool) -> Chunk | None:
    k = 2
    house = next((i for i in range(2, len(words) - 1) if words[i].isupper() and len(words[i]) < 5 and find_agency(words[i])), None)
    if house is not None and is_person(name := printed[: spots[house - 1][1]], strict=strict):
        # JANE ROE AP Business Writer
        return Chunk("name", 0, len(name), title=printed[spots[house][0] :])
    while k < len(words) - 1 and (is_listed(words[k - 1], "particles") or len(words[k - 1].rstrip(".")) == 1 or is_listed(words[k], "suffixes")):
        k += 1
    if k < len(words) - 2 and is_given(words[k - 1]) and not is_common(words[k - 1]) and words[k][0].isupper() and not is_common(words[k]):
        k += 1
    name = printed[: spots[k - 1][1]]
    sure = strict or is_given(words[0]) or not (is_common(words[0]) or is_common(words[1]))
    if k >= len(words) or not sure or measure_name(name) != len(name) or not is_person(name, strict=strict) or is_title(name):
        return None
    return Chunk("name", 0, spots[k - 1][1], title=printed[spots[k][0] :])
