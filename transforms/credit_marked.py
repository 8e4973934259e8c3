"""Credits that something marks: a label, a sign, brackets, or the signs of Japanese, Korean and Chinese captions."""

from __future__ import annotations

import re
from functools import cache

from transforms.credit import code_restriction, find_bare_label, find_label, parse_credit
from transforms.credit_evidence import (
    BLANKS,
    BRACKETS,
    CJK,
    LONGEST_BARE,
    MEDIUM,
    NONE,
    STOPS,
    STRONG,
    WEAK,
    CreditSpan,
    grade_credit,
    is_credit_shaped,
    is_named,
    span_credit,
    trim_blanks,
)
from transforms.credit_tables import Label, lexicon
from transforms.credit_tokens import find_supplier, is_photographer, tidy

SIGN = re.compile(r"[©ⓒ]|（[CcＣ]）|(?<![\w)])\([cC]\)(?=\s)")
_OPEN = {close: opener for opener, close in BRACKETS.items()}
_FIRM_MARKS = STOPS + "\n|/–—•”\"’»)）」』\x94"
_SEGMENTS = re.compile(r"(?<=[a-zà-ÿа-я)\]])\.\s+")
_RESERVED = re.compile(r"rights reserved|rechte vorbehalten|droits réservés|derechos reservados|direitos reservados|diritti riservati", re.IGNORECASE)
_RESERVED_END = re.compile(r"[.,]?\s*(?:all rights reserved|alle rechte vorbehalten|tous droits réservés)\.?$", re.IGNORECASE)
_HOUSE_BEFORE = re.compile(r"(?:^|(?<=[.!?|–—]\s)|(?<=[(\[（]))((?:[A-Z][\w&-]{0,20}\s){1,2})$")
_CODE_BEFORE = re.compile(r"(?:(?<=[.!?|–—]\s)|(?<=[(\[（]))([A-Z]{2,4}\s)$")
_KOREAN_TAIL = re.compile(r"(?<=[다음임됨])\.?\s+([\uac00-\ud7a3A-Za-z0-9@·=/]{2,12}(?:\s(?:기자|제공|인턴기자|특파원|화면))?)$")
_EQUALS_TAIL = re.compile(r"[＝=]\s*(?:[^＝=。]{0,40}、)?([^＝=、。\s]{1,20})$")
_KOREAN_COURTESY = re.compile(r"(?<=[.다])\s+([\uac00-\ud7a3A-Za-z0-9·]{2,16}(?:\s[\uac00-\ud7a3A-Za-z0-9·]{1,12})?\s제공)$")
_GLUED = re.compile(r"(?<=[a-zà-ÿ]\.)([A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.'’-]{1,20}(?: [A-ZÀ-ÖØ-Þ.'’-]{1,20}){1,3})\s*$")
_QUOTES = ('"', "“", "«", "„", "‘")
_DAY = re.compile(r"[＝=]\s*[０-９0-9年月日\s]{3,14}、")
"""The day between a Japanese caption and who took the picture."""
_LONGEST_CAPTION = 160
_CHINESE_TAIL = re.compile(
    r"(?:^|(?<=[\s。）)”」]))((?:[^\s。，、]{2,8}社)?(?:发|發)?[(（]?(?:本报|本報)?(?:记者|記者)?\s?[\u3400-\u9fff·]{2,12}\s?"
    r"(?:摄|攝|撮影|摄影|攝影|供图|供圖|提供))[。）)]?$"
)
_EAST_CREDITS = ("撮影", "提供", "摄", "攝", "供图", "供圖", "共同", "通信", "写す", "資料写真")


def find_labelled_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`. Photograph: Ann Roe/AP`, `(Foto: dpa)`, `Photo by Ann Roe`: from the label to the end."""
    tail = document[low:end]
    found = _find_colon_label(document, start, low, end, expected=expected) if ":" in tail or "：" in tail or "=" in tail else None
    if found is None and "redit..." in tail:
        at = document.rfind("Credit...", low, end)
        line = (at + len("Credit..."), end)
        if at >= 0 and is_credit_shaped(document[line[0] : end].strip()):
            found = span_credit(document, (at, end), line, "caption.label")
    return found or _find_bare_label(document, start, low, end, expected=expected)


def _find_colon_label(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    best: CreditSpan | None = None
    colon, tries = end, 0
    while tries < 8 and (colon := max(document.rfind(mark, low, colon) for mark in ":：=")) > low:
        tries += 1
        found = find_label(document, colon, low)
        if found is None:
            continue
        at, label = found
        if best is not None and document[at - 1] not in BRACKETS and document[max(start, best.start - 3) : best.start].rstrip()[-1:] not in ",;.|/":
            break
        span = _take_label(document, start, (at, colon), end, label, expected=expected)
        if span is None and best is not None:
            break
        is_second = best is not None and span is not None and document[best.start] in BRACKETS and document[span.start] in BRACKETS
        best = best._replace(start=span.start) if best and span and is_second else span or best
    return best


def _bracket_before(document: str, low: int, at: int) -> int:
    """Where an opening bracket stands right before a label, else `at`."""
    probe = at
    while probe > low and document[probe - 1] in " \t\u00a0":
        probe -= 1
    return probe - 1 if probe > low and document[probe - 1] in BRACKETS else at


def _close_of(document: str, opening: int, at: int, end: int) -> int | None:
    """Where the line of a bracketed credit ends; None when prose follows the bracket."""
    close = document.find(BRACKETS[document[opening]], at, end)
    if close < 0:
        return end
    rest = document[close + 1 : end].strip(" .\u00a0\n")
    return None if rest and rest[0] not in BRACKETS else close


def _take_label(document: str, start: int, span: tuple[int, int], end: int, label: Label, *, expected: bool) -> CreditSpan | None:
    at, colon = span
    opening = _bracket_before(document, start, at)
    is_bracketed = opening != at
    close = _close_of(document, opening, colon, end) if is_bracketed else end
    if close is None:
        return None
    rest = document[colon + 1 : close].strip()
    house = _house_before(document, start, at, _CODE_BEFORE) if not is_bracketed and label.is_house else at
    if house != at:
        return _take_house(document, start, (house, at), end, expected=expected)
    before = document[max(start, opening - 40) : opening].rstrip(" \t\u00a0")
    is_firm = is_bracketed or not before or before[-1] in _FIRM_MARKS
    if not rest or (document[at].islower() and not is_firm):
        return None
    if not is_bracketed and not _is_labelled_line(rest, is_first=not before, spare=4 if not expected or not before else 8):
        return None
    if not expected and not _is_proof(rest, label, is_bracketed=is_bracketed, is_firm=is_firm):
        return None
    if not expected and document[opening - 1 : opening] in _QUOTES and opening > start and close == end:
        return None
    line = (colon + 1 if not label.is_kept else at, close)
    return span_credit(document, (opening, end), line, "caption.label", parse_credit(document[at:close]))


def _house_before(document: str, start: int, at: int, pattern: re.Pattern[str]) -> int:
    """Where the house's name starts that stands right before a label: `(Express photo by Ann Roe)`; else the label's own start."""
    match = pattern.search(document[max(start, at - 40) : at])
    return at - len(match[1]) if match else at


def _take_house(document: str, start: int, span: tuple[int, int], end: int, *, expected: bool) -> CreditSpan | None:
    """A credit that names its house before the label; the house belongs to the line."""
    house, at = span
    opening = _bracket_before(document, start, house)
    close = _close_of(document, opening, at, end) if opening != house else end
    if close is None or not is_credit_shaped(document[house:close].strip(), spare=2):
        return None
    credit = parse_credit(document[house:close])
    if not credit.photographer and not (expected and credit.agencies):
        return None
    return span_credit(document, (opening, end), (house, close), "caption.house-label", credit)


def _is_labelled_line(rest: str, *, is_first: bool, spare: int) -> bool:
    """Whether what follows a label is one line of credits and no prose."""
    head, *others = _SEGMENTS.split(rest)
    if any(":" not in part for part in others) or not is_credit_shaped(head.strip(), spare=spare, most=20):
        return False
    words = rest.split()
    if is_first and len(words) > 2 and words[0] in lexicon().articles and words[1][0].islower():
        return False
    return not is_first or is_credit_shaped(rest, spare=0 if rest[-1] in STOPS else 3)


def _is_proof(rest: str, label: Label, *, is_bracketed: bool, is_firm: bool) -> bool:
    """Whether a label and what follows it prove a credit in running copy."""
    if is_bracketed and not is_credit_shaped(rest, spare=6, most=16):
        return False
    if label.is_source:
        return is_firm and grade_credit(rest, parse_credit(rest)) == STRONG
    return label.is_house or (is_firm and (label.flag in ("courtesy", "screengrab") or grade_credit(rest, parse_credit(rest)) >= WEAK))


@cache
def _bare_labels() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Labels without a colon, and the stems one of which every such label holds, in lower case."""
    forms = sorted({form for form, _ in lexicon().bare_labels}, key=len, reverse=True)
    pattern = re.compile(r"(?<![^\W_])(?:" + "|".join(re.escape(f) for f in forms) + r")(?=\s|(?<=[=＝/|]))", re.IGNORECASE)
    return pattern, re.compile("|".join(sorted({re.escape(form[:4]) for form in forms})))


def _find_bare_label(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    pattern, stems = _bare_labels()
    folded = document[low:end].casefold()
    if stems.search(folded) is None:
        return None
    first: int | None = None
    for match in pattern.finditer(document, low, end):
        at = match.start()
        house = _house_before(document, start, at, _HOUSE_BEFORE) if match[0].casefold().endswith(" by") else at
        if house != at and (found := _take_house(document, start, (house, at), end, expected=expected)):
            return found
        opening = _bracket_before(document, start, at)
        is_bracketed = opening != at
        before = document[max(start, opening - 40) : opening].rstrip(" \t\u00a0")
        is_firm = is_bracketed or not before or before[-1] in _FIRM_MARKS or (CJK.match(before[-1]) and document[at - 1] in BLANKS)
        rest = document[match.end() : end].strip()
        if not is_firm and (document[at].islower() or grade_credit(rest, parse_credit(rest)) < STRONG):
            continue
        close = _close_of(document, opening, at, end) if is_bracketed else end
        if close is None:
            continue
        line = document[at:close].strip()
        bare = find_bare_label(line)
        rest = line[len(bare[0]) :].strip() if bare else ""
        if bare is None or not rest or not _starts_name(rest) or not is_credit_shaped(rest, spare=2 if not is_bracketed else 4):
            continue
        is_noun = bare[0].casefold() in lexicon().noun_labels and len(rest.split()) > 4
        if not expected and not is_bracketed and grade_credit(tidy(rest), parse_credit(line)) < (MEDIUM if is_noun else WEAK):
            continue
        first = opening if first is None else first
        if is_bracketed and document[close + 1 : end].strip()[:1] in BRACKETS:
            continue
        return span_credit(document, (first, end), (at + len(bare[0]), close), "caption.label", parse_credit(line))
    return None


def _starts_name(rest: str) -> bool:
    word = rest.split(None, 1)[0].strip(",;:/|(")
    if word in lexicon().articles and word != "The":
        return False
    return not word[:1].islower() or find_supplier(word) is not None or word in ("the", "von", "van", "de", "courtesy", "dpa", "epa")


def find_signed_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`© Ann Roe` behind the caption."""
    find = document.find
    if find("©", low, end) < 0 and find("(", low, end) < 0 and find("ⓒ", low, end) < 0 and find("（", low, end) < 0:
        return None
    sign = max(SIGN.finditer(document, low, end), key=re.Match.start, default=None)
    if sign is None:
        return None
    at = sign.start()
    rest = document[sign.end() : end].strip(" .)]）\u00a0")
    if not is_credit_shaped(rest, spare=2 if expected and at > start else 1) or (not expected and _RESERVED.search(rest)):
        return None
    before = document[max(start, at - 40) : at].strip()
    if before.casefold().endswith("copyright"):
        return None
    if not expected and not before:
        credit = parse_credit(rest)
        if grade_credit(re.sub(r"^[\d\s–-]+", "", rest), credit) < MEDIUM and not credit.photographer:
            return None
    opening = _bracket_before(document, start, at)
    close = end - 1 if opening != at and document[end - 1] in _OPEN else end
    return span_credit(document, (opening, end), (sign.end(), close), "caption.sign", parse_credit(document[at:close]))


def find_bracketed_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`[File: Some Agency/Reuters]`, `(AP Photo/Ann Roe)`, `Ann Roe (AP)` behind the caption."""
    last = end - 1
    while last > low and document[last] in ". \u00a0":
        last -= 1
    if (opener := _OPEN.get(document[last])) is None:
        return None
    at = _open_of(document, low, last, opener)
    if at is None:
        # A bracket of the other kind, by a slip: `(Ann Roe/AP].`
        at = max(document.rfind("(", low, last), document.rfind("[", low, last))
        if at < low or any(mark in document[at:last] for mark in ")]"):
            return None
    inner = _RESERVED_END.sub("", document[at + 1 : last].strip())
    if not inner or len(inner) > 2 * LONGEST_BARE:
        return None
    before = document[max(start, at - 120) : at].rstrip()
    credit = parse_credit(inner)
    if before.endswith(")") and credit.agencies and (opened := before.rfind("(")) >= 0 and code_restriction(before[opened + 1 : -1]):
        # (PHOTO NOT FOR SALE) (Some Agency)
        credit = credit._replace(restrictions=(before[opened + 1 : -1], *credit.restrictions))
        return span_credit(document, (max(start, at - 120) + opened, end), (at + 1, last), "caption.bracket", credit)
    if credit.agencies and not credit.photographer and (named := _glued_before(document, start, at)):
        return span_credit(document, (named, end), (named, last + 1), "caption.bracket")
    if expected and credit.agencies and not credit.photographer and (named := _photographer_before(document, start, at)):
        return span_credit(document, (named, end), (named, last + 1), "caption.bracket")
    if not _is_bracket_proof(inner, before, credit_grade=grade_credit(inner, credit), squared=opener in "[［", expected=expected):
        return None
    return span_credit(document, (at, end), (at + 1, last), "caption.bracket", credit)


def _open_of(document: str, low: int, last: int, opener: str) -> int | None:
    depth, close = 0, document[last]
    for at in range(last, low - 1, -1):
        if document[at] == close:
            depth += 1
        elif document[at] == opener:
            depth -= 1
            if not depth:
                return at
    return None


def _glued_before(document: str, start: int, at: int) -> int | None:
    """Where a photographer's name in capitals starts that is glued to the caption's end: `este viernes.ANA DÍAZ (Some Agency)`."""
    found = _GLUED.search(document, max(start, at - 50), at)
    return found.start(1) if found and is_photographer(found[1]) else None


def _photographer_before(document: str, start: int, at: int) -> int | None:
    """Where the photographer's name starts that stands between a sentence's end and the bracket."""
    first, last = trim_blanks(document, max(start, at - 60), at)
    stop = max(document.rfind(f"{mark} ", first, last) for mark in ".!?…\n")
    begin = stop + 2 if stop >= 0 else first
    if document[begin:last] == document[begin:last].lower():
        return None
    return begin if (stop >= 0 or first == start) and is_photographer(document[begin:last]) else None


def _is_bracket_proof(inner: str, before: str, *, credit_grade: int, squared: bool, expected: bool) -> bool:
    credit = parse_credit(inner)
    is_firm = before[-1:] in STOPS or before[-1:] in "”\"’»"
    if credit.restrictions and credit.chain:
        return True
    if CJK.search(inner) and inner.endswith(_EAST_CREDITS):
        credit_grade = MEDIUM
    if before.endswith((")", "）")) and not squared and credit_grade < STRONG and not expected:
        return False
    if credit_grade == STRONG or (squared and credit_grade and credit.agencies and before and not is_firm):
        return True
    if credit_grade == MEDIUM:
        return is_firm or expected or not before
    if not expected or credit_grade == NONE or not before:
        return False
    return bool(credit.agencies) or (is_firm and len(inner.split()) > 1 and is_named(inner, credit))


def find_eastern_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`＝ロイター`, `山田太郎撮影`, `新华社记者 张三 摄`, and a name or agency behind a Korean predicate."""
    if document[end - 3 : end].isascii():
        return None
    tail = document[low:end]
    if match := _EQUALS_TAIL.search(tail):
        if CJK.search(tail[: match.start()]) and (find_supplier(tidy(match[1])) or match[1].endswith(_EAST_CREDITS)):
            if _DAY.match(match[0]):
                credit = parse_credit(match[1])
                return span_credit(document, (low + match.start(), end), (low + match.start() + 1, end), "caption.equals", credit)
            begin = match.start() if "、" not in match[0] else match.start(1)
            return span_credit(document, (low + begin, end), (low + match.start(1), end), "caption.equals")
    elif match := _CHINESE_TAIL.search(tail):
        credit = parse_credit(match[1])
        if credit.chain:
            return span_credit(document, (low + match.start(1), end), (low + match.start(1), low + match.end(1)), "caption.chinese", credit)
    elif end - start <= _LONGEST_CAPTION and (match := _KOREAN_COURTESY.search(tail)):
        return span_credit(document, (low + match.start(1), end), (low + match.start(1), end), "caption.korean", parse_credit(match[1]))
    elif match := _KOREAN_TAIL.search(tail):
        credit = parse_credit(match[1])
        signed = match[1].endswith((" 기자", " 제공")) or grade_credit(match[1], credit) >= MEDIUM
        if signed or (expected and (credit.photographer or credit.agencies or credit.flags)):
            return span_credit(document, (low + match.start(1), end), (low + match.start(1), end), "caption.korean", credit)
    return None
