"""The page that people read, and that hostile headlines must not."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from expectations.report import Cause, ReportData, Timing, clip, find_cause, render_report, report_json
from warehouse.tables import Checks, Files, Quarantine, Runs

STARTED = dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
NUMBER = "00000000000000aa"
PLAIN = "Talks resume in Lagos"
HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><svg/onload=alert(1)>", "</pre></bdi><h1>all landed</h1>", "{{ 7 * 7 }}{% raw %}",
    "<!--", "]]><a href=http://example.org>", "&lt;script&gt;", "<style>*{display:none}</style>", "javascript:alert(1)", "\x00<\x00script>",
)
UNSEEN = "Roe\u202egnp.exe\u2066\u200b\x1b[31m\ud800\ufeff\x00"


def make_data(text: str = PLAIN, rows: int = 3, files: int = 2) -> ReportData:
    """A run in which everything that can come from outside reads as given."""
    run = Runs("20240102-ab", STARTED, STARTED + dt.timedelta(seconds=9), text, 1, files, 0, 0, 1000, 990, rows, 10 - rows, 123_456, 9.0, [text], "1")
    read = [
        Files(f"{n:016x}", "1", "0" * 64, text, 9, 9, text, text, text, text, "landed", text, 500, 495, n, 5 - n, 7, [text], True, "r", NUMBER)
        for n in range(files)
    ]
    checks = [
        Checks("r", NUMBER, "cross", "held_one", "expect_one", None, "critical", True, 1000, 0, "This holds.", None),
        Checks("r", NUMBER, "cross", "doubtful", "expect_two", "headline", "warning", False, 1000, 4, "This is doubtful.", text),
        Checks("r", NUMBER, "cross", "grave", "expect_three", "name", "critical", False, 1000, 2, "This is grave.", text),
    ]
    quarantine = [
        Quarantine(f"{n % 2:016x}", n + 1, text, None, 100 * n, 100 * n + 90, n + 7, "validate", "expectation", "critical", "grave", text, text, "1", NUMBER)
        for n in range(rows)
    ]
    return ReportData(run, read, checks, quarantine, [Timing("read", 1.0, 0.9), Timing(text, 4.0)])


class Tags(HTMLParser):
    """Collects the tags, with their attributes' names, and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Counts a tag."""
        self.found[tag, *(name for name, _ in attrs)] += 1

    def handle_data(self, data: str) -> None:
        """Keeps text."""
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
def test_no_tag_of_the_data_survives(text: str) -> None:
    """The page of hostile data has the tags of the page of plain data and shows the hostile text as text."""
    hostile, plain = Tags(render_report(make_data(text))), Tags(render_report(make_data()))
    assert hostile.found == plain.found
    assert text.replace("\x00", "⟨U+0000⟩") in hostile.text


def test_what_cannot_be_seen_is_spelled_out() -> None:
    """Overrides of direction, zero-width characters, escapes and lone surrogates neither act nor break the page."""
    page = render_report(make_data(UNSEEN))
    assert page.encode("utf-8")
    assert "Roe⟨U+202E⟩gnp.exe⟨U+2066⟩⟨U+200B⟩⟨U+001B⟩[31m⟨U+D800⟩⟨U+FEFF⟩⟨U+0000⟩" in page
    assert not re.search("[\x00-\x08\x1b\u202a-\u202e\u2066-\u2069\ud800-\udfff]", page)


def test_the_page_is_one_file_that_asks_for_nothing() -> None:
    """No script, no address, no request; a policy that would stop them."""
    page = render_report(make_data())
    assert page.lstrip().startswith("<!doctype html>")
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
    assert page.index(policy) < page.index("<style>")
    tags = Tags(page)
    assert not {tag for tag, *_ in tags.found} & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not {name for _, *names in tags.found for name in names if name.startswith("on") or name in ("src", "srcset")}
    assert not re.search(r"https?:|url\(|@import|//", page.replace("<!doctype", ""))


def test_the_page_can_be_read_by_all() -> None:
    """Headings descend without a gap, every table has a caption and scoped headers, icons carry words."""
    page = render_report(make_data())
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page.count("<table") == page.count("<caption") >= 4
    assert page.count("<th") - page.count("<thead") == page.count("<th scope=")
    icons = re.findall(r'<span class="icon" aria-hidden="true">(.)</span>([^<]+)<', page)
    assert icons
    assert page.count('class="icon"') == len(icons)
    assert 'lang="en"' in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_failures_come_first_and_the_gravest_at_the_top() -> None:
    """A reader sees what is wrong before what is right."""
    text = " ".join(Tags(render_report(make_data())).text.split())
    assert text.index("cross.grave") < text.index("cross.doubtful") < text.index("cross.held_one")
    assert text.index("cross.grave") < text.index("The last runs")
    assert "critical: 1 of 2 failed" in text
    assert "2 of 1,000 fail it. What to do A check of your own" in text
    assert "1 check held" in text


def test_the_equation_of_conservation_is_told() -> None:
    """With its numbers, and a seal when it holds."""
    text = " ".join(Tags(render_report(make_data())).text.split())
    assert "1,000 records in = 990 landed + 1 quarantined + 9 duplicates ✓conserved" in text
    lost = make_data()
    lost = lost._replace(files=[lost.files[0]._replace(landed=490, is_conserved=False), lost.files[1]])
    text = " ".join(Tags(render_report(lost)).text.split())
    assert "1,000 records in = 985 landed + 1 quarantined + 9 duplicates ✗not conserved" in text
    assert "The two sides differ by 5 records." in text


def test_a_row_set_aside_says_where_it_stands() -> None:
    """File, line and byte, its reason, and what to do."""
    page = render_report(make_data())
    assert f"{PLAIN}:8:100" in page
    text = " ".join(Tags(page).text.split())
    assert "3 records: expectation: grave What to do Look at the record (copydesk quarantine show ROW)" in text
    assert "Record 2, id Talks resume in Lagos · bytes 100 to 190 · stage validate" in text


@pytest.mark.parametrize("text", ["\u202e" * 20_000, '"' * 20_000, "😀" * 20_000, "x" * 20_000])
def test_the_page_stays_small(text: str) -> None:
    """Whatever is in it, and says what it leaves out."""
    page = render_report(make_data(text, rows=5000, files=3000))
    assert len(page.encode()) < 2_000_000
    shown = " ".join(Tags(page).text.split())
    assert "4,850 more records not shown here: copydesk quarantine list has them all." in shown
    assert "2,800 more files" in shown


def test_an_empty_run_has_a_page() -> None:
    """Nothing new is news too."""
    data = make_data()
    run = data.run._replace(records_in=0, landed=0, quarantined=0, duplicates=0, seconds=0.0, exit_code=0)
    text = " ".join(Tags(render_report(ReportData(run, [], [], [], []))).text.split())
    assert "✓Passed" in text
    assert "Nothing was checked, because nothing new was read." in text
    assert "Lineage" not in text, "and what has nothing to tell is left out"
    assert "Quarantine" not in text


def test_records_set_aside_are_told_by_cause_and_all_are_counted() -> None:
    """The page and the JSON know how many there were of each cause, also of those whose rows are not kept for the page."""
    data = make_data(rows=3)
    grave = find_cause(data.quarantine[0])
    torn = Cause("unclosed_quote", None, "read", "critical")
    data = data._replace(run=data.run._replace(quarantined=20_003), causes={grave: 3, torn: 20_000})
    text = " ".join(Tags(render_report(data)).text.split())
    assert "20,003 records of 1,000 did not land 20,000 unclosed_quote, 3 grave." in text
    assert text.index("20,000 records: unclosed_quote") < text.index("3 records: expectation: grave")
    assert "20,000 more records not shown here" in text
    told = report_json(data)["causes"]
    assert [(cause["reason"], cause["records"]) for cause in told] == [("unclosed_quote", 20_000), ("expectation", 3)]
    assert told[0]["remedy"].startswith("Close the quote")


def test_long_lists_of_records_are_shared_among_their_causes() -> None:
    """A cause with thousands of records does not keep the others from the page."""
    data = make_data(rows=5000)
    rare = data.quarantine[0]._replace(reason="decode", expectation=None, detail="The byte 0x81 is no letter.")
    page = render_report(data._replace(quarantine=[*data.quarantine, rare]))
    assert "The byte 0x81 is no letter." in page


@pytest.mark.parametrize(("code", "said"), [(0, "✓Passed"), (1, "!Landed, needs a look"), (3, "!Some files failed"), (5, "✗Failed"), (4, "✗Failed")])
def test_an_exit_code_has_an_icon_and_a_word(code: int, said: str) -> None:
    """Never colour alone."""
    data = make_data()
    assert said in Tags(render_report(data._replace(run=data.run._replace(exit_code=code)))).text


def test_the_same_facts_as_json() -> None:
    """Plain values throughout, the raw text cut."""
    told = json.loads(json.dumps(report_json(make_data("x" * 1000))))
    assert told["run"]["started_at"] == "2024-01-02T03:04:05+00:00"
    assert told["conservation"] == {
        "records_in": 1000, "landed": 990, "quarantined": 1, "duplicates": 9, "is_conserved": True, "missing": 0, "share_quarantined": 0.001,
    }
    assert [c["name"] for c in told["checks"]] == ["grave", "doubtful", "held_one"]
    assert told["quarantine"][1]["location"].endswith(":8:100")
    assert told["quarantine"][1]["raw"] == clip("x" * 1000, 300)
    assert [t["stage"] for t in told["timings"]] == ["read", "x" * 1000]
    assert len(told["files"]) == 2
