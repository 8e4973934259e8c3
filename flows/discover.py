"""Find the input files: what a folder holds, what of it is an input, and what can't be read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePath
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote_to_bytes

from flows.remote import GLOB, Address, RemoteError, find_address, list_address, open_address
from transforms.readers.containers import container_endings
from transforms.readers.formats import load_formats
from warehouse.databases import TableError

PLAIN_SUFFIXES = frozenset({
    ".txt", ".text", ".csv", ".tsv", ".tab", ".psv", ".ssv", ".json", ".jsonl", ".ndjson", ".html", ".htm", ".xhtml", ".xml",
})
"""Endings that are taken for inputs when a folder is walked, beside those that a format names. A file that is named is always read."""
PACKED_SUFFIXES = frozenset({".gz", ".zst", ".bz2", ".xz"})
BYSTANDER_SUFFIXES = frozenset({
    ".sh", ".bat", ".ps1", ".py", ".js", ".css", ".md", ".rst", ".toml", ".yaml", ".yml", ".ini", ".cfg", ".lock", ".log",
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".mp3", ".mp4", ".mov",
})
"""Endings of what lies beside news and holds none: scripts, settings, notes, pictures. In a folder they are passed over without a word."""


class Input(NamedTuple):
    """A file to read. `shown` is its path as it can be printed and stored: odd bytes escaped, no password."""

    path: Path | Address
    shown: str


def open_input(given: Input) -> BinaryIO:
    """The bytes of an input. Raises OSError."""
    return open_address(given.path) if isinstance(given.path, Address) else given.path.open("rb")


def measure_input(given: Input) -> int:
    """Bytes of an input, 0 where they can't be told beforehand."""
    if isinstance(given.path, Address):
        return given.path.size
    try:
        return given.path.stat().st_size
    except OSError:
        return 0


class Aside(NamedTuple):
    """A path that is not read, and why."""

    shown: str
    reason: str


class Discovery(NamedTuple):
    """What the paths given lead to, in a fixed order."""

    inputs: tuple[Input, ...]
    skipped: tuple[Aside, ...]
    """Not an input by its kind or name: nothing is wrong."""
    failed: tuple[Aside, ...]
    """Should have been read and can't be."""


def show_path(path: Path) -> str:
    r"""A path that can be printed and stored: bytes that are not UTF-8 stand as `\xff`, control characters as escapes.

    >>> print(show_path(Path('wire\n1.txt')))
    wire\n1.txt
    """
    return escape_name(os.fsencode(path).decode("utf-8", "backslashreplace"))


def escape_name(text: str) -> str:
    r"""A name that stays on one line, whatever is in it.

    >>> print(escape_name('a\x1b[2J.txt'))
    a\x1b[2J.txt
    """
    return "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode("ascii") for c in text)


def name_path(path: Path) -> str:
    """A path as it can travel in a flow's parameters: as it is, or as a file address when its bytes are not UTF-8.

    >>> name_path(Path('inbox/día.txt'))
    'inbox/día.txt'
    """
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return path.absolute().as_uri()
    return str(path)


def resolve_path(name: str) -> Path:
    """The path that `name_path` named.

    >>> resolve_path('file:///inbox/a%20b.txt').as_posix()
    '/inbox/a b.txt'
    """
    return Path(os.fsdecode(unquote_to_bytes(name.removeprefix("file://"))) if name.startswith("file:///") else name)


def find_place(name: str) -> Path | Address:
    """Where an input is: an address, or the path that `name_path` named."""
    return find_address(name) or resolve_path(name)


def name_place(name: str) -> str:
    """An input as it was typed, as it can travel in a flow's parameters.

    >>> name_place("s3://desk/inbox/"), name_place("./inbox")
    ('s3://desk/inbox/', 'inbox')
    """
    return name if find_address(name) or name.startswith("file:///") else name_path(Path(name))


@cache
def input_suffixes() -> frozenset[str]:
    """Endings of the files that are read from a folder."""
    return PLAIN_SUFFIXES | container_endings() | {f".{ending}" for form in load_formats() for ending in form.endings}


def is_input_name(name: str) -> bool:
    """Whether a file in a folder is taken for an input: a known ending, packed or not, and no README.

    >>> [is_input_name(n) for n in ('wire.csv', 'wire.csv.gz', 'dump.zst', 'README.txt', 'demo.sh')]
    [True, True, True, False, False]
    """
    path = Path(name.lower())
    if path.suffix in PACKED_SUFFIXES:
        path = path.with_suffix("")
        if not path.suffix:
            return True
    return path.suffix in input_suffixes() and path.stem != "readme"


def discover(paths: Iterable[Path | Address], *, lake: Path | None = None) -> Discovery:
    """List the input files under the paths given, each once, folders in name order."""
    inputs: list[Input] = []
    skipped: list[Aside] = []
    failed: list[Aside] = []
    seen: set[str] = set()
    own = lake.stat() if lake and lake.exists() else None
    for path in paths:
        if isinstance(path, Address):
            for found in find_remote(path):
                if isinstance(found, Input):
                    inputs += [found] if found.shown not in seen else []
                    seen.add(found.shown)
                else:
                    (failed if found.is_failed else skipped).append(Aside(found.shown, found.reason))
            continue
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except FileNotFoundError:
            failed.append(Aside(show_path(path), "not there; check the name, or that it has not been moved"))
            continue
        except OSError as error:
            failed.append(Aside(show_path(path), explain_os_error(error)))
            continue
        for item in _walk(path, own) if is_folder else (Input(path, show_path(path)),):
            if isinstance(item, _Refusal):
                (failed if item.is_failed else skipped).append(Aside(show_path(item.path), item.reason))
            elif (real := os.path.realpath(str(item.path))) not in seen:
                seen.add(real)
                inputs.append(item)
    return Discovery(tuple(inputs), tuple(skipped), tuple(failed))


class RemoteRefusal(NamedTuple):
    """An address that is not read, and why."""

    shown: str
    reason: str
    is_failed: bool


def find_remote(address: Address) -> Iterator[Input | RemoteRefusal]:
    """What an address leads to, by the same rules as folders here."""
    try:
        for found in list_address(address):
            if found.url == address.url:
                yield Input(found, found.shown)
                continue
            below = PurePath(found.url.removeprefix(address.url) if not GLOB.search(address.url) else found.name)
            if is_bystander_name(below):
                continue
            if is_input_name(found.name) or GLOB.search(address.url):
                yield Input(found, found.shown)
            else:
                why = "a README" if PurePath(found.name).stem.lower() == "readme" else "no known ending"
                yield RemoteRefusal(found.shown, f"{why}; name the object itself to read it", False)
    except (RemoteError, TableError) as error:
        yield RemoteRefusal(address.shown, str(error), True)


class _Refusal(NamedTuple):
    path: Path
    reason: str
    is_failed: bool


def _walk(top: Path, lake: os.stat_result | None) -> Iterator[Input | _Refusal]:
    """Files of a folder and of the folders in it, without recursion: a tree may be deeper than Python's stack."""
    waiting = [top]
    while waiting:
        path = waiting.pop()
        try:
            found = path.stat()
            if not stat.S_ISDIR(found.st_mode):
                yield _judge(path, found.st_mode)
            elif (lake and os.path.samestat(found, lake)) or (path / "catalog.sqlite").exists():
                yield _Refusal(path, "a lake, not an inbox", False)
            elif path != top and path.is_symlink():
                yield _Refusal(path, "a link to a folder; name the folder itself to read it", False)
            else:
                waiting += sorted((p for p in path.iterdir() if not _is_bystander(p)), key=os.fsencode, reverse=True)
        except OSError as error:
            if not isinstance(error, PermissionError) and path.is_symlink():
                yield _Refusal(path, "a link that leads nowhere", False)
            else:
                yield _Refusal(path, explain_os_error(error), True)


def _is_bystander(path: Path) -> bool:
    return path.name.startswith(".") or (path.suffix.lower() in BYSTANDER_SUFFIXES and not path.is_dir())


def is_bystander_name(path: PurePath) -> bool:
    """Whether a file within a container lies beside news and holds none, by its name and its folders'.

    >>> [is_bystander_name(PurePath(name)) for name in ("__MACOSX/._a.txt", "logo.png", "../a.txt")]
    [True, True, False]
    """
    return any(part.startswith(".") and part not in (".", "..") for part in path.parts) or path.suffix.lower() in BYSTANDER_SUFFIXES


def _judge(path: Path, mode: int) -> Input | _Refusal:
    if not stat.S_ISREG(mode):
        return _Refusal(path, "not a regular file", False)
    if not is_input_name(path.name):
        why = "a README" if path.stem.lower() == "readme" else "no known ending"
        return _Refusal(path, f"{why}; name the file itself to read it", False)
    return Input(path, show_path(path))


def explain_os_error(error: OSError) -> str:
    """What the operating system said, and what to do about it."""
    match error:
        case RemoteError() | TableError():
            return str(error)
        case PermissionError():
            return "no permission to read it; give yourself read access (chmod u+r, for a folder u+rx) and run again"
        case FileNotFoundError():
            return "not there; it may have been moved while the run was under way: put it back and run again"
        case IsADirectoryError():
            return "a folder stands where a file was; run again"
        case _:
            return f"the system can't read it ({error.strerror or error}); check the disk or the path and run again"
