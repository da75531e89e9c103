"""Shapes of sign-in services and the sign-in policy."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from ragapp.api.parameters import Answer, RequestBody, Text
from ragapp.core.identity_providers import ProviderProblem
from ragapp.core.scope import Role

Name = Annotated[Text, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
Issuer = Annotated[Text, Field(min_length=1, max_length=500, description="The issuer's address, as it spells it.")]
ClientId = Annotated[Text, Field(min_length=1, max_length=255)]
ClientSecret = Annotated[Text, Field(min_length=1, max_length=1000, description="Written only, never shown.")]
Domains = Annotated[list[Annotated[Text, Field(max_length=253)]], Field(max_length=50)]
JoiningRole = Literal["admin", "editor", "member"]


class SignInProvider(Answer):
    """An OpenID Connect service that members may sign in with."""

    id: str
    name: str
    issuer: str
    client_id: str
    domains: list[str] = Field(description="E-mail domains whose people are offered this service.")
    auto_join: bool = Field(description="People of the domains become members when they first sign in.")
    default_role: Role
    is_enabled: bool
    redirect_uri: str = Field(description="What the service must be told to lead back to, character by character.")
    created_at: datetime


class NewSignInProvider(RequestBody):
    """A sign-in service to add."""

    name: Name
    issuer: Issuer
    client_id: ClientId
    client_secret: ClientSecret
    domains: Domains = Field(default_factory=list)
    auto_join: bool = False
    default_role: JoiningRole = "member"
    is_enabled: bool = True


class SignInProviderChange(RequestBody):
    """What may be changed of a sign-in service; what is absent stays."""

    name: Name | None = None
    issuer: Issuer | None = None
    client_id: ClientId | None = None
    client_secret: ClientSecret | None = None
    domains: Domains | None = None
    auto_join: bool | None = None
    default_role: JoiningRole | None = None
    is_enabled: bool | None = None


class SignInProviderCheck(Answer):
    """Whether a sign-in service can be used, and the first thing that is wrong if it cannot."""

    is_usable: bool
    problem: ProviderProblem | None


class SignInPolicyShape(Answer):
    """How members sign in."""

    password_sign_in: bool
    second_factor_required: bool
    can_switch_off_passwords: bool = Field(description="The caller came in through a sign-in service just now.")


class SignInPolicyChange(RequestBody):
    """What may be changed of the policy; what is absent stays."""

    password_sign_in: bool | None = None
    second_factor_required: bool | None = None


class LinkedIdentityShape(Answer):
    """An identity at a sign-in service that signs the caller in."""

    key: str
    service: str
    created_at: datetime
    seen_at: datetime
