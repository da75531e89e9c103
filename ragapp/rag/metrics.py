"""Quality of retrieval, answers, refusals and confidence, as numbers in [0, 1]."""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = frozenset(string.punctuation + "“”‘’„»«–—…")


@dataclass(frozen=True, slots=True)
class RefusalQuality:
    """How well refusals meet the questions without an answer; `wrongly_refused` is a share of the others."""

    precision: float
    recall: float
    f1: float
    wrongly_refused: float


def find_rank(ranking: Sequence[Hashable], relevant: Collection[Hashable]) -> int | None:
    """Return the rank, from 1, of the first relevant item; None when there is none."""
    return next((rank for rank, item in enumerate(ranking, start=1) if item in relevant), None)


def hit_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the share of questions with a relevant item among the first `k`."""
    return _mean([float(rank is not None and rank <= k) for rank in ranks])


def mean_reciprocal_rank(ranks: Sequence[int | None], k: int = 10) -> float:
    """Return the mean of 1 / rank, ranks past `k` counting 0 (MRR@k)."""
    return _mean([1 / rank if rank is not None and rank <= k else 0.0 for rank in ranks])


def contains_answer(texts: Sequence[str], answer: str) -> bool:
    """Return whether one of the texts holds the answer word for word (answer-in-top-k, given the first k texts)."""
    return any(answer in text for text in texts)


def normalise_answer(text: str) -> str:
    """Return text as SQuAD compares it: lower case, no punctuation, no English articles, single spaces."""
    lowered = unicodedata.normalize("NFC", text).lower()
    plain = "".join(letter for letter in lowered if letter not in _PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", plain).split())


def exact_match(answer: str, gold: str) -> float:
    """Return 1.0 when both are the same after SQuAD normalisation."""
    return float(normalise_answer(answer) == normalise_answer(gold))


def token_f1(answer: str, gold: str) -> float:
    """Return the F1 of the words two answers share, after SQuAD normalisation.

    Source: Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", EMNLP 2016.
    """
    words, gold_words = normalise_answer(answer).split(), normalise_answer(gold).split()
    shared = (Counter(words) & Counter(gold_words)).total()
    if not words or not gold_words:
        return float(words == gold_words)
    return 2 * shared / (len(words) + len(gold_words))


def refusal_quality(answerable: Sequence[bool], refused: Sequence[bool]) -> RefusalQuality:
    """Compare what was refused with what could not be answered; one entry per question in both."""
    pairs = list(zip(answerable, refused, strict=True))
    rightly = sum(no and not can for can, no in pairs)
    refused_count = sum(refused)
    absent_count = len(pairs) - sum(answerable)
    precision = rightly / refused_count if refused_count else 0.0
    recall = rightly / absent_count if absent_count else 0.0
    f1 = 2 * precision * recall / (precision + recall) if rightly else 0.0
    wrongly = (refused_count - rightly) / sum(answerable) if any(answerable) else 0.0
    return RefusalQuality(precision, recall, f1, wrongly)


def expected_calibration_error(confidences: Sequence[float], correct: Sequence[bool], *, bins: int = 10) -> float:
    """Return the mean gap between confidence and share correct over equal-width bins, weighted by bin size.

    Source: Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    if not confidences:
        return 0.0
    members: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in zip(confidences, correct, strict=True):
        members.setdefault(min(int(confidence * bins), bins - 1), []).append((confidence, right))
    gaps = (abs(sum(c for c, _ in group) - sum(right for _, right in group)) for group in members.values())
    return sum(gaps) / len(confidences)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
