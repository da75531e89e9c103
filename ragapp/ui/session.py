"""From a browser tab to a scope: the session cookie of its socket, asked again at most every second."""

import time
from http.cookies import CookieError, SimpleCookie

import reflex as rx

from ragapp.core.errors import NotAuthenticated
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current

RECHECK_AFTER_S = 1.0
_MAX_CACHED = 4096

_cache: dict[str, tuple[float, TenantScope]] = {}


async def current_scope(state: rx.State) -> TenantScope:
    """Return who is behind this tab.

    Raises:
        NotAuthenticated: nobody is signed in, or the session has ended.
    """
    token = session_token(state.router.headers.cookie)
    if not token:
        raise NotAuthenticated
    return await scope_of(token)


def session_token(cookie_header: str) -> str:
    """Return the session token of a `Cookie` header, "" when there is none."""
    return cookie_value(cookie_header, current().settings_view.session_cookie_name)


def cookie_value(cookie_header: str, name: str) -> str:
    """Return the value of one cookie of a `Cookie` header, "" when it is absent."""
    try:
        morsel = SimpleCookie(cookie_header).get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


async def scope_of(token: str) -> TenantScope:
    """Return the scope of a session token; an answer is reused for `RECHECK_AFTER_S` at most, a refusal never.

    Raises:
        NotAuthenticated: the session is unknown or has ended.
    """
    cached = _cache.get(token)
    if cached is not None and cached[0] > time.monotonic():
        return cached[1]
    _cache.pop(token, None)
    scope = await current().access.scope_of_session(token)
    if len(_cache) >= _MAX_CACHED:
        _cache.clear()
    _cache[token] = (time.monotonic() + RECHECK_AFTER_S, scope)
    return scope


def forget_all() -> None:
    """Drop every remembered scope: the next event asks the service again."""
    _cache.clear()
