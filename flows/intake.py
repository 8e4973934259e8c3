"""Inputs as they come: each file, and each member of a container, is kept and opened; what has landed is passed over.

What is read is what is kept. A member is an input of its own, `box.zip!/wire.txt`, with its own hash: so `show`, `replay` and `verify` know
nothing of containers, and the same story in two boxes lands once. A container is kept too, and has its own row when all in it has been read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast

from flows.boxes import BoxTooLarge, Budget, Tally, make_seekable, open_members
from flows.discover import Aside, Discovery, Input, explain_os_error, open_input
from flows.ledger import Failure, FileFacts, Ledger
from flows.plan import Opened
from flows.read import give_hints, open_reading, read_blank
from flows.remote import Address, find_change
from flows.settings import Houses, IngestConfig
from transforms.model import PARSER_VERSION, Damaged, Gap, Item
from transforms.outcome import Reason, Reject
from transforms.readers.compression import name_damage
from transforms.readers.containers import Container, find_container
from transforms.readers.found import Hints
from warehouse.land import keep_original, landed_files, open_original
from warehouse.originals import Original
from warehouse.unfinished import interrupted_files


class Intake:
    """Opens the inputs of a run."""

    def __init__(self, ledger: Ledger, config: IngestConfig, houses: Houses) -> None:
        self._ledger = ledger
        self._config = config
        self._houses = houses
        self._done = landed_files(ledger.lake, PARSER_VERSION)
        self._begun = interrupted_files(ledger.lake, PARSER_VERSION)

    def open_inputs(self, found: Discovery) -> Iterator[Opened]:
        """Every input, and every member of one, in order."""
        for given in found.inputs:
            if kept := self._keep(given):
                try:
                    yield from self._open_kept(kept, given.shown, Budget(given.shown, kept.size, self._config), 0)
                except BoxTooLarge as no:
                    self._ledger.failures.append(Failure(given.shown, str(no), kept.sha256, kept.size))

    def _keep(self, given: Input) -> Original | None:
        """Keep an input; None when it can't be had, which is put on record."""
        path, shown = given
        try:
            if isinstance(path, Address):
                with open_input(given) as stream:
                    kept = keep_original(self._ledger.lake, stream)
                kept = kept._replace(changed_while_read=find_change(path))
            else:
                kept = keep_original(self._ledger.lake, path)
        except OSError as error:
            self._ledger.failures.append(Failure(shown, explain_os_error(error)))
            return None
        if kept.changed_while_read:
            message = f"it {kept.changed_while_read} while it was read; run again when it is written to its end"
            self._ledger.failures.append(Failure(shown, message, kept.sha256, kept.size))
            return None
        return kept

    def _open_kept(self, kept: Original, shown: str, budget: Budget, depth: int, damage: str | None = None) -> Iterator[Opened]:
        """What a kept file holds: itself, or its members. `damage` says where it broke off when it was taken out of its container."""
        if kept.sha256 in self._done:
            self._ledger.skipped.append(Aside(shown, "landed before"))
            return
        hints = give_hints(shown, self._config, self._houses)
        facts = FileFacts(kept.sha256[:16], kept.sha256, shown, kept.size)
        with open_original(self._ledger.lake, kept.sha256) as raw:
            container, _ = find_container(cast(BinaryIO, raw), hints)
        if container:
            yield from self._open_container(facts, container, hints, budget, depth)
            return
        try:
            with open_reading(cast(BinaryIO, open_original(self._ledger.lake, kept.sha256)), hints, damage=damage) as reading:
                self._ledger.open_file(facts.learn(reading))
                self._done.add(kept.sha256)
                yield Opened(facts.file_id, self._watch(facts, reading.items), self._begun.get(facts.file_id, 0), reading.count_bytes)
        except Reject as no:
            if no.reason == Reason.EMPTY and not damage:
                self._ledger.open_file(facts, note=no.detail)
                self._done.add(kept.sha256)
                yield Opened(facts.file_id, read_blank(cast(BinaryIO, open_original(self._ledger.lake, kept.sha256))))
            else:
                self._ledger.failures.append(Failure(shown, damage or no.detail, kept.sha256, kept.size))

    def _watch(self, facts: FileFacts, items: Iterator[Item]) -> Iterator[Item]:
        """The items of a file; the death of its reader is put on record."""
        for item in items:
            if isinstance(item, Damaged) and item.reason == Reason.READER_DIED:
                self._ledger.cut_file(facts.file_id, item.detail)
            yield item

    def _open_container(self, facts: FileFacts, container: Container, hints: Hints, budget: Budget, depth: int) -> Iterator[Opened]:
        """The members of a container, and when all that should be read was read, its own row."""
        ledger = self._ledger
        if depth >= budget.depth:
            message = f"containers lie {depth + 1} deep here, more than {budget.depth}; if the file is to be trusted, raise COPYDESK_MAX_DEPTH"
            ledger.failures.append(Failure(facts.shown, message, facts.sha256, facts.size_bytes))
            return
        failures_before = len(ledger.failures)
        tally = Tally(facts.shown)
        try:
            with make_seekable(cast(BinaryIO, open_original(ledger.lake, facts.sha256))) as raw:
                members = open_members(raw, container, facts.shown, hints, budget, tally, is_forced=self._config.format is not None)
                for shown, _, stream in members:
                    try:
                        kept = keep_original(ledger.lake, stream)
                    except Reject as no:
                        ledger.failures.append(Failure(shown, no.detail))
                        continue
                    yield from self._open_kept(kept, shown, budget, depth + 1, name_damage(stream))
        except Reject as no:
            ledger.failures.append(Failure(facts.shown, no.detail, facts.sha256, facts.size_bytes))
        finally:
            ledger.ignored += tally.asides
            ledger.failures += [Failure(aside.shown, aside.reason) for aside in tally.failed]
            ledger.notes += tally.notes
        if len(ledger.failures) > failures_before:
            return  # so that the next run opens it again, and says again what is wrong in it
        kind = "compressed file" if container.kind == "packed" else container.kind
        ledger.open_file(facts._replace(format=kind, compression=container.compression, dialect=tally.describe()))
        self._done.add(facts.sha256)
        yield Opened(facts.file_id, (Gap("container", 0, facts.size_bytes),) if facts.size_bytes else ())
