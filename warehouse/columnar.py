"""Answers as a Parquet file, for programs that go on from there."""

from __future__ import annotations

from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.errors import SqlRefused
from warehouse.sql import Result


def write_parquet(result: Result, out: BinaryIO) -> int:
    """Write an answer as Parquet and return how many rows it had. Raises SqlRefused on a type that Parquet has no room for."""
    batches = result.batches()
    head = next(batches)
    for field, kind in zip(head.schema, result.types, strict=True):
        if pa.types.is_interval(field.type):
            raise SqlRefused(f'column {field.name} is of type {kind}, which Parquet can\'t hold; cast it: "{field.name}"::VARCHAR')
    try:
        with pq.ParquetWriter(out, head.schema, compression="zstd") as writer:
            count = 0
            for batch in batches:
                writer.write_batch(batch)
                count += batch.num_rows
            return count
    except pa.ArrowNotImplementedError as e:
        raise SqlRefused(f"Parquet can't hold this answer: {e}") from e
