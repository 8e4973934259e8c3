"""Google Cloud Storage, on an emulator of it on this machine: walked, read as streams, and what goes wrong is said in a line."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows import remote
from flows.discover import discover, find_place
from flows.problems import ExitCode
from flows.remote import Address
from warehouse.sql import run_sql

Command = Callable[..., Any]
STORY = b"Clock stops\n\nBy Ann Roe\n\nOSLO - The clock of the town hall has stopped.\n"
TABLE = b"id,title,text\nA-1,Owls counted,There were nine of them.\nA-2,Owls lost,Now there are eight.\n"
SERVE = (
    "import sys, time; from gcp_storage_emulator.server import create_server; "
    "create_server('127.0.0.1', int(sys.argv[1]), in_memory=True, default_bucket='desk').start(); time.sleep(600)"
)
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning")
"""The library leaves its connections to the end of the process."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The emulator."""
    pytest.importorskip("gcsfs", reason="the extra [gcs] is not installed")
    pytest.importorskip("gcp_storage_emulator", reason="gcp-storage-emulator is not installed: it belongs to the extra dev")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with subprocess.Popen([sys.executable, "-c", SERVE, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/storage/v1/b?project=p", timeout=1).close()
                    break
                except (urllib.error.URLError, OSError):
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bucket with an inbox, as a file system of fsspec. What kind of bucket it is would be asked of another port, by gRPC."""
    import fsspec

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", server)
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    fsspec.get_filesystem_class("gs").clear_instance_cache()
    store = fsspec.filesystem("gs", skip_instance_cache=True)
    for path in store.find("desk"):
        store.rm(path)
    for path, data in (("inbox/b/story.txt", STORY), ("inbox/a.csv", TABLE), ("inbox/README.txt", b"x"), ("inbox/logo.png", b"x"), ("other/c.txt", STORY)):
        store.pipe(f"desk/{path}", data)
    return store


def test_a_folder_of_a_bucket_is_an_inbox(ingest: Command, copydesk: Command, bucket: Any) -> None:
    """Walked as a folder here is; what has landed is passed over."""
    said = ingest("gs://desk/inbox/")
    assert said.code == ExitCode.LANDED, said.err
    with run_sql(Path("news.lake"), "SELECT path, landed FROM files ORDER BY 1") as result:
        assert list(result.rows()) == [("gs://desk/inbox/a.csv", 2), ("gs://desk/inbox/b/story.txt", 1)]
    assert "gs://desk/inbox/README.txt: a README" in said.err
    assert copydesk("verify", "--files").code == 0
    assert "Nothing new" in ingest("gs://desk/inbox").err


def test_patterns_and_names(bucket: Any) -> None:
    """A pattern, a file, and the same twice."""
    found = discover([find_place(name) for name in ("gs://desk/*/*.csv", "gs://desk/other/c.txt", "gs://desk/inbox/a.csv")])
    assert [item.shown for item in found.inputs] == ["gs://desk/inbox/a.csv", "gs://desk/other/c.txt"]
    assert [item.path.size for item in found.inputs if isinstance(item.path, Address)] == [len(TABLE), len(STORY)]


def test_boxes_and_tables_are_read_from_a_bucket(copydesk: Command, bucket: Any) -> None:
    """Containers and formats that are read in any order too."""
    packed, table = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("in/story.txt", STORY)
    pq.write_table(pa.table({"title": ["Owls"], "text": ["Nine owls were counted."]}), table)
    bucket.pipe({"desk/box/a.zip": packed.getvalue(), "desk/box/b.parquet": table.getvalue()})
    said = copydesk("parse", "gs://desk/box/")
    assert said.code == 0, said.err
    assert [json.loads(line)["source"] for line in said.out.splitlines()] == ["gs://desk/box/a.zip!/in/story.txt", "gs://desk/box/b.parquet"]


def test_an_object_that_was_replaced_is_noticed(bucket: Any) -> None:
    """By the generation that the store gives each."""
    address = discover([Address("gs://desk/inbox/a.csv")]).inputs[0].path
    assert isinstance(address, Address)
    assert remote.find_change(address) is None
    bucket.pipe("desk/inbox/a.csv", TABLE + b"A-3,More,Text.\n")
    assert remote.find_change(address) == "was replaced"


@pytest.mark.parametrize(("name", "message"), [
    ("gs://desk/gone.csv", "not there; check the bucket's name and the path"), ("gs://nobody/inbox/", "not there; check the bucket's name"),
    ("gs://desk/*.nothing", "nothing fits the pattern"),
])
def test_what_is_not_there_is_said(ingest: Command, bucket: Any, name: str, message: str) -> None:
    """In one line with the address."""
    said = ingest(name)
    assert said.code == ExitCode.FILES_FAILED
    assert f"{name}: {message}" in said.err
    assert len(said.err.splitlines()) == 1
