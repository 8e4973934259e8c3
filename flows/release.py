"""Decide on a run that was held back: land its articles after all, or drop them.

The staged files land as they were judged. What has landed meanwhile is respected: a text that has is set apart as a repeat, another text of
the same article moves the versions on. Released or discarded, each record has its row in `replays`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from expectations.verdict import count
from flows.ledger import Ledger
from flows.plan import Batch
from flows.problems import ExitCode, Problem
from flows.progress import say
from flows.settings import IngestConfig
from flows.stages import Built, Fate, Landed
from flows.summary import close_run, shorten_path
from transforms.rules_index import count_rules
from warehouse.ddl import quote
from warehouse.held import HeldBatch, drop_held, list_held, read_held
from warehouse.lake import open_lake
from warehouse.land import arrow_table, landed_articles, landed_batches, stage
from warehouse.sql import run_sql
from warehouse.tables import Duplicates, Replays

KEYS = ("article_id", "version", "content_hash", "parser_version", "file_id", "record_no", "record_id", "byte_start", "byte_end")


class HeldRow(NamedTuple):
    """What tells an article that is held back."""

    article_id: str
    version: int
    content_hash: str
    parser_version: str
    file_id: str
    record_no: int
    record_id: str | None
    byte_start: int
    byte_end: int


class Settled(NamedTuple):
    """What becomes of held articles: new versions by their old keys, and those that repeat what has landed meanwhile."""

    versions: dict[tuple[str, int], int]
    repeats: list[HeldRow]


def settle(rows: Iterable[HeldRow], landed: Landed) -> Settled:
    """Give held articles, in their order, the versions that they have today.

    >>> row = HeldRow("00aa", 1, "h1", "1", "f", 1, "r", 0, 9)
    >>> settle([row], {"00aa": [(1, "h9", "1")]}).versions, len(settle([row], {"00aa": [(1, "h1", "1")]}).repeats)
    ({('00aa', 1): 2}, 1)
    """
    latest = {article_id: max(version for version, _, _ in known) for article_id, known in landed.items()}
    texts = {(article_id, text, parser) for article_id, known in landed.items() for _, text, parser in known}
    versions: dict[tuple[str, int], int] = {}
    repeats: list[HeldRow] = []
    for row in rows:
        text = (row.article_id, row.content_hash, row.parser_version)
        if text in texts:
            repeats.append(row)
            continue
        texts.add(text)
        versions[row.article_id, row.version] = latest[row.article_id] = latest.get(row.article_id, 0) + 1
    return Settled(versions, repeats)


def renew(table: pa.Table, versions: Mapping[tuple[str, int], int], batch_id: str) -> pa.Table:
    """The rows of the articles that land, under their new versions and batch."""
    keys = list(zip(table.column("article_id").to_pylist(), table.column("version").to_pylist(), strict=True))
    if any(versions.get(key) != key[1] for key in keys):
        kept = [n for n, key in enumerate(keys) if key in versions]
        table = table.take(pa.array(kept, pa.int64()))
        at = table.column_names.index("version")
        table = table.set_column(at, table.schema.field(at), pa.array([versions[keys[n]] for n in kept], pa.int64()))
    at = table.column_names.index("batch_id")
    return table.set_column(at, table.schema.field(at), pa.repeat(pa.scalar(batch_id, pa.string()), table.num_rows))


def find_held(folder: Path, run_id: str) -> list[HeldBatch]:
    """The batches of a run that are held back, or a Problem that says which runs have any."""
    waiting = list_held(folder)
    if run_id in waiting:
        return waiting[run_id]
    others = f"held back are {', '.join(sorted(waiting))}" if waiting else "no run is held back"
    raise Problem(f"nothing of run {run_id} is held back in {folder}; {others}. What was released or discarded is in the table replays")


def release(lake_path: Path, run_id: str, config: IngestConfig) -> int:
    """Land what is held back of a run."""
    with open_lake(lake_path, create=False) as lake:
        held = find_held(lake.folder, run_id)
        ledger = Ledger(lake, [f"release {run_id}"])
        for batch in held:
            release_batch(ledger, batch)
        again = f", {ledger.fate.duplicates:,} had landed meanwhile" if ledger.fate.duplicates else ""
        verdict = f"Run {run_id} was released: {count(ledger.fate.landed, 'record')} landed{again}."
        run = ledger.sum_up(threshold=config.quarantine_threshold)._replace(verdict=verdict, exit_code=ExitCode.LANDED)
        page = close_run(ledger, run)
    say(verdict)
    say(f"report: {shorten_path(str(page))}")
    return ExitCode.LANDED


def release_batch(ledger: Ledger, held: HeldBatch) -> None:
    """Land one held batch, once: its new id is made of its old one, so that a release that was killed and repeated finds it landed."""
    folder = ledger.lake.folder
    batch_id = hashlib.sha256(f"release {held.run_id} {held.batch_id}".encode("ascii")).hexdigest()[:16]
    if batch_id not in landed_batches(ledger.lake):
        tables = read_held(held)
        rows = [HeldRow(*row) for row in zip(*(tables["articles"].column(name).to_pylist() for name in KEYS), strict=True)]
        settled = settle(rows, landed_articles(ledger.lake, sorted({row.article_id for row in rows})))
        landing = {name: renew(table, settled.versions, batch_id) for name, table in tables.items()}
        repeats = [
            Duplicates(r.file_id, r.record_no, r.byte_start, r.byte_end, r.article_id, "text" if r.record_id is None else "record", batch_id)
            for r in settled.repeats
        ]
        trail = write_trail(ledger.run_id, rows, settled)
        landing |= {"duplicates": arrow_table("duplicates", repeats), "replays": arrow_table("replays", trail)}
        staged = {name: stage(folder, batch_id, name, table) for name, table in landing.items() if table.num_rows}
        size = int(pc.sum(pc.subtract(tables["articles"].column("byte_end"), tables["articles"].column("byte_start"))).as_py() or 0)
        fate = Fate(landing["articles"].num_rows, 0, len(repeats))
        fired = count_rules({name: table for name, table in landing.items() if name in tables})
        ledger.commit(Batch(batch_id, held.number, (), (), size), Built(batch_id, staged, {held.batch_id: fate}, (), (), (), {}, fired, {}))
    drop_held(held)


def write_trail(run_id: str, rows: Sequence[HeldRow], settled: Settled) -> list[Replays]:
    """A row for each record: landed, or a repeat."""
    now, repeats = datetime.now(UTC), {(row.file_id, row.record_no) for row in settled.repeats}
    return [
        Replays(run_id, row.file_id, row.record_no, now, "repeat" if (row.file_id, row.record_no) in repeats else "landed", None, None,
                row.article_id, None)
        for row in rows
    ]


def discard(lake_path: Path, run_id: str, config: IngestConfig) -> int:
    """Drop what is held back of a run. Its records stay in quarantine, marked as discarded, and their originals are kept."""
    with open_lake(lake_path, create=False) as lake:
        held = find_held(lake.folder, run_id)
        ledger = Ledger(lake, [f"release {run_id} --discard"])
        ids = ", ".join(quote(batch.batch_id) for batch in held)
        now = datetime.now(UTC)
        with run_sql(lake.folder, f"SELECT file_id, record_no, article_id FROM waiting WHERE reason = 'held' AND batch_id IN ({ids})") as result:
            trail = [
                Replays(ledger.run_id, file_id, number, now, "discarded", None, None, article_id, None)
                for file_id, number, article_id in result.rows()
            ]
        verdict = f"Run {run_id} was discarded: {count(len(trail), 'record')} held back will not land; copydesk quarantine list --all shows them."
        run = ledger.sum_up(threshold=config.quarantine_threshold)._replace(verdict=verdict, exit_code=ExitCode.LANDED)
        close_run(ledger, run, trail)
        for batch in held:
            drop_held(batch)
    say(verdict)
    return ExitCode.LANDED
