"""The ledger of a run: what was found, what became of it, and whether it adds up. Rows of `files`, `batches` and `runs` are written here."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from expectations.report import Cause
from expectations.run import COMPARED
from expectations.tally import Tally, add_tallies, write_metrics, write_outcomes
from expectations.verdict import gather_checks, judge_run
from flows.discover import Aside
from flows.plan import Batch, FileEnd, phrase_declared
from flows.read import Reading
from flows.stages import Built, Fate, Spent, Stopwatch
from flows.transcript import Seen, Transcript, look_over
from transforms.model import PARSER_VERSION
from transforms.outcome import Reason
from transforms.rules_index import Fired, add_fired
from warehouse.held import PARTS, confirm_held, set_apart
from warehouse.history import recent_metrics
from warehouse.lake import Lake
from warehouse.land import commit_batch, index_staged, join_staged, landed_counts, stage
from warehouse.snapshot import last_run, name_closing
from warehouse.tables import Batches, Checks, Files, Metrics, Replays, Rules, Runs
from warehouse.unfinished import failed_files

STAMP = "%Y%m%dT%H%M%S"
SECOND = timedelta(seconds=1)
HELD_BACK = Cause(Reason.HELD.value, None, "validate", "info")
SHOWN_FILES = 20
"""Files named in one check."""


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
    encoding_confidence: float | None = None
    encoding_basis: str | None = None
    message: str | None = None
    """Why it could not be read to its end."""

    def learn(self, reading: Reading) -> FileFacts:
        """The same with what opening it has shown."""
        found = reading.found
        return self._replace(
            format=found.format, encoding=found.encoding, compression=reading.compression, dialect=found.dialect or None,
            encoding_confidence=found.encoding_confidence, encoding_basis=found.encoding_why or None,
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
    cut: tuple[Aside, ...]
    """Files that could not be read to their end."""
    records_in: int
    landed: int
    quarantined: int
    duplicates: int
    bytes_in: int
    batches: int
    seconds: float
    lake: str
    report: str


def name_run(now: datetime, last: str | None = None) -> str:
    """An id that sorts by the time of its start, and behind the last run's even where the clock was set back or both began in one second.

    >>> name_run(datetime(2026, 1, 2, 3, 4, 5), "20260102T030405-abcdef")[:15]
    '20260102T030406'
    """
    begun = datetime.strptime(last[:15], STAMP).replace(tzinfo=now.tzinfo) if last else now
    return f"{now if f'{now:{STAMP}}' > f'{begun:{STAMP}}' or not last else begun + SECOND:{STAMP}}-{secrets.token_hex(3)}"


class Ledger:
    """Commits batches in their order and keeps count."""

    def __init__(self, lake: Lake, inputs: Iterable[str]) -> None:
        self.lake = lake
        self.inputs = list(inputs)
        self.started_at = datetime.now(UTC)
        self._clock = time.monotonic()
        self.run_id = name_run(self.started_at, last_run(lake.folder))
        self.open_files: dict[str, FileFacts] = {}
        self.skipped: list[Aside] = []
        self.ignored: list[Aside] = []
        """Members of containers that are no inputs."""
        self.failures: list[Failure] = []
        self.notes: list[Aside] = []
        self.cut: list[Aside] = []
        """Files that could not be read to their end."""
        self.files: list[Files] = []
        self.checks: list[Checks] = []
        self.aside = Transcript(lake.reports / self.run_id)
        self.times: dict[str, Spent] = {}
        self.fired: dict[str, Fired] = {}
        self.fate = Fate(0, 0, 0)
        self.batches = self.bytes_in = 0
        self.tallies: dict[str, Tally] = {}
        self.deferred: deque[tuple[Batch, Built]] = deque()
        """Batches that are staged, and wait for the judgement of the whole run."""
        self.held = 0
        """Records that were held back."""
        self._under_way: set[str] = set()

    def open_file(self, facts: FileFacts, *, note: str | None = None) -> None:
        """A file is about to be read; `note` says what is odd about it."""
        self.open_files[facts.file_id] = facts
        if note:
            self.notes.append(Aside(facts.shown, note))

    def cut_file(self, file_id: str, message: str) -> None:
        """The reader of a file died; what came before has its rows, and the rest is set aside."""
        facts = self.open_files[file_id]
        self.open_files[file_id] = facts._replace(message=message)
        self.cut.append(Aside(facts.shown, message))

    def count(self, built: Built) -> None:
        """Add what was read of a batch to what was read of its run."""
        self.tallies = add_tallies((self.tallies, built.tallies))

    def commit(self, batch: Batch, built: Built) -> None:
        """Land a batch with its rows of `batches` and `files`, all in one transaction."""
        watch = Stopwatch()
        with watch.time("commit"):
            self._land(batch, built)
        self.spend(built.times)
        self.spend(watch.spent)

    def defer(self, batch: Batch, built: Built) -> None:
        """Keep a batch staged until the run is judged. What is staged counts as landed for the batches after it."""
        index_staged(self.lake, built.staged)
        self.aside.write(self._look_over(batch, built))
        self.deferred.append((batch._replace(entries=()), built._replace(quarantine=(), failures=())))

    def is_critical(self) -> bool:
        """Whether any critical check of the run failed."""
        waiting = (check for batch, built in self.deferred for check in (*built.checks, *self._check_declared(batch)))
        return any(s.severity == "critical" and not s.success for s in gather_checks((*self.checks, *waiting)))

    def land_deferred(self, *, is_held: bool) -> None:
        """Land the batches that wait, or hold their articles back: then their records stand in quarantine until a person decides."""
        while self.deferred:
            batch, built = self.deferred[0]
            if is_held:
                self._hold(batch, built)
            else:
                self.commit(batch, built)
            self.deferred.popleft()

    def _hold(self, batch: Batch, built: Built) -> None:
        """Commit a batch's ledger, with its articles' records in quarantine, and set its articles apart."""
        waiting = sum(fate.landed for fate in built.fates.values())
        staged = {name: path for name, path in built.staged.items() if name not in PARTS}
        if built.held:
            staged["quarantine"] = join_staged(self.lake.folder, batch.batch_id, [built.held, *filter(None, [staged.get("quarantine")])])
        apart = set_apart(self.lake.folder, self.run_id, batch.number, batch.batch_id, built.staged) if waiting else None
        fates = {file_id: Fate(0, fate.landed + fate.quarantined, fate.duplicates) for file_id, fate in built.fates.items()}
        self.commit(batch, built._replace(staged=staged, fates=fates))
        if apart:
            confirm_held(apart)
        if waiting:
            self.aside.causes[HELD_BACK] += waiting
        self.held += waiting

    def judge_history(self, judge: Callable[[Sequence[Metrics], Sequence[Metrics]], tuple[Checks, ...]]) -> None:
        """Compare what was read with what earlier runs have read."""
        if now := write_metrics(self.run_id, self.started_at, self.tallies):
            self.checks += judge(now, recent_metrics(self.lake.folder, COMPARED))

    def _look_over(self, batch: Batch, built: Built) -> Seen:
        """What a staged batch leaves for the report. A batch that was deferred has left it already."""
        if not batch.entries:
            return Seen()
        watch = Stopwatch()
        with watch.time("profile"):
            seen = look_over(batch, built, {file_id: facts.shown for file_id, facts in self.open_files.items()})
        self.spend(watch.spent)
        return seen

    def _land(self, batch: Batch, built: Built) -> None:
        seen = self._look_over(batch, built)
        total = add_fates(built.fates.values())
        files = [self._close_file(end, built.fates.get(end.file_id, Fate(0, 0, 0)), batch.batch_id) for end in batch.ends]
        self._under_way |= built.fates.keys()
        batch_row = Batches(
            batch.batch_id, self.run_id, sum(total), *total, batch.bytes_in, PARSER_VERSION, datetime.now(UTC),
        )
        staged = dict(built.staged)
        checks = (*built.checks, *self._check_declared(batch))
        if len(checks) > len(built.checks):
            staged["checks"] = stage(self.lake.folder, batch.batch_id, "checks", checks)
        staged["batches"] = stage(self.lake.folder, batch.batch_id, "batches", [batch_row])
        if files:
            staged["files"] = stage(self.lake.folder, batch.batch_id, "files", files)
        commit_batch(self.lake, batch.batch_id, staged, run_id=self.run_id)
        self.aside.write(seen)
        self._under_way -= {end.file_id for end in batch.ends}
        for end in batch.ends:
            del self.open_files[end.file_id]
        self.files += files
        self.checks += checks
        self.fired = add_fired(self.fired, built.fired)
        self.fate = add_fates((self.fate, total))
        self.batches += 1
        self.bytes_in += batch.bytes_in

    def _check_declared(self, batch: Batch) -> tuple[Checks, ...]:
        """The check of the files that end in this batch and say how many records they hold; none where no file says it."""
        says = [end for end in batch.ends if end.declared is not None]
        if not says:
            return ()
        odd = [end for end in says if end.declared != end.records_in]
        wrong = [f"{self.open_files[end.file_id].shown} {phrase_declared(end.declared, end.records_in)}" for end in odd]
        return (Checks(
            self.run_id, batch.batch_id, "files", "declared_records", "count", None, "critical", not wrong, len(says), len(wrong),
            "A file that says how many documents it holds has as many records.", "; ".join(wrong[:SHOWN_FILES]) or None,
        ),)

    def watch_reading(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches as they are read, with the time that reading takes."""
        watch = Stopwatch()
        while True:
            with watch.time("read"):
                batch = next(batches, None)
            if batch is None:
                break
            yield batch
        self.spend(watch.spent)

    def spend(self, times: Mapping[str, Spent]) -> None:
        """Add to the time that each stage has taken."""
        for name, spent in times.items():
            before = self.times.get(name, Spent(0.0, 0.0))
            self.times[name] = Spent(before.wall + spent.wall, before.cpu + spent.cpu)

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
            facts.compression, facts.dialect, "landed", facts.message, end.records_in, *fate, sum(n for _, n in end.gaps),
            [f"{kind}={n}" for kind, n in end.gaps], True, self.run_id, batch_id, facts.encoding_confidence, facts.encoding_basis,
        )

    def sum_up(self, *, threshold: float, fail_on: str = "critical") -> Runs:
        """The row of the run as it stands."""
        verdict = judge_run(
            self.files, self.checks, threshold=threshold, files_skipped=len(self.skipped), fail_on=fail_on, held=self.held, run_id=self.run_id,
        )
        files_in = len(self.files) + len(self.skipped)
        return Runs(
            self.run_id, self.started_at, datetime.now(UTC), verdict.sentence, verdict.exit_code, files_in, len(self.skipped), len(self.failures),
            sum(self.fate), *self.fate, self.bytes_in, time.monotonic() - self._clock, self.inputs, PARSER_VERSION,
        )

    @property
    def closing_id(self) -> str:
        """Id of the commit that closes the run."""
        return name_closing(self.run_id)

    def fail_files(self) -> None:
        """Enter the files that could not be read."""
        self.files += [failed_row(failure, self.run_id, self.closing_id) for failure in self.failures]

    def close(self, run: Runs, rules: Sequence[Rules], trail: Sequence[Replays] = ()) -> None:
        """Write the run down, and how often each rule fired in it. A file that an earlier run has recorded as unreadable is not entered twice."""
        staged = {"runs": stage(self.lake.folder, self.closing_id, "runs", [run])}
        failed = [row for row in self.files if row.status == "failed"]
        # Only then: it looks through every run that there was.
        known = failed_files(self.lake, PARSER_VERSION) if failed else set()
        if rows := [row for row in failed if row.file_id not in known]:
            staged["files"] = stage(self.lake.folder, self.closing_id, "files", rows)
        own = [check for check in self.checks if check.batch_id == self.closing_id]
        if own:
            staged["checks"] = stage(self.lake.folder, self.closing_id, "checks", own)
        if self.tallies:
            # A run that was held back is no measure for others.
            measures = [] if self.held else write_metrics(self.run_id, self.started_at, self.tallies)
            measures += write_outcomes(self.run_id, self.checks)
            staged["metrics"] = stage(self.lake.folder, self.closing_id, "metrics", measures)
        if trail:
            staged["replays"] = stage(self.lake.folder, self.closing_id, "replays", trail)
        if rules:
            staged["rules"] = stage(self.lake.folder, self.closing_id, "rules", rules)
        commit_batch(self.lake, self.closing_id, staged, run_id=self.run_id)


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
