"""The REST application: one router per resource, one shape of error, nothing else."""

from typing import Any

from fastapi import FastAPI

from ragapp.api import (
    auth_token,
    chats,
    documents,
    downloads,
    health,
    knowledge_bases,
    me,
    messages,
    query,
    search,
    tasks,
    uploads,
)
from ragapp.api.problems import install_problem_handlers
from ragapp.api.reference import OPENAPI_PATH, add_reference
from ragapp.api.schemas.common import Problem
from ragapp.core.errors import NotFound

API_PREFIX = "/api/v1"
CONTRACT_VERSION = "1.0"

_RESOURCES = (
    auth_token,
    me,
    health,
    uploads,
    documents,
    downloads,
    tasks,
    search,
    query,
    chats,
    messages,
    knowledge_bases,
)
_PROBLEM: dict[str, Any] = {"model": Problem, "content": {"application/problem+json": {}}}
_PROBLEMS: dict[int | str, dict[str, Any]] = {"default": _PROBLEM | {"description": "A problem document (RFC 9457)."}}
_ANY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def build_api() -> FastAPI:
    """Return the application that answers `/api/v1` and `/auth`; whatever it does not know may be mounted behind it."""
    api = FastAPI(title="ragapp", version=CONTRACT_VERSION, openapi_url=OPENAPI_PATH, docs_url=None, redoc_url=None)
    install_problem_handlers(api)
    for resource in _RESOURCES:
        api.include_router(resource.router, prefix=API_PREFIX, responses=_PROBLEMS)
    add_reference(api)
    # The last API route: behind it the pages would answer an unknown address with HTML.
    api.add_api_route("/api/{rest:path}", _unknown_address, methods=_ANY_METHOD, include_in_schema=False)
    return api


async def _unknown_address(rest: str) -> None:  # noqa: ARG001 - the route's path parameter
    raise NotFound("There is no such address in this API.")
