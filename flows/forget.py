"""`copydesk forget`: remove articles on request, and prove it."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from flows.boxes import BoxTooLarge, Budget, Tally, make_seekable, open_members
from flows.ledger import name_run
from flows.problems import ExitCode, Problem
from flows.progress import say
from flows.read import CHUNK, give_hints, open_reading
from flows.settings import Houses, IngestConfig, read_houses
from flows.verify import list_entered, verify_lake
from transforms.model import Gap
from transforms.outcome import Reject
from transforms.readers.containers import find_container
from transforms.readers.formats import name_formats
from warehouse.errors import NotFound
from warehouse.forget import (
    FILLERS,
    SPACES,
    Doomed,
    Source,
    drop_held_rows,
    find_doomed,
    find_sources,
    finish_forgetting,
    merge_spans,
    read_needles,
    take_out,
    unfinished,
    write_blanked,
)
from warehouse.lake import Lake, open_lake
from warehouse.land import open_original, stage
from warehouse.layout import Hashed
from warehouse.scrub import scrub_reports
from warehouse.snapshot import last_run
from warehouse.sql import run_sql
from warehouse.tables import Forgotten

SHOWN = 20


class Request(NamedTuple):
    """What `copydesk forget` was asked for."""

    where: str | None
    why: str
    is_sure: bool
    """Not to be asked."""
    is_dry: bool
    drops_originals: bool
    """Whether an original that can't be written over in part may go whole."""


class Plan(NamedTuple):
    """What becomes of one kept original."""

    source: Source
    filler: str | None
    """None where the original is removed."""
    kept: Hashed | None
    doubt: str | None = None


def forget(lake_path: Path, request: Request, config: IngestConfig) -> int:
    """Remove the articles that answer to a condition, and whatever an interrupted request has left to do."""
    houses = read_houses(config)
    with open_lake(lake_path, create=False) as lake:
        doomed = find_doomed(lake_path, request.where) if request.where else []
        left = unfinished(lake_path)
        if not doomed:
            if left and not request.is_dry:
                finish_forgetting(lake)
                say(f"{len(left)} originals that an interrupted request had left were finished")
            elif request.where:
                say("nothing to do: no article answers to that")
                return ExitCode.LANDED
        else:
            plans = [plan_source(lake, source, config, houses) for source in join_spans(lake_path, find_sources(lake_path, doomed))]
            boxes = find_boxes(lake, {plan.source.sha256 for plan in plans}, config)
            announce(lake_path, doomed, plans, boxes)
            stuck = [plan for plan in plans if plan.doubt and plan.filler is None and plan.source.others]
            if stuck and not request.drops_originals:
                raise Problem("\n".join(f"{plan.source.path}: {plan.doubt}" for plan in stuck)
                              + "\n--drop-originals removes such originals whole; the tables keep the other articles, which can't be read again then")
            if request.is_dry:
                return ExitCode.LANDED
            if not request.is_sure:
                confirm(doomed)
            carry_out(lake, doomed, plans, boxes, request.why)
    say("checking the lake:")
    return verify_lake(lake_path)


def carry_out(lake: Lake, doomed: Sequence[Doomed], plans: Sequence[Plan], boxes: Sequence[Box], why: str) -> None:
    """Scrub, take out, write over, expire; in this order, so that it can be taken up again wherever it is broken off."""
    now = datetime.now(UTC)
    run_id = name_run(now, last_run(lake.folder))
    needles = read_needles(lake.folder, doomed)
    scrub_reports(lake.reports, needles)
    drop_held_rows(lake, {one.article_id for one in doomed if one.article_id})
    by_file = {plan.source.file_id: plan for plan in plans}
    rows = []
    for one in doomed:
        plan = by_file.get(one.file_id)
        filler, kept = (plan.filler, plan.kept) if plan else (None, None)
        rows.append(Forgotten(
            run_id, one.file_id, one.record_no, one.fate, one.article_id, one.version, one.batch_id, one.content_hash, one.byte_start, one.byte_end,
            filler, kept.sha256 if kept else None, kept.size_bytes if kept else 0, now, why,
        ))
    rows += [Forgotten(run_id, box.file_id, 0, "container", None, None, None, None, 0, 0, None, None, 0, now, why) for box in boxes]
    batch_id = hashlib.sha256(f"forget {run_id}".encode("ascii")).hexdigest()[:16]
    take_out(lake, run_id, doomed, stage(lake.folder, batch_id, "forgotten", rows), needles)
    finish_forgetting(lake)
    for folder in (run_id, batch_id):
        shutil.rmtree(lake.staging / folder, ignore_errors=True)
    say(f"request {run_id}: {len({one.article_id for one in doomed if one.article_id}):,} articles, {len(doomed):,} records removed")


def join_spans(lake_path: Path, sources: Sequence[Source]) -> list[Source]:
    """The same with the spans that earlier requests have written over, since an original is kept under one hash."""
    with run_sql(lake_path, "SELECT file_id, byte_start, byte_end FROM landed.forgotten WHERE fate <> 'container'") as result:
        before: dict[str, set[tuple[int, int]]] = {}
        for file_id, start, end in result.rows():
            before.setdefault(file_id, set()).add((start, end))
    return [source._replace(spans=tuple(sorted({*source.spans, *before.get(source.file_id, ())}))) for source in sources]


# ------------------------------------------------------------------ originals
def plan_source(lake: Lake, source: Source, config: IngestConfig, houses: Houses) -> Plan:
    """Remove an original that holds nothing else; else write the records over, so that the others can still be read where they lie."""
    if not source.others:
        return Plan(source, None, None)
    form = name_formats().get(source.format or "")
    if any(start >= end for start, end in source.spans) or (form is not None and form.needs_seek):
        return Plan(source, None, None, f"{source.others:,} other records lie in it, and of a {source.format} file no part can be written over")
    stay = [entered.records for entered in list_entered(lake.folder) if entered.file_id == source.file_id]
    wanted = {(start, end) for records in stay for _, start, end in records if start < end} - set(source.spans)
    before = find_spans(lake, source, None, config, houses) & wanted
    if lost := [span for span in wanted if any(start < span[1] and span[0] < end for start, end in merge_spans(source.spans))]:
        return Plan(source, None, None, f"{len(lost):,} other records share bytes with these")
    first: Plan | None = None
    for filler in FILLERS:
        aside, kept = write_blanked(lake, source, filler)
        try:
            after = find_spans(lake, source, aside, config, houses)
        finally:
            aside.unlink()
        if before <= after:
            return Plan(source, filler, kept)
        first = first or Plan(source, SPACES, kept, f"of its {source.others:,} other records, {len(before - after):,} can't be read again from it")
    return first or Plan(source, None, None)


def find_spans(lake: Lake, source: Source, aside: Path | None, config: IngestConfig, houses: Houses) -> set[tuple[int, int]]:
    """Where the records of an original lie, or those of what is to be kept of it."""
    hints = give_hints(source.path, config, houses)
    hints = hints._replace(encoding=hints.encoding or source.encoding)
    try:
        raw = cast(BinaryIO, open_original(lake, source.sha256)) if aside is None else open_aside(aside)
        with open_reading(raw, hints) as reading:
            return {(item.byte_start, item.byte_end) for item in reading.items if not isinstance(item, Gap)}
    except Reject:
        return set()


def open_aside(path: Path) -> BinaryIO:
    """What was written aside, as it reads."""
    import io

    import zstandard

    stream = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), closefd=True)
    return cast(BinaryIO, io.BufferedReader(cast("io.RawIOBase", stream), CHUNK))


class Box(NamedTuple):
    """A kept container that holds a file which is to be written over or removed. What could be read in it is kept file by file."""

    file_id: str
    sha256: str
    path: str


def find_boxes(lake: Lake, wanted: set[str], config: IngestConfig) -> list[Box]:
    """The kept containers that hold some files, and those that hold these."""
    with run_sql(lake.folder, "SELECT DISTINCT file_id, sha256, path FROM files WHERE status = 'landed' "
                 "AND list_bool_or(list_transform(gaps, lambda gap: starts_with(gap, 'container=')))") as result:
        left = [Box(*row) for row in result.rows()]
    found: list[Box] = []
    members = {box.sha256: hash_members(lake, box, config) for box in left} if left else {}
    while more := [box for box in left if members[box.sha256] & wanted]:
        found += more
        wanted = wanted | {box.sha256 for box in more}
        left = [box for box in left if box not in more]
    return found


def hash_members(lake: Lake, box: Box, config: IngestConfig) -> set[str]:
    """The hashes of the members of a kept container that were read from it; of one that is kept no more, none."""
    houses = read_houses(config)
    hints = give_hints(box.path, config, houses)
    hashes = set()
    try:
        with open_original(lake, box.sha256) as raw:
            container, _ = find_container(cast(BinaryIO, raw), hints)
        if container is None:
            return set()
        with make_seekable(cast(BinaryIO, open_original(lake, box.sha256))) as raw:
            size = sum(len(data) for data in iter(lambda: raw.read(CHUNK), b""))
            raw.seek(0)
            for member in open_members(raw, container, box.path, hints, Budget(box.path, size, config), Tally(box.path)):
                digest = hashlib.sha256()
                while data := member.stream.read(CHUNK):
                    digest.update(data)
                hashes.add(digest.hexdigest())
    except NotFound:
        return set()
    except (Reject, BoxTooLarge) as no:
        raise Problem(f"{box.path}: its members can't be told any more: {no}; nothing was removed") from no
    return hashes


# ------------------------------------------------------------------ the person who asks
def announce(lake_path: Path, doomed: Sequence[Doomed], plans: Sequence[Plan], boxes: Sequence[Box]) -> None:
    """Say what would go: articles by headline, originals by path."""
    ids = sorted({one.article_id for one in doomed if one.article_id})
    listed = ", ".join(f"'{article_id}'" for article_id in ids[:SHOWN])
    query = f"SELECT article_id, source, published_at::DATE, headline FROM articles WHERE article_id IN ({listed}) ORDER BY 1"
    with run_sql(lake_path, query) as result:
        for article_id, source, day, headline in result.rows():
            say(f"{article_id}  {day or '          '}  {source or '-'}  {(headline or '-')[:80]}")
    if len(ids) > SHOWN:
        say(f"and {len(ids) - SHOWN:,} more articles")
    fates = {fate: sum(one.fate == fate for one in doomed) for fate in ("landed", "duplicate", "quarantined")}
    say(f"{len(ids):,} articles: {fates['landed']:,} versions, {fates['duplicate']:,} repeats, {fates['quarantined']:,} records set aside")
    for plan in plans[:SHOWN]:
        what = "removed" if plan.filler is None else f"{len(plan.source.spans):,} records written over, {plan.source.others:,} stay"
        say(f"original {plan.source.path}: {what}" + (f"; {plan.doubt}" if plan.doubt else ""))
    for box in boxes:
        say(f"original {box.path}: removed; what could be read in it is kept file by file")
    say("the lake can't be gone back to before this, and reports lose what they quote of it")


def confirm(doomed: Sequence[Doomed]) -> None:
    """Ask once more. Raises a Problem for anything but yes."""
    if not sys.stdin.isatty():
        raise Problem("nothing was removed: give --yes to remove this without being asked")
    sys.stderr.write(f"remove {len(doomed):,} records for good? type yes: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != "yes":
        raise Problem("nothing was removed")
