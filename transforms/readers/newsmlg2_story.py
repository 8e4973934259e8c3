"""NewsML-G2: one record an item, alone, in a message or in a package; what it carries inline is read as the format that it is in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from transforms.model import Record
from transforms.readers.elements import Element
from transforms.readers.found import Found, Hints
from transforms.readers.html_tree import fold_blanks
from transforms.readers.item_story import lay_out_tree
from transforms.readers.nitf_story import LANGUAGE, read_nitf
from transforms.readers.story import Picture, Story, Unreadable, join_names, join_paragraphs, spell_time, strip
from transforms.readers.vocabulary import load_vocabulary
from transforms.readers.xml_print import Node, children, find_all, find_first, flatten, name_tag, read_line, read_markup, read_page_print, read_plain

ITEMS = ("newsItem", "packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem")
FRAGMENTS = ("contentMeta", "contentSet", "itemMeta")
_PICTURES = frozenset(("picture", "graphic"))
_MAKERS = re.compile(r"photo|camera|illustrat|graphic", re.IGNORECASE)
_CAPTIONS = frozenset(("caption", "captionsimple"))
_ALTS = frozenset(("alttext", "alt", "accessibility"))
_SUMMARIES = frozenset(("summary", "abstract", "teaser", "standfirst", "dek"))
_DATED = re.compile(r"[^\n]{2,100}?(?:\s[-–—_]{1,2}\s|[-–—]{1,2}\(|\)\s*[-–—_:])")
_LOCAL = re.compile(r"[^\s:]+:(?!//)(\S+)")


class Carried(NamedTuple):
    """What an item carries inline."""

    story: Story
    paragraphs: tuple[str, ...]
    pictures: tuple[Picture, ...]
    extra: tuple[tuple[str, str], ...]


def read_story(element: Element, found: Found, hints: Hints, declared: str | None) -> Record | Unreadable:
    """The record of one item."""
    return lay_out_tree(element, found, declared, read_item)


def read_item(root: Node) -> Story:
    """The parts of an item.

    >>> from lxml import etree
    >>> story = read_item(etree.fromstring(
    ...     '<newsItem guid="urn:x:1"><itemMeta><itemClass qcode="ninat:picture"/></itemMeta><contentMeta><creditline>Ann Roe/EXA</creditline>'
    ...     '<headline>Pier shut</headline><description role="drol:caption">The pier.</description></contentMeta></newsItem>'))
    >>> story.record_id, story.headline, story.pictures
    ('urn:x:1', 'Pier shut', (Picture(caption='The pier.', credit='Ann Roe/EXA', alt=None),))
    """
    item, content = find_first(root, "itemMeta"), find_first(root, "contentMeta")
    if name_tag(root) == "contentMeta":
        content = root
    kind = local_code(find_first(item, "itemClass"))
    carried = carry(root if name_tag(root) == "contentSet" else find_first(root, "contentSet"))
    inner = carried.story
    taken: set[Node] = set(find_all(root, "inlineXML", "inlineData"))

    def take(nodes: Sequence[Node]) -> list[str]:
        taken.update(node for node in nodes if not set(node.attrib) - {LANGUAGE, "role"})
        return [text for node in nodes if (text := read_line(node))]

    headlines = take(children(content, "headline")) or take(children(item, "title"))[:1]
    if name_tag(root) == "conceptItem" and not headlines:
        headlines = take(children(find_first(root, "concept"), "name")[:1])
    descriptions = [(role_of(node), text, node) for node in children(content, "description") for text in (read_line(node),) if text]
    if name_tag(root) == "conceptItem":
        descriptions += [("summary", text, node) for node in children(find_first(root, "concept"), "definition") if (text := read_line(node))]
    is_picture = kind in _PICTURES
    captions = [text for role, text, _ in descriptions if role in _CAPTIONS or (is_picture and role not in _SUMMARIES | _ALTS)]
    alts = [text for role, text, _ in descriptions if role in _ALTS]
    summaries = [text for role, text, _ in descriptions if role in _SUMMARIES or (role == "" and not is_picture)]
    taken.update(node for _, text, node in descriptions if text in (*captions, *alts, *summaries))
    paragraphs = carried.paragraphs
    if not is_picture and captions and not paragraphs:
        summaries, captions = [*summaries, *captions], []
    makers = name_creators(content)
    bylines = take(children(content, "by"))
    photographers = [name for name, role in makers if _MAKERS.search(role) or is_picture]
    authors = [name for name, role in makers if not _MAKERS.search(role) and not is_picture]
    lines = take(children(content, "creditline")) or ([join_names(photographers) or ""] if is_picture else [])
    pictures = carried.pictures
    if captions or alts or (is_picture and lines):
        pictures = (Picture(" ".join(captions) or None, ", ".join(filter(None, lines)) or None, " ".join(alts) or None), *pictures)
        lines = []
    datelines = take(children(content, "dateline"))
    places = [place for node in children(content, "located") if (place := print_place(node))]
    body = join_paragraphs(paragraphs)
    dateline = next(iter(datelines), None) or inner.dateline
    if dateline is None and places and body and not _DATED.match(body[:160]):
        dateline = places[0]
    rights = find_first(root, "rightsInfo")
    notices = take(children(rights, "copyrightNotice"))
    stamps = [
        read_line(find_first(item, "firstCreated")), read_line(find_first(item, "versionCreated")), read_line(find_first(content, "contentCreated")),
    ]
    language = next((node.get("tag") for node in children(content, "language") if node.get("tag")), None)
    rest, strange = flatten(root, taken, load_vocabulary("newsmlg2"))
    extra = [("dateline", line) for line in datelines[1:]] + [("headline", line) for line in headlines[1:]]
    extra += [("creditline", line) for line in lines if line]
    extra += [("located", place) for place in places] + rest + list(carried.extra) + list(inner.extra)
    byline = " and ".join(bylines) or inner.byline or (None if is_picture else join_names(authors))
    return Story(
        headline=next(iter(headlines), None) or inner.headline, standfirst=join_paragraphs(summaries) or inner.standfirst,
        byline=byline, dateline=dateline, body=body, pictures=(*pictures, *inner.pictures), source_line=inner.source_line,
        copyright=join_paragraphs(notices) or inner.copyright, record_id=strip(root.get("guid")) or inner.record_id,
        published_at=spell_time(next(filter(None, stamps), None)) or inner.published_at, source=name_provider(item, content) or inner.source,
        section=inner.section, language=language or root.get(LANGUAGE) or inner.language, extra=tuple(extra),
        warnings=inner.warnings, unknown=(*strange, *inner.unknown),
    )


def carry(content: Node | None) -> Carried:
    """What a contentSet holds inline: NITF, XHTML, or text in other forms."""
    story, extra = Story(), []
    paragraphs: list[str] = []
    pictures: tuple[Picture, ...] = ()
    for node in children(content, "inlineXML", "inlineData"):
        kind = (node.get("contenttype") or "").partition(";")[0].strip().casefold()
        inner = next((child for child in node if name_tag(child)), None)
        if inner is not None and name_tag(inner) == "nitf":
            read = read_nitf(inner)
            story = read if not paragraphs else story
            text: Sequence[str] = (read.body or "").split("\n\n") if read.body else ()
            found: tuple[Picture, ...] = ()
        elif inner is not None:
            text, found = read_page_print(lower_tags(node))
        elif node.get("encoding") or kind.startswith(("image/", "video/", "audio/", "application/")):
            extra.append(("inlineData", f"{len(node.text or '')} characters of {kind or 'encoded data'}"))
            continue
        elif "html" in kind:
            text, found = read_markup(node.text)
        else:
            text, found = read_plain(node.text or ""), ()
        if paragraphs and list(text) != paragraphs:
            extra.append((f"{name_tag(node)}.{kind}", "\n\n".join(text)))  # a second rendition of the text
            continue
        paragraphs, pictures = list(text), found
    return Carried(story, tuple(paragraphs), pictures, tuple(extra))


def lower_tags(root: Node) -> Node:
    """A tree of XHTML with plain names, as the readers of pages look for them."""
    for node in root.iter():
        if isinstance(node.tag, str):
            name = name_tag(node).lower()
            try:
                node.tag = name
            except ValueError:  # a broken name such as `media:`, which only a recovering parser lets by
                node.tag = "span"
    return root


def role_of(node: Node) -> str:
    """The role of a description, without the scheme that it is from."""
    return (node.get("role") or "").rpartition(":")[2].casefold()


def local_code(node: Node | None) -> str:
    """The last part of a code, in small letters: `picture` for `ninat:picture`."""
    code = (node.get("qcode") or node.get("uri") or "") if node is not None else ""
    return re.split(r"[:/#]", code)[-1].casefold()


def name_creators(content: Node | None) -> list[tuple[str, str]]:
    """Names of creators and contributors of text or picture, and their roles."""
    makers = []
    for node in children(content, "creator"):
        name = read_line(find_first(node, "name")) or fold_blanks(node.get("literal") or "")
        role = (node.get("role") or "").rpartition(":")[2]
        if name:
            makers.append((name, role))
    return makers


def print_place(located: Node) -> str | None:
    """A place with the wider ones it lies in.

    >>> from lxml import etree
    >>> print_place(etree.fromstring("<located><name>Portmere</name><broader><name>Examplia</name></broader></located>"))
    'Portmere, Examplia'
    """
    names = [read_line(find_first(located, "name")) or code_name(located)]
    names += [read_line(find_first(wider, "name")) or "" for wider in children(located, "broader")]
    if not names[0]:
        return None
    return ", ".join(dict.fromkeys(filter(None, names)))


def code_name(node: Node) -> str:
    """The name that a code for a city is, such as `city:Portmere`; nothing for a number or an abbreviation."""
    found = _LOCAL.fullmatch(node.get("qcode") or "")
    return found[1] if found and (node.get("qcode") or "").startswith("city:") and found[1].isalpha() else ""


def name_provider(item: Node | None, content: Node | None) -> str | None:
    """Who supplies an item: the provider's name, or its code without the scheme."""
    provider = find_first(item, "provider")
    if provider is None:
        return None
    if name := read_line(find_first(provider, "name")):
        return name
    if code := _LOCAL.fullmatch(fold_blanks(provider.get("qcode") or "")):
        return code[1]
    return strip(provider.get("literal") or provider.get("uri"))
