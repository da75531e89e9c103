"""Sentences of Croatian and English text, as offsets. Abbreviations, ordinals and initials do not end one."""

import re
from collections.abc import Iterator

from ragapp.rag.types import Language

_END = re.compile(r"[.!?…]+[\"'”»’)\]]*(?=\s)|\n[^\S\n]*\n|\n(?=\s*(?:[-*•–|#]|\d+[.)]\s))")
_CLAUSE_END = re.compile(r";(?=\s)|:(?=\s+[–•(-])|(?=\s–\s)")
_WORD_BEFORE = re.compile(r"(\w+)\.$")
_LONG_CHARS = 400
_LONGEST_ORDINAL_DIGITS = 3
_CROATIAN_ABBREVIATIONS = "br čl st toč tzv npr dipl mr ing dr prof sc tj odn str tel ul sv th sur engl lat njem usp"
_ENGLISH_ABBREVIATIONS = (
    "mr mrs ms jr sr vs eg ie no nos vol fig pp ed eds gen col lt sgt rev hon approx dept est ca cf inc ltd"
)
_ABBREVIATIONS = frozenset(f"{_CROATIAN_ABBREVIATIONS} {_ENGLISH_ABBREVIATIONS}".split())


def split_sentences(text: str, language: Language) -> list[tuple[int, int]]:
    """Return the [start, end) offsets of the sentences of `text`, trimmed, in order, never empty.

    Every non-blank character is in exactly one of them. `language` decides whether "12. Word" may be an ordinal.
    Sentences over 400 characters (legal lists) are cut at their semicolons and dashes.
    """
    sentences = _cut(text, 0, len(text), _sentence_ends(text, language))
    return [piece for start, end in sentences for piece in _shorten(text, start, end)]


def _sentence_ends(text: str, language: Language) -> Iterator[int]:
    for match in _END.finditer(text):
        if not match.group().startswith(".") or match.group().startswith("..") or _ends_sentence(text, match, language):
            yield match.end()


def _ends_sentence(text: str, match: re.Match[str], language: Language) -> bool:
    following = text[match.end() : match.end() + 20].lstrip()[:1]
    if following.islower():
        return False
    before = _WORD_BEFORE.search(text, max(0, match.start() - 20), match.start() + 1)
    if before is None:
        return True
    word = before[1]
    if word.isdigit():
        ordinals = language is not Language.ENGLISH
        return not ordinals or len(word) > _LONGEST_ORDINAL_DIGITS or not following.isalpha()
    return not (word.lower() in _ABBREVIATIONS or (len(word) == 1 and word.isupper()))


def _shorten(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if end - start <= _LONG_CHARS:
        yield start, end
    else:
        yield from _cut(text, start, end, (match.end() for match in _CLAUSE_END.finditer(text, start, end)))


def _cut(text: str, start: int, end: int, ends: Iterator[int]) -> Iterator[tuple[int, int]]:
    for cut in [*ends, end]:
        piece = text[start:cut]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = cut
