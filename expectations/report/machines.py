"""The report's facts for machines: JSON by a published schema, JUnit XML, Prometheus text, rows that a spreadsheet can open."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import orjson

from expectations.remedies import advise, suggest
from expectations.report.data import ReportData, brief_run, count_causes, find_drift, name_check, weigh_run
from expectations.report.page import locate_row
from expectations.report.profile import COUNTED, FIELDS, list_shared, list_values
from expectations.report.words import clip, plain, say_limits, show
from expectations.verdict import Summary, gather_checks

VERSION = 1
"""Raised when a reader of the JSON would have to change."""
SNIPPET = 300
VALUES = 50
ACTING = re.compile(r"[!-/:-@\[-`{-~]")
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell must not begin with, lest a spreadsheet take it for a formula."""


def report_json(data: ReportData) -> dict[str, Any]:
    """The report's facts as plain JSON values, after `report.schema.json`: all files and checks, the first rows set aside, their raw text cut."""
    weighed, paths, profile, brief = weigh_run(data), {f.file_id: f.path for f in data.files}, data.profile, brief_run(data)
    return {
        "format": "copydesk.report", "version": VERSION,
        "run": plain(data.run._asdict()),
        "conservation": {**weighed._asdict(), "missing": weighed.missing, "share_quarantined": weighed.share_quarantined},
        "files": [plain(f._asdict()) for f in data.files],
        "checks": [
            {**plain(s._asdict()), "allowed": say_limits(s.least, s.most, s.mostly), "remedy": advise(s.name)} for s in gather_checks(data.checks)
        ],
        "causes": [{**cause._asdict(), "records": n, "remedy": suggest(cause.reason, cause.expectation)} for cause, n in count_causes(data)],
        "quarantine": [
            plain({**q._asdict(), "location": locate_row(q, paths), "raw": clip(q.raw, SNIPPET), "remedy": suggest(q.reason, q.expectation)})
            for q in data.quarantine
        ],
        "failing": [{**row._asdict(), "location": row.location} for row in data.failing],
        "timings": [t._asdict() for t in data.timings],
        "rules": {r.rule: r.in_blocks + r.in_values for r in data.rules},
        "tables": dict(profile.rows),
        "sources": {
            source: {"articles": n, "filled": {field: profile.filled.get((source, field), 0) for field in FIELDS}}
            for source, n in profile.by_source.items()
        },
        "values": {name: dict(list_values(profile, name, VALUES)) for name in (*COUNTED, "warnings", "photos.agencies", "contributors.role")},
        "drift": [d._asdict() for d in find_drift(brief, data.history.columns)],
        "repairs": [r._asdict() for r in data.repairs],
        "shared_texts": [t._asdict() for t in list_shared(profile, VALUES)],
        "downloads": [d._asdict() for d in data.downloads],
        "brief": brief._asdict(),
    }


def print_json(value: Any, *, is_indented: bool = False) -> bytes:
    """JSON in UTF-8, with a line feed at its end; a lone half of a character, which UTF-8 can't hold, is left escaped.

    >>> print_json({"name": "José\\ud800"})
    b'{"name": "Jos\\\\u00e9\\\\ud800"}\\n'
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if is_indented else 0))
    except orjson.JSONEncodeError:
        return json.dumps(value, indent=2 if is_indented else None).encode("ascii") + b"\n"


def render_junit(data: ReportData) -> str:
    """One test case a check, and one that records are conserved. A critical failure is a failure, any other is skipped with what was found."""
    run, weighed = data.run, weigh_run(data)
    suites: dict[str, list[Summary]] = {}
    for check in gather_checks(data.checks):
        suites.setdefault(check.suite, []).append(check)
    cases = {suite: [junit_case(check) for check in found] for suite, found in suites.items()}
    said = f"{weighed.records_in} in, {weighed.landed} landed, {weighed.quarantined} quarantined, {weighed.duplicates} duplicates"
    kept = "" if weighed.is_conserved else f"<failure type=\"critical\" message={attribute(said)}/>"
    cases["ledger"] = [f"<testcase classname=\"ledger\" name=\"conservation\">{kept}</testcase>"]
    if data.files:
        cases["files"] = [
            f"<testcase classname=\"files\" name={attribute(f.path)}>"
            + (f"<error type=\"unreadable\" message={attribute(f.message or 'could not be read')}/>" if f.status == "failed" else "") + "</testcase>"
            for f in data.files
        ] + cases.get("files", [])
    every = [case for found in cases.values() for case in found]
    return "\n".join((
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites name={attribute(f'copydesk {run.run_id}')} {count_cases(every)} time=\"{run.seconds:.3f}\">",
        *(line for suite, found in cases.items() for line in junit_suite(suite, found, run.started_at.isoformat())),
        "</testsuites>", "",
    ))


def junit_suite(suite: str, cases: Sequence[str], started: str) -> Iterator[str]:
    """A suite with its cases."""
    yield f"  <testsuite name={attribute(suite)} {count_cases(cases)} timestamp={attribute(started)}>"
    yield from (f"    {case}" for case in cases)
    yield "  </testsuite>"


def count_cases(cases: Sequence[str]) -> str:
    """The counts that a suite states of its cases."""
    failures, errors, skipped = (sum(f"><{tag} " in case for case in cases) for tag in ("failure", "error", "skipped"))
    return f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{skipped}"'


def junit_case(check: Summary) -> str:
    """A check as a test case."""
    found = ""
    if not check.success:
        message = attribute(f"{check.severity}: {check.unexpected:,} of {check.evaluated:,} {check.unit or 'rows'} fail. {check.meaning}")
        detail = escape(f"{spell(check.detail or '', 2000)}\n{advise(check.name)}".strip())
        found = f"<skipped message={message}>{detail}</skipped>"
        if check.severity == "critical":
            found = f"<failure type=\"critical\" message={message}>{detail}</failure>"
    return f"<testcase classname={attribute(check.suite)} name={attribute(check.name)}>{found}</testcase>"


def attribute(text: str) -> str:
    """A quoted attribute of XML, with what XML can't hold spelled out.

    >>> attribute('a "b" <c> \\x07')
    '\\'a "b" &lt;c&gt; ⟨U+0007⟩\\''
    """
    return quoteattr(spell(text, 500))


def spell(text: str, most: int) -> str:
    """Text cut to length, with what XML can't hold spelled out."""
    return clip(text, most).replace("\ufffe", "⟨U+FFFE⟩").replace("\uffff", "⟨U+FFFF⟩")


def render_metrics(data: ReportData) -> str:
    """The run as Prometheus text, as a textfile collector reads it: gauges of the latest run."""
    run, weighed = data.run, weigh_run(data)
    checks = gather_checks(data.checks)
    parts: list[tuple[str, str, Iterable[tuple[Mapping[str, str], float]]]] = [
        ("run_info", "The run that these numbers are of.", [({"run": run.run_id, "parser": run.parser_version}, 1)]),
        ("run_exit_code", "Exit code of the run.", [({}, run.exit_code)]),
        ("run_started_timestamp_seconds", "When the run started.", [({}, run.started_at.timestamp())]),
        ("run_finished_timestamp_seconds", "When the run finished.", [({}, run.finished_at.timestamp())]),
        ("run_duration_seconds", "Wall time of the run.", [({}, run.seconds)]),
        ("run_read_bytes", "Bytes read.", [({}, run.bytes_in)]),
        ("run_conserved", "1 when records in = landed + quarantined + duplicates.", [({}, int(weighed.is_conserved))]),
        ("run_records", "Records by what became of them.", [
            ({"fate": "in"}, weighed.records_in), ({"fate": "landed"}, weighed.landed), ({"fate": "quarantined"}, weighed.quarantined),
            ({"fate": "duplicate"}, weighed.duplicates),
        ]),
        ("run_files", "Files by what became of them.", [
            ({"fate": "found"}, run.files_in), ({"fate": "skipped"}, run.files_skipped), ({"fate": "failed"}, run.files_failed),
        ]),
        ("run_articles", "Articles landed by source.", [({"source": source}, n) for source, n in sorted(data.profile.by_source.items())[:500]]),
        ("stage_seconds", "Time in each stage, over all workers.", [({"stage": t.stage}, t.seconds) for t in data.timings]),
        ("check_success", "1 when the check held.", [(label_check(c), int(c.success)) for c in checks]),
        ("check_unexpected", "What failed the check.", [(label_check(c), c.unexpected) for c in checks]),
        ("check_evaluated", "What the check looked at.", [(label_check(c), c.evaluated) for c in checks]),
    ]
    lines = []
    for name, meaning, samples in parts:
        lines += [f"# HELP copydesk_{name} {meaning}", f"# TYPE copydesk_{name} gauge"]
        lines += [f"copydesk_{name}{write_labels(labels)} {number!r}" for labels, number in samples]
    return "\n".join(lines) + "\n"


def label_check(check: Summary) -> dict[str, str]:
    """The labels of a check."""
    return {"check": name_check(check), "severity": check.severity}


def write_labels(labels: Mapping[str, str]) -> str:
    """Labels as Prometheus writes them.

    >>> write_labels({"source": 'The "Post"'}), write_labels({})
    ('{source="The \\\\"Post\\\\""}', '')
    """
    said = ",".join(f'{name}="{show(value).translate(ESCAPES)}"' for name, value in labels.items())
    return f"{{{said}}}" if said else ""


def escape_markdown(text: str, most: int = 400) -> str:
    """Text from outside as markdown that shows it: one line, every sign that could act led by a backslash or written as an entity.

    >>> escape_markdown("*Roe* <b>[x](http://example.org)</b>")
    '\\\\*Roe\\\\* &lt;b&gt;\\\\[x\\\\]\\\\(http\\\\:\\\\/\\\\/example\\\\.org\\\\)&lt;\\\\/b&gt;'
    """
    line = " ".join(clip(text, most).split())
    return ACTING.sub(lambda m: ENTITIES.get(m[0], f"\\{m[0]}"), line)


def guard_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula: text that begins as one is led by an apostrophe.

    >>> guard_cell("=1+1"), guard_cell("Lagos"), guard_cell(-3)
    ("'=1+1", 'Lagos', -3)
    """
    if not isinstance(value, str):
        return value
    text = value.encode("utf-8", "replace").decode("utf-8") if not value.isascii() else value
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip(" \u00a0").startswith(FORMULA) else text


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, header: bool) -> str:
    """Rows as formula-safe CSV.

    >>> write_rows(["id", "text"], [(1, "@now")], header=True)
    "id,text\\r\\n1,'@now\\r\\n"
    """
    out = io.StringIO()
    writer = csv.writer(out)
    if header:
        writer.writerow(columns)
    writer.writerows([[guard_cell(value) for value in row] for row in rows])
    return out.getvalue()
