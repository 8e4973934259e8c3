"""What has been read of one document so far: typed blocks, and the values that stand in them."""

from __future__ import annotations

from typing import NamedTuple

from transforms.boilerplate import Lifted
from transforms.byline import parse_byline
from transforms.caption import find_alt_text, parse_announced, parse_caption, parse_head_caption
from transforms.gazetteer import Gazetteer
from transforms.headline import read_headline_tags
from transforms.layout import Span, trim
from transforms.model import Block, Contributor, Dateline, Photo, Profile

LONGEST_BYLINE = 250


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
    if byline.rule == "byline.from-place" and byline.place:
        draft.contributors[:] = [c._replace(place=c.place or byline.place) if c.role == "author" else c for c in draft.contributors]
    draft.contributors.extend(byline.contributors)
    draft.byline_spans.append((byline.start, byline.end))
    draft.add("byline", byline.start, byline.end, byline.rule)
    return trim(document, byline.end, end)


def add_pictures(draft: Draft, document: str, span: Span, *, is_head: bool = False) -> bool:
    """Set down alternative text and a caption, or a caption with its credit, if the block is that. Above the lead weaker signs count."""
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
    photo = parse_announced(document, start, end) or parse_caption(document, start, end)
    if photo is None and is_head:
        photo = parse_head_caption(document, start, end)
    if photo is None:
        return False
    add_photo(draft, document, span, photo)
    return True
