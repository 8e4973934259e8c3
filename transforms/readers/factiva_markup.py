"""Factiva exports in markup: a page with one block for each document, and the XML of its web service."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

from lxml import etree

from transforms.model import Gap, Item, Record
from transforms.outcome import Reason
from transforms.readers.elements import Element, Markup, read_xml_elements
from transforms.readers.export_fields import UNKNOWN_LAYOUT, Entry, find_key, lay_out_entries
from transforms.readers.export_pieces import Line, Memory, Part, read_export
from transforms.readers.factiva_layout import TABLE, parse_factiva, settle_entries
from transforms.readers.found import Found, Hints
from transforms.readers.html_tree import Element as Node
from transforms.readers.html_tree import fold_blanks, parse_tree
from transforms.readers.story import Unreadable
from transforms.readers.xml_safe import decode_item, parse_item

CUT = re.compile(
    rb"(?=<div\b[^<>]{0,200}?\bclass=[\"']article(?:[\"']| [a-z]{2}Article\b))|(?=<div\b[^<>]{0,200}?\b(?:id|class)=[\"']pageFooter)"
    rb"|(?=</form>)|(?=</body>)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"<div\b[^<>]{0,200}?\bclass=[\"']article", re.IGNORECASE)
_NUMBERED = re.compile(r"\b(?:Article|Artikel|Artículo|Articolo|Artigo) \d{1,6} (?:of|von|de|sur|di|van) (\d{1,6})\b", re.IGNORECASE)
_COUNT = re.compile(rb"<(?:[\w.-]{1,40}:)?ppsarticleResultSet\b[^<>]{0,300}?\bcount\s*=\s*[\"'](\d{1,7})[\"']", re.IGNORECASE)
_NAME = re.compile(rb"<((?:[\w.-]{1,40}:)?article)[\s>]")
_BLOCKS = frozenset(("p", "div", "h1", "h2", "h3", "h4", "li", "pre", "blockquote"))


# ------------------------------------------------------------------ pages
def read_page_export(stream: BinaryIO, found: Found, limit: int) -> Iterator[Item]:
    """The documents of a page; what stands around them are gaps."""
    return read_export(stream, found, limit, CUT, lay_out_page)


def lay_out_page(lines: Sequence[Line], memory: Memory) -> list[Part]:
    """One document, or what stands around documents."""
    text = "\n".join(line.text for line in lines)
    if not text.strip():
        return []
    if not _ARTICLE.match(text.lstrip()) and memory.is_last and not memory.tails:
        detail = "no document stands in this page of Factiva; is it whole, and was it saved with the text of the articles?"
        return [Part("damaged", 0, len(lines), reason=Reason.NO_CONTENT, detail=detail)]
    if not _ARTICLE.match(text.lstrip()):
        counted = _NUMBERED.search(text) if not memory.is_counted and not memory.pieces else None
        memory.is_counted = memory.is_counted or counted is not None
        return [Part("footer" if memory.tails else "header", 0, len(lines), declared=int(counted[1]) if counted else None)]
    memory.tails += 1
    if memory.is_last:
        detail = "the page ends in the middle of this document; save it again"
        return [Part("damaged", 0, len(lines), reason=Reason.TRUNCATED, detail=detail)]
    return [Part("record", 0, len(lines), *parse_block(text))]


def parse_block(text: str) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The fields of one document's block: rows of a table with codes, or paragraphs as printed.

    >>> row = "<tr><td class='index'><b>%s</b>&nbsp;</td><td>%s</td></tr>"
    >>> parse_block("<div class='article'><table>" + row % ("HD", "Pier shut") + row % ("WC", "2 words") + "</table></div>")[0]
    (Entry(column='headline', key='HD', value='Pier shut', is_unknown=False), Entry(column='', key='WC', value='2 words', is_unknown=False))
    """
    root = parse_tree(text)
    if root is None:
        return (), (UNKNOWN_LAYOUT,)
    entries: list[Entry] = []
    for row in root.iter("tr"):
        cells = row.findall("td")
        code = fold_blanks(cells[0].text_content()) if len(cells) > 1 else ""
        if re.fullmatch(r"[A-Z]{2,4}", code):
            key = find_key(TABLE, code)
            entries.append(Entry(key.column if key else "", code, "\n\n".join(print_blocks(cells[1])), key is None))
        elif cells and row.text_content().strip():
            entries.append(Entry("", "row", fold_blanks(row.text_content()), True))
    if entries:
        return settle_entries(entries), ()
    lines = [line for text in print_blocks(root) for line in (Line(text), Line(""))]
    return parse_factiva(lines) if lines else ((), ())


def print_blocks(root: Any) -> list[str]:
    """The text of an element, one string for each block in it."""
    blocks: list[str] = []
    parts: list[str] = []

    def close() -> None:
        text = fold_blanks("".join(parts))
        if text:
            blocks.append(text)
        parts.clear()

    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_block = isinstance(element.tag, str) and (element.tag in _BLOCKS or element.tag == "br")
        if is_block:
            close()
        if event == "start":
            parts.append(element.text or "")
        elif element is not root:
            parts.append(element.tail or "")
    close()
    return blocks


# ------------------------------------------------------------------ XML
def read_xml_export(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """The documents of the web service's XML; the count that its result set states goes with what stands before the first one."""
    counts: list[int] = []

    def choose(head: bytes) -> Markup:
        counts.extend(int(stated[1]) for stated in _COUNT.finditer(head))
        name = _NAME.search(head)
        return Markup((name[1].decode() if name else "article",))

    for item in read_xml_elements(stream, found, hints, choose, read_article, limit):
        if counts and isinstance(item, Gap) and item.kind != "bom":
            item = item._replace(declared=counts[0])
            counts.clear()
        yield item


def read_article(element: Element, found: Found, hints: Hints, declared: str | None) -> Record | Unreadable:
    """The record of one article, or why it can't be read."""
    text = decode_item(element.raw, found.codec, element.spot, declared)
    if isinstance(text, Unreadable):
        return text
    tree = parse_item(element, text.text)
    if isinstance(tree, Unreadable):
        return tree
    entries = [entry for child in tree.root if isinstance(child.tag, str) for entry in enter_element(child)]
    record = lay_out_entries(settle_entries(entries), element.spot, (*text.warnings, *tree.warnings))
    return record if record is not None else Unreadable(Reason.NO_CONTENT, "the article has neither a headline nor text")


def enter_element(node: Node) -> Iterator[Entry]:
    """The field that an element prints; a code and its name stand together, and what an empty element says in attributes is kept too."""
    name = name_local(node.tag)
    key = find_key(TABLE, name)
    paragraphs = [text for part in node.iter("{*}paragraph") if (text := print_paragraph(part))]
    if paragraphs:
        whole = "".join(node.itertext())
        has_more = len("".join(whole.split())) > len("".join("".join(paragraphs).split()))
        value = whole.strip() if has_more else "\n\n".join(paragraphs)
    elif key is not None and key.column == "body":
        value = "".join(node.itertext()).strip("\r\n ")
    else:
        value = " ".join("".join(node.itertext()).split())
    if code := node.get("code"):
        value = f"{code} : {value}" if value else code
    elif not value and node.attrib:
        value = " ".join(f"{name_local(attribute)}={said}" for attribute, said in node.attrib.items())
    if value:
        yield Entry(key.column if key else "", name, value, key is None)


def name_local(name: object) -> str:
    """The name of an element or attribute without its namespace, whatever that is.

    >>> name_local("{urn:a}b}page")
    'page'
    """
    return str(name).rpartition("}")[2]


def print_paragraph(node: Node) -> str:
    """A paragraph's text: as it stands where it is preformatted, else with single blanks."""
    text = "".join(node.itertext())
    return text.strip("\r\n") if node.get("display", "").lower() in ("preformatted", "fixed", "tabular") else " ".join(text.split())
