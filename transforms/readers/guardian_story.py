"""Articles of the Guardian Content API, inside of answers or alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from transforms.readers.html_tree import fold_blanks
from transforms.readers.json_items import items_of, spell, text_of
from transforms.readers.ninjs_story import is_start
from transforms.readers.story import Picture, Story, join_names, join_paragraphs
from transforms.readers.vocabulary import load_vocabulary
from transforms.readers.xml_print import read_markup, read_plain

_USED = frozenset(("id", "webPublicationDate", "webTitle", "webUrl", "sectionName", "fields"))
_PRINTED = frozenset(("headline", "standfirst", "byline", "body", "main", "publication", "lang"))


def read_guardian(item: Mapping[str, Any]) -> Story:
    """The parts of an article.

    >>> story = read_guardian({"id": "uk/2026/pier", "webTitle": "Pier shut – live", "sectionName": "UK news", "fields": {"headline": "Pier shut",
    ...     "byline": "Jane Roe in Portmere", "standfirst": "<p>Storm.</p>", "body": "<p>It is.</p><h2>Storm</h2><p>Still.</p>"}})
    >>> story.headline, story.standfirst, story.byline, story.section, story.body
    ('Pier shut', 'Storm.', 'Jane Roe in Portmere', 'UK news', 'It is.\\n\\nStorm\\n\\nStill.')
    """
    given = item.get("fields")
    fields: Mapping[str, Any] = given if isinstance(given, dict) else {}
    title = fold_blanks(text_of(item.get("webTitle")))
    headline = fold_blanks(" ".join(read_markup(text_of(fields.get("headline")))[0])) or title
    body, pictures = read_markup(text_of(fields.get("body")) or "".join(join_blocks(item.get("blocks"))))
    plain = text_of(fields.get("bodyText"))
    if not body and plain:
        body = read_plain(plain)
    standfirst, _ = read_markup(text_of(fields.get("standfirst")))
    trail, _ = read_markup(text_of(fields.get("trailText")))
    extra: list[tuple[str, str]] = []
    if not standfirst and trail and not (body and is_start(trail[0], body)):
        standfirst = trail
    elif trail and trail != standfirst:
        extra.append(("fields.trailText", " ".join(trail)))
    contributors = [text_of(tag.get("webTitle")) for tag in items_of(item.get("tags")) if text_of(tag.get("type")) == "contributor"]
    _, main = read_markup(text_of(fields.get("main")))
    stated = [picture for element in items_of(item.get("elements")) if (picture := read_element(element))]
    merged = list(dict.fromkeys(main))
    merged += [picture for picture in (*stated, *pictures) if not any(picture.caption and picture.caption == other.caption for other in merged)]
    if title and title != headline:
        extra.append(("webTitle", title))
    extra += [(key, kept) for key, value in item.items() if key not in _USED and (kept := spell(value))]
    extra += [
        (f"fields.{key}", kept) for key, value in fields.items()
        if key not in _PRINTED and key != "trailText" and (key != "bodyText" or not body) and (kept := spell(value))
    ]
    if given is not None and not isinstance(given, dict):
        extra.append(("fields", spell(given)))
    strange = [key for key in item if key not in load_vocabulary("guardian")]
    return Story(
        headline=headline or None, standfirst=join_paragraphs(standfirst),
        byline=fold_blanks(text_of(fields.get("byline"))) or join_names(list(filter(None, contributors))), body=join_paragraphs(body),
        pictures=tuple(merged), record_id=text_of(item.get("id")) or None,
        published_at=text_of(item.get("webPublicationDate")) or text_of(fields.get("firstPublicationDate")) or None,
        source=text_of(fields.get("publication")) or None, url=text_of(item.get("webUrl")) or None, section=text_of(item.get("sectionName")) or None,
        language=text_of(fields.get("lang")) or None, extra=tuple(extra), unknown=tuple(strange),
    )


def join_blocks(blocks: Any) -> Iterator[str]:
    """The markup of an article's blocks, where its text is not given whole."""
    body = blocks.get("body") if isinstance(blocks, dict) else None
    for block in items_of(body):
        yield text_of(block.get("bodyHtml"))


def read_element(element: Mapping[str, Any]) -> Picture | None:
    """What is printed with a picture that an article states."""
    if text_of(element.get("type")) != "image":
        return None
    for asset in items_of(element.get("assets")):
        data = asset.get("typeData")
        if isinstance(data, dict) and any(text_of(data.get(key)) for key in ("caption", "credit", "altText")):
            caption = " ".join(read_markup(text_of(data.get("caption")))[0])
            alt = fold_blanks(text_of(data.get("altText")))
            return Picture(caption or None, fold_blanks(text_of(data.get("credit"))) or None, alt if alt and alt != caption else None)
    return None
