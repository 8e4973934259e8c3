"""Lakes to test on. `child` is the module child.py, whose rows the tests land here and its processes land there."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from types import ModuleType

import pytest

from warehouse.lake import Lake, open_lake
from warehouse.land import commit_batch, keep_original
from warehouse.tables import TABLES

CHILD = Path(__file__).with_name("child.py")


@pytest.fixture(scope="session")
def child() -> ModuleType:
    """The module child.py."""
    spec = importlib.util.spec_from_file_location("warehouse_child", CHILD)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """A new lake, open."""
    with open_lake(tmp_path / "news.lake") as opened:
        yield opened


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory, child: ModuleType) -> Path:
    """A lake for reading: two batches in all tables; article ...65 has a second version; its file, `printed`, is kept."""
    folder: Path = tmp_path_factory.mktemp("landed") / "news.lake"
    with open_lake(folder) as lake:
        kept = keep_original(lake, CHILD)
        for number in (1, 2):
            staged = child.stage_batch(folder, number, tuple(TABLES))
            assert commit_batch(lake, child.batch_name(number), staged)
        fixed = {"article_id": f"{101:016x}", "version": 2}
        span = {"file_id": kept.sha256[:16], "byte_start": 3, "byte_end": 15}
        batch_id = child.batch_name(3)
        rows = {
            "articles": child.make_rows("articles", batch_id, 1, 101, **fixed, **span, headline="Harbour opens, then closes", body="One line."),
            "blocks": child.make_rows("blocks", batch_id, 1, 101, **fixed, kind="paragraph"),
            "files": child.make_rows("files", batch_id, 1, 101, file_id=kept.sha256[:16], sha256=kept.sha256, path="inbox/child.py"),
            "batches": child.make_rows("batches", batch_id, 1, 900),
        }
        assert commit_batch(lake, batch_id, {name: child.stage(folder, batch_id, name, r) for name, r in rows.items()})
    return folder


@pytest.fixture
def start() -> Iterator[Callable[..., Popen[str]]]:
    """Start child.py; whatever still runs after the test is killed."""
    started: list[Popen[str]] = []

    def run(*args: str | Path) -> Popen[str]:
        started.append(Popen([sys.executable, str(CHILD), *map(str, args)], stdin=PIPE, stdout=PIPE, text=True))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()
