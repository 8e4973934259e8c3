"""What the checks of a batch cost, beside its other stages: CPU seconds of parsing, checking and staging one batch of 24 MB.

    python bench/checks.py [--articles 8000] [--file news.csv] [--rounds 3] [--expectations DIR]

First the import of Great Expectations and what comes with it, then the first check of a process, which starts it, then checks that follow.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
IMPORT = (
    "import time; import pyarrow.compute, numpy; a = time.process_time(); from expectations.engine import load_gx, Engine; load_gx(); "
    "b = time.process_time(); Engine(); print(b - a, time.process_time() - b)"
)


def main() -> None:
    """Generate, check, print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--articles", type=int, default=8000)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--file", type=Path, help="check this file instead of a generated one")
    ask.add_argument("--expectations", type=Path, help="folder of suites of one's own")
    options = ask.parse_args()
    loaded, started = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True, cwd=HERE.parent).stdout.split()
    print(f"import of Great Expectations {float(loaded):.2f} CPU s, its context {float(started):.2f} CPU s")
    with tempfile.TemporaryDirectory() as folder:
        news = options.file or Path(folder) / "news.csv"
        if options.file is None:
            subprocess.run([sys.executable, str(HERE / "generate.py"), "--articles", str(options.articles), "--out", str(news)], check=True)
        measure(news, Path(folder), options.rounds, options.expectations)


def measure(news: Path, folder: Path, rounds: int, own: Path | None) -> None:
    """Build the file's first batch again and again."""
    from flows.plan import Opened, cut_batches
    from flows.read import give_hints, open_reading
    from flows.settings import build_config, read_houses
    from flows.stages import Bench, build_batch, identify_entries
    from warehouse.lake import open_lake

    config = build_config(paths=[str(news)], expectations=str(own.resolve()) if own else None)
    houses = read_houses(config)
    with open_reading(news.open("rb"), give_hints(news.name, config, houses)) as reading:
        batch = next(iter(cut_batches([Opened("0" * 16, reading.items)], limit=config.batch_bytes)))
    print(f"batch of {batch.bytes_in / 1e6:.1f} MB, {len(batch.entries):,} records")
    with open_lake(folder / "bench.lake") as lake:
        identities = identify_entries(batch, None)
        for number in range(rounds):
            began = time.process_time()
            built = build_batch(batch, identities, {}, Bench(str(lake.folder), "20260101T000000-abcdef", None, houses, suites=config.expectations))
            whole = time.process_time() - began
            parts = ", ".join(f"{name} {spent.cpu:.2f}" for name, spent in built.times.items())
            failed = sum(not check.success for check in built.checks)
            print(f"round {number + 1}: {whole:.2f} CPU s ({parts}); {len(built.checks)} checks, {failed} failed, {len(built.failures):,} failures named")


if __name__ == "__main__":
    main()
