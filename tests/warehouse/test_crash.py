"""kill -9 at any moment, then the same again: nothing lost, nothing twice, no batch torn."""

import itertools
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from types import ModuleType

import pytest

from warehouse import lake as lake_room
from warehouse.catalog import committed_files, connect
from warehouse.lake import Lake, open_lake
from warehouse.land import commit_batch

Child = ModuleType

STEPS = (
    "begun", "moved articles", "moved blocks", "moved batches", "hashed", "registered articles", "registered blocks", "registered batches", "committed",
    "cleaned",
)
MOMENTS = ("staged", *STEPS)


@pytest.fixture(autouse=True)
def _spared(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lakes are opened here some twenty times."""
    for name, value in child.SPARED.items():
        monkeypatch.setitem(lake_room.SETTINGS, name, value)


def read_numbers(folder: Path) -> tuple[list[tuple[str, int]], list[tuple[str, int]], list[str]]:
    """Batches and how often each of their rows is there, per table."""
    with connect(folder, is_commented=False) as connection:
        articles = connection.execute("SELECT batch_id, count(*) FROM articles GROUP BY 1 ORDER BY 1").fetchall()
        blocks = connection.execute("SELECT batch_id, count(*) FROM blocks GROUP BY 1 ORDER BY 1").fetchall()
        batches = connection.execute("SELECT batch_id FROM batches ORDER BY 1").fetchall()
    return articles, blocks, [row[0] for row in batches]


def test_the_steps_are_these(lake: Lake, child: Child) -> None:
    """A step that is not named here would not be tried below."""
    done: list[str] = []
    commit_batch(lake, child.batch_name(1), child.stage_batch(lake.folder, 1), done.append)
    assert tuple(done) == STEPS


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake for each moment at which its writer was killed."""
    import subprocess
    import sys

    folder: Path = tmp_path_factory.mktemp("killed")
    child = Path(__file__).with_name("child.py")
    assert subprocess.run([sys.executable, str(child), "die", str(folder), *MOMENTS], check=False).returncode == 0
    return folder


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_step_and_run_again(killed: Path, child: Child, moment: str) -> None:
    """Readers see batch 2 whole from the commit on and not at all before; the rerun gives the same lake as an undisturbed run."""
    folder = killed / str(MOMENTS.index(moment))
    is_in = moment in ("committed", "cleaned")
    whole = [(child.batch_name(n), 3) for n in (1, 2)]
    seen = whole if is_in else whole[:1]
    assert read_numbers(folder) == (seen, seen, [name for name, _ in seen])
    with open_lake(folder) as lake:
        assert child.land_numbered(lake, range(1, 3)) == [False, not is_in]
    assert read_numbers(folder) == (whole, whole, [name for name, _ in whole])
    lying = {p for part in ("data", "staging") for p in (folder / part).rglob("*") if p.is_file()}
    assert lying == {p for paths in committed_files(folder).values() for p in paths}


def test_killed_at_any_time(tmp_path: Path, child: Child, start: Callable[..., Popen[str]]) -> None:
    """Writers are killed wherever they happen to be, SQLite's own commit included."""
    rounds = 8
    writers = start("storm", tmp_path, rounds)
    assert writers.stdout
    assert writers.stdin
    for _ in range(rounds):
        assert writers.stdout.readline() == "killed\n"
        articles, blocks, batches = read_numbers(tmp_path)
        assert articles == blocks == [(name, 3) for name in batches]
        writers.stdin.write("\n")
        writers.stdin.flush()
    with open_lake(tmp_path) as lake:
        child.land_numbered(lake, range(1, 13))
    whole = [(child.batch_name(n), 3) for n in range(1, 13)]
    assert read_numbers(tmp_path) == (whole, whole, [name for name, _ in whole])


def test_readers_during_writes_see_whole_batches(tmp_path: Path, child: Child, start: Callable[..., Popen[str]]) -> None:
    """Never a batch without its rows, never fewer than before, never an error."""
    open_lake(tmp_path).close()
    writer = start("loop", tmp_path)
    seen = [0]
    while writer.poll() is None:
        articles, blocks, batches = read_numbers(tmp_path)
        assert articles == blocks == [(name, 3) for name in batches]
        seen.append(len(batches))
    assert writer.returncode == 0
    assert all(a <= b for a, b in itertools.pairwise(seen))
    assert len(read_numbers(tmp_path)[2]) == 12
