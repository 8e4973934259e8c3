"""Feed every reader with broken files: `make fuzz`, or `python bench/fuzz.py --count 1000 --only html,warc`; `--cuts` cuts each file at every byte.

Inputs are made from the examples and goldens of a format, each from its reader's name and its number alone, so that any can be made again:
`--again html:17`. They are read in a child process, a batch at a time; when that dies, the number of the input it died of is known. Looked for: a
reader that dies, computes for more than five seconds or takes more than its memory, an exception that is no Reject, spans that do not tile the
file, text that can't be stored, and a neighbour lost: a record that ends before the first byte that was changed, or, in a format whose records
stand for themselves, one that begins behind the last. State and findings lie in `.fuzz/`: stopped and started again, it goes on where it was.
"""

from __future__ import annotations

import argparse
import io
import json
import mmap
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.changes import Maker  # noqa: E402
from flows.apart import read_apart  # noqa: E402
from flows.gazetteer import open_gazetteer  # noqa: E402
from transforms.article import parse_article  # noqa: E402
from transforms.model import HOUSELESS, Damaged, Item, Record  # noqa: E402
from transforms.outcome import Reason, Reject  # noqa: E402
from transforms.readers.compression import decompress, read_head  # noqa: E402
from transforms.readers.formats import load_formats, name_formats  # noqa: E402
from transforms.readers.found import Found, Hints  # noqa: E402
from transforms.readers.records import ReaderName, name_fragile, read_records  # noqa: E402
from transforms.readers.sniff import sniff  # noqa: E402

GENERAL = ("delimited", "text", "jsonl", "json", "html")
WHOLE = frozenset({"html", "excel", "parquet", "arrow", "docx", "rtf", "wacz", "json", "delimited", "text"})
"""Read as a whole, or cut into records by what is found further down: a change may undo what stands before it."""
SINGLE = frozenset({"jsonl", "gkg"})
"""A record is a line: a change can undo none that begins on a later line."""
PARSERS = ("lxml.etree", "lxml.html", "trafilatura", "pyarrow.parquet", "fastwarc", "python_calamine")
"""Brought in before the first child is made, so that not every child has to."""
SNIFFED = 20
"""One input in so many is sniffed as well, and read as what it is taken for."""
PARSED = 200
"""The records of one input in so many are parsed, too."""
BATCH = 5000
SECONDS = 5.0
MEMORY = 2 << 30
AT = struct.Struct("<q")


class Seed(NamedTuple):
    """A file that is read well."""

    path: Path
    data: bytes
    found: Found
    items: tuple[Item, ...]


class Input(NamedTuple):
    """A broken file."""

    number: int
    seed: Seed
    data: bytes
    is_sniffed: bool
    is_parsed: bool


class Finding(NamedTuple):
    """An input that broke something."""

    reader: str
    number: int
    seed: str
    what: str


class State(NamedTuple):
    """How far a reader has come."""

    done: int = 0
    seconds: float = 0.0
    findings: tuple[int, ...] = ()


def list_files() -> Iterator[Path]:
    """Examples and goldens."""
    yield from sorted(path for path in (ROOT / "examples").iterdir() if path.suffix not in (".sh", ".zip"))
    yield from sorted((ROOT / "tests/golden").glob("*/*/input*"))


def gather_seeds(only: frozenset[str] = frozenset()) -> dict[str, list[Seed]]:
    """The files of each reader, or of some, unpacked; read in another process, so that no parser has run in this one when it is forked."""
    seeds: dict[str, list[Seed]] = {}
    for path in list_files():
        data = decompress(io.BytesIO(path.read_bytes()))[0].read()
        name = path.name.removesuffix(".gz")
        try:
            found = sniff(read_head(decompress(io.BytesIO(data))[0]), Hints(name=name))
            if only and found.format not in only:
                continue
            form = name_formats().get(found.format)
            reader = name_fragile(found) or ReaderName("transforms.readers.records", "read_records")
            items = tuple(read_apart(io.BytesIO(data), reader, found, Hints(name=name), is_sought=form is not None and form.needs_seek))
        except Reject:
            continue
        if not any(isinstance(item, Damaged) and item.reason == Reason.READER_DIED for item in items):
            seeds.setdefault(found.format, []).append(Seed(path, data, found, items))
    return seeds


def try_input(given: Input) -> str | None:
    """What is wrong with how an input is read; None when nothing is."""
    seed, data = given.seed, given.data
    name = seed.path.name.removesuffix(".gz")
    ways = [seed.found]
    if given.is_sniffed:
        try:
            found = sniff(data[: 1 << 18], Hints(name=name))
        except Reject:
            found = seed.found
        except Exception as error:  # noqa: BLE001 - the very thing that is looked for
            return f"sniff: {type(error).__name__}: {error}"
        ways += [found] if found != seed.found else []
    for way in ways:
        try:
            items = list(read_records(io.BufferedReader(io.BytesIO(data)), way, Hints(name=name)))
        except Reject:
            continue
        except Exception as error:  # noqa: BLE001 - the very thing that is looked for
            return f"as {way.format}: {type(error).__name__}: {error}"
        if wrong := judge_items(items, len(data)) or (find_lost(seed, items, data) if way == seed.found else None):
            return f"as {way.format}: {wrong}"
        if given.is_parsed:
            for item in items[:50]:
                if isinstance(item, Record) and (wrong := try_parse(item)):
                    return wrong
    return None


def judge_items(items: Sequence[Item], size: int) -> str | None:
    """What is wrong with the items of a file of a size."""
    at = 0
    for item in items:
        if item.byte_start != at or item.byte_end < at:
            return f"{type(item).__name__} at {item.byte_start} to {item.byte_end} does not go on from {at}"
        at = item.byte_end
        texts = [item.raw, item.detail] if isinstance(item, Damaged) else []
        if isinstance(item, Record):
            texts = [item.document, *(text for pair in item.extra for text in pair)]
            texts += [text for text in (item.record_id, item.published_at, item.source, item.url, item.section, item.language) if text]
            if any(not 0 <= f.start <= f.end <= len(item.document) for f in item.fields):
                return "a field lies outside its document"
        try:
            for text in texts:
                text.encode("utf-8")
        except UnicodeEncodeError as error:
            return f"text that can't be stored: {error}"
    return None if at == size else f"items end at byte {at} of {size}"


def find_lost(seed: Seed, items: Sequence[Item], data: bytes) -> str | None:
    """A record that the change did not touch and that is no more."""
    if seed.found.format in WHOLE:
        return None
    first = count_common(seed.data, data)
    kept = {item.byte_start: item.document for item in items if isinstance(item, Record)}
    wanted = [item for item in seed.items if isinstance(item, Record)]
    for item in [item for item in wanted if item.byte_end < first][:-1]:  # the last of them may go on in what was changed
        if kept.get(item.byte_start) != item.document:
            return f"record {item.number} at bytes {item.byte_start} to {item.byte_end} is lost by a change at byte {first}"
    if seed.found.format in SINGLE:
        last = max(first, len(seed.data) - count_common(seed.data[::-1], data[::-1]))
        last = seed.data.find(b"\n", last) + 1 or len(seed.data)
        for item in wanted:
            if item.byte_start >= last and kept.get(item.byte_start + len(data) - len(seed.data)) != item.document:
                return f"record {item.number} at bytes {item.byte_start} to {item.byte_end} is lost by a change that ends before byte {last}"
    return None


def count_common(one: bytes, other: bytes) -> int:
    """How many bytes two files begin with alike.

    >>> count_common(b"Pier shut", b"Pier open")
    5
    """
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def try_parse(record: Record) -> str | None:
    """What is wrong with how a record is parsed."""
    try:
        parse_article(record, gazetteer=open_gazetteer(), profile=HOUSELESS, source=None)
    except Reject:
        return None
    except Exception as error:  # noqa: BLE001 - the very thing that is looked for
        return f"parse: {type(error).__name__}: {error}"
    return None


def make_input(reader: str, number: int, seeds: Sequence[Seed]) -> Input:
    """The input of a number."""
    chance = random.Random(f"{reader} {number}")
    seed = chance.choice(seeds)
    data = Maker(chance, [one.data for one in seeds]).change(seed.data)
    return Input(number, seed, data, number % SNIFFED == 0, number % PARSED == 0)


def cut_seed(seed: Seed, size: int) -> Input:
    """A file cut at a byte."""
    return Input(size, seed, seed.data[:size], size % SNIFFED == 0, size % PARSED == 0)


def run_batch(numbers: Sequence[int], make: Callable[[int], Input], find: Callable[[Input, str], None]) -> None:
    """Try inputs in a child process, going on behind those that kill it."""
    page = mmap.mmap(-1, AT.size)
    tried = 0
    while True:
        AT.pack_into(page, 0, tried)
        incoming, outgoing = os.pipe()
        child = os.fork()
        if not child:
            os.close(incoming)
            try_all(numbers, make, tried, page, outgoing)
            os._exit(0)
        os.close(outgoing)
        with os.fdopen(incoming, "rb") as said:
            for line in said:
                count, what = json.loads(line)
                find(make(numbers[count]), what)
        _, status = os.waitpid(child, 0)
        (reached,) = AT.unpack_from(page, 0)
        if status == 0:
            return
        name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}"
        find(make(numbers[reached]), f"computes for more than {SECONDS:.0f} s" if name == "SIGPROF" else f"dies of {name}")
        tried = reached + 1


def try_all(numbers: Sequence[int], make: Callable[[int], Input], behind: int, page: mmap.mmap, outgoing: int) -> None:
    """The child's work: try the inputs, and say which of them broke something."""
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    for at in range(behind, len(numbers)):
        given = make(numbers[at])
        AT.pack_into(page, 0, at)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            wrong = try_input(given)
        except MemoryError:
            wrong = f"takes more than {MEMORY >> 20:,} MB"
        except BaseException as error:  # noqa: BLE001 - a parser may panic with what is no Exception
            wrong = f"{type(error).__name__}: {error}"
        signal.setitimer(signal.ITIMER_PROF, 0)
        if wrong:
            os.write(outgoing, json.dumps([at, wrong[:500]]).encode() + b"\n")


def fuzz(seeds: dict[str, list[Seed]], count: int, seconds: float, folder: Path, tell: Callable[[str], None]) -> dict[str, State]:
    """Try inputs of all readers, some of each and then one reader after the other, the quickest first, until a count each or until the time is over."""
    states = load_states(folder)
    until = time.monotonic() + seconds
    for goal in (min(count, 2 * BATCH), count):
        for reader, own in sorted(seeds.items(), key=lambda item: states.get(item[0], State()).seconds):
            state = states.get(reader, State())
            while state.done < goal and time.monotonic() < until:
                end = min(count, state.done + BATCH)
                numbers = range(state.done, end)
                broken: list[int] = []

                def find(given: Input, what: str, reader: str = reader, broken: list[int] = broken) -> None:
                    broken.append(given.number)
                    tell(f"{reader}:{given.number} ({given.seed.path.relative_to(ROOT)}): {what}")
                    (folder / f"{reader}-{given.number}{given.seed.path.suffix}").write_bytes(given.data)

                began = time.process_time() + sum(os.times()[2:4])
                run_batch(numbers, partial(make_input, reader, seeds=own), find)
                took = time.process_time() + sum(os.times()[2:4]) - began
                state = State(end, state.seconds + took, (*state.findings, *broken))
                states[reader] = state
                save_states(folder, states)
        tell(", ".join(f"{reader} {states[reader].done:,}" for reader in seeds if reader in states))
    return states


def load_states(folder: Path) -> dict[str, State]:
    """How far each reader had come."""
    path = folder / "state.json"
    held = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {reader: State(done, seconds, tuple(found)) for reader, (done, seconds, found) in held.items()}


def save_states(folder: Path, states: dict[str, State]) -> None:
    """Keep how far each reader has come."""
    part = folder / "state.part"
    part.write_text(json.dumps(states), "utf-8")
    part.replace(folder / "state.json")


def write_table(states: dict[str, State], seeds: dict[str, list[Seed]], path: Path) -> None:
    """The counts as a page; what once broke something is tried again, and counted as open if it still does."""
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    lines = [
        "# Broken inputs", "",
        f"Written by `python bench/fuzz.py --table` at commit {commit}. Input N of a reader is made by `random.Random(\"READER N\")` from its examples and",
        "goldens, as `bench/changes.py` tells, and made again by `--again READER:N`. Each is read whole; one in "
        f"{SNIFFED} is sniffed first and read as what it is",
        f"taken for, too, and the records of one in {PARSED} are parsed. `Open` are findings that still break something; the others are mended.", "",
        "| reader | files to begin with | inputs | CPU s | a second | findings | open |", "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for reader, state in sorted(states.items()):
        own = seeds.get(reader, [])
        broken: list[str] = []
        for number in state.findings:
            run_batch([number], partial(make_input, reader, seeds=own), lambda given, what, broken=broken: broken.append(what))  # type: ignore[misc]
        speed = state.done / state.seconds if state.seconds else 0
        lines.append(f"| {reader} | {len(own)} | {state.done:,} | {state.seconds:,.0f} | {speed:,.0f} | {len(state.findings)} | {len(broken)} |")
    total, spent = sum(s.done for s in states.values()), sum(s.seconds for s in states.values())
    lines.append(f"| all | | {total:,} | {spent:,.0f} | {total / max(spent, 1e-9):,.0f} | {sum(len(s.findings) for s in states.values())} | |")
    path.write_text("\n".join(lines) + "\n", "utf-8")


def cut(seeds: dict[str, list[Seed]], step: int, tell: Callable[[str], None]) -> tuple[int, list[Finding]]:
    """Cut each example at every byte, or at every so many."""
    findings: list[Finding] = []
    tried = 0
    for reader, own in seeds.items():
        for seed in own:
            if seed.path.parent.name != "examples":
                continue

            def find(given: Input, what: str, reader: str = reader, seed: Seed = seed) -> None:
                findings.append(Finding(reader, given.number, seed.path.name, what))
                tell(f"{seed.path.name} cut at {given.number}: {what}")

            sizes = range(1, len(seed.data), step)
            run_batch(sizes, partial(cut_seed, seed), find)
            tell(f"{seed.path.name}: cut at {len(sizes):,} places")
            tried += len(sizes)
    return tried, findings


def main() -> int:
    """Read the options and go."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=100_000, help="inputs a reader")
    options.add_argument("--seconds", type=float, default=float("inf"), help="when to stop")
    options.add_argument("--only", default="", help="readers, with commas between")
    options.add_argument("--cuts", action="store_true", help="cut each example instead")
    options.add_argument("--step", type=int, default=1, help="bytes between two cuts")
    options.add_argument("--again", default="", help="READER:NUMBER, one input alone")
    options.add_argument("--table", action="store_true", help="write bench/FUZZ.md from what was done, and nothing else")
    options.add_argument("--folder", type=Path, default=ROOT / ".fuzz", help="for state and findings")
    given = options.parse_args()
    given.folder.mkdir(exist_ok=True)
    only = frozenset(filter(None, given.only.split(",")))
    seeds = gather_seeds(only)
    if not only and (missing := sorted({*GENERAL, *(form.name for form in load_formats())} - seeds.keys())):
        print(f"no file to begin with: {', '.join(missing)}", flush=True)
    for name in PARSERS:
        import_module(name)
    open_gazetteer()

    def tell(line: str) -> None:
        print(line, flush=True)

    if given.again:
        reader, _, number = given.again.partition(":")
        broken = run_again(seeds[reader], reader, int(number), tell)
        return 1 if broken else 0
    if given.table:
        write_table(load_states(given.folder), seeds, ROOT / "bench" / "FUZZ.md")
        return 0
    if given.cuts:
        tried, findings = cut(seeds, given.step, tell)
        tell(f"{tried:,} cuts, {len(findings):,} findings")
        return 1 if findings else 0
    states = fuzz(seeds, given.count, given.seconds, given.folder, tell)
    found = sum(len(state.findings) for state in states.values())
    tell(f"{sum(state.done for state in states.values()):,} inputs, {found:,} findings")
    return 1 if found else 0


def run_again(own: Sequence[Seed], reader: str, number: int, tell: Callable[[str], None]) -> bool:
    """Try one input alone and say what is wrong with it."""
    said: list[str] = []
    run_batch([number], partial(make_input, reader, seeds=own), lambda given, what: said.append(what))
    tell("; ".join(said) or "nothing wrong")
    return bool(said)


if __name__ == "__main__":
    sys.exit(main())
