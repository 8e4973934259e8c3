"""Single bits turned over in the files of a lake: `verify` names the file."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from tests.crash.experiment import Bench, Experiment, Found, remove, run_in_fork
from warehouse.verify import check_lake

FOUND, UNNAMED, MISSED = 0, 1, 2


def list_files(lake: Path) -> list[Path]:
    """The files of a lake whose bytes matter: data, originals and the catalog."""
    kept = [path for part in ("data", "originals") for path in (lake / part).rglob("*") if path.is_file()]
    return sorted([*kept, lake / "catalog.sqlite"])


def look_for(lake: Path, name: str, log: Path) -> int:
    """Whether `verify` finds something, and names a file."""
    breaches = [breach for finding in check_lake(lake) for breach in finding.breaches]
    log.write_text("\n".join(breaches), "utf-8")
    return MISSED if not breaches else FOUND if any(name in breach for breach in breaches) else UNNAMED


def flip_bit(bench: Bench, number: int) -> Found:
    """Turn one bit over and look whether it is found."""
    draw = bench.draw("flips", number)
    lake = bench.clear("flips.lake")
    shutil.copytree(bench.peace, lake, symlinks=True)
    files = list_files(lake)
    path = files[-1] if number % 10 == 9 else draw.choice([file for file in files if file.stat().st_size])
    path = lake / "catalog.sqlite" if number % 10 == 9 else path
    content = bytearray(path.read_bytes())
    bit = draw.randrange(len(content) * 8)
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)
    log = lake.with_suffix(".txt")
    code = run_in_fork(partial(look_for, lake, path.stem, log))
    part = path.relative_to(lake).parts[0]
    label = f"bit {bit} of {path.relative_to(lake)}"
    faults = {FOUND: [], MISSED: [f"{label} is not found"], UNNAMED: [f"{label} is found and not named: {log.read_text()[:200]}"]}.get(
        code, [f"{label}: verify ended with {code}"])
    remove(lake)
    return Found({part: 1, f"{part} named": int(code == FOUND)}, faults)


FLIPS = Experiment("flips", "a bit of a lake's file turned over", 4, 1000, flip_bit)
