"""Factiva exports as XML: the response of its web service, one `<article>` for each document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

_SIGN = re.compile(rb"<(?:[\w.-]{1,40}:)?(?:PPSResponse|ppsArticleResponse|ppsarticleResultSet|ppsarticle)\b")


def recognise(head: bytes, name: str) -> str | None:
    """Why a file is Factiva's XML."""
    is_known = head.lstrip()[:1] == b"<" and _SIGN.search(head[:65536])
    return "its elements are those of Factiva's web service (ppsArticleResponse)" if is_known else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """One record an `<article>`."""
    from transforms.readers.factiva_markup import read_xml_export

    return read_xml_export(stream, found, hints, limit)


FORMAT = Format("factiva-xml", "Factiva XML export", recognise, read, aliases=("factiva_xml",), endings=("xml",), rank=31, is_fragile=True)
