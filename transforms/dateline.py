"""Datelines: where, when and by whom a story was filed, as the first words of its lead say.

A dateline needs evidence: an agency, a date, a place that the gazetteer knows, and a separator. Capitals alone are none. What is seen is
scored, and below the threshold the text is left alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from transforms.agencies import Agency, Sources, split_agencies
from transforms.dateline_east import read_chinese, read_japanese, read_korean, read_korean_line, read_taiwanese
from transforms.dateline_head import Head, dateline_rules, read_head, resolve_places
from transforms.dates import PrintedDate, find_dates
from transforms.gazetteer import Gazetteer
from transforms.model import HOUSELESS, Contributor, Dateline, Place, Profile
from transforms.names import is_person, repair_case
from transforms.places import is_common_word, is_worldwide

LONGEST_ALONE = 60
LONGEST = 120
"""Characters of the longest dateline, its separator included."""
ACCEPT, CANDIDATE = 4, 2
FRONTS_KEPT = 4096
FARTHEST_BRACKET = 80
"""How far from its first letter a dateline's bracket may open for the front to be remembered."""


class Reading(NamedTuple):
    """A dateline, or at least the look of one: then `is_candidate` asks for the warning `dateline_candidate`."""

    dateline: Dateline | None
    is_candidate: bool = False


NOTHING = Reading(None)
_PERHAPS = Reading(None, True)

_FRONT = re.compile(r"[\s\u200b\ufeff]*+(?:\*++[\s]*+)?")
_SEPARATOR = re.compile(r"[\s\u00a0]+-{1,3}(?![-\d])|--+|(?<=[\d).])-(?=\s)|\s*[–—―_|]+|:|\s-(?=\d)")
_SIGN = re.compile(r"[-–—―_|:(/]")
_KICKER_LETTERS = "DV"
_BRACKET = re.compile(r"\(\s*([^()\n]{2,60}?|[^()\n]{2,40}\n\s*[^()\n]{2,40}?)\s*\)")
_SLASHED = re.compile(r"\s*/\s?([^\W\d_][^/\n]{1,40}?)\s?/")
_SIGNED = re.compile(r"(?:корр\.|корреспондент|corr\.|correspondent)\s+(?P<house>\S+)\s+(?P<who>\S+(?: \S+){1,2})", re.IGNORECASE)
"""Between the slashes: `/Корр. ТАСС Савелий Морошкин/`."""
_END = re.compile(r"\s*(\.?\s?(?:-{1,3}|[–—―_:|])|/(?=\s)|\.(?=\s|\Z)|)\s*", re.DOTALL)
_AFTER_DASH = re.compile(r"[\s–—-]*([^\W\d_][\w]*(?: [^\W\d_]\w*){0,2})(?:, ([^\W\d_a-zа-я][\w-]+(?: [^\W\d_a-zа-я][\w-]+){1,2}))?\.(?=\s|\Z)")
_BETWEEN = re.compile(r"([^\W\d_]{2,20}(?: [^\W\d_]{2,20}){1,2})\s+[-–—]\s+(?=[^\W_])")
"""A reporter in capitals between two dashes: `(AA) - JALE ÖRNEK - `."""
_FULL_STOP = re.compile(r"([A-ZÄÖÜ]{2,20}(?:[ -/][A-ZÄÖÜ]{2,20}){0,2})\.\s+(?=[A-ZÄÖÜ„»][a-zäöüß])")
_ANY_LEAD = "Text"
_UPPER_START = re.compile(r"""[\s"“”„«'‘’¿¡(\[<$€£¥.…-]*([^\s])""")


def parse_dateline(
    document: str, start: int, end: int, *, gazetteer: Gazetteer, profile: Profile = HOUSELESS, language: str | None = None,
) -> Dateline | None:
    """The dateline with which the block `document[start:end]` begins.

    The dateline's `start` may lie behind the block's: blanks, asterisks, `RPT --` and a correspondent's phrase before it are not its text.
    Its `text` stops before the separator and its `lead` is where the paragraph itself begins. Never more than 120 characters are taken.

    >>> from transforms.places import builtin_gazetteer
    >>> text = "GRAZ, March 24 (Reuters) - The mayor resigned."
    >>> found = parse_dateline(text, 0, len(text), gazetteer=builtin_gazetteer())
    >>> found.text, found.places[0].country, found.month, found.day, found.agencies, text[found.lead:]
    ('GRAZ, March 24 (Reuters)', 'AT', 3, 24, ('reuters',), 'The mayor resigned.')
    """
    return read_dateline(document, start, end, gazetteer=gazetteer, profile=profile, language=language).dateline


def find_candidate(
    document: str, start: int, end: int, *, gazetteer: Gazetteer, profile: Profile = HOUSELESS, language: str | None = None,
) -> bool:
    """Whether a block begins with what may be a dateline, on evidence too weak to take it off: a warning `dateline_candidate`."""
    return read_dateline(document, start, end, gazetteer=gazetteer, profile=profile, language=language).is_candidate


def read_dateline(
    document: str, start: int, end: int, *, gazetteer: Gazetteer, profile: Profile = HOUSELESS, language: str | None = None,
) -> Reading:
    """The dateline of a block, or whether it looks like one: what `parse_dateline` and `find_candidate` answer, in one reading."""
    end = min(end, len(document))
    at = start
    if start < end and not document[start].isupper():
        front = _FRONT.match(document, start, min(end, start + 60))
        at = front.end() if front else start
    if at >= end:
        return NOTHING
    letter = document[at]
    if not letter.isupper():
        return _read_odd_start(document, at, end, letter, gazetteer, profile, language)
    language = language or profile.language
    if (paren := document.find("(", at, min(end, at + FARTHEST_BRACKET))) > 0 and (
        found := _recall_bracketed(document, at, paren, end, gazetteer, profile, language)
    ) is not None:
        return found
    if end - at <= LONGEST_ALONE and document[end - 1].isdigit() and (alone := _read_alone(document, at, end, gazetteer, profile, language)):
        return Reading(alone)
    reader = _open_reader(document, at, end, gazetteer, profile, language)
    if reader is not None and (reading := reader.read()) is not NOTHING:
        return reading
    if document[at:at + 3].isupper() and (stopped := _read_full_stop(document, at, end, gazetteer, profile, language)):
        return Reading(stopped)
    return NOTHING


def _read_alone(document: str, at: int, end: int, gazetteer: Gazetteer, profile: Profile, language: str | None) -> Dateline | None:
    """A town in capitals and a day on a line of their own, with no separator: `NEW YORK 1996-08-20`."""
    window = document[at:end]
    head = read_head(window, gazetteer)
    if head is None or head.date is None or not head.date.is_valid or not head.places or not all(s.name.isupper() for s in head.places):
        return None
    reader = _Reader(document, at, end, window, gazetteer, profile, language, False)
    places = reader.resolve(head, ())
    return reader.build("alone", head, places, (), None, len(window), end) if _is_found(places) else None


def _read_full_stop(document: str, at: int, end: int, gazetteer: Gazetteer, profile: Profile, language: str | None) -> Dateline | None:
    """`FRANKFURT. Eine Bank`: a town in capitals with a full stop, as German papers print it, before a German sentence."""
    found = _FULL_STOP.match(document, at, min(end, at + LONGEST))
    if found is None:
        return None
    first = document[found.end():found.end() + 20].lstrip("„»").split(maxsplit=1)[0].strip(".,")
    if language != "de" and first not in dateline_rules().german:
        return None
    head = read_head(found[1], gazetteer)
    if head is None or not head.places or head.date is not None or any(is_common_word(s.name) for s in head.places):
        return None
    reader = _Reader(document, at, end, document[at:min(end, at + LONGEST)], gazetteer, profile, language or "de", False)
    places = reader.resolve(head, ())
    is_sure = all(p.geonameid is not None and (p.resolution != "alternate" or p.country in ("DE", "AT", "CH")) for p in places)
    return reader.build("full_stop", head, places, (), None, found.end(1) - at, found.end()) if is_sure else None


def _recall_bracketed(
    document: str, at: int, paren: int, end: int, gazetteer: Gazetteer, profile: Profile, language: str | None,
) -> Reading | None:
    """A dateline whose front, from the first place to the separator behind the agency, was read before; None leaves it to the reader.

    Where a separator stands and the lead begins as a sentence does, nothing behind the front has a say in its reading.
    """
    stop = min(end, at + LONGEST)
    bracket = _BRACKET.match(document, paren, stop)
    if bracket is None:
        return None
    separator = _END.match(document, bracket.end(), stop)
    if separator is None or not separator[1] or (lead := separator.end()) >= stop:
        return None
    if document[lead:lead + 2].isupper() and _BETWEEN.match(document, lead, min(end, lead + 66)):
        return None
    if not document[lead].isupper():
        begins = _UPPER_START.match(document, lead, min(end, lead + 12))
        if begins is None or begins[1].islower():
            return None
    found = _read_front(document[at:lead], gazetteer, profile, language)
    return Reading(_shift(found, at)) if found is not None else None


def _shift(one: Dateline, by: int) -> Dateline:
    return Dateline(
        one.text, one.start + by, one.end + by, one.lead + by, one.places, one.month, one.day, one.year, one.weekday, one.agencies,
        one.agency_text, one.contributors, one.rule, one.warnings,
    )


@lru_cache(maxsize=FRONTS_KEPT)
def _read_front(front: str, gazetteer: Gazetteer, profile: Profile, language: str | None) -> Dateline | None:
    """A bracketed dateline by itself, before any lead: the same town, day and agency open story after story."""
    reader = _open_reader(front + _ANY_LEAD, 0, len(front) + len(_ANY_LEAD), gazetteer, profile, language)
    return reader.read_bracketed().dateline if reader is not None else None


def _open_reader(document: str, at: int, end: int, gazetteer: Gazetteer, profile: Profile, language: str | None) -> _Reader | None:
    """The reader of a block that begins with a capital, set behind marks and kickers; None for running text."""
    rules = dateline_rules()
    if rules.prose.match(document, at, min(end, at + 90)) or not (sign := _SIGN.search(document, at, min(end, at + 90))):
        return None
    window = document[at:min(end, at + LONGEST)]
    has_kicker = False
    if sign[0] == "-" and (mark := rules.marks.match(window)):
        at += mark.end()
        window = document[at:min(end, at + LONGEST)]
    elif document[at] in _KICKER_LETTERS and (kicker := rules.kickers.match(window)):
        has_kicker = True
        at += kicker.end()
        window = document[at:min(end, at + LONGEST)]
    return _Reader(document, at, end, window, gazetteer, profile, language, has_kicker)


def _read_odd_start(
    document: str, at: int, end: int, letter: str, gazetteer: Gazetteer, profile: Profile, language: str | None,
) -> Reading:
    """Blocks that begin with a bracket, a digit or a script without case."""
    window = document[at:min(end, at + LONGEST)]
    if letter in "【[":
        return Reading(read_japanese(window, at, gazetteer))
    if letter == "（":
        return Reading(read_taiwanese(window, at, gazetteer))
    if "\u4e00" <= letter <= "\u9fff":
        return Reading(read_chinese(window, at, gazetteer))
    if "\uac00" <= letter <= "\ud7a3" and "=" in window[:8]:
        return Reading(read_korean_line(window, at, gazetteer))
    if letter not in "(0123456789" and not (letter.isalpha() and letter.upper() == letter.lower() and "(" in window):
        return NOTHING
    if letter == "(" and (korean := read_korean(window, at, gazetteer)):
        return Reading(korean)
    reader = _Reader(document, at, end, window, gazetteer, profile, language or profile.language, False)
    return reader.read_source_first() if letter == "(" else reader.read_bracketed()


class _Reader(NamedTuple):
    """One block under reading: the window holds as much of it as a dateline may take."""

    document: str
    at: int
    end: int
    window: str
    gazetteer: Gazetteer
    profile: Profile
    language: str | None
    has_kicker: bool

    def read(self) -> Reading:
        """Try the forms, the surest evidence first."""
        window = self.window
        if "(" in window and (found := self.read_bracketed()) is not NOTHING:
            return found
        if "/" in window and (found := self._read_slashed()) is not NOTHING:
            return found
        separator = _SEPARATOR.search(window)
        return self._read_separated(separator) if separator else NOTHING

    def read_bracketed(self) -> Reading:
        """`PLACE, date (Agency) - `, the agency in one of the first brackets."""
        window, at = self.window, 0
        for _ in range(3):
            at = window.find("(", at)
            if at < 0:
                return NOTHING
            bracket = _BRACKET.match(window, at)
            at += 1
            if bracket is None:
                continue
            source, _, behind = " ".join(bracket[1].split()).partition(" - ")
            inner = next(find_dates(behind), None) if behind else None  # (Marketwire - Jan 3, 2012)
            if behind and inner is None:
                continue
            sources = split_agencies(source)
            if not sources.agencies and inner is None and not any(c.isdigit() for c in window[:bracket.start()]):
                continue
            head = read_head(window[:bracket.start()], self.gazetteer)
            if head is not None:
                head = head._replace(date=inner) if head.date is None and inner is not None else head
                return self._close("source", head, sources, source, bracket.end())
        return NOTHING

    def _read_slashed(self) -> Reading:
        """`PLACE, date. /AGENCY/. `"""
        at = self.window.find("/")
        found = _SLASHED.match(self.window, at)
        if found is None or (at and not (self.window[at - 1].isspace() or self.window[at - 1] in ".,")):
            return NOTHING
        sources = split_agencies(found[1].strip())
        people: tuple[Contributor, ...] = ()
        if not sources.agencies and (signed := _SIGNED.fullmatch(found[1])) and is_person(signed["who"]):
            sources = split_agencies(signed["house"])
            people = self._credit(signed["who"], found.start(1) + signed.start("who"), sources)
        if not sources.agencies:
            sources = split_agencies(found[1].partition("-")[0].partition(" via ")[0].strip())
        if not sources.agencies or (head := read_head(self.window[:at], self.gazetteer)) is None:
            return NOTHING
        return self._close("slashed", head, sources, found[1].strip(), found.end(), people)

    def _credit(self, name: str, at: int, sources: Sources) -> tuple[Contributor, ...]:
        """The reporter whose name stands at a place of the window."""
        start = self.at + at
        rule = f"dateline.{sources.agencies[0].id}" if sources.agencies else "dateline.source"
        return (Contributor(repair_case(name), "reporter", name, start, start + len(name), "dateline", rule),)

    def _close(self, form: str, head: Head, sources: Sources, source: str, at: int, people: tuple[Contributor, ...] = ()) -> Reading:
        """The end of a dateline whose agency is bracketed: perhaps a date, then the separator, which may be missing."""
        window = self.window
        end = _END.match(window, at)
        if end is None:
            return NOTHING
        tail = at
        if not end[1] and head.date is None and (date := self._read_late_date(at)) is not None:
            head = head._replace(date=date, weekday=date.weekday)
            tail = date.end
            end = _END.match(window, tail) or end
        places = self.resolve(head, sources.agencies)
        has_date = head.date is not None and head.date.is_valid
        lead = self.at + end.end()
        score = (4 if sources.agencies else 0) + 3 * has_date + 3 * (head.weekday is not None and not has_date) + self._score_places(head, places)
        score += 1 if end[1] else 0
        is_plain = not end[1]
        if is_plain and not (sources.agencies and (has_date or _is_found(places)) and (lead >= self.end or self._starts_upper(lead))):
            return NOTHING
        if lead >= self.end and not (sources.agencies and (has_date or (is_plain and _is_found(places) and head.places[0].name.isupper()))):
            return NOTHING
        if not sources.agencies and not (has_date and head.places and not is_plain):
            return NOTHING
        if head.places and not _is_found(places) and not has_date and not head.places[0].name.isupper():
            # Ann Roe (AP) - : a name as well as a hamlet.
            score -= 3 if " " in head.places[0].name or not self._starts_upper(lead) else 0
        if score < ACCEPT:
            return _PERHAPS if score >= CANDIDATE else NOTHING
        agencies = self._choose(sources, source, places)
        warnings = () if agencies else ("dateline_agency_unknown",)
        who = _BETWEEN.match(self.document, lead, min(self.end, lead + 66)) if end[1] and agencies else None
        if who is not None and who[1].isupper() and is_person(who[1], strict=agencies[0].country != "TR"):
            people, lead = self._credit(who[1], lead - self.at, sources), who.end()
        return Reading(self.build(form, head, places, agencies, source, tail, lead, warnings, people))

    def _read_late_date(self, at: int) -> PrintedDate | None:
        """`LONDON (AP), March 3 - `: a date behind the agency, with a separator behind it."""
        stretch = self.window[at:at + 40]
        found = next(find_dates(stretch), None)
        if found is None or stretch[:found.start].strip(" ,.") or not _END.match(stretch, found.end)[1]:  # type: ignore[index]
            return None
        return found._replace(start=found.start + at, end=found.end + at)

    def _read_separated(self, separator: re.Match[str]) -> Reading:
        """Forms without brackets: place and date, or place alone, before a separator."""
        window, cut = self.window, separator.start()
        if cut < 2 or (head := read_head(window[:cut], self.gazetteer)) is None:
            return NOTHING
        sign = separator[0].strip()
        if head.date is None and head.source is None and sign != ":" and (date := self._read_late_date(separator.end())) is not None:
            # CHEVY CHASE, Md. - March 4 - : the date stands between two separators.
            second = _END.match(window, date.end)
            if second is not None and second[1] and _is_found(self.resolve(head, ())):
                head, separator, cut = head._replace(date=date, weekday=date.weekday), second, date.end
        lead_at = separator.end() + len(window[separator.end():]) - len(window[separator.end():].lstrip())
        lead = self.at + lead_at
        if lead_at >= len(window):
            lead = self._skip_blanks(lead)
        text_end = len(window[:cut].rstrip())
        source, source_text, form = head.source, head.source_text, "bare_source" if head.source else "place_date"
        people: tuple[Contributor, ...] = ()
        if head.date is not None and source is None and sign != ":" and (late := _AFTER_DASH.match(window, cut)):
            sources = split_agencies(late[1])
            if sources.agencies and not sources.unknown:
                source, source_text, form, text_end = sources.agencies[0], late[1], "bare_source", late.end(1)
                people = self._credit(late[2], late.start(2), sources) if late[2] and is_person(late[2]) else ()
                lead = self._skip_blanks(self.at + late.end())
        agencies = (source,) if source else ()
        places = self.resolve(head, agencies)
        has_date = head.date is not None and head.date.is_valid
        if not head.places and not (agencies and has_date):
            return NOTHING
        if len(places) == 1 and not _is_found(places) and len(head.places[0].name.split()) > 3 and not agencies:
            return NOTHING
        if agencies and not has_date and not _is_found(places):
            return NOTHING
        if not has_date and not agencies:
            return self._read_place_only(head, places, sign, text_end, lead)
        score = 4 * bool(agencies) + 3 * has_date + self._score_places(head, places) + (sign in ("-", "--", "—", "–", "_"))
        if self._is_shouting(lead):
            score -= 3
        if sign == ":" and not agencies and not _is_found(places):
            score -= 2
        if score < ACCEPT or (lead >= self.end and not has_date):
            return _PERHAPS if score >= CANDIDATE else NOTHING
        return Reading(self.build(form, head, places, agencies, source_text, text_end, lead, (), people))

    def _read_place_only(self, head: Head, places: tuple[Place, ...], sign: str, text_end: int, lead: int) -> Reading:
        """Nothing but a place and a separator: the place must be known, and the text go on as a sentence."""
        if head.date is not None or not self._starts_sentence(lead) or not all(p.resolution != "unresolved" for p in places):
            return NOTHING
        is_upper = all(s.name.isupper() for s in head.places)
        if self.window[:text_end].endswith(")") and not head.places[-1].is_known and sign != ":":
            return self._read_unknown_source(head, text_end, lead, is_upper=is_upper)
        is_common = len(places) == 1 and is_common_word(head.places[0].name) and not head.places[0].qualifier
        has_agreeing = any(s.is_known for s in head.places) and _is_found(places) and "," in self.window[:text_end]
        profile = self.profile
        if sign == ":":
            return self._read_colon(head, places, text_end, lead, is_upper=is_upper and not is_common)
        if head.weekday is not None and is_upper:
            return Reading(self.build("place_date", head, places, (), None, text_end, lead))
        if is_common and not self.has_kicker:
            return NOTHING
        is_long = sign != "-"
        if is_upper and (is_long or has_agreeing or self.has_kicker or profile.hyphen_datelines or profile.titlecase_datelines):
            return Reading(self.build("kicker" if self.has_kicker else "place", head, places, (), None, text_end, lead))
        if not is_upper and profile.titlecase_datelines:
            return Reading(self.build("place", head, places, (), None, text_end, lead))
        is_prose = self.document[lead:lead + 1].isalpha() and any(p.resolution in ("exact", "overlay", "ambiguous") for p in places)
        return _PERHAPS if is_prose else NOTHING

    def _read_unknown_source(self, head: Head, text_end: int, lead: int, *, is_upper: bool) -> Reading:
        """`TOMBSTONE (KXYZ) — `: a town in capitals and the code of a house that the table lacks."""
        source = self.window[self.window.rindex("(") + 1:text_end - 1].strip()
        if not is_upper or " " in source:
            return _PERHAPS
        head = head._replace(places=(*head.places[:-1], head.places[-1]._replace(qualifier=None)))
        return Reading(self.build("source", head, self.resolve(head, ()), (), source, text_end, lead, ("dateline_agency_unknown",)))

    def _read_colon(self, head: Head, places: tuple[Place, ...], text_end: int, lead: int, *, is_upper: bool) -> Reading:
        """`NEW DELHI: `: a town (no country: `USA: `) in capitals by its first name, and no speaker's words behind it."""
        is_sure = all(p.resolution in ("exact", "overlay") and p.country is not None and p.geonameid is not None for p in places)
        words = self.document[lead:min(self.end, lead + 60)].split()
        if not is_upper or not is_sure or any(s.qualifier for s in head.places) or len(words) < 3 or head.weekday is not None:
            return NOTHING
        if not words[0][0].isalpha() or words[0].strip(",.!?").replace("’", "'") in dateline_rules().speech:
            return NOTHING
        return Reading(self.build("colon", head, places, (), None, text_end, lead))

    def read_source_first(self) -> Reading:
        """`(ANSA) - ROMA, 01 LUG - `, or an agency alone: `(CNN) -- `."""
        bracket = _BRACKET.match(self.window)
        if bracket is None or not (sources := split_agencies(bracket[1])).agencies or sources.unknown:
            return NOTHING
        end = _END.match(self.window, bracket.end())
        if end is None or end[1].strip(" .") not in ("-", "--", "–", "—", "_"):
            return NOTHING
        second = _SEPARATOR.search(self.window, end.end(), end.end() + 70)
        if second and (head := read_head(self.window[end.end():second.start()], self.gazetteer)) is not None and head.places:
            places = self.resolve(head, sources.agencies)
            if head.date is not None or (_is_found(places) and head.places[0].name.isupper()):
                shift = end.end()
                date = head.date._replace(start=head.date.start + shift, end=head.date.end + shift) if head.date else None
                lead = self._skip_blanks(self.at + second.end())
                built = self.build(
                    "source_first", head._replace(date=date), places, sources.agencies, bracket[1], second.start(), lead,
                )
                return Reading(built)
        lead = self._skip_blanks(self.at + end.end())
        if not self._starts_sentence(lead):
            return NOTHING
        nowhere = Head((), None, None, None, None)
        return Reading(self.build("source_only", nowhere, (), sources.agencies, bracket[1], bracket.end(), lead))

    def resolve(self, head: Head, agencies: tuple[Agency, ...]) -> tuple[Place, ...]:
        home = next((a.country for a in agencies if not is_worldwide(a.id)), None) if agencies else None
        return resolve_places(head, self.gazetteer, home, self.language, self.profile)

    def _choose(self, sources: Sources, source: str, places: tuple[Place, ...]) -> tuple[Agency, ...]:
        """The agencies, contested codes decided by the country of the place."""
        country = places[0].country if places else None
        return split_agencies(source, country=country).agencies or sources.agencies if country else sources.agencies

    def _score_places(self, head: Head, places: tuple[Place, ...]) -> int:
        if not head.places:
            return 0
        score = 1 if head.places[0].name.isupper() else 0
        if _is_found(places):
            score += 4 if any(s.is_known for s in head.places) else 3
        return score

    def _skip_blanks(self, at: int) -> int:
        stretch = self.document[at:min(self.end, at + LONGEST)]
        return at + len(stretch) - len(stretch.lstrip())

    def _starts_upper(self, lead: int) -> bool:
        found = _UPPER_START.match(self.document, lead, min(self.end, lead + 12))
        return found is not None and not found[1].islower()

    def _starts_sentence(self, lead: int) -> bool:
        """Whether the text goes on with a capital or figure, and then in small letters."""
        rest = self.document[lead:min(self.end, lead + 80)]
        if rest and rest[:20].upper() == rest[:20].lower():
            return any(c.isalpha() for c in rest[:20])
        return self._starts_upper(lead) and any(c.islower() for c in rest)

    def _is_shouting(self, lead: int) -> bool:
        return self.document[lead:min(self.end, lead + 60)].isupper()

    def build(
        self, form: str, head: Head, places: tuple[Place, ...], agencies: tuple[Agency, ...], source: str | None, text_end: int, lead: int,
        warnings: tuple[str, ...] = (), people: tuple[Contributor, ...] = (),
    ) -> Dateline:
        """The dateline, its text cut at `text_end` of the window."""
        stop = self.at + len(self.window[:text_end].rstrip(" \t\r\n\u00a0,-–—_:|"))
        date = head.date
        # `Undated (AP) _`: the wire says that there is no place.
        places = tuple(p for p in places if p.text.casefold() != "undated")
        doubts = list(warnings)
        if date is not None and not date.is_valid:
            doubts.append("dateline_date_invalid")
            date = None
        resolutions = [p.resolution for p in places]
        if "unresolved" in resolutions:
            doubts.append("dateline_place_unresolved")
        if "ambiguous" in resolutions:
            doubts.append("dateline_place_ambiguous")
        return Dateline(
            self.document[self.at:stop], self.at, stop, max(min(lead, self.end), stop), places, date.month if date else None,
            date.day if date else None, date.year if date else None, head.weekday, tuple(a.id for a in agencies), source, people,
            f"dateline.{agencies[0].id if agencies else form}", tuple(sorted(doubts)),
        )


def _is_found(places: tuple[Place, ...]) -> bool:
    return bool(places) and (places[0].resolution != "unresolved" or places[0].country is not None)
