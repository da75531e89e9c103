from itertools import product

import pytest

from ragapp.rag.significance import mcnemar_p_value, permutation_p_value


@pytest.mark.parametrize(
    ("better", "worse", "expected"),
    [
        (0, 0, 1.0),
        (3, 1, 0.625),  # 2 * (1 + 4) / 16
        (1, 3, 0.625),
        (2, 2, 1.0),
        (0, 5, 0.0625),  # 2 / 32
        (0, 6, 0.03125),  # 2 / 64
        (10, 1, 2 * 12 / 2**11),
        (15, 5, 0.04138946533203125),  # scipy.stats.binomtest(5, 20).pvalue
    ],
)
def test_the_exact_test_counts_both_tails(better, worse, expected):
    assert mcnemar_p_value(better, worse) == pytest.approx(expected)


def test_negative_counts_are_refused():
    with pytest.raises(ValueError, match="at least 0"):
        mcnemar_p_value(-1, 2)


def test_nothing_differs():
    assert permutation_p_value([]) == 1
    assert permutation_p_value([0.0, 0.0]) == 1


def test_every_assignment_of_signs_is_tried_where_they_are_few():
    differences = [0.5, 0.25, 0.0, -0.1, 0.8]
    signed = [zip(signs, differences, strict=True) for signs in product((1, -1), repeat=5)]
    sums = [abs(sum(sign * difference for sign, difference in pairs)) for pairs in signed]
    expected = sum(total >= sum(differences) - 1e-12 for total in sums) / len(sums)
    assert permutation_p_value(differences) == pytest.approx(expected)


def test_equal_differences_give_the_sign_test():
    assert permutation_p_value([1.0] * 6) == pytest.approx(2 / 64)
    assert permutation_p_value([-1.0] * 6) == pytest.approx(2 / 64)
    assert permutation_p_value([1.0] * 3 + [-1.0]) == pytest.approx(mcnemar_p_value(3, 1))


def test_many_differences_are_drawn_and_always_alike():
    uneven, even = [0.5] * 30 + [-0.5] * 10, [0.5, -0.5] * 20
    assert permutation_p_value(uneven) == permutation_p_value(uneven)
    assert permutation_p_value(uneven) == pytest.approx(mcnemar_p_value(30, 10), abs=0.002)
    assert permutation_p_value(even) == pytest.approx(1)
