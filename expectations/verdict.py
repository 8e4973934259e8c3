"""The verdict of a run: one sentence, and the facts behind its exit code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from warehouse.tables import SEVERITIES, Checks, Files

ALL_LANDED, DOUBTFUL, SOME_FAILED, BROKEN = 0, 1, 3, 5
"""Exit codes: all landed; a critical check failed or too much was set aside; some files failed; records got lost, which is a bug."""


class Summary(NamedTuple):
    """One check over all batches of a run."""

    suite: str
    name: str
    expectation: str
    column: str | None
    severity: str
    meaning: str
    success: bool
    batches: int
    evaluated: int
    unexpected: int
    detail: str | None
    """Examples from the first batch that failed it."""
    unit: str | None = None
    least: float | None = None
    most: float | None = None
    mostly: float | None = None
    mostly_reason: str | None = None


class Conservation(NamedTuple):
    """Records in = landed + quarantined + duplicates."""

    records_in: int
    landed: int
    quarantined: int
    duplicates: int
    is_conserved: bool
    """The sum holds, and in every file that was read the records and gaps tile the bytes."""

    @property
    def missing(self) -> int:
        """Records that came in and are nowhere; below zero, records that came from nowhere."""
        return self.records_in - self.landed - self.quarantined - self.duplicates

    @property
    def share_quarantined(self) -> float:
        """Share of the records that was set aside, 0 where there were none."""
        return self.quarantined / self.records_in if self.records_in else 0.0


class RunVerdict(NamedTuple):
    """What is to be said of a run."""

    sentence: str
    conservation: Conservation
    files_failed: int
    critical: tuple[str, ...]
    """Critical checks that failed, as `suite.name`."""
    warnings: tuple[str, ...]
    """Checks of severity warning that failed."""
    is_above_threshold: bool
    """More was set aside than the threshold allows."""
    fail_on: str = "critical"
    """Severity of failed checks from which the run is doubtful: warning, critical, or never."""
    held: int = 0
    """Records that were held back; they are counted as set aside."""
    run_id: str = ""
    files_cut: int = 0
    """Files that could not be read to their end."""

    @property
    def is_critical_failed(self) -> bool:
        """Whether any check of severity critical failed."""
        return bool(self.critical)

    @property
    def exit_code(self) -> int:
        """What the command should return: the gravest of its facts."""
        if not self.conservation.is_conserved:
            return BROKEN
        if self.files_failed or self.files_cut:
            return SOME_FAILED
        if self.held:
            return DOUBTFUL
        if self.fail_on == "never":
            return ALL_LANDED
        is_doubtful = self.critical or self.is_above_threshold or (self.fail_on == "warning" and self.warnings)
        return DOUBTFUL if is_doubtful else ALL_LANDED


def gather_checks(checks: Iterable[Checks]) -> tuple[Summary, ...]:
    """One summary a check, failures first and the gravest of them first, else in the order in which they came."""
    found: dict[tuple[str, str], Summary] = {}
    for c in checks:
        s = found.get((c.suite, c.check_name))
        if s is None:
            s = Summary(c.suite, c.check_name, c.expectation, c.column_name, c.severity, c.meaning, True, 0, 0, 0, None,
                        c.unit, c.least, c.most, c.mostly, c.mostly_reason)
        evaluated, unexpected = s.evaluated + c.evaluated, s.unexpected + c.unexpected
        found[c.suite, c.check_name] = s._replace(
            success=s.success and c.success if c.mostly is None else holds_mostly(evaluated, unexpected, c.mostly), batches=s.batches + 1,
            evaluated=evaluated, unexpected=unexpected, detail=s.detail or (None if c.success and not c.unexpected else c.detail),
        )
    return tuple(sorted(found.values(), key=lambda s: (s.success, -SEVERITIES.index(s.severity) if not s.success else 0)))


def holds_mostly(evaluated: int, unexpected: int, mostly: float) -> bool:
    """Whether as large a share holds as must.

    >>> holds_mostly(100, 10, 0.9), holds_mostly(100, 11, 0.9), holds_mostly(0, 0, 0.9)
    (True, False, True)
    """
    return evaluated - unexpected >= mostly * evaluated


def add_results(one: Checks, other: Checks) -> Checks:
    """The results of one check over two parts of a batch as its result over both."""
    evaluated, unexpected = one.evaluated + other.evaluated, one.unexpected + other.unexpected
    return other._replace(
        success=one.success and other.success if other.mostly is None else holds_mostly(evaluated, unexpected, other.mostly),
        evaluated=evaluated, unexpected=unexpected, detail=" ".join(filter(None, (one.detail, other.detail))) or None,
    )


def weigh_files(files: Iterable[Files]) -> Conservation:
    """The conservation equation over all files. A file that could not be read has no records to lose."""
    read = [f for f in files if f.status == "landed"]
    total = Conservation(
        sum(f.records_in for f in read), sum(f.landed for f in read), sum(f.quarantined for f in read), sum(f.duplicates for f in read),
        all(f.is_conserved for f in read),
    )
    return total._replace(is_conserved=total.is_conserved and total.missing == 0)


def judge_run(
    files: Sequence[Files], checks: Iterable[Checks], *, threshold: float, files_skipped: int = 0, fail_on: str = "critical", held: int = 0,
    run_id: str = "",
) -> RunVerdict:
    """The verdict on a run, from the rows of its ledger. `threshold` is the share of records that may be set aside.

    Records that were held back are among those set aside, and count for neither the threshold nor the share that is told.

    >>> judge_run([], [], threshold=0.05, files_skipped=2).sentence
    'Nothing new: both files had landed before.'
    """
    weighed = weigh_files(files)
    failed = sum(f.status == "failed" for f in files)
    cut = sum(f.status == "landed" and f.message is not None for f in files)
    broken = [s for s in gather_checks(checks) if not s.success]
    critical = tuple(f"{s.suite}.{s.name}" for s in broken if s.severity == "critical")
    others = tuple(f"{s.suite}.{s.name}" for s in broken if s.severity == "warning")
    above = weighed._replace(quarantined=max(0, weighed.quarantined - held)).share_quarantined > threshold
    verdict = RunVerdict("", weighed, failed, critical, others, above, fail_on, held, run_id, cut)
    return verdict._replace(sentence=phrase_verdict(verdict, len(files), files_skipped, threshold))


def phrase_verdict(verdict: RunVerdict, files: int, skipped: int, threshold: float) -> str:
    """The verdict in one sentence, the gravest thing first."""
    c = verdict.conservation
    if not c.is_conserved:
        lost = count(abs(c.missing), "record") if c.missing else "bytes"
        return f"Records are not conserved, with {lost} unaccounted for: this run must not be trusted."
    if not files:
        return f"Nothing new: {phrase_skipped(skipped)}."
    parts = []
    if verdict.files_failed:
        parts.append(f"{verdict.files_failed:,} of {count(files, 'file')} could not be read")
    if verdict.files_cut:
        parts.append(f"{verdict.files_cut:,} of {count(files, 'file')} could not be read to its end")
    if not c.records_in:
        parts.append("no records were found")
    elif c.landed == c.records_in:
        parts.append(f"all {count(c.landed, 'record')} landed" if c.landed > 1 else "the one record landed")
    else:
        parts.append(f"{c.landed:,} of {count(c.records_in, 'record')} landed")
    if verdict.held:
        parts.append(f"{verdict.held:,} held back until copydesk release {verdict.run_id}")
    c = c._replace(quarantined=c.quarantined - verdict.held)
    if c.quarantined > 0:
        limit = f", above the {100 * threshold:.4g}% allowed" if verdict.is_above_threshold else ""
        parts.append(f"{c.quarantined:,} set aside ({c.share_quarantined:.2%}{limit})")
    if c.duplicates:
        parts.append(f"{count(c.duplicates, 'duplicate')}")
    if skipped:
        parts.append(f"{count(skipped, 'file')} had landed before")
    said = ", ".join(parts)
    if verdict.critical:
        said += f"; {count(len(verdict.critical), 'critical check')} failed"
    elif verdict.warnings:
        said += f"; every critical check held, {count(len(verdict.warnings), 'other')} did not"
    elif c.records_in:
        said += "; every check held"
    return f"{said[0].upper()}{said[1:]}."


def phrase_skipped(files: int) -> str:
    """What to say when every file was skipped.

    >>> phrase_skipped(0), phrase_skipped(2), phrase_skipped(1204)
    ('no files were found', 'both files had landed before', 'all 1,204 files had landed before')
    """
    return {0: "no files were found", 1: "the file had landed before", 2: "both files had landed before"}.get(
        files, f"all {files:,} files had landed before",
    )


def count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> count(1, "record"), count(1204, "record")
    ('1 record', '1,204 records')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
