"""What goes wrong outside the data: an answer for the person at the terminal, and the exit code that scripts rely on."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command returns. Scripts and schedules rely on these numbers."""

    LANDED = 0
    """Everything landed, or had landed before."""
    DOUBTFUL = 1
    """Landed, but a critical check failed or more was set aside than the threshold allows."""
    USAGE = 2
    """The command line or a setting can't be used."""
    FILES_FAILED = 3
    """Some files could not be read; the rest landed."""
    LOCKED = 4
    """Another run holds the lake."""
    BUG = 5
    """A fault of the program."""
    INTERRUPTED = 130
    """Ctrl-C. What was committed stays; the next run goes on from there."""


class Problem(Exception):  # noqa: N818 - an answer to the user, not a fault of the program
    """Something the user can put right: what is wrong, where, and what to do."""

    def __init__(self, message: str, code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.code = code

    def __reduce__(self) -> tuple[type[Problem], tuple[str, ExitCode]]:
        """Crosses the border between processes with its code."""
        return (Problem, (self.message, self.code))
