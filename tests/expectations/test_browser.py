"""The report in a real browser: nothing runs, nothing is asked for, everything can be read.

It needs Debian's Chromium and the file of axe-core, which `.ci/browser` fetches; without them these tests are skipped.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from expectations.report import (
    Brief,
    Download,
    Failing,
    History,
    Profile,
    Repair,
    ReportData,
    Timing,
    add_run,
    brief_run,
    clip,
    render_index,
    render_report,
)
from expectations.report.page import SNIPPET
from expectations.report.profile import FIELDS, Text
from warehouse.tables import Checks, Files, Quarantine, Rules, Runs

CHROMIUM = shutil.which("chromium")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
AXE = CACHE / "copydesk" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
NAUGHTY = Path(__file__).parents[2] / "../shared/corpus/hostile/blns.json"
FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
STARTED = dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
NUMBER = "00000000000000aa"
PLAIN = ("Talks resume in Lagos", "Ferry late again in Brindle Bay", "Owls counted")
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
RUN = "(window.hits=(window.hits||0)+1)"
INJECTIONS = (
    *(template.format(RUN) for template in (
        "<script>{}</script>", "</title><script>{}</script>", "</style><script>{}</script>", "--><script>{}</script>", "]]><script>{}</script>",
        "<img src=x onerror={}>", "\"><img src=x onerror={}>", "'><img src=x onerror='{}'>", "<svg onload={}>", "<svg/onload={}>", "</svg><svg onload={}>",
        "<svg><animate onbegin={} attributeName=x dur=1s>", "<svg><script>{}</script></svg>", "<math><mtext></mtext><script>{}</script></math>",
        "<body onload={}>", "<iframe srcdoc='<script>parent.{}</script>'>", "<iframe src=javascript:parent.{}>", "<details open ontoggle={}>x</details>",
        "<input autofocus onfocus={}>", "<select autofocus onfocus={}>", "<textarea autofocus onfocus={}>", "<video><source onerror={}></video>",
        "<audio src=x onerror={}>", "<object data=x onerror={}>", "<embed src=javascript:{}>", "<marquee onstart={}>x</marquee>",
        "<style onload={}>*{{}}</style>", "<a href=javascript:{} autofocus>x</a>", "<form action=javascript:{}><input type=submit>",
        "<p style=animation-name:x onanimationstart={}>", "\" onmouseover={} x=\"", "' onfocus={} autofocus tabindex=1 x='", "` onerror={} `",
        "{{{{constructor.constructor('{}')()}}}}", "{{% set x = {} %}}", "${{{}}}", "<%= {} %>", "javascript:{}", "data:text/html,<script>{}</script>",
        "<scr<script>ipt>{}</scr</script>ipt>", "<SCRIPT >{}</SCRIPT\n>", "<img src='x' onerror\n=\n'{}'>", "<svg><use href=\"data:,{}\"/></svg>",
        "<template><script>{}</script></template>", "<noscript><p title=\"</noscript><img src=x onerror={}>\">", "<!--<img src=\"--><img src=x onerror={}>\">",
        "<xmp><p title=\"</xmp><img src=x onerror={}>\">", "\x00<script>{}</script>", "\u202e<script>{}</script>", "\ufeff<script>{}</script>",
    )),
    "<link rel=stylesheet href=//example.org/x.css>", "<img src=https://example.org/x.png>", "<meta http-equiv=refresh content=0;url=https://example.org/>",
    "<base href=https://example.org/>", "<style>@import 'https://example.org/x.css'</style>", "<p style=background:url(https://example.org/x)>",
)
OWN = (
    "Roe\u202egnp.exe\u2066\u200b", "e\u0301" * 40, "Z\u0351\u0352\u0353" * 60, "\u200b" * 50, "\x1b[31mred", "\t\r\n", "  ", "=cmd|' /C calc'!A0", "😀" * 80,
    "العربية עברית mixed English", "𝕳𝖊𝖆𝖉𝖑𝖎𝖓𝖊", "W" * 400, "a" * 200 + "\u202e", "</bdi></pre></li></ul></section></main>", "<h1>All landed</h1>", "&lt;b&gt; &amp;amp;",
)


class Opened(NamedTuple):
    """A page that is open, and what it did."""

    page: Any
    requests: list[str]
    said: list[str]
    """Dialogs, messages on the console, errors."""


Open = Callable[..., Opened]


def note_dialog(opened: Opened, dialog: Any) -> None:
    """What a dialog says, so that it can be closed."""
    opened.said.append(dialog.message)
    dialog.dismiss()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium, headless."""
    if CHROMIUM is None:
        pytest.skip("Debian's Chromium is not installed: .ci/browser does it")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: it belongs to the extra dev")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS, chromium_sandbox=False)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Opens a page from disk, in a window of a size and a scheme of colours, and notes what it does."""
    contexts = []

    def open_one(page: str, size: str = "desktop", scheme: str = "light") -> Opened:
        path = tmp_path / "index.html"
        path.write_text(page, "utf-8")
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        opened = Opened(context.new_page(), [], [])
        context.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("dialog", lambda dialog: note_dialog(opened, dialog))
        opened.page.on("console", lambda message: opened.said.append(message.text))
        opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
        opened.page.goto(path.as_uri())
        return opened

    yield open_one
    for context in contexts:
        context.close()


def make_data(texts: Sequence[str] = PLAIN, checks: int = 30, failing: int = 6, history: int = 12, aside: int = 150) -> ReportData:
    """A run in which everything that can come from outside is one of some texts, in turn."""
    turn = cycle(texts)

    def take() -> str:
        return next(turn)

    run = Runs("20240102T030405-abcdef", STARTED, STARTED + dt.timedelta(seconds=9), take(), 1, 3, 0, 1, 900, 880, 15, 5, 99_999, 9.0, [take()], "1")
    files = [
        Files(f"{n:016x}", "1", "0" * 64, take(), 9, 9, take(), take(), take(), take(), "failed" if n == 2 else "landed", take(), 300, 293, 5, 2, 7,
              [take()], True, "r", NUMBER, 0.9, take())
        for n in range(3)
    ]
    rows = [
        Checks("r", NUMBER, "cross", f"check_{n}", "expect", take(), ("info", "warning", "critical")[n % 3], n >= failing, 900, 4 if n < failing else 0,
               take(), take(), take(), 0, 3.5, 0.95 if n % 5 == 0 else None, take())
        for n in range(checks)
    ]
    quarantine = [
        Quarantine(f"{n % 2:016x}", n + 1, take(), None, 9 * n, 9 * n + 9, n + 1, "parse", take(), "critical", take(), take(), text, "1", NUMBER)
        for n, text in enumerate(islice(turn, aside))
    ]
    bad = [
        Failing(NUMBER, 1, "articles", f"check_{n % failing}", "warning", take(), False, take(), n, 9, 99, n, take())
        for n in range(3 * failing)
    ]
    names = [take() for _ in range(14)]
    profile = Profile(
        880, {"articles": 880, "blocks": 9000}, dict.fromkeys(names, 60), {(s, f): 7 * n % 61 for s in names for n, f in enumerate(FIELDS)},
        {(s, take()): 3 for s in names}, {(c, take()): 5 for c in ("language", "country", "section", "warnings", "photos.agencies", "dateline_agency")},
        {("words", n): n + 1 for n in (0, 1, 50, 100)} | {("characters", 20): 9}, {"headline": (3, 90)}, {19_700 + 9 * n: n + 1 for n in range(40)},
        {(take(), s): 3 for s in names}, {("record", take()): 4, ("text", take()): 1}, {"h": Text(take(), (take(), take(), "another"))},
    )
    rules = [Rules("r", take(), "code", take(), take(), n % 3, 0, n % 3 > 0, "1") for n in range(12)]
    data = ReportData(
        run, files, rows, quarantine, [Timing("read", 1.0, 0.9), Timing(take(), 4.0)], rules, profile, bad, [Repair(take(), take(), take())], History(),
        [Download("failures.csv", 7, 999)],
    )
    before = brief_run(data)._replace(run_id="20240101T030405-abcdef", extra={names[0]: [take()]}, filled={names[0]: {"byline": 0.9}})
    past = [before._replace(run_id=f"20240101T0304{n:02}-abcdef", checks={name: (n * k) % 7 for k, name in enumerate(before.checks)}) for n in range(history)]
    return data._replace(history=reduce(add_run, past, History()))


@pytest.mark.parametrize("size", SIZES)
def test_no_injection_runs_or_asks_for_anything(open_page: Open, size: str) -> None:
    """Scripts, handlers, styles and addresses in every value of the run: none acts, and no request leaves the page."""
    assert len(INJECTIONS) >= 50
    opened = open_page(render_report(make_data(INJECTIONS)), size)
    for element in opened.page.query_selector_all("details:not([open]) > summary"):
        element.click()
    opened.page.mouse.wheel(0, 5000)
    opened.page.wait_for_timeout(200)
    assert opened.page.evaluate("window.hits || 0") == 0
    assert opened.said == []
    assert opened.requests == [opened.page.url]
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]


def test_the_injections_would_run_elsewhere(open_page: Open) -> None:
    """A page that does not escape them proves that they are live, and that runs and requests are noticed."""
    opened = open_page("<!doctype html><meta charset=utf-8><body>" + "\n".join(INJECTIONS[:20]))
    opened.page.wait_for_timeout(300)
    assert opened.page.evaluate("window.hits || 0") >= 5
    assert len(opened.requests) > 1


@pytest.mark.parametrize("part", range(5))
def test_hostile_text_is_shown_as_text(open_page: Open, part: int) -> None:
    """Each naughty string stands in the page as itself, character by character, with what cannot be seen spelled out."""
    naughty = [*json.loads(NAUGHTY.read_text("utf-8")), *OWN, *INJECTIONS] if NAUGHTY.is_file() else [*OWN, *INJECTIONS]
    texts = [text for text in naughty if text][part * 150:(part + 1) * 150]
    if not texts:
        pytest.skip("the list of naughty strings is not beside the repository; our own were shown in part 0")
    data = make_data(texts)
    rows = [data.quarantine[0]._replace(raw=text, record_no=n) for n, text in enumerate(texts, 1)]
    opened = open_page(render_report(data._replace(quarantine=rows)), "phone")
    shown = opened.page.eval_on_selector_all(".rows pre bdi", "all => all.map(e => e.textContent)")
    assert shown == [clip(text, SNIPPET) for text in texts]
    assert opened.said == []
    assert opened.requests == [opened.page.url]
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= SIZES["phone"][0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_no_violation(open_page: Open, size: str, scheme: str) -> None:
    """WCAG 2.2 A and AA and axe's best practices, with everything unfolded."""
    if not AXE.is_file():
        pytest.skip("axe-core is not in the cache folder: .ci/browser fetches it")
    for page in (render_report(make_data(checks=9, failing=4, aside=4)), render_index([brief_of(n) for n in range(8)], older="runs-00001.html")):
        opened = open_page(page, size, scheme)
        opened.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        opened.page.evaluate(AXE.read_text("utf-8"))
        found = opened.page.evaluate("axe.run()")
        assert [(v["id"], v["nodes"][0]["html"][:200], v["nodes"][0].get("failureSummary")) for v in found["violations"]] == []
        assert len(found["passes"]) > 20


def brief_of(number: int) -> Brief:
    """A run of the index."""
    return brief_run(make_data(history=0))._replace(run_id=f"20240102T0304{number:02}-abcdef", exit_code=(0, 1, 3, 5)[number % 4])


def test_a_thousand_checks_open_at_once(open_page: Open) -> None:
    """Under two megabytes and a second, with thirty runs of history in every line."""
    page = render_report(make_data(checks=1000, failing=300, history=40))
    size = len(page.encode())
    opened = open_page(page)
    timing = opened.page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert page.count('<svg class="spark"') >= 1000
    assert size < 2_000_000
    assert 0 < timing < 1000


def test_the_first_screen_has_the_verdict_the_equation_and_a_failure(open_page: Open) -> None:
    """Without scrolling, on a desktop."""
    page = open_page(render_report(make_data())).page
    for selector in ("h1", ".equation", ".findings > li h3"):
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < SIZES["desktop"][1], selector


def test_the_keyboard_reaches_everything(open_page: Open) -> None:
    """The first stop skips to the verdict; every wide table and every fold can be reached, and the focus is seen."""
    page = open_page(render_report(make_data())).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "verdict"
    stops = page.evaluate("document.querySelectorAll('summary, a[href], [tabindex=\"0\"]').length")
    reached = set()
    for _ in range(stops + 2):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("[...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    seen = page.evaluate(
        "[...document.querySelectorAll('summary, a[href], [tabindex=\"0\"]')].filter(e => e.checkVisibility() && e.className !== 'skip')"
        ".map(e => [...document.querySelectorAll('*')].indexOf(e))"
    )
    assert set(seen) <= reached
    page.locator(".contents a").first.focus()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_print_unfolds_what_is_folded(open_page: Open) -> None:
    """Paper has no fold to click."""
    page = open_page(render_report(make_data(checks=200))).page
    folded = "[...document.querySelectorAll('details:not([open]) table')].filter(e => e.checkVisibility({contentVisibilityProperty: true})).length"
    assert page.evaluate(folded) == 0
    page.emulate_media(media="print")
    assert page.evaluate(folded) > 0
    assert page.evaluate("getComputedStyle(document.querySelector('.contents')).display") == "none"


@pytest.mark.parametrize("size", SIZES)
def test_a_plot_says_its_numbers(open_page: Open, size: str) -> None:
    """Every drawing has a name for those who do not see it, or is hidden from them and stands beside its number."""
    page = open_page(render_report(make_data()), size).page
    silent = page.evaluate("[...document.querySelectorAll('svg')].filter(s => !s.getAttribute('aria-label') && !s.getAttribute('aria-hidden')).length")
    assert silent == 0
    assert page.evaluate("document.querySelectorAll('svg.plot[aria-label]').length") >= 3
