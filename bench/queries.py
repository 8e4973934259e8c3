"""What each example question of the docs costs on a lake.

    python bench/queries.py LAKE [--rounds 5] [--only TEXT] [--prompt]

Asked are the questions of README.md and warehouse/EXAMPLES.md, and the example of every macro, each `--rounds` times, the answer fetched to its
last row. Printed are medians of wall seconds, the slowest first: of the whole command, from the start of the interpreter to its end, and in a
prompt that stands open. `--prompt` leaves the commands out. A lake of 400,000 articles: eight files of bench/generate.py --articles 50000, each
with its own --seed and --first, ingested one after the other; then `copydesk index`.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(HERE))

from warehouse.sql import Session

DOCS = ("README.md", "warehouse/EXAMPLES.md")
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def list_questions(session: Session) -> list[str]:
    """The questions of the docs and of the macros, each once."""
    told = [found.strip() for name in DOCS for found in SQL.findall((HERE / name).read_text("utf-8"))]
    told += [row[0] for row in session.ask("SELECT example FROM macros ORDER BY call").rows()]
    return list(dict.fromkeys(told))


def ask_whole(lake: Path, question: str) -> float:
    """Wall seconds of `copydesk sql`."""
    began = time.perf_counter()
    command = [sys.executable, "-c", "from flows.cli import main; main()", "sql", "--lake", str(lake), "--format", "csv", question]
    subprocess.run(command, cwd=HERE, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def ask_open(session: Session, question: str) -> tuple[float, int]:
    """Wall seconds of a question at the prompt, and the rows of its answer."""
    began = time.perf_counter()
    count = sum(1 for _ in session.ask(question).rows())
    return time.perf_counter() - began, count


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
            whole = [] if options.prompt else [ask_whole(options.lake, question) for _ in range(options.rounds)]
            costs.append((statistics.median(whole or [0]), statistics.median(cost for cost, _ in at_prompt), at_prompt[0][1], question))
    print(f"{articles:,} articles, medians of {options.rounds}\n\n{'command, s':>10}  {'prompt, s':>9}  {'rows':>9}  question")
    for whole_cost, open_cost, rows, question in sorted(costs, reverse=True):
        print(f"{whole_cost or float('nan'):>10.2f}  {open_cost:>9.2f}  {rows:>9,}  {' '.join(question.split())[:120]}")


if __name__ == "__main__":
    main()
