"""Strings that break programs, in every field of every format: read as they stand, landed or set aside, told, asked for, written out."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.problems import ExitCode
from flows.read import open_reading
from transforms.model import Damaged, Gap, Item, Record
from transforms.readers.found import Hints
from warehouse.sql import run_sql

Command = Callable[..., Any]
LISTED = Path(__file__).parents[2] / "../shared/corpus/hostile/blns.json"
OWN = (
    "", " ", "\x00", "\x1b[2Jgone", "\u202egnirts", "\ufeff", "\u2028", "\x85", "\x7f", "Robert'); DROP TABLE articles;--", "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>", "../../etc/passwd", "%s%n%d", "{{7*7}}", "${jndi:ldap://x}", "a\nb\r\nc", 'a "quoted", cell', "NaN", "\ufffd",
    "\U0001f468\u200d\U0001f469", "e\u0301" * 40, "\ufdfd" * 20, "&amp;lt;", "]]>", "\\", "\\u0000", "-- ", "'", '"', "`", "\t", "NULL", "undefined",
)
FIELDS = ("headline", "byline", "dateline", "text", "caption", "credit", "section", "mood")
UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Not to be written in XML, nor in a workbook."""


def list_strings() -> list[str]:
    """Our own, and the published list where it lies beside the repository."""
    given = json.loads(LISTED.read_text("utf-8")) if LISTED.exists() else []
    return [*OWN, *given]


STRINGS = list_strings()
ROWS = [[str(n), *([text] * len(FIELDS))] for n, text in enumerate(STRINGS)]
HEADER = ["id", *FIELDS]
PLAIN = [UNFIT.sub("", text) for text in STRINGS]


def write_table(delimiter: str) -> bytes:
    """Rows, quoted as the csv module does."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([HEADER, *ROWS])
    return out.getvalue().encode("utf-8", "replace")


def write_lines() -> bytes:
    """JSON Lines, every other in plain ASCII."""
    return "".join(json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=n % 2 == 0) + "\n" for n, row in enumerate(ROWS)).encode("utf-8", "replace")


def write_feed() -> bytes:
    """An RSS feed."""
    items = "".join(
        f"<item><guid>{n}</guid><title>{escape(t)}</title><author>{escape(t)}</author><category>{escape(t)}</category>"
        f"<description>{escape(escape(t))} and nobody was surprised.</description></item>" for n, t in enumerate(PLAIN)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Quay</title>{items}</channel></rss>'.encode()


def write_nitf() -> bytes:
    """One story with each in a paragraph, and one of them as its title."""
    paragraphs = "".join(f"<p>{escape(t)}</p>" for t in PLAIN)
    return (
        f"<?xml version='1.0'?><nitf><head><title>{escape(PLAIN[5])}</title></head><body><body.head><hedline><hl1>{escape(PLAIN[9])}</hl1></hedline>"
        f"<byline>{escape(PLAIN[9])}</byline><dateline><location>{escape(PLAIN[9])}</location></dateline></body.head>"
        f"<body.content>{paragraphs}</body.content></body></nitf>"
    ).encode()


def write_sgml() -> bytes:
    """Reuters-21578: control characters stand in it as references."""
    return b'<!DOCTYPE lewis SYSTEM "lewis.dtd">\n' + "".join(
        f'<REUTERS TOPICS="NO" NEWID="{n}">\n<DATE>26-FEB-1987 15:01:01.79</DATE>\n<TEXT>\n<TITLE>{escape(t)}</TITLE>\n<DATELINE>    {escape(t)}, Feb 26 - '
        f"</DATELINE><BODY>{escape(t)}\n Reuter\n&#3;</BODY></TEXT>\n</REUTERS>\n" for n, t in enumerate(PLAIN)
    ).encode()


def write_text() -> bytes:
    """Printed articles, a line of equals signs between."""
    return f"\n{'=' * 40}\n".join(f"{t}\n\nBy {t}\n\nLAGOS, Jan. 2 (Reuters) - {t}\n\n(REUTERS/{t})\n" for t in STRINGS).encode("utf-8", "replace")


def write_page() -> bytes:
    """One page with all of them, as they stand and escaped."""
    raw = "".join(f"<p>{t}</p><p>{escape(t)} was read aloud on the quay.</p>" for t in PLAIN)
    return f"<html><title>{escape(PLAIN[9])}</title><h1>{escape(PLAIN[9])}</h1><article>{raw}</article></html>".encode()


def write_rtf() -> bytes:
    """A document with each in a paragraph."""
    def spell(text: str) -> str:
        units = [text.encode("utf-16-le", "replace")[n : n + 2] for n in range(0, 2 * len(text), 2)]
        return "".join(f"\\u{int.from_bytes(unit, 'little', signed=True)}?" for unit in units)

    return ("{\\rtf1\\ansi " + "".join(spell(t) + "\\par\n" for t in PLAIN) + "}").encode("ascii")


def write_workbook() -> bytes:
    """A sheet of rows."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADER)
    for n, text in enumerate(PLAIN):
        cells = [openpyxl.cell.WriteOnlyCell(sheet, value) for value in [str(n), *([text[:30_000]] * len(FIELDS))]]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_parquet() -> bytes:
    """A table of columns."""
    out = io.BytesIO()
    strings = [t.encode("utf-8", "replace").decode("utf-8") for t in STRINGS]
    pq.write_table(pa.table({"id": [row[0] for row in ROWS], **dict.fromkeys(FIELDS, strings)}), out)
    return out.getvalue()


FILES: dict[str, Callable[[], bytes]] = {
    "a.csv": lambda: write_table(","), "a.tsv": lambda: write_table("\t"), "a.jsonl": write_lines, "a.rss": write_feed, "a.nitf": write_nitf,
    "a.sgm": write_sgml, "a.txt": write_text, "a.html": write_page, "a.rtf": write_rtf, "a.xlsx": write_workbook, "a.parquet": write_parquet,
}
ONE_EACH = ("a.csv", "a.tsv", "a.jsonl", "a.parquet", "a.sgm", "a.rss")
EXACT = ("a.csv", "a.tsv", "a.jsonl", "a.parquet")


def read(name: str, data: bytes) -> list[Item]:
    """All items of a file."""
    with open_reading(io.BytesIO(data), Hints(name=name)) as reading:
        return list(reading.items)


@pytest.mark.parametrize("name", FILES)
def test_every_string_is_read(name: str) -> None:
    """Spans tile, no record is lost or swallows another, and what a column holds stands in it to the letter."""
    data = FILES[name]()
    items = read(name, data)
    records = [item for item in items if not isinstance(item, Gap)]
    assert not [item.detail for item in records if isinstance(item, Damaged) and item.reason == "reader_died"]
    at = 0
    for item in items:
        assert item.byte_start == at
        at = item.byte_end
    assert at == len(data)
    if name in ONE_EACH:
        assert len(records) == len(STRINGS)
    if name in EXACT:
        for record, text in zip(records, STRINGS, strict=True):
            if isinstance(record, Record):
                columns = {field.column: record.document[field.start : field.end] for field in record.fields}
                wanted = text.encode("utf-8", "replace").decode("utf-8")
                assert columns["body"] == wanted.strip() or "\r" in wanted
                assert dict(record.extra).get("mood", "") in (wanted, wanted.strip())
    assert any(isinstance(item, Record) for item in records)


def test_every_string_goes_all_the_way(copydesk: Command, ingest: Command, tmp_path: Path) -> None:
    """Through parse, a run, its report, SQL, exports and the lake's own checks."""
    box = tmp_path / "box"
    box.mkdir()
    for name, write in FILES.items():
        (box / name).write_bytes(write())
    parsed = copydesk("parse", box)
    assert parsed.code == ExitCode.LANDED, parsed.err
    objects = [json.loads(line) for line in parsed.out.split("\n") if line]
    assert len(objects) > len(STRINGS) * len(ONE_EACH)
    said = ingest(box)
    assert said.code in (ExitCode.LANDED, ExitCode.DOUBTFUL), said.err
    assert "\x1b" not in said.err
    with run_sql("news.lake", "SELECT sum(records_in), sum(landed + quarantined + duplicates), bool_and(is_conserved) FROM files") as result:
        ((records, settled, is_conserved),) = result.rows()
    assert records == settled == len(objects)
    assert is_conserved
    for layout in ("csv", "json", "jsonl", "markdown", "table"):
        asked = copydesk("sql", "SELECT headline, byline, body, extra FROM articles", "--format", layout)
        assert asked.code == ExitCode.LANDED
        if layout in ("markdown", "table"):
            assert "\x1b" not in asked.out
    assert copydesk("quarantine", "export").code == ExitCode.LANDED
    assert copydesk("verify", "--files").code == ExitCode.LANDED
    for page in Path("news.lake/reports").rglob("*.html"):
        assert "<script>alert(" not in page.read_text("utf-8").lower()


def test_every_string_names_a_file(copydesk: Command, ingest: Command, tmp_path: Path) -> None:
    """Where the system lets it."""
    box = tmp_path / "box"
    box.mkdir()
    names = [n for n in dict.fromkeys(f"{t.replace('/', '_')}.txt" for t in STRINGS[::4]) if "\0" not in n and len(n.encode("utf-8", "replace")) < 250]
    written = 0
    for number, name in enumerate(names):
        try:
            (box / name).write_text(f"Clock {number} stops\n\nThe clock stopped at {number} minutes to noon.", "utf-8")
        except (OSError, UnicodeEncodeError):
            continue
        written += not name.startswith(".")
    said = ingest(box)
    assert said.code == ExitCode.LANDED, said.err
    assert "\x1b" not in said.err
    with run_sql("news.lake", "SELECT count(*), count(DISTINCT path) FROM files WHERE landed = 1") as result:
        assert list(result.rows()) == [(written, written)]
    assert copydesk("verify").code == ExitCode.LANDED
