"""The measures of the last runs, at a cost that does not grow with the history.

Each run that read something has added one file to the table `metrics`. The catalog keeps files in the order in which they were added, so the
last thirty are found from its end and read by name; nothing else of the lake is opened.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warehouse.errors import LakeError
from warehouse.lake import read_catalog
from warehouse.tables import Metrics, arrow_schema

LAST_FILES = """
    SELECT CASE WHEN f.path_is_relative THEN s.path || t.path || f.path ELSE f.path END
    FROM ducklake_data_file f JOIN ducklake_table t USING (table_id) JOIN ducklake_schema s USING (schema_id)
    WHERE f.table_id = (SELECT table_id FROM ducklake_table WHERE table_name = 'metrics' AND end_snapshot IS NULL) AND f.end_snapshot IS NULL
    ORDER BY f.data_file_id DESC LIMIT ?"""


def recent_metrics(folder: Path | str, runs: int) -> list[Metrics]:
    """The rows of `metrics` of the last runs that have any, the latest run first."""
    place = Path(folder)
    try:
        with contextlib.closing(read_catalog(place)) as catalog:
            paths = [place / row[0] for row in catalog.execute(LAST_FILES, (runs,))]
    except sqlite3.Error as e:
        raise LakeError(f"the catalog of {place} can't be read: {e}") from e
    if not paths:
        return []
    try:
        table = pa.concat_tables([pq.read_table(path, schema=arrow_schema(Metrics)) for path in paths])
    except (OSError, pa.ArrowInvalid) as e:
        raise LakeError(f"the measures of earlier runs can't be read: {e}") from e
    last = sorted(pc.unique(table.column("run_id")).to_pylist(), reverse=True)[:runs]
    rows = table.filter(pc.is_in(table.column("run_id"), pa.array(last, pa.string()))).to_pylist()
    return sorted((Metrics(**row) for row in rows), key=lambda m: m.run_id, reverse=True)
