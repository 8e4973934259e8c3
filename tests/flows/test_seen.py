"""Every check made to fail on purpose, in runs as people start them, and looked for wherever a run is read.

Five usual runs come first, so that the sixth has something to be unlike. What print itself can get wrong stands in its files; what only a defect of
copydesk could bring about is put into what the parser returns.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from expectations.batch import list_cross
from expectations.run import list_run_checks
from flows import stages
from flows.cli import app
from tests.flows.test_cli import query
from transforms.article import parse_article
from transforms.model import Article

GOLDEN = Path(__file__).parents[1] / "golden"
TODAY = dt.datetime.now(dt.UTC).date()
USUAL = {"Volume Post": 4, "Fill Post": 20, "Aside Post": 4, "Repeat Post": 4, "Stale Post": 4, "Column Post": 4, "Absent Post": 4}
"""Sources, and how many articles each sends a day."""
DAY = dt.date(2024, 1, 3)
"""A Wednesday."""
PRINTED: dict[str, dict[str, Any]] = {
    "headline_is_present": {"document": "LAGOS, Jan. 3 (Example News) - The quay is shut until the tide turns, the harbour master said.\n\nIt rained."},
    "dateline_day_is_not_after_publication": {"lead": "LAGOS, Jan. 6 (Reuters) - ", "text": "The quay is shut, the harbour master said."},
    "dateline_weekday_agrees": {"lead": "LAGOS, Monday, Jan. 3 (Reuters) - ", "text": "The quay is shut, the harbour master said."},
    "lead_weekday_is_near_the_story_day": {"lead": "LAGOS, Jan. 3 (Reuters) - ", "text": "The quay was shut on Sunday, the harbour master said."},
    "lead_weekday_agrees_with_its_day": {
        "lead": "LAGOS, Jan. 3 (Reuters) - ", "text": "The quay will open on Friday, Jan. 4, and stay open on Wednesday, the harbour master said."},
    "agencies_of_dateline_and_signoff_agree": {
        "lead": "LAGOS, Jan. 3 (Reuters) - ", "text": "The quay is shut, the harbour master said.\n\nAgence France-Presse"},
    "agencies_of_dateline_and_credit_agree": {
        "lead": "LAGOS, Jan. 3 (Reuters) - ", "text": "The quay is shut, the harbour master said.", "caption": "A crane on the quay. (AP Photo/Ann Roe)"},
    "caption_day_is_not_after_publication": {
        "text": "The quay is shut, the harbour master said.", "caption": "A crane on the quay at Lagos on January 9, 2024. (Example News/Ann Roe)"},
    "caption_day_is_not_after_dateline_day": {
        "lead": "LAGOS, Dec. 20, 2023 (Reuters) - ", "text": "The quay is shut, the harbour master said.",
        "caption": "A crane on the quay at Lagos on January 2, 2024. (Reuters/Ann Roe)"},
    "old_pictures_are_marked": {"text": "The quay is shut, the harbour master said.", "caption": "A crane on the quay at Lagos on May 3, 2019. (Example News/Ann Roe)"},
    "language_fits_script": {"text": "The quay is shut until the tide turns, the harbour master said on the pier.", "language": "ru"},
    "body_has_a_paragraph": {"text": "All rights reserved. This material may not be published, broadcast, rewritten or redistributed."},
    "headline_has_a_story": {"document": "Quay shut at Lagos\n\nA crane on the quay at Lagos. (Example News/Ann Roe)"},
    "body_outweighs_boilerplate": {"text": "It rained.\n\n" + "\n\n".join([
        "Copyright 2024 Example News. All rights reserved. This material may not be published, broadcast, rewritten or redistributed.",
        "Sign up to our newsletter for the latest news from the harbour, delivered to your inbox every morning."])},
}
SPOILED = (
    "dateline_says_something", "signoff_person_is_no_agency", "named_person_is_no_agency", "contributor_spans_lie_inside_document",
    "country_codes_are_real", "photo_spans_lie_inside_document", "blocks_tile_document", "rows_belong_to_an_article", "language_matches_pattern",
)
"""What only a defect would bring about."""
EXPECTED = {*(check.name for check in (*list_cross(), *list_run_checks())), "declared_records", "language_matches_pattern"}


class Seen(NamedTuple):
    """What a run left to be read."""

    checks: dict[str, tuple[Any, ...]]
    """By name: severity, success, unexpected, what to say of it."""
    page: str
    report: dict[str, Any]
    junit: ElementTree.Element
    failing: set[str]
    """Checks with a row in failures.jsonl."""
    code: int


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    """Rows as JSON Lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def make_usual(number: int) -> list[dict[str, Any]]:
    """What every source sends every day."""
    return [
        {"id": f"{source}-{number}-{n}", "source": source, "title": f"Owls counted for the {n}th time", "author": "Ann Roe", "date": f"{TODAY}T06:00:00Z",
         "text": f"The owls of parish {n} were counted for run {number}, and there were {n} of them.", "mood": "calm"}
        for source, articles in USUAL.items() for n in range(articles)
    ]


def make_unusual() -> list[dict[str, Any]]:
    """What they send on the sixth: each source is unlike itself in one thing."""
    rows = {source: [row for row in make_usual(6) if row["source"] == source] for source in USUAL}
    del rows["Absent Post"]
    rows["Volume Post"] = [{**row, "id": f"{row['id']}-{k}", "text": f"{row['text']} Count {k}."} for row in rows["Volume Post"] for k in range(6)]
    rows["Fill Post"] = [{**row, "author": ""} for row in rows["Fill Post"]]
    rows["Aside Post"] = [{**row, "text": PRINTED["body_has_a_paragraph"]["text"]} for row in rows["Aside Post"]]
    again = [row for row in make_usual(1) if row["source"] == "Repeat Post"]
    rows["Repeat Post"] = [*again, *rows["Repeat Post"][:1]]
    rows["Stale Post"] = [{**row, "date": f"{TODAY - dt.timedelta(days=20)}T06:00:00Z"} for row in rows["Stale Post"]]
    rows["Column Post"] = [{**{k: v for k, v in row.items() if k != "mood"}, "weather": "wet"} for row in rows["Column Post"]]
    return [row for part in rows.values() for row in part]


def make_printed() -> list[dict[str, Any]]:
    """A record for each check of what is printed, and one for each that is spoiled behind the parser."""
    rows = []
    for name, said in PRINTED.items():
        document = said.get("document") or "\n\n".join(
            part for part in (f"Quay shut, case {name.replace('_', ' ')}", said.get("caption"), said.get("lead", "") + said["text"]) if part)
        rows.append({"id": name, "document": document, "published_at": f"{DAY}T12:00:00Z", **{k: v for k, v in said.items() if k == "language"}})
    plain = "Quay shut\n\nBy Ann Roe\n\nA crane on the quay. (AP Photo/Bo Dahl)\n\nLAGOS, Jan. 3 (Reuters) - The quay is shut, case {}.\n\n(Reporting by Cy Poe)"
    return rows + [{"id": name, "document": plain.format(n), "published_at": f"{DAY}T12:00:00Z"} for n, name in enumerate(SPOILED)]


def spoil(*args: Any, **kwargs: Any) -> Article:
    """The article as a parser with a defect would return it, for the records that are to fail what no text can."""
    article = parse_article(*args, **kwargs)
    match article.record.record_id:
        case "blocks_tile_document":
            return article._replace(blocks=article.blocks[1:])
        case "language_matches_pattern":
            return article._replace(language="English")
        case "signoff_person_is_no_agency" | "named_person_is_no_agency" as name:
            wanted = "signoff" if name.startswith("signoff") else "byline"
            return article._replace(contributors=tuple(
                c._replace(name="Reuters") if c.origin == wanted else c for c in article.contributors))
        case "contributor_spans_lie_inside_document":
            return article._replace(contributors=tuple(c._replace(end=100_000) for c in article.contributors))
        case "photo_spans_lie_inside_document":
            return article._replace(photos=tuple(p._replace(end=100_000) for p in article.photos))
        case "country_codes_are_real" if article.dateline:
            places = tuple(p._replace(country="ZZ") for p in article.dateline.places)
            return article._replace(dateline=article.dateline._replace(places=places))
        case "dateline_says_something" if article.dateline:
            return article._replace(dateline=article.dateline._replace(places=(), agencies=()), dateline_date=None, dateline_date_basis=None)
    return article


def lay_astray(*args: Any, **kwargs: Any) -> dict[str, pa.Table]:
    """The tables of a batch, with a picture that belongs to no article."""
    tables = LAY_OUT(*args, **kwargs)
    if stray := [row for row in tables["photos"].to_pylist() if row["char_end"] == 100_000]:
        orphan = pa.Table.from_pylist([{**stray[0], "article_id": "f" * 16, "char_end": 9}], tables["photos"].schema)
        tables["photos"] = pa.concat_tables([tables["photos"], orphan])
    return tables


LAY_OUT = stages.lay_out


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """The sixth run, in which everything fails."""
    folder = tmp_path_factory.mktemp("seen")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("COPYDESK_LAKE", "COPYDESK_PROFILES", "COPYDESK_WORKERS"):
            patch.delenv(name, raising=False)
        ingest: Callable[..., Any] = lambda *words: CliRunner().invoke(app, ["ingest", "--direct", "--quiet", *map(str, words)])  # noqa: E731
        for number in range(1, 6):
            write_rows(folder / f"usual-{number}.jsonl", make_usual(number))
            assert ingest(folder / f"usual-{number}.jsonl").exit_code == 0
        inbox = folder / "inbox"
        inbox.mkdir()
        write_rows(inbox / "unusual.jsonl", make_unusual())
        write_rows(inbox / "printed.jsonl", make_printed())
        shutil.copy(GOLDEN / "nexis/fewer_than_declared/input.txt", inbox / "cut.txt")
        shutil.copy(GOLDEN / "factiva/page/input.html", inbox / "unknown.html")
        patch.setattr(stages, "parse_article", spoil)
        patch.setattr(stages, "lay_out", lay_astray)
        code = ingest(inbox).exit_code
        latest = folder / "news.lake/reports/latest"
        found = query("news.lake", """SELECT check_name, severity, success, unexpected, meaning FROM checks
                                      WHERE batch_id IN (SELECT batch_id FROM batches WHERE run_id = (SELECT max(run_id) FROM runs))
                                         OR run_id = (SELECT max(run_id) FROM runs)""")
        failing = {json.loads(line)["check"] for line in (latest / "failures.jsonl").read_text("utf-8").splitlines()}
        yield Seen(
            {name: tuple(rest) for name, *rest in found}, (latest / "index.html").read_text("utf-8"),
            json.loads((latest / "report.json").read_text("utf-8")), ElementTree.parse(latest / "junit.xml").getroot(), failing, code,
        )


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_check_that_fails_is_seen_everywhere(seen: Seen, name: str) -> None:
    """In the table `checks`, on the page with what to do, in report.json, and in JUnit XML as a failure or as skipped."""
    severity, success, unexpected, meaning = seen.checks[name]
    assert (success, unexpected > 0) == (False, True)
    (told,) = (check for check in seen.report["checks"] if check["name"] == name)
    assert (told["severity"], told["success"], told["unexpected"]) == (severity, False, unexpected)
    assert told["remedy"]
    assert told["meaning"] == meaning
    shown = seen.page.partition('aria-label="Checks that failed"')[2].partition("</section>")[0]
    assert f"<code>{told['suite']}.{name}</code>" in shown
    (case,) = (case for case in seen.junit.iter("testcase") if case.get("name") == name)
    assert [child.tag for child in case] == ["failure" if severity == "critical" else "skipped"]
    if told["suite"] in ("cross", "articles"):
        assert name in seen.failing


def test_the_run_says_so_too(seen: Seen) -> None:
    """Critical checks failed, and every record is still accounted for."""
    assert seen.code == 1
    assert seen.report["conservation"]["is_conserved"]
    causes = {cause["expectation"]: cause["records"] for cause in seen.report["causes"]}
    assert causes["body_has_a_paragraph"] == 5
    assert {name for name in SPOILED if name in causes} >= {"blocks_tile_document", "country_codes_are_real", "signoff_person_is_no_agency"}
    assert sum(causes.values()) == seen.report["conservation"]["quarantined"]
