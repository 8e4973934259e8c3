"""What must hold of pictures, their captions and credits."""

from __future__ import annotations

import numpy as np

from expectations.contract import combine
from expectations.cross import (
    CrossCheck,
    Frames,
    Measured,
    count_days,
    count_offences,
    find_outside,
    latest_days,
    measure_articles,
    quote,
    read_ints,
)

CAPTION_DAY = CrossCheck(
    "caption_day_is_not_after_publication", "photos", "photo_date", "warning",
    "The day in a caption is at most one day after publication.", most=1,
)
FILED_DAY = CrossCheck(
    "caption_day_is_not_after_dateline_day", "photos", "photo_date", "warning",
    "The day in a caption is at most two days after the day in the dateline: pictures are taken first, and captions renewed while a story runs.",
    most=2,
)
OLD_PICTURE = CrossCheck(
    "old_pictures_are_marked", "photos", "flags", "info",
    "A picture taken more than a month before its story is marked as one from the files.", most=0,
)
MONTH = 31
KEPT = frozenset({"file", "handout", "courtesy", "composite", "illustration"})
"""Flags of pictures that nobody takes for today's."""
SPANS = CrossCheck(
    "photo_spans_lie_inside_document", "photos", "char_start", "critical",
    "Every picture's caption and credit hold at least one character and lie inside the article's document.", most=0,
)


def measure(frames: Frames) -> list[Measured]:
    """The checks of the table `photos`, measured."""
    table, rows = frames.children["photos"]
    published = combine(frames.articles.column("published_at"))
    latest = latest_days(frames, "photos", "photo_date")
    filed = count_days(combine(frames.articles.column("dateline_date")))
    taken, flags = count_days(combine(table.column("photo_date"))), combine(table.column("flags"))
    story = np.append(np.where(np.isnan(filed), count_days(published), filed), np.full(len(frames.codes) - len(filed), np.nan))
    old = story[rows] - taken > MONTH
    old[np.flatnonzero(old)] = [not (KEPT & set(flags[int(n)].as_py() or ())) for n in np.flatnonzero(old)]
    credit = combine(table.column("credit_line"))
    starts, ends = read_ints(table, "char_start", -1), read_ints(table, "char_end", -1)

    def tell_day(row: int) -> str:
        return f"A caption gives {np.datetime64(int(latest[row]), 'D')}, published on {published[row].as_py():%Y-%m-%d}."

    def tell_filed(row: int) -> str:
        return f"A caption gives {np.datetime64(int(latest[row]), 'D')}, the dateline {np.datetime64(int(filed[row]), 'D')}."

    def tell_old(row: int) -> str:
        return f"the picture credited {quote(credit[row])} is of {np.datetime64(int(taken[row]), 'D')}"

    def tell_span(row: int) -> str:
        return f"the picture credited {quote(credit[row])} at [{starts[row]}, {ends[row]})"

    return [
        measure_articles(frames, CAPTION_DAY, latest - count_days(published), tell_day),
        measure_articles(frames, FILED_DAY, latest - filed, tell_filed),
        count_offences(frames, OLD_PICTURE, "photos", old, tell_old),
        count_offences(frames, SPANS, "photos", find_outside(starts, ends, rows, frames), tell_span),
    ]
