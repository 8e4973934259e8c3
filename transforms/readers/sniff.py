"""Which format a file is in, told by its head: what it is declared to be, what it is named, what it looks like."""

from __future__ import annotations

import re

from transforms.outcome import Reason, Reject
from transforms.readers.columns import has_content, plan_columns
from transforms.readers.dialect import SAMPLE, Dialect, choose_dialect
from transforms.readers.encoding import WIDE, choose_codec, guess_encoding
from transforms.readers.formats import name_formats, recognise_format
from transforms.readers.found import Found as Found
from transforms.readers.found import Hints as Hints
from transforms.readers.text_documents import find_division

SIGNATURES = (
    (b"\x89PNG\r\n", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"), (b"GIF8", "a GIF image"), (b"%PDF-", "a PDF file; extract its text first"),
    (b"PK\x03\x04", "a ZIP archive (or an Office or EPUB file, which are ZIP archives); unpack it first"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x7fELF", "an ELF program"), (b"MZ\x90\x00", "a Windows program"), (b"SQLite format 3\0", "a SQLite database; name a table of it: sqlite:///FILE?table=NAME"),
    (b"PAR1", "a Parquet file; read it with SQL"), (b"ARROW1", "an Arrow file"), (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"BZh", "bzip2 data; unpack it first"), (b"\xfd7zXZ\0", "xz data; unpack it first"), (b"7z\xbc\xaf'\x1c", "a 7z archive; unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it first"), (b"\x1f\x8b", "gzip data inside gzip data; unpack it first"),
    (b"\x04\"M\x18", "LZ4 data; unpack it first"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file; save it as text or CSV"), (b"{\\rtf", "an RTF file; save it as text"),
    (b"OggS", "an Ogg file"), (b"ID3", "an MP3 file"), (b"RIFF", "a RIFF media file"), (b"\xca\xfe\xba\xbe", "a compiled program"),
    (b"\x80\x04\x95", "a Python pickle; it is never loaded"),
)
ENDINGS = {
    "csv": ("delimited", ","), "tsv": ("delimited", "\t"), "tab": ("delimited", "\t"), "psv": ("delimited", "|"), "jsonl": ("jsonl", None),
    "ndjson": ("jsonl", None), "json": ("json", None), "html": ("html", None), "htm": ("html", None), "xhtml": ("html", None),
}
FORMATS = {
    "text": "text", "txt": "text", "delimited": "delimited", "csv": "delimited", "tsv": "delimited", "psv": "delimited",
    "jsonl": "jsonl", "ndjson": "jsonl", "json": "json", "html": "html", "htm": "html",
}
PACKING = re.compile(r"\.(?:gz|gzip|zst|zstd|bz2|xz)$", re.IGNORECASE)
HTML = re.compile(rb"\s*(?:<!--.{0,2000}?-->\s*)?(?:<\?xml[^>]{0,200}>\s*)?(?:<!doctype\s+html\b|<html\b|<head\b|<body\b)", re.IGNORECASE | re.DOTALL)
XML = re.compile(rb"\s*<(?:\?xml\b|!DOCTYPE\b|[A-Za-z][\w:.-]{0,60}[\s/>])")
JSON_OBJECT = re.compile(rb'\s*\{\s*(?:"|\})')
JSON_ARRAY = re.compile(rb"\s*\[\s*(?:\{|\])")
NAMES = {
    ",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe", ", ": "comma and blank", " ": "blank", ":": "colon", "~": "tilde", "^": "caret",
    "\x1f": "unit separator", "\x01": "control-A", "\t\t": "two tabs", "\\t": "a spelled-out tab",
}
MOST_DELIMITER = 8


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
    base = Found(
        kind, guess.name, guess.confidence, None, newline=newline, bom=guess.bom, why=f"{why}; {guess.why}",
        encoding_confidence=guess.confidence, encoding_why=guess.why,
    )
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
    if head[8:12] == b"DUCK" and is_mostly_binary(head):
        raise Reject(Reason.BINARY, "this is a DuckDB database; name a table of it: duckdb:///FILE?table=NAME")
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
        raise Reject(
            Reason.FORMAT, "this is XML, but none of the news formats that are read (NITF, NewsML, feeds ...); export it as text, CSV or JSON Lines",
        )
    if is_table(working):
        return "delimited", None, "its rows are even, or its first row names columns"
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


def is_table(working: bytes) -> bool:
    """Whether a file of unknown name holds rows: two known columns and one with content in its header, or even rows full of data."""
    best = choose_dialect(working).best
    names, width = best.layout.names, best.layout.width
    if len(names) > 1 and best.layout.known > 1 and best.steadiness > 0.5:
        return has_content(plan_columns(names, {})) and all(len(name) < 100 for name in names)
    return best.is_data and width > 2 and best.steadiness > 0.9 and best.rows > 3


def find_delimited(working: bytes, base: Found, hints: Hints, delimiter: str | None) -> Found:
    """The dialect of a delimited file and whether its first row is a header."""
    given = hints.delimiter or delimiter
    given = {"\\t": "\t", "tab": "\t"}.get(given, given) if given else None
    if given and (not given.isascii() or len(given) > MOST_DELIMITER or '"' in given or "\n" in given or "\r" in given):
        raise Reject(Reason.FORMAT, f"{given!r} can't divide cells; give up to {MOST_DELIMITER} characters, such as ';'")
    best, second = choose_dialect(working, given)
    layout = best.layout
    mapped = {name.strip().casefold() for name in hints.columns if not name.strip().isdigit()}
    is_header = layout.header_rows > 0 or any(name.strip().casefold() in mapped for name in layout.names)
    confidence = base.confidence * (0.5 + best.steadiness / 2)
    why = f"{base.why}; {layout.known} of {len(layout.names)} columns known, {best.steadiness:.0%} of {best.rows} rows have {layout.width} cells"
    if second is not None and not given:
        confidence *= 1 - 0.4 * max(0.0, min(1.0, second.score / best.score)) ** 4 if best.score > 0 else 1.0
        why += f"; next best is {name_delimiter(second.delimiter)}, {second.steadiness:.0%} of rows with {second.layout.width}"
    return base._replace(
        delimiter=best.delimiter, quote=best.quote, escape=best.escape, newline=best.newline, header=is_header,
        preamble=layout.preamble, header_rows=max(layout.header_rows, 1), width=layout.width,
        dialect=describe_dialect(best, working[:SAMPLE], is_header=is_header), confidence=round(confidence, 2), why=why,
    )


def describe_dialect(dialect: Dialect, head: bytes, *, is_header: bool) -> str:
    """A dialect for people: what is as usual goes unsaid."""
    parts = [name_delimiter(dialect.delimiter)]
    if dialect.quote != '"':
        parts.append({"'": "single quotes", "`": "backticks for quotes", "": "no quotes"}[dialect.quote])
    if dialect.escape:
        parts.append("backslash escapes")
    if dialect.newline == "\r":
        parts.append("CR line ends")
    elif dialect.is_mixed:
        parts.append("CRLF and LF line ends")
    if dialect.newline == "\n" and head.count(b"\r") > head.count(b"\r\n") + head.endswith(b"\r"):
        parts.append("bare CRs in cells or between rows")
    if dialect.layout.preamble:
        parts.append("1 line above the table" if dialect.layout.preamble == 1 else f"{dialect.layout.preamble} lines above the table")
    rows = dialect.layout.header_rows
    parts.append(f"header of {rows} rows" if rows > 1 else "header" if is_header else "no header")
    return ", ".join(parts)


def name_delimiter(delimiter: str) -> str:
    """A delimiter in words.

    >>> name_delimiter(";"), name_delimiter("~|~")
    ('semicolon', "'~|~'")
    """
    return NAMES.get(delimiter, repr(delimiter))
