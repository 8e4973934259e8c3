"""What a whole ingest costs beside the barest thing that could be done with the same file.

    python bench/compare.py [--articles 50000] [--runs 5] [--format csv]

In turn, `--runs` times each: `copydesk ingest --direct` into a new lake (hash, keep the original, read, parse, validate, land, report), and
DuckDB's `COPY (FROM read_csv(...)) TO ... (FORMAT parquet, COMPRESSION zstd)`. Printed: CPU seconds (user and system) and peak memory of each
run, and the median of the ratios of neighbouring runs.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
BARE = "import duckdb, sys; duckdb.sql(f\"COPY (FROM read_csv('{sys.argv[1]}')) TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)\")"


class Cost(NamedTuple):
    """What one run of a command took."""

    cpu_seconds: float
    peak_mb: float


def run_command(command: list[str]) -> Cost:
    """Run a command to its end; fail loudly when it fails."""
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} ended with {child.returncode}:\n{errors.read().decode()[-2000:]}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def main() -> None:
    """Generate, run in turn, print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--articles", type=int, default=50_000)
    ask.add_argument("--runs", type=int, default=5)
    ask.add_argument("--keep", type=Path, help="keep the generated file here and use it again")
    options = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        news = options.keep or Path(folder) / "news.csv"
        if not news.exists():
            subprocess.run([sys.executable, str(HERE / "generate.py"), "--articles", str(options.articles), "--out", str(news)], check=True)
        print(f"{options.articles:,} articles, {news.stat().st_size / 1e6:,.1f} MB, Python {platform.python_version()}, {os.cpu_count()} cores")
        copydesk = str(Path(sys.executable).parent / "copydesk")
        ratios, ours, bares = [], [], []
        for n in range(1, options.runs + 1):
            lake = Path(folder) / "lake"
            shutil.rmtree(lake, ignore_errors=True)
            bare = run_command([sys.executable, "-c", BARE, str(news), str(Path(folder) / "bare.parquet")])
            our = run_command([copydesk, "ingest", str(news), "--direct", "--lake", str(lake)])
            ratios.append(our.cpu_seconds / bare.cpu_seconds)
            ours.append(our)
            bares.append(bare)
            print(f"run {n}: copydesk {our.cpu_seconds:6.2f} CPU s {our.peak_mb:6.0f} MB | bare copy {bare.cpu_seconds:5.2f} CPU s "
                  f"{bare.peak_mb:5.0f} MB | {ratios[-1]:.2f} times")
        print(f"median ratio {statistics.median(ratios):.2f}; copydesk {statistics.median(o.cpu_seconds for o in ours):.2f} CPU s, "
              f"peak {max(o.peak_mb for o in ours):.0f} MB; bare copy {statistics.median(b.cpu_seconds for b in bares):.2f} CPU s")


if __name__ == "__main__":
    main()
