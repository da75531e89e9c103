"""Shapes of sign-in and of the caller."""

from datetime import datetime
from typing import Annotated, Literal

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
    theme: str
    is_operator: bool
    has_password: bool
    has_second_factor: bool


class Me(Answer):
    """The caller."""

    user: User
    tenant: Tenant
    role: Role
    permissions: list[Permission]
    limits: dict[str, int]
    flags: dict[str, bool]


class ProfileChange(RequestBody):
    """What a member changes about themselves; what is absent stays."""

    name: Annotated[Text, Field(min_length=1, max_length=200)] | None = None
    language: Literal["en", "hr"] | None = None
    theme: Literal["light", "dark", "system"] | None = None


class ConfirmIdentity(RequestBody):
    """The password or, for accounts without one, a code of the second factor."""

    password: Annotated[Text, Field(max_length=1024)] = ""
    code: Annotated[Text, Field(max_length=64)] = ""


class PasswordChange(RequestBody):
    """The password of now, and the one to be."""

    current_password: Annotated[Text, Field(max_length=1024)]
    new_password: Annotated[Text, Field(max_length=1024)]
    end_api_keys: bool = Field(default=False, description="End all of one's API keys too, in every organisation.")


class OneTimeCode(RequestBody):
    """A code of the authenticator app."""

    code: Annotated[Text, Field(max_length=16)]


class Session(Answer):
    """One place where the caller is signed in."""

    id: str
    kind: str = Field(description="browser or access (an access token).")
    device: str
    address: str
    tenant_name: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    is_current: bool


class Sessions(Answer):
    """Where the caller is signed in, the place used last first."""

    items: list[Session]


class SecondFactor(Answer):
    """Whether the caller has a second factor, and whether their organisation asks for one."""

    is_enabled: bool
    is_required: bool
    recovery_codes_left: int


class SecondFactorStart(Answer):
    """What an authenticator app needs: the `picture` to scan, or the `secret` to type."""

    secret: str
    address: str
    picture: str


class RecoveryCodes(Answer):
    """Codes that each stand in once for a lost app."""

    recovery_codes: list[str]
