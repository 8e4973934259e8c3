"""The commands that look after a lake: verify, forget, reparse, export, backup ..."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from flows.cli_options import (
    CorrectionsOption,
    DebugOption,
    DelimiterOption,
    EncodingOption,
    FormatOption,
    LakeOption,
    Layout,
    LayoutOption,
    ProfileOption,
    ProfilesOption,
    SourceOption,
    TimezoneOption,
    end_with,
    find_lake,
    give_config,
)


class ExportLayout(StrEnum):
    """What `copydesk export` writes."""

    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"
    ninjs = "ninjs"
    nitf = "nitf"


upkeep = typer.Typer(rich_markup_mode=None)


@upkeep.command()
def verify(
    files: Annotated[bool, typer.Option("--files", help="Read every kept original again, and compare where its records lie.")] = False,
    lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None, debug: DebugOption = False,
) -> None:
    """Check the lake: hashes of all its files, counts against the catalog, conservation, keys, spans."""
    from flows.answer import answer

    def work() -> int:
        from flows.verify import verify_lake

        place = find_lake(lake)
        config = give_config(
            [str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, profile=profile, profiles=profiles,
        ) if files else None
        return verify_lake(place, config)

    end_with(answer(work, lake=lake, is_debug=debug))


@upkeep.command()
def correct(
    lake: LakeOption = None, form: FormatOption = None, source: SourceOption = None, delimiter: DelimiterOption = None,
    encoding: EncodingOption = None, timezone: TimezoneOption = None, profile: ProfileOption = None, profiles: ProfilesOption = None,
    corrections: CorrectionsOption = None, debug: DebugOption = False,
) -> None:
    """Put right what has landed: articles that corrections name land again from the kept originals, as their next version."""
    from flows.answer import answer

    def work() -> int:
        from flows.amend import correct_lake

        place = find_lake(lake)
        return correct_lake(place, give_config(
            [str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections,
        ))

    end_with(answer(work, lake=lake, is_debug=debug))


@upkeep.command()
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
        place = find_lake(lake)
        config = give_config([str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, profile=profile, profiles=profiles)
        return forget_articles(place, Request(where, why, yes, dry_run, drop_originals), config)

    end_with(answer(work, lake=lake, is_debug=debug))


@upkeep.command()
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

        place = find_lake(lake)
        config = give_config(
            [str(place)], format=form, source=source, delimiter=delimiter, encoding=encoding, timezone=timezone, profile=profile, profiles=profiles,
            corrections=corrections,
        )
        return read_again(place, where, config, layout.value, is_dry=dry_run)

    end_with(answer(work, lake=lake, is_debug=debug))


@upkeep.command()
def export(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Articles, by id or by the record's own id. [all]")] = None,
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

        return write_export(Order(find_lake(lake), tuple(ids or ()), where, query, layout.value, output, at))

    end_with(answer(work, lake=lake, is_debug=debug))


@upkeep.command()
def doctor(lake: LakeOption = None, debug: DebugOption = False) -> None:
    """Say what is wrong with the lake or could be better, and the command that mends it."""
    from flows.answer import answer

    def work() -> int:
        from flows.doctor import examine

        return examine(find_lake(lake))

    end_with(answer(work, lake=lake, is_debug=debug))


@upkeep.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write, which is not there yet.")],
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Copy the lake whole, comparing every data file with its hash. The copy is a lake itself."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import make_backup

        return make_backup(find_lake(lake), target)

    end_with(answer(work, lake=lake, is_debug=debug))


@upkeep.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="Folder that copydesk backup has written.")],
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Put a backup in the place of a lake that is gone or was moved away, and check every law of it first."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import restore_backup

        return restore_backup(source, find_lake(lake))

    end_with(answer(work, is_debug=debug))


@upkeep.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="RUN_A", help="A run's id (copydesk runs) or a time: the lake as it was then.")],
    after: Annotated[str | None, typer.Argument(metavar="RUN_B", help="Another, later one. [now]")] = None,
    layout: LayoutOption = Layout.table, lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Print what changed between two runs: rows added, changed and gone, by table and column, with a sample of each."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import print_changes

        return print_changes(find_lake(lake), before, after, layout.value)

    end_with(answer(work, lake=lake, is_debug=debug))


@upkeep.command()
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

        return expire_history(find_lake(lake), keep_days, keep, is_now=now, is_dry=dry_run)

    end_with(answer(work, lake=lake, is_debug=debug))


@upkeep.command()
def compact(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be merged; change nothing.")] = False,
    lake: LakeOption = None, debug: DebugOption = False,
) -> None:
    """Merge small data files, rows in date order, so that questions read less. Readers notice nothing; snapshots stay until they expire."""
    from flows.answer import answer

    def work() -> int:
        from flows.upkeep import compact_lake

        return compact_lake(find_lake(lake), is_dry=dry_run)

    end_with(answer(work, lake=lake, is_debug=debug))
