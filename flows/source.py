"""Profiles of sources: written from what a first file shows, to be edited; and a later file held against one."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from flows.corrections import IN_PROFILES
from flows.discover import escape_name, explain_os_error
from flows.gazetteer import open_gazetteer
from flows.leaves import Leaf, Trouble, open_leaves
from flows.peek import find_inputs, read_leaf_cells
from flows.problems import ExitCode, Problem
from flows.progress import say
from flows.read import open_reading
from flows.settings import HouseFile, IngestConfig, make_profile, read_house, read_houses
from transforms.article import parse_article
from transforms.model import HOUSELESS, Article, Damaged, Gap, Item, Profile, Record
from transforms.outcome import Reject
from transforms.readers.columns import fold_name, name_column
from transforms.readers.compression import decompress, read_head
from transforms.readers.formats import name_formats
from transforms.readers.found import Found
from transforms.readers.sniff import FORMATS, sniff

SAMPLED, PARSED = 2_000, 100
"""Records looked at for their columns, and parsed for their language and datelines."""
MOST_OF = 0.8
SWITCH = 0.3
"""Share of articles that must gain a dateline by a switch of the house."""
LISTED = 60
ZONE = re.compile(r"(?:[Zz]|[+-]\d\d:?\d\d|\b(?:GMT|UTC|[A-Z]{2,4}T))\s*$")
CLOCK = re.compile(r"\d{1,2}[:.]\d\d")
NAME = re.compile(r"[^\W_][\w .@&+-]{0,99}")


class Seen(NamedTuple):
    """What a file shows of its source."""

    shown: str
    found: Found
    header: tuple[str, ...]
    """Names of the columns, where the file has a header."""
    kept: Mapping[str, int]
    """Columns kept in `extra`, and in how many records."""
    records: tuple[Record, ...]
    number: int
    """Records, those that can't be read among them."""
    set_aside: Mapping[str, int]
    """Records that can't be read, by reason."""
    warnings: Mapping[str, int]
    refusal: str | None
    """Why its records can't be read as it is."""


def see_file(config: IngestConfig, most: int | None) -> Seen:
    """Read a file, or the beginning of it. Raises Problem when it is none, or can't be read."""
    found = find_inputs(config)
    houses = read_houses(config)
    for leaf in open_leaves(found, config, houses):
        if isinstance(leaf, Trouble):
            raise Problem(f"{leaf.shown}: {leaf.message}", ExitCode.FILES_FAILED)
        if isinstance(leaf, Leaf):
            try:
                return see_leaf(leaf, most)
            except OSError as error:
                raise Problem(f"{leaf.shown}: {explain_os_error(error)}", ExitCode.FILES_FAILED) from None
    raise Problem(f"{config.paths[0]}: there is no file in it that is read; name one that the source has sent")


def see_leaf(leaf: Leaf, most: int | None) -> Seen:
    """What one file shows."""
    stream, _ = decompress(cast(BinaryIO, leaf.stream), leaf.hints.ratio)
    try:
        found = sniff(read_head(stream), leaf.hints)
    except Reject as no:
        raise Problem(f"{leaf.shown}: {no.detail}", ExitCode.FILES_FAILED) from None
    if not leaf.stream.seekable():
        raise Problem(f"{leaf.shown}: it can't be read twice from where it lies; copy it here and name the copy")
    header: tuple[str, ...] = ()
    if found.format in ("delimited", "excel", "parquet", "arrow") and found.header:
        leaf.stream.seek(0)
        with suppress(Reject):  # told when the records are read
            header = tuple(name.strip() for name in next(read_leaf_cells(leaf), ()))
    leaf.stream.seek(0)
    kept: Counter[str] = Counter()
    set_aside: Counter[str] = Counter()
    warned: Counter[str] = Counter()
    records: list[Record] = []
    count, refusal = 0, None
    try:
        with open_reading(cast(BinaryIO, leaf.stream), leaf.hints) as reading:
            for item in islice(skip_gaps(reading.items), most):
                count += 1
                if isinstance(item, Damaged):
                    set_aside[item.reason] += 1
                    continue
                if len(records) < PARSED:
                    records.append(item)
                warned.update(item.warnings)
                if len(kept) < 1_000:
                    kept.update({name for name, _ in item.extra})
    except Reject as no:
        refusal = no.detail
    return Seen(leaf.shown, found, header, kept, tuple(records), count, set_aside, warned, refusal)


def skip_gaps(items: Iterable[Item]) -> Iterator[Record | Damaged]:
    """The records and what should have been some."""
    return (item for item in items if not isinstance(item, Gap))


# ------------------------------------------------------------------ a new one
def write_new(name: str, config: IngestConfig, folder: Path, *, is_forced: bool) -> int:
    """Write the profile of a source from a file of it."""
    path = name_profile(name, folder)
    if path.exists() and not is_forced:
        raise Problem(f"{path} is there already; compare the file with it (copydesk source check {name} FILE), or give --force to replace it")
    seen = see_file(config, SAMPLED)
    text = print_profile(name, seen)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    except OSError as error:
        raise Problem(f"{path}: {error.strerror or error}; check the folder of profiles") from None
    say(f"{path}: written from {seen.number:,} {'record' if seen.number == 1 else 'records'} of {seen.shown}")
    for column in list_unknown(seen):
        say(f"column {escape_name(column)!r} has no place in articles; it is kept in articles.extra")
    if seen.refusal:
        say(f"{seen.shown}: {seen.refusal}")
    return ExitCode.LANDED


def name_profile(name: str, folder: Path) -> Path:
    """Where a source's profile lies. Raises Problem for a name that can't be one of a file."""
    if not NAME.fullmatch(name) or f"{name}.toml".casefold() == IN_PROFILES:
        raise Problem(f"{escape_name(name)!r} can't name a profile; take letters, digits, blanks and . - & + @, such as daily-courier")
    return folder / f"{name}.toml"


def list_unknown(seen: Seen) -> list[str]:
    """Columns of a file that no column of articles is known for, in the file's order, else by how often they come."""
    kept = sorted(seen.kept, key=lambda name: -seen.kept[name])
    known = {column for column in kept if name_column(column) is None}
    if seen.header:
        return [column for column in dict.fromkeys(seen.header) if column and name_column(column) is None]
    return [column for column in kept if column in known]


def print_profile(name: str, seen: Seen) -> str:
    """A profile as TOML: what was found stands, what only a person can know is a comment."""
    found = seen.found
    lines = [
        f"# Profile of the source {name}, written by `copydesk source new` from {escape_name(seen.shown)}.",
        "# Each line may be changed or struck out: what does not stand here is told from each file.",
        "",
        f"source = {quote_toml(name)}",
        f"format = {quote_toml(found.format)}{remark(found.dialect)}",
    ]
    if found.format == "delimited" and found.delimiter:
        lines.append(f"delimiter = {quote_toml(found.delimiter)}")
    if found.encoding != "binary":
        is_sure = found.encoding == "utf-8"
        lines.append(f"{'# ' if is_sure else ''}encoding = {quote_toml(found.encoding)}{remark(found.encoding_why)}")
    lines += print_house(seen.records)
    if unknown := list_unknown(seen):
        shown = ", ".join(map(quote_toml, unknown[:LISTED]))
        lines.append(f"extra = [{shown}]{remark('columns without a place of their own, kept in articles.extra')}")
    lines += ["", "[columns]" + remark("column of the file = column of articles")]
    for column in dict.fromkeys(seen.header):
        if column and (ours := name_column(column)):
            lines.append(f"{quote_toml(column)} = {quote_toml(ours)}")
    if unknown and seen.header:
        lines.append(f'# {quote_toml(unknown[0])} = "section"   # or headline, standfirst, byline, dateline, body, caption, credit, published_at')
    return "\n".join(lines) + "\n"


def remark(text: str) -> str:
    """A comment behind a line."""
    return f"   # {escape_name(text)[:100]}" if text else ""


def print_house(records: Sequence[Record]) -> list[str]:
    """Language, zone and switches of the house, as far as its records show them."""
    if not records:
        return ['# language = "en"', '# timezone = "Europe/Berlin"   # zone of times printed without one']
    lines: list[str] = []
    languages, count = count_languages(records)
    language, most = max(languages.items(), key=lambda pair: pair[1], default=("", 0))
    is_clear = bool(language) and most >= MOST_OF * count
    lines.append(f"{'' if is_clear else '# '}language = {quote_toml(language or 'en')}{remark(f'of {most:,} of {count:,} articles looked at')}")
    given = [record.published_at for record in records if record.published_at]
    zoneless = sum(bool(CLOCK.search(text)) and not ZONE.search(text) for text in given)
    why = f"{zoneless:,} of {len(given):,} times are given without a zone: name theirs" if zoneless else "zone of times printed without one"
    lines.append(f'# timezone = "Europe/Berlin"{remark(why)}')
    lines.append('# home_country = "DE"   # preferred for a bare place name')
    plain = count_datelines(records, HOUSELESS)
    for switch, profile, form in (
        ("titlecase_datelines", Profile(titlecase_datelines=True), "Berlin – Text"),
        ("hyphen_datelines", Profile(hyphen_datelines=True), "PARIS - Text"),
    ):
        gained = count_datelines(records, profile) - plain
        is_on = gained >= SWITCH * count
        told = f'the house prints "{form}": {gained:,} of {count:,} articles looked at' if gained else f'for a house that prints "{form}"'
        lines.append(f"{'' if is_on else '# '}{switch} = true{remark(told)}")
    return lines


def count_languages(records: Sequence[Record]) -> tuple[Counter[str], int]:
    """Articles by language, and how many articles there are."""
    articles = [article for record in records if (article := try_article(record, HOUSELESS))]
    return Counter(article.language for article in articles if article.language and re.fullmatch("[a-z]{2}", article.language)), len(articles)


def count_datelines(records: Sequence[Record], profile: Profile) -> int:
    """Articles in which a dateline is found."""
    return sum(article is not None and article.dateline is not None for article in (try_article(record, profile) for record in records))


def try_article(record: Record, profile: Profile) -> Article | None:
    """The article of a record; None when it is none."""
    with suppress(Reject):  # what can't be parsed tells nothing of its house
        return parse_article(record, gazetteer=open_gazetteer(), profile=profile, source=None)
    return None


def quote_toml(text: str) -> str:
    r"""A text as a TOML string.

    >>> print(quote_toml('a "b"\t\x7f'))
    "a \"b\"\t\u007f"
    """
    plain = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007f")


# ------------------------------------------------------------------ those that are there
def print_profiles(folder: Path) -> int:
    """Print a line for each profile of a folder."""
    if not folder.is_dir():
        raise Problem(f"{folder}: no such folder of profiles; copydesk source new NAME FILE --profiles {folder} makes it")
    code = ExitCode.LANDED
    for path in sorted(folder.glob("*.toml")):
        if path.name == IN_PROFILES:
            continue
        try:
            house = read_house(path)
        except Problem as no:
            say(f"copydesk: {no.message}")
            code = ExitCode.USAGE
            continue
        told = [house.format or "format by content", house.encoding, house.language, house.timezone, house.home_country]
        told += [switch for switch in ("titlecase_datelines", "hyphen_datelines") if getattr(house, switch)]
        if house.columns:
            told.append(f"{len(house.columns):,} columns named")
        if house.checks:
            told.append(f"{len(house.checks):,} checks set")
        print(f"{house.source or path.stem}: {escape_name(', '.join(filter(None, told)))}")  # noqa: T201 - the answer
    return code


def check_file(name: str, config: IngestConfig, folder: Path) -> int:
    """Read a file by a profile, and print what differs from what the profile says."""
    path = name_profile(name, folder)
    house = read_house(path)
    make_profile(house)
    bare = see_file(config, 0)
    seen = see_file(config.model_copy(update={"profile": str(path), "source": name}), None)
    differs = list(list_differences(house, bare.found, seen))
    for line in differs:
        print(escape_name(line))  # noqa: T201 - the answer
    set_aside = ", ".join(f"{reason} {count:,}" for reason, count in sorted(seen.set_aside.items()))
    said = f"{seen.number:,} {'record' if seen.number == 1 else 'records'}" + (f", set aside: {set_aside}" if set_aside else "")
    print(f"{name}: {said}; " + ("differs from its profile" if differs else "as its profile says"))  # noqa: T201 - the answer
    return ExitCode.DOUBTFUL if differs else ExitCode.LANDED


def list_differences(house: HouseFile, found: Found, seen: Seen) -> Iterator[str]:
    """What a file has otherwise than its profile says, a line each."""
    if seen.refusal:
        yield f"it can't be read by the profile: {seen.refusal}"
    if house.format and fold_format(house.format) != found.format:
        yield f"format: the profile says {house.format}, the file looks like {found.format} ({found.why})"
    elif house.delimiter and found.format == "delimited" and house.delimiter.replace("\\t", "\t") != found.delimiter:
        yield f"delimiter: the profile says {house.delimiter!r}, the file looks like {found.delimiter!r}"
    if house.encoding and fold_name(house.encoding) != fold_name(found.encoding):
        yield f"encoding: the profile says {house.encoding}, the file looks like {found.encoding} ({found.encoding_why})"
    if not house.columns and not house.extra:
        return
    listed = {fold_name(column): column for column in (*house.columns, *house.extra) if not column.isdigit()}
    there = [column for column in seen.header if column] or [column for column in seen.kept if name_column(column) is None]
    folded = {fold_name(column) for column in there}
    for column in dict.fromkeys(there):
        if fold_name(column) not in listed:
            place = name_column(column)
            yield f"column {column!r} is new: " + (f"it is taken for {place}" if place else "it has no place and is kept in articles.extra")
    for key, column in listed.items():
        if key not in folded and (seen.header or column in house.extra):
            yield f"column {column!r} is gone"


def fold_format(name: str) -> str:
    """The reader that a format's name means."""
    form = name_formats().get(name.casefold())
    return form.name if form else FORMATS.get(name.casefold(), name)
