"""Profiles written from a first file, and files held against them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.problems import ExitCode
from flows.settings import read_house
from warehouse.sql import run_sql

Command = Callable[..., Any]
PLACES = ("Oslo", "Bergen", "Tromsø", "Stavanger", "Hamar")
ROWS = "".join(
    f"{n};Ferga står igjen {n};Tove Lind;2025-03-{n + 10} 08:1{n};{place} – Ferga står igjen ved kaia, og ingen vet når den går videre.;{n * 7}\n"
    for n, place in enumerate(PLACES)
)
TABLE = "id;tittel;byline;date;text;klikk\n" + ROWS


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Rows between semicolons, in cp1252, with a column that nobody knows and one that the profile must name."""
    path = tmp_path / "fjord.csv"
    path.write_bytes(TABLE.replace("–", "-").replace(" - ", " \u2013 ").encode("cp1252"))
    return path


def test_a_profile_says_what_was_found(copydesk: Command, table: Path) -> None:
    """And only that: it can be read, and what a person must say is a comment."""
    said = copydesk("source", "new", "fjord", table)
    assert said.code == ExitCode.LANDED, said.err
    text = Path("profiles/fjord.toml").read_text("utf-8")
    house = tomllib.loads(text)
    assert house["source"] == "fjord"
    assert (house["format"], house["delimiter"], house["encoding"]) == ("delimited", ";", "cp1252")
    assert house["columns"]["text"] == "body"
    assert house["extra"] == ["klikk"]
    assert "column 'klikk' has no place" in said.err
    assert "5 of 5 times are given without a zone" in text
    assert read_house(Path("profiles/fjord.toml")).titlecase_datelines


def test_what_is_there_is_not_overwritten(copydesk: Command, table: Path) -> None:
    """But with --force."""
    assert copydesk("source", "new", "fjord", table).code == ExitCode.LANDED
    path = Path("profiles/fjord.toml")
    path.write_text('timezone = "Europe/Oslo"\n', "utf-8")
    again = copydesk("source", "new", "fjord", table)
    assert again.code == ExitCode.USAGE
    assert "--force" in again.err
    assert path.read_text("utf-8") == 'timezone = "Europe/Oslo"\n'
    assert copydesk("source", "new", "fjord", table, "--force").code == ExitCode.LANDED
    assert "delimiter" in path.read_text("utf-8")


def test_check_names_what_differs(copydesk: Command, table: Path) -> None:
    """Columns that came and went, the delimiter, the encoding; nothing for the file it was written from."""
    copydesk("source", "new", "fjord", table)
    same = copydesk("source", "check", "fjord", table)
    assert (same.code, same.out) == (ExitCode.LANDED, "fjord: 5 records; as its profile says\n")
    Path("next.csv").write_text(TABLE.replace(";", ",").replace("klikk", "delt").replace("byline", "x"), "utf-8")
    other = copydesk("source", "check", "fjord", "next.csv")
    assert other.code == ExitCode.DOUBTFUL
    for told in ("delimiter: the profile says ';', the file looks like ','", "encoding: the profile says cp1252", "column 'klikk' is gone"):
        assert told in other.out


def test_a_json_profile_knows_its_keys(copydesk: Command, tmp_path: Path) -> None:
    """Those without a place are listed, and a new one is told."""
    rows = [{"id": str(n), "title": f"Owls counted {n}", "text": "There were nine of them on Tuesday.", "shares": n} for n in range(1, 5)]
    Path("a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert copydesk("source", "new", "owl", "a.jsonl").code == ExitCode.LANDED
    assert read_house(Path("profiles/owl.toml")).extra == ["shares"]
    Path("b.jsonl").write_text("".join(json.dumps(row | {"mood": "calm"}) + "\n" for row in rows), "utf-8")
    said = copydesk("source", "check", "owl", "b.jsonl")
    assert said.code == ExitCode.DOUBTFUL
    assert said.out.splitlines()[0] == "column 'mood' is new: it has no place and is kept in articles.extra"


def test_ingest_reads_by_the_profile(copydesk: Command, ingest: Command, table: Path) -> None:
    """What the file's content does not tell comes from it: here a column's meaning, the zone, the encoding."""
    copydesk("source", "new", "fjord", table)
    path = Path("profiles/fjord.toml")
    path.write_text(path.read_text("utf-8").replace('# timezone = "Europe/Berlin"', 'timezone = "Europe/Oslo"'), "utf-8")
    said = ingest(table, "--source", "fjord", "--profiles", "profiles")
    assert said.code in (ExitCode.LANDED, ExitCode.DOUBTFUL), said.err
    with run_sql("news.lake", "SELECT dateline, strftime(published_at AT TIME ZONE 'UTC', '%H:%M'), extra FROM articles ORDER BY record_id") as result:
        assert next(iter(result.rows())) == ("Oslo", "07:10", {"klikk": ["0"]})


def test_profiles_are_listed(copydesk: Command, table: Path) -> None:
    """A line each; one that can't be read is told, and the others are listed."""
    copydesk("source", "new", "fjord", table)
    Path("profiles/odd.toml").write_text("colour = 1\n", "utf-8")
    said = copydesk("source", "list")
    assert said.code == ExitCode.USAGE
    assert said.out.startswith("fjord: delimited, cp1252, ")
    assert "odd.toml: colour" in said.err


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "corrections", "a\nb", "x" * 200])
def test_a_name_that_is_none_of_a_file(copydesk: Command, table: Path, name: str) -> None:
    """Nothing is written anywhere."""
    said = copydesk("source", "new", name, table)
    assert said.code == ExitCode.USAGE
    assert not list(Path().rglob("*.toml"))


@pytest.mark.parametrize(("file", "code"), [("none.csv", ExitCode.USAGE), ("picture.csv", ExitCode.FILES_FAILED), ("empty.csv", ExitCode.FILES_FAILED)])
def test_a_file_that_is_none(copydesk: Command, tmp_path: Path, file: str, code: ExitCode) -> None:
    """A message, and no profile."""
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (tmp_path / "empty.csv").write_bytes(b"")
    said = copydesk("source", "new", "fjord", file)
    assert said.code == code
    assert not Path("profiles/fjord.toml").exists()


def test_hostile_names_of_columns_stay_in_their_strings(copydesk: Command, tmp_path: Path) -> None:
    """Quotes, line breaks, control characters: the profile is TOML, and check finds them again."""
    names = ['a "b"', "c\nd = 1", "e\\", "\x1b[2J", "# f", "\u202eg", "\x7f"]
    cells = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    (tmp_path / "odd.csv").write_text(f"id,title,text,{cells}\n" + "1,Owls counted,There were nine.,1,2,3,4,5,6,7\n" * 5, "utf-8")
    assert copydesk("source", "new", "odd", "odd.csv").code == ExitCode.LANDED
    assert set(names) <= set(read_house(Path("profiles/odd.toml")).extra)
    assert copydesk("source", "check", "odd", "odd.csv").code == ExitCode.LANDED
