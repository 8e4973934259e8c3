"""Articles for other programs: ninjs as its schema asks, NITF as its document type does and as our own reader gets it back, safe CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
from lxml import etree
from typer.testing import CliRunner

from flows.cli import app
from warehouse import export as exporting

ROOT = Path(__file__).parents[2]
SHARED = ROOT / "../shared/corpus/formats/ninjs/3.0"
CONSTRAINTS = json.loads((ROOT / "tests/cases/ninjs_constraints.json").read_text("utf-8"))
PROFILE = json.loads(Path(exporting.__file__).with_name("ninjs.schema.json").read_text("utf-8"))

ROWS = (
    ("id", "title", "summary", "author", "date", "text", "caption", "credit", "url", "source", "section", "copyright"),
    ("r-1", "Ferry & quay <late> again", "Nobody was surprised.", "By Jane Roe and Bo Dahl", "2025-01-02T10:15:00Z",
     "LISBON, Jan. 2 (Example News) - The ferry was late on Tuesday.\n\nThe harbour master said: \"It's the tide\" & left.\n\n"
     "(Reporting by Jane Roe; Editing by Ann Lee)", "The ferry at the quay in Lisbon, January 2, 2025.", "REUTERS/Sam Hale/Pool",
     "https://news.example/r-1", "Example Post", "News", "(c) Example Post"),
    ("r-2", "=1+1", "", "", "2025-01-03", "Owls were counted \x0b and there were \N{OWL} nine of them in the old barn by the river.", "", "", "", "", "", ""),
)

DTD = """
<!ELEMENT nitf (head?, body)> <!ATTLIST nitf version CDATA #IMPLIED>
<!ELEMENT head (title?, docdata?, pubdata*)> <!ELEMENT title (#PCDATA)>
<!ELEMENT docdata (doc-id | date.issue | doc.copyright | ed-msg)*>
<!ELEMENT doc-id EMPTY> <!ATTLIST doc-id id-string CDATA #IMPLIED regsrc CDATA #IMPLIED>
<!ELEMENT date.issue EMPTY> <!ATTLIST date.issue norm CDATA #IMPLIED>
<!ELEMENT doc.copyright EMPTY> <!ATTLIST doc.copyright year CDATA #IMPLIED holder CDATA #IMPLIED>
<!ELEMENT ed-msg EMPTY> <!ATTLIST ed-msg info CDATA #IMPLIED>
<!ELEMENT pubdata EMPTY> <!ATTLIST pubdata name CDATA #IMPLIED position.section CDATA #IMPLIED>
<!ELEMENT body (body.head?, body.content*, body.end?)>
<!ELEMENT body.head (hedline?, byline*, distributor?, dateline*, abstract?)>
<!ELEMENT hedline (hl1, hl2*)> <!ELEMENT hl1 (#PCDATA)> <!ELEMENT hl2 (#PCDATA)>
<!ELEMENT byline (#PCDATA)> <!ELEMENT distributor (#PCDATA)> <!ELEMENT dateline (#PCDATA)> <!ELEMENT abstract (p)+>
<!ELEMENT body.content (p | media)*> <!ELEMENT p (#PCDATA)>
<!ELEMENT media (media-reference, media-caption*, media-producer?)>
<!ATTLIST media media-type (text | audio | image | video | data | application | other) #REQUIRED>
<!ELEMENT media-reference (#PCDATA)> <!ATTLIST media-reference mime-type CDATA #IMPLIED source CDATA #IMPLIED alternate-text CDATA #IMPLIED>
<!ELEMENT media-caption (#PCDATA | p)*> <!ELEMENT media-producer (#PCDATA)>
<!ELEMENT body.end (tagline?)> <!ELEMENT tagline (#PCDATA)>
"""
"""What NITF 3.6 allows of the elements that are written: their order, and how often each may stand."""

def is_uri(value: object) -> bool:
    """A whole address, with its scheme."""
    return not isinstance(value, str) or re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", value) is not None


def is_moment(value: object) -> bool:
    """A moment with its zone."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checkers = {"uri": (is_uri, ()), "date-time": (is_moment, ValueError)}
CHECK = jsonschema.Draft202012Validator(CONSTRAINTS, format_checker=FORMATS)


def say(*words: object) -> str:
    """What a command prints, which ends well."""
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert (result.exit_code, result.exception) == (0, None), result.output
    return result.stdout


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An article of which everything is known, and one of which hardly anything is."""
    folder: Path = tmp_path_factory.mktemp("export")
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(ROWS)
    say("ingest", "--direct", folder / "rows.csv", "--lake", folder / "news.lake")
    return folder / "news.lake"


def test_ninjs_is_as_its_schema_asks(lake: Path) -> None:
    """Of the standard's own constraints and of our profile; what is known of the first article is all there."""
    full, bare = map(json.loads, say("export", "--format", "ninjs", "--lake", lake).splitlines())
    for item in (full, bare):
        CHECK.validate(item)
        jsonschema.Draft202012Validator(PROFILE).validate(item)
    assert full["headlines"] == [{"role": "main", "value": "Ferry & quay <late> again"}]
    assert full["bodies"][0]["value"].splitlines()[0] == "The ferry was late on Tuesday."
    assert {(one["name"], one["rel"]) for one in full["people"]} >= {("Jane Roe", "reporter"), ("Ann Lee", "editor")}
    (picture,) = full["associations"]
    assert (picture["type"], picture["by"], picture["descriptions"][0]["value"][:9]) == ("picture", "REUTERS/Sam Hale/Pool", "The ferry")
    assert {"role": "record", "value": "r-1"} in full["altIds"]
    assert "by" not in bare
    assert "associations" not in bare


@pytest.mark.parametrize("spoil", [
    lambda item: item.pop("uri"), lambda item: item.update(uri="no uri"), lambda item: item.update(byline="Jane Roe"),
    lambda item: item.update(type="story"), lambda item: item.update(versionCreated="2025-01-02T10:15:00"), lambda item: item.update(version=1),
    lambda item: item["headlines"][0].pop("value"), lambda item: item["people"][0].update(role="reporter"),
    lambda item: item["associations"][0].pop("name"), lambda item: item["associations"][0].update(caption="x"),
    lambda item: item["bodies"][0].update(wordCount="9"), lambda item: item.update(urgency=10),
])
def test_the_constraints_refuse_what_ninjs_does(lake: Path, spoil: Callable[[dict[str, Any]], object]) -> None:
    """So that a test by them can fail."""
    item = json.loads(say("export", "--format", "ninjs", "--where", "record_id = 'r-1'", "--lake", lake))
    spoil(item)
    assert not CHECK.is_valid(item)


def test_the_constraints_allow_what_agencies_send() -> None:
    """The examples of the standard's own repository."""
    if not SHARED.is_dir():
        pytest.skip("the shared corpus is not here")
    faults = {path.name: error.message[:80] for path in sorted(SHARED.glob("*.json"))
              if (error := jsonschema.exceptions.best_match(CHECK.iter_errors(json.loads(path.read_text("utf-8"))))) is not None}
    assert {name: fault for name, fault in faults.items() if "is not a 'uri'" not in fault and "is not a 'date-time'" not in fault} == {}


def test_nitf_is_as_its_document_type_asks(lake: Path, tmp_path: Path) -> None:
    """Well formed whatever the article holds, each element in its place."""
    say("export", "--format", "nitf", "--output", tmp_path, "--lake", lake)
    dtd = etree.DTD(io.StringIO(DTD))
    stories = [etree.parse(str(path)).getroot() for path in sorted(tmp_path.glob("*.xml"))]
    assert len(stories) == 2
    for story in stories:
        assert dtd.validate(story), dtd.error_log
    (full,) = [story for story in stories if story.find(".//media") is not None]
    assert full.findtext(".//hl1") == "Ferry & quay <late> again"
    assert full.find(".//date.issue").get("norm") == "20250102T101500Z"
    assert [p.text for p in full.findall(".//body.content/p")] == ["The ferry was late on Tuesday.", 'The harbour master said: "It\'s the tide" & left.']
    spoilt = etree.fromstring(etree.tostring(full).replace(b"<hl1>", b"<hl9>").replace(b"</hl1>", b"</hl9>"))
    assert not dtd.validate(spoilt)


def test_our_own_readers_get_articles_back(lake: Path, tmp_path: Path) -> None:
    """Exported and read again, an article says what it said."""
    (tmp_path / "nitf").mkdir()
    say("export", "--format", "nitf", "--output", tmp_path / "nitf", "--lake", lake)
    say("export", "--format", "ninjs", "--output", tmp_path / "all.ninjs.jsonl", "--lake", lake)
    landed = {row["record_id"]: row for row in map(json.loads, say("export", "--lake", lake).splitlines())}
    for made in (tmp_path / "nitf", tmp_path / "all.ninjs.jsonl"):
        read = [json.loads(line) for line in say("parse", made).splitlines()]
        assert len(read) == 2
        for one in read:
            (was,) = [row for row in landed.values() if row["headline"] == one["headline"]]
            assert one["body"].split() == was["body"].replace("\x0b", " \ufffd " if made.name == "nitf" else " ").split()


def test_rows_come_as_parquet_csv_and_json_lines(lake: Path, tmp_path: Path) -> None:
    """One article by its record's id, or the answer to a question; a cell like a formula is disarmed."""
    say("export", "r-2", "--format", "parquet", "--output", tmp_path / "one.parquet", "--lake", lake)
    assert pq.read_table(tmp_path / "one.parquet", columns=["headline"]).to_pylist() == [{"headline": "=1+1"}]
    rows = list(csv.DictReader(io.StringIO(say("export", "--format", "csv", "--lake", lake))))
    assert [row["headline"] for row in rows] == ["Ferry & quay <late> again", "'=1+1"]
    assert say("export", "--query", "SELECT 2 AS n, '-' AS s", "--format", "csv", "--lake", lake) .splitlines() == ["n,s", "2,'-"]
    assert json.loads(say("export", "--query", "SELECT 2 AS n", "--lake", lake)) == {"n": 2}


@pytest.mark.parametrize(("words", "message"), [
    (["r-9"], "no article is called r-9"), (["--query", "SELECT 1", "--format", "nitf"], "nitf is for articles"),
    (["r-1", "--where", "true"], "only one of these"), (["--format", "nitf"], "an NITF document holds one article"),
    (["--query", "SELECT * FROM read_text('/etc/hosts')"], "may not be called here"), (["--where", "true)"], "syntax error"),
])
def test_what_cannot_be_exported_is_said(lake: Path, words: list[str], message: str) -> None:
    """In words, with exit code 2."""
    result = CliRunner().invoke(app, ["export", *words, "--lake", str(lake)])
    assert result.exit_code == 2
    assert message in result.stderr
