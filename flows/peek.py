"""Look without landing: what each file is, the cells of a table, the articles in it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, cast

import orjson

from flows.apart import list_cells_apart
from flows.corrections import correct
from flows.discover import Discovery, discover, explain_os_error, find_place
from flows.gazetteer import open_gazetteer
from flows.leaves import Box, Leaf, Trouble, open_leaves
from flows.plan import phrase_declared
from flows.problems import ExitCode, Problem
from flows.progress import say
from flows.read import open_reading
from flows.remote import Address
from flows.runners import Inline, Pending, Processes, Runner
from flows.settings import Houses, IngestConfig, read_houses
from transforms.article import parse_article
from transforms.model import Damaged, Gap, Item, Record
from transforms.outcome import Reason, Reject
from transforms.readers.compression import decompress, read_head
from transforms.readers.formats import name_formats
from transforms.readers.records import ReaderName, read_cells
from transforms.readers.sniff import find_binary, sniff
from transforms.rows import article_object, rejected_object

CHUNK_RECORDS = 200


class Chunk(NamedTuple):
    """Some records of a file, in order, to be parsed together."""

    shown: str
    items: tuple[Record | Damaged, ...]


def find_inputs(config: IngestConfig) -> Discovery:
    """The files that the paths lead to. What can't be read is said at once."""
    paths = [find_place(name) for name in config.paths]
    found = discover(paths)
    for aside in found.failed:
        say(f"copydesk: {aside.shown}: {aside.reason}")
    if not found.inputs and len(found.failed) == len(paths) and not any(isinstance(path, Address) or path.exists() for path in paths):
        raise Problem("nothing to read; name a file or folder that is there")
    return found


def print_parsed(config: IngestConfig) -> int:
    """Print one JSON object a record, in input order."""
    houses = read_houses(config)
    found = find_inputs(config)
    failed = [aside.shown for aside in found.failed]
    with Processes(config.workers) if config.workers > 1 else nullcontext(Inline()) as runner:
        for lines in spread(read_chunks(found, config, houses, failed), houses, config.source, runner, config.workers):
            sys.stdout.buffer.write(lines)
    sys.stdout.buffer.flush()
    return ExitCode.FILES_FAILED if failed else ExitCode.LANDED


def spread(chunks: Iterator[Chunk], houses: Houses, source: str | None, runner: Runner, workers: int) -> Iterator[bytes]:
    """Parse chunks where there is room, and give back what they print in their order."""
    waiting: list[Pending[bytes]] = []
    for chunk in chunks:
        waiting.append(runner.submit(parse_chunk, chunk, houses, source))
        if len(waiting) > (workers * 2 if workers > 1 else 0):
            yield waiting.pop(0).result()
    for pending in waiting:
        yield pending.result()


def read_chunks(found: Discovery, config: IngestConfig, houses: Houses, failed: list[str]) -> Iterator[Chunk]:
    """The records of all files. A file that can't be read as a whole is one damaged record."""
    for leaf in open_leaves(found, config, houses):
        if isinstance(leaf, Trouble):
            failed.append(leaf.shown)
            say(f"copydesk: {leaf.shown}: {leaf.message}")
        elif isinstance(leaf, Leaf):
            yield from read_leaf(leaf, failed)


class Counts:
    """How many documents a file says it holds, and how many records were found in it."""

    def __init__(self) -> None:
        self.declared: int | None = None
        self.found = 0

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items as they pass."""
        for item in items:
            if not isinstance(item, Gap):
                self.found += 1
            elif item.declared is not None:
                self.declared = (self.declared or 0) + item.declared
            yield item


def read_leaf(leaf: Leaf, failed: list[str]) -> Iterator[Chunk]:
    """The records of one file or member."""
    try:
        with open_reading(cast(BinaryIO, leaf.stream), leaf.hints) as reading:
            counts = Counts()
            records = (item for item in counts.watch(reading.items) if not isinstance(item, Gap))
            while items := tuple(islice(records, CHUNK_RECORDS)):
                yield Chunk(leaf.shown, items)
                if isinstance(last := items[-1], Damaged) and last.reason == Reason.READER_DIED:
                    failed.append(leaf.shown)
                    say(f"copydesk: {leaf.shown}: {last.detail}")
            if counts.declared is not None and counts.declared != counts.found:
                say(f"copydesk: {leaf.shown}: {phrase_declared(counts.declared, counts.found)}")
    except Reject as no:
        yield Chunk(leaf.shown, (leaf.stream.read_whole(no),))
        failed.append(leaf.shown)
        say(f"copydesk: {leaf.shown}: {no.detail}")
    except OSError as error:
        failed.append(leaf.shown)
        say(f"copydesk: {leaf.shown}: {explain_os_error(error)}")


def parse_chunk(chunk: Chunk, houses: Houses, source: str | None) -> bytes:
    """The lines of JSON for some records."""
    return b"".join(orjson.dumps(parse_item(chunk.shown, item, houses, source), option=orjson.OPT_APPEND_NEWLINE) for item in chunk.items)


def parse_item(shown: str, item: Record | Damaged, houses: Houses, source: str | None) -> dict[str, Any]:
    """What a record is read as, or why it would be set aside."""
    if isinstance(item, Damaged):
        return rejected_object(shown, item, item.reason, item.detail)
    try:
        article = correct(
            parse_article(item, gazetteer=open_gazetteer(), profile=houses[item.source or source], source=source), houses.corrections)
    except Reject as no:
        return rejected_object(shown, item, no.reason, no.detail)
    except Problem:
        raise
    except Exception as error:
        error.add_note(f"while parsing record {item.number} (line {item.line}, bytes {item.byte_start} to {item.byte_end}) of {shown}")
        raise
    return article_object(shown, article)


def print_cells(config: IngestConfig) -> int:
    """Print one JSON array a row of each delimited file, the header first."""
    found = find_inputs(config)
    has_failed = bool(found.failed)
    houses = read_houses(config)
    for leaf in open_leaves(found, config, houses):
        if isinstance(leaf, Trouble):
            has_failed = True
            say(f"copydesk: {leaf.shown}: {leaf.message}")
        elif isinstance(leaf, Leaf):
            try:
                for cells in read_leaf_cells(leaf):
                    sys.stdout.buffer.write(orjson.dumps(cells, option=orjson.OPT_APPEND_NEWLINE))
            except (Reject, OSError) as error:
                has_failed = True
                say(f"copydesk: {leaf.shown}: {error.detail if isinstance(error, Reject) else explain_os_error(error)}")
    sys.stdout.buffer.flush()
    return ExitCode.FILES_FAILED if has_failed else ExitCode.LANDED


def read_leaf_cells(leaf: Leaf) -> Iterator[list[str]]:
    """The rows of one file or member. Anything that no binary format knows is taken for a delimited file."""
    stream, _ = decompress(cast(BinaryIO, leaf.stream), leaf.hints.ratio)
    head = read_head(stream)
    found = find_binary(head, leaf.hints) or sniff(head, leaf.hints._replace(format=leaf.hints.format or "delimited"))
    form = name_formats().get(found.format)
    if form and form.needs_seek and leaf.stream.seekable():
        leaf.stream.seek(0)
        stream = cast(BinaryIO, leaf.stream)
    if form and form.list_cells and form.is_fragile:
        return list_cells_apart(stream, ReaderName(form.list_cells.__module__, form.list_cells.__qualname__), found, leaf.hints)
    return read_cells(stream, found)


def print_sniffed(config: IngestConfig) -> int:
    """Print how each file would be read, one JSON object a file; for a container, behind its members, what became of them."""
    found = find_inputs(config)
    houses = read_houses(config)
    has_failed = bool(found.failed)
    for leaf in open_leaves(found, config, houses):
        answer: dict[str, Any] = {"path": leaf.shown}
        try:
            if isinstance(leaf, Leaf):
                stream, compression = decompress(cast(BinaryIO, leaf.stream), leaf.hints.ratio)
                answer |= sniff(read_head(stream), leaf.hints)._asdict() | {"compression": compression}
            elif isinstance(leaf, Box):
                answer |= {"format": leaf.kind, "dialect": leaf.dialect, "compression": leaf.compression}
            else:
                has_failed = True
                answer |= {"format": None, "reason": leaf.reason, "why": leaf.message}
        except Reject as no:
            has_failed = True
            answer |= {"format": None, "reason": no.reason, "why": no.detail}
        except OSError as error:
            has_failed = True
            answer |= {"format": None, "reason": "unreadable", "why": explain_os_error(error)}
        sys.stdout.buffer.write(orjson.dumps(answer, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()
    return ExitCode.FILES_FAILED if has_failed else ExitCode.LANDED
