"""What the page says about limits, features and questions without an answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from ragapp.core.errors import RateLimited
from ragapp.core.flags import Flag
from ragapp.core.scope import Role
from ragapp.services.tenancy.rule_views import Operation, RateStanding
from ragapp.ui.feedback import message_for
from ragapp.ui.states.chat import ChatState
from ragapp.ui.states.room import RoomState
from tests.fakes.conversation import FakeConversation, message
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import HYDRATE, open_tabs


class Reports:
    def __init__(self) -> None:
        self.told: list[str] = []

    async def report(self, _scope: Any, message_id: str) -> None:
        self.told.append(message_id)


@pytest.fixture
def services() -> Any:
    conversation = FakeConversation()
    with installed_services(chats=conversation, runs=conversation, missing_reports=Reports()) as installed:
        installed.access.sessions = {"member": scope_for(Role.MEMBER)}
        yield installed


@pytest.fixture
async def tab(services: Any) -> AsyncIterator[Any]:
    async with open_tabs() as opened:
        browser = opened("member")
        await browser.send(HYDRATE)
        yield browser


def standing(used: int, limit: int, *, is_tenants: bool = True) -> RateStanding:
    return RateStanding(Operation.ASK, is_tenants, limit, limit - used, 3600, 725)


async def test_nothing_is_said_while_there_is_room(tab, services):
    services.limits.standings[Operation.ASK] = standing(10, 50)
    shown = (await tab.send(RoomState.look)).values(RoomState)
    assert "limit" not in shown


async def test_near_the_limit_the_count_is_shown_and_at_the_limit_the_wait(tab, services):
    services.limits.standings[Operation.ASK] = standing(37, 50)
    shown = (await tab.send(RoomState.look)).values(RoomState)
    assert (shown["used"], shown["limit"], shown.get("wait_minutes", 0)) == (37, 50, 0)
    services.limits.standings[Operation.ASK] = standing(50, 50)
    shown = (await tab.send(RoomState.look)).values(RoomState)
    assert (shown["used"], shown["wait_minutes"]) == (50, 13)


async def test_ones_own_burst_is_not_shown_as_the_organisations_hour(tab, services):
    services.limits.standings[Operation.ASK] = standing(49, 50, is_tenants=False)
    assert "limit" not in (await tab.send(RoomState.look)).values(RoomState)


async def test_a_question_without_an_answer_is_told_once(tab, services):
    answer = await tab.send(RoomState.report, message_id="m1")
    assert services.missing_reports.told == ["m1"]
    assert answer.values(RoomState)["reported"] == ["m1"]
    assert "Hvala" in answer.scripts


@pytest.mark.parametrize("is_on", [True, False])
async def test_scores_and_times_reach_the_browser_in_debug_mode_only(tab, services, is_on):
    services.flags.on[Flag.DEBUG_MODE] = is_on
    answer = message("m2", "c1", "assistant", "Six months.", timings_ms={"retrieval": 12.4}, generator="ollama")
    services.chats.add_chat("c1", message("m1", "c1", "user", "How long?"), answer)
    tab.query = {"chat_id": "c1"}
    rows = (await tab.send(ChatState.open)).values(ChatState)["history"]
    assert ("retrieval 12 ms" in rows[1].details) is is_on


@pytest.mark.parametrize(
    ("language", "words"), [("en", "You can ask again in 13 min."), ("hr", "Ponovno možete pitati za 13 min.")]
)
def test_a_refusal_says_when_it_goes_on(language, words):
    details = {"operation": "ask", "per": "tenant", "limit": 50, "window_s": 3600}
    assert words in message_for(RateLimited(retry_after_s=725, details=details), language)
