"""The one gate in front of every event: deny by default, and a tab never shows what another person loaded."""

from collections.abc import Callable, Iterator
from typing import cast
from urllib.parse import quote

import reflex as rx
from reflex.event import Event, EventSpec
from reflex.state import BaseState, State, StateUpdate
from reflex_base.registry import RegistrationContext

from ragapp.core.errors import NotAuthenticated, PermissionDenied, SecondFactorSetupRequired, TenantSuspended
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.ui.access import is_account, is_for_operators, is_page_load, is_public, required_permission
from ragapp.ui.catalogue import LANGUAGES
from ragapp.ui.deferral import note_event
from ragapp.ui.session import cookie_value, current_scope, owner_key
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.language import LANGUAGE_COOKIE, LanguageState

NOBODY = "nobody"
SETTINGS_PAGE = "/settings"

_HYDRATE = frozenset({"hydrate", "hydrate_and_load"})
_PAGE_LIFE = frozenset({"on_load_internal", "set_is_hydrated", "update_vars_internal", "handle_frontend_exception"})
_FRAMEWORK_HANDLERS = _HYDRATE | _PAGE_LIFE


class Guard(rx.Middleware):
    """Resolves who is asking before each event and lets through what they may do.

    Runs under the tab's state lock for foreground, background, upload, page-load and framework events alike. The page's
    client token is never a credential: when the person behind the session cookie is not the one whose data the state
    holds, the whole state is reset first.
    """

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:  # noqa: ARG002
        """Return None to let the event through, or the update that answers instead of it."""
        note_event(event)
        root = cast("State", state._get_root_state())
        scope = await _scope_or_none(root)
        if await _change_owner(root, scope) and not _is_hydrate(event.name):
            return _instead(rx.call_script("window.location.reload()"))
        if _is_framework(event.name):
            return None
        return await _refusal(event.name, scope, root) or await _second_factor_first(event.name, scope, root)


def is_served_event(event_name: str) -> bool:
    """Return whether the gate would let anybody at all through to an event of that name."""
    registered = RegistrationContext.get().event_handlers.get(event_name)
    if registered is None:
        return False
    return registered.handler.fn.__module__.startswith("ragapp.") or _is_framework(event_name)


async def _refusal(event_name: str, scope: TenantScope | None, root: State) -> StateUpdate | None:
    handler = RegistrationContext.get().event_handlers[event_name].handler.fn
    if not handler.__module__.startswith("ragapp."):
        return _instead()
    if is_public(handler):
        return None
    if scope is None:
        return _instead(await _way_out(root))
    if is_for_operators(handler) and not await _is_operator(scope):
        return _instead() if is_page_load(handler) else _instead(rx.call_script("window.location.assign('/')"))
    permission = required_permission(handler)
    if permission is not None and permission not in scope.permissions:
        return _instead() if is_page_load(handler) else _instead(rx.call_script("window.location.reload()"))
    return None


async def _second_factor_first(event_name: str, scope: TenantScope | None, root: State) -> StateUpdate | None:
    """Lead to the settings whoever still has to set up a second factor."""
    handler = RegistrationContext.get().event_handlers[event_name].handler.fn
    if scope is None or is_public(handler) or is_account(handler):
        return None
    try:
        await current_scope(root)
    except SecondFactorSetupRequired:
        is_there = root.router.url.path == SETTINGS_PAGE
        return _instead() if is_there else _instead(rx.redirect(f"{SETTINGS_PAGE}?required=second_factor"))
    return None


async def _is_operator(scope: TenantScope) -> bool:
    try:
        await current().access.operator_scope(scope)
    except (NotAuthenticated, PermissionDenied):
        return False
    return True


async def _way_out(root: State) -> EventSpec:
    """Return where somebody without a scope goes: to sign in, or to be told that their organisation is suspended."""
    try:
        await current_scope(root, for_account=True)
    except TenantSuspended:
        return rx.call_script("window.location.assign('/suspended')")
    except NotAuthenticated:
        pass
    return to_sign_in(root.router.url.path)


async def _scope_or_none(root: State) -> TenantScope | None:
    try:
        return await current_scope(root, for_account=True)
    except NotAuthenticated:
        return None


async def _change_owner(root: State, scope: TenantScope | None) -> bool:
    """Make the state belong to `scope`; return whether it belonged to somebody else before."""
    auth = await root.get_state(AuthState)
    owner, before = NOBODY if scope is None else owner_key(scope), auth._owner
    if owner == before:
        return False
    await _reset_everything(root)
    auth._owner = owner
    await _fill(root, auth, scope)
    return bool(before)


async def _reset_everything(root: State) -> None:
    # A manager that keeps states apart (Redis) loads only what the event needs: load the rest, or it would survive.
    for state_class in _subclasses(State):
        await root.get_state(state_class)
    cast("Callable[[], None]", root.reset)()


async def _fill(root: State, auth: AuthState, scope: TenantScope | None) -> None:
    language = await root.get_state(LanguageState)
    if scope is None:
        language.language = _visitor_language(root)
        return
    me = await current().accounts.me(scope)
    auth._fill(me)
    language.language = me.user.language if me.user.language in LANGUAGES else _visitor_language(root)


def _visitor_language(root: State) -> str:
    headers = root.router.headers
    chosen = cookie_value(headers.cookie, LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    accepted = (part.split(";")[0].strip().lower()[:2] for part in headers.accept_language.split(","))
    return next((language for language in accepted if language in LANGUAGES), "en")


def to_sign_in(path: str) -> EventSpec:
    """Return the event that goes to the sign-in page by a full page load, so that the socket gets the new cookie."""
    return rx.call_script(f"window.location.assign('/sign-in?next={quote(path, safe='')}')")


def _instead(*events: EventSpec) -> StateUpdate:
    return StateUpdate(events=Event.from_event_type(list(events)) if events else [])


def _is_framework(event_name: str) -> bool:
    return event_name.startswith("reflex___state____state.") and _is_framework_name(event_name)


def _is_framework_name(event_name: str) -> bool:
    module = RegistrationContext.get().event_handlers[event_name].states[0].__module__
    return module == "reflex.state" and event_name.rpartition(".")[2] in _FRAMEWORK_HANDLERS


def _is_hydrate(event_name: str) -> bool:
    return _is_framework(event_name) and event_name.rpartition(".")[2] in _HYDRATE


def _subclasses(kind: type[BaseState]) -> Iterator[type[BaseState]]:
    for child in kind.get_substates():
        yield child
        yield from _subclasses(child)
