"""Words of a text and their normal forms, shared by search, confidence and answer selection."""

import re
import unicodedata
from functools import lru_cache

from ragapp.core.folding import fold
from ragapp.rag import croatian, english, stopwords
from ragapp.rag.types import Language

TOKEN = re.compile(r"\d+(?:[.,/:]\d+)+|\w+")
"""A number with its separators ("12/2020", "1.000,50", "15:30") or a run of letters, digits and underscores."""

_UPPER, _LOWER = "A-ZČĆŠŽĐ", "a-zčćšžđ"
_IDENTIFIER_PART = re.compile(rf"[{_UPPER}]+(?![{_LOWER}])|[{_UPPER}]?[{_LOWER}]+|\d+|[^\W\d_]+")
_GROUPED_NUMBER = re.compile(r"(\d{1,3}(?:[.,]\d{3})+)(?:[.,]\d{1,2})?")
_SOFT_HYPHEN = "\u00ad"


def normalise(text: str) -> str:
    """Return `text` in NFC without soft hyphens, ready to be cut into tokens."""
    return unicodedata.normalize("NFC", text).replace(_SOFT_HYPHEN, "")


def split_token(token: str) -> tuple[str, ...]:
    """Return the lower-case words one token stands for.

    An identifier ("camelCase", "snake_case", "art23") is itself and its parts, a composed number ("12/2020") likewise;
    thousands separators and the cents of a sum are dropped ("10.000.000,00" is "10000000").
    """
    if token.isalpha() and (token.islower() or token.istitle() or token.isupper()):
        return (token.casefold(),)
    if grouped := _GROUPED_NUMBER.fullmatch(token):
        return (re.sub(r"[.,]", "", grouped[1]),)
    parts = [part.casefold() for part in _IDENTIFIER_PART.findall(token)]
    whole = token.casefold()
    return (whole,) if len(parts) < 2 else (whole, *dict.fromkeys(parts))


def is_stop_word(folded: str, language: Language) -> bool:
    """Return whether a folded word carries no topic in `language`."""
    if language is Language.CROATIAN:
        return folded in stopwords.CROATIAN
    return language is Language.ENGLISH and folded in stopwords.ENGLISH


@lru_cache(maxsize=100_000)
def stem_word(folded: str, language: Language) -> str:
    """Return the stem of a folded word; unchanged for numbers and other languages."""
    if not folded.isalpha():
        return folded
    if language is Language.CROATIAN:
        return croatian.stem(folded)
    return english.stem(folded) if language is Language.ENGLISH else folded


@lru_cache(maxsize=100_000)
def stems_of_token(token: str, language: Language) -> tuple[str, ...]:
    """Return the stems of the topic words in one token, stop words left out."""
    folded = (fold(word) for word in split_token(token))
    return tuple(stem_word(word, language) for word in folded if not is_stop_word(word, language))


def stems_of(text: str, language: Language) -> list[str]:
    """Return the stems of the topic words of a text, in order, with repeats."""
    return [stem for token in TOKEN.findall(normalise(text)) for stem in stems_of_token(token, language)]
