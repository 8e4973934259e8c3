"""Lists of people as bylines and sign-offs print them: names with titles, affiliations and places between commas and `and`s."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import NamedTuple

from transforms.agencies import agency_aliases, find_agency
from transforms.names import is_generic, is_given, is_listed, is_organisation, is_person, measure_name, repair_case
from transforms.people_part import Chunk, classify_part
from transforms.titles import is_title, split_title

LISTS_KEPT = 4096
LONGEST_LIST = 1200
"""No printed list of people is longer; nothing behind this is looked at."""

_SUFFIX = r"(?:Jr|Sr|JR|SR|II|III|IV|M\.?D|Ph\.?D|OBE|MBE|CBE|QC|KC|Esq)\b"
_SEPARATOR = re.compile(
    rf"""(?=[\s;,/、，；＋])(?:\s*;[\s;]*(?:(?:and|und|et)\s+)?
    | \s*,(?!\s*{_SUFFIX})[\s,]*(?:(?:(?P<late>with)|and|&|und|et|y|e|og|och|en|и)\s+)?(?:(?P<later>with)\s+)?
    | \s*\n\s*(?:(?:and|und|et|&)\s+)?
    | \s+(?:(?P<plain>(?i:and|und|sowie|plus)|&|\+|et|и|та|ve|och|og)|(?P<with>with|WITH|With|avec|mit|con|med)|(?P<doubtful>y|e|i|en|a))\s+
    | \s*[/、，；＋]\s*)""",
    re.VERBOSE,
)
_PLURAL = re.compile(
    r"(?:editors|correspondents|reporters|writers|columnists|critics|analysts|producers|photographers|journalists|contributors|redakteure|korrespondenten)$",
    re.IGNORECASE,
)
_SECOND_COMMA = re.compile(r",\s+(?:und|et|y|e|og|och|en|sowie)\s")
_SEATED = re.compile(r"\s(?:à|a|en|aus|in|au|aux|da|de)\s+[^\W\d_a-z][^,;\n]{1,40}$")
"""A place behind a name: `Jeanne Dupont à Athènes`."""
_PLAIN_NAME = r"[A-Z][a-z]+(?: [A-Z]\.)?(?: [A-Z][a-z]+){1,2}"
_PLAIN_LIST = re.compile(rf"{_PLAIN_NAME}(?:(?:, and|,| and) {_PLAIN_NAME})*")
_PLAIN_JOINT = re.compile(r",(?: and)? | and ")


class Entry(NamedTuple):
    """One person or desk in a list, with what was printed beside the name. Offsets count in the document."""

    start: int
    end: int
    name: str
    is_person: bool
    title: str | None = None
    affiliation: str | None = None
    place: str | None = None
    is_helper: bool = False
    """Named behind `with`."""


class People(NamedTuple):
    """A list read to its end. `is_understood` is false when a part of it is neither name, title, house nor place."""

    entries: tuple[Entry, ...]
    is_understood: bool
    house: str | None = None
    """An affiliation printed without a person."""
    place: str | None = None
    """A place printed without a person."""


class _Part(NamedTuple):
    joint: str
    start: int
    end: int


def move_entry(entry: Entry, by: int) -> Entry:
    """An entry whose offsets count from elsewhere.

    >>> move_entry(Entry(2, 9, "Ann Lee", True), 40)[:2]
    (42, 49)
    """
    start, end, name, is_person, title, affiliation, place, is_helper = entry
    return Entry(start + by, end + by, name, is_person, title, affiliation, place, is_helper)


def read_people(document: str, start: int, end: int, *, strict: bool = False, loose: bool = False, apart: bool = False) -> People:
    """Read `document[start:end]` as a list of people.

    `strict` is for a line with nothing around it that says it is a byline; `loose` for a column that says it is one. With `apart` a house
    behind a name is an author of its own.

    >>> people = read_people("Ann Lee in Beirut and Bo Dahl, Middle East correspondent", 0, 56)
    >>> [(e.name, e.place, e.title) for e in people.entries]
    [('Ann Lee', 'Beirut', None), ('Bo Dahl', None, 'Middle East correspondent')]
    """
    people = _read_people(document[start : min(end, start + LONGEST_LIST)], strict, loose, apart)
    if not start or not people.entries:
        return people
    return People(tuple([move_entry(e, start) for e in people.entries]), people.is_understood, people.house, people.place)


@lru_cache(maxsize=LISTS_KEPT)
def _read_people(text: str, strict: bool, loose: bool, apart: bool) -> People:
    """The list as it stands in a text of its own: the same desks sign story after story."""
    if (plain := _read_plain(text, strict, loose)) is not None:
        return plain
    reader = _Reader(text, 0, strict=strict, loose=loose, apart=apart)
    parts = _split_parts(text)
    for i, part in enumerate(parts):
        reader.add(part, last=i == len(parts) - 1)
    return reader.people()


def _read_plain(text: str, strict: bool, loose: bool) -> People | None:
    """Full names with nothing but commas and `and`s between them, each known by itself: what most lists are. None for any other list."""
    if _PLAIN_LIST.fullmatch(text) is None:
        return None
    entries: list[Entry] = []
    at = 0
    for name in _PLAIN_JOINT.split(text):
        is_later = bool(entries)
        if classify_part(name, strict, loose, is_later, is_later) != ("name", 0, len(name), None, None, None):
            return None
        if not is_person(name) or is_organisation(name):
            return None
        if name.partition(" ")[0].casefold() in _joint_heads():
            return None
        at = text.index(name, at)
        entries.append(Entry(at, at + len(name), repair_case(name), True))
        at += len(name)
    return People(tuple(entries), True)


@cache
def _joint_heads() -> frozenset[str]:
    """First words of the agencies that have a conjunction in their name: such a name is no list."""
    return frozenset(form.split()[0].casefold() for form in agency_aliases() if " and " in form)


def _split_parts(text: str) -> list[_Part]:
    parts: list[_Part] = []
    at = 0
    joint = ""
    for match in _SEPARATOR.finditer(text):
        left = text[at : match.start()]
        if match.start() == 0 and not left:
            at = match.end()
            continue
        late, later, plain, helped, doubtful = match.group("late", "later", "plain", "with", "doubtful")
        if (doubtful or plain or helped) and _binds(left, text, match, doubtful=bool(doubtful)):
            continue
        parts.append(_Part(joint, at, match.start()))
        at = match.end()
        joint = "with" if helped or late or later else _name_joint(match.group().strip())
    if at < len(text):
        parts.append(_Part(joint, at, len(text)))
    return [trimmed for part in parts if (trimmed := _trim(text, part)).end > trimmed.start]


def _name_joint(printed: str) -> str:
    if not printed:
        return "line"
    return printed[0] if printed[0] in ",;/、，；" else "and"


def _trim(text: str, part: _Part) -> _Part:
    joint, start, end = part
    while start < end and (text[start].isspace() or text[start] in ":-–—*•·_^=,;"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ":-–—*•·_^=,;"):
        end -= 1
    if end > start and text[end - 1] == "." and _drops_stop(text[start:end]):
        end -= 1
    return part if start == part.start and end == part.end else _Part(joint, start, end)


def _drops_stop(text: str) -> bool:
    last = text.split()[-1]
    return not (last.count(".") > 1 or is_listed(last, "suffixes") or len(last) == 2 or is_listed(last, "abbreviations"))


def _binds(left: str, text: str, match: re.Match[str], *, doubtful: bool) -> bool:
    """Whether a conjunction stands inside a name or a title: `Bed and Breakfast Desk`, `Arts and Culture Editor`, `Ortega y Ruiz`."""
    after = _SEPARATOR.search(text, match.end())
    right = text[match.end() : after.start() if after else len(text)].strip()
    left = left.strip()
    if doubtful or match["with"]:
        size = measure_name(right)
        who = _SEATED.sub("", left) if match["with"] else left
        both = is_person(who) and ((" " in right[:size] and is_person(right[:size])) or is_organisation(right))
        houses = is_organisation(left) and is_organisation(right)
        return not (both or houses or (match["with"] and match["with"].lower() == "with"))
    if find_agency(f"{left} {match.group().strip()} {right}"):
        return True
    if " " in left or not left or is_organisation(left) or is_title(left):
        tail = left.rsplit(None, 1)[-1] if left else ""
        return is_title(right) and not is_person(left) and not is_title(left) and not is_organisation(left) and tail[:1].isupper()
    return not is_person(right) and (is_organisation(right) or is_title(right)) and not is_generic(right) and not find_agency(right)


class _Reader:
    """Puts the parts of a list together, one by one."""

    def __init__(self, text: str, base: int, *, strict: bool, loose: bool, apart: bool) -> None:
        self.text, self.base, self.strict, self.loose, self.apart = text, base, strict, loose, apart
        self.entries: list[Entry] = []
        self.unplaced = 0
        self.untitled = 0
        self.helper = False
        self.understood = True
        self.house: str | None = None
        self.place: str | None = None
        self.after_place = False

    def people(self) -> People:
        return People(tuple(self.entries), self.understood, self.house, self.place)

    def add(self, part: _Part, *, last: bool) -> None:
        printed = self.text[part.start : part.end]
        if part.joint == "with":
            self.helper = True
        if self.after_place and self._continue_place(printed, part.joint):
            return
        if self.entries and " " not in printed and self._add_single(printed, part, last=last):
            return
        has_person = bool(self.entries) and any(e.is_person for e in self.entries)
        chunk = classify_part(printed, self.strict, self.loose, bool(self.entries), has_person)
        self.after_place = False
        if chunk.kind == "name" and part.joint == "line" and self.entries and not self.loose:
            self.understood = False
        elif chunk.kind == "name":
            self._add_name(chunk, part)
        elif chunk.kind == "house" and not (has_person and part.joint in (",", "line") and is_title(printed) and not find_agency(printed)):
            self._add_house(printed, chunk, part)
        elif chunk.kind in ("title", "house"):
            # `Staff Writer` alone is who wrote it; behind a name it is what that person is.
            self._add_title(printed, part)
        elif chunk.kind == "place":
            self._place_run(chunk.place or "")
        elif chunk.kind == "hired":
            self._hire_run(chunk.affiliation or "")
        else:
            self.understood = False

    def _continue_place(self, printed: str, joint: str) -> bool:
        """`in Portland, Oregon`, `in Paris and London`, `in Beirut/Cairo`: the part belongs to the place before it."""
        if joint not in (",", "and", "/"):
            return False
        words = printed.split()
        region = " ".join(words).casefold()
        single = len(words) == 1 and (words[0][:1].isupper() or not words[0][:1].islower()) and not find_agency(printed) and not is_generic(printed)
        if not (single or is_listed(region, "regions")):
            return False
        for i, entry in enumerate(self.entries):
            if entry.place is not None and i >= self.placed_from:
                glue = {",": ", ", "/": "/", "and": " and "}[joint]
                self.entries[i] = entry._replace(place=f"{entry.place}{glue}{printed}")
        return True

    def _add_single(self, printed: str, part: _Part, *, last: bool) -> bool:
        """A single word behind a comma: the house of those before it (`Jane Roe, Reutersd`) or the place of an agency (`AFP, MANILA`)."""
        if part.joint not in (",", "line") or not printed[:1].isupper() or not printed.isalpha():
            return False
        if not self.entries[-1].is_person and not is_organisation(printed):
            self.entries[-1] = self.entries[-1]._replace(place=repair_case(printed))
            return True
        if not last and self._is_seat(printed, part):
            self._place_run(repair_case(printed))
            return True
        if last and not self.apart and not is_organisation(printed) and not is_title(printed):
            if get_close_matches(printed.casefold(), _long_houses(), 1, 0.85):
                self._hire_run(printed)
            else:
                self._place_run(repair_case(printed))
            return True
        return False

    def _is_seat(self, printed: str, part: _Part) -> bool:
        """`Ann Lee, Tallinn, und Bo Dahl`: one word between commas, the second before a conjunction that takes none in a list of names."""
        before = self.entries[-1]
        if self.loose or self.apart or part.joint != "," or before.place or " " not in before.name:
            return False
        if is_given(printed) or is_organisation(printed) or is_title(printed):
            return False
        return _SECOND_COMMA.match(self.text, part.end) is not None

    def _add_name(self, chunk: Chunk, part: _Part) -> None:
        at = part.start + chunk.start
        stop = part.start + chunk.end
        printed = self.text[at:stop]
        person = not is_organisation(printed)
        title, affiliation = chunk.title, chunk.affiliation
        if title is not None and affiliation is None:
            affiliation, title = split_title(title)
        name = repair_case(printed) if person else " ".join(printed.split())
        self.entries.append(Entry(self.base + at, self.base + stop, name, person, title, affiliation, None, self.helper))
        if chunk.start and (title is None or _PLURAL.search(title)):
            self.shared = (title, affiliation)
        elif chunk.start:
            self.shared = None
        elif self.shared is not None and title is None and affiliation is None and part.joint != ";":
            self.entries[-1] = self.entries[-1]._replace(title=self.shared[0], affiliation=self.shared[1])
        if chunk.affiliation is not None and not chunk.start and part.joint == "and":
            self._hire_run(chunk.affiliation)
        if chunk.affiliation is not None:
            self.untitled = len(self.entries)
        if chunk.place is not None:
            self._place_run(chunk.place)

    shared: tuple[str | None, str | None] | None = None
    placed_from = 0

    def _add_house(self, printed: str, chunk: Chunk, part: _Part) -> None:
        people = [e for e in self.entries if e.is_person]
        if people and not self.apart and part.joint in (",", "line", "/", ";") and self.entries[-1].is_person and not is_generic(printed):
            self._hire_run(printed)
            return
        stop = part.start + (chunk.end or len(printed))
        name = " ".join(self.text[part.start : stop].split())
        self.entries.append(Entry(self.base + part.start, self.base + stop, name, False, None, None, None, self.helper))
        if chunk.place is not None:
            self._place_run(chunk.place)

    def _add_title(self, printed: str, part: _Part) -> None:
        if not self.entries:
            self.entries.append(Entry(self.base + part.start, self.base + part.end, " ".join(printed.split()), False))
            return
        house, title = split_title(printed)
        whole_run = bool(_PLURAL.search(printed)) or part.joint == "line"
        first = self.untitled if whole_run else len(self.entries) - 1
        for i in range(first, len(self.entries)):
            entry = self.entries[i]
            if not entry.is_person:
                continue
            known = entry.title if entry.title is None or i == len(self.entries) - 1 or whole_run else None
            joined = f"{known}, {title}" if known and title else title or known
            self.entries[i] = entry._replace(title=joined, affiliation=entry.affiliation or house)
        self.untitled = len(self.entries)

    def _hire_run(self, house: str) -> None:
        if not self.entries:
            self.house = house
            return
        for i in range(self.untitled, len(self.entries)):
            if self.entries[i].is_person and self.entries[i].affiliation is None:
                self.entries[i] = self.entries[i]._replace(affiliation=house)
        if self.untitled == len(self.entries) and self.entries[-1].affiliation is None:
            self.entries[-1] = self.entries[-1]._replace(affiliation=house)
        self.untitled = len(self.entries)

    def _place_run(self, place: str) -> None:
        """A place holds for everybody named since the place before it."""
        place = " ".join(place.split()).rstrip(",")
        if not self.entries:
            self.place = place
            return
        if self.unplaced == len(self.entries):
            self.unplaced -= 1
        self.placed_from = self.unplaced
        for i in range(self.unplaced, len(self.entries)):
            self.entries[i] = self.entries[i]._replace(place=place)
        self.unplaced = len(self.entries)
        self.after_place = True


@cache
def _long_houses() -> tuple[str, ...]:
    return tuple({a.casefold() for a in agency_aliases() if len(a) >= 5 and a.isalpha()})
