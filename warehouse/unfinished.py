"""What earlier runs have left unfinished: files that were interrupted, and files that could not be read."""

from __future__ import annotations

from warehouse.lake import Lake


def interrupted_files(lake: Lake, parser_version: str) -> dict[str, int]:
    """Files of which some batches are committed and the last is not, with the number of their records that are settled.

    A file's batches are committed in the order of its records, so the settled ones are the first.
    """
    query = """
        SELECT file_id, count(*) FROM (
            SELECT file_id FROM lake.data.articles WHERE parser_version = $1
            UNION ALL SELECT file_id FROM lake.data.quarantine WHERE parser_version = $1
            UNION ALL SELECT file_id FROM lake.data.duplicates SEMI JOIN (FROM lake.data.batches WHERE parser_version = $1) USING (batch_id))
        ANTI JOIN (FROM lake.data.files WHERE status = 'landed' AND parser_version = $1) USING (file_id)
        GROUP BY file_id"""
    with lake.turn:
        return dict(lake.connection.execute(query, [parser_version]).fetchall())


def failed_files(lake: Lake, parser_version: str) -> set[str]:
    """Ids of the files that are on record as not readable by this version of the rules."""
    with lake.turn:
        rows = lake.connection.execute("SELECT file_id FROM lake.data.files WHERE status = 'failed' AND parser_version = ?", [parser_version])
        return {row[0] for row in rows.fetchall()}
