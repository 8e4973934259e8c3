"""The pollutions and the measure of the Pollock benchmark, on tables of our own.

    python bench/pollock.py                 (two tables of 2,290 files each, and the score of every kind of pollution)
    python bench/pollock.py --every 9       (each ninth of the files with one polluted row)
    python bench/pollock.py --write DIR     (the files themselves, to look at)

After Vitagliano et al., "Pollock: A Data Loading Benchmark", PVLDB 16 (2023): one clean table of 83 rows and 9 columns is polluted in each of the
published ways; what a loader makes of it is compared with the table that was polluted. Ten measures, summed: read at all; precision,
recall and F1 of the header, of the records and of the cells. The weighted score counts a file as often as its pollution was met in
the survey of that paper. The benchmark's own table is not used: the two tables here are invented. Records and cells are
compared as printed, where the paper first makes numbers and dates alike, so the score here is the lower of the two.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from transforms.outcome import Reason, Reject
from transforms.readers.compression import decompress, read_head
from transforms.readers.found import Hints
from transforms.readers.records import read_cells
from transforms.readers.sniff import sniff

ROWS = 83
WORDS = [
    "harbour", "wall", "ferry", "tram", "bridge", "council", "board", "storm", "light", "night", "train", "market", "clock", "river",
    "garden", "wool", "stone", "paper", "copper", "lamp", "window", "door", "quiet", "early", "late", "green", "narrow", "heavy", "plain",
    "warm", "dry", "steady", "small", "wide", "second", "first", "spare", "new", "old", "open", "closed", "northern", "lower",
]
GOODS = ["Lantern", "Kettle", "Anchor", "Ladder", "Compass", "Blanket", "Basket", "Shovel", "Bucket", "Whistle", "Satchel", "Raincoat"]
DESKS = ["City", "Sport", "Culture", "Science", "Weather", "Letters", "Courts", "Business", "Travel", "Food"]


class Cell(NamedTuple):
    """What stands in a cell, and whether it is printed in quotes."""

    text: str
    is_quoted: bool = False
    stray: bool = False
    """A quote stands in front that nobody escaped."""


class Line(NamedTuple):
    """A row as it will be printed."""

    cells: tuple[Cell, ...]
    gaps: tuple[str | None, ...] = ()
    """Delimiters before each cell, where they differ from the file's; None keeps it."""
    delimiter: str | None = None
    end: str | None = None


class Polluted(NamedTuple):
    """One file of the benchmark."""

    name: str
    kind: str
    weight: float
    data: bytes
    truth: list[list[str]]


class Dialect(NamedTuple):
    """How a file is printed."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    """None: quotes are doubled."""
    newline: str = "\r\n"


def print_cell(cell: Cell, dialect: Dialect) -> str:
    """A cell in its quotes."""
    escape = '"' if dialect.escape is None else dialect.escape
    text = cell.text.replace('"', escape + '"')
    if cell.stray:
        text = '"' + text
    return f"{dialect.quote}{text}{dialect.quote}" if cell.is_quoted else text


def print_line(line: Line, dialect: Dialect) -> str:
    """A row with its delimiters and its end."""
    usual = line.delimiter or dialect.delimiter
    gaps = line.gaps or (None,) * len(line.cells)
    parts: list[str] = []
    for n, (cell, gap) in enumerate(zip(line.cells, gaps, strict=True)):
        parts.append((usual if n else "") if gap is None else gap)
        parts.append(print_cell(cell, dialect))
    return "".join(parts) + (dialect.newline if line.end is None else line.end)


def print_file(lines: list[Line], dialect: Dialect = Dialect(), encoding: str = "utf-8") -> bytes:  # noqa: B008
    """All rows in bytes."""
    return "".join(print_line(line, dialect) for line in lines).encode(encoding)


def say(rng: random.Random, least: int, most: int) -> str:
    """Some words in a row."""
    return " ".join(rng.choices(WORDS, k=rng.randint(least, most)))


def describe(rng: random.Random) -> str:
    """A sentence or two with commas, apostrophes, a percentage now and then."""
    parts = [f"{say(rng, 5, 9)}, {say(rng, 4, 8)}" if rng.random() < 0.6 else say(rng, 6, 14) for _ in range(rng.randint(1, 3))]
    text = ". ".join(part.capitalize() for part in parts) + "."
    if rng.random() < 0.3:
        text = text.replace(" ", rng.choice([" won't ", " the keeper's ", " 50% "]), 1)
    return text


def make_shop(seed: int) -> list[Line]:
    """Goods sold in a shop: names in capitals, two columns always in quotes, the last one empty."""
    rng = random.Random(seed)
    names = ["DATE", "TIME", "Qty", "GOODSID", "Price", "GoodsType", "GoodsDescription", "URL", "Remarks"]
    lines = [Line(tuple(Cell(name, name in ("GoodsDescription", "URL")) for name in names))]
    for n in range(ROWS):
        code = f"{rng.choice(['KL', 'TR', 'WN', 'OB'])}-{rng.randint(1000, 9999)}"
        kind = f"{rng.choice(['Sailor', 'Child', 'Baker'])}'s {say(rng, 1, 2).title()} {rng.choice(GOODS)}"
        if rng.random() < 0.25:
            kind += f", {say(rng, 1, 2).title()}"
        text = describe(rng)
        if n in (11, 40):
            kind += f', {rng.randint(5, 48)}"'
        if n == 20:
            kind = f'{rng.choice(GOODS)}, 5" Handle'
        if n == 33:
            text = text.replace(" ", " 8\\'9\" ", 1)
        lines.append(Line((
            Cell(f"{n % 18 + 13}/{n // 18 + 2:02}/2019"), Cell(f"{n // 4:02}:{n % 4 * 15:02}"), Cell(str(rng.choice([0, 1, 1, 2, 3, 12, 26]))),
            Cell(code), Cell(f"${rng.randint(90, 9000) / 100:.2f}"), Cell(kind, "," in kind or '"' in kind), Cell(text, True),
            Cell(f"https://shop.example/goods/{code.replace('-', '_')}.html", True), Cell(""),
        )))
    return lines


def make_desk(seed: int) -> list[Line]:
    """A news desk's log: names in small letters, quotes only where they must be, no empty column."""
    rng = random.Random(seed)
    names = ["ref", "filed", "desk", "words", "heading", "summary", "fee", "reporter", "state"]
    lines = [Line(tuple(Cell(name) for name in names))]
    for n in range(ROWS):
        heading = say(rng, 3, 6).capitalize()
        if rng.random() < 0.3:
            heading += f", {say(rng, 2, 3)}"
        if n in (9, 51, 70):
            heading = f'"{say(rng, 2, 3).capitalize()}" {heading}'
        summary = describe(rng)
        cells = (
            f"N{2000 + n}", f"2024-{n // 28 + 1:02}-{n % 28 + 1:02}", rng.choice(DESKS), str(rng.randint(80, 1900)), heading, summary,
            f"{rng.randint(20, 400)}.{rng.choice(['00', '50'])}", f"{rng.choice(['Ann', 'Bo', 'Cora', 'Emil'])} {rng.choice(['Roe', 'Dahl', 'Whitlam'])}",
            rng.choice(["open", "filed", "killed"]),
        )
        lines.append(Line(tuple(Cell(text, "," in text or '"' in text) for text in cells)))
    return lines


TABLES = {"shop": make_shop, "desk": make_desk}


def show(lines: list[Line]) -> list[list[str]]:
    """What a loader should make of rows."""
    return [[('"' if cell.stray else "") + cell.text for cell in line.cells] for line in lines]


def pollute_file(lines: list[Line]) -> Iterator[Polluted]:
    """The clean file, and those polluted as a whole."""
    header, rows, truth, width = lines[0], lines[1:], show(lines), len(lines[0].cells)

    def give(name: str, weight: float, given: list[Line], expected: list[list[str]] = truth, dialect: Dialect = Dialect()) -> Polluted:  # noqa: B008
        return Polluted(name, name, weight, print_file(given, dialect), expected)

    yield give("source", 1, lines)
    yield Polluted("file_no_payload", "file_no_payload", 15, b"", [])
    yield give("file_no_trailing_newline", 184, [*lines[:-1], lines[-1]._replace(end="")])
    yield give("file_double_trailing_newline", 5, [*lines[:-1], lines[-1]._replace(end="\r\n\r\n")])
    yield give("file_no_header", 470, rows, truth[1:])
    for n in (2, 3):
        yield give(f"file_header_multirow_{n}", 47, [header] * n + rows, [[" ".join([cell] * n) for cell in truth[0]], *truth[1:]])
    top = [Line((Cell("PREAMBLE"), *[Cell("")] * (width - 1))), Line((Cell(""),) * width)]
    yield give("file_preamble", 282, top + lines)
    again = lines[:-1]
    yield give("file_multitable_same", 188 / 3, lines + again)
    yield give("file_multitable_less", 188 / 3, lines + [Line(line.cells[:-1]) for line in again])
    more = [Line((*line.cells, Cell("col1") if n == 0 else line.cells[-1])) for n, line in enumerate(again)]
    yield give("file_multitable_more", 188 / 3, lines + more)
    yield give("file_header_only", 3, lines[:1], truth[:1])
    yield give("file_one_data_row", 4, lines[:2], truth[:2])
    yield give("file_record_delimiter_0xD", 7, lines, dialect=Dialect(newline="\r"))
    yield give("file_record_delimiter_0xA", 1691, lines, dialect=Dialect(newline="\n"))
    for delimiter, weight in (("\t", 4), (";", 834), (" ", 4), (", ", 101)):
        code = "_".join(f"0x{ord(c):X}" for c in delimiter)
        yield give(f"file_field_delimiter_{code}", weight, lines, dialect=Dialect(delimiter))
    yield give("file_quotation_char_0x27", 11, lines, dialect=Dialect(quote="'"))
    yield give("file_escape_char_0x5C", 1, lines, dialect=Dialect(escape="\\"))
    yield give("file_escape_char_0x00", 7, lines, dialect=Dialect(escape=""))


def pollute_rows(lines: list[Line], every: int) -> Iterator[Polluted]:
    """Files in which one row is polluted."""
    truth, width = show(lines), len(lines[0].cells)
    count = 0

    def give(name: str, kind: str, weight: float, at: int, line: Line) -> Iterator[Polluted]:
        nonlocal count
        count += 1
        if count % every == 0:
            given = [*lines[:at], line, *lines[at + 1 :]]
            yield Polluted(name, kind, weight, print_file(given), [*truth[:at], *show([line]), *truth[at + 1 :]])

    for at, line in enumerate(lines):
        for col in range(width):
            gaps: list[str | None] = [None] * width
            gaps[col] = ",," if col else ","
            yield from give(f"row_more_sep_row{at}_col{col}", "row_more_sep", 0.36775106082036774, at, line._replace(gaps=tuple(gaps)))
            if col:
                gaps[col] = ""
                yield from give(f"row_less_sep_row{at}_col{col}", "row_less_sep", 0.36775106082036774, at, line._replace(gaps=tuple(gaps)))
            cells = tuple(cell._replace(stray=n == col) for n, cell in enumerate(line.cells))
            yield from give(f"row_extra_quote{at}_col{col}", "row_extra_quote", 1 / 108, at, line._replace(cells=cells))
        yield from give(f"row_field_delimiter_{at}_0x20", "row_field_delimiter_0x20", 1 / 7, at, line._replace(delimiter=" "))


def read_back(data: bytes) -> list[list[str]] | None:
    """What is read of a file with no hints but that it has rows; None when it is refused."""
    stream, _ = decompress(io.BytesIO(data))
    try:
        return list(read_cells(stream, sniff(read_head(stream), Hints(format="delimited"))))
    except Reject as no:
        return [] if no.reason is Reason.EMPTY else None


def compare(truth: Counter[Any], read: Counter[Any]) -> tuple[float, float, float]:
    """Precision, recall and F1 of one multiset in another, named as the paper names them."""
    if not truth:
        return 1.0, 1.0, 1.0
    both = sum((truth & read).values())
    if not both:
        return 0.0, 0.0, 0.0
    precision, recall = both / sum(truth.values()), both / sum(read.values())
    return precision, recall, 2 * precision * recall / (precision + recall)


def measure(truth: list[list[str]], read: list[list[str]] | None) -> float:
    """The ten measures of a file, summed. Empty cells do not tell two records apart, as in the paper, where records are compared run together."""
    if read is None:
        return 0.0
    if not truth:
        return 10.0
    header = compare(Counter(truth[0]), Counter(read[0] if read else []))
    records = compare(count_records(truth), count_records(read))
    cells = compare(Counter(cell for row in truth for cell in row), Counter(cell for row in read for cell in row))
    return 1.0 + sum(header) + sum(records) + sum(cells)


def count_records(rows: list[list[str]]) -> Counter[tuple[str, ...]]:
    """The records below the header, without their empty cells."""
    return Counter(tuple(cell for cell in row if cell) for row in rows[1:])


def find_lost(truth: list[list[str]], read: list[list[str]] | None) -> int:
    """How many rows of the truth have left no trace of their longest cell, wherever it was put: the rule above the score."""
    shown = press("".join("".join(row) for row in read or []))
    return sum(bool(row and press(max(row, key=len)) not in shown) for row in truth)


def press(text: str) -> str:
    """A text without blanks and quotes."""
    return text.replace('"', "").replace(" ", "")


class Score(NamedTuple):
    """What all files of a table add up to."""

    simple: float
    weighted: float
    lost: int
    kinds: dict[str, tuple[int, float, float]]
    """Kind of pollution: files, mean and least score."""


def score_table(name: str, every: int = 1, seed: int = 7) -> Score:
    """Pollute a table in every way and measure what is read."""
    lines = TABLES[name](seed)
    scores: list[tuple[Polluted, float]] = []
    lost = 0
    for polluted in (*pollute_file(lines), *pollute_rows(lines, every)):
        read = read_back(polluted.data)
        scores.append((polluted, measure(polluted.truth, read)))
        lost += find_lost(polluted.truth, read)
    kinds: dict[str, tuple[int, float, float]] = {}
    for kind in dict.fromkeys(polluted.kind for polluted, _ in scores):
        own = [score for polluted, score in scores if polluted.kind == kind]
        kinds[kind] = len(own), sum(own) / len(own), min(own)
    weights = [polluted.weight * (every if polluted.kind.startswith("row_") else 1) for polluted, _ in scores]
    times = [every if polluted.kind.startswith("row_") else 1 for polluted, _ in scores]
    return Score(
        sum(t * s for t, (_, s) in zip(times, scores, strict=True)) / sum(times),
        sum(w * s for w, (_, s) in zip(weights, scores, strict=True)) / sum(weights), lost, kinds,
    )


def main() -> None:
    """Print the scores, or write the files."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--every", type=int, default=1)
    ask.add_argument("--seed", type=int, default=7)
    ask.add_argument("--write", type=Path)
    ask.add_argument("--below", type=float, help="name the files that score less")
    options = ask.parse_args()
    for name, make in TABLES.items():
        if options.write or options.below:
            lines = make(options.seed)
            for polluted in (*pollute_file(lines), *pollute_rows(lines, options.every)):
                if options.write:
                    folder = options.write / name
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / f"{polluted.name}.csv").write_bytes(polluted.data)
                elif (score := measure(polluted.truth, read_back(polluted.data))) < options.below:
                    print(f"{score:8.4f}  {name}  {polluted.name}")
            continue
        whole = score_table(name, options.every, options.seed)
        print(f"{name}: simple {whole.simple:.4f}, weighted {whole.weighted:.4f}, records lost {whole.lost}")
        for kind, (count, mean, least) in whole.kinds.items():
            print(f"    {kind:32} {count:5} {mean:8.4f} {least:8.4f}")


if __name__ == "__main__":
    main()
