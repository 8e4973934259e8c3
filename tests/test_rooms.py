"""The rooms of the house: imports point one way, and each engine has one home."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "warehouse": set(),
    "transforms": {"warehouse"},
    "expectations": {"warehouse"},
    "flows": {"transforms", "expectations", "warehouse"},
}
HOME = {
    "prefect": {"flows"}, "typer": {"flows"}, "pydantic_settings": {"flows"}, "great_expectations": {"expectations"}, "duckdb": {"warehouse"},
    "trafilatura": {"transforms"},
}
NOT_IN = {"transforms": {"os", "logging", "time", "random", "socket", "subprocess", "requests"}, "expectations": {"logging", "random"}}
FILES = [p for room in MAY_IMPORT for p in sorted((ROOT / room).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    """Full names of the modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    """Each room imports only the rooms it may, each engine is imported only at home."""
    room = path.relative_to(ROOT).parts[0]
    found = imports(path)
    tops = {name.split(".")[0] for name in found}
    strangers = (tops & MAY_IMPORT.keys()) - {room} - MAY_IMPORT[room]
    if room == "transforms":
        strangers |= {n for n in found if n.split(".")[0] == "warehouse" and n not in ("warehouse", "warehouse.tables")}
    if room == "expectations":
        strangers |= {n for n in found if n.split(".")[0] == "warehouse" and n not in ("warehouse", "warehouse.tables")}
    assert not strangers
    assert not {top for top in tops if room not in HOME.get(top, {room})}
    assert not tops & NOT_IN.get(room, set())


def test_top_level_holds_only_what_the_design_names() -> None:
    """A cupboard of odds and ends would show up here."""
    allowed = {
        "pyproject.toml", "README.md", "Makefile", "prefect.yaml", "CHANGELOG.md", "LICENSE", "NOTICE", "examples", "bench", "flows", "transforms",
        "expectations", "warehouse", "tests",
    }
    here = {p.name for p in ROOT.iterdir() if not p.name.startswith(".") and not p.name.endswith((".egg-info", ".lake")) and p.name != "build"}
    assert not here - allowed
