"""Containers opened: which members are inputs, what they are called, and how much may come out of a box before it is taken for a bomb."""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, BinaryIO, NamedTuple, cast

from flows.discover import Aside, escape_name, is_bystander_name, is_input_name
from flows.settings import IngestConfig
from transforms.outcome import Reason, Reject
from transforms.readers.compression import ADVICE, FREE, name_damage
from transforms.readers.containers import Container, read_members
from transforms.readers.found import Hints
from transforms.readers.members import Member

CHUNK = 1 << 18
IN_MEMORY = 1 << 25
"""Bytes up to which a container within a container is held in memory when it is only looked at."""
MARK = "!/"
"""Between a container's path and the name of a member."""


class Budget:
    """What may still come out of an input file, through all containers in it."""

    def __init__(self, shown: str, size: int, config: IngestConfig) -> None:
        self.shown = shown
        self.members_left = config.max_members
        self.ratio = config.max_ratio
        self.depth = config.max_depth
        self._total = config.max_unpacked_bytes
        self._by_ratio = max(FREE, config.max_ratio * size)
        self._spent = 0
        self.fault: str | None = None
        """Why nothing more may come out."""

    def spend(self, count: int, shown: str) -> None:
        """Bytes of a member came out. Raises BoxTooLarge when they are too many."""
        self._spent += count
        if self._spent > self._total:
            self._refuse(
                f"more than {self._total:,} bytes had come out of {self.shown} at {shown}; "
                "if the file is to be trusted, raise COPYDESK_MAX_UNPACKED_BYTES"
            )
        if self._spent > self._by_ratio:
            self._refuse(f"more than {self.ratio} times the size of {self.shown} had come out at {shown}, as only a bomb does; {ADVICE}")

    def count_member(self, shown: str) -> None:
        """A member was met. Raises BoxTooLarge when there are too many, or when too much has come out already."""
        if self.fault:
            raise BoxTooLarge(self.fault)
        self.members_left -= 1
        if self.members_left < 0:
            self._refuse(f"too many members by {shown}; if the file is to be trusted, raise COPYDESK_MAX_MEMBERS")

    def _refuse(self, fault: str) -> None:
        self.fault = fault
        raise BoxTooLarge(fault)


class BoxTooLarge(Exception):  # noqa: N818 - a verdict on an input, not an error of the program
    """An input file of which no more is read: too much comes out of it."""


class Rationed(io.RawIOBase):
    """A member's bytes as they are counted. Raises Reject when one member holds too much for its size, BoxTooLarge when the whole box does."""

    def __init__(self, stream: BinaryIO, member: Member, shown: str, budget: Budget) -> None:
        super().__init__()
        self._stream = stream
        self._shown = shown
        self._budget = budget
        self._most = max(FREE, budget.ratio * member.packed) if member.packed else None
        self.count = 0

    @property
    def damage(self) -> str | None:
        """Where and why the member breaks off."""
        return name_damage(self._stream)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Pass bytes on."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        if self._most is not None and self.count > self._most:
            raise Reject(Reason.TOO_LONG, f"it holds more than {self._budget.ratio} times its packed size, as only a bomb does; {ADVICE}")
        self._budget.spend(len(data), self._shown)
        return len(data)


class Entry(NamedTuple):
    """A member that is an input, opened."""

    shown: str
    name: str
    stream: BinaryIO


class Tally:
    """What became of the members of one container, and what is to be said of them."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.read = 0
        self.passed: Counter[str] = Counter()
        self.asides: list[Aside] = []
        """Members that are no inputs, with the reason."""
        self.failed: list[Aside] = []
        """Members that should be read and can't be."""
        self.notes: list[Aside] = []
        self._names: set[int] = set()

    def describe(self) -> str:
        """The container in a line.

        >>> tally = Tally("box.zip"); tally.read = 3; tally.passed["no known ending"] += 2; tally.describe()
        '3 members read, 2 passed over (no known ending 2)'
        """
        said = f"{self.read:,} member{'' if self.read == 1 else 's'} read"
        if self.passed:
            reasons = ", ".join(f"{reason} {count:,}" for reason, count in sorted(self.passed.items()))
            said += f", {sum(self.passed.values()):,} passed over ({reasons})"
        return said

    def note_name(self, name: str, shown: str) -> None:
        """Say what is odd about a name. Nothing is ever written under it."""
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if name.startswith(("/", "\\")) or name[1:3] in (":\\", ":/") or ".." in parts:
            self.notes.append(Aside(shown, "its name leads out of the container; it is read, and nothing is written under that name"))
        if hash(name) in self._names:
            self.notes.append(Aside(shown, "the container holds this name more than once; each is read"))
        self._names.add(hash(name))


def open_members(
    raw: BinaryIO, container: Container, shown: str, hints: Hints, budget: Budget, tally: Tally, *, is_forced: bool = False,
) -> Iterator[Entry]:
    """The members of a container that are inputs, each open until the next is asked for.

    Raises Reject where the container breaks off, BoxTooLarge when too much comes out of it. `is_forced`: endings don't matter.
    """
    name = PurePosixPath(hints.name).name or "member"
    for member in read_members(raw, container, name, budget.members_left, budget.ratio):
        own = escape_name(member.name) or "(no name)"
        inner = f"{shown}{MARK}{own}"
        budget.count_member(inner)
        reason = judge_member(member, is_packed=container.kind == "packed", is_forced=is_forced)
        if reason:
            tally.passed[reason.split(";")[0].split(",")[0]] += 1
            if reason != "a folder":
                tally.asides.append(Aside(inner, reason))
            continue
        tally.note_name(member.name, inner)
        if member.refusal:
            tally.failed.append(Aside(inner, member.refusal))
            continue
        try:
            opened = member.open()
        except Reject as no:
            tally.failed.append(Aside(inner, no.detail))
            continue
        tally.read += 1
        yield Entry(inner, own, cast(BinaryIO, Rationed(opened, member, inner, budget)))


def judge_member(member: Member, *, is_packed: bool, is_forced: bool) -> str | None:
    """Why a member is no input, by its kind and name; None when it is one."""
    if member.passed:
        return member.passed
    if is_packed:
        return None
    path = PurePosixPath(member.name.replace("\\", "/"))
    if is_bystander_name(path):
        return f"{path.suffix.lower()} holds no news" if path.suffix and not path.name.startswith(".") else "hidden"
    if is_forced and path.stem.lower() != "readme":
        return None
    if not is_input_name(path.name):
        return "a README" if path.stem.lower() == "readme" else "no known ending; give --format to read it all the same"
    return None


def make_seekable(raw: BinaryIO) -> BinaryIO:
    """A stream that can be read in any order: itself, or a copy in memory or, when large, in a file without a name."""
    if raw.seekable():
        return raw
    copy = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - handed on, and closed with the stream
    while data := raw.read(CHUNK):
        copy.write(data)
    copy.seek(0)
    return cast(BinaryIO, copy)
