"""What page checksums cost: CPU seconds of writing and of reading a data file with and without them, in turn.

    python bench/checksums.py FILE.parquet [--rounds 9]
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def write(table: pa.Table, *, is_checked: bool) -> bytes:
    """A table as the lake writes it."""
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", store_schema=False, write_page_checksum=is_checked)
    return out.getvalue()


def measure(work: Callable[[], object]) -> float:
    """CPU seconds of a piece of work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    """Write and read in turn, and print medians of the ratios."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("file", type=Path)
    ask.add_argument("--rounds", type=int, default=9)
    options = ask.parse_args()
    table = pq.read_table(options.file)
    plain, checked = write(table, is_checked=False), write(table, is_checked=True)
    print(f"{table.num_rows:,} rows: {len(plain):,} bytes without, {len(checked):,} with checksums")
    for what, bare, safe in (
        ("writing", lambda: write(table, is_checked=False), lambda: write(table, is_checked=True)),
        ("reading", lambda: pq.read_table(io.BytesIO(checked)), lambda: pq.read_table(io.BytesIO(checked), page_checksum_verification=True)),
    ):
        pairs = [(measure(bare), measure(safe)) for _ in range(options.rounds)]
        first, second = (statistics.median(part) for part in zip(*pairs, strict=True))
        print(f"{what}: {first:.3f} s without, {second:.3f} s with; {100 * (statistics.median(b / a for a, b in pairs) - 1):+.1f} %")


if __name__ == "__main__":
    main()
