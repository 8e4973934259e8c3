"""The pictures of a page: captions, credits and alternative text, from figures and from JSON-LD."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from transforms.readers.html_metadata import Metadata, clean_string, fold_name, name_of, names_of
from transforms.readers.html_tree import Element, fold_blanks, is_hidden, read_text
from transforms.readers.html_words import name_kinds

MAX_FIGURES = 60
LONGEST_CAPTION = 1_500
LONGEST_CREDIT = 200
_CREDIT = re.compile(
    r"credit|copyright|photographer|\bsource|bildnachweis|fotograf|fotograaf|attribution|rights|quelle|\bauthor|byline|agency|autor", re.IGNORECASE,
)
_CAPTION = re.compile(r"caption|legend|description|bildunterschrift|bildtext|imagetext|didascalia|\bpie", re.IGNORECASE)
_WRAPPER = re.compile(
    r"(?:^|[\s_-])(?:(?:wp|image|img|photo|picture|media)-caption|imagecaption|article-?image|figure)(?:$|[\s_-])", re.IGNORECASE,
)
_CREDIT_ITEMS = frozenset(("credittext", "copyrightholder", "copyrightnotice", "creator", "author", "credit"))
_FILE_NAME = re.compile(r"[\w.,() -]{1,200}\.(?:jpe?g|png|gif|webp|avif|svg)|(?:image|img|photo|dsc|foto)[ _-]?\d*", re.IGNORECASE)
_NO_PRINT = frozenset(("img", "source", "picture", "meta", "script", "style"))
_PUNCTUATION = " |/–—-·•,;:"


class Figure(NamedTuple):
    """A picture as printed: its caption without the credit that stands apart, the credit, and the text for those who can't see it."""

    caption: str | None
    credit: str | None
    alt: str | None


def read_figure(element: Element) -> Figure | None:
    """Read one figure; None when nothing is printed with it.

    >>> from lxml import html
    >>> read_figure(html.fromstring('<figure><img alt="A quay"><figcaption>The quay. <span class="credit">Jane Roe</span></figcaption></figure>'))
    Figure(caption='The quay.', credit='Jane Roe', alt='A quay')
    """
    alt = next((a for i in element.iter("img") if (a := fold_blanks((i.get("alt") or "")[:LONGEST_CAPTION]))), None)
    if alt and _FILE_NAME.fullmatch(alt):
        alt = None
    sources = _find_credits(element)
    captions = [e for e in element.iter("figcaption") if not is_hidden(e)]
    if not captions:
        named = (e for e in element.iterdescendants() if isinstance(e.tag, str) and e.tag != "img" and _CAPTION.search(_names(e)))
        captions = [e for e in named if e not in sources]
    caption = read_text(captions[0], set(sources)) if captions else ""
    credit = " ".join(dict.fromkeys(t for c in sources if (t := read_text(c))))
    caption = caption.strip(_PUNCTUATION) if credit else caption
    if caption.endswith((" (", "[")):
        caption = caption[:-1].rstrip(_PUNCTUATION)
    if len(caption) > LONGEST_CAPTION or len(credit) > LONGEST_CREDIT:
        return None
    if caption and fold_name(caption) == fold_name(credit):
        caption = ""
    if not (caption and any(map(str.isalpha, caption))) and not (credit and any(map(str.isalpha, credit))):
        return None
    return Figure(caption or None, credit or None, alt if fold_name(alt or "") != fold_name(caption) else None)


def _names(e: Element) -> str:
    return f"{e.get('class') or ''} {e.get('itemprop') or ''} {e.get('data-testid') or ''}"[:300]


def _find_credits(element: Element) -> list[Element]:
    """Outermost elements named as a credit. A name that speaks of the caption too counts only deep inside of a figcaption."""
    found: list[Element] = []
    inside: set[Element] = set()
    for e in element.iterdescendants():
        if not isinstance(e.tag, str) or e.tag in _NO_PRINT:
            continue
        if e.getparent() in inside:
            inside.add(e)
        elif _is_credit(e) and not is_hidden(e) and not any(c.tag in ("img", "figcaption") for c in e.iterdescendants()) and read_text(e):
            found.append(e)
            inside.add(e)
    return found


def _is_credit(e: Element) -> bool:
    if e.tag == "figcaption":
        return False
    names = _names(e)
    captioned = e.tag in ("span", "small", "cite", "em", "i", "p") and any(a.tag == "figcaption" for a in e.iterancestors())
    if (e.get("itemprop") or "").casefold() in _CREDIT_ITEMS or (captioned and e.tag in ("small", "cite")):
        return True
    if not _CREDIT.search(names):
        return False
    return not _CAPTION.search(names) or (captioned and not any(_CREDIT.search(_names(c)) for c in e) and len(read_text(e)) < LONGEST_CREDIT)


def read_figures(elements: Sequence[Element], closed: Collection[Element], meta: Metadata) -> tuple[Figure, ...]:
    """The figures among a story's elements, in page order, each caption once; without any, the picture that JSON-LD describes."""
    seen: set[str] = set()
    figures: list[Figure] = []
    for element in _find_figures(elements, closed):
        figure = read_figure(element)
        key = fold_name(f"{figure.caption or figure.credit}") if figure else ""
        if figure and key not in seen:
            seen.add(key)
            figures.append(figure)
            if len(figures) == MAX_FIGURES:
                break
    return tuple(figures) if figures else tuple(_read_stated(meta))


def _find_figures(elements: Sequence[Element], closed: Collection[Element]) -> Iterator[Element]:
    inside: set[Element] = set()
    for e in elements:
        if not isinstance(e.tag, str):
            continue
        if e.getparent() in inside:
            inside.add(e)
            continue
        names = e.get("class") or ""
        if e.tag == "figure" or (e.tag in ("div", "p", "dl", "aside", "section") and _WRAPPER.search(names[:300])):
            if e.tag == "figure" and any(c.tag == "figure" for c in e.iterdescendants()):
                continue
            if e.tag != "figure" and next(e.iter("img"), None) is None:
                continue
            if e in closed or "related" in name_kinds(names[:300]) or sum(1 for _ in e.iter("p")) > 6:
                inside.add(e)
                continue
            inside.add(e)
            yield e


def _read_stated(meta: Metadata) -> Iterator[Figure]:
    image = meta.node.get("image")
    for value in image if isinstance(image, list) else [image]:
        if not isinstance(value, dict):
            continue
        caption = clean_string(value.get("caption")) or clean_string(value.get("description"))
        credit = clean_string(value.get("creditText")) or name_of(value.get("copyrightHolder"), meta.nodes)
        credit = credit or ", ".join(dict.fromkeys(n for n, _ in names_of(value.get("author") or value.get("creator"), meta.nodes))) or None
        if caption and len(caption) < LONGEST_CAPTION and (credit or " " in caption):
            yield Figure(caption, credit if credit and len(credit) <= LONGEST_CREDIT else None, None)
            return
