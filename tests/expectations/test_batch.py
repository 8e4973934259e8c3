"""What the checks find in a batch. Great Expectations is imported here and nowhere else in the tests."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from expectations import agreement, articles, blocks, contributors, photos, places
from expectations.batch import Checker, Failure, Verdict, check_batch, list_cross
from expectations.contract import CONTRACTED, Constraint, count_unexpected, derive_contract
from expectations.cross import CrossCheck, Evidence, Threshold, bare_evidence
from warehouse.tables import SEVERITIES

MakeBatch = Callable[[Sequence[Mapping[str, Any]]], dict[str, pa.Table]]
CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "expectations.toml").read_text("utf-8"))["case"]
CROSS = [c for room in (articles, agreement, contributors, places, photos, blocks) for c in vars(room).values() if isinstance(c, CrossCheck)]
CONTRACT = [c for table in CONTRACTED for c in derive_contract(table)]
AGENCIES = frozenset({"Example News"})
ASKED: dict[str, Any] = {"agency_names": AGENCIES, "run_id": "20240102-ab", "batch_id": "00000000000000aa"}


def judge(checker: Checker, tables: dict[str, pa.Table], thorough: bool = False) -> Verdict:
    """The verdict on a batch whose documents are all 100 code points long."""
    return checker.check(tables, bare_evidence([100] * tables["articles"].num_rows), thorough=thorough, **ASKED)


def weigh_cases(cases: Sequence[Mapping[str, Any]]) -> Evidence:
    """The evidence of cases whose documents are all 100 code points long."""
    given = [case.get("evidence", {}) for case in cases if not case.get("orphan")]
    return Evidence(
        np.full(len(given), 100), np.array([sum(1 << day for day in e.get("weekdays", ())) for e in given]), [[(*d, None)[:4] for d in e.get("dated", ())] for e in given],
        [e.get("script") for e in given],
        [None if "agencies" not in e else tuple(e["agencies"]) for e in given], [None if "credits" not in e else tuple(e["credits"]) for e in given],
    )


@pytest.fixture(scope="module")
def found(checker: Checker, make_batch: MakeBatch) -> dict[str, list[Failure]]:
    """What each case fails, by article id."""
    by_article: dict[str, list[Failure]] = {}
    for failure in checker.check(make_batch(CASES), weigh_cases(CASES), **ASKED).failures:
        by_article.setdefault(failure.article_id, []).append(failure)
    return by_article


@pytest.mark.parametrize("number", range(1, len(CASES) + 1), ids=lambda n: CASES[n - 1]["name"])
def test_each_case_fails_its_check_and_no_other(number: int, found: dict[str, list[Failure]]) -> None:
    """The case table is the specification of the cross checks."""
    case = CASES[number - 1]
    failures = found.get(f"{number:016x}", [])
    assert [f.check for f in failures] == ([case["check"]] if case["fails"] else [])
    for failure in failures:
        assert case["says"] in failure.detail
        assert failure.version == 1


@pytest.mark.parametrize("check", CROSS, ids=lambda c: c.name)
def test_each_cross_check_has_a_case_that_passes_and_one_that_fails(check: CrossCheck) -> None:
    """A check that no case fails might check nothing."""
    assert {case["fails"] for case in CASES if case["check"] == check.name} == {True, False}
    assert check.severity in SEVERITIES
    assert check.meaning.endswith(".")
    assert (check.mostly < 1) == bool(check.why)


def breaking(constraint: Constraint) -> Any:
    """A value that breaks a constraint and no other of its column."""
    if constraint.kind == "present":
        return None
    if constraint.kind == "range":
        return constraint.least - 1 if constraint.least is not None else (constraint.most or 0) + 1
    return "nonsense" if constraint.kind == "known_value" else "0123456789ABCDEF\n"


def break_once(make_batch: MakeBatch) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """A batch in which one article breaks each constraint on a column; the article to blame, by `table.check`."""
    cases: list[dict[str, Any]] = []
    blame = {}
    for constraint in CONTRACT:
        if constraint.column is None:
            continue
        blame[f"{constraint.table}.{constraint.name}"] = f"{len(cases) + 1:016x}"
        column, _, inner = constraint.column.partition(".")
        value = breaking(constraint)
        if inner:
            whole = {"text": "Roe", "kind": "person", "agency": None} if column == "chain" else {"char_start": 1, "char_end": 2}
            value = [whole, {**whole, inner: value}]
        given = {column: value}
        if column == "article_id":
            blame[f"{constraint.table}.{constraint.name}"] = "" if value is None else str(value)
        cases.append({"article": given} if constraint.table == "articles" else {constraint.table: [given]})
    return make_batch(cases), blame


def by_check(verdict: Verdict) -> dict[str, list[str]]:
    """The articles that failed each check of the contract."""
    failed: dict[str, list[str]] = {}
    for f in verdict.failures:
        if f.check not in {c.name for c in CROSS}:
            failed.setdefault(f"{f.table}.{f.check}", []).append(f.article_id)
    return failed


def test_great_expectations_names_the_row_that_breaks_each_constraint(checker: Checker, make_batch: MakeBatch) -> None:
    """One article breaks one constraint: each is found, at that article only."""
    tables, blame = break_once(make_batch)
    failed = by_check(judge(checker, tables))
    assert failed.keys() >= blame.keys()
    for check, articles_found in failed.items():
        assert check in blame, f"{check} is broken by no case, yet found in {articles_found}"
        assert articles_found == [blame[check]]


def test_a_clean_batch_passes_every_constraint_row_by_row(checker: Checker, make_batch: MakeBatch) -> None:
    """What the counts call clean, Great Expectations finds clean when made to look."""
    tables = make_batch([{"contributors": [{}], "places": [{}], "photos": [{"chain": [{"text": "Roe", "kind": "person", "agency": None}]}]}])
    verdict = judge(checker, tables, thorough=True)
    assert not verdict.failures
    assert all(c.success and c.unexpected == 0 for c in verdict.checks)
    assert verdict == judge(checker, tables)
    assert len(verdict.checks) == len(CROSS) + len(CONTRACT)
    assert len({(c.suite, c.check_name) for c in verdict.checks}) == len(verdict.checks)
    assert {c.suite for c in verdict.checks} == {"cross", *CONTRACTED}


def test_rows_that_share_a_key_are_all_named(checker: Checker, make_batch: MakeBatch) -> None:
    """Neither of two rows with the same key is the right one."""
    tables = make_batch([{}, {"places": [{"position": 1}, {"position": 2}, {"position": 1}]}])
    verdict = judge(checker, tables)
    assert by_check(verdict) == {"places.key_is_unique": [f"{2:016x}"] * 2}
    assert "position is 1" in verdict.failures[0].detail
    assert [(c.evaluated, c.unexpected) for c in verdict.checks if (c.suite, c.check_name) == ("places", "key_is_unique")] == [(3, 2)]


def test_columns_out_of_order_are_found_and_blame_no_record(checker: Checker, make_batch: MakeBatch) -> None:
    """The order of columns is nobody's fault but ours."""
    tables = make_batch([{"places": [{}]}])
    tables["places"] = tables["places"].select(tables["places"].column_names[::-1])
    verdict = judge(checker, tables)
    assert [(c.suite, c.check_name) for c in verdict.checks if not c.success] == [("places", "columns_are_in_order")]
    assert verdict.failures == ()


def test_every_failing_key_is_named_beyond_two_hundred(checker: Checker, make_batch: MakeBatch) -> None:
    """Great Expectations cuts its list of values at 200; keys are complete, in cross checks and in the contract."""
    verdict = judge(checker, make_batch([{"article": {"headline": None}, "places": [{"latitude": 91.0}]}] * 450))
    everyone = {f"{n:016x}" for n in range(1, 451)}
    assert {f.article_id for f in verdict.failures if f.check == "headline_is_present"} == everyone
    assert {f.article_id for f in verdict.failures if f.check == "latitude_is_in_range"} == everyone
    assert len(verdict.failures) == 900
    told = next(c for c in verdict.checks if c.check_name == "latitude_is_in_range")
    assert (told.evaluated, told.unexpected, told.severity, told.column_name) == (450, 450, "warning", "latitude")
    assert told.detail is not None
    assert told.detail.splitlines()[0] == "0000000000000001 version 1: latitude is 91.0."


def test_what_makes_a_record_useless_sets_it_aside_as_a_warning(found: dict[str, list[Failure]]) -> None:
    """No body, or a dateline from after publication: quarantine, at the severity the check has."""
    aside = {(f.check, f.severity) for failures in found.values() for f in failures if f.sets_aside and f.severity != "critical"}
    assert aside == {("dateline_day_is_not_after_publication", "warning"), ("body_has_a_paragraph", "warning")}


def test_a_missing_headline_is_only_reported(checker: Checker, make_batch: MakeBatch) -> None:
    """A missing headline is reported; a broken ledger keeps the record out, under the first critical check it failed."""
    broken = {"kind": "headline", "char_start": 5, "char_end": 100}
    verdict = judge(checker, make_batch([{"article": {"headline": None}}, {"blocks": [broken], "contributors": [{"char_end": 999}]}]))
    aside = verdict.set_aside
    assert list(aside) == [(f"{2:016x}", 1)]
    assert aside[f"{2:016x}", 1].check == "contributor_spans_lie_inside_document"
    assert len(verdict.failures) == 4


def test_versions_of_one_article_are_told_apart(checker: Checker, make_batch: MakeBatch) -> None:
    """Two versions in one batch each have their own rows."""
    tables = make_batch([{}, {"article": {"article_id": f"{1:016x}", "version": 2}, "blocks": []}])
    verdict = judge(checker, tables)
    critical = [(f.article_id, f.version, f.check) for f in verdict.failures if f.severity == "critical"]
    assert critical == [(f"{1:016x}", 2, "blocks_tile_document")]


def test_dictionary_columns_and_chunks_are_read(checker: Checker, make_batch: MakeBatch) -> None:
    """Tables come as they were built: in chunks, with columns as dictionaries."""
    tables = make_batch(CASES)
    plain = judge(checker, tables)
    for name, table in tables.items():
        coded = table
        for column in ("article_id", "kind", "origin", "batch_id", "country"):
            if column in table.column_names:
                at = table.column_names.index(column)
                field = table.schema.field(at).with_type(pa.dictionary(pa.int32(), pa.string()))
                coded = coded.set_column(at, field, table[column].dictionary_encode())
        tables[name] = pa.concat_tables([coded.slice(0, 2), coded.slice(2)])
    assert judge(checker, tables) == plain


def test_a_table_of_another_schema_is_a_bug(checker: Checker, make_batch: MakeBatch) -> None:
    """Types and missing columns are not findings about the news."""
    tables = make_batch([{}])
    with pytest.raises(ValueError, match="blocks lacks its column kind"):
        judge(checker, {**tables, "blocks": tables["blocks"].drop_columns(["kind"])})
    with pytest.raises(ValueError, match="evidence of 2 articles for 1"):
        checker.check(tables, bare_evidence([100, 100]), **ASKED)


def test_counts_agree_with_the_constraints(make_batch: MakeBatch) -> None:
    """The count of a broken constraint is one, before Great Expectations is asked."""
    tables, blame = break_once(make_batch)
    assert {f"{c.table}.{c.name}": count_unexpected(tables[c.table], c) for c in CONTRACT if c.column} == dict.fromkeys(blame, 1)


def test_a_check_prints_nothing_and_keeps_nothing(checker: Checker, make_batch: MakeBatch, capfd: pytest.CaptureFixture[str]) -> None:
    """No progress bars; results are handed over, not hoarded."""
    tables = make_batch(CASES)
    assert check_batch(tables, bare_evidence([100] * tables["articles"].num_rows), **ASKED) == judge(checker, tables)
    assert capfd.readouterr() == ("", "")
    assert checker.engine is not None
    assert checker.engine.context.validation_results_store.list_keys() == []


ALONE = """
import sys
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "subprocess.Popen"):
        raise SystemExit(f"reached for the network: {event} {args}")
sys.addaudithook(watch)
from expectations.batch import check_batch
from expectations.cross import bare_evidence
assert "great_expectations" not in sys.modules and "pandas" not in sys.modules and "jinja2" not in sys.modules
check_batch({}, bare_evidence([]), agency_names=frozenset(), run_id="r", batch_id="0" * 16)
assert "altair.vegalite" not in sys.modules and "scipy.stats._stats_py" not in sys.modules and "sqlalchemy" not in sys.modules
import sqlalchemy, scipy.stats
assert round(scipy.stats.norm.cdf(0), 3) == 0.5 and sqlalchemy.__version__
"""


def test_a_fresh_process_is_quiet_and_stays_at_home(tmp_path: Path) -> None:
    """Great Expectations prints nothing, leaves no file, calls nobody and loads no more than it needs; what was held back loads later."""
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_house_sets_limits_and_severity_for_its_own_articles(checker: Checker, make_batch: MakeBatch) -> None:
    """The source's own articles are judged under a check of their own, the others as before; a general setting holds for all."""
    day = {"dateline": "LAGOS, Jan. 5", "dateline_date": dt.date(1987, 1, 5), "published_at": dt.datetime(1987, 1, 3, tzinfo=dt.UTC)}
    tables = make_batch([{"article": {**day, "source": "Slow Post"}}, {"article": {**day, "source": "Quick Post", "headline": None}}])
    name = "dateline_day_is_not_after_publication"
    thresholds = {"Slow Post": {name: Threshold(most=3)}, "Away Post": {name: Threshold(most=9)}, "": {"headline_is_present": Threshold("critical")}}
    verdict = checker.check(tables, bare_evidence([100, 100]), thresholds=thresholds, **ASKED)
    assert {(c.check_name, c.success, c.most, c.evaluated) for c in verdict.checks if c.check_name.startswith(name)} == {
        (name, False, 1.0, 1), (f"{name}@Slow Post", True, 3.0, 1)}
    assert verdict.set_aside[f"{2:016x}", 1].check == "headline_is_present"


def test_a_check_that_mostly_holds_is_complete_and_sets_nothing_aside(checker: Checker, make_batch: MakeBatch) -> None:
    """Within its share it holds, and still names every article that fails it; no record goes to quarantine for it."""
    tables = make_batch([{"article": {"headline": None if n < 3 else "Clock stops"}} for n in range(20)])
    for share, held, why in ((0.8, True, None), (0.9, False, "Tide tables have none.")):
        limit = Threshold("critical", mostly=share, why=why)
        verdict = checker.check(tables, bare_evidence([100] * 20), thresholds={"": {"headline_is_present": limit}}, **ASKED)
        (check,) = (c for c in verdict.checks if c.check_name == "headline_is_present")
        assert (check.success, check.unexpected, check.mostly) == (held, 3, share)
        assert check.mostly_reason == (why or "The house's profile says so.")
        assert [f.article_id for f in verdict.failures] == [f"{n:016x}" for n in (1, 2, 3)]
        assert not verdict.set_aside


def test_the_checks_of_a_batch_are_listed_without_one(checker: Checker, make_batch: MakeBatch) -> None:
    """What can be set in a profile is what is judged."""
    judged = [c.check_name for c in judge(checker, make_batch([{}])).checks if c.suite == "cross"]
    assert [c.name for c in list_cross()] == judged
