"""Work spread over processes: the same lake, and a killed worker is an answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flows.problems import ExitCode, Problem
from flows.runners import Processes
from warehouse.sql import run_sql

ROOT = Path(__file__).parents[2]


def dump(lake: Path) -> list[list[str]]:
    """Rows of the tables that a run fills, sorted."""
    rows = []
    for name in ("articles", "blocks", "contributors", "quarantine", "duplicates"):
        with run_sql(lake, f"SELECT * FROM landed.{name} ORDER BY ALL") as result:
            rows.append([repr(row) for row in result.rows()])
    return rows


def test_two_workers_land_what_one_lands(tmp_path: Path) -> None:
    """Batch by batch, with repeats and versions across batches. Run from outside: workers import the program afresh."""
    box = tmp_path / "box"
    box.mkdir()
    lines = [f'{{"id": "w{n % 40}", "document": "Owl {n % 40}\\n\\nIt was counted {n % 60} times."}}\n' for n in range(150)]
    (box / "wire.jsonl").write_text("".join(lines), "utf-8")
    for workers in ("1", "2"):
        command = [sys.executable, "-c", "from flows.cli import main; main()", "ingest", "--direct", "--batch-bytes", "9000", "--workers", workers,
                   "--lake", str(tmp_path / f"{workers}.lake"), str(box)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == ExitCode.LANDED, done.stderr
    one, two = dump(tmp_path / "1.lake"), dump(tmp_path / "2.lake")
    assert one == two
    assert len(one[0]) > 60
    assert one[4]


def test_a_killed_worker_is_an_answer_and_no_bug() -> None:
    """What was committed stays; the message says what to try."""
    with Processes(1) as pool, pytest.raises(Problem, match="fewer --workers") as problem:
        pool.submit(os.kill, pool.submit(os.getpid).result(), signal.SIGKILL).result()
    assert problem.value.code == ExitCode.FILES_FAILED
