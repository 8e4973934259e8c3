"""The care of a lake: the catalog for other clients, the index of full-text search, small files merged, old snapshots let go."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import get_terminal_size

from flows.problems import ExitCode
from flows.progress import print_bytes, say
from warehouse.backup import backup_lake, restore_lake
from warehouse.catalog_file import write_catalog
from warehouse.compact import compact_tables
from warehouse.compare import compare_runs
from warehouse.index import index_articles
from warehouse.lake import open_lake
from warehouse.render import Format, write_result
from warehouse.retention import GRACE, expire_snapshots

PATIENCE = 5.0
"""Seconds between two lines of progress."""


def make_catalog(lake: Path, file: Path, at: str | None) -> int:
    """Write the DuckDB file and say what it is."""
    count = write_catalog(lake, file, at)
    say(f"{file} shows {count:,} files of {lake} as they are {f'at {at}' if at else 'now'}; write it again after a run")
    return ExitCode.LANDED


def make_index(lake: Path, *, is_quiet: bool, is_anew: bool = False) -> int:
    """Index what has no index yet, or everything."""
    started = told = time.monotonic()
    count = 0
    for count, (_, left) in enumerate(index_articles(lake, is_anew=is_anew), 1):
        if not is_quiet and left and time.monotonic() - told > PATIENCE:
            told = time.monotonic()
            say(f"{count:,} of {count + left:,} files indexed")
    if not is_quiet:
        say(f"{count:,} files indexed in {time.monotonic() - started:.1f} s" if count else "the index was up to date")
    return ExitCode.LANDED


KEEP_DAYS = 30.0
"""How far back the lake can be gone to, unless another number is given."""


def print_changes(lake: Path, before: str, after: str | None, layout: Format) -> int:
    """Print what changed between two moments."""
    width = get_terminal_size().columns if sys.stdout.isatty() else None
    with compare_runs(lake, before, after) as result:
        count = write_result(result, layout, sys.stdout, width)
    if not count:
        say("nothing changed")
    return ExitCode.LANDED


def expire_history(lake_path: Path, keep_days: float | None, keep: int | None, *, is_now: bool, is_dry: bool) -> int:
    """Let old snapshots go and say what that freed."""
    days = keep_days if keep_days is not None else None if keep else KEEP_DAYS
    before = None if days is None else datetime.now(UTC) - timedelta(days=days)
    with open_lake(lake_path, create=False) as lake:
        gone = expire_snapshots(lake, before, keep=keep, grace=timedelta(0) if is_now else GRACE, is_dry=is_dry)
    verb = "would expire" if is_dry else "expired"
    say(f"{gone.snapshots:,} snapshots {verb}; {gone.files:,} files of {print_bytes(gone.size_bytes)} {'would be ' if is_dry else ''}removed, "
        f"{gone.waiting:,} wait an hour for readers; the lake can be gone back to {gone.oldest:%Y-%m-%d %H:%M:%S} UTC")
    return ExitCode.LANDED


def compact_lake(lake_path: Path, *, is_dry: bool) -> int:
    """Merge small files and say how many became how many."""
    started = time.monotonic()
    old = new = size = 0
    with open_lake(lake_path, create=False) as lake:
        for merged in compact_tables(lake, is_dry=is_dry):
            old, new, size = old + merged.old, new + merged.new, size + merged.size_bytes
    if not old:
        say("nothing to do: no table has several small files")
    elif is_dry:
        say(f"{old:,} files of {print_bytes(size)} would become {new:,}")
    else:
        say(f"{old:,} files of {print_bytes(size)} became {new:,} in {time.monotonic() - started:.1f} s; "
            "the old ones stay for copydesk sql --at until copydesk expire")
    return ExitCode.LANDED


def make_backup(lake_path: Path, target: Path, *, is_dated: bool = False) -> int:
    """Copy the lake, with `is_dated` to a folder within the target that is named by the day and hour."""
    place = target / f"{lake_path.name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}" if is_dated else target
    with open_lake(lake_path, create=False) as lake:
        copied = backup_lake(lake, place)
    say(f"{copied.files:,} files of {print_bytes(copied.size_bytes)} in {place}; copydesk restore puts them back")
    return ExitCode.LANDED


def restore_backup(source: Path, lake_path: Path) -> int:
    """Put a backup in the place of a lake that is gone."""
    copied = restore_lake(source, lake_path)
    say(f"{copied.files:,} files of {print_bytes(copied.size_bytes)} are back in {lake_path}, and every law holds")
    return ExitCode.LANDED
