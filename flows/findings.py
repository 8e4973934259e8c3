"""What was read of one record, finding by finding: where it stands, which rule read it, what it was read as, and on what that rests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flows.marks import find_within
from transforms.gazetteer import Gazetteer, fold_place
from transforms.meanings import explain_code
from transforms.rules_index import NamedRule, find_stanza, named_rules
from warehouse.show import Shown
from warehouse.tables import BODY_KINDS, Blocks, ChainLink, Photos, Places

STANZA_LINES = 16
STANZA_WIDTH = 140
HIT = 240


class Finding(NamedTuple):
    """A block, or a value in it."""

    what: str
    start: int
    end: int
    rule: str
    text: str
    """As printed."""
    value: str
    """What it was read as; empty for a block that is kept as it stands."""
    is_block: bool


class Remark(NamedTuple):
    """Something to know about the record beside its findings."""

    topic: str
    """warning, basis, candidates, corrected."""
    code: str
    words: str


class Cited(NamedTuple):
    """A rule that read something here: what it is, its example, and the lines it is written in when it is a stanza of a table."""

    name: str
    kind: str
    home: str
    meaning: str
    hit: str
    stanza: str


class Account(NamedTuple):
    """All that is said of one record."""

    shown: Shown
    document: str
    findings: tuple[Finding, ...]
    rules: tuple[Cited, ...]
    remarks: tuple[Remark, ...]


def give_account(shown: Shown, document: str, gazetteer: Gazetteer) -> Account:
    """All that is to be said of a record that was read."""
    findings = tuple(sorted(list_findings(shown, document), key=lambda f: (f.start, -f.end, not f.is_block)))
    names = dict.fromkeys(finding.rule for finding in findings)
    rules = tuple(cite_rule(rule) for name in names if (rule := named_rules().get(name)) is not None and rule.kind != "rest")
    return Account(shown, document, findings, rules, tuple(list_remarks(shown, gazetteer)))


# ------------------------------------------------------------------ findings
def list_findings(shown: Shown, document: str) -> Iterator[Finding]:
    """Every block but blank space, and every value, in no order."""
    for block in shown.blocks:
        if block.kind != "separator":
            text = document[block.char_start:block.char_end]
            yield Finding(block.kind, block.char_start, block.char_end, block.rule, text, say_block(shown, block, text), True)
    for person in shown.contributors:
        value = join(person.name, person.title, person.affiliation, person.place and f"in {person.place}", None if person.is_person else "no person")
        for start, end in ((person.char_start, person.char_end), *((span.char_start, span.char_end) for span in person.also_at)):
            yield Finding(person.role, start, end, person.rule, document[start:end], value, False)
    for place in shown.places:
        start, end = find_within(shown, document, place.origin, place.text) or (0, 0)
        yield Finding("place", start, end, f"place {place.resolution}", place.text, say_place(place), False)
    for photo in shown.photos:
        yield from list_links(shown, document, photo)


def list_links(shown: Shown, document: str, photo: Photos) -> Iterator[Finding]:
    """The links of a credit."""
    for link in photo.chain:
        start, end = find_within(shown, document, "credit", link.text, photo.char_start, photo.char_end) or (photo.char_start, photo.char_end)
        yield Finding(link.kind, start, end, photo.credit_rule or photo.rule, link.text, say_link(photo, link), False)


def say_link(photo: Photos, link: ChainLink) -> str:
    """What a link of a credit was read as."""
    if link.agency:
        return link.agency
    return f"{photo.photographer}, photographer" if link.kind == "person" and photo.photographer else link.text


def join(*parts: object) -> str:
    """What there is of some values, between commas.

    >>> join("Ann Roe", None, "", "Brindle Echo")
    'Ann Roe, Brindle Echo'
    """
    return ", ".join(str(part) for part in parts if part)


def say_place(place: Places) -> str:
    """A place as it was resolved."""
    at = None if place.latitude is None or place.longitude is None else f"{place.latitude:.2f}, {place.longitude:.2f}"
    return join(place.name, place.admin1, place.country, at, place.timezone, place.geonameid and f"GeoNames {place.geonameid}")


def say_block(shown: Shown, block: Blocks, text: str) -> str:
    """What a block gave to the columns of its article, as far as it is not the very text."""
    article, field = shown.article, block.field and f"from the column {block.field}"
    match block.kind:
        case "headline":
            return join(article.headline != text and article.headline, article.headline_tags and f"tags {' '.join(article.headline_tags)}", field)
        case "standfirst" | "byline" | "source_line":
            read = getattr(article, block.kind)
            return join(read != text and read, field)
        case "dateline":
            day = f"{article.dateline_date or 'no day'} ({article.dateline_date_basis or 'none printed'})"
            return join(article.located or "no place", article.country, day, article.dateline_agency or "no agency", field)
        case "caption" | "credit" | "image_alt":
            return join(*(say_photo(p) for p in shown.photos if p.char_start <= block.char_start and block.char_end <= p.char_end), field)
    return "part of the body" if block.kind in BODY_KINDS else field or ""


def say_photo(photo: Photos) -> str:
    """What a picture's caption and credit were read as."""
    return join(
        photo.credit_line and f"credit {photo.credit_line}", photo.photographer and f"photographer {photo.photographer}",
        photo.agencies and f"agencies {' '.join(photo.agencies)}", photo.flags and f"flags {' '.join(photo.flags)}",
        photo.restrictions and f"restrictions {'; '.join(photo.restrictions)}", photo.photo_date and f"day {photo.photo_date}",
    )


# ------------------------------------------------------------------ remarks
def list_remarks(shown: Shown, gazetteer: Gazetteer) -> Iterator[Remark]:
    """Warnings with their meaning, what days and times rest on, the towns that an ambiguous place may be, and what was corrected."""
    article = shown.article
    for code in article.warnings:
        yield Remark("warning", code, explain_code("warning", code) or "The table of meanings has no words for it.")
    for column, value, basis in (
        ("dateline_date_basis", article.dateline_date, article.dateline_date_basis),
        ("published_at_basis", say_moment(shown), article.published_at_basis),
    ):
        if basis:
            yield Remark("basis", f"{column} {basis}", f"{value or 'No day'}: {explain_code(column, basis)}")
    for place in shown.places:
        if place.resolution != "exact":
            yield Remark("place", f"{place.text}: {place.resolution}", explain_code("resolution", place.resolution))
        for line in name_candidates(place, gazetteer):
            yield Remark("candidate", place.text, line)
    for one in shown.corrections:
        yield Remark("corrected", one.column_name, f"{one.was or 'nothing'} -> {one.now or 'nothing'}, by {one.entry}: {one.why}")


def say_moment(shown: Shown) -> str | None:
    """The publication time, or the day alone where no time is known."""
    moment = shown.article.published_at
    if moment is None:
        return None
    return f"{moment:%Y-%m-%d}" if shown.article.published_at_basis == "day" else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def name_candidates(place: Places, gazetteer: Gazetteer) -> Iterator[str]:
    """The towns that an ambiguous place may be, the likeliest first."""
    names = (place.name, place.text) if place.candidates else ()
    found = {hit.city.geonameid: hit.city for name in names for hit in gazetteer.find(fold_place(name))}
    for number in place.candidates:
        city = found.get(number)
        yield f"{city.name}, {city.admin1}, {city.country}: {city.population:,} people, GeoNames {number}" if city else f"GeoNames {number}"


# ------------------------------------------------------------------ rules
def cite_rule(rule: NamedRule) -> Cited:
    """A rule with its example and its stanza, both cut to what can be taken in."""
    stanza = (find_stanza(rule.name) or "").splitlines()
    lines = [line if len(line) <= STANZA_WIDTH else line[: STANZA_WIDTH - 2] + " …" for line in stanza[:STANZA_LINES]]
    if len(stanza) > STANZA_LINES:
        lines.append(f"… {len(stanza) - STANZA_LINES} more lines")
    hit = rule.hit or ""
    return Cited(rule.name, rule.kind, rule.home, rule.meaning, hit if len(hit) <= HIT else hit[: HIT - 2] + " …", "\n".join(lines))
