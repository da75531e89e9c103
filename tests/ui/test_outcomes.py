"""How work on several things ended is told in three ways: all done, some failed, all failed."""

from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ragapp.core.errors import Conflict
from ragapp.core.ids import DocumentId
from ragapp.core.scope import Role
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.moving import MoveState
from ragapp.ui.states.overview_work import OverviewWorkState
from ragapp.ui.states.selection import SelectionState
from ragapp.ui.states.tray import TrayState
from ragapp.ui.states.tray_end import say_end
from ragapp.ui.states.tray_items import CANCELLED, FAILED, TrayItem
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import open_tabs
from tests.ui.test_library_state import FAILED as DOCUMENT_FAILED
from tests.ui.test_library_state import FakeDocuments, FakeFiling, FakeKnowledgeBases, NoChats, document

COUNT = 3


class StubbornDocuments(FakeDocuments):
    """Some of the documents can be neither deleted nor tried again."""

    stubborn: frozenset[str] = frozenset()

    async def delete(self, scope: Any, document_id: DocumentId) -> None:
        if document_id in self.stubborn:
            raise Conflict
        await super().delete(scope, document_id)

    async def retry(self, scope: Any, document_id: DocumentId) -> Any:
        if document_id in self.stubborn:
            raise Conflict
        return await super().retry(scope, document_id)


class FakeMoving:
    def __init__(self, documents: StubbornDocuments) -> None:
        self.documents = documents

    async def move_many(self, scope: Any, chosen: list[DocumentId], base_id: Any) -> list[DocumentId]:
        return [each for each in chosen if each in self.documents.stubborn]


class NoReports:
    async def list(self, scope: Any, *, limit: int) -> Any:
        return SimpleNamespace(items=())


class NoRuns:
    async def warnings(self, scope: Any) -> Any:
        return ()


@pytest.fixture
def documents() -> Any:
    shelf = StubbornDocuments(*(document(n, DOCUMENT_FAILED) for n in range(COUNT)))
    with installed_services(
        documents=shelf, knowledge_bases=FakeKnowledgeBases(), filing=FakeFiling(shelf), chats=NoChats(),
        moving=FakeMoving(shelf), missing_reports=NoReports(), quality_runs=NoRuns(),
    ) as fakes:  # fmt: skip
        fakes.access.sessions = {"owner": scope_for(Role.OWNER)}
        yield shelf


@pytest.fixture
async def tab(documents: Any) -> AsyncIterator[Any]:
    async with open_tabs() as opened:
        yield opened("owner")


async def delete_some(tab: Any) -> Any:
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.toggle_all)
    await tab.send(SelectionState.ask_about_selected)
    return await tab.send(SelectionState.delete)


async def retry_some(tab: Any) -> Any:
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.toggle_all)
    return await tab.send(SelectionState.retry_selected)


async def move_some(tab: Any) -> Any:
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.toggle_all)
    return await tab.send(MoveState.move, knowledge_base_id="kb")


async def retry_in_overview(tab: Any) -> Any:
    await tab.send(OverviewWorkState.load)
    return await tab.send(OverviewWorkState.retry_all)


@pytest.mark.parametrize("act", [delete_some, retry_some, move_some, retry_in_overview])
@pytest.mark.parametrize(("failing", "look"), [(0, "success"), (1, "warning"), (COUNT, "error")])
async def test_each_bulk_action_tells_which_of_three_ways_it_ended(
    tab: Any, documents: StubbornDocuments, act: Callable[[Any], Any], failing: int, look: str
) -> None:
    documents.stubborn = frozenset(f"d{n}" for n in range(failing))
    answer = await act(tab)
    told = [kind for kind in ("success", "warning", "error", "info") if f'["{kind}"](' in answer.scripts]
    assert told == [look], answer.scripts
    if look == "warning":
        assert str(failing) in answer.scripts
        assert str(COUNT - failing) in answer.scripts


async def test_one_that_fails_keeps_no_other_from_being_tried_again(tab: Any, documents: StubbornDocuments) -> None:
    documents.stubborn = frozenset({"d0"})
    await retry_some(tab)
    assert [view.status.value for view in documents.shelf.values()] == ["failed", "queued", "queued"]


@pytest.mark.parametrize(
    ("phases", "look", "told", "silent"),
    [
        (["ready", "ready"], "success", "2 files are ready", "failed"),
        (["ready", FAILED], "warning", "1 file is ready", "finished, "),
        ([FAILED, CANCELLED], "error", "2 failed", "ready"),
    ],
)
async def test_the_end_of_a_batch_carries_the_mark_it_deserves(
    tab: Any, phases: list[str], look: str, told: str, silent: str
) -> None:
    tray = TrayState(_reflex_internal_init=True)  # type: ignore[call-arg]
    tray._add([TrayItem(key=str(n), name="a", size_bytes=1) for n in range(len(phases))])
    tray._change({str(n): {"phase": phase} for n, phase in enumerate(phases)})
    events = say_end(tray, "en")
    scripts = " ".join(str(event.args) for event in events)
    assert [kind for kind in ("success", "warning", "error") if f'"{kind}"' in scripts] == [look]
    assert told in scripts
    assert silent not in scripts
