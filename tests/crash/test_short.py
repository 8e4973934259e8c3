"""The short form of the crash experiments: each with a few cases, of the named steps every n-th. `make crash` tries them all, some 5,500."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMES = ("steps", "moments", "faults", "disks", "holders", "held", "power", "together", "orders", "flips", "clocks")


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The results of the short form, and what it printed."""
    place = tmp_path_factory.mktemp("crash")
    done = subprocess.run([sys.executable, "-m", "tests.crash.long", "--short", "--place", str(place)], cwd=ROOT, capture_output=True, text=True,
                          timeout=600, check=False)
    return place / "results-1.jsonl", done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_lost_twice_or_torn(tried: tuple[Path, str], name: str) -> None:
    """Every case of the experiment ends as it should; what this machine does not allow is skipped, with the reason."""
    log, said = tried
    skipped = [line for line in said.splitlines() if line.startswith(f"skipped {name}: ")]
    if skipped:
        pytest.skip(skipped[0])
    assert log.exists(), said
    results = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    mine = [(counts, faults) for experiment, _, counts, faults, _ in results if experiment == name]
    assert mine, said
    assert [fault for _, faults in mine for fault in faults] == []
