"""Where the credit stands in a caption: labelled, in brackets, behind a sign, bare behind the last sentence, or first."""

from __future__ import annotations

import re
from typing import NamedTuple

from transforms.agencies import agencies
from transforms.credit import find_bare_label, find_label, parse_credit, strip_brackets
from transforms.credit_tables import Label, lexicon
from transforms.credit_tokens import find_flag, find_platform, find_supplier, is_house, is_photographer, tidy
from transforms.model import Credit
from transforms.names import is_common, is_given, is_listed, is_organisation

TAIL = 260
"""Characters at the end of a block in which a credit is looked for."""
HEAD = 200
"""Characters at its start."""
LONGEST_BARE = 110
"""No credit without label or brackets is longer."""

STRONG, MEDIUM, WEAK, NONE = 3, 2, 1, 0

_OPEN = {")": "(", "]": "[", "）": "（", "］": "［", "】": "【", "〕": "〔"}
_BOUNDARY = re.compile(r"(?<=[.!?…。])[”\"’'»)\]]{0,2}\s+|\s+[|–—•]\s+|\s*\n\s*|(?<=[”\"’»)）。])\s+(?=[^\s\d])|。(?=\S)")
_STOPS = ".!?…。"
_SENTENCE = re.compile(r"[.!?]\s+[^\W\d_]+\s+[a-zà-ÿа-я]")
_SEPARATOR = re.compile(r"[/|]|\s[-–—]\s|\bvia\b", re.IGNORECASE)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_KOREAN_TAIL = re.compile(r"(?<=[다음임됨])\.?\s+([\uac00-\ud7a3A-Za-z0-9@·=/]{2,12}(?:\s(?:기자|제공|인턴기자|특파원|화면))?)$")
_EQUALS_TAIL = re.compile(r"[＝=]\s*([^＝=\s。]{1,24}(?:撮影|提供|共同|通信)?)$")
_CJK_CREDIT = re.compile(r"(?:摄|攝|撮影|提供|供图|供圖|資料写真)$")
_SIGN = re.compile(r"©|（[CcＣ]）|(?<![\w)])\([cC]\)(?=\s)")
_ABBREVIATIONS = frozenset(
    "sen gov rep dr mr mrs ms prof st jr sr lt col gen capt maj sgt hon rev dept inc ltd corp co vs no nr bzw ca etc fig jan feb mar apr aug sept sep oct nov dec u.s u.k d.c fr hl sr sra srta dña "
    "gob ing lic arq pres dir mt ft".split()
)
_SPOKEN = frozenset(
    "to told by from for with of the a an via at in on and or said says an von vom der die das dem den bei beim im am und mit für aus nach zu zur zum à au aux de du des la le les l' en et par pour dans sur el los las del al por para con y un una "
    "que il lo gli i di da dal della per e o os as do dos na no em ao van het een met door op te voor bij og i på til av med fra och från till att som в на с и по из о к от для за".split()
)
_SMALL = frozenset("of the for by from and at in de la le der die das und et y e del di da van von zu via".split())


class CreditSpan(NamedTuple):
    """A credit found in a document: the stretch it takes with brackets and label, and the line without brackets."""

    start: int
    end: int
    line_start: int
    line_end: int
    rule: str
    credit: Credit
    is_leading: bool = False


def grade_credit(text: str, credit: Credit) -> int:
    """How surely an unlabelled text is a credit, from its shape and from what was read in it.

    >>> [grade_credit(t, parse_credit(t)) for t in ("REUTERS/Ann Roe", "Ann Roe/Some Weekly", "Reuters", "ships and boats")]
    [3, 2, 1, 0]
    """
    if not is_credit_shaped(text):
        return NONE
    kinds = {link.kind for link in credit.chain}
    houses = [agencies()[a] for a in credit.agencies]
    hands_out = {"pool", "handout", "screengrab", "courtesy", "stringer", "uncredited", "ai_generated", "mandatory_credit", "licence"} & set(credit.flags)
    is_parted = _SEPARATOR.search(text) is not None
    if houses:
        if any(h.kind in ("photo", "stock") or h.kind == "historic" and h.id == "corbis" for h in houses) or text.casefold().endswith((" photo", " images", " image", " foto")):
            return STRONG
        return STRONG if is_parted and (kinds - {"agency"} or hands_out or "file" in credit.flags) else WEAK
    if hands_out and not credit.chain:
        return MEDIUM if len(text.split()) > 1 or "screengrab" in credit.flags else WEAK
    if hands_out and (is_parted or text.casefold().startswith(_leads())):
        return MEDIUM
    if is_parted and "person" in kinds and len(kinds) > 1:
        return MEDIUM
    if is_parted and "account" in kinds and "social" in credit.flags:
        return MEDIUM
    if "person" in kinds and "organisation" in kinds and any(w in lexicon().client for w in text.split()):
        return MEDIUM
    return WEAK


def is_credit_shaped(text: str, *, spare: int = 0, most: int = 14) -> bool:
    """Whether a text could be a credit by its words: few, capitalised but for particles, no prose. `spare` lower-case words are forgiven.

    >>> is_credit_shaped("Ann Roe/Some Weekly via AP"), is_credit_shaped("a ship leaves port")
    (True, False)
    """
    if not text or len(text) > 2 * LONGEST_BARE or _SENTENCE.search(text):
        return False
    words = text.replace("/", " ").replace("|", " ").split()
    if not words or len(words) > most:
        return False
    odd = 0
    for word in words:
        bare = word.strip(".,;:()[]\"'“”„«»-–—")
        if bare[:1].islower() and bare not in _SMALL and not _is_small_credit_word(bare):
            odd += 1
            if odd > spare:
                return find_flag(tidy(text)) is not None or text.casefold().startswith(_leads())
    return bool(words[0][:1].isalpha() or words[0][:1] in "@©(-[（u" or words[0][:1].isdigit())


def _is_small_credit_word(word: str) -> bool:
    joined = lexicon()
    return bool(
        word in joined.client or word in joined.joiners or word in joined.via or is_listed(word, "particles") or find_supplier(word)
        or find_flag(word) or "." in word or any(c.isdigit() or c.isupper() or c in "@_-" for c in word[1:])
    )


def find_credit(document: str, start: int, end: int, *, expected: bool) -> CreditSpan | None:
    """The credit of a caption between `start` and `end`, which hold no blanks at their edges."""
    low = max(start, end - TAIL)
    for find in (find_labelled_tail, find_signed_tail, find_bracketed_tail, find_cjk_tail):
        if found := find(document, start, low, end, expected=expected):
            return found
    if found := find_leading(document, start, end, expected=expected):
        return found
    return find_bare_tail(document, start, low, end, expected=expected) or find_run_tail(document, start, low, end, expected=expected)


def _span(document: str, start: int, end: int, line_start: int, line_end: int, rule: str, credit: Credit | None = None, *, leading: bool = False) -> CreditSpan:
    while line_start < line_end and document[line_start] in " \t\u00a0\u3000\n":
        line_start += 1
    while line_end > line_start and document[line_end - 1] in " \t\u00a0\u3000\n":
        line_end -= 1
    return CreditSpan(start, end, line_start, line_end, rule, credit or parse_credit(document[line_start:line_end]), leading)


def _bracket_before(document: str, low: int, at: int) -> int:
    """Where an opening bracket stands right before a label, else `at`."""
    probe = at
    while probe > low and document[probe - 1] in " \t\u00a0":
        probe -= 1
    return probe - 1 if probe > low and document[probe - 1] in "([（［【〔" else at


def find_labelled_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`. Photograph: Ann Roe/AP`, `(Foto: dpa)`, `Photo by Ann Roe`: from the label to the end."""
    found = _find_colon_label(document, start, low, end, expected=expected)
    return found or _find_bare_label_tail(document, start, low, end, expected=expected)


def _find_colon_label(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    best: CreditSpan | None = None
    colon, tries = end, 0
    while tries < 8 and (colon := max(document.rfind(":", low, colon), document.rfind("：", low, colon))) > low:
        tries += 1
        found = find_label(document, colon, low)
        if found is None:
            continue
        at, label = found
        if best is not None and document[at - 1 : at] not in ("(", "[", "（") and not document[:best.start].rstrip().endswith((",", ";", ".", "|", "/")):
            break
        if (span := _take_label(document, start, at, colon, end, label, expected=expected)) is None:
            if best is not None:
                break
            continue
        best = span
    return best


def _take_label(document: str, start: int, at: int, colon: int, end: int, label: Label, *, expected: bool) -> CreditSpan | None:
    opening = _bracket_before(document, start, at)
    bracketed = opening != at
    rest = document[colon + 1 : end].strip()
    close = end
    if bracketed:
        inner = document.find({"(": ")", "[": "]", "（": "）", "［": "］", "【": "】", "〔": "〕"}[document[opening]], colon, end)
        if inner >= 0 and document[inner + 1 : end].strip(" .\u00a0"):
            return None
        rest = document[colon + 1 : inner if inner >= 0 else end].strip()
        close = inner if inner >= 0 else end
    if not rest:
        return None
    before = document[start:opening].rstrip()
    firm = bracketed or not before or before[-1] in _STOPS + "\n|–—•”\"’»)" or document[opening - 1] == "\n"
    if document[at].islower() and not firm:
        return None
    if not expected:
        if not before and len(rest) > LONGEST_BARE:
            return None
        if not is_credit_shaped(rest.split(". ")[0] if ". " in rest else rest, spare=6 if bracketed else 4, most=16):
            return None
        if (label.is_source or not label.is_house) and not firm:
            return None
        if label.is_source and grade_credit(rest, parse_credit(rest)) < STRONG:
            return None
        if not label.is_house and not label.is_source and label.flag not in ("courtesy", "screengrab", "composite", "illustration") and grade_credit(rest, parse_credit(rest)) < WEAK:
            return None
    elif not bracketed and len(rest.split()) > 24:
        return None
    if not before and not bracketed and not is_credit_shaped(rest, spare=0 if rest[-1] in _STOPS else 1) and _measure_leading(rest, is_labelled=True) is not None:
        return None
    line_start = colon + 1 if not label.is_kept else opening + 1 if bracketed else at
    return _span(document, opening, end, line_start, close, "caption.label", parse_credit(document[at:close]))


def _find_bare_label_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    for match in _bare_labels().finditer(document, low, end):
        at = match.start()
        opening = _bracket_before(document, start, at)
        before = document[start:opening].rstrip()
        if not (opening != at or not before or before[-1] in _STOPS + "|–—•”\"’»)\x94" or document[opening - 1 : opening] == "\n"):
            continue
        close = end
        if opening != at:
            if document[end - 1] != {"(": ")", "[": "]", "（": "）", "［": "］", "【": "】", "〔": "〕"}[document[opening]]:
                continue
            close = end - 1
        line = document[at:close].strip()
        bare = find_bare_label(line)
        if bare is None or not is_credit_shaped(line[len(bare[0]) :].strip(), spare=2 if opening == at else 4):
            continue
        if not before and not expected and opening == at and grade_credit(tidy(line[len(bare[0]) :]), parse_credit(line)) < WEAK:
            continue
        return _span(document, opening, end, at + len(document[at:close]) - len(document[at:close].lstrip()) + len(bare[0]), close, "caption.label", parse_credit(line))
    return None


_BARE: list[re.Pattern[str]] = []
_LEADS: list[tuple[str, ...]] = []


def _bare_labels() -> re.Pattern[str]:
    if not _BARE:
        forms = sorted({form for form, _ in lexicon().bare_labels if form[-1].isalpha()}, key=len, reverse=True)
        _BARE.append(re.compile(r"(?<![^\W_])(?:" + "|".join(re.escape(f) for f in forms) + r")(?=\s)", re.IGNORECASE))
    return _BARE[0]


def find_signed_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`© Ann Roe` behind the caption."""
    at = -1
    for match in _SIGN.finditer(document, low, end):
        at = match.start()
    if at < 0 or (at == start and not is_credit_shaped(document[at:end].lstrip("©").strip(), spare=2)):
        return None
    rest = document[at:end].lstrip("©").strip()
    if not is_credit_shaped(rest, spare=2 if expected else 1):
        return None
    if not expected and re.search(r"rights reserved|rechte vorbehalten|droits réservés|derechos reservados", rest, re.IGNORECASE):
        return None
    if not expected and not document[start:at].strip() and grade_credit(re.sub(r"^[\d\s–-]+", "", rest), parse_credit(rest)) < MEDIUM and not parse_credit(rest).photographer:
        return None
    opening = _bracket_before(document, start, at)
    close = end - 1 if opening != at and document[end - 1] in ")]）" else end
    sign = _SIGN.match(document, at)
    line_start = sign.end() if sign else at
    return _span(document, opening, end, line_start, close, "caption.sign", parse_credit(document[at:close]))


def find_bracketed_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`[File: Some Agency/Reuters]`, `(AP Photo/Ann Roe)` behind the caption."""
    last = end - 1
    while last > low and document[last] in ". \u00a0":
        last -= 1
    if (opener := _OPEN.get(document[last])) is None:
        return None
    at, depth = last - 1, 1
    while at >= low:
        if document[at] == document[last]:
            depth += 1
        elif document[at] == opener:
            depth -= 1
            if not depth:
                break
        at -= 1
    if at < low:
        return None
    inner = document[at + 1 : last].strip()
    before = document[start:at].rstrip()
    if not inner or len(inner) > 2 * LONGEST_BARE:
        return None
    credit = parse_credit(inner)
    grade = grade_credit(inner, credit)
    cut = credit.restrictions and credit.chain
    firm = before[-1:] in _STOPS or before[-1:] in "”\"’»"
    squared = opener in "[［" and grade and credit.agencies and not firm
    if _CJK.search(inner) and _CJK_CREDIT.search(inner):
        grade = MEDIUM
    if grade >= STRONG or squared or cut or (grade == MEDIUM and (firm or expected or not before)):
        pass
    elif expected and grade == WEAK and before and (credit.agencies or (firm and (len(inner.split()) > 1 or credit.agencies) and not inner.isdigit() and _is_name_like(inner, credit))):
        pass
    else:
        return None
    if before.endswith((")", "）")) and opener in "(（" and grade < STRONG and not expected:
        return None
    return _span(document, at, end, at + 1, last, "caption.bracket", credit)


def _is_name_like(text: str, credit: Credit) -> bool:
    """Whether a lone text that is credit-shaped names someone."""
    return bool(credit.photographer or credit.agencies or credit.flags or is_house(text) or is_organisation(text))


def find_cjk_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`＝ロイター`, and a name or agency behind a Korean predicate."""
    tail = document[low:end]
    if tail.isascii():
        return None
    if match := _EQUALS_TAIL.search(tail):
        if _CJK.search(tail[: match.start()]) and (expected or find_supplier(tidy(match[1])) or _CJK_CREDIT.search(match[1])):
            return _span(document, low + match.start(), end, low + match.start(1), end, "caption.equals")
    if (match := _KOREAN_TAIL.search(tail)) and (expected or grade_credit(match[1], parse_credit(match[1])) >= MEDIUM or match[1].endswith((" 기자", " 제공"))):
        credit = parse_credit(match[1])
        if credit.photographer or credit.agencies or credit.flags:
            return _span(document, low + match.start(1), end, low + match.start(1), end, "caption.korean", credit)
    return None


def find_bare_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`. REUTERS/Ann Roe`: what stands behind the last sentence and is shaped like a credit. A whole block counts too."""
    cuts = [(m.start(), m.end()) for m in _BOUNDARY.finditer(document, low, end)]
    cuts = cuts[-4:][::-1]
    if low == start:
        cuts.append((start, start))
    for stop, at in cuts:
        rest = document[at:end]
        if not rest.strip() or len(rest) > LONGEST_BARE:
            continue
        before = document[max(start, stop - 30) : stop + 1].rstrip() if at > start else ""
        hard = at > start and (before[-1:] in _STOPS or document[stop:at].strip(" \t") != "")
        if before.endswith(".") and _is_abbreviation(before):
            continue
        if not is_credit_shaped(rest.rstrip(".")) or not (expected or _is_plausible(rest)):
            continue
        credit = parse_credit(rest)
        grade = grade_credit(rest.rstrip("."), credit)
        if grade == STRONG and not (at == start and rest.endswith((".", "?", "!")) and len(rest.split()) > 3):
            return _span(document, at, end, at, end, "caption.tail" if at > start else "caption.credit-alone", credit)
        if grade == MEDIUM and (expected or (hard and document[stop:at].find("\n") < 0 and _SEPARATOR.search(rest))) and not (at == start and not expected):
            return _span(document, at, end, at, end, "caption.tail" if at > start else "caption.credit-alone", credit)
        if expected and grade == WEAK and _is_weak_tail(document, start, stop, at, rest, credit, hard=hard):
            return _span(document, at, end, at, end, "caption.weak-tail" if at > start else "caption.credit-alone", credit)
    return None


def _is_plausible(rest: str) -> bool:
    """Whether a text without a label can be more than a weak credit at all."""
    text = tidy(rest)
    return _SEPARATOR.search(text) is not None or find_supplier(text) is not None or find_flag(text) is not None or text.casefold().startswith(_leads())


def _leads() -> tuple[str, ...]:
    if not _LEADS:
        _LEADS.append(tuple(lead for lead, _ in lexicon().leads if len(lead) > 8))
    return _LEADS[0]


def _is_abbreviation(before: str) -> bool:
    word = before[:-1].rpartition(" ")[2].casefold()
    return word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()) or bool(re.fullmatch(r"(?:\w\.)+\w", word))


def _is_weak_tail(document: str, start: int, stop: int, at: int, rest: str, credit: Credit, *, hard: bool) -> bool:
    """Lone names and flags count behind a full sentence of a text that is known to be a caption."""
    text = tidy(rest)
    words = text.split()
    if at == start:
        return bool(credit.agencies) and not credit.photographer or (text.isupper() and is_photographer(text) and len(words) > 1)
    if not hard or len(document[start:stop].split()) < 2:
        return False
    if credit.agencies or find_flag(text) or find_platform(text):
        return True
    if ":" in text:
        return credit.photographer is not None
    if credit.photographer:
        return len(words) <= 4 and (not rest.endswith(".") or is_given(words[0]))
    if rest.endswith((".", "!", "?")) or len(words) > 6:
        return False
    return is_house(text) or is_organisation(text) or (len(words) == 1 and len(text) > 1 and not is_common(text)) or (len(words) <= 3 and not all(is_common(w) for w in words))


def find_run_tail(document: str, start: int, low: int, end: int, *, expected: bool) -> CreditSpan | None:
    """A credit that follows the caption with nothing but a blank between: `... with supporters AP/Ann Roe`."""
    last = document[end - 1]
    if last in ".!?…。:,;\"”»" or end - start < 4:
        return None
    words = [(m.start(), m.group()) for m in re.finditer(r"\S+", document[low:end])][-12:]
    if len(words) < 2:
        return None
    cut = len(words)
    while cut > 0 and _is_run_word(words[cut - 1][1]) and not (cut < len(words) and words[cut - 1][1][-1] in ".,;:)]”\"»’" and not re.fullmatch(r"(?:\w\.)+", words[cut - 1][1])):
        cut -= 1
    run = words[cut:]
    if not run:
        return None
    text = " ".join(w for _, w in run)
    begin = _trim_run(run, expected=expected) if _SEPARATOR.search(text) else _find_lone(words, run, expected=expected)
    if begin is None or (low + begin == start and not expected):
        return None
    at = low + begin
    rest = document[at:end]
    line = at
    if rest[0] in "/|-–—":
        line = at + 1
    credit = parse_credit(rest)
    grade = grade_credit(rest.lstrip("/|-–— "), credit)
    if grade == STRONG or (expected and grade):
        return _span(document, at, end, line, end, "caption.run", credit)
    return None


def _is_run_word(word: str) -> bool:
    bare = word.strip(".,;:()[]\"'“”„«»")
    if not bare or word in ("/", "|", "-", "–", "—", "&"):
        return word in ("/", "|", "-", "–", "—", "&")
    return not bare[0].islower() and (bare[0].isalpha() or bare[0] == "@" or "/" in bare) or "/" in bare or bare in ("via",) or bool(find_supplier(bare) and not bare.islower()) or is_listed(bare, "particles") and bare not in ("e", "i", "y", "la", "le", "de", "do", "da") or bare in ("dpa", "epa", "imago")


def _trim_run(run: list[tuple[int, str]], *, expected: bool) -> int | None:
    """Where in a run of capitals the credit starts: the shortest that makes sense before the first slash."""
    words = [w for _, w in run]
    first = next(i for i, w in enumerate(words) if _SEPARATOR.search(f" {w} ") )
    spaced = words[first] in ("/", "|", "-", "–", "—", "&", "via")
    left = words[:first] if spaced else [*words[:first], re.split(r"[/|]", words[first], maxsplit=1)[0]]
    left = [w for w in left if w]
    right = tidy(re.split(r"[/|]", " ".join(words[first + spaced :]) if spaced else " ".join([words[first].partition("/")[2], *words[first + 1 :]]), maxsplit=1)[0])
    if not left:
        return run[first][0]
    n = len(left)
    for size in range(min(n, 4), 0, -1):
        name = " ".join(left[n - size :])
        if find_supplier(name) or find_flag(name) or name.startswith("@"):
            return run[n - size][0]
    acronym = left[-1].isupper() and 2 <= len(left[-1]) <= 5 and not (n > 1 and left[-2].isupper() and len(left[-2]) > 1)
    if acronym:
        return run[n - 1][0]
    if spaced and is_photographer(right) and not find_supplier(right) and not (n >= 2 and is_given(left[-2])):
        return run[first][0]
    for size in (4, 3, 2):
        if size <= n:
            middle = left[n - size + 1 : n - 1]
            if size == 2 or all(len(w.strip(".")) == 1 or is_listed(w, "particles") for w in middle):
                return run[n - size][0]
    return run[0][0] if n == 1 else None


def _find_lone(words: list[tuple[int, str]], run: list[tuple[int, str]], *, expected: bool) -> int | None:
    """An agency at the very end, or a photographer behind a number, of a text that is known to be a caption."""
    if not expected:
        return None
    for size in range(min(len(run), 4), 0, -1):
        name = " ".join(w for _, w in run[-size:])
        if find_supplier(name) and len(name) > 1:
            before = words[-size - 1][1] if len(words) > size else ""
            if before.casefold().strip("’'") in _SPOKEN or (len(name) < 4 and name.casefold() in ("up", "na", "pl", "ae", "ap.", "cp", "ep")):
                return None
            return run[-size][0] if before else None
    if len(run) >= 3 and run[-3][1][-1].isdigit() is False and any(c.isdigit() for c in run[-3][1]) and is_photographer(" ".join(w for _, w in run[-2:])) and is_given(run[-2][1]):
        return run[-2][0]
    if len(run) == 2 and len(words) > 2 and any(c.isdigit() for c in words[-3][1]) and is_photographer(" ".join(w for _, w in run)) and is_given(run[0][1]):
        return run[0][0]
    if len(run) >= 2 and len(words) > len(run) and run[0][1] == "The" and is_organisation(" ".join(w for _, w in run)):
        return run[0][0]
    return None


def find_leading(document: str, start: int, end: int, *, expected: bool) -> CreditSpan | None:
    """`Foto: Ann Roe/AP Ein Schiff ...`, `© Ann Roe Ein Schiff ...`: the credit before the caption."""
    head = document[start : min(end, start + HEAD)]
    colon = next((i for i, c in enumerate(head[:42]) if c in ":："), -1)
    labelled = find_label(head, colon) if colon > 0 else None
    signed = _SIGN.match(head)
    if labelled is not None and labelled[0] == 0:
        offset = colon + 1
    elif signed:
        offset = signed.end()
    elif expected:
        offset = 0
    else:
        return None
    body = head[offset:]
    size = _measure_leading(body, is_labelled=offset > 0)
    if size is None or start + offset + size >= end:
        return None
    text = body[:size].strip()
    credit = parse_credit(head[: offset + size])
    if not (credit.chain or credit.flags):
        return None
    if not expected and grade_credit(text, credit) < (MEDIUM if labelled and labelled[1].is_house else STRONG):
        return None
    if not offset and not (grade_credit(text, credit) == STRONG and _SEPARATOR.search(text)) and not _is_restart(body, size):
        return None
    stop = start + offset + size
    kept = labelled is not None and labelled[1].is_kept
    return _span(document, start, stop, start if kept else start + offset, stop, "caption.leading", credit, leading=True)


def _is_restart(body: str, size: int) -> bool:
    """`The Some Paper The leaders ...`: a sentence starts right behind a run of capitals that names a house."""
    after = body[size:].split(None, 2)
    return len(after) > 2 and after[0] in ("The", "A", "An", "In", "Der", "Die", "Das", "Le", "La", "Les", "El", "Los", "Las") and after[1][0].islower() and is_organisation(body[:size].strip())


def _measure_leading(body: str, *, is_labelled: bool) -> int | None:
    """How long a credit at the start of a text is: to the end of its line, or to the word with which the caption begins."""
    line = body.find("\n")
    if line > 0 and is_credit_shaped(body[:line].strip(), spare=2):
        return line
    words = list(re.finditer(r"\S+", body))
    run = 0
    while run < len(words) and (_is_run_word(words[run].group()) or words[run].group()[:1] in "@(") and not (run and words[run - 1].group()[-1] in _STOPS and len(words[run - 1].group()) > 3):
        run += 1
    if run < 2 or run == len(words):
        return None
    texts = [w.group() for w in words]
    slash = max((i for i in range(run) if _SEPARATOR.search(f" {texts[i]} ")), default=-1)
    if slash >= 0:
        base = texts[slash].rpartition("/")[2]
        for stop in range(min(run, slash + 4), slash, -1):
            name = tidy(" ".join([base, *texts[slash + 1 : stop]]))
            if find_supplier(name) or find_flag(name):
                return words[stop - 1].end()
        return words[run - 2].end() if run - 2 >= slash else None
    for stop in range(min(run, 4), 0, -1):
        if find_supplier(tidy(" ".join(texts[:stop]))) and (is_labelled or stop > 1) and stop < run:
            return words[stop - 1].end()
    if run >= 4 and is_photographer(" ".join(texts[:2])) and is_given(texts[0]) and texts[1][-1].isalpha():
        return words[1].end()
    return words[run - 2].end()


def strip_span(line: str) -> str:
    """A credit line without brackets, for comparing two credits of the same caption."""
    return tidy(strip_brackets(line)).casefold()
