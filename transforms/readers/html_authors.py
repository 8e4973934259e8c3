"""Who wrote a page: names from JSON-LD, meta elements and the printed byline, without titles, sites, dates and addresses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from transforms.byline import split_author_field
from transforms.names import is_initials, is_organisation, is_person
from transforms.readers.html_metadata import Metadata, fold_name, names_of
from transforms.readers.html_tree import Element, fold_blanks, read_text
from transforms.readers.html_words import kinds_of
from transforms.roles import opens_clause

MAX_AUTHORS = 40
_LONGEST = 200
_NOTE = re.compile(r"\s*[(\[][^()\[\]]{0,60}[)\]]")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|(?<!\w)@\w+")
_SLUG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)+")
_METAS = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl", "article:author_name",
    "cxenseparse:author", "mrf:authors", "lp.article:author", "og:article:author", "articleauthor", "dable:author", "news_author", "citation_author",
)
_CREDITS = frozenset(("media", "comments", "related"))
_PRECISE = re.compile(r"(?:^|[\s_-])(?:author|byline|autor)[\w-]*?(?:name|link|item|url)|^(?:author|byline|fn)$", re.IGNORECASE)


class Name(NamedTuple):
    """An author's name, and whether it names a person other than the house."""

    name: str
    is_person: bool


def clean_author(text: str, houses: Collection[str] = ()) -> tuple[Name, ...]:
    """Names in one author string. Job titles, notes in brackets, accounts, addresses and dates are dropped.

    >>> [n.name for n in clean_author("By Jane Roe (jro), Science Editor | 3 May 2024, 10:20")]
    ['Jane Roe']
    >>> clean_author("https://facebook.com/harbourpost"), clean_author("Harbour Post", {"harbourpost"})
    ((), (Name(name='Harbour Post', is_person=False),))
    """
    text = fold_blanks(_ADDRESS.sub(" ", _NOTE.sub("", text[:1200]))).strip(" ,;|/-–—·•")
    if not text or not any(map(str.isalpha, text)):
        return ()
    if fold_name(text) in houses:
        return (Name(text, False),)
    names = []
    for author in split_author_field(text):
        if author.role not in ("author", "reporter", "writer") or is_initials(author.name) or not any(map(str.isalpha, author.name)):
            continue
        person = author.is_person and fold_name(author.name) not in houses and not is_organisation(author.name)
        # A slip of the pen keeps its case: capitals are repaired where the byline is read.
        names.append(Name(author.name, person))
    return tuple(names)


def merge_names(names: Iterable[Name]) -> tuple[Name, ...]:
    """Each name once, in order."""
    seen: dict[str, Name] = {}
    for name in names:
        seen.setdefault(fold_name(name.name), name)
    return tuple(seen.values())[:MAX_AUTHORS]


def read_authors(meta: Metadata, head: Sequence[Element], foot: Sequence[Element] = ()) -> tuple[Name, ...]:
    """Authors of a page: persons that JSON-LD names, else those of the meta elements, else those of the byline, else the house itself.

    `head` are the page's elements from the headline to the lead paragraph, `foot` those from the last paragraph to the story's end.
    """
    value = meta.node.get("author") or meta.node.get("creator")
    stated: list[Name] = []
    for text, group in names_of(value, meta.nodes):
        stated += [Name(n.name, n.is_person and not group) for n in clean_author(text, meta.houses)]
    told = merge_names(stated)
    contents = (t for key in _METAS for t in meta.metas.get(key, ()) if not _SLUG.fullmatch(t))
    tagged = merge_names(n for t in contents for n in clean_author(t, meta.houses))
    printed = merge_names(read_bylines(head, meta.houses))
    signed = _persons(printed)
    for names in (told, _persons(tagged)):
        if persons := _persons(names):
            # Metadata often has room for the first author only.
            return printed if {fold_name(n.name) for n in persons} < {fold_name(n.name) for n in signed} else names
    return signed or _persons(merge_names(read_bylines(foot, meta.houses))) or told or printed or tagged[:1]


def _persons(names: tuple[Name, ...]) -> tuple[Name, ...]:
    return tuple(n for n in names if n.is_person)


def read_bylines(elements: Sequence[Element], houses: Collection[str]) -> Iterator[Name]:
    """Names printed in bylines: elements marked as an author's name first, then those named as a byline, then lines that open like one."""
    inside: set[Element] = set()
    ranked: list[tuple[int, str]] = []
    for e in elements:
        if not isinstance(e.tag, str) or e in inside or e.tag in ("script", "style", "meta", "link", "time", "figure", "img"):
            continue
        if e.getparent() in inside:
            inside.add(e)
            continue
        kinds = kinds_of(e)
        if kinds & _CREDITS or e.tag in ("figure", "aside", "nav", "footer"):
            inside.add(e)
            continue
        rank = _rank_element(e, kinds)
        if rank is None:
            continue
        text = read_text(e)
        if not text or len(text) > _LONGEST:
            continue
        if rank < 2 or not any(_rank_element(c, kinds_of(c)) in (0, 1) for c in e.iterdescendants() if isinstance(c.tag, str)):
            ranked.append((rank, text))
            inside.add(e)
    best = min((rank for rank, _ in ranked), default=None)
    for rank, text in ranked:
        if rank == best or (best in (0, 1) and rank < 2):
            yield from clean_author(text, houses)


def _rank_element(e: Element, kinds: frozenset[str]) -> int | None:
    if "author" in (e.get("rel") or "").split() or (e.get("itemprop") or "") in ("author", "author name", "creator"):
        return 0
    if "byline" in kinds:
        names = f"{e.get('class') or ''} {e.get('data-testid') or ''}"
        if any(_PRECISE.search(n) for n in names.split()[:12]):
            return 1
        if re.search(r"author|byline|autor", names + (e.get("id") or ""), re.IGNORECASE):
            return 2
    if e.tag in ("p", "div", "span", "address", "li", "strong", "b", "em", "i", "h3", "h4", "h5", "h6") and not len(e):
        text = fold_blanks(e.text or "")
        if text and len(text) < 90:
            if opens_clause(text, 0, len(text)):
                return 3
            if e.tag != "span" and " " in text and is_person(text, strict=True):
                return 4
    return None
