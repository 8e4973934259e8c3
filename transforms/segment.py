"""From a printed document to typed blocks that tile it, and to the values that stand in them.

The head (headline, standfirst, byline, pictures, advisories) is read block by block until the lead; then the body, where every block that
is not a paragraph has a rule that says so. What is cut from a paragraph's end becomes a block of its own. Nothing is deleted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from transforms.boilerplate import Lifted, edge_gates, lift_block, lift_tail, may_lift
from transforms.byline import parse_byline
from transforms.caption import caption_openings, find_alt_text, may_open_caption, parse_caption
from transforms.dateline import parse_dateline, read_dateline
from transforms.gazetteer import Gazetteer
from transforms.headline import read_headline_tags
from transforms.layout import SENTENCE_END, Span, split_blocks, split_lines, split_paragraphs, trim
from transforms.model import Block, Contributor, Dateline, Photo, Profile
from transforms.roles import clause_openings, opens_clause
from transforms.signoff import CONTACT_OPENINGS, find_signoff, parse_signoff, parse_source_line

HEAD_BLOCKS = 12
"""Blocks after the headline among which bylines, pictures and advisories may stand before the lead."""
LONGEST_HEADLINE = 350
LONGEST_ALONE = 120
"""A document of one block no longer than this is a headline even with a full stop: a flash."""
LONGEST_STANDFIRST = 420
LONGEST_STACK = 5
"""Lines that may stand between headline and byline: a standfirst and links to other stories."""
LONGEST_LINK = 110
LONGEST_SUBHEAD = 80
LONGEST_BYLINE = 250
TAIL_BLOCKS = 14
"""Paragraphs at the end of a document among which sign-offs and source lines may stand, at most."""
TAIL_TEXTS = 3
"""Paragraphs of news that may stand below a sign-off."""


class Context(NamedTuple):
    """What a document is read with."""

    profile: Profile
    gazetteer: Gazetteer
    language: str | None


class Draft:
    """What has been read of one document so far."""

    __slots__ = ("blocks", "byline_spans", "contributors", "copyright", "dateline", "field", "headline", "notes", "photos", "source_line",
                 "standfirst", "tags", "usage", "warnings")

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.headline: Span | None = None
        self.tags: tuple[str, ...] = ()
        self.standfirst: list[Span] = []
        self.byline_spans: list[Span] = []
        self.dateline: Dateline | None = None
        self.contributors: list[Contributor] = []
        self.photos: list[Photo] = []
        self.source_line: Span | None = None
        self.notes: list[Span] = []
        self.copyright: Span | None = None
        self.usage: Span | None = None
        self.warnings: set[str] = set()
        self.field: str | None = None

    def add(self, kind: str, start: int, end: int, rule: str) -> None:
        """Set down one block."""
        self.blocks.append(Block(kind, start, end, rule, self.field))


# ------------------------------------------------------------------ single blocks
def add_headline(draft: Draft, document: str, span: Span, rule: str) -> None:
    """The headline and its wire tags."""
    draft.headline = span
    draft.tags = read_headline_tags(document[span[0]:span[1]])
    draft.add("headline", *span, rule)


def add_lifted(draft: Draft, lifted: Lifted) -> None:
    """A block that carries no news; notes and copyright lines are kept as values too."""
    span = (lifted.start, lifted.end)
    if lifted.kind in ("advisory", "correction"):
        draft.notes.append(span)
    elif lifted.subtype == "copyright" and draft.copyright is None:
        draft.copyright = span
    draft.add(lifted.kind, lifted.start, lifted.end, lifted.rule)


def add_photo(draft: Draft, document: str, span: Span, photo: Photo) -> None:
    """A picture: its caption and its credit side by side, together covering the block."""
    draft.photos.append(photo)
    parts = sorted((s, kind) for kind, s in (("caption", photo.caption_span), ("credit", photo.credit_span)) if s is not None)
    if not parts:
        draft.add("caption", *span, photo.rule)
        return
    for n, ((start, _), kind) in enumerate(parts):
        first = span[0] if n == 0 else start
        last = span[1] if n == len(parts) - 1 else parts[n + 1][0][0]
        draft.add(kind, *trim(document, first, last), photo.rule)


def add_byline(draft: Draft, document: str, span: Span, *, bare: bool) -> Span | None:
    """Set down a byline if the block begins with one; returns what it left of the block, empty when nothing, None when it is no byline."""
    start, end = span
    if end - start > LONGEST_BYLINE:
        return None
    byline = parse_byline(document, start, end, bare=bare)
    if byline is None:
        return None
    draft.contributors.extend(byline.contributors)
    draft.byline_spans.append((byline.start, byline.end))
    draft.add("byline", byline.start, byline.end, byline.rule)
    return trim(document, byline.end, end)


def add_pictures(draft: Draft, document: str, span: Span) -> bool:
    """Set down alternative text and a caption, or a caption with its credit, if the block is that."""
    start, end = span
    if document.find("\n", start, end) >= 0:
        alt = find_alt_text(document, start, end)
        if alt is not None:
            photo = parse_caption(document, alt.caption_start, end, expected=True)
            if photo is not None:
                draft.add("image_alt", alt.start, alt.end, alt.rule)
                add_photo(draft, document, trim(document, alt.caption_start, end), photo._replace(alt_text=document[alt.start:alt.end]))
                if alt.truncated:
                    draft.warnings.add("alt_truncated")
                return True
    photo = parse_caption(document, start, end)
    if photo is None:
        return False
    add_photo(draft, document, span, photo)
    return True


def add_lead(draft: Draft, document: str, dateline: Dateline, start: int, end: int) -> list[Span]:
    """The dateline as a block, what the wire put before it as another, and the paragraphs behind it in the same printed block."""
    draft.dateline = dateline
    before = trim(document, start, dateline.start)
    if before[0] < before[1]:
        draft.notes.append(before)
        draft.add("advisory", *before, "advisory.before-dateline")
    draft.contributors.extend(dateline.contributors)
    lead = trim(document, dateline.lead, end)
    draft.add("dateline", *trim(document, dateline.start, lead[0]), dateline.rule)
    return split_paragraphs(document, *lead) if lead[0] < lead[1] else []


def cut_tails(document: str, start: int, end: int) -> tuple[int, list[Lifted]]:
    """What hangs at a paragraph's end without being news, the last first, and where the paragraph stops before it."""
    tails: list[Lifted] = []
    while (tail := lift_tail(document, start, end)) is not None:
        tails.append(tail)
        end = trim(document, start, tail.start)[1]
        if end == start:
            break
    return end, tails


def add_tails(draft: Draft, document: str, tails: list[Lifted]) -> None:
    """Set down what was cut from a paragraph's end."""
    for tail in reversed(tails):
        draft.add(tail.kind, *trim(document, tail.start, tail.end), tail.rule)


def add_paragraph(draft: Draft, document: str, start: int, end: int, *, near_end: bool) -> None:
    """A body paragraph; a sign-off glued to it is set apart."""
    signoff = find_signoff(document, start, end) if near_end and end > start else None
    if signoff is not None:
        draft.contributors.extend(signoff.contributors)
        paragraph_end = trim(document, start, signoff.start)[1]
        if paragraph_end > start:
            draft.add("paragraph", start, paragraph_end, "paragraph")
        draft.add(signoff.kind, signoff.start, end, signoff.rule)
    elif end > start:
        draft.add("paragraph", start, end, "paragraph")


# ------------------------------------------------------------------ the head
def looks_like_headline(document: str, span: Span) -> bool:
    """Whether a first block can be a headline: short, or at least not a paragraph of several sentences."""
    start, end = span
    if end - start > LONGEST_HEADLINE:
        return False
    return end - start <= 200 or not SENTENCE_END.search(document, max(start, end - 6), end)


def is_shouted(text: str) -> bool:
    """Whether a line is set in capitals, but for a slip or a small word: such a line is a headline.

    >>> is_shouted("HOUSE VOTES TO RAISE LIMIT to 65 from 55"), is_shouted("BERLIN dpa reports")
    (True, False)
    """
    capitals = sum(map(str.isupper, text))
    return len(text) <= LONGEST_HEADLINE and capitals >= 8 and capitals >= 3 * sum(map(str.islower, text))


def find_dateline(document: str, span: Span, context: Context) -> Dateline | None:
    """The dateline that a block begins with."""
    return parse_dateline(document, *span, gazetteer=context.gazetteer, profile=context.profile, language=context.language)


def split_first_block(document: str, spans: list[Span], context: Context) -> list[Span]:
    """A first block of several lines, as a headline and what stands directly below it, when a line below is a byline or a dateline follows
    text that has no blank line at all."""
    start, end = spans[0]
    if document.find("\n", start, end) < 0 and document.find("\r", start, end) < 0:
        return spans
    lines = split_lines(document, start, end)
    if len(lines) < 2 or lines[0][1] - lines[0][0] > LONGEST_HEADLINE:
        return spans
    if end - start > LONGEST_HEADLINE or (len(spans) == 1 and len(lines) >= 4):
        return [lines[0], *split_paragraphs(document, lines[1][0], end), *spans[1:]]
    for n in range(1, min(len(lines), 4)):
        at, stop = lines[n]
        if stop - at <= LONGEST_BYLINE and parse_byline(document, at, stop) is not None:
            return [(lines[0][0], lines[n - 1][1]), *lines[n:], *spans[1:]]
        if find_dateline(document, (at, end), context) is not None:
            return [(lines[0][0], lines[n - 1][1]), (at, end), *spans[1:]]
    return spans


def read_head(draft: Draft, document: str, spans: list[Span], context: Context, *, bare_bylines: bool = True) -> list[Span]:
    """Read what stands between headline and lead; returns the paragraphs still to be read as body."""
    pending: list[Span] = []
    last_head = 0
    elements: list[str] = []
    for n, (start, end) in enumerate(spans):
        if n >= HEAD_BLOCKS or len(pending) > LONGEST_STACK or count_texts(document, pending) > 2:
            return settle_pending(draft, pending, elements, last_head) + spans[n:]
        rest: Span | None = (start, end)
        while rest is not None and rest[0] < rest[1]:
            span = rest
            if len(pending) < 2:
                dateline, is_candidate = read_dateline(
                    document, *span, gazetteer=context.gazetteer, profile=context.profile, language=context.language)
                if is_candidate:
                    draft.warnings.add("dateline_candidate")
                if dateline is not None:
                    settle_pending(draft, pending, [*elements, "dateline"], len(pending))
                    return add_lead(draft, document, dateline, span[0], end) + spans[n + 1:]
            element, rest = read_head_block(draft, document, span, bare=bare_bylines and n + 1 < len(spans))
            if element:
                elements.append(element)
                last_head = len(pending)
            else:
                pending.append(span)
    return settle_pending(draft, pending, elements, last_head)


def count_texts(document: str, spans: list[Span]) -> int:
    """How many of the blocks are text rather than a short line such as a link to another story."""
    return sum(end - start > LONGEST_LINK or document[end - 1] in ".!?”\"…" for start, end in spans)


def read_head_block(draft: Draft, document: str, span: Span, *, bare: bool) -> tuple[str, Span | None]:
    """Set down one head block: the kind of element it was, or nothing when it may be text, and what it left of the block."""
    lifted = lift_block(document, *span, head=True)
    if lifted is not None and lifted.subtype == "promo" and add_pictures(draft, document, span):
        return "photo", None
    if lifted is not None:
        add_lifted(draft, lifted)
        return lifted.kind, None
    rest = add_byline(draft, document, span, bare=False)
    if rest is not None:
        return "byline", rest
    if add_pictures(draft, document, span):
        return "photo", None
    if bare and not any(c.origin == "byline" for c in draft.contributors):
        rest = add_byline(draft, document, span, bare=True)
        if rest is not None:
            return "byline", rest
    return "", None


def settle_pending(draft: Draft, pending: list[Span], elements: list[str], last_head: int) -> list[Span]:
    """Text blocks that stood above a head element are standfirst when they are short; the rest is body."""
    above = pending[:last_head]
    if above and any(kind in ("byline", "photo", "dateline", "timestamp") for kind in elements):
        allowed = LONGEST_STACK if "byline" in elements else 2 if "dateline" in elements else 1
        if len(above) <= allowed and all(end - start <= LONGEST_STANDFIRST for start, end in above):
            for span in above:
                draft.standfirst.append(span)
                draft.add("standfirst", *span, "standfirst.above-head")
            return pending[last_head:]
    return pending


# ------------------------------------------------------------------ the body
def is_subhead(document: str, span: Span, *, previous: str, last: bool) -> bool:
    """Whether a short line between two paragraphs is a subhead: no sentence, no list item, no table row."""
    start, end = span
    if end - start > LONGEST_SUBHEAD or previous != "paragraph" or last or end - start < 3:
        return False
    text = document[start:end]
    if "\n" in text or not (text[0].isupper() or text[0] in "‘“\"'«¿¡" or text[0].isdigit()) or text.startswith(("- ", "• ", "* ", "– ")):
        return False
    return text[-1] not in ".!:;,…。！" and not (text[-1] in "”\"'’»" and text[-2:-1] in ".!?,…") and "   " not in text


def read_body(draft: Draft, document: str, spans: list[Span], context: Context) -> None:
    """Paragraphs and all that stands among and below them."""
    paragraphs: list[Span] = []
    is_wrapped = False
    for start, end in spans:
        if document.find("\n", start, end) < 0 and document.find("\r", start, end) < 0:
            paragraphs.append((start, end))
        else:
            is_wrapped = True
            paragraphs.extend(split_paragraphs(document, start, end))
    count = len(paragraphs)
    ending = find_ending(document, paragraphs)
    is_plain = None if is_wrapped or not paragraphs else gate_body(document, paragraphs[0][0], paragraphs[-1][1])
    field = draft.field
    add_block = draft.blocks.append
    previous = ""
    for n, span in enumerate(paragraphs):
        start, end = span
        near_end = n >= ending
        if is_plain is not None and end - start > LONGEST_SUBHEAD and is_plain(document[start:end]) and not (
                near_end and may_sign(document, start, end)):
            add_block(Block("paragraph", start, end, "paragraph", field))
            previous = "paragraph"
            continue
        lifted = lift_block(document, start, end)
        if lifted is not None:
            if lifted.subtype != "promo" or not add_pictures(draft, document, span):
                add_lifted(draft, lifted)
            previous = lifted.kind
            continue
        if near_end and read_ending(draft, document, span):
            previous = draft.blocks[-1].kind
            continue
        stop, tails = cut_tails(document, start, end)
        if tails and is_plain is not None and stop - start > LONGEST_SUBHEAD and is_plain(document[start:stop]) and not near_end:
            add_block(Block("paragraph", start, stop, "paragraph", field))
            previous = "paragraph"
        elif stop > start and add_pictures(draft, document, (start, stop)):
            previous = "photo"
        elif not tails and is_subhead(document, span, previous=previous, last=n == count - 1):
            draft.add("subhead", start, end, "subhead.short-line")
            previous = "subhead"
        else:
            add_paragraph(draft, document, start, stop, near_end=near_end)
            previous = "paragraph"
        add_tails(draft, document, tails)


def find_ending(document: str, paragraphs: list[Span]) -> int:
    """Where the end of a story begins, in which sign-offs and source lines may stand: its last paragraphs, lines that carry no news and
    short ones not counted."""
    texts = 0
    n = len(paragraphs)
    lowest = max(0, n - TAIL_BLOCKS)
    while n > lowest and texts < TAIL_TEXTS:
        n -= 1
        start, end = paragraphs[n]
        texts += end - start > LONGEST_BYLINE and lift_block(document, start, end) is None
    return n


MARKED = re.compile("[:©(\\[]")
"""What captions, credits and asides cannot do without."""
SIGN_MARKS = ("ontrib", "reported from", "ed with this", "ing by", "ing By", "ed by", "ed By", "ten by", "ten By", "ING BY", "ED BY")
"""What sign-offs and lines of thanks cannot do without."""
CLOSERS = frozenset("!?\"”’'")


def gate_body(document: str, start: int, end: int) -> Callable[[str], bool] | None:
    """A quick judge of long paragraphs that can be nothing but running text; None when the body speaks of photos, so that all are looked at.

    A paragraph passes that ends a sentence, holds no mark of a caption, and neither begins nor ends as a line that any rule lifts.

    >>> text = "The minister told reporters on Friday that the ferry was late."
    >>> judge = gate_body(text, 0, len(text))
    >>> judge(text), judge("The ferry in port. (AP)"), judge("Our Standards: the same.")
    (True, False, False)
    """
    if document.find("hoto", start, end) >= 0 or document.find("ourtesy", start, end) >= 0 or document.find("：", start, end) >= 0:
        return None
    starts, tails, has_mark = busy_starts(), edge_gates().tail, MARKED.search

    def is_plain(text: str) -> bool:
        last = text[-1]
        if last == ".":
            if text[-2] in ")]" or text[-3:-1].isupper():
                return False
        elif last not in CLOSERS:
            return False
        if text[-3:].lower() in tails or has_mark(text):
            return False
        if text[:3].lower() in starts or not text[0].isalnum():
            return not may_lift(text, 0, len(text)) and not may_open_caption(text, 0)
        return True

    return is_plain


def may_sign(document: str, start: int, end: int) -> bool:
    """Whether a paragraph near the end can hold a sign-off or a line of thanks."""
    for mark in SIGN_MARKS:
        if document.find(mark, start, end) >= 0:
            return True
    if document[start:start + 3].lower() not in sign_starts() and document[start].isalnum():
        return False
    return opens_clause(document, start, end) or document.startswith(CONTACT_OPENINGS, start)


@cache
def sign_starts() -> frozenset[str]:
    """The first three letters, in lower case, of all that a sign-off or a line of contacts can begin with."""
    return frozenset(text[:3].lower() for text in (*clause_openings(), *CONTACT_OPENINGS))


@cache
def busy_starts() -> frozenset[str]:
    """The first three letters, in lower case, of all that a rule or a caption can begin with."""
    return edge_gates().block | {text[:3].lower() for text in caption_openings()}


def read_ending(draft: Draft, document: str, span: Span) -> bool:
    """A sign-off or a source line, if the block is one."""
    start, end = span
    signoff = parse_signoff(document, start, end)
    if signoff is not None:
        draft.contributors.extend(signoff.contributors)
        draft.add(signoff.kind, start, end, signoff.rule)
        return True
    source = parse_source_line(document[start:end]) if end - start <= 200 else None
    if source is not None:
        if draft.source_line is None:
            draft.source_line = span
        draft.add("source_line", start, end, source.rule)
        return True
    return False


# ------------------------------------------------------------------ the whole
def read_document(document: str, context: Context) -> Draft:
    """Read a whole printed article."""
    draft = Draft()
    spans = split_blocks(document)
    if not spans:
        return draft
    spans = split_first_block(document, spans, context)
    if len(spans) == 1:
        read_single_block(draft, document, spans[0], context)
        return draft
    start, end = spans[0]
    if find_dateline(document, spans[0], context) is None and looks_like_headline(document, spans[0]) and (
                is_shouted(document[start:end]) or parse_byline(document, start, min(end, start + LONGEST_BYLINE)) is None):
        leading = skip_leading(draft, document, spans)
        if leading < len(spans):
            add_headline(draft, document, spans[leading], "headline.first-block")
            leading += 1
        spans = spans[leading:]
    body = read_head(draft, document, spans, context)
    read_body(draft, document, body, context)
    return draft


def skip_leading(draft: Draft, document: str, spans: list[Span]) -> int:
    """Slugs and advisories above the headline; how many blocks they take."""
    n = 0
    while n < min(4, len(spans) - 1):
        lifted = lift_block(document, *spans[n], head=True)
        if lifted is None or lifted.kind not in ("advisory", "correction", "timestamp"):
            break
        add_lifted(draft, lifted)
        n += 1
    return n


def read_single_block(draft: Draft, document: str, span: Span, context: Context) -> None:
    """A document of one block: a caption with its credit, a headline alone, or a story without either."""
    start, end = span
    dateline = find_dateline(document, span, context)
    if dateline is not None:
        read_body(draft, document, add_lead(draft, document, dateline, start, end), context)
        return
    if is_shouted(document[start:end]):
        add_headline(draft, document, span, "headline.alone")
        return
    photo = parse_caption(document, start, end, expected=True)
    if photo is not None and photo.credit_span is not None:
        add_photo(draft, document, span, photo)
    elif looks_like_headline(document, span) and (end - start <= LONGEST_ALONE or not SENTENCE_END.search(document, max(start, end - 6), end)):
        add_headline(draft, document, span, "headline.alone")
    else:
        read_body(draft, document, [span], context)


BY_START = itemgetter(1)


def tile_blocks(blocks: list[Block], length: int) -> tuple[Block, ...]:
    """The blocks in document order with separators between them, so that they tile the document.

    >>> [b[:3] for b in tile_blocks([Block("headline", 0, 5, "r"), Block("paragraph", 7, 9, "r")], 10)]
    [('headline', 0, 5), ('separator', 5, 7), ('paragraph', 7, 9), ('separator', 9, 10)]
    """
    tiled: list[Block] = []
    at = 0
    for block in sorted(blocks, key=BY_START):
        _, start, end, _, _ = block
        if start < at:
            raise AssertionError(f"blocks overlap at {start}: {block.kind} by {block.rule} begins before {at}")
        if start > at:
            tiled.append(Block("separator", at, start, "white-space", None))
        if end > start:
            tiled.append(block)
        at = end
    if at < length:
        tiled.append(Block("separator", at, length, "white-space", None))
    return tuple(tiled)
