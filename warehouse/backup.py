"""A lake copied whole: to be kept elsewhere, or to be put back. The copy is a lake itself.

It is written aside and takes its name when all of it is there and has been compared with its hashes; a copy that was broken off is begun anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from warehouse.catalog_seal import find_fault, seal_catalog
from warehouse.errors import LakeError, NoLake
from warehouse.held import HELD
from warehouse.lake import SEARCH, Lake
from warehouse.layout import CATALOG, check_layout, list_files, read_catalog, read_hashes
from warehouse.originals import sync_folder
from warehouse.verify import check_lake

CHUNK = 1 << 20
WHOLE = ("originals", "reports", SEARCH, HELD)
"""Folders that are copied as they are."""


class Copied(NamedTuple):
    """What was copied."""

    files: int
    size_bytes: int


def backup_lake(lake: Lake, target: Path) -> Copied:
    """Copy an open lake, with all that its snapshots know, to a folder that is not there yet."""
    with lake.turn:
        return copy_lake(lake.folder, refuse_target(target, lake.folder), is_checked=False)


def restore_lake(source: Path, target: Path) -> Copied:
    """Put a copy in the place of a lake that is gone, and check every law of it before it takes its name."""
    place = source.resolve()
    if not (place / CATALOG).is_file():
        raise NoLake(f"{source} holds no lake; name a folder that copydesk backup has written")
    check_layout(place)
    return copy_lake(place, refuse_target(target, place), is_checked=True)


def refuse_target(target: Path, source: Path) -> Path:
    """The folder that is to be written. Raises LakeError when there is something in its place."""
    place = target.absolute()
    if place.is_relative_to(source):
        raise LakeError(f"{target} lies in the lake that is copied; name a folder outside {source}")
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise LakeError(f"{target} is there; name a folder that is not, or move it away first: nothing is ever copied over another lake")
    return place


def copy_lake(source: Path, target: Path, *, is_checked: bool) -> Copied:
    """Copy catalog, data files and folders aside, then into place."""
    aside = target.with_name(f".{target.name}.part")
    count = size = 0
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        if fault := find_fault(source):
            raise LakeError(f"{fault}; nothing was copied")
        copy_catalog(source, aside)
        with contextlib.closing(read_catalog(aside)) as catalog:
            noted = {path: hashed.sha256 for path, hashed in read_hashes(catalog).items()}
            wanted = [file.path for file in list_files(catalog)]
        for path in (*wanted, *list_parts(source)):
            size += copy_file(source / path, aside / path, noted.get(path))
            count += 1
        if is_checked and (broken := [finding for finding in check_lake(aside) if finding.breaches]):
            raise LakeError(f"the copy is not whole, and nothing was put in place: {broken[0].meaning}: FAILED: {broken[0].breaches[0]}")
        seal_catalog(aside)
        if target.exists():
            target.rmdir()
        aside.replace(target)
        sync_folder(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise LakeError(f"{target} was not written: {error}; check the folder and the free space") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Copied(count, size)


def copy_catalog(source: Path, target: Path) -> None:
    """Copy the catalog as one snapshot of it."""
    with contextlib.closing(read_catalog(source)) as old, contextlib.closing(sqlite3.connect(target / CATALOG)) as new:
        old.backup(new)


def list_parts(source: Path) -> Iterator[str]:
    """Every file of the folders that are copied as they are, but those half written."""
    for part in WHOLE:
        for top, folders, names in os.walk(source / part):
            links = [name for name in folders if Path(top, name).is_symlink()]
            yield from (str(Path(top, name).relative_to(source)) for name in sorted((*names, *links)) if not name.endswith(".part"))


def copy_file(source: Path, target: Path, sha256: str | None) -> int:
    """Copy a file, or a link as a link, and return its size. Raises LakeError when it is not what its hash says."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(source.readlink(), target_is_directory=True)
        return 0
    digest, size = hashlib.sha256(), 0
    with source.open("rb", buffering=0) as old, target.open("wb", buffering=0) as new:
        while chunk := old.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
            new.write(chunk)
        os.fsync(new.fileno())
    if sha256 is not None and digest.hexdigest() != sha256:
        raise LakeError(f"{source} has changed since it was committed; see copydesk verify")
    return size
