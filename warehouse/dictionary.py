"""The data dictionary as Markdown: `python -m warehouse.dictionary > warehouse/DICTIONARY.md`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from warehouse.catalog import connect_files
from warehouse.ddl import sql_type, table_meaning
from warehouse.tables import TABLES, ChainLink, Column, Span, Table, columns

HEAD = """# Data dictionary

Written by `python -m warehouse.dictionary > warehouse/DICTIONARY.md` from the declarations in `tables.py` and the views in `views/`; change those.

`articles` and the views about articles show the latest version of each article, so that they join on `article_id` alone.
`article_versions` shows all versions; so does every table under its name in the schema `landed` (`landed.contributors`).
The same text is there in SQL: `SELECT * FROM data_dictionary`.
"""


def describe_rules(column: Column) -> str:
    """What must hold for a column's values, in words.

    >>> describe_rules(Column("Latitude.", least=-90, most=90))
    'from -90; to 90'
    """
    rules = ["key"] if column.key else []
    rules += [f"matches `{column.matches}`"] if column.matches else []
    rules += [" ".join(f"`{value}`" for value in column.one_of)] if column.one_of else []
    rules += [f"from {column.least:g}"] if column.least is not None else []
    rules += [f"to {column.most:g}"] if column.most is not None else []
    return "; ".join(rules)


def table_lines(name: str, table: Table) -> Iterator[str]:
    """A heading, what one row is, and a line for each column."""
    yield from (f"\n## {name}\n", f"{table_meaning(table)}\n")
    yield from ("| column | type | null | meaning | nearest term | must hold |", "|---|---|---|---|---|---|")
    for c in columns(table):
        cells = (f"`{c.name}`", f"`{sql_type(c.kind)}`", "yes" if c.nullable else "", c.column.meaning, c.column.like, describe_rules(c.column))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def view_lines() -> Iterator[str]:
    """A line for each view, for each column that only a view has, and for each macro."""
    with contextlib.closing(connect_files({})) as connection:
        views = connection.execute(
            "SELECT view_name, comment FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal ORDER BY view_name").fetchall()
        computed = connection.execute(
            "SELECT table_name, column_name, data_type, meaning FROM data_dictionary WHERE nullable IS NULL").fetchall()
        macros = connection.execute("SELECT call, meaning, example FROM macros").fetchall()
    yield from ("\n## Views\n", "| view | shows |", "|---|---|")
    yield from (f"| `{name}` | {comment} |" for name, comment in views)
    yield from ("\nColumns that a view computes:\n", "| view | column | type | meaning |", "|---|---|---|---|")
    yield from (f"| `{view}` | `{column}` | `{kind}` | {meaning} |" for view, column, kind, meaning in computed)
    yield from ("\n## Macros\n", "Questions with a name, asked in FROM; `SELECT * FROM macros` lists them too.\n")
    yield from ("| macro | answers | example |", "|---|---|---|")
    yield from (f"| `{call}` | {meaning} | `{example}` |" for call, meaning, example in macros)


def dictionary() -> str:
    """The whole dictionary."""
    lines = [HEAD.rstrip("\n"), *view_lines()]
    for name, table in TABLES.items():
        lines += table_lines(name, table)
    for name, table in (("photos.chain", ChainLink), ("contributors.also_at", Span)):
        lines += table_lines(name, table)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(dictionary())
