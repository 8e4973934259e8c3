"""Which segments of the index of full-text search there are, and which data files each covers: search/index.json.

A segment covers one data file or many: small ones are merged into larger ones, each about twice the next, so that a search opens few. One that was
merged stays for a day, for readers that have begun with it. What covers a file that is gone goes at once: it may hold words to be forgotten.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from warehouse.seal import drop_files, put_files

MANIFEST = "index.json"
LOCK = ".lock"
GRACE = dt.timedelta(days=1)
"""How long a segment that was merged waits for its readers, files of `copydesk catalog` among them."""


class Segment(NamedTuple):
    """A file of the index."""

    name: str
    covers: tuple[str, ...]
    """Names of the files of articles whose words it holds."""
    texts: int
    since: str | None = None
    """When another took its place; None while it is in use."""


def read_manifest(place: Path) -> list[Segment]:
    """The segments of an index, those that were merged among them; none where nothing is indexed or the file can't be read.

    The index is derived: without it everything is found as well, more slowly, and `verify` says what is wrong with it.
    """
    try:
        told = json.loads((place / MANIFEST).read_bytes())
        return [Segment(str(one["name"]), tuple(map(str, one["covers"])), int(one["texts"]), one["since"]) for one in told["segments"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def write_manifest(segments: Iterable[Segment]) -> bytes:
    """The manifest's text."""
    return json.dumps({"segments": [one._asdict() for one in segments]}, indent=1).encode()


@contextlib.contextmanager
def hold_index(place: Path) -> Iterator[None]:
    """Be the only one to change the index; waits for another to end its step."""
    with (place / LOCK).open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def keep_segments(place: Path, kept: Iterable[Segment]) -> None:
    """Have only these be known, and remove the files of all others. Call it with the index held."""
    kept = list(kept)
    put_files(place, {MANIFEST: write_manifest(kept)})
    names = {one.name for one in kept}
    drop_files(place, [path.name for path in place.glob("*.parquet") if path.name not in names])
    for path in place.glob("*.part"):
        if not is_running(path):
            path.unlink(missing_ok=True)


def place_segment(place: Path, aside: Path, fresh: Segment, others: Iterable[Segment]) -> None:
    """Put a segment that was written aside in its place, and have the manifest know it beside others. Call it with the index held."""
    segments = [*others, fresh]
    put_files(place, {MANIFEST: write_manifest(segments)}, {fresh.name: aside})


def drop_stale(place: Path) -> list[Segment]:
    """Remove segments of which a file is gone, and those merged long ago; returns those that are left. Call it with the index held."""
    there = {path.name for path in (place.parent / "data" / "articles").glob("*.parquet")}
    limit = (dt.datetime.now(dt.UTC) - GRACE).isoformat()
    known = read_manifest(place)
    kept = [one for one in known
            if there.issuperset(one.covers) and (one.since is None or one.since > limit) and (place / one.name).is_file()]
    names = {one.name for one in kept}
    if kept != known or any(path.name not in names for path in place.iterdir() if path.suffix in (".parquet", ".part")):
        keep_segments(place, kept)
    return kept


def is_running(part: Path) -> bool:
    """Whether the process that a half-written file is named after lives."""
    try:
        os.kill(int(part.name.split(".")[-2]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
