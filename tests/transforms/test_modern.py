"""Three hundred articles of invented text in the shapes of 42 houses: everything that print says is read, and nothing else.

`tests/modern/<house>.toml` holds each article marked up by hand: a mark such as `{d}` opens a block that reaches to the next mark; without one,
the first stretch between blank lines is the headline and the others are paragraphs. Taking the marks out leaves what is printed. What the marks
can't say stands in keys beside the print (MARKS and the readers below say how); a key that is left out states that nothing is printed.

`python tests/transforms/test_modern.py` writes the table of figures into the README; `-v` prints what differs.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from transforms.article import parse_article
from transforms.gazetteer import builtin_gazetteer
from transforms.model import Article, Photo, Place, Profile, Record
from transforms.readers.columns import Spot, lay_out, plan_columns

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "modern"
README = ROOT / "README.md"
TABLE = re.compile(r"(?<=<!-- modern -->\n).*?(?=<!-- /modern -->)", re.DOTALL)

LISTED = re.compile(r"(?<=<!-- houses -->\n).*?(?=<!-- /houses -->)", re.DOTALL)
MARKS = {
    "h": "headline", "tag": "wire tag of the headline", "sf": "standfirst", "by": "byline", "ts": "timestamp", "alt": "alternative text", "c": "caption",
    "cr": "credit", "adv": "advisory", "d": "dateline", "p": "paragraph", "q": "quote", "sub": "subhead", "sign": "sign-off or contributor line",
    "src": "source line", "corr": "correction", "bp": "boilerplate", "link": "residue of a link", "end": "end mark or initials of the desk",
}
LIFTED = ("sign", "src", "corr", "adv", "bp", "link", "end", "ts")
LIFTED_KINDS = frozenset(("signoff", "tagline", "source_line", "correction", "advisory", "boilerplate", "link_residue", "end_mark", "timestamp"))
COLUMN_MARKS = {"headline": "h", "standfirst": "sf", "byline": "by", "caption": "c", "credit": "cr", "alt_text": "alt", "body": "p", "source_line": "src"}
MARK = re.compile(r"\{(" + "|".join(MARKS) + r")\}")
BLANK = re.compile(r"\n[ \t]*\n")
PERSON = re.compile(r"(?P<role>[a-z_]+) (?P<name>[^@\[(]+?)(?: @ (?P<place>[^\[(]+?))?(?: \[(?P<affiliation>[^]]+)\])?(?: \((?P<title>.+)\))?")
KEYS = {"name", "lang", "published", "tags", "dateline", "people", "photos", "restrictions", "print", "row", "profile", "misses"}
LABEL = re.compile(
    r"^(?:©|\(c\)|(?:photo(?:graph|grapher)?s?|image|picture|foto|fotos|bild|fotoğraf|фото|imagen|credit|photo credit|crédit photo|photo d'archives"
    r"|image source)\s*(?:[:,|]|\.\.\.)|photo by|photo(?= ))\s*", re.IGNORECASE)
EDGES = re.compile(r"^[\s\[()（【|/=＝]+|[\s\])）】|.]+$")
DATELINE_EDGES = " -–—_:|.=＝"


HOUSES = {
    "aap": "AAP", "afp": "AFP", "agbrasil": "Agência Brasil", "aljazeera": "Al Jazeera", "anadolu": "Anadolu", "ani": "ANI", "ansa": "ANSA",
    "ap": "AP", "apa": "APA", "asahi": "Asahi Shimbun", "bbc": "BBC", "bloomberg": "Bloomberg", "chosun": "Chosun Ilbo",
    "cp": "The Canadian Press", "dowjones": "Dow Jones", "dpa": "dpa", "dw": "Deutsche Welle", "efe": "EFE", "elpais": "El País",
    "faz": "Frankfurter Allgemeine", "folha": "Folha de S.Paulo", "globenewswire": "GlobeNewswire", "guardian": "The Guardian",
    "hurriyet": "Hürriyet", "ians": "IANS", "keystone_sda": "Keystone-SDA", "kommersant": "Kommersant", "kyodo": "Kyodo",
    "lemonde": "Le Monde", "lusa": "Lusa", "nyt": "The New York Times", "peoplesdaily": "People's Daily", "prnewswire": "PR Newswire",
    "pti": "PTI", "repubblica": "la Repubblica", "reuters": "Reuters", "spiegel": "Der Spiegel", "tass": "TASS",
    "toi": "The Times of India", "wapo": "The Washington Post", "xinhua": "Xinhua", "yonhap": "Yonhap",
}
"""The houses by the files of the set."""


class Mark(NamedTuple):
    """A marked stretch: what it is, which chunk of print it stands in, and its text without blanks around it."""

    kind: str
    chunk: int
    text: str


class Case(NamedTuple):
    """One article of the set."""

    house: str
    name: str
    record: Record
    profile: Profile
    expected: dict[str, Any]
    misses: dict[str, str]
    """Fields known to be read wrongly, each with the reason."""


def fold(text: str | None) -> str:
    """Text with its white space folded."""
    return " ".join((text or "").split())


def read_marks(text: str, first: str, rest: str, chunk: int) -> tuple[str, list[Mark]]:
    """A marked-up text as printed, and its marks. `chunk` numbers the stretches between blank lines."""
    printed, marks = "", []
    for part in BLANK.split(text.strip("\n")):
        pieces = MARK.split(part)
        if pieces[0].strip():
            pieces = ["", first, *pieces]
        marks += [Mark(kind, chunk, piece.strip()) for kind, piece in zip(pieces[1::2], pieces[2::2], strict=True)]
        printed += ("\n\n" if printed else "") + "".join(pieces[2::2])
        chunk += 1
        first = rest
    return printed, marks


def join(marks: list[Mark], *kinds: str, joint: str = " ") -> str:
    """The texts of some kinds of marks, one after the other."""
    return fold(joint.join(m.text for m in marks if m.kind in kinds))


def read_photos(marks: list[Mark], notes: list[str], restrictions: list[str]) -> list[dict[str, Any]]:
    """Pictures: captions and credits of one chunk belong together; the note says `photographer; agencies; flags; date; places`."""
    pairs: dict[int, dict[str, Any]] = {}
    for mark in marks:
        if mark.kind in ("c", "cr"):
            pairs.setdefault(mark.chunk, {})[mark.kind] = mark.text
    assert len(pairs) == len(notes), f"{len(pairs)} pictures are marked, {len(notes)} noted"
    photos = []
    for pair, note in zip(pairs.values(), notes, strict=True):
        photographer, agencies, flags, date, places = ([part.strip() for part in note.split(";")] + ["-"] * 4)[:5]
        photos.append({"caption": fold_caption(pair.get("c")), "credit line": fold_credit(pair.get("cr"), restrictions), "photographer": photographer,
                       "photo agencies": agencies, "photo flags": flags, "photo date": date, "caption's place": places})
    return photos


def fold_credit(text: str | None, restrictions: list[str] | None = None) -> str:
    """A credit without restrictions of use, without brackets around it and without its label, which may stand inside or outside."""
    text = fold(text)
    for restriction in ("ATTENTION EDITORS - ", *(restrictions or ())):
        text = text.replace(restriction, "")
    return LABEL.sub("", EDGES.sub("", text))


def fold_caption(text: str | None) -> str:
    """A caption without the words by which a page announces it to the blind."""
    return re.sub(r"^(?:image|media|video) caption,? ", "", fold(text), flags=re.IGNORECASE)


def expect(entry: dict[str, Any], marks: list[Mark]) -> dict[str, Any]:
    """What is printed, by field."""
    assert entry.keys() <= KEYS, f"unknown keys {entry.keys() - KEYS}"
    where, when, who = (part.strip() for part in entry.get("dateline", "- | - | -").split("|"))
    assert ("dateline" in entry) == any(m.kind == "d" for m in marks), "a dateline needs its mark and its key"
    people = [PERSON.fullmatch(text) for text in entry.get("people", ())]
    assert all(people), "a person is `role Name @ place [affiliation] (title)`"
    persons = [p.groupdict() for p in people if p]
    wanted: dict[str, Any] = {
        "headline": fold("".join(m.text + " " * (m.kind == "tag" and m.text[-1] in ":)") for m in marks if m.kind in ("tag", "h"))), "headline tags": entry.get("tags", []), "standfirst": join(marks, "sf"), "byline": join(marks, "by"),
        "authors": [p["name"] for p in persons if p["role"] == "author"],
        "others and their roles": [f"{p['role']} {p['name']}" for p in persons if p["role"] != "author"],
    }
    for key in ("title", "affiliation", "place"):
        wanted[f"{key} of a person"] = [f"{p['name']}: {p[key]}" for p in persons if p[key]]
    wanted |= {
        "dateline": join(marks, "d").removesuffix("题：").strip(DATELINE_EDGES), "dateline places": [] if where == "-" else where.split(" + "),
        "dateline date": "" if when == "-" else when, "dateline agency": "" if who == "-" else who,
    }
    photos = read_photos(marks, entry.get("photos", []), entry.get("restrictions", []))
    for key in ("caption", "credit line", "photographer", "photo agencies", "photo flags", "photo date", "caption's place"):
        wanted[key] = [photo[key] for photo in photos]
    wanted |= {
        "photo restrictions": entry.get("restrictions", []), "source line": join(marks, "src"), "alternative text": join(marks, "alt"),
        "subheads": [m.text for m in marks if m.kind == "sub"], "paragraphs": [fold(m.text) for m in marks if m.kind in ("p", "q")],
        "lifted from the text": fold(" ".join(m.text for m in marks if m.kind in LIFTED)), "language": entry["lang"],
    }
    return wanted


def lay_out_row(entry: dict[str, Any]) -> tuple[Record, list[Mark]]:
    """The columns of a row as a record, through the reader's own plan."""
    printed: dict[str, str] = {}
    marks: list[Mark] = []
    for at, (column, text) in enumerate(entry["row"].items()):
        mark = COLUMN_MARKS[column]
        printed[column], found = read_marks(text, mark, mark, 0 if column in ("caption", "credit") else 100 * (at + 1))
        marks += found
    record = lay_out(plan_columns(list(printed), {}), list(printed.values()), Spot(1, 0, 0, 1))
    assert record is not None
    return record, marks


@cache
def load_cases() -> tuple[Case, ...]:
    """The whole set."""
    cases = []
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in tomllib.loads(path.read_text("utf-8"))["article"]:
            try:
                if "row" in entry:
                    record, marks = lay_out_row(entry)
                else:
                    document, marks = read_marks(entry["print"], "h", "p", 0)
                    record = Record(1, 0, len(document.encode()), 1, document)
                record = record._replace(published_at=entry.get("published"), record_id=entry["name"])
                wanted = expect(entry, marks)
            except (AssertionError, ValueError, KeyError) as error:
                raise ValueError(f"{path.name}, {entry.get('name')}: {error}") from error
            cases.append(Case(path.stem, entry["name"], record, Profile(**entry.get("profile", {})), wanted, entry.get("misses", {})))
    return tuple(cases)


# ------------------------------------------------------------------ what was read, in the same terms
def show_place(place: Place, wanted: list[str]) -> str:
    """A place with its country; its printed or its standard name, whichever is expected."""
    country = place.country or "-"
    names = [f"{place.text} {country}", f"{place.name} {country}"]
    folded = {name.casefold(): name for name in wanted}
    return next((folded[name.casefold()] for name in names if name.casefold() in folded), names[1])


def read_dateline_date(article: Article) -> str:
    """Day of the dateline with its basis; month and day alone where no year has one."""
    line = article.dateline
    if line is None or line.day is None:
        return ""
    day = str(article.dateline_date) if article.dateline_date else f"{line.month:02}-{line.day:02}"
    return f"{day} {article.dateline_date_basis}"


def read_values(article: Article, wanted: dict[str, Any]) -> dict[str, Any]:
    """The article's values by field."""
    document = article.record.document
    people = [c for c in article.contributors if c.is_person]
    line = article.dateline

    def texts(*kinds: str) -> list[str]:
        return [fold(document[b.start:b.end]) for b in article.blocks if b.kind in kinds]

    def each(show: Callable[[Photo], str]) -> list[str]:
        return [show(photo) for photo in article.photos]

    expected_places = [name for text in wanted["caption's place"] for name in text.split(" + ")]
    photographers = each(lambda p: p.credit.photographer or "-")
    anyone = [e == "*" for e in wanted["photographer"]]
    if len(anyone) == len(photographers):
        photographers = ["*" if open_to_any else name for open_to_any, name in zip(anyone, photographers, strict=True)]
    values: dict[str, Any] = {
        "headline": fold(article.headline), "headline tags": list(article.headline_tags), "standfirst": fold(article.standfirst),
        "byline": fold(article.byline), "authors": [c.name for c in people if c.role == "author"],
        "others and their roles": [f"{c.role} {c.name}" for c in people if c.role != "author"],
    }
    for key in ("title", "affiliation", "place"):
        values[f"{key} of a person"] = [f"{c.name}: {getattr(c, key)}" for c in people if getattr(c, key)]
    values |= {
        "dateline": fold(line.text).strip(DATELINE_EDGES) if line else "",
        "dateline places": [show_place(place, wanted["dateline places"]) for place in line.places] if line else [],
        "dateline date": read_dateline_date(article), "dateline agency": "+".join(line.agencies) if line else "",
        "caption": each(lambda p: fold_caption(p.caption)), "credit line": each(lambda p: fold_credit(p.credit_line)), "photographer": photographers,
        "photo agencies": each(lambda p: "+".join(p.credit.agencies) or "-"), "photo flags": each(lambda p: "+".join(p.credit.flags) or "-"),
        "photo date": each(lambda p: str(p.date or "-")),
        "caption's place": each(lambda p: " + ".join(show_place(place, expected_places) for place in p.places) or "-"),
        "photo restrictions": [r for p in article.photos for r in p.credit.restrictions], "source line": fold(article.source_line),
        "alternative text": " ".join(texts("image_alt")), "subheads": texts("subhead"), "paragraphs": texts("paragraph", "quote"),
        "lifted from the text": " ".join(texts(*LIFTED_KINDS)), "language": article.language,
    }
    return values


SORTED = ("photo flags", "photo agencies")
UNORDERED = ("authors", "others and their roles", "title of a person", "affiliation of a person", "place of a person", "headline tags")


def compare(field: str, value: Any) -> Any:
    """A value in the form in which it is compared: no case, no closing stop of a caption, sets where order says nothing."""
    if field in SORTED:
        return ["+".join(sorted(one.split("+"))) for one in value]
    if field in ("caption", "photo restrictions"):
        return [one.rstrip(" .") for one in value]
    if field in UNORDERED:
        return sorted(one.casefold() for one in value)
    if field in ("photographer", "credit line"):
        return [one.casefold().rstrip(" .") for one in value]
    if field == "lifted from the text":
        return sorted(value.split())
    return value


class Reading(NamedTuple):
    """A case read: what was expected and what came, field by field."""

    case: Case
    values: dict[str, Any]

    def differs(self) -> dict[str, tuple[Any, Any]]:
        """The fields that differ, each with what is printed and what was read."""
        wanted = self.case.expected
        return {field: (wanted[field], self.values[field]) for field in wanted
                if compare(field, wanted[field]) != compare(field, self.values[field])}


@cache
def read_cases() -> tuple[Reading, ...]:
    """The whole set, read."""
    gazetteer = builtin_gazetteer()
    return tuple(Reading(case, read_values(parse_article(case.record, gazetteer=gazetteer, profile=case.profile), case.expected))
                 for case in load_cases())


def has_content(value: Any) -> bool:
    """Whether a field is printed at all."""
    return any(one not in ("-", "") for one in value) if isinstance(value, list) else bool(value)


def draw_table() -> str:
    """The figures per field: right where something is printed, and silent where nothing is."""
    lines = ["| field | printed in | read right | not printed in | rightly silent |", "|---|---|---|---|---|"]
    readings = read_cases()
    for field in load_cases()[0].expected:
        printed = [r for r in readings if has_content(r.case.expected[field])]
        silent = [r for r in readings if not has_content(r.case.expected[field])]
        right, quiet = (sum(field not in r.differs() for r in some) for some in (printed, silent))
        lines.append(f"| {field} | {len(printed)} | {right} ({right / len(printed):.3f}) | {len(silent)} | {quiet}"
                     + (f" ({quiet / len(silent):.3f}) |" if silent else " |"))
    whole = sum(not r.differs() for r in readings)
    return "\n".join([*lines, f"| everything at once | {len(readings)} | {whole} ({whole / len(readings):.3f}) | | |", ""])


@pytest.mark.parametrize("at", range(len(load_cases())), ids=[f"{c.house}: {c.name}" for c in load_cases()])
def test_modern_article(at: int, request: pytest.FixtureRequest) -> None:
    """An article is read whole: each field that is printed is right, each that is not is empty, but for the misses it names."""
    reading = read_cases()[at]
    differs = reading.differs()
    known = reading.case.misses
    assert not known.keys() - differs.keys(), "a known miss is read right: take it off the list"
    assert not {field: pair for field, pair in differs.items() if field not in known}
    if known:
        request.applymarker(pytest.mark.xfail(reason="; ".join(f"{field}: {why}" for field, why in known.items()), strict=True))
        pytest.fail(", ".join(known))


def test_set_is_as_large_as_stated() -> None:
    """300 articles, at least seven of each of more than forty houses, none printed twice."""
    cases = load_cases()
    houses = [c.house for c in cases]
    assert len(cases) == 300
    assert len(set(houses)) >= 40
    assert min(houses.count(house) for house in houses) >= 7
    assert len({c.record.document for c in cases}) == 300


def test_blocks_tile_each_article() -> None:
    """The blocks of every article of the set start where the last one ended."""
    for case in load_cases():
        article = parse_article(case.record, gazetteer=builtin_gazetteer(), profile=case.profile)
        ends = [0, *(b.end for b in article.blocks)]
        assert [b.start for b in article.blocks] == ends[:-1]
        assert ends[-1] == len(case.record.document)


def test_readme_prints_these_figures() -> None:
    """The README's table is what is measured."""
    assert TABLE.findall(README.read_text("utf-8")) == [draw_table()]


def test_readme_names_the_houses() -> None:
    """All of them, and no other."""
    assert HOUSES.keys() == {case.house for case in load_cases()}
    (listed,) = LISTED.findall(README.read_text("utf-8"))
    assert sorted(" ".join(listed.split()).rstrip(".").split(", ")) == sorted(HOUSES.values())


def list_differences() -> str:
    """Every article that is not read whole, and what differs."""
    lines = []
    for reading in read_cases():
        if differs := reading.differs():
            lines.append(f"\n== {reading.case.house}: {reading.case.name}")
            lines += [f"   {field}\n      printed {wanted!r}\n      read    {got!r}" for field, (wanted, got) in differs.items()]
    return "\n".join([*lines, draw_table()])


if __name__ == "__main__":
    if "-v" in sys.argv:
        sys.stdout.write(list_differences())
    else:
        README.write_text(TABLE.sub(lambda _: draw_table(), README.read_text("utf-8")), "utf-8")
