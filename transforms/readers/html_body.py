"""The story on a page: where it stands, which of its lines are story, and which are furniture."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from transforms.readers.html_metadata import fold_name
from transforms.readers.html_tree import BLOCKS, SILENT, Element, fold_blanks, is_hidden, parse_tree
from transforms.readers.html_words import kinds_of

MAX_ELEMENTS = 400_000
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_ENDED = re.compile(r"[.!?…。！？؟۔।][\"'”’»“)\]）」』]{0,3}$")
_STAMP = re.compile(r"\d{1,4}[./:-]\d{1,2}|\b(?:19|20)\d\d\b")
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_RUNNING = frozenset(("p", "blockquote", "li", "dd", "dt", "pre", "td", "th")) | _HEADINGS
_FURNITURE = frozenset(("nav", "footer", "aside", "figure", "figcaption", "menu"))
_PICTURED = frozenset(("figure", "figcaption", "aside"))
_STRONG = frozenset(("related", "newsletter", "advert", "navigation", "consent", "hidden", "share", "footer"))
_COMMENTS = frozenset(("comments",))
_WEAK = frozenset(("tags", "byline", "media", "aside"))
_LABELS = _WEAK | {"hidden"}
_NAMED = BLOCKS - {"body", "main"}
_AROUND = 40
"""Elements before the headline among which a byline may stand."""
_OPENING_LINES = 3
_TAGGED = re.compile(r"<(?:p|br|div|h[1-6]|li|a|b|i|strong|em|span)\b", re.IGNORECASE)
_INLINE = frozenset(("span", "time", "small", "cite", "a", "em", "i"))
_WHOLE = frozenset(("html", "body", "main"))
_CRUMB = re.compile(r"crumb", re.IGNORECASE)
_CRUMB_STEPS = 3
_CRUMB_LINKS = 12
_TELLING = 12
"""Letters of a title that don't stand together by chance."""
_BESIDE = 0.9
"""How like a title a heading is that holds it beside a kicker."""


class Stretch(NamedTuple):
    """One line of a page as shown: a paragraph, heading, list item or stray text."""

    text: str
    owner: Element
    """The block element whose own text it is."""
    linked: float
    """Share of its characters that are link text."""
    bold: float
    """Share of its characters in bold."""
    weight: int
    """How much it looks like a paragraph of prose; 0 for labels and links."""


class Layout(NamedTuple):
    """Where the story stands on a page."""

    elements: tuple[Element, ...]
    """Of the body, in document order."""
    lines: tuple[Stretch, ...]
    """From behind the headline to the story's end, without what is named as something else."""
    heading: Element | None
    """The heading that prints the headline."""
    container: Element | None
    """The smallest element that holds nearly all of the story's prose; None when there is no prose."""
    inside: frozenset[Element]
    """The elements in it."""
    apart: frozenset[Element]
    """Elements in what is named as no part of the story; figures are not among them."""
    region: tuple[int, int]
    """Places in `elements` of the story's first and one past its last, headline and its surroundings included."""


class Story(NamedTuple):
    """The story read."""

    standfirst: str | None
    paragraphs: tuple[str, ...]
    head: tuple[Element, ...] = ()
    """Elements around the headline and down into the lead, where the byline stands."""
    bare: int = 0
    """How many of these come before the lead."""
    foot: tuple[Element, ...] = ()
    """Elements from the last paragraph to the story's end."""


def weigh_text(text: str, linked: float) -> int:
    """How much a line looks like prose: its length, wide scripts double, nothing when it is short or mostly link.

    >>> weigh_text("Read more", 0.0), weigh_text("The ferry left the harbour an hour late on Monday.", 0.0) > 0
    (0, True)
    """
    size = len(text) + (len(_WIDE.findall(text[:2000])) if not text.isascii() else 0)
    if linked > 0.5 or size < 40 or (size < 80 and not _ENDED.search(text)):
        return 0
    return size


def cut_lines(root: Element, dropped: Collection[Element]) -> list[Stretch]:
    """The lines of a tree in reading order, without dropped elements. Two line breaks end a paragraph, as a block element does."""
    lines: list[Stretch] = []
    buffer: list[str] = []
    linked = bold = in_link = in_bold = 0
    owner = root
    owners: list[Element] = []

    def flush() -> None:
        nonlocal linked, bold
        raw = "".join(buffer)
        buffer.clear()
        size = len(raw.strip())
        if size:
            share, strong = min(1.0, linked / size), min(1.0, bold / size)
            texts = filter(None, map(fold_blanks, raw.split("\n\n")))
            lines.extend(Stretch(text, owner, share, strong, weigh_text(text, share)) for text in texts)
        linked = bold = 0

    # (element, None) enters it, (element, "") leaves it, (None, text) is text behind one.
    stack: list[tuple[Element | None, str | None]] = [(root, None)]
    while stack:
        node, text = stack.pop()
        if node is None:
            if text:
                buffer.append(text.replace("\n", " "))
                size = len(text.strip())
                linked += size if in_link else 0
                bold += size if in_bold else 0
            continue
        tag = node.tag
        if text is None:
            if node is not root and node.tail:
                stack.append((None, node.tail))
            if not isinstance(tag, str) or tag in SILENT or node in dropped:
                continue
            if tag == "br":
                filled = next((n for n in range(len(buffer) - 1, -1, -1) if buffer[n].strip(" \t\r")), -1)
                if filled >= 0 and buffer[filled] == "\n":
                    buffer[filled] = "\n\n"
                elif filled >= 0 and buffer[filled] != "\n\n":
                    buffer.append("\n")
                continue
            stack.append((node, ""))
            if tag in BLOCKS:
                flush()
                owners.append(owner)
                owner = node
            elif tag == "a":
                in_link += 1
            elif tag in ("b", "strong"):
                in_bold += 1
            stack.extend((child, None) for child in reversed(node))
            if node.text:
                stack.append((None, node.text))
        elif tag in BLOCKS:
            flush()
            owner = owners.pop()
        elif tag == "a":
            in_link -= 1
        elif tag in ("b", "strong"):
            in_bold -= 1
    flush()
    return lines


def sum_weights(elements: Sequence[Element], lines: Iterable[Stretch]) -> dict[Element, int]:
    """Weight of prose within each element that holds any. `elements` stand in document order."""
    weights: dict[Element, int] = {}
    for line in lines:
        if line.weight:
            weights[line.owner] = weights.get(line.owner, 0) + line.weight
    for element in reversed(elements[1:]):
        if own := weights.get(element):
            parent = element.getparent()
            weights[parent] = weights.get(parent, 0) + own
    return weights


def name_parts(elements: Iterable[Element]) -> dict[Element, frozenset[str]]:
    """What elements are named as, for those named as any part of a page."""
    return {e: kinds for e in elements if (e.tag in _NAMED or e.tag in _INLINE) and (kinds := kinds_of(e))}


def drop_named(
    parts: dict[Element, frozenset[str]], kinds: frozenset[str], weights: dict[Element, int], total: int, most: float, spared: Collection[Element],
) -> set[Element]:
    """Elements named as something other than the story. Those of one name that together hold more than a share `most` of the prose stay."""
    named: dict[str, list[Element]] = {}
    for e, own in parts.items():
        if own & kinds and e.tag in _NAMED and e not in spared:
            named.setdefault(f"{e.tag} {e.get('class')} {e.get('id')}", []).append(e)
    return {e for group in named.values() if sum(weights.get(e, 0) for e in group) <= most * total for e in group}


def drop_furniture(elements: Sequence[Element], weights: dict[Element, int], total: int) -> set[Element]:
    """Hidden elements, menus, feet, asides and figures, unless one holds half of the prose."""
    return {
        e for e in elements
        if isinstance(e.tag, str) and (e.tag in _FURNITURE or is_hidden(e)) and weights.get(e, 0) <= 0.5 * total
    }


def drop_labels(elements: Iterable[Element], parts: dict[Element, frozenset[str]]) -> set[Element]:
    """Inline elements that are labels: hidden ones, captions, credits and times outside of paragraphs."""
    dropped = {e for e in elements if e.tag in _INLINE and is_hidden(e)}
    for e, kinds in parts.items():
        if e.tag in _INLINE and kinds & _LABELS:
            parent = e.getparent()
            if "hidden" in kinds or (parent is not None and parent.tag in _NAMED and parent.tag not in _RUNNING):
                dropped.add(e)
    return dropped


def find_heading(elements: Sequence[Element], titles: Collection[str], dropped: Collection[Element]) -> Element | None:
    """The heading that prints the headline: the h1 most like the titles that the page gives itself, or an h2 where the h1 ends a path of links."""
    wanted = [words for t in titles if (words := set(t.casefold().split()))]
    whole = [folded for t in titles if len(folded := fold_name(t)) >= _TELLING]
    best, score, seen = None, 0.0, 0
    for e in elements:
        if e.tag not in ("h1", "h2"):
            continue
        seen += 1
        if seen > 300:
            break
        text = fold_blanks(e.text_content()[:400])
        words = set(text.casefold().split())
        likeness = max((len(words & w) / len(words | w) for w in wanted), default=0.0) if words else 0.0
        if likeness < _BESIDE and any(title in fold_name(text) for title in whole):
            likeness = _BESIDE
        shown = 0.0 if "hidden" in kinds_of(e) else 0.3
        value = likeness + (shown if e.tag == "h1" and not is_crumb(e) else -0.3 if e.tag == "h2" else -0.6)
        if words and value > score and (likeness > 0.25 or not any(a in dropped or a.tag in ("nav", "header") for a in e.iterancestors())):
            best, score = e, value
    return best


def is_crumb(heading: Element) -> bool:
    """Whether a heading is the last step of a page's path (Home > Sport > Ferry late), which repeats a title for search engines.

    >>> from transforms.readers.html_tree import parse_tree
    >>> pages = '<ol><li><a href="/">Home</a><li><h1>Ferry late</h1></ol>', '<p><a href="/sea">Sea</a><h1>Ferry late</h1>'
    >>> [is_crumb(next(parse_tree(page).iter("h1"))) for page in pages]
    [True, False]
    """
    around = [heading, *islice(heading.iterancestors(), _CRUMB_STEPS)]
    if any(e.tag in ("li", "nav") or any(_CRUMB.search(e.get(name) or "") for name in ("class", "id", "itemtype")) for e in around):
        return True
    parent = heading.getparent()
    beside = [e for e in parent[:_CRUMB_LINKS] if e is not heading and isinstance(e.tag, str)] if parent is not None else []
    return len(beside) > 1 and all(e.tag == "a" for e in beside)


def choose_container(root: Element, elements: Sequence[Element], weights: dict[Element, int], above: Collection[Element]) -> Element | None:
    """The smallest element that holds nearly all of the story's prose."""
    total = weights.get(root, 0)
    if not total:
        return None
    marked = [e for e in elements if weights.get(e, 0) > 0.3 * total and (e.tag == "article" or "articleBody" in (e.get("itemprop") or ""))]
    bodies = [e for e in marked if e.get("itemprop")]
    here = max(bodies or [e for e in marked if e in above] or marked or [root], key=lambda e: weights.get(e, 0))
    while True:
        best = max((c for c in here if isinstance(c.tag, str)), key=lambda c: weights.get(c, 0), default=None)
        if best is None or weights.get(best, 0) < 0.8 * weights.get(here, 0) or best.tag not in BLOCKS or best.tag in _RUNNING:
            return here
        here = best


def lay_out(root: Element, titles: Collection[str]) -> Layout:
    """Find where the story stands; `titles` are the headlines that the page gives itself."""
    body = root.find("body")
    body = root if body is None else body
    elements = list(body.iter())[:MAX_ELEMENTS]
    parts = name_parts(elements)
    lines = cut_lines(body, drop_labels(elements, parts))
    weights = sum_weights(elements, lines)
    total = weights.get(body, 0)
    furniture = drop_furniture(elements, weights, total)
    heading = find_heading(elements, titles, furniture)
    above = {heading, *heading.iterancestors()} if heading is not None else set()
    named = drop_named(parts, _STRONG, weights, total, 0.45, above)
    named |= drop_named(parts, _COMMENTS, weights, total, 0.8, above)
    closed = close_under(elements, (furniture - above) | named)
    lines = [line for line in lines if line.owner not in closed]
    weights = sum_weights(elements, lines)
    container = choose_container(body, elements, weights, above)
    order = {e: n for n, e in enumerate(elements)}
    start = max(0, order[heading] - _AROUND) if heading is not None else 0
    apart = frozenset(close_under(elements, named | {e for e in furniture - above if e.tag not in _PICTURED}))
    if container is None:
        return Layout(tuple(elements), tuple(lines), heading, None, frozenset(), apart, (start, len(elements)))
    weak = drop_named(parts, _WEAK, weights, weights[container], 0.35, above | {container, *container.iterancestors()})
    closed = close_under(elements, weak)
    inside = close_under(elements, {container})
    begin, end = span_lines(lines, order, heading, inside)
    kept = tuple(line for line in lines[begin:end] if line.owner not in closed)
    first = order[container]
    return Layout(tuple(elements), kept, heading, container, frozenset(inside), apart, (min(start, first), first + len(inside)))


def read_story(layout: Layout, titles: Collection[str], captions: Collection[str] = (), summary: str | None = None,
               pictured: Collection[Element] = ()) -> Story:
    """Read the story that was found. `captions` are what its figures `pictured` print, `summary` the page's description.

    >>> from transforms.readers.html_tree import parse_tree
    >>> page = parse_tree('<ul><li><a href="/">Home</a></ul><h1>Ferry late</h1><div><p>The ferry left the harbour an hour late on Monday.</div>')
    >>> read_story(lay_out(page, ["Ferry late"]), ["Ferry late"]).paragraphs
    ('The ferry left the harbour an hour late on Monday.',)
    """
    figures = close_under(layout.elements, pictured) if pictured else frozenset()
    kept = pick_lines([line for line in layout.lines if line.owner not in figures], titles, captions, summary)
    story = split_standfirst(kept, layout, summary)
    begin, end = layout.region
    places = {e: n for n, e in enumerate(layout.elements[begin:end], begin)}
    # A byline may stand below the summary or the first lines of it.
    opening = max((places.get(line.owner, begin) for line in kept[:_OPENING_LINES]), default=end)
    lead = next((places.get(line.owner, begin) for line in kept if line.weight), opening)
    last = places.get(kept[-1].owner, end) if kept else end
    if layout.heading is not None and lead <= (printed := places.get(layout.heading, begin - 1)):
        # The headline stands in the very element whose own text is the story.
        opening = lead = min(end, printed + _AROUND)
    return story._replace(head=layout.elements[begin:opening + 1], bare=max(0, lead - begin), foot=layout.elements[last + 1:end])


def close_under(elements: Sequence[Element], tops: Collection[Element]) -> set[Element]:
    """The elements in or under `tops`."""
    closed: set[Element] = set()
    for e in elements:
        if e in tops or e.getparent() in closed:
            closed.add(e)
    return closed


def span_lines(lines: Sequence[Stretch], order: dict[Element, int], heading: Element | None, inside: Collection[Element]) -> tuple[int, int]:
    """From behind the headline, or from the container's start, to the container's end."""
    first = next((n for n, line in enumerate(lines) if line.owner in inside), 0)
    last = next((n for n in range(len(lines) - 1, -1, -1) if lines[n].owner in inside), -1)
    if heading is None:
        article = next((a for a in lines[first].owner.iterancestors() if a.tag in ("article", "main")), None) if lines else None
        return next((n for n, line in enumerate(lines) if article is not None and article in set(line.owner.iterancestors())), first), last + 1
    under = {heading, *heading.iterdescendants()}
    printed = [n for n, line in enumerate(lines) if line.owner in under]
    later = (n for n, line in enumerate(lines) if order.get(line.owner, -1) > order[heading])
    begin = printed[-1] + 1 if printed else next(later, len(lines))
    return (first if begin > last else min(begin, first) if begin < first else begin), last + 1


def is_link(line: Stretch) -> bool:
    """Whether a line is a link to elsewhere rather than text with links in it."""
    if line.owner.tag == "p" and line.weight:
        return line.linked > 0.9
    return line.linked > (0.8 if _ENDED.search(line.text) else 0.5)


def find_teasers(lines: Sequence[Stretch]) -> set[int]:
    """Places of lines under linked headings, where at least two of three such headings in a row have one paragraph each."""
    teasers: set[int] = set()
    run: list[int] = []
    headings = told = since = 0
    for n, line in enumerate((*lines, None)):
        if line is not None and line.owner.tag in _HEADINGS and is_link(line):
            run.append(n)
            told += since == 1
            headings, since = headings + 1, 0
        elif headings:
            since += line is not None and bool(line.weight)
            if line is None or since > 1 or line.owner.tag in _HEADINGS:
                told += since == 1
                if headings > 2 and told > 1:
                    teasers.update(run)
                run, headings, told = [], 0, 0
            else:
                run.append(n)
    return teasers


def pick_lines(lines: Sequence[Stretch], titles: Collection[str], captions: Collection[str], summary: str | None) -> list[Stretch]:
    """The lines that are story: without headlines, captions, links to other stories, labels and times."""
    not_body = {fold_name(t) for t in (*titles, *captions)}
    start = fold_name(summary or "")[:60]
    teasers = find_teasers(lines)
    kept: list[Stretch] = []
    heads: list[Stretch] = []
    prose = 0
    for n, line in enumerate(lines):
        tag = line.owner.tag
        folded = fold_name(line.text)
        if n in teasers or (folded and is_link(line)):
            # A heading over links belongs to the links.
            heads.clear()
            continue
        if not folded or folded in not_body:
            continue
        if tag in _HEADINGS and not line.weight:
            heads.append(line)
            continue
        if not line.weight:
            label = tag not in _RUNNING and not _ENDED.search(line.text)
            if label or (not prose and not (start and folded.startswith(start)) and (len(line.text) < 25 or _STAMP.search(line.text))):
                continue
        if not prose:
            heads = [h for h in heads if len(h.text.split()) > 3]
        kept.extend(heads)
        heads.clear()
        kept.append(line)
        prose += line.weight
    while kept and not kept[-1].weight and kept[-1].owner.tag not in ("p", "li", "blockquote"):
        kept.pop()
    return kept


def split_standfirst(kept: Sequence[Stretch], layout: Layout, summary: str | None) -> Story:
    """Set the summary apart where the page sets it apart: by its name, outside of the running text, or as a heading."""
    texts = tuple(line.text for line in kept)
    if len(kept) < 2 or layout.container is None:
        return Story(None, texts)
    line, after = kept[0], kept[1]
    named = False
    for e in (line.owner, *line.owner.iterancestors()):
        if e is layout.container or e is after.owner.getparent() or e.tag in _WHOLE:
            break
        named = named or "standfirst" in kinds_of(e)
    start = fold_name(summary or "")[:60]
    told = bool(start) and fold_name(line.text).startswith(start)
    outside = line.owner not in layout.inside
    apart = outside or line.owner.getparent() is not after.owner.getparent()
    if line.weight and (named or outside or line.owner.tag in _HEADINGS or (told and (apart or line.bold > 0.9))):
        return Story(line.text, texts[1:])
    return Story(None, texts)


def read_fragment(html: str) -> tuple[str, ...]:
    """Paragraphs of a body given as markup or as plain text with blank lines.

    >>> read_fragment("<p>The ferry is late.</p><p>So is the <b>train</b>.</p>"), read_fragment("One.\\n\\nTwo.")
    (('The ferry is late.', 'So is the train.'), ('One.', 'Two.'))
    """
    if _TAGGED.search(html):
        root = parse_tree(f"<html><body>{html}</body></html>")
        if root is None:
            return ()
        elements = list(root.iter())[:MAX_ELEMENTS]
        lines = cut_lines(root, ())
        weights = sum_weights(elements, lines)
        total = weights.get(root, 0)
        named = drop_named(name_parts(elements), _STRONG | _WEAK, weights, total, 0.35, ())
        closed = close_under(elements, named | drop_furniture(elements, weights, total))
        return tuple(line.text for line in lines if line.linked < 0.9 and line.owner not in closed)
    pieces = html.split("\n\n") if "\n\n" in html else html.split("\n")
    return tuple(text for piece in pieces if (text := fold_blanks(entities.unescape(piece))))
