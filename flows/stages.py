"""What happens to one batch: parse, check, stage. Runs in the coordinator or in a worker process; nothing here commits.

A record that repeats a landed one is set apart before it is parsed. Whether an earlier record of the same batch has landed is known only
when it was checked; when that changes what a later one is, the batch is settled again. So the outcome never depends on how work was spread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from expectations.batch import Checker
from flows.gazetteer import open_gazetteer
from flows.plan import Batch, Entry
from flows.settings import Houses
from transforms.article import parse_article
from transforms.fingerprint import Identity, identify
from transforms.model import PARSER_VERSION, Article, Damaged, Record
from transforms.outcome import Reason, Reject
from transforms.rows import rows_of
from warehouse.land import stage
from warehouse.tables import TABLES, Duplicates, Quarantine

RAW_LIMIT = 10_000
MILD = frozenset({Reason.EMPTY, Reason.NO_CONTENT})
"""Reasons that lose no text."""

Landed = Mapping[str, Sequence[tuple[int, str, str]]]
"""(version, content_hash, parser_version) of the landed versions of an article, as `warehouse.land.landed_articles` gives them."""


class Bench(NamedTuple):
    """What every batch of a run is worked on with."""

    lake: str
    run_id: str
    source: str | None
    houses: Houses


class Refusal(NamedTuple):
    """Why a record was set aside."""

    stage: str
    reason: str
    severity: str
    expectation: str | None
    detail: str


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
    failed_critical: tuple[str, ...]
    """Names of critical checks that failed."""


def identify_entries(batch: Batch, source: str | None) -> tuple[Identity | None, ...]:
    """The article that each record of a batch would be; None for damaged ones."""
    return tuple(identify(e.item, source) if isinstance(e.item, Record) else None for e in batch.entries)
