"""Whatever the doctor finds, it names a command that mends it: lakes are broken in every way, the commands are given, and it is content."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from typer.testing import CliRunner

from flows import doctor
from flows import forget as forgetting
from flows.cli import app
from flows.doctor import Advice, list_advice
from flows.ledger import Ledger
from transforms.model import PARSER_VERSION
from warehouse.layout import CATALOG
from warehouse.seal import SEAL

from .conftest import TABLE, Command

CONTENT = "nothing is wrong, and nothing is left to do\n"
GOOD = "".join(TABLE.splitlines(keepends=True)[:3])


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of two articles in which nothing is wrong, and the file that they came from."""
    folder: Path = tmp_path_factory.mktemp("doctor")
    (folder / "table.csv").write_text(GOOD, "utf-8")
    said = CliRunner().invoke(app, ["ingest", "--direct", str(folder / "table.csv"), "--lake", str(folder / "news.lake")])
    assert said.exit_code == 0
    return folder


@pytest.fixture
def lake(healthy: Path, tmp_path: Path) -> Path:
    """A copy of it, to be broken."""
    shutil.copytree(healthy, tmp_path / "desk", symlinks=True)
    return tmp_path / "desk" / "news.lake"


def turn_bit(path: Path) -> None:
    """Damage a file in its middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def change_catalog(lake: Path, statement: str) -> None:
    """Have the catalog be as time, or an earlier release, would have made it."""
    with contextlib.closing(sqlite3.connect(lake / CATALOG)) as catalog, catalog:
        catalog.execute(statement)
    (lake / SEAL).unlink(missing_ok=True)


def find_advice(lake: Path, words: str) -> Advice:
    """The one piece of advice that says something."""
    (found,) = [advice for advice in list_advice(lake) if words in advice.what]
    return found


def is_content(copydesk: Command, lake: Path) -> bool:
    """Whether nothing is left."""
    said = copydesk("doctor", "--lake", lake)
    assert (said.code, said.out) == (0, CONTENT)
    return True


def test_it_is_content_with_a_healthy_lake(lake: Path, copydesk: Command) -> None:
    """And says so."""
    assert is_content(copydesk, lake)


def test_what_could_be_better(lake: Path, copydesk: Command, ingest: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small files, no index, rules of before, an older layout, leftovers, a file that can't be read, a record set aside: and it is well."""
    inbox = lake.parent / "inbox"
    monkeypatch.setattr(doctor, "MANY", 2)
    for number in range(1):
        (inbox / f"{number}").mkdir(parents=True)
        (inbox / f"{number}" / "table.csv").write_text(GOOD.replace("A-", f"B{number}-"), "utf-8")
        assert ingest(inbox / f"{number}", "--lake", lake).code == 0
    (inbox / "0" / "box.zip").write_bytes(b"PK\x03\x04 cut")
    (inbox / "0" / "short.csv").write_text("id,title,author,date,text\nC-1,Too few\n", "utf-8")
    assert ingest(inbox / "0", "--lake", lake).code == 3
    change_catalog(lake, "PRAGMA user_version = 1")
    (lake / "staging" / "left").mkdir()
    monkeypatch.setattr(doctor, "OLDER", doctor.OLDER.replace(f"<> '{PARSER_VERSION}'", "<> 'another'"))
    told = {advice.what: advice for advice in list_advice(lake)}
    assert [what for what, advice in told.items() if advice.is_wrong] == []
    for what, remedy in {
        "1 files could not be read": "copydesk sql", "1 records are set aside": "copydesk quarantine list",
        f"4 articles were read by other rules than these ({PARSER_VERSION})": "copydesk reparse --dry-run, then copydesk reparse",
        "the lake has layout 1, of an earlier release; it can be read": "copydesk ingest",
        "files of articles are not indexed; searching them takes longer": "copydesk index", "small data files could be fewer": "copydesk compact",
        "1 entries lie in staging/": "next writer",
    }.items():
        (found,) = [advice for said, advice in told.items() if what in said]
        assert remedy in found.remedy
    (inbox / "0" / "box.zip").unlink()
    fixed = inbox / "fixed.csv"
    fixed.write_text('id,title,author,date,text\nC-1,Long enough,Ann Lee,2025-01-04,"It is long enough now, and stands in a row."\n', "utf-8")
    assert ingest(fixed, "--lake", lake).code == 0
    for command in ("reparse", "compact", "index"):
        assert copydesk(command, "--lake", lake).code == 0
    assert [advice.what for advice in list_advice(lake)] == ["1 files could not be read", "1 records are set aside"]
    assert copydesk("doctor", "--lake", lake).code == 0


def test_old_snapshots_are_let_go(lake: Path, copydesk: Command, ingest: Command) -> None:
    """Once they are older than is kept, or when files wait for their last readers."""
    (lake.parent / "more.csv").write_text(GOOD.replace("A-", "D-"), "utf-8")
    assert ingest(lake.parent / "more.csv", "--lake", lake).code == 0
    assert copydesk("compact", "--lake", lake).code == 0
    assert is_content(copydesk, lake)
    old = (datetime.now(UTC) - timedelta(days=40)).strftime("%Y-%m-%d %H:%M:%S.%f+00")
    change_catalog(
        lake, f"UPDATE ducklake_snapshot SET snapshot_time = '{old}' WHERE snapshot_id < (SELECT max(snapshot_id) FROM ducklake_snapshot)")
    assert find_advice(lake, "serve old snapshots alone").remedy == "copydesk expire"
    assert copydesk("expire", "--keep-days", "0", "--lake", lake).code == 0
    assert find_advice(lake, "serve old snapshots alone").remedy == "copydesk expire"
    assert copydesk("expire", "--now", "--lake", lake).code == 0
    assert is_content(copydesk, lake)


def test_a_file_that_landed_in_part_lands_whole(lake: Path, copydesk: Command, ingest: Command) -> None:
    """Its run was broken off between two batches."""
    rows = "".join(f'E-{n},Owls counted {n},Bo Dahl,2025-01-03,"The owls were counted, and there were {n} of them."\n' for n in range(200))
    (lake.parent / "long.csv").write_text(GOOD.splitlines(keepends=True)[0] + rows, "utf-8")
    real, left = Ledger.commit, [1]

    def commit(*given: object) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop()
        real(*given)  # type: ignore[arg-type]

    with mock.patch.object(Ledger, "commit", commit):
        assert ingest(lake.parent / "long.csv", "--batch-bytes", "8000", "--lake", lake).code == 130
    found = find_advice(lake, "landed in part")
    assert found == Advice(True, "1 files landed in part: their run was interrupted", "run the same copydesk ingest again; it goes on from there")
    assert copydesk("doctor", "--lake", lake).code == 1
    assert ingest(lake.parent / "long.csv", "--lake", lake).code == 0
    assert not any(advice.is_wrong for advice in list_advice(lake))


def test_a_request_to_forget_is_finished(lake: Path, copydesk: Command) -> None:
    """It was broken off before the originals were written over."""
    with mock.patch.object(forgetting, "finish_forgetting", side_effect=KeyboardInterrupt):
        assert copydesk("forget", "--where", "record_id = 'A-1'", "--yes", "--lake", lake).code == 130
    assert find_advice(lake, "a request was interrupted").remedy == "copydesk forget --finish"
    assert copydesk("forget", "--finish", "--lake", lake).code == 0
    assert is_content(copydesk, lake)


@pytest.fixture
def kept(lake: Path, copydesk: Command) -> Path:
    """A backup of the lake, which is indexed."""
    assert copydesk("index", "--lake", lake).code == 0
    assert copydesk("backup", lake.parent / "copy", "--lake", lake).code == 0
    return lake.parent / "copy"


@pytest.mark.parametrize("part", ["data/blocks/*.parquet", "originals/*/*.zst", "catalog.sqlite"])
def test_damaged_files_come_back_from_a_backup(lake: Path, kept: Path, copydesk: Command, part: str) -> None:
    """The file is named, and restore says that every law holds."""
    path = next(lake.glob(part))
    if path.name == CATALOG:
        path.write_bytes(path.read_bytes()[:6000])
    else:
        turn_bit(path)
    said = copydesk("doctor", "--lake", lake)
    assert (said.code, path.stem in said.out + said.err, "restore" in said.out + said.err) == (1 if path.name != CATALOG else said.code, True, True)
    assert said.code != 0
    lake.rename(lake.parent / "broken.lake")
    assert copydesk("restore", kept, "--lake", lake).code == 0
    assert is_content(copydesk, lake)


def test_what_lies_beside_the_tables_is_mended(lake: Path, kept: Path, copydesk: Command) -> None:
    """The index is made anew; a report comes back from a backup, or goes."""
    index = next((lake / "search").glob("*.postings.parquet"))
    page = next((lake / "reports").glob("2*/report.json"))
    turn_bit(index)
    turn_bit(page)
    assert index.name in find_advice(lake, "the index of full-text search").what
    assert find_advice(lake, "the index of full-text search").remedy == "copydesk index --anew"
    assert page.name in find_advice(lake, "the reports are").what
    assert "from a backup" in find_advice(lake, "the reports are").remedy
    assert copydesk("index", "--anew", "--lake", lake).code == 0
    shutil.copyfile(kept / page.relative_to(lake), page)
    assert is_content(copydesk, lake)
    turn_bit(page)
    shutil.rmtree(page.parent)
    assert not any(advice.is_wrong for advice in list_advice(lake))


def test_a_run_that_is_held_back_is_decided_on(lake: Path, copydesk: Command, ingest: Command) -> None:
    """The name of the run stands in the advice."""
    (lake.parent / "late.csv").write_text(TABLE.replace("A-", "F-"), "utf-8")
    (lake.parent / "strict.toml").write_text('[checks.few_records_are_set_aside]\nseverity = "critical"\nmost = 0.01\n', "utf-8")
    assert ingest("--hold", "--profile", lake.parent / "strict.toml", lake.parent / "late.csv", "--lake", lake).code == 1
    held = [advice for advice in list_advice(lake) if "held back" in advice.what]
    assert [advice.remedy.split()[:2] for advice in held] == [["copydesk", "release"]]
    waiting = next((lake / "held").glob("*/*/articles.parquet"))
    turn_bit(waiting)
    assert waiting.name in find_advice(lake, "the batches that are held back").what
    turn_bit(waiting)
    assert copydesk("release", held[0].remedy.split()[2].rstrip(","), "--lake", lake).code == 0
    assert [advice.what for advice in list_advice(lake)] == ["1 records are set aside"]


def test_a_full_disk_is_told(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a run ends for want of room."""
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=os.sysconf("SC_PAGE_SIZE")))
    assert find_advice(lake, "free where the lake lies").is_wrong
