"""Measures of the last runs, and batches that are held back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse import history
from warehouse.errors import LakeError
from warehouse.held import HeldBatch, confirm_held, drop_held, list_held, read_held, set_apart, settle_held
from warehouse.lake import open_lake
from warehouse.land import commit_batch, stage
from warehouse.tables import Batches, Metrics

BATCH = "00000000000000aa"


def land_run(folder: Path, numbers: range) -> None:
    """Runs that each leave a file of measures, and one of something else."""
    with open_lake(folder) as lake:
        for number in numbers:
            batch_id = f"{number:016x}"
            rows = [Metrics(f"run {number:04}", "Post", name, "", float(number), 1) for name in ("records", "landed")]
            commit_batch(lake, batch_id, {"metrics": stage(folder, batch_id, "metrics", rows)})


def test_the_last_runs_are_read_and_no_more_files_than_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty-five runs, thirty files opened; the latest run comes first."""
    folder = tmp_path / "news.lake"
    land_run(folder, range(35))
    opened: list[str] = []
    read = pq.read_table

    def watch(path: Path, **kept: Any) -> pa.Table:
        opened.append(path.stem)
        return read(path, **kept)

    monkeypatch.setattr(pq, "read_table", watch)
    found = history.recent_metrics(folder, 30)
    assert [m.run_id for m in found] == [f"run {n:04}" for n in range(34, 4, -1) for _ in range(2)]
    assert sorted(opened) == [f"{n:016x}" for n in range(5, 35)]


def test_a_lake_without_measures_has_no_history(tmp_path: Path) -> None:
    """As a new one."""
    with open_lake(tmp_path / "news.lake"):
        pass
    assert history.recent_metrics(tmp_path / "news.lake", 30) == []


def put_aside(folder: Path) -> HeldBatch:
    """A batch on its way to be held: its articles' files are moved, nothing is committed yet."""
    staged = {"blocks": stage(folder, BATCH, "blocks", [(BATCH, 1, 1, "paragraph", 0, 9, "r", None, None, BATCH)])}
    return set_apart(folder, "run 1", 7, BATCH, staged)


def commit_ledger(folder: Path) -> None:
    """The batch's row in the ledger."""
    with open_lake(folder) as lake:
        moment = pa.scalar(0, pa.timestamp("us", tz="UTC")).as_py()
        commit_batch(lake, BATCH, {"batches": stage(folder, BATCH, "batches", [Batches(BATCH, "run 1", 1, 0, 1, 0, 9, "1", moment)])})


def test_a_batch_is_held_when_its_ledger_is_committed(tmp_path: Path) -> None:
    """Killed before: swept. Killed after: the next writer gives it its name. Named: no writer touches it."""
    folder = tmp_path / "news.lake"
    with open_lake(folder):
        pass
    put_aside(folder)
    assert list_held(folder) == {}
    with open_lake(folder):
        assert not list((folder / "held").rglob("*.parquet"))
    commit_ledger(folder)
    put_aside(folder)
    with open_lake(folder):
        pass
    (held,) = list_held(folder)["run 1"]
    assert (held.number, held.batch_id) == (7, BATCH)
    assert settle_held(folder, ()) == []
    tables = read_held(held)
    assert (tables["blocks"].num_rows, tables["articles"].num_rows) == (1, 0)
    drop_held(held)
    drop_held(held)
    assert list_held(folder) == {}


def test_a_held_file_that_is_damaged_is_named(tmp_path: Path) -> None:
    """With what to do: its records are in quarantine all the same."""
    (tmp_path / "staging").mkdir()
    held = put_aside(tmp_path)
    confirm_held(held)
    (named,) = list_held(tmp_path)["run 1"]
    (named.folder / "blocks.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(LakeError, match=r"blocks\.parquet can't be read.*discard the run"):
        read_held(named)
