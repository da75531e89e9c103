"""Fits the weights of ragapp/rag/confidence.py and prints them with their quality on the half not fitted on.

    python -m benchmarks.fit_confidence

Questions are split by the document that answers them (by their id where none does). Besides the questions as they are,
each is asked once with its document taken away: the same wording, no answer. Those count little, so that about one
question in five has no answer.
"""

import asyncio
import zlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality_lab import CachedEmbedder, Lab, Question
from ragapp.rag.confidence import Evidence, gather_evidence
from ragapp.rag.metrics import expected_calibration_error

_REMOVED_WEIGHT = 0.15
_RIDGE = 1.0
_MOST_WRONGLY_REFUSED = 0.03
_IN_CROATIAN = 0.1


@dataclass(frozen=True, slots=True)
class Case:
    """One question asked once."""

    evidence: Evidence
    answerable: bool
    found: bool
    removed: bool
    fitted_on: bool


async def collect(lab: Lab, questions: Sequence[Question], *, use_vector: bool) -> list[Case]:
    """Ask every question, and every answerable one again without its document."""
    cases = []
    whole = lab.source()
    without = {name: lab.source(without=name) for name in {q.document for q in questions if q.document}}
    for question in questions:
        half = zlib.crc32((question.document or question.id).encode()) % 2 == 0
        retrieved = await lab.ask(question, whole, use_vector=use_vector)
        found = any(passage.chunk_id in question.gold for passage in retrieved.passages[:5])
        cases.append(Case(gather_evidence(retrieved), question.answerable, found, removed=False, fitted_on=half))
        if question.document:
            retrieved = await lab.ask(question, without[question.document], use_vector=use_vector)
            cases.append(Case(gather_evidence(retrieved), False, False, removed=True, fitted_on=half))
    return cases


def fit(cases: Sequence[Case], mask: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return weights and bias of a ridge logistic regression by Newton's method; masked-out features get 0."""
    features = np.array([[*astuple(case.evidence), 1.0] for case in cases]) * np.append(mask, 1.0)
    target = np.array([case.found for case in cases], dtype=float)
    importance = np.array([_REMOVED_WEIGHT if case.removed else 1.0 for case in cases])
    ridge = np.diag([_RIDGE] * 4 + [1e-6])
    weights = np.zeros(5)
    for _ in range(50):
        guess = 1 / (1 + np.exp(-features @ weights))
        slope = features.T @ (importance * (target - guess)) - ridge @ weights
        curve = (features * (importance * guess * (1 - guess))[:, None]).T @ features + ridge
        weights += np.linalg.solve(curve, slope)
    return weights


def report(
    name: str,
    cases: Sequence[Case],
    mask: Sequence[float],
    *,
    teachers: Sequence[Case] = (),
    wrongly_refused: float = _MOST_WRONGLY_REFUSED,
) -> None:
    """Fit on one half (of `teachers`, if given), choose the threshold there, print what the other half says."""
    seen = [case for case in cases if case.fitted_on]
    weights = fit([case for case in teachers or cases if case.fitted_on], np.array(mask))

    def probability(case: Case) -> float:
        return float(1 / (1 + np.exp(-np.array([*astuple(case.evidence), 1.0]) @ weights)))

    threshold = float(np.quantile([probability(case) for case in seen if case.answerable], wrongly_refused))
    print(f"{name}: weights", ", ".join(f"{value:.2f}" for value in weights), f"answer_from {threshold:.2f}")
    other = [case for case in cases if not case.fitted_on]
    for label, keep in _GROUPS.items():
        chosen = [case for case in other if keep(case)]
        refused = np.mean([probability(case) < threshold for case in chosen]) if chosen else float("nan")
        print(f"    {label:26s} refused {refused:.3f} of {len(chosen)}")
    real = [case for case in other if not case.removed]
    error = expected_calibration_error([probability(case) for case in real], [case.found for case in real])
    print(f"    calibration error {error:.3f}")


_GROUPS: dict[str, Callable[[Case], bool]] = {
    "answerable": lambda case: case.answerable,
    "unanswerable": lambda case: not case.answerable and not case.removed,
    "document taken away": lambda case: case.removed,
}


async def main() -> None:
    """Fit the four kinds of evidence."""
    embedder = CachedEmbedder()
    english, croatian = await Lab.load("en", embedder), await Lab.load("hr", embedder)
    both = await collect(english, english.questions, use_vector=True)
    words = await collect(english, english.questions, use_vector=False)
    in_croatian = [question for question in croatian.questions if question.lang == "hr"]
    croatian_words = await collect(croatian, in_croatian, use_vector=False)
    report("both legs", both, (1, 1, 1, 1))
    report("vectors only", both, (0, 0, 1, 0))
    report("words only", words, (1, 1, 0, 0))
    report("Croatian, words only", croatian_words, (1, 1, 0, 0), teachers=words, wrongly_refused=_IN_CROATIAN)
    await embedder.close()


if __name__ == "__main__":
    asyncio.run(main())
