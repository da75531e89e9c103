"""Shapes of sign-in, the caller, knowledge bases and health."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from ragapp.api.parameters import Answer, RequestBody, Text
from ragapp.core.scope import Permission, Role

Name = Annotated[Text, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
Description = Annotated[Text, Field(max_length=2000)]


class Login(RequestBody):
    """An account's credentials; `tenant` (its slug) is needed only by members of several."""

    email: Annotated[Text, Field(max_length=320)]
    password: Annotated[Text, Field(max_length=1024)]
    otp: Annotated[Text, Field(max_length=16)] | None = None
    tenant: Annotated[Text, Field(max_length=100)] | None = None


class Tenant(Answer):
    """A tenant as its members see it."""

    id: str
    slug: str
    name: str


class TokenUser(Answer):
    """The user a token was issued to."""

    id: str
    email: str
    name: str
    role: Role


class Token(Answer):
    """An access token: send it as `Authorization: Bearer`."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a kind of token, not a token
    expires_in_s: int | None
    tenant: Tenant
    user: TokenUser


class User(Answer):
    """A user as they see themselves."""

    id: str
    email: str
    name: str
    language: str


class Me(Answer):
    """The caller."""

    user: User
    tenant: Tenant
    role: Role
    permissions: list[Permission]
    limits: dict[str, int]
    flags: dict[str, bool]


class KnowledgeBase(Answer):
    """A collection of documents that is searched as a whole."""

    id: str
    name: str
    description: str
    is_default: bool
    document_count: int
    chunk_count: int
    created_at: datetime


class NewKnowledgeBase(RequestBody):
    """A knowledge base to create."""

    name: Name
    description: Description = ""


class KnowledgeBaseChange(RequestBody):
    """What may be changed of a knowledge base; what is absent stays."""

    name: Name | None = None
    description: Description | None = None


class Check(Answer):
    """One part of the service; `detail` says how to make it well."""

    status: str
    detail: str


class Health(Answer):
    """How the service is."""

    status: str = Field(description='"healthy", "degraded" or "unhealthy".')
    version: str
    models_loaded: bool
    vector_db_connected: bool
    generator: str
    generator_model: str
    generator_problem: str = Field(description="A stable error code, or empty.")
    checks: dict[str, Check]


class Alive(Answer):
    """A probe's answer."""

    status: str
