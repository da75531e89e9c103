"""Routes for platform operators: authenticated like everybody, then asked whether they run the platform."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials

from ragapp.api.credentials import BEARER, authenticate
from ragapp.api.routes import Handler, OpenRoute
from ragapp.core.errors import InvariantBroken
from ragapp.core.scope import PlatformScope
from ragapp.services.registry import current


class OperatorRoute(OpenRoute):
    """A route for operators: both checks stand before the body is read."""

    def get_route_handler(self) -> Handler:
        """Authenticate, require the operator, then go on."""
        handle = super().get_route_handler()

        async def admit_first(request: Request) -> Response:
            request.state.operator = await current().access.operator_scope(await authenticate(request))
            return await handle(request)

        return admit_first


def operator_router(tag: str) -> APIRouter:
    """Return a router whose every route is for platform operators only."""
    return APIRouter(tags=[tag], route_class=OperatorRoute)


async def operator_scope(
    request: Request, _documented: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)]
) -> PlatformScope:
    """Return the scope that `OperatorRoute` established before the body was read.

    Raises:
        InvariantBroken: the route is not an `OperatorRoute`.
    """
    scope = getattr(request.state, "operator", None)
    if not isinstance(scope, PlatformScope):
        raise InvariantBroken("A route wants an operator but does not admit one.")
    return scope


OperatorScope = Annotated[PlatformScope, Depends(operator_scope)]
"""The operator who calls, for routes of `operator_router` routers."""
