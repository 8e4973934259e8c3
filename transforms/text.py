"""Characters: what is doubtful in a document, and the clean form of a value taken from it."""

from __future__ import annotations

import re

CONTROLS = "".join(chr(c) for c in (*range(0x20), *range(0x7F, 0xA0)) if c not in (9, 10, 13))
CONTROL = re.compile(f"[{re.escape(CONTROLS)}]")
C1 = re.compile("[\x80-\x9f]")
ASCII_CONTROL_BYTES = bytes(ord(c) for c in CONTROLS if c < "\x80")
ASCII_UNWANTED = ASCII_CONTROL_BYTES + b"\r"
FOLLOWING = "[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
MOJIBAKE = re.compile(
    f"[\xc2-\xf4](?:(?<=[\xc2-\xdf]){FOLLOWING}|(?<=[\xe0-\xe2\xf0]){FOLLOWING}{{2}}|(?<=[\xe3-\xef]){FOLLOWING}{{2}}[\xe3-\xef]{FOLLOWING}|(?<=Ô)[Çç])"
)
"""UTF-8 read as cp1252 (or cp850) looks like this; one such run lets a text be looked at closely. Asian text needs two characters,
since French prints é, a space and a guillemet."""
DOUBTFUL = re.compile(f"[{re.escape(CONTROLS)}\xc2-\xf4\ufffd]")
DOUBTFUL_BYTES = (
    (b"\xc3", re.compile(rb"\xc3(?:[\x82-\xb4](?:[\xc2\xc5\xc6\xcb]|\xe2[\x80-\x84])|\x94\xc3[\x87\xa7])")),
    (b"\xc2", re.compile(rb"\xc2[\x80-\x9f]")),
    (b"\xef", re.compile(rb"\xef\xbf\xbd")),
)
"""The same gate for UTF-8 bytes: a first byte to look for, and what must follow. A record without them need not be looked at as text."""
BLANKS = dict.fromkeys(map(ord, "\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"), " ")
INVISIBLE = dict.fromkeys(map(ord, CONTROLS + "\xad\u200b\u2060\ufeff"))
"""Removed. Joiners (U+200C, U+200D) and marks of direction stay: scripts need them."""
CLEANING = {**BLANKS, **INVISIBLE}
UNCLEAN = re.compile("[" + re.escape("".join(map(chr, CLEANING))) + "]|\r")


def has_mojibake(text: str) -> bool:
    """Whether a text holds UTF-8 that was read in another encoding.

    >>> has_mojibake("The cafÃ© stays shut"), has_mojibake("The café stays shut")
    (True, False)
    """
    if text.isascii() or not (MOJIBAKE.search(text) or C1.search(text)):
        return False
    from ftfy.badness import is_bad

    return bool(is_bad(text))


def find_text_warnings(text: str) -> tuple[str, ...]:
    """Codes of what is doubtful about the characters of a document.

    >>> find_text_warnings("Bell\\x07 rings at cafÃ©")
    ('control_chars', 'mojibake')
    """
    if not DOUBTFUL.search(text):
        return ()
    codes = ("control_chars",) if CONTROL.search(text) else ()
    if has_mojibake(text):
        codes = (*codes, "mojibake")
    return (*codes, "replacement_char") if "\ufffd" in text else codes


def repair_mojibake(text: str) -> str:
    """A text with its misread passages read again.

    >>> repair_mojibake("â€œNo,â€\\x9d she said at the cafÃ©")
    '“No,” she said at the café'
    """
    if not has_mojibake(text):
        return text
    from ftfy import TextFixerConfig, fix_encoding

    return fix_encoding(text, TextFixerConfig(replace_lossy_sequences=False, max_decode_length=len(text) + 1))


def clean_text(text: str) -> str:
    """A value as it should be stored: plain spaces, no invisible characters, line feeds only, misread passages repaired.

    >>> clean_text("Port\\xa0of Nowhere\\xad shut\\u200b")
    'Port of Nowhere shut'
    """
    if text.isascii():
        plain = text.encode("ascii")
        if len(plain.translate(None, ASCII_UNWANTED)) == len(plain):
            return text
    while True:
        clean = repair_mojibake(text)
        if UNCLEAN.search(clean):
            clean = clean.replace("\r\n", "\n").replace("\r", "\n").translate(CLEANING)
        if clean == text:
            return text
        text = clean
