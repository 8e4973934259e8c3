"""The commands `copydesk quarantine ...` and `copydesk expectations ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli_options import (
    AllOption,
    CorrectionsOption,
    DebugOption,
    DelimiterOption,
    EncodingOption,
    ExpectationsOption,
    FormatOption,
    LakeOption,
    Layout,
    LayoutOption,
    ProfileOption,
    ProfilesOption,
    SourceOption,
    SqlLayout,
    TimezoneOption,
    end_with,
    find_lake,
    give_config,
)

quarantine = typer.Typer(no_args_is_help=True, help="Records that were set aside: list them, export them, try them again.", rich_markup_mode=None)
expectations = typer.Typer(no_args_is_help=True, help="The checks of every run: list them, export them as suites.", rich_markup_mode=None)


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

        return print_list(find_lake(lake), layout.value, limit, is_all=everything, reason=reason)

    end_with(answer(work, lake=lake, is_debug=debug))


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

        return print_record(find_lake(lake), row, is_raw=raw)

    end_with(answer(work, lake=lake, is_debug=debug))


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

        return export(find_lake(lake), layout.value, output, is_all=everything)

    end_with(answer(work, lake=lake, is_debug=debug))


@quarantine.command("replay")
def replay_quarantine(
    rows: Annotated[list[str] | None, typer.Argument(metavar="ROW", help="Rows as list names them. [all that wait]")] = None,
    given: Annotated[Path | None, typer.Option("--with", metavar="FILE", help="File in which the records were put right by hand.")] = None,
    lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, timezone: TimezoneOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None,
    corrections: CorrectionsOption = None, expectations: ExpectationsOption = None, debug: DebugOption = False,
) -> None:
    """Try again what was set aside: from the kept originals, with better settings or rules; or from a file put right by hand."""
    from flows.answer import answer

    def work() -> int:
        from flows.replay import replay, replay_with

        place = find_lake(lake)
        config = give_config(
            [str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections, expectations=expectations,
        )
        return replay_with(place, config, given, rows or []) if given else replay(place, config, rows or [])

    end_with(answer(work, lake=lake, is_debug=debug))


@expectations.command("export")
def export_expectations(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder to write to.")] = Path("suites"), debug: DebugOption = False,
) -> None:
    """Write all suites as Great Expectations JSON: those of the tables run on the lake's Parquet files without copydesk."""
    from flows.answer import answer

    def work() -> int:
        from flows.checks import export_suites

        return export_suites(folder)

    end_with(answer(work, is_debug=debug))


@expectations.command("list")
def list_expectations(layout: LayoutOption = Layout.table, debug: DebugOption = False) -> None:
    """List the hand-written checks with severity, limits and meaning: those that a profile's [checks] can set."""
    from flows.answer import answer

    def work() -> int:
        from flows.checks import list_checks

        return list_checks(layout.value)

    end_with(answer(work, is_debug=debug))
