"""Power cuts: a run's calls on its lake are recorded once, and each case rebuilds what a disk may hold when the power fails at one of them.

What was synced is there. Of what was not, a part is: writes to a file since its last fsync are kept or lost one by one, the last one perhaps
in part (by sectors of 512 bytes); creations, renames and removals in a folder that was not synced since are kept up to some moment, and lost
after it. A file whose folder is lost is lost with it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import random
import re
import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from flows import ledger
from tests.crash.experiment import Bench, Experiment, Found, judge_seals, run_again
from tests.crash.faults import BIRTHS, find_parsers, run_traced, why_no_strace
from tests.crash.runs import ingest_words
from tests.crash.state import Held, count_batches, find_torn, read_state
from warehouse.errors import LakeError
from warehouse.land import commit_batch

SECTOR = 512
CALLS = ("openat,creat,write,pwrite64,writev,pwritev,lseek,ftruncate,truncate,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,"
         "fsync,fdatasync,close,dup,dup2,dup3,fcntl,fallocate,copy_file_range,sendfile,symlink,symlinkat,link,linkat")
LINE = re.compile(r"^(?P<thread>\d+) +(?P<rest>.*)$")
WHOLE = re.compile(r"^(?P<call>\w+)\((?P<words>.*)\) += (?P<result>-?\d+)")
BEGUN = re.compile(r"^(?P<start>\w+\(.*) <unfinished \.\.\.>$")
RESUMED = re.compile(r"^<\.\.\. \w+ resumed>(?P<end>.*)$")
HEX = re.compile(r"(?:\\x[0-9a-f]{2})+")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
MARK = "landed\n"
SEEN = "power-seen"
"""Folder with the hashes of the states that were judged."""


class Node:
    """A file: what is on the disk for sure, and what has been written since."""

    def __init__(self, content: bytes = b"") -> None:
        self.durable = content
        self.pending: list[tuple[int, bytes | None]] = []
        """Offset and bytes; None in place of bytes cuts the file off there."""

    def sync(self) -> None:
        """All that was written is on the disk."""
        self.durable = apply_writes(self.durable, self.pending)
        self.pending = []


class Change(NamedTuple):
    """A change of names: what appears, what goes."""

    added: str | None
    removed: str | None
    node: Node | None
    """None for a folder."""


def apply_writes(content: bytes, writes: list[tuple[int, bytes | None]]) -> bytes:
    """A file after some writes."""
    held = bytearray(content)
    for offset, told in writes:
        if len(held) < offset:
            held.extend(bytes(offset - len(held)))
        if told is None:
            del held[offset:]
        else:
            held[offset:offset + len(told)] = told
    return bytes(held)


def unescape(text: str) -> str:
    """Text in which strace has written every byte as hexadecimal digits."""
    return HEX.sub(lambda found: bytes.fromhex(found[0].replace("\\x", "")).decode("utf-8", "replace"), text)


def read_calls(log: Path) -> list[tuple[str, str, int]]:
    """Calls of the run itself that went well, in the order in which they ended: name, arguments, result.

    A parser's process has descriptors of its own under the same numbers, and writes to none of the lake's files.
    """
    begun: dict[str, str] = {}
    calls = []
    lines = log.read_text("utf-8", "replace").splitlines()
    parsers = find_parsers(lines)
    for line in lines:
        found = LINE.match(line)
        if not found or found["thread"] in parsers:
            continue
        thread, rest = found["thread"], found["rest"]
        if unfinished := BEGUN.match(rest):
            begun[thread] = unfinished["start"]
            continue
        if resumed := RESUMED.match(rest):
            rest = begun.pop(thread, "") + resumed["end"]
        whole = WHOLE.match(rest)
        if whole and int(whole["result"]) >= 0:
            calls.append((whole["call"], whole["words"], int(whole["result"])))
    return calls


class Disk:
    """A lake's folder and what of it is on the disk, call by call."""

    def __init__(self, root: str, before: Path | None) -> None:
        self.root = root
        self.durable: dict[str, Node | None] = {}
        self.now: dict[str, Node | None] = {}
        self.changes: list[Change] = []
        self.synced: list[bool] = []
        self.open: dict[int, tuple[Node, int]] = {}
        """Descriptors: file and offset."""
        self.landed = 0
        if before:
            for path in sorted(before.rglob("*")):
                name = f"{root}/{path.relative_to(before)}"
                if not path.is_symlink():
                    self.durable[name] = None if path.is_dir() else Node(path.read_bytes())
            self.durable[root] = None
            self.now = dict(self.durable)

    def change(self, added: str | None, removed: str | None, node: Node | None) -> None:
        """Names change."""
        if removed:
            self.now.pop(removed, None)
        if added:
            self.now[added] = node
        self.changes.append(Change(added, removed, node))
        self.synced.append(False)

    def sync_folder(self, folder: str) -> None:
        """The names in a folder are on the disk."""
        for place, change in enumerate(self.changes):
            if any(name and name.rpartition("/")[0] == folder for name in (change.added, change.removed)):
                self.synced[place] = True

    def pass_call(self, call: str, words: str, result: int) -> None:
        """Follow a call."""
        strings = [unescape(found) for found in STRING.findall(words)]
        inside = [path for path in strings if path == self.root or path.startswith(f"{self.root}/")]
        descriptor = int(words.split("<", 1)[0]) if words[:1].isdigit() else -1
        if call == "write" and descriptor == 2:
            self.landed += strings[:1] == [MARK]
        elif call in ("openat", "creat"):
            self._open(inside, words, result)
        elif call == "close":
            self.open.pop(descriptor, None)
        elif call in ("dup", "dup2", "dup3", "fcntl"):
            if descriptor in self.open and (call != "fcntl" or "F_DUPFD" in words):
                self.open[result] = self.open[descriptor]
        elif call in ("fsync", "fdatasync"):
            self._sync(descriptor, words)
        elif call.startswith("rename") and len(inside) == 2:
            self._rename(*inside)
        elif call in ("unlink", "unlinkat", "rmdir") and inside:
            self.change(None, inside[0], None)
        elif call in ("mkdir", "mkdirat") and inside:
            self.change(inside[0], None, None)
        elif descriptor in self.open:
            self._write(call, descriptor, words, result)

    def _rename(self, source: str, target: str) -> None:
        for name in [name for name in self.now if name.startswith(f"{source}/")]:
            self.change(target + name[len(source):], name, self.now[name])
        self.change(target, source, self.now.get(source))

    def _open(self, inside: list[str], words: str, result: int) -> None:
        self.open.pop(result, None)
        if not inside or "O_DIRECTORY" in words:
            return
        path = inside[0]
        node = self.now.get(path)
        if node is None:
            if path in self.now or "O_CREAT" not in words:
                return
            node = Node()
            self.change(path, None, node)
        elif "O_TRUNC" in words:
            node.pending.append((0, None))
        end = len(apply_writes(node.durable, node.pending)) if "O_APPEND" in words else 0
        self.open[result] = (node, end)

    def _sync(self, descriptor: int, words: str) -> None:
        if descriptor in self.open:
            self.open[descriptor][0].sync()
        else:
            self.sync_folder(unescape(words).partition("<")[2].partition(">")[0])

    def _write(self, call: str, descriptor: int, words: str, result: int) -> None:
        node, offset = self.open[descriptor]
        if call == "lseek":
            self.open[descriptor] = (node, result)
        elif call == "ftruncate":
            node.pending.append((int(words.rpartition(",")[2]), None))
        elif call in ("write", "pwrite64"):
            found = STRING.search(words)
            told = bytes.fromhex(found[1].replace("\\x", ""))[:result] if found else b""
            if call == "pwrite64":
                offset = int(words.rpartition(",")[2])
            else:
                self.open[descriptor] = (node, offset + result)
            node.pending.append((offset, told))
        elif call != "fallocate":
            raise ValueError(f"the recording holds {call} on a file of the lake, which is not followed")

    def draw_state(self, draw: random.Random) -> dict[str, bytes | None]:
        """What the disk may hold: files by their paths in the lake, None for a folder."""
        kind = draw.choice(("nothing", "all", "some"))
        moment = {"nothing": 0, "all": len(self.changes), "some": draw.randint(0, len(self.changes))}[kind]
        names = dict(self.durable)
        for number, (change, is_synced) in enumerate(zip(self.changes, self.synced, strict=True)):
            if is_synced or number < moment:
                if change.removed:
                    names.pop(change.removed, None)
                if change.added:
                    names[change.added] = change.node
        kept: dict[str, bytes | None] = {"": None}
        for name, node in sorted(names.items()):
            path = name[len(self.root):].lstrip("/")
            if path and path.rpartition("/")[0] in kept:
                kept[path] = None if node is None else apply_writes(node.durable, keep_writes(node.pending, kind, draw))
        return kept


def write_state(kept: Mapping[str, bytes | None], place: Path) -> None:
    """Write a disk's state down as a lake."""
    for name, content in kept.items():
        if content is None:
            (place / name).mkdir()
        else:
            (place / name).write_bytes(content)


def keep_writes(writes: list[tuple[int, bytes | None]], kind: str, draw: random.Random) -> list[tuple[int, bytes | None]]:
    """The writes to a file that have reached the disk, of those that were not synced."""
    if kind == "all" or not writes:
        return writes
    if kind == "nothing":
        return []
    kept = [write for write in writes if draw.random() < 0.5]
    offset, told = kept[-1] if kept else (0, None)
    if told:
        kept[-1] = (offset, told[:SECTOR * draw.randint(0, -(-len(told) // SECTOR))])
    return kept


def mark_landed(stack: ExitStack) -> None:
    """Have a run say when a batch has landed for good."""
    def say(step: str) -> None:
        if step == "committed":
            os.write(2, MARK.encode("ascii"))

    stack.enter_context(mock.patch.object(ledger, "commit_batch", partial(commit_batch, checkpoint=say)))


def prepare_power(bench: Bench) -> str | None:
    """Record two runs: one that makes its lake, one that adds to a lake."""
    if why := why_no_strace():
        return why
    (bench.place / SEEN).mkdir()
    for name in ("new", "old"):
        lake = bench.place / f"power-{name}.lake"
        if name == "old":
            shutil.copytree(bench.started, lake, symlinks=True)
        ended = run_traced(
            ingest_words(bench.inbox, lake), lake.with_suffix(".txt"), bench.place / f"power-{name}.log",
            ["-xx", "-s", "100000000", "-e", f"trace={CALLS},{BIRTHS}"], more=mark_landed)
        if ended.code:
            return f"the recorded run ended with {ended.code}: {ended.said[-200:]}"
    return None


@functools.cache
def load_recording(place: Path, name: str) -> list[tuple[str, str, int]]:
    """The calls of a recorded run."""
    return read_calls(place / f"power-{name}.log")


def cut_power(bench: Bench, number: int) -> Found:
    """Rebuild a disk at some call of a recorded run; readers see some batches whole, those at least that had landed; one run mends the rest.

    A state that is the same as one before, byte by byte, is counted and not judged again.
    """
    draw = bench.draw("power", number)
    name = ("old", "new")[number % 2]
    calls = load_recording(bench.place, name)
    before = bench.started if name == "old" else None
    cut = draw.randrange(len(calls) + 1)
    disk = Disk(str(bench.place / f"power-{name}.lake"), before)
    for call in calls[:cut]:
        disk.pass_call(*call)
    kept = disk.draw_state(draw)
    is_mended = number % 20 < 2
    seal = hashlib.sha256(repr((name, disk.landed, is_mended, sorted(kept.items()))).encode("utf-8")).hexdigest()
    counts = {f"{name} lake": 1}
    try:
        os.close(os.open(bench.place / SEEN / seal[:32], os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return Found({**counts, "the same as one before": 1}, [])
    lake = bench.clear("power.lake")
    write_state(kept, lake)
    early = bench.early if name == "old" else {}
    wanted = {**bench.expected, **early}
    held: Held = {}
    faults = []
    try:
        held = read_state(lake) if (lake / "catalog.sqlite").exists() else {}
        faults += [f"torn: {fault}" for fault in find_torn(held, wanted)] + judge_seals(lake)
    except (LakeError, OSError, ValueError) as error:
        faults.append(f"not readable: {type(error).__name__}: {error}")
    if not faults:
        here = count_batches(held) - (count_batches(early) if held else 0)
        counts[f"{here} new batches"] = 1
        if here < min(disk.landed, count_batches(bench.expected)) or any(key not in held for key in early):
            faults.append(f"{disk.landed} batches had landed, {here} are left")
    if is_mended and not faults:
        counts["run again"] = 1
        faults += run_again(bench, lake, wanted=wanted)
    shutil.rmtree(lake)
    return Found(counts, [f"{name} lake, cut after call {cut} of {len(calls)}: {fault}" for fault in faults])


POWER = Experiment("power", "power cuts, from a recording", 20, 2000, cut_power, prepare_power)
