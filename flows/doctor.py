"""`copydesk doctor`: what is wrong with a lake or could be better, and the command that mends it."""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from flows.problems import ExitCode
from flows.progress import print_bytes
from flows.upkeep import KEEP_DAYS
from transforms.model import PARSER_VERSION
from warehouse.compact import TARGET, group_files
from warehouse.errors import LakeError, NoLake
from warehouse.forget import unfinished
from warehouse.held import list_held
from warehouse.layout import LAYOUT, list_files, read_catalog, read_layout
from warehouse.search import split_indexed
from warehouse.snapshot import read_shapes
from warehouse.sql import run_sql
from warehouse.tables import TABLES
from warehouse.verify import check_lake

MANY = 8
"""Small files of one table from which merging them is worth a word."""
ROOM = 1 << 30
"""Free bytes below which a run may not end."""


OLDER = f"""
    SELECT count(*) FROM (SELECT batch_id FROM articles WHERE parser_version <> '{PARSER_VERSION}') JOIN (SELECT batch_id, committed_at FROM batches)
    USING (batch_id) WHERE committed_at > coalesce(
        (SELECT max(finished_at) FROM runs WHERE parser_version = '{PARSER_VERSION}' AND inputs = ['reparse']), TIMESTAMPTZ '1970-01-01')"""
"""Articles that other rules have read, and these not yet: what reads the same stays as it landed."""


class Advice(NamedTuple):
    """Something that is wrong or could be better, and what to do."""

    is_wrong: bool
    what: str
    remedy: str


def examine(lake: Path) -> int:
    """Print what was found; exit code 1 when something is wrong."""
    wrong = 0
    told = False
    for advice in list_advice(lake):
        told = True
        wrong += advice.is_wrong
        sys.stdout.write(f"{'wrong' if advice.is_wrong else 'note':<7}{advice.what}\n       {advice.remedy}\n")
        sys.stdout.flush()
    if not told:
        sys.stdout.write("nothing is wrong, and nothing is left to do\n")
    return ExitCode.DOUBTFUL if wrong else ExitCode.LANDED


def list_advice(lake: Path) -> Iterator[Advice]:
    """Everything that is found, what is wrong first. Raises NoLake when there is no lake."""
    place = lake.resolve()
    try:
        read_shapes(place)
    except NoLake:
        raise
    except LakeError as error:
        yield Advice(True, str(error), "move the lake away, then copydesk restore from a backup")
        return
    broken = [finding for finding in check_lake(place) if finding.breaches]
    left = unfinished(place) if not broken or all("forgotten" in breach for finding in broken for breach in finding.breaches) else []
    if left:
        yield Advice(True, f"{len(left):,} kept originals still hold what was forgotten: a request was interrupted", "copydesk forget --finish")
    for finding in broken:
        more = f" and {len(finding.breaches) - 1:,} more" if len(finding.breaches) > 1 else ""
        remedy = finding.remedy or "copydesk verify shows all of it; copydesk restore puts a backup back"
        yield Advice(True, f"broken: {finding.meaning}: {finding.breaches[0]}{more}", remedy)
    if not broken:
        yield from advise_rows(place)
    yield from advise_files(place)


def advise_rows(place: Path) -> Iterator[Advice]:
    """What the tables tell."""
    parts = ("articles", "quarantine", "duplicates")
    begun = count(place, "SELECT count(DISTINCT file_id) FROM (" + " UNION ALL ".join(f"SELECT file_id FROM landed.{name}" for name in parts)
                  + ") ANTI JOIN landed.files USING (file_id)")
    if begun:
        yield Advice(True, f"{begun:,} files landed in part: their run was interrupted", "run the same copydesk ingest again; it goes on from there")
    failed = count(place, "SELECT count(DISTINCT file_id) FROM files WHERE status = 'failed' AND path NOT IN "
                   "(SELECT path FROM files WHERE status = 'landed')")
    if failed:
        yield Advice(False, f"{failed:,} files could not be read", "copydesk sql \"SELECT path, message FROM files WHERE status = 'failed'\"")
    aside = count(place, "SELECT count(*) FROM waiting")
    if aside:
        yield Advice(False, f"{aside:,} records are set aside", "copydesk quarantine list, then copydesk quarantine replay")
    older = count(place, OLDER)
    if older:
        yield Advice(False, f"{older:,} articles were read by other rules than these ({PARSER_VERSION})",
                     "copydesk reparse --dry-run, then copydesk reparse")
    held = list_held(place)
    if held:
        yield Advice(False, f"{len(held):,} runs are held back", f"copydesk release {next(iter(held))}, or with --discard")


def advise_files(place: Path) -> Iterator[Advice]:
    """What the folder and the catalog tell."""
    with contextlib.closing(read_catalog(place)) as catalog:
        layout, files = read_layout(catalog), list_files(catalog)
        oldest = catalog.execute("SELECT min(snapshot_time) FROM ducklake_snapshot").fetchone()[0]
        waiting = catalog.execute("SELECT count(*) FROM ducklake_files_scheduled_for_deletion").fetchone()[0]
    if layout < LAYOUT:
        yield Advice(False, f"the lake has layout {layout}, of an earlier release; it can be read", f"the next copydesk ingest brings it to {LAYOUT}")
    small = sum(len(group) for name in TABLES for group in group_files([f for f in files if f.end is None and f.table_name == name], TARGET)
                if len(group) >= MANY)
    if small:
        yield Advice(False, f"{small:,} small data files could be fewer", "copydesk compact")
    gone = [file for file in files if file.end is not None]
    if waiting or (gone and datetime.fromisoformat(oldest) < datetime.now(UTC) - timedelta(days=KEEP_DAYS)):
        size = print_bytes(sum(file.size_bytes for file in gone))
        yield Advice(False, f"{len(gone) + waiting:,} files of {size} serve old snapshots alone", "copydesk expire")
    unindexed = sum(len(paths) for paths in split_indexed(place, read_shapes(place)).bare.values())
    if unindexed >= MANY:
        yield Advice(False, f"{unindexed:,} files of articles are not indexed; searching them takes longer", "copydesk index")
    free = shutil.disk_usage(place).free
    if free < ROOM:
        yield Advice(True, f"only {print_bytes(free)} are free where the lake lies", "make room, or move the lake; copydesk expire may free some")
    stale = list((place / "staging").glob("*"))
    if stale:
        yield Advice(False, f"{len(stale):,} entries lie in staging/: a run is under way, or was killed", "the next writer sweeps them away")


def count(place: Path, query: str) -> int:
    """The one number that a query gives."""
    try:
        with run_sql(place, query) as result:
            return int(next(result.rows())[0])
    except StopIteration as error:
        raise LakeError("a count gave no row") from error
