"""The paragraphs of a DOCX file: its main part, read in a stream, with limits on its size and on how far it unfolds.

A file that is cut off has lost its directory; its main part is then found by the header before its data, and read as far as it goes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from lxml import etree

from transforms.outcome import Reason, Reject
from transforms.readers.export_paragraphs import Paragraph
from transforms.readers.members import Member
from transforms.readers.zip_members import read_zip

MAIN = re.compile(r"(?:.*/)?word/document\d{0,2}\.xml", re.IGNORECASE)
MOST_MEMBERS = 10_000
LARGEST = 300_000_000
"""Bytes of the main part, unpacked."""
RATIO, SMALL = 200, 4_000_000
"""From so many bytes on it may not be so many times as large as what is packed: Word's own XML shrinks to a fifth or a thirtieth."""
PARAGRAPHS = ("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p", "{http://purl.oclc.org/ooxml/wordprocessingml/main}p")
_TYPE = re.compile(rb"<!DOCTYPE|<!ENTITY", re.IGNORECASE)
_SKIPPED = frozenset(("del", "moveFrom", "instrText", "delText", "fallback", "Fallback", "txbxContent"))


class Found(NamedTuple):
    """All paragraphs as text and whether they are centred, and where and why the file breaks off."""

    paragraphs: tuple[tuple[str, bool], ...]
    fault: str | None


class Measured(io.RawIOBase):
    """The main part as a stream that ends the reading when it has grown too large."""

    def __init__(self, stream: BinaryIO, packed: int) -> None:
        super().__init__()
        self._stream = stream
        self._packed = max(packed, 1)
        self._tail = b""
        self.count = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Some of the part."""
        data = self._stream.read(1 << 16 if size is None or size < 0 else size)
        self.count += len(data)
        if self.count > LARGEST or (self.count > SMALL and self.count > RATIO * self._packed):
            raise Reject(
                Reason.TOO_LONG,
                f"its text unpacks to more than {self.count:,} bytes from {self._packed:,}, as that of a zip bomb does; if it can be trusted, "
                "save it as text",
            )
        plain = self._tail + data.replace(b"\0", b"")
        self._tail = plain[-16:]
        if _TYPE.search(plain):
            raise Reject(Reason.FORMAT, "its XML declares a document type or entities, which Word never writes; it is not read: save it as text")
        return data


def find_main(raw: BinaryIO) -> tuple[Member | None, str | None]:
    """The member that holds the text, and what is wrong with the archive."""
    try:
        for member in read_zip(raw, MOST_MEMBERS):
            if MAIN.fullmatch(member.name):
                return member, member.refusal
    except Reject as no:
        return None, no.detail
    return None, None


def read_docx(data: bytes) -> Found:
    """The paragraphs of a file. Raises Reject when it is no DOCX file, or one that must not be unpacked."""
    member, wrong = find_main(io.BytesIO(data))
    if member is None:
        if wrong:
            return Found((), wrong)
        raise Reject(Reason.FORMAT, "this ZIP archive holds no Word document (word/document.xml)")
    if member.refusal:
        return Found((), member.refusal)
    with member.open() as stream:
        measured = Measured(stream, member.packed or len(data))
        paragraphs: list[tuple[str, bool]] = []
        fault = None
        try:
            paragraphs.extend(walk_paragraphs(measured))
        except etree.XMLSyntaxError as error:
            fault = f"the text of the Word file breaks off ({(error.msg or 'not well-formed')[:120]}); get it again"
        damage = getattr(stream, "damage", None) or getattr(getattr(stream, "raw", None), "damage", None)
    return Found(tuple(paragraphs), f"{damage}; get the file again" if damage else fault)


def walk_paragraphs(stream: Measured) -> Iterator[tuple[str, bool]]:
    """Each paragraph's text, as soon as it ends; nothing is fetched or expanded, and what was read is let go."""
    events = etree.iterparse(
        stream, events=("start", "end"), tag=PARAGRAPHS, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )
    depth = 0
    for event, element in events:
        depth += 1 if event == "start" else -1
        if event == "end" and not depth:
            yield print_paragraph(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]


def print_paragraph(element: etree._Element) -> tuple[str, bool]:
    """A paragraph's text, and whether it is set in the middle."""
    parts: list[str] = []
    is_centred = False
    pending = [element]
    while pending:
        node = pending.pop()
        name = node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
        if name in _SKIPPED:
            continue
        if name == "t":
            parts.append(node.text or "")
        elif name in ("br", "cr"):
            parts.append("\n")
        elif name == "tab":
            parts.append("\t")
        elif name == "noBreakHyphen":
            parts.append("\u2011")
        elif name == "jc":
            is_centred = any(value == "center" for value in node.attrib.values())
        elif name == "tabs":
            continue
        pending.extend(reversed(node))
    return "".join(parts).strip("\n"), is_centred


def share_bytes(found: Found, size: int) -> tuple[Paragraph, ...]:
    """Paragraphs with their shares of the file, in proportion to their characters.

    >>> share_bytes(Found((("Pier shut", True), ("It is.", False)), None), 100)
    (Paragraph(text='Pier shut', start=0, end=58, is_centred=True, line=1), Paragraph(text='It is.', start=58, end=100, is_centred=False, line=2))
    """
    total = sum(len(text) + 1 for text, _ in found.paragraphs)
    shared: list[Paragraph] = []
    passed = at = 0
    for row, (text, is_centred) in enumerate(found.paragraphs, 1):
        passed += len(text) + 1
        end = size * passed // total
        shared.append(Paragraph(text, at, end, is_centred, row))
        at = end
    return tuple(shared)
