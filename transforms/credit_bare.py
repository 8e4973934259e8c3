"""Credits that nothing marks: behind the last sentence, right behind the caption, or before it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from transforms.agencies import agencies
from transforms.credit import find_label, parse_credit
from transforms.credit_evidence import (
    CJK,
    LONGEST_BARE,
    MEDIUM,
    SEPARATOR,
    STOPS,
    STRONG,
    WEAK,
    CreditSpan,
    grade_credit,
    is_credit_shaped,
    is_plausible,
    span_credit,
)
from transforms.credit_marked import SIGN
from transforms.credit_tables import Label, lexicon
from transforms.credit_tokens import find_flag, find_platform, find_supplier, is_house, is_photographer, tidy
from transforms.model import Credit
from transforms.names import is_common, is_given, is_listed, is_organisation

HEAD = 200
"""Characters at the start of a block in which a leading credit is looked for."""

_BOUNDARY = re.compile(r"(?:(?<=[.!?…。])[”\"’'»)\]]{0,2}\s+|(?<=[”\"’»)）。])\s+|\s+(?=[|–—•]\s)|\s*\n\s*)(?:[|–—•]\s+)?|。(?=\S)")
_SPACED_MARKS = ("/", "|", "-", "–", "—", "&")


def find_bare_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`. REUTERS/Ann Roe`: what stands behind the last sentence and is shaped like a credit. A whole block counts too."""
    near = max(low, end - LONGEST_BARE)
    if not expected and not _may_be_bare(document, near, end):
        return None
    cuts = [(m.start(), m.end()) for m in _BOUNDARY.finditer(document, near, end)][-4:][::-1]
    if near == start:
        cuts.append((start, start))
    best: CreditSpan | None = None
    for stop, at in cuts:
        rest = document[at:end]
        line = rest.rstrip(".")
        if "\n" in line or not is_credit_shaped(line) or not (expected or is_plausible(line)):
            continue
        before = document[max(start, stop - 30) : stop + 1].rstrip()
        if at > start and before.endswith(".") and is_abbreviation(before):
            continue
        credit = parse_credit(rest)
        if rule := _judge_tail(document, start, (stop, at), rest, credit, expected=expected):
            if best is not None and (grade_credit(line, credit) < MEDIUM or len(credit.chain) <= len(best.credit.chain)):
                break
            is_marked = any(mark in document[stop:at] for mark in "|–—•")
            best = span_credit(document, (stop if is_marked else at, end), (at, end), rule, credit)
            if not is_marked:
                break
    return best


def _may_be_bare(document: str, near: int, end: int) -> bool:
    """Whether the end of a block can be a bare credit at all: it holds a separator, or its last words are a house or a flag."""
    tail = document[near:end]
    if SEPARATOR.search(tail):
        return True
    if tail[-1] in ".!?…”\"“’'»:;,":
        return False
    words = tail.rstrip(" .").split()[-3:]
    return any(find_supplier(" ".join(words[i:])) or find_flag(" ".join(words[i:])) for i in range(len(words)))


def _judge_tail(document: str, start: int, cut: tuple[int, int], rest: str, credit: Credit, *, expected: bool) -> str | None:
    """The rule by which the text behind a boundary is a credit, if it is."""
    stop, at = cut
    between = document[stop:at]
    grade = grade_credit(rest.rstrip("."), credit)
    if at == start:
        if grade == STRONG and (expected or _is_surely_alone(rest, credit)) and not (rest.endswith(("?", "!", ".")) and len(rest.split()) > 3):
            return "caption.credit-alone"
        alone = grade == MEDIUM or (grade == WEAK and _is_lone_credit(rest, credit))
        return "caption.credit-alone" if expected and alone else None
    is_hard = document[stop - 1] in STOPS or document[stop] in STOPS or between.strip(" \t") != ""
    if grade == STRONG:
        return "caption.tail"
    if grade == MEDIUM:
        return "caption.tail" if expected or (is_hard and "\n" not in between and SEPARATOR.search(rest)) else None
    if expected and grade == WEAK and is_hard and _is_weak_tail(document[start:stop], between, rest, credit):
        return "caption.weak-tail"
    return None


def _is_surely_alone(text: str, credit: Credit) -> bool:
    """Whether a credit alone on a line is none of the lines that look like one: headlines and source lines of houses."""
    if len(text.split()) > 10:
        return False
    handed_out = {"pool", "handout", "screengrab", "courtesy", "file"} & set(credit.flags)
    return bool(credit.photographer or handed_out or any(agencies()[a].kind in ("photo", "stock") for a in credit.agencies) or "hoto" in text)


def _is_lone_credit(text: str, credit: Credit) -> bool:
    """Whether a whole text that is nothing but a name is the credit rather than the caption: an agency, or capitals."""
    text = tidy(text)
    return (bool(credit.agencies) and not credit.photographer) or (text.isupper() and " " in text and is_photographer(text))


def is_abbreviation(before: str) -> bool:
    """Whether the full stop at the end of a text belongs to an abbreviation or an initial.

    >>> is_abbreviation("A rally of Sen."), is_abbreviation("with Ann R."), is_abbreviation("It was late.")
    (True, True, False)
    """
    word = before[:-1].rpartition(" ")[2].casefold()
    if word in lexicon().abbreviations or (len(word) == 1 and word.isalpha()):
        return True
    return len(word) < 12 and re.fullmatch(r"(?:\w\.)+\w", word) is not None


def _is_weak_tail(caption: str, between: str, rest: str, credit: Credit) -> bool:
    """Lone names and flags count behind a full sentence of a text that is known to be a caption."""
    text = tidy(rest)
    words = text.split()
    if len(caption.split()) < 2 or not words or rest[-1] in "!?”\"»)" or (CJK.search(text) and not (credit.agencies or credit.photographer)):
        return False
    if credit.agencies or find_flag(text) or find_platform(text):
        return True
    if ":" in text:
        return credit.photographer is not None
    if between.strip(" \t\n") in ("–", "—"):
        return False
    if credit.photographer:
        return len(words) <= 4 and (not rest.endswith(".") or is_given(words[0]))
    if rest.endswith(".") or len(words) > 6:
        return False
    if is_house(text) or is_organisation(text):
        return True
    return len(words) <= 3 and len(text) > 1 and not all(is_common(w) for w in words)


def find_run_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """A credit that follows the caption with nothing but a blank between: `... with supporters AP/Ann Roe`."""
    near = max(low, end - LONGEST_BARE)
    if document[end - 1] in ".!?…。:,;\"”»" or (not expected and not SEPARATOR.search(document, near, end)):
        return None
    words = [(near + m.start(), m.group()) for m in re.finditer(r"\S+", document[near:end])][-12:]
    cut = len(words)
    while cut > 0 and _is_run_word(words[cut - 1][1]) and not (cut < len(words) and _ends_phrase(words[cut - 1][1])):
        cut -= 1
    run = words[cut:]
    if not run or len(words) < 2:
        return None
    is_parted = SEPARATOR.search(" ".join(w for _, w in run)) is not None
    if not is_parted and not expected:
        return None
    at = _trim_run(run) if is_parted else _find_lone(words, run)
    if at is None or at == start:
        return None
    line = at + 1 if document[at] in "/|-–—" else at
    credit = parse_credit(document[line:end])
    grade = grade_credit(document[line:end].strip(), credit)
    is_dashed = is_parted and not re.search(r"[/|]|\bvia\b", document[at:end], re.IGNORECASE)
    if grade == STRONG or (expected and grade and (credit.agencies or not is_dashed)):
        return span_credit(document, (at, end), (line, end), "caption.run", credit)
    return None


def _ends_phrase(word: str) -> bool:
    return word[-1] in ".,;:)]”\"»’" and re.fullmatch(r"(?:\w\.){1,4}", word) is None


def _is_run_word(word: str) -> bool:
    if word in _SPACED_MARKS:
        return True
    bare = word.strip(".,;:()[]\"'“”„«»")
    if not bare:
        return False
    if "/" in bare or bare in ("via", "dpa", "epa", "imago"):
        return True
    if bare[0].islower():
        return is_listed(bare, "particles") and bare not in ("e", "i", "y", "la", "le", "de", "do", "da")
    return bare[0].isalpha() or bare[0] == "@"


def _trim_run(run: Sequence[tuple[int, str]]) -> int | None:
    """Where in a run of capitals the credit starts: at the shortest name before the first separator that makes sense."""
    words = [w for _, w in run]
    first = next(i for i, w in enumerate(words) if SEPARATOR.search(f" {w} "))
    is_spaced = words[first] in _SPACED_MARKS or words[first].casefold() == "via"
    head, _, tail = words[first].replace("|", "/").partition("/")
    left = words[:first] if is_spaced else [*words[:first], *([head] if head else [])]
    right = tidy(re.split(r"[/|]", " ".join([*([] if is_spaced else [tail]), *words[first + 1 :]]), maxsplit=1)[0])
    if not left:
        return run[first][0]
    n = len(left)
    for size in range(min(n, 4), 0, -1):
        name = " ".join(left[n - size :])
        if find_supplier(name) or find_flag(name) or name.startswith("@"):
            return run[n - size][0]
    if left[-1].isupper() and 2 <= len(left[-1]) <= 5 and not (n > 1 and left[-2].isupper() and len(left[-2]) > 1):
        return run[n - 1][0]
    if words[first] in ("/", "|") and is_photographer(right) and not find_supplier(right) and not (n > 1 and is_given(left[-2])):
        return run[first][0]
    for size in (4, 3, 2):
        if size <= n and (size == 2 or all(len(w.strip(".")) == 1 or is_listed(w, "particles") for w in left[n - size + 1 : n - 1])):
            return run[n - size][0]
    return run[0][0] if n == 1 else None


def _find_lone(words: Sequence[tuple[int, str]], run: Sequence[tuple[int, str]]) -> int | None:
    """An agency at the very end, or a photographer behind a number, of a text that is known to be a caption."""
    for size in range(min(len(run), 4), 0, -1):
        name = " ".join(w for _, w in run[-size:])
        if len(name) > 1 and find_supplier(name):
            before = words[-size - 1][1].casefold().strip("’'(„“\"") if len(words) > size else ""
            return None if not before or before in lexicon().governing else run[-size][0]
    texts = [w for _, w in words]
    if len(run) >= 2 and len(words) > 2 and any(c.isdigit() for c in texts[-3]) and is_given(texts[-2]) and is_photographer(" ".join(texts[-2:])):
        return words[-2][0]
    is_restart = len(run) >= 2 and len(words) > len(run) and run[0][1] == "The" and is_organisation(" ".join(w for _, w in run))
    return run[0][0] if is_restart else None


def find_leading(document: str, start: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`Foto: Ann Roe/AP Ein Schiff ...`, `© Ann Roe Ein Schiff ...`: the credit before the caption."""
    head = document[start : min(end, start + HEAD)]
    label, offset = _leading_mark(head)
    if not offset and not expected:
        return None
    size = measure_leading(head[offset:], is_labelled=offset > 0)
    if size is None or start + offset + size >= end:
        return None
    text = head[offset : offset + size].strip()
    credit = parse_credit(head[: offset + size])
    grade = grade_credit(text, credit)
    if not (credit.chain or credit.flags) or (not expected and grade < (MEDIUM if label and label.is_house else STRONG)):
        return None
    if not offset and not (grade == STRONG and SEPARATOR.search(text)) and not _is_restart(head, size):
        return None
    stop = start + offset + size
    begin = start if label and label.is_kept else start + offset
    return span_credit(document, (start, stop), (begin, stop), "caption.leading", credit)._replace(is_leading=True)


def _leading_mark(head: str) -> tuple[Label | None, int]:
    """The label at the start of a text, and how long label or sign are."""
    colon = next((i for i, c in enumerate(head[:42]) if c in ":："), -1)
    found = find_label(head, colon) if colon > 0 else None
    if found is not None and found[0] == 0:
        return found[1], colon + 1
    sign = SIGN.match(head)
    return None, sign.end() if sign else 0


def _is_restart(body: str, size: int) -> bool:
    """`The Some Paper The leaders ...`: a sentence starts right behind a run of capitals that names a house."""
    after = body[size:].split(None, 2)
    return len(after) > 2 and after[0] in lexicon().articles and after[1][0].islower() and is_organisation(body[:size].strip())


def measure_leading(body: str, *, is_labelled: bool) -> int | None:
    """How long a credit at the start of a text is: to the end of its line, or to the word with which the caption begins.

    >>> measure_leading("Anna Roe/AP Ein Schiff im Hafen", is_labelled=True)
    11
    """
    line = body.find("\n")
    if line > 0 and is_credit_shaped(body[:line].strip(), spare=2):
        return line
    words = list(re.finditer(r"\S+", body))
    texts = [w.group() for w in words]
    bar = next((i for i in range(1, len(words) - 1) if texts[i] == "|"), 0) if "|" in body else 0
    if bar and texts[bar + 1] in lexicon().articles and is_credit_shaped(body[: words[bar].start()].strip()):
        return words[bar - 1].end()
    run = 0
    while run < len(words) and (_is_run_word(texts[run]) or texts[run][0] in "@("):
        run += 1
        if texts[run - 1][-1] in STOPS and len(texts[run - 1]) > 3:
            break
    if run < 2 or run == len(words):
        return None
    slash = max((i for i in range(run) if SEPARATOR.search(f" {texts[i]} ")), default=-1)
    if slash >= 0:
        base = texts[slash].rpartition("/")[2]
        for stop in range(min(run, slash + 4), slash, -1):
            name = tidy(" ".join([base, *texts[slash + 1 : stop]]))
            if find_supplier(name) or find_flag(name):
                return words[stop - 1].end()
        return words[run - 2].end() if run - 2 >= slash else None
    for stop in range(min(run, 4), 0, -1):
        if stop < run and (is_labelled or stop > 1) and find_supplier(tidy(" ".join(texts[:stop]))):
            return words[stop - 1].end()
    if run >= 4 and texts[1][-1].isalpha() and is_given(texts[0]) and is_photographer(" ".join(texts[:2])):
        return words[1].end()
    return words[run - 2].end()
