"""Check a lake against itself: the originals by their hashes, the counts by their equations, the spans by their borders."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from flows.problems import ExitCode
from warehouse.errors import NotFound
from warehouse.originals import open_original
from warehouse.sql import run_sql

CHUNK = 1 << 20
SHOWN = 5


class Law(NamedTuple):
    """What must hold of a lake, and a query for the rows that break it."""

    meaning: str
    breaches: str


FATES = """(SELECT file_id, record_no FROM landed.articles UNION ALL SELECT file_id, record_no FROM landed.duplicates
            UNION ALL SELECT file_id, record_no FROM landed.quarantine)"""
LAWS = (
    Law("every file's equation holds: records in = landed + quarantined + duplicates, and its spans tile",
        "SELECT path FROM files WHERE status = 'landed' AND (NOT is_conserved OR records_in <> landed + quarantined + duplicates)"),
    Law("every record of every file is in a table: landed, quarantined or a repeat",
        f"""SELECT path, records_in, count(DISTINCT record_no) FROM files LEFT JOIN {FATES} USING (file_id) WHERE status = 'landed'
            GROUP BY ALL HAVING count(DISTINCT record_no) <> records_in"""),
    Law("every batch holds what its row says",
        """SELECT b.batch_id, b.landed, coalesce(a.n, 0), b.quarantined, coalesce(q.n, 0), b.duplicates, coalesce(d.n, 0) FROM batches b
           LEFT JOIN (SELECT batch_id, count(*) AS n FROM landed.articles GROUP BY 1) a USING (batch_id)
           LEFT JOIN (SELECT batch_id, count(*) AS n FROM landed.quarantine GROUP BY 1) q USING (batch_id)
           LEFT JOIN (SELECT batch_id, count(*) AS n FROM landed.duplicates GROUP BY 1) d USING (batch_id)
           WHERE (b.landed, b.quarantined, b.duplicates) <> (coalesce(a.n, 0), coalesce(q.n, 0), coalesce(d.n, 0))"""),
    Law("no batch has landed twice", "SELECT batch_id FROM batches GROUP BY 1 HAVING count(*) > 1"),
    Law("no article version has landed twice", "SELECT article_id, version FROM landed.articles GROUP BY ALL HAVING count(*) > 1"),
    Law("every part belongs to an article version that landed",
        "SELECT article_id, version FROM (" + " UNION ALL ".join(
            f"SELECT article_id, version FROM landed.{name}" for name in ("contributors", "places", "photos", "blocks")
        ) + ") ANTI JOIN landed.articles USING (article_id, version)"),
    Law("the blocks of every article tile its document",
        """SELECT article_id, version FROM (
               SELECT article_id, version, char_start, lag(char_end, 1, 0) OVER (PARTITION BY article_id, version ORDER BY position) AS before
               FROM landed.blocks) WHERE char_start <> before"""),
    Law("every repeat names an article that landed, or that waits in quarantine",
        """SELECT article_id FROM landed.duplicates ANTI JOIN landed.articles USING (article_id)
           ANTI JOIN (SELECT article_id FROM landed.quarantine WHERE article_id IS NOT NULL) USING (article_id)"""),
)


def verify_lake(lake: Path) -> int:
    """Print a line for each law and for the originals; exit code 1 when anything is broken."""
    broken = 0
    for meaning, breaches in check_lake(lake):
        broken += bool(breaches)
        sys.stdout.write(f"{'FAILED' if breaches else 'ok':<8}{meaning}\n")
        for breach in breaches[:SHOWN]:
            sys.stdout.write(f"        {breach}\n")
        if len(breaches) > SHOWN:
            sys.stdout.write(f"        and {len(breaches) - SHOWN:,} more\n")
    return ExitCode.DOUBTFUL if broken else ExitCode.LANDED


def check_lake(lake: Path) -> Iterator[tuple[str, list[str]]]:
    """Each law and what breaks it."""
    for law in LAWS:
        with run_sql(lake, law.breaches) as result:
            yield law.meaning, [" ".join(map(str, row)) for row in result.rows()]
    with run_sql(lake, "SELECT sha256, any_value(path), any_value(size_bytes) FROM files WHERE status = 'landed' GROUP BY 1 ORDER BY 1") as result:
        files = [(str(sha256), str(path), int(size)) for sha256, path, size in result.rows()]
    yield f"the originals of {len(files):,} files are kept and have their hashes", [
        f"{path}: {fault}" for sha256, path, size in files if (fault := check_original(lake, sha256, size))
    ]


def check_original(lake: Path, sha256: str, size: int) -> str | None:
    """What is wrong with a kept original; None when its bytes are those that were read."""
    digest, length = hashlib.sha256(), 0
    try:
        with open_original(lake, sha256) as kept:
            while chunk := kept.read(CHUNK):
                digest.update(chunk)
                length += len(chunk)
    except NotFound:
        return f"its original {sha256} is not kept; put the file back and ingest it again"
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes the decoder say
        return f"its original {sha256} can't be read ({error}); restore it from a copy"
    if digest.hexdigest() != sha256 or length != size:
        return f"its original {sha256} has changed: {length} bytes with the hash {digest.hexdigest()}; restore it from a copy"
    return None
