"""What the tests of flows share: an inbox of small files, the command line in this process, and the tables of a lake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from flows.cli import app

STORY = """Ferry late again in Brindle Bay

By Jane Roe

LAGOS, Jan. 2 (Example News) - The ferry was late on Tuesday, and nobody on the quay was surprised by that.

The harbour master blamed the tide.
"""
TABLE = 'id,title,author,date,text\nA-1,Bakers walk out,Ann Lee,2025-01-02,"The bakers walked out on Tuesday, in the rain."\n' \
        'A-2,Owls counted,Bo Dahl,2025-01-03,The owls were counted and there were nine.\nA-3,Too few\n'
LINES = '{"id": "w-1", "document": "Clock stops\\n\\nBy Sam Hale\\n\\nThe clock stopped at noon."}\n' \
        '{"id": "w-2", "document": "Clock starts\\n\\nBy Sam Hale\\n\\nThe clock started at one."}\n'


class Said(NamedTuple):
    """What a command returned and printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Said]


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder with a story, a table of which one row is too short, and JSON Lines."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "story.txt").write_text(STORY, "utf-8")
    (folder / "table.csv").write_text(TABLE, "utf-8")
    (folder / "wire.jsonl").write_text(LINES, "utf-8")
    return folder


@pytest.fixture
def copydesk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in an empty folder: `copydesk("ingest", inbox)`."""
    monkeypatch.chdir(tmp_path)
    for name in ("COPYDESK_LAKE", "COPYDESK_PROFILES", "COPYDESK_WORKERS"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: object) -> Said:
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def ingest(copydesk: Command) -> Command:
    """`copydesk ingest --direct` with a threshold that lets everything pass."""
    def run(*words: object) -> Said:
        return copydesk("ingest", "--direct", "--quarantine-threshold", "1", *words)

    return run
