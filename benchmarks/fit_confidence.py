"""Fits the weights of ragapp/rag/confidence.py and prints them, with the reliability of what was not fitted on.

    python -m benchmarks.fit_confidence

Fitted on the development questions (see `quality_lab`), by language pair. Besides the questions as they are, each is
asked once with its document taken away: the same wording, no answer. Those count little, so that about one question in
five has no answer. Weights keep the sign that their meaning gives them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality_lab import CachedEmbedder, Lab, Question
from ragapp.rag.evidence import Evidence, gather_evidence, is_cross_lingual
from ragapp.rag.metrics import expected_calibration_error, refusal_quality
from ragapp.rag.retrieval import Retrieved

_REMOVED_WEIGHT = 0.15
_RIDGE = 2.0
_AGAINST = frozenset({"untyped", "lost", "unknown", "names_missing", "name_elsewhere", "number_elsewhere"})
_FACTS = tuple(field.name for field in fields(Evidence))
_FACTS_ACROSS = (
    *("typed", "untyped", "unknown", "names_missing", "name_elsewhere", "number_elsewhere"),
    *("similarity", "margin", "lead"),
)
_WRONGLY_REFUSED = {"en": 0.025, "hr": 0.055, "across": 0.065}
_STEPS, _STEP = 20_000, 0.02


@dataclass(frozen=True, slots=True)
class Case:
    """One question asked once; `kind` is "en", "hr" or "across"."""

    name: str
    kind: str
    facts: dict[str, float]
    code_missing: bool
    answerable: bool
    found: bool
    removed: bool
    is_for_development: bool


def _case(lab: Lab, question: Question, retrieved: Retrieved, *, removed: bool) -> Case:
    found = any(passage.chunk_id in question.gold for passage in retrieved.passages[:5])
    return Case(
        lab.name,
        "across" if is_cross_lingual(retrieved) else question.row.language,
        asdict(gather_evidence(retrieved)),
        bool(retrieved.missing_codes),
        question.answerable and not removed,
        found and not removed,
        removed,
        question.is_for_development,
    )


async def collect(lab: Lab) -> list[Case]:
    """Ask every question, and every answerable one again without its document."""
    whole, cases = lab.source(), []
    without = {name: lab.source(without=name) for name in {q.row.document for q in lab.questions if q.row.document}}
    for question in lab.questions:
        cases.append(_case(lab, question, await lab.ask(question, whole), removed=False))
        if question.answerable:
            retrieved = await lab.ask(question, without[question.row.document])
            cases.append(_case(lab, question, retrieved, removed=True))
    return cases


def fit(cases: Sequence[Case], names: Sequence[str]) -> NDArray[np.float64]:
    """Return weights and bias of a ridge logistic regression with signs, by projected gradient descent."""
    features = np.array([[*(case.facts[name] for name in names), 1.0] for case in cases])
    target = np.array([case.found for case in cases], dtype=float)
    importance = np.array([_REMOVED_WEIGHT if case.removed else 1.0 for case in cases])
    signs = np.array([-1.0 if name in _AGAINST else 1.0 for name in names])
    weights = np.zeros(len(names) + 1)
    for _ in range(_STEPS):
        guess = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (importance * (guess - target))
        slope[:-1] += _RIDGE * weights[:-1]
        weights -= _STEP * slope / np.sqrt(len(cases))
        weights[:-1] = signs * np.maximum(0.0, signs * weights[:-1])
    return weights


def _probability(case: Case, names: Sequence[str], weights: NDArray[np.float64]) -> float:
    if case.code_missing:
        return 0.05
    return float(1 / (1 + np.exp(-np.array([*(case.facts[name] for name in names), 1.0]) @ weights)))


def reliability(pairs: Sequence[tuple[float, bool]]) -> str:
    """Return a table of ten bins: how many, what was promised on average, what was true."""
    lines = []
    for lowest in np.arange(0.0, 1.0, 0.1):
        members = [(value, right) for value, right in pairs if lowest <= value < lowest + 0.1 + 1e-9]
        if members:
            promised = sum(value for value, _ in members) / len(members)
            right = sum(flag for _, flag in members) / len(members)
            bounds = f"{lowest:.1f}-{lowest + 0.1:.1f}"
            lines.append(f"    {bounds}  n {len(members):4d}  promised {promised:.2f}  right {right:.2f}")
    return "\n".join(lines)


async def main() -> None:
    """Fit the three kinds and report on the questions that were held out."""
    embedder = CachedEmbedder()
    cases = [case for name in ("dev", "org", "hr", "en") for case in await collect(await Lab.load(name, embedder))]
    await embedder.close()
    probabilities: dict[int, tuple[float, float]] = {}
    for kind, allowed in _WRONGLY_REFUSED.items():
        names = _FACTS_ACROSS if kind == "across" else _FACTS
        members = [case for case in cases if case.kind == kind]
        seen = [case for case in members if case.is_for_development]
        weights = fit(seen, names)
        values = [_probability(case, names, weights) for case in seen if case.answerable]
        bar = float(np.quantile(values, allowed))
        print(kind, {n: round(float(w), 2) for n, w in zip((*names, "bias"), weights, strict=True)}, f"from {bar:.2f}")
        probabilities |= {id(case): (_probability(case, names, weights), bar) for case in members}
    for name in ("dev", "org", "hr", "en"):
        real = [case for case in cases if case.name == name and not case.removed]
        held = [case for case in real if name == "dev" or not case.is_for_development]
        pairs = [(probabilities[id(case)][0], case.found) for case in held]
        refused = [probabilities[id(case)][0] < probabilities[id(case)][1] for case in held]
        quality = refusal_quality([case.answerable for case in held], refused)
        error = expected_calibration_error([value for value, _ in pairs], [right for _, right in pairs])
        refusals = f"refusal F1 {quality.f1:.2f}, wrongly refused {quality.wrongly_refused:.3f}"
        print(f"{name}, {len(held)} questions: {refusals}, ECE {error:.3f}")
        print(reliability(pairs))


if __name__ == "__main__":
    asyncio.run(main())
