"""Accepting an invitation as an HTML form post: its answer sets the session cookie."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from ragapp.api.form_answers import lead_back, lead_to
from ragapp.api.form_posts import Form
from ragapp.api.visits import begin_session, session_token_of, visit_of
from ragapp.core.errors import RagAppError, SecondFactorRequired
from ragapp.services.registry import current
from ragapp.services.tenancy.joining import Acceptance

INVITE_PAGE = "/invite"
SIGN_IN_PAGE = "/sign-in"

router = APIRouter(prefix="/auth", include_in_schema=False)


@router.post("/invite")
async def accept_invitation(request: Request, form: Form) -> RedirectResponse:
    """Join an organisation; a refusal goes back to the invitation's page with an error code."""
    acceptance = Acceptance(
        token=form.get("token", ""),
        name=form.get("name", "").strip(),
        password=form.get("password", ""),
        language=form.get("language", ""),
        session_token=session_token_of(request),
    )
    typed = {"token": acceptance.token, "name": acceptance.name}
    try:
        credential = await current().joining.accept(acceptance, visit_of(request))
    except SecondFactorRequired:
        # Whoever has a second factor signs in with it first and comes back to confirm.
        back = f"{INVITE_PAGE}?{urlencode({'token': acceptance.token})}"
        return lead_to(f"{SIGN_IN_PAGE}?{urlencode({'next': back})}")
    except RagAppError as error:
        return lead_back(INVITE_PAGE, error, typed)
    answer = lead_to("/")
    await begin_session(request, answer, credential)
    return answer
