"""The contract of each table, derived from its declaration.

Every column of `warehouse.tables` says what must hold for each of its values; here those sayings become constraints, and constraints
become Great Expectations expectations. Great Expectations spends about 8 ms on an expectation whatever the number of rows, so a batch
is first counted in Arrow (`count_unexpected`, one number a constraint), Great Expectations judges those counts, and what does not come
out at zero it then examines row by row (expectations.batch).

Five tables are under contract: what an article is made of. `quarantine` and `duplicates` are not: their rows are written by the
pipeline about records that have already been judged, their types and nulls are enforced when they are staged, and a row that failed
there could not be set aside a second time. The ledger (`files`, `batches`, `runs`, `checks`) is written by the coordinator alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args, get_origin

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.tables import TABLES, Declared, columns

CONTRACTED = ("articles", "contributors", "places", "photos", "blocks")
LEFT_OUT = {"articles": ("body",)}
"""Columns that no frame carries into Great Expectations: bodies cost it four times the time and eight times the memory."""


class Constraint(NamedTuple):
    """One thing that must hold for a column of a table, and how grave it is when it does not."""

    table: str
    name: str
    column: str | None
    """`chain.kind` is the field `kind` of the structs in the list column `chain`; None for a constraint on the whole table."""
    kind: str
    """present, pattern, known_value, range, key or order."""
    severity: str
    meaning: str
    pattern: str = ""
    values: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    columns: tuple[str, ...] = ()
    """The columns of a key, or of the table in order."""


EXPECTATIONS = {
    "present": "expect_column_values_to_not_be_null",
    "pattern": "expect_column_values_to_match_regex",
    "known_value": "expect_column_values_to_be_in_set",
    "range": "expect_column_values_to_be_between",
    "key": "expect_compound_columns_to_be_unique",
    "order": "expect_table_columns_to_match_ordered_list",
}
"""Great Expectations type of each kind of constraint."""


def derive_contract(table: str) -> tuple[Constraint, ...]:
    """Everything that a table's declaration demands.

    A column that may be null describes: a value in it that breaks its constraint is doubtful, a warning. A column that may not be null
    is what other things are built on: a value that breaks its constraint is critical.

    >>> for c in derive_contract("places")[:3]:
    ...     print(c.severity, c.name)
    critical columns_are_in_order
    critical key_is_unique
    critical article_id_is_present
    """
    declared = tuple(columns(TABLES[table]))
    names = tuple(c.name for c in declared if c.name not in LEFT_OUT.get(table, ()))
    keys = tuple(c.name for c in declared if c.column.key)
    ordered, unique = f"The columns of {table} are those declared, in order.", f"No two rows of {table} share {', '.join(keys)}."
    found = [
        Constraint(table, "columns_are_in_order", None, "order", "critical", ordered, columns=names),
        Constraint(table, "key_is_unique", None, "key", "critical", unique, columns=keys),
    ]
    for column in declared:
        if column.name not in LEFT_OUT.get(table, ()):
            found += derive_column(table, column.name, column)
    return tuple(found)


def derive_column(table: str, path: str, declared: Declared) -> Iterator[Constraint]:
    """The constraints of one column, and of the fields of its structs.

    >>> from warehouse.tables import Blocks
    >>> [c.name for c in derive_column("blocks", "kind", list(columns(Blocks))[3])]
    ['kind_is_present', 'kind_is_a_known_value']
    """
    column, label = declared.column, path.replace(".", "_")
    severity = "warning" if declared.nullable else "critical"
    said = column.meaning
    if not declared.nullable:
        yield Constraint(table, f"{label}_is_present", path, "present", severity, f"{said} Never missing.")
    if column.matches is not None:
        reads = f"{said} Reads {column.matches}."
        yield Constraint(table, f"{label}_matches_pattern", path, "pattern", severity, reads, pattern=column.matches)
    if column.one_of:
        listed = f"{said} One of {', '.join(column.one_of)}."
        yield Constraint(table, f"{label}_is_a_known_value", path, "known_value", severity, listed, values=column.one_of)
    if column.least is not None or column.most is not None:
        yield Constraint(table, f"{label}_is_in_range", path, "range", severity, f"{said} {say_range(column.least, column.most)}",
                         least=column.least, most=column.most)
    if get_origin(declared.kind) is list and hasattr((item := get_args(declared.kind)[0]), "_fields"):
        for field in columns(item):
            yield from derive_column(table, f"{path}.{field.name}", field)


def say_range(least: float | None, most: float | None) -> str:
    """A range in words.

    >>> say_range(-90, 90), say_range(1, None)
    ('Lies between -90 and 90.', 'Is at least 1.')
    """
    if least is not None and most is not None:
        return f"Lies between {least:g} and {most:g}."
    return f"Is at least {least:g}." if least is not None else f"Is at most {most:g}."


class Values(NamedTuple):
    """The values of a column, and for values within lists the row that each stands in."""

    values: pa.Array
    rows: npt.NDArray[np.int64] | None


def read_values(table: pa.Table, path: str) -> Values:
    """The values of a column by its path, dictionaries decoded and lists of structs opened.

    >>> t = pa.table({"chain": [[{"kind": "person"}, {"kind": "agency"}], [{"kind": "agency"}]]})
    >>> v = read_values(t, "chain.kind")
    >>> v.values.to_pylist(), v.rows.tolist()
    (['person', 'agency', 'agency'], [0, 0, 1])
    """
    name, _, inner = path.partition(".")
    array = combine(table.column(name))
    if not inner:
        return Values(array, None)
    rows = pc.list_parent_indices(array).to_numpy()
    return Values(pc.struct_field(pc.list_flatten(array), inner), rows)


def combine(column: pa.ChunkedArray) -> pa.Array:
    """One plain array of a chunked, perhaps dictionary-encoded column."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def list_names(maps: pa.MapArray) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """The keys of maps, and of each the row that it stands in.

    >>> names, rows = list_names(pa.array([{"WC": 1}, {}, {"SN": 2, "WC": 3}], pa.map_(pa.string(), pa.int64())))
    >>> names.to_pylist(), rows.tolist()
    (['WC', 'SN', 'WC'], [0, 2, 2])
    """
    offsets = maps.offsets.to_numpy()
    rows = np.repeat(np.arange(len(maps)), np.diff(offsets))
    return maps.keys[int(offsets[0]) : int(offsets[-1])], rows


def count_rows(table: pa.Table, constraint: Constraint) -> int:
    """How many values a constraint looks at: those that are there, for all but presence itself."""
    if constraint.column is None:
        return int(table.num_rows)
    values = read_values(table, constraint.column).values
    return len(values) if constraint.kind == "present" else len(values) - int(values.null_count)


def count_unexpected(table: pa.Table, constraint: Constraint) -> int:
    """How many values break a constraint, counted in Arrow: zero exactly where Great Expectations finds none.

    >>> from warehouse.tables import arrow_schema, Blocks
    >>> kind = next(c for c in derive_contract("blocks") if c.name == "kind_is_a_known_value")
    >>> count_unexpected(pa.table({"kind": ["paragraph", "paragrafh", None]}), kind)
    1
    """
    if constraint.column is None:
        if constraint.kind == "order":
            here = [n for n in table.column_names if n not in LEFT_OUT.get(constraint.table, ())]
            return int(here != list(constraint.columns))
        return count_repeats([encode(combine(table.column(n))) for n in constraint.columns])
    values = read_values(table, constraint.column).values
    if constraint.kind == "present":
        return int(values.null_count)
    if constraint.kind == "range":
        return count_outside(values, constraint.least, constraint.most)
    distinct = pc.unique(values).drop_null()
    if constraint.kind == "pattern":
        right = pc.match_substring_regex(distinct, constraint.pattern)
    else:
        right = pc.is_in(distinct, pa.array(constraint.values, distinct.type))
    wrong = distinct.filter(pc.invert(right))
    return int(pc.sum(pc.is_in(values, wrong)).as_py()) if len(wrong) else 0


def count_outside(values: pa.Array, least: float | None, most: float | None) -> int:
    """How many numbers lie outside a range. Nulls are left to the constraint of presence; NaN is missing, as in Great Expectations."""
    if len(values) == values.null_count:
        return 0
    found = 0
    bounds = pc.min_max(values).as_py()
    if least is not None and bounds["min"] < least:
        found += int(pc.sum(pc.less(values, least)).as_py())
    if most is not None and bounds["max"] > most:
        found += int(pc.sum(pc.greater(values, most)).as_py())
    return found


def encode(array: pa.Array) -> npt.NDArray[Any]:
    """An array as numbers that are equal where its values are, nulls included."""
    if pa.types.is_integer(array.type) and not array.null_count:
        return np.asarray(array.to_numpy())
    return np.asarray(pc.fill_null(array.dictionary_encode("encode").indices, -1).to_numpy(zero_copy_only=False))


def count_repeats(keys: list[npt.NDArray[Any]]) -> int:
    """How many rows share their key with another row. Rows in rising order, as the pipeline writes them, need no sorting.

    >>> count_repeats([np.array([1, 1, 2]), np.array([1, 2, 1])]), count_repeats([np.array([7, 7, 1]), np.array([1, 1, 1])])
    (0, 2)
    """
    if len(keys[0]) < 2:
        return 0
    if rises(keys).all():
        return 0
    order = np.lexsort(keys[::-1])
    same = np.ones(len(order) - 1, bool)
    for key in keys:
        ranked = key[order]
        same &= ranked[1:] == ranked[:-1]
    return int(np.count_nonzero(np.append(same, False) | np.append(False, same)))


def rises(keys: list[npt.NDArray[Any]]) -> npt.NDArray[np.bool_]:
    """Where a row's key is greater than that of the row before it.

    >>> rises([np.array([1, 1, 2]), np.array([1, 1, 1])]).tolist()
    [False, True]
    """
    greater = np.zeros(len(keys[0]) - 1, bool)
    for key in reversed(keys):
        greater = (key[1:] > key[:-1]) | ((key[1:] == key[:-1]) & greater)
    return greater
