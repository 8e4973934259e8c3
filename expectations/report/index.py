"""The index of runs: pages of a fixed number of runs, so that the last one costs as much however many there were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache

from markupsafe import Markup

from expectations.report.data import Brief
from expectations.report.page import FAILED, STATUSES, Status, read_style, read_template
from expectations.report.words import clip, say_seconds

ROW = Markup(
    '<tr role="row"><th scope="row" role="rowheader" class="nowrap"><a href="{run_id}/index.html">{when}</a><br><small>{run_id}</small></th>'
    '<td role="cell" class="words">{badge}<br><bdi>{verdict}</bdi></td>{numbers}</tr>'
)
NUMBER = '<td role="cell" class="num">{}</td>'


def render_index(runs: Sequence[Brief], *, older: str | None = None, newer: str | None = None) -> str:
    """A page of runs, the latest first. `older` and `newer` are the names of the pages beside it."""
    return read_template("index.html").render(lines=[draw_row(b) for b in reversed(runs)], older=older, newer=newer, style=read_style())


def draw_row(brief: Brief) -> Markup:
    """A run as a row of the index. Every page shows dozens of them, so they are no template's work."""
    numbers = [f"{n:,}" for n in (brief.records_in, brief.landed, brief.quarantined, brief.duplicates)]
    return ROW.format(
        run_id=clip(brief.run_id, 40), when=f"{dt.datetime.fromisoformat(brief.started_at):%-d %b %Y, %H:%M}",
        badge=draw_badge(STATUSES.get(brief.exit_code, FAILED)), verdict=clip(brief.verdict, 300),
        numbers=Markup("".join(map(NUMBER.format, (*numbers, say_seconds(brief.seconds))))),  # noqa: S704 - numbers of ours
    )


@cache
def draw_badge(status: Status) -> Markup:
    """The badge of a status."""
    return Markup(read_template("macros.html").module.badge(*status))  # type: ignore[attr-defined]  # noqa: S704 - drawn by a template of ours
