"""System calls that fail, by strace: a run's calls on the lake and the inbox are listed once, then one of them fails in each case.

A run whose call fails may go on to the end, when it can do without; else it says which path and ends with a code that is not 0. It never
leaves a lake that can't be read. A call may also be the moment of SIGKILL.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from tests.crash.experiment import Bench, Experiment, Found, judge_torn, judge_whole, remove, run_again
from tests.crash.runs import KILLED, Ended, Prelude, all_of, ingest_words, spare, start, wait

ERRORS = {
    "openat": ("ENOSPC", "EIO", "EINTR", "EACCES", "EMFILE", "KILL"), "write": ("ENOSPC", "EIO", "EINTR", "KILL"), "pwrite64": ("ENOSPC", "EIO", "EINTR", "KILL"),
    "fsync": ("EIO", "ENOSPC", "EINTR", "KILL"), "fdatasync": ("EIO", "ENOSPC", "EINTR", "KILL"), "rename": ("ENOSPC", "EIO", "EROFS", "KILL"),
    "unlink": ("EIO", "EROFS", "KILL"), "mkdir": ("ENOSPC", "EIO", "KILL"), "ftruncate": ("EIO", "ENOSPC", "KILL"), "read": ("EIO", "EINTR"),
}
"""What may befall each call."""
LASTING = frozenset({"ENOSPC", "EIO", "EROFS"})
"""What stays so once it has begun, in every third case."""
CALL = re.compile(r"(?P<call>\w+)\((?P<words>.*)")
BIRTHS = "clone,clone3,fork,vfork"
ATTACH_SECONDS = 60


class Point(NamedTuple):
    """A call of a run."""

    call: str
    nth: int
    """From 1, among the calls of its name."""
    path: str


@functools.cache
def why_no_strace() -> str | None:
    """Why calls can't be made to fail here; None when they can."""
    if not shutil.which("strace"):
        return "strace is not installed: sh tests/crash/install.sh installs it on Debian"
    tried = subprocess.run(["strace", "-f", "-o", "/dev/null", "--inject=rename:error=EIO:when=9", "true"], capture_output=True, text=True, check=False)
    return None if tried.returncode == 0 else f"strace is refused here: {tried.stderr.strip()[:200]}"


def run_traced(words: list[str], said: Path, log: Path, options: list[str], more: Prelude = lambda stack: None) -> Ended:
    """A run with its checks recalled, whose calls strace writes down or makes fail."""
    child = start(words, said, prelude=all_of(spare, more), is_traced=True)
    os.waitpid(child, os.WUNTRACED)
    tracer = subprocess.Popen(["strace", "-f", "-q", "-y", "-o", str(log), *options, "-p", str(child)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        begun = time.monotonic()
        while not re.search(r"^TracerPid:\t[1-9]", Path(f"/proc/{child}/status").read_text(), re.MULTILINE):
            if tracer.poll() is not None or time.monotonic() - begun > ATTACH_SECONDS:
                os.kill(child, signal.SIGKILL)
                raise RuntimeError(f"strace did not take hold of a run: {tracer.stderr.read() if tracer.stderr else ''!r}")
            time.sleep(0.002)
        os.kill(child, signal.SIGCONT)
        code = wait(child)
    finally:
        tracer.communicate(timeout=ATTACH_SECONDS)
    return Ended(code, said.read_text("utf-8", "replace"))


def prepare_faults(bench: Bench) -> str | None:
    """List the calls of a run on the lake and the inbox, and what a lake of an earlier run adds to them."""
    if why := why_no_strace():
        return why
    lake, log = bench.clear("faults.lake"), bench.place / "calls.log"
    ended = run_traced(ingest_words(bench.inbox, lake), lake.with_suffix(".txt"), log, ["-e", f"trace={','.join(ERRORS)}"])
    if ended.code:
        return f"the run under strace ended with {ended.code}: {ended.said[-300:]}"
    (bench.place / "calls.json").write_text(json.dumps(list_points(log.read_text("utf-8", "replace"), (str(lake), str(bench.inbox)))))
    shutil.rmtree(lake)
    return None


def list_points(log: str, places: tuple[str, ...]) -> list[Point]:
    """The calls of a log that name a path below some places, made by the thread that began it."""
    counts: dict[str, int] = {}
    points = []
    main = log.split(" ", 1)[0]
    for line in log.splitlines():
        thread, _, rest = line.partition(" ")
        found = CALL.match(rest.lstrip())
        if thread != main or not found or found["call"] not in ERRORS:
            continue
        call = found["call"]
        counts[call] = counts.get(call, 0) + 1
        path = next((p for place in places if (p := cut_path(found["words"], place))), None)
        if path:
            points.append(Point(call, counts[call], path))
    return points


def cut_path(words: str, place: str) -> str | None:
    """The path below a place in a call's arguments."""
    at = words.find(place)
    return re.split(r"[\">,]", words[at:], maxsplit=1)[0] if at >= 0 else None


def fail_call(bench: Bench, number: int) -> Found:
    """Let one call of a run fail."""
    draw = bench.draw("faults", number)
    points = [Point(*point) for point in json.loads((bench.place / "calls.json").read_text())]
    call = draw.choice(sorted({point.call for point in points}))
    point = draw.choice([p for p in points if p.call == call])
    error = draw.choice(ERRORS[call])
    lasts = error in LASTING and number % 3 == 0
    what = "signal=KILL" if error == "KILL" else f"error={error}"
    lake, log = bench.clear("faults.lake"), bench.clear("faults.log")
    words = f"--inject={call}:{what}:when={point.nth}{'+' if lasts else ''}"
    ended = run_traced(ingest_words(bench.inbox, lake), lake.with_suffix(".txt"), log, ["-e", f"trace={call},{BIRTHS}", words])
    lines = log.read_text("utf-8", "replace").splitlines()
    hit = [line for line in lines if "(INJECTED)" in line or "killed by SIGKILL" in line]
    if {line.split(" ", 1)[0] for line in hit} & find_parsers(lines):
        # A parser in a process of its own that dies costs a record, which is set aside and says so: that is tried elsewhere.
        remove(lake)
        remove(log)
        return Found({"in a parser's own process": 1}, [])
    counts = {"hit": int(bool(hit)), error: 1, f"exit {ended.code}": 1}
    faults = judge_end(bench, lake, ended, hit) if hit else []
    if number % 4 == 0 or ended.code == KILLED:
        faults += run_again(bench, lake, is_loose=ended.code == 3)
        counts["run again"] = 1
    label = f"{call} {error}{' from' if lasts else ' at'} {point.nth} ({point.path.replace(str(lake), 'LAKE')})"
    for path in (lake, log):
        remove(path)
    return Found(counts, [f"{label}: {fault}" for fault in faults])


def find_parsers(lines: list[str]) -> set[str]:
    """Ids of the processes that a run has started beside its threads."""
    born: set[str] = set()
    threaded: dict[str, bool] = {}
    for line in lines:
        maker, _, rest = line.partition(" ")
        found = re.match(r"\s*(?:<\.\.\. )?v?(?:clone3?|fork)\b", rest)
        if not found:
            continue
        if "resumed>" not in rest:
            threaded[maker] = "CLONE_THREAD" in rest
        if (made := re.search(r"\) += (\d+)", rest)) and not threaded.get(maker, False):
            born.add(made[1])
    return born


def judge_end(bench: Bench, lake: Path, ended: Ended, hit: list[str]) -> list[str]:
    """What is wrong with the end of a run in which a call failed."""
    if ended.code == 3:  # a file could not be read, and the others share other batches
        return [] if str(bench.inbox) in ended.said else [f"no path is named: {ended.said[-300:]}"]
    faults = judge_torn(lake, bench.expected)
    if ended.code == 0:
        return faults + [f"exit 0, but {fault}" for fault in judge_whole(lake, bench.expected)]
    if ended.code == KILLED:
        return faults
    if ended.code not in (1, 2, 3, 4):
        faults.append(f"exit {ended.code}: {ended.said[-300:]}")
    if "Traceback" in ended.said:
        faults.append(f"a traceback: {ended.said[-300:]}")
    silenced = any(re.search(r"write\([12]<", line) for line in hit)
    if not silenced and not any(str(place) in ended.said for place in (lake, bench.inbox)):
        faults.append(f"no path is named: {ended.said[-300:]}")
    return faults


FAULTS = Experiment("faults", "a system call fails (strace)", 4, 1000, fail_call, prepare_faults)
