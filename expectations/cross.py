"""Checks across columns and tables, measured first and judged by Great Expectations after.

A check compares one number per article version with a range. The numbers are computed in whole columns (numpy over Arrow), so that a
million blocks reach Great Expectations as a few thousand rows; what it finds unexpected is explained from the rows behind the number.

Severity: critical is what only a defect of ours can cause, such as a span outside its document: the record is set aside. What the print
itself can cause is a warning: the record lands and is reported, unless what is wrong makes it useless as an article (no body at all, a
dateline from after its publication); then it waits in quarantine, and the run is no worse for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from expectations.contract import combine

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
CHILDREN = ("contributors", "places", "photos", "blocks")
SHOWN = 3
"""Offending rows named in one explanation."""


class CrossCheck(NamedTuple):
    """A hand-written check: the number measured per article, and the range it must lie in."""

    name: str
    table: str
    column: str | None
    """The column in question, for the report."""
    severity: str
    meaning: str
    least: float | None = None
    most: float | None = None
    sets_aside: bool = False
    """Whether a failure sends the record to quarantine though it is only a warning."""
    mostly: float = 1.0
    """Share of the articles looked at that must hold. Below 1 the check judges the batch, and sets no record aside."""
    why: str = ""
    """Why fewer than all will do."""
    unit: str = "articles"

    @property
    def keeps_out(self) -> bool:
        """Whether an article that fails it goes to quarantine."""
        return self.mostly == 1 and (self.severity == "critical" or self.sets_aside)


class Threshold(NamedTuple):
    """What a house says of one check: its severity and its limits, None for what stays as it is."""

    severity: str | None = None
    least: float | None = None
    most: float | None = None
    mostly: float | None = None
    why: str | None = None
    """Why fewer than all need hold."""

    def apply(self, check: CrossCheck) -> CrossCheck:
        """The check as the house wants it."""
        return check._replace(
            severity=self.severity or check.severity, least=check.least if self.least is None else self.least,
            most=check.most if self.most is None else self.most, mostly=check.mostly if self.mostly is None else self.mostly,
            why=self.why or (check.why if self.mostly is None else "The house's profile says so."),
        )


Thresholds = Mapping[str, Mapping[str, Threshold]]
"""By source (empty for all), by name of the check."""


class Evidence(NamedTuple):
    """What a batch's articles say beyond their tables, one value an article in their order."""

    lengths: Ints
    """Code points of the documents."""
    weekdays: Ints
    """Bit n is set where the lead names weekday n, Monday being 0."""
    dated: Sequence[Sequence[tuple[int, int, int, int | None]]]
    """Weekdays that the lead prints with a day: weekday, month, day, and the year where it is printed."""
    scripts: Sequence[str | None]
    """ISO 15924."""
    other_agencies: Sequence[tuple[str, ...] | None]
    """Agencies named elsewhere where none is the dateline's; None where there is nothing to compare."""
    credit_agencies: Sequence[tuple[str, ...] | None]
    """The same of the pictures' credits."""


def bare_evidence(lengths: Sequence[int]) -> Evidence:
    """Evidence of nothing but the documents' lengths."""
    nothing: list[None] = [None] * len(lengths)
    return Evidence(np.asarray(lengths, np.int64), np.zeros(len(lengths), np.int64), [()] * len(lengths), nothing, nothing, nothing)


class Measured(NamedTuple):
    """A check's number for every row of the cross frame, NaN where nothing is to be measured, and what is wrong in a given row."""

    check: CrossCheck
    numbers: Floats
    explain: Callable[[int], str]


class Keyed(NamedTuple):
    """A child table of a batch, and for each of its rows the row of the cross frame it belongs to."""

    table: pa.Table
    rows: Ints


class Frames(NamedTuple):
    """A batch laid out for cross checks: one row per article version, then one per key that has child rows but no article."""

    articles: pa.Table
    evidence: Evidence
    children: Mapping[str, Keyed]
    names: pa.Array
    """Distinct article ids."""
    codes: Ints
    """Place in `names` of each row's article id."""
    versions: Ints

    @property
    def lengths(self) -> Ints:
        """Code points of each article's document."""
        return self.evidence.lengths

    def read_key(self, row: int) -> tuple[str, int]:
        """Article id and version of a row of the cross frame."""
        return str(self.names[int(self.codes[row])]), int(self.versions[row])


class Runs(NamedTuple):
    """Neighbouring rows with the same key, as one."""

    keys: Ints
    sizes: Ints


def align(tables: Mapping[str, pa.Table], evidence: Evidence) -> Frames:
    """Tie every row of the child tables to the article version that it names."""
    every = ("articles", *CHILDREN)
    encoded = [combine(tables[name].column("article_id")).dictionary_encode("encode") for name in every]
    known = pa.concat_arrays([e.dictionary for e in encoded]).cast(pa.string()).dictionary_encode("encode")
    versions = [read_ints(tables[name], "version") for name in every]
    span = 1 + max(int(v.max(initial=0)) for v in versions)
    runs, taken = [], 0
    for ids, version in zip(encoded, versions, strict=True):
        codes = known.indices.slice(taken, len(ids.dictionary)).to_numpy()[ids.indices.to_numpy()].astype(np.int64)
        taken += len(ids.dictionary)
        runs.append(find_runs(codes * span + version))
    own = np.repeat(*runs[0])
    distinct, first = np.unique(own, return_index=True)
    strays = np.setdiff1d(np.concatenate([r.keys for r in runs[1:]]), distinct)
    children = {}
    for name, run in zip(CHILDREN, runs[1:], strict=True):
        place = np.searchsorted(strays, run.keys) + len(own)
        if len(distinct):
            near = np.minimum(np.searchsorted(distinct, run.keys), len(distinct) - 1)
            place = np.where(distinct[near] == run.keys, first[near], place)
        children[name] = Keyed(tables[name], np.repeat(place, run.sizes))
    keys = np.append(own, strays)
    return Frames(tables["articles"], evidence, children, known.dictionary, keys // span, keys % span)


def find_runs(keys: Ints) -> Runs:
    """Neighbours with the same key, folded: blocks come by the article, so a million of them are a few thousand runs.

    >>> find_runs(np.array([4, 4, 4, 7, 4]))
    Runs(keys=array([4, 7, 4]), sizes=array([3, 1, 1]))
    """
    heads = np.flatnonzero(np.append(np.ones(min(1, len(keys)), bool), keys[1:] != keys[:-1]))
    return Runs(keys[heads], np.diff(np.append(heads, len(keys))))


def read_ints(table: pa.Table, column: str, missing: int = 0) -> Ints:
    """A column of whole numbers, with a number for what is missing (the contract reports it)."""
    return np.asarray(pc.fill_null(combine(table.column(column)), missing).to_numpy(), np.int64)


def read_mask(values: Any) -> Mask:
    """An Arrow array of booleans, with false for null."""
    return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), bool)


def read_present(table: pa.Table, column: str) -> Mask:
    """Where a text or date column has a value; an empty text is none."""
    values = combine(table.column(column))
    if pa.types.is_string(values.type):
        return read_mask(pc.greater(pc.binary_length(values), 0))
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), bool)


def measure_articles(frames: Frames, check: CrossCheck, numbers: npt.NDArray[Any], explain: Callable[[int], str]) -> Measured:
    """A number per article, extended over the keys that have no article, of which nothing can be said."""
    padded = np.full(len(frames.codes), np.nan)
    padded[: len(numbers)] = numbers
    return Measured(check, padded, explain)


def count_offences(frames: Frames, check: CrossCheck, table: str, wrong: Mask, describe: Callable[[int], str]) -> Measured:
    """How many rows of a child table are wrong in each article, explained by the first few of them."""
    child = frames.children[table]
    return count_at(frames, check, child.rows[wrong], np.flatnonzero(wrong), describe)


def count_at(frames: Frames, check: CrossCheck, rows: Ints, places: Ints, describe: Callable[[int], str]) -> Measured:
    """Offences counted by the row of the cross frame in which they stand; `describe` is given an offence's own place."""
    count = frames.articles.num_rows
    order = np.argsort(rows, kind="stable")
    ranked, sources = rows[order], places[order]

    def explain(row: int) -> str:
        low, high = np.searchsorted(ranked, [row, row + 1])
        told = [describe(int(i)) for i in sources[low : min(high, low + SHOWN)]]
        more = int(high - low) - len(told)
        return "; ".join(told) + (f"; and {more:,} more" if more else "") + "."

    return measure_articles(frames, check, np.bincount(ranked[ranked < count], minlength=count), explain)


def count_days(moments: pa.Array) -> Floats:
    """Days since 1970 of dates or UTC instants, NaN for null.

    >>> import datetime as dt
    >>> count_days(pa.array([dt.date(1970, 1, 3), None])).tolist()
    [2.0, nan]
    """
    days = moments.cast(pa.date32(), safe=False).cast(pa.int32())
    return np.asarray(pc.cast(days, pa.float64()).to_numpy(zero_copy_only=False), np.float64)


def latest_days(frames: Frames, table: str, column: str) -> Floats:
    """For each article the latest day in a column of a child table, NaN where there is none."""
    child = frames.children[table]
    days = count_days(combine(child.table.column(column)))
    mine = ~np.isnan(days) & (child.rows < frames.articles.num_rows)
    latest = np.full(frames.articles.num_rows, -np.inf)
    np.maximum.at(latest, child.rows[mine], days[mine])
    return np.where(np.isinf(latest), np.nan, latest)


def find_outside(starts: Ints, ends: Ints, rows: Ints, frames: Frames) -> Mask:
    """Which spans are empty, turned round or reach beyond their article's document."""
    limits = np.append(frames.lengths, np.full(len(frames.codes) - len(frames.lengths), np.iinfo(np.int64).max))
    return (starts < 0) | (ends <= starts) | (ends > limits[rows])


def quote(text: Any, most: int = 80) -> str:
    """A value between quotes, cut to length.

    >>> quote("LAGOS, Jan. 2 (Example News)", 12)
    '“LAGOS, Jan. …”'
    """
    said = str(text)
    return f"“{said if len(said) <= most else said[:most] + '…'}”"


def apply_thresholds(frames: Frames, measured: Sequence[Measured], thresholds: Thresholds) -> list[Measured]:
    """The checks as the houses want them: where a source has limits of its own, its articles have a check of their own, `name@source`."""
    if not thresholds:
        return list(measured)
    every = thresholds.get("", {})
    sources = combine(frames.articles.column("source"))
    here = set(pc.unique(sources).to_pylist())
    own = {
        source: read_mask(pc.equal(sources, source)) for source, said in thresholds.items()
        if source and source in here and any(m.check.name in said for m in measured)
    }
    found: list[Measured] = []
    for one in measured:
        name = one.check.name
        general = every[name].apply(one.check) if name in every else one.check
        apart = [source for source in own if name in thresholds[source]]
        rest = one.numbers.copy() if apart else one.numbers
        for source in apart:
            mine = np.append(own[source], np.zeros(len(rest) - len(own[source]), bool))
            found.append(Measured(
                thresholds[source][name].apply(one.check)._replace(name=f"{name}@{source}"), np.where(mine, one.numbers, np.nan), one.explain))
            rest[mine] = np.nan
        found.append(Measured(general, rest, one.explain))
    return found
