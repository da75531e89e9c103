"""Where files go is settled before the first of them is sent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import AsyncMock

import pytest

from ragapp.core.ids import KnowledgeBaseId
from ragapp.core.scope import Role
from ragapp.core.sharing import BaseAccess
from ragapp.services.views import KnowledgeBaseView
from ragapp.ui.states.importing import ImportState
from ragapp.ui.states.library import LibraryState
from ragapp.ui.states.upload_target import UploadTargetState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import open_tabs
from tests.ui.test_library_state import FakeDocuments, FakeFiling, NoChats

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def base(name: str, access: BaseAccess = BaseAccess.EVERYONE, role: Role = Role.MEMBER, **more: Any) -> Any:
    return KnowledgeBaseView(
        KnowledgeBaseId(name.lower()), name, "", name == "General", 0, 0, NOW, access, role, **more
    )


GENERAL, BOARD = base("General"), base("Board", BaseAccess.ROLE, Role.ADMIN)
STAFF, PAYROLL = base("Staff", BaseAccess.ROLE, Role.EDITOR), base("Payroll", BaseAccess.MEMBERS)


class Bases:
    def __init__(self) -> None:
        self.views = (GENERAL,)

    async def list(self, scope: Any) -> Any:
        return self.views


@pytest.fixture
def bases() -> Any:
    shelf, found, imports = FakeDocuments(), Bases(), AsyncMock()
    with installed_services(
        documents=shelf, knowledge_bases=found, filing=FakeFiling(shelf), chats=NoChats(), imports=imports,
        sources=AsyncMock(),
    ) as fakes:  # fmt: skip
        fakes.access.sessions = {"owner": scope_for(Role.OWNER), "member": scope_for(Role.MEMBER, user="u2")}
        found.imports = imports
        yield found


@pytest.fixture
async def tabs(bases: Any) -> AsyncIterator[Any]:
    async with open_tabs() as opened:
        yield opened


async def test_where_there_is_one_nothing_is_asked_and_it_is_named(tabs: Any) -> None:
    answer = await tabs("owner").send(UploadTargetState.ask, count=3, picked="")
    assert answer.values(UploadTargetState).get("is_open", False) is False
    assert 'release("general", false)' in answer.scripts.replace('\\"', '"')
    assert "3 datoteke dolaze u „General”. Mogu je čitati svi u vašoj organizaciji." in answer.scripts


async def test_where_there_are_several_nothing_leaves_before_one_is_chosen(tabs: Any, bases: Bases) -> None:
    bases.views = (GENERAL, BOARD, STAFF, PAYROLL)
    tab = tabs("owner")
    asked = await tab.send(UploadTargetState.ask, count=2, picked="")
    shown = asked.values(UploadTargetState)
    assert (shown["is_open"], shown["file_count"], shown["chosen_id"]) == (True, 2, "general")
    assert [(row.name, row.readers) for row in shown["rows"]] == [
        ("General", "everyone"), ("Board", "admin"), ("Staff", "editor"), ("Payroll", "members"),
    ]  # fmt: skip
    assert "release" not in asked.scripts
    assert "asked()" in asked.scripts
    await tab.send(UploadTargetState.choose, picked="board")
    sent = await tab.send(UploadTargetState.send)
    assert 'release("board", true)' in sent.scripts.replace('\\"', '"')
    assert "release" not in (await tab.send(UploadTargetState.send)).scripts


@pytest.mark.parametrize(
    ("picked", "offered"), [("payroll", "payroll"), ("gone", "general"), ("');alert(1)//", "general")]
)
async def test_what_was_chosen_last_is_offered_first(tabs: Any, bases: Bases, picked: str, offered: str) -> None:
    bases.views = (GENERAL, PAYROLL)
    asked = await tabs("owner").send(UploadTargetState.ask, count=1, picked=picked)
    assert asked.values(UploadTargetState)["chosen_id"] == offered
    assert "alert" not in asked.scripts


async def test_a_question_repeated_after_it_was_settled_opens_nothing(tabs: Any, bases: Bases) -> None:
    bases.views = (GENERAL, BOARD)
    asked = await tabs("owner").send(UploadTargetState.ask, count=0, picked="")
    assert asked.values(UploadTargetState).get("is_open", False) is False
    assert asked.scripts == ""


async def test_putting_the_question_away_lets_the_files_go(tabs: Any, bases: Bases) -> None:
    bases.views = (GENERAL, BOARD)
    tab = tabs("owner")
    await tab.send(UploadTargetState.ask, count=1, picked="")
    away = await tab.send(UploadTargetState.set_open, is_open=False)
    assert "letGo" in away.scripts
    assert "release" not in (await tab.send(UploadTargetState.send)).scripts


async def test_the_knowledge_base_the_list_is_filtered_by_is_meant(tabs: Any, bases: Bases) -> None:
    bases.views = (GENERAL, BOARD)
    tab = tabs("owner")
    await tab.send(LibraryState.load, "/documents")
    await tab.send(LibraryState.filter_base, "/documents", knowledge_base_id="board")
    here = await tab.send(UploadTargetState.ask, "/documents", count=1, picked="general")
    assert 'release("board", false)' in here.scripts.replace('\\"', '"')
    assert "„Board”. Mogu je čitati samo administratori i vlasnici." in here.scripts
    elsewhere = await tab.send(UploadTargetState.ask, "/chat/1", count=1, picked="")
    assert elsewhere.values(UploadTargetState)["is_open"] is True


async def test_whoever_may_not_add_documents_is_asked_nothing(tabs: Any) -> None:
    answer = await tabs("member").send(UploadTargetState.ask, count=1, picked="")
    assert answer.deltas == []
    assert "release" not in answer.scripts


@pytest.mark.parametrize(("form", "goes_to"), [({"base": "board"}, "board"), ({}, None)])
async def test_an_address_goes_where_the_dialog_said(
    tabs: Any, bases: Bases, form: dict[str, str], goes_to: str | None
) -> None:
    bases.views = (GENERAL, BOARD)
    await tabs("owner").send(ImportState.submit, form={"url": "https://example.org/", **form})
    assert bases.imports.add.await_args.kwargs["knowledge_base_id"] == goes_to
