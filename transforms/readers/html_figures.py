"""The pictures of a page: captions, credits and alternative text, from figures and from JSON-LD."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import islice, takewhile
from typing import NamedTuple

from transforms.readers.html_body import Layout, weigh_text
from transforms.readers.html_metadata import Metadata, clean_string, fold_name, name_of, names_of
from transforms.readers.html_tree import Element, fold_blanks, is_hidden, read_text, walk_text

MAX_FIGURES = 60
LONGEST_CAPTION = 1_500
LONGEST_CREDIT = 200
_CREDIT = re.compile(
    r"credit|copyright|photographer|\bsource|bildnachweis|fotograf|fotograaf|attribution|rights|quelle|\bauthor|byline|agency|autor", re.IGNORECASE,
)
_CAPTION = re.compile(r"caption|legend|description|bildunterschrift|bildtext|imagetext|didascalia|\bpie", re.IGNORECASE)
_CREDIT_ITEMS = frozenset(("credittext", "copyrightholder", "copyrightnotice", "creator", "author", "credit"))
_FILE_NAME = re.compile(r"[\w.,() -]{1,200}\.(?:jpe?g|png|gif|webp|avif|svg)|(?:image|img|photo|dsc|foto)[ _-]?\d*", re.IGNORECASE)
_NO_PRINT = frozenset(("img", "source", "picture", "meta", "script", "style"))
_CAPTIONERS = frozenset(("div", "p", "span", "small", "dd", "em"))
_MOST_LINES = 6
_MOST_IMAGES = 3
_HEADS = ("h1", "h2", "h3", "h4", "form", "time")
_MOST_PROSE = 2
_MOST_LINKS = 20
_MOST_CLIMBS = 300
_LEVELS = 6
_LONGEST_BOX = 700
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
    caption = read_text(captions[0], set(sources)) if captions else "" if element.tag == "figure" else read_text(element, set(sources))
    if not caption and not any(_CREDIT.search(_names(e)) for e in sources):
        # A note in small print is the caption where there is no other.
        caption, sources = " ".join(map(read_text, sources)), []
    credit = " ".join(dict.fromkeys(t for c in sources if (t := read_text(c))))
    caption = caption.strip(_PUNCTUATION) if credit else caption
    if caption.endswith((" (", "[")):
        caption = caption[:-1].rstrip(_PUNCTUATION)
    if len(caption) > LONGEST_CAPTION or len(credit) > LONGEST_CREDIT:
        return None
    if fold_name(caption) == fold_name(credit):
        caption = ""
    if not any(map(str.isalpha, caption + credit)):
        return None
    return Figure(caption or None, credit or None, alt if alt and fold_name(alt) != fold_name(caption) else None)


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


def read_figures(layout: Layout, meta: Metadata) -> tuple[tuple[Figure, ...], frozenset[Element]]:
    """A story's figures in page order, each caption once, and the elements they are; without any, the picture that JSON-LD describes."""
    seen: set[str] = set()
    figures: list[Figure] = []
    found: set[Element] = set()
    for element in find_figures(layout):
        figure = read_figure(element)
        if figure is None:
            continue
        found.add(element)
        key = fold_name(f"{figure.caption or figure.credit}")
        if key not in seen:
            seen.add(key)
            figures.append(figure)
        if len(figures) == MAX_FIGURES:
            break
    return tuple(figures) if figures else tuple(_read_stated(meta)), frozenset(found)


def find_figures(layout: Layout) -> Iterator[Element]:
    """Elements that hold a picture and its print: figures, the boxes around a caption, and boxes of a picture with a line or two."""
    begin, end = layout.region
    elements = layout.elements[begin:end]
    holders = {a for e in (layout.container, layout.heading) if e is not None for a in (e, *e.iterancestors())}
    found: list[Element] = []
    inside: set[Element] = set()
    climbs = 0
    for e in elements:
        if not isinstance(e.tag, str) or e in layout.apart:
            continue
        if e.getparent() in inside:
            inside.add(e)
            continue
        box: Element | None = None
        if e.tag == "figure":
            box = e if next((c for c in e.iterdescendants("figure")), None) is None else None
        elif climbs < _MOST_CLIMBS and e not in holders and (e.tag in ("figcaption", "img") or _is_caption(e)):
            climbs += 1
            box = _climb(e, holders)
        if box is not None and sum(1 for _ in islice(box.iter("p"), _MOST_LINES + 1)) <= _MOST_LINES:
            inside |= {box, *box.iterdescendants()}
            found.append(box)
    yield from found
    # Pictures right below the story, before anything else.
    below = layout.container.itersiblings() if layout.container is not None else ()
    yield from (e for e in takewhile(lambda e: e.tag == "figure", islice(below, MAX_FIGURES)) if e not in inside and e not in layout.apart)


def _is_caption(e: Element) -> bool:
    return e.tag in _CAPTIONERS and _CAPTION.search(_names(e)) is not None and bool(read_text(e, most=1))


def _climb(element: Element, holders: Collection[Element]) -> Element | None:
    """The largest element around a caption or picture that holds no more than a picture with a line or two; None without both."""
    box: Element | None = None
    here = element
    for _ in range(_LEVELS):
        if here is None or here in holders or here.tag == "body":
            break
        if sum(1 for _ in islice(here.iter("img"), _MOST_IMAGES + 1)) > _MOST_IMAGES:
            break
        lines = "".join(islice(walk_text(here), _LONGEST_BOX)).split("\n")
        text = fold_blanks(" ".join(lines))
        if len(text) > _LONGEST_BOX or next(here.iter(*_HEADS, *(() if here.tag == "li" else ("li",))), None) is not None:
            break
        if sum(weigh_text(fold_blanks(line), 0.0) > 0 for line in lines) > _MOST_PROSE:
            break
        linked = sum(len(read_text(a, most=_LONGEST_BOX)) for a in islice(here.iter("a"), _MOST_LINKS))
        if text and 2 * linked < len(text) and next(here.iter("img", "picture"), None) is not None and (element.tag != "img" or " " in text):
            box = here
        here = here.getparent()
    return box


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
