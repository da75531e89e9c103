"""Form posts that change a session: a forgotten or new password, a confirmed identity, another organisation."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from ragapp.api.form_answers import lead_back, lead_to
from ragapp.api.form_posts import Form
from ragapp.api.local_paths import safe_path
from ragapp.api.visits import drop_session, keep_device, keep_session, session_token_of, visit_of
from ragapp.core.errors import LinkNotUsable, NotAuthenticated, NotFound, RagAppError
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current

SIGN_IN_PAGE = "/sign-in"
FORGOT_PAGE = "/forgot-password"
RESET_PAGE = "/reset-password"
SETTINGS_PAGE = "/settings"

router = APIRouter(prefix="/auth", include_in_schema=False)


@router.post("/forgot")
async def forgot(request: Request, form: Form) -> RedirectResponse:
    """Ask for a link to choose a new password; the answer is the same whoever asks."""
    email, language = form.get("email", ""), form.get("language", "en")
    try:
        await current().password_resets.request(email, visit_of(request), language=language)
    except RagAppError as error:
        return lead_back(FORGOT_PAGE, error, {})
    return lead_to(f"{FORGOT_PAGE}?sent=1")


@router.post("/reset")
async def reset(request: Request, form: Form) -> RedirectResponse:
    """Choose a new password with a link."""
    token = form.get("token", "")
    try:
        end_keys = form.get("end_keys") == "on"
        device = await current().password_resets.use(
            token, form.get("password", ""), visit_of(request), end_keys=end_keys
        )
    except LinkNotUsable as error:
        return lead_back(FORGOT_PAGE, error, {})
    except RagAppError as error:
        return lead_back(RESET_PAGE, error, {"token": token})
    response = lead_to(f"{SIGN_IN_PAGE}?done=reset")
    drop_session(response)
    keep_device(response, device)
    return response


@router.post("/confirm")
async def confirm(request: Request, form: Form) -> RedirectResponse:
    """Prove again who is at the browser."""
    target = safe_path(form.get("next", SETTINGS_PAGE))
    try:
        scope = await _caller(request)
        await current().sessions.confirm(scope, password=form.get("password", ""), code=form.get("code", ""))
    except RagAppError as error:
        return _refused(error)
    return lead_to(target)


@router.post("/change-password")
async def change_password(request: Request, form: Form) -> RedirectResponse:
    """Choose a new password, knowing the current one; this browser gets a new session, all others end."""
    current_password, new = form.get("current_password", ""), form.get("new_password", "")
    try:
        scope = await _caller(request)
        credential = await current().accounts.change_password(
            scope, current_password, new, visit_of(request), end_keys=form.get("end_keys") == "on"
        )
    except RagAppError as error:
        return _refused(error)
    response = lead_to(f"{SETTINGS_PAGE}?done=password")
    keep_session(response, credential)
    return response


@router.post("/switch")
async def switch(request: Request, form: Form) -> RedirectResponse:
    """Go on in another organisation."""
    try:
        scope = await _caller(request)
        credential = await current().sessions.switch(scope, form.get("tenant", ""), visit_of(request))
    except NotFound:
        return lead_to("/")
    except RagAppError as error:
        return _refused(error)
    response = lead_to("/")
    keep_session(response, credential)
    return response


async def _caller(request: Request) -> TenantScope:
    return await current().access.scope_of_session(session_token_of(request), for_account=True)


def _refused(error: RagAppError) -> RedirectResponse:
    if type(error) is NotAuthenticated:
        return lead_back(SIGN_IN_PAGE, error, {"next": SETTINGS_PAGE})
    return lead_back(SETTINGS_PAGE, error, {})
