"""Sign-in, first run and sign-out as HTML form posts: only an HTTP answer can set an HttpOnly cookie."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from ragapp.api.form_answers import lead_back, lead_to
from ragapp.api.form_posts import Form
from ragapp.api.local_paths import safe_path
from ragapp.api.visits import begin_session, drop_session, keep_step, session_token_of, step_token_of, visit_of
from ragapp.core.errors import AlreadySetUp, InvalidCredentials, InvalidSetupToken, RagAppError, SignInExpired
from ragapp.services.identity.people import NewAccount
from ragapp.services.identity.sign_in import PasswordAttempt, SecondStep
from ragapp.services.registry import current
from ragapp.services.views import Credential

SIGN_IN_PAGE = "/sign-in"
CODE_PAGE = "/sign-in/code"
WELCOME_PAGE = "/welcome"

router = APIRouter(prefix="/auth", include_in_schema=False)


@router.post("/password")
async def sign_in(request: Request, form: Form) -> RedirectResponse:
    """Sign in with e-mail and password; a refusal goes back to the sign-in page with an error code."""
    email, target = form.get("email", "").strip(), safe_path(form.get("next", "/"))
    attempt = PasswordAttempt(email, form.get("password", ""))
    try:
        result = await current().sign_in.with_password(attempt, visit_of(request))
    except RagAppError as error:
        return lead_back(SIGN_IN_PAGE, error, {"email": email, "next": target})
    if isinstance(result, SecondStep):
        response = lead_to(f"{CODE_PAGE}?{urlencode({'next': target})}")
        keep_step(response, result)
        return response
    return await _signed_in(request, result, target)


@router.post("/code")
async def sign_in_with_code(request: Request, form: Form) -> RedirectResponse:
    """Send the second factor; only the browser whose password was right can."""
    target = safe_path(form.get("next", "/"))
    try:
        credential = await current().sign_in.with_code(step_token_of(request), form.get("code", ""), visit_of(request))
    except InvalidCredentials:
        return lead_back(SIGN_IN_PAGE, SignInExpired(), {"next": target})
    except RagAppError as error:
        return lead_back(CODE_PAGE, error, {"next": target})
    return await _signed_in(request, credential, target)


@router.post("/setup")
async def set_up(request: Request, form: Form) -> RedirectResponse:
    """Create the organisation and its owner, once; what was typed comes back with a refusal, except the password."""
    typed = {name: form.get(name, "").strip() for name in ("email", "name", "organisation", "language")}
    token = form.get("setup_token", "").strip()
    account = NewAccount(**typed, password=form.get("password", ""))
    try:
        credential = await current().setup.create_first_owner(
            account, setup_token=token, load_samples=form.get("samples") == "on", visit=visit_of(request)
        )
    except AlreadySetUp as error:
        return lead_back(SIGN_IN_PAGE, error, {})
    except InvalidSetupToken as error:
        return lead_back(WELCOME_PAGE, error, typed)
    except RagAppError as error:
        return lead_back(WELCOME_PAGE, error, {**typed, "token": token})
    return await _signed_in(request, credential, "/")


@router.post("/logout")
async def sign_out(request: Request, form: Form) -> RedirectResponse:  # noqa: ARG001 - reading the form is the origin check
    """End the session on the server and in the browser."""
    await current().sign_in.sign_out(session_token_of(request))
    response = lead_to(SIGN_IN_PAGE)
    drop_session(response)
    return response


async def _signed_in(request: Request, credential: Credential, target: str) -> RedirectResponse:
    response = lead_to(target)
    await begin_session(request, response, credential)
    return response
