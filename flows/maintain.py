"""The care of a lake as Prefect flows, so that it can be scheduled: prefect.yaml shows how. Each fails when its command would not end with 0."""

from __future__ import annotations

from pathlib import Path

from prefect import flow

from flows.doctor import examine
from flows.problems import ExitCode, Problem
from flows.settings import build_config
from flows.upkeep import compact_lake, expire_history, make_backup, make_index
from flows.verify import verify_lake


def succeed(code: int, what: str) -> None:
    """End the flow as failed where a command would not end with 0."""
    if code != ExitCode.LANDED:
        raise Problem(f"{what} ended with exit code {code}; its log says what was found", ExitCode(code))


@flow(name="verify-lake", description="Check every file and every law of a lake.", log_prints=True, persist_result=False)
def verify_news(lake: str = "news.lake", files: bool = False) -> None:
    """Check a lake, with `files` its originals read again too."""
    succeed(verify_lake(Path(lake), build_config(paths=[lake]) if files else None), "verify")


@flow(name="tend-lake", description="Merge small files, let old snapshots go, bring the index up to date.", log_prints=True, persist_result=False)
def tend_news(lake: str = "news.lake", keep_days: float = 30.0) -> None:
    """Compact, expire and index."""
    succeed(compact_lake(Path(lake), is_dry=False), "compact")
    succeed(expire_history(Path(lake), keep_days, None, is_now=False, is_dry=False), "expire")
    succeed(make_index(Path(lake), is_quiet=True), "index")


@flow(name="reparse-lake", description="Read landed articles again by today's rules.", log_prints=True, persist_result=False)
def reparse_news(lake: str = "news.lake", where: str = "true", dry_run: bool = False) -> None:
    """Land what reads otherwise now as its next version."""
    from flows.reparse import reparse

    succeed(reparse(Path(lake), where, build_config(paths=[lake]), "table", is_dry=dry_run), "reparse")


@flow(name="forget-articles", description="Remove articles for good.", log_prints=True, persist_result=False)
def forget_news(where: str, why: str, lake: str = "news.lake") -> None:
    """Remove the articles that answer to a condition, unasked: `terms_end < now()` of a licence, say."""
    from flows.forget import Request, forget

    succeed(forget(Path(lake), Request(where, why, True, False, False), build_config(paths=[lake])), "forget")


@flow(name="backup-lake", description="Copy a lake whole.", log_prints=True, persist_result=False)
def backup_news(target: str, lake: str = "news.lake") -> None:
    """Copy a lake to a folder named by the day within `target`."""
    succeed(make_backup(Path(lake), Path(target), is_dated=True), "backup")


@flow(name="examine-lake", description="Say what is wrong with a lake, and what mends it.", log_prints=True, persist_result=False)
def examine_news(lake: str = "news.lake") -> None:
    """Run the doctor."""
    succeed(examine(Path(lake)), "doctor")
