"""Columns of rows and keys of objects: what they mean, and the row laid out as it would be printed."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from transforms.model import Field, Record
from transforms.outcome import Reason, Reject
from transforms.text import find_text_warnings

PRINTED = (
    "headline", "standfirst", "byline", "alt_text", "caption", "credit", "dateline", "lead", "body", "source_line", "copyright",
)
"""Order in print: a picture above the text, the dateline directly on top of the body."""
BESIDE = ("record_id", "published_at", "source", "url", "section", "language")
PROSE = frozenset(("headline", "standfirst", "alt_text", "caption", "dateline", "lead", "body", "document"))
CONTENT = frozenset(("headline", "standfirst", "caption", "lead", "body", "document"))
GIVEN = 1000
FOLDS = str.maketrans("", "", " _-.\t\xa0\ufeff")


class Synonyms(NamedTuple):
    """The table of header names."""

    names: dict[str, tuple[str, int]]
    """Folded name to our column and its rank there."""
    codes: dict[str, str]
    nothing: frozenset[str]


def fold_name(name: str) -> str:
    """A header name without case, blanks, underscores, hyphens and dots.

    >>> fold_name(" Photo_Credit ")
    'photocredit'
    """
    return name.strip().casefold().translate(FOLDS)


@cache
def load_synonyms() -> Synonyms:
    """The table in rules/columns.toml; a name under two columns is an error in it."""
    table = tomllib.loads(files("transforms.rules").joinpath("columns.toml").read_text("utf-8"))
    nothing = frozenset(table.pop("nothing")["values"])
    names: dict[str, tuple[str, int]] = {}
    codes: dict[str, str] = {}
    for column, stanza in table.items():
        for rank, name in enumerate(stanza["names"]):
            if names.setdefault(fold_name(name), (column, rank))[0] != column:
                raise ValueError(f"columns.toml: {name!r} stands under {names[fold_name(name)][0]} and {column}")
        codes |= dict.fromkeys(stanza.get("codes", ()), column)
    return Synonyms(names, codes, nothing)


def name_column(header: str) -> str | None:
    """The column of ours that a header name means.

    >>> name_column("Photo Credit"), name_column("HD"), name_column("hd"), name_column("shares")
    ('credit', 'headline', None, None)
    """
    synonyms = load_synonyms()
    if column := synonyms.codes.get(header.strip()):
        return column
    return synonyms.names.get(fold_name(header), (None, 0))[0]


class Plan(NamedTuple):
    """Where the columns of ours stand among the cells of a row; of several cells for one column the first that holds something is taken."""

    width: int
    names: tuple[str, ...]
    document: tuple[int, ...]
    printed: tuple[tuple[str, tuple[int, ...]], ...]
    beside: tuple[tuple[int, ...], ...]
    extra: tuple[tuple[str, int], ...]
    """Columns without a place of their own, and those that are second choice."""
    rivals: frozenset[int]
    """Cells that are one of several for their column: what is not taken goes to extra."""
    nothing: frozenset[str] = frozenset()
    """Values that stand for none."""


def plan_columns(header: Sequence[str], given: Mapping[str, str]) -> Plan:
    """Plan how rows under a header are laid out. `given` maps header names (or positions from 1) to our columns and goes first.

    >>> plan_columns(["id", "Title", "Text", "shares"], {}).printed
    (('headline', (1,)), ('body', (2,)))
    """
    synonyms = load_synonyms()
    wanted = {fold_name(name): column for name, column in given.items()}
    if strangers := sorted(set(given.values()) - {*PRINTED, *BESIDE, "document"}):
        raise Reject(Reason.FORMAT, f"columns are mapped to {', '.join(strangers)}; known are {', '.join(('document', *PRINTED, *BESIDE))}")
    places: dict[str, list[tuple[int, int]]] = {}
    known: set[int] = set()
    for at, name in enumerate(header):
        column: str | None
        code = synonyms.codes.get(name.strip())
        column, rank = (code, 0) if code else synonyms.names.get(fold_name(name), (None, 0))
        if given_column := wanted.get(fold_name(name)) or wanted.get(str(at + 1)):
            # Two names that a profile lists for one column stand as they would without it.
            column, rank = given_column, rank - GIVEN if column == given_column else -GIVEN - 1
        if column is not None:
            places.setdefault(column, []).append((rank, at))
            known.add(at)
    ranked = {column: tuple(at for _, at in sorted(spots)) for column, spots in places.items()}
    names = tuple(name.strip() or f"column_{at + 1}" for at, name in enumerate(header))
    return Plan(
        len(header), names, ranked.get("document", ()), tuple((c, ranked[c]) for c in PRINTED if c in ranked),
        tuple(ranked.get(c, ()) for c in BESIDE), tuple((name, at) for at, name in enumerate(names) if at not in known),
        frozenset(at for spots in ranked.values() if len(spots) > 1 for at in spots), synonyms.nothing,
    )


def has_content(plan: Plan) -> bool:
    """Whether any column of a plan can hold something to print."""
    return bool(plan.document) or any(column in CONTENT for column, _ in plan.printed)


def require_content(plan: Plan, what: str) -> None:
    """Refuse a header under which no row could hold an article."""
    if not has_content(plan):
        shown = ", ".join(name[:40] for name in plan.names[:12]) + (", ..." if len(plan.names) > 12 else "")
        raise Reject(
            Reason.FORMAT,
            f"no {what} is known as a headline, text or document (found: {shown}); name them in the source's profile, such as columns = "
            '{ "their name" = "body" }',
        )


def read_byline(value: str) -> str:
    """A byline cell as it would be printed: lists of names, as data frames print them, become names with commas between.

    >>> read_byline("['Ann Roe', 'Bob Doe']"), read_byline("['']"), read_byline("Ann Roe, Bob Doe")
    ('Ann Roe, Bob Doe', '', 'Ann Roe, Bob Doe')
    """
    if value in load_synonyms().nothing:
        return ""
    if value[:1] == "[" and value[-1:] == "]" and len(value) < 10_000:
        try:
            names = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return value
        if all(isinstance(name, str) for name in names):
            return ", ".join(name.strip() for name in names if name.strip())
    return value


class Spot(NamedTuple):
    """Where a record stands."""

    number: int
    byte_start: int
    byte_end: int
    line: int


def lay_out(plan: Plan, values: Sequence[str], spot: Spot, warnings: tuple[str, ...] = (), *, is_doubtful: bool = True) -> Record | None:
    """The record of a row, or None when no column holds anything to print. Without `is_doubtful` its characters are known to be plain.

    >>> lay_out(plan_columns(["title", "text"], {}), ["Pier shut", "KYOTO - It is."], Spot(1, 12, 40, 2)).document
    'Pier shut\\n\\nKYOTO - It is.'
    """
    taken: list[int] = []
    document = ""
    fields: tuple[Field, ...] = ()
    extra: list[tuple[str, str]] = []
    for at in plan.document:
        if values[at] and not values[at].isspace():
            document = values[at]
            beneath = [place for _, spots in plan.printed for place in spots]
            extra = [(plan.names[place], values[place]) for place in beneath if values[place]]
            taken = [at, *beneath]
            break
    else:
        document, fields = print_columns(plan, values, taken)
        if not document:
            return None
    beside: list[str | None] = []
    for spots in plan.beside:
        for at in spots:
            value = values[at].strip()
            if value and value not in plan.nothing:
                beside.append(value)
                taken.append(at)
                break
        else:
            beside.append(None)
    for name, at in plan.extra:
        if values[at]:
            extra.append((name, values[at]))
    if plan.rivals:
        extra.extend((plan.names[at], values[at]) for at in sorted(plan.rivals.difference(taken)) if values[at])
    if is_doubtful:
        warnings += find_text_warnings(document)
    # tuple.__new__ is what the NamedTuple's own constructor calls, at twice the speed: this is the hottest line of a big file
    return tuple.__new__(Record, (*spot, document, fields, *beside, tuple(extra), warnings))


def print_columns(plan: Plan, values: Sequence[str], taken: list[int]) -> tuple[str, tuple[Field, ...]]:
    """The columns one below the other, a blank line between, each with its place; nothing when they hold no content."""
    printed: list[str] = []
    fields: list[Field] = []
    start, is_content = 0, False
    for column, spots in plan.printed:
        for spot in spots:
            value = values[spot].strip()
            if value and column not in PROSE and (value[0] == "[" or value in plan.nothing):
                value = read_byline(value)
            if value:
                printed.append(value)
                end = start + len(value)
                fields.append(tuple.__new__(Field, ("body" if column == "lead" else column, start, end)))
                start = end + 2
                is_content = is_content or column in CONTENT
                taken.append(spot)
                break
    return ("\n\n".join(printed), tuple(fields)) if is_content else ("", ())
