"""Full-text search finds the same with and without its index, in any case, accents, script and form; and is never behind what has landed."""

import datetime as dt
import itertools
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from warehouse import index, segments
from warehouse.catalog import connect, connect_files
from warehouse.errors import LakeError
from warehouse.index import choose_merged, index_articles
from warehouse.lake import SEARCH, Lake, open_lake
from warehouse.land import commit_batch, stage
from warehouse.seal import check_seal
from warehouse.search import KINDS, Indexed, split_indexed
from warehouse.segments import Segment, drop_stale, hold_index, read_manifest
from warehouse.snapshot import read_shapes
from warehouse.sql import Session
from warehouse.verify import check_lake

TEXTS = {
    1: ("en", "Ferries late again", "The steam ferry came late.\n\nNobody was surprised; the harbour board was not."),
    2: ("en", "Board meets", "The board met on the pier. A ferry passed, and the ferry's horn was heard."),
    3: ("de", "Fähren fahren", "Die Fähre nach Norderau bleibt. Der Hafen auch."),
    4: ("zh", "今天开会", "新华社电 今天在港口开会。"),
    5: ("ru", "Музей открыт", "Музей открыл выставку стеклянных яблок."),
    6: ("tr", "İskele açıldı", "Vapur iskeleye yanaştı."),
    8: ("en", "Ferry on time", "The ferry came on time."),
    7: (None, "x ray", "No language is known. 1,200 owls; e-mail, O'Hara."),
}
ASKED = {
    "ferry": {1, 2}, "FERRY": {1, 2}, "ferry board": {1, 2}, "harbour ferry": {1}, "fahre": {3}, "Fähre Hafen": {3}, "今天": {4}, "港口": {4}, "музей": {5},
    "МУЗЕЙ яблок": {5}, "iskele": {6}, "owls 1200": set(), "1,200 owls": {7}, "o'hara": {7}, "nosuchword": set(), "": set(), "  ;--": set(),
    "ferry nosuchword": set(), "'; DROP": set(), "%": set(), "_": set(), "the": {1, 2},
}
STEMMED = {"ferries": {1, 2}, "surprise": set(), "boards": set(), "Ferry boards": set()}
"""With an index, forms that have landed stand for each other; a form that never landed is unknown."""


def land_texts(lake: Lake, child: ModuleType, numbers: list[int], batch: int, **fixed: object) -> None:
    """Articles with these texts, as one batch."""
    batch_id = child.batch_name(batch)
    rows = []
    for n in numbers:
        language, headline, body = TEXTS[n]
        rows += child.make_rows("articles", batch_id, 1, n, **{
            "language": language, "headline": headline, "body": body, "standfirst": None, "word_count": len(body.split())} | fixed)
    assert commit_batch(lake, batch_id, {
        "articles": stage(lake.folder, batch_id, "articles", rows),
        "batches": stage(lake.folder, batch_id, "batches", child.make_rows("batches", batch_id, 1)),
    })


@pytest.fixture
def library(tmp_path: Path, child: ModuleType) -> Path:
    """A lake of all texts in two batches, not indexed."""
    with open_lake(tmp_path / "news.lake") as lake:
        land_texts(lake, child, [1, 2, 3], 1)
        land_texts(lake, child, [4, 5, 6, 7], 2)
    return tmp_path / "news.lake"


def find(folder: Path, words: str) -> dict[int, float]:
    """Numbers of the articles found, with their scores."""
    with connect(folder) as c:
        rows = c.execute("SELECT article_id, score FROM search($1)", [words]).fetchall()
    return {int(article_id, 16): score for article_id, score in rows}


def find_all(folder: Path) -> dict[str, set[int]]:
    """Numbers of the articles found for everything that is asked, on one connection."""
    with connect(folder, is_commented=False) as c:
        return {words: {int(row[0], 16) for row in c.execute("SELECT article_id FROM search($1)", [words]).fetchall()} for words in ASKED}


def test_a_scan_finds_what_is_asked(library: Path) -> None:
    """Without any index."""
    assert find_all(library) == ASKED


def test_the_index_finds_the_same(library: Path) -> None:
    """Also half way, when one file is indexed and the other is scanned, and when the index is gone again."""
    for path, left in index_articles(library, step=1):
        assert path.parent.name == "articles"
        assert find_all(library) == ASKED, f"{left} files left"
    assert find_all(library) == ASKED
    assert list(index_articles(library)) == []
    for path in (library / SEARCH).iterdir():
        path.unlink()
    assert find_all(library) == ASKED


def test_scores_agree(library: Path) -> None:
    """To the digits shown, for words that have one form; twice is more than once, rare is more than common."""
    asked = ["harbour", "hafen", "музей", "board"]
    scanned = {words: find(library, words) for words in asked}
    list(index_articles(library))
    indexed = {words: find(library, words) for words in asked}
    assert indexed == scanned
    assert indexed["harbour"][1] > indexed["board"][1]


def test_forms_stand_for_each_other(library: Path) -> None:
    """By DuckDB's stemmers, in the language of the article."""
    list(index_articles(library))
    assert {words: set(find(library, words)) for words in STEMMED} == STEMMED
    assert set(find(library, "fähren")) == {3}


def test_without_the_extension_words_stand_for_themselves(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And everything else is as with it."""
    def refuse(name: str) -> Path:
        raise LakeError(f"the package duckdb-extension-{name} is not installed")

    monkeypatch.setattr(index, "extension_file", refuse)
    list(index_articles(library))
    assert find_all(library) == ASKED
    assert set(find(library, "ferries")) == {1}


def test_a_new_version_takes_the_place_of_the_old(library: Path, child: ModuleType) -> None:
    """What only the old one said is no longer found, indexed or not."""
    list(index_articles(library))
    with open_lake(library) as lake:
        land_texts(lake, child, [8], 3, article_id=f"{1:016x}", version=2)
    for _ in range(2):
        assert find(library, "surprised") == {}
        assert set(find(library, "time")) == {1}
        list(index_articles(library))


def list_segments(library: Path) -> set[str]:
    """The keys of the segments whose files lie there, each with all kinds."""
    found = [path.name.split(".")[:2] for path in (library / SEARCH).glob("*.parquet")]
    keys = {key for key, _ in found}
    assert sorted(found) == sorted([key, kind] for key in keys for kind in KINDS)
    return keys


def test_strangers_go(library: Path) -> None:
    """Files of earlier layouts, and what a killed indexer left half written; a live one's are left alone."""
    list(index_articles(library))
    stray = library / SEARCH / f"{'e' * 16}.parquet"
    dead = library / SEARCH / "x.postings.4194303.part"
    alive = library / SEARCH / "x.postings.1.part"
    for path in (stray, dead, alive):
        path.write_bytes(b"")
    list(index_articles(library))
    assert [path.exists() for path in (stray, dead, alive)] == [False, False, True]
    assert len(list_segments(library)) == 1


def test_segments_merge_and_wait_for_their_readers(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that began with a segment ends with it; a day later it is removed."""
    steps = index_articles(library, step=1)
    next(steps)
    next(steps)
    (first,) = list_segments(library)
    with connect(library) as begun:
        list(steps)
        assert len(begun.execute("FROM search('ferry')").fetchall()) == 2
    both = list_segments(library)
    assert first in both
    assert len(both) == 2
    assert [(one.key == first, one.since is None, one.texts) for one in read_manifest(library / SEARCH)] == [(True, False, 3), (False, True, 7)]
    assert split_indexed(library, read_shapes(library)).segments == (library / SEARCH / min(both - {first}),)
    assert list(check_seal(library / SEARCH)) == []
    monkeypatch.setattr(segments, "GRACE", dt.timedelta(0))
    list(index_articles(library))
    assert list_segments(library) == both - {first}
    assert list(check_seal(library / SEARCH)) == []
    assert find_all(library) == ASKED


def test_a_prompt_that_stands_open_goes_over_to_the_new_index(library: Path) -> None:
    """It asks the segments that are there, however long it has been open."""
    with Session(library) as session:
        list(index_articles(library))
        session.refresh()
        assert len(list(session.ask("FROM search('ferries')").rows())) == 2


def test_an_earlier_moment_sees_its_own_articles_in_a_later_index(library: Path) -> None:
    """A segment may cover more than a snapshot has; what came later is neither found nor counted."""
    list(index_articles(library))
    shapes = read_shapes(library)
    early = {name: {present: paths[:1] for present, paths in groups.items()} for name, groups in shapes.items()}
    indexed = split_indexed(library, early)
    assert (len(indexed.segments), len(indexed.only)) == (1, 1)
    with connect_files(early, indexed) as seen, connect_files(early, Indexed(bare=early["articles"])) as scanned:
        for words in ("harbour", "board", "hafen", "музей", "owls"):
            asked = f"SELECT article_id, score FROM search('{words}')"
            assert seen.execute(asked).fetchall() == scanned.execute(asked).fetchall()


def test_a_segment_that_holds_a_removed_file_goes_with_it(library: Path) -> None:
    """Its words may be those that are to be forgotten."""
    list(index_articles(library))
    gone = min((library / "data" / "articles").iterdir())
    gone.unlink()
    with hold_index(library / SEARCH):
        assert drop_stale(library / SEARCH) == []
    assert list_segments(library) == set()
    assert list(check_seal(library / SEARCH)) == []


@pytest.mark.parametrize("harm", [
    lambda place: (place / "index.json").write_bytes(b"{"), lambda place: (place / "index.json").unlink(),
    lambda place: (place / "index.json").write_text('{"segments": [{"key": 1}]}'), lambda place: next(place.glob("*.stems.parquet")).unlink(),
], ids=["half a manifest", "no manifest", "another manifest", "a file is gone"])
def test_a_damaged_index_is_named_and_does_without(library: Path, harm: Callable[[Path], object]) -> None:
    """Everything is found by scanning; `verify` says what to do, and doing it mends it."""
    list(index_articles(library))
    harm(library / SEARCH)
    assert set(find(library, "ferry board")) == {1, 2}
    assert len(list(check_seal(library / SEARCH))) == 1
    list(index_articles(library, is_anew=True))
    assert list(check_seal(library / SEARCH)) == []
    assert split_indexed(library, read_shapes(library)).bare == {}
    assert set(find(library, "ferry board")) == {1, 2}


def test_segments_are_few_and_each_text_is_merged_a_few_times() -> None:
    """However the texts come: one at a time, or many and then few."""
    for sizes in ([1] * 500, [1000, *[1] * 500], [*[1] * 100, 5000, *[3] * 100]):
        there: list[Segment] = []
        written = 0
        for number, size in enumerate(sizes):
            taken = choose_merged(there, size)
            there = [one for one in there if one not in taken] + [Segment(str(number), {}, size + sum(one.texts for one in taken))]
            written += there[-1].texts
            held = sorted(one.texts for one in there)
            assert all(2 * small <= large for small, large in itertools.pairwise(held))
        assert sum(one.texts for one in there) == sum(sizes)
        assert written <= 10 * sum(sizes)


def test_passages_and_timeline_build_on_it(library: Path) -> None:
    """Paragraphs that hold a form of a word; counts and shares by day."""
    list(index_articles(library))
    with connect(library) as c:
        assert c.execute("SELECT paragraph_no, paragraph FROM passages('ferries late')").fetchall() == [(1, "The steam ferry came late.")]
        assert len(c.execute("FROM passages('ferry', most := 1)").fetchall()) == 1
        assert c.execute("SELECT start::VARCHAR, matching, articles, share FROM timeline('ferry', 'year')").fetchall() == [("2001-01-01", 2, 7, 0.2857)]


def test_ids_and_versions_survive_the_index(library: Path) -> None:
    """All sixteen digits."""
    list(index_articles(library))
    with connect(library) as c:
        assert {row[0] for row in c.execute("SELECT article_id FROM search('ferry')").fetchall()} == {f"{1:016x}", f"{2:016x}"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_index_is_named_and_done_without(library: Path, kind: str) -> None:
    """It is derived: questions are answered, searches read the texts, and every law of the tables can be told."""
    list(index_articles(library))
    path = next((library / SEARCH).glob(f"*.{kind}.parquet"))
    content = bytearray(path.read_bytes())
    content[-12:] = b"\xff" * 12
    path.write_bytes(content)
    assert set(find(library, "ferry")) == {1, 2}
    faults = {finding.meaning: finding.breaches for finding in check_lake(library) if "index" in finding.meaning or "twice" in finding.meaning}
    assert [path.name in breach for breach in faults.pop("the index of full-text search is as it was written")] == [True]
    assert not any(faults.values())
