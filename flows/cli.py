"""The command line: options in, exit code out. Everything else is imported when a command runs, so that `--help` answers at once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli_source import source as source_commands

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Read raw news files, clean and check what is in them, land it as tables, and query those. Nothing that was read is lost.",
    epilog="Exit codes: 0 all landed; 1 landed, but a critical check failed or too much was set aside; 2 usage; 3 some files failed, the rest "
           "landed; 4 the lake is locked; 5 a bug.",
)
quarantine = typer.Typer(no_args_is_help=True, help="Records that were set aside: list them, export them, try them again.", rich_markup_mode=None)
app.add_typer(quarantine, name="quarantine")
app.add_typer(source_commands, name="source")
expectations = typer.Typer(no_args_is_help=True, help="The checks of every run: list them, export them as suites.", rich_markup_mode=None)
app.add_typer(expectations, name="expectations")


class Layout(StrEnum):
    """How rows are printed."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    markdown = "markdown"


class SqlLayout(StrEnum):
    """How an answer is written: those of Layout, and one for programs."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"
    markdown = "markdown"
    parquet = "parquet"


class ExportLayout(StrEnum):
    """What `copydesk export` writes."""

    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"
    ninjs = "ninjs"
    nitf = "nitf"


Paths = Annotated[list[str], typer.Argument(
    metavar="PATH...",
    help="Files and folders; s3://, gs://, https:// and sqlite:///FILE?table=T too. In a folder, files with a known ending are read.",
)]
LakeOption = Annotated[Path | None, typer.Option("--lake", metavar="DIR", help="Folder of the lake. [COPYDESK_LAKE, else news.lake]")]
FormatOption = Annotated[str | None, typer.Option("--format", metavar="F", help="Reader: text, csv, tsv, jsonl, json, html. [by content]")]
SourceOption = Annotated[str | None, typer.Option("--source", metavar="NAME", help="Supplier of records that don't name one.")]
DelimiterOption = Annotated[str | None, typer.Option("--delimiter", metavar="LINE", help="Line between articles, or character between cells.")]
EncodingOption = Annotated[str | None, typer.Option("--encoding", metavar="E", help="Encoding of the files. [by content]")]
TimezoneOption = Annotated[str | None, typer.Option("--timezone", metavar="ZONE", help="Zone of times printed without one.")]
ProfileOption = Annotated[Path | None, typer.Option("--profile", metavar="FILE", help="TOML file with the switches of the house.")]
ProfilesOption = Annotated[Path | None, typer.Option("--profiles", metavar="DIR", help="Folder of <source>.toml files. [COPYDESK_PROFILES]")]
CorrectionsOption = Annotated[
    Path | None, typer.Option("--corrections", metavar="FILE", help="TOML file with values put right by hand. [COPYDESK_CORRECTIONS]")
]
WorkersOption = Annotated[int | None, typer.Option("--workers", metavar="N", help="Processes that parse. [COPYDESK_WORKERS, else 1]")]
BatchOption = Annotated[int | None, typer.Option("--batch-bytes", metavar="N", help="Bytes of input a batch. [COPYDESK_BATCH_BYTES, else 24 MB]")]
ThresholdOption = Annotated[
    float | None, typer.Option("--quarantine-threshold", metavar="X", help="Share set aside above which the exit code is 1. [0.1]")
]
FailOption = Annotated[str | None, typer.Option(
    "--fail-on", metavar="SEVERITY", help="Failed checks that make the exit code 1: critical, warning too, or never. [critical]")]
HoldOption = Annotated[bool | None, typer.Option(
    "--hold", help="Land no article of a run in which a critical check fails, until copydesk release. [COPYDESK_HOLD]")]
ExpectationsOption = Annotated[
    Path | None, typer.Option("--expectations", metavar="DIR", help="Folder of suites of your own, Python or JSON. [COPYDESK_EXPECTATIONS]")
]
AllOption = Annotated[bool, typer.Option("--all", help="Those too that have landed since, or were discarded.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Print the traceback of a fault.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only what went wrong.")]
LayoutOption = Annotated[Layout, typer.Option("--format", help="How to print the rows.")]


def _lake(lake: Path | None) -> Path:
    from flows.settings import read_settings

    return lake or Path(read_settings().lake)


def _end(code: int) -> None:
    raise typer.Exit(code)


@app.command()
def ingest(
    paths: Paths, lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, timezone: TimezoneOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None,
    corrections: CorrectionsOption = None, workers: WorkersOption = None, batch_bytes: BatchOption = None, threshold: ThresholdOption = None,
    fail_on: FailOption = None, hold: HoldOption = None, expectations: ExpectationsOption = None,
    direct: Annotated[bool, typer.Option("--direct", help="The same stages without Prefect: starts at once, no run history.")] = False,
    quiet: QuietOption = False, debug: DebugOption = False,
) -> None:
    """Read files and folders, and land what is in them."""
    from flows.answer import answer

    def work() -> int:
        config = _config(
            paths, lake=lake, format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile,
            profiles=profiles, corrections=corrections, workers=workers, batch_bytes=batch_bytes, quarantine_threshold=threshold,
            fail_on=fail_on, hold=hold, expectations=expectations,
        )
        if direct:
            from flows.ingest import ingest_direct

            return ingest_direct(config, is_quiet=quiet)
        from flows.environment import has_api, prepare_prefect

        prepare_prefect()
        if not quiet and not has_api():
            from flows.progress import say

            say("starting Prefect's own server for this run, which takes 10 to 30 s; --direct does without")
        from flows.orchestrate import run_flow

        return run_flow(config, is_quiet=quiet)

    _end(answer(work, lake=lake, is_debug=debug))


def _config(paths: list[str], **given: Any) -> Any:
    from flows.discover import name_path, name_place
    from flows.settings import build_config

    named = {key: name_path(value) if isinstance(value, Path) else value for key, value in given.items()}
    return build_config(paths=[name_place(path) for path in paths], **named)


@app.command()
def parse(
    paths: Paths, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None, encoding: EncodingOption = None,
    timezone: TimezoneOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None, corrections: CorrectionsOption = None,
    workers: WorkersOption = None, debug: DebugOption = False,
) -> None:
    """Print what would be landed: one JSON object a record."""
    from flows.answer import answer

    def work() -> int:
        from flows.peek import print_parsed

        return print_parsed(_config(
            paths, format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections, workers=workers,
        ))

    _end(answer(work, is_debug=debug))


@app.command()
def rows(
    paths: Paths, delimiter: DelimiterOption = None, encoding: EncodingOption = None, debug: DebugOption = False,
) -> None:
    """Print the cells of delimited files as read: one JSON array a record, the header first."""
    from flows.answer import answer

    def work() -> int:
        from flows.peek import print_cells

        return print_cells(_config(paths, delimiter=delimiter, encoding=encoding))

    _end(answer(work, is_debug=debug))


@app.command()
def sniff(
    paths: Paths, form: FormatOption = None, delimiter: DelimiterOption = None, encoding: EncodingOption = None, debug: DebugOption = False,
) -> None:
    """Print how each file would be read: format, encoding, dialect; one JSON object a file."""
    from flows.answer import answer

    def work() -> int:
        from flows.peek import print_sniffed

        return print_sniffed(_config(paths, format=form, delimiter=delimiter, encoding=encoding))

    _end(answer(work, is_debug=debug))


@app.command()
def sql(
    statement: Annotated[str | None, typer.Argument(
        metavar="[SQL]", help="One SELECT over articles, photos ...; @FILE or - reads it. Without one: a prompt.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", metavar="FILE", help="Statements to answer one after the other.")] = None,
    layout: Annotated[SqlLayout | None, typer.Option("--format", help="How to write the rows. [by the ending of --output, else table]")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="File for the answer, replaced when all is written.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="RUN|TIME", help="The lake as a run left it, or as it was at a time (UTC).")] = None,
    memory: Annotated[str, typer.Option("--memory", metavar="SIZE", help="Memory that a statement may take.")] = "2GB",
    threads: Annotated[int | None, typer.Option("--threads", metavar="N", min=1, max=256, help="Processors. [as many as there are, up to 4]")] = None,
    timeout: Annotated[float | None, typer.Option("--timeout", metavar="S", min=0.001, help="Seconds after which to give up. [never]")] = None,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Answer read-only questions over the lake: one, those of a file, or those typed at a prompt."""
    from flows.answer import answer

    def work() -> int:
        from flows.question import Question, answer_question
        from warehouse.sql import Limits

        return answer_question(Question(
            _lake(lake), statement, file, layout.value if layout else None, output, at, Limits(memory, threads, timeout),
        ))

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def catalog(
    file: Annotated[Path, typer.Argument(metavar="FILE.duckdb", help="File to write; an older one is replaced in one step.")],
    at: Annotated[str | None, typer.Option("--at", metavar="RUN|TIME", help="The lake as a run left it, or as it was at a time (UTC).")] = None,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Write a DuckDB file with the lake's views and macros, for notebooks, BI tools and any other DuckDB client."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import make_catalog

        return make_catalog(_lake(lake), file, at)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def index(lake: LakeOption = None, quiet: QuietOption = False, debug: DebugOption = False) -> None:
    """Bring the index of full-text search up to date. Articles that it does not hold yet are found too, more slowly."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import make_index

        return make_index(_lake(lake), is_quiet=quiet)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def show(
    article: Annotated[str, typer.Argument(metavar="ID", help="An article's id, its first digits, or the record's id; @2: version 2.")],
    lake: LakeOption = None, form: FormatOption = None, delimiter: DelimiterOption = None, encoding: EncodingOption = None,
    profile: ProfileOption = None, debug: DebugOption = False,
) -> None:
    """Print an article's original text with everything that was read from it marked."""
    from flows.answer import answer

    def work() -> int:
        from flows.marked import print_marked

        place = _lake(lake)
        return print_marked(place, article, _config([str(place)], format=form, delimiter=delimiter, encoding=encoding, profile=profile))

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def explain(
    paths: Paths,
    record: Annotated[str | None, typer.Option("--record", metavar="N|ID", help="Only this record: its number in its file, or its id.")] = None,
    html: Annotated[bool, typer.Option("--html", help="One HTML page instead of text.")] = False,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write to a file instead of standard output.")] = None,
    form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None, encoding: EncodingOption = None,
    timezone: TimezoneOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None, corrections: CorrectionsOption = None,
    debug: DebugOption = False,
) -> None:
    """Show what would be read of a file, rule by rule: marks, spans, values, and what each rests on. Lands nothing."""
    from flows.answer import answer

    def work() -> int:
        from flows.explain import explain as explain_files

        config = _config(
            paths, format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections,
        )
        return explain_files(config, record, is_html=html, output=output)

    _end(answer(work, is_debug=debug))


@app.command()
def report(
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="A run's id. [the latest]")] = None,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Print the verdict on a run and the path of its data-quality report."""
    from flows.answer import answer

    def work() -> int:
        from flows.ask import print_report

        return print_report(_lake(lake), run)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def runs(
    layout: LayoutOption = Layout.table, limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the latest first.")] = 20,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """List the runs, the latest first."""
    from flows.answer import answer

    def work() -> int:
        from flows.ask import print_runs

        return print_runs(_lake(lake), layout.value, limit)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def release(
    run: Annotated[str, typer.Argument(metavar="RUN", help="The run that is held back: copydesk runs lists it.")],
    discard: Annotated[bool, typer.Option("--discard", help="Drop its articles instead; their records stay in quarantine.")] = False,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Land the articles of a run that was held back, after a look at its report; or drop them."""
    from flows.answer import answer

    def work() -> int:
        from flows import release as held

        place = _lake(lake)
        return (held.discard if discard else held.release)(place, run, _config([str(place)]))

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def rules(
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="A run's id. [the latest that read anything]")] = None,
    layout: LayoutOption = Layout.table, lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """List how often each rule fired in a run: those that fired most first, those that never did last."""
    from flows.answer import answer

    def work() -> int:
        from flows.ask import print_rules

        return print_rules(_lake(lake), layout.value, run)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def verify(
    files: Annotated[bool, typer.Option("--files", help="Read every kept original again, and compare where its records lie.")] = False,
    lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None, debug: DebugOption = False,
) -> None:
    """Check the lake: hashes of all its files, counts against the catalog, conservation, keys, spans."""
    from flows.answer import answer

    def work() -> int:
        from flows.verify import verify_lake

        place = _lake(lake)
        config = _config(
            [str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, profile=profile, profiles=profiles,
        ) if files else None
        return verify_lake(place, config)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def serve(
    inbox: Annotated[str, typer.Option("--inbox", metavar="DIR", help="Folder to read at each run, or an address such as s3://bucket/inbox/.")],
    cron: Annotated[str, typer.Option("--cron", metavar="CRON", help="When to run, in UTC.")] = "*/5 * * * *",
    lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, timezone: TimezoneOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None,
    corrections: CorrectionsOption = None, workers: WorkersOption = None, threshold: ThresholdOption = None, debug: DebugOption = False,
) -> None:
    """Stay, and ingest an inbox on a schedule. Needs a Prefect server: `prefect server start`, PREFECT_API_URL."""
    from flows.answer import answer

    def work() -> int:
        from flows.remote import find_address
        from flows.serve import serve_inbox

        config = _config(
            [inbox if find_address(inbox) else str(Path(inbox).absolute())], lake=_lake(lake).absolute(),
            format=form, source=source, delimiter=delimiter, encoding=encoding,
            timezone=timezone, profile=profile and profile.absolute(), profiles=profiles and profiles.absolute(),
            corrections=corrections and corrections.absolute(), workers=workers, quarantine_threshold=threshold,
        )
        return serve_inbox(config, cron)

    _end(answer(work, is_debug=debug))


@app.command()
def correct(
    lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, timezone: TimezoneOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None,
    corrections: CorrectionsOption = None, debug: DebugOption = False,
) -> None:
    """Put right what has landed: articles that corrections name land again from the kept originals, as their next version."""
    from flows.answer import answer

    def work() -> int:
        from flows.amend import correct_lake

        place = _lake(lake)
        return correct_lake(place, _config(
            [str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections,
        ))

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def forget(
    where: Annotated[str | None, typer.Option("--where", metavar="SQL", help="Which articles: a condition over the view articles.")] = None,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the ledger; name nobody in it.")] = "on request",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; change nothing.")] = False,
    drop_originals: Annotated[bool, typer.Option("--drop-originals", help="Remove originals whole that can't be written over in part.")] = False,
    finish: Annotated[bool, typer.Option("--finish", help="Only finish what an interrupted request has left.")] = False,
    lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None, debug: DebugOption = False,
) -> None:
    """Remove articles for good: from tables, kept originals, history and reports. Proves it, and keeps a ledger without their words."""
    from flows.answer import answer

    def work() -> int:
        from flows.forget import Request
        from flows.forget import forget as forget_articles
        from flows.problems import Problem

        if (where is None) != finish:
            raise Problem("say which articles with --where, a condition over the view articles, or give --finish")
        place = _lake(lake)
        config = _config([str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, profile=profile, profiles=profiles)
        return forget_articles(place, Request(where, why, yes, dry_run, drop_originals), config)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def reparse(
    where: Annotated[str, typer.Option("--where", metavar="SQL", help="Which articles: a condition over the view articles. [all]")] = "true",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; land nothing.")] = False,
    layout: Annotated[Layout, typer.Option("--report", help="How to print what changed.")] = Layout.table,
    lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, timezone: TimezoneOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None,
    corrections: CorrectionsOption = None, debug: DebugOption = False,
) -> None:
    """Read landed articles again by today's rules, from the kept originals; what reads otherwise lands as its next version."""
    from flows.answer import answer

    def work() -> int:
        from flows.reparse import reparse as read_again

        place = _lake(lake)
        config = _config(
            [str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections,
        )
        return read_again(place, where, config, layout.value, is_dry=dry_run)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def export(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Articles, by id or by the record's own id. [all]")] = None,
    where: Annotated[str | None, typer.Option("--where", metavar="SQL", help="Articles, by a condition over the view articles.")] = None,
    query: Annotated[str | None, typer.Option("--query", metavar="SQL", help="The answer to a SELECT instead of articles.")] = None,
    layout: Annotated[ExportLayout, typer.Option("--format", help="How to write it.")] = ExportLayout.jsonl,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="File, replaced in one step; a folder for nitf.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="RUN|TIME", help="The lake as a run left it, or as it was at a time (UTC).")] = None,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Write articles or an answer for other programs; CSV is safe from formulas, ninjs is 3.1, NITF 3.6."""
    from flows.answer import answer

    def work() -> int:
        from flows.export import Order
        from flows.export import export as write_export

        return write_export(Order(_lake(lake), tuple(ids or ()), where, query, layout.value, output, at))

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def doctor(lake: LakeOption = None, debug: DebugOption = False) -> None:
    """Say what is wrong with the lake or could be better, and the command that mends it."""
    from flows.answer import answer

    def work() -> int:
        from flows.doctor import examine

        return examine(_lake(lake))

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write, which is not there yet.")],
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Copy the lake whole, comparing every data file with its hash. The copy is a lake itself."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import make_backup

        return make_backup(_lake(lake), target)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that copydesk backup has written.")],
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Put a backup in the place of a lake that is gone or was moved away, and check every law of it first."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import restore_backup

        return restore_backup(source, _lake(lake))

    _end(answer(work, is_debug=debug))


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="RUN_A", help="A run's id (copydesk runs) or a time: the lake as it was then.")],
    after: Annotated[str | None, typer.Argument(metavar="[RUN_B]", help="Another, later one. [now]")] = None,
    layout: LayoutOption = Layout.table, lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Print what changed between two runs: rows added, changed and gone, by table and column, with a sample of each."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import print_changes

        return print_changes(_lake(lake), before, after, layout.value)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def expire(
    keep_days: Annotated[float | None, typer.Option("--keep-days", metavar="N", min=0, help="Go back N days at most. [30, unless --keep]")] = None,
    keep: Annotated[int | None, typer.Option("--keep", metavar="N", min=1, help="Keep the last N snapshots.")] = None,
    now: Annotated[bool, typer.Option("--now", help="Remove files at once, not an hour after their last reader may have begun.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; change nothing.")] = False,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Let old snapshots go, and remove the files that only they hold. What is in the tables now stays."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import expire_history

        return expire_history(_lake(lake), keep_days, keep, is_now=now, is_dry=dry_run)

    _end(answer(work, lake=lake, is_debug=debug))


@app.command()
def compact(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be merged; change nothing.")] = False,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Merge small data files, rows in date order, so that questions read less. Readers notice nothing; snapshots stay until they expire."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import compact_lake

        return compact_lake(_lake(lake), is_dry=dry_run)

    _end(answer(work, lake=lake, is_debug=debug))


@quarantine.command("list")
def list_quarantine(
    layout: LayoutOption = Layout.table, limit: Annotated[int, typer.Option("--limit", min=1, help="How many.")] = 50,
    everything: AllOption = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="R", help="Only those with this reason, or set aside by this check.")] = None,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """List what was set aside and waits, the latest first: row, place, reason and what to do."""
    from flows.answer import answer

    def work() -> int:
        from flows.quarantine import print_list

        return print_list(_lake(lake), layout.value, limit, is_all=everything, reason=reason)

    _end(answer(work, lake=lake, is_debug=debug))


@quarantine.command("show")
def show_quarantine(
    row: Annotated[str, typer.Argument(metavar="ROW", help="As list names it: 1f2e3d4c:7; or FILE:LINE, or the record's own id.")],
    raw: Annotated[bool, typer.Option("--raw", help="Nothing but the record's original bytes, to correct them.")] = False,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Print a record that was set aside: its place, why, what to do, what was tried, and its original bytes."""
    from flows.answer import answer

    def work() -> int:
        from flows.quarantine import print_record

        return print_record(_lake(lake), row, is_raw=raw)

    _end(answer(work, lake=lake, is_debug=debug))


@quarantine.command("export")
def export_quarantine(
    layout: Annotated[SqlLayout, typer.Option("--format", help="How to write the rows.")] = SqlLayout.jsonl,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="File to write instead of standard output.")] = None,
    everything: AllOption = False, lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Write every record that was set aside, with all its columns and itself. In CSV, no cell is a formula."""
    from flows.answer import answer

    def work() -> int:
        from flows.quarantine import export

        return export(_lake(lake), layout.value, output, is_all=everything)

    _end(answer(work, lake=lake, is_debug=debug))


@quarantine.command("replay")
def replay_quarantine(
    rows: Annotated[list[str] | None, typer.Argument(metavar="[ROW]...", help="Rows as list names them. [all that wait]")] = None,
    given: Annotated[Path | None, typer.Option("--with", metavar="FILE", help="File in which the records were put right by hand.")] = None,
    lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, timezone: TimezoneOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None,
    corrections: CorrectionsOption = None, expectations: ExpectationsOption = None, debug: DebugOption = False,
) -> None:
    """Try again what was set aside: from the kept originals, with better settings or rules; or from a file put right by hand."""
    from flows.answer import answer

    def work() -> int:
        from flows.replay import replay, replay_with

        place = _lake(lake)
        config = _config(
            [str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections, expectations=expectations,
        )
        return replay_with(place, config, given, rows or []) if given else replay(place, config, rows or [])

    _end(answer(work, lake=lake, is_debug=debug))


@expectations.command("export")
def export_expectations(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder to write to.")] = Path("suites"), debug: DebugOption = False,
) -> None:
    """Write all suites as Great Expectations JSON: those of the tables run on the lake's Parquet files without copydesk."""
    from flows.answer import answer

    def work() -> int:
        from flows.checks import export_suites

        return export_suites(folder)

    _end(answer(work, is_debug=debug))


@expectations.command("list")
def list_expectations(layout: LayoutOption = Layout.table, debug: DebugOption = False) -> None:
    """List the hand-written checks with severity, limits and meaning: those that a profile's [checks] can set."""
    from flows.answer import answer

    def work() -> int:
        from flows.checks import list_checks

        return list_checks(layout.value)

    _end(answer(work, is_debug=debug))


@app.callback(invoke_without_command=True)
def version(show_version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False) -> None:
    """Print the version, when asked."""
    if show_version:
        from importlib.metadata import version as read_version

        typer.echo(f"copydesk {read_version('copydesk')}")
        raise typer.Exit


def main() -> None:
    """Run the command that was asked for."""
    app()
