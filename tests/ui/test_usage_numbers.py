"""What the usage pages make of counters."""

from datetime import date
from typing import Any, cast

from ragapp.core.ids import TenantId
from ragapp.core.usage import Metric
from ragapp.services.oversight.oversight_views import UsageDay
from ragapp.services.tenancy.tenant_views import TenantSummary
from ragapp.ui.states.operator_usage import use_rows
from ragapp.ui.states.usage import month_span, recent_months
from ragapp.ui.states.usage_points import amounts_of, is_busy, points_of


def tenant(name: str, storage_bytes: int = 0) -> TenantSummary:
    values: dict[str, Any] = dict.fromkeys(TenantSummary.__dataclass_fields__)
    return cast("TenantSummary", TenantSummary(**{**values, "id": name, "name": name, "storage_bytes": storage_bytes}))


def test_tokens_both_ways_are_one_number_and_time_is_in_seconds() -> None:
    amounts = amounts_of({Metric.TOKENS_IN: 900, Metric.TOKENS_OUT: 130, Metric.PROCESSING_MS: 2_600})

    assert (amounts["tokens"], amounts["seconds"], amounts["questions"]) == (1030, 3, 0)


def test_every_counter_but_what_was_removed_is_shown() -> None:
    hidden = {Metric.DOCUMENTS_REMOVED, Metric.BYTES, Metric.BYTES_REMOVED}  # storage is shown as what is held

    assert {metric for metric in Metric if any(amounts_of({metric: 1000}).values())} == set(Metric) - hidden


def test_a_day_without_use_is_a_point_but_not_a_busy_one() -> None:
    quiet, busy = points_of(
        [UsageDay(date(2026, 11, 1), {}, 1, 70), UsageDay(date(2026, 11, 2), {Metric.SEARCHES: 1}, 1, 80)]
    )

    assert (quiet["day"], quiet["bytes"], is_busy(quiet), is_busy(busy)) == ("2026-11-01", 70, False, True)


def test_organisations_that_asked_most_come_first_and_the_idle_ones_by_name() -> None:
    used = {TenantId("b"): {Metric.QUESTIONS: 50}, TenantId("c"): {Metric.QUESTIONS: 200}}

    rows = use_rows([tenant("d"), tenant("b"), tenant("A", 9), tenant("c")], used)

    assert [(row.name, row.questions, row.percent) for row in rows] == [
        ("c", 200, 100), ("b", 50, 25), ("A", 0, 0), ("d", 0, 0),
    ]  # fmt: skip
    assert rows[2].storage_bytes == 9


def test_a_month_ends_today_at_the_latest() -> None:
    today = date(2026, 3, 5)

    assert recent_months(today)[:3] == ["2026-03-01", "2026-02-01", "2026-01-01"]
    assert month_span("2026-03-01", today) == (date(2026, 3, 1), today)
    assert month_span("2026-02-01", today) == (date(2026, 2, 1), date(2026, 2, 28))
