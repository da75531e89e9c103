"""Words by which names, titles and messages are found: folded, so that case and diacritics do not matter.

One rule for every list and for the palette: each word of the query must be the beginning of a word of the text, in any
order; a word with a sign right behind it (`100%`, `ana.`) is meant whole. Texts are stored as `indexed_words` beside
what people wrote; a query is split by `query_words`.
"""

import re
from dataclasses import dataclass

from ragapp.core.folding import fold

_WORD = re.compile(r"[^\W_]+")
_QUERY_WORD = re.compile(r"([^\W_]+)((?=[^\s\w]|_))?")
_PART = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True, slots=True)
class QueryWord:
    """A folded word to look for: the beginning of a word, or the whole of one."""

    text: str
    is_whole: bool


def indexed_words(text: str) -> str:
    """Return the distinct words of a text, folded, a space before and after each; "" where it has none.

    The parts of a word that mixes letters and digits are words too: `HF200` is found by `200`.
    """
    words: dict[str, None] = {}
    for word in _WORD.findall(fold(text)):
        words.update(dict.fromkeys((word, *_PART.findall(word)[1:])))
    return f" {' '.join(words)} " if words else ""


def query_words(query: str) -> tuple[QueryWord, ...]:
    """Return the distinct words of a query, as `indexed_words` cuts them."""
    found = _QUERY_WORD.finditer(fold(query))
    return tuple(dict.fromkeys(QueryWord(match[1], is_whole=match[2] is not None) for match in found))


def is_found(query: str, *texts: str) -> bool:
    """Return whether every word of `query` is in one of the texts; a query without words finds nothing."""
    words = [indexed_words(text) for text in texts]
    wanted = [f" {word.text} " if word.is_whole else f" {word.text}" for word in query_words(query)]
    return bool(wanted) and all(any(word in text for text in words) for word in wanted)
