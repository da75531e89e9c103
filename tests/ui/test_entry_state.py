from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from ragapp.core.scope import Role
from ragapp.ui.states.entry import EntryState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import open_tabs


@pytest.fixture
def services() -> Any:
    with installed_services() as fakes:
        fakes.access.sessions = {"member": scope_for(Role.MEMBER)}
        yield fakes


@pytest.fixture
async def tabs(services: SimpleNamespace) -> AsyncIterator[Any]:
    async with open_tabs() as opened:
        yield opened


async def test_the_sign_in_page_brings_back_what_was_typed(tabs: Any) -> None:
    address = "/sign-in?error=invalid_credentials&email=ana%40example.hr&next=%2Fdocuments"

    shown = (await tabs().send(EntryState.load_sign_in, path=address)).values(EntryState)

    assert (shown["error_code"], shown["email"], shown["next_path"]) == (
        "invalid_credentials",
        "ana@example.hr",
        "/documents",
    )
    assert shown["is_ready"] is True


async def test_whoever_is_signed_in_needs_no_sign_in_page(tabs: Any) -> None:
    answer = await tabs("member").send(EntryState.load_sign_in)

    assert "'path': '/'" in answer.scripts


async def test_a_new_installation_leads_to_the_welcome_page(tabs: Any, services: SimpleNamespace) -> None:
    services.access.is_set_up = False

    assert "/welcome" in (await tabs().send(EntryState.load_sign_in)).scripts


async def test_the_token_of_the_console_link_is_filled_in(tabs: Any, services: SimpleNamespace) -> None:
    services.access.is_set_up = False

    shown = (await tabs().send(EntryState.load_welcome, path="/welcome?token=rgi_1")).values(EntryState)

    assert shown["token"] == "rgi_1"


async def test_a_waiting_tab_notices_that_somebody_else_set_up(tabs: Any, services: SimpleNamespace) -> None:
    services.access.is_set_up = False
    tab = tabs()
    await tab.send(EntryState.load_welcome)
    services.access.is_set_up = True

    back_on_sign_in = await tab.send(EntryState.load_sign_in, path="/sign-in?error=already_set_up")

    assert back_on_sign_in.values(EntryState)["error_code"] == "already_set_up"
    assert "/sign-in" in (await tab.send(EntryState.load_welcome)).scripts
