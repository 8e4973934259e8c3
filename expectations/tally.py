"""What a run has read, counted by source: the measures that later runs are compared with.

A batch is counted in whole columns; tallies of batches add up; at the end of a run they become rows of `metrics`. What is followed is
bounded, so that a file with a source or a column name in every record costs no more than another.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.contract import combine, list_names
from expectations.cross import Mask
from expectations.verdict import gather_checks
from warehouse.tables import Checks, Metrics

FOLLOWED = (
    "record_id", "url", "headline", "standfirst", "byline", "dateline", "dateline_date", "dateline_agency", "located", "country", "published_at",
    "language", "section", "source_line", "ed_note", "copyright_notice", "usage_terms",
)
"""Columns of `articles` whose fill rates are followed."""
PARTS = ("contributors", "places", "photos")
"""Tables of which it is followed how many articles have a row."""
MOST_SOURCES, MOST_COLUMNS = 500, 200
"""Sources, and columns of a source's input, that are followed: those with most records."""
DAY = dt.timedelta(days=1)


class Tally(NamedTuple):
    """What a run has read of one source."""

    landed: int = 0
    quarantined: int = 0
    duplicates: int = 0
    newest: dt.datetime | None = None
    """The latest time of publication."""
    filled: Counter[str] = Counter()  # noqa: RUF012 - never changed
    """Articles that have a value, by column or table."""
    extra: Counter[str] = Counter()  # noqa: RUF012 - never changed
    """Articles that have a column of the input which has no column in `articles`."""

    @property
    def records(self) -> int:
        """Records that came in."""
        return self.landed + self.quarantined + self.duplicates


Tallies = Mapping[str, Tally]
"""By source, empty where none is named."""


def tally_articles(tables: Mapping[str, pa.Table]) -> dict[str, Tally]:
    """What lands of a batch, by source."""
    articles = tables.get("articles")
    if articles is None or not articles.num_rows:
        return {}
    coded = pc.fill_null(combine(articles.column("source")), "").dictionary_encode()
    codes, sources = coded.indices.to_numpy(), coded.dictionary.to_pylist()

    def count(mask: Mask) -> list[int]:
        return [int(n) for n in np.bincount(codes[mask], minlength=len(sources))]

    filled: list[Counter[str]] = [Counter() for _ in sources]
    present = {name: read_filled(articles, name) for name in FOLLOWED}
    ids = combine(articles.column("article_id"))
    for name in PARTS:
        owners = pc.unique(combine(tables[name].column("article_id")))
        present[name] = np.asarray(pc.is_in(ids, owners).to_numpy(zero_copy_only=False), bool)
    for name, mask in present.items():
        for counts, number in zip(filled, count(mask), strict=True):
            counts[name] = number
    landed = count(np.ones(len(codes), bool))
    extra = tally_extra(combine(articles.column("extra")), codes, len(sources))
    published = combine(articles.column("published_at"))
    newest = [pc.max(published.filter(pa.array(codes == code))).as_py() for code in range(min(len(sources), MOST_SOURCES))]
    newest += [None] * (len(sources) - len(newest))
    return {
        source: Tally(landed[code], newest=newest[code], filled=filled[code], extra=extra[code]) for code, source in enumerate(sources)
    }


def read_filled(table: pa.Table, column: str) -> Mask:
    """Where a column has a value; an empty text is none."""
    values = combine(table.column(column))
    if pa.types.is_string(values.type):
        values = pc.greater(pc.binary_length(values), 0)
        return np.asarray(pc.fill_null(values, False).to_numpy(zero_copy_only=False), bool)
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False), bool)


def tally_extra(extra: pa.Array, codes: np.ndarray[tuple[int], np.dtype[np.int64]], sources: int) -> list[Counter[str]]:
    """How many articles of each source have a column that has none here, by its name.

    >>> extra = pa.array([{"WC": ["12"], "SN": ["Post"]}, {"WC": ["9"]}, {}], pa.map_(pa.string(), pa.list_(pa.string())))
    >>> tally_extra(extra, np.array([0, 1, 1]), 2)
    [Counter({'WC': 1, 'SN': 1}), Counter({'WC': 1})]
    """
    found: list[Counter[str]] = [Counter() for _ in range(sources)]
    names, owners = list_names(extra)
    if len(names):
        rows = pa.table({"code": pa.array(codes[owners]), "name": names})
        for row in rows.group_by(["code", "name"], use_threads=False).aggregate([([], "count_all")]).to_pylist():
            found[row["code"]][row["name"]] = row["count_all"]
    return found


def add_tallies(parts: Iterable[Tallies]) -> dict[str, Tally]:
    """Tallies of several batches together, the sources with most records."""
    total: dict[str, Tally] = {}
    for part in parts:
        for source, one in part.items():
            before = total.get(source)
            total[source] = one if before is None else add_tally(before, one)
    if len(total) > MOST_SOURCES:
        total = dict(sorted(total.items(), key=lambda item: (-item[1].records, item[0]))[:MOST_SOURCES])
    return total


def add_tally(one: Tally, other: Tally) -> Tally:
    """Two tallies of one source together."""
    times = [moment for moment in (one.newest, other.newest) if moment]
    extra = one.extra + other.extra
    if len(extra) > 2 * MOST_COLUMNS:
        extra = Counter(dict(extra.most_common(MOST_COLUMNS)))
    return Tally(
        one.landed + other.landed, one.quarantined + other.quarantined, one.duplicates + other.duplicates, max(times, default=None),
        one.filled + other.filled, extra,
    )


def write_metrics(run_id: str, started_at: dt.datetime, tallies: Tallies) -> list[Metrics]:
    """A run's measures by source.

    >>> rows = write_metrics("r", dt.datetime(2026, 1, 3, tzinfo=dt.UTC), {"Post": Tally(3, 1, filled=Counter(byline=2))})
    >>> [(m.name, m.value, m.weight) for m in rows if m.name != "filled" or m.field == "byline"]
    [('records', 4.0, 4), ('landed', 3.0, 4), ('quarantined', 1.0, 4), ('duplicates', 0.0, 4), ('filled', 0.6666666666666666, 3)]
    """
    rows: list[Metrics] = []
    for source, tally in sorted(tallies.items()):
        counts = (("records", tally.records), ("landed", tally.landed), ("quarantined", tally.quarantined), ("duplicates", tally.duplicates))
        rows += [Metrics(run_id, source, name, "", float(number), tally.records) for name, number in counts]
        if not tally.landed:
            continue
        rows += [Metrics(run_id, source, "filled", name, tally.filled[name] / tally.landed, tally.landed) for name in (*FOLLOWED, *PARTS)]
        rows += [
            Metrics(run_id, source, "extra", name, number / tally.landed, tally.landed) for name, number in tally.extra.most_common(MOST_COLUMNS)
        ]
        if tally.newest:
            rows.append(Metrics(run_id, source, "age_days", "", (started_at - tally.newest) / DAY, tally.landed))
    return rows


def write_outcomes(run_id: str, checks: Sequence[Checks]) -> list[Metrics]:
    """How many rows failed each check of a run, so that the next runs can show how it went before."""
    return [Metrics(run_id, "", "unexpected", f"{s.suite}.{s.name}", float(s.unexpected), s.evaluated) for s in gather_checks(checks)]
