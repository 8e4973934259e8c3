"""What database exports print beside a story: its day, and how many documents there are."""

from __future__ import annotations

import re

from transforms.dates import find_dates, find_month, parse_published

LONGEST_DAY = 90
"""Characters of a line that may be a day with its weekday, its time and its edition."""
_MONTH_ONLY = re.compile(r"([^\W\d_]{3,12})\.?,?(?: de| del)? ((?:1[89]|20)\d\d)")
_SEASON = re.compile(r"(?:Spring|Summer|Autumn|Fall|Winter)(?: Edition)?,? (?:1[89]|20)\d\d(?:/\d{2,4})?", re.IGNORECASE)
_CLOCK = re.compile(r"\d{1,2}[:.]\d\d(?::\d\d)?(?:\s?[ap]\.?m\b|\s|$)|\d{1,2}\s?[ap]\.?m\b", re.IGNORECASE)
_RANGE = re.compile(r"(\d{1,7})(?:\s?[-–]\s?(\d{1,7}))?")


def is_day(line: str) -> bool:
    """Whether a line is a day of publication: it opens with a day or its weekday, and the year is printed.

    >>> is_day("January 20, 2009 Tuesday 8:27 PM AEST"), is_day("Mittwoch 31. August 2011"), is_day("The fair of May 3, 2019 was a success")
    (True, True, False)
    >>> is_day("März 2009"), is_day("The Example Post")
    (True, False)
    """
    line = " ".join(line.split())
    if not line or len(line) > LONGEST_DAY or not any(c.isdigit() for c in line):
        return False
    if _SEASON.fullmatch(line):
        return True
    if (month := _MONTH_ONLY.fullmatch(line)) and find_month(month[1]):
        return True
    if parse_published(line).day:
        return True
    return any(day.year is not None and day.is_valid and day.start <= 14 and not line[:day.start].strip(" ,.") for day in find_dates(line))


def read_day(lines: list[str], language: str | None = None) -> tuple[str, str | None]:
    """The day, with its time where that can be read, as one value; and the lines below it that are no part of it.

    >>> read_day(["April 20, 2003, Sunday", "23:22 Central European Time"])
    ('April 20, 2003, Sunday', '23:22 Central European Time')
    >>> read_day(["March 5, 2019 Tuesday", "8:27 PM GMT"])
    ('March 5, 2019 Tuesday 8:27 PM GMT', None)
    """
    first, rest = " ".join(lines[0].split()), [" ".join(line.split()) for line in lines[1:]]
    if rest and _CLOCK.match(rest[0]):
        whole = f"{first} {rest[0]}"
        if parse_published(whole, language=language).at:
            first, rest = whole, rest[1:]
    if parse_published(first, language=language).at is None:
        for day in find_dates(first):
            if day.year is not None and day.is_valid and first[day.end:].strip():
                rest.insert(0, first[day.end:].strip(" ,;"))
                first = first[:day.end].rstrip(" ,;")
            break
    return first, "\n".join(filter(None, rest)) or None


def count_ranges(text: str) -> int | None:
    """How many documents a request names: `1-10, 15`.

    >>> count_ranges("1201-1262"), count_ranges("1,3,5-9"), count_ranges("all")
    (62, 7, None)
    """
    total = 0
    for found in _RANGE.finditer(text[:2_000]):
        first, last = int(found[1]), int(found[2] or found[1])
        total += max(0, last - first) + 1
    return total or None
