"""What speaks for and against an answer being in the passages that were found; `confidence` weighs it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ragapp.core.evidence import Passage
from ragapp.core.folding import fold
from ragapp.rag.blending import EmbedderKind
from ragapp.rag.expectations import Expected, expectation, meets
from ragapp.rag.matching import QuestionWords, question_words, tokens_of
from ragapp.rag.retrieval import Retrieved
from ragapp.rag.tables import split_units, worded
from ragapp.rag.types import Language
from ragapp.rag.words import is_stop_word

_READ_PASSAGES = 3
_NAMED_PASSAGES = 5
_HEADING_WEIGHT = 0.3
_NUMBER = re.compile(r"\b\d[\d.,]*\b")
_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_SHORTEST_NAME = 4
_RANGES = {
    EmbedderKind.ENGLISH: (0.25, 0.65),
    EmbedderKind.MULTILINGUAL: (0.45, 0.70),
    EmbedderKind.E5: (0.79, 0.865),
}
"""Best cosine of unrelated and of matching questions: measured for the built-in models, estimated for BGE-M3."""
_ACROSS_RANGE = (0.0, 0.5)
_MARGIN, _MARGIN_ACROSS = 0.035, 0.2


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts about the best passages, each in [0, 1] or a little above.

    Attributes:
        passage: Share of the question's words in the best of three passages, its title and headings; rare words count
            more.
        sentence: The same of the best sentence or row of these passages alone.
        typed: The same, headings counting a little, of the best one that holds the kind of thing asked for.
        untyped: 1 where a kind is asked for and none of the sentences holds it.
        lost: Share of the question's words that the first passage does not hold.
        unknown: Share of the question's words that no passage of all that was searched holds.
        names_missing: 1 where a name of the question is in none of the first five passages.
        name_elsewhere: 1 where a name is not in the first passage.
        number_elsewhere: 1 where a number, such as a year, is not in the first passage.
        similarity: The best cosine between unrelated (0) and matching (1) texts of the embedder.
        margin: How far the best cosine is above the mean of those found.
        lead: How far the first passage's score is above the second's.
        agreement: 1 where both legs put the same passage first.
    """

    passage: float
    sentence: float
    typed: float
    untyped: float
    lost: float
    unknown: float
    names_missing: float
    name_elsewhere: float
    number_elsewhere: float
    similarity: float
    margin: float
    lead: float
    agreement: float


def is_cross_lingual(retrieved: Retrieved) -> bool:
    """Return whether question and best passage differ in language, so that words cannot be expected to agree."""
    known = {Language.CROATIAN.value, Language.ENGLISH.value}
    passages = retrieved.passages
    return bool(passages) and {retrieved.language.value, passages[0].language} == known


def gather_evidence(retrieved: Retrieved) -> Evidence:
    """Return the facts about what was found for a question."""
    words = question_words(retrieved.query, retrieved.rarity, retrieved.language)
    passages = retrieved.passages
    covered = [words.weigh(words.credits(tokens_of(_all_of(passage)))) for passage in passages[:_READ_PASSAGES]]
    sentence, typed, untyped = _best_sentences(retrieved, words)
    texts = [fold(_all_of(passage)) for passage in passages[:_NAMED_PASSAGES]]
    names, numbers = _names(retrieved.question, words.language), _numbers(retrieved.question)
    similarity, margin = _closeness(retrieved)
    return Evidence(
        passage=max(covered, default=0.0),
        sentence=sentence,
        typed=typed,
        untyped=untyped,
        lost=1.0 - covered[0] if covered else 1.0,
        unknown=_unknown(retrieved, words),
        names_missing=float(any(not any(name in text for text in texts) for name in names)),
        name_elsewhere=float(any(name not in text for name in names for text in texts[:1])),
        number_elsewhere=float(any(number not in text for number in numbers for text in texts[:1])),
        similarity=similarity,
        margin=margin,
        lead=passages[0].score - passages[1].score if len(passages) > 1 else 1.0,
        agreement=float(_legs_agree(passages)),
    )


def _all_of(passage: Passage) -> str:
    return " ".join((passage.document_title, passage.heading, *passage.columns, passage.text))


def _best_sentences(retrieved: Retrieved, words: QuestionWords) -> tuple[float, float, float]:
    """Return `sentence`, `typed` and `untyped` of the evidence."""
    wanted = expectation(retrieved.question)
    best = typed = 0.0
    is_there = False
    for passage in retrieved.passages[:_READ_PASSAGES]:
        around = words.credits(tokens_of(f"{passage.document_title} {passage.heading}"))
        for start, end in split_units(passage, words.language):
            text = worded(passage, start, end)
            own = words.credits(tokens_of(text))
            added = [max(0.0, near - here) for near, here in zip(around, own, strict=True)]
            best = max(best, words.weigh(own))
            if meets(text, wanted):
                is_there = True
                typed = max(typed, words.weigh(own) + _HEADING_WEIGHT * words.weigh(added))
    return best, typed, float(wanted.kind is not Expected.ANYTHING and not is_there)


def _unknown(retrieved: Retrieved, words: QuestionWords) -> float:
    """Return the share of words that are as rare as can be, slips of the finger left out."""
    if not len(retrieved.rarity):
        return 0.0
    read = [words.credits(tokens_of(_all_of(passage))) for passage in retrieved.passages[:_NAMED_PASSAGES]]
    seen = [any(earned) for earned in zip(*read, strict=True)] if read else [False] * len(words.shares)
    rarest = float(retrieved.rarest)
    pairs = zip(words.shares, retrieved.rarity.tolist(), seen, strict=True)
    return sum(share for share, rarity, is_seen in pairs if rarity >= rarest - 1e-9 and not is_seen)


def _names(question: str, language: Language) -> list[str]:
    """Return the folded beginnings of words that are written as names inside a sentence."""
    names = [match.group() for match in _WORD.finditer(question) if not _begins_sentence(question, match.start())]
    telling = [fold(name) for name in names if name[0].isupper() and not is_stop_word(fold(name), language)]
    return [name[: max(_SHORTEST_NAME, len(name) - 2)] for name in telling if len(name) > 1]


def _begins_sentence(question: str, start: int) -> bool:
    return question[:start].rstrip(" \"'„“(")[-1:] in ("", ".", "?", "!", ":")


def _numbers(question: str) -> list[str]:
    return [number.rstrip(".,") for number in _NUMBER.findall(question)]


def _closeness(retrieved: Retrieved) -> tuple[float, float]:
    """Return `similarity` and `margin`, by the vectors of passages in the language of the first."""
    language = retrieved.passages[0].language if retrieved.passages else ""
    same = [passage for passage in retrieved.passages if passage.language == language]
    cosines = [passage.vector_score for passage in same if passage.vector_score is not None]
    if not cosines or retrieved.embedder is None:
        return 0.0, 0.0
    across = retrieved.embedder is EmbedderKind.E5 and is_cross_lingual(retrieved)
    unrelated, matching = _ACROSS_RANGE if across else _RANGES[retrieved.embedder]
    similarity = (max(cosines) - unrelated) / (matching - unrelated)
    margin = (max(cosines) - sum(cosines) / len(cosines)) / (_MARGIN_ACROSS if across else _MARGIN)
    return min(1.3, max(0.0, similarity)), min(1.0, margin)


def _legs_agree(passages: Sequence[Passage]) -> bool:
    if not passages:
        return False
    by_vector = max(passages, key=lambda passage: passage.vector_score or 0.0)
    by_words = max(passages, key=lambda passage: passage.lexical_score or 0.0)
    return by_vector is by_words and None not in (by_vector.vector_score, by_words.lexical_score)
