"""All experiments, one after the other: `python -m tests.crash.long`. What has been tried is kept, and not tried again after an interruption.

    python -m tests.crash.long [--only NAME,NAME] [--scale 0.1] [--seed 1] [--jobs 2] [--place DIR] [--minutes 55] [--again] [--readme]

Lakes lie in memory where the system has /dev/shm; results, which outlast them, in the folder that is named.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.crash.clocks import CLOCKS
from tests.crash.disks import DISKS, HOLDERS
from tests.crash.experiment import Bench, Experiment, Found, make_bench
from tests.crash.faults import FAULTS
from tests.crash.flips import FLIPS
from tests.crash.held import HELD
from tests.crash.kills import MOMENTS, STEPS
from tests.crash.orders import ORDERS
from tests.crash.power import POWER
from tests.crash.together import TOGETHER

EXPERIMENTS: tuple[Experiment, ...] = (STEPS, MOMENTS, FAULTS, DISKS, HOLDERS, HELD, POWER, TOGETHER, ORDERS, FLIPS, CLOCKS)
SHOWN = 12
READS, SHORT_READS = 200, 20
"""Reads while eight runs are started together: ten thousand in fifty cases."""
README = Path(__file__).with_name("README.md")
MEASURED = "## Crash experiments, as measured"
MEMORY = Path("/dev/shm")
PATIENCE = 10.0
"""Seconds between two lines of progress."""


def say(line: str) -> None:
    """A line of the table."""
    sys.stdout.write(line + "\n")


def read_results(log: Path) -> dict[str, dict[int, Found]]:
    """What has been tried so far, by experiment and number."""
    results: dict[str, dict[int, Found]] = {}
    with contextlib.suppress(FileNotFoundError):
        for line in log.read_text("utf-8").splitlines():
            with contextlib.suppress(ValueError):  # the last line of a run that was killed
                name, number, counts, faults, seconds = json.loads(line)
                results.setdefault(name, {})[number] = Found(counts, faults, seconds)
    return results


def try_case(experiment: Experiment, bench: Bench, number: int, log: Path) -> None:
    """Try a case and write down what it has shown."""
    before = sum(os.times()[:4])
    try:
        found = experiment.attempt(bench, number)
    except Exception as error:  # noqa: BLE001 - one case must not end an hour's run; what it says is counted as a fault
        found = Found({}, [f"the experiment failed: {type(error).__name__}: {error}"])
    spent = round(sum(os.times()[:4]) - before, 2)
    line = json.dumps([experiment.name, number, found.counts, found.faults, spent], ensure_ascii=False) + "\n"
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, line.encode("utf-8"))
    os.close(descriptor)


def try_cases(experiment: Experiment, bench: Bench, wanted: list[int], log: Path, jobs: int, until: float) -> None:
    """Try the cases that are left, several at a time."""
    def work(part: int) -> int:
        for number in wanted[part::jobs]:
            if time.monotonic() > until:
                break
            try_case(experiment, bench, number, log)
            if part == 0:
                report_progress(experiment, log, len(wanted))
        return 0

    jobs = 1 if experiment.is_alone else jobs
    workers = []
    for part in range(jobs):
        child = os.fork()
        if not child:
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os._exit(run_part(work, part))
        workers.append(child)
    for child in workers:
        os.waitpid(child, 0)


def run_part(work: object, part: int) -> int:
    """The work of one worker; its exit code."""
    try:
        return int(work(part))  # type: ignore[operator]
    except BaseException as error:  # noqa: BLE001 - a fork must not come back
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1


_told = [0.0]


def report_progress(experiment: Experiment, log: Path, wanted: int) -> None:
    """A line now and then."""
    if time.monotonic() - _told[0] > PATIENCE:
        _told[0] = time.monotonic()
        tried = read_results(log).get(experiment.name, {})
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {experiment.name}: {len(tried)} tried ({wanted} wanted now), "
                         f"{sum(bool(found.faults) for found in tried.values())} with faults\n")


def write_table(results: dict[str, dict[int, Found]], skipped: dict[str, str]) -> Iterator[str]:
    """The figures."""
    yield "| experiment | tried | with faults | what happened | minutes of a processor |"
    yield "|---|---:|---:|---|---:|"
    for experiment in EXPERIMENTS:
        tried = results.get(experiment.name, {})
        if experiment.name in skipped:
            yield f"| {experiment.title} | 0 | | skipped: {skipped[experiment.name]} | |"
        elif tried:
            counts = Counter[str]()
            for found in tried.values():
                counts.update({name: number for name, number in found.counts.items() if not name.startswith("most ")})
            said = ", ".join(f"{name} {number:,}" for name, number in sorted(counts.items()))
            most = sorted({name for found in tried.values() for name in found.counts if name.startswith("most ")})
            said = ", ".join(filter(None, (said, *(f"{name} {max(f.counts.get(name, 0) for f in tried.values()):,}" for name in most))))
            minutes = sum(found.seconds for found in tried.values()) / 60
            part = f" of {experiment.long:,}" if len(tried) < experiment.long else ""
            yield f"| {experiment.title} | {len(tried):,}{part} | {sum(bool(f.faults) for f in tried.values())} | {said} | {minutes:.1f} |"


def name_commit() -> str:
    """The commit that is tried; says so when something here is not committed."""
    asked = [subprocess.run(["git", *words], capture_output=True, text=True, check=False, cwd=Path(__file__).parent).stdout.strip()
             for words in (("rev-parse", "--short=12", "HEAD"), ("status", "--porcelain", "--untracked-files=no", ":/"))]
    return (asked[0] or "no commit") + (" with changes" if asked[1] else "")


def note_commit(place: Path) -> list[str]:
    """Write down on which commit results are found, and return all on which they were."""
    log = place / "commits.txt"
    known = log.read_text("utf-8").splitlines() if log.exists() else []
    if (now := name_commit()) not in known:
        known.append(now)
        log.write_text("\n".join(known) + "\n", "utf-8")
    return known


def write_readme(results: dict[str, dict[int, Found]], skipped: dict[str, str], commits: list[str]) -> None:
    """Put the figures into the page beside this file."""
    found = [case for tried in results.values() for case in tried.values()]
    minutes = sum(case.seconds for case in found) / 60
    faults = sum(bool(case.faults) for case in found)
    before, mark, _ = README.read_text("utf-8").partition(MEASURED)
    told = [f"{MEASURED} on {time.strftime('%Y-%m-%d', time.gmtime())}", "",
            f"Commit {', '.join(commits)}; {len(found):,} cases, {faults} with faults, {minutes:,.0f} minutes of a processor; written by "
            "`python -m tests.crash.long --readme`.", "", *write_table(results, skipped)]
    README.write_text((before if mark else before.rstrip() + "\n\n") + "\n".join(told) + "\n", "utf-8")


def count_cases(experiment: Experiment, bench: Bench, *, is_short: bool, scale: float) -> int:
    """How many cases an experiment has in this form."""
    if is_short:
        return experiment.short
    if experiment.long:
        return max(1, round(experiment.long * scale))
    return len((bench.place / f"{experiment.name}.list").read_text().splitlines())


def main() -> int:
    """Run the experiments and print the table; 1 when any has shown a fault."""
    ask = argparse.ArgumentParser(prog="python -m tests.crash.long")
    ask.add_argument("--only", default="", help="names of experiments, with commas")
    ask.add_argument("--short", action="store_true", help="the few cases that the tests try")
    ask.add_argument("--scale", type=float, default=1.0, help="share of the cases of the long form")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    ask.add_argument("--minutes", type=float, default=55.0, help="begin no case after so many minutes")
    ask.add_argument("--place", type=Path, help="folder for results; the same again goes on from there")
    ask.add_argument("--again", action="store_true", help="try again what has shown a fault, now that it is mended")
    ask.add_argument("--readme", action="store_true", help="put the table into tests/crash/README.md")
    given = ask.parse_args()
    until = time.monotonic() + given.minutes * 60
    place = given.place or Path(tempfile.mkdtemp(prefix="copydesk-crash-"))
    place.mkdir(parents=True, exist_ok=True)
    log = place / f"results-{given.seed}.jsonl"
    commits = note_commit(place)
    lakes = (MEMORY if MEMORY.is_dir() else place) / f"copydesk-crash-{zlib.crc32(str(place.resolve()).encode()):08x}"
    bench = make_bench(lakes.resolve(), given.seed, SHORT_READS if given.short else READS)
    skipped: dict[str, str] = {}
    chosen = [e for e in EXPERIMENTS if not given.only or e.name in given.only.split(",")]
    for experiment in chosen:
        if why := experiment.prepare(bench):
            skipped[experiment.name] = why
            sys.stderr.write(f"skipped {experiment.name}: {why}\n")
            continue
        wanted = count_cases(experiment, bench, is_short=given.short, scale=given.scale)
        done = read_results(log).get(experiment.name, {})
        try_cases(experiment, bench._replace(cases=wanted), [n for n in range(wanted) if n not in done or (given.again and done[n].faults)], log, given.jobs, until)
    results = read_results(log)
    for line in write_table(results, skipped):
        say(line)
    faults = [(name, number, fault) for name, tried in results.items() for number, found in sorted(tried.items()) for fault in found.faults]
    for name, number, fault in faults[:SHOWN]:
        say(f"{name} {number}: {fault}")
    if len(faults) > SHOWN:
        say(f"and {len(faults) - SHOWN} more in {log}")
    if given.readme:
        write_readme(results, skipped, commits)
    shutil.rmtree(lakes)
    if given.place is None and not faults:
        shutil.rmtree(place)
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
