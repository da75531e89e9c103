"""Shapes of sharing."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ragapp.api.parameters import Answer, RequestBody, UserId
from ragapp.core.sharing import ChatSharing, SharePermission

UserIds = Annotated[list[UserId], Field(max_length=100)]


class NewShare(RequestBody):
    """With whom to share: members by id, or everyone in the organisation ("private" takes everything back)."""

    user_ids: UserIds | None = None
    visibility: Literal["private", "tenant_shared"] | None = None
    permission: Annotated[SharePermission, Field(strict=False)] = SharePermission.READ


class EndedShare(RequestBody):
    """From whom to take a chat back; without members: from everybody."""

    user_ids: UserIds | None = None
    visibility: Literal["tenant_shared"] | None = Field(None, description="Take it back from the organisation only.")


class Share(Answer):
    """One member's right."""

    user_id: str
    name: str
    email: str
    permission: SharePermission


class Shares(Answer):
    """How a chat is shared."""

    chat_id: str
    visibility: str
    permission: SharePermission = Field(description="What everyone in the organisation may do, if it is shared so.")
    items: list[Share]
    allowed: ChatSharing = Field(description="What the organisation's policy lets work now.")


class Person(Answer):
    """A colleague one can share with."""

    id: str
    name: str
    email: str
    role: str


class Reading(Answer):
    """An administrator read this chat."""

    name: str
    at: datetime


class ChatOfOther(Answer):
    """A chat of somebody else."""

    id: str
    title: str
    owner_id: str
    owner_name: str
    updated_at: datetime
    message_count: int
