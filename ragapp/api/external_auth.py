"""Signing in at a sign-in service: out to it, and back. Links and forms of our pages, not part of the REST contract."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ragapp.api.form_answers import lead_back, lead_to
from ragapp.api.form_posts import Form
from ragapp.api.local_paths import safe_path
from ragapp.api.visits import begin_session, session_token_of, visit_of
from ragapp.core.errors import NotAuthenticated, RagAppError
from ragapp.core.ids import ProviderId
from ragapp.core.scope import TenantScope
from ragapp.services.identity.provider_views import Browser, ExternalReply, ExternalStart
from ragapp.services.registry import current

SIGN_IN_PAGE, SETTINGS_PAGE = "/sign-in", "/settings"
_COOKIE_PATH = "/"
_LONGEST = 4096

router = APIRouter(prefix="/auth/oidc", include_in_schema=False)


async def _caller(request: Request) -> TenantScope | None:
    """Return who is signed in in this browser already, if anybody is."""
    token = session_token_of(request)
    if not token:
        return None
    try:
        return await current().access.scope_of_session(token, for_account=True)
    except NotAuthenticated:
        return None


Caller = Annotated[TenantScope | None, Depends(_caller)]


@router.get("/callback")
async def come_back(request: Request, caller: Caller) -> RedirectResponse:
    """End a sign-in. Whatever is wrong with it, the answer is the same."""
    names = ("state", "code", "error", "iss")
    state, code, error, issuer = (_only(request, name) for name in names)
    browser = Browser(request.cookies.get(_cookie_name(), ""), visit_of(request))
    try:
        outcome = await current().external_sign_in.finish(ExternalReply(state, code, error, issuer), browser, caller)
    except RagAppError as problem:
        return _forgetting(lead_back(SETTINGS_PAGE if caller else SIGN_IN_PAGE, problem, {}))
    response = _forgetting(lead_to(safe_path(outcome.next_path)))
    if outcome.credential is not None:
        await begin_session(request, response, outcome.credential)
    return response


@router.get("/{provider_id}/start")
async def start(request: Request, provider_id: ProviderId, caller: Caller) -> RedirectResponse:
    """Send the browser to a sign-in service; with `fresh=1` credentials are asked for anew."""
    target = safe_path(_only(request, "next") or "/")
    try:
        begun = await current().external_sign_in.start(
            provider_id,
            next_path=target,
            login_hint=_only(request, "email")[:254],
            must_be_fresh=_only(request, "fresh") == "1",
        )
    except RagAppError as error:
        return lead_back(SETTINGS_PAGE if caller else SIGN_IN_PAGE, error, {"next": target})
    response = lead_to(begun.url)
    _remember(response, begun)
    return response


@router.post("/{provider_id}/link")
async def link(provider_id: ProviderId, form: Form, caller: Caller) -> Response:
    """Begin to link an identity elsewhere: only from our own pages, or a stranger could link theirs to somebody."""
    if caller is None:
        return lead_to(SIGN_IN_PAGE)
    target = safe_path(form.get("next", SETTINGS_PAGE))
    try:
        begun = await current().external_sign_in.start_link(caller, provider_id, next_path=target)
    except RagAppError as error:
        return lead_back(SETTINGS_PAGE, error, {})
    response = _leave_by_page(begun.url)
    _remember(response, begun)
    return response


def _only(request: Request, name: str) -> str:
    """Return a parameter that is there once and not too long, "" otherwise: two readers could choose differently."""
    values = request.query_params.getlist(name)
    return values[0] if len(values) == 1 and len(values[0]) <= _LONGEST else ""


def _leave_by_page(url: str) -> HTMLResponse:
    """Lead to another site from a page: the policy of our pages lets no form end elsewhere, not even by a redirect."""
    address = escape(url, quote=True)
    page = f'<!doctype html><meta http-equiv="refresh" content="0;url={address}"><a href="{address}">&rarr;</a>'
    return HTMLResponse(page, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _remember(response: Response, begun: ExternalStart) -> None:
    response.set_cookie(
        _cookie_name(),
        begun.browser_token,
        max_age=begun.expires_in_s,
        path=_COOKIE_PATH,
        secure=current().settings_view.session_cookie_secure,
        httponly=True,
        # The answer comes as a link from another site: "strict" would keep the cookie from it.
        samesite="lax",
    )


def _forgetting(response: RedirectResponse) -> RedirectResponse:
    secure = current().settings_view.session_cookie_secure
    response.delete_cookie(_cookie_name(), path=_COOKIE_PATH, secure=secure, httponly=True, samesite="lax")
    return response


def _cookie_name() -> str:
    return "__Host-ragapp-external" if current().settings_view.session_cookie_secure else "ragapp-external"
