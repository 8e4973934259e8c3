"""The keyboard of `copydesk sql`: history, completion, statements of several lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import get_terminal_size

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from flows.complete import offer_words
from flows.console import Console
from flows.problems import ExitCode
from flows.progress import say
from warehouse.render import Format
from warehouse.sql import Limits, Session, Vocabulary

PROMPT = "copydesk> "
GREETING = "One SELECT over the lake's views, ended by a semicolon. \\d lists them, \\h helps, \\q leaves."


class WordsOfLake(Completer):
    """Completion from a lake's views, columns and macros."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """What may stand at the cursor."""
        for offer in offer_words(document.text_before_cursor, self.vocabulary):
            yield Completion(offer.word, start_position=-offer.replaces, display_meta=offer.kind)


def converse(lake: Path, layout: Format, at: str | None, limits: Limits) -> int:
    """Ask for statements and answer them until the end of input or \\q."""
    with Session(lake, at, limits) as session:
        say(GREETING)
        console = Console(session, layout, sys.stdout, get_terminal_size().columns)
        return read_on(console, make_prompt(session.vocabulary(), open_history()))


def read_on(console: Console, prompt: PromptSession[str]) -> int:
    """Take what is typed until there is no more. Ctrl-C drops a line, Ctrl-D leaves."""
    while True:
        try:
            if not console.take(prompt.prompt(PROMPT)):
                return ExitCode.LANDED
        except KeyboardInterrupt:
            continue
        except EOFError:
            return ExitCode.LANDED
        if console.width is not None:
            console.width = get_terminal_size().columns


def make_prompt(
    vocabulary: Vocabulary, history: History, keyboard: Input | None = None, screen: Output | None = None,
) -> PromptSession[str]:
    """A prompt on which Enter sends a whole statement and begins a new line within one."""
    return PromptSession(
        history=history, completer=WordsOfLake(vocabulary), complete_while_typing=False, enable_history_search=True,
        multiline=Condition(lambda: not is_whole(get_app().current_buffer.text)),
        prompt_continuation=lambda width, line, wrapped: "." * (width - 1) + " ",
        input=keyboard, output=screen,
    )


def is_whole(text: str) -> bool:
    """Whether Enter sends what was typed: a command, a statement with its semicolon, or nothing.

    >>> is_whole("SELECT 1"), is_whole("SELECT ';"), is_whole("SELECT 1;"), is_whole("\\\\d")
    (False, False, True, True)
    """
    text = text.strip()
    return not text or text.startswith("\\") or (text.endswith(";") and text.count("'") % 2 == 0)


def open_history() -> History:
    """What was asked before, kept for its user alone; for this once where no file can be had."""
    from flows.gazetteer import cache_folder

    try:
        path = cache_folder() / "sql_history"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        return FileHistory(path)
    except (OSError, RuntimeError):
        return InMemoryHistory()
