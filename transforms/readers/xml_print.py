"""The print of marked-up text: paragraphs of NITF and XHTML bodies, pictures set apart."""

from __future__ import annotations

import re
from collections.abc import Collection

from transforms.readers.html_figures import read_figure
from transforms.readers.html_tree import Element, fold_blanks, parse_tree
from transforms.readers.story import Picture

Node = Element
BREAKING = frozenset((
    "address", "article", "aside", "block", "blockquote", "block-quote", "body", "body.content", "body.end", "body.head", "bq", "caption", "center",
    "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure", "fn", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "hl1", "hl2", "hr", "html", "li", "main", "media", "nav", "nitf-table", "note", "ol", "p", "pre", "section", "summary", "table",
    "tbody", "tfoot", "thead", "title", "ul",
))
"""Elements of NITF and XHTML that start a line of their own."""
SILENT = frozenset(("script", "style", "noscript", "template", "math", "svg", "col", "colgroup"))
"""Elements in which nothing is printed."""
_CELLS = frozenset(("td", "th"))
_TAGGED = re.compile(r"<(?:/?[A-Za-z][\w:-]{0,30}[\s/>]|!--)")
_LINES = re.compile(r"\r\n?|\n")
_BLANK_LINE = re.compile(r"\n[^\S\n]*+\n")
_BREAK = "\x0b"
_CAPTIONED = re.compile(r"(?:^|\s)wp-caption(?:\s|$)")
_LITTLE = 40
_FILE_NAME = re.compile(r"[\w.,() -]{1,200}\.(?:jpe?g|png|gif|webp|avif|svg)", re.IGNORECASE)


def name_tag(element: Node) -> str:
    """The local name of an element; empty for comments and the like.

    >>> from lxml import etree
    >>> name_tag(etree.fromstring('<p xmlns="urn:x"/>'))
    'p'
    """
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def read_line(element: Node | None) -> str | None:
    """All that an element prints, on one line; None for nothing."""
    return fold_blanks("".join(part for part in element.itertext() if part)) or None if element is not None else None


def read_paragraphs(element: Node, apart: Collection[Node] = ()) -> list[str]:
    """Paragraphs of a body, each on one line; table rows and preformatted lines stay lines. What stands apart is left out.

    >>> from lxml import etree
    >>> body = etree.fromstring("<block>One<p>Two <em>and</em><br/>a half</p><hl2>Head</hl2><table><tr><td>a</td><td>b</td></tr></table>end</block>")
    >>> read_paragraphs(body)
    ['One', 'Two and\\na half', 'Head', 'a   b', 'end']
    """
    paragraphs: list[str] = []
    buffer: list[str] = []
    rows: list[str] = []
    preformatted = 0

    def flush() -> None:
        text = "".join(buffer)
        buffer.clear()
        if preformatted:
            lines = [line.rstrip() for line in _LINES.split(text.replace(_BREAK, "\n"))]
        else:
            lines = [folded for line in text.split(_BREAK) if (folded := fold_blanks(line))]
        if printed := "\n".join(lines).strip("\n"):
            flush_rows()
            paragraphs.append(printed)

    def flush_rows() -> None:
        if rows:
            paragraphs.append("\n".join(rows))
            rows.clear()

    # (element, True) enters it, (element, False) leaves it, (None, text) is text behind one.
    stack: list[tuple[Node | None, bool | str]] = [(element, True)]
    while stack:
        node, what = stack.pop()
        if node is None:
            buffer.append(str(what))
            continue
        tag = name_tag(node).lower()
        if what is True:
            if node is not element and node.tail:
                stack.append((None, node.tail))
            if not tag or tag in SILENT or node in apart:
                continue
            if tag == "br":
                buffer.append(_BREAK)
            if tag == "tr":
                flush()
                if row := "   ".join(cell for part in node if name_tag(part).lower() in _CELLS and (cell := read_line(part))):
                    rows.append(row)
                continue
            if tag in BREAKING:
                flush()
                preformatted += tag == "pre"
                stack.append((node, False))
            stack.extend((child, True) for child in reversed(node))
            if node.text:
                stack.append((None, node.text))
        else:
            flush()
            if tag in ("table", "nitf-table"):
                flush_rows()
            preformatted -= tag == "pre"
    flush()
    flush_rows()
    return paragraphs


def read_markup(text: str | None) -> tuple[list[str], tuple[Picture, ...]]:
    """Paragraphs and pictures of a body that is given as HTML, or as plain text.

    >>> read_markup("<p>It is.</p><figure><img alt='Quay'/><figcaption>The quay.</figcaption></figure><p>Still.</p>")
    (['It is.', 'Still.'], (Picture(caption='The quay.', credit=None, alt='Quay'),))
    """
    if not text or text.isspace():
        return [], ()
    if not _TAGGED.search(text):
        return read_plain(text), ()
    root = parse_tree(f"<html><body>{text}</body></html>")
    if root is None:
        return read_plain(text), ()
    return read_page_print(root)


def read_page_print(root: Node) -> tuple[list[str], tuple[Picture, ...]]:
    """The same of an HTML tree."""
    apart: set[Node] = set()
    pictures: list[Picture] = []
    for element in root.iter("figure", "div", "img"):
        if element.tag == "img":
            alt = fold_blanks(element.get("alt") or "")
            if alt and not _FILE_NAME.fullmatch(alt) and not any(e in apart for e in element.iterancestors()):
                pictures.append(Picture(alt=alt))
        elif (element.tag == "figure" or _CAPTIONED.search(element.get("class") or "")) and not any(e in apart for e in element.iterancestors()):
            figure = read_figure(element)
            if figure is not None:
                printed = len(_fold(element)) > len("".join(f"{figure.caption or ''}{figure.credit or ''}".split())) + _LITTLE
                # What else a figure prints, such as a quoted message, stays in the text.
                apart.update(element.iter("figcaption") if printed else (element,))
                pictures.append(Picture(figure.caption, figure.credit, figure.alt))
    apart.update(root.iterdescendants("head", "title"))
    return read_paragraphs(root, apart), tuple(pictures)


def _fold(element: Node) -> str:
    return "".join("".join(part for part in element.itertext() if part).split())


def read_plain(text: str) -> list[str]:
    """Blocks of plain text, divided by blank lines; lines stay as they are, for whether they are paragraphs is not for a reader to say.

    >>> read_plain("One\\nand a half.\\n\\nTwo."), read_plain("One.\\nTwo.")
    (['One\\nand a half.', 'Two.'], ['One.\\nTwo.'])
    """
    text = _LINES.sub("\n", text)
    return [part.strip("\n").rstrip() for part in _BLANK_LINE.split(text) if part.strip()]


def find_all(element: Node, *names: str) -> list[Node]:
    """Descendants with one of some local names, in order.

    >>> from lxml import etree
    >>> [e.text for e in find_all(etree.fromstring('<a xmlns="urn:x"><b>1</b><c><b>2</b></c></a>'), "b")]
    ['1', '2']
    """
    return [e for e in element.iterdescendants() if name_tag(e) in names]


def find_first(element: Node | None, *path: str) -> Node | None:
    """The first element along a path of local names, one level each."""
    for name in path:
        if element is None:
            return None
        element = next((child for child in element if name_tag(child) == name), None)
    return element


def children(element: Node | None, *names: str) -> list[Node]:
    """Children with one of some local names."""
    return [] if element is None else [child for child in element if name_tag(child) in names]


def flatten(root: Node, taken: Collection[Node], known: Collection[str], prefix: str = "") -> tuple[list[tuple[str, str]], list[str]]:
    """What no column took: text and attributes by their path, and the names of elements that are not known.

    >>> from lxml import etree
    >>> root = etree.fromstring('<item><a n="1">x</a><b><c>y</c></b><odd>z</odd></item>')
    >>> flatten(root, [root[0]], {"item", "a", "b", "c"})
    ([('b.c', 'y'), ('odd', 'z')], ['odd'])
    """
    found: list[tuple[str, str]] = []
    odd: list[str] = []
    stack: list[tuple[Node, str]] = [(root, prefix)]
    while stack:
        node, path = stack.pop()
        if node in taken:
            continue
        for name, value in node.attrib.items():
            if value.strip() and not str(name).endswith("schemaLocation"):
                found.append((f"{path}@{str(name).rpartition('}')[2]}" if path else f"@{str(name).rpartition('}')[2]}", fold_blanks(str(value))))
        if node.text and node.text.strip():
            found.append((path or name_tag(node), fold_blanks(node.text)))
        inner: list[tuple[Node, str]] = []
        for child in node:
            if not (name := name_tag(child)):
                continue
            shown = f"{child.prefix}:{name}" if child.prefix and child.prefix != root.prefix else name
            if name not in known and shown not in known and child not in taken:
                odd.append(shown)
            inner.append((child, f"{path}.{shown}" if path else shown))
            if child.tail and child.tail.strip():
                found.append((path or name_tag(node), fold_blanks(child.tail)))
        stack.extend(reversed(inner))
    return found, odd
