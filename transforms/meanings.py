"""What the codes in columns mean, in words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def load_meanings() -> Mapping[str, Mapping[str, str]]:
    """The table of meanings: by column, and by code."""
    table: dict[str, dict[str, str]] = tomllib.loads((files("transforms.rules") / "meanings.toml").read_text("utf-8"))
    return table


def explain_code(column: str, code: str | None) -> str:
    """What a code means in a column (`warning` for warnings); nothing where the table has no words for it.

    >>> explain_code("resolution", "unresolved"), explain_code("warning", "made_up")
    ('No entry was found; it stands as printed.', '')
    """
    return load_meanings()[column].get(code or "", "")
