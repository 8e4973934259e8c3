"""Sign-offs and source lines: who reported, wrote and edited a story, as its last lines say."""

from __future__ import annotations

import re
from typing import NamedTuple

from transforms.agencies import find_agency, split_agencies
from transforms.byline import build_contributor, mask_contacts
from transforms.layout import trim
from transforms.model import Contributor
from transforms.names import is_generic, is_listed, is_organisation, is_person
from transforms.people import Entry, read_people
from transforms.roles import find_sided_role, opens_clause, split_clauses
from transforms.titles import is_title

LONGEST_SIGNOFF = 1200
"""No printed sign-off is longer; a longer block is prose."""
TAIL = 900
"""How far from a paragraph's end a sign-off glued to it is looked for."""
LONGEST_SOURCE = 200
LONGEST_BARE = 60
"""No line of agencies and initials is longer."""

_TRAILER = re.compile(
    r"""\s*(?:\(\(?(?P<contact>[^()]{0,300})\)?\)|\[[^\[\]]{0,60}\]|<\^+>?|\^{3,}>?|;?\s*\+\d[\d\s()-]{6,24}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,3}
        |Keywords:\s*(?P<keywords>[^\n]{1,120})|Our\sStandards:[^\n]{0,80}|;|\.|\))\s*$""",
    re.VERBOSE,
)
_CONTACT_HINT = re.compile(r"@|\+\d|messaging|newsroom|^\s*;|graphic|tmsnrt|\d{3}[ -]\d", re.IGNORECASE)
_TRAILER_MARKS = ("@", "+", "[", "^", "messaging", "newsroom", "graphic", "tmsnrt", "(;", "( ", "(\n", "keywords:", "our standards:")
"""What a trailer cannot do without, if it has no digit."""
_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_DIALLED = re.compile(r"\+\d[\d ()-]{6,22}\d")
_PHONE = re.compile(r"\+?\d[\d ()-]{6,22}\d")
_SENTENCE = re.compile(r"(?<=[a-zé\d\)”\"’][a-zé\d\)”\"’])\.[\"”]?\s+(?=[A-Z'‘\"“])|(?<=\.[A-Z]\.)\s+(?=[A-Z][a-z]+ [A-Za-z])|(?<=[a-z]{2}@[a-z])$")
_HELPED = re.compile(
    r"""(?P<also>\s+also)?\s*(?:,\s*)?(?:(?P<reporting>\s*contributed\s+(?:additional\s+|further\s+)?reporting(?:\s+and\s+\w+)?(?:\s+to\s+this\s+\w+)?)
        |\s*(?:contributed|helped|assisted|collaborated)\s+(?:research\s+)?(?:to|with|on|in|for)\s+(?:(?:the\s+)?(?:reporting|preparation|writing)\s+(?:of|for|to|on)\s+)?(?:this|the)\s+(?:\w+\s+)?(?:report|story|article|column|dispatch|piece|coverage|analysis|investigation|series|newsletter|post)
        |\s*(?P<research>contributed)(?:\s+research)?
        |\s*(?:reported)(?=\s+(?:from|in)\s))""",
    re.VERBOSE,
)
_FROM = re.compile(r"^(?:\s*,)?\s*(?:(?:from|in|at)\s+(?P<place>.+))?$", re.DOTALL)
_CALL = re.compile(
    r"""(?P<to>To\s+contact\s+the\s+(?P<who>reporter|writer|author|editor)s?(?:\s+(?:on|for|of|responsible\s+for)\s+th(?:is|e)\s+(?:story|article|column))?\s*:?\s*)(?P<list>[^\n]+)
        |(?P<write>(?:Write|E-?mail|Email)\s+(?:to\s+)?|Follow\s+|Contact\s+|Reach\s+)(?P<one>[^@:]{3,80}?)\s*(?:on\s+\w+\s*)?(?:at|:|,|\s)\s*(?=[\w.]*@|https?:|twitter\.|www\.)(?P<rest>\S.*)""",
    re.VERBOSE,
)
CONTACT_OPENINGS = ("SOURCE ", "To contact", "Write to", "Follow ", "Email ", "E-mail ", "Contact ", "Reach ")
_SOURCE = re.compile(
    r"""(?P<label>SOURCE(?=\s[A-Z0-9])|(?i:sources?|quellen?|fuentes?|fontes?|fonte|bron|kilde|källa|źródło|kaynak|источник)\s*[:：]|来源\s*[:：]|來源\s*[:：]|(?i:with(?:\s+(?:inputs?|additional\s+reporting|files|material))?\s+from|com\s+informações\s+d[aeo]s?|con\s+información\s+de(?:l|\s+la)?|avec\s+des\s+informations\s+de|con\s+informazioni\s+di|mit\s+material\s+von)\b(?=\s)|(?:With|with|WITH|Mit|mit|Avec|avec|Con|con)(?=\s))\s*
        (?P<list>[^\n]{2,160}?)[.\s]*$""",
    re.VERBOSE,
)
_BARE_JOINT = re.compile(r"[\s/,;()\[\]+&|]+")
_DESK = re.compile(r"[a-zäöü]{1,4}|[A-Z]{2,3}|red|Red|und|and|et|mit|with")
_TAIL_BREAK = re.compile(r"(?<=[.!?…\"'”’»)])\s+")
_TAIL_MARK = re.compile(r"[-–—=]{0,2}\s?[(\[]?(?P<name>[^()\[\]/,.]{2,30}?)[)\]]?\.?(?P<desk>(?:\s[A-Z]{2,4}){1,4})?")
_SOURCE_JOINT = re.compile(r"\s*(?:/|,|;|&|\+|\||–|—)\s*|\s+(?:and|AND|And|et|und|y|e|with|via)\s+")


_SEATED = re.compile(
    r"(?P<name>[А-ЯЁ][а-яё]{1,20} [А-ЯЁ][а-яё]{1,20}(?:-[А-ЯЁ][а-яё]{1,20})?), (?P<place>[А-ЯЁ][а-яё]{2,20}(?:[- ][А-Яа-яё]{2,20}){0,2})"
)
_PAIRED = re.compile(r"\((?P<one>[^\W\d_a-z][^(),;:\n]{3,40}), editing (?P<other>[^\W\d_a-z][^(),;:\n]{3,40})\)")
"""Reuters in Italian: `(Mario Rossi, editing Anna Bianchi)`."""
_ABBREVIATED = re.compile(r"\b(?:Jr|Sr|[A-Z])\.$")
_OPEN_JOINT = re.compile(r"(?<!\s)\s+(?:and|und|et|y|e)$")
_LONE = re.compile(r"(?:by|from|von|par|por|di|de|door|av|af)\s", re.IGNORECASE)
"""Words that open a byline; a sign-off opens with one only behind a bracket."""


class Contacts(NamedTuple):
    """Ways to reach the people of a sign-off, from the brackets behind it."""

    email: str | None = None
    phone: str | None = None
    messaging: str | None = None
    desk: str | None = None


class SignOff(NamedTuple):
    """A sign-off read. `kind` is signoff for role clauses and contacts, tagline for a sentence of thanks."""

    kind: str
    text: str
    start: int
    end: int
    contributors: tuple[Contributor, ...]
    rule: str
    contacts: Contacts | None = None


class SourceLine(NamedTuple):
    """The sources that a last line names: each as printed, and the ids of those that are known agencies."""

    text: str
    sources: tuple[str, ...]
    agencies: tuple[str, ...]
    rule: str


def parse_signoff(document: str, start: int, end: int) -> SignOff | None:
    """Read `document[start:end]` as a sign-off.

    >>> line = "Reporting by Ann Lee in Paris; Editing by Bo Dahl"
    >>> [(c.name, c.role, c.place) for c in parse_signoff(line, 0, len(line)).contributors]
    [('Ann Lee', 'reporter', 'Paris'), ('Bo Dahl', 'editor', None)]
    >>> parse_signoff("Reporting by the commission showed a rise.", 0, 42) is None
    True
    """
    if end - start > 4 * LONGEST_SIGNOFF:
        return None
    start, end = trim(document, start, end)
    if end <= start or end - start > LONGEST_SIGNOFF:
        return None
    if opens_clause(document, start, end) and not _LONE.match(document, start) and (found := _read_roles(document, start, end)):
        return found
    if document[start] == "(" and end - start <= 300 and document.find(" par ", start, end) >= 0 and (found := _read_roles(document, start, end)):
        return found
    if document[start] == "(" and (paired := _PAIRED.fullmatch(document, start, end)) and is_person(paired["one"]) and is_person(paired["other"]):
        pair = ((paired["one"], "reporter", paired.span("one")), (paired["other"], "editor", paired.span("other")))
        people = tuple(Contributor(name, role, name, *span, "signoff", "signoff.role") for name, role, span in pair)
        return SignOff("signoff", document[start:end], start, end, people, "signoff.role")
    if document[start] in "（(" and document[end - 1] in "）)" and (found := _read_eastern(document, start, end)):
        return found
    if document[start] in "(^K;n" and (found := _read_contact_line(document, start, end)):
        return found
    if "А" <= document[start] <= "Я" and end - start <= LONGEST_BARE and (found := _read_seated(document, start, end)):
        return found
    if _may_thank(document, start, end):
        return _read_tagline(document, start, end)
    return None


def _read_seated(document: str, start: int, end: int) -> SignOff | None:
    """The author and the town below a Russian story: `Анна Петрова, Рязань`."""
    found = _SEATED.fullmatch(document, start, end)
    if found is None or not is_person(found["name"]):
        return None
    name, rule = found["name"], "signoff.seated"
    author = Contributor(name, "author", name, *found.span("name"), "signoff", rule, place=found["place"])
    return SignOff("signoff", document[start:end], start, end, (author,), rule)


def _read_eastern(document: str, start: int, end: int) -> SignOff | None:
    """A bracket with a role and names and nothing else: `（责任编辑：王小明）`."""
    if end - start > 60:
        return None
    inner = trim(document, start + 1, end - 1)
    sided = find_sided_role(document[inner[0]:inner[1]])
    if sided is None:
        return None
    at = inner[0] + sided.start
    people = []
    for piece in re.finditer(r"[^\s、，,・]+", document[at:inner[0] + sided.end]):
        if not is_person(piece[0]) or piece[0].isascii():
            return None
        people.append(Contributor(piece[0], sided.role, piece[0], at + piece.start(), at + piece.end(), "signoff", "signoff.sided"))
    return SignOff("signoff", document[start:end], start, end, tuple(people), "signoff.sided") if people else None


def find_signoff(document: str, start: int, end: int) -> SignOff | None:
    """A sign-off at the end of a paragraph, glued to its text: `... he said. (Reporting by Ann Lee)`.

    >>> text = "Shares rose. (Reporting by Ann Lee; Editing by Bo Dahl)"
    >>> find_signoff(text, 0, len(text)).start
    13
    """
    end = trim(document, max(start, end - 2 * TAIL), end)[1]
    low = max(start, end - TAIL)
    if document[end - 1 : end] in (")", "]", "."):
        at = end
        for _ in range(4):
            at = max(document.rfind("(", low, at), document.rfind("[", low, at))
            if at <= start:
                break
            if opens_clause(document, at, end) and (found := parse_signoff(document, at, end)) and found.contributors:
                return found
    if not _has_hint(document, low, end):
        return None
    for match in _TAIL_START.finditer(document[low:end]):
        at = low + match.start("sign")
        if at > start and (found := parse_signoff(document, at, end)) and found.contributors:
            return found
    return None


def _has_hint(document: str, low: int, end: int) -> bool:
    """Whether a stretch holds words without which no sign-off is glued to it."""
    return (
        document.find("ing by ", low, end) >= 0 or document.find("ed by ", low, end) >= 0 or document.find(" contributed ", low, end) >= 0
        or document.find("ing By ", low, end) >= 0 or document.find("ed By ", low, end) >= 0
    )


_TAIL_START = re.compile(
    r"""[.!?…"”’)\]\n](?:[ \n\-–—*_]{0,6})(?P<sign>(?:(?:Additional|Further|ADDITIONAL)\s+)?
            (?:Reporting|Writing|Editing|Compiled|Reported|Written|Edited|Translated|REPORTING|WRITING|EDITING)\s+(?:and\s+\w+\s+)?(?:by|By|BY)\s
        |(?<=\s)[A-Z][^.!?\n]{2,160}?\s(?:also\s)?contributed\s(?:to\sthis|reporting))""",
    re.VERBOSE,
)


def parse_source_line(text: str) -> SourceLine | None:
    """The sources of a line such as `Source: News Agencies` or `(With inputs from agencies)`.

    >>> parse_source_line("SOURCE: AL JAZEERA AND NEWS AGENCIES")[1:3]
    (('AL JAZEERA', 'NEWS AGENCIES'), ('aljazeera',))
    >>> parse_source_line("Source of the leak: unknown") is None
    True
    """
    if len(text) > LONGEST_SOURCE:
        return None
    bare = text.strip().strip("()[]*_–—-= ").strip()
    match = _SOURCE.fullmatch(bare)
    if match is None:
        return _read_bare_source(text)
    listed = match["list"].strip()
    sources = (listed,) if find_agency(listed) else tuple(p.strip() for p in _SOURCE_JOINT.split(listed) if p.strip())
    labelled = match["label"].rstrip().endswith((":", "：", "SOURCE"))
    known = [is_generic(s) or bool(split_agencies(s).agencies) or (s[0].isupper() and is_organisation(s)) for s in sources]
    if not sources or any(_is_prose(s) and not k for s, k in zip(sources, known, strict=True)) or (not labelled and not all(known)):
        return None
    ids: dict[str, None] = {}
    for source in sources:
        if not is_generic(source):
            ids |= dict.fromkeys(a.id for a in split_agencies(source).agencies)
    return SourceLine(text, sources, tuple(ids), "source.label" if labelled else "source.with")


def _read_bare_source(text: str) -> SourceLine | None:
    """Agencies with nothing beside them but initials of a desk: `--IANS`, `(sda/kvg)`, `rc/wd (dpa, AFP)`."""
    if len(text) > LONGEST_BARE or not any(map(str.isalpha, text)):
        return None
    whole = text.strip(" ()[]*_–—-=.")
    if found := find_agency(whole):
        return SourceLine(text, (whole,), (found.id,), "source.agency")
    ids: dict[str, None] = {}
    sources = []
    for part in _BARE_JOINT.split(text):
        word = part.strip(" *_–—-=.")
        if not word:
            continue
        if found := find_agency(word) or find_agency(word.upper()):
            ids[found.id] = None
            sources.append(word)
        elif not _DESK.fullmatch(word):
            return None
    return SourceLine(text, tuple(sources), tuple(ids), "source.agency") if ids else None


def find_source_tail(document: str, start: int, end: int) -> int | None:
    """Where an agency's mark at the end of a story's last paragraph begins: `... on Friday. (ANI)`, `... no nuisance. PTI ABC DV`.

    >>> text = "The ferry left at noon. --IANS"
    >>> find_source_tail(text, 0, len(text)), find_source_tail("He spoke to AP.", 0, 15)
    (24, None)
    """
    low = max(start, end - LONGEST_BARE)
    for match in _TAIL_BREAK.finditer(document, low, end):
        mark = document[match.end():end]
        if found := _TAIL_MARK.fullmatch(mark):
            name = found["name"].strip()
            if len(name) > 1 and name[:1].isupper() and find_agency(name) and (not found["desk"] or name.isupper()):
                return match.end()
    return None


def _is_prose(text: str) -> bool:
    words = text.split()
    return len(words) > 6 or sum(w[:1].islower() for w in words) > len(words) // 2


def _may_thank(document: str, start: int, end: int) -> bool:
    """The cheap gate of taglines: a word that one of them must hold."""
    if end - start > 900:
        return False
    return (
        document.find("contribut", start, end) >= 0
        or document.find(" reported from ", start, end) >= 0
        or document.find("ed with this ", start, end) >= 0
        or document.startswith(CONTACT_OPENINGS, start)
    )


def _cut_trailers(text: str) -> tuple[int, Contacts | None]:
    """Where the sign-off proper ends, and the contacts in what hangs behind it."""
    end = len(text)
    folded = text.casefold()
    if not _DIGIT.search(text) and not any(mark in folded for mark in _TRAILER_MARKS):
        return end, None
    contacts: Contacts | None = None
    for _ in range(6):
        match = _last_trailer(text, end)
        if match is None:
            break
        if match["contact"] is not None:
            contacts = _merge_contacts(_read_contacts(match["contact"]), contacts)
        elif _EMAIL.search(match.group()) or "+" in match.group():
            contacts = _merge_contacts(_read_contacts(match.group()), contacts)
        if match.start() == 0:
            return 0, contacts
        end = match.start()
    return end, contacts


def _last_trailer(text: str, end: int) -> re.Match[str] | None:
    window = max(0, end - 330)
    for opener in ("((", "(", "[", "Keywords:", "Our Standards", "^^", "+"):
        at = text.rfind(opener, window, end)
        if at < 0:
            continue
        match = _TRAILER.fullmatch(text, at, end)
        inside = match["contact"] if match else None
        if match and (inside is None or (_CONTACT_HINT.search(inside) and not opens_clause(inside, 0, len(inside)))):
            return match
    word = text.rfind(" ", window, end - 1) + 1
    return _TRAILER.fullmatch(text, word, end) if text.find("@", word, end) >= 0 else None


def _merge_contacts(new: Contacts, old: Contacts | None) -> Contacts:
    return new if old is None else Contacts(*(a or b for a, b in zip(new, old, strict=True)))


def _read_contacts(text: str) -> Contacts:
    """`ann.lee@house.example; +1 313 555 0100; Reuters Messaging: ann.lee@house.example`."""
    lead, _, messaging = re.split(r"Messaging", text, maxsplit=1)[0], "", text.partition("Messaging")[2].lstrip(": ")
    email = _EMAIL.search(lead)
    phone = _PHONE.search(lead)
    desk = re.match(r"\s*([A-Z][\w .'’-]{1,40}?(?:newsroom|bureau|desk|office))\b", lead, re.IGNORECASE)
    call = _EMAIL.search(messaging)
    return Contacts(email and email.group(), phone and phone.group().strip(), call and call.group(), desk and desk.group(1))


def _read_contact_line(document: str, start: int, end: int) -> SignOff | None:
    text = document[start:end]
    stop, contacts = _cut_trailers(text)
    if text[:stop].strip(" ()^;") or (contacts is None and not text.startswith(("Keywords:", "^^^"))):
        return None
    if contacts is not None and not any(contacts):
        return None
    return SignOff("signoff", text, start, end, (), "signoff.contact", contacts)


def _read_roles(document: str, start: int, end: int) -> SignOff | None:
    printed = document[start:end]
    stop, contacts = _cut_trailers(printed)
    text = mask_contacts(printed[:stop])
    if "+" in text:
        text = _DIALLED.sub(lambda m: ";" * len(m.group()), text)
    clauses = split_clauses(text)
    if not clauses:
        return None
    contributors: list[Contributor] = []
    firm = False
    if head := text[: clauses[0].at].strip(" ([-–—*_^\"\n;,"):
        # Reuters in French: `(Luc Petit, édité par Jean Brun)`.
        at = text.index(head)
        read = read_people(text, at, at + len(head), strict=True)
        if printed[0] != "(" or not read.is_understood or not read.entries or not all(e.is_person and " " in e.name for e in read.entries):
            return None
        contributors += [_credit(document, e, start, "reporter") for e in read.entries]
    for clause in clauses:
        a, b = clause.start, clause.end
        while b > a and text[b - 1] in " \n;,.()[]-–—*_^&/":
            if text[b - 1] == "." and _ABBREVIATED.search(text[a:b]):
                break
            b -= 1
        read = read_people(text, a, a + len(_OPEN_JOINT.sub("", text[a:b])))
        if not read.is_understood or not read.entries or (clause.is_weak and " " not in read.entries[0].name):
            return None
        if clause.form == "label" and len(clauses) == 1 and not (
                clause.roles[0] in ("editor", "translator") and all(e.is_person and " " in e.name for e in read.entries)):
            return None
        firm = firm or clause.form == "stem" or any(_is_full(e) for e in read.entries)
        contributors += [_credit(document, e, start, role) for role in clause.roles for e in read.entries]
    lone = all(c.phrase.casefold() in ("by", "from", "von", "par", "por", "di", "de", "door", "av", "af") for c in clauses)
    if all(c.role == "photographer" for c in contributors) or lone or not firm or not any(_is_credible(c) for c in contributors):
        return None
    return SignOff("signoff", printed, start, end, tuple(contributors), "signoff.role", contacts)


def _credit(document: str, entry: Entry, base: int, role: str) -> Contributor:
    role = "contributor" if entry.is_helper else role
    return build_contributor(document, entry, role, origin="signoff", rule="signoff.role", base=base)


def _is_credible(contributor: Contributor) -> bool:
    return " " in contributor.name or not contributor.is_person or len(contributor.name) > 2


def _read_tagline(document: str, start: int, end: int) -> SignOff | None:
    """Sentences that each thank somebody, and nothing else."""
    printed = document[start:end]
    if call := _CALL.fullmatch(printed.lstrip("-–—_*( ")):
        return _read_call(document, start, end, call)
    masked = mask_contacts(printed)
    contributors: list[Contributor] = []
    at = 0
    for stop in [m.end() for m in _SENTENCE.finditer(masked)] + [len(masked)]:
        sentence = masked[at:stop]
        length = len(sentence.rstrip(" .;)\n\"”_*"))
        last = sentence[: length + 1].rsplit(None, 1)[-1:]
        if last and is_listed(last[0], "abbreviations"):
            length += 1
        found = _read_sentence(document, masked, start, at, at + length)
        if found is None:
            return None
        contributors += found
        at = stop
    if not contributors:
        return None
    return SignOff("tagline", printed, start, end, tuple(contributors), "signoff.tagline")


def _read_sentence(document: str, text: str, base: int, at: int, stop: int) -> list[Contributor] | None:
    """`A in Rome and B in Paris contributed to this report`, `A contributed reporting from Rome, and B from Paris`."""
    while at < stop and text[at] in " -–—_*(\n\"“":
        at += 1
    sentence = text[at:stop]
    if sentence.startswith("Follow ") and ";;" in text[at:]:
        return []
    verb = _HELPED.search(sentence)
    if verb is None or verb.start() == 0 or verb.start() > 500:
        return None
    role = "additional_reporter" if verb["reporting"] else "reporter" if "reported" in verb.group() else "contributor"
    rest = sentence[verb.end() :]
    who = read_people(text, at, at + verb.start())
    if not who.is_understood or not who.entries:
        return None
    entries = list(who.entries)
    head, joint, tail = rest, None, ""
    if more := re.search(r",?\s+(?:and|while)\s+(?=[A-Z][^,]{2,80}\s(?:from|reported)\s)|,\s+(?=[A-Z][\w.'’-]+\s[A-Z][^,]{1,60}\sfrom\s)", rest):
        head, joint, tail = rest[: more.start()], more, rest[more.end() :]
    placed = _FROM.match(head)
    if placed is None:
        return None
    place = placed["place"] or ""
    if len(place) > 70 or (place[:1].islower() and not place.startswith("the ")):
        return None
    if place:
        entries = [e if e.place else e._replace(place=" ".join(place.split()).rstrip(",")) for e in entries]
    if verb["research"] and not place and not (all(_is_full(e) for e in entries) and head.strip() in ("", ",")):
        return None
    if joint is not None:
        begin = at + verb.end() + joint.end()
        others = read_people(re.sub(r"\sreported(?=\sfrom\s)", lambda m: " " * len(m.group()), text), begin, begin + len(tail))
        if not others.is_understood or not others.entries:
            return None
        entries += others.entries
    if not any(_is_full(e) or e.place for e in entries):
        return None
    return [_thank(document, e, base, role) for e in entries]


def _is_full(entry: Entry) -> bool:
    return not entry.is_person or " " in entry.name


def _thank(document: str, entry: Entry, base: int, role: str) -> Contributor:
    return build_contributor(document, entry, role, origin="tagline", rule="signoff.tagline", base=base)


def _read_call(document: str, start: int, end: int, call: re.Match[str]) -> SignOff | None:
    """`To contact the reporter on this story: Ann Lee in London at alee@house.example`, `Write to Ann Lee at ...`."""
    printed = document[start:end]
    shift = len(printed) - len(printed.lstrip("-–—_*( "))
    group = "list" if call["to"] else "one"
    a, b = (shift + i for i in call.span(group))
    role = {"editor": "editor", "reporter": "reporter"}.get(call["who"] or "", "author")
    body = mask_contacts(printed[a:b])
    read = read_people(body.rstrip(" .;"), 0, len(body.rstrip(" .;")))
    entries = [e for e in read.entries if e.is_person and is_person(e.name, mononym=False) and not is_title(e.name)]
    if not read.is_understood or not entries or len(entries) != len(read.entries):
        return None
    email = _EMAIL.search(printed)
    contributors = tuple(_thank(document, e, start + a, role) for e in entries)
    return SignOff("tagline", printed, start, end, contributors, "signoff.contact-line", Contacts(email.group()) if email else None)
