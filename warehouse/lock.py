"""The writer lock: one process writes to a lake, and others learn who.

The lock is the kernel's (flock), so that it falls with its holder, however that ends. The words inside the file only name the holder.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
import socket
import weakref
from pathlib import Path
from typing import TextIO

from warehouse.errors import LakeError, LakeLocked

_held: weakref.WeakSet[WriterLock] = weakref.WeakSet()


class WriterLock:
    """A held lock on a lake's folder. `release` gives it back; the end of the process does too."""

    def __init__(self, folder: Path) -> None:
        """Take the lock, or raise LakeLocked with the name of its holder."""
        self.path = folder / "lock"
        self._file: TextIO | None = self.path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = name_holder(self._file)
            self._file.close()
            raise LakeLocked(str(folder), holder) from None
        _held.add(self)
        started = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self._file.truncate(0)
        self._file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "started": started}))
        self._file.flush()

    def is_held(self) -> bool:
        """Whether the file that is locked still lies where others look for it."""
        try:
            return self._file is not None and os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        except OSError:
            return False

    def check(self) -> None:
        """Raise LakeError when the file that is locked no longer lies where others look for it."""
        if not self.is_held():
            raise LakeError(f"{self.path} was removed or replaced while this process was writing; nothing more was landed, run again")

    def release(self) -> None:
        """Give the lock back. A second call does nothing."""
        if self._file is not None:
            self._file.truncate(0)
            self.drop()

    def drop(self) -> None:
        """Close the file without a word in it."""
        if self._file is not None:
            self._file.close()
            self._file = None


def name_holder(file: TextIO) -> str:
    """Who wrote the lock file, in words: `process 4711 on desk-3 since 2026-03-01T08:00:00+00:00`."""
    file.seek(0)
    with contextlib.suppress(ValueError, KeyError, TypeError):
        holder = json.loads(file.read(1000))
        return f"process {holder['pid']} on {holder['host']} since {holder['started']}"
    return "another process"


def _drop_inherited() -> None:
    """A forked worker shares the lock with its parent and would hold it on after the parent was killed."""
    for lock in list(_held):
        lock.drop()


os.register_at_fork(after_in_child=_drop_inherited)
