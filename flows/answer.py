"""Turn whatever ends a command into one message and one exit code. No traceback reaches the terminal unless asked for."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flows.problems import ExitCode, Problem
from flows.progress import say

BROKEN_PIPE = 141
"""As the shell reports a program that wrote to a closed pipe."""


def answer(work: Callable[[], int], *, lake: Path | None = None, is_debug: bool = False) -> int:
    """Do the work of a command and return its exit code."""
    try:
        code = work()
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has gone. What is still buffered must not be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        say("copydesk: interrupted; what was committed stays, run the same command again to go on")
        return ExitCode.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the one place where the end of every command is put into words
        return _explain(error, lake, is_debug=is_debug)


def _explain(error: Exception, lake: Path | None, *, is_debug: bool) -> int:
    from warehouse.errors import LakeError, LakeLocked, SqlRefused

    if is_debug:
        traceback.print_exception(error)
    match error:
        case Problem():
            code, message = error.code, error.message
        case LakeLocked():
            code, message = ExitCode.LOCKED, str(error)
        case LakeError() | SqlRefused():
            code, message = ExitCode.USAGE, str(error)
        case OSError() if error.filename is not None:
            code, message = ExitCode.USAGE, f"{os.fspath(error.filename)}: {error.strerror}; check the path, its permissions and the free space"
        case OSError() if error.errno is not None:  # a descriptor's, or Arrow's, whose words hold the path
            where = f" while working on {lake}" if lake else ""
            code, message = ExitCode.USAGE, f"a file could not be read or written{where}: {error}; check the disk, its free space and permissions"
        case _:
            code, message = ExitCode.BUG, f"a bug in copydesk, not in your data: {type(error).__name__}: {error}\n" + _keep_traceback(error, lake)
    with contextlib.suppress(OSError):  # nobody can be told any more; the code still says it
        for line in message.splitlines() or [""]:
            say(f"copydesk: {line}")
    return code


def _keep_traceback(error: Exception, lake: Path | None) -> str:
    """Write the traceback where it can be found again, and say where."""
    text = "".join(traceback.format_exception(error))
    name = f"bug-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    for folder in (lake / "reports" if lake and lake.is_dir() else None, Path(tempfile.gettempdir())):
        if folder is None:
            continue
        try:
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(text, "utf-8", "backslashreplace")
        except OSError:
            continue
        return f"what was committed stays; please report it with the file {folder / name}"
    return "what was committed stays; run again with --debug and report what it prints"
