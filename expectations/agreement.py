"""What must agree within an article: its days, its agencies, its language and its script."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Sequence

import numpy as np

from expectations.contract import combine
from expectations.cross import CrossCheck, Floats, Frames, Ints, Measured, count_days, measure_articles

LEAD_DAY = CrossCheck(
    "lead_weekday_is_near_the_story_day", "articles", "dateline_date", "info",
    "Where the lead names weekdays, one of them is at most one day from the day in the dateline, or from that of publication where there is none.",
    most=1, mostly=0.6,
    why="A lead may look back or ahead to any day of the week; most tell of today, yesterday or tomorrow. Wires that print `today` for it fail this.",
)
DATED_WEEKDAY = CrossCheck(
    "lead_weekday_agrees_with_its_day", "articles", "dateline_date", "warning",
    "A weekday that the lead prints with a day is that day's, in the year that is printed or in the one nearest to the story.", least=1,
)
AGENCIES = CrossCheck(
    "agencies_of_dateline_and_signoff_agree", "articles", "dateline_agency", "warning",
    "Where byline, sign-off or source line name agencies, that of the dateline is among them.", most=0,
    mostly=0.9, why="Papers sign agency copy with their own name, or merge two agencies' reports under one dateline.",
)
CREDITS = CrossCheck(
    "agencies_of_dateline_and_credit_agree", "photos", "agencies", "info",
    "Where credits name agencies, that of the dateline is among them.", most=0,
    mostly=0.5, why="Pictures are often bought from another agency than the text.",
)
SCRIPT = CrossCheck(
    "language_fits_script", "articles", "language", "warning",
    "The letters of the body are of a script in which its language is written.", least=1,
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EPOCH = dt.date(1970, 1, 1)
THURSDAY = 3
"""1 January 1970 was one."""

WRITTEN = {
    "Latn": "af az bs ca cs cy da de en eo es et eu fi fo fr fy ga gl ha hr hu id ig is it la lb lt lv mg ms mt nb nl nn no pl pt qu rm ro rw sk sl "
            "so sq sr st sv sw tl tk tn tr uz vi wo xh yo zu ku kk",
    "Cyrl": "av be bg ce kk ky mk mn os ru sr tg tt uk uz az tk",
    "Arab": "ar fa ku ps sd ug ur", "Grek": "el", "Hebr": "he yi", "Thai": "th", "Deva": "hi mr ne sa", "Beng": "as bn", "Taml": "ta", "Geor": "ka",
    "Armn": "hy", "Jpan": "ja", "Hani": "zh ja ko", "Hang": "ko",
}
"""Languages by the scripts in which news is written in them."""
KNOWN = {
    language: frozenset(script for script, listed in WRITTEN.items() if language in listed.split())
    for every in WRITTEN.values() for language in every.split()
}


def measure(frames: Frames) -> list[Measured]:
    """The checks of agreement, measured."""
    articles, evidence = frames.articles, frames.evidence
    filed, published = count_days(combine(articles.column("dateline_date"))), count_days(combine(articles.column("published_at")))
    days = np.where(np.isnan(filed), published, filed)
    wrong = {row: told for row, dated in enumerate(evidence.dated) if dated and (told := find_wrong_weekday(dated, days[row])) is not None}
    agrees = np.full(len(days), np.nan)
    for row, told in wrong.items():
        agrees[row] = not told
    languages = combine(articles.column("language")).to_pylist()

    def tell_day(row: int) -> str:
        named = ", ".join(day for n, day in enumerate(WEEKDAYS) if evidence.weekdays[row] >> n & 1)
        return f"The lead names {named}; {np.datetime64(int(days[row]), 'D')} was a {WEEKDAYS[(int(days[row]) + THURSDAY) % 7]}."

    def tell_agencies(row: int) -> str:
        return f"The dateline names {articles.column('dateline_agency')[row]}, the rest {', '.join(evidence.other_agencies[row] or ())}."

    def tell_credits(row: int) -> str:
        return f"The dateline names {articles.column('dateline_agency')[row]}, the credits {', '.join(evidence.credit_agencies[row] or ())}."

    return [
        measure_articles(frames, LEAD_DAY, measure_weekdays(evidence.weekdays, days), tell_day),
        measure_articles(frames, DATED_WEEKDAY, agrees, lambda row: wrong[row]),
        measure_articles(frames, AGENCIES, count_others(evidence.other_agencies), tell_agencies),
        measure_articles(frames, CREDITS, count_others(evidence.credit_agencies), tell_credits),
        measure_articles(frames, SCRIPT, fit_scripts(languages, evidence.scripts),
                         lambda row: f"The language is {languages[row]}, the letters are {evidence.scripts[row]}."),
    ]


def measure_weekdays(named: Ints, days: Floats) -> Floats:
    """Days from each article's day to the nearest weekday that its lead names, NaN where none is named or no day is known.

    >>> measure_weekdays(np.array([0b1, 0b11, 0, 0b1]), np.array([5.0, 5.0, 5.0, np.nan])).tolist()
    [1.0, 0.0, nan, nan]
    """
    own = (np.nan_to_num(days).astype(np.int64) + THURSDAY) % 7
    nearest = np.full(len(days), np.inf)
    for weekday in range(7):
        ahead = (weekday - own) % 7
        nearest = np.where(named >> weekday & 1, np.minimum(nearest, np.minimum(ahead, 7 - ahead)), nearest)
    return np.where(np.isinf(nearest) | np.isnan(days), np.nan, nearest)


def find_wrong_weekday(dated: Sequence[tuple[int, int, int, int | None]], story: float) -> str | None:
    """What is wrong with the first weekday that is not its day's; nothing where all are right, None where no year is known.

    >>> find_wrong_weekday([(1, 3, 24, None)], 6291.0), find_wrong_weekday([(4, 3, 24, 1987)], np.nan), find_wrong_weekday([(4, 3, 24, None)], np.nan)
    ('', 'The lead prints Friday with 1987-03-24, which was a Tuesday.', None)
    """
    known = False
    for weekday, month, day, year in dated:
        found = name_day(month, day, year, story)
        if found is None:
            continue
        known = True
        if found.weekday() != weekday:
            return f"The lead prints {WEEKDAYS[weekday]} with {found}, which was a {WEEKDAYS[found.weekday()]}."
    return "" if known else None


def name_day(month: int, day: int, year: int | None, story: float) -> dt.date | None:
    """A day in its printed year, or nearest to the day of the story (in days since 1970)."""
    if year is None and np.isnan(story):
        return None
    near = dt.date(year, 1, 1) if year else EPOCH + dt.timedelta(days=int(story))
    days = []
    for guess in (near.year,) if year else (near.year - 1, near.year, near.year + 1):
        with contextlib.suppress(ValueError):  # 29 February in a common year
            days.append(dt.date(guess, month, day))
    return min(days, key=lambda one: abs((one - near).days), default=None)


def count_others(named: Sequence[tuple[str, ...] | None]) -> Floats:
    """How many agencies are named in place of the dateline's.

    >>> count_others([None, (), ("dpa", "efe")]).tolist()
    [nan, 0.0, 2.0]
    """
    return np.fromiter((np.nan if agencies is None else len(agencies) for agencies in named), np.float64, len(named))


def fit_scripts(languages: Sequence[str | None], scripts: Sequence[str | None]) -> Floats:
    """1 where a language is written in a script, 0 where it is not, NaN where either is unknown.

    >>> fit_scripts(["ru", "ru", "sr", None, "xx"], ["Cyrl", "Latn", "Latn", "Latn", "Latn"]).tolist()
    [1.0, 0.0, 1.0, nan, nan]
    """
    def fit(language: str | None, script: str | None) -> float:
        known = KNOWN.get(language or "")
        return np.nan if script is None or known is None else float(script in known)

    judged = {pair: fit(*pair) for pair in set(zip(languages, scripts, strict=True))}
    return np.fromiter((judged[pair] for pair in zip(languages, scripts, strict=True)), np.float64, len(scripts))
