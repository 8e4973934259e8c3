"""The command line: options in, exit code out. Everything else is imported when a command runs, so that `--help` answers at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli_checks import expectations, quarantine
from flows.cli_options import (
    BatchOption,
    CorrectionsOption,
    DebugOption,
    DelimiterOption,
    EncodingOption,
    ExpectationsOption,
    FailOption,
    FormatOption,
    HoldOption,
    LakeOption,
    Layout,
    LayoutOption,
    Paths,
    ProfileOption,
    ProfilesOption,
    QuietOption,
    SourceOption,
    SqlLayout,
    ThresholdOption,
    TimezoneOption,
    WorkersOption,
    end_with,
    find_lake,
    give_config,
)
from flows.cli_source import source
from flows.cli_upkeep import upkeep

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Read raw news files, clean and check what is in them, land it as tables, and query those. Nothing that was read is lost.",
    epilog="Exit codes: 0 all landed; 1 landed, but a critical check failed or too much was set aside; 2 usage; 3 some files failed, the rest "
           "landed; 4 the lake is locked; 5 a bug.",
)


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
        config = give_config(
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

    end_with(answer(work, lake=lake, is_debug=debug))


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

        return print_parsed(give_config(
            paths, format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections, workers=workers,
        ))

    end_with(answer(work, is_debug=debug))


@app.command()
def rows(
    paths: Paths, delimiter: DelimiterOption = None, encoding: EncodingOption = None, debug: DebugOption = False,
) -> None:
    """Print the cells of delimited files as read: one JSON array a record, the header first."""
    from flows.answer import answer

    def work() -> int:
        from flows.peek import print_cells

        return print_cells(give_config(paths, delimiter=delimiter, encoding=encoding))

    end_with(answer(work, is_debug=debug))


@app.command()
def sniff(
    paths: Paths, form: FormatOption = None, delimiter: DelimiterOption = None, encoding: EncodingOption = None, debug: DebugOption = False,
) -> None:
    """Print how each file would be read: format, encoding, dialect; one JSON object a file."""
    from flows.answer import answer

    def work() -> int:
        from flows.peek import print_sniffed

        return print_sniffed(give_config(paths, format=form, delimiter=delimiter, encoding=encoding))

    end_with(answer(work, is_debug=debug))


@app.command()
def sql(
    statement: Annotated[str | None, typer.Argument(
        metavar="SQL", help="One SELECT over articles, photos ...; @FILE or - reads it. Without one: a prompt.")] = None,
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
            find_lake(lake), statement, file, layout.value if layout else None, output, at, Limits(memory, threads, timeout),
        ))

    end_with(answer(work, lake=lake, is_debug=debug))


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

        return make_catalog(find_lake(lake), file, at)

    end_with(answer(work, lake=lake, is_debug=debug))


@app.command()
def index(
    anew: Annotated[bool, typer.Option("--anew", help="Drop what is there first, such as an index that copydesk verify finds changed.")] = False,
    lake: LakeOption = None, quiet: QuietOption = False, debug: DebugOption = False,
) -> None:
    """Bring the index of full-text search up to date. Articles that it does not hold yet are found too, more slowly."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import make_index

        return make_index(find_lake(lake), is_quiet=quiet, is_anew=anew)

    end_with(answer(work, lake=lake, is_debug=debug))


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

        place = find_lake(lake)
        return print_marked(place, article, give_config([str(place)], format=form, delimiter=delimiter, encoding=encoding, profile=profile))

    end_with(answer(work, lake=lake, is_debug=debug))


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

        config = give_config(
            paths, format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections,
        )
        return explain_files(config, record, is_html=html, output=output)

    end_with(answer(work, is_debug=debug))


@app.command()
def report(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="A run's id. [the latest]")] = None,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Print the verdict on a run and the path of its data-quality report."""
    from flows.answer import answer

    def work() -> int:
        from flows.ask import print_report

        return print_report(find_lake(lake), run)

    end_with(answer(work, lake=lake, is_debug=debug))


@app.command()
def runs(
    layout: LayoutOption = Layout.table, limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the latest first.")] = 20,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """List the runs, the latest first."""
    from flows.answer import answer

    def work() -> int:
        from flows.ask import print_runs

        return print_runs(find_lake(lake), layout.value, limit)

    end_with(answer(work, lake=lake, is_debug=debug))


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

        place = find_lake(lake)
        return (held.discard if discard else held.release)(place, run, give_config([str(place)]))

    end_with(answer(work, lake=lake, is_debug=debug))


@app.command()
def rules(
    run: Annotated[str | None, typer.Option("--run", metavar="RUN", help="A run's id. [the latest that read anything]")] = None,
    layout: LayoutOption = Layout.table, lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """List how often each rule fired in a run: those that fired most first, those that never did last."""
    from flows.answer import answer

    def work() -> int:
        from flows.ask import print_rules

        return print_rules(find_lake(lake), layout.value, run)

    end_with(answer(work, lake=lake, is_debug=debug))


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

        config = give_config(
            [inbox if find_address(inbox) else str(Path(inbox).absolute())], lake=find_lake(lake).absolute(),
            format=form, source=source, delimiter=delimiter, encoding=encoding,
            timezone=timezone, profile=profile and profile.absolute(), profiles=profiles and profiles.absolute(),
            corrections=corrections and corrections.absolute(), workers=workers, quarantine_threshold=threshold,
        )
        return serve_inbox(config, cron)

    end_with(answer(work, is_debug=debug))


app.add_typer(upkeep)
app.add_typer(quarantine, name="quarantine")
app.add_typer(source, name="source")
app.add_typer(expectations, name="expectations")


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
