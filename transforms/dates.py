"""Printed dates and time stamps in many languages, and the year that a dateline leaves out."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

EARLIEST, LATEST = -35, 2
"""Days from publication at which a dateline's day is taken for granted: filed up to five weeks before, or a time zone ahead."""
DOUBTFUL = 60
"""Up to so many days either way the year is still certain, the day a likely slip; beyond, neither."""
CAPTION_EARLIEST, CAPTION_LATEST = -2, 10
"""Days from a picture's date to the dateline's. Older pictures are from the archive and say nothing about the year."""
LONGEST_STAMP = 80
LONGEST_CAPTION = 5_000
LONGEST_WORD = 40
WORDS_KEPT = 8192
DAYS_KEPT = 4096


class PrintedDate(NamedTuple):
    """A day as printed, with its span in the text searched. `year` and `weekday` (0 is Monday) are None where not printed."""

    month: int
    day: int
    year: int | None
    weekday: int | None
    start: int
    end: int

    @property
    def is_valid(self) -> bool:
        """Whether there is such a day, in a leap year where none is printed.

        >>> PrintedDate(2, 30, None, None, 0, 6).is_valid
        False
        """
        return make_day(self.year or 2000, self.month, self.day) is not None


class ResolvedDate(NamedTuple):
    """The day of a dateline, where its year comes from (a DATE_BASES value), and what is doubtful."""

    date: dt.date | None
    basis: str
    warnings: tuple[str, ...] = ()


class Published(NamedTuple):
    """A time of publication in UTC, how its zone was known (a PUBLISHED_BASES value), and the day as printed."""

    at: dt.datetime | None
    basis: str | None
    day: dt.date | None


NEVER = Published(None, None, None)


class _Words(NamedTuple):
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    zones: Mapping[str, int | str]
    day_first: frozenset[str]
    labels: re.Pattern[str]
    joints: re.Pattern[str]


def _fold(word: str) -> str:
    return word.casefold().replace("ı", "i").replace("i\u0307", "i").rstrip(".")


def _one_meaning(table: Mapping[str, list[str]]) -> dict[str, int]:
    """Form to number; ValueError when a form has two."""
    found: dict[str, int] = {}
    for number, forms in table.items():
        for form in forms:
            if found.setdefault(_fold(form), int(number)) != int(number):
                raise ValueError(f"dates.toml: {form!r} has two meanings")
    return found


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))


@cache
def _words() -> _Words:
    table = tomllib.loads(files("transforms.rules").joinpath("dates.toml").read_text("utf-8"))
    stamps = table["stamps"]
    return _Words(
        _one_meaning(table["months"]), _one_meaning(table["weekdays"]), table["zones"], frozenset(stamps["day_first"]),
        re.compile(rf"(?:{_any_of(stamps['labels'])})\s*:?\s+", re.IGNORECASE),
        re.compile(rf"\s*(?:[,|·•–-]\s*|T(?=\d)|\s)(?:(?:{_any_of(stamps['joints'])})\.?\s+)?", re.IGNORECASE),
    )


def find_month(word: str) -> int | None:
    """The month that a word names, in any language known, with or without a full stop.

    >>> find_month("Sept."), find_month("LUG"), find_month("Monday")
    (9, 7, None)
    """
    return _find_month(word) if len(word) <= LONGEST_WORD else _words().months.get(_fold(word))


@lru_cache(maxsize=WORDS_KEPT)
def _find_month(word: str) -> int | None:
    return _words().months.get(_fold(word))


def find_weekday(word: str) -> int | None:
    """The weekday that a word names; 0 is Monday.

    >>> find_weekday("Wednesday"), find_weekday("lundi")
    (2, 0)
    """
    return _find_weekday(word) if len(word) <= LONGEST_WORD else _words().weekdays.get(_fold(word))


@lru_cache(maxsize=WORDS_KEPT)
def _find_weekday(word: str) -> int | None:
    return _words().weekdays.get(_fold(word))


@lru_cache(maxsize=DAYS_KEPT)
def make_day(year: int, month: int, day: int) -> dt.date | None:
    """That day, or None where the calendar has none such.

    >>> make_day(2021, 2, 29)
    """
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


_ENGLISH = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)
_NUMBER = re.compile(r"(?<![\d.,:])\d{1,4}(?![\d%])")
_WORD_LEFT = re.compile(r"([^\W\d_]{3,12})\.?\s*\Z")
_MONTH_RIGHT = re.compile(r"(?:st|nd|rd|th|er|ers|º|ª|°|\.)?\s*(?:de\s+|of\s+|d['’])?([^\W\d_]{3,12})\.?")
_YEAR_RIGHT = re.compile(r"(?:st|nd|rd|th)?\s*,?\s*(?:de\s+|del\s+)?((?:1[89]|20)\d\d)(?![\d%])\.?")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)(?!\w)|\.(?=\s*(?:$|[,)]))")
_DAY_RIGHT = re.compile(r"\s*(\d{1,2})(?!\d)\.?")
_NUMERIC = re.compile(r"\d{1,2}\.\s?(\d{1,2})\.\s?((?:1[89]|20)\d\d)(?!\d)")
_ISO = re.compile(r"-(\d\d)-(\d\d)(?!\d)")
_CJK = re.compile(r"(?:((?:1[89]|20)\d\d)\s?[年년]\s?)?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일号號]")
_WEEKDAY_LEFT = re.compile(r"([^\W\d_]{3,13})\.?,?\s*\Z")
_WEEKDAY_RIGHT = re.compile(r"[,.\s]*\s([^\W\d_]{3,13})\b")


def _read_slip(word: str) -> int | None:
    """The month of a mistyped English name: a letter lost or added at its end, wrong, or two swapped."""
    word = word.lower()
    if len(word) < 4:
        return None
    for month, name in enumerate(_ENGLISH, 1):
        if len(name) < 4:
            continue
        if name.startswith(word) or (word.startswith(name) and len(word) == len(name) + 1):
            return month
        if len(word) == len(name) and word[0] == name[0]:
            wrong = [at for at, (a, b) in enumerate(zip(word, name, strict=True)) if a != b]
            if len(wrong) == 1 or (len(wrong) == 2 and word[wrong[0]] == name[wrong[1]] and word[wrong[1]] == name[wrong[0]]):
                return month
    return None


def _read_at(text: str, number: re.Match[str], with_slips: bool) -> PrintedDate | None:
    """The date of which a number is the first or second part."""
    start, end, digits = number.start(), number.end(), number[0]
    if len(digits) > 2:
        if len(digits) == 4 and (iso := _ISO.match(text, end)):
            return PrintedDate(int(iso[1]), int(iso[2]), int(digits), None, start, iso.end())
        word = _MONTH_RIGHT.match(text, end)
        if word and (month := _find_month(word[1])) and (day := _DAY_RIGHT.match(text, word.end())):
            return PrintedDate(month, int(day[1]), int(digits), None, start, day.end())
        return None
    left = _WORD_LEFT.search(text, max(0, start - 16), start)
    if left and (month := _find_month(left[1])):
        year = _YEAR_RIGHT.match(text, end)
        if year is None and (ordinal := _ORDINAL.match(text, end)):
            end = ordinal.end()
        return PrintedDate(month, int(digits), int(year[1]) if year else None, None, left.start(), year.end() if year else end)
    if (word := _MONTH_RIGHT.match(text, end)) and (month := _find_month(word[1])):
        year = _YEAR_RIGHT.match(text, word.end())
        return PrintedDate(month, int(digits), int(year[1]) if year else None, None, start, year.end() if year else word.end())
    if with_slips and left and (month := _read_slip(left[1])):
        return PrintedDate(month, int(digits), None, None, left.start(), end)
    if numeric := _NUMERIC.match(text, start):
        return PrintedDate(int(numeric[1]), int(digits), int(numeric[2]), None, start, numeric.end())
    return None


def find_dates(text: str, *, with_slips: bool = False) -> Iterator[PrintedDate]:
    """The days printed in a short text, in order, with the weekday beside them; `with_slips` reads `Marc 3` as March.

    >>> [(d.day, d.month, d.year, d.weekday) for d in find_dates("GRAZ, Monday, 3 March 2014 (XYZ)")]
    [(3, 3, 2014, 0)]
    """
    at, is_ascii = 0, text.isascii()
    while number := _NUMBER.search(text, at):
        at = number.end()
        found: PrintedDate | None
        if not is_ascii and (east := _CJK.match(text, number.start())) is not None:
            found = PrintedDate(int(east[2]), int(east[3]), int(east[1]) if east[1] else None, None, *east.span())
        else:
            found = _read_at(text, number, with_slips)
        if found is None:
            continue
        at = found.end
        left = _WEEKDAY_LEFT.search(text, max(0, found.start - 18), found.start)
        if left and (weekday := _find_weekday(left[1])) is not None:
            found = found._replace(weekday=weekday, start=left.start())
        elif (right := _WEEKDAY_RIGHT.match(text, found.end)) and (weekday := _find_weekday(right[1])) is not None:
            found = found._replace(weekday=weekday, end=right.end())
        yield found


@lru_cache(maxsize=64)
def list_caption_dates(text: str) -> tuple[PrintedDate, ...]:
    """The days printed in a caption, kept for the next who asks: its day and its places are both told by them.

    >>> [d.year for d in list_caption_dates("The town hall in Graz on March 3, 2014, and in May.")]
    [2014]
    """
    return tuple(find_dates(text[:LONGEST_CAPTION]))


_ANY_YEAR = re.compile(r"(?:1[89]|20)\d\d")


def find_caption_date(text: str) -> dt.date | None:
    """The first full day, with its year, printed in a caption.

    >>> find_caption_date("Ann Roe opens the fair in Graz, Austria March 23, 2021. ECHO/Jo Bloggs")
    datetime.date(2021, 3, 23)
    >>> find_caption_date("Das Rathaus am 12. August 2025."), find_caption_date("A view of the harbour on March 3.")
    (datetime.date(2025, 8, 12), None)
    """
    if _ANY_YEAR.search(text, 0, LONGEST_CAPTION) is None:
        return None
    for found in list_caption_dates(text):
        if found.year is not None and (day := make_day(found.year, found.month, found.day)):
            return day
    return None


@lru_cache(maxsize=DAYS_KEPT)
def _nearest(month: int, day: int, to: dt.date) -> dt.date | None:
    """The day of that month nearest to a reference, over the turns of the year."""
    days = [d for year in (to.year - 1, to.year, to.year + 1) if dt.MINYEAR <= year <= dt.MAXYEAR and (d := make_day(year, month, day))]
    return min(days, key=lambda d: abs(d - to), default=None)


def resolve_dateline_date(
    month: int | None, day: int | None, year: int | None = None, weekday: int | None = None, *, published: dt.date | None = None,
    caption_dates: Collection[dt.date] = (), copyright_year: int | None = None, body_weekdays: Collection[int] = (),
) -> ResolvedDate:
    """The day of a dateline, its year taken from what the record says and never from today.

    A printed year wins; then the day nearest to publication; then pictures taken within days of it; then the copyright year.
    `body_weekdays` are those that the lead names ("on Wednesday"): they choose nothing and only raise a warning.

    >>> resolve_dateline_date(12, 31, published=dt.date(2021, 1, 1))
    ResolvedDate(date=datetime.date(2020, 12, 31), basis='published', warnings=())
    >>> resolve_dateline_date(3, 24, caption_dates=[dt.date(2021, 3, 23)], body_weekdays=[2])
    ResolvedDate(date=datetime.date(2021, 3, 24), basis='caption', warnings=())
    >>> resolve_dateline_date(3, 24)
    ResolvedDate(date=None, basis='none', warnings=('dateline_year_unknown',))
    """
    if month is None or day is None:
        return _resolve_weekday(weekday, published)
    if year is not None:
        found = make_day(year, month, day)
        if found is None:
            return ResolvedDate(None, "none", ("dateline_date_invalid",))
        warnings = [] if weekday in (None, found.weekday()) else ["dateline_weekday_mismatch"]
        if published is not None and not EARLIEST <= (found - published).days <= LATEST:
            warnings.append("dateline_date_conflict")
        return ResolvedDate(found, "printed", tuple(warnings))
    if published is not None:
        return _resolve_by_publication(month, day, weekday, published)
    if make_day(2000, month, day) is None:
        return ResolvedDate(None, "none", ("dateline_date_invalid",))
    found, basis, doubts = _infer_year(month, day, caption_dates, copyright_year)
    if found is None:
        return ResolvedDate(None, "none", doubts)
    if weekday not in (None, found.weekday()):
        return ResolvedDate(None, "none", (*doubts, "dateline_weekday_mismatch"))
    if basis == "caption" and body_weekdays and not {found.weekday(), (found.weekday() - 1) % 7} & set(body_weekdays):
        doubts = (*doubts, "dateline_weekday_mismatch")
    return ResolvedDate(found, basis, doubts)


def _resolve_weekday(weekday: int | None, published: dt.date | None) -> ResolvedDate:
    """`MOSCOW, Monday`: the latest such day up to publication, or the day after for the zones ahead."""
    if weekday is None:
        return ResolvedDate(None, "none")
    if published is None:
        return ResolvedDate(None, "none", ("dateline_year_unknown",))
    back = (published.weekday() - weekday) % 7
    shift = 1 if back == 6 else -back
    try:
        return ResolvedDate(published + dt.timedelta(days=shift), "weekday")
    except OverflowError:
        return ResolvedDate(None, "none", ("dateline_year_unknown",))


@lru_cache(maxsize=DAYS_KEPT)
def _resolve_by_publication(month: int, day: int, weekday: int | None, published: dt.date) -> ResolvedDate:
    """The day nearest to publication: sure within weeks, doubtful within two months, else unknown."""
    found = _nearest(month, day, published) if make_day(2000, month, day) is not None else None
    if found is None:
        return ResolvedDate(None, "none", ("dateline_date_invalid",))
    away = (found - published).days
    doubts = () if EARLIEST <= away <= LATEST else ("dateline_date_conflict",)
    if abs(away) > DOUBTFUL:
        return ResolvedDate(None, "none", doubts)
    if weekday not in (None, found.weekday()):
        return ResolvedDate(None, "none", (*doubts, "dateline_weekday_mismatch"))
    return ResolvedDate(found, "published", doubts)


def _infer_year(
    month: int, day: int, caption_dates: Collection[dt.date], copyright_year: int | None,
) -> tuple[dt.date | None, str, tuple[str, ...]]:
    for taken in sorted(caption_dates, reverse=True):
        found = _nearest(month, day, taken)
        if found is not None and CAPTION_EARLIEST <= (found - taken).days <= CAPTION_LATEST:
            return found, "caption", ()
    if copyright_year is not None and dt.MINYEAR <= copyright_year <= dt.MAXYEAR and (found := make_day(copyright_year, month, day)):
        return found, "copyright", ()
    return None, "none", ("dateline_year_unknown",)


_COMPACT = re.compile(r"((?:1[89]|20)\d\d)(\d\d)(\d\d)(?=\D|$)")
_YEAR_FIRST = re.compile(r"((?:1[89]|20)\d\d)[-/.](\d{1,2})[-/.](\d{1,2})(?=\D|$)")
_SLASHED = re.compile(r"(\d{1,2})([-/])(\d{1,2})\2((?:1[89]|20)\d\d)(?=\D|$)")
_HYPHENED = re.compile(r"(\d{1,2})-([^\W\d_]{3,9})\.?-((?:1[89]|20)\d\d)(?=\D|$)")
_CLOCK = re.compile(
    r"(\d{1,2})(?:[:.h]\s?(\d\d))?(?:[:.](\d\d)(?:[.,]\d{1,9})?)?\s*([AaPp]\.?[Mm]\.?)?\s*(?:Uhr|h|hrs|WIB)?\s*(.*)\Z", re.DOTALL,
)
_BASIC_CLOCK = re.compile(r"(\d\d)(\d\d)(\d\d)?(?:[.,]\d{1,9})?()\s*([+-]\d.*|[A-Za-z].*|)\Z", re.DOTALL)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s?([+\-−])(\d\d?):?(\d\d)?(?:\s*\(?[A-Z][A-Za-z ]{1,30}\)?)?")


def _read_day(text: str, language: str | None) -> tuple[dt.date, int] | None:
    """The day with which a stamp begins, and where it ends. 03/04/2021 is two days, unless the language says which."""
    if found := _COMPACT.match(text) or _YEAR_FIRST.match(text):
        day = make_day(int(found[1]), int(found[2]), int(found[3]))
    elif found := _HYPHENED.match(text):
        month = find_month(found[2])
        day = make_day(int(found[3]), month, int(found[1])) if month else None
    elif found := _SLASHED.match(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        if first > 12 or first == second or language in _words().day_first:
            day = make_day(year, second, first)
        elif second > 12:
            day = make_day(year, first, second)
        else:
            return None
    else:
        for printed in find_dates(text[:40]):
            if printed.start or printed.year is None:
                return None
            day = make_day(printed.year, printed.month, printed.day)
            if day is None or printed.weekday not in (None, day.weekday()):
                return None
            return day, printed.end
        return None
    return (day, found.end()) if day else None


def _read_clock(text: str) -> tuple[dt.time, str] | None:
    """The time of day with which a text begins, and what is printed behind it."""
    found = _BASIC_CLOCK.match(text) or _CLOCK.match(text)
    if found is None or (found[2] is None and found[4] is None):
        return None
    hour, half = int(found[1]), (found[4] or "")[:1].lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return dt.time(hour, int(found[2] or 0), int(found[3] or 0)), found[5].strip(" .")
    except ValueError:
        return None


def _read_zone(text: str) -> dt.tzinfo | None:
    """The zone printed behind a time: `+01:00`, `GMT`, `ET`."""
    if found := _OFFSET.fullmatch(text):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return dt.timezone(dt.timedelta(minutes=-minutes if found[1] in "-−" else minutes)) if minutes < 24 * 60 else None
    zone = _words().zones.get(text.strip("()").upper())
    return find_zone(zone) if isinstance(zone, str) else dt.timezone(dt.timedelta(minutes=zone)) if zone is not None else None


def find_zone(name: str | None) -> dt.tzinfo | None:
    """The IANA zone of that name, or None where there is none such.

    >>> find_zone("Europe/Vienna")
    zoneinfo.ZoneInfo(key='Europe/Vienna')
    """
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a name with odd characters, a folder, a zone that does not exist
        return None


_INTERNET_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)", re.ASCII)


def _read_internet_time(text: str) -> Published | None:
    """RFC 3339, which most feeds print: read by the standard library."""
    try:
        printed = dt.datetime.fromisoformat(text)
        at = printed.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return Published(at.replace(microsecond=0) if at.microsecond else at, "offset", printed.date())


def parse_published(
    text: str | None, *, profile_timezone: str | None = None, dateline_timezone: str | None = None, language: str | None = None,
) -> Published:
    """A printed time of publication in UTC, where it can be read whole; nothing in it is guessed.

    Without a printed zone the house's own decides, then that of the dateline; else it is read as UTC with basis `unknown_zone`. A day alone
    stands at midnight UTC with basis `day`.

    >>> parse_published("3 March 2021 10:00 GMT").at.isoformat(), parse_published("26-FEB-1987 15:01:01.79").basis
    ('2021-03-03T10:00:00+00:00', 'unknown_zone')
    >>> parse_published("March 3, 2021").basis, parse_published("03/04/2021").at, parse_published("03/04/2021", language="de").day
    ('day', None, datetime.date(2021, 4, 3))
    """
    if not text or len(text) > LONGEST_STAMP:
        return NEVER
    if _INTERNET_TIME.fullmatch(text) and (read_whole := _read_internet_time(text)):
        return read_whole
    text = " ".join(text.split())
    if (label := _words().labels.match(text)) and (any(c.isdigit() for c in text[label.end():label.end() + 14])):
        text = text[label.end():]
    head, comma, rest = text.partition(" ")
    weekday = find_weekday(head.rstrip(",."))
    if comma and weekday is not None:
        text = rest
    if (read := _read_day(text, language)) is None:
        return NEVER
    day, end = read
    if weekday not in (None, day.weekday()):
        return NEVER
    if end == len(text.rstrip(". ")) or end == len(text):
        return Published(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC), "day", day)
    joint = _words().joints.match(text, end)
    clock = _read_clock(text[joint.end():]) if joint else None
    if clock is None:
        return NEVER
    time, behind = clock
    if behind:
        zone, basis = _read_zone(behind), "offset"
        if zone is None and not (behind.isalpha() and behind.isupper() and len(behind) <= 5):
            return NEVER
    elif zone := find_zone(profile_timezone):
        basis = "profile"
    elif zone := find_zone(dateline_timezone):
        basis = "dateline"
    else:
        zone = None
    if zone is None:
        zone, basis = dt.UTC, "unknown_zone"
    try:
        return Published(dt.datetime.combine(day, time, zone).astimezone(dt.UTC), basis, day)
    except OverflowError:
        return NEVER
