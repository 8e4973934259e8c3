"""Every code that a reader may meet has words."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from transforms.draft import Draft
from transforms.meanings import explain_code, load_meanings
from warehouse.tables import DATE_BASES, PUBLISHED_BASES, RESOLUTIONS, Articles

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("column", "codes"), [
    ("dateline_date_basis", DATE_BASES), ("published_at_basis", PUBLISHED_BASES), ("resolution", RESOLUTIONS),
])
def test_codes_of_a_column_are_those_with_words(column: str, codes: tuple[str, ...]) -> None:
    """None without, and none that is not declared."""
    assert set(load_meanings()[column]) == set(codes)


def warnings_in(tree: ast.AST) -> set[str]:
    """Strings written as codes that stand alone in a tuple, or in a statement that speaks of warnings or doubts."""
    spoken = re.compile("warning|doubt")
    found = {n.elts[0] for n in ast.walk(tree) if isinstance(n, ast.Tuple) and len(n.elts) == 1}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.Expr, ast.Return, ast.keyword, ast.AugAssign)) and spoken.search(ast.unparse(node)):
            found |= {n for n in ast.walk(node) if isinstance(n, ast.Constant)}
    texts = {n.value for n in found if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {text for text in texts if re.fullmatch(r"[a-z]+(?:_[a-z]+)+", text)}


def test_every_warning_in_the_code_has_words() -> None:
    """Codes are told by their form and by where they stand; names of columns and of formats are no codes."""
    folders = [ROOT / "transforms", ROOT / "transforms" / "readers"]
    found = set().union(*(warnings_in(ast.parse(path.read_text("utf-8"))) for folder in folders for path in folder.glob("*.py")))
    assert {"dateline_candidate", "mixed_encoding", "credit_order", "digest_mismatch"} <= found
    known = load_meanings()["warning"].keys() | set(Articles._fields) | set(Draft.__slots__) | {"date_basis"}
    assert sorted(found - known) == []


def test_every_warning_of_the_goldens_has_words() -> None:
    """What readers warn of in the golden files."""
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests" / "golden").rglob("expected.json"))
    listed = re.findall(r'"warnings": \[([^\]]*)\]', text)
    codes = {code for part in listed for code in re.findall(r'"([a-z_]+)"', part)}
    assert codes
    assert sorted(codes - set(load_meanings()["warning"])) == []


def test_words_are_sentences() -> None:
    """As an editor reads them."""
    table = tomllib.loads((ROOT / "transforms" / "rules" / "meanings.toml").read_text("utf-8"))
    assert all(words[0].isupper() and words.endswith(".") for part in table.values() for words in part.values())
    assert explain_code("warning", None) == ""
