"""One document of a classic Nexis export: its fields, in whatever language their keys are printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from transforms.readers.export_dates import is_day, read_day
from transforms.readers.export_fields import UNKNOWN_LAYOUT, Entry, Key, find_key, settle_language
from transforms.readers.export_pieces import Line
from transforms.readers.nexis_words import load_words

TABLE = "nexis_keys"
_KEY = re.compile(r"([^\W\d_][^:]{0,40}?)[ \t\xa0]{0,3}:(?:[ \t\xa0]+|$)(.*)", re.DOTALL)
_NAME = re.compile(r"(?:[^\W\d_a-z][^\W\d_]*[’'.-]*,?\s+){1,4}[^\W\d_a-z][^\W\d_’'.-]*\.?")
LONGEST_SECOND = 160
"""Characters of a line between headline and keys."""
HEAD_BLOCKS = 40
"""Blocks at the top among which head, headline and keys stand."""
TAIL_BLOCKS = 120
"""Blocks at the end among which keys stand."""


class Block(NamedTuple):
    """Lines with blank lines around them."""

    start: int
    end: int
    is_centred: bool


class Printed(NamedTuple):
    """A key with its value as a block prints them."""

    name: str
    key: Key | None
    """None where the table does not know it."""
    value: str


class Parsed(NamedTuple):
    """A document's fields."""

    entries: tuple[Entry, ...]
    warnings: tuple[str, ...]
    has_tail: bool
    """Whether fields or a copyright stand below its text, as they should."""


def split_lines(lines: Sequence[Line]) -> list[Block]:
    """Blocks of some lines."""
    blocks = []
    start = None
    for n, line in enumerate(lines):
        if line.text.strip():
            start = n if start is None else start
        elif start is not None:
            blocks.append(make_block(lines, start, n))
            start = None
    if start is not None:
        blocks.append(make_block(lines, start, len(lines)))
    return blocks


def make_block(lines: Sequence[Line], start: int, end: int) -> Block:
    """A block, set in the middle when its last line is and all others are so too, or as long as a page is wide."""
    is_centred = lines[end - 1].is_centred and all(line.is_centred or len(line.text.rstrip()) >= 58 for line in lines[start:end])
    return Block(start, end, is_centred)


def read_keys(lines: Sequence[Line], block: Block) -> list[Printed]:
    """The keys of a block with their values; empty when it opens with none. Below the first, only known keys begin a new one."""
    printed: list[Printed] = []
    for line in lines[block.start : block.end]:
        found = _KEY.match(line.text.strip())
        key = find_key(TABLE, found[1]) if found and is_capital(found[1]) else None
        if found and is_capital(found[1]) and (key is not None or (not printed and is_key_name(found[1]))):
            printed.append(Printed(found[1], key, found[2]))
        elif not printed:
            return []
        else:
            printed[-1] = printed[-1]._replace(value=f"{printed[-1].value}\n{line.text.strip()}".strip("\n"))
    return printed


def is_capital(name: str) -> bool:
    """Whether a key is printed in capitals, as classic exports do.

    >>> is_capital("LOAD-DATE"), is_capital("Harbour master")
    (True, False)
    """
    return name.upper() == name


def is_key_name(name: str) -> bool:
    """Whether an unknown name may be a key: a word or three, without a comma."""
    return 3 <= len(name) <= 32 and len(name.split()) <= 3 and "," not in name


def join_lines(lines: Sequence[Line], start: int, end: int) -> str:
    """Lines as printed, without the blanks at their right."""
    return "\n".join(line.text.rstrip() for line in lines[start:end]).strip("\n")


def join_centred(lines: Sequence[Line], block: Block) -> list[str]:
    """The lines of a block that is set in the middle, without their indent."""
    return [line.text.strip() for line in lines[block.start : block.end]]


def parse_classic(lines: Sequence[Line]) -> Parsed:
    """The fields of one document.

    >>> page = ["The Example Post", "", "January 4, 2010 Monday", "", "Pier shut", "", "BYLINE: Jane Roe", "", "It is.", "", "LANGUAGE: ENGLISH"]
    >>> found = parse_classic([Line(text, is_centred=n in (0, 2)) for n, text in enumerate(page)])
    >>> [(entry.column, entry.value) for entry in found.entries][:4]
    [('source', 'The Example Post'), ('published_at', 'January 4, 2010 Monday'), ('headline', 'Pier shut'), ('byline', 'Jane Roe')]
    """
    blocks = split_lines(lines)
    head = Head(lines, blocks)
    at = head.at
    tail = at + find_tail(lines, blocks[at:])
    entries = [*head.entries, *read_tail(lines, blocks[tail:])]
    if at < tail and (text := join_lines(lines, blocks[at].start, blocks[tail - 1].end)).strip():
        entries.append(Entry("body", "body", text))
    has_head = head.day is not None or head.source is not None or any(e.key != "headline" for e in head.entries)
    return Parsed(tuple(settle_language(entries)), () if has_head else (UNKNOWN_LAYOUT,), tail < len(blocks))


class Head:
    """What stands above the text, read block by block."""

    def __init__(self, lines: Sequence[Line], blocks: Sequence[Block]) -> None:
        self.lines = lines
        self.blocks = blocks
        self.entries: list[Entry] = []
        self.source: str | None = None
        self.day: str | None = None
        self.headline: str | None = None
        self.at = 0
        """The block at which the text begins."""
        self.read_top()
        if self.at < len(blocks) and self.reads_keys(self.at):
            self.read_keys()

    def reads_keys(self, at: int) -> bool:
        """Whether the keys begin at a block: it has a known key, or an unknown one with a known key behind it before any text."""
        return find_run(self.lines, self.blocks[at : at + HEAD_BLOCKS]) > 0

    def read_top(self) -> None:
        """Copyright, source, day and headline, in whatever order they are printed."""
        while self.at < min(len(self.blocks), HEAD_BLOCKS):
            block = self.blocks[self.at]
            if block.is_centred and (self.headline is None or self.is_day_below(self.at)):
                self.read_centred(block)
            elif self.is_flush_left(block):
                self.take_source()
                self.read_centred(block)
            elif self.headline is None and not self.opens_keys(block):
                self.read_headline(block)
            elif self.headline is not None and self.is_between(block):
                self.read_second(block)
            else:
                return
            self.at += 1

    def is_day_below(self, at: int) -> bool:
        """Whether a block below the headline still belongs to the head: it gives the day, which has not been seen."""
        block = self.blocks[at]
        return self.day is None and any(is_day(text) for text in join_centred(self.lines, block))

    def is_flush_left(self, block: Block) -> bool:
        """Whether a head that has lost its indents gives its day here, at most one block below its first line."""
        if self.source is not None or self.day is not None or block.end - block.start > 4:
            return False
        return any(is_day(text) for text in join_centred(self.lines, block))

    def take_source(self) -> None:
        """What was read as the headline is the source, when the day stands right below it."""
        if self.headline is not None:
            self.entries = [entry for entry in self.entries if entry.key != "headline"]
            self.name_source([self.headline])
            self.headline = None

    def opens_keys(self, block: Block) -> bool:
        """Whether keys begin here, and not a headline with a colon in it: `UPDATE: Pier shut`."""
        printed = read_keys(self.lines, block)
        if not printed or (printed[0].key is not None and printed[0].key.zone != "tail"):
            return bool(printed)
        # A key that is unknown, or belongs below the text, is a headline's first word unless the headline has a key of its own.
        later = [p for b in self.blocks[self.at : self.at + 12] for p in read_keys(self.lines, b)[:1]]
        return any(p.key is not None and p.key.column == "headline" for p in later)

    def is_between(self, block: Block) -> bool:
        """Whether a block stands alone between the headline and the keys."""
        if self.at + 1 >= len(self.blocks) or read_keys(self.lines, block) or block.end - block.start > 3:
            return False
        return len(join_lines(self.lines, block.start, block.end)) <= LONGEST_SECOND and self.reads_keys(self.at + 1)

    def read_centred(self, block: Block) -> None:
        """A block set in the middle."""
        texts = join_centred(self.lines, block)
        if load_words().rights.match(texts[0]):
            self.entries.append(Entry("copyright", "copyright", "\n".join(texts)))
            return
        found = next((n for n, text in enumerate(texts) if is_day(text)), None)
        if found is not None and self.day is None:
            self.name_source(texts[:found])
            self.day, rest = read_day(texts[found:])
            self.entries.append(Entry("published_at", "date", self.day))
            if rest:
                self.entries.append(Entry("", "edition", rest))
        elif found is not None:
            self.entries.append(Entry("", "date", "\n".join(texts)))
        elif self.day is None and self.source is None:
            self.name_source(texts)
        elif printed := read_keys(self.lines, block):
            self.entries += list(enter(printed))
        else:
            self.entries.append(Entry("", "edition" if self.day else "note", "\n".join(texts)))

    def name_source(self, texts: list[str]) -> None:
        """The source stands in the first line; what is printed below it is kept beside it."""
        if texts and self.source is None:
            self.source, texts = texts[0], texts[1:]
            self.entries.append(Entry("source", "source", self.source))
        if texts:
            self.entries.append(Entry("", "note", "\n".join(texts)))

    def read_headline(self, block: Block) -> None:
        """The headline; what follows a semicolon at the end of one of its lines is a second one."""
        text = join_lines(self.lines, block.start, block.end)
        first, mark, second = text.partition(";\n")
        self.headline = first
        self.entries.append(Entry("headline", "headline", first))
        if mark and second.strip():
            self.entries.append(Entry("standfirst", "headline", second))

    def read_second(self, block: Block) -> None:
        """What stands between headline and keys: a name, or a second headline."""
        text = join_lines(self.lines, block.start, block.end)
        column = "byline" if _NAME.fullmatch(text.strip()) else "standfirst"
        self.entries.append(Entry(column, column, text))

    def read_keys(self) -> None:
        """The keys, up to the last that is known; `TEXT:` ends them."""
        end = self.at + find_run(self.lines, self.blocks[self.at : self.at + HEAD_BLOCKS])
        while self.at < end:
            block = self.blocks[self.at]
            printed = read_keys(self.lines, block)
            self.at += 1
            if printed and printed[-1].key is not None and printed[-1].key.column == "body":
                self.entries += list(enter(printed))
                return
            if printed and printed[-1].key is not None and printed[-1].key.spans and not printed[-1].value and self.at < end:
                below = self.blocks[self.at]
                printed[-1] = printed[-1]._replace(value=join_lines(self.lines, below.start, below.end))
                self.at += 1
            self.entries += list(enter(printed))


def find_run(lines: Sequence[Line], blocks: Sequence[Block]) -> int:
    """How many blocks from the first on are keys: up to the last known one before the text."""
    known = at = 0
    while at < len(blocks):
        printed = read_keys(lines, blocks[at])
        if not printed or (printed[0].key is not None and printed[0].key.zone == "tail"):
            break
        at += 1
        if printed[-1].key is None:
            continue
        if printed[-1].key.column == "body":
            return at
        if printed[-1].key.spans and not printed[-1].value and at < len(blocks) and not read_keys(lines, blocks[at]):
            at += 1
        known = at
    return known


def find_tail(lines: Sequence[Line], blocks: Sequence[Block]) -> int:
    """The block at which the fields below the text begin: from there on all are keys, what goes on from a key, or a copyright."""
    at = tail = len(blocks)
    open_blocks = 0
    while at > max(0, len(blocks) - TAIL_BLOCKS):
        at -= 1
        block = blocks[at]
        if is_notice(lines, block) and not open_blocks:
            tail = at
            continue
        printed = read_keys(lines, block)
        if printed and printed[0].key is not None and printed[0].key.zone != "front":
            if open_blocks and not (printed[-1].key is not None and printed[-1].key.spans):
                break
            if open_blocks and printed[-1].value and not has_tail_key(lines, blocks, at):
                break
            tail, open_blocks = at, 0
        elif not printed:
            open_blocks += 1
            if open_blocks > 6:
                break
    while tail < len(blocks) and (keys := read_keys(lines, blocks[tail])) and keys[0].key is not None and keys[0].key.zone == "any" and not (
        has_tail_key(lines, blocks, len(blocks)) or is_notice(lines, blocks[-1])
    ):
        tail += 1
    return tail


def has_tail_key(lines: Sequence[Line], blocks: Sequence[Block], before: int) -> bool:
    """Whether the block above one is a key that stands only below the text (or, from the end, any of the last blocks is)."""
    near = blocks[max(0, before - 1) : before] if before < len(blocks) else blocks[-12:]
    return any(p.key is not None and p.key.zone == "tail" for block in near for p in read_keys(lines, block)[:1])


def is_notice(lines: Sequence[Line], block: Block) -> bool:
    """Whether a block is a copyright notice."""
    first = lines[block.start].text
    return load_words().rights.match(first) is not None and (block.is_centred or block.end - block.start <= 4) and not _KEY.match(first.strip())


def read_tail(lines: Sequence[Line], blocks: Sequence[Block]) -> Iterator[Entry]:
    """The fields below the text."""
    last: Printed | None = None
    for block in blocks:
        printed = read_keys(lines, block)
        if printed:
            if last is not None:
                yield from enter([last])
            yield from enter(printed[:-1])
            last = printed[-1]
        elif is_notice(lines, block):
            if last is not None:
                yield from enter([last])
                last = None
            yield Entry("copyright", "copyright", "\n".join(join_centred(lines, block)))
        elif last is not None:
            last = last._replace(value=f"{last.value}\n\n{join_lines(lines, block.start, block.end)}".strip("\n"))
        else:
            yield Entry("", "note", "\n".join(join_centred(lines, block)))
    if last is not None:
        yield from enter([last])


def enter(printed: Sequence[Printed]) -> Iterator[Entry]:
    """Printed keys as fields."""
    for name, key, value in printed:
        yield Entry("" if key is None else key.column, name, value, key is None)
