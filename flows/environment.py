"""Prefect's settings, chosen before it is imported: enough time to start, nothing sent home, no server logs on the terminal.

Whatever the environment says already is left as it is. Run history goes where Prefect keeps it (PREFECT_HOME, by default ~/.prefect), so that
`prefect server start` shows the runs afterwards; only where that can't be written does it go to a temporary folder.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

DEFAULTS = {
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "DO_NOT_TRACK": "1",
}


def prepare_prefect() -> None:
    """Fill in what the environment leaves open. Call it before Prefect is imported."""
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    if "PREFECT_HOME" not in os.environ and not _can_write_home():
        os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="copydesk-prefect-")


def _can_write_home() -> bool:
    try:
        home = Path("~/.prefect").expanduser()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.access(home, os.W_OK | os.X_OK)
    except (OSError, RuntimeError):
        return False


def has_api() -> bool:
    """Whether the environment or Prefect's profile names a Prefect server."""
    from prefect.settings import PREFECT_API_URL

    return bool(PREFECT_API_URL.value())
