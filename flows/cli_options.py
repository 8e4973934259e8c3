"""Options that several commands share, and what they come to."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flows.settings import IngestConfig


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


def find_lake(lake: Path | None) -> Path:
    """The lake that is meant."""
    from flows.settings import read_settings

    return lake or Path(read_settings().lake)


def end_with(code: int) -> None:
    """End with an exit code."""
    raise typer.Exit(code)


def give_config(paths: list[str], **given: Any) -> IngestConfig:
    """What options come to; a slip in them is a message."""
    from flows.discover import name_path, name_place
    from flows.settings import build_config

    named = {key: name_path(value) if isinstance(value, Path) else value for key, value in given.items()}
    return build_config(paths=[name_place(path) for path in paths], **named)
