"""The data-quality report of a run: one static page, the same facts for machines, and an index of runs.

Everything on the page may come from outside, headlines above all: it is shown as text, escaped, with what cannot be seen made visible,
and each value isolated so that it cannot turn the direction of what stands around it. The page has no script and asks nobody for anything.
"""

from __future__ import annotations

from expectations.report.data import (
    HISTORY,
    Brief,
    Cause,
    Columns,
    Download,
    Failing,
    History,
    Repair,
    ReportData,
    Timing,
    add_run,
    brief_run,
    find_cause,
    read_brief,
)
from expectations.report.index import render_index
from expectations.report.machines import escape_markdown, guard_cell, print_json, render_junit, render_metrics, report_json, write_rows
from expectations.report.page import read_part, read_style, render_report
from expectations.report.profile import FIELDS, READ, Profile, add_profiles, profile_batch
from expectations.report.words import clip, show

__all__ = [
    "FIELDS", "HISTORY", "READ", "Brief", "Cause", "Columns", "Download", "Failing", "History", "Profile", "Repair", "ReportData", "Timing",
    "add_profiles", "add_run", "brief_run", "clip", "escape_markdown", "find_cause", "guard_cell", "print_json", "profile_batch", "read_brief",
    "read_part", "read_style", "render_index", "render_junit", "render_metrics", "render_report", "report_json", "show", "write_rows",
]
