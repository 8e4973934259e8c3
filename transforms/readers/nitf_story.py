"""NITF 3: one story is one <nitf> element, alone in its file or carried by another format."""

from __future__ import annotations

from collections.abc import Sequence

from transforms.model import Record
from transforms.readers.elements import Element
from transforms.readers.found import Found, Hints
from transforms.readers.html_tree import fold_blanks
from transforms.readers.item_story import lay_out_tree
from transforms.readers.story import Picture, Story, Unreadable, join_paragraphs, spell_time, strip
from transforms.readers.vocabulary import load_vocabulary
from transforms.readers.xml_print import Node, children, find_all, find_first, flatten, name_tag, read_line, read_paragraphs

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_PLACE = frozenset(("sublocation", "city", "state", "region", "country"))
_PRINTING = frozenset(("p", "hl1", "hl2", "table", "nitf-table", "ul", "ol", "dl", "bq", "pre", "fn", "block", "div", "body.content"))


def read_story(element: Element, found: Found, hints: Hints, declared: str | None) -> Record | Unreadable:
    """The record of one story."""
    return lay_out_tree(element, found, declared, read_nitf, "story")


def read_nitf(root: Node) -> Story:
    """The parts of a story.

    >>> from lxml import etree
    >>> story = read_nitf(etree.fromstring(
    ...     "<nitf><body><body.head><hedline><hl1>Pier shut</hl1></hedline><byline>By <person>Jane Roe</person><byttl>Staff Writer</byttl></byline>"
    ...     "<dateline><location><city>Portmere</city><country>Examplia</country></location></dateline></body.head>"
    ...     "<body.content><p>It is.</p></body.content></body></nitf>"))
    >>> story.headline, story.byline, story.dateline, story.body
    ('Pier shut', 'By Jane Roe, Staff Writer', 'Portmere, Examplia', 'It is.')
    """
    body, docdata = find_first(root, "body"), find_first(root, "head", "docdata")
    if body is None:
        body = root
    head, content, end = find_first(body, "body.head"), children(body, "body.content"), find_first(body, "body.end")
    taken: set[Node] = set()

    def take(nodes: Sequence[Node | None]) -> list[Node]:
        named = [node for node in nodes if node is not None]
        taken.update(named)
        return named

    hl1 = take(children(find_first(head, "hedline"), "hl1"))
    hl2 = take(children(find_first(head, "hedline"), "hl2"))
    title = [] if hl1 else take([find_first(root, "head", "title")])
    bylines = take(children(head, "byline"))
    datelines = children(head, "dateline")
    abstracts = take(children(head, "abstract"))
    notices = take(children(head, "copyrite"))
    loose = content or [node for node in body if name_tag(node) in _PRINTING]
    media = [node for part in loose for node in ([part] if name_tag(part) == "media" else find_all(part, "media"))]
    media += [node for node in children(body, "media") if node not in media]
    pictures = tuple(picture for node in media if (picture := read_media(node)))
    paragraphs = [text for part in take(loose) for text in read_paragraphs(part, set(media))]
    taglines = take(children(end, "tagline"))
    standfirst = [*(text for node in hl2 if (text := read_line(node))), *(text for node in abstracts for text in read_paragraphs(node))]
    identity, issued, released = (find_first(docdata, name) for name in ("doc-id", "date.issue", "date.release"))
    publication, rights = find_first(root, "head", "pubdata"), find_first(docdata, "doc.copyright")
    stamps = [released.get("norm") if released is not None else None, issued.get("norm") if issued is not None else None]
    stamps += [node.get("norm") for line in datelines for node in find_all(line, "story.date")]
    stamps.append(publication.get("date.publication") if publication is not None else None)
    told = [print_dateline(line) for line in take(datelines)]
    extra = [("dateline", line) for line in told[1:] if line]
    rest, strange = flatten(root, taken, load_vocabulary("nitf"))
    extra += rest
    for node in media:
        inner, odd = flatten(node, set(children(node, "media-caption", "media-producer")), load_vocabulary("nitf"), "media")
        extra += inner
        strange += odd
    distributor = read_line(find_first(head, "distributor"))
    return Story(
        headline=" ".join(text for node in (hl1 or title) if (text := read_line(node))) or None,
        standfirst=join_paragraphs(standfirst), byline="; ".join(line for node in bylines if (line := print_glued(node))) or None,
        dateline=next((line for line in told if line), None), body=join_paragraphs(paragraphs), pictures=pictures,
        source_line=join_paragraphs(text for node in taglines for text in read_paragraphs(node)),
        copyright=join_paragraphs(text for node in notices if (text := read_line(node))) or print_rights(rights),
        record_id=identity.get("id-string") if identity is not None else None, published_at=spell_time(next(filter(None, stamps), None)),
        source=strip(publication.get("name") if publication is not None else None) or distributor,
        section=publication.get("position.section") if publication is not None else None,
        language=root.get(LANGUAGE) or body.get(LANGUAGE), extra=tuple(extra), unknown=tuple(strange),
    )


def read_media(media: Node) -> Picture | None:
    """What is printed with a picture, a film or a sound."""
    captions = [text for node in children(media, "media-caption") for text in read_paragraphs(node)]
    credit = [text for node in children(media, "media-producer") if (text := read_line(node))]
    alt = next((text for node in children(media, "media-reference") if (text := fold_blanks(node.get("alternate-text") or ""))), None)
    picture = Picture(" ".join(captions) or None, ", ".join(credit) or None, alt if alt and alt not in captions else None)
    return picture if any(picture) else None


def print_dateline(dateline: Node) -> str | None:
    """A dateline as it is printed; parts of a place that are only marked, without a comma between, get one.

    >>> from lxml import etree
    >>> printed = "<dateline><location><city>Norfolk</city> <state>Va.</state></location> <story.date>May 1</story.date></dateline>"
    >>> print_dateline(etree.fromstring(printed))
    'Norfolk, Va. May 1'
    """
    for node in [dateline, *find_all(dateline, "location")]:
        places = [child for child in node if name_tag(child) in _PLACE and read_line(child)]
        for place in places[:-1]:
            if not (place.tail or "").strip():
                place.tail = ", "
    return print_glued(dateline)


def print_glued(element: Node) -> str | None:
    """An element on one line, with a comma where two marked parts would run into each other."""
    text = ""
    for part in element.itertext():
        if part and text and text[-1].isalnum() and part[0].isalnum():
            text += ", "
        text += part
    return fold_blanks(text) or None


def print_rights(rights: Node | None) -> str | None:
    """The notice that a holder and a year make."""
    holder = fold_blanks(rights.get("holder") or "") if rights is not None else ""
    if rights is None or not holder:
        return None
    return f"Copyright {year} {holder}" if (year := fold_blanks(rights.get("year") or "")) else f"Copyright {holder}"
