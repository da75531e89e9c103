"""Pages that are open see what others do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ragapp.core.errors import IndexUnavailable
from ragapp.core.flags import FLAG_DEFAULTS, Flag
from ragapp.core.scope import Role
from ragapp.services.views import Page
from ragapp.ui.routes import PAGES
from ragapp.ui.states import live
from ragapp.ui.states.changes import read_shown, set_changed
from ragapp.ui.states.live import LIVE_PAGES, LiveState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import HYDRATE, open_tabs
from tests.ui.test_library_state import FakeDocuments, document

PATH = "/documents"


class FakeBases:
    async def list(self, scope: Any) -> tuple[Any, ...]:
        return ()


class FakeFlags:
    def __init__(self) -> None:
        self.is_live = True

    async def is_on(self, scope: Any, flag: Flag) -> bool:
        return self.is_live if flag is Flag.REAL_TIME_UPDATES else FLAG_DEFAULTS[flag]

    async def values(self, scope: Any) -> dict[Flag, bool]:
        return {**FLAG_DEFAULTS, Flag.REAL_TIME_UPDATES: self.is_live}


class Looks:
    """Lets a tab look a number of times; `before` runs before each look."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 2
        self.before: Any = lambda: None
        monkeypatch.setattr(live, "is_tab_open", self._is_open)
        monkeypatch.setattr(live, "LOOK_EVERY_S", 0)

    async def _is_open(self, state: Any) -> bool:
        self.left -= 1
        if self.left >= 0:
            self.before()
        return self.left >= 0


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(monkeypatch)


@pytest.fixture
def shelf() -> FakeDocuments:
    return FakeDocuments(document(1))


@pytest.fixture
async def services(shelf: FakeDocuments) -> AsyncIterator[SimpleNamespace]:
    with installed_services(documents=shelf, knowledge_bases=FakeBases(), flags=FakeFlags()) as services:
        services.access.sessions["ana"] = scope_for(Role.MEMBER)
        yield services


@pytest.fixture
async def tab(services: SimpleNamespace) -> AsyncIterator[Any]:
    async with open_tabs() as tabs:
        tab = tabs("ana")
        await tab.send(HYDRATE)
        yield tab


async def watch(tab: Any, path: str = PATH) -> Any:
    return await asyncio.wait_for(tab.send(LiveState.watch, path=path), timeout=5)


def shown(answer: Any) -> list[str]:
    return [row.id for row in answer.values(LIVE_PAGES[PATH][0]).get("rows", ())]


async def test_an_open_page_shows_what_a_colleague_adds(tab: Any, shelf: FakeDocuments, looks: Looks) -> None:
    looks.before = lambda: shelf.shelf.update({"d2": document(2)})

    assert "d2" in shown(await watch(tab))


async def test_a_look_that_finds_nothing_new_sends_nothing(tab: Any, looks: Looks) -> None:
    await watch(tab)
    looks.left = 2

    assert shown(await watch(tab)) == []


async def test_pages_wait_while_live_updates_are_switched_off(
    tab: Any, services: SimpleNamespace, shelf: FakeDocuments, looks: Looks
) -> None:
    services.flags.is_live = False
    assert shown(await watch(tab)) == []
    looks.left, looks.before = 3, lambda: setattr(services.flags, "is_live", looks.left == 0)

    assert shown(await watch(tab)) == ["d1"]


async def test_a_look_that_fails_leaves_the_page_as_it_is_and_the_next_may_succeed(
    tab: Any, shelf: FakeDocuments, looks: Looks
) -> None:
    looks.before = lambda: setattr(shelf, "failure", IndexUnavailable() if looks.left == 1 else None)

    answer = await watch(tab)

    assert shown(answer) == ["d1"]
    assert "error_code" not in answer.values(LIVE_PAGES[PATH][0])


async def test_nothing_is_read_for_other_pages(tab: Any, shelf: FakeDocuments, looks: Looks) -> None:
    await watch(tab, "/settings")

    assert looks.left == 2
    assert shelf.list_calls == 0


@pytest.mark.parametrize("rights", ["ended", "changed"])
async def test_a_reader_who_lost_the_right_to_see_the_page_is_sent_off(
    tab: Any, services: SimpleNamespace, shelf: FakeDocuments, looks: Looks, rights: str
) -> None:
    def take_away() -> None:
        demoted = replace(scope_for(Role.MEMBER), permissions=frozenset())
        services.access.sessions = {} if rights == "ended" else {"ana": demoted}

    looks.before = take_away

    answer = await watch(tab)

    assert "location.reload" in answer.scripts
    assert shelf.list_calls == 0


async def test_operators_pages_show_nothing_to_others(tab: Any, looks: Looks) -> None:
    answer = await watch(tab, "/platform/usage")

    assert "location.reload" in answer.scripts


def test_every_page_of_the_administration_and_of_the_platform_is_live() -> None:
    routes = {page.route for page in PAGES}

    assert set(LIVE_PAGES) <= routes
    assert {route for route in routes if route.startswith(("/admin", "/platform"))} <= set(LIVE_PAGES)
    assert all(hasattr(state, "_look") for states in LIVE_PAGES.values() for state in states)


def test_only_what_differs_is_set() -> None:
    class Shown(SimpleNamespace):
        def __setattr__(self, name: str, value: object) -> None:
            assert getattr(self, name) != value
            super().__setattr__(name, value)

    state = Shown(rows=[1, 2], count=2)

    set_changed(state, rows=[1, 2], count=3)  # type: ignore[arg-type]

    assert (state.rows, state.count) == ([1, 2], 3)


@pytest.mark.parametrize(("shown_count", "expected"), [(0, 2), (2, 2), (3, 4), (9, 5)])
async def test_a_list_is_read_again_as_far_as_it_is_shown(shown_count: int, expected: int) -> None:
    pages = {None: Page((1, 2), "a"), "a": Page((3, 4), "b"), "b": Page((5,), None)}

    async def read(cursor: str | None) -> Page[int]:
        return pages[cursor]

    items, rest = await read_shown(read, shown_count)

    assert items == [1, 2, 3, 4, 5][:expected]
    assert rest == {2: "a", 4: "b", 5: ""}[expected]
