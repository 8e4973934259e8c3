"""Every rule that leaves its name where it read something: rule tables and code alike, each with the file it is in and what it reads.

What is written down of a block, name or picture is the rule's own name; of tags, flags, restrictions and a picture's agencies it is their
code, which a stanza of a table gives: those are rules called `headline_tag.update`, `flag.pool`, `restriction.no_resales`, `chain.afp`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from transforms.agencies import agencies
from transforms.boilerplate import load_rules
from transforms.credit import code_restriction
from transforms.model import PARSER_VERSION
from warehouse.tables import Rules

CODED = {
    "headline_tag": ("articles", "headline_tags"), "flag": ("photos", "flags"), "restriction": ("photos", "restrictions"),
    "chain": ("photos", "agencies"),
}
"""Prefix of a rule's name, and the table and column that hold its code."""
STANZA = re.compile(r"^\[", re.MULTILINE)


class NamedRule(NamedTuple):
    """A rule: its name, whether it is a stanza of a table or code, its file, what it reads, and an example where its stanza has one."""

    name: str
    kind: str
    """A kind of tables.RULE_KINDS."""
    home: str
    meaning: str
    hit: str | None = None


class Fired(NamedTuple):
    """How often a rule fired: blocks that it set down, and values that it read."""

    in_blocks: int
    in_values: int


@cache
def named_rules() -> Mapping[str, NamedRule]:
    """All rules by name. Raises ValueError when two share one.

    >>> named_rules()["byline.prefix"].home, named_rules()["dateline.tass"].home
    ('transforms/byline.py', 'transforms/rules/agencies.toml')
    """
    found: dict[str, NamedRule] = {}
    for rule in (*list_code(), *list_boilerplate(), *list_datelines(), *list_codes()):
        if found.setdefault(rule.name, rule) is not rule:
            raise ValueError(f"{rule.name} is the name of a rule in {found[rule.name].home} and of one in {rule.home}")
    return found


def read_table(name: str) -> str:
    """The text of a rule table."""
    return (files("transforms.rules") / name).read_text("utf-8")


def list_code() -> Iterator[NamedRule]:
    """Rules that are code."""
    for stanza in tomllib.loads(read_table("code_rules.toml"))["rule"]:
        yield NamedRule(stanza["name"], stanza.get("kind", "code"), stanza["home"], stanza["meaning"], print_example(stanza.get("hit")))


def print_example(given: Any) -> str | None:
    """An example as one text: a printed document, or the columns of a row, one a line.

    >>> print_example({"headline": "Ferry late", "byline": "Ann Roe"})
    'headline: Ferry late\\nbyline: Ann Roe'
    """
    if isinstance(given, Mapping):
        return "\n".join(f"{column}: {text}" for column, text in given.items())
    if isinstance(given, list):
        given = given[0] if given else None
    return None if given is None else str(given)


def list_boilerplate() -> Iterator[NamedRule]:
    """Stanzas that lift what carries no news."""
    for rule in load_rules():
        at = {"block": "a whole block", "head": "a whole block above the lead", "tail": "the end of a paragraph"}[rule.where]
        yield NamedRule(rule.name, "table", "transforms/rules/boilerplate.toml", f"{rule.kind.replace('_', ' ').capitalize()}: {at}.", rule.hit)


def list_datelines() -> Iterator[NamedRule]:
    """Forms of datelines, and the agencies by which most are named."""
    for form in tomllib.loads(read_table("dateline.toml"))["form"]:
        meaning = f"Dateline: {form['meaning']}."
        yield NamedRule(f"dateline.{form['name']}", "table", "transforms/rules/dateline.toml", meaning, print_example(form["hit"]))
    for agency in agencies().values():
        yield NamedRule(f"dateline.{agency.id}", "table", "transforms/rules/agencies.toml", f"Dateline that names {agency.name}.")


def list_codes() -> Iterator[NamedRule]:
    """Stanzas whose code stands in a column."""
    for tag, stanza in tomllib.loads(read_table("headline_tags.toml")).items():
        meaning = f"Wire tag before a headline: {', '.join(stanza['tags'])}."
        yield NamedRule(f"headline_tag.{tag}", "table", "transforms/rules/headline_tags.toml", meaning, print_example(stanza["hit"]))
    for flag, stanza in tomllib.loads(read_table("credit_flags.toml"))["flag"].items():
        meaning = f"Picture: {flag.replace('_', ' ')}."
        yield NamedRule(f"flag.{flag}", "table", "transforms/rules/credit_flags.toml", meaning, print_example(stanza["hit"]))
    for stanza in tomllib.loads(read_table("restrictions.toml"))["restriction"]:
        meaning = f"Restriction of use: {stanza['code'].replace('_', ' ')}."
        yield NamedRule(f"restriction.{stanza['code']}", "table", "transforms/rules/restrictions.toml", meaning, print_example(stanza["hit"]))
    for agency in agencies().values():
        yield NamedRule(f"chain.{agency.id}", "table", "transforms/rules/agencies.toml", f"Picture credit that names {agency.name}.")


def find_stanza(name: str) -> str | None:
    """The lines of the rule table that a rule is written in; None for code.

    >>> print(find_stanza("dateline.tass").splitlines()[0])
    [agency.tass]
    """
    rule = named_rules().get(name)
    if rule is None or rule.kind != "table":
        return None
    file = rule.home.rpartition("/")[2]
    text, own = read_table(file), name.partition(".")[2]
    if file == "agencies.toml":
        opening = re.compile(rf"^\[agency\.{re.escape(own)}\]$", re.MULTILINE)
    elif file in ("headline_tags.toml", "credit_flags.toml"):
        opening = re.compile(rf"^\[(?:flag\.)?{re.escape(own)}\]$", re.MULTILINE)
    else:
        key = name if file == "boilerplate.toml" else own
        opening = re.compile(rf'^\[\[\w+\]\]\n(?:name|code) = "{re.escape(key)}"$', re.MULTILINE)
    found = opening.search(text)
    if found is None:
        return None
    behind = STANZA.search(text, found.end())
    lines = text[found.start():behind.start() if behind else len(text)].splitlines()
    while lines and (not lines[-1].strip() or lines[-1].startswith("#")):
        lines.pop()
    return "\n".join(lines)


# ------------------------------------------------------------------ how often they fired
def count_rules(tables: Mapping[str, pa.Table]) -> dict[str, Fired]:
    """How often each rule fired in some tables as they are laid out to land; those that did not are left out."""
    blocks = count_column(tables, "blocks", "rule")
    values = add_counts((
        count_column(tables, "contributors", "rule"), count_column(tables, "photos", "rule"), count_column(tables, "photos", "credit_rule"),
        *(name_codes(prefix, count_column(tables, *place)) for prefix, place in CODED.items()),
    ))
    return {name: Fired(blocks.get(name, 0), values.get(name, 0)) for name in blocks.keys() | values.keys()}


def count_column(tables: Mapping[str, pa.Table], table: str, column: str) -> dict[str, int]:
    """How often each value stands in a column, those of lists one by one.

    >>> count_column({"photos": pa.table({"flags": [["pool"], ["file", "pool"]]})}, "photos", "flags")
    {'pool': 2, 'file': 1}
    """
    if table not in tables:
        return {}
    values = tables[table].column(column)
    if pa.types.is_list(values.type):
        values = pc.list_flatten(values)
    counted = pc.value_counts(values)
    return dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))


def name_codes(prefix: str, counts: Mapping[str, int]) -> dict[str, int]:
    """Counts of codes by the names of their rules. Restrictions are kept as printed; one that no stanza knows has no rule.

    >>> name_codes("restriction", {"JAPAN OUT": 2, "HANDLE WITH CARE": 1}), name_codes("flag", {"pool": 3})
    ({'restriction.country_out': 2}, {'flag.pool': 3})
    """
    if prefix != "restriction":
        return {f"{prefix}.{code}": n for code, n in counts.items()}
    found = ((code_restriction(text), n) for text, n in counts.items())
    return add_counts({f"{prefix}.{code.partition(':')[0]}": n} for code, n in found if code)


def add_counts(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Several counts as one.

    >>> add_counts([{"a": 1}, {"a": 2, "b": 1}])
    {'a': 3, 'b': 1}
    """
    total: dict[str, int] = {}
    for part in counts:
        for name, n in part.items():
            total[name] = total.get(name, 0) + n
    return total


def add_fired(one: Mapping[str, Fired], other: Mapping[str, Fired]) -> dict[str, Fired]:
    """What two batches counted, together.

    >>> add_fired({"a": Fired(1, 0)}, {"a": Fired(1, 2)})
    {'a': Fired(in_blocks=2, in_values=2)}
    """
    total = dict(one)
    for name, fired in other.items():
        before = total.get(name, Fired(0, 0))
        total[name] = Fired(before.in_blocks + fired.in_blocks, before.in_values + fired.in_values)
    return total


def list_fired(fired: Mapping[str, Fired], run_id: str) -> list[Rules]:
    """The row of every rule in a run, those that never fired among them; none when the run read nothing."""
    if not fired:
        return []
    known = named_rules()
    strangers = (NamedRule(name, "code", "", "") for name in sorted(fired.keys() - known.keys()))
    counted = ((rule, fired.get(rule.name, Fired(0, 0))) for rule in (*known.values(), *strangers))
    return [Rules(run_id, rule.name, rule.kind, rule.home, rule.meaning, *often, any(often), PARSER_VERSION) for rule, often in counted]
