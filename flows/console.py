r"""The conversation of `copydesk sql`: statements and the commands that begin with a backslash. What the keyboard does is in flows.prompt."""

from __future__ import annotations

from typing import TextIO

from flows.progress import say
from warehouse.ddl import quote
from warehouse.errors import LakeError, SqlRefused
from warehouse.render import FORMATS, Format, write_result
from warehouse.sql import Session

HELP = r"""A statement ends with a semicolon, and may take several lines. Tab completes; the arrow keys bring back what was asked.
  \d            the views and macros
  \d NAME       the columns of a view, or what a macro answers
  \f FORMAT     table, json, jsonl, csv or markdown
  \at RUN|TIME  the lake as that run left it, or as it was then; \at alone: as it is now
  \q            leave
"""
LIST = """
    SELECT view_name AS name, comment AS meaning FROM duckdb_views() WHERE schema_name = 'main' AND NOT internal
    UNION ALL SELECT call, meaning FROM macros ORDER BY name"""


class Console:
    """A session at a terminal: it remembers the layout, and lives on after whatever goes wrong in a statement."""

    def __init__(self, session: Session, layout: Format, out: TextIO, width: int | None) -> None:
        self.session = session
        self.layout = layout
        self.out = out
        self.width = width

    def take(self, text: str) -> bool:
        """Answer what was typed. False when it asks to leave."""
        words = text.strip().rstrip(";").split(maxsplit=1)
        try:
            if words and words[0].startswith("\\"):
                return self.obey(words[0], words[1].strip() if len(words) > 1 else "")
            self.session.refresh()
            for statement in self.session.split(text):
                self.show(statement, self.layout)
        except (SqlRefused, LakeError) as error:
            say(str(error))
        except KeyboardInterrupt:
            say("stopped")
        return True

    def show(self, statement: str, layout: Format) -> None:
        """Answer one statement."""
        with self.session.ask(statement) as result:
            write_result(result, layout, self.out, self.width)
        self.out.flush()

    def obey(self, command: str, argument: str) -> bool:
        """Do what a command says. False when it says to leave."""
        match command:
            case "\\q":
                return False
            case "\\d" if argument:
                self.describe(argument)
            case "\\d":
                self.session.refresh()
                self.show(LIST, "table")
            case "\\f" if argument in FORMATS:
                self.layout = argument
            case "\\f":
                say(f"the formats are {', '.join(FORMATS)}; this one is {self.layout}")
            case "\\at":
                self.session.travel(argument or None)
                say(f"the lake {f'as of {argument}' if argument else 'as it is now'}")
            case "\\h" | "\\?" | "\\help":
                self.out.write(HELP)
            case _:
                say(f"there is no command {command}; \\h lists them")
        return True

    def describe(self, name: str) -> None:
        """Print the columns of a view with their meaning, or what a macro answers."""
        view = quote(name.strip('"').lower())
        known = {row[0] for row in self.session.ask(f"SELECT call FROM macros WHERE starts_with(call, {view} || '(')").rows()}
        if known:
            self.show(f"SELECT call, meaning, example FROM macros WHERE starts_with(call, {view} || '(')", "table")
            return
        columns = f"SELECT column_name AS column, data_type AS type, meaning FROM data_dictionary WHERE table_name = {view}"
        if next(self.session.ask(columns).rows(), None) is None:
            say(f"there is no view or macro {name}; \\d lists them")
            return
        self.show(columns, "table")
