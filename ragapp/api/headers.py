"""What every answer carries, pages included, and what never reaches the framework behind it."""

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ragapp.api.openai_errors import render_openai_error
from ragapp.api.page_policy import build_page_policy
from ragapp.api.problems import problem_document, render_problem
from ragapp.api.routes import declared_length
from ragapp.core.errors import FileTooLarge, InvariantBroken, NotFound
from ragapp.services.registry import current

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_FORM_OVERHEAD_BYTES = 64 * 1024
_UPLOAD_PATH = "/_upload"
_OPENAI_PREFIX = "/v1/"
_DATA_PREFIXES = ("/api/", _OPENAI_PREFIX)


def add_security_headers(app: ASGIApp) -> ASGIApp:
    """Wrap the whole application, pages and API, outermost."""
    page_policy = build_page_policy()

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        path: str = scope["path"]
        answer = _refusal(scope, path) or app
        await answer(scope, receive, _with_headers(send, path, page_policy))

    return guarded


def _refusal(scope: Scope, path: str) -> ASGIApp | None:
    if path.startswith(_UPLOAD_PATH) and scope["method"] != "POST":
        # Behind it the framework would serve its upload folder to anyone.
        return render_problem(problem_document(404, NotFound.code, NotFound.default_message))
    if path.startswith((_UPLOAD_PATH, *_DATA_PREFIXES)) and _is_oversize(scope):
        render = render_openai_error if path.startswith(_OPENAI_PREFIX) else render_problem
        return render(problem_document(413, FileTooLarge.code, FileTooLarge.default_message))
    return None


def _is_oversize(scope: Scope) -> bool:
    length = declared_length(Headers(scope=scope))
    if not length:
        return False
    try:
        return length > current().bounds.max_upload_bytes + _FORM_OVERHEAD_BYTES
    except InvariantBroken:
        # Not started yet: whoever handles the request says so.
        return False


def _with_headers(send: Send, path: str, page_policy: str) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _headers_for(path, headers, page_policy).items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers


def _headers_for(path: str, headers: Headers, page_policy: str) -> Mapping[str, str]:
    """Return what an answer gets unless its route set the same header itself."""
    always = {**_ALWAYS, **_transport_security()}
    if path.startswith(_DATA_PREFIXES):
        return {**always, "Content-Security-Policy": DATA_POLICY, "Cache-Control": "no-store"}
    more = {**always, "Content-Security-Policy": page_policy}
    if path.startswith("/assets/"):
        more["Cache-Control"] = "public, max-age=31536000, immutable"
    elif headers.get("content-type", "").startswith("text/html"):
        more["Cache-Control"] = "no-cache"
    return more


def _transport_security() -> Mapping[str, str]:
    """Have browsers use https only, for this host, where that is how people reach it."""
    try:
        is_secure = current().settings_view.session_cookie_secure
    except InvariantBroken:
        # Not started yet.
        return {}
    return {"Strict-Transport-Security": "max-age=31536000"} if is_secure else {}
