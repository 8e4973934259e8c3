"""Where a picture was taken, as its caption says: a town beside its country or state, or beside a full date."""

from __future__ import annotations

import re
from collections.abc import Iterator

from transforms.dates import list_caption_dates
from transforms.gazetteer import Gazetteer
from transforms.model import Place
from transforms.places import find_qualifier, resolve_place

LONGEST_CAPTION = 2500
MOST_PLACES = 4

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĐĎĒĘĚĞĢİĪĶŁŃŇŌŐŘŚŞŠŤŪŮŰŽŹŻА-Я"
_TOWN = rf"[{_UPPER}][\w'’.-]{{1,30}}(?: (?:(?:de|del|do|da|la|le|las|los|am|an der|upon|sur) )?[{_UPPER}][\w'’-]{{1,30}}){{0,3}}"
_WHERE = r"(?:in|near|at|outside|off|à|près de|en|em|a|bei|nahe|vicino a|cerca de|perto de|w|v|i|в|près d['’])"
_QUALIFIED = re.compile(
    rf"(?<!\w){_WHERE} (?P<town>{_TOWN})(?:,? \((?P<inner>[^()]{{2,40}})\)"
    rf"|, (?:(?:(?:north|south|east|west|central)\w* )?(?P<owner>[{_UPPER}]\w+)['’]s "
    rf"|(?:the )?(?P<outer>[{_UPPER}][\w.'’-]*(?: (?:and |of )?[{_UPPER}][\w.'’-]*){{0,3}})))"
)
_SLUG = re.compile(
    rf"(?P<town>[{_UPPER}][{_UPPER}'’.-]+(?: [{_UPPER}][{_UPPER}'’.-]+){{0,3}}), (?P<outer>[{_UPPER}][{_UPPER} .'’-]{{2,30}}?)"
    rf" [-–—] (?=[{_UPPER}]{{3}})"
)
_BEFORE_DAY = re.compile(rf"(?<!\w){_WHERE} (?P<town>{_TOWN})(?: \([^()]{{2,30}}\))?,? (?:on |le |am |el |em |il |den )?$")
_BEHIND_DAY = re.compile(rf",? {_WHERE} (?P<town>{_TOWN})(?=[\s,.;:()]|$)")


def find_caption_places(caption: str, *, gazetteer: Gazetteer, language: str | None = None) -> tuple[Place, ...]:
    """The places that a caption prints with their country or state, or side by side with a full date.

    A town alone in a caption may be where its subject comes from; such a one is left out.

    >>> text = "The minister arrives in Brussels, Belgium March 23, 2021."
    >>> from transforms.gazetteer import builtin_gazetteer
    >>> [(p.text, p.country) for p in find_caption_places(text, gazetteer=builtin_gazetteer())]
    [('Brussels, Belgium', 'BE')]
    """
    found: dict[tuple[str, str | None], Place] = {}
    for town, qualifier in _printed_places(caption[:LONGEST_CAPTION]):
        place = resolve_place(town, qualifier=qualifier, gazetteer=gazetteer, language=language)
        if place.country is not None and (qualifier or place.resolution in {"exact", "overlay"}):
            found.setdefault((place.name, place.country), place)
        if len(found) == MOST_PLACES:
            break
    return tuple(found.values())


def _printed_places(text: str) -> Iterator[tuple[str, str | None]]:
    """Towns with what narrows them down, in the order of their evidence: a country or state first, a date beside them second."""
    qualified: set[str] = set()
    slug = _SLUG.match(text)
    for match in (*([slug] if slug else ()), *_QUALIFIED.finditer(text)):
        parts = match.groupdict()
        outer = parts.get("inner") or parts.get("owner") or _cut_qualifier(match["outer"] or "")
        if outer and find_qualifier(outer):
            qualified.add(match["town"])
            yield match["town"].rstrip("."), outer
    for day in list_caption_dates(text):
        if day.year is None:
            continue
        for beside in (_BEFORE_DAY.search(text[max(0, day.start - 90):day.start]), _BEHIND_DAY.match(text, day.end)):
            if beside and beside["town"] not in qualified:
                yield beside["town"].rstrip("."), None


def _cut_qualifier(words: str) -> str | None:
    """The longest beginning of a run of capitalised words that is a country or a state: `Belgium March` begins with one.

    >>> _cut_qualifier("South Korea Tuesday"), _cut_qualifier("Monday")
    ('South Korea', None)
    """
    parts = words.split()
    for size in range(min(len(parts), 4), 0, -1):
        candidate = " ".join(parts[:size])
        if find_qualifier(candidate):
            return candidate
        if find_qualifier(candidate.rstrip(".'’")):
            return candidate.rstrip(".'’")
    return None
