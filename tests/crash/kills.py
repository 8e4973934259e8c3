"""SIGKILL: at each named step of a commit, at each call that changes a file, and at moments drawn by lot."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from unittest import mock

from flows import ledger
from tests.crash.experiment import Bench, Experiment, Found, judge_torn, run_again
from tests.crash.runs import KILLED, Ended, all_of, ingest_words, run, spare, spare_most
from tests.crash.state import Held
from warehouse.land import commit_batch

CLOCK_PROCESS_CPUTIME_ID = 2
FULL = 2.5
"""Times that a run takes which is not spared anything."""


class TimerValue(ctypes.Structure):
    """`struct itimerspec`."""

    _fields_ = (("interval", ctypes.c_long * 2), ("value", ctypes.c_long * 2))


class SignalEvent(ctypes.Structure):
    """`struct sigevent`."""

    _fields_ = (("value", ctypes.c_void_p), ("signo", ctypes.c_int), ("notify", ctypes.c_int), ("rest", ctypes.c_char * 48))


def kill_after(seconds: float, _stack: ExitStack) -> None:
    """Have the kernel kill this process when it has spent some seconds of a processor: moments do not hang on how busy the machine is."""
    clib = ctypes.CDLL(None, use_errno=True)
    timer = ctypes.c_void_p()
    event = SignalEvent(None, signal.SIGKILL, 0)
    value = TimerValue((0, 0), (int(seconds), max(1, int(seconds % 1 * 1e9))))
    if clib.timer_create(CLOCK_PROCESS_CPUTIME_ID, ctypes.byref(event), ctypes.byref(timer)) or clib.timer_settime(
            timer, 0, ctypes.byref(value), None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def die_at(last: int, stack: ExitStack) -> None:
    """Be killed when the commits of a run have gone through so many steps."""
    passed = 0

    def step(_name: str) -> None:
        nonlocal passed
        passed += 1
        if passed == last:
            os.kill(os.getpid(), signal.SIGKILL)

    stack.enter_context(mock.patch.object(ledger, "commit_batch", partial(commit_batch, checkpoint=step)))


def note_steps(log: Path, stack: ExitStack) -> None:
    """Write the steps of a run's commits down."""
    file = stack.enter_context(log.open("w"))
    stack.enter_context(mock.patch.object(ledger, "commit_batch", partial(commit_batch, checkpoint=lambda name: print(name, file=file))))


def prepare_steps(bench: Bench) -> None:
    """Note the steps of a run."""
    lake = bench.clear("steps.lake")
    log = bench.place / "steps.list"
    run(ingest_words(bench.inbox, lake), lake.with_suffix(".txt"), prelude=all_of(spare, partial(note_steps, log)))
    shutil.rmtree(lake)


def judge_kill(bench: Bench, lake: Path, ended: Ended, wanted: Held, number: int) -> Found:
    """What a reader sees after the kill, and what one further run makes of it."""
    faults = [] if ended.code in (0, KILLED) else [f"ended with {ended.code}: {ended.said[-300:]}"]
    faults += judge_torn(lake, wanted)
    faults += run_again(bench, lake, prelude=spare_most(number), wanted=wanted)
    shutil.rmtree(lake)
    return Found({"killed": int(ended.code == KILLED)}, faults)


def kill_at_step(bench: Bench, number: int) -> Found:
    """Kill a run at a step of its commits: each in turn, then over again. The short form tries every n-th."""
    steps = (bench.place / "steps.list").read_text().splitlines()
    at = number * len(steps) // bench.cases if bench.cases < len(steps) else number % len(steps)
    lake = bench.clear("steps.lake")
    die = all_of(spare_most(number), partial(die_at, at + 1))
    return judge_kill(bench, lake, run(ingest_words(bench.inbox, lake), lake.with_suffix(".txt"), prelude=die), bench.expected, number)


def kill_at_moment(bench: Bench, number: int) -> Found:
    """Kill a run at a moment drawn by lot, in every other case one that adds to a lake. One that came to its end is tried again, killed earlier."""
    draw = bench.draw("moments", number)
    seconds = draw.uniform(0.002, bench.seconds * (1 if number % 10 != 9 else FULL))
    while True:
        lake, wanted = bench.begin("moments.lake", number)
        die = all_of(spare_most(number), partial(kill_after, seconds))
        ended = run(ingest_words(bench.inbox, lake), lake.with_suffix(".txt"), prelude=die)
        if ended.code:
            break
        seconds *= draw.uniform(0.5, 0.95)
    if not lake.exists():
        return Found({"killed": 1, "before there was a lake": 1}, [])
    return judge_kill(bench, lake, ended, wanted, number)


STEPS = Experiment("steps", "SIGKILL at every named step of a commit", 6, 0, kill_at_step, prepare_steps)
MOMENTS = Experiment("moments", "SIGKILL at moments drawn by lot", 4, 500, kill_at_moment)
