"""The catalog's own hash, in SHA256SUMS beside it: a bit that turns over in a comment, a count or a path breaks no rule of SQLite's.

It is there while nobody writes. A writer takes it away, durably, before its first change and puts it back when it has closed the catalog; one
that is killed leaves none, and the next one seals what it leaves behind. A catalog that is not what was sealed is not written to: a data file
that it names no more would be swept away.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from warehouse.errors import LakeError
from warehouse.layout import CATALOG, hash_file, sync_folder
from warehouse.seal import SEAL, put_whole, read_seal, write_sums


def break_seal(place: Path) -> None:
    """Take the seal away before the catalog is written to. Raises LakeError when the catalog is not what was sealed. Call it with the lock held."""
    if fault := find_fault(place):
        raise LakeError(
            f"{fault}; nothing was written: copydesk verify says what else is wrong, copydesk restore puts a backup back, and without "
            f"{place / SEAL} the catalog is taken as it is")
    if (place / SEAL).exists():
        (place / SEAL).unlink()
        sync_folder(place)


def seal_catalog(place: Path) -> None:
    """Seal the catalog that was written and closed. Call it with the lock held, or in a folder that nobody else knows.

    A catalog with a journal beside it is not as it will be read. Where the disk refuses there is no seal, and nothing is claimed.
    """
    if (place / f"{CATALOG}-journal").exists():
        return
    with contextlib.suppress(OSError):
        sync_folder(place)  # the journal must have gone for good, or it takes the last commit back behind the seal
        put_whole(place / SEAL, write_sums({CATALOG: (hash_file(place / CATALOG).sha256,)}))
        sync_folder(place)


def find_fault(place: Path) -> str | None:
    """How the catalog differs from what was sealed; None when it does not, or when somebody is writing to it."""
    try:
        sealed = read_seal(place).get(CATALOG)
        if sealed is None:
            return None
        found = hash_file(place / CATALOG).sha256
        if found in sealed or read_seal(place).get(CATALOG) != sealed:
            return None
    except ValueError as error:
        return f"{place / SEAL}: {error}"
    except OSError as error:
        return f"{error.filename or place / CATALOG} can't be read: {error.strerror}"
    return f"{place / CATALOG} has changed since it was last written: its hash is {found}, not {sealed[-1]}"
