"""Factiva exports as text: with two-letter codes in front of the fields, or as printed, the count of words in the middle.

Every document ends with its accession number: `Document POST000020210324eh3o00001`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from transforms.dates import parse_published
from transforms.outcome import Reason
from transforms.readers.export_dates import is_day
from transforms.readers.export_fields import UNKNOWN_LAYOUT, Entry, find_key, read_language, settle_language
from transforms.readers.export_pieces import Line, Memory, Part

TABLE = "factiva_keys"
ACCESSION = r"(?:Document|Dokument|Documento)[ \t]{1,5}([A-Z][A-Z0-9]{3,9}\d{8}[-a-z0-9]{4,14})"
CUT = re.compile(
    rf"(?:\A|(?<=[\r\n]))(?:AN(?:[ \t]|\xc2\xa0|\xa0){{1,40}})?{ACCESSION}(?:[ \t]|\xc2\xa0|\xa0){{0,40}}(?:\r\n?|\n|\Z)".encode("latin-1")
)
HEADS, MIDS, TEXTS = (re.compile(rb"^(?:%s)(?:[ \t\r\n]|\xc2\xa0)" % codes, re.MULTILINE) for codes in (b"HD", b"WC|PD|SN", b"LP|TD"))
WORDS_LINE = re.compile(
    rb"^\d[\d,.]{0,8} {1,3}(?:words?|mots?|W(?:\xc3\xb6|\xf6)rter|Worte|palabras|parole|palavras|woorden)[ \t]{0,9}\r?$", re.MULTILINE
)
_ACCESSION_LINE = re.compile(rf"\s*(?:AN[ \t\xa0]{{1,40}})?{ACCESSION}\s*")
_CODE = re.compile(r"([A-Z]{2,3})(?:([ \t\xa0]+)(\S.*)?)?", re.DOTALL)
_WORDS = re.compile(r"\d[\d,.  ]{0,8} ?(?:words?|mots?|Wörter|Worte?|palabras?|parole|palavras?|woorden|ord|слов\w*)", re.IGNORECASE)
_NUMBERED = re.compile(r"\s*(?:Article|Artikel|Artículo|Articolo|Artigo) (\d{1,6}) (?:of|von|de|sur|di|van) (\d{1,6})\s*", re.IGNORECASE)
_PAGE = re.compile(
    r"\s*(?:(?:Page|Seite|Página|Pagina) \d{1,5} (?:of|von|de|sur|di|van) \d{1,5}.{0,60}|.{0,12}© ?\d{4} Factiva.{0,120}"
    r"|Factiva|Dow Jones(?: Factiva)?)\s*",
)
_SUMMARY = re.compile(r"\s*(?:Search Summary|Suchzusammenfassung|Résumé de la recherche|Resumen de (?:la )?búsqueda|Riepilogo della ricerca)\s*")
_CLOCK = re.compile(r"\d{1,2}[:.h]\d\d(?: ?[AaPp]\.?[Mm]\.?)?(?: [A-Z]{2,5})?")
_BYLINE = re.compile(r"(?:By|Von|Par|Por|Di|Door|BY|VON|PAR|POR|DI|DOOR)\s+\S")
_NAME = re.compile(r"(?:[^\W\d_a-z][^\W\d_]*[’'.-]*,?\s+(?:(?:and|und|et|y|e|en|de|van|von|der|la|le)\s+){0,2}){1,7}[^\W\d_a-z][^\W\d_’'.-]*\.?")
BODIES = frozenset(("LP", "TD"))
BELOW = frozenset(("TD", "ART", "CT", "RF", "CX", "CO", "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "NT", "URL"))
"""Codes that may follow a text."""
HEAD_LINES = 40


def recognise_factiva(head: bytes) -> str | None:
    """Why a text is a Factiva export, or None.

    >>> recognise_factiva(b"Pier shut\\n\\n12 words\\n24 March 2021\\n\\nIt is.\\n\\nDocument POST000020210324eh3o00001\\n")
    'its documents end with accession numbers of Factiva (POST000020210324eh3o00001)'
    """
    cut = CUT.search(head)
    is_coded = HEADS.search(head) is not None and MIDS.search(head) is not None
    if cut and (is_coded or WORDS_LINE.search(head)):
        return f"its documents end with accession numbers of Factiva ({cut[1].decode('ascii')})"
    if is_coded and HEADS.match(head.lstrip()) and TEXTS.search(head):
        return "its fields have the codes of Factiva (HD, WC, PD, LP)"
    return None


def ends_factiva(line: Line) -> bool:
    """Whether a document ends with a line: its accession number."""
    return len(line.text) < 200 and _ACCESSION_LINE.fullmatch(line.text) is not None


def lay_out_factiva(lines: Sequence[Line], memory: Memory) -> list[Part]:
    """A document, with what stands before it; behind the last one, the summary of the search."""
    filled = [n for n, line in enumerate(lines) if line.text.strip()]
    if not filled:
        return []
    last = filled[-1]
    is_whole = _ACCESSION_LINE.fullmatch(lines[last].text) is not None
    parts: list[Part] = []
    start = filled[0]
    while start <= last and (found := _NUMBERED.fullmatch(lines[start].text) or _PAGE.fullmatch(lines[start].text)):
        declared = None
        if found.re is _NUMBERED:
            number, count = int(found[1]), int(found[2])
            if not memory.is_counted or (number <= memory.number and number == 1):
                declared, memory.is_counted = count, True
            memory.number = number
        parts.append(Part("delimiter" if found.re is _NUMBERED else "cover", start, start + 1, declared=declared))
        start = next((n for n in filled if n > start), last + 1)
    if start > last:
        return parts
    if is_whole:
        memory.tails += 1
        return [*parts, Part("record", start, last + 1, *parse_factiva(lines[start : last + 1]))]
    summary = next((n for n in filled if n >= start and _SUMMARY.fullmatch(lines[n].text)), None)
    if summary is not None and any(lines[n].text.strip() for n in range(start, summary)):
        return [*parts, cut_off(start, summary), Part("footer", summary, len(lines))]
    if summary is not None or (memory.pieces and last - start < 2 and len(lines[last].text) < 60):
        return [*parts, Part("footer", start, len(lines))]
    return [*parts, cut_off(start, len(lines))]


def cut_off(start: int, end: int) -> Part:
    """A document without its accession number."""
    return Part(
        "damaged", start, end, reason=Reason.TRUNCATED,
        detail="the file ends in the middle of this document, before its accession number (`Document ...`); get it again",
    )


def parse_factiva(lines: Sequence[Line]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The fields of one document, and warning codes.

    >>> page = ["HD  Pier shut", "PD  24 March 2021", "ET  10:15", "LP", "KYOTO - It is.", "", "AN  Document POST000020210324eh3o00001"]
    >>> [(e.column, e.value) for e in parse_factiva([Line(text) for text in page])[0] if e.column][1:]
    [('published_at', '24 March 2021 10:15'), ('body', 'KYOTO - It is.'), ('record_id', 'POST000020210324eh3o00001')]
    """
    coded = [n for n, line in enumerate(lines[:HEAD_LINES]) if (found := _CODE.fullmatch(line.text.rstrip())) and find_key(TABLE, found[1])]
    if len(coded) >= 3 or (coded and coded[0] == 0 and lines[0].text[:2] in ("HD", "SE", "CL")):
        return settle_entries(parse_coded(lines)), ()
    return parse_printed(lines)


def parse_coded(lines: Sequence[Line]) -> list[Entry]:
    """Fields with codes in front. In a text a code counts only where it stands apart, and only if it may follow a text."""
    entries: list[Entry] = []
    values: list[str] = []
    code = ""
    is_tight = any(line.text.startswith("HD ") and line.text[3:4].strip() for line in lines)

    def close() -> None:
        key = find_key(TABLE, code)
        if code:
            entries.append(Entry(key.column if key else "", code, "\n".join(values).strip("\n"), key is None))
        elif any(value.strip() for value in values):
            entries.append(Entry("", "head", "\n".join(values).strip()))

    for line in lines:
        found = _CODE.fullmatch(line.text.rstrip())
        known = found is not None and find_key(TABLE, found[1]) is not None
        apart = found is not None and (found[2] is None or len(found[2]) > 1 or found[2] == "\t" or found[3] is None)
        if found and known and (apart or is_tight) and (code not in BODIES or found[1] in BELOW):
            pass
        elif not (found and apart and not known and code and code not in BODIES and code not in ("HD", "ART", "CT") and (found[2] or "")):
            values.append(line.text.rstrip())
            continue
        close()
        code, values = found[1] if found else "", [(found[3] or "") if found else ""]
    close()
    return entries


def settle_entries(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Fields with the accession number bare, the time beside its day, the language as a code."""
    settled: list[Entry] = []
    clock = next((e for e in entries if e.key in ("ET", "publicationTime") and _CLOCK.match(e.value.strip())), None)
    for entry in entries:
        value = entry.value.strip()
        if entry.column == "record_id" and (found := _ACCESSION_LINE.fullmatch(value)):
            entry = entry._replace(value=found[1])
        elif entry.column == "published_at" and clock is not None and parse_published(f"{value} {clock.value.strip()}").at:
            entry = entry._replace(value=f"{value} {clock.value.strip()}")
        settled.append(entry)
    return tuple(settle_language(settled))


def parse_printed(lines: Sequence[Line]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """A document as printed: headline, byline, count of words, day, time, source, code, page, language, copyright, text."""
    filled = [n for n, line in enumerate(lines) if line.text.strip()]
    words = next((n for n in filled[:HEAD_LINES] if _WORDS.fullmatch(lines[n].text.strip())), None)
    end = filled[-1]
    accession = Entry("record_id", "accession", lines[end].text)
    if words is None:
        text = "\n".join(line.text for line in lines[filled[0] + 1 : end])
        entries = [Entry("headline", "headline", lines[filled[0]].text if end else ""), Entry("body", "text", text)]
        return settle_entries([*entries, accession]), (UNKNOWN_LAYOUT,)
    entries = head_entries([lines[n].text.strip() for n in filled if n < words])
    entries.append(Entry("", "words", lines[words].text.strip()))
    at = filled.index(words) + 1
    below = filled[at:]
    texts = [lines[n].text.strip() for n in below]
    taken = 0
    if taken < len(texts) and is_day(texts[taken]):
        entries.append(Entry("published_at", "date", texts[taken]))
        taken += 1
    if taken < len(texts) and _CLOCK.fullmatch(texts[taken]):
        entries.append(Entry("", "ET", texts[taken]))
        taken += 1
    stop = next((n for n in range(taken, min(len(texts), taken + 12)) if is_notice(texts[n])), None)
    if stop is None:
        stop = next((n for n in range(taken, min(len(texts), taken + 12)) if read_language(texts[n]) and len(texts[n]) > 3), None)
        stop = taken + 1 if stop is None else stop + 1
        notice = None
    else:
        notice = texts[stop]
    for n, text in enumerate(texts[taken:stop]):
        column = "source" if not n else "language" if read_language(text) is not None and len(text) > 3 else ""
        entries.append(Entry(column, column or "head", text))
    if notice is not None:
        entries.append(Entry("copyright", "copyright", notice))
        stop += 1
    if stop < len(below) - 1:
        entries.append(Entry("body", "text", "\n".join(line.text.rstrip() for line in lines[below[stop] : end])))
    return settle_entries([*entries, accession]), () if any(e.column == "published_at" for e in entries) else (UNKNOWN_LAYOUT,)


def head_entries(texts: Sequence[str]) -> list[Entry]:
    """What stands above the count of words: the headline, and a byline where there is one."""
    if len(texts) > 1 and (_BYLINE.match(texts[-1]) or (len(texts[-1]) < 80 and _NAME.fullmatch(texts[-1]))):
        return [Entry("headline", "headline", "\n".join(texts[:-1])), Entry("byline", "byline", texts[-1])]
    return [Entry("headline", "headline", "\n".join(texts))] if texts else []


def is_notice(text: str) -> bool:
    """Whether a line is a copyright notice.

    >>> is_notice("(c) 2021 Example Post Ltd."), is_notice("Copyright law is old")
    (True, False)
    """
    return re.match(r"(?:\(c\)|©|Copyright\b.{0,20}\d{4}|All rights reserved|Tous droits|Alle Rechte)", text, re.IGNORECASE) is not None
