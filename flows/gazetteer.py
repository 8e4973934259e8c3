"""The gazetteer's index on disk: built once a version, mapped into memory by every run and worker after that."""

from __future__ import annotations

import mmap
import os
import tempfile
from functools import cache
from pathlib import Path

from transforms.gazetteer import Gazetteer, build_index, gazetteer_version, load_gazetteer


def cache_folder() -> Path:
    """Where the index is kept: $COPYDESK_CACHE, else $XDG_CACHE_HOME/copydesk, else ~/.cache/copydesk."""
    if own := os.environ.get("COPYDESK_CACHE"):
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "copydesk"


@cache
def open_gazetteer() -> Gazetteer:
    """The gazetteer of this version, from the cache folder; where that can't be written, built in memory."""
    try:
        path = cache_folder() / f"places-{gazetteer_version()}.index"
    except RuntimeError:  # no home folder
        return load_gazetteer(build_index())
    try:
        return load_gazetteer(_map(path))
    except (OSError, ValueError):
        index = build_index()
    try:
        _keep(index, path)
        return load_gazetteer(_map(path))
    except (OSError, ValueError):
        return load_gazetteer(index)


def _map(path: Path) -> memoryview:
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _keep(index: bytes, path: Path) -> None:
    """Write beside and rename: another run sees the whole index or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(index)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
