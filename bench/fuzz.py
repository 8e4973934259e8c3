"""Feed every reader with broken files: `make fuzz`, or `python bench/fuzz.py --count 1000 --only html,warc`; `--cuts` cuts each file at every byte.

Inputs are made from the examples and goldens of a format, each from its seed alone, so that any can be made again: `--again html:17`. Each is read
in the process that runs keep for fragile parsers. Looked for: a reader that dies, computes for more than five seconds a record or takes more than
its memory, an exception that is no Reject, spans that do not tile the file, text that can't be stored, and records lost that end before the first
byte that was changed. State and findings lie in `.fuzz/`: stopped and started again, it goes on where it was.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from flows.apart import read_apart  # noqa: E402
from flows.gazetteer import open_gazetteer  # noqa: E402
from transforms.article import parse_article  # noqa: E402
from transforms.model import HOUSELESS, Damaged, Item, Record  # noqa: E402
from transforms.outcome import Reason, Reject  # noqa: E402
from transforms.readers.compression import decompress, read_head  # noqa: E402
from transforms.readers.formats import load_formats, name_formats  # noqa: E402
from transforms.readers.found import Found, Hints  # noqa: E402
from transforms.readers.records import ReaderName, name_fragile  # noqa: E402
from transforms.readers.sniff import sniff  # noqa: E402

GENERAL = ("delimited", "text", "jsonl", "json", "html")
WHOLE = frozenset({"html", "excel", "parquet", "arrow", "docx", "rtf", "wacz", "json", "delimited", "text"})
"""Read as a whole, or cut into records by what is found further down: a change may undo what stands before it."""
MOST = 200_000
"""Bytes of a seed."""
PARSED = 25
"""One input in so many is parsed too."""
TOKENS = (
    b"\0", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\r", b"\n", b"\r\n", b"\n\n", b"\f", b"\x1a", b"\x01", b"\x03", b'"',
    b'""', b"'", b"\\", b"\\u0000", b"\\ud800", b",", b";", b"\t", b"|", b"{", b"}", b"[", b"]", b"<", b">", b"</", b"/>", b"<!--", b"-->", b"<![CDATA[",
    b"]]>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"&#0;", b"&#xD800;", b"&amp;", b"NaN", b"Infinity", b"-0", b"1e999", b"9" * 40, b"true", b"null",
    b"=" * 40, b"-" * 40, b"WARC/1.0\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999\r\n", b"PK\x03\x04", b"\x1f\x8b", b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x80", "Noël".encode(), "日本".encode(), "\U0001f9ff".encode(), "\u200f\u202e".encode(), b"1 of 3 DOCUMENTS\n",
    b"<script>", b"%s%n", b"../", b"{\\rtf1", b"\\bin9999 ", b"\\u-10179?",
)


class Seed(NamedTuple):
    """A file that is read well."""

    path: Path
    data: bytes
    found: Found
    items: tuple[Item, ...]


class Finding(NamedTuple):
    """An input that broke something."""

    reader: str
    number: int
    seed: str
    what: str


def list_files() -> Iterator[Path]:
    """Examples and goldens."""
    yield from sorted(path for path in (ROOT / "examples").iterdir() if path.suffix not in (".sh", ".zip"))
    yield from sorted((ROOT / "tests/golden").glob("*/*/input*"))


def gather_seeds() -> dict[str, list[Seed]]:
    """The files of each reader, unpacked."""
    seeds: dict[str, list[Seed]] = {}
    for path in list_files():
        data = decompress(io.BytesIO(path.read_bytes()))[0].read()
        name = path.name.removesuffix(".gz")
        try:
            found = sniff(read_head(decompress(io.BytesIO(data))[0]), Hints(name=name))
            items = tuple(read_bytes(data, found, name))
        except Reject:
            continue
        if len(data) <= MOST and not any(isinstance(item, Damaged) and item.reason == Reason.READER_DIED for item in items):
            seeds.setdefault(found.format, []).append(Seed(path, data, found, items))
    return seeds


def read_bytes(data: bytes, found: Found, name: str = "") -> list[Item]:
    """All items, read in another process."""
    reader = name_fragile(found) or ReaderName("transforms.readers.records", "read_records")
    form = name_formats().get(found.format)
    is_sought = form is not None and form.needs_seek
    return list(read_apart(io.BytesIO(data), reader, found, Hints(name=name), is_sought=is_sought))


def change(seed: Seed, seeds: Sequence[Seed], chance: random.Random) -> tuple[bytes, int]:
    """A file with some changes, and the first byte that was touched."""
    data = bytearray(seed.data)
    first = len(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        at = chance.randrange(len(data) + 1)
        first = min(first, at)
        match chance.randrange(9):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                data[at:at] = chance.choice(TOKENS)
            case 2:
                del data[at : at + chance.choice((1, 2, 8, 64, 512))]
            case 3:
                end = at + chance.choice((1, 16, 256, 2048))
                data[at:at] = data[at:end] * chance.choice((1, 2, 50))
            case 4:
                del data[at:]
            case 5:
                other = chance.choice(seeds).data
                start = chance.randrange(len(other) + 1)
                data[at:at] = other[start : start + chance.choice((4, 64, 1024))]
            case 6:
                data[at : at + 1] = chance.choice(TOKENS)
            case 7:
                data[at:at] = chance.choice(TOKENS) * chance.choice((10, 1000, 20_000))
            case 8 if data:
                place = min(at, len(data) - 1)
                first = min(first, place)
                data[place] ^= 1 << chance.randrange(8)
        data = data[: 4 * MOST]
    return bytes(data), first


def try_input(seed: Seed, data: bytes, first: int, *, is_parsed: bool) -> str | None:
    """What is wrong with how an input is read; None when nothing is."""
    name = seed.path.name.removesuffix(".gz")
    began = time.process_time()
    try:
        found = sniff(data[: 1 << 18], Hints(name=name))
    except Reject:
        found = None
    except Exception as error:  # noqa: BLE001 - the very thing that is looked for
        return f"sniff: {type(error).__name__}: {error}"
    if time.process_time() - began > 5:
        return "sniff takes more than 5 s"
    ways = [seed.found] if found in (None, seed.found) else [seed.found, found]
    for way in filter(None, ways):
        try:
            items = read_bytes(data, way, name)
        except Reject:
            continue
        if wrong := judge_items(items, len(data)) or (lost_before(seed, items, first) if way == seed.found else None):
            return f"as {way.format}: {wrong}"
        if is_parsed:
            for item in items[:50]:
                if isinstance(item, Record) and (wrong := try_parse(item)):
                    return wrong
    return None


def judge_items(items: Sequence[Item], size: int) -> str | None:
    """What is wrong with the items of a file of a size."""
    at = 0
    for item in items:
        if isinstance(item, Damaged) and item.reason == Reason.READER_DIED:
            return item.detail
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


def lost_before(seed: Seed, items: Sequence[Item], first: int) -> str | None:
    """A record that stood before the change and is no more, in a format whose records don't hang together."""
    if seed.found.format in WHOLE:
        return None
    kept = {item.byte_start: item.document for item in items if isinstance(item, Record)}
    wanted = [item for item in seed.items if isinstance(item, Record) and item.byte_end < first]
    for item in wanted[:-1]:  # the last of them may go on in what was changed
        if kept.get(item.byte_start) != item.document:
            return f"record {item.number} at bytes {item.byte_start} to {item.byte_end} is lost by a change at byte {first}"
    return None


def try_parse(record: Record) -> str | None:
    """What is wrong with how a record is parsed."""
    began = time.process_time()
    try:
        parse_article(record, gazetteer=open_gazetteer(), profile=HOUSELESS, source=None)
    except Reject:
        return None
    except Exception as error:  # noqa: BLE001 - the very thing that is looked for
        return f"parse: {type(error).__name__}: {error}"
    return "parse takes more than 5 s" if time.process_time() - began > 5 else None


def make_input(reader: str, number: int, seeds: Sequence[Seed]) -> tuple[Seed, bytes, int]:
    """The input of a number."""
    chance = random.Random(f"{reader} {number}")
    seed = chance.choice(seeds)
    return seed, *change(seed, seeds, chance)


def fuzz(seeds: dict[str, list[Seed]], count: int, seconds: float, folder: Path, tell: Callable[[str], None]) -> list[Finding]:
    """Try inputs of all readers in turn, up to a count each or until the time is over."""
    state_path = folder / "state.json"
    done: dict[str, int] = json.loads(state_path.read_text("utf-8")) if state_path.exists() else {}
    until = time.monotonic() + seconds
    findings: list[Finding] = []
    turn = 0
    while time.monotonic() < until and any(done.get(reader, 0) < count for reader in seeds):
        turn += 1
        for reader, own in seeds.items():
            start = done.get(reader, 0)
            for number in range(start, min(count, start + 50)):
                seed, data, first = make_input(reader, number, own)
                if wrong := try_input(seed, data, first, is_parsed=number % PARSED == 0):
                    findings.append(Finding(reader, number, str(seed.path.relative_to(ROOT)), wrong))
                    tell(f"{reader}:{number} ({seed.path.relative_to(ROOT)}): {wrong}")
                    (folder / f"{reader}-{number}{''.join(seed.path.suffixes)[-20:].removesuffix('.gz')}").write_bytes(data)
                done[reader] = number + 1
                if time.monotonic() > until:
                    break
            state_path.write_text(json.dumps(done, indent=1), "utf-8")
    tell(", ".join(f"{reader} {number:,}" for reader, number in sorted(done.items())))
    return findings


def cut(seeds: dict[str, list[Seed]], step: int, seconds: float, tell: Callable[[str], None]) -> tuple[int, list[Finding]]:
    """Cut each example at every byte, or at every so many."""
    findings: list[Finding] = []
    tried = 0
    until = time.monotonic() + seconds
    for reader, own in seeds.items():
        for seed in own:
            if seed.path.parent.name != "examples":
                continue
            for size in range(1, len(seed.data), step):
                if time.monotonic() > until:
                    return tried, findings
                tried += 1
                if wrong := try_input(seed, seed.data[:size], size, is_parsed=False):
                    findings.append(Finding(reader, size, seed.path.name, wrong))
                    tell(f"{seed.path.name} cut at {size}: {wrong}")
            tell(f"{seed.path.name}: cut at {len(range(1, len(seed.data), step)):,} places")
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
    options.add_argument("--folder", type=Path, default=ROOT / ".fuzz", help="for state and findings")
    given = options.parse_args()
    given.folder.mkdir(exist_ok=True)
    seeds = gather_seeds()
    if missing := sorted({*GENERAL, *(form.name for form in load_formats())} - seeds.keys()):
        print(f"no file to begin with: {', '.join(missing)}", flush=True)
    if given.only:
        seeds = {reader: own for reader, own in seeds.items() if reader in given.only.split(",")}

    def tell(line: str) -> None:
        print(line, flush=True)

    if given.again:
        reader, _, number = given.again.partition(":")
        seed, data, first = make_input(reader, int(number), seeds[reader])
        tell(try_input(seed, data, first, is_parsed=True) or "nothing wrong")
        return 0
    if given.cuts:
        tried, findings = cut(seeds, given.step, given.seconds, tell)
        tell(f"{tried:,} cuts, {len(findings):,} findings")
    else:
        findings = fuzz(seeds, given.count, given.seconds, given.folder, tell)
        tell(f"{len(findings):,} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
