"""Formats that have a signature of their own: one module each, found by listing this folder.

What none of them recognises is read as text, rows, JSON or a page. A module holds one `FORMAT`; it is imported whenever a file is
sniffed, so it imports its parser when it reads and not before.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import BinaryIO, NamedTuple

from transforms.model import Item
from transforms.readers.found import Found, Hints

Recognise = Callable[[bytes, str], str | None]
"""From the head of a file (64 KB or more, or all of it) and its name: why it is this format, or None. A text format sees its head in
UTF-8 without the mark at its start, a binary one the bytes as they are."""

Read = Callable[[BinaryIO, Found, Hints, int], Iterator[Item]]
"""Records, damaged stretches and gaps that tile the stream; the number is the limit on one record's bytes."""


class Format(NamedTuple):
    """A format: how it is called, told apart and read."""

    name: str
    """What `copydesk sniff` prints and `--format` takes."""
    title: str
    """For people: `Factiva text export`."""
    recognise: Recognise
    read: Read
    aliases: tuple[str, ...] = ()
    """Other names that `--format` takes."""
    endings: tuple[str, ...] = ()
    """File name endings, without the dot, that are taken for inputs when a folder is walked."""
    is_binary: bool = False
    """Not text: no encoding is guessed, and `Found.encoding` is `binary`."""
    needs_seek: bool = False
    """Read in any order and not as it passes: the stream that `read` gets can be sought, but for a stream that no file stands behind."""
    list_cells: Callable[[BinaryIO], Iterator[list[str]]] | None = None
    """Every row as cells, the header first, where the format has rows: what `copydesk rows` prints."""
    is_fragile: bool = False
    """Its parser is written in C, or follows what it reads from place to place: it may die of its input, or lose itself in it. It is run apart."""
    rank: int = 50
    """Lower is asked first; formats of one rank in the order of their names."""


@cache
def load_formats() -> tuple[Format, ...]:
    """All formats of this folder, in the order in which they are asked."""
    found: list[Format] = [import_module(f"{__name__}.{module.name}").FORMAT for module in pkgutil.iter_modules(__path__)]
    return tuple(sorted(found, key=lambda f: (f.rank, f.name)))


@cache
def name_formats() -> dict[str, Format]:
    """Every name and alias of a format, and the format; a name given twice is an error in the modules."""
    names: dict[str, Format] = {}
    for form in load_formats():
        for name in (form.name, *form.aliases):
            if names.setdefault(name, form) is not form:
                raise ValueError(f"two formats are called {name!r}: {names[name].name} and {form.name}")
    return names


def recognise_format(head: bytes, name: str, *, is_binary: bool) -> tuple[Format, str] | None:
    """The first format that knows a head, and why."""
    for form in load_formats():
        if form.is_binary == is_binary and (why := form.recognise(head, name)):
            return form, why
    return None
