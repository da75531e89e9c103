"""Usage: written with its cause, summed by day and person, and exported without formulas."""

import csv
import io
from datetime import timedelta

import pytest

from ragapp.core.errors import PermissionDenied
from ragapp.core.scope import Role
from ragapp.core.usage import Metric
from ragapp.services.chat.chats import ChatService
from ragapp.services.chat.runs import RunService
from ragapp.services.csv_rows import csv_line
from tests.fakes.accounts import PLATFORM, add_member, add_tenant
from tests.fakes.flow import ScriptedFlow
from tests.fakes.limits import no_limits


async def use(store, scope, **amounts):
    async with store.begin(scope) as tx:
        await tx.usage.add(scope.user_id, **amounts)


async def test_what_was_held_on_earlier_days_follows_from_what_came_and_went(clock, household, library, oversight):
    first = (await library.upload(household.owner, "a" * 1000)).document
    clock.advance(days=1)
    await library.upload(household.owner, "b" * 300)
    await library.documents.delete(household.owner, first.id)
    today = clock.now().date()
    view = await oversight.usage.daily(household.owner, since=today - timedelta(days=2), until=today)
    assert [(day.held_documents, day.held_bytes) for day in view.days] == [(0, 0), (1, 1000), (1, 300)]
    assert view.totals["documents"] == 2
    assert view.totals["bytes"] == 1300
    yesterday = today - timedelta(days=1)
    earlier = await oversight.usage.daily(household.owner, since=yesterday, until=yesterday)
    assert [(day.held_documents, day.held_bytes) for day in earlier.days] == [(1, 1000)]


async def test_who_asked_most_comes_first_with_a_name(store, clock, household, oversight):
    colleague = await add_member(store, household, Role.MEMBER)
    await use(store, household.owner, questions=2)
    await use(store, colleague, questions=5)
    today = clock.now().date()
    top = await oversight.usage.top_users(household.owner, metric=Metric.QUESTIONS, since=today, until=today)
    assert [(person.user_id, person.name, person.amount) for person in top] == [
        (colleague.user_id, "The member", 5),
        (household.owner.user_id, "Owner of acme", 2),
    ]


async def test_ratings_that_are_changed_count_once(store, clock, household, oversight, library):
    runs = RunService(store, ScriptedFlow("An answer."), clock, no_limits())
    started = await runs.ask(household.owner, chat_id=None, text="How long?")
    async for _ in runs.follow(household.owner, started.run_id, min_interval_s=0):
        pass
    for rating in ("up", "down", "down"):
        await ChatService(store, clock).give_feedback(household.owner, started.answer.id, rating=rating)
    today = clock.now().date()
    totals = (await oversight.usage.daily(household.owner, since=today, until=today)).totals
    assert (totals["feedback_up"], totals["feedback_down"]) == (0, 1)


async def test_searches_that_were_only_counted_are_there_when_usage_is_read(clock, household, oversight):
    for _ in range(3):
        oversight.searches.count(household.owner)
    today = clock.now().date()
    totals = (await oversight.usage.daily(household.owner, since=today, until=today)).totals
    assert totals["searches"] == 3


async def test_members_do_not_see_usage(store, clock, household, oversight):
    member, today = await add_member(store, household, Role.MEMBER), clock.now().date()
    with pytest.raises(PermissionDenied):
        await oversight.usage.daily(member, since=today, until=today)


async def test_the_export_has_every_counter_and_nothing_of_other_tenants(store, clock, household, oversight):
    other, today = await add_tenant(store, "other"), clock.now().date()
    await use(store, other.owner, questions=9)
    await use(store, household.owner, questions=2)
    exported = b"".join([line async for line in oversight.usage.export(household.owner, since=today, until=today)])
    rows = list(csv.reader(io.StringIO(exported.decode())))
    assert rows[0] == ["day", "metric", "person_id", "person", "amount"]
    assert rows[1:] == [[today.isoformat(), "questions", household.owner.user_id, "Owner of acme", "2"]]


async def test_the_operator_sees_amounts_of_every_tenant(store, clock, household, oversight):
    other, today = await add_tenant(store, "other"), clock.now().date()
    await use(store, other.owner, questions=9)
    found = await oversight.usage.of_all(PLATFORM, since=today, until=today)
    assert found == {other.tenant_id: {"questions": 9}}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"])
def test_a_cell_never_begins_like_a_formula(text):
    [row] = csv.reader(io.StringIO(csv_line((text, 5)).decode(), newline=""))
    assert row == [f"'{text}", "5"]
