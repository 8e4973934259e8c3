"""Rows with a delimiter too many, too few or another one: put back in their columns where the other rows leave no doubt.

What the columns hold decides: numbers, dates, codes and words from a short list each have their look. Where two ways fit, or none,
the row stays as it is.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from transforms.readers.grammar import Grammar
from transforms.readers.heading import looks_like_header

DIGIT = re.compile(r"\d")
DIGITS = re.compile(r"\d+")
LETTERS = re.compile(r"[^\W\d_]+")
WORDS = re.compile(r"a(?:[ ']a)+")
COMMENT = (b"#", b"//", b"--", b"%")
OTHERS = (b"\t", b";", b"|", b",", b" ")
MARGIN = 2.0
"""Nats by which the best way must be likelier than the next."""
LONGEST = 20_000
"""Bytes of a row that is looked at."""
LEAST_ROWS = 5


class Column(NamedTuple):
    """What stands in one column of the rows at the top."""

    looks: Counter[str]
    shapes: Counter[str]
    values: Counter[str]
    rows: int
    is_typed: bool
    is_listed: bool
    """Its values come from a short list."""

    def weigh(self, text: str) -> float:
        """Log of how likely the column holds a text."""
        weight = math.log((self.looks[name_look(text)] + 0.1) / (self.rows + 1))
        if self.is_listed:
            return weight + math.log((self.values[text] + 0.1) / (self.rows + 1))
        return weight + math.log((self.shapes[name_shape(text)] + 0.1) / (self.looks[name_look(text)] + 1))

    def fits(self, text: str) -> bool:
        """Whether the column has held something of that look."""
        return name_look(text) in self.looks


class Profile(NamedTuple):
    """The columns of a table, learned from its first rows."""

    columns: tuple[Column, ...]

    @property
    def typed(self) -> tuple[int, ...]:
        """Columns that tell their own cells from others."""
        return tuple(n for n, column in enumerate(self.columns) if column.is_typed)


def name_shape(text: str) -> str:
    """The look of a text, every digit counted.

    >>> name_shape("28/01/2019"), name_shape("KL-8769")
    ('99/99/9999', 'a-9999')
    """
    return LETTERS.sub("a", DIGIT.sub("9", text[:60])) if len(text) <= 60 else name_look(text)


def name_look(text: str) -> str:
    """The rough look of a text: kinds of characters, however many.

    >>> name_look("28/01/2019"), name_look("Brass Kettle"), name_look(""), name_look("$7.50")
    ('9/9/9', 'a', '', '$9.9')
    """
    if len(text) > 60:
        return "prose" if " " in text else "long"
    return WORDS.sub("a", LETTERS.sub("a", DIGITS.sub("9", text)))


def learn_profile(sample: bytes, grammar: Grammar, width: int) -> Profile | None:
    """The profile of the rows of the right width in a sample; None when there are too few of them."""
    rows: list[list[str]] = []
    at = 0
    while at < len(sample) and len(rows) < 200:
        match = grammar.record.match(sample, at)
        if match is None:
            at = sample.find(grammar.newline, at) + 1
            if not at:
                break
            continue
        at = match.end()
        cells = grammar.split(match[0])
        if len(cells) == width:
            rows.append([show(grammar, cell) for cell in cells])
    if len(rows) < LEAST_ROWS:
        return None
    return Profile(tuple(describe_column([row[n] for row in rows]) for n in range(width)))


def describe_column(texts: Sequence[str]) -> Column:
    """What the cells of a column have in common."""
    values = Counter(texts)
    looks = Counter(map(name_look, texts))
    filled = len(texts) - looks[""]
    is_listed = len(texts) >= 8 and 3 * len(values) <= len(texts) and max(map(len, values)) <= 30 and filled > 0
    top, often = max(((look, n) for look, n in looks.items() if look), key=lambda pair: pair[1], default=("", 0))
    is_typed = is_listed or (filled > 2 and often >= 0.8 * filled and top not in ("", "a", "prose", "long"))
    return Column(looks, Counter(map(name_shape, texts)), values, len(texts), is_typed, is_listed)


def show(grammar: Grammar, raw: bytes) -> str:
    """A raw cell as text that is only looked at."""
    return grammar.clean(raw).decode("utf-8", "replace").strip()


def realign_row(line: bytes, raw: tuple[bytes, ...], width: int, grammar: Grammar, profile: Profile | None) -> tuple[bytes, ...] | None:
    """The raw cells of a row of the wrong width, put in their columns; None where that is not plain.

    Without a profile (the row is the header) only the one way that leaves distinct names will do.
    """
    if len(line) > LONGEST or width < 2 or line.startswith(COMMENT):
        return None
    if profile is None:
        ways = {tuple(show(grammar, c) for c in way): way for way in find_ways(line, raw, width, grammar, None)}
        named = [way for shown, way in ways.items() if all(shown) and looks_like_header(shown)]
        return named[0] if len(named) == 1 else None
    typed = profile.typed
    if not typed:
        return None
    best: list[tuple[float, tuple[str, ...], tuple[bytes, ...]]] = []
    seen: set[tuple[str, ...]] = set()
    for way in find_ways(line, raw, width, grammar, profile):
        shown = tuple(show(grammar, cell) for cell in way)
        if shown in seen or not all(profile.columns[n].fits(shown[n]) for n in typed):
            continue
        seen.add(shown)
        best.append((sum(column.weigh(text) for column, text in zip(profile.columns, shown, strict=True)), shown, way))
    best.sort(key=lambda entry: -entry[0])
    if not best or (len(best) > 1 and best[0][0] - best[1][0] < MARGIN):
        return None
    return best[0][2]


def find_ways(line: bytes, raw: tuple[bytes, ...], width: int, grammar: Grammar, profile: Profile | None) -> Iterator[tuple[bytes, ...]]:
    """Every way to make a row as wide as the others: without empty cells, cut at a delimiter that was lost, or divided by another one."""
    if len(raw) > width:
        empty = [n for n, cell in enumerate(raw) if not cell.strip()]
        if len(raw) - width <= 2 and len(empty) <= 30:
            for gone in combinations(empty, len(raw) - width):
                yield tuple(cell for n, cell in enumerate(raw) if n not in gone)
        if profile is not None and len(raw) - width <= 3:
            yield from join_bare(raw, width, grammar)
    bare = line.rstrip(b"\r\n")
    yield from insert_at_quotes(bare, width, grammar)
    if len(raw) == width - 1 and profile is not None:
        yield from split_bare(raw, grammar, profile)
    if len(raw) < width and (len(raw) == 1 or profile is not None):
        yield from divide_otherwise(bare, width, grammar)


def join_bare(raw: tuple[bytes, ...], width: int, grammar: Grammar) -> Iterator[tuple[bytes, ...]]:
    """Neighbouring cells without quotes joined to one, as when its delimiters were part of its text."""
    count = len(raw) - width + 1
    for n in range(width):
        run = raw[n : n + count]
        if all(cell.strip() and not cell.startswith(grammar.quote) for cell in run):
            yield (*raw[:n], grammar.delimiter.join(run), *raw[n + count :])


def insert_at_quotes(line: bytes, width: int, grammar: Grammar) -> Iterator[tuple[bytes, ...]]:
    """A delimiter put back before a quote that opens in the middle of a cell, behind one that closes there, or between two that meet."""
    quote, delimiter = grammar.quote, grammar.delimiter
    at = line.find(quote)
    tries = 0
    while at >= 0 and tries < 60:
        tries += 1
        for place in (at, at + 1):
            if 0 < place < len(line) and not line.startswith(delimiter, place) and not line.endswith(delimiter, 0, place):
                mended = line[:place] + delimiter + line[place:]
                if grammar.newline not in mended and (match := grammar.last_record.fullmatch(mended)):
                    cells = grammar.split(match[0])
                    if len(cells) == width and not any(quote in cell and not cell.startswith(quote) for cell in cells):
                        yield cells
        at = line.find(quote, at + 1)


def fit_columns(cells: Sequence[bytes], profile: Profile) -> bool:
    """Whether cleaned cells stand in columns that have held the like of them, as far as the columns tell."""
    return all(profile.columns[n].fits(cells[n].decode("utf-8", "replace").strip()) for n in profile.typed)


def split_bare(raw: tuple[bytes, ...], grammar: Grammar, profile: Profile) -> Iterator[tuple[bytes, ...]]:
    """One cell without quotes cut in two, where all others stand in columns that they fit and one of the halves is in a column that tells."""
    columns = profile.columns
    shown = [show(grammar, cell) for cell in raw]
    left = [not columns[n].is_typed or columns[n].fits(shown[n]) for n in range(len(raw))]
    right = [not columns[n + 1].is_typed or columns[n + 1].fits(shown[n]) for n in range(len(raw))]
    for n, cell in enumerate(raw):
        if not (all(left[:n]) and all(right[n + 1 :])) or grammar.quote in cell or not 2 <= len(cell) <= 200:
            continue
        if not (columns[n].is_typed or columns[n + 1].is_typed):
            continue
        for at in range(1, len(cell)):
            if not 0x80 <= cell[at] < 0xC0:
                yield (*raw[:n], cell[:at], cell[at:], *raw[n + 1 :])


def divide_otherwise(line: bytes, width: int, grammar: Grammar) -> Iterator[tuple[bytes, ...]]:
    """The row as other delimiters divide it, quoted cells kept whole; more cells than columns are joined again."""
    quote = re.escape(grammar.quote)
    for delimiter in OTHERS:
        if delimiter == grammar.delimiter or line.count(delimiter) < width - 1:
            continue
        d = re.escape(delimiter)
        quoted = b"%s[^%s]*+(?:%s%s[^%s]*+)*+%s(?=%s|$)" % (quote, quote, quote, quote, quote, quote, d)
        cells = re.findall(b"(?:(?<=%s)|^)(?:%s|[^%s]*+)" % (d, quoted, d), line)
        if len(cells) == width:
            yield tuple(cells)
        elif width < len(cells) <= 40 and delimiter == b" ":
            yield from join_words(cells, width, grammar.quote)


def join_words(cells: list[bytes], width: int, quote: bytes) -> Iterator[tuple[bytes, ...]]:
    """Words between blanks joined to so many cells; a quoted cell stays one."""
    fixed = {n for n, cell in enumerate(cells) if cell.startswith(quote)} - {0}
    cuts = [n for n in range(1, len(cells)) if n in fixed or n - 1 in fixed or (n == 1 and cells[0].startswith(quote))]
    free = [n for n in range(1, len(cells)) if n not in cuts]
    wanted = width - 1 - len(cuts)
    if wanted < 0 or math.comb(len(free), wanted) > 3_000:
        return
    for chosen in combinations(free, wanted):
        edges = [0, *sorted((*cuts, *chosen)), len(cells)]
        yield tuple(b" ".join(cells[a:b]) for a, b in pairwise(edges))
