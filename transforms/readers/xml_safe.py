"""The text of one item as a tree: nothing is fetched, expanded or guessed; small slips of hand-made XML are mended and told."""

from __future__ import annotations

import re
from collections import Counter
from html.entities import html5
from typing import NamedTuple

from lxml import etree

from transforms.outcome import Reason
from transforms.readers.columns import Spot
from transforms.readers.elements import Element
from transforms.readers.encoding import WIDE, Codec, count_utf8, decode_mixed
from transforms.readers.html_tree import Element as Node
from transforms.readers.story import Unreadable

_PAIRS = (("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"))
_CDATA = re.compile(r"(<!\[CDATA\[.*?\]\]>|<!--.*?-->)", re.DOTALL)
_AMPERSAND = re.compile(r"&(?:#(\d{1,8}|[xX][0-9A-Fa-f]{1,7});|([A-Za-z][A-Za-z0-9]{0,31};)|)")
_PLAIN = frozenset(("amp;", "lt;", "gt;", "quot;", "apos;"))
_BAD_CHAR = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_STRAY_BRACKET = re.compile(r"<(?![A-Za-z_/!?])")
_TAG = re.compile(r"<!--.*?-->|<\?.*?\?>|<[^<>]*>", re.DOTALL)
_MARKUP = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(/?)([A-Za-z_][\w:.-]*+)(?:[^<>\"']|\"[^\"<]*+\"|'[^'<]*+')*?(/?)>", re.DOTALL)
_CDATA_MARKS = re.compile(r"<!\[CDATA\[|\]\]>")
_PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]{0,60}):[A-Za-z_][\w.-]{0,80}(?=[\s=/>])")
_QUOTED = {ord('"'): "&quot;", ord("<"): "&lt;"}
USUAL = {
    "content": "http://purl.org/rss/1.0/modules/content/", "dc": "http://purl.org/dc/elements/1.1/", "media": "http://search.yahoo.com/mrss/",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance", "xlink": "http://www.w3.org/1999/xlink", "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


class Tree(NamedTuple):
    """An item's element and what was doubtful about its text."""

    root: Node
    warnings: tuple[str, ...]


class Text(NamedTuple):
    """An item's characters."""

    text: str
    warnings: tuple[str, ...]


def decode_item(raw: bytes, codec: Codec, spot: Spot, declared: str | None = None) -> Text | Unreadable:
    """An item's characters: strict in the file's encoding, else in the declared one, else with single strays of cp1252, else in cp1252 or
    Latin-1 where nothing speaks for UTF-8."""
    tried: tuple[str, ...] = (codec.working,)
    if declared not in (None, "utf-8") and codec.name not in WIDE:
        tried = ("utf-8", declared or "") if codec.name == "utf-8" else (declared or "", codec.working)
    for name in tried:
        try:
            return Text(raw.decode(name), ())
        except (UnicodeDecodeError, LookupError):
            continue
    try:
        mixed = decode_mixed(raw)
        return Text(mixed.text, ("mixed_encoding",) if mixed.is_mixed else ())
    except UnicodeDecodeError as error:
        good, _ = count_utf8(raw)
        if good or codec.name in WIDE:
            return refuse_bytes(raw, error, codec, spot)
    try:
        return Text(raw.decode("cp1252"), ("mixed_encoding",))
    except UnicodeDecodeError:
        return Text(raw.decode("latin-1"), ("mixed_encoding",))


def refuse_bytes(raw: bytes, error: UnicodeDecodeError, codec: Codec, spot: Spot) -> Unreadable:
    """What to say of bytes that are no text."""
    at = spot.byte_start + codec.measure(raw[: error.start])
    return Unreadable(Reason.DECODE, f"byte {at} ({raw[error.start]:#04x}) is not {codec.name}, as the rest of the file is")


def parse_item(element: Element, text: str) -> Tree | Unreadable:
    """The tree of an item. Where it is not well-formed it is mended only if no character of its text is lost by that.

    >>> from transforms.readers.columns import Spot
    >>> item = Element("p", b"", Spot(1, 0, 0, 1), {})
    >>> tree = parse_item(item, "<p>Salt &amp; Sons&nbsp;&co say 1 < 2<br></p>")
    >>> "".join(tree.root.itertext()), tree.warnings
    ('Salt & Sons\\xa0&co say 1 < 2', ('malformed_xml',))
    """
    opening, closing = wrap(element.namespaces, text)
    try:
        return Tree(parse_strictly(opening + text + closing), ())
    except etree.XMLSyntaxError:
        mended, warnings = mend(text)
    try:
        return Tree(parse_strictly(opening + mended + closing), warnings)
    except etree.XMLSyntaxError as error:
        why, (line, column) = error.msg or "not well-formed", error.position
    warnings = tuple(dict.fromkeys((*warnings, "malformed_xml")))
    try:
        return Tree(parse_strictly(opening + balance(mended) + closing), warnings)
    except etree.XMLSyntaxError:
        root = parse_kindly(opening + mended + closing)
    if root is not None and squeeze(root) == squeeze_source(mended):
        return Tree(root, warnings)
    at = find_place(text, line, column - len(opening) if line == 1 else column)
    byte = element.spot.byte_start + len(text[:at].encode("utf-8", "replace"))
    return Unreadable(
        Reason.BAD_MARKUP,
        f"line {element.spot.line + line - 1}, about byte {byte}: {why.partition(', line ')[0][:160]}; mend the markup of this <{element.name}>",
    )


def open_parser(*, recover: bool = False) -> etree.XMLParser:
    """A parser that fetches nothing, loads no document type, expands no entity and stops at libxml2's limits of depth and size."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=recover, remove_comments=True,
        remove_pis=True, encoding="utf-8",
    )


def parse_strictly(text: str) -> Node:
    """The one element inside the wrapper; raises XMLSyntaxError."""
    root = etree.fromstring(text.encode("utf-8", "surrogatepass"), open_parser())
    if len(root) != 1:
        raise etree.XMLSyntaxError("markup behind the end of the element", 0, 1, 1)
    return root[0]


def parse_kindly(text: str) -> Node | None:
    """What libxml2 makes of text that is not well-formed."""
    try:
        root = etree.fromstring(text.encode("utf-8", "surrogatepass"), open_parser(recover=True))
    except etree.XMLSyntaxError:
        return None
    return root[0] if root is not None and len(root) == 1 else None


def wrap(namespaces: dict[str, str], text: str) -> tuple[str, str]:
    """Tags around an item that bind the prefixes it uses as the elements around it do."""
    used = {name for name in _PREFIX.findall(text) if name not in ("xml", "xmlns")} if ":" in text else set()
    bound = {prefix: uri for prefix, uri in namespaces.items() if not prefix or prefix in used}
    for prefix in sorted(used - bound.keys()):
        bound[prefix] = USUAL.get(prefix, f"urn:undeclared:{prefix}")
    parts = [f' xmlns{":" if prefix else ""}{prefix}="{mend(uri)[0].translate(_QUOTED) or "urn:empty"}"' for prefix, uri in bound.items()]
    return f"<wrap{''.join(parts)}>", "</wrap>"


def mend(text: str) -> tuple[str, tuple[str, ...]]:
    """Entities of HTML as characters, ampersands and brackets that stand for themselves escaped, characters that XML forbids left out.

    >>> mend("<p>Salt & Sons&mdash;1 < 2 &#3;</p>")
    ('<p>Salt &amp; Sons—1 &lt; 2 </p>', ('malformed_xml', 'control_chars'))
    """
    told: dict[str, None] = {}

    def replace(found: re.Match[str]) -> str:
        if found[1]:
            code = int(found[1][1:], 16) if found[1][0] in "xX" else int(found[1])
            if code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000:
                return found[0]
            told["control_chars"] = None
            return ""
        if found[2] in _PLAIN:
            return found[0]
        if found[2] and (character := html5.get(found[2])):
            return character if not set(character) & set("<&") else f"&#{ord(character)};"
        told["malformed_xml"] = None
        return f"&amp;{found[2] or ''}"

    for opener, closer in _PAIRS:
        last = text.rfind(closer) + len(closer) if closer in text else 0
        if text.find(opener, last) >= 0:
            # What is never closed hides nothing; and no pattern may look for its end again and again.
            told["malformed_xml"] = None
            text = text[:last] + text[last:].replace(opener, f"&lt;{opener[1:]}")
    parts = _CDATA.split(text)
    for n in range(0, len(parts), 2):
        if "&" in parts[n]:
            parts[n] = _AMPERSAND.sub(replace, parts[n])
        if _STRAY_BRACKET.search(parts[n]):
            told["malformed_xml"] = None
            parts[n] = _STRAY_BRACKET.sub("&lt;", parts[n])
    mended = "".join(parts)
    if _BAD_CHAR.search(mended):
        told["control_chars"] = None
        mended = _BAD_CHAR.sub("", mended)
    return mended, tuple(told)


def balance(text: str) -> str:
    """A text in which each element is closed, at the latest where the one around it is; end tags that close nothing are left out.

    >>> balance("<p>It is <b>shut.</p></i><p>Still.")
    '<p>It is <b>shut.</b></p><p>Still.</p>'
    """
    parts: list[str] = []
    stack: list[str] = []
    counts: Counter[str] = Counter()
    at = 0
    for tag in _MARKUP.finditer(text):
        name = tag[2]
        if name is None or tag[3]:
            continue
        parts.append(text[at : tag.start()])
        at = tag.end()
        if not tag[1]:
            stack.append(name)
            counts[name] += 1
            parts.append(tag[0])
        elif counts[name]:
            while stack:
                last = stack.pop()
                counts[last] -= 1
                parts.append(f"</{last}>")
                if last == name:
                    break
    parts.append(text[at:])
    parts += [f"</{name}>" for name in reversed(stack)]
    return "".join(parts)


def squeeze(root: Node) -> str:
    """All characters of a tree but blanks."""
    return "".join("".join(part for part in root.itertext() if part).split())


def squeeze_source(text: str) -> str:
    """The same of a text with tags."""
    from html import unescape

    parts = _CDATA.split(text)
    plain = [
        _CDATA_MARKS.sub("", part) if part.startswith("<![CDATA[") else "" if n % 2 else unescape(_TAG.sub("", part)) for n, part in enumerate(parts)
    ]
    return "".join("".join(plain).split())


def find_place(text: str, line: int, column: int) -> int:
    """Where a line and column of a text stand."""
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
        if not at:
            return len(text)
    return min(len(text), at + max(0, column - 1))
