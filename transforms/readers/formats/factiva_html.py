"""Factiva exports as pages: one block of class `article` for each document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from transforms.model import Item
from transforms.readers.formats import Format
from transforms.readers.found import Found, Hints

_SIGN = re.compile(
    rb"<title>\s{0,99}(?:Dow Jones )?Factiva\s{0,99}</title>|\bclass=[\"']factivalogo[\"']|\bclass=[\"']article [a-z]{2}Article[\"']", re.IGNORECASE
)
_OPENS = re.compile(
    rb"\s{0,999}(?:<\?xml[^<>]{0,200}>\s{0,99})?(?:<!--.{0,500}?-->\s{0,99})?<(?:!DOCTYPE\s+html|html|head|body|div)\b", re.IGNORECASE | re.DOTALL
)



def recognise(head: bytes, name: str) -> str | None:
    """Why a page is a Factiva export."""
    return "a page with the marks of Factiva" if _OPENS.match(head) and _SIGN.search(head) else None


def read(stream: BinaryIO, found: Found, hints: Hints, limit: int) -> Iterator[Item]:
    """Its documents; what stands around them are gaps."""
    from transforms.readers.factiva_markup import read_page_export

    return read_page_export(stream, found, limit)


FORMAT = Format("factiva-html", "Factiva page export", recognise, read, aliases=("factiva_html",), endings=("html", "htm"), rank=31, is_fragile=True)
