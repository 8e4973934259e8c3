"""`copydesk explain`: the same marks as `show`, every finding with its span, rule and value, as text and as a page that nothing can break."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flows.explain import explain_records, list_pieces
from flows.findings import Account
from flows.marks import Printer, draw, find_marks, walk
from flows.problems import ExitCode
from flows.settings import build_config

Command = Callable[..., Any]
MARKED = re.compile(r"\]\{[^}]*\}|\[[a-z_]+: ")
PRINTED = """Ferry late again

FILE PHOTO: The ferry leaves the port on Tuesday. REUTERS/Ann Roe/Pool

SPRINGFIELD, Jan. 2 - The ferry was late on Tuesday, and nobody on the quay was surprised by that.

It was raining. read more

(Reporting by Cora Whitlam; Editing by Neil Ashby)
"""


@pytest.fixture
def story(tmp_path: Path) -> Path:
    """A printed story with a picture, an ambiguous place, no year, residue and a sign-off."""
    path = tmp_path / "late.txt"
    path.write_text(PRINTED, "utf-8")
    return path


def account_of(path: Path) -> Account:
    """The account of a file's first record."""
    account = next(explain_records(build_config(paths=[str(path)]), None, []))
    assert isinstance(account, Account)
    return account


def test_explain_marks_a_file_as_show_marks_what_landed_of_it(ingest: Command, copydesk: Command, story: Path) -> None:
    """Word for word, values too."""
    ingest(story)
    shown = copydesk("show", account_of(story).shown.article.article_id).out
    explained = copydesk("explain", story).out
    assert explained.startswith(shown)
    assert MARKED.sub("", shown.split("\n\n", 1)[1]).startswith(PRINTED.rstrip("\n"))


def test_every_block_and_value_has_its_span_rule_text_and_value(story: Path) -> None:
    """What stands at a span is the text that is shown, and blocks with a kind of their own are all there."""
    account = account_of(story)
    assert all(account.document[f.start:f.end] == f.text for f in account.findings)
    rows = {(f.what, f.text): (f.rule, f.value) for f in account.findings}
    assert rows["headline", "Ferry late again"] == ("headline.first-block", "")
    assert rows["dateline", "SPRINGFIELD, Jan. 2 -"] == ("dateline.place_date", "Springfield, US, no day (none), no agency")
    assert rows["place", "SPRINGFIELD"][0] == "place ambiguous"
    assert rows["credit", "REUTERS/Ann Roe/Pool"][1].startswith("credit REUTERS/Ann Roe/Pool, photographer Ann Roe, agencies reuters, flags file pool")
    assert rows["agency", "REUTERS"][1] == "reuters"
    assert rows["person", "Ann Roe"] == ("credit.agency-first", "Ann Roe, photographer")
    assert rows["reporter", "Cora Whitlam"] == ("signoff.role", "Cora Whitlam")
    assert rows["link_residue", "read more"][0] == "link-residue.read-more"
    blocks = [b for b in account.shown.blocks if b.kind != "separator"]
    assert [(f.start, f.end) for f in account.findings if f.is_block] == [(b.char_start, b.char_end) for b in blocks]


def test_warnings_bases_candidates_and_rules_are_told(copydesk: Command, story: Path) -> None:
    """In words: what an editor looks at when a value is wrong."""
    out = copydesk("explain", story).out
    assert "warning dateline_place_ambiguous\n      Several towns of like size have the name" in out
    assert "basis dateline_date_basis none\n      No day: The year has no basis in the record" in out
    assert re.search(r"candidate SPRINGFIELD\n      Springfield, [A-Z]{2}, US: [\d,]+ people, GeoNames \d+\n", out)
    assert 'name = "place_date"' in out
    assert 'hit = ["SALVADOR, Feb 26' in out
    assert "transforms/signoff.py" in out
    assert "for example: Ferry late again" in out


def test_colour_only_adds(story: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the very same text with colours; none where NO_COLOR or a dumb terminal asks for none."""
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    pieces = list(list_pieces(account_of(story)))
    plain = io.StringIO()
    Printer(plain).write(pieces)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = Terminal()
    Printer(coloured).write(pieces)
    assert "\x1b[" in coloured.getvalue()
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured.getvalue()) == plain.getvalue()
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            bare = Terminal()
            Printer(bare).write(pieces)
            assert bare.getvalue() == plain.getvalue()


def test_a_walk_along_the_marks_gives_back_the_document(story: Path) -> None:
    """Text steps joined are the document, and every mark that opens closes."""
    account = account_of(story)
    steps = list(walk(account.document, find_marks(account.shown, account.document)))
    assert "".join(step.text for step in steps) == account.document
    assert sum(s.sign == "open" for s in steps) == sum(s.sign == "close" for s in steps) > 8
    drawn = "".join(text for text, _ in draw(account.document, find_marks(account.shown, account.document)))
    assert MARKED.sub("", drawn) == account.document


@pytest.mark.parametrize(("record", "headline"), [("2", "Clock starts"), ("w-1", "Clock stops")])
def test_one_record_of_many_is_picked_by_number_or_id(copydesk: Command, inbox: Path, record: str, headline: str) -> None:
    """By the id of its article too."""
    out = copydesk("explain", inbox / "wire.jsonl", "--record", record).out
    assert out.count("\nfindings\n") == 1
    assert f"[headline: {headline}]" in out
    assert copydesk("explain", inbox, "--record", out[:8]).out.startswith(out[:16])


def test_a_record_that_is_not_there_is_said(copydesk: Command, inbox: Path) -> None:
    """With what to give instead."""
    said = copydesk("explain", inbox, "--record", "w-9")
    assert (said.code, said.out) == (ExitCode.USAGE, "")
    assert "no record w-9 in" in said.err
    assert copydesk("explain", inbox / "gone.txt").code == ExitCode.USAGE


def test_what_would_be_set_aside_is_explained_too(copydesk: Command, inbox: Path) -> None:
    """Its reason, what to do, and itself."""
    out = copydesk("explain", inbox / "table.csv", "--record", "3").out
    assert "set aside: field_count\nexpected 5 cells as in the header, found 2" in out
    assert out.endswith("A-3,Too few\n")
    page = copydesk("explain", inbox / "table.csv", "--html").out
    assert "Record 3 would be set aside" in page


def test_corrections_are_told(copydesk: Command, inbox: Path) -> None:
    """By the entry that made them."""
    Path("ours.toml").write_text(
        '[[correction]]\nname = "clock"\nrecord = "w-1"\ncolumn = "headline"\nwas = "Clock stops"\nnow = "Clock halts"\nwhy = "So."\n', "utf-8")
    out = copydesk("explain", inbox / "wire.jsonl", "--record", "1", "--corrections", "ours.toml").out
    assert "corrected headline\n      Clock stops -> Clock halts, by clock: So.\n" in out
    assert "= Clock halts" in out


def test_output_goes_to_a_file_whole(copydesk: Command, story: Path, tmp_path: Path) -> None:
    """What standard output would have had; a folder that is not there is a usage error."""
    page = tmp_path / "page.html"
    said = copydesk("explain", story, "--html", "--output", page)
    assert (said.code, said.out) == (0, "")
    assert page.read_text("utf-8") == copydesk("explain", story, "--html").out
    assert [p.name for p in tmp_path.glob(".*")] == []
    assert copydesk("explain", story, "--output", tmp_path / "gone" / "page.html").code == ExitCode.USAGE


# ------------------------------------------------------------------ the page
HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</bdi></mark><h1>all landed</h1>", "{{ 7 * 7 }}{% raw %}", "<!--", "&lt;b&gt;",
    "Roe\u202egnp.exe\u2066\u200b",
)
PLAIN = "Talks resume in Lagos"


class Tags(HTMLParser):
    """Counts the tags of a page with their attributes' names, keeps its text, and checks that tags close in turn."""

    VOID = frozenset(("meta", "br"))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: Counter[tuple[str, ...]] = Counter()
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Counts a tag."""
        self.found[tag, *(name for name, _ in attrs)] += 1
        self.open += [] if tag in self.VOID else [tag]

    def handle_endtag(self, tag: str) -> None:
        """Closes the last one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keeps text."""
        self.text += data


def explain_row(copydesk: Command, text: str) -> str:
    """The page of a table in which everything reads as given."""
    cell = '"' + text.replace('"', '""') + '"'
    row = ",".join([cell] * 6)
    Path("row.csv").write_text(f"id,headline,byline,caption,credit,text\n{row}\n", "utf-8")
    return str(copydesk("explain", "row.csv", "--html").out)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_tag_of_the_record_survives(copydesk: Command, text: str) -> None:
    """Hostile text is shown as text, what can't be seen is spelt out."""
    page = explain_row(copydesk, text)
    tags = Tags(page)
    assert not {tag for tag, *_ in tags.found} & {"script", "img", "iframe", "link", "object", "form", "base"}
    assert not {name for _, *names in tags.found for name in names if name.startswith("on") or name in ("src", "srcset", "style")}
    assert tags.found["h1",] == 1
    shown = text.replace("\u202e", "⟨U+202E⟩").replace("\u2066", "⟨U+2066⟩").replace("\u200b", "⟨U+200B⟩")
    assert shown in tags.text
    assert not re.search("[\x00-\x08\x1b\u200b\u202a-\u202e\u2066-\u2069]", page)


def test_the_page_is_one_file_that_asks_for_nothing(copydesk: Command, story: Path) -> None:
    """A policy before the style that would stop any request; no address but those within the page, and these lead somewhere."""
    page = copydesk("explain", story, "--html").out
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    assert page.index(policy) < page.index("<style>")
    assert not re.search(r"https?:|url\(|@import|//", page.replace("<!doctype", ""))
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert len(targets) > 8
    assert targets <= set(re.findall(r'id="([^"]+)"', page))
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_page_can_be_read_by_all(copydesk: Command, inbox: Path, story: Path) -> None:
    """Marks carry words, headings descend without a gap, tables have captions and scoped headers; light, dark and paper."""
    page = copydesk("explain", inbox, story, "--html").out
    assert Tags(page).found["main", "id"] == 1
    assert page.count("<mark ") == len(re.findall(r'<mark class="\w+">(?:<a href="#r\d+f\d+">[\w ]+</a>|<b class="rule">)', page)) > 20
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page.count("<table>") == page.count("<caption>") >= 8
    assert page.count("<th") - page.count("<thead") == page.count("<th scope=")
    assert 'lang="en"' in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_the_page_without_a_record_says_so(copydesk: Command, tmp_path: Path) -> None:
    """A folder in which there is nothing."""
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "head.csv").write_text("id,headline,text\n", "utf-8")
    said = copydesk("explain", tmp_path / "bare", "--html")
    assert "There is no record in it." in said.out
