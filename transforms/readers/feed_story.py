"""Feeds: RSS, RDF and Atom, one record an item, with its full text where the feed holds it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape

from transforms.model import Record
from transforms.readers.elements import Element
from transforms.readers.found import Found, Hints
from transforms.readers.html_tree import fold_blanks
from transforms.readers.item_story import lay_out_tree
from transforms.readers.newsmlg2_story import lower_tags
from transforms.readers.nitf_story import LANGUAGE
from transforms.readers.story import Picture, Story, Unreadable, join_names, join_paragraphs, spell_time, strip
from transforms.readers.vocabulary import load_vocabulary
from transforms.readers.xml_print import Node, children, find_first, flatten, name_tag, read_line, read_markup, read_page_print

Print = tuple[list[str], tuple[Picture, ...]]
_MAIL = re.compile(r"\s*\S+@\S+\s*\(([^()]{1,200})\)\s*")
_ADDRESS = re.compile(r"\S+@\S+\.\S+")
_TITLE = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:channel|feed)\b.{0,20000}?<title[^>]{0,200}>(.{0,1000}?)</title>", re.DOTALL)
_LANGUAGE = re.compile(
    rb"<(?:language|dc:language)>\s*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3})\s*</|<feed\b[^>]{0,1000}\bxml:lang=[\"']([A-Za-z-]{2,20})[\"']"
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
LONGEST_SUMMARY = 1_000
"""Characters above which a description that stands alone is taken for the text."""


def read_story(element: Element, found: Found, hints: Hints, declared: str | None) -> Record | Unreadable:
    """The record of one item."""
    name, language = read_channel(element.header, declared or found.codec.working)

    def read(root: Node) -> Story:
        story = read_item(root)
        return story._replace(source=story.source or name, language=story.language or language)

    return lay_out_tree(element, found, declared, read, "item")


def read_item(root: Node) -> Story:
    """The parts of an item.

    >>> from lxml import etree
    >>> story = read_item(etree.fromstring(
    ...     '<item xmlns:content="urn:c"><title>Pier &amp;amp; quay shut</title><author>jane@example.com (Jane Roe)</author>'
    ...     '<description>Storm.</description>'
    ...     '<content:encoded>&lt;p>It is.&lt;/p>&lt;p>Still.&lt;/p></content:encoded></item>'))
    >>> story.headline, story.byline, story.standfirst, story.body
    ('Pier & quay shut', 'Jane Roe', 'Storm.', 'It is.\\n\\nStill.')
    """
    taken: set[Node] = set()
    extra: list[tuple[str, str]] = []

    def take(*names: str) -> list[Node]:
        nodes = [node for node in root if shown_name(node) in names]
        taken.update(node for node in nodes if not node.attrib or shown_name(node) in ("title", "content", "summary", "description"))
        return nodes

    titles = [text for node in take("title", "dc:title") if (text := " ".join(read_value(node)[0]))]
    contents = [value for node in take("content:encoded", "content", "xhtml:body", "body") if (value := read_value(node))[0]]
    summaries = [value for node in take("description", "summary", "dcterms:abstract", "dc:description") if (value := read_value(node))[0]]
    contents.sort(key=lambda value: -sum(map(len, value[0])))
    body, pictures = contents[0] if contents else ([], ())
    extra += [("content", "\n\n".join(value[0])) for value in contents[1:] if value[0] != body]
    standfirst: list[str] = []
    for paragraphs, found in summaries:
        text = "\n\n".join(paragraphs)
        if not body and (len(text) > LONGEST_SUMMARY or len(paragraphs) > 2):
            body, pictures = paragraphs, found
        elif standfirst or (body and is_opening(text, body)):
            extra.append(("description", text))
        else:
            standfirst, pictures = paragraphs, pictures or found
    authors = read_authors(root)
    plain = [read_line(node) for node in children(root, "author", "creator") if not len(node)]
    extra += [("author", printed) for printed in plain if printed and printed not in authors]
    published = first_line(take("pubDate", "published", "dc:date", "issued", "created"))
    updated = first_line(take("updated", "modified", "dcterms:modified"))
    if published and updated:
        extra.append(("updated", updated))
    named = [read_line(node) or fold_blanks(node.get("label") or node.get("term") or "") for node in take("category", "dc:subject")]
    categories = list(filter(None, named))
    taken.update(node for node in root if shown_name(node) == "category")
    if len(categories) > 1:
        extra += [("category", text) for text in categories]
    rights = first_line(take("rights", "copyright", "dc:rights", "media:copyright"))
    source = find_first(root, "source")
    identity = first_line(children(root, "guid")) or first_line(take("id")) or about(root)
    take("guid", "link", "author", "dc:creator", "creator")
    taken.difference_update(node for node in root if name_tag(node) == "author" and len(node))
    rest, strange = flatten(root, taken, load_vocabulary("feed") | known_modules(root))
    return Story(
        headline=titles[0] if titles else None, standfirst=join_paragraphs(standfirst), byline=join_names(authors), body=join_paragraphs(body),
        pictures=merge_pictures(read_media(root, taken), pictures), copyright=rights, record_id=identity,
        published_at=spell_time(published or updated), source=read_line(source if source is None or not len(source) else find_first(source, "title")),
        url=read_link(root), section=categories[0] if len(categories) == 1 else None, language=first_line(take("dc:language")) or root.get(LANGUAGE),
        extra=(*(("title", text) for text in titles[1:] if text != titles[0]), *extra, *rest), unknown=tuple(strange),
    )


def shown_name(node: Node) -> str:
    """A module's element with its prefix in common use, one of RSS or Atom without."""
    name = name_tag(node)
    return f"{node.prefix}:{name}" if node.prefix and node.prefix not in ("atom", "rss", "a10") else name


def known_modules(root: Node) -> frozenset[str]:
    """Names of an item's elements that belong to a module of which every element is known."""
    modules = load_vocabulary("feed")
    return frozenset(f"{node.prefix}:{name_tag(node)}" for node in root.iterdescendants() if node.prefix and f"{node.prefix}:*" in modules)


def read_value(node: Node) -> Print:
    """Paragraphs and pictures of an element that holds text, escaped markup or XHTML."""
    inner = next((child for child in node if name_tag(child)), None)
    if inner is not None:
        return read_page_print(lower_tags(node))
    text = node.text or ""
    if (node.get("type") or "html") in ("text", "text/plain") or "<" not in text:
        text = unescape(text) if node.get("type") not in ("text", "text/plain") else text
    return read_markup(text)


def first_line(nodes: Iterable[Node]) -> str | None:
    """The first text among elements."""
    return next((text for node in nodes if (text := read_line(node))), None)


def about(root: Node) -> str | None:
    """The address that an item of RDF is about."""
    return next((strip(str(value)) for name, value in root.attrib.items() if str(name).endswith("}about")), None)


def read_link(root: Node) -> str | None:
    """The address of the story itself."""
    links = children(root, "link")
    for node in links:
        if node.get("href") and (node.get("rel") or "alternate") == "alternate":
            return strip(node.get("href"))
    if text := first_line(links):
        return text
    guid = find_first(root, "guid")
    named = read_line(guid) or ""
    return named if named.startswith(("http://", "https://")) and guid is not None and guid.get("isPermaLink") != "false" else None


def read_authors(root: Node) -> list[str]:
    """Names of the authors; of an address with a name the name, an address alone is none."""
    names: list[str] = []
    for node in root:
        if shown_name(node) not in ("author", "dc:creator", "itunes:author", "creator", "dc:contributor"):
            continue
        text = read_line(find_first(node, "name")) or ("" if len(node) else unescape(read_line(node) or ""))
        if mail := _MAIL.fullmatch(text):
            text = mail[1]
        if text and not _ADDRESS.fullmatch(text):
            names.append(text)
    unique = list(dict.fromkeys(names))
    return [name for name in unique if not any(name != other and name in other for other in unique)]


def read_media(root: Node, taken: set[Node]) -> list[Picture]:
    """Pictures of the media module, with the caption and credit that it gives them."""
    found = []
    for node in root.iterdescendants():
        if name_tag(node) in ("content", "group", "thumbnail") and node.prefix == "media":
            parts = {name_tag(part): part for part in reversed(children(node, "description", "credit", "title", "text"))}
            caption = next((" ".join(read_value(parts[name])[0]) for name in ("description", "text", "title") if name in parts), None)
            credit = read_line(parts.get("credit"))
            if caption or credit:
                found.append(Picture(caption or None, credit))
    if not found:
        loose = [" ".join(read_value(node)[0]) for node in children(root, "description", "credit") if node.prefix == "media"]
        found = [Picture(" ".join(loose))] if any(loose) else []
    return found


def merge_pictures(stated: Iterable[Picture], printed: Iterable[Picture]) -> tuple[Picture, ...]:
    """Pictures that a feed states and those that its text prints, each once."""
    merged = list(dict.fromkeys(stated))
    for picture in printed:
        if not any(picture.caption and picture.caption == other.caption for other in merged):
            merged.append(picture)
    return tuple(merged)


def is_opening(text: str, body: list[str]) -> bool:
    """Whether a summary is how the text begins.

    >>> is_opening("The pier is shut and…", ["The pier is shut and will stay so."])
    True
    """
    folded = " ".join(text.split()).rstrip(" .…[]")
    return bool(folded) and " ".join(" ".join(body).split()).startswith(folded[:200])


def read_channel(header: bytes, encoding: str) -> tuple[str | None, str | None]:
    """Name and language of the feed, from what stands before its first item.

    >>> read_channel(b"<rss><channel><title>The Harbour &amp; Post</title><language>en-gb</language>", "utf-8")
    ('The Harbour & Post', 'en-gb')
    """
    title, language = _TITLE.search(header), _LANGUAGE.search(header)
    name = fold_blanks(unescape(unescape(_CDATA.sub(r"\1", title[1].decode(encoding, "replace"))))) if title else ""
    code = (language[1] or language[2]).decode("ascii") if language else None
    return name or None, code
