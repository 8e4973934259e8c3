"""ninjs 1 to 3: one record an item; names in small letters or in camel case, texts under one key each or in lists with roles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from transforms.readers.columns import Spot
from transforms.readers.elements import Element
from transforms.readers.html_tree import fold_blanks
from transforms.readers.json_items import items_of, spell, text_of
from transforms.readers.newsmlg2_story import _DATED as DATED
from transforms.readers.nitf_story import read_nitf
from transforms.readers.story import Picture, Story, Unreadable, join_names, join_paragraphs, spell_time, strip
from transforms.readers.vocabulary import load_vocabulary
from transforms.readers.xml_print import read_markup, read_plain
from transforms.readers.xml_safe import parse_item

_PICTURES = frozenset(("picture", "graphic"))
_FREE = re.compile(r"(?:headline|body|description|subject|title|slugline|altids?)_\w+")
_SUMMARY = frozenset(("summary", "abstract", "drol:summary", "teaser", "standfirst"))
_FORMS = (("html", 0), ("xml", 2), ("nitf", 1), ("plain", 3), ("text", 3))


class Text(NamedTuple):
    """One of an item's texts, under whatever key it stands."""

    role: str
    value: str
    form: str
    key: str


def read_ninjs(item: Mapping[str, Any]) -> Story:
    """The parts of an item.

    >>> item = {"uri": "urn:x:1", "type": "text", "headlines": [{"value": "Pier shut"}], "bodies": [{"value": "It is."}], "by": "Jane Roe"}
    >>> story = read_ninjs(item)
    >>> story.record_id, story.headline, story.body, story.byline
    ('urn:x:1', 'Pier shut', 'It is.', 'Jane Roe')
    >>> read_ninjs({"uri": "urn:x:2", "type": "picture", "description_text": "The pier.", "byline": "Ann Roe"}).pictures
    (Picture(caption='The pier.', credit='Ann Roe', alt=None),)
    """
    low = {key.casefold(): value for key, value in item.items()}
    kind = text_of(low.get("type")).casefold()
    is_picture = kind in _PICTURES
    used = {"uri", "headline", "headlines", "bodies", "descriptions", "byline", "by", "language", "copyrightnotice"}
    extra: list[tuple[str, str]] = []
    headlines = pick_texts(item, "headline")
    heads = [text for text in headlines if text.role in ("", "main", "headline")] or headlines
    headline = first_print(heads) or (text_of(low.get("title")) or None)
    extra += [(text.key, text.value) for text in headlines if text is not next(iter(heads), None)]
    bodies = sorted(pick_texts(item, "body", "bodies"), key=rank_form)
    inner = read_inner(bodies[0]) if bodies else None
    body, pictures = (inner.body or "").split("\n\n") if inner else [], inner.pictures if inner else ()
    if bodies and inner is None:
        body, pictures = read_text(bodies[0])
    body = drop_headline(body, headline)
    extra += [(text.key, text.value) for text in bodies[1:] if squeeze(read_text(text)[0]) != squeeze(body)]
    notes = pick_texts(item, "description")
    printed = Notes.sort(notes, is_picture=is_picture)
    extra += [(text.key, text.value) for text in printed.rest]
    by = text_of(low.get("by")) or text_of(low.get("byline")) or join_names(read_people(low)) or (inner.byline if inner else "") or ""
    captions, standfirst = printed.captions, printed.summaries
    if captions and not is_picture and not body:
        captions, standfirst = [], [*standfirst, *(text for text in captions if text not in standfirst)]
    if standfirst and body and is_start(standfirst[0], body):
        extra.append(("description", standfirst[0]))
        standfirst = standfirst[1:]
    credit = ", ".join(printed.credits) or (by if is_picture else "")
    if credit and is_picture and by and by not in credit:
        extra.append(("by", by))
    if captions or printed.alts or (credit and is_picture):
        pictures = (Picture(" ".join(captions) or None, credit or None, " ".join(printed.alts) or None), *pictures)
    elif credit:
        extra.append(("creditline", credit))
    pictures = (*pictures, *(picture for one in items_of(low.get("associations")) if (picture := read_association(one)) and picture not in pictures))
    located = text_of(low.get("located"))
    dateline = next(iter(printed.datelines), None) or (inner.dateline if inner else None)
    joined = join_paragraphs(body)
    if located and dateline is None and joined and not is_picture and not DATED.match(joined[:160]):
        dateline = located
    extra += inner.extra if inner else ()
    created, revised = text_of(low.get("firstcreated")), text_of(low.get("versioncreated"))
    sources = [text_of(one.get("name")) for one in items_of(low.get("infosources") or low.get("infosource")) if text_of(one.get("name"))]
    for key, value in item.items():
        if key.casefold() not in used and not is_text_key(key) and (kept := spell(value)):
            extra.append((key, kept))
    known = load_vocabulary("ninjs")
    strange = [key for key in item if key not in known and not _FREE.fullmatch(key)]
    return Story(
        headline=headline, standfirst=join_paragraphs(standfirst), byline=None if is_picture else by or None, dateline=dateline, body=joined,
        pictures=pictures, source_line=join_paragraphs(printed.signoffs) or (inner.source_line if inner else None),
        copyright=text_of(low.get("copyrightnotice")) or None,
        record_id=strip(text_of(low.get("uri"))), published_at=spell_time(created or revised or None), source=next(iter(sources), None),
        language=text_of(low.get("language")) or None, extra=tuple(extra), unknown=tuple(strange),
    )


class Notes(NamedTuple):
    """An item's descriptions by what they are printed as."""

    captions: list[str]
    summaries: list[str]
    credits: list[str]
    alts: list[str]
    datelines: list[str]
    signoffs: list[str]
    rest: list[Text]

    @classmethod
    def sort(cls, notes: Iterable[Text], *, is_picture: bool) -> Notes:
        """Descriptions by their role; one without a role is the caption of a picture and the summary of anything else."""
        found = cls([], [], [], [], [], [], [])
        for text in notes:
            role = text.role.casefold().rpartition(":")[2].replace("_", "").replace("-", "")
            line = join_paragraphs(read_text(text)[0]) or ""
            if role in ("caption", "captionshort"):
                place = found.captions
            elif role in ("creditline", "credit"):
                place = found.credits
            elif role in ("alttext", "alt"):
                place = found.alts
            elif role == "dateline":
                place = found.datelines
            elif role in ("signoff", "tagline"):
                place = found.signoffs
            elif role in _SUMMARY or role in ("", "text", "main", "html", "xhtml", "plain", "usn"):
                place = found.captions if is_picture and role not in _SUMMARY else found.summaries
            else:
                found.rest.append(text)
                continue
            line = fold_blanks(line) if place is not found.summaries else line
            if line and squeeze([line]) not in map(squeeze, ([one] for one in place)):
                place.append(line)
        return found


def is_text_key(key: str) -> bool:
    """Whether a key holds one of the texts that are read by their role."""
    return key.casefold() in ("body", "description") or key.casefold().startswith(("headline_", "body_", "description_"))


def pick_texts(item: Mapping[str, Any], stem: str, plural: str = "") -> list[Text]:
    """Texts under `stem`, `stem_role` and in the list of version 2 and 3.

    >>> [text[:2] for text in pick_texts({"body_text": "It is.", "bodies": [{"role": "main", "value": "It is!"}]}, "body", "bodies")]
    [('text', 'It is.'), ('main', 'It is!')]
    """
    found: list[Text] = []
    for key, value in item.items():
        low = key.casefold()
        if low == stem or low.startswith(f"{stem}_"):
            role = key[len(stem) + 1 :]
            if isinstance(value, str):
                found.append(Text(role, value, role, key))
        elif low == (plural or f"{stem}s"):
            for one in items_of(value):
                if isinstance(text := one.get("value"), str):
                    role = text_of(one.get("role"))
                    form = text_of(one.get("contentType") or one.get("contenttype")) or role
                    found.append(Text(role, text, form, f"{key}.{role}" if role else key))
    return [text for text in found if text.value.strip()]


def rank_form(text: Text) -> int:
    """Marked-up forms first, since they keep paragraphs."""
    form = text.form.casefold()
    return next((rank for word, rank in _FORMS if word in form), 3)


def read_text(text: Text) -> tuple[list[str], tuple[Picture, ...]]:
    """Paragraphs and pictures of a text."""
    return read_markup(text.value) if rank_form(text) < 3 or "</p>" in text.value[:20_000].lower() else (read_plain(text.value), ())


def read_inner(text: Text) -> Story | None:
    """The story that a text in NITF is."""
    if "<nitf" not in text.value[:4000]:
        return None
    start, end = text.value.index("<nitf"), text.value.rfind("</nitf>")
    tree = parse_item(Element("nitf", b"", Spot(1, 0, 0, 1), {}), text.value[start : end + 7 if end > 0 else len(text.value)])
    return None if isinstance(tree, Unreadable) else read_nitf(tree.root)


def first_print(texts: list[Text]) -> str | None:
    """What the first of some texts prints, on one line."""
    return fold_blanks(" ".join(read_text(texts[0])[0])) or None if texts else None


def drop_headline(body: list[str], headline: str | None) -> list[str]:
    """A text without the headline, where it repeats it as its first line.

    >>> drop_headline(["Pier shut\\nIt is.", "Still."], "Pier shut")
    ['It is.', 'Still.']
    """
    while headline and body:
        first, _, rest = body[0].partition("\n")
        if fold_blanks(first) != fold_blanks(headline) or (not rest and len(body) == 1):
            break
        body = [rest, *body[1:]] if rest else body[1:]
    return body


def squeeze(paragraphs: Iterable[str]) -> str:
    """A text without blanks, to be compared."""
    return "".join("".join(paragraphs).split())


def is_start(text: str, body: list[str]) -> bool:
    """Whether a summary is only how the text begins."""
    return squeeze(body).startswith(squeeze([text]).rstrip(".…")[:200])


def read_people(low: Mapping[str, Any]) -> list[str]:
    """Persons of whom the item says that they wrote it."""
    people = [*items_of(low.get("people")), *items_of(low.get("person")), *items_of(low.get("creators"))]
    return [name for one in people if text_of(one.get("rel")).casefold() in ("author", "creator", "byline") and (name := text_of(one.get("name")))]


def read_association(item: Mapping[str, Any]) -> Picture | None:
    """What is printed with a picture that belongs to an item."""
    if text_of(item.get("type")).casefold() not in _PICTURES:
        return None
    story = read_ninjs(item)
    picture = next(iter(story.pictures), None)
    if picture is None or not any(picture):
        return None
    return picture
