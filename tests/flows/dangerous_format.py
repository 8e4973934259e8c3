"""A format that is as its lines say: an article, or what kills, holds or fills the process that reads it."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item, Record
from transforms.outcome import Reason, Reject
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints


def recognise(head: bytes, name: str) -> str | None:
    """Its name."""
    return "its name" if name.endswith(".danger") else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """A record a line, until one of them does what it says."""
    at = 0
    for number, line in enumerate(stream, 1):
        match line.strip():
            case b"crash":
                ctypes.string_at(0)
            case b"abort":
                os.abort()
            case b"killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case b"leave":
                os._exit(7)
            case b"loop":
                while True:
                    pass
            case b"circle":
                while True:
                    stream.read(1)
            case b"sleep":
                time.sleep(600)
            case b"memory":
                held = []
                while True:
                    held.append(bytearray(b"x" * (1 << 24)))
            case b"bug":
                raise ZeroDivisionError("of 1 by 0")
            case b"refuse":
                raise Reject(Reason.FORMAT, "not like this")
        yield Record(number, at, at + len(line), number, line.decode().replace("|", "\n\n"))
        at += len(line)


def list_cells(stream: BinaryIO) -> Iterator[list[str]]:
    """A row a line."""
    for record in read(stream, Found("danger", "utf-8", 1.0), Hints(), 0):
        yield [getattr(record, "document", "")]


FORMAT = Format("danger", "a dangerous format", recognise, read, endings=("danger",), rank=1, is_binary=True, list_cells=list_cells, is_fragile=True)
