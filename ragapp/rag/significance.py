"""Whether one system is better than another on the same questions, or whether chance explains the difference."""

import math
from collections.abc import Sequence

import numpy as np

_EXACT_UP_TO = 14
"""Differences that are not 0, beyond which signs are drawn instead of tried: 2^14 sums take a few milliseconds."""
_DRAWS = 20_000
_SEED = 20_260_101
_ROUNDING = 1e-9


def mcnemar_p_value(better_count: int, worse_count: int) -> float:
    """Return how likely chance alone splits the questions that changed at least this unevenly: McNemar's test, exact.

    Questions that both systems got right, or both wrong, say nothing. Of the others each system would win half if
    neither were better, so the smaller count is binomial with probability 1/2; both tails count.

    Args:
        better_count: Questions that only the new system got right, >= 0.
        worse_count: Questions that only the old one got right, >= 0.

    Returns:
        The two-sided p-value in (0, 1]; 1 where nothing changed.

    Raises:
        ValueError: a negative count.

    Source: McNemar, "Note on the sampling error of the difference between correlated proportions", Psychometrika 1947.
    """
    if min(better_count, worse_count) < 0:
        raise ValueError("counts are at least 0")
    changed = better_count + worse_count
    tail = sum(math.comb(changed, k) for k in range(min(better_count, worse_count) + 1))
    return min(1.0, tail / 2 ** (changed - 1)) if changed else 1.0


def permutation_p_value(differences: Sequence[float]) -> float:
    """Return how likely chance alone makes the mean difference at least this far from 0: a paired permutation test.

    If neither system were better, each difference could as well have had the other sign. All assignments of signs are
    tried where up to 14 differences are not 0; otherwise 20,000 are drawn, always the same ones.

    Args:
        differences: New value less old value, one per question, finite; for example of reciprocal ranks.

    Returns:
        The two-sided p-value in (0, 1]; 1 where nothing differs.

    Source: Smucker, Allan and Carterette, "A Comparison of Statistical Significance Tests for Information Retrieval
    Evaluation", CIKM 2007.
    """
    values = np.array([value for value in differences if value], dtype=np.float64)
    if not len(values):
        return 1.0
    observed = abs(float(values.sum())) - _ROUNDING
    if len(values) <= _EXACT_UP_TO:
        numbers = np.arange(2 ** len(values))[:, None]
        signs = 1.0 - 2.0 * (numbers >> np.arange(len(values)) & 1)
        return float(np.mean(np.abs(signs @ values) >= observed))
    signs = np.random.default_rng(_SEED).choice((-1.0, 1.0), size=(_DRAWS, len(values)))
    # The assignment that was observed is one of them, so the value is never 0.
    return float((np.sum(np.abs(signs @ values) >= observed) + 1) / (_DRAWS + 1))
