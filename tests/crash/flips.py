"""Single bits turned over in the files of a lake, of every kind that a lake holds: `verify` names the file."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from tests.crash.experiment import Bench, Experiment, Found, remove, run_in_fork
from tests.crash.held import STRICT
from tests.crash.inbox import wire_line
from tests.crash.runs import ingest_words, run
from warehouse.verify import check_lake

FOUND, UNNAMED, MISSED = 0, 1, 2
PASSING = frozenset({"lock", "staging"})
"""What is empty while nobody writes."""


def prepare_flips(bench: Bench) -> str | None:
    """The lake of the run in peace, with a run that is held back and an index of full-text search."""
    lake = bench.place / "flips-source.lake"
    shutil.copytree(bench.peace, lake, symlinks=True)
    (bench.place / "strict.toml").write_text(STRICT, "utf-8")
    held = bench.place / "held.jsonl"
    held.write_text("".join(wire_line(n) for n in range(60, 64)) + '{"id": "w64"\n', "utf-8")
    words = [*ingest_words(held, lake), "--hold", "--profile", str(bench.place / "strict.toml")]
    for command, code in ((words, 1), (["index", "--lake", str(lake)], 0)):
        ended = run(command, lake.with_suffix(".txt"))
        if ended.code != code:
            return f"{command[0]} ended with {ended.code}, not {code}: {ended.said[-200:]}"
    missing = {"data", "originals", "catalog.sqlite", "SHA256SUMS", "reports", "held", "search"} - set(list_files(lake))
    return f"the lake to be damaged holds no {min(missing)}" if missing else None


def list_files(lake: Path) -> dict[str, list[Path]]:
    """The files of a lake that hold anything, by the part of the lake in which they lie."""
    parts: dict[str, list[Path]] = {}
    for path in sorted(lake.rglob("*")):
        part = path.relative_to(lake).parts[0]
        if path.is_file() and not path.parent.is_symlink() and path.stat().st_size and part not in PASSING:
            parts.setdefault(part, []).append(path)
    return parts


def look_for(lake: Path, name: str, log: Path) -> int:
    """Whether `verify` finds something, and names a file."""
    breaches = [breach for finding in check_lake(lake) for breach in finding.breaches]
    log.write_text("\n".join(breaches), "utf-8")
    return MISSED if not breaches else FOUND if any(name in breach for breach in breaches) else UNNAMED


def flip_bit(bench: Bench, number: int) -> Found:
    """Turn one bit over and look whether it is found: each part of a lake in turn."""
    draw = bench.draw("flips", number)
    lake = bench.clear("flips.lake")
    shutil.copytree(bench.place / "flips-source.lake", lake, symlinks=True)
    parts = list_files(lake)
    part = sorted(parts)[number % len(parts)]
    path = draw.choice(parts[part])
    content = bytearray(path.read_bytes())
    bit = draw.randrange(len(content) * 8)
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    log = lake.with_suffix(".txt")
    name = path.stem if part == "originals" else str(path.relative_to(lake))
    code = run_in_fork(partial(look_for, lake, name, log))
    label = f"bit {bit} of {path.relative_to(lake)}"
    faults = {FOUND: [], MISSED: [f"{label} is not found"], UNNAMED: [f"{label} is found and not named: {log.read_text()[:200]}"]}.get(
        code, [f"{label}: verify ended with {code}"])
    remove(lake)
    return Found({f"in {part}": 1, "named": int(code == FOUND)}, faults)


FLIPS = Experiment("flips", "a bit of a lake's file turned over", 7, 1000, flip_bit, prepare_flips)
