"""Encodings: which one a file is in, how its bytes are counted, how a record is decoded without losing a character.

Readers look for line ends and delimiters in *working bytes*: the file's own bytes, or, for UTF-16 and UTF-32, the same text as UTF-8, whose
length in the file `Codec.measure` gives back exactly.
"""

from __future__ import annotations

import codecs
import io
import itertools
import re
from collections.abc import Callable
from typing import Any, BinaryIO, NamedTuple

from transforms.outcome import Reason, Reject

BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"), (b"\x00\x00\xfe\xff", "utf-32-be"), (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
WIDE = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}
NOT_ASCII_INSIDE = re.compile(r"utf_7|iso2022|hz\b|punycode|idna|unicode_escape|raw_unicode")
GUESS_BYTES = 1 << 16
FOLLOWERS = bytes(range(0x80, 0xC0))
FOUR_BYTE_LEADS = bytes(range(0xF0, 0xF8))
ALL = bytes(range(256))
NOT_FOUR_BYTE_LEADS = bytes(sorted(set(ALL) - set(FOUR_BYTE_LEADS)))
NO_CHARACTER = "\udc80"
"""Stands for four bytes of UTF-32 that are no character; like every lone surrogate it makes its record fail to decode."""
JOINERS = frozenset("‘’“”‚„«»‹›–—…•·\xa0")
MOST_LINES = 100_000
STRAY = re.compile("[\udc80-\udcff]")
CUT = re.compile(rb"[\xc2\xc3\xe2\xf0][\x80-\xbf]")
"""A character of UTF-8 without its end, much likelier than what these bytes are in cp1252."""
SINGLE = re.compile(r"cp125\d|cp866|cp437|cp85\d|iso8859-\d+|koi8-[rut]|mac-\w+")
"""Encodings of one byte a character."""
PRINTERS = JOINERS | frozenset("°£€©®™§¶´¨¡¿½¼¾×ªº²³")
"""Marks of cp1252 that stand in otherwise clean UTF-8 when a passage was pasted in."""


class Guess(NamedTuple):
    """An encoding found: Python's name for it, the length of its mark at the start, how sure, and why."""

    name: str
    bom: int
    confidence: float
    why: str


class Codec(NamedTuple):
    """How a file's working bytes are decoded and counted."""

    name: str
    """Encoding of the file."""
    working: str
    """Encoding of the working bytes: the same, or UTF-8 for UTF-16 and UTF-32."""
    measure: Callable[[bytes], int]
    """Length in the file of a stretch of working bytes."""


def measure_utf16(working: bytes) -> int:
    """Bytes in UTF-16 of a stretch of UTF-8.

    >>> measure_utf16("Zürich 🗞".encode())
    18
    """
    return 2 * (len(working.translate(None, FOLLOWERS)) + len(working.translate(None, NOT_FOUR_BYTE_LEADS)))


def measure_utf32(working: bytes) -> int:
    """Bytes in UTF-32 of a stretch of UTF-8.

    >>> measure_utf32("Zürich".encode())
    24
    """
    return 4 * len(working.translate(None, FOLLOWERS))


def choose_codec(name: str) -> Codec:
    """The codec of an encoding, by its name.

    >>> choose_codec("cp1252").working, choose_codec("utf-16-le").working
    ('cp1252', 'utf-8')
    """
    if name not in WIDE:
        return Codec(name, name, len)
    return Codec(name, "utf-8", measure_utf16 if WIDE[name] == 2 else measure_utf32)


class Narrowed(io.RawIOBase):
    """A UTF-16 or UTF-32 stream, read as UTF-8. What is no character becomes a lone surrogate, so nothing changes its length."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        super().__init__()
        self._stream = stream
        self._unit = WIDE[name]
        self._name = name
        self._decoder = codecs.getincrementaldecoder(name)("surrogatepass")
        self.left = b""
        """Bytes at the end of the file that are less than a character."""

    def _decode(self, units: bytes, final: bool) -> str:
        if self._unit == 2:
            return self._decoder.decode(units, final)
        try:
            return units.decode(self._name, "surrogatepass")
        except UnicodeDecodeError:
            return "".join(self._decode_unit(units[n : n + 4]) for n in range(0, len(units), 4))

    def _decode_unit(self, unit: bytes) -> str:
        try:
            return unit.decode(self._name, "surrogatepass")
        except UnicodeDecodeError:
            return NO_CHARACTER

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Some of the text as UTF-8; empty only at the end. The size is that of the stretch read from the file."""
        while True:
            got = self._stream.read(size)
            data = self.left + got
            whole = len(data) - len(data) % self._unit
            self.left = data[whole:]
            text = self._decode(data[:whole], not got)
            if text or not got:
                return text.encode("utf-8", "surrogatepass")


# ------------------------------------------------------------------ which encoding
def name_encoding(declared: str) -> str:
    """Python's name of a declared encoding.

    >>> name_encoding("Latin-1"), name_encoding("UTF8"), name_encoding("windows-1251")
    ('iso8859-1', 'utf-8', 'cp1251')
    """
    try:
        name = codecs.lookup(declared.strip()).name
        is_text = codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise Reject(Reason.FORMAT, f"unknown encoding {declared!r}; name one such as utf-8, cp1252 or utf-16")
    if name in ("utf-8-sig", "ascii"):
        return "utf-8"
    if NOT_ASCII_INSIDE.search(name.replace("-", "_")) or (name not in WIDE and name not in ("utf-16", "utf-32") and not keeps_ascii(name)):
        raise Reject(Reason.FORMAT, f"files in {name} are not read; convert the file to UTF-8 first (iconv -f {declared} -t utf-8)")
    return {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}.get(name, name)


def keeps_ascii(name: str) -> bool:
    """Whether ASCII bytes mean ASCII in an encoding, which is what lets readers look for commas and line ends in bytes."""
    ascii_bytes = bytes(range(0x20, 0x7F)) + b"\n\r\t"
    try:
        return ascii_bytes.replace(b"\\", b"").replace(b"~", b"").decode(name) == ascii_bytes.decode().replace("\\", "").replace("~", "")
    except UnicodeError:
        return False


def guess_encoding(head: bytes, declared: str | None = None) -> Guess:
    """The encoding of a file by its head: mark at the start, declaration, strict UTF-8, UTF-16 by its NULs, then likelihood.

    >>> guess_encoding("Ürün".encode("utf-16-le")).name
    'utf-16-le'
    >>> guess_encoding(b"caf\\xe9 au lait, cr\\xe8me fra\\xeeche").name
    'cp1252'
    """
    for mark, name in BOMS:
        if head.startswith(mark):
            return Guess(name, len(mark), 1.0, f"byte order mark of {name}")
    given = name_encoding(declared) if declared else None
    wide = guess_wide(head)
    if given in WIDE:
        is_open = (declared or "").strip().casefold().replace("_", "-") in ("utf-16", "utf-32", "utf16", "utf32")
        name = wide.name if is_open and wide is not None and WIDE[wide.name] == WIDE[given] else given
        return Guess(name, 0, 1.0, "declared")
    if wide:
        return wide
    good, bad = count_utf8(head)
    if not bad and (good or not given):
        return Guess("utf-8", 0, 1.0, "every character is UTF-8" if good else "ASCII so far")
    if given:
        check_declared(head, given)
        return Guess(given, 0, 1.0, "declared")
    if 3 * good > bad:  # in Chinese or Japanese code pages one pair in ten looks like UTF-8, in western ones hardly any
        return Guess("utf-8", 0, 0.8, f"{good} characters of UTF-8 beside {bad} bytes that are not")
    return guess_legacy(head)


def guess_wide(head: bytes) -> Guess | None:
    """UTF-16 or UTF-32 without a mark, told by the NUL bytes that letters have in them.

    >>> guess_wide("Port reopens".encode("utf-16-be"))
    Guess(name='utf-16-be', bom=0, confidence=0.9, why='NUL in the first byte of most characters')
    """
    sample = head[: len(head) // 2 * 2][:8192]
    if len(sample) < 4 or b"\0" not in sample:
        return None
    if found := guess_utf32(sample):
        return found
    first, second = sample[0::2].count(0) / (len(sample) // 2), sample[1::2].count(0) / (len(sample) // 2)
    for name, much, little, which in (("utf-16-le", second, first, "second"), ("utf-16-be", first, second, "first")):
        if (much > 0.4 and little < 0.05) or (much > 0.1 and not little and has_wide_line_ends(sample, name)):
            try:
                codecs.getincrementaldecoder(name)().decode(sample)
            except UnicodeDecodeError:
                continue
            return Guess(name, 0, 0.9, f"NUL in the {which} byte of most characters")
    return None


def guess_utf32(sample: bytes) -> Guess | None:
    """UTF-32 without a mark: of four bytes the first or last is NUL, and hardly ever the other.

    >>> guess_utf32("Ürün".encode("utf-32-be"))
    Guess(name='utf-32-be', bom=0, confidence=0.9, why='NUL in the first byte of four')
    """
    units = sample[: len(sample) // 4 * 4]
    if len(units) < 8:
        return None
    for name, high, next_high, low, which in (("utf-32-le", 3, 2, 0, "last"), ("utf-32-be", 0, 1, 3, "first")):
        count = len(units) // 4
        if units[high::4].count(0) == count and units[next_high::4].count(0) > 0.9 * count and units[low::4].count(0) < 0.1 * count:
            try:
                units.decode(name)
            except UnicodeDecodeError:
                continue
            return Guess(name, 0, 0.9, f"NUL in the {which} byte of four")
    return None


def has_wide_line_ends(sample: bytes, name: str) -> bool:
    """Whether text of another script, which has few NULs, has blanks or line ends where UTF-16 has them."""
    units = {sample[n : n + 2] for n in range(0, len(sample), 2)}
    return " ".encode(name) in units or "\n".encode(name) in units


def count_utf8(head: bytes) -> tuple[int, int]:
    """How many characters beyond ASCII are UTF-8, and how many bytes are not; a character cut at the end counts for neither.

    >>> count_utf8("Kā".encode() + b"\\xe9 ")
    (1, 1)
    """
    if head.isascii():
        return 0, 0
    for cut in range(1, 4):
        lead = head[-cut] if cut <= len(head) else 0
        if lead >= 0xC0:
            if cut < (2 if lead < 0xE0 else 3 if lead < 0xF0 else 4):
                head = head[:-cut]
            break
        if lead < 0x80:
            break
    text = head.decode("utf-8", "surrogateescape")
    beyond = [c for c in text if c > "\x7f"]
    bad = sum("\udc80" <= c <= "\udcff" for c in beyond)
    return len(beyond) - bad, bad


def check_declared(head: bytes, name: str) -> None:
    """Refuse a declared encoding in which the head makes no text."""
    try:
        codecs.getincrementaldecoder(name)().decode(head)
    except UnicodeDecodeError as error:
        raise Reject(
            Reason.DECODE,
            f"the file is not in {name}, as declared: byte {error.start} is {head[error.start]:#04x}; "
            "leave the encoding out to have it found",
        ) from None


def guess_legacy(head: bytes) -> Guess:
    """The likeliest encoding of one byte or two, with cp1252 ahead where it reads the bytes as well as any other."""
    from charset_normalizer import from_bytes

    beyond = re.search(rb"[\x80-\xff]", head)
    start = max(0, (beyond.start() if beyond else 0) - 2000)
    start = head.rfind(b"\n", 0, start) + 1
    sample = head[start : start + GUESS_BYTES]
    if len(sample) == GUESS_BYTES:
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    sample = b"\n".join(line for line in sample.split(b"\n") if line.isascii() or not is_utf8(line)) or sample
    if reads_as_western(sample):
        return Guess("cp1252", 0, 0.8, "its marks and accents stand where cp1252 puts them")
    for match in from_bytes(sample):
        name = codecs.lookup(match.encoding).name
        if keeps_ascii(name) and not NOT_ASCII_INSIDE.search(name.replace("-", "_")):
            return Guess(name, 0, round(max(0.3, 0.9 - match.chaos), 2), f"likeliest by its letters ({match.language})")
    try:
        sample.decode("cp1252")
    except UnicodeDecodeError:
        raise Reject(Reason.DECODE, "no encoding fits the text; name it with --encoding") from None
    return Guess("cp1252", 0, 0.3, "nothing fits better")


def is_utf8(raw: bytes) -> bool:
    """Whether bytes make characters of UTF-8."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def reads_as_western(sample: bytes) -> bool:
    """Whether the bytes beyond ASCII read well as cp1252: accents inside words of lower case, marks at their edges."""
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    beyond = [n for n, c in enumerate(text) if c > "\x7f"]
    well = sum(fits_western(text, n) for n in beyond)
    return bool(beyond) and well >= 0.9 * len(beyond) and len(beyond) < 0.2 * len(text)


WESTERN = frozenset("àáâäåæçèéêëìíîïñòóôöøùúûüßœÀÁÂÄÅÆÇÈÉÊËÍÎÏÑÒÓÔÖØÙÚÛÜŒ")
"""Letters of the western languages; ð, þ, ã, õ, š, ž and ý are left out of the quick test, since other code pages put theirs there."""


def fits_western(text: str, n: int) -> bool:
    """Whether the character at a place of a text is one that cp1252 would print there.

    >>> fits_western("café", 3), fits_western("cafÃ", 3), fits_western("it’s", 2)
    (True, False, True)
    """
    char, before, after = text[n], text[n - 1 : n], text[n + 1 : n + 2]
    if char in PRINTERS:
        inside = before.isalpha() and after.isalpha()
        return not inside or (char in JOINERS and (before.isascii() or after.isascii()))
    if char not in WESTERN:
        return False
    if char.isupper() and before.islower():
        return False
    return (before.isascii() or before in WESTERN or before in PRINTERS) and (after.isascii() or after in WESTERN or after in PRINTERS)


# ------------------------------------------------------------------ one record
class Decoded(NamedTuple):
    """A record's text, and whether parts of it were in cp1252."""

    text: str
    is_mixed: bool


def decode_mixed(raw: bytes) -> Decoded:
    """A record of a UTF-8 file: strict, else with cp1252 for the lines or single bytes that plainly are; raises UnicodeDecodeError otherwise.

    A line without any character of UTF-8 whose bytes read well as cp1252 is taken for that. In other lines a byte is, when it stands alone
    between characters that decode and is a western letter or a printer's mark that fits there; two in a row are a cut or garbled
    character, and the record is damaged.

    >>> decode_mixed(b"caf\\xe9 in Z\\xc3\\xbcrich").text
    'café in Zürich'
    >>> decode_mixed(b"Z\\xc3\\xbcrich\\nThe bar \\x93\\xc9toile\\x94 shut on Monday, its owner said.").text
    'Zürich\\nThe bar “Étoile” shut on Monday, its owner said.'
    """
    try:
        return Decoded(raw.decode("utf-8"), False)
    except UnicodeDecodeError as error:
        lines = raw.split(b"\n")
        if len(lines) > MOST_LINES:
            raise
        try:
            return Decoded("\n".join(map(decode_line, lines)), True)
        except UnicodeDecodeError:
            raise error from None


def decode_line(raw: bytes) -> str:
    """A line in UTF-8, in cp1252, or in the one with single bytes of the other."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        text = raw.decode("utf-8", "surrogateescape")
        stray = [m.start() for m in STRAY.finditer(text)]
        if all(c < "\x80" or c >= "\udc80" for c in text) and not CUT.search(raw) and reads_as_western(raw):
            return raw.decode("cp1252")
        if any(b == a + 1 for a, b in itertools.pairwise(stray)):
            raise
        try:
            single = {c: bytes([ord(c) - 0xDC00]).decode("cp1252") for c in {text[n] for n in stray}}
        except UnicodeDecodeError:
            raise error from None
        read = text.translate({ord(c): letter for c, letter in single.items()})
        if not all(fits_western(read, n) and touches_words(read, n) for n in stray):
            raise
        return read


def decode_record(raw: bytes, codec: Codec) -> Decoded:
    """A record as text, with a word on whether it is in another encoding than its file; raises UnicodeDecodeError when nothing fits.

    In a file of one byte a character, bytes that make characters of UTF-8 and nothing else are just that: by chance they hardly ever do.

    >>> decode_record("Zürich".encode(), choose_codec("cp1252")), decode_record(b"caf\\xe9", choose_codec("cp1252")).text
    (Decoded(text='Zürich', is_mixed=True), 'café')
    """
    if codec.name == "utf-8":
        return decode_mixed(raw)
    if raw.isascii() or not is_single_byte(codec):
        return Decoded(raw.decode(codec.working), False)
    try:
        return Decoded(raw.decode("utf-8"), True)
    except UnicodeDecodeError:
        return Decoded(raw.decode(codec.working), False)


def is_single_byte(codec: Codec) -> bool:
    """Whether every character of a file takes one byte.

    >>> is_single_byte(choose_codec("cp1252")), is_single_byte(choose_codec("gb18030"))
    (True, False)
    """
    return SINGLE.fullmatch(codec.name) is not None


def touches_words(text: str, n: int) -> bool:
    """Whether a character stands in prose and not in a run of bytes that mean something else."""
    around = text[max(0, n - 1) : n] + text[n + 1 : n + 2]
    return any(c.isalnum() or c.isspace() for c in around)


def show_raw(raw: bytes, codec: Codec) -> str:
    """What stands in a damaged stretch, cut at 10,000 characters, with undecodable bytes spelled out.

    >>> show_raw(b"caf\\xe9", choose_codec("utf-8"))
    'caf\\\\xe9'
    """
    return raw[:40_000].decode(codec.working, "backslashreplace")[:10_000]


def open_working(stream: BinaryIO, codec: Codec) -> Any:
    """The stream of working bytes, from behind the byte order mark."""
    return Narrowed(stream, codec.name) if codec.name in WIDE else stream
