"""Printed dates, time stamps, and the year a dateline leaves out."""

import datetime as dt
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.dates import (
    CAPTION_EARLIEST,
    CAPTION_LATEST,
    find_caption_date,
    find_dates,
    find_month,
    find_weekday,
    parse_published,
    resolve_dateline_date,
)
from warehouse.tables import DATE_BASES, PUBLISHED_BASES


def day(text: str) -> dt.date:
    """A day in ISO form."""
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(("word", "month"), [
    ("January", 1), ("févr.", 2), ("März", 3), ("MAR", 3), ("Abr", 4), ("mai", 5), ("GIU", 6), ("juil", 7), ("août", 8), ("setiembre", 9), ("Sept.", 9),
    ("октября", 10), ("Kasım", 11), ("KASIM", 11), ("Aralık", 12), ("stycznia", 1), ("LUG", 7), ("Ogos", 8), ("Monday", None), ("", None), ("Ma", None),
])
def test_months(word: str, month: int | None) -> None:
    """Many languages, any case, with a full stop or without."""
    assert find_month(word) == month


@pytest.mark.parametrize(("word", "weekday"), [("Wednesday", 2), ("Thurs.", 3), ("lundi", 0), ("Sonnabend", 5), ("vasárnap", 6), ("水曜日", 2), ("March", None)])
def test_weekdays(word: str, weekday: int | None) -> None:
    """0 is Monday."""
    assert find_weekday(word) == weekday


@pytest.mark.parametrize(("text", "expected"), [
    ("Jo Bloggs in Graz, Austria March 23, 2021. ECHO/Ann Roe", "2021-03-23"), ("on Friday, Jan. 3, 2014.", "2014-01-03"), ("am 12. August 2025", "2025-08-12"),
    ("2021年3月23日撮影", "2021-03-23"), ("2021년 3월 23일", "2021-03-23"), ("le 1er mai 2021", "2021-05-01"), ("3 de marzo de 2021", "2021-03-03"),
    ("den 3 maj 2020", "2020-05-03"), ("taken 2021-04-05", "2021-04-05"), ("vom 12.08.2025", "2025-08-12"), ("March 3 and again on May 4, 2019", "2019-05-04"),
    ("A view on March 3", None), ("in May 2021", None), ("30 février 2020", None), ("Score 3 2021", None), ("12/08/2025", None), ("", None),
])
def test_caption_dates(text: str, expected: str | None) -> None:
    """A full day with its year, and nothing less."""
    assert find_caption_date(text) == (day(expected) if expected else None)


@pytest.mark.parametrize(("text", "at", "basis"), [
    ("2021-03-24", "2021-03-24T00:00", "day"), ("2021-03-24T10:15:00Z", "2021-03-24T10:15", "offset"), ("2021-03-24T10:15:00+05:30", "2021-03-24T04:45", "offset"),
    ("2021-03-24T10:15:00.123456-04:00", "2021-03-24T14:15", "offset"), ("2021-03-24 10:15", "2021-03-24T10:15", "unknown_zone"), ("20210324", "2021-03-24T00:00", "day"),
    ("20210324T101500+0100", "2021-03-24T09:15", "offset"), ("2021/03/24", "2021-03-24T00:00", "day"), ("March 3, 2021", "2021-03-03T00:00", "day"),
    ("3 March 2021 10:00 GMT", "2021-03-03T10:00", "offset"), ("Wed, 24 Mar 2021 10:15:00 +0000", "2021-03-24T10:15", "offset"),
    ("Wed, 24 Mar 2021 10:15:00 EST", "2021-03-24T15:15", "offset"), ("26-FEB-1987 15:01:01.79", "1987-02-26T15:01:01", "unknown_zone"),
    (" 5-MAR-1987 09:10:22.37", "1987-03-05T09:10:22", "unknown_zone"), ("25/12/2021", "2021-12-25T00:00", "day"), ("12/25/2021 3:04 PM", "2021-12-25T15:04", "unknown_zone"),
    ("24 Mar 2021 3:04 p.m. ET", "2021-03-24T19:04", "offset"), ("24 Dec 2021 12:04 AM ET", "2021-12-24T05:04", "offset"), ("Updated: March 3, 2021 at 3:04 PM EDT",
    "2021-03-03T19:04", "offset"), ("3. März 2021, 14:05 Uhr", "2021-03-03T14:05", "unknown_zone"), ("le 3 mars 2021 à 14h05", "2021-03-03T14:05", "unknown_zone"),
    ("2021年3月23日 10:00", "2021-03-23T10:00", "unknown_zone"), ("March 24, 2021 10:15 IST", "2021-03-24T10:15", "unknown_zone"),
])
def test_time_stamps(text: str, at: str, basis: str) -> None:
    """Read whole, in UTC, with the way the zone was known."""
    found = parse_published(text)
    assert (found.at, found.basis) == (dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC), basis)


@pytest.mark.parametrize("text", [
    None, "", "today", "03/04/2021", "2021-02-30", "2021-03-24T25:00:00Z", "2021-03", "1616544000", "Thu, 24 Mar 2021 10:15:00 EST", "24 Mar 2021 13:04 PM", "March 24",
    "5:00 PM March 24, 2021", "24 Mar 2021 about noon", "2021-03-24T10:15:00 local time, we think", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-10:00",
    "9" * 1_000_000, "March 24, 2021 " * 50_000,
])
def test_no_time_is_invented(text: str | None) -> None:
    """Two readings, no such day, a weekday at odds, more than a stamp: nothing."""
    assert parse_published(text) == (None, None, None)


def test_house_zone_before_dateline_zone() -> None:
    """A stamp without a zone is the house's; the dateline's comes second; a printed one beats both."""
    def read(text: str, **zones: str) -> tuple[Any, str | None]:
        found = parse_published(text, **zones)
        return found.at and found.at.hour, found.basis

    assert read("2021-07-24 10:15", profile_timezone="Europe/Vienna", dateline_timezone="Asia/Tokyo") == (8, "profile")
    assert read("2021-07-24 10:15", dateline_timezone="Asia/Tokyo") == (1, "dateline")
    assert read("2021-07-24 10:15 GMT", profile_timezone="Europe/Vienna") == (10, "offset")
    assert read("2021-07-24 10:15", profile_timezone="No/Such_Zone") == (10, "unknown_zone")
    assert read("2021-07-24 10:15", profile_timezone="../../etc/passwd") == (10, "unknown_zone")
    assert read("2021-07-24", profile_timezone="Europe/Vienna") == (0, "day")
    assert parse_published("03/04/2021", language="de").day == day("2021-04-03")


@pytest.mark.parametrize(("month", "number", "given", "expected", "basis", "warnings"), [
    (12, 31, {"published": "2021-01-01"}, "2020-12-31", "published", ()), (1, 1, {"published": "2020-12-31"}, "2021-01-01", "published", ()),
    (3, 24, {"published": "2021-03-24"}, "2021-03-24", "published", ()), (2, 20, {"published": "2021-03-24"}, "2021-02-20", "published", ()),
    (2, 29, {"published": "2020-03-01"}, "2020-02-29", "published", ()), (2, 29, {"published": "2022-07-01"}, None, "none", ("dateline_date_invalid",)),
    (4, 10, {"published": "2021-03-24"}, "2021-04-10", "published", ("dateline_date_conflict",)),
    (7, 4, {"published": "2021-01-10"}, None, "none", ("dateline_date_conflict",)), (3, 24, {}, None, "none", ("dateline_year_unknown",)),
    (3, 24, {"caption_dates": ["2021-03-23"]}, "2021-03-24", "caption", ()), (1, 1, {"caption_dates": ["2020-12-31"]}, "2021-01-01", "caption", ()),
    (3, 24, {"caption_dates": ["2015-05-09", "2021-03-23"]}, "2021-03-24", "caption", ()), (3, 24, {"caption_dates": ["2015-05-09"]}, None, "none",
    ("dateline_year_unknown",)), (3, 24, {"caption_dates": ["2021-03-23"], "body_weekdays": [2]}, "2021-03-24", "caption", ()),
    (3, 24, {"caption_dates": ["2021-03-23"], "body_weekdays": [5]}, "2021-03-24", "caption", ("dateline_weekday_mismatch",)),
    (3, 24, {"copyright_year": 2019}, "2019-03-24", "copyright", ()), (3, 24, {"copyright_year": 0}, None, "none", ("dateline_year_unknown",)),
    (3, 24, {"caption_dates": ["2021-03-23"], "copyright_year": 2019}, "2021-03-24", "caption", ()),
    (3, 22, {"published": "2021-03-22", "weekday": 0}, "2021-03-22", "published", ()),
    (3, 22, {"published": "2021-03-22", "weekday": 1}, None, "none", ("dateline_weekday_mismatch",)),
    (1, 3, {"year": 2021, "published": "2022-01-03"}, "2021-01-03", "printed", ("dateline_date_conflict",)), (1, 3, {"year": 2021}, "2021-01-03", "printed", ()),
    (1, 3, {"year": 2021, "weekday": 0}, "2021-01-03", "printed", ("dateline_weekday_mismatch",)), (2, 30, {"year": 2021}, None, "none", ("dateline_date_invalid",)),
    (2, 30, {"published": "2021-03-01"}, None, "none", ("dateline_date_invalid",)),
    (None, None, {"weekday": 0, "published": "2021-03-24"}, "2021-03-22", "weekday", ()), (None, None, {"weekday": 3, "published": "2021-03-24"}, "2021-03-25", "weekday", ()),
    (None, None, {"weekday": 0}, None, "none", ("dateline_year_unknown",)), (None, None, {}, None, "none", ()),
])
def test_year_of_a_dateline(month: int | None, number: int | None, given: dict[str, Any], expected: str | None, basis: str, warnings: tuple[str, ...]) -> None:
    """The nearest year that the record gives ground for; without ground, none."""
    facts = dict(given)
    if "published" in facts:
        facts["published"] = day(facts["published"])
    facts["caption_dates"] = [day(d) for d in facts.get("caption_dates", ())]
    assert resolve_dateline_date(month, number, **facts) == (day(expected) if expected else None, basis, warnings)


DAYS = st.dates()


@settings(derandomize=True, deadline=None, max_examples=300)
@given(written=DAYS, shift=st.integers(-35, 2))
def test_a_day_near_publication_comes_back(written: dt.date, shift: int) -> None:
    """A day up to five weeks before publication, or two after, is found again without its year."""
    if not dt.date.min.toordinal() <= written.toordinal() - shift <= dt.date.max.toordinal():
        return
    published = written - dt.timedelta(days=shift)
    assert resolve_dateline_date(written.month, written.day, published=published) == (written, "published", ())


@settings(derandomize=True, deadline=None, max_examples=300)
@given(taken=DAYS, shift=st.integers(CAPTION_EARLIEST, CAPTION_LATEST))
def test_a_day_near_a_picture_comes_back(taken: dt.date, shift: int) -> None:
    """So is a day within days of a picture."""
    if not dt.date.min.toordinal() <= taken.toordinal() + shift <= dt.date.max.toordinal():
        return
    written = taken + dt.timedelta(days=shift)
    assert resolve_dateline_date(written.month, written.day, caption_dates=[taken]) == (written, "caption", ())


@settings(derandomize=True, deadline=None, max_examples=300)
@given(month=st.integers(-1, 14), number=st.integers(-1, 40), year=st.none() | st.integers(-5, 12_000), weekday=st.none() | st.integers(0, 6), published=st.none() | DAYS,
       captions=st.lists(DAYS, max_size=2), copyright_year=st.none() | st.integers(-5, 12_000))
def test_resolving_never_raises(
    month: int, number: int, year: int | None, weekday: int | None, published: dt.date | None, captions: list[dt.date], copyright_year: int | None,
) -> None:
    """Whatever is printed, there is an answer with a basis, and a day only with one."""
    found = resolve_dateline_date(month, number, year, weekday, published=published, caption_dates=captions, copyright_year=copyright_year)
    assert found.basis in DATE_BASES
    assert (found.date is None) == (found.basis == "none")


@settings(derandomize=True, deadline=None, max_examples=500)
@given(text=st.text(max_size=60) | st.lists(st.sampled_from(["2021", "-", "03", "24", "T", "10:15", "Z", " ", "March", "3", ",", ".", "+99:99", "PM", "年", "月"]), max_size=9).map("".join))
def test_reading_never_raises(text: str) -> None:
    """Any text is a time stamp or is not."""
    found = parse_published(text, profile_timezone="Europe/Vienna")
    assert (found.at is None) == (found.basis is None) == (found.day is None)
    assert found.basis is None or found.basis in PUBLISHED_BASES
    find_caption_date(text)
    for date in find_dates(text, with_slips=True):
        assert 0 <= date.start < date.end <= len(text)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(at=st.datetimes(min_value=dt.datetime(1800, 1, 2), max_value=dt.datetime(2098, 1, 1), timezones=st.timezones()))
def test_rfc_3339_comes_back(at: dt.datetime) -> None:
    """A full time stamp is the same instant, to the second, when its offset has no seconds."""
    at = at.replace(microsecond=0)
    if (at.utcoffset() or dt.timedelta()).seconds % 60:
        return
    assert parse_published(at.isoformat()).at == at.astimezone(dt.UTC)


@pytest.mark.parametrize("unit", ["March ", "3 ", "2021 ", "March 3, ", "a", "1", "年月日", "January 1, 2", " "])
def test_hostile_megabytes_take_no_time(unit: str) -> None:
    """Only the front of a caption is searched."""
    text = unit * (1_000_000 // len(unit))
    began = time.perf_counter()
    find_caption_date(text)
    parse_published(text)
    assert time.perf_counter() - began < 0.05
