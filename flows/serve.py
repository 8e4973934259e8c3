"""Stay in one process and ingest an inbox on a schedule, without a worker or a work pool."""

from __future__ import annotations

import warnings

from flows.problems import Problem
from flows.progress import say
from flows.settings import IngestConfig

NO_SERVER = """serve needs a Prefect server that keeps the schedule, and none is configured. In another terminal:
    prefect server start
and here:
    export PREFECT_API_URL=http://127.0.0.1:4200/api
then run this command again. To ingest once, without a server: copydesk ingest --direct"""


def check_cron(cron: str) -> None:
    """Raise a Problem when a cron line can't be scheduled."""
    from prefect.client.schemas.schedules import CronSchedule
    from pydantic import ValidationError

    try:
        CronSchedule(cron=cron)
    except ValidationError as error:
        said = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise Problem(f"--cron {cron!r}: {said}; write five fields, such as '*/5 * * * *'") from None


def serve_inbox(config: IngestConfig, cron: str) -> int:
    """Register the deployment `ingest-news/inbox` and run it whenever its schedule says so, one run at a time, until stopped."""
    from flows.environment import has_api, prepare_prefect

    prepare_prefect()
    check_cron(cron)
    if not has_api():
        raise Problem(NO_SERVER)
    from prefect.types.entrypoint import EntrypointType

    from flows.orchestrate import ingest_news

    # Prefect's runner warns of its own unawaited coroutine when it is stopped by a signal.
    warnings.filterwarnings("ignore", "coroutine 'Runner.astop' was never awaited", RuntimeWarning)
    say(f"serving {', '.join(config.paths)} into {config.lake} at {cron} (UTC); stop with Ctrl-C")
    ingest_news.serve(
        name="inbox", cron=cron, parameters={"config": config.model_dump(mode="json")}, tags=["copydesk", "news"], limit=1,
        description=f"Ingest {', '.join(config.paths)} into {config.lake}.", print_starting_message=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    return 0
