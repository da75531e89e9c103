"""Answers for programs: with a chat its messages are the history, without one what the program brings."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest

from ragapp.core.events import AnswerDone, AnswerEvent
from ragapp.core.ids import ChatId
from ragapp.core.scope import TenantScope
from ragapp.services.chat.answers import AnswerService
from ragapp.services.chat.chats import ChatService
from ragapp.services.chat.runs import RunService
from ragapp.services.views import QueryRequest
from ragapp.store.store import Store
from tests.fakes.accounts import Household, add_tenant
from tests.fakes.clock import FixedClock
from tests.fakes.flow import ScriptedFlow
from tests.fakes.limits import no_limits

BROUGHT = (("Tko odlučuje?", "Uprava."),)


@pytest.fixture
async def household(store: Store) -> Household:
    return await add_tenant(store)


@pytest.fixture
async def answering(store: Store, clock: FixedClock) -> AsyncIterator[tuple[AnswerService, ScriptedFlow]]:
    flow: Any = ScriptedFlow("Šest mjeseci [1].")
    runs = RunService(store, flow, clock, no_limits())
    yield AnswerService(store, flow, runs, no_limits()), flow
    await runs.close()


async def told(answers: AnswerService, scope: TenantScope, request: QueryRequest) -> Sequence[AnswerEvent]:
    return [event async for event in answers.stream(scope, request)]


async def test_without_a_chat_the_history_the_program_brings_is_used(
    answering: tuple[AnswerService, ScriptedFlow], household: Household
) -> None:
    answers, flow = answering

    events = await told(answers, household.owner, QueryRequest("Koliko dugo?", history=BROUGHT))

    assert isinstance(events[-1], AnswerDone)
    assert [history for _, history in flow.asked] == [BROUGHT]


async def test_a_chat_has_its_own_history(
    answering: tuple[AnswerService, ScriptedFlow], household: Household, store: Store, clock: FixedClock
) -> None:
    answers, flow = answering
    chat = await ChatService(store, clock).create(household.owner)

    for question in ("Koliko dugo?", "A zatim?"):
        await told(answers, household.owner, QueryRequest(question, chat_id=ChatId(chat.id), history=BROUGHT))

    assert [list(history) for _, history in flow.asked] == [[], [("Koliko dugo?", "Šest mjeseci [1].")]]
