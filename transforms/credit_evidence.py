"""How surely a stretch of text is a photo credit, judged by its shape and by what can be read in it."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from transforms.agencies import agencies
from transforms.credit import parse_credit
from transforms.credit_tables import lexicon
from transforms.credit_tokens import find_flag, find_supplier, is_house, tidy
from transforms.model import Credit
from transforms.names import is_listed, is_organisation

LONGEST_BARE = 110
"""No credit without label or brackets is longer."""
STRONG, MEDIUM, WEAK, NONE = 3, 2, 1, 0
STOPS = ".!?…。"
BLANKS = " \t\r\n\u00a0\u3000\u200b\ufeff"
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
SEPARATOR = re.compile(r"[/|]|\s[-–—]\s|\b[vV][iIİı][aA]\b")
"""In whatever case, spelled out: over a whole tail that is much faster than a pattern that ignores case."""
BRACKETS = {"(": ")", "[": "]", "（": "）", "［": "］", "【": "】", "〔": "〕"}

_FIRM_SEPARATOR = re.compile(r"[/|]|\bvia\b", re.IGNORECASE)
_INITIALS = re.compile(r"(?<=\w)/[a-z]{2}\.?$")
_SENTENCE = re.compile(r"[.!?]\s+[^\W\d_]+\s+[a-zà-ÿа-я]")
_PICTURE_NAMES = (" photo", " photos", " images", " image", " foto", " pictures", " pic", " pics")
_HANDED_OUT = frozenset(
    {"pool", "handout", "screengrab", "courtesy", "stringer", "uncredited", "ai_generated", "mandatory_credit", "licence"}
)


class CreditSpan(NamedTuple):
    """A credit found in a document: the stretch it takes with brackets and label, and the line without them."""

    start: int
    end: int
    line_start: int
    line_end: int
    rule: str
    credit: Credit
    is_leading: bool = False


def span_credit(document: str, outer: tuple[int, int], line: tuple[int, int], rule: str, credit: Credit | None = None) -> CreditSpan:
    """A credit span whose line has no blanks at its edges."""
    first, last = trim_blanks(document, *line)
    return CreditSpan(*outer, first, last, rule, credit if credit is not None else parse_credit(document[first:last]))


def trim_blanks(document: str, start: int, end: int) -> tuple[int, int]:
    """A stretch without the blanks at its edges.

    >>> trim_blanks(" ab ", 0, 4)
    (1, 3)
    """
    if start < end and document[start] in BLANKS:
        start = end - len(document[start:end].lstrip(BLANKS))
    if start < end and document[end - 1] in BLANKS:
        end = start + len(document[start:end].rstrip(BLANKS))
    return start, end


@cache
def long_leads() -> tuple[str, ...]:
    """Phrases before a supplier that are long enough to stand for a credit by themselves: `courtesy of`."""
    return tuple(lead for lead, _ in lexicon().leads if len(lead) > 8)


def grade_credit(text: str, credit: Credit) -> int:
    """How surely an unlabelled text is a credit.

    >>> [grade_credit(t, parse_credit(t)) for t in ("REUTERS/Ann Roe", "Ann Roe/Some Weekly", "Reuters", "ships and boats")]
    [3, 2, 1, 0]
    """
    if not is_credit_shaped(text):
        return NONE
    kinds = {link.kind for link in credit.chain}
    folded = text.casefold()
    handed_out = _HANDED_OUT & set(credit.flags)
    is_parted = SEPARATOR.search(text) is not None
    if credit.agencies:
        if any(agencies()[a].kind in ("photo", "stock") for a in credit.agencies) or folded.endswith(_PICTURE_NAMES) or folded.startswith("ap photo"):
            return STRONG
        if is_parted and (kinds - {"agency"} or handed_out or "file" in credit.flags):
            return STRONG if _FIRM_SEPARATOR.search(text) or "person" in kinds or handed_out else WEAK
        return MEDIUM if "person" in kinds and text.endswith(")") else WEAK
    if handed_out and not credit.chain:
        return MEDIUM if len(text.split()) > 1 or "screengrab" in credit.flags else WEAK
    if handed_out and (is_parted or folded.startswith(long_leads())):
        return MEDIUM
    if is_parted and _FIRM_SEPARATOR.search(text) and (("person" in kinds and len(kinds) > 1) or ("account" in kinds and "social" in credit.flags)):
        return MEDIUM
    is_commissioned = kinds == {"person", "organisation"} and any(w in lexicon().client for w in text.split())
    return MEDIUM if is_commissioned else WEAK


def is_credit_shaped(text: str, *, spare: int = 0, most: int = 14) -> bool:
    """Whether a text could be a credit by its words: few, capitalised but for particles, no prose. `spare` lower-case words are forgiven.

    >>> is_credit_shaped("Ann Roe/Some Weekly via AP"), is_credit_shaped("a ship leaves port")
    (True, False)
    """
    if not text or len(text) > 2 * LONGEST_BARE or _SENTENCE.search(text):
        return False
    parts = re.split(r"[/|]", _INITIALS.sub("", text))
    words = [word for part in parts if len(parts) == 1 or not find_supplier(part.strip()) for word in part.split()]
    if not text.strip() or len(words) > most:
        return False
    if sum(any(c.isdigit() for c in word) for word in words) > 2:
        return False
    odd = 0
    for word in words:
        bare = word.strip(".,;:()[]\"'“”„«»-–—")
        if bare[:1].islower() and bare not in lexicon().small and not _is_small_credit_word(bare):
            odd += 1
            if odd > spare:
                return find_flag(tidy(text)) is not None or text.casefold().startswith(long_leads())
    first = text.lstrip()[0]
    return first.isalnum() or first in "@©(-[（/"


def _is_small_credit_word(word: str) -> bool:
    words = lexicon()
    if word in words.client or word in words.joiners or word in words.via or is_listed(word, "particles"):
        return True
    return bool(find_supplier(word) or find_flag(word) or any(c in "@_-." or c.isdigit() or c.isupper() for c in word[1:]))


def is_plausible(text: str) -> bool:
    """Whether a text without a label can be more than a weak credit at all: a cheap question before it is read.

    >>> is_plausible("AFP/Ann Roe"), is_plausible("Getty Images"), is_plausible("Ann Roe")
    (True, True, False)
    """
    text = tidy(text)
    if SEPARATOR.search(text) or find_supplier(text) or find_flag(text):
        return True
    return text.casefold().startswith(long_leads())


def is_named(text: str, credit: Credit) -> bool:
    """Whether a lone text names somebody or something that can have taken a picture."""
    return bool(credit.photographer or credit.agencies or credit.flags or is_house(text) or is_organisation(text))
