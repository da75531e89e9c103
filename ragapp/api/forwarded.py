"""Who asks, behind proxies: `X-Forwarded-For` and `-Proto` are believed from listed proxies and from nobody else."""

import ipaddress

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ragapp.services.registry import current

_log = structlog.get_logger(__name__)
_SCHEMES = ("http", "https")


def believe_trusted_proxies(app: ASGIApp) -> ASGIApp:
    """Wrap the whole application, outermost: what is inside sees the address and the scheme that people used."""
    warned: list[str] = []

    async def resolved(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not scope.get("client"):
            await app(scope, receive, send)
            return
        peer, headers = scope["client"][0], Headers(scope=scope)
        proxies = current().settings_view.proxies
        if peer in proxies:
            client = proxies.client_of(peer, headers.getlist("x-forwarded-for"))
            scope = {**scope, "client": (client, 0), "scheme": _scheme_of(scope, headers)}
        elif not warned and "x-forwarded-for" in headers and _is_near(peer):
            warned.append(peer)
            _log.warning("proxy.not_trusted", address=peer, setting="RAGAPP_TRUSTED_PROXIES")
        await app(scope, receive, send)

    return resolved


def _scheme_of(scope: Scope, headers: Headers) -> str:
    """Return the scheme that was used towards the proxy; the last word is the nearest proxy's."""
    told = ",".join(headers.getlist("x-forwarded-proto")).rpartition(",")[2].strip().lower()
    if told not in _SCHEMES:
        return str(scope["scheme"])
    return told.replace("http", "ws") if scope["type"] == "websocket" else told


def _is_near(address: str) -> bool:
    """Return whether it may be the operator's own proxy: strangers must not be able to write that line."""
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return False
