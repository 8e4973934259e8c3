"""Where the credit stands in a caption."""

from __future__ import annotations

from transforms.credit_bare import find_bare_tail, find_leading, find_run_tail, measure_leading
from transforms.credit_evidence import STRONG, CreditSpan, grade_credit
from transforms.credit_marked import find_bracketed_tail, find_eastern_tail, find_labelled_tail, find_signed_tail

TAIL = 260
"""Characters at the end of a block in which a credit is looked for."""

_MARKED = (find_labelled_tail, find_signed_tail, find_bracketed_tail, find_eastern_tail)
_BARE = (find_bare_tail, find_run_tail)


def find_credit(document: str, start: int, end: int, *, expected: bool) -> CreditSpan | None:
    """The credit of a caption between `start` and `end`, which hold no blanks at their edges.

    >>> text = "A ship leaves port. Photo: Ann Roe/AP"
    >>> span = find_credit(text, 0, len(text), expected=False)
    >>> text[span.start:span.end], text[span.line_start:span.line_end]
    ('Photo: Ann Roe/AP', 'Ann Roe/AP')
    """
    low = max(start, end - TAIL)
    for find in _MARKED:
        found = find(document, start, low, end, expected=expected)
        if found is not None:
            return _prefer_tail(document, found, low, end) if found.start == start else found
    if found := find_leading(document, start, end, expected=expected):
        return found
    for find in _BARE:
        if found := find(document, start, low, end, expected=expected):
            return found
    return None


def _prefer_tail(document: str, found: CreditSpan, low: int, end: int) -> CreditSpan:
    """A label at the very start may only open the caption; a surer credit at its end is the credit: `FILE PHOTO: ... REUTERS/Ann Roe`."""
    text = document[found.line_start : end]
    if len(text) < 40 or measure_leading(text, is_labelled=True) is None:
        return found
    tail = find_bare_tail(document, found.start, low, end, expected=False)
    if tail is None or tail.start <= found.line_start or grade_credit(document[tail.line_start : tail.line_end], tail.credit) < STRONG:
        return found
    return tail
