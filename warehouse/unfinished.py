"""What earlier runs have left unfinished: files that were interrupted, and files that could not be read.

Values stand in the SQL as quoted literals: the first parameter that DuckDB is given from Python makes it import pandas, half a second.
"""

from __future__ import annotations

from warehouse.ddl import quote
from warehouse.lake import Lake


def interrupted_files(lake: Lake, parser_version: str) -> dict[str, int]:
    """Files of which some batches are committed and the last is not, with the number of their records that are settled.

    A file's batches are committed in the order of its records, so the settled ones are the first.
    """
    version = quote(parser_version)
    query = f"""
        SELECT file_id, count(*) FROM (
            SELECT file_id FROM lake.data.articles WHERE parser_version = {version}
            UNION ALL SELECT file_id FROM lake.data.quarantine WHERE parser_version = {version}
            UNION ALL SELECT file_id FROM lake.data.duplicates SEMI JOIN (FROM lake.data.batches WHERE parser_version = {version}) USING (batch_id))
        ANTI JOIN (FROM lake.data.files WHERE status = 'landed' AND parser_version = {version}) USING (file_id)
        GROUP BY file_id"""
    with lake.turn:
        return dict(lake.connection.execute(query).fetchall())


def failed_files(lake: Lake, parser_version: str) -> set[str]:
    """Ids of the files that are on record as not readable by this version of the rules."""
    with lake.turn:
        rows = lake.connection.execute(f"SELECT file_id FROM lake.data.files WHERE status = 'failed' AND parser_version = {quote(parser_version)}")
        return {row[0] for row in rows.fetchall()}
