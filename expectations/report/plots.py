"""Small plots as inline SVG, each with its text equivalent. What they are given is numbers and words of ours or text from outside: all is escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup, escape

from expectations.report.words import clip, say_number

STEP = 4
"""Width of one run in a sparkline."""
RUNS = 30
HEIGHT = 20


class Mark(NamedTuple):
    """One column of a plot."""

    label: str
    number: int


def draw_spark(values: Sequence[float | None], what: str) -> Markup:
    """One bar a run, oldest first, the last one this run's; a run without the measure is a gap, and zero a dash on the ground.

    >>> print(str(draw_spark([0, None, 3], "failing")).replace("><", ">\\n<"))
    <svg class="spark" viewBox="0 0 120 20" role="img" aria-label="failing in the last 3 runs: 0 to 3, now 3">
    <path d="M109 19h3v1h-3z"/>
    <path class="now" d="M117 20v-18h3v18z"/>
    </svg>
    """
    return _draw_spark(tuple(values[-RUNS:]), what)


@lru_cache(maxsize=4096)
def _draw_spark(values: tuple[float | None, ...], what: str) -> Markup:
    known = [v for v in values if v is not None]
    if not known:
        return Markup('<span class="quietly">not measured</span>')
    top = max(known)
    start = STEP * (RUNS - len(values)) + 1
    paths = ["", ""]
    for place, value in enumerate(values):
        if value is None:
            continue
        x = start + STEP * place
        is_last = place == len(values) - 1
        if value <= 0 or not top:
            paths[is_last] += f"M{x} {HEIGHT - 1}h3v1h-3z"
        else:
            tall = f"{max(2.0, (HEIGHT - 2) * value / top):.3g}"
            paths[is_last] += f"M{x} {HEIGHT}v-{tall}h3v{tall}z"
    label = f"{what} in the last {len(values)} runs: {say_number(min(known))} to {say_number(top)}, now "
    label += say_number(values[-1]) if values[-1] is not None else "not measured"
    if len(values) == 1:
        label = f"{what}: {say_number(top)}, no earlier run"
    before = f'<path d="{paths[0]}"/>' if paths[0] else ""
    now = f'<path class="now" d="{paths[1]}"/>' if paths[1] else ""
    return Markup(f'<svg class="spark" viewBox="0 0 {STEP * RUNS} {HEIGHT}" role="img" aria-label="{escape(label)}">{before}{now}</svg>')  # noqa: S704 - numbers of ours


def draw_bar(part: float, whole: float) -> Markup:
    """A level bar; the number that it draws stands beside it, so it says nothing itself.

    >>> print(draw_bar(1, 4).split("/>")[1])
    <path d="M0 0h25v8H0z"
    """
    share = min(100.0, 100 * part / whole) if whole else 0.0
    drawn = f'<path d="M0 0h{max(0.6, share):.3g}v8H0z"/>' if share else ""
    return Markup(  # noqa: S704 - numbers of ours
        f'<svg class="level" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><path class="ground" d="M0 0h100v8H0z"/>{drawn}</svg>'
    )


def draw_columns(marks: Sequence[Mark], what: str) -> Markup:
    """Upright columns over a named axis, with the highest and every number said in the label.

    >>> "1 at 0" in draw_columns([Mark("0", 1), Mark("50", 3)], "Words")
    True
    """
    width, tall, left = 320, 120, 2
    top = max((m.number for m in marks), default=0)
    if not top:
        return Markup('<p class="calm">Nothing to draw.</p>')
    step = (width - 2 * left) / len(marks)
    gap = min(3.0, step / 5)
    parts = [f'<path class="axis" d="M{left} {tall}H{width - left}"/>']
    columns, labels = "", []
    every = max(1, -(-len(marks) // (4 if len(marks[0].label) > 4 else 6)))
    for place, mark in enumerate(marks):
        x = left + place * step
        if mark.number:
            high = max(1.5, (tall - 22) * mark.number / top)
            columns += f"M{x + gap / 2:.4g} {tall}v-{high:.4g}h{step - gap:.4g}v{high:.4g}z"
        if mark.number == top:
            parts.append(f'<text x="{min(width - 30, max(30, x + step / 2)):.4g}" y="{14}" text-anchor="middle" class="peak">{top:,}</text>')
            top = -1
        if place % every == 0:
            labels.append(f'<text x="{x + gap / 2:.4g}" y="{tall + 17}">{escape(clip(mark.label, 20))}</text>')
    parts.append(f'<path class="fill" d="{columns}"/>')
    said = ", ".join(f"{m.number:,} at {m.label}" for m in marks[:60] if m.number)
    label, drawn = escape(clip(f"{what}: {said}", 1200)), "".join((*parts, *labels))
    return Markup(  # noqa: S704 - labels escaped above
        f'<svg class="plot" viewBox="0 0 {width} {tall + 26}" role="img" aria-label="{label}">{drawn}</svg>'
    )


def group_days(days: Mapping[int, int]) -> list[Mark]:
    """Days of publication as at most 60 columns: days, months, years or decades, whichever is the finest that fits, empty ones included.

    >>> [m.label for m in group_days({19723: 1, 19726: 2})], [m.label for m in group_days({19723: 1, 20100: 2})][:2]
    (['1 Jan 2024', '2 Jan 2024', '3 Jan 2024', '4 Jan 2024'], ['Jan 2024', 'Feb 2024'])
    """
    if not days:
        return []
    first, last = min(days), max(days)
    least, most = read_day(first), read_day(last)
    if last - first < 60:
        return [Mark(f"{read_day(day):%-d %b %Y}", days.get(day, 0)) for day in range(first, last + 1)]
    months = (most.year - least.year) * 12 + most.month - least.month + 1
    size = 1 if months <= 60 else 12 if most.year - least.year < 60 else 120
    bins: dict[int, int] = {}
    for day, n in days.items():
        date = read_day(day)
        key = (date.year * 12 + date.month - 1) // size
        bins[key] = bins.get(key, 0) + n
    keys = range(min(bins), max(bins) + 1)
    return [Mark(f"{dt.date(key // 12, key % 12 + 1, 1):%b %Y}" if size == 1 else str(key * size // 12), bins.get(key, 0)) for key in keys[-60:]]


def read_day(day: int) -> dt.date:
    """The date of a day since 1970, at most that of the last year."""
    return dt.date.fromordinal(min(dt.date.max.toordinal(), max(1, day + 719_163)))


class Flow(NamedTuple):
    """One ribbon of the lineage: so many records from one node to another."""

    source: str
    target: str
    number: int


def draw_lineage(flows: Sequence[Flow]) -> Markup:
    """Files at the left, what became of their records at the right, joined by ribbons as thick as their records are many.

    >>> "12 records from a.txt landed" in draw_lineage([Flow("a.txt", "landed", 12)])
    True
    """
    flows = [f for f in flows if f.number > 0]
    total = sum(f.number for f in flows)
    if not total:
        return Markup('<p class="calm">No record came in.</p>')
    left, right = list(dict.fromkeys(f.source for f in flows)), list(dict.fromkeys(f.target for f in flows))
    rows = max(len(left), len(right))
    tall = max(90, 30 * rows)
    ends = (290, 520)
    at = [_stack(flows, names, side, tall, total) for side, names in enumerate((left, right))]
    thick = (tall - 14 * (rows - 1)) / total if tall > 14 * rows else tall / (2 * total)
    taken = [dict.fromkeys(left, 0.0), dict.fromkeys(right, 0.0)]
    parts = []
    for flow in flows:
        y = [at[side][name] + taken[side][name] for side, name in enumerate((flow.source, flow.target))]
        size = max(0.8, flow.number * thick)
        taken[0][flow.source] += flow.number * thick
        taken[1][flow.target] += flow.number * thick
        middle = sum(ends) / 2
        over = f"M{ends[0]} {y[0]:.4g}C{middle} {y[0]:.4g} {middle} {y[1]:.4g} {ends[1]} {y[1]:.4g}v{size:.4g}"
        under = f"C{middle} {y[1] + size:.4g} {middle} {y[0] + size:.4g} {ends[0]} {y[0] + size:.4g}z"
        parts.append(f'<path class="to-{escape(flow.target.split()[0])}" d="{over}{under}"/>')
    for side, names in enumerate((left, right)):
        for name in names:
            number = sum(f.number for f in flows if (f.source, f.target)[side] == name)
            y0, size = at[side][name], max(1.5, number * thick)
            x = ends[side] - 5 if side == 0 else ends[side]
            parts.append(f'<path class="node" d="M{x} {y0:.4g}h5v{size:.4g}h-5z"/>')
            tx, anchor = (ends[0] - 14, "end") if side == 0 else (ends[1] + 14, "start")
            parts.append(
                f'<text x="{tx}" y="{y0 + size / 2 + 4.5:.4g}" text-anchor="{anchor}"><tspan class="strong">{number:,}</tspan>'
                f"  {escape(clip(name if len(name) <= 28 else '…' + name[-27:], 40))}</text>"
            )
    said = "; ".join(f"{f.number:,} {'record' if f.number == 1 else 'records'} from {f.source} {f.target}" for f in flows[:60])
    return Markup(  # noqa: S704 - names escaped above and below
        f'<svg class="lineage" viewBox="0 -6 720 {tall + 12}" role="img" aria-label="{escape(clip(said, 2000))}">{"".join(parts)}</svg>'
    )


def _stack(flows: Sequence[Flow], names: Sequence[str], side: int, tall: float, total: int) -> dict[str, float]:
    """Where each node of one side begins, the nodes spread over the height."""
    rows = max(len({f.source for f in flows}), len({f.target for f in flows}))
    thick = (tall - 14 * (rows - 1)) / total if tall > 14 * rows else tall / (2 * total)
    gap = (tall - thick * total) / max(1, len(names) - 1) if len(names) > 1 else 0.0
    gap = min(gap, 60.0)
    spare = (tall - thick * total - gap * (len(names) - 1)) / 2
    found, y = {}, max(0.0, spare)
    for name in names:
        found[name] = y
        y += thick * sum(f.number for f in flows if (f.source, f.target)[side] == name) + gap
    return found
