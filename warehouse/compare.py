"""What has changed between two moments of a lake: rows that came, rows that went, and rows that say something else, by column.

Tables about articles are compared by each article's latest version, so that a new version is a change and not a further row. Files that both
snapshots hold are not read: what differs lies in the others.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from warehouse.catalog import SETTINGS
from warehouse.ddl import quote_name, read_rows, sql_type
from warehouse.errors import LakeError, NoSnapshot
from warehouse.snapshot import Shapes, read_shapes
from warehouse.sql import Budget, Limits, Result
from warehouse.tables import TABLES, columns

OF_ARTICLES = ("articles", "contributors", "places", "photos", "blocks", "corrections")
COMPARED = (*OF_ARTICLES, "quarantine", "duplicates", "files", "forgotten")
UNTOLD = {"version", "batch_id", "run_id"}
"""Columns that differ by themselves."""
SAMPLE = 160

CHANGES = "CREATE TEMP TABLE changes (table_name VARCHAR, change VARCHAR, column_name VARCHAR, rows BIGINT, sample VARCHAR, was VARCHAR, now VARCHAR)"


def compare_runs(folder: Path | str, before: str, after: str | None, limits: Limits = Limits()) -> Result:  # noqa: B008
    """Rows of `table, change, column, rows, sample, was, now`: added, changed and gone rows of each table, and changed columns with a sample.

    `before` and `after` are runs' ids or times; without `after` it is now. Raises NoSnapshot where the lake knows nothing of one.
    """
    old, new = read_shapes(folder, before), read_shapes(folder, after)
    if not old:
        raise NoSnapshot(f"the lake held nothing at {before}")
    connection = duckdb.connect(config={**SETTINGS, "memory_limit": limits.memory, "threads": limits.threads or 2})
    try:
        connection.execute(f"SET TimeZone = 'UTC'; CREATE SCHEMA old; CREATE SCHEMA new; {CHANGES}")
        touched = declare_touched(connection, old, new)
        for name in COMPARED:
            if touched.get(name) or (name in OF_ARTICLES and touched["articles"]):
                compare_table(connection, name)
        connection.execute("""
            SELECT table_name AS "table", change, column_name AS "column", rows, sample, was, now FROM changes
            ORDER BY list_position(?, table_name), change, column_name NULLS FIRST""", [list(COMPARED)])
        return Result(connection, Budget(connection, limits))
    except duckdb.Error as e:
        connection.close()
        raise LakeError(f"the lake's files can't be read: {str(e).splitlines()[0]}") from e
    except BaseException:
        connection.close()
        raise


def declare_touched(connection: duckdb.DuckDBPyConnection, old: Shapes, new: Shapes) -> dict[str, bool]:
    """Views of both moments, those of articles cut to the articles that files of one moment alone name; says which tables have such files."""
    touched = {}
    for name in COMPARED:
        there = [{path for paths in shapes.get(name, {}).values() for path in paths} for shapes in (old, new)]
        only = there[0] ^ there[1]
        touched[name] = bool(only)
        for schema, shapes in (("old", old), ("new", new)):
            connection.execute(f"CREATE VIEW {schema}.all_{name} AS {read_rows(TABLES[name], shapes.get(name, {}))}")
            connection.execute(f"CREATE VIEW {schema}.only_{name} AS {read_rows(TABLES[name], shapes.get(name, {}), only)}")
    connection.execute("CREATE TEMP TABLE touched AS " + " UNION ".join(
        f"SELECT article_id FROM {schema}.only_{name}" for schema in ("old", "new") for name in OF_ARTICLES))
    for schema in ("old", "new"):
        connection.execute(f"CREATE TEMP TABLE latest_{schema} AS SELECT article_id, max(version) AS version FROM {schema}.all_articles "
                           "SEMI JOIN touched USING (article_id) GROUP BY 1")
    return touched


def compare_table(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Enter what differs in one table. Rows are matched by their key; several rows of one key by their order."""
    of_articles = name in OF_ARTICLES
    key = [c.name for c in columns(TABLES[name]) if c.column.key and not (of_articles and c.name == "version")]
    told = [c for c in columns(TABLES[name]) if c.name not in key and c.name not in UNTOLD]
    keys = ", ".join(map(quote_name, key))
    for schema in ("old", "new"):
        rows = (f"SELECT t.* FROM {schema}.all_{name} t SEMI JOIN latest_{schema} l ON t.article_id = l.article_id AND t.version = l.version"
                if of_articles else f"SELECT * FROM {schema}.only_{name}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {schema}_rows AS SELECT *, true AS is_row, row_number() OVER (PARTITION BY {keys}) AS nth "
                           f"FROM ({rows})")
    join = f"old_rows o FULL JOIN new_rows n USING ({keys}, nth)"
    label = f"concat_ws(' ', {', '.join(f'{quote_name(c)}::VARCHAR' for c in key)})"
    differs = " OR ".join(f"o.{quote_name(c.name)} IS DISTINCT FROM n.{quote_name(c.name)}" for c in told) or "false"
    for change, condition in (("added", "o.is_row IS NULL"), ("gone", "n.is_row IS NULL"), ("changed", f"o.is_row AND n.is_row AND ({differs})")):
        connection.execute(f"INSERT INTO changes SELECT '{name}', '{change}', NULL, count(*), min({label}), NULL, NULL FROM {join} "
                           f"WHERE {condition} HAVING count(*) > 0")
    for c in told:
        column = quote_name(c.name)
        text = f"{{}}.{column}::VARCHAR" if sql_type(c.kind) != "VARCHAR" else f"{{}}.{column}"
        shown = [f"left(arg_min(coalesce({text.format(side)}, ''), {label}), {SAMPLE})" for side in ("o", "n")]
        connection.execute(f"INSERT INTO changes SELECT '{name}', 'changed', '{c.name}', count(*), min({label}), {shown[0]}, {shown[1]} FROM {join} "
                           f"WHERE o.is_row AND n.is_row AND o.{column} IS DISTINCT FROM n.{column} HAVING count(*) > 0")
