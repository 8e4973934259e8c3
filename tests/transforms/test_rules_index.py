"""The register of rules is whole: nothing that reads goes by a name that is not in it, and every rule of code fires on its example."""

from __future__ import annotations

import ast
import io
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from transforms.article import parse_article
from transforms.gazetteer import builtin_gazetteer
from transforms.model import Article, Gap, Record
from transforms.outcome import Reject
from transforms.readers.found import Hints
from transforms.readers.records import read_records
from transforms.readers.sniff import sniff
from transforms.rows import columns_of
from transforms.rules_index import count_rules, find_stanza, named_rules
from warehouse.land import join_columns
from warehouse.tables import RULE_KINDS

ROOT = Path(__file__).parents[2]
RULES = ROOT / "transforms" / "rules"
CODE = tomllib.loads((RULES / "code_rules.toml").read_text("utf-8"))["rule"]
TABLES = ("boilerplate", "dateline", "code_rules")


def read_example(given: str | dict[str, str]) -> Record:
    """A printed document, or the columns of a row, as its reader would give it."""
    line = json.dumps({"document": given} if isinstance(given, str) else given, ensure_ascii=False)
    data = line.encode()
    hints = Hints(format="jsonl")
    (record,) = (item for item in read_records(io.BytesIO(data), sniff(data, hints), hints) if not isinstance(item, Gap))
    assert isinstance(record, Record)
    return record


def read(record: Record) -> Article | None:
    """The article, if the record is one."""
    try:
        return parse_article(record, gazetteer=builtin_gazetteer())
    except Reject:
        return None


def names_in(articles: list[Article]) -> set[str]:
    """Names of the rules that read something, as a run counts them."""
    found = columns_of(articles, [1] * len(articles), ["0" * 16] * len(articles), "0" * 16)
    return set(count_rules({name: join_columns(name, columns) for name, columns in found.items()}))


@pytest.mark.parametrize("stanza", [s for s in CODE if "never" not in s], ids=lambda s: s["name"])
def test_every_rule_of_code_fires_on_its_hit_and_spares_its_miss(stanza: dict[str, Any]) -> None:
    """The stanza's own examples."""
    hit, miss = (read(read_example(stanza[key])) for key in ("hit", "miss"))
    assert hit is not None
    assert stanza["name"] in names_in([hit])
    assert miss is None or stanza["name"] not in names_in([miss])


def gather_texts(value: object) -> Iterator[str]:
    """All strings in a TOML value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from gather_texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from gather_texts(part)


COLUMNS = {
    "byline": ("byline",), "caption": ("caption", "credit"), "caption_places": ("caption",), "credit": ("caption", "credit"), "dateline": ("dateline",),
    "dateline_traps": ("dateline",), "places": (), "segment": (), "signoff": ("byline", "source_line"), "boilerplate": (),
    "code_rules": ("headline", "byline", "dateline", "caption", "credit", "source_line"),
}
"""Tables of print, and the columns of a row in which their texts might stand."""
LEAD = "The ferry was late on Tuesday, and nobody on the quay was surprised by that."


def all_texts() -> dict[str, set[str]]:
    """Every text of the case tables, and every example of the rule tables, with the columns it might stand in."""
    paths = [*sorted((ROOT / "tests" / "cases").glob("*.toml")), *(RULES / f"{name}.toml" for name in TABLES)]
    texts: dict[str, set[str]] = {}
    for path in paths:
        if path.stem in COLUMNS:
            for text in gather_texts(tomllib.loads(path.read_text("utf-8"))):
                if 3 < len(text) < 20_000:
                    texts.setdefault(text, set()).update(COLUMNS[path.stem])
    return texts


def lay_out(text: str, columns: set[str]) -> Iterator[Record]:
    """A text where print may set it: a head block, the end of a story, its beginning, and columns of a row."""
    documents = (f"Ferry late again\n\n{text}\n\n{LEAD}\n\n{LEAD}", f"Ferry late again\n\n{LEAD}\n\n{text}", f"{text}\n\n{LEAD}")
    for number, document in enumerate(documents, 1):
        yield Record(number, 0, 1, 1, document)
    for column in sorted(columns):
        yield read_example({"headline": "Ferry late again", column: text, "body": LEAD})


def test_no_rule_goes_by_a_name_that_is_not_registered() -> None:
    """Whatever the case tables and the rules' own examples make the parsers say."""
    texts = all_texts()
    assert len(texts) > 1000
    articles = [article for text, columns in texts.items() for record in lay_out(text, columns) if (article := read(record)) is not None]
    names = names_in(articles)
    assert sorted(names - named_rules().keys()) == []
    assert len(names) > 190
    asked = {article.dateline.rule for article in articles if article.dateline} | {photo.credit.rule for a in articles for photo in a.photos}
    assert sorted(asked - named_rules().keys()) == []


def test_no_name_in_the_code_is_missing() -> None:
    """A string that is written like a rule of a known family is one."""
    families = {name.partition(".")[0] for name in named_rules() if "." in name}
    shaped = re.compile(rf"(?:{'|'.join(map(re.escape, sorted(families)))})\.[a-z][a-z_-]*")
    found = {
        node.value for path in (ROOT / "transforms").glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and shaped.fullmatch(node.value) and not node.value.endswith(".toml")
    }
    assert len(found) > 40
    assert sorted(found - named_rules().keys()) == []


@pytest.mark.parametrize("stanza", CODE, ids=lambda s: s["name"])
def test_a_rule_of_code_stands_in_the_file_that_is_named(stanza: dict[str, Any]) -> None:
    """By its name, or by the family where the rest of the name is made up there."""
    code = (ROOT / stanza["home"]).read_text("utf-8")
    family = stanza["name"].partition(".")[0]
    assert f'"{stanza["name"]}"' in code or f'f"{family}.{{' in code or f'"{stanza["name"].partition(".")[2]}"' in code


def test_every_rule_has_a_kind_a_file_a_meaning_and_a_table_its_stanza() -> None:
    """So that an editor can be shown where a value comes from."""
    for rule in named_rules().values():
        assert rule.kind in RULE_KINDS
        assert (ROOT / rule.home).is_file()
        assert rule.meaning.endswith(".")
        stanza = find_stanza(rule.name)
        assert (stanza is not None) == (rule.kind == "table")
        if stanza is not None:
            assert len(tomllib.loads(stanza)) == 1
