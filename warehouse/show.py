"""One article with everything that was read from it, and the bytes it was read from."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import re
import zlib
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar, cast

import duckdb
import zstandard

from warehouse.catalog import connect
from warehouse.ddl import quote
from warehouse.errors import LakeError, NotFound
from warehouse.originals import BZIP2, GZIP, XZ, ZSTD, name_original, open_original
from warehouse.tables import TABLES, Articles, Blocks, ChainLink, Contributors, Corrections, Photos, Places, Span

Row = TypeVar("Row")
LISTED = 10
"""Articles named when a prefix fits several."""
SKIP = 1 << 20
BZIP2_MARKS = (b"1AY&SY", b"\x17rE8P\x90")
"""The mark of a first block, or of the end."""


class Shown(NamedTuple):
    """An article version, what hangs on it, and where its bytes are."""

    article: Articles
    versions: tuple[int, ...]
    """All versions that have landed."""
    blocks: tuple[Blocks, ...]
    contributors: tuple[Contributors, ...]
    photos: tuple[Photos, ...]
    places: tuple[Places, ...]
    path: str | None
    """The input file as it was named; None when its last batch has not landed."""
    sha256: str | None
    encoding: str | None
    corrections: tuple[Corrections, ...] = ()
    """What was put right by hand."""


def find_article(folder: Path | str, article_id: str, version: int | None = None) -> Shown:
    """The article with an id, or with the only id that starts so; its latest version unless one is asked for.

    Raises NotFound when none or several fit.
    """
    prefix = article_id.strip().lower()
    if not re.fullmatch("[0-9a-f]{1,16}", prefix):
        raise NotFound(f"{article_id[:40]!r} is not an article id: 16 digits 0-9a-f, or the first of them")
    with contextlib.closing(connect(folder)) as connection:
        try:
            return read_article(connection, choose_version(connection, prefix, version))
        except duckdb.Error as e:
            raise LakeError(f"the lake's files can't be read: {str(e).splitlines()[0]}") from e


def choose_version(connection: duckdb.DuckDBPyConnection, prefix: str, version: int | None) -> tuple[str, int, tuple[int, ...]]:
    """The one id with a prefix, the version to show, and all its versions."""
    found = connection.execute(
        "SELECT article_id, list_sort(list(version)) FROM landed.articles "
        f"WHERE article_id BETWEEN '{prefix}' AND '{prefix}g' GROUP BY ALL ORDER BY 1 LIMIT {LISTED + 1}"
    ).fetchall()
    if not found:
        raise NotFound(f"no article has an id that starts with {prefix}")
    if len(found) > 1:
        named = ", ".join(row[0] for row in found[:LISTED]) + (" ..." if len(found) > LISTED else "")
        raise NotFound(f"several articles have an id that starts with {prefix}: {named}")
    article_id, versions = found[0]
    if version is not None and version not in versions:
        raise NotFound(f"article {article_id} has no version {version}; it has {', '.join(map(str, versions))}")
    return article_id, version or versions[-1], tuple(versions)


def read_article(connection: duckdb.DuckDBPyConnection, chosen: tuple[str, int, tuple[int, ...]]) -> Shown:
    """Read one version and its children."""
    article_id, version, versions = chosen

    def read(name: str, row: type[Row]) -> tuple[Row, ...]:
        order = {"articles": "version", "corrections": "column_name"}.get(name, "position")
        query = f"SELECT {', '.join(TABLES[name]._fields)} FROM landed.{name} WHERE article_id = {quote(article_id)} AND version = {version}"
        return tuple(row(*cells) for cells in connection.execute(f"{query} ORDER BY {order}").fetchall())

    article = read("articles", Articles)[0]
    photos = (p._replace(chain=[ChainLink(**cast("dict[str, Any]", link)) for link in p.chain]) for p in read("photos", Photos))
    people = (c._replace(also_at=[Span(**cast("dict[str, Any]", span)) for span in c.also_at]) for c in read("contributors", Contributors))
    file = connection.execute(
        f"SELECT path, sha256, encoding FROM files WHERE file_id = {quote(article.file_id)} "
        f"ORDER BY parser_version = {quote(article.parser_version)} DESC LIMIT 1"
    ).fetchone()
    path, sha256, encoding = file or (None, None, None)
    return Shown(
        article, versions, read("blocks", Blocks), tuple(people), tuple(photos), read("places", Places), path, sha256, encoding,
        read("corrections", Corrections),
    )


def read_printed(folder: Path | str, shown: Shown) -> bytes:
    """The very bytes that the article was read from. Raises NotFound when the lake does not keep its file."""
    sha256 = shown.sha256 or name_original(folder, shown.article.file_id)
    try:
        with open_original(folder, sha256) as kept, decompress(kept) as stream:
            return cut_span(stream, shown.article.byte_start, shown.article.byte_end)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as e:
        raise LakeError(f"the kept original {sha256} can't be read: {e}") from e


def decompress(stream: io.BufferedReader) -> BinaryIO:
    """What a gzip, bzip2, xz or zstd stream holds; any other stream itself."""
    head = stream.peek(10)
    if head.startswith(GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    if head.startswith(BZIP2) and head[4:10] in BZIP2_MARKS:
        return cast("BinaryIO", bz2.BZ2File(stream))
    if head.startswith(XZ):
        return cast("BinaryIO", lzma.LZMAFile(stream))
    if head.startswith(ZSTD):
        inner = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True, closefd=False)
        return io.BufferedReader(cast("io.RawIOBase", inner))
    return stream


def cut_span(stream: BinaryIO, start: int, end: int) -> bytes:
    """Bytes `[start, end)` of a stream that can only be read forward."""
    while start > 0 and (skipped := len(stream.read(min(start, SKIP)))):
        start, end = start - skipped, end - skipped
    return stream.read(end - start)
