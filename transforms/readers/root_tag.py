"""The first element of a markup file, found by plain searches in its head: what tells one XML format from another."""

from __future__ import annotations

import re
from typing import NamedTuple

from transforms.outcome import Reject

_NAME = re.compile(rb"<([A-Za-z_][\w.:-]{0,80})((?:[^<>\"']|\"[^\"]{0,4000}\"|'[^']{0,4000}')*+)>?")
_NAMESPACE = re.compile(rb"\bxmlns(?::([\w.-]{1,60}))?\s*=\s*(?:\"([^\"]{0,500})\"|'([^']{0,500})')")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_REACH = 1 << 16


class RootTag(NamedTuple):
    """The first start tag of a file."""

    name: str
    """Without its prefix."""
    prefix: str
    """With the colon, or empty."""
    attributes: bytes
    start: int

    @property
    def namespace(self) -> str:
        """The namespace of the element, as far as its own tag binds it."""
        for bound in _NAMESPACE.finditer(self.attributes):
            if (bound[1] or b"") == self.prefix[:-1].encode():
                return (bound[2] or bound[3] or b"").decode("ascii", "replace")
        return ""


def find_root(head: bytes) -> RootTag | None:
    """The first start tag behind declarations and comments; None where a file does not open with markup.

    >>> find_root(b'<?xml version="1.0"?><!-- news --><a:feed xmlns:a="urn:x">')[:2]
    ('feed', 'a:')
    """
    at = skip_prolog(head[:_REACH])
    tag = _NAME.match(head, at, _REACH) if at is not None else None
    if tag is None:
        return None
    prefix, _, name = tag[1].decode("ascii").rpartition(":")
    return RootTag(name, f"{prefix}:" if prefix else "", tag[2], tag.start())


def skip_prolog(head: bytes) -> int | None:
    """Where the first start tag can stand: behind blanks, the declaration, comments and the document type; None when one is not closed."""
    at = 0
    while True:
        at += len(head) - at - len(head[at:].lstrip()) if head[at : at + 1].isspace() else 0
        if head.startswith(b"<!--", at):
            end, size = head.find(b"-->", at + 4), 3
        elif head.startswith(b"<?", at):
            end, size = head.find(b"?>", at), 2
        elif head.startswith(b"<!", at):
            end, size = find_doctype_end(head, at), 1
        else:
            return at
        if end < 0:
            return None
        at = end + size


def find_doctype_end(head: bytes, at: int) -> int:
    """The bracket that closes a document type, behind its internal subset; -1 when there is none.

    >>> find_doctype_end(b'<!DOCTYPE nitf [<!ELEMENT p ANY>]><nitf>', 0)
    33
    """
    end = head.find(b">", at)
    subset = head.find(b"[", at)
    if 0 <= subset < end:
        close = head.find(b"]", subset)
        end = head.find(b">", close) if close >= 0 else -1
    return end


def find_declared(head: bytes) -> str | None:
    """The encoding that an XML declaration states, where it is one that can be read.

    >>> find_declared(b"<?xml version='1.0' encoding='ISO-8859-1'?>")
    'iso8859-1'
    """
    declared = _DECLARED.match(head.lstrip()[:400])
    if declared is None:
        return None
    from transforms.readers.encoding import name_encoding

    try:
        return name_encoding(declared[1].decode("ascii"))
    except Reject:
        return None
