"""Where reports lie in a lake, and what a report knows of the runs before it.

    reports/  index.html  runs-00001.html ...  latest -> <run>  recent.json  runs.json  SHA256SUMS
              <run>/  index.html  report.json  report.schema.json  junit.xml  metrics.prom  quarantine.csv  failures.csv ...  SHA256SUMS

What earlier runs came to is kept in two small files of bounded size, so that a report costs as much however many runs there were. Both can be
made again from the reports themselves, and are, when they are missing or damaged.
"""

from __future__ import annotations

import os
import shutil
from functools import reduce
from pathlib import Path
from typing import Any

import orjson

from expectations.report import (
    HISTORY,
    Brief,
    Columns,
    Download,
    History,
    ReportData,
    add_run,
    brief_run,
    print_json,
    read_brief,
    read_part,
    render_index,
    render_junit,
    render_metrics,
    render_report,
    report_json,
)
from warehouse.seal import put_files, seal_folder

PAGE = 25
"""Runs on a page of the index; the newest page has up to twice as many, less one."""
RECENT = "recent.json"
RUNS = "runs.json"
BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What reading a file of ours may raise when somebody else has written it."""


def write_report(data: ReportData, folder: Path) -> Path:
    """Write the page of a run and the same for machines, each whole or not at all, and return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    machines = {
        "report.json": print_json(report_json(data), is_indented=True),
        "report.schema.json": read_part("report.schema.json").encode("utf-8"),
        "junit.xml": render_junit(data).encode("utf-8"), "metrics.prom": render_metrics(data).encode("utf-8"),
    }
    for name, content in machines.items():
        write_whole(folder / name, content)
    downloads = [*data.downloads, *(Download(name, 0, len(content)) for name, content in machines.items())]
    page = folder / "index.html"
    write_whole(page, render_report(data._replace(downloads=downloads)).encode("utf-8"))
    seal_folder(folder)
    return page


def write_whole(path: Path, content: bytes) -> None:
    """Write beside and rename: a reader sees the old file or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(content)
    aside.replace(path)


def read_history(reports: Path) -> History:
    """What is known of the last runs: from the file that is kept for it, else from their reports."""
    try:
        told = orjson.loads((reports / RECENT).read_bytes())
        columns = {source: Columns(known["since"], known["filled"], known["extra"]) for source, known in told["columns"].items()}
        return History([read_brief(brief) for brief in told["runs"]], columns)
    except BROKEN:
        return reduce(add_run, gather_briefs(reports, HISTORY), History())


def gather_briefs(reports: Path, most: int | None = None) -> list[Brief]:
    """Briefs out of the reports of the latest runs; those of releases that wrote none are left out."""
    folders = sorted(entry.name for entry in os.scandir(reports) if entry.is_dir(follow_symlinks=False))
    found = []
    for name in folders[-most:] if most else folders:
        try:
            found.append(read_brief(orjson.loads((reports / name / "report.json").read_bytes())["brief"]))
        except BROKEN:
            continue
    return found


def publish_run(reports: Path, data: ReportData, history: History) -> None:
    """Make a run that is on record the latest one, and enter it in the history and in the index."""
    brief = brief_run(data)
    kept = add_run(history, brief)
    columns = {source: known._asdict() for source, known in kept.columns.items()}
    recent = print_json({"runs": [b._asdict() for b in kept.runs], "columns": columns})
    put_files(reports, {RECENT: recent, **enter_run(reports, brief)})
    aside = reports / f".latest-{brief.run_id}"
    aside.unlink(missing_ok=True)
    aside.symlink_to(brief.run_id, target_is_directory=True)
    latest = reports / "latest"
    if latest.is_dir() and not latest.is_symlink():
        shutil.rmtree(latest)  # the lake was copied by a tool that follows links: the report itself lies under its run's name
    aside.replace(latest)


def enter_run(reports: Path, brief: Brief) -> dict[str, bytes]:
    """The index with one run more. When its page has twice as many runs as a page holds, the older half becomes a page of its own, for good."""
    pages, runs = read_runs(reports, brief.run_id)
    runs.append(shorten(brief))
    fresh = {}
    while len(runs) >= 2 * PAGE:
        pages += 1
        older = name_page(pages - 1) if pages > 1 else None
        fresh[name_page(pages)] = render_index(runs[:PAGE], older=older, newer="index.html").encode("utf-8")
        runs = runs[PAGE:]
    fresh["index.html"] = render_index(runs, older=name_page(pages) if pages else None).encode("utf-8")
    fresh[RUNS] = print_json({"pages": pages, "runs": [b._asdict() for b in runs]})
    return fresh


def read_runs(reports: Path, run_id: str) -> tuple[int, list[Brief]]:
    """How many pages are full, and the runs that are not on them; without the given one."""
    try:
        told: dict[str, Any] = orjson.loads((reports / RUNS).read_bytes())
        pages, runs = int(told["pages"]), [read_brief(b) for b in told["runs"]]
    except BROKEN:
        pages, runs = 0, [shorten(b) for b in gather_briefs(reports)]
    return pages, [b for b in runs if b.run_id != run_id]


def shorten(brief: Brief) -> Brief:
    """What the index needs of a run."""
    return brief._replace(checks={}, filled={}, extra={})


def name_page(number: int) -> str:
    """The name of a full page of the index.

    >>> name_page(3)
    'runs-00003.html'
    """
    return f"runs-{number:05}.html"
