"""Which language a text is in, from its common words and letter patterns: no library, no model."""

import re
from functools import lru_cache
from itertools import islice

from ragapp.core.folding import fold
from ragapp.rag import stopwords
from ragapp.rag.types import Language

_WORD = re.compile(r"[^\W\d_]{1,40}")
_CROATIAN_ONLY = frozenset("čćšžđ")
_ENGLISH_ONLY = frozenset("wqxy")
_CROATIAN_PATTERN = re.compile(
    r"(?:nj|lj|ije|ju|ost|sk[aieou]|cij[aeu]|[bcdgklmnprstvz]t?[io]m|[aeiou]g|ti|ih|vj|[ks]tv[aoui])$"
    r"|^(?:pr[eio]|naj|raz|iz|ob|pod|nad|za)[bcdgklmnprstvz]|sv|vr|zn|mj|kv|trg"
)
_ENGLISH_PATTERN = re.compile(
    r"th|wh|ck|sh|ee|oo|ou|ea|gh|(?:ing|ed|tion|ly|ment|ness|er|al|ic|ss|nd|rs|ay|ce|ge|ve|ble)$"
)
_MAX_WORDS = 400


def detect_language(text: str) -> Language:
    """Return Croatian, English, or OTHER when neither stands out. Works on questions without diacritics.

    Only the first 400 words are read, so the cost is bounded for texts of any length.
    """
    words = [match.group().casefold() for match in islice(_WORD.finditer(text), _MAX_WORDS)]
    if not words:
        return Language.OTHER
    croatian = sum(map(_croatian_weight, words))
    english = sum(map(_english_weight, words))
    strongest = max(croatian, english)
    if strongest < 0.2 * len(words) or croatian == english:
        return Language.OTHER
    return Language.CROATIAN if croatian > english else Language.ENGLISH


@lru_cache(maxsize=50_000)
def _croatian_weight(word: str) -> float:
    if not _CROATIAN_ONLY.isdisjoint(word):
        return 2.0
    folded = fold(word)
    if folded in stopwords.CROATIAN:
        return 0.5 if folded in stopwords.ENGLISH else 2.0
    return 0.5 if len(folded) > 2 and _CROATIAN_PATTERN.search(folded) else 0.0


@lru_cache(maxsize=50_000)
def _english_weight(word: str) -> float:
    if word in stopwords.ENGLISH:
        return 0.5 if word in stopwords.CROATIAN else 2.0
    if not _CROATIAN_ONLY.isdisjoint(word):
        return 0.0
    bonus = 0.5 if not _ENGLISH_ONLY.isdisjoint(word) else 0.0
    return bonus + (0.5 if len(word) > 2 and _ENGLISH_PATTERN.search(word) else 0.0)
