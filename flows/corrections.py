"""Corrections: found where the run was told to look for them, and applied to what was parsed."""

from __future__ import annotations

import tomllib
from pathlib import Path

from flows.problems import Problem
from transforms.corrections import BadEntry, Correction, Entries, Outdated, correct_article, file_entries, read_entries, shipped_entries
from transforms.model import Article

IN_PROFILES = "corrections.toml"
"""The file in a folder of profiles that holds no profile."""


def read_corrections(given: str | None, profiles: str | None) -> Entries:
    """The entries that come with the rules, those of the folder of profiles, and those of the file that was named."""
    entries = list(shipped_entries())
    if profiles and (own := Path(profiles) / IN_PROFILES).is_file():
        entries += read_file(own)
    if given:
        entries += read_file(Path(given))
    return file_entries(entries)


def read_file(path: Path) -> tuple[Correction, ...]:
    """The entries of one file, or a Problem that names it and the entry."""
    try:
        return read_entries(tomllib.loads(path.read_text("utf-8-sig")), str(path))
    except OSError as error:
        message = f"{path}: the corrections can't be read: {error.strerror or error}; --corrections (or COPYDESK_CORRECTIONS) names a TOML file"
        raise Problem(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{path}: the corrections are not TOML: {error}; correct that line") from None
    except BadEntry as error:
        raise Problem(str(error)) from None


def correct(article: Article, entries: Entries) -> Article:
    """The article as the entries put it right. An entry that no longer matches ends the run, before anything of its batch lands."""
    try:
        return correct_article(article, entries)
    except Outdated as error:
        raise Problem(str(error)) from None
