import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest
import reflex as rx

from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.errors import Conflict, IndexUnavailable, InvalidInput, NotFound
from ragapp.core.ids import DocumentId, KnowledgeBaseId, TaskId
from ragapp.core.lifecycle import DocumentStatus
from ragapp.core.scope import Role
from ragapp.services.library.filing_views import FolderView, TagView
from ragapp.services.library.text_views import DocumentTextView, PageSpanView
from ragapp.services.views import DocumentFile, DocumentView, Page, VersionView
from ragapp.ui.components.note_words import note_text, note_words
from ragapp.ui.states import library
from ragapp.ui.states.confirm_identity import ConfirmIdentityState
from ragapp.ui.states.document import DocumentState
from ragapp.ui.states.document_rows import NoteRow
from ragapp.ui.states.filing import FilingState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.selection import SelectionState
from ragapp.ui.states.viewer import ViewerState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import HYDRATE, open_tabs

READY, FAILED, QUEUED = DocumentStatus.READY, DocumentStatus.FAILED, DocumentStatus.QUEUED


def document(number: int, status: DocumentStatus = READY) -> DocumentView:
    return DocumentView(
        id=DocumentId(f"d{number}"),
        title=f"Document {number}",
        filename=f"document-{number}.pdf",
        content_type="application/pdf",
        size_bytes=1000,
        status=status,
        stage="",
        progress=100 if status is READY else 0,
        language="en",
        page_count=2,
        chunk_count=10,
        version=1,
        error=None,
        knowledge_base_id=KnowledgeBaseId("kb"),
        created_at=datetime(2026, 11, 20, tzinfo=UTC),
        processed_at=None,
        created_by="Ana",
    )


class FakeDocuments:
    """A shelf of documents; `advance` says what each look at an unfinished one turns it into."""

    def __init__(self, *views: DocumentView) -> None:
        self.shelf = {view.id: view for view in views}
        self.failure: Exception | None = None
        self.list_calls = 0
        self.found_calls: list[int] = []
        self.advance: dict[DocumentStatus, DocumentStatus] = {}
        self.body = "x" * 50_000

    async def list(
        self, scope: Any, *, limit: int = 50, cursor: str | None = None, **filters: Any
    ) -> Page[DocumentView]:
        self.list_calls += 1
        if self.failure:
            raise self.failure
        wanted = [view for view in self.shelf.values() if filters.get("status") in (None, view.status)]
        if filters.get("is_in_progress"):
            wanted = [view for view in wanted if view.status not in (READY, FAILED)]
        wanted = [view for view in wanted if filters.get("query", "") in view.title]
        wanted = [view for view in wanted if view.folder.startswith(filters.get("folder", ""))]
        wanted = [view for view in wanted if filters.get("tag", "") in ("", *view.tags)]
        start = int(cursor or 0)
        page = Page(tuple(wanted[start : start + limit]), str(start + limit) if len(wanted) > start + limit else None)
        for view in page.items:
            self._move_on(view)
        return page

    async def get(self, scope: Any, document_id: DocumentId) -> DocumentView:
        if document_id not in self.shelf:
            raise NotFound
        view = self.shelf[document_id]
        self._move_on(view)
        return view

    async def find_many(self, scope: Any, document_ids: Any) -> tuple[DocumentView, ...]:
        self.found_calls.append(len(document_ids))
        return tuple([await self.get(scope, each) for each in document_ids if each in self.shelf])

    async def delete(self, scope: Any, document_id: DocumentId) -> None:
        if self.failure:
            raise self.failure
        del self.shelf[document_id]

    async def retry(self, scope: Any, document_id: DocumentId) -> TaskId:
        self.shelf[document_id] = replace(self.shelf[document_id], status=QUEUED)
        return TaskId("t")

    async def rename(self, scope: Any, document_id: DocumentId, title: str) -> DocumentView:
        self.shelf[document_id] = replace(self.shelf[document_id], title=title)
        return self.shelf[document_id]

    async def text(self, scope: Any, document_id: DocumentId, *, version: int | None = None) -> DocumentTextView:
        pages = (PageSpanView(1, 0, 20_000), PageSpanView(2, 20_000, len(self.body)))
        return DocumentTextView(document_id, "", version or 1, self.body, pages)

    def _move_on(self, view: DocumentView) -> None:
        self.shelf[view.id] = replace(view, status=self.advance.get(view.status, view.status))


class FakeFiling:
    """Files what is on the shelf; folders and tags are those it holds."""

    def __init__(self, documents: FakeDocuments) -> None:
        self.documents = documents

    async def list_folders(self, scope: Any, base: Any = None) -> tuple[FolderView, ...]:
        paths = {view.folder for view in self.documents.shelf.values() if view.folder}
        return tuple(FolderView(KnowledgeBaseId("kb"), path, 1) for path in paths)

    async def list_tags(self, scope: Any, base: Any = None) -> tuple[TagView, ...]:
        names = {name for view in self.documents.shelf.values() for name in view.tags}
        return tuple(TagView(name, 1) for name in names)

    async def file(self, scope: Any, document_id: DocumentId, *, folder: str, tags: list[str]) -> DocumentView:
        if ".." in folder:
            raise InvalidInput("No such folder.")
        filed = replace(self.documents.shelf[document_id], folder=folder, tags=tuple(tags))
        self.documents.shelf[document_id] = filed
        return filed

    async def file_many(
        self, scope: Any, document_ids: list[DocumentId], *, folder: str | None, add_tags: Any, remove_tags: Any
    ) -> None:
        for document_id in document_ids:
            view = self.documents.shelf[document_id]
            tags = sorted({*view.tags, *add_tags} - {*remove_tags})
            await self.file(scope, document_id, folder=view.folder if folder is None else folder, tags=tags)


class FakeKnowledgeBases:
    async def list(self, scope: Any) -> tuple[SimpleNamespace, ...]:
        return (SimpleNamespace(id="kb", name="Rules"),)


class FakeVersions:
    async def list(self, scope: Any, document_id: DocumentId) -> tuple[VersionView, ...]:
        at = datetime(2026, 11, 20, tzinfo=UTC)
        return tuple(
            VersionView(n, f"v{n}.pdf", "application/pdf", 9, 2, at, "Ana", n == 2, n < 3) for n in (3, 2, 1)
        )


class NoChats:
    async def list(self, scope: Any, **_: Any) -> Page[Any]:
        return Page(())


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(library, "POLL_EVERY_S", 0)
    monkeypatch.setattr(library, "is_tab_open", AsyncMock(return_value=True))
    shelf = FakeDocuments()
    with installed_services(
        documents=shelf,
        filing=FakeFiling(shelf),
        knowledge_bases=FakeKnowledgeBases(),
        chats=NoChats(),
        versions=FakeVersions(),
    ) as fakes:
        fakes.access.sessions = {"owner": scope_for(Role.OWNER)}
        yield shelf


@pytest.fixture
async def tab(documents: FakeDocuments) -> AsyncIterator[Any]:
    async with open_tabs() as opened:
        shown = opened("owner")
        await shown.send(HYDRATE)
        yield shown


def put(documents: FakeDocuments, *views: DocumentView) -> None:
    documents.shelf = {view.id: view for view in views}


async def narrow(tab: Any, event: Any, **payload: Any) -> Any:
    return await tab.browse(event, "/documents", load=LibraryState.load, **payload)


async def test_the_list_shows_names_of_knowledge_bases_and_ends_loading(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))

    shown = (await tab.send(LibraryState.load)).values(LibraryState)

    assert [(row.title, row.knowledge_base, row.kind) for row in shown["rows"]] == [("Document 1", "Rules", "PDF")]
    assert shown["is_loading"] is False


async def test_a_thousand_documents_come_page_by_page_and_back(tab: Any, documents: FakeDocuments) -> None:
    put(documents, *(document(n) for n in range(1000)))

    first = (await tab.send(LibraryState.load)).values(LibraryState)
    second = (await narrow(tab, LibraryState.next_page)).values(LibraryState)
    third = (await narrow(tab, LibraryState.next_page)).values(LibraryState)
    back = (await narrow(tab, LibraryState.previous_page)).values(LibraryState)

    assert [page["rows"][0].id for page in (first, second, third, back)] == ["d0", "d50", "d100", "d50"]
    assert len(first["rows"]) == library.PAGE_SIZE


async def test_a_new_filter_starts_on_the_first_page(tab: Any, documents: FakeDocuments) -> None:
    put(documents, *(document(n) for n in range(60)), document(99, FAILED))
    await tab.send(LibraryState.load)
    await narrow(tab, LibraryState.next_page)

    shown = (await narrow(tab, LibraryState.filter_status, status="failed")).values(LibraryState)

    assert ([row.id for row in shown["rows"]], shown["page_number"]) == (["d99"], 1)


async def test_a_made_up_status_shows_everything(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))

    shown = (await narrow(tab, LibraryState.filter_status, status="nonsense")).values(LibraryState)

    assert len(shown["rows"]) == 1


async def test_a_list_that_cannot_be_loaded_says_why(tab: Any, documents: FakeDocuments) -> None:
    documents.failure = IndexUnavailable()

    shown = (await tab.send(LibraryState.load)).values(LibraryState)

    assert shown["error_code"] == "index_unavailable"


async def test_unfinished_documents_are_followed_until_they_are_ready(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1, QUEUED))
    documents.advance = {QUEUED: DocumentStatus.PARSING, DocumentStatus.PARSING: READY}

    shown = (await tab.send(LibraryState.load, path="/documents")).values(LibraryState)

    assert shown["rows"][0].status == "ready"


async def test_a_list_of_what_is_ready_takes_in_what_becomes_ready(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1, QUEUED))
    documents.advance = {QUEUED: DocumentStatus.PARSING, DocumentStatus.PARSING: READY}

    shown = (await narrow(tab, LibraryState.filter_status, status="ready")).values(LibraryState)

    assert [row.id for row in shown["rows"]] == ["d1"]


async def test_the_list_can_show_all_that_is_in_progress(
    tab: Any, documents: FakeDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "is_tab_open", AsyncMock(return_value=False))  # or it would be followed for ever
    put(documents, document(1), document(2, DocumentStatus.EMBEDDING), document(3, QUEUED))

    shown = (await narrow(tab, LibraryState.filter_status, status="in_progress")).values(LibraryState)

    assert [row.id for row in shown["rows"]] == ["d2", "d3"]


async def test_nothing_is_asked_again_when_all_are_finished(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1), document(2, FAILED))

    await tab.send(HYDRATE, path="/documents")

    assert documents.list_calls == 1


async def test_following_stops_when_the_session_ends(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1, QUEUED))
    tab.session = "gone"

    await asyncio.wait_for(tab.send(LibraryState.follow, path="/documents"), timeout=5)

    assert documents.list_calls == 0


async def test_following_stops_when_the_tab_is_gone(
    tab: Any, documents: FakeDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(documents, document(1, QUEUED))
    monkeypatch.setattr(library, "is_tab_open", AsyncMock(return_value=False))

    await asyncio.wait_for(tab.send(LibraryState.load, path="/documents"), timeout=5)

    assert documents.shelf[DocumentId("d1")].status is QUEUED


async def test_the_question_before_deleting_names_what_goes(tab: Any, documents: FakeDocuments) -> None:
    put(documents, *(document(n) for n in range(7)))
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.toggle_all)

    asked = (await tab.send(SelectionState.ask_about_selected)).values(SelectionState)

    assert asked["is_asking"] is True
    assert (len(asked["doomed_ids"]), asked["doomed_passages"]) == (7, 70)
    assert asked["doomed_names"] == [f"Document {n}" for n in range(5)]
    assert len(documents.shelf) == 7


async def test_deleting_takes_exactly_what_was_named(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1), document(2), document(3))
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.ask_about, document_id="d2")

    answer = await tab.send(SelectionState.delete)

    assert list(documents.shelf) == ["d1", "d3"]
    assert "1 dokument je izbrisan" in answer.scripts


async def test_a_document_that_is_gone_already_counts_as_deleted(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.ask_about, document_id="d1")
    documents.failure = NotFound()

    answer = await tab.send(SelectionState.delete)

    assert "izbrisan" in answer.scripts


async def test_a_failed_deletion_is_told_and_the_list_reloaded(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.ask_about, document_id="d1")
    documents.failure = Conflict()

    answer = await tab.send(SelectionState.delete)

    assert "u međuvremenu promijenjeno" in answer.scripts


async def test_only_failed_documents_are_tried_again(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1), document(2, FAILED))
    await tab.send(LibraryState.load)
    ticked = (await tab.send(SelectionState.toggle_all)).values(SelectionState)

    await tab.send(SelectionState.retry_selected)

    assert ticked["has_failed"] is True
    assert [view.status for view in documents.shelf.values()] == [READY, QUEUED]


async def test_ticking_twice_unticks(tab: Any) -> None:
    await tab.send(SelectionState.toggle, document_id="d1")

    assert (await tab.send(SelectionState.toggle, document_id="d1")).values(SelectionState)["ids"] == []


async def test_the_drawer_shows_the_beginning_of_the_text_only(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))

    shown = (await tab.send(DocumentState.open, document_id="d1")).values(DocumentState)

    assert (shown["is_open"], len(shown["excerpt"])) == (True, 2000)


async def test_a_foreign_document_does_not_open(tab: Any) -> None:
    answer = await tab.send(DocumentState.open, document_id="somebody-elses")

    assert answer.values(DocumentState).get("is_open", False) is False
    assert "Ovdje nema ničega" in answer.scripts


@pytest.mark.parametrize(
    ("typed", "title"), [("  New   name ", "New name"), ("", "Document 1"), ("x" * 500, "x" * 200)]
)
async def test_renaming_cleans_the_name(tab: Any, documents: FakeDocuments, typed: str, title: str) -> None:
    put(documents, document(1))
    await tab.send(DocumentState.open, document_id="d1")

    await tab.send(DocumentState.rename, form={"title": typed})

    assert documents.shelf[DocumentId("d1")].title == title


async def test_the_drawer_lists_the_versions_that_readers_saw(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))
    shown = (await tab.send(DocumentState.open, document_id="d1")).values(DocumentState)
    assert [(row.version, row.is_current) for row in shown["versions"]] == [(2, True), (1, False)]


@pytest.mark.parametrize(
    ("code", "said"),
    [("", "Nova se verzija čita"), ("same", "To je ista datoteka"), ("file_too_large", "prelazi dopuštenu veličinu")],
)
async def test_what_came_of_a_replacement_is_said(tab: Any, documents: FakeDocuments, code: str, said: str) -> None:
    assert said in (await tab.send(DocumentState.replaced, code=code)).scripts


async def test_the_viewer_shows_the_version_that_an_answer_cited(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf[DocumentId("d1")] = replace(document(1), version=3)
    documents.file = AsyncMock(return_value=DocumentFile("", "old.txt", "text/plain", 5))  # type: ignore[attr-defined]
    shown = (await tab.send(ViewerState.load, path="/documents/d1?mark=5-9&version=2")).values(ViewerState)
    assert (shown["version"], shown["document"].kind, shown["tab"]) == (2, "TXT", "text")
    shown = (await tab.send(ViewerState.load, path="/documents/d1?mark=5-9&version=3")).values(ViewerState)
    assert (shown["version"], shown["document"].kind) == (0, "PDF")


async def test_the_viewer_shows_the_notes_of_the_version_it_shows(tab: Any, documents: FakeDocuments) -> None:
    documents.shelf[DocumentId("d1")] = replace(document(1), notes=(DocumentNote(NoteCode.PAGES_UNREAD, 3),))
    shown = (await tab.send(ViewerState.load, path="/documents/d1")).values(ViewerState)
    assert shown["document"].notes == [NoteRow("pages_unread", 3)]


@pytest.mark.parametrize("code", NoteCode)
def test_every_note_has_words(code: NoteCode) -> None:
    assert code.value in str(note_text("code", rx.Var("n", _var_type=int)))
    assert code in note_words(rx.Var("n", _var_type=int))


async def test_the_viewer_ships_a_window_around_the_mark(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))
    documents.body = "a" * 30_000 + "MARKED" + "b" * 30_000

    shown = (await tab.send(ViewerState.load, path="/documents/d1?page=2&mark=30000-30006")).values(ViewerState)

    assert (shown["page"], shown["marked"], shown["tab"]) == (2, "MARKED", "pages")
    assert len(shown["before"]) + len(shown["after"]) < 10_000
    assert shown["has_earlier"] is shown["has_later"] is True


async def test_the_viewer_finds_the_page_of_a_mark_by_itself(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))

    shown = (await tab.send(ViewerState.load, path="/documents/d1?mark=35000-35010")).values(ViewerState)

    assert (shown["page"], shown["mark_place"]) == (2, 50)


async def test_more_text_never_grows_beyond_the_limit(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))
    documents.body = "x" * 1_000_000
    await tab.send(ViewerState.load, path="/documents/d1")

    for _ in range(15):
        shown = (await tab.send(ViewerState.show_later)).values(ViewerState)

    assert len(shown["before"]) + len(shown["marked"]) + len(shown["after"]) <= 60_000


@pytest.mark.parametrize(
    "query", ["page=99999", "page=-1", "page=x", "mark=5-1", "mark=999999-9999999", "mark=a-b"]
)
async def test_nonsense_in_the_address_still_opens_the_document(
    tab: Any, documents: FakeDocuments, query: str
) -> None:
    put(documents, document(1))

    shown = (await tab.send(ViewerState.load, path=f"/documents/d1?{query}")).values(ViewerState)

    assert shown["error_code"] == ""
    assert shown["page"] in (1, 2)


async def test_a_missing_document_says_so(tab: Any) -> None:
    shown = (await tab.send(ViewerState.load, path="/documents/nope")).values(ViewerState)

    assert shown["error_code"] == "not_found"


async def test_the_list_is_narrowed_down_to_a_folder_or_a_tag(tab: Any, documents: FakeDocuments) -> None:
    put(documents, replace(document(1), folder="Contracts/2026"), replace(document(2), tags=("urgent",)), document(3))
    shown = (await tab.send(LibraryState.load)).values(LibraryState)
    assert (shown["folders"], shown["tags"]) == (["Contracts", "Contracts/2026"], ["urgent"])

    in_folder = (await narrow(tab, LibraryState.filter_folder, folder="Contracts")).values(LibraryState)
    all_again = (await narrow(tab, LibraryState.filter_folder, folder="Nowhere")).values(LibraryState)
    tagged = (await narrow(tab, LibraryState.filter_tag, tag="urgent")).values(LibraryState)

    assert [[row.id for row in page["rows"]] for page in (in_folder, all_again, tagged)] == [
        ["d1"],
        ["d1", "d2", "d3"],
        ["d2"],
    ]


async def test_a_document_is_given_a_folder_and_tags_in_the_drawer(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1))
    await tab.send(DocumentState.open, document_id="d1")
    await tab.send(DocumentState.set_filing, is_filing=True)

    refused = await tab.send(DocumentState.file, form={"folder": "..", "tags": ""})
    assert documents.shelf[DocumentId("d1")].folder == ""
    shown = (await tab.send(DocumentState.file, form={"folder": "Contracts", "tags": "urgent, , 2026"})).values(
        DocumentState
    )

    assert "is_filing" not in refused.values(DocumentState)
    assert (shown["is_filing"], shown["document"].folder, shown["document"].tags) == (
        False,
        "Contracts",
        "urgent, 2026",
    )


@pytest.fixture
async def ticked(tab: Any, documents: FakeDocuments) -> None:
    put(documents, replace(document(1), folder="Old", tags=("draft",)), replace(document(2), tags=("draft",)))
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.toggle_all)
    await tab.send(FilingState.set_open, is_open=True)


def filed(documents: FakeDocuments) -> list[tuple[str, tuple[str, ...]]]:
    return [(view.folder, view.tags) for view in documents.shelf.values()]


@pytest.mark.usefixtures("ticked")
async def test_ticked_documents_are_filed_together(tab: Any, documents: FakeDocuments) -> None:
    await tab.send(FilingState.choose, choice="into")
    answer = await tab.send(
        FilingState.submit, form={"folder": " Contracts ", "added": "urgent, , 2026", "taken": "draft"}
    )
    assert filed(documents) == [("Contracts", ("2026", "urgent"))] * 2
    assert (answer.values(FilingState)["is_open"], answer.values(SelectionState)["ids"]) == (False, [])
    assert "2 dokumenta su promijenjena" in answer.scripts


@pytest.mark.usefixtures("ticked")
@pytest.mark.parametrize(
    ("choice", "form", "folders"),
    [
        ("stay", {"folder": "", "added": "urgent"}, ["Old", ""]),
        ("into", {"folder": "  ", "added": "urgent"}, ["Old", ""]),
        ("out", {"added": "urgent"}, ["", ""]),
        ("nonsense", {"added": "urgent"}, ["Old", ""]),
    ],
)
async def test_a_folder_changes_only_as_asked(
    tab: Any, documents: FakeDocuments, choice: str, form: dict[str, str], folders: list[str]
) -> None:
    await tab.send(FilingState.choose, choice=choice)
    await tab.send(FilingState.submit, form=form)
    assert filed(documents) == [(folder, ("draft", "urgent")) for folder in folders]


@pytest.mark.usefixtures("ticked")
async def test_filing_that_asks_for_nothing_changes_nothing(tab: Any, documents: FakeDocuments) -> None:
    before = filed(documents)
    answer = await tab.send(FilingState.submit, form={"added": " ", "taken": ","})
    assert filed(documents) == before
    assert answer.values(FilingState)["is_open"] is False
    assert "promijenjen" not in answer.scripts


@pytest.mark.usefixtures("ticked")
async def test_what_refuses_to_be_filed_stays_ticked_in_the_open_dialog(tab: Any, documents: FakeDocuments) -> None:
    await tab.send(FilingState.choose, choice="into")
    answer = await tab.send(FilingState.submit, form={"folder": "..", "added": "", "taken": ""})
    assert filed(documents) == [("Old", ("draft",)), ("", ("draft",))]
    assert "is_open" not in answer.values(FilingState)
    assert "ids" not in answer.values(SelectionState)


async def test_a_page_that_is_opened_has_nothing_ticked_and_no_dialog(tab: Any, documents: FakeDocuments) -> None:
    put(documents, document(1), document(2))
    await tab.send(LibraryState.load)
    await tab.send(SelectionState.toggle_all)
    await tab.send(SelectionState.ask_about_selected)

    opened = (await tab.send(ConfirmIdentityState.arrive, visit="2")).values(SelectionState)

    assert (opened["ids"], opened["is_asking"]) == ([], False)
