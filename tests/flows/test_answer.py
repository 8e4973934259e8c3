"""The end of a command, in words and as a code."""

from __future__ import annotations

import errno
import io
import sys

import pytest

from flows.answer import answer
from flows.problems import ExitCode
from warehouse.errors import LakeError, LakeLocked


class FullDisk(io.StringIO):
    """A stream that can't be written to."""

    def write(self, _text: str) -> int:
        """Never."""
        raise OSError(errno.EIO, "Input/output error")


@pytest.mark.parametrize(("error", "code"), [
    (LakeError("the disk"), ExitCode.USAGE), (LakeLocked("news.lake", "process 1"), ExitCode.LOCKED),
    (OSError(errno.EIO, "Input/output error", "a.txt"), ExitCode.USAGE),
])
def test_the_code_is_the_same_when_nobody_can_be_told(monkeypatch: pytest.MonkeyPatch, error: Exception, code: int) -> None:
    """Standard error may lie on the disk that has failed."""
    def work() -> int:
        raise error

    monkeypatch.setattr(sys, "stderr", FullDisk())
    assert answer(work) == code
