"""A page's bytes as a tree: decoded, parsed offline, without scripts, comments and hidden elements."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml import etree, html

Element = Any
"""An lxml element; lxml ships no types."""

MAX_ATTRIBUTES = 400
_LONG_TAG = 6_000
_STEPS = 60
"""Elements without text that a bounded reading goes through."""
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
         (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CHARSET = re.compile(rb"<meta\b[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([A-Za-z0-9_:.+-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s{0,99}<\?xml[^>]{0,99}encoding=[\"']([A-Za-z0-9_.-]{2,40})")
_WIDER = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949",
}
"""What browsers read when a page names the narrower set."""
_NO_CHARSETS = frozenset(("idna", "punycode", "undefined", "unicode_escape", "unicode-escape", "raw_unicode_escape", "raw-unicode-escape", "utf-7"))
"""What Python takes for encodings and no page is in; a script that lost its way writes `charset=undefined`."""
_SHIFTING = frozenset(("iso2022_jp", "iso2022_jp_2", "iso2022_kr", "hz"))
_ATTRIBUTE = re.compile(r"[\s/]+[^\s\"'<>/=]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]*))?")
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9:-]{0,60}")
_NOISE = re.compile("[\u00ad\u200b\u200c\u2060\ufeff\x00]+")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:0{0,9}([0-9]{1,9})|[xX]0{0,9}([0-9A-Fa-f]{1,8}));?")
_HIDDEN_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)

SILENT = frozenset((
    "script", "style", "noscript", "template", "svg", "math", "iframe", "object", "embed", "canvas", "button", "select", "input",
    "textarea", "dialog", "audio", "video", "map", "head", "rt", "rp", "datalist", "label", "link", "meta",
))
"""Elements whose text is not print."""
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "li", "main", "menu", "nav", "ol", "p", "pre", "section",
    "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))
"""Elements that start a line of their own."""


def fold_blanks(text: str) -> str:
    """Print as a browser shows it: runs of white space are one space, soft hyphens and zero-width marks are gone.

    >>> fold_blanks(" Har\\u00adbour\\n  reopens ")
    'Harbour reopens'
    """
    return " ".join((text if text.isascii() else _NOISE.sub("", text)).split())


def decode_page(data: bytes, declared: str | None = None, served: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Text of a page and warnings: by its BOM, as the user declared, as UTF-8 where valid, as its server, then the page declares, or as
    its bytes suggest.

    >>> decode_page(b'<meta charset="windows-1252"><p>caf\\xe9')[0][-4:]
    'café'
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            text, warnings = _decode_whole(data, name)
            return text.removeprefix("\ufeff"), warnings
    head = data[:4096]
    found = _CHARSET.search(head) or _XML_ENCODING.search(head)
    names = [n for n in (declared, served, found[1].decode("ascii") if found else None) if n]
    for name in names:
        codec = _find_codec(name)
        if codec in _SHIFTING or (codec and name is declared):
            return _decode_whole(data, codec)
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as wrong:
        # A page cut in the middle of a character is still UTF-8.
        if wrong.start >= len(data) - 3 and all(_find_codec(n) == "utf-8" for n in names):
            return data.decode("utf-8", "replace"), ("decode_replaced",)
    for name in names:
        codec = _find_codec(name)
        if codec is None:
            continue
        if codec == "utf-8":
            return data.decode("utf-8", "replace"), ("decode_replaced",)
        try:
            return data.decode(codec), ()
        except (UnicodeDecodeError, LookupError):
            if codec.startswith("cp125"):
                return data.decode(codec, "replace"), ("decode_replaced",)
    return _guess_text(data)


def _decode_whole(data: bytes, codec: str) -> tuple[str, tuple[str, ...]]:
    """Text in an encoding that is beyond doubt, and a warning where bytes are not in it."""
    try:
        return data.decode(codec), ()
    except UnicodeDecodeError:
        return data.decode(codec, "replace"), ("decode_replaced",)


def _find_codec(name: str) -> str | None:
    try:
        found = codecs.lookup(name)
    except LookupError:
        return None
    if not found._is_text_encoding or found.name in _NO_CHARSETS:
        return None
    return _WIDER.get(found.name, found.name)


def _guess_text(data: bytes) -> tuple[str, tuple[str, ...]]:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:65_536], steps=5, chunk_size=512).best()
    name = best.encoding if best else "cp1252"
    text, warnings = _decode_whole(data, name)
    return text, ("encoding_guessed", *warnings)


def drop_controls(text: str) -> str:
    """A page's text without the characters that no tree can hold, also where they are spelled as references.

    >>> drop_controls("Fer\x04ry &#xD800;la&#11;te\x0cnow&#65;")
    'Ferry late now&#65;'
    """
    if _UNFIT.search(text):
        text = _UNFIT.sub("", text.replace("\x0c", " ").replace("\x00", " "))
    return _REFERENCE.sub(_fit_reference, text) if "&#" in text else text


def _fit_reference(found: re.Match[str]) -> str:
    code = int(found[1]) if found[1] else int(found[2], 16)
    fits = code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found[0] if fits else ""


def parse_tree(text: str) -> Element | None:
    """The page's root element, None when it has none. Nothing is fetched, run or expanded.

    >>> parse_tree("<p>Ferry <b>late").text_content()
    'Ferry late'
    """
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    data = trim_tags(drop_controls(text)).encode("utf-8")
    if not data.strip():
        return None
    try:
        return html.document_fromstring(data, parser=parser, ensure_head_body=True) if b"<" in data else None
    except etree.ParserError:
        return None


def trim_tags(text: str) -> str:
    """Cut tags with hundreds of attributes, for libxml2 takes quadratic time over them.

    >>> len(trim_tags("<p " + "a " * 5000 + ">Text")) < 1000
    True
    """
    parts = text.split("<")
    if max(map(len, parts)) < _LONG_TAG:
        return text
    for n, part in enumerate(parts):
        if n and len(part) >= _LONG_TAG and (name := _TAG_NAME.match(part)):
            at = name.end()
            for _ in range(MAX_ATTRIBUTES):
                attribute = _ATTRIBUTE.match(part, at)
                if not attribute:
                    break
                at = attribute.end()
            else:
                end = part.find(">", at)
                parts[n] = part[:at] + (part[end:] if end >= 0 else ">")
    return "<".join(parts)


def is_hidden(element: Element) -> bool:
    """Whether a browser would leave the element out.

    >>> from lxml import etree, html
    >>> is_hidden(html.fromstring('<div style="display:none">x</div>'))
    True
    """
    style = element.get("style")
    return element.get("hidden") is not None or (style is not None and _HIDDEN_STYLE.search(style[:500]) is not None)


def walk_text(element: Element, skip: frozenset[Element] | set[Element] = frozenset()) -> Iterator[str]:
    """Strings of an element in reading order, without silent and skipped elements; block elements are set off by a newline."""
    stack: list[tuple[Element | None, str | None]] = [(element, None)]
    top = element
    while stack:
        node, text = stack.pop()
        if node is None:
            if text:
                yield text
            continue
        tag = node.tag if isinstance(node.tag, str) else "script"
        if node is not top and node.tail:
            stack.append((None, node.tail))
        if tag in SILENT or node in skip:
            yield ""
            continue
        if tag in BLOCKS or tag == "br":
            yield "\n"
            stack.append((None, "\n"))
        elif not node.text:
            yield ""
        stack.extend((child, None) for child in reversed(node))
        if node.text:
            stack.append((None, node.text))


def read_text(element: Element, skip: frozenset[Element] | set[Element] = frozenset(), most: int | None = None) -> str:
    """An element's print on one line; with `most`, no more than about so many characters are read.

    >>> from lxml import etree, html
    >>> read_text(html.fromstring("<div><h2>Ferry</h2><script>x()</script>late <i>again</i></div>"))
    'Ferry late again'
    """
    if most is None:
        return fold_blanks("".join(walk_text(element, skip)))
    parts: list[str] = []
    for part in islice(walk_text(element, skip), most + _STEPS):
        parts.append(part[:most + 1])
        most -= len(part.strip())
        if most < 0:
            break
    return fold_blanks("".join(parts))
