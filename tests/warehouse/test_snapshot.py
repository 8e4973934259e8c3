"""Going back: the lake as a run left it, as it was at a time, and what can't be gone back to."""

from pathlib import Path

import pytest

from warehouse.errors import NoSnapshot
from warehouse.lake import Lake, open_lake, read_catalog
from warehouse.land import commit_batch, stage
from warehouse.seal import SEAL
from warehouse.snapshot import name_closing, newest_snapshot, read_moment
from warehouse.sql import run_sql

FIRST, SECOND, OLD = "20260102T030405-aaaaaa", "20260103T030405-bbbbbb", "20250101T000000-cccccc"


def count_articles(folder: Path, at: str | None) -> int:
    """Rows of `articles`."""
    with run_sql(folder, "SELECT count(*) FROM articles", at=at) as result:
        return int(next(result.rows())[0])


def land_run(lake: Lake, child: object, numbers: range, run_id: str | None, closing: str) -> None:
    """Batches and the row of their run, as the ledger commits them."""
    for n in numbers:
        commit_batch(lake, child.batch_name(n), child.stage_batch(lake.folder, n), run_id=run_id)  # type: ignore[attr-defined]
    row = child.make_rows("runs", "", 1, 1, run_id=closing)  # type: ignore[attr-defined]
    commit_batch(lake, name_closing(closing), {"runs": stage(lake.folder, name_closing(closing), "runs", row)}, run_id=run_id)


@pytest.fixture
def travelled(tmp_path: Path, child: object) -> Path:
    """A lake of three runs; the first was landed by the first release, whose commits do not name it. Snapshot times are days apart."""
    with open_lake(tmp_path / "news.lake") as lake:
        land_run(lake, child, range(1, 2), None, OLD)
        land_run(lake, child, range(2, 4), FIRST, FIRST)
        land_run(lake, child, range(4, 5), SECOND, SECOND)
    catalog = read_catalog(tmp_path / "news.lake")
    catalog.execute("UPDATE ducklake_snapshot SET snapshot_time = format('2026-01-%02d 12:00:00+00', snapshot_id + 1)")
    catalog.close()
    (tmp_path / "news.lake" / SEAL).unlink()  # the catalog is no longer what its writer left
    return tmp_path / "news.lake"


@pytest.mark.parametrize(("at", "rows"), [
    (None, 12), (FIRST, 9), (SECOND, 12), (OLD, 3), ("2030-01-01", 12), ("2026-01-02", 0), ("2026-01-03", 3), ("2026-01-03T11:59:59", 0),
    ("2026-01-03T12:00", 3), ("2026-01-03T13:00+01:00", 3), ("2026-01-03 12:59:59+01:00", 0), ("20260105", 6),
])
def test_the_lake_as_it_was(travelled: Path, at: str | None, rows: int) -> None:
    """At a run, at the end of a day, at a second, in any zone."""
    assert count_articles(travelled, at) == rows


@pytest.mark.parametrize(("at", "says"), [
    ("2025-12-31", "begins at 2026-01-01"), ("20260102T030405-dddddd", "knows no run"), ("yesterday", "neither a run's id"), ("", "neither a run's id"),
    ("9999-12-31", "neither a run's id"), ("2026-02-30", "neither a run's id"), ("' OR 1=1 --", "neither a run's id"), ("%", "neither a run's id"),
])
def test_what_can_not_be_gone_back_to(travelled: Path, at: str, says: str) -> None:
    """With what to write instead."""
    with pytest.raises(NoSnapshot, match=says):
        count_articles(travelled, at)


def test_a_run_that_expired_is_unknown(travelled: Path) -> None:
    """Its snapshot is gone from the catalog, though its files may serve later ones."""
    catalog = read_catalog(travelled)
    catalog.execute("DELETE FROM ducklake_snapshot WHERE snapshot_id < 7")
    catalog.close()
    for at in (OLD, FIRST):
        with pytest.raises(NoSnapshot):
            count_articles(travelled, at)
    assert count_articles(travelled, SECOND) == 12


def test_snapshots_are_told_apart(travelled: Path, child: object) -> None:
    """So that a session can see that something has landed."""
    before = newest_snapshot(travelled)
    with open_lake(travelled) as lake:
        land_run(lake, child, range(5, 6), None, "20260104T030405-eeeeee")
    assert newest_snapshot(travelled) == before + 2


def test_moments_end() -> None:
    """A day is over at midnight, a second with its last fraction; what has a fraction is taken as it stands."""
    assert str(read_moment("2026-01-02T10:00:00.5")) == "2026-01-02 10:00:00.500000+00:00"
