import pytest

from ragapp.api.problems import STATUS_BY_ERROR, error_types, status_of
from ragapp.core.errors import Defect, RagAppError

LEAVES = [kind for kind in error_types() if not kind.__subclasses__()]


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_of_its_own_branch(kind: type[RagAppError]) -> None:
    assert any(issubclass(kind, branch) for branch in STATUS_BY_ERROR)


@pytest.mark.parametrize("kind", LEAVES, ids=lambda kind: kind.__name__)
def test_only_bugs_of_ours_answer_500(kind: type[RagAppError]) -> None:
    assert (status_of(kind) == 500) == issubclass(kind, Defect)


def test_codes_are_unique_so_a_code_names_one_status() -> None:
    codes = [kind.code for kind in error_types()]

    assert len(codes) == len(set(codes))
