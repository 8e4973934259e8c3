"""The verdict of a run, in a sentence and in facts."""

from __future__ import annotations

from typing import Any

import pytest

from expectations.verdict import gather_checks, judge_run
from warehouse.tables import Checks, Files

NUMBER = "00000000000000aa"


def file(records: int, landed: int, quarantined: int = 0, duplicates: int = 0, *, conserved: bool = True, status: str = "landed") -> Files:
    """A row of the table `files`."""
    return Files(NUMBER, "1", "0" * 64, "inbox/a.csv", 9, 9, "delimited", "utf-8", None, None, status, None, records, landed, quarantined,
                 duplicates, 0, [], conserved, "r", NUMBER)


def check(name: str, severity: str, unexpected: int = 0, detail: str | None = None) -> Checks:
    """A row of the table `checks`."""
    return Checks("r", NUMBER, "cross", name, "expect_column_values_to_be_between", None, severity, not unexpected, 10, unexpected, "Meaning.", detail)


HELD, CRITICAL, WARNING = check("a", "critical"), check("b", "critical", 2), check("c", "warning", 3)
CASES: dict[str, tuple[list[Files], list[Checks], int, str]] = {
    "all landed": ([file(1204, 1204)], [HELD], 0, "All 1,204 records landed; every check held."),
    "one record": ([file(1, 1)], [HELD], 0, "The one record landed; every check held."),
    "duplicates are no fault": ([file(10, 8, 0, 2)], [HELD], 0, "8 of 10 records landed, 2 duplicates; every check held."),
    "a few set aside": ([file(100, 95, 5)], [HELD], 0, "95 of 100 records landed, 5 set aside (5.00%); every check held."),
    "too many set aside": ([file(100, 94, 6)], [HELD], 1, "94 of 100 records landed, 6 set aside (6.00%, above the 5% allowed); every check held."),
    "a warning": ([file(10, 10)], [HELD, WARNING], 0, "All 10 records landed; every critical check held, 1 other did not."),
    "a critical check": ([file(100, 98, 2)], [HELD, CRITICAL, WARNING], 1, "98 of 100 records landed, 2 set aside (2.00%); 1 critical check failed."),
    "a file failed": (
        [file(10, 10), file(0, 0, status="failed", conserved=False)], [HELD], 3, "1 of 2 files could not be read, all 10 records landed; every check held.",
    ),
    "all files failed": ([file(0, 0, status="failed")], [], 3, "1 of 1 file could not be read, no records were found."),
    "an empty file": ([file(0, 0)], [], 0, "No records were found."),
    "a record is lost": (
        [file(10, 9)], [HELD], 5, "Records are not conserved, with 1 record unaccounted for: this run must not be trusted.",
    ),
    "records out of nowhere": (
        [file(10, 12)], [HELD], 5, "Records are not conserved, with 2 records unaccounted for: this run must not be trusted.",
    ),
    "bytes are lost": (
        [file(10, 10, conserved=False)], [CRITICAL], 5, "Records are not conserved, with bytes unaccounted for: this run must not be trusted.",
    ),
    "nothing new": ([], [], 0, "Nothing new: all 3 files had landed before."),
    "some landed before": ([file(10, 10)], [HELD], 0, "All 10 records landed, 3 files had landed before; every check held."),
}


SKIPPED = {"nothing new": 3, "some landed before": 3}


@pytest.mark.parametrize("name", CASES)
def test_a_run_is_judged(name: str) -> None:
    """Sentence and exit code belong together."""
    files, checks, code, sentence = CASES[name]
    verdict = judge_run(files, checks, threshold=0.05, files_skipped=SKIPPED.get(name, 0))
    assert (verdict.exit_code, verdict.sentence) == (code, sentence)


def test_losses_do_not_cancel_out() -> None:
    """A record too many in one file does not make up for one too few in another."""
    verdict = judge_run([file(10, 9, conserved=False), file(10, 11, conserved=False)], [], threshold=0.05)
    assert verdict.conservation.missing == 0
    assert not verdict.conservation.is_conserved
    assert verdict.exit_code == 5


def test_checks_are_gathered_over_batches() -> None:
    """Counts add up, one failure makes it fail, the first examples stay; failures stand first, the gravest at the top."""
    second = check("c", "warning", 4, "later")
    gathered = gather_checks([HELD, WARNING._replace(detail="first"), check("d", "info", 1), CRITICAL, HELD, second])
    assert [(s.name, s.success, s.batches, s.evaluated, s.unexpected, s.detail) for s in gathered] == [
        ("b", False, 1, 10, 2, None), ("c", False, 2, 20, 7, "first"), ("d", False, 1, 10, 1, None), ("a", True, 2, 20, 0, None),
    ]


def test_facts_are_named() -> None:
    """What the exit code rests on can be read off."""
    verdict = judge_run([file(100, 98, 2)], [CRITICAL, WARNING], threshold=0.01)
    facts: dict[str, Any] = verdict._asdict()
    assert (facts["critical"], facts["warnings"], facts["is_above_threshold"]) == (("cross.b",), ("cross.c",), True)
    assert verdict.is_critical_failed
    assert verdict.conservation.share_quarantined == pytest.approx(0.02)
