"""What must hold of the span ledger, and that every row belongs to an article."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.articles import find_warned
from expectations.contract import combine, rises
from expectations.cross import CHILDREN, CrossCheck, Floats, Frames, Ints, Mask, Measured, count_at, measure_articles, read_ints, read_mask

TILING = CrossCheck(
    "blocks_tile_document", "blocks", "char_start", "critical",
    "An article's blocks tile its document: the first starts at 0, each starts where the last ended, the last ends at the document's end.",
    most=0,
)
PARAGRAPHS = CrossCheck(
    "body_has_a_paragraph", "blocks", "kind", "warning",
    "At least one block is a paragraph or quote of the body, but in pictures and in items of wires that hold no text.", least=1, sets_aside=True,
)
FLASHES = CrossCheck(
    "headline_has_a_story", "blocks", "kind", "info", "There is more than a headline and pictures: a flash or a picture alone has no body.", least=1,
)
BOILERPLATE = CrossCheck(
    "body_outweighs_boilerplate", "blocks", "kind", "info",
    "Where there is a body, at most three quarters of what is printed with it are boilerplate, advisories, tags and what links have left.", most=0.75,
)
BELONGING = CrossCheck(
    "rows_belong_to_an_article", "blocks", "article_id", "critical",
    "Every row of contributors, places, photos and blocks names an article version of its batch.", most=0,
)
PROSE = ("paragraph", "quote")
PICTURE = ("caption", "credit")
BARE = ("headline", "image_alt", "separator", *PICTURE)
"""All that a flash, or a picture with its caption, is made of."""
ABSENT = ("text_absent",)
LIFTED = ("boilerplate", "advisory", "tagline", "link_residue", "end_mark")


def measure(frames: Frames) -> list[Measured]:
    """The checks of the table `blocks`, measured."""
    table, rows = frames.children["blocks"]
    kinds = combine(table.column("kind"))
    prose = rows[read_mask(pc.is_in(kinds, pa.array(PROSE, kinds.type)))]
    count = frames.articles.num_rows
    paragraphs = np.bincount(prose[prose < count], minlength=count)
    story = rows[~read_mask(pc.is_in(kinds, pa.array(BARE, kinds.type)))]
    stories = np.bincount(story[story < count], minlength=count)
    shown = rows[read_mask(pc.is_in(kinds, pa.array(PICTURE, kinds.type)))]
    is_picture = (np.bincount(shown[shown < count], minlength=count) > 0) & (stories == 0)
    is_exempt = is_picture | find_warned(combine(frames.articles.column("warnings")), ABSENT)
    starts, ends = read_ints(table, "char_start", -1), read_ints(table, "char_end", -1)
    share = weigh_lifted(rows, (ends - starts).clip(0), read_mask(pc.is_in(kinds, pa.array(PROSE, kinds.type))),
                         read_mask(pc.is_in(kinds, pa.array(LIFTED, kinds.type))), count)
    return [
        measure_tiling(frames, rows, read_ints(table, "position"), starts, ends),
        measure_articles(frames, PARAGRAPHS, np.where(is_exempt & (paragraphs == 0), np.nan, paragraphs),
                         lambda row: "No block of the document is a paragraph of the body."),
        measure_articles(frames, FLASHES, np.where(is_exempt | (paragraphs > 0), stories, np.nan),
                         lambda row: "Nothing is printed but a headline or pictures."),
        measure_articles(frames, BOILERPLATE, share, lambda row: f"{share[row]:.0%} of what is printed with the body is none of it."),
        measure_belonging(frames),
    ]


def weigh_lifted(rows: Ints, sizes: Ints, is_prose: Mask, is_lifted: Mask, count: int) -> Floats:
    """The share of boilerplate and its like in what is printed of each article with its body, NaN where there is no body.

    >>> weigh_lifted(np.array([0, 0, 1]), np.array([30, 10, 5]), np.array([True, False, False]), np.array([False, True, True]), 2).tolist()
    [0.25, nan]
    """
    mine = rows < count
    prose, lifted = (
        np.bincount(rows[mine & wanted], weights=sizes[mine & wanted], minlength=count).astype(np.float64) for wanted in (is_prose, is_lifted)
    )
    return np.where(prose > 0, lifted / np.maximum(prose + lifted, 1), np.nan)


def measure_tiling(frames: Frames, rows: Ints, positions: Ints, starts: Ints, ends: Ints) -> Measured:
    """Where the ledger breaks: a block that does not start where the last one ended, is turned round, or stands out of its position."""
    count = frames.articles.num_rows
    if len(rows) > 1 and not rises([rows, positions]).all():
        order = np.lexsort((positions, rows))
        rows, positions, starts, ends = rows[order], positions[order], starts[order], ends[order]
    heads = np.append(np.ones(min(1, len(rows)), bool), rows[1:] != rows[:-1])
    due = np.where(heads, 0, np.append(0, ends)[: len(rows)])
    turn = np.where(heads, 1, np.append(0, positions)[: len(rows)] + 1)
    broken = np.flatnonzero((starts != due) | (ends < starts) | (positions != turn))
    tails = np.flatnonzero(np.append(heads[1:], np.ones(min(1, len(rows)), bool)))
    reached = np.zeros(len(frames.codes), np.int64)
    reached[rows[tails]] = ends[tails]
    short = np.flatnonzero(reached[:count] != frames.lengths)

    def tell(place: int) -> str:
        if place >= len(rows):
            row = place - len(rows)
            return f"the blocks end at {reached[row]}, the document at {frames.lengths[row]}"
        return f"block {positions[place]} at [{starts[place]}, {ends[place]}) should be block {turn[place]} and start at {due[place]}"

    return count_at(frames, TILING, np.append(rows[broken], short), np.append(broken, short + len(rows)), tell)


def measure_belonging(frames: Frames) -> Measured:
    """Rows without an article: the only number that keys without an article have, and articles do not."""
    stray = [np.bincount(frames.children[name].rows, minlength=len(frames.codes)) for name in CHILDREN]
    numbers = np.sum(stray, axis=0).astype(np.float64)
    numbers[: frames.articles.num_rows] = 0

    def tell(row: int) -> str:
        found = ", ".join(f"{counts[row]} of {name}" for name, counts in zip(CHILDREN, stray, strict=True) if counts[row])
        return f"No article in the batch has this key, yet rows have it: {found}."

    return Measured(BELONGING, numbers, tell)
