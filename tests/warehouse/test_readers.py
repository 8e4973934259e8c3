"""Reading while another process writes: every answer is some whole snapshot, later ones never show less, and nobody waits."""

import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

from warehouse.errors import NoLake
from warehouse.sql import run_sql

WHOLE = """
    SELECT (SELECT count(*) FROM batches), (SELECT count(*) FROM articles), (SELECT count(*) FROM blocks),
           (SELECT count(*) FROM articles SEMI JOIN batches USING (batch_id)), (SELECT count(*) FROM search('harbour'))"""
BATCHES, ROWS = 12, 3
LONGEST = 5.0
"""Seconds; a reader that waited for a writer's whole run, or for a lock, would take longer."""


def test_readers_beside_a_writer(tmp_path: Path, start: Callable[..., Popen[str]]) -> None:
    """A writer lands twelve batches while this process asks again and again."""
    writer = start("loop", tmp_path)
    seen: list[int] = []
    slowest = 0.0
    while not seen or seen[-1] < BATCHES:
        assert writer.poll() in (None, 0)
        began = time.monotonic()
        try:
            with run_sql(tmp_path, WHOLE) as result:
                ((batches, *rows),) = result.rows()
        except NoLake:
            continue
        slowest = max(slowest, time.monotonic() - began)
        assert rows == [batches * ROWS] * 4
        seen.append(batches)
    assert seen == sorted(seen)
    assert slowest < LONGEST
    assert writer.wait(30) == 0
