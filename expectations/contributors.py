"""What must hold of the people and desks named in an article."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from expectations.contract import combine
from expectations.cross import CrossCheck, Frames, Mask, Measured, count_at, count_offences, find_outside, quote, read_ints, read_mask

SIGNOFF_PERSON = CrossCheck(
    "signoff_person_is_no_agency", "contributors", "name", "critical",
    "Nobody who signs off as a person bears the name of an agency.", most=0,
)
NAMED_PERSON = CrossCheck(
    "named_person_is_no_agency", "contributors", "name", "warning",
    "Nobody named as a person in a byline, tagline, dateline or field bears the name of an agency.", most=0,
)
SPANS = CrossCheck(
    "contributor_spans_lie_inside_document", "contributors", "char_start", "critical",
    "Every name's span holds at least one character and lies inside the article's document.", most=0,
)


def measure(frames: Frames, agency_names: frozenset[str]) -> list[Measured]:
    """The checks of the table `contributors`, measured. Agency names are compared without regard to case."""
    table, rows = frames.children["contributors"]
    names, origins = combine(table.column("name")), combine(table.column("origin"))
    agency = find_agencies(names.to_pylist(), agency_names) & read_mask(combine(table.column("is_person")))
    signoff = read_mask(pc.equal(origins, "signoff"))

    def tell(row: int) -> str:
        return f"{quote(names[row])} ({origins[row]}) is an agency, not a person"

    starts, ends = read_ints(table, "char_start", -1), read_ints(table, "char_end", -1)
    again = combine(table.column("also_at"))
    spans = pc.list_flatten(again)
    again_starts, again_ends = (
        np.asarray(pc.fill_null(pc.struct_field(spans, name), -1).to_numpy(), np.int64) for name in ("char_start", "char_end")
    )
    owner = np.append(np.arange(len(starts)), pc.list_parent_indices(again).to_numpy())
    all_starts, all_ends = np.append(starts, again_starts), np.append(ends, again_ends)
    outside = np.flatnonzero(find_outside(all_starts, all_ends, rows[owner], frames))

    def tell_span(place: int) -> str:
        return f"{quote(names[int(owner[place])])} at [{all_starts[place]}, {all_ends[place]})"

    return [
        count_offences(frames, SIGNOFF_PERSON, "contributors", agency & signoff, tell),
        count_offences(frames, NAMED_PERSON, "contributors", agency & ~signoff, tell),
        count_at(frames, SPANS, rows[owner[outside]], outside, tell_span),
    ]


def find_agencies(names: list[str | None], agency_names: frozenset[str]) -> Mask:
    """Which names are an agency's.

    >>> find_agencies(["Ann Roe", "EXAMPLE News", None], frozenset({"Example News"})).tolist()
    [False, True, False]
    """
    known = {name.casefold() for name in agency_names}
    return np.fromiter((name is not None and name.casefold() in known for name in names), bool, len(names))
