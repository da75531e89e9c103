"""Two runs over the same questions: what got better, what worse, and whether chance explains it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ragapp.core.ids import QualityQuestionId, QualityRunId
from ragapp.core.quality import Expects, Verdict
from ragapp.models import QualityResult, QualityRun
from ragapp.rag.significance import mcnemar_p_value, permutation_p_value
from ragapp.services.quality.measuring import Outcome, mean
from ragapp.services.quality.quality_views import ChangeView, ConfigurationChange, MeasureChange, QuestionChange

LEVEL = 0.05
"""Of each measure by itself: where nothing changed in truth, one comparison in twenty says that it did."""

_RIGHT, _RANKS = "right", "mrr@10"
Pair = tuple[Outcome, Outcome]
"""(before, after)"""


def outcome_of(result: QualityResult) -> Outcome:
    """Return a stored result as what it was measured as."""
    return Outcome(
        is_answerable=result.expects == Expects.ANSWER,
        rank=result.rank,
        is_refused=result.is_refused,
        is_shown=result.is_shown,
        confidence=result.confidence,
        search_ms=result.search_ms,
        answer_ms=result.answer_ms,
    )


def pair_results(
    before: Sequence[QualityResult], after: Sequence[QualityResult]
) -> list[tuple[QualityResult, QualityResult]]:
    """Return (before, after) of the questions that both runs asked, expecting the same."""
    known = {(result.question_id, result.digest): result for result in before}
    keyed = [(known.get((result.question_id, result.digest)), result) for result in after]
    return [(old, new) for old, new in keyed if old is not None]


def compare(
    baseline_id: QualityRunId, pairs: Sequence[tuple[QualityResult, QualityResult]]
) -> ChangeView:
    """Return how the later results compare with the earlier ones."""
    outcomes = [(outcome_of(old), outcome_of(new)) for old, new in pairs]
    answerable = [pair for pair in outcomes if pair[0].is_answerable]
    measures = (
        _of_shares(_RIGHT, outcomes, lambda outcome: outcome.is_right),
        _of_shares("hit@1", answerable, lambda outcome: outcome.rank == 1),
        _of_shares("hit@5", answerable, lambda outcome: outcome.rank is not None and outcome.rank <= 5),
        _of_ranks(answerable),
    )
    deciding = {change.verdict for change in measures if change.name in (_RIGHT, _RANKS)}
    order = (Verdict.WORSE, Verdict.BETTER, Verdict.CHANCE, Verdict.SAME)
    verdict = next(verdict for verdict in order if verdict in deciding)
    return ChangeView(baseline_id, len(outcomes), measures, verdict)


def changed_questions(pairs: Sequence[tuple[QualityResult, QualityResult]]) -> tuple[QuestionChange, ...]:
    """Return the questions that were right once and wrong once: those that got worse first."""
    changed = [
        QuestionChange(QualityQuestionId(new.question_id), new.text, new.is_right, old.rank, new.rank)
        for old, new in pairs
        if old.is_right != new.is_right
    ]
    return tuple(sorted(changed, key=lambda change: change.is_better))


def changed_settings(before: QualityRun, after: QualityRun) -> tuple[ConfigurationChange, ...]:
    """Return what differs in the configurations of two runs."""
    names = [*before.configuration, *(name for name in after.configuration if name not in before.configuration)]
    pairs = [(name, before.configuration.get(name, ""), after.configuration.get(name, "")) for name in names]
    return tuple(ConfigurationChange(name, str(old), str(new)) for name, old, new in pairs if old != new)


def to_row(change: ChangeView) -> dict[str, Any]:
    """Return the JSON form of a comparison."""
    return asdict(change)


def from_row(row: Mapping[str, Any]) -> ChangeView | None:
    """Return the comparison a JSON row stands for, None for an empty one."""
    if not row:
        return None
    measures = tuple(MeasureChange(**{**each, "verdict": Verdict(each["verdict"])}) for each in row["measures"])
    baseline = QualityRunId(row["baseline_id"])
    return ChangeView(baseline, row["common_count"], measures, Verdict(row["verdict"]))


def _of_shares(name: str, pairs: Sequence[Pair], holds: Callable[[Outcome], bool]) -> MeasureChange:
    held = [(holds(old), holds(new)) for old, new in pairs]
    better = sum(new and not old for old, new in held)
    worse = sum(old and not new for old, new in held)
    return MeasureChange(
        name=name,
        before=round(mean(old for old, _ in held), 4),
        after=round(mean(new for _, new in held), 4),
        better_count=better,
        worse_count=worse,
        p_value=mcnemar_p_value(better, worse),
        verdict=_verdict(better - worse, better + worse, mcnemar_p_value(better, worse)),
    )


def _of_ranks(pairs: Sequence[Pair]) -> MeasureChange:
    differences = [new.reciprocal_rank - old.reciprocal_rank for old, new in pairs]
    better, worse = sum(each > 0 for each in differences), sum(each < 0 for each in differences)
    p_value = permutation_p_value(differences)
    return MeasureChange(
        name=_RANKS,
        before=round(mean(old.reciprocal_rank for old, _ in pairs), 4),
        after=round(mean(new.reciprocal_rank for _, new in pairs), 4),
        better_count=better,
        worse_count=worse,
        p_value=p_value,
        verdict=_verdict(sum(differences), better + worse, p_value),
    )


def _verdict(difference: float, changed_count: int, p_value: float) -> Verdict:
    if not changed_count:
        return Verdict.SAME
    if p_value > LEVEL:
        return Verdict.CHANCE
    return Verdict.BETTER if difference > 0 else Verdict.WORSE
