"""Batches that are held back: their files wait beside the data, where no reader looks, until a person has decided.

    held/<run>/<number>-<batch>/articles.parquet, contributors.parquet ...

A batch is moved there under a name with a dot before its quarantine rows are committed, and loses the dot after. So a folder with a dot tells
that a writer was killed in between: the next one gives it its name when the batch was committed, and else sweeps it away.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from warehouse.earlier import keep_earlier, renew_batch
from warehouse.errors import LakeError
from warehouse.seal import seal_folder
from warehouse.tables import TABLES, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

HELD = "held"
PARTS = ("articles", "contributors", "places", "photos", "blocks", "corrections")
"""Tables of which a held batch keeps its rows back; the ledger's have landed."""
NAME = re.compile(r"\.?(\d{6})-([0-9a-f]{16})")


class HeldBatch(NamedTuple):
    """A batch that waits."""

    run_id: str
    number: int
    """From 1 in its run: they are released in this order."""
    batch_id: str
    folder: Path


def set_apart(lake_folder: Path, run_id: str, number: int, batch_id: str, staged: Mapping[str, Path]) -> HeldBatch:
    """Move the staged files of a batch's articles to where held batches lie. It is not held before `confirm_held`."""
    folder = lake_folder / HELD / run_id / f".{number:06}-{batch_id}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PARTS:
        if name in staged and staged[name].exists():
            staged[name].replace(folder / f"{name}.parquet")
    seal_folder(folder)
    return HeldBatch(run_id, number, batch_id, folder)


def confirm_held(batch: HeldBatch) -> None:
    """Give a batch that was committed its name."""
    if batch.folder.exists():
        batch.folder.replace(batch.folder.with_name(batch.folder.name.removeprefix(".")))


def settle_held(lake_folder: Path, known: Iterable[Path]) -> list[Path]:
    """Finish or sweep what a killed writer left half held, by the data files that the catalog knows. Call it with the lock held."""
    swept = []
    committed = set(known)
    for folder in sorted((lake_folder / HELD).glob("*/.*")):
        found = NAME.fullmatch(folder.name)
        if found and lake_folder / "data" / "batches" / f"{found[2]}.parquet" in committed:
            confirm_held(HeldBatch(folder.parent.name, int(found[1]), found[2], folder))
        else:
            shutil.rmtree(folder, ignore_errors=True)
            swept.append(folder)
    return swept


def list_held(lake_folder: Path | str) -> dict[str, list[HeldBatch]]:
    """The batches that wait, by run, in their order."""
    found: dict[str, list[HeldBatch]] = {}
    for folder in sorted((Path(lake_folder) / HELD).glob("*/*")):
        name = NAME.fullmatch(folder.name)
        if name and not folder.name.startswith("."):
            found.setdefault(folder.parent.name, []).append(HeldBatch(folder.parent.name, int(name[1]), name[2], folder))
    return found


def read_held(batch: HeldBatch) -> dict[str, pa.Table]:
    """The rows of a held batch, by table. Raises LakeError when a file is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = {}
    for name in PARTS:
        path = batch.folder / f"{name}.parquet"
        schema = arrow_schema(TABLES[name])
        if not path.exists():
            tables[name] = schema.empty_table()
            continue
        try:
            rows = pq.read_table(path, schema=keep_earlier(name, schema, pq.read_schema(path)))
            batches = [renew_batch(name, batch) for batch in rows.to_batches()]
            tables[name] = pa.Table.from_batches(batches).cast(schema) if batches else schema.empty_table()
        except (OSError, pa.ArrowInvalid) as e:
            message = f"the held file {path} can't be read: {e}; discard the run, then try its records again with copydesk quarantine replay"
            raise LakeError(message) from e
    return tables


def drop_held(batch: HeldBatch) -> None:
    """Remove the files of a batch on which it was decided."""
    shutil.rmtree(batch.folder, ignore_errors=True)
    if batch.folder.parent.exists() and not any(batch.folder.parent.iterdir()):
        batch.folder.parent.rmdir()
