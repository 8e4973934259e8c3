"""What each example question of the docs costs on a lake.

    python bench/queries.py LAKE [--rounds 5] [--only TEXT] [--prompt]

Asked are the questions of README.md and warehouse/EXAMPLES.md, and the example of every macro, each `--rounds` times, the answer fetched to its
last row. Printed are medians of wall and of CPU seconds, the slowest first: of the whole command, from the start of the interpreter to its end,
and in a prompt that stands open. On a machine that does other things too, the wall's say little. `--prompt` leaves the commands out. A lake of 400,000 articles: eight files of bench/generate.py --articles 50000, each
with its own --seed and --first, ingested one after the other; then `copydesk index`.
"""

from __future__ import annotations

import argparse
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from warehouse.sql import Session

HERE = Path(__file__).resolve().parent.parent
DOCS = ("README.md", "warehouse/EXAMPLES.md")
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def list_questions(session: Session) -> list[str]:
    """The questions of the docs and of the macros, each once."""
    told = [found.strip() for name in DOCS for found in SQL.findall((HERE / name).read_text("utf-8"))]
    told += [row[0] for row in session.ask("SELECT example FROM macros ORDER BY call").rows()]
    return list(dict.fromkeys(told))


class Cost(NamedTuple):
    """Seconds."""

    wall: float
    cpu: float


def ask_whole(lake: Path, question: str) -> Cost:
    """What `copydesk sql` takes."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", "from flows.cli import main; main()", "sql", "--lake", str(lake), "--format", "csv", question]
    subprocess.run(command, cwd=HERE, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(time.perf_counter() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def ask_open(session: Session, question: str) -> tuple[Cost, int]:
    """What a question at the prompt takes, and the rows of its answer."""
    began, before = time.perf_counter(), time.process_time()
    count = sum(1 for _ in session.ask(question).rows())
    return Cost(time.perf_counter() - began, time.process_time() - before), count


def take_median(costs: Sequence[Cost]) -> Cost:
    """The medians of wall and CPU."""
    return Cost(*(statistics.median(part) for part in zip(*costs, strict=True)))


def main() -> None:
    """Ask and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("lake", type=Path)
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--only", default="", help="questions that hold this text")
    ask.add_argument("--prompt", action="store_true", help="leave the whole commands out")
    options = ask.parse_args()
    costs = []
    with Session(options.lake) as session:
        articles = next(session.ask("SELECT count(*) FROM articles").rows())[0]
        for question in list_questions(session):
            if options.only not in question:
                continue
            at_prompt = [ask_open(session, question) for _ in range(options.rounds)]
            whole = [Cost(0, 0)] if options.prompt else [ask_whole(options.lake, question) for _ in range(options.rounds)]
            costs.append((take_median(whole), take_median([cost for cost, _ in at_prompt]), at_prompt[0][1], question))
    print(f"{articles:,} articles, medians of {options.rounds}\n")
    print(f"{'command: wall':>13}  {'CPU':>5}  {'prompt: wall':>12}  {'CPU':>5}  {'rows':>9}  question")
    for whole_cost, open_cost, rows, question in sorted(costs, reverse=True):
        print(f"{whole_cost.wall:>13.2f}  {whole_cost.cpu:>5.2f}  {open_cost.wall:>12.2f}  {open_cost.cpu:>5.2f}  {rows:>9,}  "
              f"{' '.join(question.split())[:110]}")


if __name__ == "__main__":
    main()
