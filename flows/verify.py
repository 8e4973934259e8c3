"""`copydesk verify`: the laws of a lake, and with --files its originals read once more."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from flows.problems import ExitCode
from flows.read import give_hints, open_reading, read_blank
from flows.settings import Houses, IngestConfig, read_houses
from transforms.model import PARSER_VERSION, Gap, Item
from transforms.outcome import Reason, Reject
from warehouse.errors import NotFound
from warehouse.land import open_original
from warehouse.sql import run_sql
from warehouse.verify import Finding, check_lake

SHOWN = 5

Span = tuple[int, int]


def verify_lake(lake: Path, config: IngestConfig | None = None) -> int:
    """Print a line for each law, and with a config for the originals read anew; exit code 1 when anything is broken."""
    broken = 0
    for finding in check_lake(lake):
        broken += print_finding(finding)
    if config is not None:
        broken += print_finding(check_spans(lake, config))
    return ExitCode.DOUBTFUL if broken else ExitCode.LANDED


def print_finding(finding: Finding) -> bool:
    """Print a law and the first of what breaks it; says whether anything does."""
    sys.stdout.write(f"{'FAILED' if finding.breaches else 'ok':<8}{finding.meaning}\n")
    for breach in finding.breaches[:SHOWN]:
        sys.stdout.write(f"        {breach}\n")
    if len(finding.breaches) > SHOWN:
        sys.stdout.write(f"        and {len(finding.breaches) - SHOWN:,} more\n")
    sys.stdout.flush()
    return bool(finding.breaches)


class Entered(NamedTuple):
    """What the tables say of a file."""

    file_id: str
    sha256: str
    path: str
    format: str | None
    encoding: str | None
    read_bytes: int
    parser_version: str
    records: frozenset[tuple[int, int, int]]
    """Number, first byte and end of every record."""
    forgotten: tuple[Span, ...]
    is_removed: bool
    """Whether nothing is kept of it, on request."""


ENTERED = """
    WITH spans AS (
        SELECT file_id, record_no, byte_start, byte_end, parser_version FROM landed.articles
        UNION SELECT file_id, record_no, byte_start, byte_end, parser_version FROM landed.quarantine
        UNION SELECT file_id, record_no, byte_start, byte_end, parser_version FROM landed.duplicates
              JOIN (SELECT batch_id, parser_version FROM batches) USING (batch_id)),
    gone AS (SELECT file_id, list(DISTINCT (byte_start, byte_end)) AS spans, arg_max({'kept': kept_sha256}, run_id) AS last
             FROM landed.forgotten GROUP BY 1)
    SELECT f.file_id, f.sha256, f.path, f.format, f.encoding, f.read_bytes, f.parser_version,
           coalesce(list(DISTINCT (s.record_no, s.byte_start, s.byte_end)) FILTER (s.file_id IS NOT NULL), []),
           coalesce(any_value(g.spans), []), any_value(g.last) IS NOT NULL AND any_value(g.last).kept IS NULL
    FROM (SELECT unnest(arg_max(file, file.run_id)) FROM (SELECT files AS file FROM files WHERE status = 'landed') GROUP BY file.file_id) f
    LEFT JOIN spans s ON s.file_id = f.file_id AND s.parser_version = f.parser_version LEFT JOIN gone g ON g.file_id = f.file_id
    WHERE NOT list_bool_or(list_transform(f.gaps, lambda gap: starts_with(gap, 'container=')))
    GROUP BY ALL ORDER BY f.path, f.file_id"""


def list_entered(lake: Path) -> list[Entered]:
    """What the tables say of every file, containers left out."""
    with run_sql(lake, ENTERED) as result:
        return [
            Entered(
                file_id, sha256, path, form, encoding, size, parser, frozenset(tuple(one) for one in records),
                tuple((start, end) for start, end in gone), is_removed,
            )
            for file_id, sha256, path, form, encoding, size, parser, records, gone, is_removed in result.rows()
        ]


def check_spans(lake: Path, config: IngestConfig) -> Finding:
    """Read every kept original again: records and gaps must tile it, and lie where the tables say."""
    houses = read_houses(config)
    files = list_entered(lake)
    faults = [f"{file.path}: {fault}" for file in files if not file.is_removed for fault in compare_file(lake, file, config, houses)]
    return Finding(f"read again, the records and gaps of {len(files):,} files tile them and lie where the tables say", faults)


def compare_file(lake: Path, file: Entered, config: IngestConfig, houses: Houses) -> Iterator[str]:
    """Where a file reads differently from what its rows say."""
    found: set[tuple[int, int]] = set()
    at = 0
    try:
        for item in read_items(lake, file, config, houses):
            if item.byte_start != at:
                yield f"records and gaps leave a hole or overlap at byte {at}"
                return
            at = item.byte_end
            if not isinstance(item, Gap):
                found.add((item.byte_start, item.byte_end))
    except NotFound as error:
        yield str(error)
        return
    except Reject as no:
        yield f"it can't be read any more: {no.detail}"
        return
    if at != file.read_bytes and not file.forgotten:
        yield f"records and gaps end at byte {at}, and the file has {file.read_bytes}"
    wanted = {(start, end) for _, start, end in file.records}
    missing = sorted(wanted - found)
    strange = sorted(span for span in found - wanted if not any(start < span[1] and span[0] < end for start, end in file.forgotten))
    because = "" if file.parser_version == PARSER_VERSION else f" (rules {file.parser_version} read it, these are {PARSER_VERSION})"
    if missing:
        yield f"{len(missing):,} records are not found where they were read, the first at bytes {missing[0][0]} to {missing[0][1]}{because}"
    if strange:
        yield f"{len(strange):,} records are found that no table holds, the first at bytes {strange[0][0]} to {strange[0][1]}{because}"


def read_items(lake: Path, file: Entered, config: IngestConfig, houses: Houses) -> Iterator[Item]:
    """The records and gaps of a kept original, read as it was when it landed, as far as that is on record."""
    hints = give_hints(file.path, config, houses)
    hints = hints._replace(encoding=hints.encoding or file.encoding)
    try:
        with open_reading(cast(BinaryIO, open_original(lake, file.sha256)), hints) as reading:
            yield from reading.items
    except Reject as no:
        if no.reason != Reason.EMPTY:
            raise
        yield from read_blank(cast(BinaryIO, open_original(lake, file.sha256)))
