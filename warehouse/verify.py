"""A lake checked against itself: files by their hashes and checksums, counts by their equations, spans by their borders, keys by what they name."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pyarrow.parquet as pq

from warehouse.catalog import connect_files
from warehouse.catalog_seal import find_fault
from warehouse.errors import NotFound
from warehouse.held import HELD
from warehouse.lake import SEARCH
from warehouse.layout import CATALOG, DataFile, Hashed, hash_file, list_files, read_catalog, read_hashes
from warehouse.originals import open_original
from warehouse.pages import check_pages
from warehouse.seal import check_seal
from warehouse.snapshot import read_shapes
from warehouse.sql import Limits, ask
from warehouse.tables import TABLES, columns

CHUNK = 1 << 20
UNTOLD = "can't be told while files are damaged"


class Finding(NamedTuple):
    """A law, what breaks it, and the command that mends it."""

    meaning: str
    breaches: list[str]
    remedy: str = ""


class Law(NamedTuple):
    """What must hold of a lake's rows, and a query for those that break it."""

    meaning: str
    breaches: str


ARTICLE_PARTS = ("contributors", "places", "photos", "blocks", "corrections")
FATES = """(SELECT file_id, record_no FROM landed.articles UNION ALL SELECT file_id, record_no FROM landed.duplicates
            UNION ALL SELECT file_id, record_no FROM landed.quarantine
            UNION ALL SELECT file_id, record_no FROM landed.forgotten WHERE fate <> 'container')"""


def count_batch(table_name: str, fate: str) -> str:
    """The query for how many rows of a table each batch has, those that were forgotten among them."""
    return (f"(SELECT batch_id, count(*) AS n FROM (SELECT batch_id FROM landed.{table_name} UNION ALL "
            f"SELECT batch_id FROM landed.forgotten WHERE fate = '{fate}') GROUP BY 1)")


def find_repeats(name: str) -> str:
    """The query for keys that a table holds more than once."""
    key = ", ".join(f'"{c.name}"' for c in columns(TABLES[name]) if c.column.key)
    return f"SELECT {key} FROM landed.{name} GROUP BY ALL HAVING count(*) > 1"


LAWS = (
    Law("every file's equation holds: records in = landed + quarantined + duplicates, and its spans tile",
        "SELECT path FROM files WHERE status = 'landed' AND (NOT is_conserved OR records_in <> landed + quarantined + duplicates)"),
    Law("every record of every file is in a table: landed, quarantined, a repeat or forgotten",
        f"""SELECT path, records_in, count(DISTINCT record_no) FROM files LEFT JOIN {FATES} USING (file_id) WHERE status = 'landed'
            GROUP BY ALL HAVING count(DISTINCT record_no) <> records_in"""),
    Law("every batch holds what its row says",
        f"""SELECT b.batch_id, b.landed, coalesce(a.n, 0), b.quarantined, coalesce(q.n, 0), b.duplicates, coalesce(d.n, 0) FROM batches b
            LEFT JOIN {count_batch("articles", "landed")} a USING (batch_id)
            LEFT JOIN {count_batch("quarantine", "quarantined")} q USING (batch_id)
            LEFT JOIN {count_batch("duplicates", "duplicate")} d USING (batch_id)
            WHERE (b.landed, b.quarantined, b.duplicates) <> (coalesce(a.n, 0), coalesce(q.n, 0), coalesce(d.n, 0))"""),
    Law("no batch has landed twice", "SELECT batch_id FROM batches GROUP BY 1 HAVING count(*) > 1"),
    Law("no article version, nor any part of one, has landed twice",
        " UNION ALL ".join(f"SELECT '{name}', article_id, version FROM ({find_repeats(name)})" for name in ("articles", *ARTICLE_PARTS))),
    Law("every part belongs to an article version that landed", " UNION ALL ".join(
        f"SELECT '{name}', article_id, version FROM landed.{name} ANTI JOIN landed.articles USING (article_id, version)" for name in ARTICLE_PARTS)),
    Law("every row names a batch that landed", " UNION ALL ".join(
        f"SELECT DISTINCT '{name}', batch_id FROM landed.{name} ANTI JOIN landed.batches USING (batch_id)"
        for name in ("articles", *ARTICLE_PARTS, "quarantine", "duplicates"))),
    Law("versions of every article follow each other from 1",
        """SELECT article_id, list_sort(list(version)) FROM (SELECT article_id, version FROM landed.articles) GROUP BY 1
           HAVING max(version) <> count(*) OR min(version) <> 1"""),
    Law("the blocks of every article tile its document",
        """SELECT article_id, version FROM (
               SELECT article_id, version, char_start, char_end, lag(char_end, 1, 0) OVER one AS before
               FROM landed.blocks WINDOW one AS (PARTITION BY article_id, version ORDER BY position))
           WHERE char_start <> before OR char_end < char_start
           UNION ALL SELECT article_id, version FROM landed.articles ANTI JOIN landed.blocks USING (article_id, version) WHERE word_count > 0"""),
    Law("every span of a name or picture lies in its document", " UNION ALL ".join(
        f"""SELECT '{name}', p.article_id, p.version, p.char_start FROM landed.{name} p
            JOIN (SELECT article_id, version, max(char_end) AS ends FROM landed.blocks GROUP BY ALL) b USING (article_id, version)
            WHERE p.char_end > b.ends OR p.char_start > p.char_end""" for name in ("contributors", "photos"))),
    Law("every repeat names an article that landed, or that waits in quarantine",
        """SELECT article_id FROM landed.duplicates ANTI JOIN landed.articles USING (article_id)
           ANTI JOIN (SELECT article_id FROM landed.quarantine WHERE article_id IS NOT NULL) USING (article_id)"""),
    Law("nothing is left of what was forgotten in any table", " UNION ALL ".join(
        f"SELECT '{name}', file_id, record_no FROM landed.{name} SEMI JOIN landed.forgotten USING (file_id, record_no)"
        for name in ("articles", "quarantine", "duplicates", "replays"))),
)


def check_lake(folder: Path | str) -> Iterator[Finding]:
    """Each law and what breaks it. What can't be read is a breach, not an error. Raises NoLake when there is no lake."""
    place = Path(folder).resolve()
    catalog = check_catalog(place)
    yield catalog
    damaged = False
    for finding in check_files(place) if not catalog.breaches else ():
        damaged |= bool(finding.breaches)
        yield finding
    yield from check_laws(place, is_damaged=damaged, is_doubtful=bool(catalog.breaches))
    yield check_originals(place, is_damaged=damaged, is_doubtful=bool(catalog.breaches))
    yield from check_sealed(place)


def check_laws(place: Path, *, is_damaged: bool, is_doubtful: bool) -> Iterator[Finding]:
    """The laws of the rows, all on one snapshot. Where data files are damaged nothing is asked: that could end this process.

    Where the catalog is doubtful, what can't be asked is a breach.
    """
    if is_damaged:
        yield from (Finding(law.meaning, [UNTOLD]) for law in LAWS)
        return
    with contextlib.ExitStack() as stack:
        connection: duckdb.DuckDBPyConnection | None = None
        for law in LAWS:
            try:
                if connection is None:
                    connection = stack.enter_context(contextlib.closing(connect_tables(place)))
                breaches = [" ".join(map(str, row)) for row in ask(connection, law.breaches, Limits(), is_owner=False).rows()]
            except Exception as error:
                if not is_doubtful:
                    raise
                connection = None  # a fault inside DuckDB may have spoilt it
                breaches = [f"{UNTOLD}: {str(error).splitlines()[0]}"]
            yield Finding(law.meaning, breaches)


def connect_tables(place: Path) -> duckdb.DuckDBPyConnection:
    """A connection to the tables alone: what is damaged of the index is nothing to them."""
    return connect_files(read_shapes(place), is_commented=False)


def check_catalog(place: Path) -> Finding:
    """The catalog's own consistency, as SQLite and the counts in it tell."""
    meaning = "the catalog is whole"
    remedy = "copydesk restore from a backup"
    try:
        with contextlib.closing(read_catalog(place)) as catalog:
            changed = find_fault(place)
            faults = [row[0] for row in catalog.execute("PRAGMA integrity_check(20)")]
            if changed or faults != ["ok"]:
                return Finding(meaning, [*filter(None, [changed]), *(f"{place / CATALOG}: {fault}" for fault in faults if fault != "ok")], remedy)
            deleted = catalog.execute("SELECT count(*) FROM ducklake_delete_file WHERE end_snapshot IS NULL").fetchone()[0]
            breaches = [f"{deleted} files have rows deleted beside them, which readers refuse"] if deleted else []
            return Finding(meaning, breaches, remedy)
    except sqlite3.Error as error:
        return Finding(meaning, [f"{place / CATALOG}: {error}"], remedy)


def check_files(place: Path) -> Iterator[Finding]:
    """The data files: there, with their hashes and rows, and no others. One that has changed, or has no noted hash, is read page by page."""
    with contextlib.closing(read_catalog(place)) as catalog:
        files, hashes = list_files(catalog), read_hashes(catalog)
    faults = {file.path: fault for file in files if (fault := check_file(place, file, hashes.get(file.path)))}
    doubtful = [file.path for file in files if (place / file.path).is_file() and (file.path in faults or file.path not in hashes)]
    for path, fault in zip(doubtful, check_pages([place / path for path in doubtful]), strict=True):
        if path in faults or fault:
            faults[path] = "; ".join(filter(None, (faults.get(path), fault or "every page can still be read")))
    yield Finding(f"{len(files):,} data files have their hashes, and the rows that the catalog counts",
                  [f"{path}: {fault}" for path, fault in faults.items()], "copydesk restore from a backup")


def check_file(place: Path, file: DataFile, noted: Hashed | None) -> str | None:
    """What is wrong with a data file by its hash and counts; None when it is as it was committed."""
    path = place / file.path
    try:
        found = hash_file(path)
        if noted is not None and found != noted:
            return f"it has changed: {found.size_bytes} bytes with the hash {found.sha256}, not {noted.size_bytes} with {noted.sha256}"
        if found.size_bytes != file.size_bytes:
            return f"it has {found.size_bytes} bytes, and the catalog says {file.size_bytes}"
        rows = pq.read_metadata(path).num_rows if noted is not None else file.rows
        return None if rows == file.rows else f"it holds {rows} rows, and the catalog says {file.rows}"
    except FileNotFoundError:
        return "it is gone"
    except Exception as error:  # noqa: BLE001 - whatever a file that is not Parquet makes its reader say
        return f"it can't be read: {error}"


def check_sealed(place: Path) -> Iterator[Finding]:
    """What lies beside the tables and is sealed folder by folder: reports, batches that wait, the index."""
    reports = [folder for folder in (place / "reports", *sorted((place / "reports").glob("*"))) if folder.is_dir() and not folder.is_symlink()]
    held = [folder for folder in sorted((place / HELD).glob("*/*")) if folder.is_dir()]
    for meaning, folders, remedy in (
        ("the reports are as they were written", reports,
         "put the file back from a backup, or remove its folder: what the run came to stands in the tables runs, checks and metrics"),
        ("the batches that are held back are as they were checked", held,
         "put the file back from a backup, or copydesk release RUN --discard, then copydesk quarantine replay"),
        ("the index of full-text search is as it was written", [place / SEARCH] if (place / SEARCH).is_dir() else [], "copydesk index --anew"),
    ):
        yield Finding(meaning, [fault for folder in folders for fault in check_seal(folder)], remedy)


class Kept(NamedTuple):
    """What should be kept of a file."""

    sha256: str
    path: str
    kept: Hashed | None
    """The hash and size of what is kept; None where nothing should be."""


def list_kept(folder: Path | str) -> list[Kept]:
    """What should be kept of every file that landed: itself, or what forgetting has left of it."""
    query = """
        SELECT f.sha256, any_value(f.path), any_value(f.size_bytes), any_value(g.kept) FROM files f
        LEFT JOIN (SELECT file_id, arg_max({'sha256': kept_sha256, 'size': kept_bytes}, run_id) AS kept FROM landed.forgotten GROUP BY 1) g
        USING (file_id) WHERE f.status = 'landed' GROUP BY f.sha256 ORDER BY 1"""
    with contextlib.closing(connect_tables(Path(folder))) as connection:
        return [
            Kept(sha256, path, Hashed(sha256, size) if after is None else Hashed(after["sha256"], after["size"]) if after["sha256"] else None)
            for sha256, path, size, after in ask(connection, query, Limits(), is_owner=False).rows()
        ]


def check_originals(place: Path, *, is_damaged: bool, is_doubtful: bool) -> Finding:
    """The kept originals by their hashes, and those of which nothing should be left."""
    if is_damaged:
        return Finding("the originals are kept and have their hashes", [UNTOLD])
    try:
        files = list_kept(place)
    except Exception as error:
        if not is_doubtful:
            raise
        return Finding("the originals are kept and have their hashes", [f"{UNTOLD}: {str(error).splitlines()[0]}"])
    faults = [f"{file.path}: {fault}" for file in files if (fault := check_original(place, file))]
    return Finding(f"the originals of {len(files):,} files are kept and have their hashes", faults, "put the file back and ingest it again")


def check_original(place: Path, file: Kept) -> str | None:
    """What is wrong with a kept original; None when its bytes are those that were read, or those that forgetting left."""
    name = f"its original {file.sha256}"
    digest, length = hashlib.sha256(), 0
    try:
        with open_original(place, file.sha256) as kept:
            while chunk := kept.read(CHUNK):
                digest.update(chunk)
                length += len(chunk)
    except NotFound:
        return None if file.kept is None else f"{name} is not kept; put the file back and ingest it again"
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes the decoder say
        return f"{name} can't be read ({error}); restore it from a copy"
    if file.kept is None or (file.kept.sha256 != file.sha256 and digest.hexdigest() == file.sha256):
        return f"{name} still holds what was forgotten; run copydesk forget --finish"
    if (digest.hexdigest(), length) != file.kept:
        return f"{name} has changed: {length} bytes with the hash {digest.hexdigest()}; restore it from a copy"
    return None
