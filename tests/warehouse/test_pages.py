"""Pages of a damaged data file: what is wrong is told in words, whatever the reader of Parquet makes of a bit that has turned."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from warehouse.pages import check_pages

Child = ModuleType


def test_a_damaged_file_never_ends_a_check(tmp_path: Path, child: Child) -> None:
    """Footers above all: a name that is no longer UTF-8, a count without sense, one that kills the reader. A file that is whole has no fault."""
    whole = child.stage_batch(tmp_path, 1)["articles"]
    content = whole.read_bytes()
    draw = random.Random(1)
    paths = [whole]
    for number in range(400):
        bit = draw.randrange(len(content) * 8)
        paths.append(Path(shutil.copy(whole, tmp_path / f"{number}.parquet")))
        damaged = bytearray(content)
        damaged[bit // 8] ^= 1 << bit % 8
        paths[-1].write_bytes(damaged)
    faults = list(check_pages([*paths, whole]))
    assert (faults[0], faults[-1], len(faults)) == (None, None, 402)
    assert sum(fault is not None for fault in faults) > 150


PARQUET = """
import os, signal

class ParquetFile:
    def __init__(self, path, **more):
        os.kill(os.getpid(), {"deadly": signal.SIGSEGV, "endless": signal.SIGPROF}.get(path.stem, 0))
        raise UnicodeDecodeError("utf-8", b"\\xec", 0, 1, "invalid")
"""


def test_what_kills_the_reader_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the files behind it are read."""
    (tmp_path / "pyarrow").mkdir()
    (tmp_path / "pyarrow" / "__init__.py").touch()
    (tmp_path / "pyarrow" / "parquet.py").write_text(PARQUET, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    odd = "it can't be read: 'utf-8' codec can't decode byte 0xec in position 0: invalid"
    assert list(check_pages([Path(f"{name}.parquet") for name in ("odd", "deadly", "odd", "endless", "deadly")])) == [
        odd, "reading it ends the reader with SIGSEGV", odd, "reading it ends the reader with SIGPROF: it took too long",
        "reading it ends the reader with SIGSEGV",
    ]
