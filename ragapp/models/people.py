"""How people come into a tenant: invitations, and sign-in services of the tenant's own."""

from datetime import datetime

from sqlalchemy import JSON, Column, Index, Text, text
from sqlmodel import Field, SQLModel

from ragapp.models.base import TenantRow, child_of, utc_now

_OPEN = text("accepted_at IS NULL AND revoked_at IS NULL")


class Invitation(TenantRow, table=True):
    """A single-use link bound to an address, a tenant and a role. At most one open one per address."""

    __tablename__ = "invitations"
    __table_args__ = (
        Index(
            "uq_invitations_open", "tenant_id", "email", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    email: str = Field(max_length=254)
    role: str = Field(max_length=16)
    token_hash: str = Field(max_length=64, unique=True)
    invited_by: str = Field(max_length=32, foreign_key="users.id")
    created_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime
    accepted_at: datetime | None = None
    accepted_by: str | None = Field(default=None, max_length=32)
    revoked_at: datetime | None = None


class IdentityProvider(TenantRow, table=True):
    """An OpenID Connect service a tenant's people may sign in with; the client secret is encrypted."""

    __tablename__ = "identity_providers"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=100)
    issuer: str = Field(max_length=500)
    client_id: str = Field(max_length=255)
    client_secret: str = Field(sa_column=Column(Text, nullable=False))
    domains: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    auto_join: bool = False
    default_role: str = Field(default="member", max_length=16)
    is_enabled: bool = True
    created_at: datetime = Field(default_factory=utc_now)


class Identity(SQLModel, table=True):
    """Who an issuer says somebody is: `(issuer, subject)` names one user, an e-mail address never does."""

    __tablename__ = "identities"

    issuer: str = Field(primary_key=True, max_length=500)
    subject: str = Field(primary_key=True, max_length=255)
    user_id: str = Field(max_length=32, foreign_key="users.id", ondelete="CASCADE", index=True)
    created_at: datetime = Field(default_factory=utc_now)
    seen_at: datetime = Field(default_factory=utc_now)


class ExternalLogin(TenantRow, table=True):
    """A sign-in that is under way at an identity provider; used once, by the browser that began it."""

    __tablename__ = "external_logins"
    __table_args__ = (child_of("identity_providers", "provider_id"),)

    state_hash: str = Field(primary_key=True, max_length=64)
    provider_id: str = Field(max_length=32)
    browser_hash: str = Field(max_length=64)
    secrets: str = Field(sa_column=Column(Text, nullable=False))
    next_path: str = Field(default="/", max_length=2000)
    link_user_id: str | None = Field(default=None, max_length=32)
    created_at: datetime = Field(default_factory=utc_now)
    expires_at: datetime


class OutboxMail(SQLModel, table=True):
    """A message on its way; `payload` (encrypted, it holds links) is emptied once it is sent."""

    __tablename__ = "outbox_mails"
    __table_args__ = (Index("ix_outbox_mails_due", "status", "run_after"),)

    id: str = Field(primary_key=True, max_length=32)
    kind: str = Field(max_length=32)
    language: str = Field(max_length=8)
    payload: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(default="queued", max_length=16)
    attempts: int = 0
    run_after: datetime = Field(default_factory=utc_now)
    error: str = Field(default="", max_length=300)
    created_at: datetime = Field(default_factory=utc_now)
    sent_at: datetime | None = None


class KnowledgeBaseMember(TenantRow, table=True):
    """A member chosen to read a knowledge base whose access is "members"."""

    __tablename__ = "knowledge_base_members"
    __table_args__ = (child_of("knowledge_bases", "knowledge_base_id"),)

    knowledge_base_id: str = Field(primary_key=True, max_length=32)
    user_id: str = Field(primary_key=True, max_length=32, foreign_key="users.id", ondelete="CASCADE")


class MissingReport(TenantRow, table=True):
    """A question somebody told the admins the documents do not answer. No key to the message: chats may go."""

    __tablename__ = "missing_reports"

    id: str = Field(primary_key=True, max_length=32)
    message_id: str = Field(max_length=32)
    user_id: str = Field(max_length=32, foreign_key="users.id")
    question: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(default_factory=utc_now)
    resolved_at: datetime | None = None
    resolved_by: str | None = Field(default=None, max_length=32)
