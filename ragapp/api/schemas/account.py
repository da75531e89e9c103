"""Shapes of sign-in and of the caller."""

from typing import Annotated

from pydantic import Field

from ragapp.api.parameters import Answer, RequestBody, Text
from ragapp.core.scope import Permission, Role


class Login(RequestBody):
    """An account's credentials; `tenant` (its slug) is needed only by members of several."""

    email: Annotated[Text, Field(max_length=320)]
    password: Annotated[Text, Field(max_length=1024)]
    otp: Annotated[Text, Field(max_length=64)] | None = None
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
