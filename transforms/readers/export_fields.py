"""Fields of database exports: what the printed keys mean, and a document's fields laid out as they would be printed."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from transforms.model import Field, Record
from transforms.readers.columns import BESIDE, CONTENT, PRINTED, Spot
from transforms.text import find_text_warnings

UNKNOWN = "unknown_field"
"""Warning code of a record with a key that no table knows; `extra` names it under the same word."""
UNKNOWN_LAYOUT = "unknown_layout"
"""Warning code of a record in which what should stand above its text was not found."""
REPEATED = frozenset(("caption", "credit", "body"))
"""Columns that may be printed several times; each paragraph of captions is a picture's own."""
_BLANK_LINES = re.compile(r"\n(?:[ \t\r]*\n)+\s*")


class Key(NamedTuple):
    """What a printed key means."""

    column: str
    """Ours, or empty for what is kept in `extra`."""
    zone: str
    """front, tail or any."""
    spans: bool
    """Whether its text may go on over blank lines."""


class Entry(NamedTuple):
    """A field as printed."""

    column: str
    """Ours, or empty for `extra`."""
    key: str
    """As printed; ours for what is printed without a key."""
    value: str
    is_unknown: bool = False


def fold_key(key: str) -> str:
    """A key without case, accents, hyphens and doubled blanks.

    >>> fold_key("LÄNGE"), fold_key("Publication-Type")
    ('lange', 'publication type')
    """
    if key.isascii():
        return " ".join(key.replace("-", " ").replace("_", " ").casefold().split())
    plain = "".join(c for c in unicodedata.normalize("NFKD", key) if not unicodedata.combining(c))
    return " ".join(plain.replace("-", " ").replace("_", " ").casefold().split())


@cache
def load_keys(table: str) -> dict[str, Key]:
    """A table of keys by folded name; a name with two meanings is an error in it."""
    stanzas = tomllib.loads(files("transforms.rules").joinpath(f"{table}.toml").read_text("utf-8"))
    found: dict[str, Key] = {}
    for stanza in stanzas.values():
        if stanza["column"] and stanza["column"] not in (*PRINTED, *BESIDE):
            raise ValueError(f"{table}.toml: there is no column {stanza['column']!r}")
        key = Key(stanza["column"], stanza.get("zone", "any"), stanza.get("spans", False))
        for name in stanza["names"]:
            if found.setdefault(fold_key(name), key) != key:
                raise ValueError(f"{table}.toml: {name!r} has two meanings")
    return found


def find_key(table: str, name: str) -> Key | None:
    """What a key means; None when the table does not know it.

    >>> find_key("nexis_keys", "LÄNGE"), find_key("nexis_keys", "WETTER")
    (Key(column='', zone='any', spans=False), None)
    """
    return load_keys(table).get(fold_key(name)) if len(name) <= 60 else None


@cache
def _languages() -> dict[str, str]:
    table = tomllib.loads(files("transforms.rules").joinpath("export_languages.toml").read_text("utf-8"))["names"]
    found: dict[str, str] = {}
    for code, names in table.items():
        for name in names:
            if found.setdefault(fold_key(name), code) != code:
                raise ValueError(f"export_languages.toml: {name!r} names two languages")
    return found


def read_language(value: str) -> str | None:
    """The code of a language that an export names in words.

    >>> read_language("GERMAN; DEUTSCH"), read_language("Dutch / Nederlands"), read_language("Klingon")
    ('de', 'nl', None)
    """
    for part in re.split(r"[;/,|]", value[:200]):
        if code := _languages().get(fold_key(part)):
            return code
    return None


def settle_language(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Fields with the language as a code; as it is printed, it is kept beside.

    >>> [(entry.column, entry.value) for entry in settle_language([Entry("language", "LA", "Deutsch"), Entry("language", "LA", "Deuts")])]
    [('language', 'de'), ('', 'Deutsch'), ('', 'Deuts')]
    """
    for entry in entries:
        if entry.column == "language":
            if code := read_language(entry.value):
                yield entry._replace(value=code)
            if code != entry.value:
                yield entry._replace(column="")
        else:
            yield entry


def lay_out_entries(entries: Iterable[Entry], spot: Spot, warnings: Sequence[str] = ()) -> Record | None:
    """The record of a document's fields, or None when none of them holds anything to print.

    Of two values for one column the first is taken, and the other kept in `extra` under its key; bodies are joined.

    >>> found = lay_out_entries([Entry("headline", "HD", "Pier shut"), Entry("body", "LP", "It is."), Entry("", "WC", "2 words")], Spot(1, 0, 9, 1))
    >>> found.document, found.extra
    ('Pier shut\\n\\nIt is.', (('WC', '2 words'),))
    """
    printed: dict[str, list[str]] = {}
    beside: dict[str, str] = {}
    extra: list[tuple[str, str]] = []
    unknown: list[str] = []
    for column, key, value, is_unknown in entries:
        value = value.strip()
        if not value:
            continue
        if is_unknown:
            unknown.append(key)
        if column in PRINTED and (column in REPEATED or column not in printed):
            printed.setdefault(column, []).extend(_BLANK_LINES.split(value) if column == "caption" else (value,))
        elif column in BESIDE and column not in beside:
            beside[column] = value
        elif column not in PRINTED or value not in printed[column]:
            extra.append((key, value))
    if not any(column in CONTENT for column in printed):
        return None
    if "body" in printed:
        printed["body"] = ["\n\n".join(printed["body"])]
    parts: list[str] = []
    fields: list[Field] = []
    at = 0
    for column in PRINTED:
        for value in printed.get(column, ()):
            fields.append(Field(column, at, at + len(value)))
            parts.append(value)
            at += len(value) + 2
    document = "\n\n".join(parts)
    if unknown:
        warnings = (*warnings, UNKNOWN)
        extra += [(UNKNOWN, key) for key in dict.fromkeys(unknown)]
    return Record(
        spot.number, spot.byte_start, spot.byte_end, spot.line, document, tuple(fields), record_id=beside.get("record_id"),
        published_at=beside.get("published_at"), source=beside.get("source"), url=beside.get("url"), section=beside.get("section"),
        language=beside.get("language"), extra=tuple(extra), warnings=tuple(dict.fromkeys((*warnings, *find_text_warnings(document)))),
    )
