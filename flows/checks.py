"""The checks as people ask for them: a list, and suites to take elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from shutil import get_terminal_size

from expectations.remedies import advise
from expectations.suites import list_measured, write_suites
from flows.problems import ExitCode
from flows.progress import say
from warehouse.render import Format, write_csv, write_json, write_markdown, write_table

COLUMNS = ("suite", "name", "severity", "least", "most", "mostly", "meaning", "why", "what_to_do")
TYPES = ("VARCHAR", "VARCHAR", "VARCHAR", "DOUBLE", "DOUBLE", "DOUBLE", "VARCHAR", "VARCHAR", "VARCHAR")


def export_suites(folder: Path) -> int:
    """Write all suites as JSON, and name them."""
    for path in write_suites(folder):
        sys.stdout.write(f"{path}\n")
    say("those named as a table run on its Parquet files: pandas.read_parquet, then batch.validate(suite)")
    return ExitCode.LANDED


def list_checks(layout: Format) -> int:
    """Print the hand-written checks."""
    rows = [
        (suite, c.name, c.severity, c.least, c.most, c.mostly if c.mostly < 1 else None, c.meaning, c.why or None, advise(c.name))
        for suite, checks in list_measured().items() for c in checks
    ]
    if layout == "csv":
        write_csv(COLUMNS, rows, sys.stdout)
    elif layout == "markdown":
        write_markdown(COLUMNS, TYPES, rows, sys.stdout)
    elif layout == "table":
        write_table(COLUMNS, TYPES, rows, sys.stdout, get_terminal_size().columns if sys.stdout.isatty() else None)
    else:
        write_json(COLUMNS, rows, sys.stdout, as_lines=layout == "jsonl")
    return ExitCode.LANDED
