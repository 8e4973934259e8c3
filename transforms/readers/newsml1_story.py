"""NewsML 1.0 to 1.2: one record a NewsItem, put together from the components that its provider nests in each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from transforms.model import Record
from transforms.readers.elements import Element
from transforms.readers.found import Found, Hints
from transforms.readers.item_story import lay_out_tree
from transforms.readers.newsmlg2_story import lower_tags
from transforms.readers.nitf_story import LANGUAGE, read_nitf
from transforms.readers.story import Picture, Story, Unreadable, join_paragraphs, spell_time, strip
from transforms.readers.vocabulary import load_vocabulary
from transforms.readers.xml_print import Node, children, find_all, find_first, flatten, name_tag, read_line, read_markup, read_page_print

_ROLES = {
    "headline": "headline", "subheadline": "standfirst", "summary": "standfirst", "abstract": "standfirst", "body": "body", "main": "body",
    "maintext": "body",
    "story": "body", "text": "body", "article": "body", "bodytext": "body", "caption": "caption", "photocaption": "caption", "byline": "byline",
    "dateline": "dateline", "copyright": "copyright",
}
_APART = frozenset(("stylesheet", "logo", "contact", "contacts", "instruction", "instructions", "script", "metadata"))
"""Components whose text is no part of the story."""
_PICTURES = frozenset(("photo", "picture", "graphic", "image", "photograph", "illustration", "infographic"))


class Piece(NamedTuple):
    """The text of one content item."""

    role: str
    """In small letters, of its component or the nearest one around it that has one."""
    is_picture: bool
    story: Story
    paragraphs: list[str]
    pictures: tuple[Picture, ...]


def read_story(element: Element, found: Found, hints: Hints, declared: str | None) -> Record | Unreadable:
    """The record of one item."""
    return lay_out_tree(element, found, declared, read_item, "NewsItem")


def read_item(root: Node) -> Story:
    """The parts of an item.

    >>> from lxml import etree
    >>> story = read_item(etree.fromstring(
    ...     "<NewsItem><NewsComponent><NewsLines><HeadLine>Pier shut</HeadLine><ByLine>By Jane Roe</ByLine></NewsLines><ContentItem>"
    ...     "<DataContent>It is.</DataContent></ContentItem></NewsComponent></NewsItem>"))
    >>> story.headline, story.byline, story.body
    ('Pier shut', 'By Jane Roe', 'It is.')
    """
    taken: set[Node] = set()
    columns: dict[str, list[str]] = {}
    pictures: list[Picture] = []
    extra: list[tuple[str, str]] = []
    for lines, is_picture in walk_lines(root):
        read_lines(lines, is_picture, columns, pictures, taken)
    inner = Story()
    body: list[str] = []
    for piece in walk_content(root, taken):
        column = _ROLES.get(piece.role)
        text = join_paragraphs(piece.paragraphs)
        if not text:
            continue
        if piece.role in _APART:
            extra.append((piece.role, text))
        elif piece.is_picture or column == "caption":
            pictures.append(Picture(" ".join(text.split())))
        elif column in (None, "body"):
            if not body:
                body, inner = piece.paragraphs, piece.story
            elif piece.paragraphs != body:
                extra.append((piece.role or "text", text))
            pictures += piece.pictures
        elif not columns.get(column):
            columns[column] = [" ".join(text.split()) if column != "standfirst" else text]
        elif " ".join(text.split()) not in columns[column]:
            extra.append((piece.role, text))
    identity = find_first(root, "Identification", "NewsIdentifier")
    management = find_first(root, "NewsManagement")
    created, revised = read_line(find_first(management, "FirstCreated")), read_line(find_first(management, "ThisRevisionCreated"))
    rest, strange = flatten(root, taken, load_vocabulary("newsml1"))
    extra += [(name, value) for name in ("headline", "dateline", "copyright") for value in columns.get(name, ())[1:]]
    extra += list(inner.extra) + rest
    return Story(
        headline=next(iter(columns.get("headline", ())), None) or inner.headline,
        standfirst=join_paragraphs(columns.get("standfirst", ())) or inner.standfirst, byline="\n".join(columns.get("byline", ())) or inner.byline,
        dateline=next(iter(columns.get("dateline", ())), None) or inner.dateline, body=join_paragraphs(body),
        pictures=(*pictures, *inner.pictures), source_line=inner.source_line,
        copyright=next(iter(columns.get("copyright", ())), None) or inner.copyright,
        record_id=read_line(find_first(identity, "PublicIdentifier")) or read_line(find_first(identity, "NewsItemId")) or inner.record_id,
        published_at=spell_time(created or revised) or inner.published_at, source=name_provider(root, identity) or inner.source,
        section=inner.section, language=name_language(root) or inner.language, extra=tuple(extra),
        warnings=inner.warnings, unknown=(*strange, *inner.unknown),
    )


def walk_lines(root: Node) -> Iterator[tuple[Node, bool]]:
    """Every NewsLines of an item, and whether it is that of a picture."""
    for lines in find_all(root, "NewsLines"):
        component = lines.getparent()
        yield lines, component is not None and is_picture_component(component)


def is_picture_component(component: Node) -> bool:
    """Whether a component is a picture: by its role, or as all that it holds itself is one."""
    if fold_role(find_first(component, "Role")) in _PICTURES:
        return True
    kinds = [(node.get("FormalName") or "").casefold() for item in children(component, "ContentItem") for node in children(item, "MediaType")]
    return bool(kinds) and all(kind in _PICTURES for kind in kinds)


def read_lines(lines: Node, is_picture: bool, columns: dict[str, list[str]], pictures: list[Picture], taken: set[Node]) -> None:
    """Take down what the NewsLines of a component print."""
    found: dict[str, list[str]] = {}
    for name, column in (
        ("HeadLine", "headline"), ("SubHeadLine", "standfirst"), ("ByLine", "byline"), ("ByLineTitle", "byline"), ("DateLine", "dateline"),
        ("CreditLine", "credit"), ("CopyrightLine", "copyright"),
    ):
        for node in children(lines, name):
            if text := read_line(node):
                taken.add(node)
                found.setdefault(column, []).append(text)
    if is_picture:
        caption = " ".join([*found.pop("headline", ()), *found.pop("standfirst", ())])
        credit = ", ".join([*found.pop("byline", ()), *found.pop("credit", ())])
        if caption or credit:
            pictures.append(Picture(caption or None, credit or None))
    elif credit := ", ".join(found.pop("credit", ())):
        pictures.append(Picture(credit=credit))
    for column, texts in found.items():
        columns.setdefault(column, []).extend(text for text in texts if text not in columns.get(column, ()))


def walk_content(root: Node, taken: set[Node]) -> Iterator[Piece]:
    """The text of every content item; what is not text, or lies elsewhere, is left to the rest."""
    for content in find_all(root, "ContentItem"):
        data = find_first(content, "DataContent")
        if data is None:
            data = find_first(content, "Encoding", "DataContent")
            if data is not None:
                taken.add(data)  # encoded data is no print; what it is stands in the elements beside it
            continue
        component = content.getparent()
        role, is_picture = "", False
        while component is not None and name_tag(component) == "NewsComponent":
            role = role or fold_role(find_first(component, "Role"))
            is_picture = is_picture or is_picture_component(component)
            component = component.getparent()
        taken.add(data)
        inner = next((child for child in data if name_tag(child)), None)
        if inner is None:
            paragraphs, found = read_markup(data.text)
            yield Piece(role, is_picture, Story(), paragraphs, found)
        elif name_tag(inner) == "nitf":
            story = read_nitf(inner)
            yield Piece(role, is_picture, story, (story.body or "").split("\n\n") if story.body else [], ())
        else:
            paragraphs, found = read_page_print(lower_tags(data))
            yield Piece(role, is_picture, Story(), paragraphs, found)


def fold_role(role: Node | None) -> str:
    """A role in small letters, without blanks."""
    return "".join((role.get("FormalName") or "").split()).casefold() if role is not None else ""


def name_provider(root: Node, identity: Node | None) -> str | None:
    """The provider that a component names, else the one in the item's identifier."""
    for provider in find_all(root, "Provider"):
        for party in children(provider, "Party"):
            if name := strip(party.get("FormalName")):
                return name
    return read_line(find_first(identity, "ProviderId"))


def name_language(root: Node) -> str | None:
    """The first language that a component states."""
    for node in find_all(root, "Language"):
        if language := strip(node.get("FormalName")):
            return language
    return strip(root.get(LANGUAGE))
