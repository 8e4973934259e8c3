"""The index of runs: pages of a fixed number of runs, so that the last one costs as much however many there were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from expectations.report.data import Brief
from expectations.report.page import FAILED, STATUSES, read_style, read_template


def render_index(runs: Sequence[Brief], *, older: str | None = None, newer: str | None = None) -> str:
    """A page of runs, the latest first. `older` and `newer` are the names of the pages beside it."""
    lines = [(brief, STATUSES.get(brief.exit_code, FAILED), dt.datetime.fromisoformat(brief.started_at)) for brief in reversed(runs)]
    return read_template("index.html").render(lines=lines, older=older, newer=newer, style=read_style())
