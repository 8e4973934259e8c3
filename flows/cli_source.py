"""The commands `copydesk source ...`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli_options import DebugOption

if TYPE_CHECKING:
    from flows.settings import IngestConfig

source = typer.Typer(
    no_args_is_help=True, help="Profiles of sources: write one from a first file, list them, hold a file against one.", rich_markup_mode=None,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The source.")]
File = Annotated[str, typer.Argument(metavar="FILE", help="A file that it has sent.")]
Profiles = Annotated[Path | None, typer.Option("--profiles", metavar="DIR", help="Folder of profiles. [COPYDESK_PROFILES, else profiles]")]


def _find_folder(profiles: Path | None) -> Path:
    from flows.settings import read_settings

    return profiles or Path(read_settings().profiles or "profiles")


def _configure(file: str, **given: str | None) -> IngestConfig:
    from flows.discover import name_place
    from flows.settings import build_config

    return build_config(paths=[name_place(file)], **given).model_copy(update={"profiles": None})


@source.command()
def new(
    name: Name, file: File, profiles: Profiles = None,
    form: Annotated[str | None, typer.Option("--format", metavar="F", help="Reader, where the content does not tell it.")] = None,
    delimiter: Annotated[str | None, typer.Option("--delimiter", metavar="LINE", help="Line between articles, or character between cells.")] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", metavar="E", help="Encoding, where the content does not tell it.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the profile that is there.")] = False,
    debug: DebugOption = False,
) -> None:
    """Write a profile from what a file shows: format, dialect, columns, language, switches. Edit it as you like."""
    from flows.answer import answer

    def work() -> int:
        from flows.source import write_new

        return write_new(name, _configure(file, format=form, delimiter=delimiter, encoding=encoding), _find_folder(profiles), is_forced=force)

    raise typer.Exit(answer(work, is_debug=debug))


@source.command("list")
def list_profiles(profiles: Profiles = None, debug: DebugOption = False) -> None:
    """List the profiles, a line each."""
    from flows.answer import answer

    def work() -> int:
        from flows.source import print_profiles

        return print_profiles(_find_folder(profiles))

    raise typer.Exit(answer(work, is_debug=debug))


@source.command()
def check(name: Name, file: File, profiles: Profiles = None, debug: DebugOption = False) -> None:
    """Read a file by a profile and say what differs: format, delimiter, encoding, columns. Exit code 1 if anything does."""
    from flows.answer import answer

    def work() -> int:
        from flows.source import check_file

        return check_file(name, _configure(file), _find_folder(profiles))

    raise typer.Exit(answer(work, is_debug=debug))
