"""The lake as a DuckDB file: any client reads it, without extensions; it is replaced in one step, and never in place of something else."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from warehouse.catalog import MACROS, VIEWS, connect
from warehouse.catalog_file import write_catalog
from warehouse.errors import LakeError, NoLake
from warehouse.lake import open_lake


@pytest.fixture(scope="module")
def written(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalog of a lake."""
    file: Path = tmp_path_factory.mktemp("catalog") / "news.duckdb"
    assert write_catalog(landed, file) > 0
    return file


def test_any_client_reads_it(written: Path, landed: Path) -> None:
    """In a process that knows nothing of copydesk, runs elsewhere, and may load nothing."""
    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True, config={'autoload_known_extensions': False});"
        "print(c.sql('SELECT count(*) FROM articles').fetchone()[0], len(c.sql(\"FROM search('harbour')\").fetchall()))"
    )
    ended = subprocess.run([sys.executable, "-c", code, str(written)], cwd=written.root, capture_output=True, text=True, check=True)
    with connect(landed) as c:
        found = len(c.execute("FROM search('harbour')").fetchall())
    assert ended.stdout.split() == ["6", str(found)]


def test_it_shows_what_copydesk_shows(written: Path, landed: Path) -> None:
    """The same views with the same columns, macros and comments."""
    shown = "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
    with duckdb.connect(str(written), read_only=True) as file, connect(landed) as ours:
        for query in (shown, "FROM data_dictionary ORDER BY ALL", "FROM macros ORDER BY ALL"):
            rows = file.execute(query).fetchall()
            assert rows == ours.execute(query).fetchall()
            assert rows
        assert {row[0].split("(")[0] for row in file.execute("SELECT call FROM macros").fetchall()} == set(MACROS)
        for view in (v for v in VIEWS if v != "superseded"):
            assert file.execute(f"SELECT count(*) FROM {view}").fetchall() == ours.execute(f"SELECT count(*) FROM {view}").fetchall()


def test_it_takes_the_old_ones_place_under_a_reader(tmp_path: Path, child: ModuleType) -> None:
    """Who has the old one open goes on reading it."""
    file = tmp_path / "news.duckdb"
    with open_lake(tmp_path / "news.lake") as lake:
        child.land_numbered(lake, range(1, 2))
        write_catalog(lake.folder, file)
        with duckdb.connect(str(file), read_only=True) as reader:
            child.land_numbered(lake, range(2, 3))
            write_catalog(lake.folder, file)
            assert reader.execute("SELECT count(*) FROM articles").fetchall() == [(3,)]
    with duckdb.connect(str(file), read_only=True) as reader:
        assert reader.execute("SELECT count(*) FROM articles").fetchall() == [(6,)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["news.duckdb", "news.lake"]


def test_no_other_file_is_overwritten(tmp_path: Path, landed: Path) -> None:
    """Nor a folder, nor one that is not there; and no lake is no catalog."""
    (tmp_path / "notes.txt").write_text("keep")
    for target, says in ((tmp_path / "notes.txt", "no DuckDB file"), (tmp_path, "is a folder"), (tmp_path / "gone" / "a.duckdb", "can't be written")):
        with pytest.raises(LakeError, match=says):
            write_catalog(landed, target)
    assert (tmp_path / "notes.txt").read_text() == "keep"
    with pytest.raises(NoLake):
        write_catalog(tmp_path / "no.lake", tmp_path / "a.duckdb")
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
