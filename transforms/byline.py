"""Bylines: who wrote a story, as printed between headline and lead or in a column of its own."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from transforms.agencies import find_agency
from transforms.layout import trim
from transforms.model import Contributor
from transforms.names import is_cased_like_name, is_common, is_generic, is_given, is_initials, is_listed, is_organisation, is_person, repair_case
from transforms.people import Entry, People, move_entry, read_people
from transforms.roles import Clause, find_sided_role, opens_clause, split_clauses
from transforms.titles import is_place_phrase, is_title

LONGEST_BYLINE = 400
"""No printed byline is longer; nothing above it is looked at."""
LONGEST_BARE = 200
LONGEST_FIELD = 1200
FIELDS_KEPT = 4096

_CONTACT = re.compile(
    r"""(?:\s+(?:at|on|via))?\s*[(<]?\s*(?:\b(?:twitter|instagram|bluesky|mastodon|e-?mail|mail|follow(?:\s(?:him|her|them))?(?:\son\s(?:twitter|x))?)\b\s*[:@]?\s*)?
        (?:https?://\S{1,200}|www\.\S{1,200}|[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}|@\w[\w.]{0,40})[)>]?""",
    re.VERBOSE | re.IGNORECASE,
)
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]{0,6}\.?"
_WHEN = re.compile(
    rf"""\(?\b(?:(?:first\s|last\s)?(?:updated|published|posted|modified|created|aktualisiert|veröffentlicht|publié|mis\sà\sjour|publicado
        |actualizado|pubblicato|aggiornato)(?:\s(?:on|at|le|am|el|il))?\b(?!\s+(?:by|von|par|por|da)\b)
    | {_MONTH}\s+\d{{1,4}}\b | \d{{1,2}}(?:st|nd|rd|th|\.)?\s+{_MONTH}(?![a-z]) | \d{{1,2}}\.?\s+[^\W\d_]{{3,10}}\.?,?\s+\d{{4}}
    | \d{{4}}[-/.]\d\d[-/.]\d\d | \d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}} | \d{{1,2}}[:.]\d\d\b
    | \d{{1,3}}\s*(?:h|hrs?|hours?|mins?|minutes?|days?|d|std\.?|min\.)\b(?:\s+(?:ago|read))?
    | (?:mon|tues|wednes|thurs|fri|satur|sun)day\b(?=\W*(?:\d|{_MONTH}|at\s)) | stand:)""",
    re.VERBOSE | re.IGNORECASE,
)
_BAR = re.compile(r"\s*[|•·‧∙●■▪►]\s*|\s+[-–—]\s+|(?<=\w)/ (?=[^\W\d_][^:/|\n]{3,40}$)")
_SEATED = re.compile(
    r"\s*\((?P<seat>[^\W\d_a-z][^(),\n]{1,40})(?:,[^(),\n]{1,40})?,\s*(?i:correspond|envoy|inviat|enviad|special|notre)[^(),\n]{0,40}\)(?=\s*$)"
    r"|\s+/\s+(?P<capital>[A-ZÇĞİÖŞÜÁÉÍÓÚÂÊÔÃÕÄ]{2,20}(?:[ -][A-ZÇĞİÖŞÜÁÉÍÓÚÂÊÔÃÕÄ]{2,20})?)(?=\s*$)"
)
"""Where those of the line are, behind all names: `(Rome, correspondant)`, ` / ANKARA`."""
_TITLE_OF = re.compile(r"(?P<title>\S+(?: \S+)?) (?:da|de|do|di|del|della|of|for|von|der) (?P<house>.{2,50})")
_FROM_PLACE = re.compile(
    r"(?i:reporting from)(?:\s(?:inside|near|outside|aboard|along|on board|within)\b[^,;.]{0,60}?\s(?:in|of))?\s+"
    r"(?P<place>(?:the\s)?[A-Z][\w .,'’-]{1,50})$"
)
_AGENCY_IN = re.compile(r"(?P<agency>[^\W\d_a-z][\w.]*(?: [A-Z]\w*){0,2}) in (?P<place>[^\W\d_a-z].{1,40})")
"""`Reuters in Nairobi`."""
_WITH_AGENCY = re.compile(
    r"(?P<house>[^\W\d_a-z][\w'’.]*(?: [^\W\d_a-z][\w'’.]*){0,3}) (?:avec|with|mit|con|com|et|und) (?P<agency>[A-Z]\w+(?: [A-Z]\w+)?)"
)
"""A paper and the agency whose copy it used: `Le Monde avec AFP`."""
_FOR_HOUSE = re.compile(r"(?P<special>(?i:special to)\s+)?(?(special)|(?:For|FOR)\s+)(?P<house>(?:(?:the|The|THE)\s+)?[^\W\d_][\w .&'’-]{1,50})")
_LITERAL = re.compile(r"""^\s*[\[({]\s*['"‘’“”]{0,2}|['"]{0,2}\s*[\])}]\s*$|['"]\s*,\s*['"]|^\s*["']|["']\s*$""")
_OTHERS = re.compile(r"\s*(?:,|and|und|et|외)?\s*(?:\d+\s*(?:명|others?|more)|et al\.?)\s*$", re.IGNORECASE)


_PIECE = re.compile(r"[^;]+")
_SWAPPED = re.compile(r"\s*(?P<all>(?P<family>[^\s,;]+),\s*(?P<given>[^\s,;]+))\s*")
_LINE_ENDS = re.compile(r"\s*\n")
_NOT_BARE = re.compile(r"[\d<>:!?%$€£#*=+/]|\w{3}\.\s")


class Byline(NamedTuple):
    """A byline read: whom it names, and what it says without a name.

    `end` is where it stops; a second line that is no part of it is left out.
    """

    text: str
    start: int
    end: int
    contributors: tuple[Contributor, ...]
    rule: str
    house: str | None = None
    """A paper named without a person: `For the Daily Echo`."""
    place: str | None = None
    """A place named without a person: `Reporting from Beirut`."""
    initials: tuple[str, ...] = ()
    """Initials or desk codes, which are not names: `gr/bp`."""


class Author(NamedTuple):
    """A person or desk of an author column or of a page's metadata."""

    name: str
    is_person: bool
    role: str = "author"
    title: str | None = None
    affiliation: str | None = None
    place: str | None = None


class _Line(NamedTuple):
    """A byline's text with what is no name blanked out, as long as the original, and what stood behind a bar."""

    text: str
    extras: tuple[str, ...]
    seat: str | None = None


def parse_byline(document: str, start: int, end: int, *, bare: bool = False) -> Byline | None:
    """Read `document[start:end]` as a byline, one that opens with a word such as `By`, or with `bare` one of nothing but names.

    >>> line = "By Ann Lee in Beirut and Bo Dahl, Middle East correspondent"
    >>> [(c.name, c.place, c.title) for c in parse_byline(line, 0, len(line)).contributors]
    [('Ann Lee', 'Beirut', None), ('Bo Dahl', None, 'Middle East correspondent')]
    >>> parse_byline("By the time the vote ended, few were left", 0, 41) is None
    True
    >>> parse_byline("Ann Lee and Bo Dahl", 0, 19, bare=True).rule
    'byline.bare'
    """
    if end - start > 4 * LONGEST_BYLINE:
        return None
    start, end = trim(document, start, end)
    if end <= start or end - start > LONGEST_BYLINE:
        return None
    if end - start > 240 and document[end - 1] in ".!?":
        return None
    if opens_clause(document, start, end) and (found := _read_lines(document, start, end, bare=False)):
        return found
    if (document[end - 1] in "자원者員" or document[start] in "记記本特实新文作撰编責责編摄攝取") and (found := _read_sided(document, start, end)):
        return found
    if document[start : start + 9].casefold() == "reporting" and (placed := _FROM_PLACE.fullmatch(document[start:end])):
        return Byline(document[start:end], start, end, (), "byline.from-place", place=placed["place"].strip())
    if not bare or end - start > LONGEST_BARE:
        return None
    return _read_lines(document, start, end, bare=True) or _read_without_name(document, start, end)


def parse_byline_field(document: str, start: int, end: int) -> Byline | None:
    """Read a stretch that a column has called a byline: anything that can be a name is one, lists of strings and `Roe, Jane` are understood.

    >>> field = "['Jane Roe', 'John Doe']"
    >>> [(c.name, c.start) for c in parse_byline_field(field, 0, len(field)).contributors]
    [('Jane Roe', 2), ('John Doe', 14)]
    """
    start, end = trim(document, start, min(end, start + LONGEST_FIELD))
    byline = _parse_field(document[start:end])
    if byline is None or not start:
        return byline
    people = tuple([_move(c, start) for c in byline.contributors])
    return Byline(byline.text, start, start + byline.end, people, byline.rule, byline.house, byline.place, byline.initials)


def _move(one: Contributor, by: int) -> Contributor:
    """A contributor of a field whose offsets count from elsewhere."""
    name, role, text, start, end, origin, rule, is_person, title, affiliation, place, also_at = one
    return Contributor(name, role, text, start + by, end + by, origin, rule, is_person, title, affiliation, place, also_at)


@lru_cache(maxsize=FIELDS_KEPT)
def _parse_field(text: str) -> Byline | None:
    """A byline column as a text of its own: the same few people fill most of a file."""
    if not text:
        return None
    end = len(text)
    if found := _read_without_name(text, 0, end) or _read_sided(text, 0, end):
        return found
    entries, house, place = _read_field(text, 0, end, apart=False)
    return Byline(text, 0, end, _contributors(text, entries, origin="byline", rule="byline.field"), "byline.field", house, place)


def split_author_field(text: str) -> tuple[Author, ...]:
    """Authors of a column or of a page's metadata, where titles, desks and addresses stand between the names.

    >>> [a.name for a in split_author_field("Jane Roe, Bar Editor, Senior Columnist, John Doe")]
    ['Jane Roe', 'John Doe']
    >>> split_author_field("['']"), [a.name for a in split_author_field("Roe, Jane; Doe, John")]
    ((), ['Jane Roe', 'John Doe'])
    """
    start, end = trim(text, 0, min(len(text), LONGEST_FIELD))
    if end <= start or (is_initials(text[start:end]) and not find_agency(text[start:end])):
        return ()
    if sided := _read_sided(text, start, start + len(_OTHERS.sub("", text[start:end]))):
        return tuple(Author(c.name, True, c.role) for c in sided.contributors)
    entries, _, _ = _read_field(text, start, end, apart=True)
    seen: dict[tuple[str, str], Author] = {}
    for role, entry in entries:
        seen.setdefault((entry.name.casefold(), role), Author(entry.name, entry.is_person, role, entry.title, entry.affiliation, entry.place))
    return tuple(seen.values())


def merge_contributors(contributors: tuple[Contributor, ...] | list[Contributor]) -> tuple[Contributor, ...]:
    """One contributor for a person named several times in one role; the later spans go to `also_at`.

    >>> one = Contributor("Ann Lee", "editor", "Ann Lee", 0, 7, "signoff", "signoff.role")
    >>> merge_contributors((one, one._replace(start=90, end=97, place="Rome")))[0][-2:]
    ('Rome', ((90, 97),))
    """
    if len(contributors) < 2:
        return tuple(contributors)
    merged: dict[tuple[str, str, bool], Contributor] = {}
    for one in contributors:
        key = (" ".join(one.name.casefold().replace("’", "'").split()), one.role, one.is_person)
        known = merged.get(key)
        if known is None:
            merged[key] = one
            continue
        spans = [s for s in ((one.start, one.end), *one.also_at) if s != (known.start, known.end) and s not in known.also_at]
        merged[key] = known._replace(
            title=known.title or one.title,
            affiliation=known.affiliation or one.affiliation,
            place=known.place or one.place,
            also_at=(*known.also_at, *spans),
        )
    return tuple(merged.values())


def build_contributor(document: str, entry: Entry, role: str, *, origin: str, rule: str, base: int = 0) -> Contributor:
    """A list entry as a contributor in a role; its offsets count from `base`."""
    start, end, name, is_person, title, affiliation, place, _ = entry
    start, end = start + base, end + base
    return Contributor(name, role, document[start:end], start, end, origin, rule, is_person, title, affiliation, place)


def mask_contacts(text: str) -> str:
    """A text with addresses, handles and links turned into separators of the same length.

    >>> mask_contacts("Ann Lee @annlee")
    'Ann Lee;;;;;;;;'
    """
    if "@" not in text and "://" not in text and "www." not in text.lower():
        return text
    return _CONTACT.sub(lambda m: ";" * len(m.group()), text)


def _read_lines(document: str, start: int, end: int, *, bare: bool) -> Byline | None:
    """The longest run of lines from the first that is understood, four at most."""
    stops = [end]
    if document.find("\n", start, end) >= 0:
        stops = [*[start + m.start() for m in _LINE_ENDS.finditer(document[start:end])][:4], end]
    for stop in reversed(stops[:4] if len(stops) > 4 else stops):
        found = _read_bare(document, start, stop) if bare else _read_prefixed(document, start, stop)
        if found is not None:
            return found
        if bare:
            return None
    return None


def _blank(text: str) -> _Line:
    """Cut contacts and dates out, and set aside what stands behind the first bar."""
    text = mask_contacts(text.replace("^", " ").replace("\xa0", " "))
    if when := _WHEN.search(text):
        tail = text[when.start() :]
        line = tail.find("\n")
        text = text[: when.start()] + (" " * (len(tail) if line < 0 else line)) + ("" if line < 0 else tail[line:])
    extras = []
    seat = None
    if (seated := _SEATED.search(text)) and seated.start():
        seat = seated["seat"] or seated["capital"]
        text = text[: seated.start()] + " " * (len(text) - seated.start())
    if bar := _BAR.search(text, 1):
        at = bar.end()
        for more in [*_BAR.finditer(text, at), None]:
            stop = more.start() if more else len(text)
            if extra := text[at:stop].strip(" ;,\n"):
                extras.append(extra)
            at = more.end() if more else stop
        if all(" " in words and is_person(words, strict=True) for words in extras):
            return _Line(_BAR.sub(lambda m: "," + " " * (len(m.group()) - 1), text), (), seat)
        text = text[: bar.start()]
    return _Line(text, tuple(extras), seat)


def _read_prefixed(document: str, start: int, end: int) -> Byline | None:
    printed = document[start:end]
    line = _blank(printed)
    clauses = split_clauses(line.text, byline=True)
    if not clauses or line.text[: clauses[0].at].strip(" \"-–—*_("):
        return None
    people: list[tuple[Clause, People]] = []
    for clause in clauses:
        read = read_people(document=line.text, start=clause.start, end=clause.end)
        if not read.is_understood or not read.entries or (clause.is_weak and not _is_full(read.entries[0])):
            return None
        if clause.form == "label" and len(clauses) == 1 and clause.roles[0] != "author":
            return None
        people.append((clause, read))
    is_desk_only = clauses[0].phrase.casefold() == "from"
    if all(c.roles[0] in ("photographer", "graphics") for c in clauses) or (is_desk_only and people[0][1].entries[0].is_person):
        return None
    if _is_sentence(line.text, people):
        return None
    entries = [(role, _shift(e, start)) for clause, read in people for role in clause.roles for e in read.entries]
    entries = _add_extras(line, entries)
    return Byline(printed, start, end, _contributors(document, entries, origin="byline", rule="byline.prefix"), "byline.prefix")


def _is_full(entry: Entry) -> bool:
    return " " in entry.name or not entry.is_person


def _is_sentence(text: str, people: list[tuple[Clause, People]]) -> bool:
    """`By Monday, By Design`: prose or a headline that opens like a byline has no full name in it."""
    entries = [e for _, read in people for e in read.entries]
    persons = [e for e in entries if e.is_person]
    if not persons:
        return any(":" in e.name for e in entries) or not all(is_organisation(e.name) or is_title(e.name) for e in entries)
    short = [e for e in persons if " " not in e.name]
    return len(text) > 60 and len(short) > len(persons) // 2


def _shift(entry: Entry, base: int) -> Entry:
    return move_entry(entry, base) if base else entry


def _add_extras(line: _Line, entries: list[tuple[str, Entry]]) -> list[tuple[str, Entry]]:
    """Title or house behind a bar: `By Jane Roe | Staff Writer`."""
    if line.seat:
        entries = [(r, e._replace(place=e.place or line.seat)) for r, e in entries]
    for words in line.extras:
        held = _TITLE_OF.fullmatch(words)
        if held and is_title(held["title"]) and find_agency(held["house"]):
            entries = [(r, e._replace(title=e.title or held["title"], affiliation=e.affiliation or held["house"])) for r, e in entries]
        elif len(words) <= 60 and is_title(words):
            entries = [(r, e._replace(title=e.title or words)) for r, e in entries]
        elif find_agency(words):
            entries = [(r, e._replace(affiliation=e.affiliation or words) if e.is_person else e) for r, e in entries]
    return entries


def _read_bare(document: str, start: int, end: int) -> Byline | None:
    """A line of nothing but names, each of which must convince by itself."""
    printed = document[start:end]
    if ("\n" in printed.strip() and printed.count("\n") > 2) or printed[-1] in "?!…:\"”’'":
        return None
    if "\n" in printed and (seated := _read_town_line(document, start, end)):
        return seated
    line = _blank(printed)
    text = line.text.rstrip(" ;,")
    if not text or (text[0].islower() and not is_generic(text)) or _NOT_BARE.search(text) or printed[-1] in "-–—":
        return None
    if not all(is_title(words) or is_organisation(words) or _TITLE_OF.fullmatch(words) for words in line.extras):
        return None
    read = read_people(text, 0, len(text), strict=True)
    if not read.is_understood or not read.entries:
        return None
    if not all(_convinces(e, alone=len(read.entries) == 1) for e in read.entries) or (text.endswith(".") and not text.endswith(("Jr.", "Sr."))):
        return None
    entries = _add_extras(line, [("contributor" if e.is_helper else "author", _shift(e, start)) for e in read.entries])
    return Byline(printed, start, end, _contributors(document, entries, origin="byline", rule="byline.bare"), "byline.bare")


def _read_town_line(document: str, start: int, end: int) -> Byline | None:
    """Names, and below them the towns they write from, one for all or one for each: `Ana Reis / Rui Costa` over `Bilbao / Madrid`."""
    first, _, second = document[start:end].partition("\n")
    towns = [town.strip() for town in second.split(" / ")]
    if not all(_is_town(town) for town in towns):
        return None
    names = [(m.start(), m.end()) for m in re.finditer(r"[^/]+", first)] if len(towns) > 1 else [(0, len(first))]
    if len(names) != len(towns):
        return None
    people: list[Contributor] = []
    for (a, b), town in zip(names, towns, strict=True):
        span = trim(document, start + a, start + b)
        found = _read_bare(document, *span) if span[0] < span[1] else None
        if found is None or not all(c.is_person for c in found.contributors):
            return None
        people += [c._replace(place=c.place or town) for c in found.contributors]
    return Byline(document[start:end], start, end, tuple(people), "byline.town-below")


def _is_town(text: str) -> bool:
    """Whether a line below a name can be nothing but a town: capitalised, no title, house or person."""
    words = text.split()
    if not 1 <= len(words) <= 3 or is_title(text) or is_organisation(text) or is_given(words[0]) or not is_place_phrase(text):
        return False
    return not words[-1].endswith(".") and not all(is_common(w) for w in words) and not any(map(str.isdigit, text))


def _convinces(entry: Entry, *, alone: bool) -> bool:
    """A person by full name, a known agency, or a desk by a word that nothing else in print ends or opens with."""
    if entry.is_person:
        return " " in entry.name or not entry.name.isascii() or not alone
    words = entry.name.split()
    if alone and len(words) == 1 and (is_listed(words[0], "labels") or words[0].casefold() in _NO_BYLINE):
        return False
    if words[-1].casefold() in ("photo", "photos", "foto", "fotos", "images", "pictures", "archive"):
        return False
    if find_agency(entry.name) or is_generic(entry.name):
        return True
    return 1 < len(words) <= 6 and (is_listed(words[-1], "desks") or is_listed(words[0], "desks"))


_NO_BYLINE = frozenset(("reuter", "staff", "agency"))
"""`Reuter` alone is the end mark of the 1980s."""


def _read_without_name(document: str, start: int, end: int) -> Byline | None:
    """Initials, a place or a paper without a person."""
    printed = document[start:end]
    if is_initials(printed) and not find_agency(printed):
        return Byline(printed, start, end, (), "byline.initials", initials=tuple(re.findall(r"[^\W\d_]+", printed)))
    if placed := _FROM_PLACE.fullmatch(printed[:160]):
        return Byline(printed, start, end, (), "byline.from-place", place=placed["place"].strip())
    if (placed := _AGENCY_IN.fullmatch(printed[:90])) and find_agency(placed["agency"]) and is_place_phrase(placed["place"]):
        sole = (_name_house(placed, "agency", start, "byline.agency-in")._replace(place=placed["place"]),)
        return Byline(printed, start, end, sole, "byline.agency-in", placed["agency"])
    if (joined := _WITH_AGENCY.fullmatch(printed[:90])) and find_agency(joined["agency"]):
        both = tuple(_name_house(joined, group, start, "byline.with-agency") for group in ("house", "agency"))
        return Byline(printed, start, end, both, "byline.with-agency", joined["house"])
    if hired := _FOR_HOUSE.fullmatch(printed[:90]):
        house = hired["house"]
        if is_organisation(house) and not any(w.islower() and w not in ("the", "of", "and") for w in house.split()):
            at = start + hired.start("house")
            named = (Contributor(house, "author", house, at, at + len(house), "byline", "byline.special-to", False),) if hired["special"] else ()
            return Byline(printed, start, end, named, "byline.special-to", house)
    return None


def _name_house(found: re.Match[str], group: str, base: int, rule: str) -> Contributor:
    a, b = found.span(group)
    return Contributor(found[group], "author", found[group], base + a, base + b, "byline", rule, is_person=False)


def _read_sided(document: str, start: int, end: int) -> Byline | None:
    if end - start > 60:
        return None
    contributors: list[Contributor] = []
    pieces = [m.span() for m in re.finditer(r"[^,，、]+", document[start:end])]
    if len(pieces) > 1 and all(find_sided_role(document[start + a:start + b].strip()) for a, b in pieces):
        for a, b in pieces:
            one = _read_sided(document, *trim(document, start + a, start + b))
            if one is None:
                return None
            contributors += one.contributors
        return Byline(document[start:end], start, end, tuple(contributors), "byline.sided")
    if (sided := find_sided_role(document[start:end])) is None:
        return None
    for piece in re.finditer(r"[^\s、，,・/和·][^、，,・/和·]*", document[start + sided.start : start + sided.end]):
        a = start + sided.start + piece.start()
        b = a + len(piece.group().rstrip())
        name = document[a:b]
        if not is_person(name):
            return None
        contributors.append(Contributor(name, sided.role, name, a, b, "byline", "byline.sided"))
    return Byline(document[start:end], start, end, tuple(contributors), "byline.sided") if contributors else None


def _read_field(document: str, start: int, end: int, *, apart: bool) -> tuple[list[tuple[str, Entry]], str | None, str | None]:
    printed = document[start:end]
    text = _LITERAL.sub(lambda m: ";" * len(m.group()), printed) if printed[0] in "[({'\"" else printed
    line = _blank(text.replace("|", ";"))
    text = line.text
    if swapped := _read_swapped(document, text, start):
        return [("author", e) for e in swapped], None, None
    clauses = split_clauses(text, byline=True)
    if clauses and not text[: clauses[0].at].strip(" ;\"-–—*_("):
        out = []
        house = place = None
        for clause in clauses:
            read = read_people(text, clause.start, clause.end, loose=True, apart=apart)
            if clause.is_weak and read.entries and not _is_full(read.entries[0]):
                read = read_people(text, clause.at, clause.end, loose=True, apart=apart)
            out += [(r, _shift(e, start)) for r in clause.roles for e in read.entries]
            house, place = house or read.house, place or read.place
        return out, house, place
    read = read_people(text, 0, len(text), loose=True, apart=apart)
    return [("author", _doubt_site(_shift(e, start), document)) for e in read.entries], read.house, read.place


def _doubt_site(entry: Entry, document: str) -> Entry:
    """In a column, a lone word that is no given name is a site or a paper more often than a person."""
    text = document[entry.start : entry.end]
    if not entry.is_person or " " in text or text[0].casefold() == text[0].upper() or is_given(text):
        return entry
    return entry._replace(name=text, is_person=False)


def _read_swapped(document: str, text: str, base: int) -> list[Entry]:
    """`Roe, Jane; Doe, John`: family name first, only when the part behind the comma is a single known given name."""
    if "," not in text:
        return []
    out = []
    for piece in _PIECE.finditer(text):
        if not piece.group().strip():
            continue
        pair = _SWAPPED.fullmatch(piece.group())
        if pair is None or not is_given(pair["given"]) or is_organisation(pair["family"]):
            return []
        if not all(is_cased_like_name(word) for word in pair.group("family", "given")):
            return []
        at, stop = (base + piece.start() + i for i in pair.span("all"))
        out.append(Entry(at, stop, repair_case(f"{pair['given']} {pair['family']}"), True))
    return out


def _contributors(document: str, entries: list[tuple[str, Entry]], *, origin: str, rule: str) -> tuple[Contributor, ...]:
    return tuple(build_contributor(document, e, "contributor" if e.is_helper else role, origin=origin, rule=rule) for role, e in entries)
