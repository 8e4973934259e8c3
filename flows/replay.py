"""Try again what was set aside: read it anew from the kept originals, with better settings or better rules, and land what can be landed.

Nothing is taken out of the table `quarantine`: a record that lands later is found in `articles` under the same file and number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from flows.ask import STILL_ASIDE
from flows.ledger import Ledger
from flows.plan import Opened, cut_batches
from flows.problems import ExitCode
from flows.progress import say
from flows.read import give_hints, open_reading
from flows.settings import Houses, IngestConfig, read_houses
from flows.stages import Bench, Fate, build_batch, identify_entries
from flows.summary import close_run, shorten_path
from transforms.model import Record
from transforms.outcome import Reject
from warehouse.lake import open_lake
from warehouse.land import landed_articles, open_original
from warehouse.sql import run_sql


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


def find_waiting(lake: Path) -> list[Waiting]:
    """What is set aside and has not landed since, by file."""
    query = f"""
        SELECT q.file_id, any_value(f.sha256), any_value(f.path), any_value(f.encoding), list((q.byte_start, q.byte_end, q.record_no))
        FROM {STILL_ASIDE} q JOIN files f USING (file_id) WHERE f.status = 'landed' GROUP BY q.file_id ORDER BY min(f.path), q.file_id"""
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


def replay(lake_path: Path, config: IngestConfig) -> int:
    """Land what can be landed of what was set aside, and say how much that was."""
    houses = read_houses(config)
    with open_lake(lake_path, create=False) as lake:
        waiting = find_waiting(lake_path)
        total = sum(len(file.numbers) + len(file.spanless) for file in waiting)
        ledger = Ledger(lake, ["quarantine"])
        bench = Bench(str(lake.folder), ledger.run_id, config.source, houses)
        for batch in cut_batches(read_waiting(lake_path, waiting, config, houses), limit=config.batch_bytes):
            # Not the id under which these records were set aside: that batch has landed.
            batch_id = hashlib.sha256(f"replay {ledger.run_id} {batch.batch_id}".encode("ascii")).hexdigest()[:16]
            again = batch._replace(batch_id=batch_id, ends=())
            identities = identify_entries(again, bench.source)
            landed = landed_articles(lake, sorted({identity.article_id for identity in identities if identity}))
            built = build_batch(again, identities, landed, bench)
            staged = {name: path for name, path in built.staged.items() if name != "quarantine"}
            fates = {file_id: Fate(fate.landed, 0, fate.duplicates) for file_id, fate in built.fates.items()}
            if any(sum(fate) for fate in fates.values()):
                ledger.commit(again, built._replace(staged=staged, fates=fates, quarantine=()))
        left = total - sum(ledger.fate)
        verdict = f"Of {total:,} records that were set aside, {ledger.fate.landed:,} landed, {ledger.fate.duplicates:,} repeat others, {left:,} stay."
        run = ledger.sum_up(threshold=config.quarantine_threshold)._replace(verdict=verdict, exit_code=ExitCode.LANDED)
        page = close_run(ledger, run)
    say(verdict)
    say(f"report: {shorten_path(str(page))}")
    return ExitCode.LANDED
