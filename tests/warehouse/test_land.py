"""What is staged lands whole, once, and comes back as it went in."""

import datetime as dt
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.catalog import committed_files, connect
from warehouse.errors import LakeError
from warehouse.lake import Lake, open_lake
from warehouse.land import (
    arrow_table,
    commit_batch,
    landed_articles,
    landed_batches,
    landed_counts,
    landed_files,
    landed_texts,
    stage,
)
from warehouse.tables import TABLES, ChainLink, Span, arrow_schema

Child = ModuleType


def unwrap(value: Any) -> Any:
    """Structs come back as dicts; compare them as the tuples that went in."""
    if isinstance(value, (ChainLink, Span)):
        return value._asdict()
    return [unwrap(v) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", TABLES)
def test_rows_come_back_as_they_went_in(landed: Path, child: Child, name: str) -> None:
    """Every type of every table, through Parquet, catalog and SQL."""
    made = child.make_rows(name, child.batch_name(2), 1 if name == "batches" else 3, 201)
    key = "WHERE batch_id = '0000000000000002'" if "batch_id" in TABLES[name]._fields else "WHERE run_id >= 'run_id 2'"
    with connect(landed) as connection:
        got = connection.execute(f"FROM landed.{name} {key} ORDER BY ALL").fetchall()
    assert sorted(got, key=repr) == sorted((tuple(map(unwrap, row)) for row in made), key=repr)


def test_a_moment_is_the_same_moment_in_utc(lake: Lake, child: Child) -> None:
    """A time with another offset is stored as what it means."""
    at = dt.datetime(2001, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=3)))
    path = stage(lake.folder, child.batch_name(1), "batches", child.make_rows("batches", child.batch_name(1), 1, committed_at=at))
    commit_batch(lake, child.batch_name(1), {"batches": path})
    with connect(lake.folder) as connection:
        assert connection.execute("SELECT committed_at::VARCHAR FROM batches").fetchall() == [("2001-02-03 01:05:00+00",)]


@pytest.mark.parametrize(("rows", "wrong"), [
    ([("a" * 16, "run")], "has 9 columns, the rows have 2"),
    ([("a" * 16, None, 0, 0, 0, 0, 0, "1", dt.datetime(2001, 1, 1, tzinfo=dt.UTC))], r"batches\.run_id can't be null"),
], ids=["too short", "null in a column that has none"])
def test_rows_that_do_not_fit_are_refused(rows: list[tuple[Any, ...]], wrong: str) -> None:
    """Before they become a file."""
    with pytest.raises(ValueError, match=wrong):
        arrow_table("batches", rows)


def test_rows_of_different_length_are_refused() -> None:
    """A row is never cut to fit its neighbours."""
    with pytest.raises(ValueError, match="argument 2 is"):
        arrow_table("batches", [("a",) * 9, ("a",) * 8])


@pytest.mark.parametrize("name", TABLES)
def test_no_rows_make_an_empty_table(name: str) -> None:
    """With the declared schema."""
    assert arrow_table(name, []).schema.equals(arrow_schema(TABLES[name]))


@pytest.mark.parametrize("batch_id", ["", "../../etc", "a" * 15, "A" * 16, "a" * 16 + "\n"])
def test_a_batch_id_is_no_path(lake: Lake, batch_id: str) -> None:
    """It becomes a file name, so it must be what it is declared to be."""
    with pytest.raises(ValueError, match="not a batch id"):
        stage(lake.folder, batch_id, "batches", [])
    with pytest.raises(ValueError, match="not a batch id"):
        commit_batch(lake, batch_id, {})


def test_a_batch_lands_once(lake: Lake, child: Child) -> None:
    """The second time adds nothing and leaves nothing lying about; the same holds after the lake was closed."""
    assert child.land_numbered(lake, range(1, 3)) == [True, True]
    before = committed_files(lake.folder)
    assert child.land_numbered(lake, range(1, 3)) == [False, False]
    lake.close()
    with open_lake(lake.folder) as again:
        assert child.land_numbered(again, range(1, 4)) == [False, False, True]
        assert landed_batches(again) == {child.batch_name(n) for n in (1, 2, 3)}
        assert list(again.staging.iterdir()) == []
    after = committed_files(lake.folder)
    assert {name: len(paths) for name, paths in after.items()} == {name: len(paths) + 1 for name, paths in before.items()}


def test_what_has_no_row_in_batches_lands_once_too(lake: Lake, child: Child) -> None:
    """The row of a run closes it, and is told by its file."""
    batch_id = child.batch_name(9)
    for expected in (True, False):
        staged = {"runs": stage(lake.folder, batch_id, "runs", child.make_rows("runs", batch_id, 1))}
        assert commit_batch(lake, batch_id, staged) is expected
    assert lake.connection.execute("SELECT count(*) FROM lake.data.runs").fetchall() == [(1,)]


def test_tables_without_rows_are_left_out(lake: Lake, child: Child) -> None:
    """No empty files gather in the lake."""
    staged = child.stage_batch(lake.folder, 1) | {"photos": stage(lake.folder, child.batch_name(1), "photos", [])}
    assert commit_batch(lake, child.batch_name(1), staged)
    assert set(committed_files(lake.folder)) == set(child.SMALL)
    assert list(lake.folder.glob("data/photos/*")) == list(lake.staging.iterdir()) == []


def test_a_batch_with_a_bad_file_lands_nothing(lake: Lake, child: Child) -> None:
    """Not the tables before it either; with a good file the same call goes through."""
    staged = child.stage_batch(lake.folder, 1)
    good = staged["blocks"].read_bytes()
    pq.write_table(pa.table({"article_id": [17.5]}), staged["blocks"])
    with pytest.raises(LakeError, match="batch 0000000000000001 was not landed"):
        commit_batch(lake, child.batch_name(1), staged)
    assert committed_files(lake.folder) == {}
    lake.data_file("blocks", child.batch_name(1)).write_bytes(good)
    assert commit_batch(lake, child.batch_name(1), staged)
    assert {name: len(paths) for name, paths in committed_files(lake.folder).items()} == dict.fromkeys(child.SMALL, 1)


def test_a_staged_file_that_is_gone_lands_nothing(lake: Lake, child: Child) -> None:
    """And the message names it."""
    staged = child.stage_batch(lake.folder, 1)
    staged["blocks"].unlink()
    with pytest.raises(LakeError, match=r"blocks\.parquet is gone"):
        commit_batch(lake, child.batch_name(1), staged)
    assert committed_files(lake.folder) == {}


def test_a_stranger_among_the_tables_is_refused(lake: Lake, child: Child) -> None:
    """Before anything is moved."""
    staged = child.stage_batch(lake.folder, 1)
    with pytest.raises(ValueError, match="no table is called gossip"):
        commit_batch(lake, child.batch_name(1), staged | {"gossip": staged["blocks"]})
    assert all(path.exists() for path in staged.values())


def test_an_interrupt_after_the_commit_is_remembered_right(lake: Lake, child: Child) -> None:
    """Ctrl-C between the commit and its bookkeeping: the same batch again in the same process adds nothing."""
    landed_articles(lake, [])

    def interrupt(step: str) -> None:
        if step == "committed":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        commit_batch(lake, child.batch_name(1), child.stage_batch(lake.folder, 1), interrupt)
    assert child.land_numbered(lake, range(1, 2)) == [False]
    assert set(landed_articles(lake, [f"{101:016x}"])) == {f"{101:016x}"}


def test_two_lakes_do_not_know_each_other(tmp_path: Path, child: Child) -> None:
    """Open at once in one process, with the same batches."""
    with open_lake(tmp_path / "a.lake") as a, open_lake(tmp_path / "b.lake") as b:
        assert child.land_numbered(a, range(1, 3)) == [True, True]
        assert landed_batches(b) == set()
        assert child.land_numbered(b, range(1, 2)) == [True]
    for name, count in (("a", 6), ("b", 3)):
        files = committed_files(tmp_path / f"{name}.lake")
        assert all(p.is_relative_to(tmp_path / f"{name}.lake") for paths in files.values() for p in paths)
        with connect(tmp_path / f"{name}.lake") as connection:
            assert connection.execute("SELECT count(*) FROM articles").fetchall() == [(count,)]


# ------------------------------------------------------------------ look-ups
def test_landed_articles_are_found_by_id_with_all_versions(lake: Lake, child: Child) -> None:
    """Also those that landed after the first look-up; ids from all over the range, since they are held as numbers."""
    assert landed_articles(lake, ["0" * 16]) == {}
    high, low = "f" * 16, "0" * 16
    for number, version, content in ((1, 1, "8" + "0" * 15), (2, 2, "a" * 16)):
        batch_id = child.batch_name(number)
        rows = [r for i in (high, low) for r in child.make_rows("articles", batch_id, 1, article_id=i, version=version, content_hash=content)]
        staged = {"articles": stage(lake.folder, batch_id, "articles", rows)}
        staged["batches"] = stage(lake.folder, batch_id, "batches", child.make_rows("batches", batch_id, 1, number))
        assert commit_batch(lake, batch_id, staged)
    known = [(1, "8" + "0" * 15, "1"), (2, "a" * 16, "1")]
    assert landed_articles(lake, [low, high, "1" * 16, high]) == {high: known, low: known}
    assert landed_texts(lake, ["a" * 16, "b" * 16]) == {"a" * 16: [low, high]}
    lake.close()
    with open_lake(lake.folder) as again:
        assert landed_articles(again, [low]) == {low: known}


def test_files_and_counts_are_by_parser_version(lake: Lake, child: Child) -> None:
    """A file that newer rules have not read is not landed for them; nor is one that failed."""
    file_id = "c" * 16
    for number, parser in ((1, "1"), (2, "2")):
        batch_id, fixed = child.batch_name(number), {"file_id": file_id, "parser_version": parser}
        rows = {
            "articles": child.make_rows("articles", batch_id, 4, 100 * number, **fixed) + child.make_rows("articles", batch_id, 1, 500),
            "quarantine": child.make_rows("quarantine", batch_id, 2, **fixed),
            "duplicates": child.make_rows("duplicates", batch_id, number, file_id=file_id),
            "batches": child.make_rows("batches", batch_id, 1, number, parser_version=parser),
            "files": child.make_rows("files", batch_id, 1, number, parser_version=parser)
            + child.make_rows("files", batch_id, 1, number + 10, parser_version=parser, status="failed"),
        }
        commit_batch(lake, batch_id, {name: stage(lake.folder, batch_id, name, r) for name, r in rows.items()})
    assert landed_files(lake, "1") == {f"{1:064x}"}
    assert landed_files(lake, "2") == {f"{2:064x}"}
    assert landed_files(lake, "3") == set()
    assert [landed_counts(lake, file_id, parser) for parser in ("1", "2", "3")] == [(4, 2, 1), (4, 2, 2), (0, 0, 0)]
