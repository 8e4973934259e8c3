"""What stands beside a name in a byline: job titles, houses and places, told by their words."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, pairwise

from transforms.agencies import NAMES_KEPT, find_agency
from transforms.names import is_common, is_generic, is_given, is_listed, is_organisation

_WORD = re.compile(r"\S+")
_NO_PLACE = re.compile(r"[\d:;!?]|\w{3}\.\s")
_FOR = re.compile(r"(?:special to|special for|for|of) (?=\S)", re.IGNORECASE)
_PAPER = re.compile(
    r"(?:The )?[A-Z][\w'’.-]{1,20}(?: [A-Z][\w'’.-]{1,20}){0,2} (?:Chronicle|Courier|Dispatch|Enterprise|Examiner|Gazette|Globe|Herald"
    r"|Independent|Journal|News|News-\w+|Observer|Post|Post-\w+|Press|Record|Register|Review|Sentinel|Star|Star-\w+|Sun|Telegraph|Times|Times-\w+|Tribune)"
)
"""A paper whose name stands on the line below its reporter's, in small letters."""
LONGEST_TITLE = 90
LONGEST_PLACE = 60


def is_title(text: str) -> bool:
    """Whether a phrase is a job title: it ends in a word for a job, or opens with one.

    >>> is_title("Middle East correspondent"), is_title("Head of Data"), is_title("Ann Lee")
    (True, True, False)
    """
    return len(text) <= LONGEST_TITLE and _is_title(text)


@lru_cache(maxsize=NAMES_KEPT)
def _is_title(text: str) -> bool:
    words = text.split()
    if not words:
        return False
    if is_listed(words[-1].strip(".,:"), "titles"):
        return not (len(words) == 2 and is_given(words[0]) and not is_common(words[0]))
    if len(words) > 1 and is_listed(words[0].rstrip(","), "title_openers"):
        return True
    return len(words) > 2 and any(is_listed(a, "titles") and b in ("of", "for", "at", "in", "für", "de", "to") for a, b in pairwise(words))


def split_title(text: str) -> tuple[str | None, str | None]:
    """House and job of a title line, each as printed.

    >>> split_title("AP Business Writer"), split_title("Science Editor"), split_title("The Associated Press")
    (('AP', 'Business Writer'), (None, 'Science Editor'), ('The Associated Press', None))
    """
    if find_agency(text):
        return text, None
    for word in islice(_WORD.finditer(text[:LONGEST_TITLE]), 5):
        end = word.end()
        house = text[:end]
        bare = house[:-2] if house.endswith(("'s", "’s")) else house
        if find_agency(bare):
            return bare, text[end:].strip(" ,-–—") or None
    return None, text


def is_place_phrase(text: str) -> bool:
    """Whether words behind `in` can be a place: few, capitalised but for particles.

    >>> is_place_phrase("Rio de Janeiro"), is_place_phrase("the end it rained")
    (True, False)
    """
    words = text.split()
    if not words or len(text) > LONGEST_PLACE or len(words) > 7:
        return False
    if _NO_PLACE.search(text) or (is_listed(words[0].rstrip(",."), "calendar") and len(words) == 1 and not is_given(words[0])):
        return False
    return (all(not w[:1].islower() or is_listed(w, "small_words") or "-" in w or "'" in w for w in words) and not words[-1][:1].islower()) or (
        len(words) == 1 and is_listed(words[0], "organisations")
    )


def is_house_phrase(text: str) -> bool:
    """Whether words can be the name of a paper, desk or house: few, no sentence.

    >>> is_house_phrase("the Daily Echo"), is_house_phrase("the mayor said so")
    (True, False)
    """
    words = text.split()
    if not words or len(text) > 70 or len(words) > 8:
        return False
    lows = [w for w in words if w[:1].islower() and w not in ("our", "a", "with", "for", "in", "own")]
    lows = [w for w in lows if not is_listed(w, "small_words") and not is_listed(w.rstrip("."), "organisations")]
    if len(lows) > 1 or (lows and not is_organisation(text)):
        return False
    return any(not w[:1].islower() for w in words) or is_generic(text) or is_organisation(words[-1])


def read_title_line(text: str) -> tuple[str | None, str | None] | None:
    """House and job that a line below a byline states, or None when it is anything else.

    >>> read_title_line("AP Business Writer"), read_title_line("Harbour Correspondent"), read_title_line("Ferry writer says no")
    (('AP', 'Business Writer'), (None, 'Harbour Correspondent'), None)
    """
    text = " ".join(text[: LONGEST_TITLE + 1].split())
    if len(text) > LONGEST_TITLE or not text[:1].isupper() or _NO_PLACE.search(text) or text[-1] in ".,-–—\"”":
        return None
    if any(w[:1].islower() and not is_listed(w, "small_words") and w not in ("for", "at") for w in text.split()):
        return None
    house, title = split_title(_FOR.sub("", text))
    if house is None and len(text.split()) > 5:
        return None
    if house is None and title and _PAPER.fullmatch(title):
        return title, None
    return (house, title) if title is None or is_title(title) else None
