"""What the tray says of files on their way; the browser's own part is tested in tests/e2e/test_uploads.py."""

import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest

from ragapp.core.errors import InvalidTransition
from ragapp.core.ids import DocumentId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Role
from ragapp.services.registry import current
from ragapp.ui.states import library
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.moving import MoveState
from ragapp.ui.states.selection import SelectionState
from ragapp.ui.states.tray import WINDOW, TrayState
from ragapp.ui.states.tray_items import Pace
from ragapp.ui.states.uploads import UploadState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import open_tabs
from tests.ui.test_library_state import FAILED, QUEUED, READY, FakeDocuments, FakeKnowledgeBases, NoChats, document

PARSING = DocumentStatus.PARSING


class FakeTasks:
    def __init__(self) -> None:
        self.cancelled: list[str] = []

    async def latest_for_document(self, scope: Any, document_id: str) -> Any:
        return SimpleNamespace(id=f"task of {document_id}")

    async def cancel(self, scope: Any, task_id: str) -> None:
        self.cancelled.append(task_id)


@pytest.fixture
def tasks() -> FakeTasks:
    return FakeTasks()


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch, tasks: FakeTasks) -> Any:
    monkeypatch.setattr(library, "POLL_EVERY_S", 0)
    monkeypatch.setattr(library, "is_tab_open", AsyncMock(return_value=True))
    shelf = FakeDocuments()
    with installed_services(
        documents=shelf, knowledge_bases=FakeKnowledgeBases(), chats=NoChats(), tasks=tasks
    ) as fakes:
        fakes.access.sessions = {"owner": scope_for(Role.OWNER)}
        yield shelf


@pytest.fixture
async def tab(documents: FakeDocuments) -> AsyncIterator[Any]:
    async with open_tabs() as opened:
        yield opened("owner")


def news(key: str, **values: Any) -> dict[str, Any]:
    return {"key": key, "name": f"{key}.txt", "size": 6, **values}


def phases(shown: dict[str, Any]) -> dict[str, str]:
    return {item.key: item.phase for item in shown["items"]}


async def test_chosen_files_show_at_once_and_impossible_ones_say_why(tab: Any) -> None:
    told = [
        {"key": "a", "name": "good.pdf", "size": 1000},
        {"key": "b", "name": "huge.pdf", "size": 2 * 1024 * 1024},
        {"key": "c", "name": "empty.pdf", "size": 0},
    ]

    shown = (await tab.send(UploadState.tell, news=told)).values(TrayState)

    assert [(item.phase, item.error_code) for item in shown["items"]] == [
        ("waiting", ""),
        ("failed", "file_too_large"),
        ("failed", "empty_file"),
    ]
    assert (shown["busy_count"], shown["failed_count"], shown["unsent_count"]) == (1, 2, 1)


async def test_a_file_that_the_server_took_is_followed_to_ready(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf = {DocumentId("d1"): document(1, QUEUED)}
    documents.advance = {QUEUED: PARSING, PARSING: READY}
    await tab.send(UploadState.tell, news=[news("a")])

    shown = (await tab.send(UploadState.tell, news=[news("a", phase="queued", document_id="d1")])).values(TrayState)

    assert phases(shown) == {"a": "ready"}
    assert shown["is_collapsed"] is True


async def test_a_document_that_vanished_is_spoken_of_no_more(tab: Any) -> None:
    told = [news("a", phase="queued", document_id="gone"), news("b")]

    shown = (await tab.send(UploadState.tell, news=told)).values(TrayState)

    assert phases(shown) == {"b": "waiting"}


@pytest.mark.parametrize("status", [READY, FAILED])
async def test_a_row_goes_with_the_document_that_somebody_deletes(
    tab: Any, documents: FakeDocuments, status: DocumentStatus
) -> None:
    documents.shelf = {DocumentId("d1"): document(1, status), DocumentId("d2"): document(2, READY)}
    told = [news(key, phase="queued", document_id=of) for key, of in (("a", "d1"), ("b", "d2"))]
    assert phases((await tab.send(UploadState.tell, news=told)).values(TrayState)) == {"a": status.value, "b": "ready"}

    await tab.send(SelectionState.ask_about, document_id="d1")
    shown = (await tab.send(SelectionState.delete)).values(TrayState)

    assert (phases(shown), shown["total_count"]) == ({"b": "ready"}, 1)


async def test_a_row_goes_with_the_document_that_a_colleague_deletes(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf = {DocumentId("d1"): document(1, READY)}
    await tab.send(UploadState.tell, news=[news("a", phase="queued", document_id="d1"), news("b", phase="failed")])
    documents.shelf = {}

    shown = (await tab.send(LibraryState.load)).values(TrayState)

    assert phases(shown) == {"b": "failed"}


async def test_the_tray_opens_beside_the_list_and_stays_folded_where_somebody_reads(tab: Any) -> None:
    await tab.send(UploadState.tell, path="/nowhere", news=[])
    in_a_chat = (await tab.send(UploadState.tell, path="/chat/c1", news=[news("a", phase="failed")])).values(TrayState)
    in_the_list = (await tab.send(UploadState.tell, path="/documents", news=[news("b")])).values(TrayState)

    assert (in_a_chat["is_collapsed"], in_the_list["is_collapsed"]) == (True, False)


async def test_the_tray_folds_when_all_is_done_and_stays_open_over_a_failure(
    tab: Any, documents: FakeDocuments
) -> None:
    documents.shelf = {DocumentId("d1"): document(1, READY), DocumentId("d2"): document(2, FAILED)}
    await tab.send(UploadState.tell, path="/nowhere", news=[])
    await tab.send(UploadState.tell, path="/documents", news=[news("a"), news("c")])
    done = [news("a", phase="queued", document_id="d1"), news("c", phase="cancelled")]
    folded = (await tab.send(UploadState.tell, path="/documents", news=done)).values(TrayState)
    await tab.send(UploadState.tell, path="/documents", news=[news("b")])
    failed = await tab.send(UploadState.tell, path="/documents", news=[news("b", phase="queued", document_id="d2")])

    assert folded["is_collapsed"] is True
    assert failed.values(TrayState).get("is_collapsed", False) is False


async def test_what_the_browser_leaves_out_is_nothing(tab: Any) -> None:
    told = news("a", phase=None, percent=None, document_id=None, error_code=None, can_resend=None)

    shown = (await tab.send(UploadState.tell, news=[told])).values(TrayState)

    item = shown["items"][0]
    assert (item.phase, item.percent, item.document_id, item.error_code) == ("waiting", 0, "", "")


async def test_late_news_cannot_take_back_what_the_server_said(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf = {DocumentId("d1"): document(1, READY)}
    await tab.send(UploadState.tell, news=[news("a", phase="queued", document_id="d1")])

    answer = await tab.send(UploadState.tell, news=[news("a", phase="uploading", percent=50)])

    assert "items" not in answer.values(TrayState)


async def test_the_browser_cannot_name_a_phase_of_the_server(tab: Any) -> None:
    shown = (await tab.send(UploadState.tell, news=[news("a", phase="ready")])).values(TrayState)

    assert phases(shown) == {"a": "waiting"}


async def test_an_upload_key_cannot_carry_a_script(tab: Any) -> None:
    shown = await tab.send(UploadState.tell, news=[news("x'];alert(1)//")])

    assert shown.values(TrayState)["items"][0].key == "xalert1"


async def test_after_a_reload_unsent_files_are_said_to_be_unsent(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf = {DocumentId("d1"): document(1, READY)}
    told = [news("a"), news("b", phase="uploading", percent=40), news("c"), news("d", phase="queued", document_id="d1")]
    await tab.send(UploadState.tell, news=told)

    shown = (await tab.send(UploadState.resume, numbers=["c"])).values(TrayState)

    assert phases(shown) == {"a": "unsent", "b": "unsent", "c": "waiting", "d": "ready"}
    assert (shown["busy_count"], shown["failed_count"]) == (1, 2)


async def test_a_tray_that_knows_less_than_the_browser_asks_to_be_told_again(tab: Any) -> None:
    first = await tab.send(UploadState.tell, news=[news("a", phase="uploading", percent=40)])
    second = await tab.send(UploadState.tell, news=[news("b")])
    known = await tab.send(UploadState.resume, numbers=["a", "b"])
    unknown = await tab.send(UploadState.resume, numbers=["a", "b", "c"])

    asked = ["retell()" in answer.scripts for answer in (first, second, known, unknown)]
    assert asked == [True, False, False, True]


async def test_a_thousand_files_cost_no_more_per_message_than_a_window(tab: Any) -> None:
    keys = [f"k{n}" for n in range(1000)]
    await tab.send(UploadState.tell, news=[news(key) for key in keys])

    answer = await tab.send(UploadState.tell, news=[news("k999", phase="uploading", percent=50)])

    shown = answer.values(TrayState)
    assert len(shown["items"]) == WINDOW
    assert shown["items"][0].key == "k999"
    assert len(json.dumps([vars(item) for item in shown["items"]])) < 8_000
    assert (await tab.send(TrayState.show_more)).values(TrayState)["hidden_count"] == 1000 - WINDOW - 100


async def test_every_one_of_a_thousand_documents_is_looked_at_in_turn(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf = {view.id: view for view in (document(n, QUEUED) for n in range(1000))}
    documents.advance = {QUEUED: READY}
    told = [news(f"k{n}", phase="queued", document_id=f"d{n}") for n in range(1000)]

    shown = (await tab.send(UploadState.tell, news=told)).values(TrayState)

    assert (shown["busy_count"], shown["added_count"]) == (0, 1000)
    assert max(documents.found_calls) <= 250


async def test_the_tray_can_show_one_kind_of_files(tab: Any) -> None:
    await tab.send(UploadState.tell, news=[news("a"), {"key": "e", "name": "e.txt", "size": 0}])

    shown = (await tab.send(TrayState.show_group, group="failed")).values(TrayState)

    assert phases(shown) == {"e": "failed"}


async def test_stopping_a_file_that_was_sent_cancels_its_work(
    tab: Any, documents: FakeDocuments, tasks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "is_tab_open", AsyncMock(return_value=False))
    documents.shelf = {DocumentId("d1"): document(1, QUEUED), DocumentId("d2"): document(2, QUEUED)}
    told = [news(f"k{n}", phase="queued", document_id=f"d{n}") for n in (1, 2)]
    await tab.send(UploadState.tell, news=[*told, news("unsent")])

    await tab.send(UploadState.cancel, key="k1")
    assert tasks.cancelled == ["task of d1"]
    await tab.send(UploadState.cancel_all)
    assert tasks.cancelled[1:] == ["task of d1", "task of d2"]


async def test_failed_files_are_processed_again_and_a_refusal_is_told(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf = {DocumentId("d1"): document(1, FAILED)}
    await tab.send(UploadState.tell, news=[news("a", phase="queued", document_id="d1")])
    documents.advance = {QUEUED: READY}

    shown = (await tab.send(UploadState.retry_failed)).values(TrayState)

    assert phases(shown) == {"a": "ready"}
    documents.shelf[DocumentId("d1")] = document(1, FAILED)
    documents.retry = AsyncMock(side_effect=InvalidTransition())  # type: ignore[method-assign]
    await tab.send(UploadState.tell, news=[news("b", phase="queued", document_id="d1")])
    documents.advance = {}
    answer = await tab.send(UploadState.retry, key="b")
    assert answer.values(TrayState) == {} or phases(answer.values(TrayState))["b"] != "queued"


async def test_the_end_of_a_batch_is_told_once(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf = {DocumentId("d1"): document(1, READY), DocumentId("d2"): document(2, FAILED)}
    told = [news("a", phase="queued", document_id="d1"), news("b", phase="queued", document_id="d2")]

    answer = await tab.send(UploadState.tell, news=told)

    assert "1 datoteka je spremna, 1 nije preuzeta" in answer.scripts
    assert "ragappUploads?.notify" in answer.scripts
    assert "spremna" not in (await tab.send(TrayState.toggle)).scripts


async def test_clearing_the_tray_keeps_what_is_still_going_on(tab: Any) -> None:
    await tab.send(UploadState.tell, news=[news("a"), {"key": "b", "name": "e.txt", "size": 0}])

    assert phases((await tab.send(TrayState.clear)).values(TrayState)) == {"a": "waiting"}


async def test_ticked_documents_are_moved_and_those_that_stay_remain_ticked(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf = {view.id: view for view in (document(1), document(2))}
    asked: list[Any] = []

    class FakeMoving:
        async def move_many(self, scope: Any, document_ids: Any, base: Any) -> tuple[str, ...]:
            asked.append((list(document_ids), base))
            return ("d2",)

    current().moving = FakeMoving()  # type: ignore[assignment]
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.toggle_all)

    answer = await tab.send(MoveState.move, knowledge_base_id="other")

    assert asked == [(["d1", "d2"], "other")]
    assert answer.values(SelectionState)["ids"] == ["d2"]
    assert "1 dokument je premješten" in answer.scripts and "1 dokument je ostao" in answer.scripts


def test_the_time_left_follows_from_what_is_done() -> None:
    pace = Pace(started_at=100.0).at(20, 110.0)

    assert (pace.files_per_minute, pace.left_s(40)) == (120, 20)
    assert Pace(started_at=100.0).at(2, 110.0).left_s(40) == 0
