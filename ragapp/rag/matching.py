"""How much of a question a piece of text speaks about: its words, each by how much it tells."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from ragapp.core.folding import fold
from ragapp.rag.identifiers import codes_of
from ragapp.rag.references import reference_keys
from ragapp.rag.terms import QueryTerms
from ragapp.rag.types import Language
from ragapp.rag.words import TOKEN, is_stop_word, normalise, split_token, stem_word

_PREFIX_LETTERS = 5
_PREFIX_CREDIT = 0.7
_SLIP_CREDIT = 0.6
_SHORTEST_SLIP = 4
_REFERENCE_KEY = re.compile(r"cl(\d{1,4}[a-z]?)(?:st\d{1,3})?")


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """The topic words of a question: `stems` and `prefixes` by word, `shares` their weights, summing to 1."""

    stems: tuple[str, ...]
    prefixes: tuple[str, ...]
    shares: tuple[float, ...]
    language: Language

    def credits(self, tokens: Iterable[str]) -> list[float]:
        """Return, by question word, what it earns by the best of the tokens.

        1.0 for its stem, 0.7 where five first letters agree or the number of an article, 0.6 for a stem that is one
        slip of the finger away.
        """
        found = {key for token in tokens for key in keys_of_token(token, self.language)}
        return [
            1.0
            if stem in found
            else _PREFIX_CREDIT
            if prefix and prefix in found
            else _SLIP_CREDIT
            if any(is_one_slip(stem, key) for key in found)
            else 0.0
            for stem, prefix in zip(self.stems, self.prefixes, strict=True)
        ]

    def weigh(self, earned: Iterable[float]) -> float:
        """Return the weighted share of the question that `earned` credits cover, in [0, 1]."""
        return sum(share * credit for share, credit in zip(self.shares, earned, strict=True))


@lru_cache(maxsize=200_000)
def is_one_slip(typed: str, meant: str) -> bool:
    """Return whether two stem keys differ by one letter too many, missing, wrong, or swapped with its neighbour."""
    if abs(len(typed) - len(meant)) > 1 or min(len(typed), len(meant)) <= _SHORTEST_SLIP or meant[0] != "=":
        return False
    at = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), min(len(typed), len(meant)))
    if at == 1 or not (typed[1:].isalpha() and meant[1:].isalpha()):
        return False
    rest, other = typed[at:], meant[at:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


def question_words(query: QueryTerms, rarity: Iterable[float], language: Language) -> QuestionWords:
    """Return the words of an analysed question, weighted by `rarity` (see `LexicalIndex.rarity`)."""
    weights = [float(value) for value in rarity]
    total = sum(weights) or 1.0
    return QuestionWords(
        stems=tuple("=" + stem_word(word, language) for word in query.words),
        prefixes=tuple(_prefix_key(word) for word in query.words),
        shares=tuple(weight / total for weight in weights),
        language=language,
    )


def tokens_of(text: str) -> list[str]:
    """Return the tokens of a text, its codes and the keys of its references, as `QuestionWords.credits` takes them."""
    plain = normalise(text)
    return [*TOKEN.findall(plain), *codes_of(plain), *reference_keys(plain)]


@lru_cache(maxsize=100_000)
def keys_of_token(token: str, language: Language) -> tuple[str, ...]:
    """Return the stem and prefix keys of a token's topic words."""
    folded = [word for word in map(fold, split_token(token)) if not is_stop_word(word, language)]
    keys = [key for word in folded for key in ("=" + stem_word(word, language), _prefix_key(word)) if key]
    return tuple(dict.fromkeys(keys))


def _prefix_key(folded: str) -> str:
    if reference := _REFERENCE_KEY.fullmatch(folded):
        return "=" + reference[1]
    return folded[:_PREFIX_LETTERS] + "*" if len(folded) >= _PREFIX_LETTERS and folded.isalpha() else ""
