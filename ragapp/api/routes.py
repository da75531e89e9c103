"""How requests are read: credentials before the body, JSON only, at most one megabyte."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers

from ragapp.api.credentials import authenticate
from ragapp.api.problems import HttpProblem
from ragapp.api.rate_headers import standing_headers
from ragapp.api.request_metrics import observed
from ragapp.services.tenancy.rule_views import Operation

MAX_JSON_BYTES = 1_000_000

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class JsonRequest(Request):
    """A request whose body is read with a limit and parsed strictly (UTF-8, no lone surrogates, bounded depth)."""

    async def body(self) -> bytes:
        """Return the whole body.

        Raises:
            HttpProblem: 413 over `MAX_JSON_BYTES`; 415 when it does not claim to be JSON.
        """
        if not hasattr(self, "_read_body"):
            self._read_body = await self._read()
        return self._read_body

    async def json(self) -> Any:
        """Return the parsed body; a `JSONDecodeError` becomes a 422."""
        return orjson.loads(await self.body())

    async def _read(self) -> bytes:
        if declared_length(self.headers) > MAX_JSON_BYTES:
            raise _too_large()
        read = bytearray()
        async for chunk in self.stream():
            read += chunk
            if len(read) > MAX_JSON_BYTES:
                raise _too_large()
        if read and not _claims_json(self.headers.get("content-type", "")):
            raise HttpProblem(415, "unsupported_media_type", "Send the body as application/json.")
        return bytes(read)


def declared_length(headers: Headers) -> int:
    """Return the `Content-Length`, 0 where there is none or it is no number."""
    value = headers.get("content-length", "")
    return int(value) if value.isascii() and value.isdigit() else 0


def _too_large() -> HttpProblem:
    return HttpProblem(413, "body_too_large", f"A JSON body may have at most {MAX_JSON_BYTES} bytes.")


def _claims_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (media_type.startswith("application/") and media_type.endswith("+json"))


class OpenRoute(APIRoute):
    """A route that needs no credential."""

    def get_route_handler(self) -> Handler:
        """Wrap the request so that its body is read by our rules."""
        handle = super().get_route_handler()

        async def read_strictly(request: Request) -> Response:
            with observed(request.method, self.path):
                return await handle(JsonRequest(request.scope, request.receive))

        return read_strictly


class CallerRoute(OpenRoute):
    """A route for authenticated callers: FastAPI reads the body before dependencies run, so the check stands here."""

    for_account: ClassVar[bool] = False

    def get_route_handler(self) -> Handler:
        """Authenticate, then go on."""
        handle = super().get_route_handler()

        async def authenticate_first(request: Request) -> Response:
            request.state.caller = await authenticate(request, for_account=self.for_account)
            return await handle(request)

        return authenticate_first


class AccountRoute(CallerRoute):
    """A route about the caller's own account, open while their tenant still waits for their second factor."""

    for_account: ClassVar[bool] = True


def account_router(tag: str) -> APIRouter:
    """Return a router of routes about the caller's own account."""
    return APIRouter(tags=[tag], route_class=AccountRoute)


def caller_router(tag: str) -> APIRouter:
    """Return a router whose every route authenticates its caller before it reads the body."""
    return APIRouter(tags=[tag], route_class=CallerRoute)


def open_router(tag: str) -> APIRouter:
    """Return a router whose routes need no credential."""
    return APIRouter(tags=[tag], route_class=OpenRoute)


def counted_router(tag: str, operation: Operation) -> APIRouter:
    """Return a router for callers whose answers say how much of the operation's rate is left."""

    class CountedRoute(CallerRoute):
        def get_route_handler(self) -> Handler:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                response = await handle(request)
                response.headers.update(await standing_headers(request.state.caller, operation))
                return response

            return answer

    return APIRouter(tags=[tag], route_class=CountedRoute)
