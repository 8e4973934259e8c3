"""Try again what was set aside: read it anew from the kept originals, with better settings or better rules, and land what can be landed.

Or land a correction: a file with what was set aside put right by hand. Nothing is taken out of the table `quarantine`: what was tried when,
with which outcome, stands in `replays`, and the view `waiting` shows what is left.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from expectations.verdict import count
from flows.discover import discover
from flows.ingest import check_suites, land_files
from flows.ledger import Ledger
from flows.plan import Opened, cut_batches
from flows.problems import ExitCode, Problem
from flows.progress import say
from flows.quarantine import Aside, find_rows
from flows.read import give_hints, open_reading
from flows.runners import Inline
from flows.settings import Houses, IngestConfig, read_houses
from flows.stages import Bench, Fate, build_batch, identify_entries
from flows.summary import close_run, shorten_path
from transforms.model import Damaged, Record
from transforms.outcome import Reason, Reject
from warehouse.ddl import quote
from warehouse.lake import open_lake
from warehouse.land import landed_articles, open_original, stage
from warehouse.sql import run_sql
from warehouse.tables import Replays

UNREAD = "its bytes can't be read as a record, now as before; correct them, then: copydesk quarantine replay ROW --with FILE"


class Waiting(NamedTuple):
    """The records of one file that are set aside."""

    file_id: str
    sha256: str
    path: str
    encoding: str | None
    numbers: dict[tuple[int, int], int]
    """Byte span to record number."""
    spanless: frozenset[int]
    """Numbers of records without bytes of their own, as rows of a workbook may be: they are told by these alone."""

    def find_number(self, record: Record) -> int | None:
        """The number under which a record is set aside; None when it is not."""
        if record.byte_start == record.byte_end:
            return record.number if record.number in self.spanless else None
        return self.numbers.get((record.byte_start, record.byte_end))


def find_waiting(lake: Path, rows: Sequence[Aside] = ()) -> list[Waiting]:
    """What is set aside and has not landed since, by file: all of it but what is held back, or the rows that are named."""
    wanted = "FROM waiting q" if not rows else "FROM quarantine q"
    chosen = "reason <> 'held'"
    if rows:
        chosen = "(file_id, record_no) IN (" + ", ".join(f"({quote(row.file_id)}, {row.record_no})" for row in rows) + ")"
    query = f"""
        SELECT q.file_id, any_value(f.sha256), any_value(f.path), any_value(f.encoding), list(DISTINCT (q.byte_start, q.byte_end, q.record_no))
        FROM (SELECT * {wanted} WHERE {chosen}) q JOIN files f USING (file_id)
        WHERE f.status = 'landed' GROUP BY q.file_id ORDER BY min(f.path), q.file_id"""
    with run_sql(lake, query) as result:
        return [
            Waiting(
                file_id, sha256, path, encoding, {(start, end): number for start, end, number in spans if start < end},
                frozenset(number for start, end, number in spans if start == end),
            )
            for file_id, sha256, path, encoding, spans in result.rows()
        ]


def read_waiting(lake: Path, waiting: list[Waiting], config: IngestConfig, houses: Houses) -> Iterator[Opened]:
    """The same stretches of the originals, where they can be read as records now, under the numbers that they have."""
    for file in waiting:
        hints = give_hints(file.path, config, houses)
        hints = hints._replace(encoding=hints.encoding or file.encoding)
        try:
            with open_reading(open_original(lake, file.sha256), hints) as reading:
                found = [
                    item._replace(number=number) for item in reading.items
                    if isinstance(item, Record) and (number := file.find_number(item)) is not None
                ]
        except Reject as no:
            say(f"{file.path}: {no.detail}")
            continue
        yield Opened(file.file_id, found)


def choose_rows(lake: Path, names: Sequence[str]) -> list[Aside]:
    """The rows that were named, if they can be tried: not those that have landed, nor those whose run is held back."""
    rows = find_rows(lake, names)
    for name, row in zip(names, rows, strict=True):
        if row.state in ("landed", "repeat"):
            raise Problem(f"{name} has landed, in run {row.tried_in}; copydesk quarantine show {name} tells its story")
        if row.reason == Reason.HELD and row.state == "waiting":
            raise Problem(f"{name} is held back with its run; copydesk release {row.run_id} lands it, or --discard drops it")
    return rows


def replay(lake_path: Path, config: IngestConfig, names: Sequence[str] = ()) -> int:
    """Land what can be landed of what was set aside, and say how much that was."""
    houses = read_houses(config)
    with open_lake(lake_path, create=False) as lake:
        waiting = find_waiting(lake_path, choose_rows(lake_path, names))
        total = sum(len(file.numbers) + len(file.spanless) for file in waiting)
        ledger = Ledger(lake, ["quarantine"])
        bench = Bench(str(lake.folder), ledger.run_id, config.source, houses, suites=check_suites(config))
        stayed: list[Replays] = []
        tried: set[tuple[str, int]] = set()
        for batch in cut_batches(read_waiting(lake_path, waiting, config, houses), limit=config.batch_bytes):
            # Not the id under which these records were set aside: that batch has landed.
            batch_id = hashlib.sha256(f"replay {ledger.run_id} {batch.batch_id}".encode("ascii")).hexdigest()[:16]
            again = batch._replace(batch_id=batch_id, ends=())
            identities = identify_entries(again, bench.source)
            landed = landed_articles(lake, sorted({identity.article_id for identity in identities if identity}))
            built = build_batch(again, identities, landed, bench)
            tried |= {(entry.file_id, entry.item.number) for entry in again.entries}
            stayed += [trace(ledger.run_id, (q.file_id, q.record_no), "stays", q.reason, q.detail, q.article_id) for q in built.quarantine]
            staged = {name: path for name, path in built.staged.items() if name != "quarantine"}
            fates = {file_id: Fate(fate.landed, 0, fate.duplicates) for file_id, fate in built.fates.items()}
            if any(sum(fate) for fate in fates.values()):
                trail = [
                    trace(ledger.run_id, (file_id, number), outcome, article_id=article_id)
                    for name, outcome in (("articles", "landed"), ("duplicates", "repeat"))
                    for file_id, number, article_id in read_keys(built.staged.get(name))
                ]
                staged["replays"] = stage(lake.folder, batch_id, "replays", trail)
                ledger.commit(again, built._replace(staged=staged, fates=fates, quarantine=()))
        stayed += [
            trace(ledger.run_id, (file.file_id, number), "stays", "unread", UNREAD)
            for file in waiting for number in (*file.numbers.values(), *file.spanless) if (file.file_id, number) not in tried
        ]
        left = total - sum(ledger.fate)
        verdict = phrase_replay(total, ledger.fate.landed, ledger.fate.duplicates, left)
        run = ledger.sum_up(threshold=config.quarantine_threshold)._replace(verdict=verdict, exit_code=ExitCode.LANDED)
        page = close_run(ledger, run, stayed)
    say(verdict)
    say(f"report: {shorten_path(str(page))}")
    return ExitCode.LANDED


def phrase_replay(total: int, landed: int, repeats: int, left: int) -> str:
    """What became of the records that were tried again.

    >>> phrase_replay(3, 1, 0, 2), phrase_replay(0, 0, 0, 0)
    ('Of 3 records that were set aside, 1 landed, 2 stay.', 'Nothing is set aside that could be tried again.')
    """
    if not total:
        return "Nothing is set aside that could be tried again."
    fates = ((landed, "landed"), (repeats, "repeats another" if repeats == 1 else "repeat others"), (left, "stays" if left == 1 else "stay"))
    return f"Of {count(total, 'record')} that {'was' if total == 1 else 'were'} set aside, {', '.join(f'{n:,} {said}' for n, said in fates if n)}."


def phrase_given(landed: int, repeats: int, settled: int) -> str:
    """What became of the records of a corrected file, and what they settle.

    >>> phrase_given(1, 2, 1), phrase_given(0, 0, 0)
    ('1 record landed, 2 had landed before; 1 record that was set aside is settled', 'no record landed; nothing that was set aside is settled')
    """
    said = f"{count(landed, 'record') if landed else 'no record'} landed" + (f", {repeats:,} had landed before" if repeats else "")
    verb = "was set aside is" if settled == 1 else "were set aside are"
    return f"{said}; " + (f"{count(settled, 'record')} that {verb} settled" if settled else "nothing that was set aside is settled")


def trace(
    run_id: str, key: tuple[str, int], outcome: str, reason: str | None = None, detail: str | None = None, article_id: str | None = None,
    with_file_id: str | None = None,
) -> Replays:
    """What became of a record that was tried again."""
    return Replays(run_id, *key, datetime.now(UTC), outcome, reason, detail, article_id, with_file_id)


def read_keys(staged: Path | None) -> list[tuple[str, int, str]]:
    """File, number and article of the rows of a staged file."""
    if staged is None:
        return []
    table = pq.read_table(staged, columns=["file_id", "record_no", "article_id"])
    return list(zip(*(table.column(name).to_pylist() for name in ("file_id", "record_no", "article_id")), strict=True))


# ------------------------------------------------------------------ a correction by hand
class Given(NamedTuple):
    """A record of the file that was given, as it landed or as the repeat of one that had."""

    file_id: str
    record_no: int
    article_id: str
    outcome: str


def replay_with(lake_path: Path, config: IngestConfig, file: Path, names: Sequence[str]) -> int:
    """Land a corrected file in place of what was set aside: of the rows that are named, in their order, or of those that it tells itself."""
    rows = choose_rows(lake_path, names)
    if rows:
        held = count_records(file, config)
        if held != len(rows):
            raise Problem(f"{file} holds {count(held, 'record')}; {count(len(rows), 'row')} named. Name as many, or none, so that each finds its own")
    houses = read_houses(config)
    found = discover([file], lake=lake_path)
    with open_lake(lake_path, create=False) as lake:
        ledger = Ledger(lake, [str(file)])
        land_files(ledger, found, config.model_copy(update={"hold": False}), houses, Inline(), is_quiet=True)
        if ledger.failures:
            raise Problem("\n".join(f"{failure.shown}: {failure.message}" for failure in ledger.failures), ExitCode.FILES_FAILED)
        file_ids = {hash_file(file)[:16], *(landed.file_id for landed in ledger.files)}
        given = read_given(lake_path, file_ids)
        by_number = {one.record_no: one for one in given}
        matched = {
            (row.file_id, row.record_no): by_number[number] for number, row in enumerate(rows, 1) if number in by_number
        } if rows else match_rows(lake_path, file_ids, given)
        trail = [
            trace(ledger.run_id, key, one.outcome, article_id=one.article_id, with_file_id=one.file_id) for key, one in sorted(matched.items())
        ]
        verdict = f"{file}: {phrase_given(ledger.fate.landed, ledger.fate.duplicates, len(trail))}."
        run = ledger.sum_up(threshold=config.quarantine_threshold)
        run = run._replace(verdict=verdict, exit_code=ExitCode.LANDED if len(trail) else ExitCode.DOUBTFUL)
        page = close_run(ledger, run, trail)
    say(verdict)
    if not trail:
        say("which record it corrects can't be told from it; name that: copydesk quarantine replay ROW --with FILE (quarantine list has the rows)")
    say(f"report: {shorten_path(str(page))}")
    return run.exit_code


def count_records(file: Path, config: IngestConfig) -> int:
    """Records of a file that can be read, or a Problem that says why none can."""
    try:
        with open_reading(file.open("rb"), give_hints(str(file), config, read_houses(config))) as reading:
            return sum(isinstance(item, (Record, Damaged)) for item in reading.items)
    except Reject as no:
        raise Problem(f"{file}: {no.detail}", ExitCode.FILES_FAILED) from None


def hash_file(file: Path) -> str:
    """The hash by which a file is kept."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_given(lake: Path, file_ids: Iterable[str]) -> list[Given]:
    """What became of the records of some files, in their order."""
    listed = ", ".join(map(quote, sorted(file_ids)))
    query = f"""
        SELECT file_id, record_no, article_id, 'landed' FROM landed.articles WHERE file_id IN ({listed})
        UNION SELECT file_id, record_no, article_id, 'repeat' FROM landed.duplicates WHERE file_id IN ({listed}) ORDER BY 1, 2"""
    with run_sql(lake, query) as result:
        return [Given(*row) for row in result.rows()]


def match_rows(lake: Path, file_ids: Iterable[str], given: Sequence[Given]) -> dict[tuple[str, int], Given]:
    """The records that are set aside which a corrected file holds.

    One of the same article is found by its id. A row that could not be read has none: it is found by its number, in a file with as many records
    as the corrected one that shares at least one article with it.
    """
    listed = ", ".join(map(quote, sorted(file_ids)))
    articles = ", ".join(sorted({quote(one.article_id) for one in given})) or "NULL"
    query = f"""
        WITH kin AS (
            SELECT old.file_id FROM files old JOIN files new ON new.records_in = old.records_in AND new.file_id IN ({listed})
            WHERE old.file_id NOT IN ({listed}) AND old.status = 'landed' AND old.file_id IN (
                SELECT file_id FROM landed.articles WHERE article_id IN ({articles})
                UNION SELECT file_id FROM landed.duplicates WHERE article_id IN ({articles}))
        )
        SELECT file_id, record_no, article_id, file_id IN (FROM kin) FROM quarantine q ANTI JOIN (
            SELECT file_id, record_no FROM landed.articles UNION ALL SELECT file_id, record_no FROM landed.duplicates
            UNION ALL SELECT file_id, record_no FROM replays WHERE outcome <> 'stays') USING (file_id, record_no)
        WHERE reason <> 'held' AND (file_id IN (FROM kin) OR article_id IN ({articles}))"""
    by_article = {one.article_id: one for one in given}
    by_number = {one.record_no: one for one in given}
    matched = {}
    with run_sql(lake, query) as result:
        for file_id, number, article_id, is_kin in result.rows():
            if found := by_article.get(article_id) or (by_number.get(number) if is_kin else None):
                matched[file_id, number] = found
    return matched
