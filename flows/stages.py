"""What happens to one batch: parse, check, stage. Runs in the coordinator or in a worker process; nothing here commits.

A record that repeats a landed one is set apart before it is parsed. Whether an earlier record of the same batch has landed is known only
when it was checked; when that changes what a later one is, the batch is settled again. So the outcome never depends on how work was spread.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from expectations.batch import Failure, check_batch
from expectations.cross import Evidence
from expectations.suites import BadSuite
from expectations.tally import Tally, add_tallies, tally_articles
from expectations.verdict import add_results
from flows.corrections import correct
from flows.gazetteer import open_gazetteer
from flows.plan import Batch, Entry
from flows.problems import Problem
from flows.settings import Houses
from transforms.agencies import agencies, agency_aliases, is_short
from transforms.article import parse_article
from transforms.evidence import gather_evidence
from transforms.fingerprint import Identity, identify
from transforms.model import PARSER_VERSION, Article, Damaged, Record
from transforms.outcome import Reason, Reject
from transforms.rows import columns_of
from transforms.rules_index import Fired, count_rules
from warehouse.land import arrow_table, join_columns, stage
from warehouse.tables import Checks, Duplicates, Quarantine

RAW_LIMIT = 10_000
MILD = frozenset({Reason.EMPTY, Reason.NO_CONTENT})
"""Reasons that lose no text."""

HELD = (
    "nothing is wrong with it: a critical check failed in its run, and the run was held back; look at the report, then "
    "`copydesk release {run}` lands it, `copydesk release {run} --discard` drops it"
)
PROVISIONAL = 1_000_000
"""Versions from here on are given to entries that are checked before it is known whether they repeat another."""

Landed = Mapping[str, Sequence[tuple[int, str, str]]]
"""(version, content_hash, parser_version) of the landed versions of an article, as `warehouse.land.landed_articles` gives them."""


class Bench(NamedTuple):
    """What every batch of a run is worked on with."""

    lake: str
    run_id: str
    source: str | None
    houses: Houses
    is_held: bool = False
    """Whether what lands is kept back until the whole run has been judged."""
    suites: str | None = None
    """Folder of suites of one's own."""


class Refusal(NamedTuple):
    """Why a record was set aside."""

    stage: str
    reason: str
    severity: str
    expectation: str | None
    detail: str


class Spent(NamedTuple):
    """Time that a stage has taken, in seconds."""

    wall: float
    cpu: float


class Fate(NamedTuple):
    """What became of a file's records in one batch."""

    landed: int
    quarantined: int
    duplicates: int


class Built(NamedTuple):
    """A batch ready to be committed."""

    batch_id: str
    staged: dict[str, Path]
    fates: dict[str, Fate]
    checks: tuple[Checks, ...]
    quarantine: tuple[Quarantine, ...]
    failures: tuple[Failure, ...]
    """Every row that failed a check, of whatever severity."""
    times: dict[str, Spent]
    fired: dict[str, Fired]
    """How often each rule fired in what lands."""
    tallies: dict[str, Tally]
    """What was read, by source."""
    held: Path | None = None
    """Rows of `quarantine` for what lands, should it be held back."""


def identify_entries(batch: Batch, source: str | None) -> tuple[Identity | None, ...]:
    """The article that each record of a batch would be; None for damaged ones."""
    return tuple(identify(e.item, source) if isinstance(e.item, Record) else None for e in batch.entries)


class Checked(NamedTuple):
    """Tables laid out and judged: each check's result, every failure, and the first critical one of each entry that has one."""

    tables: dict[str, pa.Table]
    checks: list[Checks]
    failures: tuple[Failure, ...]
    refused: dict[int, Failure]


class Settled(NamedTuple):
    """Which entries of a batch land, as which version, and which repeat something."""

    versions: dict[int, int]
    repeats: dict[int, str]
    """Entry to the kind of repeat."""


def settle(batch: Batch, identities: Sequence[Identity | None], landed: Landed, refused: Mapping[int, Refusal]) -> Settled:
    """Go through a batch in order: same article and text again is a repeat, other text the next version, and what was refused counts for nothing."""
    versions: dict[int, int] = {}
    repeats: dict[int, str] = {}
    latest = {article_id: max(version for version, _, _ in known) for article_id, known in landed.items()}
    texts = {(article_id, text) for article_id, known in landed.items() for _, text, parser in known if parser == PARSER_VERSION}
    for n, identity in enumerate(identities):
        if identity is None:
            continue
        if identity in texts:
            item = batch.entries[n].item
            repeats[n] = "record" if isinstance(item, Record) and item.record_id is not None else "text"
        elif n not in refused:
            latest[identity.article_id] = versions[n] = latest.get(identity.article_id, 0) + 1
            texts.add(identity)
    return Settled(versions, repeats)


def read_articles(
    batch: Batch, wanted: Sequence[int], identities: Sequence[Identity | None], refused: dict[int, Refusal], bench: Bench,
) -> dict[int, Article]:
    """Parse some entries of a batch. Only a Reject is an answer; any other exception is a bug and ends the run, with the record's place."""
    gazetteer = open_gazetteer()
    read: dict[int, Article] = {}
    for n in wanted:
        entry = batch.entries[n]
        record = entry.item
        if isinstance(record, Damaged):
            continue
        source = record.source or bench.source
        try:
            article = parse_article(record, gazetteer=gazetteer, profile=bench.houses[source], source=bench.source, identity=identities[n])
            read[n] = correct(article, bench.houses.corrections)
        except Reject as no:
            refused[n] = Refusal("parse", no.reason, grade(no.reason), None, no.detail)
        except Problem:
            raise
        except Exception as error:
            place = f"record {record.number} (line {record.line}, bytes {record.byte_start} to {record.byte_end}) of file {entry.file_id}"
            error.add_note(f"while parsing {place}")
            raise
    return read


def grade(reason: str) -> str:
    """How grave it is to set a record aside for a reason."""
    return "warning" if reason in MILD else "critical"


def quarantine_row(entry: Entry, identity: Identity | None, refusal: Refusal, batch_id: str) -> Quarantine:
    """The row of table `quarantine` for a record that was set aside."""
    item = entry.item
    return Quarantine(
        entry.file_id, item.number, item.record_id if isinstance(item, Record) else None, identity.article_id if identity else None, item.byte_start,
        item.byte_end, item.line, refusal.stage, refusal.reason, refusal.severity, refusal.expectation, refusal.detail,
        (item.document if isinstance(item, Record) else item.raw)[:RAW_LIMIT], PARSER_VERSION, batch_id,
    )


def stage_held(batch: Batch, identities: Sequence[Identity | None], landing: Iterable[int], bench: Bench) -> Path:
    """Write down what would stand in quarantine of the records that land, were their run held back."""
    refusal = Refusal("validate", Reason.HELD, "info", None, HELD.format(run=bench.run_id))
    rows = arrow_table("quarantine", [quarantine_row(batch.entries[n], identities[n], refusal, batch.batch_id) for n in landing])
    return stage(bench.lake, batch.batch_id, "quarantine", rows, name="held")


def tally_others(
    batch: Batch, refused: Mapping[int, Refusal], settled: Settled, bench: Bench,
) -> dict[str, Tally]:
    """What was set aside and what repeats something, by source."""
    def source_of(n: int) -> str:
        item = batch.entries[n].item
        source = (item.source if isinstance(item, Record) else None) or bench.source
        return source or bench.houses[source].source or ""

    aside, repeats = Counter(map(source_of, refused)), Counter(map(source_of, settled.repeats))
    return {source: Tally(quarantined=aside[source], duplicates=repeats[source]) for source in aside | repeats}


def check_articles(articles: Mapping[int, Article], versions: Mapping[int, int], batch: Batch, bench: Bench) -> Checked:
    """Judge some entries' articles under the given versions."""
    tables = lay_out(articles, versions, batch)
    try:
        verdict = check_batch(
            tables, collect_evidence([articles[n] for n in versions]), agency_names=list_agency_names(), run_id=bench.run_id, batch_id=batch.batch_id,
            thresholds=bench.houses.thresholds, suites=bench.suites,
        )
    except BadSuite as error:
        raise Problem(str(error)) from None
    entries = {(articles[n].article_id, version): n for n, version in versions.items()}
    refused = {entries[key]: failure for key, failure in verdict.set_aside.items() if key in entries}
    return Checked(tables, list(verdict.checks), verdict.failures, refused)


def lay_out(articles: Mapping[int, Article], versions: Mapping[int, int], batch: Batch) -> dict[str, pa.Table]:
    """All tables for some entries' articles, in the order of the entries."""
    found = columns_of([articles[n] for n in versions], list(versions.values()), [batch.entries[n].file_id for n in versions], batch.batch_id)
    return {name: join_columns(name, columns) for name, columns in found.items()}


def collect_evidence(articles: Sequence[Article]) -> Evidence:
    """What some articles say beyond their tables."""
    found = [gather_evidence(article) for article in articles]
    return Evidence(
        np.array([len(article.record.document) for article in articles], np.int64), np.array([e.lead_weekdays for e in found], np.int64),
        [e.dated_weekdays for e in found], [e.script for e in found], [e.other_agencies for e in found], [e.credit_agencies for e in found],
    )


@cache
def list_agency_names() -> frozenset[str]:
    """Names that are an agency's and nobody else's."""
    return frozenset((*(agency.name for agency in agencies().values()), *(alias for alias in agency_aliases() if not is_short(alias))))


def add_checks(checks: Iterable[Checks], more: Iterable[Checks]) -> list[Checks]:
    """Results of the same checks over two parts of a batch as results over both."""
    both = {(check.suite, check.check_name): check for check in checks}
    for check in more:
        key = (check.suite, check.check_name)
        if before := both.get(key):
            check = add_results(before, check)
        both[key] = check
    return list(both.values())


@contextmanager
def pause_collector() -> Iterator[None]:
    """A batch makes a million small tuples and no cycles: looking for cycles among them took a third of its time.

    What is left behind it is looked through once, and what stays (libraries, rule tables) never again.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.collect()
        gc.freeze()
        if was_on:
            gc.enable()


def build_batch(batch: Batch, identities: Sequence[Identity | None], landed: Landed, bench: Bench) -> Built:
    """Parse, check and stage a batch."""
    with pause_collector():
        return work_off(batch, identities, landed, bench)


def work_off(batch: Batch, identities: Sequence[Identity | None], landed: Landed, bench: Bench) -> Built:
    """The stages of a batch in order, parsing again what was settled anew."""
    refused = {
        n: Refusal("read", item.reason, grade(item.reason), None, item.detail)
        for n, (_, item) in enumerate(batch.entries) if isinstance(item, Damaged)
    }
    articles: dict[int, Article] = {}
    checked: set[int] = set()
    doomed: set[Identity | None] = set()
    checks: list[Checks] = []
    failures: list[Failure] = []
    tables: dict[str, pa.Table] = {}
    watch = Stopwatch()
    while True:
        settled = settle(batch, identities, landed, refused)
        # Where one text was refused, its repeats are tried all at once, not one a round.
        tried = [n for n, identity in enumerate(identities) if n in settled.versions or (identity in doomed and n not in refused)]
        with watch.time("parse"):
            articles |= read_articles(batch, [n for n in tried if n not in articles], identities, refused, bench)
        if unread := {identities[n] for n in tried if n in refused}:
            doomed |= unread
            continue
        fresh = {n: settled.versions.get(n, PROVISIONAL + n) for n in tried if n not in checked}
        if not fresh:
            break
        with watch.time("check"):
            found = check_articles(articles, fresh, batch, bench)
        tables, checks = found.tables, add_checks(checks, found.checks)
        failures += found.failures
        checked |= fresh.keys()
        for n, failure in found.refused.items():
            refused[n] = Refusal("validate", Reason.EXPECTATION, failure.severity, failure.check, failure.detail)
            doomed.add(identities[n])
        if not found.refused:
            break
    with watch.time("stage"):
        if checked != settled.versions.keys():
            tables = lay_out(articles, settled.versions, batch)
        fired = count_rules(tables)
        tallies = add_tallies((tally_articles(tables), tally_others(batch, refused, settled, bench)))
        quarantine = [quarantine_row(batch.entries[n], identities[n], refused[n], batch.batch_id) for n in sorted(refused)]
        repeats = [duplicate_row(batch.entries[n], identities[n], kind, batch.batch_id) for n, kind in settled.repeats.items()]
        tables |= {name: arrow_table(name, rows) for name, rows in (("quarantine", quarantine), ("duplicates", repeats), ("checks", checks))}
        staged = {name: stage(bench.lake, batch.batch_id, name, table) for name, table in tables.items() if table.num_rows}
        held = stage_held(batch, identities, settled.versions, bench) if bench.is_held and settled.versions else None
    fates = count_fates(batch, settled, refused)
    return Built(batch.batch_id, staged, fates, tuple(checks), tuple(quarantine), tuple(failures), watch.spent, fired, tallies, held)


class Stopwatch:
    """Adds up the time of each stage."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = {}

    @contextmanager
    def time(self, name: str) -> Iterator[None]:
        """Count what is done within it under a name."""
        wall, cpu = time.perf_counter(), time.thread_time()
        try:
            yield
        finally:
            before = self.spent.get(name, Spent(0.0, 0.0))
            self.spent[name] = Spent(before.wall + time.perf_counter() - wall, before.cpu + time.thread_time() - cpu)


def duplicate_row(entry: Entry, identity: Identity | None, kind: str, batch_id: str) -> Duplicates:
    """The row of table `duplicates` for a record that repeats a landed one."""
    if identity is None:
        raise ValueError(f"record {entry.item.number} of file {entry.file_id} is damaged and can't be a repeat")
    item = entry.item
    return Duplicates(entry.file_id, item.number, item.byte_start, item.byte_end, identity.article_id, kind, batch_id)


def count_fates(batch: Batch, settled: Settled, refused: Mapping[int, Refusal]) -> dict[str, Fate]:
    """What became of each file's records. Every entry is counted once, or not at all when it was lost: then the equation of its file fails."""
    landed, set_aside, repeats = (
        Counter(batch.entries[n].file_id for n in part) for part in (settled.versions, refused, settled.repeats)
    )
    return {file_id: Fate(landed[file_id], set_aside[file_id], repeats[file_id]) for file_id in dict.fromkeys(e.file_id for e in batch.entries)}
