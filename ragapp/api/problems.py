"""Errors as answers: RFC 9457 problem documents, one status per branch of the error tree."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from ragapp.api.rate_headers import refusal_headers
from ragapp.core import errors

_log = structlog.get_logger(__name__)

Described = tuple[Mapping[str, object], Mapping[str, str] | None]
"""A problem document and the headers that its cause brings."""
Describe = Callable[[Request, Exception], Described]
Handler = Callable[[Request, Exception], Awaitable[Response]]
Render = Callable[[Mapping[str, object], Mapping[str, str] | None], Response]

STATUS_BY_ERROR: Mapping[type[errors.RagAppError], int] = {
    errors.NotAuthenticated: 401,
    errors.PermissionDenied: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Cancelled: 409,
    errors.FileTooLarge: 413,
    errors.UnsupportedFileType: 415,
    errors.InvalidInput: 422,
    errors.IngestionFailed: 422,
    errors.LimitReached: 429,
    errors.Defect: 500,
    errors.Unavailable: 503,
}
_DEFAULT_RETRY_AFTER_S = {429: 60, 503: 5}
_CODE_BY_STATUS = {400: "invalid_input", 404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}
_MOST_ERRORS_SHOWN = 20
_LONGEST_LOCATION = 80


class HttpProblem(HTTPException):
    """Something only HTTP knows about: a body too large, a wrong media type, a foreign origin."""

    def __init__(self, status: int, code: str, detail: str, allowed_methods: Sequence[str] = ()) -> None:
        super().__init__(status, detail, {"Allow": ", ".join(allowed_methods)} if allowed_methods else None)
        self.code = code


class InvalidRows(HttpProblem):
    """Rows of a file that cannot be taken over: (where, what is wrong, its code) of each."""

    def __init__(self, wrong: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(422, errors.InvalidInput.code, "Some rows cannot be taken over. Nothing was added.")
        self.errors = [{"field": where, "message": what, "type": code} for where, what, code in wrong]


def status_of(error: type[errors.RagAppError]) -> int:
    """Return the HTTP status of an error: that of its nearest ancestor in the table, 500 where there is none."""
    return next((STATUS_BY_ERROR[kind] for kind in error.__mro__ if kind in STATUS_BY_ERROR), 500)


def error_types(root: type[errors.RagAppError] = errors.RagAppError) -> Iterator[type[errors.RagAppError]]:
    """Yield every error below `root`, depth first."""
    for kind in root.__subclasses__():
        yield kind
        yield from error_types(kind)


_STATUS_BY_CODE = {kind.code: status_of(kind) for kind in error_types()}


def status_of_code(code: str) -> int:
    """Return the HTTP status of a failure known by its stable code only."""
    return _STATUS_BY_CODE.get(code, 500)


def problem_document(status: int, code: str, detail: str, **more: object) -> dict[str, object]:
    """Return the members of a problem document; `more` are extension members."""
    kind, title = f"urn:ragapp:error:{code}", HTTPStatus(status).phrase
    return {"type": kind, "title": title, "status": status, "detail": detail, "code": code, **more}


def problem_of_code(code: str, detail: str, retry_after_s: int | None = None) -> dict[str, object]:
    """Return the problem document of a failure known by its stable code only."""
    status = status_of_code(code)
    return problem_document(status, code, detail, **_retry_member(status, retry_after_s))


def render_problem(document: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem document as a response."""
    more = {**(headers or {}), **problem_headers(document)}
    return Response(orjson.dumps(document), int(str(document["status"])), more, media_type="application/problem+json")


def problem_headers(document: Mapping[str, object]) -> dict[str, str]:
    """Return the `Retry-After` or `WWW-Authenticate` that the status of a problem wants."""
    headers = {}
    if "retry_after_s" in document:
        headers["Retry-After"] = str(document["retry_after_s"])
    if document["status"] == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers | refusal_headers(document)


def problem_of_error(error: errors.RagAppError) -> dict[str, object]:
    """Return the problem document of one of our own errors."""
    status = status_of(type(error))
    more: dict[str, object] = _retry_member(status, getattr(error, "retry_after_s", None))
    details = {name: value for name, value in error.details.items() if name not in more}
    if details:
        more["details"] = details
    return problem_document(status, error.code, error.user_message, **more)


def install_problem_handlers(api: FastAPI, dialects: Mapping[str, Render]) -> None:
    """Make every failure of `api` a problem document; addresses that start as in `dialects` render it their own way."""
    api.add_exception_handler(errors.RagAppError, _answering(_of_own_error, dialects))
    api.add_exception_handler(RequestValidationError, _answering(_of_invalid_request, dialects))
    api.add_exception_handler(HTTPException, _answering(_of_http_exception, dialects))
    api.add_exception_handler(ClientDisconnect, _on_disconnect)
    api.add_exception_handler(Exception, _answering(_of_unexpected, dialects))


def _retry_member(status: int, retry_after_s: int | None) -> dict[str, object]:
    if status not in _DEFAULT_RETRY_AFTER_S:
        return {}
    return {"retry_after_s": retry_after_s or _DEFAULT_RETRY_AFTER_S[status]}


def _answering(describe: Describe, dialects: Mapping[str, Render]) -> Handler:
    """Return the handler that shows what `describe` says, in the dialect of the address."""

    async def answer(request: Request, error: Exception) -> Response:
        document, headers = describe(request, error)
        path = request.url.path
        render = next((dialects[prefix] for prefix in dialects if path.startswith(prefix)), render_problem)
        return render(document, headers)

    return answer


def _of_own_error(request: Request, error: Exception) -> Described:
    assert isinstance(error, errors.RagAppError)  # noqa: S101 - registered for this type
    if isinstance(error, errors.Defect):
        _log.error("request.failed", path=request.url.path, code=error.code, exc_info=error)
    return problem_of_error(error), None


def _of_invalid_request(_request: Request, error: Exception) -> Described:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
    details = _describe(error.errors())
    first = f"{details[0]['field']}: {details[0]['message']}" if details else errors.InvalidInput.default_message
    return problem_document(422, "invalid_input", first, errors=details), None


def _describe(found: Sequence[Any]) -> list[dict[str, str]]:
    """Say what is wrong and where, never echo the value."""
    return [
        {
            "field": ".".join(str(part)[:_LONGEST_LOCATION] for part in item["loc"]),
            "message": item["msg"],
            "type": item["type"],
        }
        for item in found[:_MOST_ERRORS_SHOWN]
    ]


def _of_http_exception(_request: Request, error: Exception) -> Described:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
    # The framework says 400 for a body it cannot parse; the contract says 422 for anything invalid.
    status = 422 if error.status_code == HTTPStatus.BAD_REQUEST else error.status_code
    code = getattr(error, "code", None) or _CODE_BY_STATUS.get(error.status_code, _code_of_phrase(status))
    more: dict[str, object] = {"errors": error.errors} if isinstance(error, InvalidRows) else {}
    return problem_document(status, code, str(error.detail), **_retry_member(status, None), **more), error.headers


def _code_of_phrase(status: int) -> str:
    return re.sub(r"\W+", "_", HTTPStatus(status).phrase.lower())


async def _on_disconnect(_request: Request, _error: Exception) -> Response:
    """Nobody reads this answer: the client hung up while it was sending or waiting."""
    return Response(status_code=499)


def _of_unexpected(request: Request, error: Exception) -> Described:
    _log.error("request.failed", path=request.url.path, error_type=type(error).__name__)
    return problem_document(500, errors.Defect.code, errors.Defect.default_message), None
