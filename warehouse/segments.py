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
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from warehouse.seal import drop_files, put_files

MANIFEST = "index.json"
LOCK = ".lock"
GRACE = dt.timedelta(days=1)
"""How long a segment that was merged waits for its readers, files of `copydesk catalog` among them."""


class Segment(NamedTuple):
    """A part of the index: files that are named by its key and their kind."""

    key: str
    covers: dict[str, int]
    """Names of the files of articles whose words it holds, with their numbers in it."""
    texts: int
    since: str | None = None
    """When another took its place; None while it is in use."""


def read_manifest(place: Path) -> list[Segment]:
    """The segments of an index, those that were merged among them; none where nothing is indexed or the file can't be read.

    The index is derived: without it everything is found as well, more slowly, and `verify` says what is wrong with it.
    """
    try:
        told = json.loads((place / MANIFEST).read_bytes())
        return [Segment(str(one["key"]), {str(name): int(number) for name, number in one["covers"].items()}, int(one["texts"]), one["since"])
                for one in told["segments"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
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
    drop_files(place, list_strangers(place, kept))


def place_segment(place: Path, ready: Mapping[str, Path], known: Iterable[Segment]) -> None:
    """Put the files of a segment that were written aside in their places, and have the manifest know these segments. Call it with the index held."""
    put_files(place, {MANIFEST: write_manifest(known)}, ready)


def drop_stale(place: Path) -> list[Segment]:
    """Remove segments of which a file is gone, and those merged long ago; returns those that are left. Call it with the index held."""
    there = {path.name for path in (place.parent / "data" / "articles").glob("*.parquet")}
    limit = (dt.datetime.now(dt.UTC) - GRACE).isoformat()
    known = read_manifest(place)
    kept = [one for one in known if there.issuperset(one.covers) and (one.since is None or one.since > limit)]
    if kept != known or list_strangers(place, kept):
        keep_segments(place, kept)
    return kept


def list_strangers(place: Path, kept: Iterable[Segment]) -> list[str]:
    """Files of no segment that is kept: of others, of earlier layouts, and what a killed indexer left half written."""
    keys = {one.key for one in kept}
    return [path.name for path in place.iterdir()
            if (path.suffix == ".parquet" and path.name.split(".")[0] not in keys) or (path.suffix == ".part" and not is_running(path))]


def is_running(part: Path) -> bool:
    """Whether the process that a half-written file is named after lives."""
    try:
        os.kill(int(part.name.split(".")[-2]), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
