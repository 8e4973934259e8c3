"""Every format has its golden folder, its example and its row in the README, and the files of others in each are read record by record."""

from __future__ import annotations

import io
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from transforms.model import Damaged, Record
from transforms.outcome import Reject
from transforms.readers.compression import decompress, read_head
from transforms.readers.formats import load_formats
from transforms.readers.found import Hints
from transforms.readers.records import read_records
from transforms.readers.sniff import sniff

ROOT = Path(__file__).parents[1]
GIVEN = ROOT / "../shared/corpus/formats"
GENERAL = ("delimited", "text", "jsonl", "json", "html")
FORMATS = sorted({*GENERAL, *(form.name for form in load_formats())})
NAMED = {"delimited": "csv"}
"""How the README calls a format where it is not by its own name."""
G2 = re.compile(rb"<(?:\w+:)?(?:newsItem|packageItem|conceptItem|planningItem|knowledgeItem)[\s>]")
COUNTED = {"factiva_test.html": 2, "factiva_test.xml": 3, "reut21578-factiva.xml": 19, "news_sample.csv.gz": 250, "sample.TXT": 10}
"""Records of the files of several, as the READMEs beside them say."""
WITHOUT_TEXT = {
    "LISTING_24_News_Message_conveying_a_complete_News_Package.xml": 5, "LISTING_28_Illustrating_Located_Subject_and_Dateline.xml": 1,
    "ap_metadata_example.xml": 1,
}
"""Items that are nothing but metadata: they are set aside as `no_content`."""


def name_format(path: Path) -> str:
    """The format that a file is taken for; empty for one that is refused."""
    stream, _ = decompress(io.BytesIO(path.read_bytes()))
    try:
        return sniff(read_head(stream), Hints(name=path.name.removesuffix(".gz"))).format
    except Reject:
        return ""


@cache
def list_goldens() -> frozenset[str]:
    """Formats of which a golden file is read."""
    return frozenset(name_format(path) for path in (ROOT / "tests/golden").glob("*/*/input*") if path.with_name("expected.json").exists())


@cache
def list_examples() -> frozenset[str]:
    """Formats of which there is an example."""
    return frozenset(name_format(path) for path in (ROOT / "examples").iterdir() if path.suffix != ".sh")


@cache
def list_rows() -> frozenset[str]:
    """Formats that the README's table names."""
    rows = re.findall(r"^\| ((?:`[\w-]+`(?:, )?)+) \|.*\|.*\|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    return frozenset(name for row in rows for name in re.findall(r"`([\w-]+)`", row))


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_is_shown(form: str) -> None:
    """A new one without these is not finished."""
    assert form in list_goldens(), f"no folder of tests/golden holds a file that is read as {form}"
    assert form in list_examples(), f"no file of examples/ is read as {form}"
    assert NAMED.get(form, form) in list_rows(), f"the table of formats in README.md has no row for {form}"


def test_an_example_is_an_archive() -> None:
    """Containers are no formats: what they hold is."""
    assert [path.name for path in (ROOT / "examples").iterdir() if path.suffix in (".zip", ".tar")]


def test_every_file_of_the_corpus_is_read_record_by_record() -> None:
    """As many as its README says, or as it has elements of NewsML-G2 that are items; every other file is one."""
    if not GIVEN.exists():
        pytest.skip("the corpus of formats is not beside this repository")
    paths = [path for path in sorted(GIVEN.rglob("*")) if path.is_file() and path.suffix != ".md" and "csv-spectrum" not in path.parts]
    assert len(paths) > 50
    for path in paths:
        stream, _ = decompress(io.BytesIO(path.read_bytes()))
        hints = Hints(name=path.name)
        found = sniff(read_head(stream), hints)
        items = list(read_records(stream, found, hints))
        counts = Counter(type(item) for item in items)
        expected = COUNTED.get(path.name, max(1, len(G2.findall(path.read_bytes()))))
        empty = WITHOUT_TEXT.get(path.name, 0)
        assert (counts[Record], counts[Damaged]) == (expected - empty, empty), path.name
        assert {item.reason for item in items if isinstance(item, Damaged)} <= {"no_content"}
