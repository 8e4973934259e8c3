"""The tokens of a photo credit: what each of them is."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from functools import lru_cache
from typing import NamedTuple

from transforms.agencies import SHORT, Agency, agency_aliases, find_agency, fold, is_short
from transforms.credit_tables import alias_prefixes, leads_by_letter, lexicon, trails_by_letter
from transforms.names import is_common, is_given, is_listed, is_person

LONGEST_TOKEN = 120
CREATORS = ("person", "account")

_BLANK = " \t\u00a0\u3000"
_DOMAIN = re.compile(
    r"(?:https?://)?(?:www\.)?([\w-]{2,40})\.(?:com|de|org|net|co\.uk|fr|es|it|nl|ch|at|ru|jp|cn|kr|ua|pl|cz|se|no|dk|fi|info|eu|tv)\b", re.IGNORECASE
)
_EMAIL = re.compile(r"\S+@[\w-]+\.[\w.-]+")
_HANDLE = re.compile(r"@[\w.]{1,40}|u/\w{1,40}")
_LICENCE = re.compile(r"(?:^|[\s/,(;-])(CC[ -]?(?:0|BY)(?:[ -](?:SA|NC|ND))*(?:[ -]\d(?:\.\d)?)?(?:[ -][A-Z]{2})?)(?![A-Za-z])")
_DASH = re.compile(r"\s+[-‐‑–—]\s+")
_CAMEL = re.compile(r"[A-Z][a-zà-ÿ]{2,}(?=[A-Z][a-zà-ÿ]{2,}$)")
_BYLINE_TRAILS = ("記者撮影", "撮影", "기자", "인턴기자", "記者", "摄影", "攝影", "摄", "攝")
_BYLINE_LEADS = ("本报记者", "本報記者", "记者", "記者", "撮影・", "撮影：", "촬영", "摄影：", "攝影：")
_RANK = re.compile(
    r"(?:(?:Mass Communication Specialist|Chief|Senior|Master|Staff|Petty Officer|Lance|Tech\.?|Technical|Gunnery|1st|2nd|3rd|First|Second|Third"
    r"|Class|Airman|Seaman|Sgt\.?|Sergeant|Spc\.?|Specialist|Cpl\.?|Corporal|Pfc\.?|Pvt\.?|Private|Capt\.?|Captain|Maj\.?|Major|Lt\.?|Lieutenant|Cmdr\.?"
    r"|Col\.?|MC[123]|PO[123]|Cadet)\s+){1,6}(?=[A-Z])"
)
"""Military ranks before the name of who took a picture."""
_IMAGE_NUMBER = re.compile(r"[A-Z]{2,5}\d\d_\d\d_\d{4}_\w{4,12}")
_HAN_NAME = re.compile(r"[\u3400-\u9fff々]{2,4}")
_HANGUL_NAME = re.compile(r"[\uac00-\ud7a3]{3}")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


class Token(NamedTuple):
    """A part of a credit: flag, platform, agency, person, organisation or account."""

    text: str
    kind: str
    agency: Agency | None = None
    flag: str | None = None
    is_supplier: bool = False
    """Handed the picture out, but need not have taken it: `Courtesy of Ann Roe`."""


def tidy(text: str) -> str:
    """A token without blanks, quotes and stray marks around it.

    >>> tidy(" Ann Roe. ,"), tidy("-STR"), tidy("Jr.")
    ('Ann Roe', '-STR', 'Jr.')
    """
    text = text.strip(" \t\r\n\u00a0\u3000\u200b,;:|/*_<>\"“”„«»")
    if text.endswith(".") and (len(text) > 5 or " " in text) and text[-3:-2] not in (".", " ") and not is_listed(text.rpartition(" ")[2], "suffixes"):
        text = text.rstrip(". ")
    return text.rstrip("-–—").rstrip() if len(text) > 1 else text


def find_supplier(text: str) -> Agency | None:
    """The agency that a token of a credit names; a credit is a place where short forms may lose their capitals.

    >>> find_supplier("ap").id, find_supplier("ＡＰ").id, find_supplier("Shutterstock.com").id, find_supplier("Ann Roe")
    ('ap', 'ap', 'shutterstock', None)
    """
    found = find_agency(text)
    if found is None and not text.isascii() and (plain := unicodedata.normalize("NFKC", text)) != text:
        found = find_agency(plain)
    if found is None and 2 <= len(text) <= SHORT + 2 and (text.islower() or (len(text) > 2 and text.istitle())) and is_short(text):
        found = find_agency(text.upper())
    if found is None and "." in text and (match := _DOMAIN.fullmatch(text)):
        found = find_agency(match[1])
    return found


def find_flag(text: str) -> str | None:
    """The flag that a whole token stands for.

    >>> find_flag("POOL"), find_flag("HO"), find_flag("Ho"), find_flag("Archiv")
    ('pool', 'handout', None, 'file')
    """
    words = lexicon()
    if (flag := words.codes.get(text)) is not None:
        return flag
    folded = text.casefold()
    return words.tokens.get(folded) or words.tokens.get(folded.strip(" .()[]"))


def find_platform(text: str) -> str | None:
    """The flag that comes with a platform's name.

    >>> find_platform("TikTok"), find_platform("X"), find_platform("x")
    ('social', 'social', None)
    """
    words = lexicon()
    return words.platforms.get(text) or words.platforms.get(text.casefold().removeprefix("www.").removesuffix(".com"))


def is_house(text: str) -> bool:
    """Whether a name holds a word that only organisations have.

    >>> is_house("Some Museum"), is_house("Betty White"), is_house("The White House"), is_house("US NAVY")
    (True, False, True, True)
    """
    words = lexicon()
    folded = [w.casefold().rstrip(".,") for w in text.replace("/", " ").split()]
    found = [w for w in folded if w in words.organisations]
    return bool(found) and not (len(folded) == 2 and found == folded[1:] and found[0] in words.surnames and is_given(folded[0]))


def is_photographer(text: str) -> bool:
    """Whether a token of a credit is a person's name.

    >>> [is_photographer(t) for t in ("Ann Roe", "ANN ROE", "J.J. Roe", "Roe", "Some Museum", "US NAVY", "홍길동", "Studio One")]
    [True, True, True, False, False, False, True, False]
    """
    if _CJK.search(text):
        return bool(_HANGUL_NAME.fullmatch(text))
    if len(text) > 60 or is_house(text) or any(map(str.isdigit, text)):
        return False
    if not (words := text.split()):
        return False
    if not text.isupper() and words[0].isupper() and len(words[0]) > 2 and words[0].isalpha() and not is_given(words[0]):
        return False
    if sum(not is_listed(w, "particles") for w in words) > 5 or (text.isupper() and len(words) > 3 and not is_given(words[0])):
        return False
    if text.isupper() and all(len(w) < 4 and "." not in w for w in words) and not is_given(words[0]):
        return False
    return is_person(f"J. {text[2:]}" if text.startswith(("A ", "A. ")) else text)


def _is_handle(text: str) -> bool:
    if _HANDLE.fullmatch(text):
        return True
    if not re.fullmatch(r"\w{3,40}", text) or text.isdigit() or _CJK.search(text):
        return False
    if text[0].islower() or (any(c.isdigit() for c in text) and not text.isupper() and len(text) > 5):
        return not is_common(text)
    camel = _CAMEL.match(text)
    return camel is not None and is_given(camel[0])


@lru_cache(maxsize=8192)
def read_token(text: str) -> tuple[Token, ...]:
    """What a token between separators is; one that holds several things gives several.

    >>> [(t.text, t.kind) for t in read_token("AP Photo")], [t.flag for t in read_token("Handout")]
    ([('AP Photo', 'agency')], ['handout'])
    >>> [(t.text, t.kind) for t in read_token("Courtesy of Some Museum")]
    [('Courtesy of', 'flag'), ('Some Museum', 'organisation')]
    """
    text = tidy(text[:LONGEST_TOKEN])
    if not text or _IMAGE_NUMBER.fullmatch(text):
        return ()
    if flag := find_flag(text):
        return (Token(text, "flag", flag=flag),)
    if platform := find_platform(text):
        return (Token(text, "platform", flag=platform),)
    if text in agency_aliases() and (agency := find_agency(text)):
        return (Token(text, "agency", agency),)
    return _read_phrase(text) or _read_run(text) or (_read_name(text),)


def _read_name(text: str) -> Token:
    if agency := find_supplier(text):
        return Token(text, "agency", agency)
    if is_photographer(text):
        return Token(text, "person")
    if (rank := _RANK.match(text)) and is_photographer(text[rank.end() :]):
        return Token(text[rank.end() :], "person")
    return Token(text, "account" if _is_handle(text) else "organisation")


def _read_phrase(text: str) -> tuple[Token, ...]:
    """Phrases with a flag before or behind the one they speak of."""
    folded = text.casefold()
    for lead, flag in leads_by_letter().get(folded[0], ()):
        if folded.startswith(lead) and not (lead[-1].isalnum() and folded[len(lead) : len(lead) + 1].isalnum() and not _CJK.match(lead[-1])):
            rest = tidy(text[len(lead) :])
            flagged = Token(text[: len(lead)], "flag", flag=flag)
            if flag == "ai_generated" or not rest:
                return (flagged,)
            inner = read_token(rest)
            return (flagged, *(t._replace(is_supplier=flag == "courtesy") for t in inner))
    for trail, flag in trails_by_letter().get(folded[-1], ()):
        if folded.endswith(trail) and len(text) > len(trail) and (_CJK.match(trail[0]) or not folded[-len(trail) - 1].isalnum()):
            rest = tidy(text[: -len(trail)])
            inner = (Token(rest, "organisation"),) if flag == "courtesy" and not find_supplier(rest) and _CJK.search(rest) else read_token(rest)
            return (*(t._replace(is_supplier=flag == "courtesy") for t in inner), Token(text[-len(trail) :], "flag", flag=flag))
    if _CJK.search(text):
        for trail in _BYLINE_TRAILS:
            if text.endswith(trail) and (rest := tidy(text[: -len(trail)])):
                return _read_eastern(rest)
        for lead in _BYLINE_LEADS:
            if text.startswith(lead) and _HAN_NAME.fullmatch(rest := tidy(text[len(lead) :])):
                return (Token(rest, "person"),)
    return ()


def _read_eastern(text: str) -> tuple[Token, ...]:
    """`新华社记者 张三`: the house before the word for reporter, the photographer behind it."""
    for lead in _BYLINE_LEADS:
        house, mark, name = text.partition(lead)
        if mark and len(house) <= 8:
            agency = find_supplier(tidy(house))
            links = (Token(tidy(house), "agency", agency),) if agency else ()
            return (*links, Token(tidy(name), "person")) if 2 <= len(tidy(name)) <= 8 else links
    return (Token(text, "person"),) if len(text) <= 8 else ()


def _read_run(text: str) -> tuple[Token, ...]:
    """Several things with only blanks or a word of joining between them."""
    words = text.split()
    if not 1 < len(words) <= 14:
        return ()
    joiners = lexicon().joiners
    if any(w.casefold() in joiners for w in words[1:-1]) and not find_supplier(text):
        parts, at = [], 0
        for i, word in enumerate(words):
            if word.casefold() in joiners and at < i < len(words) - 1:
                parts.append(" ".join(words[at:i]))
                at = i + 1
        parts.append(" ".join(words[at:]))
        kinds = [_read_name(part) for part in parts]
        if all(k.kind == "person" for k in kinds) or all(k.kind == "agency" for k in kinds):
            return tuple(kinds)
        if kinds[-1].kind == "person" and all(k.kind == "person" or is_given(k.text) for k in kinds):
            return (Token(text, "person"),)
    if words[-1].casefold() in ("pic", "pics", "photo", "picture") and (agency := find_supplier(" ".join(words[:-1]))):
        return (Token(text, "agency", agency),)
    for cut in (2, 1):
        if len(words) > cut and (flag := find_flag(" ".join(words[-cut:]))) and flag not in ("placeholder", "illustration", "graphic"):
            head = _read_name(" ".join(words[:-cut]))
            if head.kind == "agency" or (head.kind == "person" and flag in ("file", "pool", "handout") and "archive" not in words[-1].casefold()):
                return (head, Token(" ".join(words[-cut:]), "flag", flag=flag))
        if len(words) > cut and (flag := find_flag(" ".join(words[:cut]))) and flag not in ("placeholder", "staff"):
            tail = _read_name(" ".join(words[cut:]))
            if tail.kind == "agency":
                return (Token(" ".join(words[:cut]), "flag", flag=flag), tail)
    if len(words) > 7 or find_supplier(text):
        return ()
    if words[1].casefold() in ("photo", "foto") and len(words) > 3 and (agency := find_supplier(" ".join(words[:2]))) and (
            is_photographer(" ".join(words[2:]))):
        return (Token(" ".join(words[:2]), "agency", agency), Token(" ".join(words[2:]), "person"))
    for cut in range(1, len(words)):
        first, second = find_supplier(" ".join(words[:cut])), find_supplier(" ".join(words[cut:]))
        if first and second:
            return (Token(" ".join(words[:cut]), "agency", first), Token(" ".join(words[cut:]), "agency", second))
    return ()


def split_licence(text: str) -> tuple[str, bool]:
    """A credit without its Creative Commons licence, and whether there was one.

    >>> split_licence("Ann Roe CC BY-SA 2.0")
    ('Ann Roe', True)
    """
    if "CC" not in text or (match := _LICENCE.search(text)) is None:
        return text, False
    rest = text[match.end() :]
    return tidy(text[: match.start()] + " " + (rest.removeprefix(")") if match[0][0] == "(" else rest)), True


def split_joint(text: str) -> list[str]:
    """The parts of a token at dashes, hyphens before an agency, and commas that part names and flags.

    >>> split_joint("Ann Roe - Europa Press"), split_joint("Ann Roe-AFP"), split_joint("Ann Roe, File"), split_joint("Court, District of Some")
    (['Ann Roe', 'Europa Press'], ['Ann Roe', 'AFP'], ['Ann Roe', 'File'], ['Court, District of Some'])
    """
    text = text.strip(_BLANK)
    if find_flag(text) or find_supplier(text):
        return [text]
    parts = _split_dashes(text)
    return [piece.strip(_BLANK) for part in parts for piece in _split_commas(part)]


def _split_dashes(text: str) -> list[str]:
    parts = _DASH.split(text)
    if len(parts) > 1 and any(find_supplier(tidy(p)) or find_flag(tidy(p)) or is_photographer(tidy(p)) for p in parts):
        return parts
    for i in range(1, len(text) - 1):
        if text[i] in "-‐‑" and text[i - 1].isalnum():
            right = tidy(text[i + 1 :])
            if find_agency(right) and not find_agency(text) and (is_photographer(tidy(text[:i])) or find_flag(text[:i])):
                return [text[:i], right]
    return [text]


def _split_commas(text: str) -> list[str]:
    if "," not in text:
        return [text]
    spans: list[tuple[int, int]] = []
    at = 0
    for piece in text.split(","):
        if tidy(piece) and not _EMAIL.fullmatch(tidy(piece)):
            spans.append((at, at + len(piece)))
        at += len(piece) + 1
    if len(spans) < 2:
        return [text[start:end] for start, end in spans]
    if is_listed(tidy(text[slice(*spans[1])]), "suffixes"):
        spans[:2] = [(spans[0][0], spans[1][1])]
    parts = [text[start:end] for start, end in spans]
    if find_flag(tidy(parts[0])) or find_supplier(tidy(parts[0])) or is_photographer(tidy(parts[0])) or len(parts) == 1:
        return parts
    tail: list[str] = []
    while len(parts) > 1 and (find_flag(tidy(parts[-1])) or find_supplier(tidy(parts[-1]))):
        tail.insert(0, parts.pop())
    return [text[spans[0][0]:spans[len(parts) - 1][1]], *tail]


def split_client(text: str) -> tuple[str, str | None]:
    """A photographer and the client worked for: `Ann Roe for Some Weekly`.

    >>> split_client("Ann Roe for Some Weekly"), split_client("Center for Some Progress")
    (('Ann Roe', 'Some Weekly'), ('Center for Some Progress', None))
    """
    words = text.split()
    client = lexicon().client
    for i in range(1, len(words) - 1):
        if words[i].casefold() in client:
            left, right = tidy(" ".join(words[:i])), tidy(" ".join(words[i + 1 :]))
            if find_supplier(left) or is_photographer(left):
                return left, right
    return text, None


def complete_alias(text: str, *, is_cut: bool) -> Agency | None:
    """The one agency that a cut-off name can only be: cut inside a word, or anywhere where the field is known to be full.

    >>> complete_alias("Getty I", is_cut=False).id, complete_alias("Action", is_cut=False)
    ('getty', None)
    """
    key = fold(text)
    if len(key) < 5:
        return None
    aliases = alias_prefixes()
    found = set()
    for at in range(bisect_left(aliases, (key,)), len(aliases)):
        form, agency = aliases[at]
        if not form.startswith(key):
            break
        if form != key and (is_cut or form[len(key)].isalnum()):
            found.add(agency)
    return find_agency(next(form for form, agency in aliases if agency in found)) if len(found) == 1 else None
