"""Put right what has landed: read again, from the kept originals, the articles that corrections name, and land them as their next version.

Nothing is changed in place: the version that was read wrongly stays, and the view `articles` shows the one that was put right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from flows.ledger import Ledger
from flows.plan import Batch, cut_batches
from flows.problems import ExitCode, Problem
from flows.progress import say
from flows.replay import Waiting, read_waiting
from flows.settings import IngestConfig, read_houses
from flows.stages import Bench, Built, Fate, build_batch, identify_entries
from flows.summary import close_run, shorten_path
from transforms.corrections import Correction, Entries, write_value
from transforms.fingerprint import Identity
from warehouse.ddl import quote
from warehouse.lake import Lake, open_lake
from warehouse.land import landed_articles
from warehouse.sql import run_sql

NAMED = """
    SELECT a.article_id, a.record_id, a.source, any_value(a.file_id), any_value(f.sha256), any_value(f.path), any_value(f.encoding),
           any_value(a.byte_start), any_value(a.byte_end), any_value(a.record_no), list((c.column_name, c.now)) FILTER (c.column_name IS NOT NULL)
    FROM articles a JOIN files f USING (file_id) LEFT JOIN corrections c USING (article_id)
    WHERE f.status = 'landed' AND (a.record_id IN ({names}) OR a.article_id IN ({names})) GROUP BY ALL ORDER BY 6, 10"""


def find_due(lake: Path, entries: Entries) -> dict[str, Waiting]:
    """The articles that entries name and whose latest version does not hold what they say, by article id."""
    names = ", ".join(map(quote, entries))
    due: dict[str, Waiting] = {}
    with run_sql(lake, NAMED.format(names=names)) as result:
        for article_id, record_id, source, file_id, sha256, path, encoding, start, end, number, held in result.rows():
            wanted = {
                (one.column, write_value(one.now)) for name in (article_id, record_id) for one in entries.get(name or "", ()) if is_for(one, source)
            }
            if wanted - {tuple(pair) for pair in held or ()}:
                spans, spanless = ({(start, end): number}, frozenset[int]()) if start < end else ({}, frozenset({number}))
                due[article_id] = Waiting(file_id, sha256, path, encoding, spans, spanless)
    return due


def is_for(entry: Correction, source: str | None) -> bool:
    """Whether an entry means the records of a source."""
    return entry.source in (None, source)


def gather_files(due: dict[str, Waiting]) -> list[Waiting]:
    """The same by file, so that each original is read once."""
    files: dict[str, Waiting] = {}
    for one in due.values():
        before = files.get(one.file_id)
        files[one.file_id] = one if before is None else before._replace(
            numbers={**before.numbers, **one.numbers}, spanless=before.spanless | one.spanless)
    return list(files.values())


def build_next(
    lake: Lake, ledger: Ledger, batch: Batch, bench: Bench, purpose: str, identities: Sequence[Identity | None],
) -> tuple[Batch, Built]:
    """Build the next versions of articles that have landed, from the records that they were read from."""
    # Not the id under which these records landed.
    batch_id = hashlib.sha256(f"{purpose} {ledger.run_id} {batch.batch_id}".encode()).hexdigest()[:16]
    again = batch._replace(batch_id=batch_id, ends=())
    known = landed_articles(lake, sorted({identity.article_id for identity in identities if identity}))
    # The very text that has landed is to land again: its hash must not make it a repeat.
    landed = {article_id: [(version, "", parser) for version, _, parser in versions] for article_id, versions in known.items()}
    return again, build_batch(again, identities, landed, bench)


def commit_next(ledger: Ledger, batch: Batch, built: Built) -> None:
    """Land what was built. What would be set aside now has landed before, and stays as it is."""
    staged = {name: path for name, path in built.staged.items() if name != "quarantine"}
    fates = {file_id: Fate(fate.landed, 0, 0) for file_id, fate in built.fates.items()}
    if any(sum(fate) for fate in fates.values()):
        ledger.commit(batch, built._replace(staged=staged, fates=fates, quarantine=()))


def correct_lake(lake_path: Path, config: IngestConfig) -> int:
    """Land the next version of every landed article that corrections name and that does not hold them yet."""
    houses = read_houses(config)
    if not houses.corrections:
        raise Problem("there is nothing to correct by; name a file with --corrections (or COPYDESK_CORRECTIONS)")
    with open_lake(lake_path, create=False) as lake:
        due = find_due(lake_path, houses.corrections)
        if not due:
            say("nothing to do: every article that a correction names holds it, or has not landed")
            return ExitCode.LANDED
        ledger = Ledger(lake, ["corrections"])
        bench = Bench(str(lake.folder), ledger.run_id, config.source, houses)
        for batch in cut_batches(read_waiting(lake_path, gather_files(due), config, houses), limit=config.batch_bytes):
            identities = identify_entries(batch, bench.source)
            entries = tuple(e for e, identity in zip(batch.entries, identities, strict=True) if identity and identity.article_id in due)
            again, built = build_next(
                lake, ledger, batch._replace(entries=entries), bench, "correct", [one for one in identities if one and one.article_id in due])
            commit_next(ledger, again, built)
        verdict = f"Of {len(due):,} landed articles that corrections name, {ledger.fate.landed:,} were put right, each as its next version."
        run = ledger.sum_up(threshold=config.quarantine_threshold)
        run = run._replace(verdict=verdict, exit_code=ExitCode.LANDED if ledger.fate.landed == len(due) else ExitCode.DOUBTFUL)
        page = close_run(ledger, run)
    say(verdict)
    if run.exit_code:
        say("the others read differently now; give the --format, --delimiter, --encoding, --source and --profile that they were ingested with")
    say(f"report: {shorten_path(str(page))}")
    return run.exit_code
