"""Killed at any moment and run again, an ingest leaves the lake that it would have left in peace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def write_inbox(folder: Path) -> None:
    """Small files, one of several batches with repeats, versions and rows too short, and one that is empty."""
    folder.mkdir()
    for number in range(4):
        (folder / f"story{number}.txt").write_text(f"Ferry {number} late\n\nBy Jane Roe\n\nLAGOS, Jan. {number + 1} - It was late.\n", "utf-8")
    rows = [f'{n % 17},Clock {n % 17},Ann Lee,2025-01-0{n % 5 + 1},"It stopped at {n % 23}, and started again."' for n in range(60)]
    rows[20] = "20,too few"
    (folder / "table.csv").write_text("id,title,author,date,text\n" + "\n".join(rows) + "\n", "utf-8")
    (folder / "void.txt").write_text("", "utf-8")
    (folder / "wire.jsonl").write_text("".join(f'{{"id": "w{n}", "document": "Owl {n}\\n\\nIt was counted."}}\n' for n in range(9)), "utf-8")


def test_a_run_killed_anywhere_and_repeated_leaves_the_same_lake(tmp_path: Path) -> None:
    """At seven steps of commits and at three moments of the clock: every row of every table is as in the run that was left in peace."""
    write_inbox(tmp_path / "inbox")
    done = subprocess.run([sys.executable, str(Path(__file__).with_name("killer.py")), str(tmp_path / "inbox"), str(tmp_path)],
                          cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["differing"] == []
    assert found["killed"] >= 8
    assert found["batches"] >= 4
    assert found["articles"] > 40
