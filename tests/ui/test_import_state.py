"""The dialog that adds a web address."""

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest

from ragapp.core.errors import InvalidAddress, NameTaken
from ragapp.core.scope import Role
from ragapp.services.library.source_views import SourceKind
from ragapp.services.views import Page
from ragapp.ui.states.importing import ImportState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import open_tabs

URL = "https://example.com/rules"


class FakeImports:
    def __init__(self) -> None:
        self.added: list[str] = []

    async def add(self, scope: Any, *, url: str, knowledge_base_id: Any) -> None:
        if not url.startswith("https://"):
            raise InvalidAddress
        self.added.append(url)


class FakeSources:
    def __init__(self) -> None:
        self.created: list[tuple[SourceKind, str, int]] = []
        self.paused: list[str] = []

    async def create(
        self, scope: Any, *, kind: SourceKind, location: str, knowledge_base_id: Any, every_s: int
    ) -> SimpleNamespace:
        if self.created:
            raise NameTaken
        self.created.append((kind, location, every_s))
        return SimpleNamespace(id="s1")

    async def update(self, scope: Any, source_id: str, *, is_paused: bool) -> None:
        self.paused.append(source_id)


@pytest.fixture
async def world() -> AsyncIterator[Any]:
    empty = SimpleNamespace(list=AsyncMock(return_value=()))
    documents = SimpleNamespace(list=AsyncMock(return_value=Page(())))
    more = {"knowledge_bases": empty, "documents": documents}
    with installed_services(imports=FakeImports(), sources=FakeSources(), **more) as fakes:
        fakes.access.sessions = {"owner": scope_for(Role.OWNER), "member": scope_for(Role.MEMBER)}
        async with open_tabs() as opened:
            yield SimpleNamespace(fakes=fakes, tab=opened)


async def submit(world: Any, session: str = "owner", **form: str) -> Any:
    tab = world.tab(session)
    await tab.send(ImportState.set_open, is_open=True)
    return (await tab.send(ImportState.submit, form=form)).values(ImportState)


async def test_an_address_is_imported_once(world: Any) -> None:
    shown = await submit(world, url=URL, what="page", every="0")
    assert (shown["is_open"], world.fakes.imports.added, world.fakes.sources.created) == (False, [URL], [])


async def test_an_address_that_is_no_address_keeps_the_dialog_open_and_says_so(world: Any) -> None:
    shown = await submit(world, url="ftp://example.com")
    assert shown["error_code"] == "invalid_address"
    assert "is_open" not in shown or shown["is_open"]


async def test_an_address_can_be_kept_up_to_date(world: Any) -> None:
    await submit(world, url=URL, what="page", every="86400")
    assert world.fakes.sources.created == [(SourceKind.URL, URL, 86400)]
    assert (world.fakes.sources.paused, world.fakes.imports.added) == ([], [])
    assert (await submit(world, url=URL, what="page", every="86400"))["error_code"] == "name_taken"


async def test_a_sitemap_read_only_now_is_paused_after_its_first_look(world: Any) -> None:
    await submit(world, url=URL, what="sitemap", every="0")
    assert [kind for kind, *_ in world.fakes.sources.created] == [SourceKind.SITEMAP]
    assert world.fakes.sources.paused == ["s1"]


async def test_who_may_not_add_documents_cannot_import(world: Any) -> None:
    await submit(world, "member", url=URL)
    assert world.fakes.imports.added == []
