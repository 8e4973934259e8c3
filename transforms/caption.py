"""Captions: is a block one, where do caption and credit stand in it, and what do they say."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from transforms.credit import find_notice, parse_credit, strip_brackets, strip_residue
from transforms.credit_evidence import BLANKS, CreditSpan, trim_blanks
from transforms.credit_span import find_credit
from transforms.credit_tables import lexicon, openings_by_head
from transforms.credit_tokens import tidy
from transforms.dates import find_caption_date
from transforms.model import Credit, Photo

LONGEST_CAPTION = 2500
LONGEST_HEAD_CAPTION = 400
"""A longer block is no caption unless its place says so."""
TAIL = 240
ROUND_LIMITS = (100, 120, 125, 128, 140, 150, 160, 200, 240, 250, 255, 256, 280, 300, 400, 500, 512)
"""Lengths at which systems cut alternative text."""

_SENTENCE_ENDS = frozenset(".!?…\"”’'»。:;,")
_CAPTION_EDGES = BLANKS + "|–—-/•©"
_BROKEN_DASHES = ("â\x80\x94", "â\x80\x93", "â€”", "â€“")
"""A dash whose bytes were read in the wrong encoding."""
_NO_CREDIT = Credit(None, (), (), (), (), "credit.none")


class AltText(NamedTuple):
    """Alternative text above a caption: where it stands, where the caption starts, and whether it was cut off."""

    start: int
    end: int
    caption_start: int
    truncated: bool
    rule: str


def parse_caption(document: str, start: int, end: int, *, expected: bool = False) -> Photo | None:
    """The photo whose caption and credit stand in a block, if they do.

    `expected` says that the place is known to hold a caption: weaker evidence of a credit counts, and a caption without one is a photo too.

    >>> text = "The minister arrives in Brussels, Belgium March 23, 2021. REUTERS/Ann Roe/Pool"
    >>> photo = parse_caption(text, 0, len(text))
    >>> photo.caption, photo.credit_line, photo.credit.photographer
    ('The minister arrives in Brussels, Belgium March 23, 2021.', 'REUTERS/Ann Roe/Pool', 'Ann Roe')
    >>> parse_caption("The minister told Reuters so (AP).", 0, 34) is None
    True
    """
    if not expected and not is_suspect(document, start, end):
        return None
    start, end = trim_blanks(document, start, end)
    if start >= end or (not expected and end - start > LONGEST_CAPTION):
        return None
    block_start, block_end = start, end
    start = _skip_residue(document, start, end)
    stop = _cut_notice(document, start, end)
    noticed = stop < end
    tail = document[max(start, stop - 300) : stop]
    stop = stop - (len(tail) - len(strip_residue(tail)))
    start, stop = trim_blanks(document, start, stop)
    flags = find_opening(document, start, stop)
    found = find_credit(document, start, stop, expected=expected or noticed) if stop > start else None
    if found is None:
        strict_opening = flags and document[start : start + 40].startswith(_firm_openings())
        if not expected and not strict_opening:
            return None
        span = _trim_caption(document, start, stop)
        if span is None:
            return None
        credit = _NO_CREDIT._replace(flags=flags)
        rule = "caption.opening" if flags else "caption.expected"
        return _date(Photo(document[span[0] : span[1]], None, credit, block_start, block_end, span, None, rule))
    return _date(_join(document, (block_start, block_end), (start, stop), found, flags, noticed=noticed))


def _join(document: str, block: tuple[int, int], inner: tuple[int, int], found: CreditSpan, flags: tuple[str, ...], *, noticed: bool) -> Photo:
    """Caption and credit, side by side."""
    (block_start, block_end), (start, stop) = block, inner
    if found.is_leading:
        span = _trim_caption(document, found.end, stop)
        credit_span = (found.start, found.end)
    else:
        begin = _skip_repeat(document, start, found)
        span = _trim_caption(document, begin, found.start)
        credit_span = (found.start, block_end)
    credit = found.credit
    if noticed:
        credit = parse_credit(f"{document[found.line_start : found.line_end]} {document[stop:block_end]}")
    if flags:
        credit = credit._replace(flags=tuple(sorted({*credit.flags, *flags})))
    caption = document[span[0] : span[1]] if span else None
    return Photo(caption, document[found.line_start : found.line_end], credit, block_start, block_end, span, credit_span, found.rule)


def is_suspect(document: str, start: int, end: int) -> bool:
    """Whether a block is worth a closer look: cheap, and false for nearly every paragraph of running text.

    >>> is_suspect("The minister said so on Friday.", 0, 31), is_suspect("A ship. Photo: Ann Roe", 0, 22)
    (False, True)
    """
    if start >= end:
        return False
    if document[end - 1] not in _SENTENCE_ENDS:
        return True
    low = end - TAIL
    if low < start:
        low = start
    if document.find(":", low, end) >= 0 or document.find("©", low, end) >= 0 or document.find("hoto", low, end) >= 0:
        return True
    if document[start : start + 4] in _opening_heads() or document.find(":", start, start + 42) >= 0 or document[start] == "©":
        return True
    if document.find("ourtesy", low, end) >= 0 or document.find("：", low, end) >= 0:
        return True
    return document[end - 1] == "." and (document[end - 3 : end - 1].isupper() or document[end - 2] in ")]")


def caption_openings() -> frozenset[str]:
    """All openings of captions, as printed."""
    return frozenset(form for form, _ in lexicon().openings)


def may_open_caption(document: str, start: int) -> bool:
    """Whether a block begins as captions of wires do: `FILE PHOTO: `, `This undated handout photo`."""
    return document[start : start + 4] in _opening_heads()


def find_opening(document: str, start: int, end: int) -> tuple[str, ...]:
    """The flags that a caption's first words carry: `FILE PHOTO: `, `This undated handout photo`.

    >>> find_opening("This undated handout photo shows a ship.", 0, 40)
    ('handout', 'undated')
    """
    openings = openings_by_head().get(document[start : start + 4])
    if openings is None:
        return ()
    flags: set[str] = set()
    head = document[start : min(end, start + 60)]
    for form, flag in openings:
        if head.startswith(form) and not (form[-1].isalpha() and head[len(form) : len(form) + 1].isalpha()):
            flags.add(flag)
            break
    if "undated" in flags and " handout " in head:
        flags.add("handout")
    if flags & {"undated", "handout"} and " file " in head:
        flags.add("file")
    return tuple(sorted(flags))


@cache
def _opening_heads() -> frozenset[str]:
    return frozenset(form[:4] for form, _ in lexicon().openings)


@cache
def _firm_openings() -> tuple[str, ...]:
    """Openings that no running text has."""
    return tuple(form for form, _ in lexicon().openings if (form.isupper() and form != "FILE PHOTO") or form in ("This undated", "An undated"))


@cache
def _within_pattern() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(lexicon().within, key=len, reverse=True))))


def find_within(caption: str) -> frozenset[str]:
    """The flags of what a caption says of its picture anywhere: `Racoon on a roof (Symbolbild)`.

    >>> sorted(find_within("The moose is seen in an undated handout photo."))
    ['handout', 'undated']
    """
    flags = {lexicon().within[phrase] for phrase in _within_pattern().findall(caption[:LONGEST_CAPTION].lower())}
    if "undated handout" in caption:
        flags.add("handout")
    return frozenset(flags)


def parse_head_caption(document: str, start: int, end: int) -> Photo | None:
    """The photo of a block that stands above the lead and holds nothing but a caption with a plain credit at its end: `... in port. Supplied`.

    >>> text = "The second taxi arrives by ferry. (Ann Roe for The Weekly Echo)"
    >>> parse_head_caption(text, 0, len(text)).credit.photographer
    'Ann Roe'
    >>> parse_head_caption("The second taxi arrives by ferry on Sunday.", 0, 43) is None
    True
    """
    if end - start > LONGEST_HEAD_CAPTION:
        return None
    text = document[start:end].strip()
    if any(text == form for form, _ in lexicon().openings):
        return parse_caption(document, start, end, expected=True)
    photo = parse_caption(document, start, end, expected=True)
    if photo is None or photo.caption_span is None or photo.credit_span is None or photo.credit_span[0] <= photo.caption_span[0]:
        return None
    credit = photo.credit
    is_bracketed = document[photo.credit_span[0]] in "([（"
    is_proven = credit.agencies or credit.flags or (is_bracketed and credit.photographer and len(credit.photographer.split()) <= 4)
    return photo if is_proven and not document[photo.caption_span[0]].islower() else None


_ANNOUNCED = re.compile(
    r"(?:Image (?:source|credit), (?P<credit>[^\n]{2,120})\n)?\s*(?:Image|Media|Video) caption,? (?P<caption>[^\n]{2,500})"
    r"|Image (?:source|credit), (?P<alone>[^\n]{2,120})")


def parse_announced(document: str, start: int, end: int) -> Photo | None:
    """A picture whose parts a page announces: `Image source, Getty Images`, and below it `Image caption, An otter`.

    >>> text = "Image source, Ann Roe/AP\\nImage caption, An otter was filmed at dawn"
    >>> photo = parse_announced(text, 0, len(text))
    >>> photo.caption, photo.credit_line, photo.credit.agencies
    ('An otter was filmed at dawn', 'Ann Roe/AP', ('ap',))
    """
    if not document.startswith(("Image ", "Media ", "Video "), start):
        return None
    found = _ANNOUNCED.fullmatch(document, start, end)
    if found is None:
        return None
    which = "credit" if found["credit"] else "alone" if found["alone"] else None
    caption_span = found.span("caption") if found["caption"] else None
    credit_span = found.span(which) if which else None
    credit = parse_credit(found[which]) if which else _NO_CREDIT
    return _date(Photo(found["caption"], found[which] if which else None, credit, start, end, caption_span, credit_span, "caption.announced"))


def _trim_caption(document: str, start: int, end: int) -> tuple[int, int] | None:
    """The caption without blanks, bars and dashes that parted it from the credit."""
    start = end - len(document[start:end].lstrip(_CAPTION_EDGES))
    end = start + len(document[start:end].rstrip(_CAPTION_EDGES))
    if document.endswith(_BROKEN_DASHES, start, end):
        end = start + len(document[start : end - 3].rstrip(_CAPTION_EDGES))
    return (start, end) if start < end else None


def _skip_residue(document: str, start: int, end: int) -> int:
    for word in lexicon().residue_before:
        if document.startswith(word, start) and start + len(word) < end and word != "Image:":
            return trim_blanks(document, start + len(word), end)[0]
    return start


def _cut_notice(document: str, start: int, end: int) -> int:
    """Where a notice on the use of the picture starts, else the end."""
    low = max(start, end - 1500)
    tail = document[low:end]
    if not any(sign in tail for sign in ("EDITOR", "NO RE", "NO SALES", "NO ARCH", " OUT", "USE ONLY", "MANDATORY", "OBSCURE", "NOT FOR", "NO COMM")):
        return end
    at = find_notice(document, low, end)
    if at is None or at == start or document[max(start, at - 200) : at].isupper():
        return end
    while at > start and document[at - 1] in BLANKS + "-–—*([":
        at -= 1
    return at if at > start else end


def _skip_repeat(document: str, start: int, found: CreditSpan) -> int:
    """Where the caption starts when the same credit stands before it too: `© Ann Roe A ship © Ann Roe`."""
    line = _fold_line(document[found.line_start : found.line_end])
    head = document[start : start + len(line) + 4]
    bare = head.lstrip("©( ").casefold()
    if line and bare.startswith(line) and start + len(head) < found.start and head[0] in "©(":
        return start + (len(head) - len(head.lstrip("©( "))) + len(line)
    return start


def _date(photo: Photo) -> Photo:
    flags = find_within(photo.caption) if photo.caption else frozenset()
    if not flags.issubset(photo.credit.flags):
        photo = photo._replace(credit=photo.credit._replace(flags=tuple(sorted(flags.union(photo.credit.flags)))))
    """The photo with the day printed in its caption."""
    return photo._replace(date=find_caption_date(photo.caption)) if photo.caption else photo


def _fold_line(line: str) -> str:
    """A credit line as it compares with the same credit printed elsewhere."""
    return tidy(strip_brackets(line)).casefold()


def parse_caption_fields(caption_text: str | None, credit_text: str | None, *, caption_start: int = 0, credit_start: int = 0) -> Photo | None:
    """The photo of a row that has caption and credit in columns of their own; spans count from the starts given.

    >>> photo = parse_caption_fields("A ship leaves port.", "Ann Roe/AP")
    >>> photo.caption, photo.credit.photographer, photo.credit.agencies
    ('A ship leaves port.', 'Ann Roe', ('ap',))
    """
    credit_text, caption_text = credit_text or "", caption_text or ""
    credit_at, credit_to = trim_blanks(credit_text, 0, len(credit_text))
    if credit_at == credit_to:
        photo = parse_caption(caption_text, 0, len(caption_text), expected=True)
        return _shift(photo, caption_start) if photo else None
    # With a credit of its own beside it, a caption that ends as a sentence does holds none.
    photo = _plain_caption(caption_text) if not is_suspect(caption_text, 0, len(caption_text)) else parse_caption(
        caption_text, 0, len(caption_text), expected=True)
    line = credit_text[credit_at:credit_to]
    credit = parse_credit(line)
    span = (credit_start + credit_at, credit_start + credit_to)
    if photo is None:
        return Photo(None, line, credit, *span, None, span, "caption.field")
    begin, stop = photo.caption_span or (photo.start, photo.end)
    if photo.credit_span and photo.credit_line and _fold_line(photo.credit_line) != _fold_line(line):
        begin, stop = photo.start, photo.end
    caption = caption_text[begin:stop]
    if said := {*find_opening(caption_text, begin, stop), *find_within(caption)}:
        credit = credit._replace(flags=tuple(sorted({*credit.flags, *said})))
    whole = (caption_start + begin, caption_start + stop)
    first, last = min(whole[0], span[0]), max(whole[1], span[1])
    return Photo(caption, line, credit, first, last, whole, span, "caption.field", None, find_caption_date(caption) if caption else None)


def _plain_caption(text: str) -> Photo | None:
    """A caption that holds no credit."""
    span = _trim_caption(text, *trim_blanks(text, 0, len(text)))
    return Photo(text[span[0] : span[1]], None, _NO_CREDIT, *span, span, None, "caption.field") if span else None


def _shift(photo: Photo, by: int) -> Photo:
    caption, credit = photo.caption_span, photo.credit_span
    return photo._replace(
        start=photo.start + by, end=photo.end + by,
        caption_span=(caption[0] + by, caption[1] + by) if caption else None,
        credit_span=(credit[0] + by, credit[1] + by) if credit else None,
    )


def find_alt_text(document: str, block_start: int, block_end: int) -> AltText | None:
    """Alternative text in the first line of a block whose next line is the caption.

    The line was cut at a round limit or inside a word, or says much of what the caption says; it has no credit, and no stop at its end.

    >>> block = "A grey ship leaves the port of Some" + "\\n" + "A ship leaves the port of Some Town. REUTERS/Ann Roe"
    >>> find_alt_text(block, 0, len(block))[:4]
    (0, 35, 36, True)
    """
    start, end = trim_blanks(document, block_start, block_end)
    line = document.find("\n", start, min(end, start + 1200))
    if line < 0:
        return None
    first, last = trim_blanks(document, start, line)
    second, stop = trim_blanks(document, line, end)
    if last - first < 12 or second >= stop or stop - second > LONGEST_CAPTION:
        return None
    if document[last - 1] in ".!?…。\"”»)]:;" or document[first] in "*•-–" or document.find("\n", second, stop) >= 0:
        return None
    photo = parse_caption(document, second, stop)
    if photo is None or photo.caption_span is None or photo.credit_span is None:
        return None
    if parse_caption(document, first, last) is not None:
        return None
    length = line - start if document[line - 1] not in BLANKS else last - first
    if length in ROUND_LIMITS or last - first in ROUND_LIMITS:
        return AltText(first, last, second, True, "alt.round-limit")
    alt, caption = (set(document[a:b].casefold().replace(",", " ").split()) for a, b in ((first, last), photo.caption_span))
    shared = len(alt & caption) / max(1, min(len(alt), len(caption)))
    if document[first:last] == document[photo.caption_span[0] : photo.caption_span[1]].rstrip("."):
        return AltText(first, last, second, False, "alt.repeat")
    word = document[first:last].rpartition(" ")[2]
    is_cut = len(word) == 1 or any(w.startswith(word.casefold()) and w != word.casefold() for w in caption)
    if shared >= 0.5 and last - first >= 30:
        return AltText(first, last, second, is_cut or _ends_open(word), "alt.shared-words")
    return AltText(first, last, second, True, "alt.cut-word") if is_cut and last - first >= 80 else None


def _ends_open(word: str) -> bool:
    """Whether a text that ends with this word has more to say."""
    return word.casefold() in lexicon().governing
