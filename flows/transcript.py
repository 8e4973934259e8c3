"""The failing rows of a run, as JSON Lines beside its report: what was set aside, and every row that failed a check."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import orjson

from expectations.batch import Failure
from warehouse.tables import Quarantine

SHOWN = 1000
"""Rows kept for the report's page."""


class Transcript:
    """Writes rows as batches are committed, so that a run's memory does not grow with what it sets aside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown: list[Quarantine] = []

    def write(self, quarantine: Iterable[Quarantine], failures: Iterable[Failure]) -> None:
        """Add a batch's rows to quarantine.jsonl and failures.jsonl. A file is made with its first row."""
        quarantine = tuple(quarantine)
        self.shown += quarantine[:SHOWN - len(self.shown)]
        self._append("quarantine.jsonl", quarantine)
        self._append("failures.jsonl", failures)

    def _append(self, name: str, rows: Iterable[Quarantine | Failure]) -> None:
        lines = [orjson.dumps(row._asdict(), option=orjson.OPT_APPEND_NEWLINE) for row in rows]
        if lines:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / name).open("ab") as file:
                file.writelines(lines)
