"""How sure we can be that the passages hold the answer, and whether to give one.

Facts about the best passages (see `evidence`), weighed by logistic regression. benchmarks/fit_confidence.py fitted the
weights on development questions and says how they do on others; the target is "a passage with the answer is among the
first five".
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from math import exp

from ragapp.core.events import Support
from ragapp.rag.blending import EmbedderKind
from ragapp.rag.evidence import Evidence, gather_evidence, is_cross_lingual
from ragapp.rag.retrieval import Retrieved
from ragapp.rag.types import Language

_CODE_MISSING = 0.05
_STRONG, _PARTIAL = 0.8, 0.6


class Reason(StrEnum):
    """Why the evidence was judged as it was."""

    NOTHING_FOUND = "nothing_found"
    CODE_MISSING = "code_missing"
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
class Model:
    """Weights of the facts; `answer_from` is the probability below which to decline."""

    weights: Mapping[str, float]
    bias: float
    answer_from: float

    def probability(self, evidence: Evidence) -> float:
        """Return how probable it is that the answer was found."""
        facts = asdict(evidence)
        return 1 / (1 + exp(-self.bias - sum(weight * facts[name] for name, weight in self.weights.items())))


# Fitted by benchmarks/fit_confidence.py.
_ENGLISH = Model(
    {
        "passage": 1.07,
        "sentence": 1.21,
        "typed": 1.81,
        "untyped": -0.77,
        "lost": -0.86,
        "unknown": -0.50,
        "names_missing": -0.64,
        "name_elsewhere": -0.99,
        "number_elsewhere": -0.51,
        "similarity": 1.80,
        "margin": 1.86,
        "lead": 0.95,
        "agreement": 0.47,
    },
    bias=-2.74,
    answer_from=0.47,
)
_CROATIAN = Model(
    {
        "passage": 0.75,
        "sentence": 0.05,
        "typed": 0.70,
        "untyped": -0.68,
        "lost": -0.63,
        "unknown": -0.42,
        "names_missing": -0.75,
        "name_elsewhere": -0.30,
        "number_elsewhere": -0.76,
        "margin": 0.15,
        "lead": 0.44,
        "agreement": 0.33,
    },
    bias=0.05,
    answer_from=0.41,
)
_ACROSS = Model(
    {
        "typed": 0.74,
        "untyped": -0.39,
        "unknown": -0.38,
        "names_missing": -0.30,
        "name_elsewhere": -0.43,
        "number_elsewhere": -0.48,
        "similarity": 1.09,
        "margin": 0.44,
        "lead": 0.08,
    },
    bias=-0.62,
    answer_from=0.35,
)

# Fitted earlier, for embedders whose vectors are of another kind, on four facts.
_BOTH_LEGS = Model(
    {"passage": 3.07, "sentence": 2.79, "similarity": 3.75, "agreement": 1.39}, bias=-3.55, answer_from=0.55
)
_VECTORS_ONLY = Model({"similarity": 6.08}, bias=-1.28, answer_from=0.42)
_WORDS_ONLY = Model({"passage": 5.13, "sentence": 4.54}, bias=-3.25, answer_from=0.48)
# Croatian has too few questions to fit weights of its own; those fitted on English are as well calibrated there above
# 0.6, but inflection hides words, so fewer must be found before we answer (fewer than one in ten is refused wrongly).
_CROATIAN_WORDS_ONLY = replace(_WORDS_ONLY, answer_from=0.2)


def judge(retrieved: Retrieved) -> Judgement:
    """Decide whether the retrieved passages hold an answer.

    Args:
        retrieved: From `retrieval.retrieve`, with at least five passages where there are that many.

    Returns:
        `answerable` False means "not in your documents". Without vectors that can be trusted for the question's
        language only words decide, and another wording than the documents' lowers the confidence. A code that no
        passage holds decides alone.
    """
    if not retrieved.passages:
        return Judgement(answerable=False, confidence=0.0, support=Support.NONE, reason=Reason.NOTHING_FOUND)
    if retrieved.missing_codes:
        return Judgement(False, _CODE_MISSING, Support.NONE, Reason.CODE_MISSING)
    evidence, model = gather_evidence(retrieved), model_for(retrieved)
    confidence = model.probability(evidence)
    answerable = confidence >= model.answer_from
    return Judgement(answerable, round(confidence, 3), _support(confidence, answerable=answerable), _reason(evidence))


def model_for(retrieved: Retrieved) -> Model:
    """Return the weights that hold for the embedder, the language of the question and that of what was found."""
    if retrieved.embedder is EmbedderKind.E5 and is_cross_lingual(retrieved):
        return _ACROSS
    if retrieved.embedder is EmbedderKind.E5 and _used_words(retrieved):
        return _CROATIAN if retrieved.language is Language.CROATIAN else _ENGLISH
    trusted = retrieved.embedder in (EmbedderKind.MULTILINGUAL, EmbedderKind.E5) or (
        retrieved.embedder is EmbedderKind.ENGLISH and retrieved.language is not Language.CROATIAN
    )
    across = retrieved.embedder is not EmbedderKind.ENGLISH and is_cross_lingual(retrieved)
    if trusted and (across or not _used_words(retrieved)):
        return _VECTORS_ONLY
    if trusted:
        return _BOTH_LEGS
    return _CROATIAN_WORDS_ONLY if retrieved.language is Language.CROATIAN else _WORDS_ONLY


def _used_words(retrieved: Retrieved) -> bool:
    return any(passage.lexical_score is not None for passage in retrieved.passages)


def _support(confidence: float, *, answerable: bool) -> Support:
    if not answerable:
        return Support.NONE
    return Support.STRONG if confidence >= _STRONG else Support.PARTIAL if confidence >= _PARTIAL else Support.WEAK


def _reason(evidence: Evidence) -> Reason:
    if evidence.passage >= 0.6:
        return Reason.CLEAR if evidence.sentence >= 0.4 else Reason.SCATTERED
    return Reason.WORDS_MISSING if evidence.passage < 0.4 else Reason.NOT_CLOSE
