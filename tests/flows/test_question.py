"""`copydesk sql`, `catalog` and `index` at the command line, and the prompt: what is typed, what comes back, what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path

import duckdb
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from flows.complete import offer_words
from flows.console import Console
from flows.prompt import make_prompt, read_on
from tests.flows.conftest import Command
from warehouse.sql import Session, Vocabulary

WORDS = Vocabulary({"articles": ("headline", "body"), "photos": ("caption", "credit_line")}, ("search",), ("select", "from", "strlen"))


@pytest.fixture
def lake(ingest: Command, inbox: Path) -> Path:
    """A lake of the inbox, in the folder where the commands run."""
    ingest(inbox)
    return inbox.parent / "news.lake"


def test_a_file_of_statements_is_answered_in_order(lake: Path, copydesk: Command, tmp_path: Path) -> None:
    """By --file, by @, by standard input; a byte order mark is no word of SQL."""
    (tmp_path / "two.sql").write_text("\ufeffSELECT 1 AS a; -- one\nSELECT ';' AS b;\n", "utf-8")
    for words in (("--file", "two.sql"), ("@two.sql",)):
        assert copydesk("sql", *words, "--format", "csv").out.split() == ["a", "1", "b", ";"]


def test_the_answer_goes_to_a_file(lake: Path, copydesk: Command, tmp_path: Path) -> None:
    """Its ending says how, unless the command does; nothing is left beside it."""
    query = "SELECT count(*) AS n FROM articles"
    for name in ("n.parquet", "n.json", "n.jsonl", "n.csv", "n.md", "n.txt"):
        said = copydesk("sql", query, "--output", name)
        assert (said.code, said.out) == (0, "")
        assert said.err == f"1 row in {name}\n"
    assert duckdb.sql(f"FROM read_parquet('{tmp_path / 'n.parquet'}')").fetchall() == [(5,)]
    assert json.loads((tmp_path / "n.json").read_text()) == json.loads(f"[{(tmp_path / 'n.jsonl').read_text()}]") == [{"n": 5}]
    assert (tmp_path / "n.csv").read_bytes() == b"n\r\n5\r\n"
    assert not list(tmp_path.glob(".copydesk-*"))


@pytest.mark.parametrize(("words", "says"), [
    (("SELECT 1", "--file", "two.sql"), "not both"), (("--file", "gone.sql"), "gone.sql: No such file"), (("@gone.sql",), "gone.sql: No such file"),
    (("SELECT 1", "--output", "news.lake/catalog.sqlite"), "lies in the lake"), (("SELECT 1", "--output", "inbox"), "is a folder"),
    (("SELECT 1", "--output", "gone/a.csv"), "can't be written"), (("SELECT 1", "--at", "noon"), "neither a run's id"),
    (("SELECT 1", "--memory", "lots"), "memory of lots"), (("SELECT sleep_ms(60000)", "--timeout", "0.2"), "stopped after 0.2 s"),
])
def test_what_can_not_be_done_is_said(lake: Path, copydesk: Command, words: tuple[str, ...], says: str) -> None:
    """In a line, with exit code 2; an old answer stays."""
    said = copydesk("sql", *words)
    assert says in said.err
    assert (said.code, said.out) == (2, "")


def test_a_refused_statement_leaves_the_old_answer(lake: Path, copydesk: Command, tmp_path: Path) -> None:
    """Also when it fails half way."""
    (tmp_path / "old.csv").write_text("old")
    assert copydesk("sql", "SELECT CASE WHEN n = 90000 THEN 'x' ELSE '1' END::INT FROM range(100000) t(n)", "--output", "old.csv").code == 2
    assert (tmp_path / "old.csv").read_text() == "old"


def test_at_a_run_the_lake_is_as_it_left_it(lake: Path, ingest: Command, copydesk: Command, tmp_path: Path) -> None:
    """And the catalog can be written so too."""
    first = json.loads(copydesk("runs", "--format", "jsonl").out)["run_id"]
    (tmp_path / "inbox" / "late.txt").write_text("Late story\n\nBy Ann Lee\n\nIt came late, as late stories do, and was read by all.\n")
    ingest("inbox")
    query = ("sql", "SELECT count(*) AS n FROM articles", "--format", "jsonl")
    assert json.loads(copydesk(*query).out)["n"] == 6
    assert json.loads(copydesk(*query, "--at", first).out)["n"] == 5
    assert copydesk("catalog", "then.duckdb", "--at", first).code == 0
    with duckdb.connect(str(tmp_path / "then.duckdb"), read_only=True) as then:
        assert then.execute("SELECT count(*) FROM articles").fetchall() == [(5,)]


def test_the_index_is_made_once(lake: Path, copydesk: Command) -> None:
    """And says how much there was to do."""
    assert copydesk("index").err.startswith("1 files indexed in ")
    assert copydesk("index").err == "the index was up to date\n"


@pytest.mark.parametrize(("text", "first"), [
    ("SELECT h", "headline"), ("FROM ", "articles"), ("SELECT * FROM s", "search("), ("select a.b", None),
    ("FROM photos p WHERE p.", "caption"), ("FROM photos WHERE cr", "credit_line"), ("SEL", "SELECT"), ("sel", "select"), ("SELECT 'he", None),
    ("\\d ph", "photos"), ("\\f j", "json"), ("\\", "\\d"), ("", None), ("FROM articles JOIN ", "articles"),
])
def test_completion_offers_what_may_stand_there(text: str, first: str | None) -> None:
    """The likeliest first."""
    offers = offer_words(text, WORDS)
    assert (offers[0].word if offers else None) == first
    assert len(offer_words("SELECT (" * 100_000 + text, WORDS)) >= 0


def test_tab_and_history_know_the_lake(lake: Path) -> None:
    """What completion hands to the terminal, and what is remembered."""
    history = InMemoryHistory()
    with create_pipe_input() as keyboard, Session(lake) as session:
        keyboard.send_text("SELECT 1;\r\x04")
        prompt = make_prompt(session.vocabulary(), history, keyboard, DummyOutput())
        assert read_on(Console(session, "csv", io.StringIO(), None), prompt) == 0
    assert history.get_strings() == ["SELECT 1;"]
    assert prompt.completer is not None
    offered = next(iter(prompt.completer.get_completions(Document("SELECT count(*) FROM arti"), CompleteEvent())))
    assert (offered.text, offered.start_position) == ("article_versions", -4)


def converse(lake: Path, typed: str) -> str:
    """What a session prints when this is typed, key by key."""
    out = io.StringIO()
    with create_pipe_input() as keyboard, Session(lake) as session:
        keyboard.send_text(typed)
        prompt = make_prompt(session.vocabulary(), InMemoryHistory(), keyboard, DummyOutput())
        assert read_on(Console(session, "csv", out, None), prompt) == 0
    return out.getvalue().replace("\r\n", "\n")


def test_a_conversation(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Several lines, a slip, a line taken back with Ctrl-C, another format, and Ctrl-D at the end."""
    typed = (
        "SELECT 1 AS a,\r2 AS b;\r" "DROP VIEW articles;\r" "SELECT nothing\x03" "SELECT 3 AS c;\r" "\\f jsonl\r" "SELECT count(*) AS n FROM articles;\r" "\x04"
    )
    assert converse(lake, typed) == 'a,b\n1,2\nc\n3\n{"n":5}\n'
    assert "only SELECT is allowed" in capsys.readouterr().err


def test_the_commands_of_the_prompt(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What there is, what a column means, what a macro answers, another time, an unknown one, and out."""
    out = converse(lake, "\\d\r\\d photos\r\\d search\r\\h\r\\d gossip\r\\x\r\\f xml\r\\at 2001-01-01\r\\at\r\\q\rSELECT 'unread';\r")
    for piece in ("data_dictionary", "search(words)", "credit_line", "Credit as printed.", "FROM search('harbour board')", "\\at RUN|TIME"):
        assert piece in out
    assert "unread" not in out
    said = capsys.readouterr().err
    for piece in ("no view or macro gossip", "no command \\x", "formats are table", "history begins at", "the lake as it is now"):
        assert piece in said
