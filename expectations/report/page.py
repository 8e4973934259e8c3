"""The report as one HTML page: no script, nothing asked of anybody, under two megabytes whatever the run held."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from expectations.remedies import advise, suggest
from expectations.report.data import (
    HISTORY,
    Brief,
    Cause,
    Failing,
    ReportData,
    brief_run,
    count_causes,
    find_cause,
    find_drift,
    name_check,
    weigh_run,
)
from expectations.report.plots import Flow, Mark, draw_bar, draw_columns, draw_lineage, draw_spark, group_days
from expectations.report.profile import CHARACTERS, FIELDS, MEASURED, WORDS, Profile, count_sources, list_shared, list_values, rank_sources
from expectations.report.words import clip, say_bytes, say_count, say_limits, say_number, say_seconds, say_share, show
from expectations.verdict import Summary, gather_checks
from warehouse.tables import SEVERITIES, Files, Quarantine, Rules

MOST_BYTES = 1_900_000
DETAIL = 400
SNIPPET = 300
SHOWN_RULES = 20
SHOWN_REPEATS = 10
SHOWN_VALUES = 10
SHOWN_FIELDS = tuple(
    f for f in FIELDS if f not in ("source", "headline_tags", "dateline_date_basis", "published_at_basis", "word_count", "extra", "warnings")
)
"""Columns of the matrix: those that say how much was read of a source's articles."""
TICKED = re.compile("`([^`]{1,80})`")
ICONS = {"critical": ("bad", "✗"), "warning": ("warn", "!"), "info": ("quiet", "i")}
TONES = {True: ("good", "✓", "passed"), False: ("bad", "✗", "failed")}


class Limits(NamedTuple):
    """How much of a long list the page shows."""

    rows: int = 150
    groups: int = 30
    files: int = 200
    findings: int = 60
    examples: int = 3
    sources: int = 30
    checks: int = 3000

    def shrink(self) -> Limits:
        """Half of each."""
        return Limits(*(max(1, n // 2) for n in self))


class Status(NamedTuple):
    """An exit code as a reader sees it: never by colour alone."""

    tone: str
    icon: str
    word: str


STATUSES = {
    0: Status("good", "✓", "Passed"),
    1: Status("warn", "!", "Landed, needs a look"),
    3: Status("warn", "!", "Some files failed"),
}
FAILED = Status("bad", "✗", "Failed")


class Firing(NamedTuple):
    """What a report says of the rules: those that fired most, and by file those that never did."""

    fired: int
    known: int
    most: Sequence[Rules]
    never: Sequence[tuple[str, int, Sequence[str]]]
    """File, how many rules it has, and which of them never fired."""


class Line(NamedTuple):
    """A check as a line of the page."""

    number: int
    name: str
    check: Summary
    limits: str
    remedy: str
    spark: Markup
    examples: Sequence[Failing]


class Group(NamedTuple):
    """Records that were set aside for one cause, the first of them with their places."""

    reason: str
    expectation: str | None
    stage: str
    severity: str
    number: int
    remedy: str
    rows: Sequence[tuple[str, Quarantine]]


class Tile(NamedTuple):
    """A measure of the run beside the same of earlier runs."""

    what: str
    value: str
    spark: Markup
    before: str


def render_report(data: ReportData) -> str:
    """The report as one HTML page of under two megabytes; what it leaves out stands in files beside it and in the lake."""
    limits = Limits()
    context = lay_out(data)
    while True:
        page = read_template("page.html").render(limits=limits, **cut_lists(context, limits))
        if len(page) < MOST_BYTES // 4 or len(page.encode("utf-8", "replace")) <= MOST_BYTES or max(limits) == 1:
            return page
        limits = limits.shrink()


def lay_out(data: ReportData) -> dict[str, Any]:
    """What the page shows, before anything is cut."""
    now, profile = brief_run(data), data.profile
    paths = {f.file_id: f.path for f in data.files}
    lines = line_up(data)
    history = [*data.history.runs[-(HISTORY - 1):], now]
    return {
        "run": data.run, "status": STATUSES.get(data.run.exit_code, FAILED), "weighed": weigh_run(data), "style": read_style(),
        "files": order_files(data.files), "broken": [line for line in lines if not line.check.success],
        "held": sum(line.check.success for line in lines), "tally": tally_checks([line.check for line in lines]),
        "by_severity": [(severity, found) for severity in reversed(SEVERITIES) if (found := [x for x in lines if x.check.severity == severity])],
        "groups": group_aside(data, paths), "is_read": bool(data.run.records_in or data.files),
        "timings": sorted(data.timings, key=lambda t: -t.seconds), "longest": max((t.seconds for t in data.timings), default=0.0),
        "firing": sum_rules(data.rules), "tiles": set_tiles(history), "runs_back": len(history),
        "previous": history[-2].run_id if len(history) > 1 else None,
        "profile": profile, "sources": rank_sources(profile), "plots": plot_columns(profile), "rankings": rank_columns(profile),
        "spans": list_spans(profile),
        "drift": find_drift(now, data.history.columns), "known_sources": sum(s in data.history.columns for s in now.filled),
        "encodings": sum_encodings(data.files), "repairs": data.repairs, "repeats": sum_repeats(profile),
        "shared": list_shared(profile, SHOWN_REPEATS),
        "shared_total": sum(len(t.sources) > 1 for t in profile.texts.values()), "agencies": (agencies := rank_agencies(profile)),
        "agencies_top": max((n for _, n, _ in agencies), default=0), "unread": [f for f in data.files if f.status == "failed"],
        "lineage": draw_lineage(trace_records(data)), "downloads": data.downloads,
    }


def cut_lists(context: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """The same with its long lists cut, and how much each leaves out."""
    run, cut = context["run"], dict(context)
    for name, most in (("files", limits.files), ("broken", limits.findings), ("sources", limits.sources)):
        cut[name], cut[f"more_{name}"] = context[name][:most], max(0, len(context[name]) - most)
    groups = context["groups"][:limits.groups]
    room = limits.rows // max(1, len(groups))
    cut["groups"] = [group._replace(rows=group.rows[:room]) for group in groups]
    cut["more_rows"] = max(0, run.quarantined - sum(len(group.rows) for group in cut["groups"]))
    return cut


def group_aside(data: ReportData, paths: Mapping[str, str]) -> list[Group]:
    """The records that were set aside, by what is wrong with them."""
    rows: dict[Cause, list[tuple[str, Quarantine]]] = {}
    for row in data.quarantine:
        rows.setdefault(find_cause(row), []).append((locate_row(row, paths), row))
    return [Group(*cause, number, suggest(cause.reason, cause.expectation), rows.get(cause, ())) for cause, number in count_causes(data)]


def line_up(data: ReportData) -> list[Line]:
    """All checks as lines, failures first, each with the same check of earlier runs and its first failing rows."""
    found: dict[str, list[Failing]] = {}
    for row in data.failing:
        found.setdefault(row.check, []).append(row)
    lines, before = [], [brief.checks for brief in data.history.runs[-(HISTORY - 1):]]
    for number, check in enumerate(gather_checks(data.checks), 1):
        name = name_check(check)
        past = [checks.get(name) for checks in before]
        examples = [row for row in found.get(check.name, ()) if check.suite in (row.table, "cross")]
        limits = say_limits(getattr(check, "least", None), getattr(check, "most", None), getattr(check, "mostly", None))
        remedy = "" if check.success else advise(check.name)
        lines.append(Line(number, name, check, limits, remedy, draw_spark([*past, check.unexpected], "failing"), examples))
    return lines


def set_tiles(history: Sequence[Brief]) -> list[Tile]:
    """The run's main measures beside those of the runs before it."""
    now, before = history[-1], history[-2] if len(history) > 1 else None
    measures: list[tuple[str, list[float], Callable[[float], str]]] = [
        ("records in", [b.records_in for b in history], say_number),
        ("landed", [b.landed for b in history], say_number),
        ("set aside", [b.quarantined / b.records_in if b.records_in else 0.0 for b in history], lambda share: say_share(share, 1)),
        ("checks failed", [len(b.checks) - b.held for b in history], say_number),
        ("seconds", [round(b.seconds, 1) for b in history], say_number),
        ("records a second", [round(b.records_in / b.seconds) if b.seconds else 0 for b in history], say_number),
    ]
    return [
        Tile(what, say(values[-1]), draw_spark(values, what), f"{say(values[-2])} before" if before else "first run")
        for what, values, say in measures if now.records_in or what in ("records in", "seconds")
    ]


def sum_rules(rows: Sequence[Rules]) -> Firing:
    """The rules of a run, without those that stand for what no rule took."""
    rules = [row for row in rows if row.kind != "rest"]
    fired = sorted((row for row in rules if row.fired), key=lambda r: (-(r.in_blocks + r.in_values), r.rule))
    homes = sorted({row.home for row in rules})
    never = [(home, sum(r.home == home for r in rules), [r.rule for r in rules if r.home == home and not r.fired]) for home in homes]
    return Firing(len(fired), len(rules), fired[:SHOWN_RULES], [part for part in never if part[2]])


def order_files(rows: Sequence[Files]) -> list[Files]:
    """Files that failed or do not add up first, then those with rows set aside, else as they came."""
    return sorted(rows, key=lambda f: (f.status == "landed" and f.is_conserved, f.quarantined == 0))


def tally_checks(summaries: Sequence[Summary]) -> list[tuple[str, int, int]]:
    """For each severity, gravest first, how many checks failed and how many held."""
    return [
        (severity, sum(not s.success for s in summaries if s.severity == severity), sum(s.success for s in summaries if s.severity == severity))
        for severity in reversed(SEVERITIES)
    ]


def locate_row(row: Quarantine, paths: Mapping[str, str]) -> str:
    """Where a record stands: file, line and byte, as editors and `dd` understand them."""
    return f"{paths.get(row.file_id, row.file_id)}:{row.line}:{row.byte_start}"


def plot_columns(profile: Profile) -> list[tuple[str, str, Markup]]:
    """The plots of days and lengths: title, caption, drawing."""
    drawn: list[tuple[str, str, Markup]] = []
    for title, unit, bounds in (("Length of the body", "words", WORDS), ("Length of the headline", "characters", CHARACTERS)):
        marks = [Mark(str(least), profile.lengths.get((unit, least), 0)) for least in bounds]
        if any(m.number for m in marks):
            drawn.append((title, f"Articles by {unit}; each column begins at the number below it.", draw_columns(marks, f"Articles by {unit}")))
    if marks := group_days(profile.days):
        dated = sum(profile.days.values())
        said = f"{marks[0].label} to {marks[-1].label}; {dated:,} of {profile.articles:,} articles say when they were published."
        drawn.insert(0, ("Published", said, draw_columns(marks, "Articles by date of publication")))
    return drawn


def rank_columns(profile: Profile) -> list[tuple[str, str, Sequence[tuple[str, int, Markup]]]]:
    """The most frequent values of some columns: title, caption, values with their bars."""
    drawn: list[tuple[str, str, Sequence[tuple[str, int, Markup]]]] = []
    for title, name in (
        ("Languages", "language"), ("Countries of the datelines", "country"), ("Agencies of the datelines", "dateline_agency"),
        ("Agencies of the pictures", "photos.agencies"), ("Sections", "section"), ("Roles of people", "contributors.role"),
        ("What the dateline's year rests on", "dateline_date_basis"), ("What was doubtful", "warnings"),
    ):
        values = list_values(profile, name, SHOWN_VALUES + 1)
        if values:
            top = values[0][1]
            others = len({value for column, value in profile.values if column == name}) - SHOWN_VALUES
            said = f"The {SHOWN_VALUES} most frequent; {others:,} more." if others > 0 else ""
            drawn.append((title, said, [(value, n, draw_bar(n, top)) for value, n in values[:SHOWN_VALUES]]))
    return drawn


def list_spans(profile: Profile) -> list[tuple[str, int, str, Markup, tuple[int, int] | None]]:
    """For each column how many articles fill it, and its shortest and longest text."""
    full: Counter[str] = Counter()
    for (_, field), n in profile.filled.items():
        full[field] += n
    return [
        (field, full[field], say_share(full[field], profile.articles), draw_bar(full[field], profile.articles), profile.spans.get(field))
        for field in dict.fromkeys((*FIELDS, *MEASURED))
    ] if profile.articles else []


def sum_encodings(rows: Sequence[Files]) -> list[tuple[str, str, int, float | None]]:
    """Files by encoding and by what told it, with the least confidence."""
    found: dict[tuple[str, str], list[Files]] = {}
    for f in rows:
        if f.encoding and f.encoding != "binary":
            found.setdefault((f.encoding, f.encoding_basis or "not said"), []).append(f)
    told = [
        (encoding, basis, len(group), min((f.encoding_confidence for f in group if f.encoding_confidence is not None), default=None))
        for (encoding, basis), group in found.items()
    ]
    return sorted(told, key=lambda row: -row[2])[:30]


def sum_repeats(profile: Profile) -> tuple[dict[str, int], list[tuple[str, int]]]:
    """Repeats by kind, and the articles repeated most."""
    kinds: Counter[str] = Counter()
    again: Counter[str] = Counter()
    for (kind, article_id), n in profile.repeats.items():
        kinds[kind] += n
        again[article_id] += n
    return dict(kinds), again.most_common(SHOWN_REPEATS)


def rank_agencies(profile: Profile) -> list[tuple[str, int, int]]:
    """Agencies of datelines with their articles and sources, those in most sources first."""
    sources = count_sources(profile.agencies)
    articles: Counter[str] = Counter()
    for (agency, _), n in profile.agencies.items():
        articles[agency] += n
    return sorted(((a, articles[a], sources[a]) for a in articles), key=lambda row: (-row[2], -row[1], row[0]))[:SHOWN_VALUES]


def trace_records(data: ReportData) -> list[Flow]:
    """What became of each file's records: the largest files one by one, the others together."""
    read = sorted((f for f in data.files if f.records_in), key=lambda f: -f.records_in)
    named = read if len(read) <= 9 else read[:8]
    flows = [
        Flow(f.path, fate, n) for f in named for fate, n in (("landed", f.landed), ("set aside", f.quarantined), ("repeats", f.duplicates))
    ]
    if others := read[len(named):]:
        name = f"{len(others):,} other files"
        flows += [
            Flow(name, "landed", sum(f.landed for f in others)), Flow(name, "set aside", sum(f.quarantined for f in others)),
            Flow(name, "repeats", sum(f.duplicates for f in others)),
        ]
    return flows


def mark_code(text: str) -> Markup:
    """A sentence of ours with what stands in backticks as code, the rest escaped.

    >>> print(mark_code("Kept in `extra` & <b>"))
    Kept in <code>extra</code> &amp; &lt;b&gt;
    """
    return Markup(TICKED.sub(r"<code>\1</code>", str(escape(show(text)))))  # noqa: S704 - escaped


def break_name(text: str) -> Markup:
    """A name of ours, or text from outside, that may be broken behind an underscore.

    >>> print(break_name("cross.blocks_tile <b>"))
    cross.blocks_<wbr>tile &lt;b&gt;
    """
    return Markup(str(escape(show(text))).replace("_", "_<wbr>"))  # noqa: S704 - escaped


@cache
def read_style() -> Markup:
    """The style sheet, which is ours and stands in the page as it is."""
    return Markup(read_part("page.css"))  # noqa: S704 - a file of this package


def read_part(name: str) -> str:
    """A file of this package."""
    return files("expectations.report").joinpath(name).read_text("utf-8")


@cache
def set_environment() -> Environment:
    """Escaping on, and every value passed through `show`."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=show, trim_blocks=True, lstrip_blocks=True, loader=FunctionLoader(read_part),
    )
    environment.filters |= {
        "clip": clip, "bytes": say_bytes, "seconds": say_seconds, "number": say_number, "ticked": mark_code, "breakable": break_name,
    }
    environment.globals |= {
        "DETAIL": DETAIL, "SNIPPET": SNIPPET, "HISTORY": HISTORY, "SHOWN_FIELDS": SHOWN_FIELDS, "share": say_share, "count": say_count,
        "bar": draw_bar, "ICONS": ICONS,
    }
    return environment


@cache
def read_template(name: str) -> Template:
    """A page by its name."""
    return set_environment().get_template(name)
