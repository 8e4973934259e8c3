"""Identity of records: hashes of the input, never of cleaned values."""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from transforms.model import Record


class Identity(NamedTuple):
    """Which article a record is, and which text of it."""

    article_id: str
    content_hash: str


def hash_text(text: str) -> str:
    """Sixteen hexadecimal digits over a text.

    >>> hash_text("Ferry late") != hash_text("Ferry late ")
    True
    """
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def identify(record: Record, source: str | None) -> Identity:
    """The record's article: its source and its own id, or its source and its text where it has no id.

    What is hashed together stands behind its lengths, so that no two divisions of one text are the same.

    >>> one = Record(1, 0, 9, 1, "Ferry late", record_id="a-1")
    >>> identify(one, "wire").article_id == identify(one._replace(document="Ferry later"), "wire").article_id
    True
    """
    document, record_id = record.document, record.record_id
    where = record.source or source or ""
    spans = [f"{column}:{start}:{end}" for column, start, end in record.fields]
    content = hash_text(f"{len(document)} {len(spans)} {document} {' '.join(spans)}")
    kind, own = ("text", content) if record_id is None else ("id", record_id)
    return Identity(hash_text(f"{len(where)} {kind} {where} {own}"), content)
