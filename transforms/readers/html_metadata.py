"""What a page says about itself: JSON-LD, meta elements, microdata and time elements."""

from __future__ import annotations

import datetime as dt
import html as entities
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson

from transforms.readers.html_tree import Element, fold_blanks, read_text

Node = dict[str, Any]
"""A JSON-LD object."""

MAX_NODES = 3_000
MAX_SCRIPT = 5_000_000
_ARTICLE = re.compile(r"(?:Article|Posting|Report|Review|NewsItem)$")
_WORK = re.compile(r"(?:VideoObject|AudioObject|PodcastEpisode|MediaObject|CreativeWork|WebPage|Recipe)$")
_WRAPPERS = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "hasPart")
_MARKUP = re.compile(r"<[^<>]{1,300}>")
_CDATA = re.compile(r"\A(?:\s|//|/\*|\*/|<!--|<!\[CDATA\[|-->)+|(?:\s|//|/\*|\*/|<!--|\]\]>|-->|;)+\Z")
_SURROGATE = re.compile(r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_TRAILING_COMMA = re.compile(r",(\s*[}\]])")
_MONTHS = {m: n for n, m in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
_ISO = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?)?(?![\d])", re.IGNORECASE,
)
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d):?(\d\d)(?::?(\d\d))?(Z|[+-]\d\d:?\d\d)?(?!\d)")
_EPOCH = range(631_152_000, 4_102_444_800)
"""Seconds from 1990 to 2100."""
_SLASHED = re.compile(r"(\d{4})/(\d\d?)/(\d\d?)(?!\d)")
_RFC822 = re.compile(r"(?:[A-Z][a-z]{2},? )?(\d\d?) ([A-Z][a-z]{2})[a-z]* (\d{4}),? (\d\d?):(\d\d)(?::(\d\d))?(?: ?(GMT|UTC|Z|[+-]\d\d:?\d\d))?")
_CTIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d?) (\d\d?):(\d\d)(?::(\d\d))? (?:([A-Z]{2,5}) )?(\d{4})")
_OFFSETS = {
    "GMT": "+00:00", "UTC": "+00:00", "Z": "+00:00", "CET": "+01:00", "CEST": "+02:00", "MEZ": "+01:00", "MESZ": "+02:00", "EET": "+02:00",
    "EEST": "+03:00", "EDT": "-04:00", "EST": "-05:00", "CDT": "-05:00", "MDT": "-06:00", "PDT": "-07:00", "PST": "-08:00", "JST": "+09:00",
    "KST": "+09:00", "MSK": "+03:00", "SAST": "+02:00",
}
"""Zone names with one meaning in news; IST, BST and the like have several."""
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")


class Metadata(NamedTuple):
    """What a page says about itself beside its print."""

    node: Node
    """The JSON-LD object that describes the article; empty when there is none."""
    nodes: tuple[Node, ...]
    metas: dict[str, tuple[str, ...]]
    """Contents of meta elements by lower-cased name, property or itemprop."""
    url: str | None
    site: str | None
    houses: frozenset[str]
    """Folded names of the site and its publisher: none of them is a person."""
    language: str | None
    section: str | None
    published_at: str | None
    modified_at: str | None
    description: str | None
    copyright: str | None
    article_body: str | None


def name_host(address: str) -> str:
    """The host of an address, as people call the site; empty where the address can't be read.

    >>> name_host("https://www.Harbourpost.example/news"), name_host("http://[::x/")
    ('harbourpost.example', '')
    """
    try:
        return urlsplit(address).netloc.casefold().removeprefix("www.")
    except ValueError:
        return ""


def read_metadata(root: Element, url: str | None = None) -> Metadata:
    """Read the head of a page.

    >>> from transforms.readers.html_tree import parse_tree
    >>> page = parse_tree('<html lang="en-GB"><meta property="article:published_time" content="2024-05-01T08:00:00+02:00"><p>Ferry late')
    >>> meta = read_metadata(page)
    >>> meta.published_at, meta.language
    ('2024-05-01T08:00:00+02:00', 'en-GB')
    """
    metas = read_metas(root)
    nodes = tuple(read_nodes(root))
    address = read_url(root, metas, url)
    node = choose_node(nodes, address)
    site = read_site(node, nodes, metas)
    houses = {site, *(name_of(n.get("publisher"), nodes) for n in (node, *nodes[:20]) if n)}
    host = name_host(address or url or "")
    if host:
        houses |= {host, host.rsplit(".", 1)[0]}
    section = node.get("articleSection")
    if isinstance(section, list):
        section = next((s for s in section if isinstance(s, str)), None)
    body = node.get("articleBody")
    published, modified = read_times(root, node, nodes, metas)
    return Metadata(
        node=node, nodes=nodes, metas=metas, url=address, site=site,
        houses=frozenset(h for h in map(fold_name, filter(None, houses)) if h),
        language=read_language(root, node, metas),
        section=clean_string(section) or first(metas, "article:section", "cxenseparse:section", "section") or None,
        published_at=published, modified_at=modified,
        description=clean_string(node.get("description")) or first(metas, "og:description", "description", "twitter:description"),
        copyright=clean_string(node.get("copyrightNotice")) or first(metas, "copyright", "dc.rights", "dcterms.rights"),
        article_body=body if isinstance(body, str) and body.strip() else None,
    )


def fold_name(name: str) -> str:
    """A name for comparing: letters and digits only, case folded.

    >>> fold_name("The Harbour-Post")
    'theharbourpost'
    """
    return "".join(filter(str.isalnum, name.casefold()))


def clean_string(value: object) -> str | None:
    """A metadata string as plain print: entities resolved (twice escaped ones too), markup and blanks folded.

    >>> clean_string("Ferries &amp;amp; <b>trains</b>")
    'Ferries & trains'
    """
    if not isinstance(value, str):
        return None
    text = value[:100_000]
    for _ in range(2):
        if "&" in text:
            text = entities.unescape(text)
    return fold_blanks(_MARKUP.sub("", text)) or None


def first(metas: dict[str, tuple[str, ...]], *keys: str) -> str | None:
    """The first filled meta element among keys."""
    return next((v for k in keys for v in metas.get(k, ()) if v), None)


# ------------------------------------------------------------------ meta elements and JSON-LD
def read_metas(root: Element) -> dict[str, tuple[str, ...]]:
    """Contents of the meta elements by lower-cased name, in page order."""
    found: dict[str, list[str]] = {}
    for n, meta in enumerate(root.iter("meta")):
        if n > 2_000:
            break
        key = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        value = clean_string(meta.get("content"))
        if key and value:
            found.setdefault(key.strip().casefold(), []).append(value)
    return {k: tuple(v) for k, v in found.items()}


def read_nodes(root: Element) -> Iterator[Node]:
    """JSON-LD objects of a page, outermost first; a script that is no JSON is passed over, for browsers do the same."""
    left = MAX_NODES
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "").casefold():
            continue
        stack = [parse_script(script.text or "")]
        while stack and left > 0:
            value = stack.pop()
            if isinstance(value, list):
                stack.extend(reversed(value))
            elif isinstance(value, dict):
                left -= 1
                yield value
                stack.extend(value[k] for k in reversed(_WRAPPERS) if isinstance(value.get(k), (dict, list)))


def parse_script(text: str) -> Any:
    """The value of a JSON-LD script, None when it can't be read.

    >>> parse_script('//<![CDATA[\\n{"headline": "Ferry late",}\\n//]]>')
    {'headline': 'Ferry late'}
    """
    if len(text) > MAX_SCRIPT:
        return None
    text = text.strip()
    try:
        return orjson.loads(text)
    except ValueError:
        text = _CDATA.sub("", text[:200]) + _CDATA.sub("", text[200:]) if len(text) > 400 else _CDATA.sub("", text)
    text = drop_surrogates(text)
    for candidate in (text, _TRAILING_COMMA.sub(r"\1", text)):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def drop_surrogates(text: str) -> str:
    r"""JSON without the escapes that are half a character.

    >>> drop_surrogates(r'{"a": "\ud83d\ude00 \ud800x \\ud800"}')
    '{"a": "\\ud83d\\ude00 x \\\\ud800"}'
    """
    return _SURROGATE.sub(lambda found: found[1] or "", text) if "\\ud" in text or "\\uD" in text else text


def types_of(node: Node) -> tuple[str, ...]:
    """Names of a JSON-LD object's types, without their vocabulary."""
    kind = node.get("@type")
    kinds = kind if isinstance(kind, list) else [kind]
    return tuple(k.rsplit("/", 1)[-1] for k in kinds if isinstance(k, str))


def is_article(node: Node) -> bool:
    """Whether a JSON-LD object describes an article.

    >>> is_article({"@type": "NewsArticle"}), is_article({"@type": ["WebPage"]})
    (True, False)
    """
    return any(map(_ARTICLE.search, types_of(node)))


def choose_node(nodes: tuple[Node, ...], url: str | None) -> Node:
    """The object that describes the page's article: an article about this address, else the first article, else another work."""
    articles = [n for n in nodes if is_article(n)]
    if len(articles) > 1 and url:
        own = [n for n in articles if any(_same_page(u, url) for u in _urls_of(n))]
        articles = own or articles
    if articles:
        best = max(articles, key=lambda n: (("headline" in n or "name" in n) + ("author" in n) + ("datePublished" in n)))
        rest = {k: v for n in articles for k, v in n.items() if n is not best and _headline_of(n) == _headline_of(best)}
        return {**rest, **best}
    return next((n for n in nodes if any(map(_WORK.search, types_of(n))) and ("headline" in n or "datePublished" in n)), {})


def _headline_of(node: Node) -> str:
    return fold_name(clean_string(node.get("headline")) or clean_string(node.get("name")) or "")


def _urls_of(node: Node) -> Iterator[str]:
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        for v in value if isinstance(value, list) else [value]:
            v = v.get("@id") if isinstance(v, dict) else v
            if isinstance(v, str):
                yield v


def _same_page(one: str, other: str) -> bool:
    a, b = (u.split("#", 1)[0].split("?", 1)[0].rstrip("/").removeprefix("https://").removeprefix("http://").removeprefix("www.")
            for u in (one, other))
    return bool(a) and a == b


def names_of(value: object, nodes: tuple[Node, ...], depth: int = 0) -> Iterator[tuple[str, bool]]:
    """Names in a JSON-LD value, each with whether it is declared an organisation. References are looked up."""
    if depth > 4:
        return
    if isinstance(value, str):
        if (text := clean_string(value)) is not None:
            yield text, False
    elif isinstance(value, list):
        for v in value[:60]:
            yield from names_of(v, nodes, depth + 1)
    elif isinstance(value, dict):
        kinds = types_of(value)
        group = any("Organization" in k for k in kinds) and "Person" not in kinds
        name: object = value.get("name")
        given, family = clean_string(value.get("givenName")), clean_string(value.get("familyName"))
        if not name and (given or family):
            name = " ".join(filter(None, (given, family)))
        if not name and isinstance(value.get("@id"), str):
            named = [n for n in nodes if n.get("@id") == value["@id"] and n is not value and (n.get("name") or n.get("givenName"))]
            for n in named[:1]:
                yield from names_of(n, nodes, depth + 1)
            return
        for text, _ in names_of(name, nodes, depth + 1):
            yield text, group


def name_of(value: object, nodes: tuple[Node, ...]) -> str | None:
    """The first name in a JSON-LD value."""
    return next((name for name, _ in names_of(value, nodes)), None)


# ------------------------------------------------------------------ the single properties
def read_url(root: Element, metas: dict[str, tuple[str, ...]], url: str | None) -> str | None:
    """The canonical address: link, og:url, else the address the page came from."""
    for link in root.iter("link"):
        if "canonical" in (link.get("rel") or "").casefold().split():
            href = (link.get("href") or "").strip()
            if href.startswith(("http://", "https://")):
                return href
    given = first(metas, "og:url", "twitter:url")
    return given if given and given.startswith(("http://", "https://")) else url


def read_site(node: Node, nodes: tuple[Node, ...], metas: dict[str, tuple[str, ...]]) -> str | None:
    """The name of the paper or site."""
    return (first(metas, "og:site_name", "application-name", "apple-mobile-web-app-title") or name_of(node.get("publisher"), nodes)
            or next((name_of(n, nodes) for n in nodes if "WebSite" in types_of(n)), None))


def read_language(root: Element, node: Node, metas: dict[str, tuple[str, ...]]) -> str | None:
    """The declared language tag."""
    spoken = node.get("inLanguage")
    tags = (root.get("lang"), root.get("{http://www.w3.org/XML/1998/namespace}lang"), spoken if isinstance(spoken, str) else None,
            first(metas, "content-language", "og:locale", "language", "dc.language"))
    return next((m[0].replace("_", "-") for t in tags if t and (m := _LANGUAGE.fullmatch(t.strip()))), None)


_PUBLISHED = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
    "cxenseparse:recs:publishtime", "cxenseparse:publishtime", "dc.date.issued", "dcterms.created", "dc.date", "dcterms.date", "dc.date.created",
    "pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "date.created", "article.published", "article:published",
    "mrf:published", "vr:published_time", "lp.article:published_time", "date", "originalpublicationdate", "citation_publication_date",
)
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "lastmod", "dcterms.modified", "article:modified")


def read_times(root: Element, node: Node, nodes: tuple[Node, ...], metas: dict[str, tuple[str, ...]]) -> tuple[str | None, str | None]:
    """When the page was published and last changed, as RFC 3339 or a day, never more precise than given."""
    published = _first_time((node.get("datePublished"), *(v for k in _PUBLISHED for v in metas.get(k, ()))))
    modified = _first_time((node.get("dateModified"), *(v for k in _MODIFIED for v in metas.get(k, ()))))
    if published and "T" not in published:
        # The day alone; another place may give the hour of the same day.
        later = _first_time(v for k in _PUBLISHED for v in metas.get(k, ()) if parse_time(v)[:11] == published + "T")
        published = later or published
    if published is None:
        others = (n.get(k) for n in nodes for k in ("datePublished", "uploadDate", "dateCreated"))
        published = _first_time(others) or _read_time_elements(root)
    return published, modified if modified != published else None


def _first_time(values: Any) -> str | None:
    return next((t for v in values if (t := parse_time(v) if isinstance(v, str) else _count_time(v))), None)


def _count_time(value: object) -> str:
    """Seconds or milliseconds since 1970 as RFC 3339; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e14:
        return ""
    seconds = int(value) // 1000 if value > 1e11 else int(value)
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%S}+00:00" if seconds in _EPOCH else ""


def _read_time_elements(root: Element) -> str | None:
    """The first time element behind the headline, else the first of the page; those named as updates come last."""
    found: list[tuple[int, int, str]] = []
    behind = False
    for n, e in enumerate(root.iter("h1", "time", "abbr", "span", "div", "p")):
        if e.tag == "h1":
            behind = True
            continue
        given = e.get("datetime") or (e.get("content") if "datepublished" in (e.get("itemprop") or "").casefold() else None)
        if e.tag == "time" and not given:
            given = read_text(e)
        elif e.tag != "time" and not given:
            continue
        if given and (time := parse_time(given)):
            named = f"{e.get('class')} {e.get('itemprop')} {e.get('id')}".casefold()
            rank = 3 if "modif" in named or "updat" in named else 0 if "publi" in named else 1
            found.append((rank + 2 * (not behind), n, time))
            if len(found) > 40:
                break
    return min(found)[2] if found else None


def parse_time(text: str) -> str:
    """A machine-readable time as RFC 3339, a day, or a local time without zone; empty when it is none.

    >>> parse_time("2024-05-01 08:05:00 +02:00"), parse_time("Fri Apr 26 19:20:36 CEST 2024"), parse_time("2024/5/1"), parse_time("soon")
    ('2024-05-01T08:05:00+02:00', '2024-04-26T19:20:36+02:00', '2024-05-01', '')
    """
    text = fold_blanks(text[:80])
    try:
        if m := _ISO.match(text):
            day = dt.date(int(m[1]), int(m[2]), int(m[3]))
            if m[4] is None:
                return day.isoformat()
            return _join_time(day, m[4], m[5], m[6], (m[7] or "")[:6], m[8])
        if m := _BASIC.match(text):
            return _join_time(dt.date(int(m[1]), int(m[2]), int(m[3])), m[4], m[5], m[6], "", m[7])
        if m := _SLASHED.match(text):
            return dt.date(int(m[1]), int(m[2]), int(m[3])).isoformat()
        if (m := _RFC822.match(text)) and m[2].casefold() in _MONTHS:
            return _join_time(dt.date(int(m[3]), _MONTHS[m[2].casefold()], int(m[1])), m[4], m[5], m[6], "", m[7])
        if (m := _CTIME.match(text)) and m[1].casefold() in _MONTHS:
            return _join_time(dt.date(int(m[7]), _MONTHS[m[1].casefold()], int(m[2])), m[3], m[4], m[5], "", m[6])
    except ValueError:
        return ""
    return ""


def _join_time(day: dt.date, hour: str, minute: str, second: str | None, fraction: str, zone: str | None) -> str:
    clock = dt.time(int(hour) % 24 if int(hour) == 24 else int(hour), int(minute), int(second or 0))
    if int(hour) == 24:
        day += dt.timedelta(days=1)
    tail = ""
    if zone:
        known = _OFFSETS.get(zone.upper())
        if known is None and zone[0] in "+-":
            digits = zone[1:].replace(":", "").ljust(4, "0")
            known = f"{zone[0]}{digits[:2]}:{digits[2:]}" if int(digits[:2]) < 15 and int(digits[2:]) < 60 else ""
        tail = known or ""
    return f"{day.isoformat()}T{clock.isoformat()}{'.' + fraction if fraction else ''}{tail}"


def find_day(root: Element, url: str | None) -> str | None:
    """The publication day as htmldate reads it from print and address, for pages that declare none. Its bounds are fixed: no clock."""
    from htmldate import find_date

    try:
        day = find_date(root, original_date=True, extensive_search=False, url=url, min_date="1990-01-01", max_date="2100-01-01")
    except (ValueError, OverflowError):  # it stumbles over a printed zone of a day or more, `+3000`, and over years that no calendar has
        return None
    return day if isinstance(day, str) else None
