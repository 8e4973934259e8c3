"""What earlier runs have left unfinished: files that were interrupted, and files that could not be read.

Values stand in the SQL as quoted literals: the first parameter that DuckDB is given from Python makes it import pandas, half a second.
"""

from __future__ import annotations

from warehouse.ddl import quote
from warehouse.lake import Lake
from warehouse.land import read_committed


def interrupted_files(lake: Lake, parser_version: str) -> dict[str, int]:
    """Files of which some batches are committed and the last is not, with the number of their records that are settled.

    A file's batches are committed in the order of its records, so the settled ones are the first.
    """
    version = quote(parser_version)
    with lake.turn:
        names = ("articles", "quarantine", "duplicates", "batches", "files")
        articles, quarantine, duplicates, batches, files = (f"({read_committed(lake, name)})" for name in names)
        query = f"""
            SELECT file_id, count(*) FROM (
                SELECT file_id FROM {articles} WHERE parser_version = {version}
                UNION ALL SELECT file_id FROM {quarantine} WHERE parser_version = {version}
                UNION ALL SELECT file_id FROM {duplicates} SEMI JOIN (FROM {batches} WHERE parser_version = {version}) USING (batch_id))
            ANTI JOIN (FROM {files} WHERE status = 'landed' AND parser_version = {version}) USING (file_id)
            GROUP BY file_id"""
        return dict(lake.connection.execute(query).fetchall())


def failed_files(lake: Lake, parser_version: str) -> set[str]:
    """Ids of the files that are on record as not readable by this version of the rules."""
    with lake.turn:
        files = read_committed(lake, "files")
        rows = lake.connection.execute(f"SELECT file_id FROM ({files}) WHERE status = 'failed' AND parser_version = {quote(parser_version)}")
        return {row[0] for row in rows.fetchall()}
