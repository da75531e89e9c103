"""What sharing hands out: who may read a chat, whom to share with, who looked at it, who reads a knowledge base."""

from dataclasses import dataclass
from datetime import datetime

from ragapp.core.ids import ChatId, KnowledgeBaseId, UserId
from ragapp.core.scope import Role
from ragapp.core.sharing import BaseAccess, ChatSharing, SharePermission


@dataclass(frozen=True, slots=True)
class PersonView:
    """A colleague, as far as choosing one needs it."""

    id: UserId
    name: str
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class ShareView:
    """One member's right on a chat that is not theirs."""

    user_id: UserId
    name: str
    email: str
    permission: SharePermission


@dataclass(frozen=True, slots=True)
class SharesView:
    """How a chat is shared.

    `visibility` is "private" or "tenant_shared"; `permission` is what the tenant may do then. `allowed` is what the
    tenant's policy lets work now, shares made earlier included.
    """

    chat_id: ChatId
    visibility: str
    permission: SharePermission
    items: tuple[ShareView, ...]
    allowed: ChatSharing


@dataclass(frozen=True, slots=True)
class ReadingView:
    """An administrator read a chat that is not theirs; told to the chat's owner."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ChatOfOtherView:
    """A chat of somebody else, in the list an administrator gets where the tenant's policy allows it."""

    id: ChatId
    title: str
    owner_id: UserId
    owner_name: str
    updated_at: datetime
    message_count: int


@dataclass(frozen=True, slots=True)
class BaseAccessView:
    """Who may read a knowledge base. `members` are the chosen ones, whatever `access` is now."""

    knowledge_base_id: KnowledgeBaseId
    access: BaseAccess
    access_role: Role
    members: tuple[PersonView, ...]
