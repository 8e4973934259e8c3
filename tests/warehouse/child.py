"""Rows to land, and the processes that the tests start and kill: `python child.py MODE FOLDER [STEP...]`."""

import datetime as dt
import functools
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_origin

sys.path.insert(0, str(Path(__file__).parents[2]))

from warehouse import lake as lake_room
from warehouse.lake import Lake, open_lake
from warehouse.land import arrow_table, commit_batch, stage
from warehouse.tables import ID, SHA256, TABLES, ChainLink, Declared, Span, columns

BODY = "The harbour of Ostrava Bay opened.\n\nIt closed again at noon."
SMALL = ("articles", "blocks", "batches")
SPARED: dict[str, Any] = {"allow_unsigned_extensions": True, "threads": 1}
"""What a writer that is opened again and again is spared: hashing the 70 MB of DuckDB's extensions for their signatures, and waiting threads."""


def batch_name(number: int) -> str:
    """Batch id of the n-th batch."""
    return f"{number:016x}"


def make_value(c: Declared, n: int) -> Any:
    """A value that the declaration allows, told apart by its number."""
    if get_origin(c.kind) is list:
        return {ChainLink: [ChainLink("Jane Roe", "person", None)], Span: [Span(3, 9)], int: [n]}.get(get_args(c.kind)[0], ["a", f"b{n}"])
    if get_origin(c.kind) is dict:
        return {"mood": ["calm"], f"n{n}": ["a", "b=c"]}
    if c.kind is str:
        if c.column.one_of:
            return c.column.one_of[0]
        return {ID: f"{n:016x}", SHA256: f"{n:064x}"}.get(c.column.matches or "", f"{c.name} {n}")
    day = dt.date(2001, 2, 3)
    return {int: n, float: n / 2, bool: True, dt.date: day, dt.datetime: dt.datetime(2001, 2, 3, 4, 5, 6, tzinfo=dt.UTC)}[c.kind]


def make_rows(table_name: str, batch_id: str, count: int, first: int = 1, **fixed: Any) -> list[tuple[Any, ...]]:
    """Rows of a table, numbered from `first`, with some columns fixed."""
    given = {"version": 1, "position": 1, "parser_version": "1", "country": "CZ", "language": "cs", "body": BODY, "batch_id": batch_id} | fixed
    return [tuple(given.get(c.name, make_value(c, n)) for c in columns(TABLES[table_name])) for n in range(first, first + count)]


def stage_batch(folder: Path, number: int, names: tuple[str, ...] = SMALL, count: int = 3) -> dict[str, Path]:
    """Stage a batch: `count` rows in every table, one in `batches`."""
    batch_id = batch_name(number)
    return {
        name: stage(folder, batch_id, name, make_rows(name, batch_id, 1 if name == "batches" else count, number * 100 + 1)) for name in names
    }


def land_numbered(lake: Lake, numbers: range) -> list[bool]:
    """Stage and commit batches by number."""
    return [commit_batch(lake, batch_name(n), stage_batch(lake.folder, n)) for n in numbers]


def die_at(step: str, folder: Path) -> None:
    """Land batch 1, then be killed while landing batch 2, as soon as a step is done."""
    def strike(done: str) -> None:
        if done == step:
            os.kill(os.getpid(), signal.SIGKILL)

    lake = open_lake(folder)
    land_numbered(lake, range(1, 2))
    staged = stage_batch(folder, 2)
    strike("staged")
    commit_batch(lake, batch_name(2), staged, strike)


def fork_writer(work: Callable[[], None]) -> int:
    """A writer in a process of its own, with all modules loaded."""
    arrow_table("batches", make_rows("batches", batch_name(1), 1))
    child = os.fork()
    if not child:
        work()
        os._exit(0)
    return child


def storm(folder: Path, rounds: int) -> None:
    """Kill a writer of twelve batches wherever it is, a little later each round; wait for a line between rounds."""
    for number in range(rounds):
        heard, told = os.pipe()

        def write(told: int = told) -> None:
            lake = open_lake(folder)
            os.write(told, b"open")
            land_numbered(lake, range(1, 13))
            time.sleep(60)

        child = fork_writer(write)
        os.read(heard, 4)
        time.sleep(0.011 + number * 0.053)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        sys.stdout.write("killed\n")
        sys.stdout.flush()
        sys.stdin.readline()


def main(mode: str, folder: Path, steps: list[str]) -> None:
    """Do what a test asks for."""
    if mode == "storm":
        storm(folder, int(steps[0]))
        return
    if mode == "die":
        for number, step in enumerate(steps):
            os.waitpid(fork_writer(functools.partial(die_at, step, folder / str(number))), 0)
        return
    lake = open_lake(folder)
    if mode == "loop":
        land_numbered(lake, range(1, 13))
        lake.close()
        return
    heir = os.fork() if mode == "fork" else 0
    if mode == "hold" or heir:
        sys.stdout.write(f"{heir}\n")
        sys.stdout.flush()
    time.sleep(60)


if __name__ == "__main__":
    lake_room.SETTINGS |= SPARED
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
