"""Whether a page is a news article, from what it declares and what it prints, and if not, what it is instead."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple
from urllib.parse import urlsplit

from transforms.readers.html import Page
from transforms.readers.html_metadata import first, is_article, types_of

LEAST_DECLARED = 120
"""Characters of story on a page that declares itself an article: a paywall leaves a lead."""
LEAST = 400
"""Characters of story on a page that declares nothing."""
LIST_ARTICLES = 3
"""Articles that a page describes when it is a list of them."""
_LONGEST = 2_000
_DATELINE = re.compile(r"[A-ZÀ-Þ][\w.'’ -]{1,40}(?:, [^()\n]{1,30})?(?: \([^()\n]{2,30}\))? ?[-–—] ?[\"“'‘A-ZÀ-Þ]|\([A-Z]{2,10}\) ?[-–—]")

_DATED_PATH = re.compile(r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2])(?:[/-]?\d{1,2})?[/-][^/]{8,}")


class Signs(NamedTuple):
    """What tells a news article from another page."""

    path: str
    """Of the address, in lower case."""
    types: tuple[str, ...]
    """Of the JSON-LD objects, each once."""
    og: str
    """og:type, in lower case."""
    is_declared: bool
    """It describes one article in JSON-LD, or its og:type is article and a time of publication is stated."""
    is_list: bool
    """It describes several articles, and none of them as itself."""
    size: int
    """Characters of story."""
    is_dated: bool
    is_signed: bool
    """An author is named: person, desk or house."""
    has_dateline: bool
    has_dated_path: bool = False
    """The address names a year and a month, and a story behind them."""


class PageRule(NamedTuple):
    """One kind of page that is no news."""

    kind: str
    sign: str
    pattern: re.Pattern[str]
    hit: str
    miss: str


@cache
def load_page_rules() -> tuple[PageRule, ...]:
    """The table, in file order."""
    table = tomllib.loads((files("transforms.rules") / "news_page.toml").read_text("utf-8"))
    return tuple(PageRule(kind, rule["sign"], re.compile(rule["pattern"]), rule["hit"], rule["miss"]) for kind, rule in table.items())


def read_signs(page: Page, url: str | None) -> Signs:
    """The signs of a page that came from an address."""
    meta, record = page.meta, page.record
    articles = {node["headline"] for node in meta.nodes if isinstance(node.get("headline"), str) and is_article(node)}
    types = tuple(dict.fromkeys(t for node in meta.nodes for t in types_of(node)))
    og = (first(meta.metas, "og:type") or "").casefold()
    has_time = bool(first(meta.metas, "article:published_time", "og:article:published_time", "datepublished"))
    lists = ("ItemList", *(t for t in types for rule in load_page_rules() if rule.kind == "listing" and rule.pattern.fullmatch(t)))
    is_list = len(articles) >= LIST_ARTICLES and any(t in lists for t in types)
    lead = page.story.paragraphs[0] if page.story.paragraphs else ""
    path = cut_path(url or meta.url or "")
    return Signs(
        path, types, og, is_article(meta.node) or (og == "article" and has_time), is_list,
        sum(map(len, page.story.paragraphs)) + len(page.story.standfirst or ""), record.published_at is not None, bool(page.authors),
        _DATELINE.match(lead[:120]) is not None, _DATED_PATH.search(path) is not None,
    )


def cut_path(url: str) -> str:
    """The path of an address in lower case; empty where the address can't be read.

    >>> cut_path("https://harbourpost.example/News/ferry-late?from=home")
    '/news/ferry-late'
    """
    try:
        return urlsplit(url[:_LONGEST]).path.casefold()
    except ValueError:
        return ""


def judge_page(signs: Signs) -> str | None:
    """What a page is that is no news article; None for an article. The first of these says it:

    1. the front page of a site is `front`, whatever it describes;
    2. a page that describes a list of articles is `listing`;
    3. one that declares itself an article is one, unless it holds less than a lead: `short`;
    4. the table rules/news_page.toml knows paths and declared types of lists, goods, profiles and players;
    5. less print than a short report has is `short`;
    6. what has a dateline, or a day and with it a name or an address by month, is an article; without a day it is `undated`, else `unsigned`.

    >>> report = Signs("/ferry-late", (), "", False, False, 900, True, True, False)
    >>> judge_page(report), judge_page(report._replace(path="/")), judge_page(report._replace(is_signed=False))
    (None, 'front', 'unsigned')
    """
    matched = _match_table(signs)
    if matched == "front":
        return matched
    if signs.is_list:
        return "listing"
    if signs.is_declared:
        return None if signs.size >= LEAST_DECLARED else "short"
    if matched:
        return matched
    if signs.size < LEAST:
        return "short"
    if signs.has_dateline or (signs.is_dated and (signs.is_signed or signs.has_dated_path)):
        return None
    return "unsigned" if signs.is_dated else "undated"


def _match_table(signs: Signs) -> str | None:
    given = {"path": (signs.path,), "type": signs.types, "og": (signs.og,)}
    return next((rule.kind for rule in load_page_rules() if any(map(rule.pattern.fullmatch, given[rule.sign]))), None)
