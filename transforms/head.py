"""The head of a printed article, read block by block until the lead: standfirst, byline, pictures, advisories, dateline."""

from __future__ import annotations

import re

from transforms.boilerplate import lift_block
from transforms.byline import build_contributor
from transforms.caption import parse_announced, parse_caption
from transforms.dateline import read_dateline
from transforms.draft import LONGEST_BYLINE, Context, Draft, add_byline, add_lifted, add_pictures
from transforms.layout import Span, split_paragraphs, trim
from transforms.model import Dateline
from transforms.people import read_people
from transforms.roles import opens_clause, split_clauses
from transforms.signoff import parse_signoff, parse_source_line
from transforms.titles import LONGEST_TITLE, read_title_line

HEAD_BLOCKS = 12
"""Blocks after the headline among which bylines, pictures and advisories may stand before the lead."""
LONGEST_STANDFIRST = 420
LONGEST_STACK = 5
"""Lines that may stand between headline and byline: a standfirst and links to other stories."""
LONGEST_LINK = 110
SLUG = re.compile(r"[A-Z][A-Z .,'’-]{3,50} [-–—] [A-Z]{3,9} \d{1,2}(?:, \d{4})?: ")
"""How picture agencies open captions: `BRUSSELS, BELGIUM - MARCH 20: `."""


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
            if SLUG.match(document, *span) and add_pictures(draft, document, span, is_head=True):
                elements.append("photo")
                last_head, rest = len(pending), None
                continue
            if len(pending) < 2:
                dateline, is_candidate = read_dateline(
                    document, *span, gazetteer=context.gazetteer, profile=context.profile, language=context.language)
                if is_candidate:
                    draft.warnings.add("dateline_candidate")
                if dateline is not None:
                    settle_pending(draft, pending, [*elements, "dateline"], len(pending))
                    return add_lead(draft, document, dateline, span[0], end) + spans[n + 1:]
            if pending and (closes_head(document, span, elements) or (
                    len(pending) > last_head and "photo" in elements and opens_picture(document, span))):
                return [*settle_pending(draft, pending, elements, last_head), span, *spans[n + 1:]]
            element, rest = read_head_block(draft, document, span, bare=bare_bylines and n + 1 < len(spans))
            if element:
                elements.append(element)
                last_head = len(pending)
            else:
                pending.append(span)
    return settle_pending(draft, pending, elements, last_head)


def closes_head(document: str, span: Span, elements: list[str]) -> bool:
    """Whether a block below some text can't stand in a head any more: residue, a correction or a promise below the byline, or who edited the
    story, so that the text above it is the story itself."""
    if not elements or elements[-1] in ("advisory", "correction"):
        return False
    lifted = lift_block(document, *span)
    if lifted is not None:
        return lifted.kind in ("boilerplate", "correction", "end_mark", "link_residue") or lifted.rule == "timestamp.entry"
    if "byline" not in elements and "dateline" not in elements:
        return False
    if "byline" in elements and "photo" in elements and opens_picture(document, span):
        return True
    return parse_signoff(document, *span) is not None or parse_source_line(document[span[0]:span[1]]) is not None


def opens_picture(document: str, span: Span) -> bool:
    """Whether a block is a caption: below a picture and text it stands in the story."""
    return parse_announced(document, *span) is not None or parse_caption(document, *span) is not None


def count_texts(document: str, spans: list[Span]) -> int:
    """How many of the blocks are text rather than a short line such as a link to another story."""
    return sum(end - start > LONGEST_LINK or document[end - 1] in ".!?”\"…" for start, end in spans)


def read_head_block(draft: Draft, document: str, span: Span, *, bare: bool) -> tuple[str, Span | None]:
    """Set down one head block: the kind of element it was, or nothing when it may be text, and what it left of the block."""
    if draft.blocks and draft.blocks[-1].kind == "byline" and add_title_line(draft, document, span):
        return "byline", None
    lifted = lift_block(document, *span, head=True)
    if lifted is not None and lifted.subtype == "promo" and add_pictures(draft, document, span):
        return "photo", None
    if lifted is not None:
        add_lifted(draft, lifted)
        return lifted.kind, None
    rest = add_byline(draft, document, span, bare=False)
    if rest is not None:
        return "byline", rest
    if any(c.origin == "byline" for c in draft.contributors) and add_photographers(draft, document, span):
        return "byline", None
    if add_pictures(draft, document, span):
        return "photo", None
    if bare and not any(c.origin == "byline" for c in draft.contributors):
        rest = add_byline(draft, document, span, bare=True)
        if rest is not None:
            return "byline", rest
    if bare and add_pictures(draft, document, span, is_head=True):
        return "photo", None
    return "", None


def add_photographers(draft: Draft, document: str, span: Span) -> bool:
    """A second line of a byline that names who took the pictures: `Photographs by Ann Roe`."""
    if span[1] - span[0] > LONGEST_BYLINE or not opens_clause(document, *span):
        return False
    text = document[span[0]:span[1]]
    clauses = split_clauses(text)
    if not clauses or clauses[0].at or any(c.form == "label" or set(c.roles) - {"photographer", "graphics"} for c in clauses):
        return False
    read = [(clause, read_people(text, clause.start, clause.end)) for clause in clauses]
    if not all(people.is_understood and people.entries for _, people in read):
        return False
    draft.contributors.extend(
        build_contributor(text, entry, role, origin="byline", rule="byline.photographers", base=span[0])
        for clause, people in read for role in clause.roles for entry in people.entries)
    draft.byline_spans.append(span)
    draft.add("byline", *span, "byline.photographers")
    return True


def add_title_line(draft: Draft, document: str, span: Span) -> bool:
    """A line of its own below the names, which says what they are: `Associated Press Writer`."""
    if span[1] - span[0] > LONGEST_TITLE or (read := read_title_line(document[span[0]:span[1]])) is None:
        return False
    house, title = read
    people = [c for c in draft.contributors if c.origin == "byline" and c.is_person]
    if not people or any(c.title or c.affiliation for c in people):
        return False
    draft.contributors[:] = [c._replace(title=title, affiliation=house) if c in people else c for c in draft.contributors]
    draft.byline_spans.append(span)
    draft.add("byline", *span, "byline.title-line")
    return True


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
