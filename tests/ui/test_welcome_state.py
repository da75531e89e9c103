"""The start page follows what is being read, and says what can be asked as soon as anything can."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Role
from ragapp.ui.states import live
from ragapp.ui.states.live import LiveState
from ragapp.ui.states.welcome import WelcomeState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import HYDRATE, open_tabs
from tests.ui.test_library_state import FAILED, QUEUED, READY, FakeDocuments, document, put

EMBEDDING = DocumentStatus.EMBEDDING


class Shelf(FakeDocuments):
    async def suggested_questions(self, scope: Any, *, limit: int) -> tuple[str, ...]:
        return tuple(f"What about {view.title}?" for view in self.shelf.values() if view.status is READY)[:limit]


@pytest.fixture
def documents() -> Shelf:
    return Shelf()


@pytest.fixture
async def tab(documents: Shelf) -> AsyncIterator[Any]:
    with installed_services(documents=documents) as services:
        services.access.sessions = {"owner": scope_for(Role.OWNER)}
        async with open_tabs() as opened:
            tab = opened("owner")
            await tab.send(HYDRATE)
            yield tab


def shown(answer: Any) -> dict[str, Any]:
    return answer.values(WelcomeState)


async def test_samples_on_their_way_are_not_nothing(tab: Any, documents: Shelf) -> None:
    put(documents, document(1, QUEUED), document(2, EMBEDDING))

    seen = shown(await tab.send(WelcomeState.load))

    assert (seen["loaded"], seen["reading_count"]) == (True, 2)
    assert seen.get("has_documents", False) is False


async def test_the_page_follows_by_itself_until_questions_can_be_asked(
    tab: Any, documents: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(documents, document(1, QUEUED), document(2, QUEUED))
    await tab.send(WelcomeState.load)
    looks = iter(
        [lambda: put(documents, document(1), document(2, EMBEDDING)), lambda: put(documents, document(1), document(2))]
    )

    async def is_open(_: Any) -> bool:
        step = next(looks, None)
        if step is not None:
            step()
        return step is not None

    monkeypatch.setattr(live, "is_tab_open", is_open)
    monkeypatch.setattr(live, "LOOK_EVERY_S", 0)
    answer = await asyncio.wait_for(tab.send(LiveState.watch, path="/"), timeout=5)

    states = [delta[WelcomeState.get_full_name()] for delta in answer.deltas if WelcomeState.get_full_name() in delta]
    assert [state.get("reading_count_rx_state_") for state in states] == [1, 0]
    assert states[0]["percent_rx_state_"] == 50
    seen = shown(answer)
    assert (seen["has_documents"], seen["questions"]) == (True, ["What about Document 1?", "What about Document 2?"])


async def test_once_there_is_something_to_ask_nothing_is_read_again(
    tab: Any, documents: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(documents, document(1))
    await tab.send(WelcomeState.load)
    calls, left = documents.list_calls, iter([True, True, False])

    async def is_open(_: Any) -> bool:
        return next(left)

    monkeypatch.setattr(live, "is_tab_open", is_open)
    monkeypatch.setattr(live, "LOOK_EVERY_S", 0)
    await asyncio.wait_for(tab.send(LiveState.watch, path="/"), timeout=5)

    assert documents.list_calls == calls


async def test_files_that_could_not_be_read_are_told_apart_from_none(tab: Any, documents: Shelf) -> None:
    put(documents, document(1, FAILED))

    assert shown(await tab.send(WelcomeState.load))["failed_count"] == 1
