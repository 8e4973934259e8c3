"""Hashes beside files that no catalog knows, reports above all: SHA256SUMS in their folder, as `sha256sum -c` reads it.

Files are put in place so that they agree with it wherever a writer is killed: first it names the old and the new hash of each, then the files
are replaced, then it names the new ones alone. A last line holds the hash of those before it. Files that it does not name are nobody's
concern: those of earlier releases, and what is half written.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from warehouse.layout import hash_file, sync_folder

SEAL = "SHA256SUMS"
LINE = re.compile(r"([0-9a-f]{64}|# not there yet:)  ([^/\0]+)")
OWN = "# sha256 of the lines above: "
ABSENT = "# not there yet:"
"""In the place of a hash, of a file that its writer is about to put there for the first time."""

Sums = Mapping[str, tuple[str, ...]]
"""By name of a file, the hashes that it may have; ABSENT among them where it may not be there yet."""


def write_sums(sums: Sums) -> bytes:
    """The text of a seal.

    >>> print(write_sums({"a.txt": ("0" * 64,)}).decode().splitlines()[0][-11:])
    0000  a.txt
    """
    lines = "".join(f"{sha256}  {name}\n" for name in sorted(sums) for sha256 in dict.fromkeys(sums[name])).encode()
    return lines + f"{OWN}{hashlib.sha256(lines).hexdigest()}\n".encode()


def read_seal(folder: Path) -> dict[str, tuple[str, ...]]:
    """The hashes that a folder's files may have; none where it has no seal. Raises ValueError for one that has changed, OSError as reading does."""
    try:
        content = (folder / SEAL).read_bytes()
    except FileNotFoundError:
        return {}
    lines, mark, own = content.rpartition(OWN.encode())
    if not mark or own != hashlib.sha256(lines).hexdigest().encode() + b"\n":
        raise ValueError("its last line says that it has changed")
    sums: dict[str, tuple[str, ...]] = {}
    for line in lines.decode().splitlines():
        if found := LINE.fullmatch(line):
            sums[found[2]] = (*sums.get(found[2], ()), found[1])
    return sums


def put_whole(path: Path, content: bytes) -> None:
    """Write beside and rename, so that a reader, and a power cut, find the old file or the new one."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def put_files(folder: Path, contents: Mapping[str, bytes], ready: Mapping[str, Path] | None = None) -> None:
    """Put files of a folder in place and seal them, `ready` being those that lie written beside it; others that it names stay sealed.

    One writer at a time.
    """
    old = known_sums(folder)
    new = {name: (hashlib.sha256(content).hexdigest(),) for name, content in contents.items()}
    for name, aside in (ready or {}).items():
        sync_file(aside)
        new[name] = (hash_file(aside).sha256,)
    put_whole(folder / SEAL, write_sums({**old, **{name: old.get(name, (ABSENT,)) + sums for name, sums in new.items()}}))
    sync_folder(folder)
    for name, aside in (ready or {}).items():
        aside.replace(folder / name)
    for name, content in contents.items():
        put_whole(folder / name, content)
    sync_folder(folder)
    put_whole(folder / SEAL, write_sums({**old, **new}))
    sync_folder(folder)


def drop_files(folder: Path, names: Iterable[str]) -> None:
    """Remove files of a folder, and what its seal says of them."""
    gone = set(names)
    old = known_sums(folder)
    if gone & old.keys():
        put_whole(folder / SEAL, write_sums({name: sums for name, sums in old.items() if name not in gone}))
        sync_folder(folder)
    for name in gone:
        (folder / name).unlink(missing_ok=True)


def seal_folder(folder: Path) -> None:
    """Seal the files of a folder as they lie there; those whose names begin with a dot are left out."""
    paths = [path for path in sorted(folder.iterdir()) if path.is_file() and not path.name.startswith(".") and path.name != SEAL]
    for path in paths:
        sync_file(path)
    put_whole(folder / SEAL, write_sums({path.name: (hash_file(path).sha256,) for path in paths}))
    sync_folder(folder)


def sync_file(path: Path) -> None:
    """Make a file that was written outlast a power cut."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def known_sums(folder: Path) -> dict[str, tuple[str, ...]]:
    """What a seal says, or nothing where it can't be read: a writer writes it anew, and `verify` has had its chance to tell."""
    try:
        return read_seal(folder)
    except ValueError:
        return {}


def check_seal(folder: Path) -> Iterator[str]:
    """What differs in a folder from its seal, with the path of each file."""
    try:
        sums = read_seal(folder)
    except (OSError, ValueError) as error:
        yield f"{folder / SEAL}: {error}"
        return
    for name, allowed in sums.items():
        path = folder / name
        try:
            found = hash_file(path).sha256
        except FileNotFoundError:
            if ABSENT not in allowed:
                yield f"{path}: it is gone"
        except OSError as error:
            yield f"{path}: it can't be read: {error.strerror}"
        else:
            if found not in allowed:
                yield f"{path}: it has changed: its hash is {found}, not {allowed[-1]}"
