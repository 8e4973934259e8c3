"""What an article says about itself twice, gathered for the checks that compare: weekdays, agencies, script and language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from transforms.agencies import find_agency, split_agencies
from transforms.dates import find_dates, find_weekday
from transforms.model import Article

LEAD = 300
"""Characters of the body in which a lead names its day."""
SAMPLE = 400
"""Characters of the body that tell its script."""
ENOUGH = 20
"""Fewer letters than this tell no script."""
MARKS = ".,;:!?()[]«»“”„‘’\"'"
LONGEST_WORD = 20
DIGIT = re.compile(r"\d")
SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Latn", re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")), ("Cyrl", re.compile("[\u0400-\u052f]")), ("Jpan", re.compile("[\u3040-\u30ff]")),
    ("Hani", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")), ("Arab", re.compile("[\u0600-\u06ff\u0750-\u077f]")),
    ("Hang", re.compile("[\uac00-\ud7af]")), ("Grek", re.compile("[\u0370-\u03ff\u1f00-\u1fff]")), ("Hebr", re.compile("[\u0590-\u05ff]")),
    ("Thai", re.compile("[\u0e00-\u0e7f]")), ("Deva", re.compile("[\u0900-\u097f]")), ("Beng", re.compile("[\u0980-\u09ff]")),
    ("Taml", re.compile("[\u0b80-\u0bff]")), ("Geor", re.compile("[\u10a0-\u10ff]")), ("Armn", re.compile("[\u0530-\u058f]")),
)
"""ISO 15924 codes and their letters."""


class DatedWeekday(NamedTuple):
    """`Tuesday, March 24`: a weekday printed with a day; 0 is Monday, and the year is seldom printed."""

    weekday: int
    month: int
    day: int
    year: int | None


class Evidence(NamedTuple):
    """What one article says of its day, its agencies and its script, apart from what stands in its columns."""

    lead_weekdays: int
    """Bit n is set where the lead names weekday n, Monday being 0."""
    dated_weekdays: tuple[DatedWeekday, ...]
    """Weekdays that the lead prints together with a day."""
    script: str | None
    """The script that most letters of the body are in; None where there are too few."""
    other_agencies: tuple[str, ...] | None
    """Agencies of byline, sign-off and source line where none of them is the dateline's; None where there is nothing to compare."""
    credit_agencies: tuple[str, ...] | None
    """Agencies of the pictures' credits where none of them is the dateline's; None where there is nothing to compare."""


def gather_evidence(article: Article) -> Evidence:
    """What an article's parts say of the same things."""
    body = article.body
    filed = frozenset(article.dateline.agencies) if article.dateline else frozenset[str]()
    lead = body[:LEAD]
    weekdays = mark_weekdays(lead)
    return Evidence(
        weekdays, find_dated(lead) if weekdays else (), tell_script(body[:SAMPLE]),
        compare_agencies(filed, name_agencies(article)) if filed else None,
        compare_agencies(filed, (agency for photo in article.photos for agency in photo.credit.agencies)) if filed and article.photos else None,
    )


def mark_weekdays(lead: str) -> int:
    """The weekdays that a lead names, as bits.

    >>> bin(mark_weekdays("The ferry sank on Monday, the harbour master said on Wednesday."))
    '0b101'
    """
    found = 0
    for bit in map(mark_weekday, lead.split()):
        found |= bit
    return found


def find_dated(lead: str) -> tuple[DatedWeekday, ...]:
    """The weekdays that stand with a day.

    >>> find_dated("The ferry sank on Tuesday, March 24, and was raised on Friday.")
    (DatedWeekday(weekday=1, month=3, day=24, year=None),)
    """
    if not DIGIT.search(lead):
        return ()
    return tuple(DatedWeekday(d.weekday, d.month, d.day, d.year) for d in find_dates(lead) if d.weekday is not None and d.is_valid)


@lru_cache(maxsize=1 << 14)
def mark_weekday(printed: str) -> int:
    """The bit of the weekday that a word names, 0 for any other word: words of three letters may be a sun or a mon."""
    word = printed.strip(MARKS)
    day = find_weekday(word) if 4 <= len(word) <= LONGEST_WORD else None
    return 0 if day is None else 1 << day


def tell_script(sample: str) -> str | None:
    """The script of most letters; kana anywhere among Han characters make it Japanese.

    >>> tell_script("The ferry was late again."), tell_script("Паром снова опоздал на час."), tell_script("12.30")
    ('Latn', 'Cyrl', None)
    """
    if sample.isascii():
        return "Latn" if sum(map(str.isalpha, sample[:2 * ENOUGH])) >= ENOUGH or sum(map(str.isalpha, sample)) >= ENOUGH else None
    counts = {script: len(pattern.findall(sample)) for script, pattern in SCRIPTS}
    if counts["Jpan"]:
        counts["Jpan"] += counts.pop("Hani")
    script = max(counts, key=lambda name: counts[name])
    return script if counts[script] >= ENOUGH else None


def name_agencies(article: Article) -> set[str]:
    """The agencies that byline, sign-off, tagline and source line name."""
    named = set()
    for person in article.contributors:
        if person.origin == "dateline":
            continue
        if not person.is_person and (agency := find_agency(person.name)):
            named.add(agency.id)
        if person.affiliation and (agency := find_agency(person.affiliation)):
            named.add(agency.id)
    if article.source_line:
        named |= {agency.id for agency in split_agencies(article.source_line.rpartition(":")[2].strip()).agencies}
    return named


def compare_agencies(filed: frozenset[str], named: Iterable[str]) -> tuple[str, ...] | None:
    """The agencies that are named where none is the dateline's; nothing where one is, None where none is named.

    >>> compare_agencies(frozenset({"ap"}), ["dpa"]), compare_agencies(frozenset({"ap"}), ["ap", "dpa"]), compare_agencies(frozenset({"ap"}), [])
    (('dpa',), (), None)
    """
    others = set(named)
    if not others:
        return None
    return () if filed & others else tuple(sorted(others))
