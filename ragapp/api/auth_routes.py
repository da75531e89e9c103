"""Sign-in, first run and sign-out as HTML form posts: only an HTTP answer can set an HttpOnly cookie."""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from ragapp.api.form_posts import Form
from ragapp.api.local_paths import safe_path
from ragapp.core.errors import AlreadySetUp, InvalidSetupToken, RagAppError
from ragapp.services.registry import current
from ragapp.services.views import Credential

SIGN_IN_PAGE = "/sign-in"
WELCOME_PAGE = "/welcome"

router = APIRouter(prefix="/auth", include_in_schema=False)


@router.post("/password")
async def sign_in(request: Request, form: Form) -> RedirectResponse:
    """Sign in with e-mail and password; a refusal goes back to the sign-in page with an error code."""
    email, target = form.get("email", "").strip(), safe_path(form.get("next", "/"))
    try:
        credential = await current().access.sign_in(
            email=email, password=form.get("password", ""), user_agent=request.headers.get("user-agent", "")
        )
    except RagAppError as error:
        return _back(SIGN_IN_PAGE, error, {"email": email, "next": target})
    return _signed_in(credential, target)


@router.post("/setup")
async def set_up(request: Request, form: Form) -> RedirectResponse:
    """Create the organisation and its owner, once; what was typed comes back with a refusal, except the password."""
    typed = {name: form.get(name, "").strip() for name in ("email", "name", "organisation", "language")}
    token = form.get("setup_token", "").strip()
    try:
        credential = await current().access.create_first_owner(
            setup_token=token,
            email=typed["email"],
            password=form.get("password", ""),
            name=typed["name"],
            organisation=typed["organisation"],
            language=typed["language"],
            load_samples=form.get("samples") == "on",
            user_agent=request.headers.get("user-agent", ""),
        )
    except AlreadySetUp as error:
        return _back(SIGN_IN_PAGE, error, {})
    except InvalidSetupToken as error:
        return _back(WELCOME_PAGE, error, typed)
    except RagAppError as error:
        return _back(WELCOME_PAGE, error, {**typed, "token": token})
    return _signed_in(credential, "/")


@router.post("/logout")
async def sign_out(request: Request, form: Form) -> RedirectResponse:  # noqa: ARG001 - reading the form is the origin check
    """End the session on the server and in the browser."""
    settings = current().settings_view
    await current().access.sign_out(request.cookies.get(settings.session_cookie_name, ""))
    response = _redirect(SIGN_IN_PAGE)
    response.delete_cookie(
        settings.session_cookie_name, secure=settings.session_cookie_secure, httponly=True, samesite="lax"
    )
    return response


def _signed_in(credential: Credential, target: str) -> RedirectResponse:
    settings = current().settings_view
    response = _redirect(target)
    response.set_cookie(
        settings.session_cookie_name,
        credential.token,
        max_age=credential.expires_in_s,
        httponly=True,
        secure=settings.session_cookie_secure,
        samesite="lax",
    )
    return response


def _back(page: str, error: RagAppError, typed: Mapping[str, str]) -> RedirectResponse:
    fields = {"error": error.code, **{name: value for name, value in typed.items() if value}}
    return _redirect(f"{page}?{urlencode(fields)}")


def _redirect(target: str) -> RedirectResponse:
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
