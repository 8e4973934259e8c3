"""Pages of a damaged data file: what is wrong is told in words, whatever the reader of Parquet makes of a bit that has turned."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from types import ModuleType

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
    assert any(fault and "ends the reader with SIG" in fault for fault in faults)
    assert any(fault and "codec can't decode" in fault for fault in faults)
