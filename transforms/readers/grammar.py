"""The grammar of delimited rows, as patterns that never backtrack (possessive throughout): strict RFC 4180, and a lenient reading."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

MOST_GROUPS = 256
"""Wider rows are matched as a whole and split afterwards."""
NO_QUOTE = "\0"
"""Stands for the quote where there is none: a row that holds it is not text."""
SEPARATOR_LINE = re.compile(rb"sep=.\r?\n", re.IGNORECASE)
"""Excel's way of naming the delimiter."""


class Grammar(NamedTuple):
    """Patterns over working bytes for one delimiter, quote, escape and line end."""

    delimiter: bytes
    quote: bytes
    escape: bytes
    newline: bytes
    cell: bytes
    bare: bytes
    """A cell to its delimiter or line end, whatever it opens with."""
    strict: bytes
    """A cell with quotes only around it."""
    even: bytes
    """A cell in which quotes, if there are any without quotes around it, come in pairs."""
    end: bytes
    last: bytes
    record: re.Pattern[bytes]
    """A well-formed row of any width with its line end."""
    last_record: re.Pattern[bytes]
    """The same, or without a line end at the end of the file."""
    open_record: re.Pattern[bytes]
    """A row that is well-formed as far as the buffer goes."""
    lenient_record: re.Pattern[bytes]
    """A row in which a quote closes its cell only before a delimiter or a line end."""
    cells: re.Pattern[bytes]
    """One cell and what ends it."""
    lenient_cells: re.Pattern[bytes]
    blank: re.Pattern[bytes]

    def split(self, record: bytes, *, is_lenient: bool = False) -> tuple[bytes, ...]:
        """The raw cells of a row that has been matched."""
        found = (self.lenient_cells if is_lenient else self.cells).findall(record)
        cells = [cell for cell, _ in found]
        # behind a last delimiter stands one more, empty cell, which findall meets as an empty match; behind a line end none
        while len(found) > 1 and found[-1] == (b"", b"") and found[-2][1] != self.delimiter:
            found.pop()
            cells.pop()
        return tuple(cells)

    def clean(self, cell: bytes) -> bytes:
        """A raw cell without its quotes and escapes.

        >>> build_grammar(",", '"', "", "\\n").clean(b'"a ""new"" pier"')
        b'a "new" pier'
        """
        quote = self.quote
        if not cell.startswith(quote):
            return cell
        cell = cell[1:-1] if len(cell) > 1 and cell.endswith(quote) else cell[1:]
        if not self.escape:
            return cell.replace(quote + quote, quote) if quote in cell else cell
        if self.escape not in cell and quote not in cell:
            return cell
        return unescape_pattern(quote, self.escape).sub(rb"\1", cell)


@cache
def unescape_pattern(quote: bytes, escape: bytes) -> re.Pattern[bytes]:
    """An escaped or doubled quote, or an escaped escape."""
    q, e = re.escape(quote), re.escape(escape)
    return re.compile(b"(?:%s(?=[%s%s])|%s(?=%s))(.)" % (e, q, e, q, q), re.DOTALL)


@cache
def build_grammar(delimiter: str, quote: str, escape: str, newline: str) -> Grammar:
    """The grammar of one dialect; `escape` is a backslash or empty, `quote` empty where quotes mean nothing.

    >>> grammar = build_grammar(",", '"', "", "\\n")
    >>> grammar.split(b'1,"Ferry, late",\\n')
    (b'1', b'"Ferry, late"', b'')
    """
    quote = quote or NO_QUOTE
    d, q, first, rest = re.escape(delimiter.encode()), re.escape(quote.encode()), re.escape(delimiter[0].encode()), delimiter[1:].encode()
    if newline == "\n":
        end, last, stop = rb"\r?\n", rb"(?:\r?\n|\r?\Z)", rb"\r\n"
        inside = [rb"\r(?!\n|\Z)"]
    else:
        end, last, stop = rb"\r", rb"(?:\r|\Z)", rb"\r"
        inside = []
    if rest:
        inside.append(b"%s(?!%s)" % (first, re.escape(rest)))
    plain = b"[^%s%s]" % (first, stop)
    bare = plain + b"*+"
    if inside:
        bare += b"(?:(?:%s)%s*+)*+" % (b"|".join(inside), plain)
    if escape:
        e = re.escape(escape.encode())
        quoted = b"%s[^%s%s]*+(?:(?:%s%s|%s(?s:.))[^%s%s]*+)*+" % (q, q, e, q, q, e, q, e)
    else:
        quoted = b"%s[^%s]*+(?:%s%s[^%s]*+)*+" % (q, q, q, q, q)
    cell = b"(?:%s%s|(?!%s)%s)" % (quoted, q, q, bare)
    unquoted = b"[^%s%s%s]" % (first, q, stop)
    piece = unquoted + b"*+" + (b"(?:(?:%s)%s*+)*+" % (b"|".join(inside), unquoted) if inside else b"")
    strict = b"(?:%s%s|%s)" % (quoted, q, piece)
    even = b"(?:%s%s|(?!%s)%s(?:%s%s%s%s)*+)" % (quoted, q, q, piece, q, piece, q, piece)
    loose = b"(?:%s[^%s]*+(?:%s(?!%s|%s)[^%s]*+)*+%s|(?!%s)%s)" % (q, q, q, d, last, q, q, q, bare)
    return Grammar(
        delimiter.encode(), quote.encode(), escape.encode(), newline.encode(), cell, bare, strict, even, end, last,
        record=re.compile(b"%s(?:%s%s)*+%s" % (cell, d, cell, end)),
        last_record=re.compile(b"%s(?:%s%s)*+%s" % (cell, d, cell, last)),
        open_record=re.compile(b"(?:%s%s)*+(?:%s%s?|(?!%s)%s)\\r?\\Z" % (cell, d, quoted, q, q, bare)),
        lenient_record=re.compile(b"%s(?:%s%s)*+%s" % (loose, d, loose, last)),
        cells=re.compile(b"(%s)(%s|%s)" % (cell, d, last)),
        lenient_cells=re.compile(b"(%s)(%s|%s)" % (loose, d, last)),
        blank=re.compile(b"[ \\t]*+%s" % end),
    )


@cache
def build_row(grammar: Grammar, width: int, *, is_last: bool = False, is_strict: bool = False) -> re.Pattern[bytes]:
    """A well-formed row of just this many cells, each a group: one match finds its end, its cells and that their number is right.

    A quote that stands alone within a cell is left to a closer look: the delimiter before it may have been lost.
    """
    cell = b"(%s)" % (grammar.strict if is_strict else grammar.even)
    return re.compile(re.escape(grammar.delimiter).join([cell] * width) + (grammar.last if is_last else grammar.end))


@cache
def build_tail(grammar: Grammar, width: int) -> re.Pattern[bytes]:
    """The last cells of a row, each a group, the first of them to its delimiter though it opens with a quote."""
    cell = b"(%s)" % grammar.cell
    return re.compile(re.escape(grammar.delimiter).join([b"(%s)" % grammar.bare] + [cell] * (width - 1)) + grammar.last)


def find_preamble(head: bytes, grammar: Grammar) -> list[tuple[str, int]]:
    """What stands before the first row, as gap kinds and their ends: blank lines, `sep=;`, comments of one cell above wider rows.

    >>> find_preamble(b"# Harbour desk\\n\\nid,title\\n", build_grammar(",", '"', "", "\\n"))
    [('comment', 15), ('blank', 16)]
    """
    passed: list[tuple[str, int]] = []
    at = 0
    while at < len(head):
        if blank := grammar.blank.match(head, at):
            passed.append(("blank", at := blank.end()))
            continue
        end = head.find(grammar.newline, at) + 1
        is_comment = end and (
            SEPARATOR_LINE.fullmatch(head, at, end)
            or (head.startswith(b"#", at) and grammar.delimiter not in head[at:end] and grammar.delimiter in head[end : end + 10_000])
        )
        if not is_comment:
            break
        passed.append(("comment", at := end))
    return passed
