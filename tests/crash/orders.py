"""The same news delivered in other ways: the tables of articles are the same."""

from __future__ import annotations

import gzip
import random
import shutil
from collections import Counter
from pathlib import Path

from tests.crash.experiment import Bench, Experiment, Found
from tests.crash.runs import ingest_words, run, spare
from tests.crash.state import Held, read_state

CONTENT = ("articles", "contributors", "places", "photos", "blocks")
PLACES = frozenset({"file_id", "record_no", "byte_start", "byte_end", "line", "batch_id"})
"""They tell where a record lay, not what it says."""
WAYS = ("again", "shuffled", "split", "twice", "renamed", "packed", "grown", "small batches", "split and twice", "all")


def deliver(way: str, inbox: Path, place: Path, draw: random.Random) -> list[list[Path]]:
    """The files of the inbox in some way, as the paths of one run after the other."""
    shutil.copytree(inbox, place)
    files = sorted(place.iterdir())
    runs = [files]
    if way in ("renamed", "all"):
        runs = [[path.rename(place / f"{draw.randrange(10**6)}-{path.name}") for path in files]]
    if way in ("packed", "all"):
        runs = [[pack(path) if path.suffix in (".txt", ".csv", ".jsonl") and path.stat().st_size else path for path in runs[0]]]
    if way == "grown":
        early = [cut_lines(path) for path in files if path.suffix == ".jsonl"]
        runs = [early, files]
    if way in ("twice", "split and twice", "all"):
        runs = [[*runs[0], *(Path(shutil.copy(path, path.with_name(f"copy-{path.name}"))) for path in runs[0])]]
    if way in ("shuffled", "split", "split and twice", "all"):
        draw.shuffle(runs[0])
    if way in ("split", "split and twice", "all"):
        at = sorted(draw.sample(range(1, len(runs[0])), 2))
        runs = [runs[0][:at[0]], runs[0][at[0]:at[1]], runs[0][at[1]:]]
    return runs


def pack(path: Path) -> Path:
    """The same file, compressed."""
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    path.unlink()
    return packed


def cut_lines(path: Path) -> Path:
    """A file as it was before it grew."""
    early = path.parent.with_name(f"{path.parent.name}-early-{path.name}")
    lines = path.read_bytes().splitlines(keepends=True)
    early.write_bytes(b"".join(lines[:len(lines) // 2]))
    return early


def gather(held: Held) -> dict[str, Counter[str]]:
    """The rows of the tables of articles."""
    return {name: Counter(row for (table, _), rows in held.items() if table == name for row in rows) for name in CONTENT}


def deliver_otherwise(bench: Bench, number: int) -> Found:
    """Land the inbox in another way and compare what the tables say."""
    way = WAYS[number % len(WAYS)]
    lake = bench.clear("orders.lake")
    faults = []
    more = ["--batch-bytes", "900"] if way == "small batches" else []
    runs = deliver(way, bench.inbox, bench.clear("orders-inbox"), bench.draw("orders", number))
    for paths in runs:
        ended = run([*ingest_words(paths, lake), *more], lake.with_suffix(".txt"), prelude=spare)
        if ended.code:
            faults.append(f"{way}: a run ended with {ended.code}: {ended.said[-300:]}")
    here, there = gather(read_state(lake, left_out=PLACES)), gather(read_state(bench.peace, left_out=PLACES))
    faults += [f"{way}: {name}: {(there[name] - here[name]).total()} rows lost, {(here[name] - there[name]).total()} more"
               for name in CONTENT if here[name] != there[name]]
    shutil.rmtree(lake)
    return Found({way: 1}, faults)


ORDERS = Experiment("orders", "the same news delivered otherwise", 2, 100, deliver_otherwise)
