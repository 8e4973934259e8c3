"""Full-text search finds the same with and without its index, in any case, accents, script and form; and is never behind what has landed."""

from pathlib import Path
from types import ModuleType

import pytest

from warehouse import index
from warehouse.catalog import connect
from warehouse.errors import LakeError
from warehouse.lake import SEARCH, Lake, open_lake
from warehouse.land import commit_batch, stage
from warehouse.index import index_articles

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


@pytest.mark.parametrize("words", ASKED)
def test_a_scan_finds_what_is_asked(library: Path, words: str) -> None:
    """Without any index."""
    assert set(find(library, words)) == ASKED[words]


def test_the_index_finds_the_same(library: Path) -> None:
    """Also half way, when one file is indexed and the other is scanned, and when the index is gone again."""
    for path, left in index_articles(library):
        assert path.parent.name == "articles"
        assert {words: set(find(library, words)) for words in ASKED} == ASKED, f"{left} files left"
    assert list(index_articles(library)) == []
    for path in (library / SEARCH).iterdir():
        path.unlink()
    assert {words: set(find(library, words)) for words in ASKED} == ASKED


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
    assert {words: set(find(library, words)) for words in ASKED} == ASKED
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


def test_segments_of_files_that_are_gone_go_too(library: Path) -> None:
    """As do those that a killed indexer left half written; a live one's are left alone."""
    list(index_articles(library))
    stray = library / SEARCH / f"{'e' * 16}.parquet"
    stray.write_bytes(b"")
    dead = library / SEARCH / "x.parquet.4194303.part"
    dead.write_bytes(b"")
    alive = library / SEARCH / "x.parquet.1.part"
    alive.write_bytes(b"")
    list(index_articles(library))
    assert not stray.exists()
    assert not dead.exists()
    assert alive.exists()
    assert len(list((library / SEARCH).glob("*.parquet"))) == 2


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
