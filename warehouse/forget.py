"""Removing articles on request: from the tables, the kept originals, the history and what was derived, with a row of `forgotten` for each record.

The order is what makes it safe to be killed anywhere. First what speaks of them outside the tables is scrubbed (reports, held batches), since
only the tables know their words; then one transaction takes the rows out and enters the ledger; then the originals are written over and the
history expires, which the ledger alone tells how to do. `finish_forgetting` does that last part, as often as it is called.
"""

from __future__ import annotations

import codecs
import contextlib
import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import zstandard

from warehouse.ddl import quote
from warehouse.earlier import renew_batch
from warehouse.errors import LakeError
from warehouse.held import list_held
from warehouse.lake import Lake
from warehouse.layout import DataFile, Hashed, list_files, read_catalog
from warehouse.originals import LEVEL, find_original, mark_gone, open_original, originals_of, sync_folder
from warehouse.retention import expire_snapshots, remove_scheduled, scrub_catalog
from warehouse.rewrite import Swap, swap_files, write_rows
from warehouse.seal import put_files
from warehouse.show import decompress
from warehouse.sql import run_sql
from warehouse.verify import Kept, check_original, list_kept

CHUNK = 1 << 20
BY_ARTICLE = ("articles", "contributors", "places", "photos", "blocks", "corrections", "quarantine", "duplicates", "replays")
BY_RECORD = ("articles", "quarantine", "duplicates", "replays")
SPACES = "spaces"
FILLERS: dict[str, bytes] = {SPACES: b"", "null": b"null", "object": b"{}"}
"""What stands where a record stood, before the spaces: nothing, or what keeps the values of a JSON array apart."""

SHORTEST = 6
"""A shorter word would be found anywhere."""


class Doomed(NamedTuple):
    """A record that is to be forgotten."""

    fate: str
    file_id: str
    record_no: int
    article_id: str | None
    version: int | None
    batch_id: str | None
    content_hash: str | None
    byte_start: int
    byte_end: int


class Source(NamedTuple):
    """A kept original that holds records to be forgotten."""

    file_id: str
    sha256: str
    path: str
    format: str | None
    encoding: str | None
    others: int
    """Records in it that stay."""
    spans: tuple[tuple[int, int], ...]
    """Of the records that go."""


DOOMED = """
    WITH ids AS (SELECT unnest({ids}) AS article_id),
    direct AS (
        SELECT 'landed' AS fate, file_id, record_no, article_id, version, batch_id, content_hash, byte_start, byte_end FROM landed.articles
        UNION ALL SELECT 'duplicate', file_id, record_no, article_id, NULL, batch_id, NULL, byte_start, byte_end FROM landed.duplicates
        UNION ALL SELECT 'quarantined', file_id, record_no, article_id, NULL, batch_id, NULL, byte_start, byte_end FROM landed.quarantine),
    records AS (SELECT DISTINCT file_id, record_no FROM direct SEMI JOIN ids USING (article_id))
    SELECT d.* FROM direct d WHERE d.article_id IN (FROM ids) OR (d.file_id, d.record_no) IN (FROM records) ORDER BY ALL"""


def find_doomed(folder: Path | str, where: str) -> list[Doomed]:
    """Every record of the articles whose latest version answers to a condition: all versions, repeats, and what was set aside of them.

    Raises SqlRefused when the condition is not one.
    """
    with run_sql(folder, f"SELECT article_id FROM articles WHERE ({where}\n)") as result:
        ids = sorted({row[0] for row in result.rows()})
    if not ids:
        return []
    with run_sql(folder, DOOMED.format(ids=f"[{', '.join(map(quote, ids))}]")) as result:
        return [Doomed(*row) for row in result.rows()]


def find_sources(folder: Path | str, doomed: Iterable[Doomed]) -> list[Source]:
    """The kept originals that hold some records, with the number of their records that stay."""
    spans: dict[str, set[tuple[int, int]]] = {}
    numbers: dict[str, set[int]] = {}
    for one in doomed:
        spans.setdefault(one.file_id, set()).add((one.byte_start, one.byte_end))
        numbers.setdefault(one.file_id, set()).add(one.record_no)
    if not spans:
        return []
    ids = ", ".join(map(quote, spans))
    query = f"""
        SELECT f.file_id, any_value(f.sha256), any_value(f.path), any_value(f.format), any_value(f.encoding), list(DISTINCT r.record_no)
        FROM files f JOIN (SELECT file_id, record_no FROM landed.articles UNION SELECT file_id, record_no FROM landed.quarantine
                           UNION SELECT file_id, record_no FROM landed.duplicates) r USING (file_id)
        WHERE f.file_id IN ({ids}) AND f.status = 'landed' GROUP BY 1 ORDER BY 3, 1"""
    with run_sql(folder, query) as result:
        return [
            Source(file_id, sha256, path, form, encoding, len(set(there) - numbers[file_id]), tuple(sorted(spans[file_id])))
            for file_id, sha256, path, form, encoding, there in result.rows()
        ]


# ------------------------------------------------------------------ originals
def fill_span(data: bytes, filler: str, encoding: str | None) -> bytes:
    """Bytes of the same length that say nothing; line ends stay, so that the lines of a file keep their numbers.

    >>> fill_span(b"Jane Roe\\nAge 41\\n", "spaces", "utf-8")
    b'        \\n      \\n'
    """
    unit = wide_unit(encoding)
    if unit is not None:
        width, order = unit
        space, ends = b" ".ljust(width, b"\0"), {end.ljust(width, b"\0") for end in (b"\n", b"\r")}
        if order == "big":
            space, ends = space[::-1], {end[::-1] for end in ends}
        units = (data[at:at + width] for at in range(0, len(data), width))
        return b"".join(one if one in ends else space[:len(one)] for one in units)
    blank = data.translate(BLANK)
    lead = FILLERS[filler]
    return lead + blank[len(lead):] if lead and len(data) >= len(lead) and data[:1] not in b"\r\n" else blank


BLANK = bytes(c if c in b"\r\n" else 0x20 for c in range(256))


def wide_unit(encoding: str | None) -> tuple[int, str] | None:
    """Bytes of a code unit and their order, for UTF-16 and UTF-32; None for all encodings in which a space is one byte."""
    with contextlib.suppress(LookupError):
        name = codecs.lookup(encoding or "utf-8").name
        for prefix, width in (("utf-16", 2), ("utf-32", 4)):
            if name.startswith(prefix):
                return width, "big" if name.endswith("be") else "little"
    return None


def blank_stream(stream: BinaryIO, spans: Sequence[tuple[int, int]], filler: str, encoding: str | None) -> Iterator[bytes]:
    """The bytes of a stream with some spans of it written over."""
    at = 0
    for start, end in merge_spans(spans):
        while at < start and (data := stream.read(min(CHUNK, start - at))):
            at += len(data)
            yield data
        first = True
        while at < end and (data := stream.read(min(CHUNK, end - at))):
            at += len(data)
            yield fill_span(data, filler if first else SPACES, encoding)
            first = False
    while data := stream.read(CHUNK):
        yield data


def merge_spans(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in their order, those that overlap as one.

    >>> merge_spans([(5, 9), (0, 3), (2, 4)])
    [(0, 4), (5, 9)]
    """
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def write_blanked(lake: Lake, source: Source, filler: str) -> tuple[Path, Hashed]:
    """The original without some records, written aside, and its hash. What came compressed is kept as it reads."""
    aside = lake.originals / f"{source.sha256}.{os.getpid()}.part"
    digest, size = hashlib.sha256(), 0
    squeeze = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compressobj()
    with open_original(lake, source.sha256) as kept, aside.open("wb") as out:
        for data in blank_stream(decompress(kept), source.spans, filler, source.encoding):
            digest.update(data)
            size += len(data)
            out.write(squeeze.compress(data))
        out.write(squeeze.flush())
        out.flush()
        os.fsync(out.fileno())
    return aside, Hashed(digest.hexdigest(), size)


# ------------------------------------------------------------------ tables
def take_out(
    lake: Lake, run_id: str, doomed: Sequence[Doomed], ledger: Path, needles: Sequence[str], checkpoint: Callable[[str], None] = lambda step: None,
) -> None:
    """Commit the tables without some records, and the ledger that says so, in one transaction. `needles` are taken out of the checks' details."""
    articles = {one.article_id for one in doomed if one.article_id}
    records = {(one.file_id, one.record_no) for one in doomed}
    with contextlib.closing(read_catalog(lake.folder)) as catalog:
        live = [file for file in list_files(catalog) if file.end is None]
    folder = lake.staging / run_id
    folder.mkdir(parents=True, exist_ok=True)
    swaps = []
    for file in live:
        keep: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None
        if file.table_name in BY_ARTICLE:
            keep = drop_rows(file.table_name, articles, records)
        elif file.table_name == "checks":
            keep = hush_details(needles)
        if keep and (swap := rewrite_file(lake, file, folder, keep)):
            swaps.append(swap)
    ledger_file = folder / f"{hashlib.sha256(f'forget {run_id}'.encode()).hexdigest()[:16]}.parquet"
    shutil.copyfile(ledger, ledger_file)
    swap_files(lake, swaps, f"forget {run_id}", added={"forgotten": ledger_file}, checkpoint=checkpoint)


def drop_rows(
    table_name: str, articles: set[str], records: set[tuple[str, int]],
) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """A batch without the rows of some articles, and of some records where the table names records."""
    ids = pa.array(sorted(articles), pa.string())
    keys = pa.array(sorted(f"{file_id} {number}" for file_id, number in records), pa.string())

    def keep(batch: pa.RecordBatch) -> pa.RecordBatch:
        gone = pc.fill_null(pc.is_in(batch.column("article_id"), ids), False)
        if table_name in BY_RECORD:
            own = pc.binary_join_element_wise(batch.column("file_id"), pc.cast(batch.column("record_no"), pa.string()), " ")
            gone = pc.or_(gone, pc.is_in(own, keys))
        return batch.filter(pc.invert(gone))

    return keep


def hush_details(needles: Sequence[str]) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """A batch of checks without the details that quote what is forgotten."""
    def keep(batch: pa.RecordBatch) -> pa.RecordBatch:
        at = batch.schema.get_field_index("detail")
        said = batch.column(at).to_pylist()
        hushed = [None if text is not None and any(needle in text for needle in needles) else text for text in said]
        return batch if hushed == said else batch.set_column(at, batch.schema.field(at), pa.array(hushed, batch.schema.field(at).type))

    return keep


def rewrite_file(lake: Lake, file: DataFile, folder: Path, keep: Callable[[pa.RecordBatch], pa.RecordBatch]) -> Swap | None:
    """Write a data file without some rows; None where all of it may stay as it is."""
    path = lake.folder / file.path
    changed = False

    def rows(source: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
        nonlocal changed
        for batch in source.iter_batches(batch_size=CHUNK >> 4):
            kept = keep(batch)
            changed |= kept is not batch and not kept.equals(batch)
            yield renew_batch(file.table_name, kept)

    own = folder / file.table_name
    target = own / f"{hashlib.sha256(f'{folder.name} {file.path}'.encode()).hexdigest()[:16]}.parquet"
    try:
        with pq.ParquetFile(path) as source:
            schema = renew_batch(file.table_name, pa.RecordBatch.from_pylist([], source.schema_arrow)).schema
            count = write_rows(target, schema, rows(source))
    except (OSError, pa.ArrowException) as error:
        raise LakeError(f"nothing was changed: {file.path} can't be read: {str(error).splitlines()[0]}; see copydesk verify") from error
    if not changed:
        target.unlink(missing_ok=True)
        return None
    return Swap(file.table_name, (path,), target if count else None, file.rows)


def drop_held_rows(lake: Lake, articles: set[str]) -> int:
    """Take the rows of some articles out of the batches that wait for a decision; how many files that changed."""
    ids = pa.array(sorted(articles), pa.string())
    count = 0
    for batch in (batch for batches in list_held(lake.folder).values() for batch in batches):
        for path in sorted(batch.folder.glob("*.parquet")):
            table = pq.read_table(path)
            kept = table.filter(pc.invert(pc.fill_null(pc.is_in(table.column("article_id"), ids), False)))
            if kept.num_rows < table.num_rows:
                out = pa.BufferOutputStream()
                pq.write_table(kept, out, compression="zstd", store_schema=False, write_page_checksum=True)
                put_files(path.parent, {path.name: out.getvalue().to_pybytes()})
                count += 1
    return count


# ------------------------------------------------------------------ what the ledger asks for
def unfinished(folder: Path | str) -> list[Kept]:
    """Files of which more is kept than the ledger allows: a request was interrupted."""
    place = Path(folder).resolve()
    return [file for file in list_kept(place) if (file.kept is None or file.kept.sha256 != file.sha256) and check_original(place, file)]


LEDGER = """
    SELECT f.sha256, g.file_id, any_value(f.path), any_value(f.format), any_value(f.encoding), list(DISTINCT (g.byte_start, g.byte_end)),
           arg_max({'filler': g.filler}, g.run_id).filler
    FROM landed.forgotten g JOIN files f USING (file_id) WHERE f.status = 'landed' GROUP BY 1, 2 ORDER BY 1"""


def finish_forgetting(lake: Lake, checkpoint: Callable[[str], None] = lambda step: None) -> int:
    """Bring originals, history and index to what the ledger says; returns how many originals were written or removed. It may be called at any time.

    All snapshots but the latest expire, and their files are removed at once. The lake is closed by it: its catalog is written anew.
    """
    with run_sql(lake.folder, LEDGER) as result:
        rows = list(result.rows())
    spans = {row[0]: Source(row[1], row[0], row[2], row[3], row[4], 0, tuple((start, end) for start, end in row[5])) for row in rows}
    fillers = {row[0]: row[6] for row in rows}
    count = 0
    for file in unfinished(lake.folder):
        kept = find_original(originals_of(lake), file.sha256)
        if file.kept is None:
            mark_gone(originals_of(lake), file.sha256)
            while kept:
                kept.unlink()
                kept = find_original(originals_of(lake), file.sha256)
        else:
            aside, hashed = write_blanked(lake, spans[file.sha256], fillers[file.sha256] or SPACES)
            if hashed != file.kept or kept is None:
                aside.unlink()
                raise LakeError(f"the kept original {file.sha256} of {file.path} has changed since its records were forgotten; see copydesk verify")
            aside.replace(kept.with_suffix(".zst"))
            if kept.suffix != ".zst":
                kept.unlink()
            sync_folder(kept.parent)
        count += 1
        checkpoint("original")
    expire_snapshots(lake, grace=dt.timedelta(0))
    checkpoint("expired")
    remove_scheduled(lake.folder, dt.timedelta(0))
    with lake.turn:
        lake.connection.close()
    scrub_catalog(lake.folder, {*BY_ARTICLE, "checks"})
    checkpoint("scrubbed")
    return count


def read_needles(folder: Path | str, doomed: Sequence[Doomed]) -> list[str]:
    """Words by which reports may quote some articles: their ids, headlines, names, first words, and what was set aside of them."""
    ids = ", ".join(sorted({quote(one.article_id) for one in doomed if one.article_id})) or "''"
    keys = ", ".join(sorted({f"({quote(one.file_id)}, {one.record_no})" for one in doomed}))
    query = f"""
        SELECT article_id FROM landed.articles WHERE article_id IN ({ids}) UNION SELECT headline FROM landed.articles WHERE article_id IN ({ids})
        UNION SELECT standfirst FROM landed.articles WHERE article_id IN ({ids}) UNION SELECT byline FROM landed.articles WHERE article_id IN ({ids})
        UNION SELECT left(body, 60) FROM landed.articles WHERE article_id IN ({ids})
        UNION SELECT text FROM landed.contributors WHERE article_id IN ({ids}) UNION SELECT name FROM landed.contributors WHERE article_id IN ({ids})
        UNION SELECT caption FROM landed.photos WHERE article_id IN ({ids})
        UNION SELECT left(raw, 60) FROM landed.quarantine WHERE (file_id, record_no) IN ({keys})"""
    with run_sql(folder, query) as result:
        return sorted({text.strip() for (text,) in result.rows() if text and len(text.strip()) >= SHORTEST}, key=len, reverse=True)
