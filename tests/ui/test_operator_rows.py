"""How limits and the service's health are shown to operators and read back."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ragapp.core.errors import InvalidInput
from ragapp.core.plans import GIBIBYTE
from ragapp.services.oversight.oversight_views import HealthPoint, HealthSeries
from ragapp.ui.states.operator_rows import health_row, limit_rows, limits_of

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"max_documents": 0, "queries_per_hour": 50},
        {"max_storage_bytes": 5 * GIBIBYTE // 2},
        {"max_members": None, "max_storage_bytes": None},
    ],
)
def test_limits_that_are_shown_and_saved_stay_the_same(limits: dict[str, int | None]) -> None:
    shown = limit_rows(cast("Any", SimpleNamespace(overrides=limits)))

    assert limits_of({row.name: row.value for row in shown}) == limits


def test_storage_is_typed_with_either_decimal_sign() -> None:
    assert limits_of({"max_storage_bytes": " 1,5 "}) == limits_of({"max_storage_bytes": "1.5"})


@pytest.mark.parametrize("typed", ["many", "1e999", "nan", "--"])
@pytest.mark.parametrize("name", ["max_documents", "max_storage_bytes"])
def test_what_is_no_number_names_its_field(typed: str, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        limits_of({name: typed})
    assert refused.value.details["field"] == name


def test_what_is_wrong_is_a_code_where_there_is_one() -> None:
    def told(message: str) -> tuple[str, str]:
        point = HealthPoint("generator", NOW, "unhealthy", 3.0, 3.0, message)
        row = health_row(HealthSeries("generator", 0.5, (point,)))
        return row.error_code, row.message

    assert told("index_unavailable") == ("index_unavailable", "")
    assert told("no answer within 5 s") == ("", "no answer within 5 s")
