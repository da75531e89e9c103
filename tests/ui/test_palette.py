from types import SimpleNamespace
from unittest.mock import AsyncMock

from ragapp.core.scope import Role
from ragapp.services.views import Page
from ragapp.ui.states.palette import PaletteState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import open_tabs


async def actions_for(query: str) -> list[str]:
    nothing = AsyncMock(return_value=Page(items=(), next_cursor=None))
    services = {"chats": SimpleNamespace(list=nothing), "documents": SimpleNamespace(list=nothing)}
    with installed_services(**services) as fakes:
        fakes.access.sessions = {"s": scope_for(Role.MEMBER)}
        async with open_tabs() as tab:
            one = tab(session="s")
            await one.send(PaletteState.show, is_open=True)
            answer = await one.send(PaletteState.search, query=query)
            return answer.values(PaletteState).get("actions", ["chat", "documents", "settings"])


async def test_the_palette_finds_its_actions_in_either_language_by_the_beginnings_of_words():
    assert await actions_for("") == ["chat", "documents", "settings"]
    assert await actions_for("sett") == await actions_for("POSTAV") == ["settings"]
    assert await actions_for("razgovor novi") == await actions_for("new ch") == ["chat"]
    assert await actions_for("dokum") == ["documents"]
    assert await actions_for("zebra") == []
