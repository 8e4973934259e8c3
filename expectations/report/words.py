"""How the report says things: sizes, durations, shares, and text from outside with what cannot be seen spelled out."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from markupsafe import Markup

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]")


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its instants as text.

    >>> plain({"started_at": dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.timezone.utc)})
    {'started_at': '2024-01-02T03:04:00+00:00'}
    """
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in row.items()}


def show(text: Any) -> Any:
    """Text from outside with what cannot be seen, or would turn the line round, spelled out.

    >>> show("Roe\\u202eeoR"), show(3)
    ('Roe⟨U+202E⟩eoR', 3)
    """
    if not isinstance(text, str) or isinstance(text, Markup) or (text.isascii() and text.isprintable()):
        return text
    return UNSEEN.sub(lambda m: f"⟨U+{ord(m[0]):04X}⟩", text.replace("\r\n", "\n"))


def clip(text: str, most: int) -> str:
    """Text as it is shown, cut to length, saying how much is left out: what is spelled out may be long, so the cut comes after.

    >>> clip("LAGOS, Jan. 2", 5), clip("LAGOS", 5)
    ('LAGOS … 8 more characters', 'LAGOS')
    """
    shown = show(text[: most + 1])
    if len(text) <= most and len(shown) <= most:
        return str(shown)
    return f"{shown[:most]} … {len(text) - most:,} more characters" if len(text) > most else f"{shown[:most]} …"


def say_bytes(number: int) -> str:
    """A size as people say it.

    >>> say_bytes(999), say_bytes(1_480_000), say_bytes(2_000_000_000)
    ('999 B', '1.5 MB', '2.0 GB')
    """
    size = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"


def say_seconds(seconds: float) -> str:
    """A duration as people say it.

    >>> say_seconds(0.0421), say_seconds(12.34), say_seconds(3723)
    ('42 ms', '12.3 s', '62 min 3 s')
    """
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else f"{int(seconds // 60):,} min {int(seconds % 60)} s"


def say_share(part: float, whole: float) -> str:
    """A share in per cent, never rounded to all or nothing when it is neither.

    >>> say_share(1, 3), say_share(999_999, 1_000_000), say_share(1, 1_000_000), say_share(0, 0)
    ('33.3%', '99.9%', '0.1%', '–')
    """
    if not whole:
        return "–"
    if part in (0, whole):
        return f"{100 * part / whole:.0f}%"
    return f"{min(99.9, max(0.1, 100 * part / whole)):.1f}%"


def say_number(number: float) -> str:
    """A number with its thousands apart, without a fraction where it has none.

    >>> say_number(1204), say_number(0.05), say_number(3.0)
    ('1,204', '0.05', '3')
    """
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.4g}"


def say_limits(least: float | None, most: float | None, mostly: float | None) -> str:
    """What a check allows, in words.

    >>> say_limits(1, None, None), say_limits(None, 0, None), say_limits(None, None, 0.95), say_limits(1, 31, 0.9)
    ('at least 1', 'none', 'up to 5% may fail', '1 to 31; up to 10% may fail')
    """
    said = []
    if least is not None and most is not None:
        said.append(f"exactly {say_number(least)}" if least == most else f"{say_number(least)} to {say_number(most)}")
    elif least is not None:
        said.append(f"at least {say_number(least)}")
    elif most is not None:
        said.append(f"at most {say_number(most)}" if most else "none")
    if mostly is not None:
        said = [s for s in said if s != "none"] + [f"up to {say_number(round(100 - 100 * mostly, 2))}% may fail"]
    return "; ".join(said) or "all must hold"


def say_count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> say_count(1, "record"), say_count(1204, "record"), say_count(2, "batch")
    ('1 record', '1,204 records', '2 batches')
    """
    return f"{number:,} {noun}{'' if number == 1 else 'es' if noun.endswith('ch') else 's'}"
