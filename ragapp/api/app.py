"""The REST application: one router per resource, one shape of error, nothing else."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request
from starlette.routing import BaseRoute, Match

from ragapp.api import (
    account,
    api_keys,
    audit,
    auth_account_routes,
    auth_routes,
    auth_token,
    chats,
    chats_of_others,
    documents,
    downloads,
    external_auth,
    filing,
    flags,
    health,
    imports,
    invitations,
    invite_auth,
    knowledge_bases,
    members,
    messages,
    metrics,
    missing_reports,
    openai_chat,
    openai_embeddings,
    openai_models,
    platform_oversight,
    quality,
    quality_questions,
    query,
    search,
    shares,
    sign_in_providers,
    tasks,
    tenant,
    tenants,
    uploads,
    usage,
    versions,
)
from ragapp.api.openai_errors import render_openai_error
from ragapp.api.problems import HttpProblem, install_problem_handlers
from ragapp.api.reference import OPENAPI_PATH, add_reference
from ragapp.api.schemas.common import Problem
from ragapp.api.schemas.openai import OpenAiFailure
from ragapp.core.errors import NotFound

API_PREFIX = "/api/v1"
OPENAI_PREFIX = "/v1"
CONTRACT_VERSION = "1.0"

# Routers are tried in this order: what is asked most comes first.
_RESOURCES = (
    search,
    query,
    auth_token,
    account,
    health,
    uploads,
    documents,
    downloads,
    filing,
    imports,
    versions,
    tasks,
    chats,
    shares,
    chats_of_others,
    messages,
    knowledge_bases,
    sign_in_providers,
    members,
    invitations,
    api_keys,
    tenant,
    tenants,
    flags,
    usage,
    audit,
    missing_reports,
    quality,
    quality_questions,
    platform_oversight,
)
_OPENAI_RESOURCES = (openai_chat, openai_embeddings, openai_models)
_SCHEMAS = "#/components/schemas"
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem document (RFC 9457).",
        "content": {"application/problem+json": {"schema": {"$ref": f"{_SCHEMAS}/Problem"}}},
    }
}
_OPENAI_ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"description": "An error in OpenAI's shape.", "model": OpenAiFailure},
}
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


class _Api(FastAPI):
    """An application whose every operation may also answer with a problem document."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        if not self.openapi_schema:
            document = super().openapi()
            problem = Problem.model_json_schema(ref_template=f"{_SCHEMAS}/{{model}}")
            document["components"]["schemas"] |= {**problem.pop("$defs"), "Problem": problem}
        return super().openapi()


def build_api() -> FastAPI:
    """Return the application that answers `/api/v1`, `/v1` and `/auth`; the rest may be mounted behind it."""
    api = _Api(title="ragapp", version=CONTRACT_VERSION, openapi_url=OPENAPI_PATH, docs_url=None, redoc_url=None)
    install_problem_handlers(api, {f"{OPENAI_PREFIX}/": render_openai_error})
    for resource in _RESOURCES:
        api.include_router(resource.router, prefix=API_PREFIX, responses=_PROBLEMS)
    for resource in _OPENAI_RESOURCES:
        api.include_router(resource.router, prefix=OPENAI_PREFIX, responses=_OPENAI_ERRORS)
    api.include_router(metrics.router)
    api.include_router(auth_routes.router)
    api.include_router(invite_auth.router)
    api.include_router(auth_account_routes.router)
    api.include_router(external_auth.router)
    add_reference(api)
    _refuse_the_rest(api)
    return api


def _refuse_the_rest(api: FastAPI) -> None:
    """Add the last API route: behind it the pages would answer an unknown address, or method, with HTML."""
    known = tuple(api.routes)

    async def refuse(request: Request) -> None:
        allowed = [method for method in _METHODS if _is_known(known, request, method)]
        if allowed:
            raise HttpProblem(405, "method_not_allowed", "This address does not take that method.", allowed)
        raise NotFound("There is no such address in this API.")

    for prefix in ("/api", OPENAI_PREFIX):
        api.add_api_route(f"{prefix}/{{rest:path}}", refuse, methods=_METHODS, include_in_schema=False)


def _is_known(routes: Iterable[BaseRoute], request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] is Match.FULL for route in routes)
