"""What a report is made of: rows of the ledger, what its articles look like, and what earlier runs came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from expectations.report.profile import FIELDS, Profile, rank_sources
from expectations.verdict import Conservation, Summary, gather_checks, weigh_files
from warehouse.tables import Checks, Files, Quarantine, Rules, Runs

HISTORY = 30
"""Runs, this one among them, that a report looks back on."""
KEPT_SOURCES = 12
KEPT_NAMES = 60
MOST_SOURCES = 100
"""Sources whose columns are remembered."""


class Timing(NamedTuple):
    """Time spent in one stage of a run, over all its batches."""

    stage: str
    seconds: float
    """Wall time, summed over workers."""
    cpu_seconds: float | None = None


class Failing(NamedTuple):
    """A row that failed a check, with its place in the input and the text that was read there."""

    article_id: str
    version: int
    table: str
    check: str
    severity: str
    detail: str
    sets_aside: bool
    path: str
    line: int
    byte_start: int
    byte_end: int
    record_no: int
    snippet: str

    @property
    def location(self) -> str:
        """File, line and byte, as editors and `dd` understand them."""
        return f"{self.path}:{self.line}:{self.byte_start}"


class Repair(NamedTuple):
    """A passage that had been read in another encoding, as it came and as it stands now."""

    location: str
    before: str
    after: str


class Download(NamedTuple):
    """A file beside the page."""

    name: str
    rows: int
    size: int


class Brief(NamedTuple):
    """What later runs need to know of a run: small, and of bounded size."""

    run_id: str
    started_at: str
    verdict: str
    exit_code: int
    files_in: int
    files_failed: int
    records_in: int
    landed: int
    quarantined: int
    duplicates: int
    bytes_in: int
    seconds: float
    checks: Mapping[str, int]
    """Rows that failed, by check."""
    held: int
    """Checks that held."""
    filled: Mapping[str, Mapping[str, float]]
    """Share of articles that have a value, by source and column, of the sources with most articles."""
    extra: Mapping[str, Sequence[str]]
    """Columns of the input that have none here, by source."""


class Columns(NamedTuple):
    """The columns of a source, as the last run that read it found them."""

    since: str
    """That run."""
    filled: Mapping[str, float]
    extra: Sequence[str]


class History(NamedTuple):
    """What is known of earlier runs."""

    runs: Sequence[Brief] = ()
    """The last ones, oldest first, without their columns."""
    columns: Mapping[str, Columns] = {}
    """By source, those read last at the end."""


class Cause(NamedTuple):
    """What set records aside, in their order of telling: reason, check where one did it, stage, severity."""

    reason: str
    expectation: str | None
    stage: str
    severity: str


class ReportData(NamedTuple):
    """What a report is made of."""

    run: Runs
    files: Sequence[Files]
    checks: Sequence[Checks]
    quarantine: Sequence[Quarantine]
    """The first rows that were set aside."""
    timings: Sequence[Timing] = ()
    rules: Sequence[Rules] = ()
    profile: Profile = Profile()
    failing: Sequence[Failing] = ()
    """For each check, the first rows that failed it."""
    repairs: Sequence[Repair] = ()
    history: History = History()
    downloads: Sequence[Download] = ()
    causes: Mapping[Cause, int] = {}
    """How many records each cause set aside, all of them; counted from `quarantine` where it is not said."""


class Drift(NamedTuple):
    """What changed in a source's columns since the last run that read it."""

    source: str
    since: str
    """That run."""
    new: Sequence[str]
    lost: Sequence[str]
    moved: Sequence[tuple[str, float, float]]
    """Columns whose fill rate moved, with the share before and now."""


MOVED = 0.1
"""A fill rate that moves by less is no news."""


def weigh_run(data: ReportData) -> Conservation:
    """The conservation equation of a run: the sums of its files, or those of the run itself when no file was read to its end."""
    if data.files:
        return weigh_files(data.files)
    run = data.run
    total = Conservation(run.records_in, run.landed, run.quarantined, run.duplicates, True)
    return total._replace(is_conserved=total.missing == 0)


def find_cause(row: Quarantine) -> Cause:
    """What set a record aside."""
    return Cause(row.reason, row.expectation, row.stage, row.severity)


def count_causes(data: ReportData) -> list[tuple[Cause, int]]:
    """What set records aside, the most frequent first."""
    return sorted((data.causes or Counter(map(find_cause, data.quarantine))).items(), key=lambda pair: -pair[1])


def name_check(check: Summary) -> str:
    """A check's name in full."""
    return f"{check.suite}.{check.name}"


def brief_run(data: ReportData) -> Brief:
    """What later runs need to know of this one."""
    run, profile = data.run, data.profile
    summaries = gather_checks(data.checks)
    sources = [source for source, _ in rank_sources(profile)[:KEPT_SOURCES]]
    filled = {
        source: {field: round(profile.filled.get((source, field), 0) / profile.by_source[source], 3) for field in FIELDS} for source in sources
    }
    extra = {source: sorted(name for owner, name in profile.extra if owner == source)[:KEPT_NAMES] for source in sources}
    return Brief(
        run.run_id, run.started_at.isoformat(), run.verdict, run.exit_code, run.files_in, run.files_failed, run.records_in, run.landed,
        run.quarantined, run.duplicates, run.bytes_in, round(run.seconds, 3), {name_check(s): s.unexpected for s in summaries},
        sum(s.success for s in summaries), filled, extra,
    )


def read_brief(told: Mapping[str, Any]) -> Brief:
    """A brief from its JSON. Raises KeyError when it lacks a value."""
    return Brief(*(told[name] for name in Brief._fields))


def add_run(history: History, brief: Brief) -> History:
    """The history with a run at its end: as many runs and sources as are kept, and a run of the same name taken out before."""
    runs = [*(b for b in history.runs if b.run_id != brief.run_id), brief._replace(filled={}, extra={})]
    columns = {source: known for source, known in history.columns.items() if source not in brief.filled}
    columns |= {source: Columns(brief.run_id, filled, brief.extra.get(source, ())) for source, filled in brief.filled.items()}
    return History(runs[-HISTORY:], dict(list(columns.items())[-MOST_SOURCES:]))


def find_drift(now: Brief, columns: Mapping[str, Columns]) -> list[Drift]:
    """What changed in the columns of each source that an earlier run has read as well; sources without a change are left out.

    >>> a = Brief("r1", "", "", 0, 1, 0, 9, 9, 0, 0, 1, 0.1, {}, 0, {"EXA": {"byline": 0.9}}, {"EXA": ["desk"]})
    >>> b = a._replace(run_id="r2", filled={"EXA": {"byline": 0.2}}, extra={"EXA": ["mood"]})
    >>> find_drift(b, add_run(History(), a).columns)
    [Drift(source='EXA', since='r1', new=['mood'], lost=['desk'], moved=[('byline', 0.9, 0.2)])]
    """
    found = []
    for source, filled in now.filled.items():
        last = columns.get(source)
        if last is None:
            continue
        names, before = now.extra.get(source, ()), last.extra
        new, lost = [n for n in names if n not in before], [n for n in before if n not in names]
        if max(len(names), len(before)) >= KEPT_NAMES:
            new, lost = [], []
        moved = [
            (field, last.filled.get(field, 0.0), share) for field, share in filled.items()
            if abs(share - last.filled.get(field, 0.0)) >= MOVED
        ]
        if new or lost or moved:
            found.append(Drift(source, last.since, new, lost, moved))
    return found
