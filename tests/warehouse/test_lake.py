"""A lake is one folder with one writer. It opens after any crash and after any older version of the declarations."""

import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from types import ModuleType
from typing import Annotated, NamedTuple

import pytest

from warehouse.catalog import committed_files, connect
from warehouse.ddl import table_meaning
from warehouse.errors import LakeError, LakeLocked, NoLake
from warehouse.lake import CATALOG, Lake, open_lake
from warehouse.land import SCHEMAS, commit_batch, landed_batches, stage
from warehouse.tables import TABLES, Column, Declared, Table, arrow_schema, columns

Child = ModuleType


def test_a_new_lake_holds_what_the_design_names_and_nothing_beside(lake: Lake) -> None:
    """One folder, tables for all declarations, no file elsewhere."""
    assert {p.name for p in lake.folder.iterdir()} == {CATALOG, "data", "originals", "staging", "reports", "lock"}
    assert {p.name for p in (lake.folder / "data").iterdir()} == set(TABLES)
    assert list(lake.staging.iterdir()) == []


def test_every_table_and_column_carries_its_meaning(lake: Lake) -> None:
    """Comments in the catalog are the declarations' own words."""
    found = lake.connection.execute("SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'lake'").fetchall()
    assert {(t, c): words for t, c, words in found} == {(name, c.name): c.column.meaning for name, t in TABLES.items() for c in columns(t)}
    named = lake.connection.execute("SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'lake'").fetchall()
    assert dict(named) == {name: table_meaning(table) for name, table in TABLES.items()}


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    """An unchanged declaration makes no snapshot."""
    def snapshots() -> int:
        with open_lake(tmp_path) as lake:
            return len(lake.connection.execute("FROM lake.snapshots()").fetchall())

    assert snapshots() == snapshots()


@pytest.mark.parametrize("make", [
    lambda p: None, lambda p: p.mkdir(), lambda p: (p / "data" / "articles").mkdir(parents=True),
], ids=["no folder", "empty folder", "half made"])
def test_without_create_a_folder_without_a_catalog_is_no_lake(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Reading from a mistyped path must not make a lake there."""
    place = tmp_path / "news.lake"
    make(place)
    with pytest.raises(NoLake, match="holds no lake"):
        open_lake(place, create=False)
    with pytest.raises(NoLake, match="holds no lake"):
        connect(place)
    assert not (place / CATALOG).exists()


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    """`--lake ~/Documents` must not scatter folders there."""
    (tmp_path / "letter.txt").write_text("Dear reader")
    with pytest.raises(NoLake, match=r"letter\.txt"):
        open_lake(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_a_file_is_no_lake(tmp_path: Path) -> None:
    """Nor can it become one."""
    (tmp_path / "news.lake").write_text("")
    with pytest.raises(NoLake, match="is a file"):
        open_lake(tmp_path / "news.lake")


def test_data_without_its_catalog_is_not_swept(tmp_path: Path, child: Child) -> None:
    """To a new catalog all data would be orphans; a lost catalog must not lose the data too."""
    with open_lake(tmp_path) as lake:
        child.land_numbered(lake, range(1, 2))
    (tmp_path / CATALOG).unlink()
    data = sorted(tmp_path.rglob("*.parquet"))
    with pytest.raises(NoLake, match="put the catalog back"):
        open_lake(tmp_path)
    assert sorted(tmp_path.rglob("*.parquet")) == data


def test_a_broken_catalog_is_one_sentence_and_touches_nothing(tmp_path: Path, child: Child) -> None:
    """Neither the reader nor the writer ends in a traceback, and the lock is free again."""
    with open_lake(tmp_path) as lake:
        child.land_numbered(lake, range(1, 2))
    good = (tmp_path / CATALOG).read_bytes()
    data = sorted(tmp_path.rglob("*.parquet"))
    (tmp_path / CATALOG).write_bytes(b"no database at all, " * 100)
    for broken in (open_lake, connect):
        with pytest.raises(LakeError, match=r"catalog\.sqlite can't be") as told:
            broken(tmp_path)
        assert "\n" not in str(told.value)
    assert sorted(tmp_path.rglob("*.parquet")) == data
    (tmp_path / CATALOG).write_bytes(good)
    with open_lake(tmp_path) as lake:
        assert landed_batches(lake) == {child.batch_name(1)}


def test_orphans_are_swept_and_nothing_else(tmp_path: Path, child: Child) -> None:
    """Staged files, unknown data files and half-kept originals go; committed files and strangers' files stay."""
    with open_lake(tmp_path) as lake:
        child.land_numbered(lake, range(1, 3))
        child.stage_batch(tmp_path, 7)
    committed = {p for paths in committed_files(tmp_path).values() for p in paths}
    orphan = tmp_path / "data" / "blocks" / f"{child.batch_name(7)}.parquet"
    shutil.copy(next(iter(committed)), orphan)
    (tmp_path / "originals" / "17-0.part").write_bytes(b"half")
    (tmp_path / "staging" / "loose").write_bytes(b"x")
    note = tmp_path / "data" / "README.txt"
    note.write_text("mine")
    with open_lake(tmp_path) as lake:
        assert list(lake.staging.iterdir()) == list(lake.originals.iterdir()) == []
    assert set(tmp_path.glob("data/**/*.parquet")) == committed
    assert note.exists()


def test_files_of_older_snapshots_are_not_orphans(tmp_path: Path, child: Child) -> None:
    """Time travel still finds what a later snapshot has dropped."""
    with open_lake(tmp_path) as lake:
        child.land_numbered(lake, range(1, 3))
        version = lake.connection.execute("SELECT max(snapshot_id) FROM lake.snapshots()").fetchall()[0][0]
        lake.connection.execute("DELETE FROM lake.data.articles")
    with open_lake(tmp_path) as lake:
        query = "SELECT count(*) FROM lake.data.articles"
        assert lake.connection.execute(query).fetchall() == [(0,)]
        assert lake.connection.execute(f"{query} AT (VERSION => {version})").fetchall() == [(6,)]


def test_rows_deleted_from_files_are_never_shown(tmp_path: Path, child: Child) -> None:
    """Reading files by name would bring deleted rows back: that is refused until they are rewritten."""
    with open_lake(tmp_path) as lake:
        child.land_numbered(lake, range(1, 2))
        lake.connection.execute(f"DELETE FROM lake.data.articles WHERE article_id = '{101:016x}'")
    with pytest.raises(LakeError, match="rows of articles were deleted"):
        connect(tmp_path)
    with open_lake(tmp_path) as lake:
        lake.connection.execute("CALL ducklake_rewrite_data_files('lake', 'articles', schema => 'data', delete_threshold => 0)")
    assert connect(tmp_path).execute("SELECT count(*) FROM articles").fetchall() == [(2,)]


def test_compacted_files_are_read(tmp_path: Path, child: Child) -> None:
    """Files that DuckLake wrote itself lie elsewhere and carry no mapping."""
    with open_lake(tmp_path) as lake:
        child.land_numbered(lake, range(1, 4))
        lake.connection.execute("CALL ducklake_merge_adjacent_files('lake', 'articles', schema => 'data')")
    assert len(committed_files(tmp_path)["articles"]) == 1
    with open_lake(tmp_path) as lake:
        assert child.land_numbered(lake, range(1, 5)) == [False, False, False, True]
    assert connect(tmp_path).execute("SELECT count(*), count(DISTINCT article_id) FROM articles").fetchall() == [(12, 12)]


def test_a_lake_can_be_moved(tmp_path: Path, child: Child) -> None:
    """Also to a place whose name would be a pattern elsewhere."""
    first, second = tmp_path / "news.lake", tmp_path / "it's a [1] 100% läke*?"
    with open_lake(first) as lake:
        child.land_numbered(lake, range(1, 2))
    first.rename(second)
    with open_lake(second) as lake:
        assert child.land_numbered(lake, range(1, 3)) == [False, True]
    assert connect(second).execute("SELECT count(*) FROM articles").fetchall() == [(6,)]
    assert not first.exists()


# ------------------------------------------------------------------ the lock
def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path, start: Callable[..., Popen[str]]) -> None:
    """The lock falls with its holder, even by kill -9."""
    holder = start("hold", tmp_path)
    assert holder.stdout
    holder.stdout.readline()
    with pytest.raises(LakeLocked) as told:
        open_lake(tmp_path)
    assert re.search(rf"process {holder.pid} on \S+ since \d{{4}}-", str(told.value))
    assert connect(tmp_path).execute("SELECT count(*) FROM articles").fetchall() == [(0,)]
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    open_lake(tmp_path).close()


def test_the_same_process_is_a_second_writer_too(lake: Lake) -> None:
    """Two flows in one process must not share a transaction."""
    with pytest.raises(LakeLocked, match=f"process {os.getpid()}"):
        open_lake(lake.folder)


def test_a_worker_does_not_inherit_the_lock(tmp_path: Path, start: Callable[..., Popen[str]]) -> None:
    """A forked worker that outlives its killed parent must not keep the lake shut, once it has run its first instruction."""
    parent = start("fork", tmp_path)
    assert parent.stdout
    worker = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    try:
        for tries_left in range(50, -1, -1):
            try:
                open_lake(tmp_path).close()
                break
            except LakeLocked:
                if not tries_left:
                    raise
                time.sleep(0.1)
        os.kill(worker, 0)
    finally:
        os.kill(worker, signal.SIGKILL)


def test_a_lock_with_an_empty_file_is_still_a_lock(tmp_path: Path, lake: Lake) -> None:
    """Between taking the lock and writing its name a holder is nameless."""
    (lake.folder / "lock").write_text("")
    with pytest.raises(LakeLocked, match="another process"):
        open_lake(lake.folder)


# ------------------------------------------------------------------ older and newer declarations
def declare_without(table: Table, *names: str) -> Table:
    """The declaration as it was before some columns were added."""
    def annotate(c: Declared) -> object:
        return Annotated[c.kind | None if c.nullable else c.kind, c.column]

    older = NamedTuple(table.__name__, [(c.name, annotate(c)) for c in columns(table) if c.name not in names])  # type: ignore[misc]
    older.__doc__ = "An older declaration."
    return older


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch) -> Callable[[], pytest.MonkeyPatch]:
    """Go back to a declaration of articles without ed_note and word_count."""
    def go_back() -> pytest.MonkeyPatch:
        table = declare_without(TABLES["articles"], "ed_note", "word_count")
        monkeypatch.setitem(TABLES, "articles", table)
        monkeypatch.setitem(SCHEMAS, "articles", arrow_schema(table))
        return monkeypatch

    return go_back


NOTES = "SELECT version, ed_note, word_count FROM article_versions ORDER BY article_id, version"


def test_a_lake_from_before_a_column_was_declared(tmp_path: Path, child: Child, older: Callable[[], pytest.MonkeyPatch]) -> None:
    """Readers see null at once; the next writer adds the column; old and new files lie side by side."""
    patch = older()
    with open_lake(tmp_path) as lake:
        commit_batch(lake, child.batch_name(1), child.stage_batch(tmp_path, 1, count=1))
        old_file = child.stage_batch(tmp_path, 2, count=1)
        late = tmp_path / "late.parquet"
        shutil.copy(old_file["articles"], late)
    patch.undo()
    assert connect(tmp_path).execute(NOTES).fetchall() == [(1, None, None)]
    with open_lake(tmp_path) as lake:
        kinds = dict(lake.connection.execute("SELECT column_name, column_type FROM (DESCRIBE lake.data.articles)").fetchall())
        assert (kinds["ed_note"], kinds["word_count"]) == ("VARCHAR", "BIGINT")
        assert connect(tmp_path).execute(NOTES).fetchall() == [(1, None, None)]
        staged = child.stage_batch(tmp_path, 2, count=1)
        shutil.copy(late, staged["articles"])
        assert commit_batch(lake, child.batch_name(2), staged)
        assert commit_batch(lake, child.batch_name(3), child.stage_batch(tmp_path, 3, count=1))
        assert lake.connection.execute("SELECT ed_note FROM lake.data.articles ORDER BY article_id").fetchall() == [(None,), (None,), ("ed_note 301",)]
    assert connect(tmp_path).execute(NOTES).fetchall() == [(1, None, None), (1, None, None), (1, "ed_note 301", 301)]


def test_a_lake_from_after_a_column_was_declared(tmp_path: Path, child: Child, older: Callable[[], pytest.MonkeyPatch]) -> None:
    """An older copydesk still reads a newer lake, and lands in it what it knows."""
    with open_lake(tmp_path) as lake:
        commit_batch(lake, child.batch_name(1), child.stage_batch(tmp_path, 1, count=1))
    patch = older()
    with open_lake(tmp_path) as lake:
        assert commit_batch(lake, child.batch_name(2), child.stage_batch(tmp_path, 2, count=1))
    assert connect(tmp_path).execute("SELECT headline FROM articles ORDER BY 1").fetchall() == [("headline 101",), ("headline 201",)]
    patch.undo()
    assert connect(tmp_path).execute(NOTES).fetchall() == [(1, "ed_note 101", 101), (1, None, None)]


class NumberedBatches(NamedTuple):
    """Batches as nobody declares them."""

    batch_id: Annotated[int, Column("A number.")]


def test_a_column_of_another_type_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is retyped behind the user's back."""
    open_lake(tmp_path).close()
    monkeypatch.setitem(TABLES, "batches", NumberedBatches)
    with pytest.raises(LakeError, match=r"batches\.batch_id is VARCHAR; this version of copydesk declares BIGINT"):
        open_lake(tmp_path)
    monkeypatch.undo()
    open_lake(tmp_path).close()


def test_a_meaning_that_changed_is_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comments follow the declarations."""
    open_lake(tmp_path).close()
    monkeypatch.setattr(TABLES["runs"], "__doc__", "One row per run that ended.")
    with open_lake(tmp_path) as lake:
        told = lake.connection.execute("SELECT comment FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'runs'").fetchall()
    assert told == [("One row per run that ended.",)]


def test_stage_needs_no_lock(lake: Lake, child: Child) -> None:
    """Workers write their files while the coordinator holds the lake."""
    assert stage(lake.folder, child.batch_name(1), "batches", child.make_rows("batches", child.batch_name(1), 1)).is_file()


def test_an_extension_that_can_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before DuckDB reads it: that would end the process. The lock is given back."""
    monkeypatch.setattr("warehouse.lake.extension_file", lambda _name: tmp_path)
    for _ in range(2):
        with pytest.raises(LakeError, match=f"{tmp_path} can't be read: Is a directory; check the disk, then install its package anew"):
            open_lake(tmp_path / "news.lake")
