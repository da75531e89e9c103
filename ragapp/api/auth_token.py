"""Access tokens for programs, in exchange for an account's password."""

from ragapp.api.routes import open_router
from ragapp.api.schemas.account import Login, Tenant, Token, TokenUser
from ragapp.services.registry import current
from ragapp.services.views import Credential

router = open_router("account")


@router.post("/auth/token", response_model=Token)
async def issue_token(body: Login) -> Token:
    """Sign in and receive an access token."""
    issue = current().access.issue_token
    return _token(await issue(email=body.email, password=body.password, otp=body.otp, tenant=body.tenant))


def _token(credential: Credential) -> Token:
    me = credential.me
    return Token(
        access_token=credential.token,
        expires_in_s=credential.expires_in_s,
        tenant=Tenant.model_validate(me.tenant),
        user=TokenUser(id=me.user.id, email=me.user.email, name=me.user.name, role=me.role),
    )
