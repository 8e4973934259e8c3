"""The pipeline as a Prefect flow: the plain functions of `flows.ingest`, wrapped. The only module that knows how Prefect runs them.

Annotations are evaluated here, unlike elsewhere: a served flow reaches its process by value, and Prefect must find the parameters' types on it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import Thread
from typing import Any, ParamSpec, TypeVar, cast

import orjson
from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.tasks import Task

from expectations.engine import load_gx
from expectations.report import escape_markdown
from flows.discover import find_place
from flows.ingest import ingest
from flows.ledger import Receipt
from flows.plan import Batch
from flows.problems import ExitCode
from flows.runners import Inline, Pending, Processes, Runner
from flows.settings import IngestConfig
from flows.summary import tell
from warehouse.errors import LakeError, LakeLocked

P = ParamSpec("P")
T = TypeVar("T")
RETRIES = 2
SHOWN_CHECKS = 50
"""Checks and files that an artifact names."""
SHOWN_ROWS = 3
TAGS = ("copydesk", "news")


class RunFailed(Exception):  # noqa: N818 - the name of a state
    """A run that did its work and ended with an exit code other than 0. Its state is Failed, so that automations see it."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.verdict)
        self.receipt = receipt


class Tasks:
    """A runner that makes a task run of every batch and of every step of the coordinator, and leaves the work to another runner."""

    def __init__(self, inner: Runner) -> None:
        self._inner = inner

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Pending[T]:
        """One task run a batch."""
        name, run_name = work.__name__.replace("_", "-"), None
        if args and isinstance(args[0], Batch):
            name, run_name = "read-and-parse-batch", f"batch {args[0].number} {args[0].batch_id}"
        wrapped = _wrap(lambda _given: self._inner.submit(work, *args, **kwargs).result(), name, run_name)
        return cast("Pending[T]", wrapped.submit(None))

    def call(self, name: str, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """One task run for a step of the coordinator."""
        return _wrap(lambda _given: work(*args, **kwargs), name)(None)


def _wrap(work: Callable[[None], T], name: str, run_name: str | None = None) -> Task[[None], T]:
    """A task that is given nothing: what it works on stands in its closure, since Prefect would look into every record of a batch."""
    decorate = task(
        name=name, task_run_name=run_name, tags=TAGS, cache_policy=NO_CACHE, persist_result=False, retries=RETRIES, retry_delay_seconds=1,
        retry_condition_fn=_may_pass,
    )
    return cast("Task[[None], T]", decorate(work))


def _may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Try again what may go better a second later: a disk or catalog that was busy. A bug or a bad input stays what it is."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, (OSError, LakeError)) and not isinstance(error, LakeLocked)


def name_flow_run() -> str:
    """A name by which people find the run: what was read."""
    config = flow_run.parameters["config"]
    paths = config.paths if isinstance(config, IngestConfig) else config["paths"]
    names = [find_place(path).name or path for path in paths[:3]]
    return f"ingest {', '.join(names)}{' ...' if len(paths) > 3 else ''}"


@flow(name="ingest-news", flow_run_name=name_flow_run, description="Read news files, clean and check what is in them, land it.", persist_result=False)
def ingest_news(config: IngestConfig, is_quiet: bool = True) -> Receipt:
    """Land what the paths hold and publish the counts. Raises RunFailed when the exit code is not 0."""
    with Processes(config.workers) if config.workers > 1 else nullcontext(Inline()) as inner:
        receipt = ingest(config, Tasks(inner), is_quiet=is_quiet)
    publish(receipt)
    if receipt.exit_code != ExitCode.LANDED:
        raise RunFailed(receipt)
    return receipt


def publish(receipt: Receipt) -> None:
    """Show the counts, the checks that failed and the report's place beside the run. Nothing that came from outside can act as markdown."""
    create_table_artifact(
        key="ingest-counts",
        description=escape_markdown(receipt.verdict),
        table=[{
            "run": receipt.run_id, "files": receipt.files_in, "landed before": len(receipt.skipped), "files failed": len(receipt.failures),
            "records": receipt.records_in, "landed": receipt.landed, "set aside": receipt.quarantined, "repeats": receipt.duplicates,
            "batches": receipt.batches, "seconds": round(receipt.seconds, 1),
        }],
    )
    if not receipt.report:
        return
    page = Path(receipt.report)
    told = orjson.loads((page.parent / "report.json").read_bytes())
    broken = [check for check in told["checks"] if not check["success"]]
    create_table_artifact(
        key="ingest-checks",
        description=f"{len(broken)} of {len(told['checks'])} checks failed.",
        table=[
            {"check": f"{c['suite']}.{c['name']}", "severity": c["severity"], "failed": c["unexpected"], "of": c["evaluated"],
             "allowed": c["allowed"], "meaning": escape_markdown(c["meaning"])}
            for c in broken[:SHOWN_CHECKS]
        ],
    )
    create_markdown_artifact(key="ingest-report", markdown=write_markdown(receipt, told, broken))
    create_link_artifact(key="ingest-page", link=page.as_uri(), link_text="Data-quality report", description=escape_markdown(receipt.verdict))


def write_markdown(receipt: Receipt, told: Mapping[str, Any], broken: Sequence[Mapping[str, Any]]) -> str:
    """The run in short: verdict, conservation, what failed with its first rows, what could not be read."""
    weighed = told["conservation"]
    lines = [
        f"## {escape_markdown(receipt.verdict)}", "",
        f"{weighed['records_in']:,} records in = {weighed['landed']:,} landed + {weighed['quarantined']:,} quarantined + "
        f"{weighed['duplicates']:,} duplicates ({'conserved' if weighed['is_conserved'] else '**not conserved**'})", "",
        f"[Data-quality report]({Path(receipt.report).as_uri()})", "",
    ]
    for check in broken[:SHOWN_CHECKS]:
        name, meaning = escape_markdown(f"{check['suite']}.{check['name']}"), escape_markdown(check["meaning"])
        lines.append(f"- **{check['severity']}** {name}: {check['unexpected']:,} of {check['evaluated']:,}. {meaning}")
        rows = [row for row in told["failing"] if row["check"] == check["name"] and check["suite"] in (row["table"], "cross")]
        lines += [f"    - {escape_markdown(row['location'])}: {escape_markdown(row['detail'])}" for row in rows[:SHOWN_ROWS]]
    lines += [f"- **not read** {escape_markdown(failure.shown)}: {escape_markdown(failure.message)}" for failure in receipt.failures[:SHOWN_CHECKS]]
    return "\n".join(lines)


def run_flow(config: IngestConfig, *, is_quiet: bool = False) -> int:
    """Run the flow in this process, on the configured server or on Prefect's own, and return the exit code."""
    # Great Expectations takes seconds to import, and so does the server to start: let them do it side by side.
    Thread(target=load_gx, daemon=True).start()
    try:
        receipt = ingest_news(config, is_quiet=is_quiet)
    except RunFailed as failed:
        receipt = failed.receipt
    tell(receipt, is_quiet=is_quiet)
    return receipt.exit_code
