"""Errors as OpenAI's clients read them: `{"error": {message, type, code, param}}`."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Response

from ragapp.api.problems import problem_headers
from ragapp.api.rendering import encode, render_json

_STATUS = {HTTPStatus.UNPROCESSABLE_ENTITY: HTTPStatus.BAD_REQUEST}
"""Their contract says 400 where ours says 422."""
_IN_BODY = "body."
_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}


def render_openai_error(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Return a problem document as OpenAI's error, with OpenAI's status."""
    response = render_json(openai_error(document), _status_of(document))
    response.headers.update(problem_headers(document) | dict(headers or {}))
    return response


def encode_openai_failure(document: Mapping[str, Any]) -> bytes:
    """Return the event that ends a stream that failed; clients raise on it."""
    return b"data: %b\n\n" % encode(openai_error(document))


def openai_error(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a `schemas.openai.OpenAiFailure`."""
    status = _status_of(document)
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _TYPES.get(status, "invalid_request_error")
    message = str(document["detail"]).removeprefix(_IN_BODY)
    return {"error": {"message": message, "type": kind, "code": document["code"], "param": _field_of(document)}}


def _status_of(document: Mapping[str, Any]) -> int:
    status = int(document["status"])
    return _STATUS.get(HTTPStatus(status), status)


def _field_of(document: Mapping[str, Any]) -> str | None:
    """Return the first field that is wrong, as the caller named it."""
    if document.get("errors"):
        return str(document["errors"][0]["field"]).removeprefix(_IN_BODY)
    field = document.get("details", {}).get("field")
    return None if field is None else str(field)
