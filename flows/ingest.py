"""The pipeline on one screen: discover, keep, read, cut into batches; parse, check and stage each; commit in order; report.

Plain functions. `flows.orchestrate` runs the same ones under Prefect.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from expectations.cross import Thresholds
from expectations.run import check_run
from expectations.suites import BadSuite, load_suites
from flows.discover import Discovery, discover, find_place, measure_input, resolve_path
from flows.intake import Intake
from flows.ledger import Failure, Ledger, Receipt
from flows.plan import Batch, cut_batches
from flows.problems import ExitCode, Problem
from flows.progress import Progress
from flows.remote import Address
from flows.runners import Inline, Pending, Processes, Runner
from flows.settings import Houses, IngestConfig, read_houses
from flows.stages import Bench, Built, build_batch, identify_entries
from flows.summary import report_run, tell
from warehouse.lake import Lake, open_lake
from warehouse.land import landed_articles
from warehouse.tables import Checks, Metrics


def ingest(config: IngestConfig, runner: Runner, *, is_quiet: bool = False) -> Receipt:
    """Land what the paths hold, batch by batch, and report."""
    houses = read_houses(config)
    paths = [find_place(name) for name in config.paths]
    lake_path = resolve_path(config.lake)
    found = runner.call("list-inbox", discover, paths, lake=lake_path)
    if not found.inputs and len(found.failed) == len(paths):
        raise Problem("\n".join(f"{aside.shown}: {aside.reason}" for aside in found.failed), missing_code(paths))
    with open_lake(lake_path) as lake:
        ledger = Ledger(lake, [path.shown if isinstance(path, Address) else name for path, name in zip(paths, config.paths, strict=True)])
        land_files(ledger, found, config, houses, runner, is_quiet=is_quiet)
        ledger.judge_history(partial(compare_runs, runner, ledger, houses.limit_quarantine(config.quarantine_threshold)))
        if config.hold:
            runner.call("land-or-hold", ledger.land_deferred, is_held=ledger.is_critical())
        return runner.call("report-run", report_run, ledger, found, config)


def land_files(ledger: Ledger, found: Discovery, config: IngestConfig, houses: Houses, runner: Runner, *, is_quiet: bool = False) -> None:
    """Read files batch by batch, and commit each; or keep them all staged, where the whole run is to be judged first."""
    bench = Bench(str(ledger.lake.folder), ledger.run_id, config.source, houses, config.hold, check_suites(config))
    ledger.failures += [Failure(aside.shown, aside.reason) for aside in found.failed]
    batches = cut_batches(Intake(ledger, config, houses).open_inputs(found), limit=config.batch_bytes)
    with Progress(sum_sizes(found), is_quiet=is_quiet) as progress:
        for batch, built in build_batches(ledger.lake, ledger.watch_reading(batches), bench, runner, config.workers):
            ledger.count(built)
            runner.call("keep-batch" if config.hold else "commit-batch", ledger.defer if config.hold else ledger.commit, batch, built)
            progress.advance(records=len(batch.entries), batch_bytes=batch.bytes_in)


def check_suites(config: IngestConfig) -> str | None:
    """The folder of suites of one's own, when every file in it can be used; a Problem that names the first that can't."""
    if config.expectations is None:
        return None
    folder = str(Path(config.expectations).resolve())
    try:
        load_suites(folder)
    except BadSuite as error:
        raise Problem(str(error)) from None
    return folder


def build_batches(lake: Lake, batches: Iterable[Batch], bench: Bench, runner: Runner, workers: int) -> Iterator[tuple[Batch, Built]]:
    """Hand batches out and take them back in their order.

    A batch that names an article of one still under way waits for it: whether it repeats it, or is its next version, must be known.
    """
    under_way: deque[tuple[Batch, set[str], Pending[Built]]] = deque()
    for batch in batches:
        identities = identify_entries(batch, bench.source)
        ids = {identity.article_id for identity in identities if identity}
        while under_way and (len(under_way) > workers or any(ids & earlier for _, earlier, _ in under_way)):
            first, _, pending = under_way.popleft()
            yield first, pending.result()
        landed = landed_articles(lake, sorted(ids))
        under_way.append((batch, ids, runner.submit(build_batch, batch, identities, landed, bench)))
        if workers == 1:
            first, _, pending = under_way.popleft()
            yield first, pending.result()
    for first, _, pending in under_way:
        yield first, pending.result()


def compare_runs(
    runner: Runner, ledger: Ledger, thresholds: Thresholds, now: Sequence[Metrics], earlier: Sequence[Metrics],
) -> tuple[Checks, ...]:
    """Have a run compared with those before it, where batches are checked: Great Expectations has been imported there."""
    return runner.submit(check_run, now, earlier, run_id=ledger.run_id, batch_id=ledger.closing_id, thresholds=thresholds).result()


def missing_code(paths: list[Path | Address]) -> ExitCode:
    """Nothing of what was named is there: a slip on the command line. There, but not readable, or far away: files that failed."""
    return ExitCode.FILES_FAILED if any(isinstance(path, Address) or path.exists() for path in paths) else ExitCode.USAGE


def sum_sizes(found: Discovery) -> int:
    """Bytes of all inputs, as far as they can be told beforehand."""
    return sum(measure_input(given) for given in found.inputs)


def ingest_direct(config: IngestConfig, *, is_quiet: bool = False) -> int:
    """Run the pipeline here, without Prefect, and return the exit code."""
    if config.workers == 1:
        receipt = ingest(config, Inline(), is_quiet=is_quiet)
    else:
        with Processes(config.workers) as runner:
            receipt = ingest(config, runner, is_quiet=is_quiet)
    tell(receipt, is_quiet=is_quiet)
    return receipt.exit_code
