"""Questions to a lake: SQL, the list of runs, how often rules fired, the last verdict."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import get_terminal_size

from flows.problems import ExitCode, Problem
from flows.progress import say
from warehouse.ddl import quote
from warehouse.render import Format, write_result
from warehouse.sql import run_sql

WITHOUT_TERMINAL = None


def print_answer(lake: Path, statement: str, layout: Format) -> int:
    """Print the rows that one SELECT gives."""
    width = get_terminal_size().columns if sys.stdout.isatty() else WITHOUT_TERMINAL
    with run_sql(lake, statement) as result:
        write_result(result, layout, sys.stdout, width)
    return ExitCode.LANDED


def print_runs(lake: Path, layout: Format, limit: int) -> int:
    """Print the runs, the latest first."""
    return print_answer(lake, f"""
        SELECT coalesce(r.run_id, h.run_id) AS run_id, started_at, exit_code, files_in AS files, files_failed AS failed, records_in AS records,
               landed, quarantined, duplicates, coalesce(h.held, 0) AS held, round(seconds, 1) AS seconds,
               coalesce(verdict, 'Killed; what it had held back can be released.') AS verdict
        FROM runs r FULL JOIN (
            SELECT b.run_id, count(*) AS held FROM waiting w JOIN batches b USING (batch_id) WHERE w.reason = 'held' GROUP BY ALL
        ) h USING (run_id) ORDER BY 1 DESC LIMIT {limit}""", layout)


def print_rules(lake: Path, layout: Format, run: str | None) -> int:
    """Print how often each rule fired in a run, those that did most first and those that never did last."""
    wanted = quote(run) if run else "(SELECT max(run_id) FROM rules)"
    with run_sql(lake, f"SELECT count(*), (SELECT count(*) FROM runs WHERE run_id = {wanted}) FROM rules WHERE run_id = {wanted}") as result:
        rows, runs = next(result.rows())
    if not rows and runs:
        raise Problem(f"run {run} read nothing new, so no rule could fire")
    if not rows:
        raise Problem(f"the lake {lake} has no {f'run {run}; copydesk runs lists them' if run else 'run that read anything; ingest something first'}")
    return print_answer(lake, f"""
        SELECT rule, in_blocks, in_values, fired, meaning, home FROM rules WHERE run_id = {wanted}
        ORDER BY in_blocks + in_values DESC, home, rule""", layout)


def print_report(lake: Path, run: str | None) -> int:
    """Print the verdict on a run and where its report is."""
    wanted = f"WHERE run_id = {quote(run)}" if run else ""
    with run_sql(lake, f"SELECT run_id, verdict FROM runs {wanted} ORDER BY run_id DESC LIMIT 1") as result:
        found = next(result.rows(), None)
    if found is None:
        raise Problem(f"the lake {lake} has no {f'run {run}; copydesk runs lists them' if run else 'runs yet; ingest something first'}")
    run_id, verdict = found
    page = lake / "reports" / run_id / "index.html"
    if not page.is_file():
        raise Problem(f"{verdict}\nthe report of run {run_id} is not at {page}; it may have been removed")
    sys.stdout.write(f"{page}\n")
    say(verdict)
    return ExitCode.LANDED
