"""`copydesk reparse`: today's rules over the kept originals. What reads otherwise now lands as its next version; nothing else changes.

What was corrected by hand stays so: each correction that an article holds is put in again, whatever is read in its place now. An article that
would be set aside today, or that its original no longer shows where it was read, is reported and stays as it is.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from shutil import get_terminal_size
from typing import Any, NamedTuple

import orjson

from flows.amend import build_next, commit_next, gather_files
from flows.corrections import correct
from flows.ledger import Ledger
from flows.plan import Batch, Entry, cut_batches
from flows.problems import ExitCode
from flows.progress import say
from flows.replay import Waiting, read_waiting
from flows.settings import Houses, IngestConfig, read_houses
from flows.stages import Bench, Refusal, lay_out, read_articles
from flows.summary import close_run, shorten_path
from transforms.corrections import Correction, Entries, file_entries, read_value, value_of, write_value
from transforms.fingerprint import Identity, identify
from transforms.model import Article, Record
from warehouse.ddl import quote
from warehouse.lake import Lake, open_lake
from warehouse.render import Format, write_csv, write_json, write_markdown, write_table
from warehouse.seal import put_files
from warehouse.sql import run_sql
from warehouse.tables import TABLES

PARTS = ("articles", "contributors", "places", "photos", "blocks", "corrections")
UNTOLD = frozenset({"version", "batch_id", "parser_version", "content_hash"})
"""Columns that differ without anything being read otherwise."""
BLOCK_OF = {
    "headline": "headline", "headline_tags": "headline", "standfirst": "standfirst", "byline": "byline", "dateline": "dateline",
    "dateline_date": "dateline", "dateline_date_basis": "dateline", "dateline_agency": "dateline", "located": "dateline", "country": "dateline",
    "published_at": "timestamp", "published_at_basis": "timestamp", "source_line": "source_line", "ed_note": "advisory", "body": "paragraph",
    "word_count": "paragraph",
}
"""The kind of block from which a column of `articles` is read, and whose rule therefore answers for it."""
SAMPLE = 160

DUE = """
    SELECT a.article_id, a.source, a.file_id, a.record_no, a.byte_start, a.byte_end, f.sha256, f.path, f.encoding
    FROM (SELECT * FROM articles WHERE ({where}
    )) a JOIN (
        SELECT file_id, any_value(sha256) AS sha256, arg_max(path, run_id) AS path, arg_max({{'is': encoding}}, run_id)['is'] AS encoding
        FROM files WHERE status = 'landed' GROUP BY 1) f USING (file_id)
    ORDER BY f.path, a.record_no"""


class Due(NamedTuple):
    """A landed article that is to be read again."""

    article_id: str
    source: str | None
    waiting: Waiting


class Key(NamedTuple):
    """What a change is counted under."""

    table: str
    column: str
    source: str
    rule: str


class Change(NamedTuple):
    """How many articles read otherwise in a column, and one of them."""

    key: Key
    articles: int
    sample: str
    was: str
    now: str


class Findings:
    """What reading again has shown."""

    def __init__(self) -> None:
        self.changes: dict[Key, Change] = {}
        self.same = self.changed = 0
        self.refused: Counter[tuple[str, str]] = Counter()
        """Stage and reason for which articles would be set aside today."""
        self.samples: dict[tuple[str, str], str] = {}
        self.seen: set[str] = set()

    def note(self, key: Key, article_id: str, was: object, now: object) -> None:
        """Count a change."""
        before = self.changes.get(key)
        self.changes[key] = before._replace(articles=before.articles + 1) if before else Change(key, 1, article_id, show(was), show(now))

    def refuse(self, article_id: str, stage: str, reason: str) -> None:
        """Count an article that would be set aside."""
        self.refused[stage, reason] += 1
        self.samples.setdefault((stage, reason), article_id)

    def rows(self) -> list[tuple[Any, ...]]:
        """The report: changes by table, column, source and rule, those of most articles first."""
        order = sorted(self.changes.values(), key=lambda c: (PARTS.index(c.key.table), -c.articles, c.key))
        return [(*change.key, change.articles, change.sample, change.was, change.now) for change in order]


HEAD = ("table", "column", "source", "rule", "articles", "sample", "was", "now")
TYPES = ("VARCHAR",) * 4 + ("BIGINT",) + ("VARCHAR",) * 3


def show(value: object) -> str:
    """A value as a short text."""
    text = "" if value is None else value if isinstance(value, str) else orjson.dumps(value, default=str).decode()
    return text[:SAMPLE]


def find_due(lake: Path, where: str) -> dict[str, Due]:
    """The articles whose latest version answers to a condition, by article id."""
    due = {}
    with run_sql(lake, DUE.format(where=where)) as result:
        for article_id, source, file_id, number, start, end, sha256, path, encoding in result.rows():
            spans, spanless = ({(start, end): number}, frozenset[int]()) if start < end else ({}, frozenset({number}))
            due[article_id] = Due(article_id, source, Waiting(file_id, sha256, path, encoding, spans, spanless))
    return due


def reparse(lake_path: Path, where: str, config: IngestConfig, layout: Format, *, is_dry: bool) -> int:
    """Read landed articles again and land those that read otherwise, or with `is_dry` only say which these are."""
    houses = read_houses(config)
    findings = Findings()
    with open_lake(lake_path, create=False) as lake:
        due = find_due(lake_path, where)
        if not due:
            say("nothing to do: no article answers to that")
            return ExitCode.LANDED
        ledger = Ledger(lake, ["reparse" if where == "true" else f"reparse --where {where}"])
        files = gather_files({article_id: one.waiting for article_id, one in due.items()})
        by_record = {(one.waiting.file_id, number): one for one in due.values() for number in (*one.waiting.numbers.values(), *one.waiting.spanless)}
        for batch in cut_batches(read_waiting(lake_path, files, config, houses), limit=config.batch_bytes):
            for source, part in group_entries(batch, by_record, config.source, findings).items():
                bench = Bench(str(lake.folder), ledger.run_id, source, houses)
                own = batch._replace(batch_id=name_part(batch.batch_id, source), entries=tuple(entry for entry, _ in part))
                read_part(lake, ledger, own, [identity for _, identity in part], bench, findings, is_dry=is_dry)
        missing = sorted(due.keys() - findings.seen)
        verdict = phrase(due, findings, missing, is_dry=is_dry)
        if not is_dry:
            run = ledger.sum_up(threshold=config.quarantine_threshold)._replace(
                verdict=verdict, exit_code=ExitCode.DOUBTFUL if missing or findings.refused else ExitCode.LANDED)
            page = close_run(ledger, run)
            write_changes(page.parent, findings)
            say(f"report: {shorten_path(str(page))}")
    print_rows(findings.rows(), layout)
    say(verdict)
    for (stage, reason), count in findings.refused.most_common():
        say(f"would be set aside today, and stay as they are: {count:,} ({stage}: {reason}), such as {findings.samples[stage, reason]}")
    if missing:
        say(f"not found where they were read, and stay as they are: {len(missing):,}, such as {missing[0]}; "
            "give the --format, --delimiter, --encoding and --profile that they were ingested with")
    return ExitCode.DOUBTFUL if missing or findings.refused else ExitCode.LANDED


def phrase(due: Mapping[str, Due], findings: Findings, missing: Sequence[str], *, is_dry: bool) -> str:
    """The verdict in a sentence."""
    aside = sum(findings.refused.values()) + len(missing)
    verb = "would land" if is_dry else "landed"
    return (f"Of {len(due):,} landed articles read again, {findings.same:,} read the same, {findings.changed:,} {verb} as their next version, "
            f"{aside:,} can't be read as they were and stay.")


def name_part(batch_id: str, source: str | None) -> str:
    """Id of the part of a batch whose records are of one source."""
    return hashlib.sha256(f"{batch_id} {source or ''}".encode()).hexdigest()[:16]


def group_entries(
    batch: Batch, by_record: Mapping[tuple[str, int], Due], source: str | None, findings: Findings,
) -> dict[str | None, list[tuple[Entry, Identity]]]:
    """The records of articles that are due, each as the article that it has landed as, by the source that is given or that they landed with."""
    groups: dict[str | None, list[tuple[Entry, Identity]]] = {}
    for entry in batch.entries:
        due = by_record.get((entry.file_id, entry.item.number))
        if due is not None and isinstance(entry.item, Record):
            own = source or due.source
            findings.seen.add(due.article_id)
            groups.setdefault(own, []).append((entry, identify(entry.item, own)._replace(article_id=due.article_id)))
    return groups


def read_part(
    lake: Lake, ledger: Ledger, batch: Batch, identities: Sequence[Identity], bench: Bench, findings: Findings, *, is_dry: bool,
) -> None:
    """Parse some records, compare what is read with what has landed, and land what differs."""
    refused: dict[int, Refusal] = {}
    plain = bench._replace(houses=with_entries(bench.houses, {}))
    articles = read_articles(batch, range(len(batch.entries)), identities, refused, plain)
    for n, refusal in refused.items():
        findings.refuse(identities[n].article_id, refusal.stage, refusal.reason)
    landed = read_landed(lake.folder, [article.article_id for article in articles.values()])
    entries = keep_corrections(articles.values(), landed, bench.houses.corrections)
    articles = {n: correct(article, entries) for n, article in articles.items()}
    now = rows_by_article(articles, batch)
    differing = [n for n, article in articles.items() if tell_changes(article, landed, now)]
    findings.same += len(articles) - len(differing)
    if not differing:
        return
    changed = batch._replace(entries=tuple(batch.entries[n] for n in differing))
    again, built = build_next(
        lake, ledger, changed, bench._replace(houses=with_entries(bench.houses, entries)), "reparse", [identities[n] for n in differing])
    aside = {row.article_id: row for row in built.quarantine}
    for n in differing:
        article_id = articles[n].article_id
        if (row := aside.get(article_id)) is not None:
            findings.refuse(article_id, row.stage, row.reason)
            continue
        findings.changed += 1
        for key, was, value in tell_changes(articles[n], landed, now):
            findings.note(key, article_id, was, value)
    if is_dry:
        shutil.rmtree(lake.staging / again.batch_id, ignore_errors=True)
    else:
        commit_next(ledger, again, built)


def with_entries(houses: Houses, entries: Entries) -> Houses:
    """The same houses with other corrections."""
    return Houses(houses.general, houses.by_source, entries, houses.thresholds)


Rows = dict[str, list[dict[str, Any]]]
"""An article's rows by table, in order."""


def read_landed(folder: Path, article_ids: Sequence[str]) -> dict[str, Rows]:
    """The rows of the latest version of some articles."""
    found: dict[str, Rows] = {article_id: {name: [] for name in PARTS} for article_id in article_ids}
    if not found:
        return found
    ids = ", ".join(map(quote, article_ids))
    for name in PARTS:
        fields = TABLES[name]._fields
        order = "position" if "position" in fields else "1"
        with run_sql(folder, f"SELECT {', '.join(fields)} FROM {name} WHERE article_id IN ({ids}) ORDER BY article_id, {order}") as result:
            for row in result.rows():
                found[row[0]][name].append(dict(zip(fields, row, strict=True)))
    return found


def rows_by_article(articles: Mapping[int, Article], batch: Batch) -> dict[str, Rows]:
    """The rows that some articles would have."""
    tables = lay_out(articles, dict.fromkeys(articles, 1), batch)
    found: dict[str, Rows] = {article.article_id: {name: [] for name in PARTS} for article in articles.values()}
    for name in PARTS:
        for row in tables[name].to_pylist(maps_as_pydicts="strict"):
            found[row["article_id"]][name].append(row)
    return found


def tell_changes(article: Article, landed: Mapping[str, Rows], now: Mapping[str, Rows]) -> list[tuple[Key, object, object]]:
    """Each column in which an article reads otherwise, with what was and what is read, under the rule that reads it now."""
    before, after = landed[article.article_id], now[article.article_id]
    source = article.source or ""
    rules = {row["kind"]: row["rule"] for row in (*reversed(before["blocks"]), *reversed(after["blocks"]))}
    changes: list[tuple[Key, object, object]] = []
    for name in PARTS:
        old, new = before[name], after[name]
        columns = [column for column in TABLES[name]._fields if column not in UNTOLD]
        for was, read in zip(old, new, strict=False):
            for column in columns:
                if was[column] != read[column]:
                    rule = rules.get(BLOCK_OF.get(column, ""), "") if name == "articles" else name_rule(read)
                    changes.append((Key(name, column, source, rule), was[column], read[column]))
        changes += [(Key(name, "(row gone)", source, name_rule(row)), tell_row(row), None) for row in old[len(new):]]
        changes += [(Key(name, "(row added)", source, name_rule(row)), None, tell_row(row)) for row in new[len(old):]]
    first = {key: (old_value, new_value) for key, old_value, new_value in reversed(changes)}
    return [(key, *pair) for key, pair in first.items()]


def name_rule(row: Mapping[str, Any]) -> str:
    """The rule that read a row, or where a place stood."""
    return str(row.get("rule") or row.get("origin") or "")


def tell_row(row: Mapping[str, Any]) -> str:
    """A row by what it says."""
    return " ".join(str(row[name]) for name in ("kind", "name", "role", "text", "caption", "credit_line", "column_name", "now") if row.get(name))


def keep_corrections(articles: Iterable[Article], landed: Mapping[str, Rows], given: Entries) -> Entries:
    """The corrections that are given, and those that articles hold and that are not given any more, fitted to what is read now."""
    kept: list[Correction] = [entry for entries in given.values() for entry in entries]
    for article in articles:
        names = (article.article_id, article.record.record_id or "")
        fresh = {entry.column for name in names for entry in given.get(name, ()) if entry.source in (None, article.source)}
        kept += [
            entry for row in landed[article.article_id]["corrections"] if row["column_name"] not in fresh
            for entry in fit_correction(article, row)
        ]
    return file_entries(kept)


def fit_correction(article: Article, row: Mapping[str, Any]) -> Iterator[Correction]:
    """A correction that an article holds, as an entry that expects what is read now; none where its value is read without it."""
    was = write_value(value_of(article, row["column_name"]))
    if was != row["now"]:
        now = read_value(row["column_name"], row["now"] or "")
        yield Correction(row["entry"], article.article_id, None, row["column_name"], was, now, row["why"])


def write_changes(folder: Path, findings: Findings) -> None:
    """The report beside the run's page, one JSON object a line."""
    lines = (orjson.dumps(dict(zip(HEAD, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE) for row in findings.rows())
    put_files(folder, {"changes.jsonl": b"".join(lines)})


def print_rows(rows: list[tuple[Any, ...]], layout: Format) -> None:
    """Print the report on standard output."""
    if layout == "table":
        if rows:
            write_table(HEAD, TYPES, rows, sys.stdout, get_terminal_size().columns if sys.stdout.isatty() else None)
    elif layout == "csv":
        write_csv(HEAD, rows, sys.stdout)
    elif layout == "markdown":
        write_markdown(HEAD, TYPES, rows, sys.stdout)
    else:
        write_json(HEAD, rows, sys.stdout, as_lines=layout == "jsonl")
