"""What a lake holds, as the catalog's readers see it, in a form in which two lakes can be compared."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.snapshot import read_shapes
from warehouse.tables import TABLES

RUN_COLUMNS = frozenset({"run_id", "committed_at"})
RUN_TABLES = frozenset({"runs", "metrics", "rules", "replays"})
"""They tell of runs, and a lake whose run was killed has seen one more."""

Held = dict[tuple[str, str], tuple[str, ...]]
"""Sorted hashes of the rows that each batch has in each table."""


class Difference(NamedTuple):
    """How a lake differs from the one that was left in peace, in rows."""

    lost: int
    twice: int
    """Rows that are there more often than they should, or should not be there at all."""


BATCH_TABLES = frozenset({"batches", "checks"})
"""They tell of batches, and what is cut into other batches has others."""
BATCH_COLUMNS = frozenset({"batch_id"})


def read_state(lake: Path, *, is_loose: bool = False, left_out: frozenset[str] = frozenset()) -> Held:
    """The committed rows, by table and batch, without what differs from run to run. Reads every committed file.

    `is_loose` leaves out what hangs on how records were spread over batches, `left_out` names further columns.
    """
    left_out |= RUN_COLUMNS | (BATCH_COLUMNS if is_loose else frozenset())
    held: Held = {}
    batches: set[str] = set()
    for name, by_columns in read_shapes(lake).items():
        for paths in by_columns.values():
            for path in paths:
                rows = read_rows(name, path.read_bytes(), left_out)
                if name in RUN_TABLES or (is_loose and name in BATCH_TABLES - {"batches"}):
                    continue
                if name == "batches":
                    batches.add(path.stem)
                held[name, path.stem] = (*held.get((name, path.stem), ()), *rows)
    return {
        key: tuple(sorted(rows)) for key, rows in held.items()
        if (key[1] in batches or key[0] not in ("checks", "files")) and not (is_loose and key[0] == "batches")
    }


_rows: dict[tuple[str, bytes, frozenset[str]], tuple[str, ...]] = {}
"""By the content of files: most runs write the very same bytes, which need to be decoded once."""


def read_rows(name: str, content: bytes, left_out: frozenset[str]) -> tuple[str, ...]:
    """Hashes of the rows of a file. Raises an error of Arrow's when it can't be read."""
    key = name, hashlib.sha256(content).digest(), left_out
    if key not in _rows:
        _rows[key] = tuple(hash_rows(name, pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False), left_out))
    return _rows[key]


def hash_rows(name: str, table: pa.Table, left_out: frozenset[str]) -> list[str]:
    """A hash for each row, by the declared columns that are not left out."""
    wanted = [column for column in TABLES[name]._fields if column not in left_out and column in table.column_names]
    return [hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).hexdigest()[:16] for row in table.select(wanted).to_pylist()]


def hash_tables(held: Held) -> dict[str, str]:
    """One hash for each table: of all its rows, sorted."""
    by_table: dict[str, list[str]] = {}
    for (name, _), rows in held.items():
        by_table.setdefault(name, []).extend(rows)
    return {name: hashlib.sha256("\n".join(sorted(rows)).encode("ascii")).hexdigest() for name, rows in sorted(by_table.items())}


def compare(held: Held, expected: Held) -> Difference:
    """How many rows are lost, and how many too many."""
    here, there = (Counter((name, row) for (name, _), rows in side.items() for row in rows) for side in (held, expected))
    return Difference((there - here).total(), (here - there).total())


def find_torn(held: Held, expected: Held) -> list[str]:
    """What readers should not see: a batch without some of its rows, rows without their batch, or rows that no run makes."""
    batches = {batch for name, batch in held if name == "batches"}
    torn = [f"{name} of {batch} differ" for (name, batch), rows in expected.items() if batch in batches and held.get((name, batch)) != rows]
    return torn + [f"{name} of {batch} should not be there" for name, batch in held if batch not in batches or (name, batch) not in expected]


def count_batches(held: Held) -> int:
    """Batches that have landed."""
    return sum(name == "batches" for name, _ in held)
