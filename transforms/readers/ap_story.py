"""Items of the AP Media API: ninjs of the first version with fields of AP's own, inside of answers or alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transforms.readers.html_tree import fold_blanks
from transforms.readers.json_items import items_of, spell, text_of
from transforms.readers.ninjs_story import Text, drop_headline, first_print, pick_texts, rank_form, read_association, read_inner, read_text, squeeze
from transforms.readers.story import Picture, Story, join_paragraphs, spell_time, strip
from transforms.readers.vocabulary import load_vocabulary

_PICTURES = frozenset(("picture", "graphic"))


def read_ap(answer: Mapping[str, Any]) -> Story:
    """The parts of an item, which may stand in an envelope beside what the answer says of it.

    >>> story = read_ap({"meta": {"products": []}, "item": {"altids": {"itemid": "a1"}, "version": 2, "headline": "Pier shut",
    ...     "bylines": [{"by": "By JANE ROE", "title": "AP Sports Writer"}], "body_nitf": "<block><p>PORTMERE (AP) — It is.</p></block>"}})
    >>> story.record_id, story.headline, story.byline, story.body
    ('a1', 'Pier shut', 'By JANE ROE\\nAP Sports Writer', 'PORTMERE (AP) — It is.')
    """
    inner = answer.get("item")
    item: Mapping[str, Any] = inner if isinstance(inner, dict) and "headline" not in answer else answer
    extra: list[tuple[str, str]] = [] if item is answer else [(key, spell(value)) for key, value in answer.items() if key != "item" and spell(value)]
    known = load_vocabulary("ap")
    strange = [key for key in (*item, *(answer if item is not answer else ())) if key not in known]
    is_picture = text_of(item.get("type")).casefold() in _PICTURES
    headline = text_of(item.get("headline")) or text_of(item.get("headline_extended")) or text_of(item.get("title"))
    bodies = sorted(pick_texts(item, "body"), key=rank_form)
    nitf = read_inner(bodies[0]) if bodies else None
    body, pictures = ((nitf.body or "").split("\n\n"), nitf.pictures) if nitf else read_text(bodies[0]) if bodies else ([], ())
    body = drop_headline(body, headline)
    extra += [(text.key, text.value) for text in bodies[1:] if squeeze(read_text(text)[0]) != squeeze(body)]
    notes = {text.role: text for text in pick_texts(item, "description")}
    caption, summary, credit = (line(notes.get(role)) for role in ("caption", "summary", "creditline"))
    extra += [(text.key, text.value) for role, text in notes.items() if role not in ("caption", "summary", "creditline")]
    bylines = [fold_blanks(text_of(one.get("by"))) + (f"\n{title}" if (title := fold_blanks(text_of(one.get("title")))) else "")
               for one in items_of(item.get("bylines")) if text_of(one.get("by"))]
    photographer = next((text_of(one.get("name")) for one in items_of(item.get("photographer")) if text_of(one.get("name"))), "")
    if is_picture or (caption and body):
        if credit or photographer or caption:
            pictures = (Picture(caption, credit or photographer or (", ".join(bylines) if is_picture else None) or None), *pictures)
        caption = credit = None
    pictures = (*pictures, *(picture for one in items_of(item.get("associations")) if (picture := read_association(one)) and picture not in pictures))
    if credit:
        extra.append(("description_creditline", credit))
    used = {"headline", "bylines", "language", "copyrightnotice"}
    extra += [(key, kept) for key, value in item.items() if key not in used and not is_text(key) and (kept := spell(value))]
    altids = item.get("altids")
    identity = text_of(altids.get("itemid")) if isinstance(altids, dict) else ""
    sources = [text_of(one.get("name")) for one in [*items_of(item.get("provider")), *items_of(item.get("infosource"))] if text_of(one.get("name"))]
    links = [text_of(one.get("href")) for one in items_of(item.get("links")) if text_of(one.get("rel")) in ("canonical", "alternate")]
    return Story(
        headline=headline or None, standfirst=join_paragraphs(filter(None, (summary, caption if not body else None))),
        byline=None if is_picture else "\n".join(bylines) or text_of(item.get("byline")) or (nitf.byline if nitf else None) or None,
        dateline=nitf.dateline if nitf else None, body=join_paragraphs(body), pictures=pictures, source_line=nitf.source_line if nitf else None,
        copyright=text_of(item.get("copyrightnotice")) or None, record_id=identity or strip(text_of(item.get("uri"))),
        published_at=spell_time(text_of(item.get("firstcreated")) or text_of(item.get("versioncreated")) or text_of(item.get("pubdate")) or None),
        source=next(iter(sources), None), url=next(iter(filter(None, links)), None), language=text_of(item.get("language")) or None,
        extra=tuple(extra), unknown=tuple(strange),
    )


def is_text(key: str) -> bool:
    """Whether a key holds a text that is read by its role."""
    return key.startswith(("body_", "description_"))


def line(text: Text | None) -> str | None:
    """A text on one line."""
    return first_print([text]) if text is not None else None
