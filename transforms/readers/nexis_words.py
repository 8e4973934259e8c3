"""The lines by which a Nexis export is told and divided, in the languages of its interface."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

NUMBER = r"\d[\d.,]{0,8}"
OF = r"(?:of|von|de|van|di|sur)"
MARKER = (
    rf"[ \t]{{0,200}}(?:FOCUS {{0,3}}- {{0,3}})?({NUMBER}) {{1,3}}{OF} {{1,3}}({NUMBER}) {{1,3}}"
    r"(?:DOCUMENTS?|DOKUMENTEN?|DOKUMENTE|DOCUMENTEN|DOCUMENTOS?|DOCUMENTI|DOCUMENTO)"
    rf"|[ \t]{{4,200}}(?:Dokument|Document|Documento) {{1,3}}({NUMBER}) {{1,3}}{OF} {{1,3}}({NUMBER})"
    rf"|[ \t]{{4,200}}({NUMBER}) {{1,3}}OF {{1,3}}({NUMBER}) {{1,3}}DOCUMENTS?"
)
"""`12 of 112 DOCUMENTS`; `Dokument 12 von 112` and `12 OF 112 DOCUMENTS` only where they are set in the middle, since text prints them too."""
MARKER_LINE = re.compile(rf"(?:{MARKER})\s*")
TITLE = r"\d{1,5}\. ?\S|(?:Page|Seite) \d{1,5} (?:of|von) \d{1,5}\s*\Z|\||.{0,200}About LexisNexis"
"""Lines of a Nexis Uni cover that are no keys: the titles of its documents, and the foot of the page."""
SIGNS = re.compile(rb"LexisNexis|Nexis Uni|Load-Date:|LOAD-DATE:|Job Number:")
FRONT = re.compile(rb"^(?:LENGTH|L\xc3\x84NGE|LONGUEUR|LENGTE|LONGITUD|LUNGHEZZA): {0,3}\d[\d,.]{0,9} {1,3}\S", re.MULTILINE)
TAIL = re.compile(rb"^(?:LOAD-DATE|UPDATE|DATE-CHARGEMENT|LANGUAGE|SPRACHE|LANGUE|TAAL|IDIOMA|LINGUA|PUBLICATION-TYPE): ?\S", re.MULTILINE)


class Words(NamedTuple):
    """The patterns made of the words in rules/nexis_words.toml."""

    cut: re.Pattern[bytes]
    """A line that divides documents, with its end."""
    end: re.Pattern[str]
    end_tail: re.Pattern[str]
    """The same at the end of a paragraph that has run into it."""
    request: re.Pattern[str]
    """The request of a classic cover, with what is requested."""
    opening: re.Pattern[str]
    cover: re.Pattern[str]
    counted: re.Pattern[str]
    sections: re.Pattern[str]
    rights: re.Pattern[str]


@cache
def load_words() -> Words:
    """The table as patterns."""
    table = tomllib.loads(files("transforms.rules").joinpath("nexis_words.toml").read_text("utf-8"))

    def any_of(*names: str) -> str:
        words = sorted((word for name in names for word in table[name]["words"]), key=len, reverse=True)
        return "|".join(re.escape(word).replace("'", "['’]") for word in words)

    end = rf"[ \t]{{0,200}}(?:{any_of('end')})"
    return Words(
        re.compile(rf"(?:\A|(?<=[\r\n]))(?:{MARKER}|{end})(?:[ \t]|\xc2\xa0|\xa0){{0,200}}(?:\r\n?|\n|\Z)".encode("latin-1")),
        re.compile(rf"(?:{end})\s*"), re.compile(rf"(?:{end})\s*\Z"), re.compile(rf"\s{{0,20}}(?:{any_of('request')})\s?:(.{{0,300}})"),
        re.compile(rf"\s{{0,20}}(?:{any_of('opening')})\s?:"), re.compile(rf"\s{{0,20}}(?:(?:{any_of('opening', 'cover')})\s?(?::|\Z)|{TITLE})"),
        re.compile(rf"\s{{0,20}}(?:{any_of('count')})\s?\(\s?({NUMBER})\s?\)\s*"), re.compile(rf"\s{{0,20}}(?:{any_of('sections')})\s*"),
        re.compile(rf"\s*(?:{any_of('rights')})(?!\w)", re.IGNORECASE),
    )


def read_number(digits: str) -> int:
    """A count as printed, with or without marks between thousands.

    >>> read_number("1,204")
    1204
    """
    return int("".join(c for c in digits if c.isdigit()))


def read_marker(line: str) -> tuple[int, int] | None:
    """Number and count of a line that divides: (12, 112).

    >>> read_marker("                  12 of 112 DOCUMENTS"), read_marker("      Dokument 3 von 9"), read_marker("Document 3 of 9")
    ((12, 112), (3, 9), None)
    >>> read_marker("\\t\\t\\t\\t\\t\\t\\t1 OF 3 DOCUMENTS")
    (1, 3)
    """
    found = MARKER_LINE.fullmatch(line) if len(line) < 500 else None
    if not found:
        return None
    return read_number(found[1] or found[3] or found[5]), read_number(found[2] or found[4] or found[6])


def recognise_nexis(head: bytes) -> str | None:
    """Why a text is a Nexis export, or None.

    >>> recognise_nexis(b"\\n\\n                1 of 3 DOCUMENTS\\n\\n"), recognise_nexis(b"Page 1 of 3")
    ("its documents are numbered as Nexis numbers them ('1 of 3 DOCUMENTS')", None)
    """
    if (cut := load_words().cut.search(head)) is not None:
        shown = cut[0].decode("ascii", "ignore").strip()
        if cut[2] or cut[4] or cut[6]:
            is_sure = cut[2] or cut[6] or SIGNS.search(head) or TAIL.search(head)
            return f"its documents are numbered as Nexis numbers them ({shown!r})" if is_sure else None
        if SIGNS.search(head) or b"Length:" in head:
            return f"its documents end as those of Nexis Uni do ({shown!r})"
    if FRONT.search(head) and TAIL.search(head):
        return "its fields are those of Nexis (LENGTH, LOAD-DATE)"
    if b"Job Number:" in head and re.search(rb"^Documents? \(\d+\)", head, re.MULTILINE):
        return "it opens with a page of Nexis Uni (Job Number, Documents)"
    return None
