"""Reports without the words of what is to be forgotten. What can't be taken out line by line or value by value goes whole."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from warehouse.seal import SEAL, drop_files, put_files

GONE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Report removed</title>
<p>This report quoted articles that have been removed on request. The figures of its run stand in report.json and in the table runs.</p>
</html>
"""
TAG = re.compile(r"<[^<>]{0,2000}>")


def scrub_reports(reports: Path, needles: Sequence[str]) -> list[Path]:
    """Take every mention of some words out of the files of all reports; returns the files that changed."""
    changed = []
    for top, _, names in os.walk(reports):
        fresh: dict[str, bytes] = {}
        gone = []
        for name in sorted(set(names) - {SEAL}):
            text = Path(top, name).read_bytes().decode("utf-8", "surrogateescape")
            kept = scrub_text(text, Path(name).suffix, needles)
            if kept is None:
                gone.append(name)
            elif kept != text:
                fresh[name] = kept.encode("utf-8", "surrogateescape")
        drop_files(Path(top), gone)
        if fresh:
            put_files(Path(top), fresh)
        changed += [Path(top, name) for name in sorted((*fresh, *gone))]
    return changed


def scrub_text(text: str, suffix: str, needles: Sequence[str]) -> str | None:
    """A file's text without what mentions some words; itself where none does, None where nothing of it can stay.

    >>> scrub_text('{"who": "Jane Roe"}\\n{"who": "Bo Dahl"}\\n', ".jsonl", ["Jane Roe"])
    '{"who": "Bo Dahl"}\\n'
    """
    match suffix:
        case ".jsonl" | ".csv":
            return "".join(line for line in text.splitlines(keepends=True) if not mentions(line, needles))
        case ".json":
            try:
                kept = prune(json.loads(text), needles)
            except ValueError:
                return None if mentions(text, needles) else text
            return json.dumps(kept, ensure_ascii=False, indent=2) if kept != json.loads(text) else text
        case ".html":
            plain = html.unescape(TAG.sub("", text))
            return GONE if mentions(text, needles) or mentions(plain, needles) else text
    return None if mentions(text, needles) else text


def mentions(text: str, needles: Iterable[str]) -> bool:
    """Whether a text holds one of some words, plain or as JSON or HTML writes it."""
    return any(
        needle in text or html.escape(needle) in text or json.dumps(needle)[1:-1] in text or json.dumps(needle, ensure_ascii=False)[1:-1] in text
        for needle in needles
    )


def prune(value: Any, needles: Sequence[str]) -> Any:
    """A JSON value without the items of lists that mention some words; elsewhere a text that does is null."""
    if isinstance(value, dict):
        return {key: prune(inner, needles) for key, inner in value.items()}
    if isinstance(value, list):
        return [item if isinstance(item, list) else prune(item, needles) for item in value
                if not mentions(json.dumps(item, ensure_ascii=False), needles)]
    return None if isinstance(value, str) and any(needle in value for needle in needles) else value
