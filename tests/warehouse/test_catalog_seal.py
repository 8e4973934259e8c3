"""The hash of the catalog: any bit that turns over is named, nothing is written to what has changed, and a kill raises no false alarm."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path
from types import ModuleType

import pytest

from warehouse.backup import backup_lake, restore_lake
from warehouse.errors import LakeError
from warehouse.lake import open_lake
from warehouse.layout import CATALOG
from warehouse.seal import SEAL
from warehouse.verify import check_catalog

Child = ModuleType


@pytest.fixture
def closed(tmp_path: Path, child: Child) -> Path:
    """A lake that nobody has open."""
    folder = tmp_path / "news.lake"
    with open_lake(folder) as lake:
        child.land_numbered(lake, range(1, 2))
    return folder


def flip(path: Path, bit: int) -> None:
    """Turn one bit over."""
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def test_every_bit_counts(closed: Path) -> None:
    """Wherever it lies: in a page that is not used, in a comment, in a number."""
    path = closed / CATALOG
    assert check_catalog(closed).breaches == []
    draw = random.Random(1)
    for _ in range(200):
        bit = draw.randrange(path.stat().st_size * 8)
        flip(path, bit)
        assert any(CATALOG in breach for breach in check_catalog(closed).breaches), bit
        flip(path, bit)
    assert check_catalog(closed).breaches == []


def test_what_has_changed_is_not_written_to(closed: Path, tmp_path: Path) -> None:
    """The message says how to go on; without the hash, which somebody has to remove, the catalog is taken as it is."""
    flip(closed / CATALOG, (closed / CATALOG).stat().st_size * 8 - 1)
    with pytest.raises(LakeError, match=r"catalog\.sqlite has changed since it was last written.*copydesk restore"):
        open_lake(closed)
    with pytest.raises(LakeError, match="nothing was copied"):
        restore_lake(closed, tmp_path / "copy.lake")
    (closed / SEAL).unlink()
    open_lake(closed).close()
    assert (closed / SEAL).exists()


def test_the_hash_itself_may_be_damaged(closed: Path) -> None:
    """It is named, and nothing is written."""
    flip(closed / SEAL, 77)
    assert SEAL in check_catalog(closed).breaches[0]
    with pytest.raises(LakeError, match=SEAL):
        open_lake(closed)


def test_a_writer_claims_nothing_before_it_has_closed(closed: Path) -> None:
    """There is no hash while a lake is open, nor when its writer was killed; the next one seals what it finds."""
    with open_lake(closed):
        assert not (closed / SEAL).exists()
        assert check_catalog(closed).breaches == []
    child = os.fork()
    if not child:
        open_lake(closed)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert not (closed / SEAL).exists()
    assert check_catalog(closed).breaches == []
    open_lake(closed).close()
    assert (closed / SEAL).exists()


def test_copies_are_sealed(closed: Path, tmp_path: Path) -> None:
    """A copy is a lake itself."""
    with open_lake(closed) as lake:
        backup_lake(lake, tmp_path / "copy.lake")
    assert (tmp_path / "copy.lake" / SEAL).exists()
    assert check_catalog(tmp_path / "copy.lake").breaches == []
