"""What must hold between the columns of an article, one with another."""

from __future__ import annotations

import numpy as np

from expectations.contract import combine
from expectations.cross import CrossCheck, Frames, Measured, count_days, measure_articles, quote, read_present

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


def measure(frames: Frames) -> list[Measured]:
    """The checks of the table `articles`, measured."""
    articles = frames.articles
    dateline = combine(articles.column("dateline"))
    published, filed = combine(articles.column("published_at")), combine(articles.column("dateline_date"))
    says = np.sum([read_present(articles, c) for c in ("located", "dateline_agency", "dateline_date")], axis=0).astype(np.float64)
    says[~read_present(articles, "dateline")] = np.nan
    return [
        measure_articles(frames, HEADLINE, read_present(articles, "headline"), lambda row: "No headline was found."),
        measure_articles(
            frames, DATELINE_DAY, count_days(filed) - count_days(published),
            lambda row: f"The dateline gives {filed[row]}, published on {published[row].as_py():%Y-%m-%d}.",
        ),
        measure_articles(frames, DATELINE_SAYS, says, lambda row: f"Nothing could be read from {quote(dateline[row])}."),
    ]
