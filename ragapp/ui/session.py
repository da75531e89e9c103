"""From a browser tab to a scope: the session cookie of its socket, asked at each event (remembered there for 1 s)."""

from http.cookies import CookieError, SimpleCookie

import reflex as rx
from reflex_base.registry import RegistrationContext

from ragapp.core.scope import TenantScope
from ragapp.services.registry import current


async def current_scope(state: rx.State) -> TenantScope:
    """Return who is behind this tab.

    Raises:
        NotAuthenticated: nobody is signed in, or the session has ended.
    """
    services = current()
    cookie = cookie_value(state.router.headers.cookie, services.settings_view.session_cookie_name)
    return await services.access.scope_of_session(cookie)


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
