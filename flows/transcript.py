"""What a run leaves for its report as its batches are committed: the failing rows as files beside the page, and what the articles look like.

Every row that was set aside or failed a check is written out, as JSON Lines and as CSV that is safe to open in a spreadsheet. Memory holds
the first rows of each check and counts, so that it does not grow with the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from expectations.batch import Failure
from expectations.remedies import suggest
from expectations.report import (
    READ,
    Cause,
    Download,
    Failing,
    Profile,
    Repair,
    add_profiles,
    find_cause,
    print_json,
    profile_batch,
    write_rows,
)
from flows.plan import Batch
from flows.stages import Built
from transforms.model import Damaged, Record
from transforms.text import has_mojibake, repair_mojibake
from warehouse.tables import Quarantine

SHOWN = 1000
"""Rows kept for the report's page."""
OF_A_CAUSE = 200
"""Rows kept of those that were set aside for one cause."""
EXAMPLES = 5
"""Failing rows kept of each check."""
REPAIRS = 12
SNIPPET = 300
LOOKED_AT = 20_000
"""Characters of a document in which a repaired passage is looked for."""
AROUND = 60
PLACE = ("article_id", "version", "file_id", "record_no", "byte_start", "byte_end", "line")
ASIDE = (*Quarantine._fields, "location", "remedy")
FAILING = (*Failing._fields, "location")


class Spot(NamedTuple):
    """Where a record stands."""

    file_id: str
    record_no: int
    byte_start: int
    byte_end: int
    line: int


class Seen(NamedTuple):
    """What one batch leaves."""

    quarantine: Sequence[tuple[Quarantine, str]] = ()
    """Rows set aside, each with its place."""
    failing: Sequence[Failing] = ()
    repairs: Sequence[Repair] = ()
    profile: Profile = Profile()


class Transcript:
    """Writes rows as batches are committed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown: list[Quarantine] = []
        self.failing: list[Failing] = []
        self.repairs: list[Repair] = []
        self.profile = Profile()
        self.causes: Counter[Cause] = Counter()
        self._kept: Counter[tuple[str, str]] = Counter()
        self._written: Counter[str] = Counter()

    def write(self, seen: Seen) -> None:
        """Add what a batch leaves. A file is made with its first row."""
        for row, _ in seen.quarantine:
            cause = find_cause(row)
            self.causes[cause] += 1
            if self.causes[cause] <= OF_A_CAUSE and len(self.shown) < SHOWN:
                self.shown.append(row)
        for failing in seen.failing:
            key = failing.table, failing.check
            if self._kept[key] < EXAMPLES and len(self.failing) < SHOWN:
                self._kept[key] += 1
                self.failing.append(failing)
        self.repairs += seen.repairs[: REPAIRS - len(self.repairs)]
        self.profile = add_profiles(self.profile, seen.profile)
        self._append("quarantine", ASIDE, [(*row, place, suggest(row.reason, row.expectation)) for row, place in seen.quarantine])
        self._append("failures", FAILING, [(*row, row.location) for row in seen.failing])

    def list_downloads(self) -> list[Download]:
        """The files that stand beside the page, with their rows."""
        names = [f"{name}.{kind}" for name in sorted(self._written) for kind in ("csv", "jsonl")]
        return [Download(name, self._written[name.partition(".")[0]], (self.folder / name).stat().st_size) for name in names]

    def _append(self, name: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
        if not rows:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.jsonl").open("ab") as file:
            file.writelines(print_json(dict(zip(columns, row, strict=True))) for row in rows)
        with (self.folder / f"{name}.csv").open("a", encoding="utf-8", newline="") as table:
            table.write(write_rows(columns, rows, header=not self._written[name]))
        self._written[name] += len(rows)


def look_over(batch: Batch, built: Built, paths: Mapping[str, str]) -> Seen:
    """What a staged batch leaves for the report. `paths` names its files."""
    tables = {
        name: pq.read_table(built.staged[name], columns=list(dict.fromkeys((*columns, *(PLACE if name == "articles" else ())))))
        for name, columns in READ.items() if name in built.staged
    }
    articles = tables.get("articles")
    spots: dict[tuple[str, int], Spot] = {}
    doubtful: list[Spot] = []
    wanted = {failure.article_id for failure in built.failures}
    if articles is not None and (wanted or batch.entries):
        keys = zip(*(articles.column(name).to_pylist() for name in PLACE), articles.column("warnings").to_pylist(), strict=True)
        for article_id, version, file_id, record_no, start, end, line, warnings in keys:
            if article_id in wanted:
                spots[article_id, version] = Spot(file_id, record_no, start, end, line)
            if "mojibake" in warnings and len(doubtful) < REPAIRS:
                doubtful.append(Spot(file_id, record_no, start, end, line))
    aside = {q.article_id: Spot(q.file_id, q.record_no, q.byte_start, q.byte_end, q.line) for q in built.quarantine if q.article_id}
    items = {(e.file_id, e.item.number): e.item for e in batch.entries} if wanted or doubtful else {}
    quarantine = [(q, f"{paths.get(q.file_id, q.file_id)}:{q.line}:{q.byte_start}") for q in built.quarantine]
    failing = [place_failure(failure, find_spot(failure, spots, aside), items, paths) for failure in built.failures]
    repairs = [repair for spot in doubtful for repair in find_repair(spot, items.get((spot.file_id, spot.record_no)), paths)]
    return Seen(quarantine, failing, repairs, profile_batch(tables))


def find_spot(failure: Failure, landed: Mapping[tuple[str, int], Spot], aside: Mapping[str, Spot]) -> Spot | None:
    """Where the record of a failing row stands: by its version where it landed, else where it was set aside."""
    return landed.get((failure.article_id, failure.version)) or aside.get(failure.article_id) or next(
        (spot for (article_id, _), spot in landed.items() if article_id == failure.article_id), None)


def place_failure(
    failure: Failure, spot: Spot | None, items: Mapping[tuple[str, int], Record | Damaged], paths: Mapping[str, str],
) -> Failing:
    """A failing row with its place and the beginning of what was read there."""
    if spot is None:
        return Failing(*failure, "", 0, 0, 0, 0, "")
    item = items.get((spot.file_id, spot.record_no))
    text = "" if item is None else item.document if isinstance(item, Record) else item.raw
    return Failing(
        *failure, paths.get(spot.file_id, spot.file_id), spot.line, spot.byte_start, spot.byte_end, spot.record_no, text[:SNIPPET],
    )


def find_repair(spot: Spot, item: Record | Damaged | None, paths: Mapping[str, str]) -> Iterable[Repair]:
    """The first passage of a document that was repaired, with what stands around it."""
    if not isinstance(item, Record):
        return
    for line in item.document[:LOOKED_AT].splitlines():
        if not has_mojibake(line):
            continue
        after = repair_mojibake(line)
        if after == line:
            continue
        at = next((n for n, (a, b) in enumerate(zip(line, after, strict=False)) if a != b), min(len(line), len(after)))
        start = max(0, at - AROUND)
        cut = slice(start, at + AROUND)
        yield Repair(f"{paths.get(spot.file_id, spot.file_id)}:{spot.line}:{spot.byte_start}", line[cut], after[cut])
        return
