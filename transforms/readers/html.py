"""News pages: one page is one record, whose document is the page's print, block by block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple

from transforms.dates import find_dates
from transforms.model import Damaged, Field, Gap, Item, Record
from transforms.outcome import Reason, Reject
from transforms.readers.compression import CHUNK, name_damage
from transforms.readers.encoding import show_raw
from transforms.readers.found import Found, Hints
from transforms.readers.html_authors import Name, read_authors
from transforms.readers.html_body import Story, lay_out, read_fragment, read_story
from transforms.readers.html_figures import Figure, read_figures
from transforms.readers.html_metadata import Metadata, clean_string, find_day, first, fold_name, read_metadata
from transforms.readers.html_state import find_stated_body
from transforms.readers.html_tree import Element, decode_page, drop_controls, fold_blanks, parse_tree, read_text

MAX_PAGE = 8_000_000
"""Bytes; the largest news pages have two or three million."""
MAX_TAGS = 120_000
"""Tags, closing ones too; the largest news pages have seven thousand. Memory follows them, about a kilobyte each."""
MAX_ATTRIBUTES = 300_000
"""Equals signs; the largest news pages have twenty thousand, those of their scripts included."""
_THIN = 250
"""Characters below which a story may not be all."""
_SMALL = 2_000_000
_FEW = 20_000
"""Bytes and elements up to which a page is read a second time."""
_NOTICE = re.compile(r"©|\(c\)\s|copyright|rights reserved|alle rechte|tous droits|derechos reservados|diritti riservati", re.IGNORECASE)
_CUT = ("...", "…")
_KICKED = 8
"""Characters that a headline has at least when another is told to be the same with something before or behind it."""
_PARTS = 6
"""Elements within a heading that may hold the headline beside a kicker."""
_AROUND = 200
"""Elements around the headline among which a day is looked for."""
_LINE = 80
_FULL = 60
"""Characters that a headline has at least when it is cut off by its length."""
_TITLE = 500
_LONG = 300
"""Characters above which a heading is looked at again for the blocks in it."""
_BLOCKS = frozenset(("p", "div", "article", "section", "figure", "ul", "ol", "table", "header", "main"))
_STRAY = re.compile(r"\s+([:,;.])(?=\s|$)")
_BARS = re.compile(r"\s+[|\-–—·:•]\s+|\s*[|ㅣ：]\s*|\s*[-–—]\s*(?=[^\s-]+$)")


def read_html(stream: BinaryIO, found: Found, hints: Hints, _limit: int = MAX_PAGE) -> Iterator[Item]:
    """Read a page file: one record, or the damage that stands in its place."""
    data = stream.read(MAX_PAGE + 1)
    size = len(data)
    if size > MAX_PAGE:
        while chunk := stream.read(CHUNK):
            size += len(chunk)
        detail = f"the page has {size:,} bytes, the limit is {MAX_PAGE:,}; is it several pages in one file?"
        yield Damaged(1, 0, size, 1, Reason.TOO_LONG.value, detail, show_raw(data, found.codec))
    elif damage := name_damage(stream):
        yield Damaged(1, 0, size, 1, Reason.TRUNCATED.value, f"cut off at byte {size}: {damage}", show_raw(data, found.codec))
    elif data.isspace():
        yield Gap("blank", 0, size)
    elif data:
        try:
            yield read_page(data, encoding=hints.encoding)
        except Reject as no:
            yield Damaged(1, 0, size, 1, no.reason.value, no.detail, show_raw(data, found.codec))


class Page(NamedTuple):
    """A page read, with what it was read from."""

    record: Record
    meta: Metadata
    story: Story
    authors: tuple[Name, ...]


def read_page(data: bytes, *, url: str | None = None, encoding: str | None = None) -> Record:
    """Read one page.

    Raises Reject when it holds no print.

    >>> page = b'<html lang="en"><title>Ferry late</title><h1>Ferry late</h1><p class="byline">By Jane Roe</p><p>The ferry left an hour late.</p>'
    >>> record = read_page(page)
    >>> record.document
    'Ferry late\\n\\nJane Roe\\n\\nThe ferry left an hour late.'
    >>> [f.column for f in record.fields]
    ['headline', 'byline', 'body']
    """
    return take_page(data, url=url, encoding=encoding).record


def take_page(data: bytes, *, url: str | None = None, encoding: str | None = None, served: str | None = None) -> Page:
    """Read one page that came from an address, and was served as in an encoding. Raises Reject when it holds no print."""
    text, warnings = decode_page(data, encoding, served)
    if drop_controls(text) != text:
        warnings = (*warnings, "control_chars")
    refuse_masses(text)
    root = parse_tree(text)
    if root is None:
        raise Reject(Reason.NO_CONTENT if text.strip() else Reason.EMPTY, "no HTML element or text in it; is it the page that was meant?")
    meta = read_metadata(root, url)
    titles = collect_titles(root, meta)
    layout = lay_out(root, titles)
    headline, printed = choose_headline(titles, layout.heading, meta)
    figures, pictured = read_figures(layout, meta)
    captions = [t for f in figures for t in (f.caption, f.credit, f"{f.caption or ''}{f.credit or ''}") if t]
    story = read_story(layout, titles, captions, meta.description, pictured)
    story, noted = complete_story(story, root, meta, len(data))
    authors = read_authors(meta, story.head, story.foot, story.bare)
    if not story.paragraphs and not headline:
        raise Reject(Reason.NO_CONTENT, "neither headline nor story found; the page may need its scripts to show anything")
    published = meta.published_at or find_day(root, meta.url) or find_printed_day(story.head)
    document, fields = print_page(headline, story, authors, figures, meta)
    extra = (("modified_at", meta.modified_at), ("printed_headline", printed), ("keywords", first(meta.metas, "news_keywords", "keywords")))
    record = Record(
        number=1, byte_start=0, byte_end=len(data), line=1, document=document, fields=fields, published_at=published, source=meta.site, url=meta.url,
        section=meta.section, language=meta.language, extra=tuple((k, v) for k, v in extra if v), warnings=(*warnings, *noted),
    )
    return Page(record, meta, story, authors)


def find_printed_day(elements: Sequence[Element]) -> str | None:
    """The first full day printed around the headline, in any language that datelines are read in.

    >>> find_printed_day(list(parse_tree("<div><p>Jane Roe</p><p>03 Mayıs 2024 - 08:05</p></div>").iter("p")))
    '2024-05-03'
    """
    for e in islice(elements, _AROUND):
        if isinstance(e.tag, str) and (text := read_text(e, most=_LINE)) and len(text) <= _LINE and any(map(str.isdigit, text)):
            for found in find_dates(text):
                if found.is_valid and found.year and found.month and found.day:
                    return f"{found.year:04}-{found.month:02}-{found.day:02}"
    return None


def refuse_masses(text: str) -> None:
    """Refuse a page of so much markup that reading it would take more memory than any story is worth.

    >>> refuse_masses("<p>Ferry late</p>")
    """
    for sign, most, name in (("<", MAX_TAGS, "tags"), ("=", MAX_ATTRIBUTES, "attributes")):
        if (count := text.count(sign)) > most:
            raise Reject(Reason.TOO_LONG, f"the page has some {count:,} {name}, the limit is {most:,}; is it several pages in one file?")


def print_page(
    headline: str | None, story: Story, authors: Sequence[Name], figures: Sequence[Figure], meta: Metadata,
) -> tuple[str, tuple[Field, ...]]:
    """The page's print with a blank line between blocks, and what each block is."""
    notice = meta.copyright if meta.copyright and _NOTICE.search(meta.copyright) and len(meta.copyright) < 300 else None
    # Pictures without a caption come first, for a caption opens the next picture.
    pictures = sorted(figures, key=lambda f: f.caption is not None)
    blocks: list[tuple[str, str | None]] = [("headline", headline), ("standfirst", story.standfirst), ("byline", join_names(authors))]
    for figure in pictures:
        blocks += [("caption", figure.caption), ("credit", figure.credit), ("alt_text", figure.alt)]
    blocks += [("body", "\n\n".join(story.paragraphs)), ("copyright", notice)]
    fields: list[Field] = []
    parts: list[str] = []
    at = 0
    for column, text in blocks:
        if text:
            fields.append(Field(column, at, at + len(text)))
            parts.append(text)
            at += len(text) + 2
    return "\n\n".join(parts), tuple(fields)


def join_names(names: Sequence[Name]) -> str:
    """Names as a byline that reads back as just these: a house behind `;` would be read as where the persons work.

    >>> join_names([Name("Jane Roe", True), Name("John Doe", True), Name("Sports Desk", False)])
    'Jane Roe; John Doe and Sports Desk'
    """
    text = ""
    for name in names:
        text += f"{('; ' if name.is_person else ' and ') if text else ''}{name.name}"
    return text


def complete_story(story: Story, root: Element, meta: Metadata, size: int) -> tuple[Story, tuple[str, ...]]:
    """The story with its body from the page's data, or from a second reading, where the print that was found is much less."""
    printed = sum(map(len, story.paragraphs))
    if meta.article_body and len(meta.article_body) > 2 * printed:
        paragraphs = read_fragment(meta.article_body)
        if sum(map(len, paragraphs)) > 2 * printed:
            return story._replace(standfirst=None, paragraphs=paragraphs), ("body_from_metadata",)
    if printed < _THIN and (stated := find_stated_body(root, max(400, 2 * printed))):
        paragraphs = read_fragment(stated)
        if sum(map(len, paragraphs)) > 2 * printed:
            return story._replace(standfirst=None, paragraphs=paragraphs), ("body_from_metadata",)
    if printed < _THIN and size < _SMALL and sum(1 for _ in islice(root.iter(), _FEW)) < _FEW:
        paragraphs = extract_again(root)
        if sum(map(len, paragraphs)) > max(_THIN, 4 * printed):
            return story._replace(standfirst=None, paragraphs=paragraphs), ("body_second_reading",)
    return story, ()


def extract_again(root: Element) -> tuple[str, ...]:
    """Paragraphs as trafilatura finds them, which looks at a page in another way.

    >>> extract_again(parse_tree("<article><p>" + "The ferry left the harbour an hour late on Monday. " * 6 + "</p></article>"))[0][:15]
    'The ferry left '
    """
    from trafilatura import bare_extraction
    from trafilatura.settings import Document, Extractor

    options = Extractor(output_format="python", fast=True, comments=False, tables=False)
    # With these at zero it returns an empty document where it would log a warning.
    options.min_output_size = options.min_output_comm_size = 0
    found = bare_extraction(root, options=options)
    text = found.text if isinstance(found, Document) else None
    return tuple(filter(None, map(fold_blanks, (text or "").split("\n"))))


def collect_titles(root: Element, meta: Metadata) -> tuple[str, ...]:
    """Headlines that the page gives itself, most trusted first, without the site's name."""
    title = root.find(".//title")
    given = (
        clean_string(meta.node.get("headline")), first(meta.metas, "headline"), first(meta.metas, "og:title"), first(meta.metas, "twitter:title"),
        clean_string(meta.node.get("name")), clean_string(title.text_content()) if title is not None else None,
    )
    names = meta.houses | ({fold_name(meta.section)} if meta.section else set())
    return tuple(dict.fromkeys(t for g in given if g and (t := cut_site(g, names))))


def cut_site(title: str, houses: frozenset[str]) -> str:
    """A title without the site's name behind (or before) a bar.

    >>> cut_site("Ferry late - again | The Harbour Post", frozenset({"theharbourpost"}))
    'Ferry late - again'
    """
    for _ in range(3):
        bars = list(_BARS.finditer(title[:_TITLE]))
        if not bars:
            return title
        tail = fold_name(title[bars[-1].end():])
        if _is_house(tail, houses):
            title = title[:bars[-1].start()].rstrip()
        elif _is_house(fold_name(title[:bars[0].start()]), houses):
            title = title[bars[0].end():].lstrip()
        else:
            return title
    return title


def _is_house(folded: str, houses: frozenset[str]) -> bool:
    return bool(folded) and any(
        folded == h or (len(folded) > 3 and len(h) > 3 and (folded in h or h in folded) and len(folded) < 3 * len(h)) for h in houses
    )


def choose_headline(titles: Sequence[str], heading: Element | None, meta: Metadata) -> tuple[str | None, str | None]:
    """The headline: the one that JSON-LD, a meta element or og:title states, else the page's heading; and the heading where it reads otherwise.

    Where they differ, `agree_titles` says when the heading has the last word.
    """
    printed = print_heading(heading) if heading is not None else ""
    named = clean_string(meta.node.get("headline")) or first(meta.metas, "headline")
    headline = titles[0] if titles and (named or first(meta.metas, "og:title")) else printed or (titles[0] if titles else "")
    if not named and printed and headline.startswith(printed) and _BARS.match(headline[:_TITLE], len(printed)):
        # A title often goes on with the section, the printed headline never does.
        headline = printed
    elif not named and printed and headline.endswith(printed) and headline[: -len(printed)].rstrip().endswith("|"):
        headline = printed
    if printed and heading is not None:
        parts = [] if heading.tag == "h1" else [print_heading(e) for e in islice(heading.iterdescendants(), _PARTS)]
        headline = agree_titles(headline, printed, titles, parts, is_h1=heading.tag == "h1")
    if not printed or heading is None or heading.tag != "h1" or fold_name(printed) == fold_name(headline):
        return headline or None, None
    return headline, printed


def agree_titles(headline: str, printed: str, titles: Sequence[str], parts: Sequence[str] = (), *, is_h1: bool) -> str:
    """The headline, or a fuller one on which heading and titles agree.

    A heading below an h1 that is a step of the page's path was set for the reader, so a title that reads as it or a part of it wins.
    A kicker that is both printed and stated belongs to the headline. A headline cut off at a number of characters goes on as printed.

    >>> agree_titles("Ferry late", "Harbour Ferry late", ["Ferry late", "Harbour: Ferry late"], is_h1=True)
    'Harbour: Ferry late'
    >>> agree_titles("Ferry held at the quay...", "Ferry held at the quay again", ["Ferry held at the quay..."], is_h1=True)
    'Ferry held at the quay again'
    """
    folded = fold_name(printed)
    short = fold_name(headline)
    if short == folded:
        return headline
    same = next((t for text in (printed, *parts) for t in titles if text and fold_name(t) == fold_name(text)), None)
    if same and (not is_h1 or (len(short) > _KICKED and folded.endswith(short))):
        return same
    if len(short) > _KICKED and folded.startswith(short) and (headline.endswith(_CUT) or _is_cut_word(headline, printed)):
        return printed
    return headline


def _is_cut_word(headline: str, printed: str) -> bool:
    """Whether a long headline breaks off within a word of the printed one, as at the 110 characters that search engines ask for."""
    return len(headline) >= _FULL and printed.startswith(headline) and printed[len(headline)].isalnum() and headline[-1].isalnum()


def print_heading(heading: Element) -> str:
    """A heading on one line; a kicker in an element of its own keeps its distance, punctuation does not."""
    text = _STRAY.sub(r"\1", fold_blanks(" ".join(heading.itertext())[:1_000]))
    if len(text) <= _LONG:
        return text
    # A heading that is never closed swallows the page.
    before: list[str] = [heading.text or ""]
    for e in heading:
        if e.tag in _BLOCKS:
            break
        before += [*e.itertext(), e.tail or ""]
    return _STRAY.sub(r"\1", fold_blanks(" ".join(before)[:1_000])) or text
