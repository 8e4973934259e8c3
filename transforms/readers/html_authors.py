"""Who wrote a page: names from JSON-LD, meta elements and the printed byline, without titles, sites, dates and addresses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from transforms.byline import split_author_field
from transforms.names import is_initials, is_organisation, is_person
from transforms.readers.html_metadata import Metadata, first, fold_name, names_of
from transforms.readers.html_tree import Element, fold_blanks, read_text, walk_text
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
_WRITTEN = frozenset((
    "written by", "author", "by", "verfasst von", "geschrieben von", "autor", "écrit par", "auteur", "escrito por", "scritto da", "geschreven door",
    "skrevet av", "skriven av", "napisane przez", "написано автором", "автор",
))
_LINE = 90
_LINES = frozenset(("p", "div", "span", "address", "li", "strong", "b", "em", "i", "h3", "h4", "h5", "h6"))
_MOST_ELEMENTS = 1_500
_BARE = frozenset(("p", "strong", "b", "em", "i"))
_TITLES = frozenset(("h1", "h2"))
_LINKED = frozenset(("h3", "h4", "a", "ul"))
_NO_NAMES = frozenset(("script", "style", "meta", "link", "time", "img"))
_ASIDES = frozenset(("figure", "aside", "nav", "footer"))
_AUTHORED = re.compile(r"author|byline|autor|auteur|yazar|muhabir|penulis|forfatter|skribent|szerzo", re.IGNORECASE)
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


def read_authors(meta: Metadata, head: Sequence[Element], foot: Sequence[Element] = (), bare: int | None = None) -> tuple[Name, ...]:
    """Authors of a page: persons that JSON-LD names, else those of the meta elements, else those of the byline, else the house itself.

    `head` are the page's elements from the headline into the lead, `foot` those from the last paragraph to the story's end; a line of
    nothing but a name is taken for a byline among the first `bare` elements of the head.
    """
    value = meta.node.get("author") or meta.node.get("creator")
    stated: list[Name] = []
    for text, group in names_of(value, meta.nodes):
        stated += [Name(n.name, n.is_person and not group) for n in clean_author(text, meta.houses)]
    told = merge_names(stated)
    contents = (t for key in _METAS for t in meta.metas.get(key, ()) if not _SLUG.fullmatch(t))
    tagged = merge_names(n for t in contents for n in clean_author(t, meta.houses))
    printed = read_bylines(head, meta.houses, bare)
    signed = _persons(printed)
    for names in (told, _persons(tagged), _persons(read_labelled(meta))):
        if persons := _persons(names):
            # Metadata often has room for the first author only.
            return printed if {fold_name(n.name) for n in persons} < {fold_name(n.name) for n in signed} else names
    return signed or _persons(read_bylines(foot, meta.houses, 0)) or told or printed or tagged[:1]


def read_labelled(meta: Metadata) -> tuple[Name, ...]:
    """The author in the pair of label and value that a page prepares for previews: `Written by`, `Jane Roe`."""
    labels = ((first(meta.metas, f"twitter:label{n}"), first(meta.metas, f"twitter:data{n}")) for n in (1, 2))
    return merge_names(n for label, value in labels if label and value and label.casefold() in _WRITTEN for n in clean_author(value, meta.houses))


def _persons(names: tuple[Name, ...]) -> tuple[Name, ...]:
    return tuple(n for n in names if n.is_person)


def read_bylines(elements: Sequence[Element], houses: Collection[str], bare: int | None = None) -> tuple[Name, ...]:
    """Names printed in bylines: elements marked as an author's name first, then those named as a byline, then lines that open like one.

    Lines of nothing but a name count among the first `bare` elements only.
    """
    ranked = list(rank_bylines(elements, len(elements) if bare is None else bare))
    around = {a for rank, e in ranked if rank < 2 for a in e.iterancestors()}
    house: tuple[Name, ...] = ()
    for group in ((0, 1), (2,), (3,), (4,)):
        inside: set[Element] = set()
        names: list[Name] = []
        for rank, e in ranked:
            if rank in group and e not in around and not any(a in inside for a in e.iterancestors()):
                inside.add(e)
                names.extend(n for text in _print_byline(e, rank) for n in clean_author(text, houses))
        if any(n.is_person for n in names):
            return merge_names(names)
        house = house or merge_names(names)
    return house


def rank_bylines(elements: Sequence[Element], bare: int) -> Iterator[tuple[int, Element]]:
    """Elements that may hold an author's name, the surest with the lowest rank."""
    skipped: set[Element] = set()
    for n, e in enumerate(elements[:_MOST_ELEMENTS]):
        if not isinstance(e.tag, str) or e.tag in _NO_NAMES:
            continue
        kinds = kinds_of(e)
        if e.getparent() in skipped or kinds & _CREDITS or e.tag in _ASIDES:
            skipped.add(e)
        elif (rank := _rank_element(e, kinds)) is not None and (rank < 4 or n < bare):
            text = read_text(e, most=_LONGEST)
            if len(text) <= _LONGEST and any(map(str.isalpha, text)):
                yield rank, e


def _print_byline(e: Element, rank: int) -> list[str]:
    """The strings of a byline in which to look for names: its links where they are persons, else its lines with a bar between."""
    links = [t for a in e.iter("a") if a is not e and is_person(t := read_text(a), mononym=False)]
    if links and rank in (1, 2, 3):
        return links
    lines = [t for t in map(fold_blanks, "".join(walk_text(e)).split("\n")) if t]
    if len(lines) > 1 and len(lines[0]) < 12 and opens_clause(lines[0], 0, len(lines[0])):
        lines[:2] = [f"{lines[0]} {lines[1]}"]
    return [" | ".join(lines)]


def _rank_element(e: Element, kinds: frozenset[str]) -> int | None:
    if "author" in (e.get("rel") or "").split() or (e.get("itemprop") or "") in ("author", "author name", "creator"):
        return 0
    if "byline" in kinds:
        names = f"{e.get('class') or ''} {e.get('data-testid') or ''}"
        if any(_PRECISE.search(n) for n in names.split()[:12]):
            return 1
        if _AUTHORED.search(names) or _AUTHORED.search(e.get("id") or ""):
            return 2
    if e.tag not in _LINES or (e.tag not in ("p", "div") and len(e)) or len(e) > 6:
        return None
    text = read_text(e, most=_LINE) if len(e) else fold_blanks((e.text or "")[:_LINE + 1])
    if not text or len(text) > _LINE:
        return None
    above = {a.tag for a in e.iterancestors()}
    if above & _TITLES:
        return None
    if opens_clause(text, 0, len(text)):
        return 3
    if e.tag not in _BARE or above & _LINKED:
        return None
    return 4 if (" " in text or "/" in text) and all(is_person(t.strip(), strict=True) for t in text.split("/")) else None
