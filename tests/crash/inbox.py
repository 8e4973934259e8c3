"""A small inbox of many kinds: single stories, tables of several batches with repeats, versions and short rows, packed files, an empty one."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

BATCH_BYTES = 4000
"""So that the inbox makes five batches: a run costs one and a half seconds of a processor."""


def write_inbox(folder: Path) -> Path:
    """Write the inbox; the same bytes each time."""
    folder.mkdir(parents=True)
    for number in range(2):
        (folder / f"story{number}.txt").write_text(f"Ferry {number} late\n\nBy Jane Roe\n\nLAGOS, Jan. {number + 1} - It was late.\n", "utf-8")
    rows = [f'{n % 9},Clock {n % 9},Ann Lee,2025-01-0{n % 5 + 1},"It stopped at {n % 12}, and started again."' for n in range(22)]
    rows[17] = "17,too few"
    (folder / "table.csv").write_text("id,title,author,date,text\n" + "\n".join(rows) + "\n", "utf-8")
    (folder / "void.txt").write_text("", "utf-8")
    (folder / "wire.jsonl").write_text("".join(wire_line(n) for n in range(4)), "utf-8")
    packed = gzip.compress("".join(wire_line(n) for n in range(3, 6)).encode("utf-8"), mtime=0)
    (folder / "late.jsonl.gz").write_bytes(packed)
    with zipfile.ZipFile(folder / "box.zip", "w") as box:
        for number in range(2):
            told = f"Owl {number} seen\n\nBy Bo Dahl\n\nCORK, March {number + 3} - It was seen.\n\n(Photo: Ann Lee/Example News)\n"
            box.writestr(zipfile.ZipInfo(f"box/owl{number}.txt"), told)
    (folder / "page.html").write_text(
        "<html><head><title>Bakers walk out</title></head><body><article><h1>Bakers walk out</h1><p>By Sam Hale</p>"
        "<p>The bakers of Brindle Bay walked out on Tuesday, in the rain, and nobody was surprised by that.</p>"
        "<p>They came back at noon.</p></article></body></html>", "utf-8")
    return folder


def wire_line(number: int) -> str:
    """A line of a wire's file: a printed article with an id."""
    told = f"Owl {number} counted\n\nBy Sam Hale\n\nOSLO, May {number + 1} - It was counted, and there were {number}."
    return json.dumps({"id": f"w{number}", "document": told}) + "\n"
