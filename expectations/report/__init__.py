"""The data-quality report of a run: one static page, and the same facts as JSON.

Everything on the page may come from outside, headlines above all: it is shown as text, escaped, with what cannot be seen made visible,
and each value isolated so that it cannot turn the direction of what stands around it. The page has no script and asks nobody for anything.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from expectations.verdict import Conservation, Summary, gather_checks, weigh_files
from warehouse.tables import SEVERITIES, Checks, Files, Quarantine, Rules, Runs

SHOWN_ROWS = 150
SHOWN_FILES = 200
SNIPPET = 300
DETAIL = 400
SHOWN_RULES = 20
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]")


class Timing(NamedTuple):
    """Time spent in one stage of a run, over all its batches."""

    stage: str
    seconds: float
    """Wall time, summed over workers."""
    cpu_seconds: float | None = None


class ReportData(NamedTuple):
    """What a report is made of: rows of the ledger, and timings."""

    run: Runs
    files: Sequence[Files]
    checks: Sequence[Checks]
    quarantine: Sequence[Quarantine]
    timings: Sequence[Timing] = ()
    rules: Sequence[Rules] = ()


class Firing(NamedTuple):
    """What a report says of the rules: those that fired most, and by file those that never did."""

    fired: int
    known: int
    most: Sequence[Rules]
    never: Sequence[tuple[str, int, Sequence[str]]]
    """File, how many rules it has, and which of them never fired."""


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


def render_report(data: ReportData) -> str:
    """The report as one HTML page of under two megabytes; `copydesk quarantine list` has the rows that it leaves out."""
    summaries = gather_checks(data.checks)
    paths = {f.file_id: f.path for f in data.files}
    return read_template().render(
        run=data.run, status=STATUSES.get(data.run.exit_code, FAILED), weighed=weigh_run(data), files=order_files(data.files)[:SHOWN_FILES],
        more_files=max(0, len(data.files) - SHOWN_FILES), broken=[s for s in summaries if not s.success], held=[s for s in summaries if s.success],
        tally=tally_checks(summaries), rows=[(locate_row(q, paths), q) for q in data.quarantine[:SHOWN_ROWS]],
        more_rows=max(0, data.run.quarantined - min(len(data.quarantine), SHOWN_ROWS)),
        reasons=Counter((q.reason, q.stage) for q in data.quarantine).most_common(), timings=data.timings,
        firing=sum_rules(data.rules), longest=max((t.seconds for t in data.timings), default=0.0), style=read_style(),
    )


def report_json(data: ReportData) -> dict[str, Any]:
    """The report's facts as plain JSON values: all files and checks, and every row set aside, its raw text cut."""
    weighed, paths = weigh_run(data), {f.file_id: f.path for f in data.files}
    return {
        "run": plain(data.run._asdict()),
        "conservation": {**weighed._asdict(), "missing": weighed.missing, "share_quarantined": weighed.share_quarantined},
        "files": [plain(f._asdict()) for f in data.files],
        "checks": [plain(s._asdict()) for s in gather_checks(data.checks)],
        "quarantine": [plain({**q._asdict(), "location": locate_row(q, paths), "raw": clip(q.raw, SNIPPET)}) for q in data.quarantine],
        "timings": [t._asdict() for t in data.timings],
        "rules": {r.rule: r.in_blocks + r.in_values for r in data.rules},
    }


def weigh_run(data: ReportData) -> Conservation:
    """The conservation equation of a run: the sums of its files, or those of the run itself when no file was read to its end."""
    if data.files:
        return weigh_files(data.files)
    run = data.run
    total = Conservation(run.records_in, run.landed, run.quarantined, run.duplicates, True)
    return total._replace(is_conserved=total.missing == 0)


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


def locate_row(row: Quarantine, paths: dict[str, str]) -> str:
    """Where a record stands: file, line and byte, as editors and `dd` understand them."""
    return f"{paths.get(row.file_id, row.file_id)}:{row.line}:{row.byte_start}"


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its instants as text.

    >>> plain({"started_at": dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.timezone.utc)})
    {'started_at': '2024-01-02T03:04:00+00:00'}
    """
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()}


def show(text: Any) -> Any:
    """Text from outside with what cannot be seen, or would turn the line round, spelled out.

    >>> show("Roe\\u202eeoR"), show(3)
    ('Roe⟨U+202E⟩eoR', 3)
    """
    if not isinstance(text, str) or isinstance(text, Markup):
        return text
    return UNSEEN.sub(lambda m: f"⟨U+{ord(m[0]):04X}⟩", text.replace("\r\n", "\n"))


def clip(text: str, most: int) -> str:
    """Text as it is shown, cut to length, saying how much is left out: what is spelled out may be long, so the cut comes after.

    >>> clip("LAGOS, Jan. 2", 5), clip("LAGOS", 5)
    ('LAGOS … 8 more characters', 'LAGOS')
    """
    shown = show(text[: most + 1])
    if len(text) <= most and len(shown) <= most:
        return str(shown)
    return f"{shown[:most]} … {len(text) - most:,} more characters" if len(text) > most else f"{shown[:most]} …"


def say_bytes(number: int) -> str:
    """A size as people say it.

    >>> say_bytes(999), say_bytes(1_480_000), say_bytes(2_000_000_000)
    ('999 B', '1.5 MB', '2.0 GB')
    """
    size = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"


def say_seconds(seconds: float) -> str:
    """A duration as people say it.

    >>> say_seconds(0.0421), say_seconds(12.34), say_seconds(3723)
    ('42 ms', '12.3 s', '62 min 3 s')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{int(seconds // 60):,} min {int(seconds % 60)} s"


@cache
def read_style() -> Markup:
    """The style sheet, which is ours and stands in the page as it is."""
    return Markup(files("expectations.report").joinpath("page.css").read_text("utf-8"))  # noqa: S704 - a file of this package


@cache
def read_template() -> Template:
    """The page, with escaping on and every value passed through `show`."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=show, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"clip": clip, "bytes": say_bytes, "seconds": say_seconds}
    environment.globals |= {"DETAIL": DETAIL, "SNIPPET": SNIPPET}
    return environment.from_string(files("expectations.report").joinpath("page.html").read_text("utf-8"))
