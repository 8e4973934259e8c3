"""The record of one item of a markup format: its bytes decoded, its tree made, its parts read and laid out."""

from __future__ import annotations

from collections.abc import Callable

from transforms.model import Record
from transforms.readers.elements import Element
from transforms.readers.found import Found
from transforms.readers.story import Story, Unreadable, lay_out_story
from transforms.readers.xml_print import Node, name_tag
from transforms.readers.xml_safe import decode_item, parse_item


def lay_out_tree(element: Element, found: Found, declared: str | None, read: Callable[[Node], Story], name: str | None = None) -> Record | Unreadable:
    """The record of an element of XML, whose parts are read from its tree. Without a name the element's own stands in messages."""
    decoded = decode_item(element.raw, found.codec, element.spot, declared)
    if isinstance(decoded, Unreadable):
        return decoded
    tree = parse_item(element, decoded.text)
    if isinstance(tree, Unreadable):
        return tree
    story = read(tree.root)
    warnings = (*decoded.warnings, *tree.warnings, *story.warnings)
    return lay_out_story(story._replace(warnings=warnings), element.spot, name or name_tag(tree.root))


def lay_out_marked(element: Element, found: Found, parse: Callable[[str, tuple[str, ...]], Story]) -> Record | Unreadable:
    """The record of an element of SGML, whose parts are read from its text."""
    decoded = decode_item(element.raw, found.codec, element.spot)
    if isinstance(decoded, Unreadable):
        return decoded
    return lay_out_story(parse(decoded.text, decoded.warnings), element.spot, "story")
