"""Spelling correction of a question against the words of the passages that are searched (noisy channel, one edit).

A word that no passage holds is replaced by the most probable word one edit away: a letter left out, doubled, too many
or wrong, or two swapped. Candidates are made from the typed word and looked up as search terms, so that no
list of words has to be kept and the cost does not grow with the library.

Source: Kernighan, Church and Gale, "A Spelling Correction Program Based on a Noisy Channel Model", COLING 1990.
"""

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ragapp.core.folding import fold
from ragapp.rag import stopwords
from ragapp.rag.analysis import prefix_term, stem_key, stem_term
from ragapp.rag.lexical import LexicalIndex
from ragapp.rag.types import Language
from ragapp.rag.words import normalise, stem_word

_WORD = re.compile(r"(?<![\w@])(?<!\w[-./])[^\W\d_]{3,30}(?![\w@])(?![-./]\w)")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROWS = ("qwertzuiop", "qwertyuiop", "asdfghjkl", "yxcvbnm", "zxcvbnm")
_NEIGHBOURS = frozenset(pair for row in _ROWS for a, b in pairwise(row) for pair in (a + b, b + a))
_ALIKE = frozenset(("ie", "ei", "ae", "ea", "ou", "uo", "sz", "zs", "dt", "td", "bp", "pb", "kg", "gk", "vf", "fv"))
_SWAPPED, _DOUBLED, _LEFT_OUT, _TOO_MANY, _WRONG_NEAR, _WRONG = 1.0, 1.0, 0.9, 0.8, 0.6, 0.3
_FIRST_LETTER = 0.3
_COUNT_EXPONENT = 0.2
_LEAST_SCORE = 1.0
_SHORTEST = 4
_SHORTEST_UNCHECKED = 5
_SHORTEST_WITH_PREFIX = 5
_MOST_WORDS = 8
_STOP_WORD_COUNT = 10
_LEAST_STOP_LIKELIHOOD = 0.8
_STOP_WORDS = {Language.CROATIAN: stopwords.CROATIAN, Language.ENGLISH: stopwords.ENGLISH}


@dataclass(frozen=True, slots=True)
class _Edits:
    """N words one edit away from a typed one, with likelihoods of that edit, shape (N,)."""

    words: tuple[str, ...]
    likelihoods: NDArray[np.float64]


def find_corrections(
    question: str, language: Language, indexes: Sequence[LexicalIndex], real_words: Container[str] | None = None
) -> dict[str, str]:
    """Return the words of a question that are typing errors, each with what was meant.

    Words of fewer than four letters, parts of codes, names in capitals, numbers and whatever a passage holds are left
    as they are; so is a real word, and one without a likely candidate. What is meant may be a word without topic, such
    as "koliko".

    Args:
        question: As typed.
        language: Of the question; OTHER tries Croatian and English.
        indexes: The word indexes of everything searched; none gives no corrections.
        real_words: Words in lower case that are no typing errors though no passage holds them; None where nothing
            knows, then shorter words are left alone as well.
    """
    languages = (language,) if language in _STOP_WORDS else tuple(_STOP_WORDS)
    shortest = _SHORTEST_UNCHECKED if real_words is None else _SHORTEST
    found: dict[str, str] = {}
    for word in _words_of(question):
        if word in (real_words or ()) or _is_held(word, indexes):
            continue
        if meant := _meant(word, languages, indexes, shortest):
            found[word] = meant
    return found


def respell(text: str, corrections: Mapping[str, str]) -> str:
    """Return a text with its typing errors replaced; a capital first letter stays one."""
    if not corrections:
        return text
    return _WORD.sub(lambda match: _cased(match.group(), corrections), normalise(text))


def _cased(word: str, corrections: Mapping[str, str]) -> str:
    meant = corrections.get(word.casefold(), word)
    return meant[0].upper() + meant[1:] if word[0].isupper() else meant


def _words_of(question: str) -> list[str]:
    words = [match.group() for match in _WORD.finditer(normalise(question))]
    plain = [word.casefold() for word in words if word.islower() or word.istitle()]
    return list(dict.fromkeys(plain))[:_MOST_WORDS]


def _is_held(word: str, indexes: Sequence[LexicalIndex]) -> bool:
    folded = fold(word)
    if any(folded in words for words in _STOP_WORDS.values()):
        return True
    terms = [stem_term(folded, language) for language in Language]
    return bool(_counts(np.array(terms, dtype=np.uint32), indexes).any())


def _meant(word: str, languages: Sequence[Language], indexes: Sequence[LexicalIndex], shortest: int) -> str:
    """Return the most probable word one edit away from `word`, empty where there is none."""
    edits = _edits_of(word)
    folded = [fold(edit) for edit in edits.words]
    counts = [_stop_word_counts(word, folded, edits, language) for language in languages]
    if len(word) >= shortest:
        counts += [_held_counts(fold(word), folded, language, indexes) for language in languages]
    most = np.max(counts, axis=0)
    scores = np.where(most > 0, edits.likelihoods * (1 + most) ** _COUNT_EXPONENT, 0.0)
    best = int(scores.argmax())
    return edits.words[best] if scores[best] >= _LEAST_SCORE else ""


def _stop_word_counts(
    word: str, folded: Sequence[str], edits: _Edits, language: Language
) -> NDArray[np.float64]:
    """Return the count that stands for a word without topic, which the indexes do not have; 0 for all others.

    Of three letters only those with two letters swapped: "teh".
    """
    likely = edits.likelihoods >= _LEAST_STOP_LIKELIHOOD
    swapped = (edits.likelihoods == _SWAPPED).tolist()
    is_stop = [
        plain in _STOP_WORDS[language]
        and (len(plain) >= _SHORTEST or (is_swapped and len(plain) == len(word)))
        for plain, is_swapped in zip(folded, swapped, strict=True)
    ]
    return np.where(likely & np.array(is_stop), float(_STOP_WORD_COUNT), 0.0)


def _held_counts(
    typed: str, folded: Sequence[str], language: Language, indexes: Sequence[LexicalIndex]
) -> NDArray[np.float64]:
    """Return how often the passages hold each of some words, 0 for those they do not."""
    indexes = [index for index in indexes if language in index.language_counts()]
    if not indexes:
        return np.zeros(len(folded))
    stems = [stem_word(word, language) for word in folded]
    counts = _counts(np.array([stem_key(stem) for stem in stems], dtype=np.uint32), indexes)
    # The same word in another form is no correction.
    counts[[typed.startswith(stem) for stem in stems]] = 0
    # One hash in thousands stands for another term by chance; two of a word hardly do.
    hits = np.flatnonzero(counts)
    long = np.array([at for at in hits.tolist() if len(folded[at]) >= _SHORTEST_WITH_PREFIX], dtype=np.intp)
    if len(long):
        prefixes = np.array([prefix_term(folded[at]) for at in long.tolist()], dtype=np.uint32)
        counts[long[_counts(prefixes, indexes) == 0]] = 0
    return counts


def _counts(terms: NDArray[np.uint32], indexes: Sequence[LexicalIndex]) -> NDArray[np.float64]:
    total = np.zeros(len(terms))
    for index in indexes:
        total += index.posting_counts(terms)
    return total


def _edits_of(word: str) -> _Edits:
    likeliest: dict[str, float] = {}
    for edit, likelihood in _all_edits(word):
        if edit != word and likelihood > likeliest.get(edit, 0.0):
            likeliest[edit] = likelihood
    return _Edits(tuple(likeliest), np.fromiter(likeliest.values(), dtype=np.float64, count=len(likeliest)))


def _all_edits(word: str) -> Iterator[tuple[str, float]]:
    """Yield the words one edit away, with how likely that edit is; the first letter is seldom wrong."""
    for at in range(len(word) + 1):
        before, rest = word[:at], word[at:]
        weight = 1.0 if at else _FIRST_LETTER
        if len(rest) > 1:
            yield before + rest[1] + rest[0] + rest[2:], _SWAPPED
        if rest:
            yield before + rest[1:], weight * (_DOUBLED if before[-1:] == rest[0] else _TOO_MANY)
        for letter in _LETTERS:
            yield before + letter + rest, weight * (_DOUBLED if letter in (before[-1:], rest[:1]) else _LEFT_OUT)
            if rest:
                pair = rest[0] + letter
                yield before + letter + rest[1:], weight * (
                    _WRONG_NEAR if pair in _NEIGHBOURS or pair in _ALIKE else _WRONG
                )
