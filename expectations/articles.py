"""What must hold between the columns of an article, one with another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.contract import combine
from expectations.cross import CrossCheck, Frames, Mask, Measured, count_days, measure_articles, quote, read_present

HEADLINE = CrossCheck(
    "headline_is_present", "articles", "headline", "warning", "The article has a headline.", least=1,
)
DATELINE_DAY = CrossCheck(
    "dateline_day_is_not_after_publication", "articles", "dateline_date", "warning",
    "The day in the dateline is at most one day after publication: stories are filed first and printed then, give or take a time zone.",
    most=1, sets_aside=True,
)
DATELINE_SAYS = CrossCheck(
    "dateline_says_something", "articles", "dateline", "warning",
    "A dateline that is printed gives at least a place, an agency or a day.", least=1,
)
FIELDS_KNOWN = CrossCheck(
    "fields_are_known", "articles", "extra", "warning",
    "A record has no fields and no layout that its reader does not know: its format may have changed. What is unknown is kept in `extra`.", least=1,
)
DATELINE_WEEKDAY = CrossCheck(
    "dateline_weekday_agrees", "articles", "dateline_date", "warning",
    "A weekday that is printed with a day is that day's.", least=1,
)
MISMATCH = ("dateline_weekday_mismatch",)
UNKNOWN, UNKNOWN_LAYOUT = "unknown_field", "unknown_layout"


def measure(frames: Frames) -> list[Measured]:
    """The checks of the table `articles`, measured."""
    articles = frames.articles
    dateline = combine(articles.column("dateline"))
    published, filed = combine(articles.column("published_at")), combine(articles.column("dateline_date"))
    warnings = combine(articles.column("warnings"))
    extra, strange = combine(articles.column("extra")), find_warned(warnings, (UNKNOWN, UNKNOWN_LAYOUT))
    agrees = np.where(read_present(articles, "dateline"), (~find_warned(warnings, MISMATCH)).astype(np.float64), np.nan)
    says = np.sum([read_present(articles, c) for c in ("located", "dateline_agency", "dateline_date")], axis=0).astype(np.float64)
    says[~read_present(articles, "dateline")] = np.nan
    return [
        measure_articles(frames, HEADLINE, read_present(articles, "headline"), lambda row: "No headline was found."),
        measure_articles(
            frames, DATELINE_DAY, count_days(filed) - count_days(published),
            lambda row: f"The dateline gives {filed[row]}, published on {published[row].as_py():%Y-%m-%d}.",
        ),
        measure_articles(frames, DATELINE_SAYS, says, lambda row: f"Nothing could be read from {quote(dateline[row])}."),
        measure_articles(frames, DATELINE_WEEKDAY, agrees, lambda row: f"The weekday named with {quote(dateline[row])} is another."),
        measure_articles(frames, FIELDS_KNOWN, ~strange, lambda row: name_unknown(dict(extra[row].as_py()))),
    ]


def find_warned(warnings: pa.Array, codes: Sequence[str]) -> Mask:
    """Which articles have a warning of one of some codes."""
    found = np.zeros(len(warnings), bool)
    parents = pc.list_parent_indices(warnings).to_numpy()
    told = pc.is_in(pc.list_flatten(warnings), value_set=pa.array(codes, pa.string()))
    found[parents[told.to_numpy(zero_copy_only=False).astype(bool)]] = True
    return found


def name_unknown(extra: Mapping[str, Sequence[str]]) -> str:
    """Which fields a record's reader does not know.

    >>> name_unknown({"WC": ["12 words"], "unknown_field": ["QX"], "QX": ["new"]})
    'Its reader does not know “QX”.'
    """
    names = [quote(name) for name in extra.get(UNKNOWN, ())]
    return f"Its reader does not know {', '.join(names)}." if names else "What should stand above its text was not found."
