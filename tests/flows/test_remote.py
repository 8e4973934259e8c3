"""Inputs that are no files here: an S3 server and a web server on this machine, and tables of databases; what goes wrong is said in a line."""

from __future__ import annotations

import http.server
import json
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flows import remote
from flows.discover import discover, find_place
from flows.problems import ExitCode
from flows.remote import Address, find_address
from warehouse.databases import open_table, parse_address
from warehouse.sql import run_sql

Command = Callable[..., Any]
STORY = b"Ferry late again in Brindle Bay\n\nBy Jane Roe\n\nLAGOS, Jan. 2 (Example News) - The ferry was late on Tuesday.\n"
TABLE = b"id,title,text\nA-1,Owls counted,There were nine of them.\nA-2,Owls lost,Now there are eight.\n"
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning")
"""The libraries of the stores leave their connections to the end of the process."""


def query(lake: Path | str, statement: str) -> list[tuple[Any, ...]]:
    """Rows of a SELECT over a lake."""
    with run_sql(lake, statement) as result:
        return list(result.rows())


def find_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# ------------------------------------------------------------------ S3
@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An S3 server on this machine."""
    pytest.importorskip("s3fs", reason="the extra [s3] is not installed")
    pytest.importorskip("moto", reason="moto is not installed")
    address = f"http://127.0.0.1:{(port := find_port())}"
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"{address}/moto-api/", timeout=1).close()
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.2)
            yield address
        finally:
            process.terminate()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bucket with an inbox, as a file system of fsspec."""
    import fsspec

    for name, value in (("ENDPOINT_URL", server), ("ACCESS_KEY_ID", "x"), ("SECRET_ACCESS_KEY", "y"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    fsspec.get_filesystem_class("s3").clear_instance_cache()
    store = fsspec.filesystem("s3", skip_instance_cache=True)
    if not store.exists("desk"):
        store.mkdir("desk")
    for path in store.find("desk"):
        store.rm(path)
    for path, data in (("inbox/b/story.txt", STORY), ("inbox/a.csv", TABLE), ("inbox/README.txt", b"x"), ("inbox/logo.png", b"x"), ("other/c.txt", STORY)):
        store.pipe(f"desk/{path}", data)
    return store


def test_a_folder_of_a_bucket_is_an_inbox(ingest: Command, copydesk: Command, bucket: Any) -> None:
    """Walked as a folder here is; what has landed is passed over."""
    said = ingest("s3://desk/inbox/")
    assert said.code == ExitCode.LANDED, said.err
    assert query("news.lake", "SELECT path, landed FROM files ORDER BY 1") == [("s3://desk/inbox/a.csv", 2), ("s3://desk/inbox/b/story.txt", 1)]
    assert "s3://desk/inbox/README.txt: a README" in said.err
    assert copydesk("verify").code == 0
    assert copydesk("show", "A-1").code == 0
    assert "Nothing new" in ingest("s3://desk/inbox").err


def test_patterns_and_names(bucket: Any) -> None:
    """A pattern, a file, and the same twice."""
    found = discover([find_place(name) for name in ("s3://desk/*/*.csv", "s3://desk/other/c.txt", "s3://desk/inbox/a.csv")])
    assert [item.shown for item in found.inputs] == ["s3://desk/inbox/a.csv", "s3://desk/other/c.txt"]
    assert [item.path.size for item in found.inputs if isinstance(item.path, Address)] == [len(TABLE), len(STORY)]


def test_boxes_and_tables_are_read_from_a_bucket(copydesk: Command, bucket: Any) -> None:
    """Containers and formats that are read in any order too."""
    import io
    import zipfile

    import pyarrow as pa
    import pyarrow.parquet as pq

    packed, table = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/story.txt", STORY)
    pq.write_table(pa.table({"title": ["Owls"], "text": ["Nine owls were counted."]}), table)
    bucket.pipe({"desk/box/a.zip": packed.getvalue(), "desk/box/b.parquet": table.getvalue()})
    said = copydesk("parse", "s3://desk/box/")
    assert said.code == 0, said.err
    assert [json.loads(line)["source"] for line in said.out.splitlines()] == ["s3://desk/box/a.zip!/in/story.txt", "s3://desk/box/b.parquet"]


def test_an_object_that_changes_while_it_is_read_waits(ingest: Command, bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a file does."""
    monkeypatch.setattr("flows.intake.find_change", lambda address: "was replaced")
    said = ingest("s3://desk/inbox/a.csv")
    assert said.code == ExitCode.FILES_FAILED
    assert "s3://desk/inbox/a.csv: it was replaced while it was read; run again" in said.err
    address = discover([Address("s3://desk/inbox/a.csv")]).inputs[0].path
    assert isinstance(address, Address)
    assert remote.find_change(address) is None
    bucket.pipe("desk/inbox/a.csv", TABLE + b"A-3,More,Text.\n")
    assert remote.find_change(address) == "was replaced"


@pytest.mark.parametrize(("name", "message"), [
    ("s3://desk/gone.csv", "not there; check the bucket's name and the path"), ("s3://nobody/inbox/", "not there; check the bucket's name"),
    ("s3://desk/*.nothing", "nothing fits the pattern"),
])
def test_what_is_not_there_is_said(ingest: Command, bucket: Any, name: str, message: str) -> None:
    """In one line with the address."""
    said = ingest(name)
    assert said.code == ExitCode.FILES_FAILED
    assert f"{name}: {message}" in said.err
    assert len(said.err.splitlines()) == 1


def test_a_server_that_is_not_there_is_said(copydesk: Command, bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """No server, and no such name."""
    for endpoint, message in ((f"http://127.0.0.1:{find_port()}", "nothing answers there"), ("http://nobody.invalid", "(DNS)")):
        type(bucket).clear_instance_cache()
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        said = copydesk("parse", "s3://desk/inbox/")
        assert said.code == ExitCode.FILES_FAILED
        assert message in said.err
        assert len(said.err.splitlines()) == 1


def test_memory_does_not_follow_the_size_of_an_object(bucket: Any) -> None:
    """It is read block by block."""
    import tracemalloc

    bucket.pipe("desk/large.txt", b"tick " * 8_000_000)
    given = discover([Address("s3://desk/large.txt")]).inputs[0].path
    assert isinstance(given, Address)
    tracemalloc.start()
    with remote.open_address(given) as stream:
        total = sum(len(part) for part in iter(lambda: stream.read(1 << 20), b""))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 40_000_000
    assert peak < 36_000_000


# ------------------------------------------------------------------ the web
class Pages(http.server.BaseHTTPRequestHandler):
    """A few pages, and what a server says when it does not give them."""

    def do_HEAD(self) -> None:
        """The head alone."""
        self.answer(is_head=True)

    def do_GET(self) -> None:
        """A page."""
        self.answer(is_head=False)

    def answer(self, *, is_head: bool) -> None:
        """By the path: a page, a part of one, or a status."""
        path = self.path.partition("?")[0]
        status = int(path[1:4]) if path[1:4].isdigit() else 200
        self.send_response(status)
        self.send_header("Content-Length", str(len(TABLE) + (500 if path == "/short.csv" else 0)))
        self.end_headers()
        if not is_head:
            self.wfile.write(TABLE)

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002 - as the library has it
        """Nothing is said."""


@pytest.fixture
def site() -> Iterator[str]:
    """A web server on this machine."""
    pytest.importorskip("aiohttp", reason="the extra [https] is not installed")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as web:
        thread = threading.Thread(target=web.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{web.server_address[1]}"
        web.shutdown()
        thread.join()


def test_a_page_of_the_web_is_an_input(ingest: Command, site: str) -> None:
    """Its password and signature are kept out of the lake."""
    host = site.removeprefix("http://")
    said = ingest(f"http://jane:secret@{host}/a.csv?page=2&X-Amz-Signature=abc")
    assert said.code == ExitCode.LANDED, said.err
    assert query("news.lake", "SELECT path, landed FROM files") == [(f"http://{host}/a.csv?page=2&X-Amz-Signature=***", 2)]
    ((inputs,),) = query("news.lake", "SELECT inputs FROM runs")
    assert "secret" not in str(inputs)
    assert "abc" not in str(inputs)


@pytest.mark.parametrize(("path", "message"), [
    ("404.csv", "not there (404)"), ("403.csv", "access is denied"), ("401.csv", "access is denied"), ("503.csv", "failed or is overloaded"),
    ("short.csv", "broke off"),
])
def test_what_a_server_refuses_is_said(copydesk: Command, site: str, path: str, message: str) -> None:
    """With the address and what to do."""
    said = copydesk("parse", f"{site}/{path}")
    assert said.code == ExitCode.FILES_FAILED
    assert f"{site}/{path}: " in said.err
    assert message in said.err


# ------------------------------------------------------------------ addresses
@pytest.mark.parametrize(("name", "is_address"), [
    ("s3://desk/inbox/", True), ("gs://desk/a.csv", True), ("https://example.org/a.csv", True), ("sqlite:///a.db?table=t", True), ("inbox/a.csv", False),
    ("s3:/desk", False), ("file:///inbox/a.csv", False), ("a://b", False), ("./s3://x", False),
])
def test_addresses_are_told_from_paths(name: str, is_address: bool) -> None:
    """By their scheme."""
    assert (find_address(name) is not None) == is_address


def test_a_missing_library_names_its_extra(copydesk: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that one command puts it right."""
    monkeypatch.setattr("fsspec.core.url_to_fs", fail_import)
    said = copydesk("parse", "gs://desk/a.csv")
    assert said.code == ExitCode.FILES_FAILED
    assert "pip install 'copydesk[gcs]'" in said.err


def fail_import(*given: object, **options: object) -> None:
    """As fsspec does where a library is missing."""
    raise ImportError("Please install gcsfs to access Google Storage")


def test_an_unknown_scheme_is_refused(copydesk: Command) -> None:
    """No store is opened that was not thought of, and none inside another."""
    for name in ("hdfs://desk/a.csv", "zip://a.csv::s3://desk/box.zip", "github://a:b@/x", "s3://desk/a::https://example.org/"):
        said = copydesk("parse", name)
        assert said.code == ExitCode.FILES_FAILED
        assert "known are s3://" in said.err


# ------------------------------------------------------------------ tables
@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A SQLite file with two tables."""
    path = tmp_path / "news.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE articles (id, title, text, raw)")
    connection.execute("INSERT INTO articles VALUES (1, 'Owls counted', 'There were nine of them.', x'ff00'), (2, 'Owls lost', 'Now eight.', NULL)")
    connection.execute("INSERT INTO articles VALUES (3, CAST(x'436166e9' AS TEXT), 'It is shut.', 'x')")
    connection.execute("CREATE TABLE notes (a)")
    connection.commit()
    connection.close()
    return path


def test_a_table_of_sqlite_is_an_input(ingest: Command, copydesk: Command, database: Path) -> None:
    """What is kept is its rows as JSON Lines: shown, verified and passed over as any file."""
    address = f"sqlite:///{database.name}?table=articles"
    said = ingest(address)
    assert said.code == ExitCode.LANDED, said.err
    assert query("news.lake", "SELECT path, format, landed, is_conserved FROM files") == [(address, "jsonl", 3, True)]
    assert query("news.lake", "SELECT headline, extra FROM articles ORDER BY record_id") == [
        ("Owls counted", {"raw": ["ff00"]}), ("Owls lost", {}), ("Café", {"raw": ["x"], "text_encoding": ["cp1252"]}),
    ]
    assert copydesk("verify").code == 0
    assert "Owls lost" in copydesk("show", "2").out
    assert "Nothing new" in ingest(f"sqlite:///{database}?table=articles").err
    assert not list(database.parent.glob("news.db-*"))


def test_a_table_of_duckdb_is_an_input(copydesk: Command, tmp_path: Path) -> None:
    """Lists and structures are kept; a view that reaches for other files gets none."""
    code = (
        "import duckdb; c = duckdb.connect('news.duckdb'); c.execute(\"CREATE TABLE articles AS SELECT 1 AS id, 'Owls counted' AS title, "
        "['Ann Roe', 'Bo Dahl'] AS authors, DATE '2025-01-02' AS published_at, 'There were nine.' AS text, {'tide': 'high'} AS meta\"); "
        "c.execute(\"CREATE VIEW spy AS SELECT content AS text FROM read_text('/etc/hostname')\")"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    said = copydesk("parse", "duckdb:///news.duckdb?table=articles")
    assert said.code == 0, said.err
    article = json.loads(said.out)
    assert [person["name"] for person in article["contributors"]] == ["Ann Roe", "Bo Dahl"]
    assert article["published_at"].startswith("2025-01-02")
    spied = copydesk("parse", "duckdb:///news.duckdb?table=spy")
    assert spied.code == ExitCode.FILES_FAILED
    assert "disabled by configuration" in spied.err


@pytest.mark.parametrize(("address", "message"), [
    ("sqlite:///gone.db?table=articles", "gone.db is not there"), ("sqlite:///news.db", "several tables; name one with ?table=NAME: articles, notes"),
    ("sqlite:///news.db?table=no%22such", "holds no table 'no\"such'; it holds articles, notes"), ("sqlite:///news.db?sql=x", "'sql' is not understood"),
    ("sqlite:///broken.db?table=a", "file is not a database"), ("duckdb:///broken.db?table=a", "DuckDB can't read"),
])
def test_a_table_that_can_t_be_read_is_said(ingest: Command, database: Path, address: str, message: str) -> None:
    """With what there is instead."""
    (database.parent / "broken.db").write_bytes(b"no database at all" * 100)
    said = ingest(address)
    assert said.code == ExitCode.FILES_FAILED
    assert f"{address}: " in said.err
    assert message in said.err


def test_a_path_is_relative_or_absolute(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As SQLAlchemy has it, and as people write it."""
    monkeypatch.chdir(database.parent)
    for name in ("sqlite:///news.db", f"sqlite:///{database}", f"sqlite://{database}"):
        assert parse_address(f"{name}?table=articles").path.resolve() == database
    assert open_table(parse_address("sqlite:///news.db?table=notes")).read() == b""
