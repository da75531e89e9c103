"""The caller's own account: profile, sessions, second factor, data. Open while a second factor is still to come."""

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from ragapp.api.credentials import CallerScope
from ragapp.api.parameters import SessionId
from ragapp.api.routes import account_router
from ragapp.api.schemas.account import (
    ConfirmIdentity,
    Me,
    OneTimeCode,
    PasswordChange,
    ProfileChange,
    RecoveryCodes,
    SecondFactor,
    SecondFactorStart,
    Sessions,
)
from ragapp.api.visits import keep_session, visit_of
from ragapp.services.identity.account_views import SecondFactorSetup, SecondFactorView, SessionView
from ragapp.services.registry import current
from ragapp.services.views import MeView

router = account_router("account")


@router.get("/me", response_model=Me)
async def get_me(scope: CallerScope) -> MeView:
    """Return who is calling, for which tenant, with which rights and limits."""
    return await current().accounts.me(scope)


@router.patch("/me", response_model=Me)
async def change_me(body: ProfileChange, scope: CallerScope) -> MeView:
    """Change one's own name, language or theme."""
    accounts = current().accounts
    if body.name is not None:
        await accounts.set_name(scope, body.name)
    if body.language is not None:
        await accounts.set_language(scope, body.language)
    if body.theme is not None:
        await accounts.set_theme(scope, body.theme)
    return await accounts.me(scope)


@router.post("/me/confirm", status_code=204)
async def confirm(body: ConfirmIdentity, scope: CallerScope) -> None:
    """Prove again who is at the browser or holds the access token; acts that ask for it can be done for ten minutes."""
    await current().sessions.confirm(scope, password=body.password, code=body.code)


@router.get("/me/sessions", response_model=Sessions)
async def list_sessions(scope: CallerScope) -> dict[str, tuple[SessionView, ...]]:
    """Return where the caller is signed in."""
    return {"items": await current().sessions.list_own(scope)}


@router.delete("/me/sessions", status_code=204)
async def end_other_sessions(scope: CallerScope) -> None:
    """End every session of the caller but the one that asks."""
    await current().sessions.revoke_others(scope)


@router.delete("/me/sessions/{session_id}", status_code=204)
async def end_session(session_id: SessionId, scope: CallerScope) -> None:
    """End one of the caller's sessions."""
    await current().sessions.revoke(scope, session_id)


@router.put("/me/password", status_code=204)
async def change_password(body: PasswordChange, scope: CallerScope, request: Request, response: Response) -> None:
    """Choose a new password, in a browser; every session ends, and this one gets a new cookie."""
    keep_session(
        response,
        await current().accounts.change_password(
            scope, body.current_password, body.new_password, visit_of(request), end_keys=body.end_api_keys
        ),
    )


@router.get("/me/second-factor", response_model=SecondFactor)
async def get_second_factor(scope: CallerScope) -> SecondFactorView:
    """Return whether the caller has a second factor."""
    return await current().second_factor.status(scope)


@router.post("/me/second-factor", response_model=SecondFactorStart)
async def begin_second_factor(scope: CallerScope) -> SecondFactorSetup:
    """Make a secret for an authenticator app; confirm it with a first code."""
    return await current().second_factor.begin(scope)


@router.post("/me/second-factor/confirm", response_model=RecoveryCodes)
async def confirm_second_factor(body: OneTimeCode, scope: CallerScope) -> dict[str, tuple[str, ...]]:
    """Switch the second factor on; the recovery codes are shown this once."""
    return {"recovery_codes": await current().second_factor.confirm(scope, body.code)}


@router.delete("/me/second-factor", status_code=204)
async def disable_second_factor(scope: CallerScope) -> None:
    """Switch the second factor off."""
    await current().second_factor.disable(scope)


@router.post("/me/second-factor/recovery-codes", response_model=RecoveryCodes)
async def renew_recovery_codes(scope: CallerScope) -> dict[str, tuple[str, ...]]:
    """Replace the recovery codes."""
    return {"recovery_codes": await current().second_factor.renew_codes(scope)}


@router.get("/me/export", response_class=StreamingResponse)
async def export_data(scope: CallerScope) -> StreamingResponse:
    """Return everything that is kept about the caller here, as one JSON file."""
    pieces = await current().personal_data.export(scope)
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return StreamingResponse(pieces, media_type="application/json", headers=headers)
