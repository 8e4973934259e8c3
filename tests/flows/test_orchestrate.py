"""The same pipeline under Prefect: the one test module that imports it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from flows.environment import prepare_prefect
from flows.problems import ExitCode, Problem
from flows.serve import check_cron, serve_inbox
from flows.settings import IngestConfig
from warehouse.sql import run_sql

pytestmark = pytest.mark.filterwarnings("ignore")
"""What Prefect, its server and their libraries warn of is theirs; the pipeline's own warnings are errors in every other test."""


@pytest.fixture(scope="module")
def news() -> Iterator[ModuleType]:
    """The module of the flow, with a Prefect server for as long as this module is tested."""
    prepare_prefect()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from prefect.testing.utilities import prefect_test_harness

        from flows import orchestrate
    with prefect_test_harness(server_startup_timeout=300):
        yield orchestrate


def test_the_flow_lands_what_the_direct_run_lands(news: ModuleType, inbox: Path, tmp_path: Path) -> None:
    """A task run for each batch and step, by name; the run's own name says what was read; the counts are published."""
    from prefect.client.orchestration import get_client

    config = IngestConfig(paths=[str(inbox)], lake=str(tmp_path / "news.lake"), quarantine_threshold=1.0)
    receipt = news.ingest_news(config)
    assert (receipt.exit_code, receipt.landed, receipt.quarantined) == (ExitCode.LANDED, 5, 1)
    with run_sql(tmp_path / "news.lake", "SELECT count(*) FROM articles") as result:
        assert list(result.rows()) == [(5,)]
    with get_client(sync_client=True) as client:
        (run,) = client.read_flow_runs()
        tasks = client.read_task_runs()
        artifacts = {artifact["key"]: artifact for artifact in client.request("POST", "/artifacts/filter", json={"limit": 10}).json()}
    assert run.name == "ingest inbox"
    assert run.state
    assert run.state.is_completed()
    assert sorted(task.name.split("-")[0].split(" ")[0] for task in tasks) == ["batch", "check", "commit", "list", "report"]
    assert {"ingest-counts", "ingest-checks", "ingest-report", "ingest-page"} <= artifacts.keys()
    assert artifacts["ingest-page"]["data"].startswith("[Data-quality report](file://")
    assert "6 records in = 5 landed + 1 quarantined + 0 duplicates (conserved)" in artifacts["ingest-report"]["data"]


def test_a_run_that_ends_with_another_exit_code_is_a_failed_state(news: ModuleType, inbox: Path, tmp_path: Path) -> None:
    """Automations see it, and the command line has its exit code."""
    config = IngestConfig(paths=[str(inbox)], lake=str(tmp_path / "news.lake"), quarantine_threshold=0.0)
    state = news.ingest_news(config, return_state=True)
    assert state.is_failed()
    assert "set aside" in (state.message or "")
    again = IngestConfig(paths=[str(inbox)], lake=str(tmp_path / "other.lake"), quarantine_threshold=0.0)
    assert news.run_flow(again, is_quiet=True) == ExitCode.DOUBTFUL


def test_the_care_of_a_lake_runs_as_flows(news: ModuleType, inbox: Path, tmp_path: Path) -> None:
    """Each does what its command does, under its name; one whose command would not end with 0 is a failed state that says so."""
    from flows import maintain
    from flows.ingest import ingest_direct
    from warehouse.lake import SEARCH

    lake = str(tmp_path / "news.lake")
    for name in ("story.txt", "wire.jsonl", "table.csv"):
        ingest_direct(IngestConfig(paths=[str(inbox / name)], lake=lake, quarantine_threshold=1.0), is_quiet=True)
    files = len(list((tmp_path / "news.lake" / "data" / "articles").iterdir()))
    maintain.tend_news(lake, keep_days=0.0)
    assert len(list((tmp_path / "news.lake" / SEARCH).glob("*.postings.parquet"))) == 1
    with run_sql(lake, "SELECT count(*) FROM search('ferry')") as result:
        assert next(result.rows()) == (1,)
    assert len(list((tmp_path / "news.lake" / "data" / "articles").iterdir())) == files + 1, "the old files wait an hour for their readers"
    maintain.verify_news(lake, files=True)
    maintain.reparse_news(lake, dry_run=True)
    maintain.reparse_news(lake)
    maintain.backup_news(str(tmp_path / "copies"), lake)
    (copy,) = (tmp_path / "copies").iterdir()
    maintain.verify_news(str(copy))
    maintain.forget_news("headline = 'Owls counted'", "licence ended", lake)
    with run_sql(lake, "SELECT count(*) FROM articles WHERE headline = 'Owls counted'") as result:
        assert next(result.rows()) == (0,)
    maintain.examine_news(lake)
    page = next((tmp_path / "news.lake" / "reports").glob("2*/index.html"))
    page.write_text("changed")
    for flow in (maintain.verify_news, maintain.examine_news):
        state = flow(lake, return_state=True)
        assert state.is_failed()
        assert "ended with exit code 1" in (state.message or "")


def test_parameters_are_validated(news: ModuleType) -> None:
    """A deployment with a wrong parameter fails before it reads anything."""
    from prefect.exceptions import ParameterTypeError

    with pytest.raises(ParameterTypeError):
        news.ingest_news({"paths": ["inbox"], "workers": 0})


@pytest.mark.parametrize("cron", ["every day", "* * *", "61 * * * *"])
def test_a_cron_line_that_cannot_be_scheduled_is_refused(cron: str) -> None:
    """Before anything is started, with an example of one that can."""
    with pytest.raises(Problem, match=r"\*/5"):
        check_cron(cron)


def test_serve_without_a_server_says_how_to_start_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing would keep the schedule."""
    monkeypatch.setattr("flows.environment.has_api", lambda: False)
    with pytest.raises(Problem, match="prefect server start"):
        serve_inbox(IngestConfig(paths=["inbox"]), "* * * * *")
