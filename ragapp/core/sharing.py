"""Who else may read: how a knowledge base is opened, how a chat is shared, how far a tenant lets chats be shared."""

from enum import StrEnum


class BaseAccess(StrEnum):
    """Who may read a knowledge base; owners and administrators always may."""

    EVERYONE = "everyone"
    ROLE = "role"
    """Members with a certain role or a stronger one."""
    MEMBERS = "members"
    """Chosen members."""


class ChatSharing(StrEnum):
    """How far a tenant lets its members share chats; holds for what is shared already, too."""

    NOBODY = "nobody"
    MEMBERS = "members"
    """With chosen members."""
    TENANT = "tenant"
    """With chosen members or with everyone in the organisation."""


class SharePermission(StrEnum):
    """What somebody may do in a chat that is not theirs."""

    READ = "read"
    WRITE = "write"


class ChatVisibility(StrEnum):
    """Whether a chat is shared with the whole tenant; chosen members are kept beside."""

    PRIVATE = "private"
    TENANT_SHARED = "tenant_shared"
    TENANT_WRITABLE = "tenant_writable"
    """Shared with the tenant, which may also ask; told to the outside as "tenant_shared" with permission "write"."""
