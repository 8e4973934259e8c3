"""The body of an article: paragraphs and all that stands among and below them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache

from transforms.boilerplate import Lifted, block_openings, edge_gates, lift_block, lift_tail, may_end, may_lift
from transforms.caption import caption_openings, may_open_caption
from transforms.draft import LONGEST_BYLINE, Context, Draft, add_lifted, add_pictures
from transforms.layout import Span, split_paragraphs, trim
from transforms.model import Block
from transforms.roles import clause_openings, opens_clause
from transforms.signoff import CONTACT_OPENINGS, find_signoff, find_source_tail, parse_signoff, parse_source_line

LONGEST_SUBHEAD = 80
LONGEST_MARK = 60
LONGEST_LINK = 110
SPEAKER = re.compile(r"[^\W\d_a-z][\w'’.-]{0,20}(?: [^\W\d_a-z][\w'’.-]{0,20}){0,2}: \S")
LONGEST_NOTE = 500
NOTE_VERB = re.compile(
    r"(?:,[^.]{3,80},)? (?:(?:is|was|teaches|writes|covers|est|es|è|é) "
    r"(?:an?|the|our|for|at|in|on|l['’]|un[ea]?|le|la|el|il|co-?author\b|professor\b|[A-Z])"
    r"|(?:covers|reports on|writes about|leads|heads|edits|specialises in|specializes in|joined|has (?:covered|been|worked|reported|written)) "
    r"|(?:ist|war|arbeitet|lehrt|schreibt) (?:der|die|das|ein|eine|als|in|an|[A-ZÄÖÜ])|(?:—|–) )")
"""How a sentence about an author goes on behind the name."""
INITIALS = re.compile(
    r"\(?[a-zäöü]{2,5}(?:-[a-zäöü]{2,4})?(?:/[a-zäöü]{1,5}(?:-[a-zäöü]{2,4})?){1,3}\)?\.?"
    r"|[a-zäöü]{2,4}\.|[A-Z]{2,4}(?:-[A-Z]{2,4})?/|[A-Z]{2,4} // [A-Z]{2,4}"
)
"""Initials of those who wrote and edited: `ald/bsp/gil`, `hlo.`, `KXY-TR/`."""
MAIL = re.compile(r"\(?[\w.+-]{1,40}@[\w-]{1,40}(?:\.[\w-]{1,20}){1,3}\)?")
SHORTEST_SENTENCE = 12
LONGEST_OPENING = 40
TAIL_BLOCKS = 14
"""Paragraphs at the end of a document among which sign-offs and source lines may stand, at most."""
TAIL_TEXTS = 3
"""Paragraphs of news that may stand below a sign-off."""
MARKS = ":(©["
"""What captions, credits and asides cannot do without."""
SIGN_MARKS = ("ontrib", "reported from", "ed with this")
SIGN_JOINTS = (" by", " By", " BY")
SIGN_STEMS = ("ing", "ten", "ed", "ING", "ED")
"""What sign-offs and lines of thanks cannot do without: one of the marks, or a stem before a joint."""
CLOSERS = frozenset("!?\"”’'")


def read_body(draft: Draft, document: str, spans: list[Span], context: Context) -> None:
    """Set down the blocks of a body."""
    if not spans:
        return
    paragraphs, is_wrapped = split_spans(document, spans)
    count = len(paragraphs)
    ending = find_ending(document, paragraphs)
    gate = gate_body(document, paragraphs, ending) if not is_wrapped else None
    field = draft.field
    add_block = draft.blocks.append
    make: Callable[[type[Block], tuple[str, int, int, str, str | None]], Block] = tuple.__new__
    previous = ""
    for n, span in enumerate(paragraphs):
        start, end = span
        if gate is not None:
            if gate.is_plain(n, start, end) and not (n >= ending and is_author_note(draft, document, start, end)):
                add_block(make(Block, ("paragraph", start, end, "paragraph", field)))
                previous = "paragraph"
                continue
            if document[end - 3:end].lower() in gate.tails and may_end(document, start, end):
                stop, tails = cut_tails(document, start, end)
                if tails and gate.is_plain(n, start, stop):
                    add_block(make(Block, ("paragraph", start, stop, "paragraph", field)))
                    add_tails(draft, document, tails)
                    previous = "paragraph"
                    continue
        near_end = n >= ending
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
        if tails and near_end and stop > start and read_ending(draft, document, (start, stop)):
            previous = draft.blocks[-1].kind
        elif stop > start and add_pictures(draft, document, (start, stop)):
            previous = "photo"
        elif is_listed_link(draft, document, span):
            draft.add("boilerplate", start, end, "promo.related-link")
            previous = "boilerplate"
        elif not tails and is_subhead(document, span, previous=previous, last=n == count - 1) and not (
                near_end and find_source_tail(document, start, end)):
            draft.add("subhead", start, end, "subhead.short-line")
            previous = "subhead"
        else:
            add_paragraph(draft, document, start, stop, near_end=near_end)
            previous = "paragraph"
        add_tails(draft, document, tails)


def split_spans(document: str, spans: list[Span]) -> tuple[list[Span], bool]:
    """The paragraphs of blocks, and whether any block has a line end in it.

    >>> split_spans("Ferry late.\\n\\nIt left\\nat noon.", [(0, 11), (13, 29)])
    ([(0, 11), (13, 29)], True)
    """
    find = document.find
    has_return = find("\r") >= 0
    if not has_return:
        for start, end in spans:
            if find("\n", start, end) >= 0:
                break
        else:
            return spans, False
    paragraphs: list[Span] = []
    is_wrapped = False
    for start, end in spans:
        if find("\n", start, end) < 0 and (not has_return or find("\r", start, end) < 0):
            paragraphs.append((start, end))
        else:
            is_wrapped = True
            paragraphs.extend(split_paragraphs(document, start, end))
    return paragraphs, is_wrapped


# ------------------------------------------------------------------ cheap gates
class Gate:
    """A quick judge of a body's paragraphs: which can be nothing but running text. They are asked about in their order.

    One passes that ends a sentence, holds no mark of a caption, and neither begins nor ends as a line that any rule lifts; a short one is no
    subhead either, and near the end none holds what a sign-off or a line of thanks can't do without.
    """

    __slots__ = ("at_mark", "at_sign", "document", "ending", "marks", "openings", "signs", "tails")

    def __init__(self, document: str, paragraphs: list[Span], ending: int) -> None:
        first, last = paragraphs[0][0], paragraphs[-1][1]
        self.document = document
        self.ending = ending
        self.openings, self.tails = busy_openings(), edge_gates().tail
        self.marks = find_marks(document, MARKS, first, last)
        self.signs = find_signs(document, paragraphs[ending][0], last) if ending < len(paragraphs) else [len(document)]
        self.at_mark = self.at_sign = 0

    def is_plain(self, n: int, start: int, end: int) -> bool:
        """Whether the paragraph of that number passes."""
        is_short = end - start <= LONGEST_SUBHEAD
        if end - start < SHORTEST_SENTENCE:
            return False
        marks, at = self.marks, self.at_mark
        if marks[at] < end:
            while marks[at] < start:
                at += 1
            self.at_mark = at
            if marks[at] < end:
                return False
        document = self.document
        edge = document[end - 3:end]
        last = edge[2]
        if last == ".":
            if edge[1] in ")]" or edge[:2].isupper():
                return False
        elif last not in CLOSERS or (is_short and last != "!"):
            return False
        if edge.lower() in self.tails and may_end(document, start, end):
            return False
        is_near_end = n >= self.ending
        if is_near_end:
            signs, at = self.signs, self.at_sign
            if signs[at] < end:
                while signs[at] < start:
                    at += 1
                self.at_sign = at
                if signs[at] < end:
                    return False
        head = document[start:start + 3]
        if not head[0].isalnum():
            return not (may_lift(document, start, end) or may_open_caption(document, start) or (is_near_end and may_sign(document, start, end)))
        known = self.openings.get(head.lower())
        if known is None:
            return True
        return not document[start:start + LONGEST_OPENING].lower().startswith(known) and not (is_near_end and may_sign(document, start, end))


def find_marks(document: str, marks: Iterable[str], start: int, end: int) -> list[int]:
    """Every place of some marks, in order, and the document's length behind the last.

    >>> find_marks("a: b (c)", ":(", 0, 8)
    [1, 5, 8]
    """
    found = [len(document)]
    find = document.find
    for mark in marks:
        at = find(mark, start, end)
        while at >= 0:
            found.append(at)
            at = find(mark, at + 1, end)
    found.sort()
    return found


def find_signs(document: str, start: int, end: int) -> list[int]:
    """Places of what sign-offs and lines of thanks cannot do without, in order, and the document's length behind the last.

    >>> find_signs("He drove by. Reporting by Ann Lee", 0, 33)
    [22, 33]
    """
    found = find_marks(document, SIGN_MARKS, start, end)
    find, follows = document.find, document.endswith
    for joint in SIGN_JOINTS:
        at = find(joint, start, end)
        while at >= 0:
            if follows(SIGN_STEMS, start, at):
                found.append(at)
            at = find(joint, at + 3, end)
    found.sort()
    return found


def gate_body(document: str, paragraphs: list[Span], ending: int) -> Gate | None:
    """The judge of a body; None when the body speaks of photos, so that all of it is looked at.

    >>> text = "The minister told reporters that the ferry was late. The ferry in port. (AP)"
    >>> gate = gate_body(text, [(0, 52), (53, 76)], 0)
    >>> gate.is_plain(0, 0, 52), gate.is_plain(1, 53, 76)
    (True, False)
    """
    start, end = paragraphs[0][0], paragraphs[-1][1]
    if document.find("hoto", start, end) >= 0 or document.find("ourtesy", start, end) >= 0 or document.find("：", start, end) >= 0:
        return None
    return Gate(document, paragraphs, ending)


def may_sign(document: str, start: int, end: int) -> bool:
    """Whether a paragraph near the end begins as a sign-off or a line of contacts does."""
    if document[start:start + 3].lower() not in sign_starts() and document[start].isalnum():
        return False
    return opens_clause(document, start, end) or document.startswith(CONTACT_OPENINGS, start)


@cache
def sign_starts() -> frozenset[str]:
    """The first three letters, in lower case, of all that a sign-off or a line of contacts can begin with."""
    return frozenset(text[:3].lower() for text in (*clause_openings(), *CONTACT_OPENINGS))


@cache
def busy_openings() -> dict[str, tuple[str, ...]]:
    """What a rule's block or a caption can begin with, in lower case, by its first three letters; none for the beginnings of sign-offs."""
    filed: dict[str, list[str]] = {start: [] for start in sign_starts()}
    for form in (*block_openings(), *caption_openings()):
        filed.setdefault(form[:3].lower(), []).append(form[:LONGEST_OPENING].lower())
    return {start: tuple(forms) for start, forms in filed.items()}


# ------------------------------------------------------------------ what a block is
def is_subhead(document: str, span: Span, *, previous: str, last: bool) -> bool:
    """Whether a short line between two paragraphs is a subhead: no sentence, no list item, no table row."""
    start, end = span
    if end - start > LONGEST_SUBHEAD or last or end - start < 3:
        return False
    text = document[start:end]
    if previous not in ("paragraph", "timestamp") and (previous or not text.isupper()):
        return False
    if text[-1] == "?" and SPEAKER.match(text):
        return False
    if "\n" in text or not (text[0].isupper() or text[0] in "‘“\"'«»„¿¡" or text[0].isdigit()) or text.startswith(("- ", "• ", "* ", "– ")):
        return False
    return text[-1] not in ".!:;,…。！" and not (text[-1] in "”\"'’»" and text[-2:-1] in ".!?,…") and "   " not in text


def is_listed_link(draft: Draft, document: str, span: Span) -> bool:
    """Whether a short line below a heading such as `Related news:` is a link to another story."""
    if not draft.blocks or span[1] - span[0] > LONGEST_LINK or document[span[1] - 1] in ".!?…。”\"":
        return False
    above = draft.blocks[-1]
    return above.rule.startswith("promo.related") and (document[above.end - 1] in ":：" or above.rule == "promo.related-link")


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


def read_ending(draft: Draft, document: str, span: Span) -> bool:
    """A sign-off or a source line, if the block is one."""
    start, end = span
    signoff = parse_signoff(document, start, end)
    if signoff is not None and not (parse_source_line(document[start:end]) and not any(c.is_person for c in signoff.contributors)):
        draft.contributors.extend(signoff.contributors)
        draft.add(signoff.kind, start, end, signoff.rule)
        return True
    source = parse_source_line(document[start:end]) if end - start <= 200 else None
    if source is not None:
        if draft.source_line is None:
            draft.source_line = span
        draft.add("source_line", start, end, source.rule)
        return True
    if is_author_note(draft, document, start, end):
        draft.add("boilerplate", start, end, "author.note")
        return True
    if end - start <= LONGEST_MARK:
        if INITIALS.fullmatch(document, start, end):
            draft.add("end_mark", start, end, "end-mark.initials")
            return True
        if MAIL.fullmatch(document, start, end):
            draft.add("boilerplate", start, end, "contact.address")
            return True
    return False


def is_author_note(draft: Draft, document: str, start: int, end: int) -> bool:
    """Whether a last paragraph says who the author is, or is but the name above that: `Ann Roe is a writer in Leeds who is at work on a book.`"""
    if end - start > LONGEST_NOTE:
        return False
    for one in draft.contributors:
        if one.role in ("author", "reporter") and one.is_person and " " in one.name and document.startswith(one.name, start):
            return start + len(one.name) == end or NOTE_VERB.match(document, start + len(one.name), end) is not None
    return False


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
        return
    tail = find_source_tail(document, start, end) if near_end and end > start else None
    if tail is not None:
        draft.add("paragraph", start, trim(document, start, tail)[1], "paragraph")
        if draft.source_line is None:
            draft.source_line = (tail, end)
        draft.add("source_line", tail, end, "source.tail")
    elif end > start:
        draft.add("paragraph", start, end, "paragraph")
