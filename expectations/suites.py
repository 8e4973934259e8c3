"""All checks by name."""

from __future__ import annotations


def list_adjustable() -> frozenset[str]:
    """Names of the checks whose severity and limits a house may set."""
    from expectations.batch import list_cross
    from expectations.run import list_run_checks

    return frozenset(check.name for check in (*list_cross(), *list_run_checks()))
