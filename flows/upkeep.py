"""What is made from a lake for its readers: the catalog for other clients, the index of full-text search."""

from __future__ import annotations

import time
from pathlib import Path

from flows.problems import ExitCode
from flows.progress import say
from warehouse.catalog_file import write_catalog
from warehouse.search import index_articles

PATIENCE = 5.0
"""Seconds between two lines of progress."""


def make_catalog(lake: Path, file: Path, at: str | None) -> int:
    """Write the DuckDB file and say what it is."""
    count = write_catalog(lake, file, at)
    say(f"{file} shows {count:,} files of {lake} as they are {f'at {at}' if at else 'now'}; write it again after a run")
    return ExitCode.LANDED


def make_index(lake: Path, *, is_quiet: bool) -> int:
    """Index what has no index yet."""
    started = told = time.monotonic()
    count = 0
    for count, (_, left) in enumerate(index_articles(lake), 1):
        if not is_quiet and left and time.monotonic() - told > PATIENCE:
            told = time.monotonic()
            say(f"{count:,} of {count + left:,} files indexed")
    if not is_quiet:
        say(f"{count:,} files indexed in {time.monotonic() - started:.1f} s" if count else "the index was up to date")
    return ExitCode.LANDED
