"""Photo credits: who took a picture, through whose hands it came, and what else the credit says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from transforms.credit_tables import Label, bare_labels_by_letter, lexicon, notice_start
from transforms.credit_tokens import (
    CREATORS,
    Token,
    complete_alias,
    find_flag,
    find_supplier,
    is_photographer,
    read_token,
    split_client,
    split_joint,
    split_licence,
    tidy,
)
from transforms.model import Credit
from transforms.names import repair_case
from warehouse.tables import ChainLink

LONGEST_CREDIT = 400
"""Characters of a credit that are read; a notice behind it may run on."""
LONGEST_NOTICE = 1500
FULL_FIELD = 32
"""Octets that the IIM fields for byline, credit and source hold."""

_BRACKETS = {"(": ")", "[": "]", "（": "）", "【": "】", "［": "］", "〔": "〕", "<": ">", "«": "»"}
_COPYRIGHT = re.compile(
    r"(?:©|ⓒ|\([cC]\)|（[cCｃＣ]）|\([ｃＣ]\)|copyright(?:\s+of)?\b(?!\s*:)|copr\.)[\s:]*(?:©\s*)?"
    r"(?:(?:19|20)\d\d(?:\s*[-–/]\s*(?:19|20)?\d\d)?)?[\s,:]*(?:by\s+)?",
    re.IGNORECASE,
)
_INNER_COPYRIGHT = re.compile(r"\s*(?:©|\([cC]\)(?=\s))\s*(?:(?:19|20)\d\d\b)?[\s,]*")
_TRAILING_YEAR = re.compile(r"[\s,]+(?:19|20)\d\d$")
_REFERENCE = re.compile(r"\s*\(\d{4,12}[a-z]{0,3}\)$")
_INNER_BRACKET = re.compile(r"\s*[(\[（]([^()\[\]（）]{1,60})[)\]）](?=(\.\w|[^\s/|.]?))")
_VIA = re.compile(r"[\s/|!,_:]+(?:via|vía|through)(?:[\s/|!,_:]+|$)", re.IGNORECASE)
_MAY_PASS_ON = re.compile("[Vv][Ii][Aa]|[Tt][Hh][Rr][Oo][Uu]")
_LEADING_VIA = re.compile(r"^\s*(?:via|vía)[\s/|!:]+", re.IGNORECASE)
_URL = re.compile(r"https?://(?:www\.)?([^\s/]{1,80})\S{0,300}")
_SLASH = re.compile(r"[/|;#／｜•·]")
_ELLIPSIS_LABEL = re.compile(r"(?:credits?|crédits?|créditos?)\s?(?:\.{3}|…)\s*", re.IGNORECASE)
_WORD = re.compile(r"[^\s。，、！？()\[\]（）【】|<>«»\"“”„*•]+")
_PHOTO_BY = re.compile(r"\s(?:photos?|photographs?|pictures?|images?|foto) (?:by|von|por|di|de)\s", re.IGNORECASE)
_LABEL_END = re.compile("[:：=]")
_INITIALS = re.compile(r"(?<=\w)\s?/\s?[a-z]{2}\.?$")
_SEGMENT = re.compile(r"(?<=[.;])\s+(?=[^\W\d_][^:.;/]{2,40}:\s)")
_STEP = "\x1f"
_CREDIT_MARKS = " \t\r\n\u00a0\u3000＝=—–|•*,;"


class Stripped(NamedTuple):
    """A credit without its labels, and what they said."""

    text: str
    flags: tuple[str, ...]
    is_house: bool
    labels: tuple[Label, ...]


class Notice(NamedTuple):
    """A text without the notice on its use behind it."""

    text: str
    restrictions: tuple[str, ...]


def find_label(text: str, colon: int, floor: int = 0) -> tuple[int, Label] | None:
    """The label that ends at a colon: where it starts and what it means.

    >>> start, label = find_label("A ship. Crédit photo : Ann Roe", 21)
    >>> start, label.name
    (8, 'photo')
    """
    words = lexicon()
    base = max(floor, colon - 40)
    starts = [m.start() for m in _WORD.finditer(text, base, colon)][-words.label_words :]
    for start in starts:
        if start == base > floor and text[base - 1].isalnum():
            continue
        label = words.labels.get(" ".join(text[start:colon].casefold().split()))
        if label is not None and (text[colon] != "=" or not text[start].isascii()):
            return start, label
    return None


def find_notice(text: str, start: int = 0, end: int | None = None) -> int | None:
    """Where a notice on the use of a picture begins.

    >>> find_notice("REUTERS/Ann Roe ATTENTION EDITORS - NO RESALES.")
    16
    """
    end = len(text) if end is None else end
    for found in notice_start().finditer(text, start, end):
        opened = text.rfind("(", max(start, found.start() - 12), found.start())
        close = text.find(")", found.end(), end) if opened >= 0 else -1
        if close < 0 or text[close + 1 : close + 4].strip()[:1] != "(":
            return found.start()
    return None


def cut_notice(text: str) -> Notice:
    """The text before a notice, and the notice sentence by sentence, as printed.

    >>> cut_notice("REUTERS/Ann Roe ATTENTION EDITORS - NO RESALES. JAPAN OUT.")
    Notice(text='REUTERS/Ann Roe', restrictions=('NO RESALES', 'JAPAN OUT'))
    """
    begin = find_notice(text[: LONGEST_CREDIT + LONGEST_NOTICE])
    if begin is None:
        return Notice(text, ())
    sentences = (s.strip(" .-–—:*") for s in re.split(r"\.\s+|\.$|\s+[-–—]\s+|\n", text[begin : begin + LONGEST_NOTICE]))
    kept = tuple(dict.fromkeys(s for s in sentences if s and not (s.isupper() and s.startswith(("ATTENTION", "EDITORS")) and len(s) < 24)))
    return Notice(text[:begin].rstrip(" -–—*([\t\n"), kept)


def code_restriction(sentence: str) -> str | None:
    """The code of a known restriction; a country's carries its name.

    >>> code_restriction("NO RESALES"), code_restriction("JAPAN OUT"), code_restriction("HANDLE WITH CARE")
    ('no_resales', 'country_out:Japan', None)
    """
    for rule in lexicon().restrictions:
        if match := rule.pattern.match(sentence):
            country = match.groupdict().get("country")
            return f"{rule.code}:{country.title()}" if country else rule.code
    return None


def strip_residue(text: str) -> str:
    """A text without the words of the page's machinery behind it: `AP Vis mer`.

    >>> strip_residue("AP Vis mer")
    'AP'
    """
    for word in lexicon().residue_after:
        if text.endswith(word) and len(text) > len(word) and text[-len(word) - 1] in " \n\t.)]":
            return text[: -len(word)].rstrip()
    return text


def strip_brackets(text: str) -> str:
    """A credit without the brackets and marks around it.

    >>> strip_brackets(" [REUTERS/Ann Roe] "), strip_brackets("＝ロイター")
    ('REUTERS/Ann Roe', 'ロイター')
    """
    for _ in range(3):
        text = text.strip(_CREDIT_MARKS)
        close = _BRACKETS.get(text[:1])
        if close is None or not text.endswith(close) or close in text[1:-1] or _COPYRIGHT.match(text[:3]):
            break
        text = text[1:-1]
    return text


def strip_labels(text: str) -> Stripped:
    """A credit without the labels before it.

    >>> strip_labels("Arkivfoto: Ann Roe")[:2]
    ('Ann Roe', ('file',))
    """
    words = lexicon()
    flags: list[str] = []
    labels: list[Label] = []
    for _ in range(5):
        text = text.strip(_CREDIT_MARKS)
        if match := _ELLIPSIS_LABEL.match(text):
            text = text[match.end() :]
            continue
        colon = mark.start() if (mark := _LABEL_END.search(text, 0, 42)) else -1
        found = find_label(text, colon) if colon > 0 else None
        if found is not None and found[0] == 0:
            text, label = text[colon + 1 :], found[1]
        elif match := _COPYRIGHT.match(text):
            text, label = text[match.end() :], None
            if not any(x.is_house for x in labels):
                flags.append("copyright")
            continue
        elif bare := find_bare_label(text):
            text, label = text[len(bare[0]) :], bare[1]
        else:
            noun = next((n for n in words.lead_nouns if text.startswith(n)), None)
            noun = next((n for n in words.lead_nouns if text.startswith(n + " ") and len(text) > len(n) + 1), None) if noun else None
            if noun is None:
                break
            text = text[len(noun) :]
            continue
        if label is not None:
            labels.append(label)
            if label.flag:
                flags.append(label.flag)
    return Stripped(text.strip(_CREDIT_MARKS), tuple(flags), any(x.is_house for x in labels), tuple(labels))


def find_bare_label(text: str) -> tuple[str, Label] | None:
    """A label without a colon: `Photo by`, or `Foto` before what can only be a credit.

    >>> find_bare_label("Photo by Ann Roe")[0], find_bare_label("Foto dpa")[0], find_bare_label("Foto Roe")
    ('Photo by', 'Foto', None)
    """
    words, folded = lexicon(), text[:40].casefold()
    for form, label in bare_labels_by_letter().get(folded[:1], ()):
        rest = text[len(form) :]
        if not rest or not folded.startswith(form) or (form[-1].isalpha() and rest[0].isalnum() and ord(form[-1]) < 0x3000):
            continue
        if form in words.noun_labels:
            if rest[0] == "/":
                return text[: len(form) + 1], label
            first = tidy(re.split(r"[/|,(]| via ", rest, maxsplit=1)[0])
            if not (find_supplier(first) or is_photographer(first) or find_flag(first) == "pool"):
                continue
        return text[: len(form)], label
    return None


@lru_cache(maxsize=4096)
def parse_credit(text: str) -> Credit:
    """Who took a picture and through whose hands it came.

    >>> credit = parse_credit("REUTERS/Ann Roe/Pool")
    >>> credit.photographer, credit.agencies, credit.flags, [link.text for link in credit.chain]
    ('Ann Roe', ('reuters',), ('pool',), ['REUTERS', 'Ann Roe'])

    The links run from the first hand to the distributor; a photographer printed behind the houses stays behind them.
    >>> [link.text for link in parse_credit("APA/AFP/Ann Roe").chain]
    ['AFP', 'APA', 'Ann Roe']
    """
    notice = cut_notice(text)
    raw = strip_residue(strip_brackets(" ".join(notice.text[:LONGEST_CREDIT].replace(_STEP, " ").split())))
    raw = strip_brackets(_REFERENCE.sub("", raw))
    stripped = strip_labels(raw)
    flags = list(stripped.flags)
    initials = _INITIALS.search(stripped.text)
    body = stripped.text[: initials.start()] if initials and not find_supplier(initials[0].strip(" /.")) else stripped.text
    body, licensed = split_licence(_REFERENCE.sub("", strip_brackets(body)))
    if licensed:
        flags.append("licence")
    is_parallel = "composite" in flags
    if ("©" in body or "(" in body) and _INNER_COPYRIGHT.search(body):
        body = _INNER_COPYRIGHT.sub("/", body)
        if not stripped.is_house:
            flags.append("copyright")
    groups, said = _read_groups(body)
    flags += said
    groups, is_truncated = _complete_groups(groups, stripped.text)
    is_house = stripped.is_house
    links: list[list[Token]] = []
    for group in groups:
        kept = []
        for token in group:
            if token.kind == "flag" and token.flag:
                flags.append(token.flag)
            elif token.kind == "platform":
                if token.flag and not is_house:
                    flags.append(token.flag)
            else:
                kept.append(token)
                if token.agency and token.agency.kind == "stock" and not is_house:
                    flags.append("stock")
        if kept:
            links.append(kept)
    if is_truncated:
        flags.append("truncated")
    ordered, rule, warnings = _order_links(_merge_links(links), is_parallel)
    is_supplied = any(label.flag == "courtesy" for label in stripped.labels)
    people = [t for t in ordered if t.kind == "person" and not (t.is_supplier or is_supplied)]
    return Credit(
        photographer="; ".join(dict.fromkeys(repair_case(p.text) for p in people)) or None,
        chain=tuple(ChainLink(t.text, t.kind, t.agency.id if t.agency else None) for t in ordered),
        agencies=tuple(dict.fromkeys(t.agency.id for t in ordered if t.agency)),
        flags=tuple(sorted(set(flags))),
        restrictions=notice.restrictions,
        rule=rule if ordered else "credit.flags" if flags else "credit.nothing",
        warnings=(*(("credit_truncated",) if is_truncated else ()), *warnings),
    )


def _read_groups(text: str) -> tuple[list[list[Token]], list[str]]:
    """The tokens between slashes; inside, from the one who hands on to the one `via` whom. Also what inner labels say."""
    said: list[str] = []
    text, *more = _SEGMENT.split(_PHOTO_BY.sub("/", _URL.sub(r" \1 ", text) if "://" in text else text))
    for segment in more:
        colon = segment.find(":")
        found = find_label(segment, colon)
        if found is not None:
            said += [found[1].flag] if found[1].flag else []
            text = f"{text.rstrip('.')}/{segment[colon + 1 :]}"
    text, inner = _split_inner_labels(text)
    said += inner
    text = _INNER_BRACKET.sub(_open_bracket, text)
    if not text.isascii() or _MAY_PASS_ON.search(text):
        text = _LEADING_VIA.sub("", _VIA.sub(_STEP, text))
    pieces = [p for p in _SLASH.split(text) if p.strip()]
    groups: list[list[Token]] = []
    at = 0
    while at < len(pieces):
        pair = f"{pieces[at].strip()}/{pieces[at + 1].strip()}" if at + 1 < len(pieces) else ""
        if pair and find_supplier(pair):
            groups.append(list(read_token(pair)))
            at += 2
            continue
        steps = pieces[at].split(_STEP)
        group = [token for step in steps for token in _read_part(step)]
        if len(steps) > 1:
            groups.append(group)
        else:
            groups += [[token] for token in group]
        at += 1
    return groups, said


def _open_bracket(match: re.Match[str]) -> str:
    """What stands in brackets is a link of its own, and what is glued to them behind is another."""
    return f"/{match[1]}/" if match[2] else f"/{match[1]}"


def _split_inner_labels(text: str) -> tuple[str, list[str]]:
    """`Studio One, Fotos: dpa`: a label inside parts tokens too; a colon behind other words parts a house from its photographer."""
    said: list[str] = []
    colons = [i for i, c in enumerate(text) if c in ":："][:6][::-1] if ":" in text or "：" in text else []
    for colon in colons:
        found = find_label(text, colon)
        if found is not None:
            said += [found[1].flag] if found[1].flag else []
            text = f"{text[: found[0]].rstrip(' ,;./|-–')}/{text[colon + 1 :]}"
        elif text[colon + 1 : colon + 2].isspace():
            text = f"{text[:colon]}/{text[colon + 1 :]}"
    return text, said


def _read_part(text: str) -> list[Token]:
    tokens: list[Token] = []
    for piece in split_joint(text):
        left, client = split_client(piece)
        read = list(read_token(left))
        if client is not None:
            known = find_supplier(client)
            if known:
                read.append(Token(client, "agency", known))
            elif any(t.kind == "person" for t in read):
                read.append(Token(client, "organisation"))
        tokens += read
    return tokens


def _complete_groups(groups: list[list[Token]], text: str) -> tuple[list[list[Token]], bool]:
    """Complete the last token where a full field cut it off."""
    if not groups or not groups[-1] or groups[-1][-1].kind == "flag":
        return groups, False
    last = groups[-1][-1]
    others = [t.text for g in groups for t in g][:-1]
    key = last.text.casefold()
    if len(key) >= 5 and any(o.casefold().startswith(key) and o.casefold() != key and o[len(key)].isalnum() for o in others):
        return [*groups[:-1], groups[-1][:-1]], True
    sizes = {len(text[i:].encode()) for i in [0, *(i + 1 for i, c in enumerate(text) if c == "/")]}
    if last.kind in ("organisation", "person", "account") and (agency := complete_alias(last.text, is_cut=FULL_FIELD in sizes)):
        return [*groups[:-1], [*groups[-1][:-1], Token(last.text, "agency", agency)]], True
    return groups, False


def _merge_links(groups: list[list[Token]]) -> list[list[Token]]:
    """The links without repeats: the same agency, or the same name in any case."""
    seen: set[str] = set()
    merged = []
    for group in groups:
        kept = []
        for token in group:
            key = f"\0{token.agency.id}" if token.agency else " ".join(token.text.casefold().replace(".", "").split())
            if key not in seen:
                seen.add(key)
                kept.append(token)
        if kept:
            merged.append(kept)
    return merged


def _order_links(groups: list[list[Token]], is_parallel: bool) -> tuple[list[Token], str, tuple[str, ...]]:
    """First hand to last, the photographer on the side where print has the name; the rule that told so; a warning where nothing did."""
    flat = [t for g in groups for t in g]
    if is_parallel:
        return flat, "credit.parallel", ()
    if len(groups) < 2:
        lone = flat[0].kind if flat else ""
        return flat, "credit.via" if len(flat) > 1 else f"credit.{lone}", ()
    first, last = groups[0][0], groups[-1][-1]
    warnings: tuple[str, ...] = ()
    if last.kind in CREATORS and first.kind not in CREATORS:
        rule, groups = "credit.agency-first", groups[::-1]
    elif first.agency and first.agency.id in lexicon().outer_first:
        rule, groups = "credit.outer-first", groups[::-1]
    else:
        rule = "credit.creator-first" if first.kind != "agency" else "credit.printed-order"
        if first.kind == "agency" and all(len(g) == 1 and g[0].kind == "agency" for g in groups):
            warnings = ("credit_order",)
    creators = [t for g in groups for t in g if t.kind in CREATORS]
    others = [t for g in groups for t in g if t.kind not in CREATORS]
    return [*creators, *others] if first.kind in CREATORS else [*others, *creators], rule, warnings
