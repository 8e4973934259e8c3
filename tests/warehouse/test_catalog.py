"""The views show what the design promises, over exactly the committed files."""

from pathlib import Path
from types import ModuleType

import pytest

from warehouse.catalog import VIEWS, committed_files, connect, connect_files
from warehouse.dictionary import dictionary
from warehouse.lake import open_lake
from warehouse.tables import TABLES, columns

Child = ModuleType
NAMED = [v for v in VIEWS if v != "superseded"]


def test_the_latest_version_is_shown_and_all_are_kept(landed: Path) -> None:
    """A superseded version takes its children with it; joins on article_id alone don't multiply."""
    with connect(landed) as c:
        assert c.execute("SELECT version, headline FROM articles WHERE article_id = '0000000000000065'").fetchall() == [
            (2, "Harbour opens, then closes")]
        assert c.execute("SELECT version, is_latest FROM article_versions WHERE article_id = '0000000000000065' ORDER BY 1").fetchall() == [
            (1, False), (2, True)]
        assert c.execute("SELECT count(*), count(DISTINCT article_id) FROM articles").fetchall() == [(6, 6)]
        assert c.execute("SELECT count(*) FROM article_versions").fetchall() == [(7,)]
        assert c.execute("SELECT version FROM blocks WHERE article_id = '0000000000000065'").fetchall() == [(2,)]
        for child_view in ("contributors", "places", "photos"):
            assert c.execute(f"SELECT count(*) FROM {child_view}").fetchall() == [(5,)]
            assert c.execute(f"SELECT count(*) FROM landed.{child_view}").fetchall() == [(6,)]


def test_paragraphs_are_numbered(landed: Path) -> None:
    """The body, a row a paragraph, of the latest version."""
    with connect(landed) as c:
        query = "SELECT paragraph_no, paragraph FROM paragraphs WHERE article_id = '{}' ORDER BY 1"
        assert c.execute(query.format(f"{102:016x}")).fetchall() == [(1, "The harbour of Ostrava Bay opened."), (2, "It closed again at noon.")]
        assert c.execute(query.format(f"{101:016x}")).fetchall() == [(1, "One line.")]


@pytest.mark.parametrize("view", NAMED)
def test_an_empty_lake_has_all_views_with_types_and_meanings(view: str) -> None:
    """The same columns and types as with data, no row, and a comment on everything."""
    with connect_files({}) as c:
        assert view in ("data_dictionary", "macros") or c.execute(f"FROM {view}").fetchall() == []
        assert c.execute(f"SELECT comment FROM duckdb_views() WHERE view_name = '{view}' AND schema_name = 'main'").fetchall()[0][0]
        bare = c.execute(f"SELECT column_name FROM duckdb_columns() WHERE table_name = '{view}' AND comment IS NULL").fetchall()
        assert bare == []


@pytest.mark.parametrize("view", NAMED)
def test_views_have_one_shape_with_and_without_data(landed: Path, view: str) -> None:
    """A query that works on a full lake works on an empty one."""
    query = f"SELECT column_name, column_type FROM (DESCRIBE {view})"
    with connect_files({}) as empty, connect(landed) as full:
        assert empty.execute(query).fetchall() == full.execute(query).fetchall()


def test_the_dictionary_view_says_what_the_declarations_say(landed: Path) -> None:
    """For every view, with the nearest published term."""
    with connect(landed) as c:
        rows = c.execute("SELECT table_name, column_name, nullable, meaning, nearest_term FROM data_dictionary").fetchall()
    said = {(table, column): tuple(rest) for table, column, *rest in rows}
    for name, table in TABLES.items():
        for col in columns(table):
            assert said[name, col.name] == (col.nullable, col.column.meaning, col.column.like or None)
    assert {table for table, _ in said} == set(NAMED)


def test_the_dictionary_file_is_fresh() -> None:
    """Run `python -m warehouse.dictionary > warehouse/DICTIONARY.md` when this fails."""
    file = Path(__file__).parents[2] / "warehouse" / "DICTIONARY.md"
    assert file.read_text("utf-8") == dictionary()


def test_committed_files_are_what_ducklake_lists(landed: Path) -> None:
    """Read straight from the catalog, but the same."""
    with open_lake(landed) as lake:
        listed = {
            name: [Path(r[0]) for r in lake.connection.execute(f"FROM ducklake_list_files('lake', '{name}', schema => 'data')").fetchall()]
            for name in TABLES
        }
    assert {k: sorted(v) for k, v in committed_files(landed).items()} == {k: sorted(v) for k, v in listed.items() if v}


def test_a_reader_does_not_see_what_is_not_committed(tmp_path: Path, child: Child) -> None:
    """Neither staged files nor files that lie in data/ before their commit."""
    with open_lake(tmp_path) as lake:
        child.land_numbered(lake, range(1, 2))
        staged = child.stage_batch(tmp_path, 2)
        staged["articles"].rename(lake.data_file("articles", child.batch_name(2)))
        with connect(tmp_path) as c:
            assert c.execute("SELECT DISTINCT batch_id FROM articles").fetchall() == [(child.batch_name(1),)]


def test_a_reader_keeps_its_snapshot(tmp_path: Path, child: Child) -> None:
    """What is committed after it connected stays out of sight."""
    with open_lake(tmp_path) as lake, connect(tmp_path) as before:
        child.land_numbered(lake, range(1, 2))
        assert before.execute("SELECT count(*) FROM articles").fetchall() == [(0,)]


def test_a_catalog_that_was_never_finished_is_an_empty_lake(tmp_path: Path) -> None:
    """Killed before DuckLake made its tables."""
    (tmp_path / "catalog.sqlite").touch()
    with connect(tmp_path) as c:
        assert c.execute("SELECT count(*) FROM articles").fetchall() == [(0,)]
    open_lake(tmp_path).close()
