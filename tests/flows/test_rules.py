"""How often each rule fired in a run: counted as landed, in SQL, in the report and on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.problems import ExitCode
from transforms.rules_index import named_rules
from warehouse.sql import run_sql

Command = Callable[..., Any]
COUNTED = """
    SELECT rule, sum(b)::INT, sum(v)::INT FROM (
        SELECT rule, 1 AS b, 0 AS v FROM blocks UNION ALL SELECT rule, 0, 1 FROM contributors UNION ALL SELECT rule, 0, 1 FROM photos
        UNION ALL SELECT credit_rule, 0, 1 FROM photos UNION ALL SELECT 'flag.' || unnest(flags), 0, 1 FROM photos
        UNION ALL SELECT 'chain.' || unnest(agencies), 0, 1 FROM photos UNION ALL SELECT 'headline_tag.' || unnest(headline_tags), 0, 1 FROM articles)
    GROUP BY rule ORDER BY rule"""
PRINTED = """Ferry late again

FILE PHOTO: The ferry leaves the port on Tuesday. REUTERS/Ann Roe/Pool

LAGOS, Jan. 2 (Reuters) - The ferry was late on Tuesday, and nobody on the quay was surprised by that.

It was raining. read more

(Reporting by Ann Roe; Editing by Bo Dahl)
"""


def query(statement: str) -> list[tuple[Any, ...]]:
    """Rows of a SELECT over the lake."""
    with run_sql("news.lake", statement) as result:
        return list(result.rows())


@pytest.fixture
def run_id(ingest: Command, inbox: Path) -> str:
    """A run over the inbox in batches of some hundred bytes, and its id."""
    (inbox / "picture.txt").write_text(PRINTED, "utf-8")
    assert ingest("--batch-bytes", "300", inbox).code == ExitCode.LANDED
    ((run,),) = query("SELECT run_id FROM runs")
    return str(run)


def test_rules_are_counted_as_they_landed(run_id: str) -> None:
    """Over all batches; those that never fired are there with zeros, and each is registered."""
    fired = query("SELECT rule, in_blocks, in_values FROM rules WHERE fired ORDER BY rule")
    assert fired == query(COUNTED)
    assert {"dateline.reuters", "signoff.role", "flag.pool", "chain.reuters", "credit.agency-first", "byline.prefix"} <= {name for name, _, _ in fired}
    assert {name for (name,) in query("SELECT rule FROM rules")} == set(named_rules())
    assert query("SELECT sum(in_blocks + in_values), count(*) > 100 FROM rules WHERE NOT fired") == [(0, True)]
    assert query("SELECT DISTINCT run_id FROM rules") == [(run_id,)]


def test_a_run_that_reads_nothing_new_counts_nothing(run_id: str, ingest: Command, copydesk: Command, inbox: Path) -> None:
    """A schedule of empty runs fills no table; asked for the run, it is said."""
    assert ingest(inbox).code == ExitCode.LANDED
    (latest,), _ = query("SELECT run_id FROM runs ORDER BY run_id DESC")
    assert query("SELECT DISTINCT run_id FROM rules") == [(run_id,)]
    said = copydesk("rules", "--run", latest)
    assert (said.code, said.err) == (ExitCode.USAGE, f"copydesk: run {latest} read nothing new, so no rule could fire\n")
    assert json.loads(copydesk("rules", "--format", "jsonl").out.splitlines()[0])["in_blocks"] > 0


def test_the_command_lists_most_first_and_never_last(run_id: str, copydesk: Command) -> None:
    """All of them, of the run that is named or the latest."""
    said = copydesk("rules", "--run", run_id, "--format", "jsonl")
    rows = [json.loads(line) for line in said.out.splitlines()]
    counts = [row["in_blocks"] + row["in_values"] for row in rows]
    assert len(rows) == len(named_rules())
    assert counts == sorted(counts, reverse=True)
    assert rows[0]["rule"] in ("paragraph", "white-space")
    assert rows[-1]["fired"] is False
    assert copydesk("rules", "--format", "jsonl").out == said.out


def test_a_lake_or_run_without_rules_is_said(copydesk: Command, run_id: str) -> None:
    """With what to do."""
    assert run_id
    assert copydesk("rules", "--run", "20200101T000000-abcdef").err.endswith("has no run 20200101T000000-abcdef; copydesk runs lists them\n")
    assert "holds no lake" in copydesk("rules", "--lake", "other.lake").err


def test_the_report_shows_what_fired_most_and_never(run_id: str) -> None:
    """As a section of the page, and by name in the JSON beside it."""
    folder = Path("news.lake") / "reports" / run_id
    page = (folder / "index.html").read_text("utf-8")
    section = page[page.index('id="rules"'):page.index("</section>", page.index('id="rules"'))]
    assert "Rules that fired most and never" in section
    assert "<code>signoff.role</code>" in section
    assert "paragraph</code>" not in section
    never = section[section.index("<details>"):]
    assert "dateline.tass" in never
    assert "signoff.role" not in never
    told = json.loads((folder / "report.json").read_text("utf-8"))["rules"]
    assert told["dateline.tass"] == 0
    assert told["signoff.role"] == 3
