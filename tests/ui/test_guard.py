from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
import reflex as rx
from reflex_base.registry import RegistrationContext

from ragapp.core.errors import InvariantBroken
from ragapp.core.scope import Permission, Role
from ragapp.ui.access import is_for_operators, is_public, public, required_permission, requires
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.uploads import UploadState
from tests.fakes.services import installed_services, scope_for
from tests.ui.tabs import HYDRATE, open_tabs

_FRAMEWORK_ALLOWED = {"hydrate", "hydrate_and_load", "on_load_internal", "set_is_hydrated", "update_vars_internal"}


class ProbeState(rx.State):
    """A stand-in page: it remembers in `secret` who called what."""

    secret: str = ""

    @rx.event
    async def member_only(self) -> None:
        self.secret = "loaded"

    @rx.event
    @public
    async def for_anybody(self) -> None:
        self.secret = "public"

    @rx.event
    @requires(Permission.WRITE_DOCUMENTS)
    async def writers_only(self) -> None:
        self.secret = "written"

    @rx.event(background=True)
    async def in_background(self) -> None:
        async with self:
            self.secret = "from background"

    @rx.event
    async def chained(self) -> Any:
        return ProbeState.member_only

    def plain_helper(self, value: str) -> None:
        self.secret = value


# The guard serves the product's own handlers only; the probe plays one of them.
for _name in ("member_only", "for_anybody", "writers_only", "in_background", "chained", "plain_helper"):
    ProbeState.event_handlers[_name].fn.__module__ = "ragapp.probe"


@pytest.fixture
def services() -> Any:
    with installed_services() as fakes:
        fakes.access.sessions = {
            "owner": scope_for(Role.OWNER),
            "member": scope_for(Role.MEMBER, user="u2"),
            "stranger": scope_for(Role.OWNER, tenant="t2", user="u3"),
        }
        yield fakes


@pytest.fixture
async def tabs(services: SimpleNamespace) -> AsyncIterator[Any]:
    async with open_tabs() as opened:
        yield opened


def product_handlers() -> list[str]:
    return sorted(
        name
        for name, registered in RegistrationContext.get().event_handlers.items()
        if registered.states[0].__module__.startswith("ragapp.")
    )


def other_handlers() -> list[str]:
    return sorted(
        name
        for name in RegistrationContext.get().event_handlers
        if name.rpartition(".")[2] not in _FRAMEWORK_ALLOWED and "handle_frontend_exception" not in name
    )


def test_there_are_handlers_to_check() -> None:
    assert len(product_handlers()) > 20


@pytest.mark.sweep
async def test_no_handler_of_the_product_answers_anonymous_callers(tabs: Any) -> None:
    """Deny by default: whatever is registered, now or later, gives nothing away unless it is marked public."""
    registered = RegistrationContext.get().event_handlers
    for name in other_handlers():
        if is_public(registered[name].handler.fn):
            continue
        answer = await tabs(token=f"tab-{name}").send(name)

        assert answer.deltas == [], name


def test_only_these_handlers_are_public() -> None:
    registered = RegistrationContext.get().event_handlers
    marked = [name for name in product_handlers() if is_public(registered[name].handler.fn)]
    open_ones = {name.rpartition(".ragapp___ui___states___")[2] for name in marked}

    assert open_ones == {
        "entry____entry_state.load_plain",
        "entry____entry_state.load_sign_in",
        "entry____entry_state.load_welcome",
        "external_choices____external_choices_state.find",
        "external_choices____external_choices_state.load",
        "invite____invite_state.load",
        "language____language_state.choose",
        "missing_page____missing_page_state.load",
        "suspended____suspended_state.load",
    }


def operator_handlers() -> list[str]:
    return [name for name in product_handlers() if ".ragapp___ui___states___operator_" in name]


def test_every_handler_of_the_operators_pages_is_for_operators() -> None:
    registered = RegistrationContext.get().event_handlers
    marked = {name for name in product_handlers() if is_for_operators(registered[name].handler.fn)}
    own = {name for name in operator_handlers() if not name.endswith(".setvar")}

    assert len(own) > 10
    assert marked == own


async def test_nobody_but_an_operator_reaches_the_operators_pages(services: Any, tabs: Any) -> None:
    """Asked at every event: whoever stops running the platform is refused in a tab that is open."""
    services.access.operators = {"u1"}
    for name in operator_handlers():
        answer = await tabs(token=f"tab-{name}", session="member").send(name)
        assert answer.deltas == [], name
    asking = next(name for name in operator_handlers() if name.endswith("operator_actions_state.ask"))
    new = {"question": "create", "tenant_id": ""}
    assert (await tabs(session="member", token="m").send(asking, **new)).deltas == []
    assert (await tabs(session="owner", token="o").send(asking, **new)).deltas != []
    services.access.operators = set()
    assert (await tabs(session="owner", token="o").send(asking, **new)).deltas == []


def test_every_handler_that_changes_documents_asks_for_the_right() -> None:
    registered = RegistrationContext.get().event_handlers
    unmarked = {
        name.rpartition(".")[2]
        for name in product_handlers()
        if ("selection_state" in name or "upload_state" in name or name.endswith("document_state.rename"))
        and required_permission(registered[name].handler.fn) is not Permission.WRITE_DOCUMENTS
    }

    assert unmarked == {"toggle", "toggle_all", "clear", "set_asking", "setvar"}


async def test_anonymous_callers_are_sent_to_the_sign_in_page_and_back(tabs: Any) -> None:
    answer = await tabs().send(ProbeState.member_only, path="/documents/5f")

    assert "window.location.assign('/sign-in?next=%2Fdocuments%2F5f')" in answer.scripts
    assert answer.values(ProbeState) == {}


async def test_a_return_path_cannot_break_out_of_the_script(tabs: Any) -> None:
    answer = await tabs().send(ProbeState.member_only, path="/x');alert(1)//")

    assert "alert(1)" not in answer.scripts


async def test_members_get_through(tabs: Any) -> None:
    answer = await tabs("member").send(ProbeState.member_only)

    assert answer.values(ProbeState)["secret"] == "loaded"


async def test_public_handlers_answer_anybody(tabs: Any) -> None:
    answer = await tabs().send(ProbeState.for_anybody)

    assert answer.values(ProbeState)["secret"] == "public"


async def test_a_missing_permission_stops_the_handler(tabs: Any) -> None:
    refused = await tabs("member").send(ProbeState.writers_only)
    allowed = await tabs("owner", "tab-2").send(ProbeState.writers_only)

    assert "secret" not in {name for name, value in refused.values(ProbeState).items() if value}
    assert allowed.values(ProbeState)["secret"] == "written"


@pytest.mark.parametrize("handler", [ProbeState.in_background, ProbeState.chained, ProbeState.plain_helper])
async def test_background_chained_and_undecorated_handlers_are_guarded_too(tabs: Any, handler: Any) -> None:
    answer = await tabs().send(handler, value="x")

    assert answer.values(ProbeState) == {}


async def test_upload_handlers_are_guarded(tabs: Any) -> None:
    answer = await tabs("member").send(UploadState.tell, news=[{"key": "k1", "name": "a.txt", "size": 1}])

    assert answer.deltas == [] or not answer.values(UploadState)
    assert "location.reload" in answer.scripts


async def test_setting_vars_from_outside_is_refused_even_to_members(tabs: Any) -> None:
    tab = tabs("member")
    await tab.send(HYDRATE)

    answer = await tab.send(f"{AuthState.get_full_name()}.setvar", var_name="can_write_documents", value=True)

    assert answer.values(AuthState) == {}


async def test_hydrate_gives_anonymous_visitors_defaults_only(tabs: Any) -> None:
    answer = await tabs().send(HYDRATE)

    assert answer.values(AuthState)["signed_in"] is False
    assert answer.values(AuthState)["email"] == ""


async def test_hydrate_tells_members_who_they_are(tabs: Any) -> None:
    answer = await tabs("member").send(HYDRATE)

    shown = answer.values(AuthState)
    assert (shown["signed_in"], shown["email"], shown["tenant_name"]) == (True, "u2@example.hr", "Tenant t1")
    assert shown["can_write_documents"] is False
    assert answer.values(LanguageState)["language"] == "hr"


async def test_a_stolen_client_token_shows_nothing_of_its_owner(tabs: Any) -> None:
    await tabs("owner", "shared").send(ProbeState.member_only)

    answer = await tabs("stranger", "shared").send(HYDRATE)

    assert answer.values(ProbeState).get("secret", "") == ""
    assert answer.values(AuthState)["email"] == "u3@example.hr"


async def test_after_signing_out_the_tab_holds_nothing(tabs: Any, services: SimpleNamespace) -> None:
    tab = tabs("owner")
    await tab.send(ProbeState.member_only)
    services.access.sessions.pop("owner")

    answer = await tab.send(ProbeState.member_only)
    hydrated = await tab.send(HYDRATE)

    assert "location.reload" in answer.scripts
    assert hydrated.values(ProbeState).get("secret", "") == ""
    assert hydrated.values(AuthState)["signed_in"] is False


async def test_losing_a_right_counts_at_the_next_event(tabs: Any, services: SimpleNamespace) -> None:
    tab = tabs("owner")
    await tab.send(ProbeState.writers_only)
    services.access.sessions["owner"] = scope_for(Role.MEMBER)

    answer = await tab.send(ProbeState.writers_only)

    assert "location.reload" in answer.scripts


async def test_visitors_are_greeted_in_the_language_of_their_browser(tabs: Any) -> None:
    tab = tabs()
    tab.headers = {"accept-language": "de-DE,hr;q=0.8,en;q=0.5"}

    answer = await tab.send(HYDRATE)

    assert answer.values(LanguageState)["language"] == "hr"


async def test_choosing_a_language_keeps_it_for_browser_and_account(tabs: Any, services: SimpleNamespace) -> None:
    answer = await tabs("member").send(LanguageState.choose, language="en")

    assert answer.values(LanguageState)["language"] == "en"
    assert services.accounts.languages == {"u2": "en"}
    assert "language=en" in answer.scripts


async def test_an_unknown_language_is_ignored(tabs: Any, services: SimpleNamespace) -> None:
    answer = await tabs("member").send(LanguageState.choose, language="xx'; alert(1)")

    assert services.accounts.languages == {}
    assert "alert" not in answer.scripts


async def test_without_services_nothing_gets_through() -> None:
    with pytest.raises(InvariantBroken):
        async with open_tabs() as opened:
            await opened("owner").send(ProbeState.member_only)
