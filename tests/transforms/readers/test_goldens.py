"""Every folder of tests/golden/<format>/<case> holds an input file and the items that its reader yields.

After a change that is meant: `UPDATE_GOLDEN=1 .venv/bin/pytest tests/transforms/readers/test_goldens.py`, then read the diff.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from transforms.model import Item
from transforms.readers.compression import decompress, read_head
from transforms.readers.found import Hints
from transforms.readers.sniff import sniff

GOLDEN = Path(__file__).parents[2] / "golden"
FORMS = (
    "text", "csv", "tsv", "jsonl", "warc", "wacz",
    "reuters-sgml", "tipster", "nitf", "newsml-1", "newsml-g2", "ninjs", "iptc7901", "gkg", "feed", "ap-json", "guardian-json",
    "excel", "parquet", "arrow",
)
CASES = sorted(path for form in FORMS for path in (GOLDEN / form).glob("*/input.*"))


def show_item(item: Item) -> dict[str, object]:
    """An item as JSON, without what is empty; the columns of a row with their text."""
    shown = {key: value for key, value in item._asdict().items() if value not in (None, (), "")}
    if "fields" in shown:
        shown["fields"] = [[f.column, item.document[f.start : f.end]] for f in item.fields]  # type: ignore[union-attr]
    return {"item": type(item).__name__, **shown}


@pytest.mark.parametrize("path", CASES, ids=lambda p: f"{p.parent.parent.name}:{p.parent.name}")
def test_golden(path: Path, read: Callable[..., list[Any]]) -> None:
    """What is found at the head, and every item."""
    hints = Hints(name=path.name)
    with path.open("rb") as raw:
        stream, compression = decompress(raw)
        found = sniff(read_head(stream), hints)
    items = read(path.read_bytes(), hints)
    got = {
        "found": {"format": found.format, "encoding": found.encoding, "dialect": found.dialect, "compression": compression},
        "items": [show_item(item) for item in items],
    }
    expected = path.with_name("expected.json")
    if os.environ.get("UPDATE_GOLDEN"):
        expected.write_text(json.dumps(got, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert json.loads(json.dumps(got)) == json.loads(expected.read_text("utf-8"))


def test_there_are_goldens_for_every_format() -> None:
    """An empty folder would let the test above pass on nothing."""
    assert {path.parent.parent.name for path in CASES} == set(FORMS)
