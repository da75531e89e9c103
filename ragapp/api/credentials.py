"""Who is calling: a bearer credential first, else the session cookie of the same origin."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ragapp.api.origins import is_same_origin
from ragapp.api.problems import HttpProblem
from ragapp.core.errors import InvariantBroken, NotAuthenticated
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def authenticate(request: Request, *, for_account: bool = False) -> TenantScope:
    """Resolve the caller from headers alone; the body is not touched.

    Args:
        request: The request.
        for_account: The route touches the caller's own account only; see `AccessService.scope_of_session`.

    Raises:
        NotAuthenticated: there is no valid credential. A wrong bearer credential never falls back to the cookie.
        HttpProblem: 403, a cookie came with an unsafe method from another origin.
    """
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return await current().access.scope_of_bearer(_bearer_token(authorization), for_account=for_account)
    session_token = request.cookies.get(current().settings_view.session_cookie_name)
    if not session_token:
        raise NotAuthenticated
    if request.method not in _SAFE_METHODS and not is_same_origin(request):
        raise HttpProblem(403, "cross_origin", "This request did not come from a page of this site.")
    return await current().access.scope_of_session(session_token, for_account=for_account)


def _bearer_token(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated
    return token.strip()


BEARER = HTTPBearer(auto_error=False, description="An API key or an access token.")


async def caller_scope(
    request: Request,
    _documented: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
) -> TenantScope:
    """Return the scope that `CallerRoute` established before the body was read.

    Raises:
        InvariantBroken: the route is not a `CallerRoute`.
    """
    scope = getattr(request.state, "caller", None)
    if not isinstance(scope, TenantScope):
        raise InvariantBroken("A route wants a caller but does not authenticate one.")
    return scope


CallerScope = Annotated[TenantScope, Depends(caller_scope)]
"""The authenticated caller, for routes of `CallerRoute` routers."""
