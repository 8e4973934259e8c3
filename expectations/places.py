"""What must hold of the places an article names."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.contract import combine
from expectations.cross import CrossCheck, Frames, Measured, count_at, quote, read_mask

COUNTRIES = CrossCheck(
    "country_codes_are_real", "places", "country", "critical",
    "Every country code, of the article and of its places, is one of ISO 3166-1, in force now or formerly, or XK for Kosovo.", most=0,
)


@cache
def read_countries() -> frozenset[str]:
    """The country codes there are: ISO 3166-1 alpha-2, the withdrawn codes of ISO 3166-3, which old stories need, and XK.

    >>> {"TR", "SU", "XK"} <= read_countries(), "ZZ" in read_countries()
    (True, False)
    """
    lines = files("expectations").joinpath("iso3166.csv").read_text("utf-8").splitlines()
    return frozenset(row["code"] for row in csv.DictReader(lines))


def measure(frames: Frames) -> list[Measured]:
    """The check of country codes, in `articles` and `places`, measured."""
    table, rows = frames.children["places"]
    located, country = combine(frames.articles.column("country")), combine(table.column("country"))
    names = combine(table.column("text"))
    real = pa.array(sorted(read_countries()))
    own, found = (np.flatnonzero(read_mask(pc.and_(c.is_valid(), pc.invert(pc.is_in(c, real))))) for c in (located, country))

    def tell(place: int) -> str:
        if place < len(located):
            return f"{quote(located[place])} is no country code"
        return f"{quote(country[place - len(located)])}, given for {quote(names[place - len(located)])}, is no country code"

    return [count_at(frames, COUNTRIES, np.append(own, rows[found]), np.append(own, found + len(located)), tell)]
