"""What the report of the thousandth run costs beside that of the first.

    python bench/runs.py [--runs 1000] [--checks 150] [--lake FOLDER]

Each run goes through the ledger as a real one does, with rows made up for it (some files, checks and failing rows, a profile of its articles)
instead of a corpus read: `flows.summary.close_run` writes the report, closes the ledger in the lake and enters the run in the history and the
index. Printed are medians of CPU time at some places in the series, for the report and for the closing commit beside it; then, since a machine is
never equally busy for a thousand runs, first runs of new lakes in turn with runs of the full one: the least CPU time of each, which other
processes disturb least, and the median.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from expectations.report import FIELDS, Failing, Profile
from flows.ledger import Ledger
from flows.publish import publish_run, read_history, write_report
from flows.summary import gather_report
from transforms.model import PARSER_VERSION
from warehouse.lake import Lake, open_lake
from warehouse.tables import Checks, Files

SPREAD = 10
"""Runs on each side of a place over which the median is taken."""
SOURCES = tuple(f"The Example Post {n}" for n in range(12))


def make_run(lake: Lake, number: int, checks: int) -> Ledger:
    """The ledger of a run of which everything but the closing is done."""
    ledger = Ledger(lake, ["inbox"])
    batch_id = f"{number:016x}"
    ledger.files = [
        Files(f"{number * 10 + n:016x}", PARSER_VERSION, f"{number * 10 + n:064x}", f"inbox/{number}/{n}.csv", 9, 9, "delimited", "utf-8", None, "comma",
              "landed", None, 100, 98, 1, 1, 7, [], True, ledger.run_id, batch_id, 1.0, "ASCII so far")
        for n in range(5)
    ]
    ledger.checks = [
        Checks(ledger.run_id, batch_id, f"suite_{n % 7}", f"check_{n}", "expect", "headline", ("info", "warning", "critical")[n % 3], n % 10 > 0, 500,
               0 if n % 10 else 1 + (number * 7 + n) % 9, "A made-up check holds.", None, "articles", 0, 3)
        for n in range(checks)
    ]
    ledger.aside.failing = [
        Failing(batch_id, 1, "articles", f"check_{10 * (n % 5)}", "warning", "It is so.", False, "inbox/0.csv", n, 9, 99, n, "Talks resume in Lagos")
        for n in range(25)
    ]
    ledger.aside.profile = Profile(
        490, {"articles": 490}, dict.fromkeys(SOURCES, 40), {(s, f): (number + n) % 41 for s in SOURCES for n, f in enumerate(FIELDS)},
        days={19_000 + n: 3 for n in range(200)},
    )
    return ledger


def measure_run(lake: Lake, number: int, checks: int) -> tuple[float, float]:
    """CPU seconds of a run's report and of its closing commit."""
    ledger = make_run(lake, number, checks)
    run = ledger.sum_up(threshold=0.05)
    start = time.process_time()
    history = read_history(lake.reports)
    data, rules = gather_report(ledger, run, history)
    write_report(data, lake.reports / run.run_id)
    written = time.process_time()
    ledger.close(run, rules)
    closed = time.process_time()
    publish_run(lake.reports, data, history)
    return time.process_time() - closed + written - start, closed - written


def main() -> None:
    """Make the runs and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--checks", type=int, default=150)
    parser.add_argument("--lake", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_lake(given.lake or Path(folder) / "runs.lake") as lake:
        costs = [measure_run(lake, number, given.checks) for number in range(given.runs)]
        size = sum(path.stat().st_size for path in lake.reports.glob("*.json"))
        print(f"{'run':>6}  {'report, ms':>10}  {'commit, ms':>10}")
        for place in sorted({SPREAD, given.runs // 2, given.runs} if given.runs >= 4 * SPREAD else ()):
            part = costs[max(1, place - SPREAD):place]
            print(f"{place:>6}  {1000 * statistics.median(c for c, _ in part):>10.1f}  {1000 * statistics.median(c for _, c in part):>10.1f}")
        pairs = []
        for number in range(4 * SPREAD):
            with open_lake(Path(folder) / f"fresh{number}.lake") as fresh:
                pairs.append((measure_run(fresh, number, given.checks)[0], measure_run(lake, given.runs + number, given.checks)[0]))
    for name, pick in (("least", min), ("median", statistics.median)):
        first, last = (pick(part) for part in zip(*pairs, strict=True))
        print(f"in turn, {name}: the first run of a lake {1000 * first:.1f} ms, one after all of these {1000 * last:.1f} ms: {last / first:.2f} times")
    print(f"history kept beside the reports: {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
