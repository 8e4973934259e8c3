"""From a printed document to typed blocks that tile it, and to the values that stand in them.

The head (headline, standfirst, byline, pictures, advisories) is read block by block until the lead; then the body, where every block that
is not a paragraph has a rule that says so. What is cut from a paragraph's end becomes a block of its own. Nothing is deleted.
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter

from transforms.body import read_body
from transforms.boilerplate import lift_block
from transforms.byline import parse_byline
from transforms.caption import parse_caption
from transforms.dateline import parse_dateline
from transforms.draft import LONGEST_BYLINE, Context, Draft, add_headline, add_lifted, add_photo
from transforms.head import add_lead, read_head
from transforms.layout import SENTENCE_END, Span, split_blocks, split_lines, split_paragraphs
from transforms.model import Block, Dateline

LONGEST_HEADLINE = 350
LONGEST_ALONE = 120
"""A document of one block no longer than this is a headline even with a full stop: a flash."""


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
        leading = skip_leading(draft, document, spans, context)
        if leading == 0 or (leading < len(spans) and not opens_story(document, spans[leading], context)):
            add_headline(draft, document, spans[leading], "headline.first-block")
            leading += 1
        spans = spans[leading:]
    body = read_head(draft, document, spans, context)
    read_body(draft, document, body, context)
    return draft


def skip_leading(draft: Draft, document: str, spans: list[Span], context: Context) -> int:
    """Slugs and advisories above the headline; how many blocks they take. A word such as `Bulletin` right above the story is its headline."""
    n = 0
    while n < min(4, len(spans) - 1):
        lifted = lift_block(document, *spans[n], head=True)
        if lifted is None or lifted.kind not in ("advisory", "correction", "timestamp"):
            break
        if lifted.rule == "advisory.priority" and opens_story(document, spans[n + 1], context):
            break
        add_lifted(draft, lifted)
        n += 1
    return n


def opens_story(document: str, span: Span, context: Context) -> bool:
    """Whether a block is the lead with its dateline, or a byline that says so."""
    start, end = span
    if end - start <= LONGEST_BYLINE and parse_byline(document, start, end) is not None:
        return True
    return find_dateline(document, span, context) is not None


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
    add, make = tiled.append, partial(tuple.__new__, Block)
    at = 0
    for block in sorted(blocks, key=BY_START):
        _, start, end, _, _ = block
        if start > at:
            add(make(("separator", at, start, "white-space", None)))
        elif start < at:
            raise AssertionError(f"blocks overlap at {start}: {block.kind} by {block.rule} begins before {at}")
        if end > start:
            add(block)
        at = end
    if at < length:
        add(make(("separator", at, length, "white-space", None)))
    return tuple(tiled)
