"""Letters without their marks, the way people type them."""

import unicodedata

_SPECIAL = str.maketrans({"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe"})


def fold(word: str) -> str:
    """Return `word` in lower case without diacritics; `dj`, the usual stand-in for đ, becomes `d` as đ does."""
    lowered = word.casefold().translate(_SPECIAL)
    if not lowered.isascii():
        lowered = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return lowered.replace("dj", "d")
