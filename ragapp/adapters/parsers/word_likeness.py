"""Whether recognised text is words: by how sure the engine was, and by how the letters stand."""

import re
from collections.abc import Iterable, Sequence

from ragapp.adapters.parsers.ocr_engine import RecognisedLine

SURE = 80.0
"""Percent; text as sure as that stands the right way up."""

_LEAST_SURE = 65.0
_LEAST_SURE_LINE = 40.0
_LEAST_WORD_SHARE = 0.4
_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"[^\W\d_]{2,}(?:[-'’][^\W\d_]+)*", re.UNICODE)
_NUMBER = re.compile(r"[+-]?\d[\d.,:/%\-]*")
_EDGES = ".,:;!?()[]{}\"'“”„«»‘’"


def keep_words(lines: Sequence[RecognisedLine]) -> list[RecognisedLine]:
    """Return the lines that are words; none where the page as a whole is not."""
    if mean_confidence(lines) < _LEAST_SURE or word_share(line.text for line in lines) < _LEAST_WORD_SHARE:
        return []
    return [line for line in lines if line.confidence >= _LEAST_SURE_LINE]


def mean_confidence(lines: Sequence[RecognisedLine]) -> float:
    """Return how sure the engine is of a letter, in percent; 0 without letters."""
    weights = [sum(map(str.isalnum, line.text)) for line in lines]
    total = sum(weights)
    return sum(line.confidence * weight for line, weight in zip(lines, weights, strict=True)) / total if total else 0.0


def word_share(texts: Iterable[str]) -> float:
    """Return which share of the characters belongs to tokens that are words or numbers; 0 without any."""
    total = like_words = 0
    for text in texts:
        for token in _TOKEN.findall(text):
            total += len(token)
            stripped = token.strip(_EDGES)
            if _NUMBER.fullmatch(stripped) or _WORD.fullmatch(stripped) is not None:
                like_words += len(token)
    return like_words / total if total else 0.0
