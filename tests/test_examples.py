"""The other pages are true too: every query of EXAMPLES.md answers, every snippet of CONNECT.md runs, and the macros' own examples do."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from warehouse.sql import run_sql

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "warehouse/EXAMPLES.md", "warehouse/CONNECT.md")


def read_blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


QUERIES = [(page, query) for page in PAGES for query in read_blocks(page, "sql")]
SNIPPETS = read_blocks("warehouse/CONNECT.md", "python")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples, landed and indexed."""
    folder = tmp_path_factory.mktemp("asked") / "news.lake"
    landed = CliRunner().invoke(app, ["ingest", str(ROOT / "examples"), "--lake", str(folder), "--direct", "--quiet", "--quarantine-threshold", "1"])
    assert landed.exit_code == 0, landed.output
    assert CliRunner().invoke(app, ["index", "--lake", str(folder), "--quiet"]).exit_code == 0
    return folder


@pytest.mark.parametrize("query", [pytest.param(q, id=f"{page} {n}") for n, (page, q) in enumerate(QUERIES, 1) if page != "README.md"])
def test_every_query_answers(query: str, lake: Path) -> None:
    """With a row at least; those of the README have a test beside it."""
    with run_sql(lake, query) as result:
        assert next(result.rows(), None) is not None


def test_there_are_thirty_questions() -> None:
    """On all pages together, none twice, and every macro among them."""
    from warehouse.catalog import MACROS

    asked = [query for _, query in QUERIES]
    assert len(set(asked)) == len(asked) >= 30
    assert all(any(f"{macro}(" in query for query in asked) for macro in MACROS)


def test_the_macros_own_examples_answer(lake: Path) -> None:
    """Each says what it means and how it is called."""
    with run_sql(lake, "SELECT call, meaning, example FROM macros") as result:
        macros = list(result.rows())
    for call, meaning, example in macros:
        assert meaning.endswith(".")
        assert call.split("(")[0] + "(" in example
        with run_sql(lake, example) as result:
            assert next(result.rows(), None) is not None, example


@pytest.mark.parametrize("snippet", [pytest.param(s, id=next(iter(re.findall(r"^import (?!duckdb)(\w+)", s, re.MULTILINE)), str(n)))
                                     for n, s in enumerate(SNIPPETS, 1)])
def test_every_snippet_runs(snippet: str, lake: Path) -> None:
    """Beside a catalog of its name, in a process of its own."""
    for library in re.findall(r"^import (\w+)", snippet, re.MULTILINE):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")
    assert CliRunner().invoke(app, ["catalog", str(lake.parent / "news.duckdb"), "--lake", str(lake)]).exit_code == 0
    ended = subprocess.run([sys.executable, "-c", snippet], cwd=lake.parent, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip()


def test_pages_link_to_what_exists() -> None:
    """From where they lie."""
    for page in PAGES[1:]:
        text = (ROOT / page).read_text("utf-8")
        links = re.findall(r"\]\((?!https:)([^)#]+)", text)
        assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []
