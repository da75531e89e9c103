"""How sure we can be that the passages hold the answer, and whether to give one.

Four facts about the best passages, weighed by logistic regression. benchmarks/fit_confidence.py fitted the weights on
half of ../shared/eval (split by document), also with the answering document taken away, and checked them on the other
half; the target is "a passage with the answer is among the first five".
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp

from ragapp.core.events import Support
from ragapp.core.evidence import Passage
from ragapp.rag.blending import EmbedderKind
from ragapp.rag.matching import QuestionWords, question_words, tokens_of
from ragapp.rag.retrieval import Retrieved
from ragapp.rag.sentences import split_sentences
from ragapp.rag.types import Language

_READ_PASSAGES = 3


class Reason(StrEnum):
    """Why the evidence was judged as it was; a key of the message catalogue."""

    NOTHING_FOUND = "nothing_found"
    WORDS_MISSING = "words_missing"
    NOT_CLOSE = "not_close"
    SCATTERED = "scattered"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether to answer, the probability in [0, 1] that the passages hold the answer, that in words, and the reason."""

    answerable: bool
    confidence: float
    support: Support
    reason: Reason


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer, each in [0, 1].

    `passage` and `sentence` are the shares of the question's words in the best passage and the best sentence of the
    first three, rare words counting more. `similarity` places the best cosine between unrelated (0) and matching (1)
    texts of the embedder. `agreement` is 1 where both legs put the same passage first.
    """

    passage: float
    sentence: float
    similarity: float
    agreement: float


@dataclass(frozen=True, slots=True)
class _Weights:
    passage: float
    sentence: float
    similarity: float
    agreement: float
    bias: float
    answer_from: float

    def probability(self, evidence: Evidence) -> float:
        total = self.bias + self.passage * evidence.passage + self.sentence * evidence.sentence
        total += self.similarity * evidence.similarity + self.agreement * evidence.agreement
        return 1 / (1 + exp(-total))


# Fitted by benchmarks/fit_confidence.py; `answer_from` is the probability below which to decline.
_BOTH_LEGS = _Weights(passage=3.07, sentence=2.79, similarity=3.75, agreement=1.39, bias=-3.55, answer_from=0.55)
_VECTORS_ONLY = _Weights(passage=0, sentence=0, similarity=6.08, agreement=0, bias=-1.28, answer_from=0.42)
_WORDS_ONLY = _Weights(passage=5.13, sentence=4.54, similarity=0, agreement=0, bias=-3.25, answer_from=0.48)
# Croatian has too few questions to fit weights of its own; those fitted on English are as well calibrated there above
# 0.6, but inflection hides words, so fewer must be found before we answer (fewer than one in ten is refused wrongly).
_CROATIAN_WORDS_ONLY = replace(_WORDS_ONLY, answer_from=0.2)

_MULTILINGUAL = (EmbedderKind.MULTILINGUAL, EmbedderKind.E5)
_COSINE_RANGE = {
    EmbedderKind.ENGLISH: (0.25, 0.65),
    EmbedderKind.MULTILINGUAL: (0.45, 0.70),
    EmbedderKind.E5: (0.79, 0.865),
}
"""Best cosine of unrelated and of matching questions: measured for the built-in models, estimated for BGE-M3."""


def judge(retrieved: Retrieved) -> Judgement:
    """Decide whether the retrieved passages hold an answer.

    Args:
        retrieved: From `retrieval.retrieve`, with at least three passages where there are that many.

    Returns:
        `answerable` False means "not in your documents". Without vectors that can be trusted for the question's
        language only words decide, and another wording than the documents' lowers the confidence.
    """
    if not retrieved.passages:
        return Judgement(answerable=False, confidence=0.0, support=Support.NONE, reason=Reason.NOTHING_FOUND)
    evidence, weights = gather_evidence(retrieved), _weights_for(retrieved)
    confidence = weights.probability(evidence)
    answerable = confidence >= weights.answer_from
    return Judgement(answerable, round(confidence, 3), _support(confidence, answerable=answerable), _reason(evidence))


def gather_evidence(retrieved: Retrieved) -> Evidence:
    """Return the facts `judge` weighs."""
    words = question_words(retrieved.query, retrieved.rarity, retrieved.language)
    read = retrieved.passages[:_READ_PASSAGES]
    similarities = [passage.vector_score for passage in retrieved.passages if passage.vector_score is not None]
    return Evidence(
        passage=max((_coverage(f"{passage.heading} {passage.text}", words) for passage in read), default=0.0),
        sentence=max((_sentence_coverage(passage, words) for passage in read), default=0.0),
        similarity=_similarity(max(similarities, default=None), retrieved.embedder),
        agreement=float(bool(retrieved.passages) and _legs_agree(retrieved.passages)),
    )


def _coverage(text: str, words: QuestionWords) -> float:
    return words.weigh(words.credits(tokens_of(text)))


def _sentence_coverage(passage: Passage, words: QuestionWords) -> float:
    sentences = split_sentences(passage.text, words.language)
    return max((_coverage(passage.text[start:end], words) for start, end in sentences), default=0.0)


def _similarity(cosine: float | None, kind: EmbedderKind | None) -> float:
    if cosine is None or kind is None:
        return 0.0
    unrelated, matching = _COSINE_RANGE[kind]
    return min(1.0, max(0.0, (cosine - unrelated) / (matching - unrelated)))


def _legs_agree(passages: Sequence[Passage]) -> bool:
    by_vector = max(passages, key=lambda passage: passage.vector_score or 0.0)
    by_words = max(passages, key=lambda passage: passage.lexical_score or 0.0)
    return by_vector is by_words and None not in (by_vector.vector_score, by_words.lexical_score)


def _weights_for(retrieved: Retrieved) -> _Weights:
    trusted = retrieved.embedder in _MULTILINGUAL or (
        retrieved.embedder is EmbedderKind.ENGLISH and retrieved.language is not Language.CROATIAN
    )
    if trusted and (_is_cross_lingual(retrieved) or not _used_words(retrieved)):
        return _VECTORS_ONLY
    if trusted:
        return _BOTH_LEGS
    return _CROATIAN_WORDS_ONLY if retrieved.language is Language.CROATIAN else _WORDS_ONLY


def _is_cross_lingual(retrieved: Retrieved) -> bool:
    """Return whether question and best passage differ in language, so that words cannot be expected to agree."""
    known = {Language.CROATIAN.value, Language.ENGLISH.value}
    languages = {retrieved.language.value, retrieved.passages[0].language}
    return retrieved.embedder in _MULTILINGUAL and languages == known


def _used_words(retrieved: Retrieved) -> bool:
    return any(passage.lexical_score is not None for passage in retrieved.passages)


def _support(confidence: float, *, answerable: bool) -> Support:
    if not answerable:
        return Support.NONE
    return Support.STRONG if confidence >= 0.8 else Support.PARTIAL if confidence >= 0.6 else Support.WEAK


def _reason(evidence: Evidence) -> Reason:
    if evidence.passage >= 0.6:
        return Reason.CLEAR if evidence.sentence >= 0.4 else Reason.SCATTERED
    return Reason.WORDS_MISSING if evidence.passage < 0.4 else Reason.NOT_CLOSE
