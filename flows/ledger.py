"""The ledger of a run: what was found, what became of it, and whether it adds up. Rows of `files`, `batches` and `runs` are written here."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from flows.discover import Aside
from flows.plan import Batch, FileEnd
from flows.problems import ExitCode
from flows.read import Reading
from flows.stages import Built, Fate
from transforms.model import PARSER_VERSION
from warehouse.lake import Lake
from warehouse.land import commit_batch, landed_counts, stage
from warehouse.tables import Batches, Files, Runs
from warehouse.unfinished import failed_files


class FileFacts(NamedTuple):
    """What is known of a file before its records are."""

    file_id: str
    sha256: str
    shown: str
    size_bytes: int
    format: str | None = None
    encoding: str | None = None
    compression: str | None = None
    dialect: str | None = None

    def learn(self, reading: Reading) -> FileFacts:
        """The same with what opening it has shown."""
        found = reading.found
        return self._replace(
            format=found.format, encoding=found.encoding, compression=reading.compression, dialect=found.dialect or None,
        )


class Failure(NamedTuple):
    """A file that could not be read."""

    shown: str
    message: str
    sha256: str | None = None
    """None when not even its bytes could be had."""
    size_bytes: int = 0


class Receipt(NamedTuple):
    """What a run did."""

    run_id: str
    exit_code: int
    verdict: str
    files_in: int
    skipped: tuple[Aside, ...]
    """Files that had landed before."""
    ignored: tuple[Aside, ...]
    """What is no input by its kind or name."""
    notes: tuple[Aside, ...]
    """Files that landed and are odd."""
    failures: tuple[Failure, ...]
    records_in: int
    landed: int
    quarantined: int
    duplicates: int
    bytes_in: int
    batches: int
    seconds: float
    lake: str
    report: str


def name_run(now: datetime) -> str:
    """An id that sorts by the time of its start."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


class Ledger:
    """Commits batches in their order and keeps count."""

    def __init__(self, lake: Lake, inputs: Iterable[str]) -> None:
        self.lake = lake
        self.inputs = list(inputs)
        self.started_at = datetime.now(UTC)
        self._clock = time.monotonic()
        self.run_id = name_run(self.started_at)
        self.open_files: dict[str, FileFacts] = {}
        self.skipped: list[Aside] = []
        self.failures: list[Failure] = []
        self.notes: list[Aside] = []
        self.failed_critical: set[str] = set()
        self.fate = Fate(0, 0, 0)
        self.batches = self.bytes_in = self.files_landed = 0
        self._under_way: set[str] = set()

    def open_file(self, facts: FileFacts, *, note: str | None = None) -> None:
        """A file is about to be read; `note` says what is odd about it."""
        self.open_files[facts.file_id] = facts
        if note:
            self.notes.append(Aside(facts.shown, note))

    def commit(self, batch: Batch, built: Built) -> None:
        """Land a batch with its rows of `batches` and `files`, all in one transaction."""
        total = add_fates(built.fates.values())
        files = [self._close_file(end, built.fates.get(end.file_id, Fate(0, 0, 0)), batch.batch_id) for end in batch.ends]
        self._under_way |= built.fates.keys()
        batch_row = Batches(
            batch.batch_id, self.run_id, sum(total), *total, batch.bytes_in, PARSER_VERSION, datetime.now(UTC),
        )
        staged = dict(built.staged)
        staged["batches"] = stage(self.lake.folder, batch.batch_id, "batches", [batch_row])
        if files:
            staged["files"] = stage(self.lake.folder, batch.batch_id, "files", files)
        commit_batch(self.lake, batch.batch_id, staged)
        self._under_way -= {end.file_id for end in batch.ends}
        for end in batch.ends:
            del self.open_files[end.file_id]
        self.failed_critical |= set(built.failed_critical)
        self.fate = add_fates((self.fate, total))
        self.batches += 1
        self.files_landed += len(files)
        self.bytes_in += batch.bytes_in

    def _close_file(self, end: FileEnd, fate: Fate, batch_id: str) -> Files:
        """The row of a file whose last record is in this batch, its equation checked."""
        facts = self.open_files[end.file_id]
        if end.settled or end.file_id in self._under_way:
            fate = add_fates((fate, Fate(*landed_counts(self.lake, end.file_id, PARSER_VERSION))))
        fault = find_leak(end, fate)
        if fault:
            raise ArithmeticError(f"{facts.shown}: {fault}; the batch was not landed")
        return Files(
            end.file_id, PARSER_VERSION, facts.sha256, facts.shown, facts.size_bytes, end.read_bytes, facts.format, facts.encoding,
            facts.compression, facts.dialect, "landed", None, end.records_in, *fate, sum(n for _, n in end.gaps),
            [f"{kind}={n}" for kind, n in end.gaps], True, self.run_id, batch_id,
        )

    def sum_up(self, *, threshold: float) -> Runs:
        """The row of the run as it stands."""
        code = self.judge(threshold)
        return Runs(
            self.run_id, self.started_at, datetime.now(UTC), self.word_verdict(code), code, self.files_in, len(self.skipped), len(self.failures),
            sum(self.fate), *self.fate, self.bytes_in, time.monotonic() - self._clock, self.inputs, PARSER_VERSION,
        )

    @property
    def files_in(self) -> int:
        """Files found, whatever became of them."""
        return self.files_landed + len(self.skipped) + len(self.failures)

    def fail_files(self) -> list[Files]:
        """Rows of the files that could not be read."""
        return [failed_row(failure, self.run_id, self.closing_id) for failure in self.failures]

    @property
    def closing_id(self) -> str:
        """Id of the commit that closes the run."""
        return hashlib.sha256(f"run {self.run_id}".encode("ascii")).hexdigest()[:16]

    def close(self, run: Runs, failed: Sequence[Files]) -> None:
        """Write the run down. A file that an earlier run has put on record as unreadable is not put there twice."""
        known = failed_files(self.lake, PARSER_VERSION)
        staged = {"runs": stage(self.lake.folder, self.closing_id, "runs", [run])}
        if rows := [row for row in failed if row.file_id not in known]:
            staged["files"] = stage(self.lake.folder, self.closing_id, "files", rows)
        commit_batch(self.lake, self.closing_id, staged)

    def judge(self, threshold: float) -> ExitCode:
        """The exit code of the run as it stands."""
        if self.failures:
            return ExitCode.FILES_FAILED
        if self.failed_critical or self.fate.quarantined > threshold * sum(self.fate):
            return ExitCode.DOUBTFUL
        return ExitCode.LANDED

    def word_verdict(self, code: ExitCode) -> str:
        """How the run went, in one sentence."""
        counts = f"{self.fate.landed:,} of {sum(self.fate):,} records landed"
        if self.fate.quarantined:
            counts += f", {self.fate.quarantined:,} set aside"
        if self.fate.duplicates:
            counts += f", {self.fate.duplicates:,} repeats"
        if self.skipped:
            counts += f"; {len(self.skipped):,} files had landed before"
        match code:
            case ExitCode.FILES_FAILED:
                return f"{counts}; {len(self.failures):,} files could not be read."
            case ExitCode.DOUBTFUL if self.failed_critical:
                return f"{counts}; critical checks failed: {', '.join(sorted(self.failed_critical))}."
            case ExitCode.DOUBTFUL:
                return f"{counts}; more was set aside than the threshold allows."
            case _:
                return f"{counts}."


def add_fates(fates: Iterable[Fate]) -> Fate:
    """Counts of several parts together.

    >>> add_fates([Fate(2, 0, 1), Fate(3, 1, 0)])
    Fate(landed=5, quarantined=1, duplicates=1)
    """
    return Fate(*(sum(column) for column in zip(Fate(0, 0, 0), *fates, strict=True)))


def find_leak(end: FileEnd, fate: Fate) -> str | None:
    """Where a file's equation does not hold, in words; None when every record and byte is accounted for.

    >>> find_leak(FileEnd('0' * 16, 3, (), 90, None, 0), Fate(2, 0, 0))
    '3 records were read, but 2 landed, 0 were set aside and 0 are repeats'
    """
    if end.break_at is not None:
        return f"the spans of its records and of what lies between them leave a hole or overlap at byte {end.break_at} of {end.read_bytes}"
    if end.records_in != sum(fate):
        return f"{end.records_in} records were read, but {fate.landed} landed, {fate.quarantined} were set aside and {fate.duplicates} are repeats"
    return None


def failed_row(failure: Failure, run_id: str, batch_id: str) -> Files:
    """The row of a file that could not be read. Where not even its bytes could be had, its path is hashed in their place."""
    sha256 = failure.sha256 or hashlib.sha256(b"unread\0" + failure.shown.encode("utf-8")).hexdigest()
    return Files(
        sha256[:16], PARSER_VERSION, sha256, failure.shown, failure.size_bytes, 0, None, None, None, None, "failed", failure.message, 0, 0, 0, 0, 0,
        [], True, run_id, batch_id,
    )
