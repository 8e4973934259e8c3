"""Disks that are full or can't be written, and locks whose holder is stopped, killed or robbed of its file."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from unittest import mock

from flows import ledger
from tests.crash.experiment import Bench, Experiment, Found, judge_torn, run_again
from tests.crash.runs import KILLED, Ended, all_of, ingest_words, run, spare, start, wait
from warehouse.land import commit_batch

LEAST, ROOM = 64, 4096
"""Sizes of full disks, in kB."""


def mount(place: Path, options: str) -> str | None:
    """Mount a small disk in memory; what went wrong, if it did."""
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True, check=False)
    return done.stderr.strip() or "mount failed" if done.returncode else None


def unmount(place: Path, patience_s: float = 20.0) -> list[str]:
    """Unmount a small disk as soon as the last process of a run has let go of it; who holds it, when one never does."""
    end = time.monotonic() + patience_s
    while subprocess.run(["umount", str(place)], capture_output=True, check=False).returncode:
        if time.monotonic() > end:
            holders = name_holders(place)
            subprocess.run(["umount", "--lazy", str(place)], check=True)
            return [f"{patience_s:.0f} s after the run, its files are still open: {holders}"]
        time.sleep(0.1)
    return []


def name_holders(place: Path) -> list[str]:
    """The processes that have a file below a folder open."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if link.readlink().is_relative_to(place):
                found.append(f"{link.parts[2]} {Path('/proc', link.parts[2], 'cmdline').read_text()} {link.readlink()}")
    return found


@functools.cache
def why_no_disks(place: Path) -> str | None:
    """Why small disks can't be had here; None when they can."""
    if os.geteuid() or not shutil.which("mount"):
        return "small disks are mounted by root only"
    if why := mount(place / "try", "size=64k"):
        return f"small disks can't be mounted here: {why}"
    unmount(place / "try")
    return None


def judge_refusal(bench: Bench, place: Path, lake: Path, ended: Ended) -> list[str]:
    """What is wrong with how a run says that it can't write."""
    faults = judge_torn(lake, bench.expected)
    if ended.code not in (2, 3):
        faults.append(f"exit {ended.code}: {ended.said[-300:]}")
    if str(place) not in ended.said or "Traceback" in ended.said:
        faults.append(f"no path is named: {ended.said[-300:]}")
    return faults


def fill_disk(bench: Bench, number: int) -> Found:
    """A run on a disk that is too small, and one further run when there is room."""
    place = bench.clear("disk")
    size = bench.draw("disk", number).randrange(LEAST, ROOM) if number else 700
    if why := mount(place, f"size={size}k"):
        raise OSError(why)
    counts: dict[str, int] = {}
    faults: list[str] = []
    try:
        lake = place / "full.lake"
        said = place.with_suffix(".txt")
        ended = run(ingest_words(bench.inbox, lake), said, prelude=spare)
        faults += judge_refusal(bench, place, lake, ended) if ended.code else []
        subprocess.run(["mount", "-o", "remount,size=64m", str(place)], check=True)
        faults += run_again(bench, lake)
        if number % 5 == 0:
            subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
            refused = run(ingest_words(bench.inbox, lake), said, prelude=spare)
            faults += [f"read-only: {fault}" for fault in judge_refusal(bench, place, lake, refused)]
        counts = {"too small": int(ended.code != 0), "large enough": int(ended.code == 0), "read-only": int(number % 5 == 0)}
    finally:
        faults += unmount(place)
        place.rmdir()
    return Found(counts, [f"{size} kB: {fault}" for fault in faults])


def stop_at(last: int, stack: ExitStack) -> None:
    """Stop this process at a step of its commits."""
    passed = 0

    def step(_name: str) -> None:
        nonlocal passed
        passed += 1
        if passed == last:
            os.kill(os.getpid(), signal.SIGSTOP)

    stack.enter_context(mock.patch.object(ledger, "commit_batch", partial(commit_batch, checkpoint=step)))


def lose_holder(bench: Bench, number: int) -> Found:
    """A run is stopped while it holds the lock: others say who it is. Then it is killed, or goes on when its lock file has gone."""
    lake = bench.clear("holder.lake")
    step = bench.draw("holder", number).randint(1, 30)
    child = start(ingest_words(bench.inbox, lake), lake.with_suffix(".txt"), prelude=all_of(spare, partial(stop_at, step)))
    os.waitpid(child, os.WUNTRACED)
    other = run(ingest_words(bench.inbox, lake), lake.with_suffix(".other.txt"), prelude=spare)
    faults = [] if other.code == 4 and f"process {child} on" in other.said else [f"exit {other.code}: {other.said[-200:]}"]
    is_robbed = number % 2
    if is_robbed:
        (lake / "lock").unlink()
        os.kill(child, signal.SIGCONT)
        time.sleep(0.01)
        code = wait(child)
        said = lake.with_suffix(".txt").read_text("utf-8", "replace")
        if code != 2 or "lock was removed" not in said:
            faults.append(f"robbed of its lock, a run ended with {code}: {said[-200:]}")
        faults += judge_torn(lake, bench.expected)
    else:
        os.kill(child, signal.SIGKILL)
        code = wait(child)
        faults += [] if code == KILLED else [f"killed, and ended with {code}"]
    faults += run_again(bench, lake)
    shutil.rmtree(lake)
    return Found({"robbed" if is_robbed else "killed": 1}, faults)


DISKS = Experiment("disks", "a disk too small, then read-only", 1, 60, fill_disk, lambda bench: why_no_disks(bench.place))
HOLDERS = Experiment("holders", "a lock's holder stopped, killed or robbed", 2, 40, lose_holder)
