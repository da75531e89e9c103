"""Access tokens for programs, in exchange for an account's password."""

from fastapi import Request

from ragapp.api.routes import open_router
from ragapp.api.schemas.account import Login, Tenant, Token, TokenUser
from ragapp.api.visits import visit_of
from ragapp.services.identity.sign_in import PasswordAttempt
from ragapp.services.registry import current
from ragapp.services.views import Credential

router = open_router("account")


@router.post("/auth/token", response_model=Token)
async def issue_token(body: Login, request: Request) -> Token:
    """Sign in and receive an access token. With a second factor set up, send its code as `otp`."""
    attempt = PasswordAttempt(body.email, body.password, body.tenant)
    return _token(await current().sign_in.issue_token(attempt, visit_of(request), otp=body.otp))


def _token(credential: Credential) -> Token:
    me = credential.me
    return Token(
        access_token=credential.token,
        expires_in_s=credential.expires_in_s,
        tenant=Tenant.model_validate(me.tenant),
        user=TokenUser(id=me.user.id, email=me.user.email, name=me.user.name, role=me.role),
    )
