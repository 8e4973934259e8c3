"""Datelines of East Asian houses: lenticular brackets, agency-place-day runs, place=agency; a byline may hide inside them."""

from __future__ import annotations

import re
from functools import cache

from transforms.agencies import Agency, agency_aliases, find_agency, split_agencies
from transforms.dateline_head import dateline_rules
from transforms.gazetteer import Gazetteer
from transforms.model import Contributor, Dateline, Place
from transforms.places import resolve_place

_BRACKETED = re.compile(r"【([^】【\n]{1,40})】[\s\u3000]*")
_REUTERS_JA = re.compile(r"\[([^\[\]\n\s]{1,20})[\s\u3000]+(\d{1,2})日[\s\u3000]+([^\[\]\n\s]{2,12})\]\s*[-－–—]?\s*")
_KOREAN = re.compile(
    r"\(([^=()\s]{1,20}(?:[·,]\s?[^=()\s]{1,20}){0,3})=([^()=]{2,20})\)\s*(?:([가-힣]{2,5}(?:[·,\s]\s?[가-힣]{2,5}){0,4}?)\s*(?:특파원|기자|통신원))?\s*=\s*",
)
_KOREAN_LINE = re.compile(r"([가-힣]{2,6})=([가-힣]{2,5})\s?(?:특파원|기자|통신원)\s*=\s*")
_REPORTERS = re.compile(r"[（(]\s*(?:本报)?(?:记者|記者|通讯员|特约记者)[\s\u3000]*([^（）()\n]{2,40}?)\s*[）)]")
_TITLE = re.compile(r"[\s\u3000]*题[：:]\s*")
_NAMES = re.compile(r"[、，,\s\u3000·]+")
_TAIWANESE = re.compile(r"（([^（）\n]{3,30}?)(\d{1,2})日(?:綜合)?(?:外電|專電|電|讯|訊)(?:報導)?）[\s\u3000]*")


def _resolve_all(names: list[str], gazetteer: Gazetteer, agency: Agency | None, language: str) -> tuple[Place, ...]:
    home = agency.country if agency else None
    return tuple(resolve_place(n, gazetteer=gazetteer, agency_country=home, language=language) for n in names)


def _is_known(name: str, gazetteer: Gazetteer) -> bool:
    return resolve_place(name, gazetteer=gazetteer, language="ja").resolution != "unresolved"


def _credit(text: str, names: str, start: int, rule: str) -> tuple[Contributor, ...]:
    """Reporters named in a stretch of text that begins at `start` of the document."""
    found, at = [], 0
    for name in _NAMES.split(names):
        if name:
            at = text.index(name, at)
            found.append(Contributor(name, "reporter", name, start + at, start + at + len(name), "dateline", rule))
            at += len(name)
    return tuple(found)


def _build(
    text: str, at: int, lead: int, places: tuple[Place, ...], agency: Agency | None, source: str | None, people: tuple[Contributor, ...], form: str,
    month: int | None = None, day: int | None = None,
) -> Dateline:
    doubts = []
    if any(p.resolution == "unresolved" for p in places):
        doubts.append("dateline_place_unresolved")
    if any(p.resolution == "ambiguous" for p in places):
        doubts.append("dateline_place_ambiguous")
    if month is not None and not (1 <= month <= 12 and day is not None and 1 <= day <= 31):
        doubts.append("dateline_date_invalid")
        month = day = None
    rule = f"dateline.{agency.id if agency else form}"
    agencies = (agency.id,) if agency else ()
    return Dateline(text, at, at + len(text), at + lead, places, month, day, None, None, agencies, source, people, rule, tuple(sorted(doubts)))


def read_japanese(window: str, at: int, gazetteer: Gazetteer) -> Dateline | None:
    """`【ソウル＝山田花子】`: places, then an agency or, behind an equals sign or dot, the reporter. `[東京　３日　ロイター]` has a day."""
    if (found := _REUTERS_JA.match(window)) is not None:
        agency = find_agency(found[3])
        places = _resolve_all([found[1]], gazetteer, agency, "ja")
        text = window[:found.end(3) + 1]
        return _build(text, at, found.end(), places, agency, found[3], (), "brackets_ja") if agency else None
    found = _BRACKETED.match(window)
    if found is None:
        return None
    inside, _, person = found[1].replace("=", "＝").partition("＝")
    if not person and "・" in inside:
        front, _, last = inside.rpartition("・")
        if find_agency(last) is None and not _is_known(last, gazetteer) and _is_known(front.split("・")[0], gazetteer):
            inside, person = front, last
    agency, source = None, None
    for alias, key in agency_aliases().items():
        if key in ("kyodo", "jiji", "reuters", "ap", "afp") and inside.endswith(alias) and len(inside) > len(alias) and not alias.isascii():
            agency, source = find_agency(alias), alias
            inside = inside[:-len(alias)]
            break
    names = [n for n in re.split(r"[、・]", inside.strip()) if n]
    if source is None and names and (last := find_agency(names[-1])):
        agency, source = last, names.pop()
    places = _resolve_all(names, gazetteer, agency, "ja")
    if len(places) > 4 or not (agency or any(p.resolution != "unresolved" for p in places)) or not (agency or person):
        return None
    text = window[:found.end(1) + 1]
    people = _credit(text, person.removesuffix("記者"), at, "dateline.brackets_ja") if person and find_agency(person) is None else ()
    return _build(text, at, found.end(), places, agency or find_agency(person), source or None, people, "brackets_ja")


@cache
def _chinese() -> re.Pattern[str]:
    own = dateline_rules().own_paper
    names = {a for a in agency_aliases() if "\u4e00" <= a[0] <= "\u9fff"} | set(own)
    sources = "|".join(re.escape(n) for n in sorted(names, key=len, reverse=True))
    return re.compile(
        rf"({sources})(?:[\s\u3000]*([\u4e00-\u9fff]{{2,12}}?)[\s\u3000]*(\d{{1,2}})月(\d{{1,2}})日(?:专?[电電]|[讯訊]|專電|综合[电電]))?",
    )


def read_chinese(window: str, at: int, gazetteer: Gazetteer) -> Dateline | None:
    """`新华社北京1月5日电（记者 甲某）`: agency, place, day, the character for wire, then perhaps the reporters and a title's mark."""
    found = _chinese().match(window)
    if found is None:
        return None
    source = found[1]
    agency = find_agency(source.removeprefix("据"))
    end = found.end()
    if found[2] is None and not source.endswith(("讯", "訊")):
        return None
    places = _resolve_all([found[2]] if found[2] else [], gazetteer, agency, "zh")
    people: tuple[Contributor, ...] = ()
    if reporters := _REPORTERS.match(window, end + (window[end:end + 1] == " ")):
        end = reporters.end()
        form = f"dateline.{agency.id if agency else 'run_zh'}"
        people = _credit(window[:end], reporters[1], at, form)
    text = window[:end]
    if title := _TITLE.match(window, end):
        end = title.end()
    lead = end + len(window[end:]) - len(window[end:].lstrip(" \t\r\n\u3000，,：:"))
    month, day = (int(found[3]), int(found[4])) if found[3] else (None, None)
    return _build(text, at, lead, places, agency, source, people, "run_zh", month, day)


def read_taiwanese(window: str, at: int, gazetteer: Gazetteer) -> Dateline | None:
    """`（中央社記者王小明台北3日電）`: all in brackets, the day without a month."""
    found = _TAIWANESE.match(window)
    if found is None:
        return None
    for alias in ("中央社", "中新社", "新華社"):
        if found[1].startswith(alias):
            rest = found[1][len(alias):]
            break
    else:
        return None
    agency = find_agency(alias)
    for size in range(2, len(rest) + 1):
        place = resolve_place(rest[-size:], gazetteer=gazetteer, agency_country=agency.country if agency else None, language="zh")
        if place.resolution != "unresolved":
            name = rest[:-size].removeprefix("記者")
            text = window[:found.end(2)] + window[found.end(2):found.end()].rstrip()
            people = _credit(text, name, at, "dateline.cna_tw") if name and rest.startswith("記者") else ()
            return _build(text, at, found.end(), (place,), agency, alias, people, "cna_tw")
    return None


def read_korean(window: str, at: int, gazetteer: Gazetteer) -> Dateline | None:
    """`(서울=연합뉴스) 홍길동 기자 = `: place and agency, then the reporter."""
    found = _KOREAN.match(window)
    if found is None or not (sources := split_agencies(found[2])).agencies:
        return None
    agency = sources.agencies[0]
    places = _resolve_all([n for n in re.split(r"[·,\s]+", found[1]) if n], gazetteer, agency, "ko")
    text = window[:found.end()].rstrip().removesuffix("=").rstrip()
    people = _credit(text, found[3], at, f"dateline.{agency.id}") if found[3] else ()
    return _build(text, at, found.end(), places, agency, found[2], people, "equals_ko")


def read_korean_line(window: str, at: int, gazetteer: Gazetteer) -> Dateline | None:
    """`도쿄=홍길동 특파원 = `: place and reporter without brackets or agency."""
    found = _KOREAN_LINE.match(window)
    if found is None:
        return None
    places = _resolve_all([found[1]], gazetteer, None, "ko")
    if places[0].resolution == "unresolved":
        return None
    text = window[:found.end()].rstrip().removesuffix("=").rstrip()
    return _build(text, at, found.end(), places, None, None, _credit(text, found[2], at, "dateline.equals_ko"), "equals_ko")
