"""Columns whose type was another in earlier layouts, and how what was written then is read now.

Until layout 3 `articles.extra` was a list of `name=value`; it is a map of a name to its values. DuckLake can't turn the one into the other, so the
old column of a lake is put aside under another name, and files that hold it are told by a mark behind the column's name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

LIST, MAP = "VARCHAR[]", "MAP(VARCHAR, VARCHAR[])"
MARK = "[]"
"""Behind the name of a column that a file holds as a list."""
CHANGED = {"articles": frozenset({"extra"})}
ASIDE = "_pairs"
"""Behind the name under which the old column stays in the lake's table."""


def mark_earlier(table_name: str, column: str, kind: str) -> str:
    """The name under which a file's column is known, by its type in DuckLake's catalog.

    >>> mark_earlier("articles", "extra", "list"), mark_earlier("articles", "extra", "map"), mark_earlier("files", "gaps", "list")
    ('extra[]', 'extra', 'gaps')
    """
    return column + MARK if kind == "list" and column in CHANGED.get(table_name, ()) else column


def read_pairs(name: str) -> str:
    """The SQL expression for a map of a quoted column of `name=value`, in which a name may come more than once."""
    of = f"list_transform({name}, lambda pair: split_part(pair, '=', 1))"
    values = f"list_transform(list_filter({name}, lambda pair: split_part(pair, '=', 1) = key), lambda pair: substr(pair, length(key) + 2))"
    return f"map_from_entries(list_transform(list_distinct({of}), lambda key: struct_pack(key := key, value := {values})))"


def renew_batch(table_name: str, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Rows of an earlier file as they would be written now."""
    import pyarrow as pa

    from warehouse.tables import TABLES, arrow_schema

    for name in CHANGED.get(table_name, frozenset()).intersection(batch.schema.names):
        at = batch.schema.get_field_index(name)
        if pa.types.is_list(batch.schema.field(at).type):
            kind = arrow_schema(TABLES[table_name]).field(name).type
            column = pa.array([None if pairs is None else group_pairs(pairs) for pairs in batch.column(at).to_pylist()], kind)
            batch = batch.set_column(at, pa.field(name, kind), column)
    return batch


def keep_earlier(table_name: str, schema: pa.Schema, written: pa.Schema) -> pa.Schema:
    """A table's schema, with the columns that a file holds as an earlier type as that."""
    import pyarrow as pa

    for name in CHANGED.get(table_name, frozenset()).intersection(written.names):
        if pa.types.is_list(written.field(name).type):
            schema = schema.set(schema.get_field_index(name), written.field(name))
    return schema


def group_pairs(pairs: list[str]) -> dict[str, list[str]]:
    """The values of each name among texts of `name=value`.

    >>> group_pairs(["mood=calm", "desk=a=b", "mood=sour"])
    {'mood': ['calm', 'sour'], 'desk': ['a=b']}
    """
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        found.setdefault(name, []).append(value)
    return found
