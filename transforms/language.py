"""Language of an article: by script, then by small words, then by py3langid."""

from __future__ import annotations

import re
from collections import Counter

SAMPLE = 400
"""Characters looked at. A lead says enough."""
ENOUGH = 40
"""Fewer letters than this say too little."""

ENGLISH = frozenset(
    ["the", "of", "and", "to", "in", "a", "is", "that", "for", "on", "with", "as", "by", "at", "from", "it", "was", "said", "his", "he", "has", "are", "have", "be", "an", "this", "not", "were", "will", "its", "who", "which", "their", "they", "but", "had", "or", "more", "about", "after", "been", "would", "one", "two", "over", "last", "year", "people", "new", "first", "also", "when", "than", "into", "could", "other", "some", "there", "we", "i", "you"]
)
SMALL_WORDS: dict[str, frozenset[str]] = {
    "de": frozenset(["der", "die", "das", "und", "ist", "nicht", "den", "von", "mit", "für", "auf", "ein", "eine", "im", "dem", "des", "sich", "auch", "als", "wurde", "nach", "bei", "aus", "sind", "hat", "wird", "über", "zum", "zur"]),
    "fr": frozenset(["le", "la", "les", "des", "et", "est", "une", "dans", "pour", "que", "qui", "sur", "pas", "au", "aux", "du", "par", "plus", "ce", "avec", "son", "sont", "été", "cette", "ses", "l'", "ont", "mais"]),
    "es": frozenset(["el", "la", "los", "las", "de", "que", "en", "y", "un", "una", "por", "con", "para", "del", "se", "al", "es", "su", "lo", "como", "más", "ha", "fue", "este", "sus", "según", "entre", "sobre"]),
    "it": frozenset(["il", "la", "di", "che", "e", "un", "una", "per", "in", "del", "della", "con", "non", "è", "sono", "dei", "nel", "alla", "gli", "al", "da", "le", "si", "ha", "anche", "più", "come", "dal"]),
    "pt": frozenset(["o", "a", "os", "as", "de", "que", "e", "do", "da", "em", "um", "uma", "para", "com", "não", "por", "no", "na", "dos", "das", "se", "mais", "ao", "foi", "é", "ele", "pela", "são", "à", "segundo"]),
    "nl": frozenset(["de", "het", "een", "en", "van", "in", "is", "dat", "op", "te", "voor", "met", "zijn", "niet", "aan", "er", "door", "ook", "bij", "naar", "uit", "zij", "worden", "deze", "heeft"]),
    "tr": frozenset(["ve", "bir", "bu", "da", "de", "için", "ile", "olarak", "çok", "daha", "olan", "gibi", "kadar", "sonra", "ise", "ancak", "dedi", "ne", "en", "göre", "değil", "oldu"]),
    "sv": frozenset(["och", "att", "det", "som", "en", "på", "är", "av", "för", "med", "den", "till", "inte", "har", "de", "ett", "om", "vid", "från", "var", "men", "säger"]),
    "da": frozenset(["og", "at", "det", "som", "en", "på", "er", "af", "for", "med", "den", "til", "ikke", "har", "de", "et", "om", "ved", "fra", "var", "men", "siger", "der"]),
    "no": frozenset(["og", "at", "det", "som", "en", "på", "er", "av", "for", "med", "den", "til", "ikke", "har", "de", "et", "om", "ved", "fra", "var", "men", "sier"]),
    "pl": frozenset(["i", "w", "na", "z", "do", "że", "się", "nie", "jest", "to", "o", "jak", "po", "za", "od", "dla", "przez", "oraz", "był", "tym", "przy", "ale", "już"]),
}
SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
WORD = re.compile(r"[^\W\d_]+")


def classify_with_langid(sample: str) -> str | None:
    """What py3langid makes of a sample, None where it has no opinion."""
    import py3langid

    code, _ = py3langid.classify(sample)
    return str(code) if len(code) == 2 else None


def detect_language(text: str) -> str | None:
    """ISO 639-1 code of a text's language, None when there is too little to tell.

    >>> detect_language("The ferry left the harbour at noon, and the minister said that it was late.")
    'en'
    >>> detect_language("ACME CORP 4TH QTR NET") is None
    True
    """
    sample = text[:SAMPLE]
    words = sample.lower().split()
    if len(words) >= 8 and sample.isascii() and sum(map(ENGLISH.__contains__, words)) * 6 >= len(words):
        return "en"
    if not sample.isascii():
        letters = len(WORD.findall(sample)) and sum(map(str.isalpha, sample))
        for code, script in SCRIPTS:
            found = len(script.findall(sample))
            if letters and found * (8 if code == "ja" else 3) >= letters:
                return code
    if sum(map(str.isalpha, sample)) < ENOUGH:
        return None
    words = text[: 3 * SAMPLE].lower().split()
    hits = Counter({code: sum(map(small.__contains__, words)) for code, small in SMALL_WORDS.items()})
    hits["en"] = sum(map(ENGLISH.__contains__, words))
    (best, most), (_, second) = hits.most_common(2)
    if most * 7 >= len(words) and most >= 2 * second + 2:
        return best
    if not any(map(str.islower, sample)):
        return "en" if hits["en"] * 12 >= len(words) and hits["en"] else None
    return classify_with_langid(sample)
