"""What an article says twice: weekdays of the lead, script of the body, agencies beside the dateline's."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.gazetteer import open_gazetteer
from transforms.article import parse_article
from transforms.evidence import gather_evidence, mark_weekdays, tell_script
from transforms.model import Record


@pytest.mark.parametrize(("lead", "days"), [
    ("The ferry sank on Monday.", {0}), ("“Wednesday”, she said; on Thursday's tide.", {2}), ("Die Fähre sank am Dienstag, so die Reederei.", {1}),
    ("Le bac a coulé vendredi.", {4}), ("The sun rose; a mon ami sat, wed and fri.", set()), ("Monday-Friday", set()), ("", set()),
])
def test_weekdays_of_a_lead(lead: str, days: set[int]) -> None:
    """Whole words, in any language, with what stands around them; words of three letters are no weekdays."""
    assert mark_weekdays(lead) == sum(1 << day for day in days)


@pytest.mark.parametrize(("text", "script"), [
    ("The ferry was late again today.", "Latn"), ("Die Fähre kam schon wieder zu spät an.", "Latn"), ("Паром снова опоздал на целый час.", "Cyrl"),
    ("渡船は今日もまた遅れた、と港の主任は話した。", "Jpan"), ("渡輪今日又再遲到港口負責人星期三表示乘客不滿", "Hani"), ("تأخرت العبارة مرة أخرى اليوم في الميناء", "Arab"),
    ("Το φέριμποτ άργησε ξανά σήμερα", "Grek"), ("12.30 — 14.00 (3)", None), ("", None), ("Short one.", None),
])
def test_the_script_of_most_letters(text: str, script: str | None) -> None:
    """Figures and signs tell nothing."""
    assert tell_script(text) == script


SIGNED = "Ferry late again\n\nLAGOS, Jan. 2 (Reuters) - The ferry was late on Tuesday, and nobody was surprised by that.\n\n{}\n"


@pytest.mark.parametrize(("line", "others"), [
    ("(Reporting by Ann Roe; Editing by Bo Dahl)", None), ("Source: Reuters", ()), ("Source: AFP", ("afp",)),
])
def test_agencies_beside_the_datelines(line: str, others: tuple[str, ...] | None) -> None:
    """None named: nothing to compare; the same named: they agree; another alone: it is told."""
    article = parse_article(Record(1, 0, 9, 1, SIGNED.format(line)), gazetteer=open_gazetteer())
    assert article.dateline is not None
    found = gather_evidence(article)
    assert found.other_agencies == others
    assert (found.lead_weekdays, found.script, found.credit_agencies) == (0b10, "Latn", None)


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.text(max_size=200))
def test_any_text_has_weekdays_and_a_script_or_none(text: str) -> None:
    """Nothing raises; weekdays are seven bits."""
    assert 0 <= mark_weekdays(text) < 1 << 7
    assert tell_script(text) is None or len(tell_script(text) or "") == 4


def test_a_long_text_is_looked_at_in_its_beginning() -> None:
    """A megabyte costs what a paragraph does."""
    article = parse_article(Record(1, 0, 9, 1, "Ferry late\n\n" + "Паром опоздал в пятницу. " * 40_000), gazetteer=open_gazetteer())
    began = time.process_time()
    assert gather_evidence(article).script == "Cyrl"
    assert time.process_time() - began < 0.05
