"""Which format a file is in, told by its head: what it is declared to be, what it is named, what it looks like."""

from __future__ import annotations

import re
from typing import NamedTuple

from transforms.outcome import Reason, Reject
from transforms.readers.columns import has_content, name_column, plan_columns
from transforms.readers.delimited import find_preamble
from transforms.readers.encoding import WIDE, choose_codec, guess_encoding
from transforms.readers.formats import name_formats, recognise_format
from transforms.readers.found import Found as Found
from transforms.readers.found import Hints as Hints
from transforms.readers.grammar import Grammar, build_grammar
from transforms.readers.text_documents import find_division

SIGNATURES = (
    (b"\x89PNG\r\n", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"%PDF-", "a PDF file; extract its text first"),
    (b"PK\x03\x04", "a ZIP archive (or an Office or EPUB file, which are ZIP archives); unpack it first"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x7fELF", "an ELF program"), (b"MZ\x90\x00", "a Windows program"), (b"SQLite format 3\0", "a SQLite database; export its table as CSV"),
    (b"PAR1", "a Parquet file; read it with SQL"), (b"ARROW1", "an Arrow file"), (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"BZh", "bzip2 data; unpack it first"), (b"\xfd7zXZ\0", "xz data; unpack it first"), (b"7z\xbc\xaf'\x1c", "a 7z archive; unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it first"), (b"\x1f\x8b", "gzip data inside gzip data; unpack it first"),
    (b"\x04\"M\x18", "LZ4 data; unpack it first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file; save it as text or CSV"), (b"{\\rtf", "an RTF file; save it as text"),
    (b"OggS", "an Ogg file"), (b"ID3", "an MP3 file"), (b"RIFF", "a RIFF media file"), (b"\xca\xfe\xba\xbe", "a compiled program"),
    (b"\x80\x04\x95", "a Python pickle; it is never loaded"), (b"WARC/1.", "a WARC archive; extract its pages first"),
)
ENDINGS = {
    "csv": ("delimited", ","), "tsv": ("delimited", "\t"), "tab": ("delimited", "\t"), "psv": ("delimited", "|"), "jsonl": ("jsonl", None),
    "ndjson": ("jsonl", None), "json": ("json", None), "html": ("html", None), "htm": ("html", None), "xhtml": ("html", None),
}
FORMATS = {
    "text": "text", "txt": "text", "delimited": "delimited", "csv": "delimited", "tsv": "delimited", "psv": "delimited",
    "jsonl": "jsonl", "ndjson": "jsonl", "json": "json", "html": "html", "htm": "html",
}
PACKING = re.compile(r"\.(?:gz|gzip|zst|zstd)$", re.IGNORECASE)
HTML = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)?(?:<\?xml[^>]{0,200}>\s*)?(?:<!doctype\s+html\b|<html\b|<head\b|<body\b)", re.IGNORECASE | re.DOTALL)
XML = re.compile(rb"\s*<(?:\?xml\b|!DOCTYPE\b|[A-Za-z][\w:.-]{0,60}[\s/>])")
JSON_OBJECT = re.compile(rb'\s*\{\s*(?:"|\})')
JSON_ARRAY = re.compile(rb"\s*\[\s*(?:\{|\])")
DELIMITERS = (",", "\t", ";", "|")
NAMES = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe", ", ": "comma and blank", " ": "blank", ":": "colon"}
SAMPLE = 1 << 16
DATA = re.compile(r"[-+]?\d+(?:[.,:/-]\d+)*(?:[T ][\d:.+Z-]+)?|https?://\S+", re.IGNORECASE)


class Dialect(NamedTuple):
    """A way to read rows, and how well it reads the head."""

    delimiter: str
    quote: str
    escape: str
    first: tuple[str, ...]
    """Cells of the first row."""
    known: int
    """How many of them are columns of ours."""
    steadiness: float
    """Share of the rows that are as wide as the first."""
    rows: int


def sniff(head: bytes, hints: Hints = Hints()) -> Found:  # noqa: B008 - a NamedTuple of constants
    """How a file is to be read, from its first bytes (64 KB or more, or all of it) and what is known of it. Raises Reject when it can't be.

    >>> sniff(b"id;title;text\\n1;Pier shut;KYOTO - It is.\\n").dialect
    'semicolon, header'
    """
    if found := find_binary(head, hints):
        return found
    refuse_binary(head)
    guess = guess_encoding(head, hints.encoding)
    working = narrow_head(head[guess.bom :], guess.name)
    if not working.strip():
        raise Reject(Reason.EMPTY, "nothing but white space in the file" if head else "the file is empty")
    if b"\0" in working[:SAMPLE] and b"\n" not in working[:SAMPLE].partition(b"\0")[0]:
        raise Reject(Reason.BINARY, f"not text: NUL at byte {working.index(0) + guess.bom}")
    newline = "\r" if b"\r" in working and b"\n" not in working else "\n"
    kind, delimiter, why = name_format(working, hints)
    base = Found(kind, guess.name, guess.confidence, None, newline=newline, bom=guess.bom, why=f"{why}; {guess.why}")
    if kind == "delimited":
        return find_delimited(working, base, hints, delimiter)
    if kind == "text":
        division = find_division(working.decode(choose_codec(guess.name).working, "replace"), hints.delimiter, is_whole=len(head) < SAMPLE)
        return base._replace(delimiter=division.delimiter, dialect=division.dialect)
    if form := name_formats().get(kind):
        return base._replace(dialect=form.title)
    return base._replace(dialect={"jsonl": "one JSON object a line", "json": "JSON objects, alone or in an array"}.get(kind, ""))


def find_binary(head: bytes, hints: Hints) -> Found | None:
    """How a file in one of the binary formats is to be read; None for any other file."""
    if hints.format:
        form = name_formats().get(hints.format.casefold())
        return Found(form.name, "binary", 1.0, dialect=form.title, why="declared") if form and form.is_binary else None
    known = recognise_format(head, hints.name, is_binary=True) if head else None
    return Found(known[0].name, "binary", 1.0, dialect=known[0].title, why=known[1]) if known else None


def refuse_binary(head: bytes) -> None:
    """Refuse a file that opens with the signature of a format that is not text."""
    if not head:
        raise Reject(Reason.EMPTY, "the file is empty")
    for signature, name in SIGNATURES:
        if head.startswith(signature) and (not signature.isalnum() or is_mostly_binary(head)):
            raise Reject(Reason.BINARY, f"this is {name}")
    if head[257:262] == b"ustar":
        raise Reject(Reason.BINARY, "this is a tar archive; unpack it first")


def is_mostly_binary(head: bytes) -> bool:
    """Whether a signature made of letters, such as PAR1, opens a binary file and not a story about one."""
    sample = head[:4096]
    return b"\0" in sample or len(sample.translate(None, bytes(range(9)) + bytes(range(14, 32)))) < 0.95 * len(sample)


def narrow_head(head: bytes, name: str) -> bytes:
    """The head as working bytes."""
    if name not in WIDE:
        return head
    return head[: len(head) // WIDE[name] * WIDE[name]].decode(name, "replace").encode("utf-8", "surrogatepass")


def name_format(working: bytes, hints: Hints) -> tuple[str, str | None, str]:
    """Format, delimiter if it follows from the format's name, and why."""
    if hints.format:
        given = hints.format.casefold()
        if form := name_formats().get(given):
            return form.name, None, "declared"
        if given not in FORMATS:
            raise Reject(Reason.FORMAT, f"unknown format {hints.format!r}; known are {', '.join(sorted({*FORMATS, *name_formats()}))}")
        delimiter = ENDINGS[given][1] if given in ("tsv", "psv") else None
        if FORMATS[given] in ("json", "jsonl"):
            return name_json(working) or FORMATS[given], None, "declared"
        return FORMATS[given], delimiter, "declared"
    if known := recognise_format(working, hints.name, is_binary=False):
        return known[0].name, None, known[1]
    ending = PACKING.sub("", hints.name).rpartition(".")[2].casefold() if "." in hints.name else ""
    kind, delimiter = ENDINGS.get(ending, ("", None))
    if kind == "html" or HTML.match(working):
        return "html", None, "its name" if kind == "html" else "it opens as a page"
    if kind in ("json", "jsonl") or JSON_OBJECT.match(working) or (JSON_ARRAY.match(working) and kind != "delimited"):
        found = name_json(working)
        if found:
            return found, None, "it opens as JSON"
        if kind in ("json", "jsonl"):
            return "jsonl", None, "its name"
    if kind == "delimited":
        return kind, delimiter if delimiter != "," else None, "its name"
    if XML.match(working):
        raise Reject(Reason.FORMAT, "this is XML, which is not read; export it as text, CSV or JSON Lines")
    if has_known_header(working):
        return "delimited", None, "its first row names columns"
    return "text", None, "no other format fits"


def name_json(working: bytes) -> str | None:
    """jsonl for an object a line, json for one array or objects over several lines.

    >>> name_json(b'{"title": "Pier shut"}\\n{"title": "Pier open"}'), name_json(b'[{"title": 1}]'), name_json(b'{\\n"title": 1}')
    ('jsonl', 'json', 'json')
    """
    if JSON_ARRAY.match(working):
        return "json"
    if not JSON_OBJECT.match(working):
        return None
    line = working.lstrip().partition(b"\n" if b"\n" in working else b"\r")[0].rstrip()
    return "json" if line in (b"{", b"{}") or line.endswith((b",", b"{", b"[", b":")) else "jsonl"


def has_known_header(working: bytes) -> bool:
    """Whether a file of unknown name opens with a header row of which two columns and one with content are known."""
    if not any(d.encode() in working[:SAMPLE].lstrip().partition(b"\n")[0] for d in DELIMITERS):
        return False
    best = choose_dialect(working, "\r" if b"\n" not in working else "\n", None)
    return best.known >= 2 and best.steadiness > 0.5 and has_content(plan_columns(best.first, {})) and all(len(c) < 60 for c in best.first)


def find_delimited(working: bytes, base: Found, hints: Hints, delimiter: str | None) -> Found:
    """The dialect of a delimited file and whether its first row is a header."""
    given = hints.delimiter or delimiter
    given = {"\\t": "\t", "tab": "\t"}.get(given, given) if given else None
    if given and (not given.isascii() or len(given) > 2 or '"' in given or "\n" in given):
        raise Reject(Reason.FORMAT, f"{given!r} can't divide cells; give one character, such as ';'")
    best = choose_dialect(working, base.newline, given)
    mapped = {name.strip().casefold() for name in hints.columns if not name.strip().isdigit()}
    is_header = best.known > 0 or any(c.strip().casefold() in mapped for c in best.first) or looks_like_header(best.first)
    parts = [NAMES.get(best.delimiter, repr(best.delimiter))]
    if best.quote != '"':
        parts.append("single quotes")
    if best.escape:
        parts.append("backslash escapes")
    if base.newline == "\r":
        parts.append("CR line ends")
    parts.append("header" if is_header else "no header")
    return base._replace(
        delimiter=best.delimiter, quote=best.quote, escape=best.escape, header=is_header, dialect=", ".join(parts),
        confidence=round(base.confidence * (0.5 + best.steadiness / 2), 2),
        why=f"{base.why}; {best.known} of {len(best.first)} columns known, {best.steadiness:.0%} of {best.rows} rows as wide as the first",
    )


def choose_dialect(working: bytes, newline: str, given: str | None) -> Dialect:
    """The dialect that knows most columns in the first row, then keeps its width in most rows."""
    head = working[:SAMPLE]
    declared = re.match(rb"sep=(.)\r?\n", head, re.IGNORECASE)
    delimiters = (given,) if given else (declared[1].decode("latin-1"),) if declared else find_delimiters(head)
    tried = [measure_dialect(head, d, quote, escape, newline) for d in delimiters for quote, escape in find_quotes(head, d)]
    return max(tried, key=lambda d: (d.known, d.steadiness * (len(d.first) > 1), d.steadiness, len(d.first) > 1))


def find_delimiters(head: bytes) -> tuple[str, ...]:
    """Delimiters to try: the usual ones, and rarer ones where nearly every line has them beside quotes."""
    lines = head.count(b"\n") + head.count(b"\r") or 1
    rare = tuple(d for d in (", ", " ", ":") if head.count(f'"{d}"'.encode()) >= lines and b'"' + d.encode() + b'"' in head)
    return rare[:1] + DELIMITERS if rare and head.count(b'","') == 0 else DELIMITERS


def find_quotes(head: bytes, delimiter: str) -> tuple[tuple[str, str], ...]:
    """Quotes and escapes to try: double quotes, with a backslash where one stands before a quote, single quotes where they edge cells."""
    d = delimiter.encode()
    tries = [('"', "")]
    if b'\\"' in head:
        tries.append(('"', "\\"))
    if b'"' not in head and head.count(d + b"'") + head.count(b"'" + d) >= 4:
        tries.append(("'", ""))
        if b"\\'" in head:
            tries.append(("'", "\\"))
    return tuple(tries)


def measure_dialect(head: bytes, delimiter: str, quote: str, escape: str, newline: str) -> Dialect:
    """How well a dialect reads the first rows."""
    grammar = build_grammar(delimiter, quote, escape, newline)
    passed = find_preamble(head, grammar)
    at = passed[-1][1] if passed else 0
    widths: list[int] = []
    first: tuple[str, ...] = ()
    while at < len(head) and len(widths) < 200:
        match = grammar.last_record.match(head, at)
        if match is None:
            if is_cut(head, at, grammar) and widths:
                break
            widths.append(0)
            at = head.find(grammar.newline, at) + 1
            if not at:
                break
            continue
        if match.end() == len(head) and len(head) == SAMPLE and widths:
            break
        at = match.end()
        if grammar.blank.fullmatch(match[0]):
            continue
        cells = grammar.split(match[0])
        if not first:
            first = tuple(grammar.clean(cell).decode("utf-8", "replace") for cell in cells)
        widths.append(len(cells))
    known = len({column for cell in first if (column := name_column(cell))}) if all(len(cell) < 100 for cell in first) else 0
    return Dialect(delimiter, quote, escape, first or ("",), known, widths.count(len(first)) / len(widths) if widths else 0.0, len(widths))


def is_cut(head: bytes, at: int, grammar: Grammar) -> bool:
    """Whether a row goes on beyond the sample."""
    return len(head) == SAMPLE and grammar.open_record.match(head, at) is not None


def looks_like_header(cells: tuple[str, ...]) -> bool:
    """Whether a first row of unknown names can be a header: short, distinct words.

    >>> looks_like_header(("shares", "likes")), looks_like_header(("12", "Pier shut")), looks_like_header(("Pier shut.", "It rained all day."))
    (True, False, False)
    """
    named = [cell.strip() for cell in cells if cell.strip()]
    return bool(named) and len(set(named)) == len(named) and not any(
        len(cell) > 60 or DATA.fullmatch(cell) or cell[-1] in ".!?…”\"" or "\n" in cell for cell in named
    )


