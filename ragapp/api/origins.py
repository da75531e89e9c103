"""Sockets and uploads of the pages come from the pages: another site's script is refused at the door."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from ragapp.api.problems import problem_document, render_problem
from ragapp.core.errors import PermissionDenied
from ragapp.services.registry import current

_GUARDED_PATHS = ("/_event", "/_upload")


def refuse_foreign_origins(app: ASGIApp) -> ASGIApp:
    """Wrap the application: requests of the page framework must come from this host or a trusted origin.

    A browser always sends that header with a socket or a cross-origin post; a program has no cookie.
    """
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and scope["path"].startswith(_GUARDED_PATHS):
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            trusted = current().settings_view.origins
            if origin is not None and not is_own_origin(
                origin, headers.get("host", ""), trusted, secure=_is_secure(str(scope.get("scheme", "")))
            ):
                await _refuse(scope, receive, send)
                return
        await app(scope, receive, send)

    return guarded


def is_same_origin(request: Request) -> bool:
    """Return whether one of our own pages, or one of a trusted origin, sent this request.

    Browsers say so in Sec-Fetch-Site, but only on https and localhost; on plain http the Origin header has to name us.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin", "")
    trusted = current().settings_view.origins
    if site is not None:
        return site == "same-origin" or origin.rstrip("/") in trusted
    host = request.headers.get("host", "")
    return is_own_origin(origin, host, trusted, secure=_is_secure(request.url.scheme))


def is_own_origin(origin: str, host: str, trusted: Sequence[str], *, secure: bool) -> bool:
    """Return whether a page of `origin` may talk to a server addressed as `host`.

    Whoever sits on the wire can make a page on plain http; where the installation is reached by https (`secure`), such
    a page is somebody else's.
    """
    if origin.rstrip("/") in trusted:
        return True
    parts = urlsplit(origin)
    is_scheme_ours = parts.scheme == "https" or (parts.scheme == "http" and not secure)
    return is_scheme_ours and bool(host) and parts.netloc.lower() == host.lower()


def _is_secure(scheme: str) -> bool:
    return current().settings_view.session_cookie_secure or scheme in ("https", "wss")


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    document = problem_document(403, PermissionDenied.code, "This request did not come from a page of this site.")
    await render_problem(document)(scope, receive, send)
