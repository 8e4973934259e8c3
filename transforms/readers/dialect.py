"""The dialect of a delimited file, told by its head alone: what divides cells, quotes and escapes them, and ends rows.

Every likely dialect reads the head; the one wins that names most columns of ours and leaves rows of one width whose cells look like data.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from transforms.readers.grammar import Grammar, build_grammar, find_preamble
from transforms.readers.heading import DATA, HeadRow, Layout, find_layout

SAMPLE = 1 << 16
MOST_ROWS = 200
USUAL = (",", "\t", ";", "|")
RARE = (" ", ":", "^", "~", "\x1f", "\x01", "#", "/", "=", "!", "&", "@")
"""Tried only where none of the usual ones divides rows evenly: they stand in text, times and paths."""
PRIORS = {",": 1.0, "\t": 1.0, ";": 1.0, "|": 0.98, " ": 0.6, ":": 0.6, "/": 0.4, "=": 0.5, "#": 0.6, "&": 0.5, "@": 0.5, "!": 0.5}
LONG = re.compile(rb"[|~^#@;:!&*+]{2,4}|[,;|] |\t\t| [|;~] |\\t")
"""What a delimiter of several characters may be; `\\t` is a tab that somebody spelled out."""
SEPARATOR_LINE = re.compile(rb"sep=(.)\r?\n", re.IGNORECASE)
WORDS = re.compile(rb"[^\s\x21-\x2f\x3a-\x40][^;|\t]*|[(\"'#@*+-][^;|\t]*")
EVEN = 0.8
"""Share of rows of one width from which a dialect counts as fitting."""


class Dialect(NamedTuple):
    """A way to read rows, and how well it reads the head."""

    delimiter: str
    quote: str
    escape: str
    newline: str
    layout: Layout
    steadiness: float
    """Share of the rows that are as wide as most."""
    rows: int
    score: float
    is_data: bool = False
    """A good part of the cells is numbers, dates or addresses."""
    is_mixed: bool = False
    """Some rows end with a line feed, others with a carriage return and one."""


class Choice(NamedTuple):
    """The dialect chosen, and the best one with another delimiter."""

    best: Dialect
    second: Dialect | None


def choose_dialect(working: bytes, given: str | None = None) -> Choice:
    """The dialect that fits the head best.

    >>> best = choose_dialect(b"ref~desk~words\\n1~City~120\\n2~Sport~80\\n").best
    >>> best.delimiter, best.layout.width, best.layout.header_rows
    ('~', 3, 1)
    """
    head = working[:SAMPLE]
    declared = SEPARATOR_LINE.match(head)
    newlines = find_newlines(head)
    if given or declared:
        stages: tuple[tuple[str, ...], ...] = ((given or (declared[1].decode("latin-1") if declared else ","),),)
    else:
        stages = (find_delimiters(head), tuple(d for d in RARE if d.encode() in head))
    tried: list[Dialect] = []
    for stage in stages:
        tried += [
            measure_dialect(head, delimiter, quote, escape, newline)
            for newline in newlines for delimiter in stage for quote, escape in find_quotes(head, delimiter)
        ]
        if any(d.layout.width > 1 and (d.steadiness >= EVEN or d.layout.known > 1) for d in tried):
            break
    best = max(tried, key=lambda d: d.score)
    rivals = [d for d in tried if d.delimiter != best.delimiter and d.layout.width > 1]
    return Choice(best, max(rivals, key=lambda d: d.score, default=None))


def find_newlines(head: bytes) -> tuple[str, ...]:
    """Line ends to try: a line feed, also behind a carriage return; a bare carriage return where such stand in the head.

    >>> find_newlines(b"a,b\\r\\nc,d\\r\\n"), find_newlines(b"a,b\\rc,d\\r"), find_newlines(b"a,b\\rc,'d\\nd'\\r")
    (('\\n',), ('\\r',), ('\\n', '\\r'))
    """
    if b"\n" not in head:
        return ("\r",) if b"\r" in head[:-1] or head.endswith(b"\r") else ("\n",)
    return ("\n", "\r") if head.count(b"\r") > head.count(b"\r\n") + head.endswith(b"\r") else ("\n",)


def find_delimiters(head: bytes) -> tuple[str, ...]:
    """The usual delimiters, and those of several characters that stand equally often in nearly every line.

    >>> find_delimiters(b"a||b||c\\n1||2||3\\n")
    ('||',)
    """
    lines = [line for line in re.split(rb"\r\n|\n|\r", head[:20_000])[:30] if line.strip()]
    long: list[str] = []
    for token in dict.fromkeys(LONG.findall(lines[0] + b"\n" + lines[min(1, len(lines) - 1)]) if lines else ()):
        counts = Counter(line.count(token) for line in lines)
        times, often = counts.most_common(1)[0]
        if token.isascii() and times and (often >= 0.9 * len(lines) or 2 * head.count(token) > head.count(token[:1]) * token.count(token[:1])):
            long.append(token.decode())
    # a comma that never stands without its blank is no delimiter by itself
    swallowed = {d for d in USUAL for token in long if head.count(d.encode()) == token.count(d) * head.count(token.encode()) > 0}
    return (*long[:4], *(d for d in USUAL if d not in swallowed and d.encode() in head)) or (",",)


def find_quotes(head: bytes, delimiter: str) -> tuple[tuple[str, str], ...]:
    """Quotes and escapes to try: double quotes, with a backslash where one stands before a quote; single quotes and backticks at edges of cells;
    none at all in the tabbed and piped exports of databases, which print quotes as they stand.
    """
    d = delimiter.encode()
    tries = [('"', "")]
    if b'\\"' in head:
        tries.append(('"', "\\"))
    for quote in (b"'", b"`"):
        edges = head.count(d + quote) + head.count(quote + d)
        if edges >= 4 and edges > head.count(d + b'"') + head.count(b'"' + d):
            tries.append((quote.decode(), ""))
            if b"\\" + quote in head:
                tries.append((quote.decode(), "\\"))
    between = re.escape(d)
    if delimiter not in (",", ";", ", ") and head.count(b'"') > 1 and not re.search(rb'(?:^|%s|\n)"[^"]*"(?:%s|\r?\n|$)' % (between, between), head):
        tries.append(("", ""))
    return tuple(tries)


def measure_dialect(head: bytes, delimiter: str, quote: str, escape: str, newline: str) -> Dialect:
    """How well a dialect reads the first rows."""
    rows = read_head(head, delimiter, quote, escape, newline)
    filled = [row for row in rows if not row.is_empty]
    widths = Counter(len(row.cells) for row in filled)
    # a wide row says more than a narrow one, but not so much that a single one decides
    width = max(widths, key=lambda w: (widths[w] * ((w - 1) / w if w > 1 else 0.01 * w), w), default=0)
    layout = find_layout(rows, width)
    body = [row for row in filled if row.line >= layout.preamble]
    even = [row for row in body if len(row.cells) == width]
    steadiness = (len(even) - 0.3 * sum(row.is_lenient for row in even)) / len(body) if body else 0.0
    looks = [look_at(raw, quote) for row in even[:60] for raw in row.raw]
    quality = sum(looks) / len(looks) if looks else 0.0
    spread = (width - 1) / width if width > 1 else 0.02
    prior = PRIORS.get(delimiter, 0.95)
    if escape and any(row.is_lenient for row in even):
        prior *= 0.9  # who escapes quotes escapes all of them
    score = steadiness * spread * (0.3 + 0.7 * quality) * prior + 0.3 * min(layout.known, 5) + (0.001 if quote == '"' and not escape else 0)
    is_data = len(looks) > 8 and sum(look == 1.0 for look in looks) >= 0.3 * len(looks)
    returns = sum(row.has_return for row in even[:-1])
    return Dialect(delimiter, quote, escape, newline, layout, steadiness, len(body), score, is_data, 0 < returns < len(even) - 1)


def look_at(raw: bytes, quote: str) -> float:
    """How much a raw cell looks like one: data and quoted text most, words well, scraps little.

    >>> look_at(b"2024-05-01", '"'), look_at(b"Pier shut", '"'), look_at(b" 5;x", '"')
    (1.0, 0.8, 0.3)
    """
    if not raw:
        return 0.6
    if raw[:1] in (b'"', b"'", b"`") and raw[-1:] == raw[:1] and len(raw) > 1:
        return 1.0 if raw[:1] == quote.encode() else 0.8
    if len(raw) < 200 and DATA.fullmatch(raw.decode("utf-8", "replace")):
        return 1.0
    return 0.8 if b'"' not in raw and WORDS.fullmatch(raw) else 0.3


def read_head(head: bytes, delimiter: str, quote: str, escape: str, newline: str) -> list[HeadRow]:
    """The first rows of a head, blank ones and those that can't be read included; a row that may go on beyond the head is left out."""
    grammar = build_grammar(delimiter, quote, escape, newline)
    passed = find_preamble(head, grammar)
    at = passed[-1][1] if passed else 0
    line = 0
    rows: list[HeadRow] = []
    is_cut = len(head) >= SAMPLE
    while at < len(head) and len(rows) < MOST_ROWS:
        match = grammar.last_record.match(head, at)
        if match is None:
            if rows and is_cut and grammar.open_record.match(head, at):
                break
            end = head.find(grammar.newline, at) + 1 or len(head)
            loose = grammar.lenient_record.match(head[at:end])
            if loose and loose.end() == end - at:
                raw = grammar.split(head[at:end], is_lenient=True)
            else:
                raw = tuple(cell.strip(grammar.quote) for cell in head[at:end].rstrip(b"\r\n").split(grammar.delimiter))
            rows.append(HeadRow(line, show_cells(grammar, raw), raw, is_empty=False, is_lenient=True, has_return=head.endswith(b"\r\n", at, end)))
        elif rows and is_cut and match.end() == len(head):
            break
        else:
            end = match.end()
            raw = grammar.split(match[0])
            cells = show_cells(grammar, raw)
            is_empty = not any(cell.strip() for cell in cells)
            rows.append(HeadRow(line, cells, raw, is_empty, has_return=head.endswith(b"\r\n", at, end)))
        line += head.count(grammar.newline, at, end)
        at = end
    return rows


def show_cells(grammar: Grammar, raw: tuple[bytes, ...]) -> tuple[str, ...]:
    """Raw cells as text that is only looked at."""
    return tuple(grammar.clean(cell).decode("utf-8", "replace") for cell in raw)
