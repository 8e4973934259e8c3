"""The end of a run: its report, and what is said of it on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from expectations.report import History, ReportData, Timing
from flows.discover import Aside, Discovery
from flows.ledger import Ledger, Receipt
from flows.problems import ExitCode
from flows.progress import print_bytes, print_rate, say
from flows.publish import publish_run, read_history, write_report
from flows.settings import IngestConfig
from transforms.rules_index import list_fired
from warehouse.tables import Replays, Rules, Runs

LISTED = 20
"""Files named one by one in a summary."""


def report_run(ledger: Ledger, found: Discovery, config: IngestConfig) -> Receipt:
    """Write the run's report and close its ledger."""
    ledger.fail_files()
    run = ledger.sum_up(threshold=config.quarantine_threshold, fail_on=config.fail_on)
    page = close_run(ledger, run)
    return Receipt(
        run.run_id, run.exit_code, run.verdict, run.files_in, tuple(ledger.skipped), (*found.skipped, *ledger.ignored), tuple(ledger.notes),
        tuple(ledger.failures), tuple(ledger.cut),
        run.records_in, run.landed, run.quarantined, run.duplicates, run.bytes_in, ledger.batches, run.seconds,
        str(ledger.lake.folder), str(page),
    )


def close_run(ledger: Ledger, run: Runs, trail: Sequence[Replays] = ()) -> Path:
    """Write the report, then the run's row: a run that is on record has its page. Then make it the latest one."""
    reports = ledger.lake.reports
    history = read_history(reports)
    data, rules = gather_report(ledger, run, history)
    page = write_report(data, reports / run.run_id)
    ledger.close(run, rules, trail)
    publish_run(reports, data, history)
    return page


def gather_report(ledger: Ledger, run: Runs, history: History) -> tuple[ReportData, list[Rules]]:
    """What the report of a run is made of, and how often each rule fired in it."""
    aside, rules = ledger.aside, list_fired(ledger.fired, run.run_id)
    timings = [Timing(name, spent.wall, spent.cpu) for name, spent in ledger.times.items()]
    return ReportData(
        run, ledger.files, ledger.checks, aside.shown, timings, rules, aside.profile, aside.failing, aside.repairs, history, aside.list_downloads(),
        aside.causes,
    ), rules


def tell(receipt: Receipt, *, is_quiet: bool = False) -> None:
    """Say how a run went, on standard error: first what needs a hand, then the counts."""
    list_files("could not be read", [Aside(failure.shown, failure.message) for failure in receipt.failures])
    list_files("could not be read to its end", receipt.cut)
    if is_quiet and receipt.exit_code == ExitCode.LANDED:
        return
    list_files("not an input", receipt.ignored)
    list_files("noted", receipt.notes)
    say(receipt.verdict)
    say(f"run {receipt.run_id}: {print_bytes(receipt.bytes_in)} in {receipt.seconds:.1f} s{print_rate(receipt.records_in, receipt.seconds)}")
    if receipt.quarantined:
        say(f"what was set aside, and why: copydesk quarantine list --lake {shorten_path(receipt.lake)}")
    say(f"report: {shorten_path(receipt.report)}")


def shorten_path(path: str) -> str:
    """A path as it can be typed here: without the way to the working folder, where it lies in it."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def list_files(what: str, files: Iterable[Aside]) -> None:
    """A line for each file, up to a limit."""
    files = list(files)
    for file in files[:LISTED]:
        say(f"{what}: {file.shown}: {file.reason}")
    if len(files) > LISTED:
        say(f"{what}: {len(files) - LISTED:,} more files; the report lists them")
