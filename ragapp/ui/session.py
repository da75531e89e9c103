"""From a browser tab to a scope: the session cookie of its socket, asked at each event (remembered there for 1 s)."""

from http.cookies import CookieError, SimpleCookie

import reflex as rx
from reflex_base.registry import RegistrationContext

from ragapp.core.scope import PlatformScope, TenantScope
from ragapp.services.registry import current


async def current_scope(state: rx.State, *, for_account: bool = False) -> TenantScope:
    """Return who is behind this tab.

    Args:
        state: Any state of the tab.
        for_account: Only the person's own account is touched; see `AccessService.scope_of_session`.

    Raises:
        NotAuthenticated: nobody is signed in, or the session has ended.
        SecondFactorSetupRequired: the organisation asks for a second factor first.
    """
    return await current().access.scope_of_session(session_token(state), for_account=for_account)


async def operator_scope(state: rx.State) -> PlatformScope:
    """Return the platform operator behind this tab; whether they are one is read again each time.

    Raises:
        NotAuthenticated: nobody is signed in. PermissionDenied: they do not run the platform.
    """
    return await current().access.operator_scope(await current_scope(state))


def owner_key(scope: TenantScope) -> str:
    """Return what must not change while a tab shows something: who reads it, where, with which rights."""
    rights = ",".join(sorted(permission.value for permission in scope.permissions))
    return f"{scope.tenant_id}:{scope.user_id}:{scope.role.value}:{rights}"


def session_token(state: rx.State) -> str:
    """Return what the session cookie of this tab holds, "" without one."""
    return cookie_value(state.router.headers.cookie, current().settings_view.session_cookie_name)


def cookie_value(cookie_header: str, name: str) -> str:
    """Return the value of one cookie of a `Cookie` header, "" when it is absent."""
    try:
        morsel = SimpleCookie(cookie_header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


async def is_tab_open(state: rx.State) -> bool:
    """Return whether the browser tab is still connected: nothing else ends what runs for it in the background."""
    app = RegistrationContext.get().app
    namespace = getattr(app, "event_namespace", None)
    if namespace is None:
        return True
    return bool(await namespace._token_manager.is_token_connected(state.router.session.client_token))
