"""Personal names: what looks like one, what never is one, and how its capitals are repaired."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from transforms.agencies import NAMES_KEPT, find_agency

LONGEST_NAME = 80
"""No byline prints a longer name; anything above is prose."""
MOST_TOKENS = 7

_TOKEN = re.compile(r"\S+")
_JOINED = re.compile(r"([-‐‑'’.])")
_ROMAN = frozenset({"II", "III", "IV"})
_HAN = re.compile(r"[\u3400-\u9fff々〆ヶ]{2,4}|[\u3400-\u9fff々]{1,4}[ \u3000・]?[\u3040-\u30ff\u3400-\u9fff々ー・]{1,8}|[\u30a0-\u30ff]{2,10}")
_EAST_HOUSE = re.compile("新聞|新闻|通信|通訊|通讯|日報|日报|晚报|放送|電視|电视|テレビ|オンライン|デジタル|編集部|编辑部|뉴스|신문|일보|방송|편집국")
_HANGUL = re.compile(r"[\uac00-\ud7a3]{2,4}")
_DOMAIN = re.compile(
    r"(?:^|\s)(?:www\.)?[\w-]+\.(?:com|de|org|net|at|ch|co\.uk|uk|fr|es|it|nl|is|eu|info|tv|pl|se|no|dk|ru|cz|in|us|news|example)(?:$|\s)",
    re.IGNORECASE,
)
_SHAPE = re.compile(r"(?:(?:[^\W\d_]\.){1,4}|[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0300-\u036f]|[-‐‑'’´`.]?[^\W\d_])*)[.]?,?")

_DESK_CODES = re.compile(r"\(?(?:[a-zäöüß]{2,3}|[a-zäöüß]{2,4}(?:[/,][a-zäöüß]{2,4}){1,2})\)?")
_VOWEL = re.compile("[aeiouyäöü]")
_STRANGE = re.compile(r"[^\W\d_]{13}|[a-z]-[a-z]|^[^\W\d_]-|^[A-Z]{2,4}$|['’]\w\w+['’]|[A-Z]['’][A-Z][A-Z]")

_TURKISH = re.compile("[ŞĞİ]")
"""Letters by which a name in capitals is known as Turkish, where the small letter of I has no dot: AKTAŞLI is Aktaşlı."""

_LINKS = frozenset(("for", "in", "at", "from", "with", "and", "of", "by", "the", "to", "und", "avec", "mit"))


class _Lists(NamedTuple):
    given: frozenset[str]
    common: frozenset[str]
    words: dict[str, frozenset[str]]


def _read_index(name: str) -> frozenset[str]:
    lines = files("transforms.rules").joinpath(name).read_text("utf-8").splitlines()[1:]
    return frozenset(word for line in lines for word in line.partition(",")[2].split())


@cache
def _lists() -> _Lists:
    data = tomllib.loads(files("transforms.rules").joinpath("names.toml").read_text("utf-8"))
    return _Lists(_read_index("given_names.csv"), _read_index("common_words.csv"), {key: frozenset(row["words"]) for key, row in data.items()})


def is_listed(word: str, kind: str) -> bool:
    """Whether a word stands in one of the lists of `names.toml`, in whatever case.

    >>> is_listed("Jr.", "suffixes"), is_listed("Von", "particles"), is_listed("Roe", "titles")
    (True, True, False)
    """
    return word.casefold() in _lists().words[kind]


def is_given(word: str) -> bool:
    """Whether a word is a common given name; `Anna-Lena` counts by its first half.

    >>> is_given("JANE"), is_given("Beirut")
    (True, False)
    """
    known = _lists().given
    word = word.casefold()
    return word in known or word.partition("-")[0] in known


def is_common(word: str) -> bool:
    """Whether a word is an ordinary one, so that it needs a given name beside it to be part of a name.

    >>> is_common("Design"), is_common("Doe")
    (True, False)
    """
    word = word.casefold().rstrip(".,")
    lists = _lists()
    return word in lists.common or word in lists.words["calendar"] or word in lists.words["labels"]


def is_cased_like_name(token: str) -> bool:
    """Whether a single token is capitalised, an initial, or of a script without case.

    >>> [is_cased_like_name(t) for t in ("Jane", "J.R.", "O'Neal", "d'Avello", "said", "B52", "Ян")]
    [True, True, True, True, False, False, True]
    """
    if not _SHAPE.fullmatch(token):
        return False
    first = token[0]
    if first.isupper() or not first.islower():
        return True
    head, mark, tail = token.replace("’", "'").replace("-", "'", 1).partition("'")
    return bool(mark) and len(head) <= 4 and tail[:1].isupper()


def is_initials(text: str) -> bool:
    """Whether a line is nothing but initials or desk codes, which name nobody.

    >>> [is_initials(t) for t in ("phy", "gr/bp", "(rtr/jd)", "year", "dpa", "Ann Lee", "AP")]
    [True, True, True, False, False, False, False]
    """
    if len(text) > 16 or not _DESK_CODES.fullmatch(text):
        return False
    bare = text.strip("()")
    return not ((is_common(bare) and _VOWEL.search(bare)) or find_agency(bare))


def is_organisation(text: str) -> bool:
    """Whether a name is that of a desk, a paper or a house and not of a person.

    >>> [is_organisation(t) for t in ("Reuters Staff", "DER SPIEGEL", "Redaktion example.de", "山川新聞", "Rose Lee")]
    [True, True, True, True, False]
    """
    return len(text) <= LONGEST_NAME and _is_organisation(text)


@lru_cache(maxsize=NAMES_KEPT)
def _is_organisation(text: str) -> bool:
    tokens = text.split()
    if not tokens:
        return False
    if find_agency(text) or _DOMAIN.search(text) or (not text.isascii() and _EAST_HOUSE.search(text)):
        return True
    words = _lists().words
    folded = [t.casefold().rstrip(".,:") for t in tokens]
    if any(t in words["organisations"] for t in folded) or " ".join(folded) in words["generic"]:
        return True
    if any(t.rpartition("-")[2] in words["desks"] for t in folded):
        return True
    if folded[0] in ("the", "der", "die", "das", "our", "a") and len(tokens) > 1:
        return tokens[1].casefold() not in words["honorifics"]
    return len(tokens) == 2 and folded[0] in words["articles"] and not is_given(tokens[1])


def is_generic(text: str) -> bool:
    """Whether a source is named without a name: `agencies`, `wire reports`.

    >>> is_generic("News Agencies"), is_generic("Echo News")
    (True, False)
    """
    return " ".join(text.casefold().rstrip(".").split()) in _lists().words["generic"]


def measure_name(text: str) -> int:
    """How many of a string's leading characters are a name by their shape: `Jane Roe said` gives 8.

    A trailing particle or ordinal initial is not part of it; the meaning of the words is not judged.

    >>> measure_name("Ludwig van der Berg in Rome"), measure_name("the time"), measure_name("山田花子"), measure_name("Sam Roe, Jr. and")
    (19, 0, 4, 12)
    """
    if match := _HANGUL.match(text) or _HAN.match(text):
        return match.end()
    end = 0
    words = _lists().words
    for count, match in enumerate(_TOKEN.finditer(text, 0, LONGEST_NAME)):
        token = match.group()
        folded = token.casefold().rstrip(",")
        if count >= MOST_TOKENS + 2:
            break
        if count and folded in _LINKS:
            break
        if count and folded in words["suffixes"]:
            end = match.end() - token.endswith(",")
            if token.endswith(","):
                after = _TOKEN.match(text, match.end() + 1) if text[match.end() : match.end() + 1] == " " else None
                if after is None or after.group().casefold().rstrip(",;") not in words["suffixes"]:
                    break
        elif is_cased_like_name(token) or (folded in words["honorifics"] and token[0].isupper()):
            if token.endswith(","):
                end = match.end() - 1
                after = _TOKEN.match(text, match.end() + 1) if text[match.end() : match.end() + 1] == " " else None
                if after is None or after.group().casefold().rstrip(",;") not in words["suffixes"]:
                    break
            else:
                end = match.end()
        elif not (count or text[:2].casefold() in ("al", "el", "de", "ii")) or folded not in words["particles"]:
            break
    return end


def is_person(text: str, *, mononym: bool = False, strict: bool = False) -> bool:
    """Whether a string is a person's name.

    One word counts only with `mononym`, where the context says that a name must stand. `strict` is for a line with nothing around it
    to say so: an ordinary word or an unknown one needs a given name before it.

    >>> [is_person(t) for t in ("Jane Roe", "C P Roe", "Ludwig van der Berg", "Sports Desk", "the commission", "Madhu", "홍길동")]
    [True, True, True, False, False, False, True]
    >>> is_person("Madhu", mononym=True), is_person("Full Story", strict=True), is_person("Rory Roe", strict=True)
    (True, False, True)
    """
    return len(text) <= LONGEST_NAME and _is_person(text.strip(), mononym, strict)


@lru_cache(maxsize=NAMES_KEPT)
def _is_person(text: str, mononym: bool, strict: bool) -> bool:
    if not text or measure_name(text) != len(text) or is_organisation(text):
        return False
    tokens = text.split()
    if _HANGUL.fullmatch(text) or _HAN.fullmatch(text):
        return not strict or bool(_HANGUL.fullmatch(text))
    lists = _lists()
    content = [t for t in tokens if t.casefold().rstrip(",") not in lists.words["honorifics"]]
    content = [t for t in content if t.casefold().rstrip(",") not in lists.words["suffixes"]] if len(content) > 1 else content
    if not content or len(content) > MOST_TOKENS or (content[-1].casefold() in lists.words["particles"] and content[-1].islower()):
        return False
    full = [t for t in content if sum(map(str.isalpha, t)) > 1]
    if len(content) == 1:
        return mononym and len(full) == 1 and not is_common(full[0]) and not full[0].endswith(".") and len(full[0]) > 2
    if not full or (content[-1].endswith(".") and sum(map(str.isalpha, content[-1])) > 1):
        return False
    if any(t.casefold() in lists.words["calendar"] and not is_given(t) for t in content):
        return False
    if strict:
        return _is_strict(content, full)
    return is_given(content[0]) or not all(is_common(t) and not is_listed(t, "particles") for t in content)


def _is_strict(content: list[str], full: list[str]) -> bool:
    """A line alone: a plain given name leads, or every word is a stranger to running text and the line holds no place."""
    if len(content) > 5 or all(t.isupper() and len(t) <= 4 for t in full):
        return False
    shouted = all(t.isupper() for t in full)
    first = next((t for t in content if len(t) > 1), content[0])
    if len(content) == 2 and is_listed(content[0], "particles") and not is_given(content[0]):
        return False
    oddities = [t for t in full if is_common(t) and not is_listed(t, "particles")]
    if _lists().words["regions"] & {" ".join(content).casefold(), " ".join(content[-2:]).casefold()}:
        return False
    if is_given(first) and content[-1].isupper() and len(content[-1]) > 2 and not first.isupper():
        return True
    if is_listed(first, "word_names"):
        return not [t for t in oddities if t is not first]
    if is_given(first) and not is_common(first):
        return len(oddities) <= (not shouted) and not (oddities and len(content) > 3)
    if shouted or oddities or len(content) > 4 or any(_STRANGE.search(t) for t in content):
        return False
    return not any(t.islower() and t in ("der", "den", "des", "dem", "zu", "zur", "zum", "y", "e", "i") for t in content)


def repair_case(name: str) -> str:
    """A name with the capitals it would have in running text; separate initials are joined.

    >>> repair_case("JANE MCDONALD-O'NEIL"), repair_case("Bill MACNEAL"), repair_case("TED d'AVELLO")
    ("Jane McDonald-O'Neil", 'Bill MacNeal', "Ted d'Avello")
    >>> repair_case("LUDWIG VAN DER BERG III"), repair_case("C P Roe"), repair_case("JD Doe")
    ('Ludwig van der Berg III', 'CP Roe', 'JD Doe')
    """
    return _repair_case(name[: 4 * LONGEST_NAME])


@lru_cache(maxsize=NAMES_KEPT)
def _repair_case(name: str) -> str:
    tokens = name.split()
    if "I" in name and _TURKISH.search(name):
        tokens = [t[0] + t[1:].replace("I", "ı").replace("İ", "i").lower() if t.isupper() and len(t) > 2 else t for t in tokens]
    shouted = not any(c.islower() for t in tokens for c in t if not is_listed(t, "particles"))
    if not any(c.isupper() for t in tokens for c in t):
        return " ".join(t if is_listed(t, "particles") else t[:1].title() + t[1:] for t in tokens)
    out: list[str] = []
    for i, token in enumerate(tokens):
        if shouted and 0 < i < len(tokens) - 1 and token.isupper() and is_listed(token, "particles") and len(token) > 1:
            out.append(token.lower())
        else:
            out.append(_repair_token(token, first=i == 0, last=i == len(tokens) - 1))
    return " ".join(_join_initials(out))


def _join_initials(tokens: list[str]) -> list[str]:
    run = 0
    while run < len(tokens) - 1 and len(tokens[run]) == 1 and tokens[run].isupper():
        run += 1
    return ["".join(tokens[:run]), *tokens[run:]] if run > 1 else tokens


def _repair_token(token: str, *, first: bool, last: bool) -> str:
    if not first and token.rstrip(".,") in ("JR", "SR"):
        return token.capitalize()
    letters = [c for c in token if c.isalpha()]
    if sum(map(str.isupper, letters)) < 2 or token.rstrip(",") in _ROMAN:
        return token
    if not first and token.isupper() and is_listed(token.rstrip(","), "suffixes"):
        return token
    if token.count(".") >= 2 or (len(letters) <= 3 and find_agency(token)):
        return token
    parts = _JOINED.split(token)
    if len(parts) == 1 and len(letters) == 2 and not last and not (is_given(token) and any(c in "AEIOUY" for c in letters[:1])) and (
        first and (not set(token) & set("AEIOUY") or token.endswith("J"))
    ):
        return token
    return "".join(_repair_part(p, before=parts[i - 1] if i else "") for i, p in enumerate(parts))


def _repair_part(part: str, *, before: str) -> str:
    if part.startswith("Mc") and part[2:].isupper() and len(part) > 3:
        return "Mc" + part[2:].capitalize()
    if len(part) < 2 or not part.isupper():
        return part.lower() if before in ("'", "’") and part == "S" else part
    low = part[0] + part[1:].lower().replace("i̇", "i")
    if part.startswith("MC") and len(low) > 3:
        return "Mc" + low[2:].capitalize()
    scottish = low.startswith(("Macart", "Macall", "Macada")) or low[3:4] in tuple("dfglmnprstw")
    if part.startswith("MAC") and len(low) > 5 and scottish and not is_listed(low, "mac"):
        return "Mac" + low[3:].capitalize()
    return low
