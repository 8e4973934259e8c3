"""What to do about a record that was set aside, by its reason or by the check that set it aside."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def load_remedies() -> Mapping[str, Mapping[str, str]]:
    """The table of remedies: by reason, by check, and by the ending of a check's name."""
    table: dict[str, dict[str, str]] = tomllib.loads(files("expectations").joinpath("remedies.toml").read_text("utf-8"))
    return table


def suggest(reason: str, check: str | None) -> str:
    """What to do, in a sentence. A check of a house's own suite, and one that a house has made critical, is answered as any check is.

    >>> suggest("expectation", "country_codes_are_real")
    'The country of a place is no ISO 3166 code. Correct it with --corrections, or report the place.'
    >>> suggest("held", None)
    'Look at the report of its run, then copydesk release RUN, or copydesk release RUN --discard.'
    """
    if check and (said := find_remedy(check)):
        return said
    remedies = load_remedies()
    return remedies["reason"].get(reason, remedies["reason"]["expectation"])


def advise(check: str) -> str:
    """What to do where a check fails, in a sentence or two.

    >>> advise("headline_is_present@The Example Post") == advise("headline_is_present")
    True
    >>> advise("bylines_are_short")
    'A check of your own, or a defect of copydesk: look at the rows, and correct them at their source, or the check.'
    """
    return find_remedy(check) or load_remedies()["default"]["check"]


def find_remedy(check: str) -> str | None:
    """What the table says of a check, whatever house's limits it has; None where it does not know it."""
    remedies, name = load_remedies(), check.partition("@")[0]
    if name in remedies["check"]:
        return remedies["check"][name]
    return next((said for ending, said in remedies["ending"].items() if name.endswith(ending)), None)
