"""One article, found by its id or the start of it, and the bytes it was printed with."""

import gzip
import io
from pathlib import Path
from types import ModuleType

import pytest
import zstandard

from warehouse.errors import LakeError, NotFound
from warehouse.lake import open_lake
from warehouse.land import commit_batch, stage
from warehouse.originals import keep_original
from warehouse.show import find_article, read_printed
from warehouse.tables import ChainLink, Span


@pytest.mark.parametrize("given", ["0000000000000065", " 0000000000000065\n"])
def test_an_article_is_found_by_its_id(landed: Path, given: str) -> None:
    """With its blocks and its file."""
    shown = find_article(landed, given)
    assert (shown.article.version, shown.article.headline, shown.versions) == (2, "Harbour opens, then closes", (1, 2))
    assert [b.kind for b in shown.blocks] == ["paragraph"]
    assert shown.path == "inbox/child.py"
    assert read_printed(landed, shown) == Path(__file__).with_name("child.py").read_bytes()[3:15]


def test_an_older_version_is_shown_on_request(landed: Path) -> None:
    """With the children of that version."""
    shown = find_article(landed, "0000000000000065", version=1)
    assert (shown.article.version, shown.article.headline) == (1, "headline 101")
    assert [p.chain for p in shown.photos] == [[ChainLink("Jane Roe", "person", None)]]
    assert [c.also_at for c in shown.contributors] == [[Span(3, 9)]]
    assert [p.name for p in shown.places] == ["name 101"]


def test_the_start_of_an_id_is_enough_when_it_is_the_only_one(tmp_path: Path, child: ModuleType) -> None:
    """Upper or lower case."""
    with open_lake(tmp_path) as lake:
        staged = {name: stage(tmp_path, "b" * 16, name, child.make_rows(name, "b" * 16, 1)) for name in ("articles", "batches")}
        rows = [r for i in ("abc" + "0" * 13, "abd" + "f" * 13) for r in child.make_rows("articles", "b" * 16, 1, article_id=i, headline=i)]
        staged["articles"] = stage(tmp_path, "b" * 16, "articles", rows)
        commit_batch(lake, "b" * 16, staged)
    assert find_article(tmp_path, "ABC").article.headline == "abc" + "0" * 13
    assert find_article(tmp_path, "abd").article.headline == "abd" + "f" * 13
    with pytest.raises(NotFound, match="several"):
        find_article(tmp_path, "ab")


@pytest.mark.parametrize(("given", "version", "told"), [
    ("00000000000000", None, "several articles .*: 0000000000000065, 0000000000000066, 0000000000000067, 00000000000000c9"),
    ("f", None, "no article has an id that starts with f"),
    ("", None, "is not an article id"),
    ("x'; DROP", None, "is not an article id"),
    ("0" * 17, None, "is not an article id"),
    ("0000000000000065", 7, "has no version 7; it has 1, 2"),
])
def test_what_can_not_be_shown_is_said(landed: Path, given: str, version: int | None, told: str) -> None:
    """In one sentence."""
    with pytest.raises(NotFound, match=told):
        find_article(landed, given, version)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress, lambda b: gzip.compress(b[:9]) + gzip.compress(b[9:])],
                         ids=["plain", "gzip", "zstd", "gzip in members"])
def test_spans_count_in_the_decompressed_file(landed: Path, tmp_path: Path, pack: object) -> None:
    """Also of a file that has not landed whole yet: its id is the start of its hash."""
    shown = find_article(landed, "00000000000000c9")
    text = "čtyři přístavy a jeden most".encode() * 3
    assert callable(pack)
    kept = keep_original(tmp_path, io.BytesIO(pack(text)))
    shown = shown._replace(sha256=None, article=shown.article._replace(file_id=kept.sha256[:16], byte_start=7, byte_end=40))
    assert read_printed(tmp_path, shown) == text[7:40]


def test_an_original_that_is_gone_or_broken_is_said(landed: Path, tmp_path: Path) -> None:
    """Not printed as something else."""
    shown = find_article(landed, "00000000000000c9")
    with pytest.raises(NotFound, match="keeps no file"):
        read_printed(landed, shown)
    kept = keep_original(tmp_path, io.BytesIO(b"text" * 100))
    kept.path.write_bytes(kept.path.read_bytes()[:8] + b"?" * 20)
    with pytest.raises(LakeError, match="can't be read"):
        read_printed(tmp_path, shown._replace(sha256=kept.sha256))
