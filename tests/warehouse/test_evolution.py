"""Lakes of other releases: an older layout is read as it is and brought up when it is written to, a newer one is refused in words."""

import contextlib
import sqlite3
import tarfile
from pathlib import Path
from typing import Annotated, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse.compact import compact_tables
from warehouse.ddl import SQL
from warehouse.earlier import CHANGED, keep_earlier, renew_batch
from warehouse.errors import LakeError
from warehouse.lake import open_lake
from warehouse.layout import LAYOUT, note_hashes, read_catalog, read_hashes, read_layout
from warehouse.sql import run_sql
from warehouse.tables import TABLES, Column, arrow_schema
from warehouse.verify import check_lake


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A lake as the first release wrote it: three articles of two files, and one row that was too short."""
    with tarfile.open(Path(__file__).parent / "lakes" / "layout-1.tar.xz") as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "first.lake"


def ask(lake: Path, statement: str) -> list[tuple[object, ...]]:
    """The rows of an answer."""
    with run_sql(lake, statement) as result:
        return list(result.rows())


HEADLINES = [("Bakers walk out",), ("Ferry late again in Brindle Bay",), ("Owls counted at Tarn",)]


def test_the_first_layout_is_read_without_being_touched(first: Path) -> None:
    """A reader needs no migration: columns and tables of today are there, and null."""
    assert ask(first, "SELECT headline FROM articles ORDER BY 1") == HEADLINES
    assert ask(first, "SELECT count(*) FROM corrections") == [(0,)]
    assert ask(first, "SELECT DISTINCT extra FROM articles") == [({},)]
    with contextlib.closing(read_catalog(first)) as catalog:
        assert (read_layout(catalog), read_hashes(catalog)) == (1, {})


def test_the_first_layout_is_brought_up_by_the_next_writer(first: Path) -> None:
    """Every data file has its hash then, every law holds, and nothing that was there has changed."""
    open_lake(first).close()
    with contextlib.closing(read_catalog(first)) as catalog:
        assert read_layout(catalog) == LAYOUT
        assert set(read_hashes(catalog)) == {str(p.relative_to(first)) for p in first.rglob("data/*/*.parquet")}
    assert ask(first, "SELECT headline FROM articles ORDER BY 1") == HEADLINES
    assert [finding for finding in check_lake(first) if finding.breaches] == []


def test_a_newer_layout_is_refused_in_words(first: Path) -> None:
    """Reading and writing name both layouts."""
    with contextlib.closing(sqlite3.connect(first / "catalog.sqlite")) as catalog:
        catalog.execute(f"PRAGMA user_version = {LAYOUT + 1}")
    for work in (lambda: ask(first, "SELECT 1"), lambda: open_lake(first)):
        with pytest.raises(LakeError, match=f"the lake has layout {LAYOUT + 1}, and this version of copydesk knows layouts up to {LAYOUT}"):
            work()


class Small(int):
    """A number of the kind that columns once had."""


class Narrow(NamedTuple):
    """One row per count."""

    key: Annotated[str, Column("The key.")]
    amount: Annotated[Small, Column("How many.")]


class Wide(NamedTuple):
    """One row per count."""

    key: Annotated[str, Column("The key.")]
    total: Annotated[float, Column("How many.", was="amount")]
    note: Annotated[str | None, Column("What is to be said of it.")]


class Listed(NamedTuple):
    """One row per count."""

    file_id: Annotated[str, Column("The key.")]
    extra: Annotated[list[str], Column("The rest.")]


class Mapped(NamedTuple):
    """One row per count."""

    file_id: Annotated[str, Column("The key.")]
    extra: Annotated[dict[str, list[str]], Column("The rest.")]


def test_a_list_of_pairs_becomes_a_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written as `name=value` is read as a map beside what is written as one, before and after the lake is brought up, and once compacted."""
    lake = tmp_path / "news.lake"
    pairs, kind = pa.array([["mood=calm", "desk=a=b", "mood="], []], pa.list_(pa.string())), pa.map_(pa.string(), pa.list_(pa.string()))
    first = [("gulls", {}), ("owls", {"mood": ["calm", ""], "desk": ["a=b"]})]

    def land(name: str, table: pa.Table) -> None:
        with open_lake(lake) as opened:
            path = opened.data_file("counts", name)
            pq.write_table(table, path)
            note_hashes(lake, [path])
            with opened.transaction() as connection:
                connection.execute(f"CALL ducklake_add_data_files('lake', 'counts', '{path}', schema => 'data', allow_missing => true)")

    monkeypatch.setitem(CHANGED, "counts", frozenset({"extra"}))
    monkeypatch.setitem(TABLES, "counts", Listed)
    land("a" * 16, pa.table({"file_id": ["owls", "gulls"], "extra": pairs}))
    monkeypatch.setitem(TABLES, "counts", Mapped)
    assert ask(lake, "SELECT * FROM landed.counts ORDER BY file_id") == first
    land("b" * 16, pa.table({"file_id": ["terns"], "extra": pa.array([{"mood": ["wild"]}], kind)}))
    for _ in range(2):
        assert ask(lake, "SELECT * FROM landed.counts ORDER BY file_id") == [*first, ("terns", {"mood": ["wild"]})]
        assert ask(lake, "SELECT file_id FROM landed.counts WHERE extra['mood'][1] = 'wild'") == [("terns",)]
        with open_lake(lake) as opened:
            list(compact_tables(opened))
    assert len(list((lake / "data" / "counts").glob("*.parquet"))) == 3


def test_earlier_rows_are_renewed_as_sql_reads_them() -> None:
    """Held batches and files that are written anew go through Arrow: the same map comes out."""
    schema = arrow_schema(TABLES["articles"])
    written = schema.set(schema.get_field_index("extra"), pa.field("extra", pa.list_(pa.string())))
    assert keep_earlier("articles", schema, written).field("extra").type == written.field("extra").type
    batch = pa.RecordBatch.from_arrays([pa.array([["a=1", "b=2=3", "a="], []], pa.list_(pa.string()))], names=["extra"])
    assert renew_batch("articles", batch).column("extra").to_pylist() == [[("a", ["1", ""]), ("b", ["2=3"])], []]


def test_a_column_added_renamed_and_widened_keeps_old_rows_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files from before are read under the new name and type, beside files from after, by readers and by the writer's own connection."""
    lake = tmp_path / "news.lake"

    def land(name: str, table: pa.Table) -> None:
        with open_lake(lake) as opened:
            path = opened.data_file("counts", name)
            pq.write_table(table, path)
            with opened.transaction() as connection:
                connection.execute(f"CALL ducklake_add_data_files('lake', 'counts', '{path}', schema => 'data', allow_missing => true)")

    monkeypatch.setitem(TABLES, "counts", Narrow)
    monkeypatch.setitem(SQL, Small, "INTEGER")
    land("a" * 16, pa.table({"key": ["owls"], "amount": pa.array([9], pa.int32())}))
    monkeypatch.undo()
    monkeypatch.setitem(TABLES, "counts", Wide)
    assert ask(lake, "SELECT * FROM landed.counts") == [("owls", 9.0, None)]
    land("b" * 16, pa.table({"key": ["gulls"], "total": [2.5], "note": ["at dusk"]}))
    rows = [("gulls", 2.5, "at dusk"), ("owls", 9.0, None)]
    assert ask(lake, "SELECT * FROM landed.counts ORDER BY key") == rows
    with open_lake(lake) as opened:
        assert opened.connection.execute("SELECT * FROM lake.data.counts ORDER BY key").fetchall() == rows
