import pytest

from ragapp.rag import metrics


def test_ranks_give_hits_and_reciprocal_ranks():
    ranks = [metrics.find_rank("abc", {"b"}), metrics.find_rank("abc", {"z"}), metrics.find_rank("abc", {"a", "c"})]
    assert ranks == [2, None, 1]
    assert metrics.hit_at(ranks, 1) == pytest.approx(1 / 3)
    assert metrics.hit_at(ranks, 5) == pytest.approx(2 / 3)
    assert metrics.mean_reciprocal_rank(ranks) == pytest.approx(0.5)
    assert metrics.mean_reciprocal_rank([11]) == 0


def test_answers_are_compared_after_squad_normalisation():
    assert metrics.exact_match("The Eiffel Tower!", "eiffel tower") == 1
    assert metrics.token_f1("the tall tower", "tower") == pytest.approx(2 / 3)
    assert metrics.token_f1("", "tower") == 0
    assert metrics.contains_answer(["u roku od osam dana"], "osam dana")


def test_refusals_are_counted_against_what_could_be_answered():
    quality = metrics.refusal_quality([True, True, False, False], [True, False, True, False])
    assert (quality.precision, quality.recall, quality.f1, quality.wrongly_refused) == (0.5, 0.5, 0.5, 0.5)
    assert metrics.refusal_quality([True], [False]).f1 == 0


def test_calibration_error_is_the_gap_between_confidence_and_truth():
    assert metrics.expected_calibration_error([0.95, 0.95], [True, True]) == pytest.approx(0.05)
    assert metrics.expected_calibration_error([1.0, 0.0], [False, True]) == pytest.approx(1.0)
    assert metrics.expected_calibration_error([], []) == 0


def test_nothing_measured_is_zero():
    assert metrics.hit_at([], 1) == metrics.mean_reciprocal_rank([]) == 0
