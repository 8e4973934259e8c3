"""Each law of a lake catches its fault: one row is changed, by a writer that notes the hash of what it wrote, and that law is the one that breaks."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from flows.cli import app
from warehouse.lake import open_lake
from warehouse.land import commit_batch, stage
from warehouse.layout import CATALOG, hash_file
from warehouse.pages import check_pages
from warehouse.seal import SEAL
from warehouse.tables import Batches, Forgotten
from warehouse.verify import LAWS, check_lake

CSV = 'id,title,author,date,text,caption,credit\n' \
      'a-1,Ferry late again,By Jane Roe,2025-01-02,"LISBON, Jan. 2 (Example News) - The ferry was late.",The ferry at the quay.,REUTERS/Sam Hale\n' \
      'a-2,Owls counted,By Bo Dahl,2025-01-03,The owls were counted and there were nine.,,\n' \
      'a-2,Owls counted,By Bo Dahl,2025-01-03,The owls were counted and there were nine.,,\n' \
      'a-3,Too few\n'
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of two articles, a repeat and a record set aside, in which every law holds."""
    folder: Path = tmp_path_factory.mktemp("verify")
    (folder / "rows.csv").write_text(CSV, "utf-8")
    assert CliRunner().invoke(
        app, ["ingest", "--direct", "--quarantine-threshold", "1", str(folder / "rows.csv"), "--lake", str(folder / "news.lake")]).exit_code == 0
    assert broken(folder / "news.lake") == {}
    return folder / "news.lake"


@pytest.fixture
def lake(sound: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(sound, tmp_path / "news.lake", symlinks=True)
    return tmp_path / "news.lake"


def broken(lake: Path) -> dict[str, list[str]]:
    """The laws that do not hold, with what breaks them."""
    return {finding.meaning: finding.breaches for finding in check_lake(lake) if finding.breaches}


def change_rows(lake: Path, table_name: str, change: Callable[[Rows], object]) -> None:
    """Write a table's file with other rows, and have the catalog take it for what was committed."""
    path = next((lake / "data" / table_name).iterdir())
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path, write_page_checksum=True)
    hashed = hash_file(path)
    with contextlib.closing(sqlite3.connect(lake / CATALOG)) as catalog, catalog:
        catalog.execute("UPDATE copydesk_data_file SET sha256 = ?, size_bytes = ? WHERE path = ?", (*hashed, str(path.relative_to(lake))))
        catalog.execute(
            "UPDATE ducklake_data_file SET file_size_bytes = ?, record_count = ? WHERE table_id = (SELECT table_id FROM ducklake_table "
            "WHERE table_name = ? AND end_snapshot IS NULL) AND path LIKE ?", (hashed.size_bytes, len(rows), table_name, f"%{path.name}"))
    (lake / SEAL).unlink(missing_ok=True)


def repeat(rows: Rows) -> None:
    """The first row once more."""
    rows.append(copy.deepcopy(rows[0]))


FAULTS: dict[str, tuple[str, Callable[[Rows], object]]] = {
    "every file's equation holds": ("files", lambda rows: rows[0].update(is_conserved=False)),
    "every record of every file is in a table": ("quarantine", lambda rows: rows.clear()),
    "every batch holds what its row says": ("batches", lambda rows: rows[0].update(landed=7)),
    "no batch has landed twice": ("batches", repeat),
    "no article version, nor any part of one, has landed twice": ("contributors", repeat),
    "every part belongs to an article version that landed": ("photos", lambda rows: rows[0].update(version=2)),
    "every row names a batch that landed": ("places", lambda rows: rows[0].update(batch_id="f" * 16)),
    "versions of every article follow each other from 1": ("articles", lambda rows: rows[0].update(version=3)),
    "the blocks of every article tile its document": ("blocks", lambda rows: rows[1].update(char_start=rows[1]["char_start"] + 1)),
    "every span of a name or picture lies in its document": ("contributors", lambda rows: rows[0].update(char_end=99_999)),
    "every repeat names an article that landed": ("duplicates", lambda rows: rows[0].update(article_id="f" * 16)),
}
FORGOTTEN = "nothing is left of what was forgotten in any table"


@pytest.mark.parametrize("law", FAULTS)
def test_each_law_catches_its_fault(lake: Path, law: str) -> None:
    """And says which row it is."""
    change_rows(lake, *FAULTS[law])
    found = [meaning for meaning in broken(lake) if meaning.startswith(law)]
    assert len(found) == 1


def test_what_was_forgotten_is_in_no_table(lake: Path) -> None:
    """The ledger names a record that is still there."""
    article = pq.read_table(next((lake / "data" / "articles").iterdir())).to_pylist()[0]
    now, batch_id = dt.datetime.now(dt.UTC), "e" * 16
    kept = Forgotten("20260101T000000-abcdef", article["file_id"], article["record_no"], "landed", article["article_id"], 1, article["batch_id"],
                     article["content_hash"], article["byte_start"], article["byte_end"], "spaces", "0" * 64, 9, now, "on request")
    with open_lake(lake) as opened:
        batch = Batches(batch_id, "20260101T000000-abcdef", 0, 0, 0, 0, 0, "1", now)
        assert commit_batch(opened, batch_id, {"forgotten": stage(lake, batch_id, "forgotten", [kept]), "batches": stage(lake, batch_id, "batches", [batch])})
    assert any(article["file_id"] in breach for breach in broken(lake)[FORGOTTEN])


def test_every_law_has_a_fault() -> None:
    """A law that nothing can break would be none."""
    assert [law.meaning for law in LAWS if not any(law.meaning.startswith(name) for name in (*FAULTS, FORGOTTEN))] == []
    assert len(LAWS) == len(FAULTS) + 1


@pytest.mark.parametrize(("harm", "message"), [
    (lambda path: path.unlink(), "it is gone"),
    (lambda path: path.write_bytes(path.read_bytes() + b"x"), "it has changed"),
    (lambda path: path.write_bytes(b""), "it has changed"),
], ids=["gone", "longer", "empty"])
def test_data_files_are_as_they_were_committed(lake: Path, harm: Callable[[Path], object], message: str) -> None:
    """By hash and size, each named by its path."""
    path = next((lake / "data" / "blocks").iterdir())
    harm(path)
    (faults,) = [breaches for meaning, breaches in broken(lake).items() if "data files have their hashes" in meaning]
    assert [str(path.relative_to(lake)) in fault and message in fault for fault in faults] == [True]


def test_rows_are_counted_against_the_catalog(lake: Path) -> None:
    """A file whose hash is right may still not be what was registered."""
    with contextlib.closing(sqlite3.connect(lake / CATALOG)) as catalog, catalog:
        catalog.execute("UPDATE ducklake_data_file SET record_count = record_count + 1 WHERE data_file_id = (SELECT max(data_file_id) FROM ducklake_data_file)")
    (lake / SEAL).unlink(missing_ok=True)
    assert any("and the catalog says" in fault for breaches in broken(lake).values() for fault in breaches)


def test_pages_have_checksums(lake: Path) -> None:
    """So that a file whose hash nobody has noted is checked as well, to the column and row group."""
    path = next((lake / "data" / "articles").iterdir())
    column = pq.read_metadata(path).row_group(0).column(4)
    data = bytearray(path.read_bytes())
    data[(column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 2] ^= 1
    path.write_bytes(data)
    with contextlib.closing(sqlite3.connect(lake / CATALOG)) as catalog, catalog:
        catalog.execute("DELETE FROM copydesk_data_file WHERE path = ?", (str(path.relative_to(lake)),))
    (lake / SEAL).unlink(missing_ok=True)
    (fault,) = check_pages([path])
    assert fault is not None
    assert f"column {column.path_in_schema} of row group 1 can't be read" in fault
    assert any(column.path_in_schema in one for breaches in broken(lake).values() for one in breaches)


@pytest.mark.parametrize(("harm", "message"), [
    (lambda path: path.unlink(), "is not kept"), (lambda path: path.write_bytes(path.read_bytes()[:20]), "its original"),
], ids=["gone", "cut"])
def test_originals_are_kept(lake: Path, harm: Callable[[Path], object], message: str) -> None:
    """With their hashes."""
    harm(next((lake / "originals").rglob("*.zst")))
    assert any(message in fault for meaning, breaches in broken(lake).items() if "originals" in meaning for fault in breaches)
