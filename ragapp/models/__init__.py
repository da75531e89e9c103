"""SQLModel tables and constraints; no behaviour beyond validation."""

from sqlmodel import SQLModel

from ragapp.models.access import ApiKey, KnownDevice, PasswordReset, RecoveryCode, Session
from ragapp.models.conversation import Chat, ChatPermission, Feedback, Message
from ragapp.models.library import (
    Chunk,
    ChunkVector,
    Document,
    DocumentTag,
    DocumentText,
    DocumentWord,
    KnowledgeBase,
    VectorCollection,
)
from ragapp.models.oversight import AuditEvent, FeatureFlag, PlatformFlag, ServiceHealth, TenantUsage
from ragapp.models.people import (
    ExternalLogin,
    Identity,
    IdentityProvider,
    Invitation,
    KnowledgeBaseMember,
    MissingReport,
    OutboxMail,
)
from ragapp.models.quality import QualityQuestion, QualityResult, QualityRun
from ragapp.models.searched import with_words
from ragapp.models.sources import DocumentOrigin, DocumentVersion, Source
from ragapp.models.tenancy import OWNER_KEY, Installation, Membership, Tenant, TenantTotals, User
from ragapp.models.work import IdempotencyKey, Task

metadata = SQLModel.metadata

TENANT_TABLES = (
    "knowledge_bases",
    "documents",
    "document_texts",
    "document_tags",
    "document_words",
    "chunks",
    "chunk_vectors",
    "vector_collections",
    "tasks",
    "idempotency_keys",
    "chats",
    "chat_permissions",
    "messages",
    "feedback",
    "knowledge_base_members",
    "missing_reports",
    "document_versions",
    "document_origins",
    "sources",
    "quality_questions",
    "quality_runs",
    "quality_results",
)
"""Tables that hold a tenant's content: only reachable inside `store.begin(scope)`, row level security on PostgreSQL."""

SHARED_TABLES = (
    "memberships",
    "sessions",
    "api_keys",
    "invitations",
    "identity_providers",
    "external_logins",
    "tenant_totals",
    "tenant_usage",
    "feature_flags",
    "audit_events",
)
"""Tables of a tenant without content, which the platform reads too: before a tenant is known, or to run the service."""

__all__ = [
    "OWNER_KEY",
    "SHARED_TABLES",
    "TENANT_TABLES",
    "ApiKey",
    "AuditEvent",
    "Chat",
    "ChatPermission",
    "Chunk",
    "ChunkVector",
    "Document",
    "DocumentOrigin",
    "DocumentTag",
    "DocumentText",
    "DocumentVersion",
    "DocumentWord",
    "ExternalLogin",
    "FeatureFlag",
    "Feedback",
    "IdempotencyKey",
    "Identity",
    "IdentityProvider",
    "Installation",
    "Invitation",
    "KnowledgeBase",
    "KnowledgeBaseMember",
    "KnownDevice",
    "Membership",
    "Message",
    "MissingReport",
    "OutboxMail",
    "PasswordReset",
    "PlatformFlag",
    "QualityQuestion",
    "QualityResult",
    "QualityRun",
    "RecoveryCode",
    "ServiceHealth",
    "Session",
    "Source",
    "Task",
    "Tenant",
    "TenantTotals",
    "TenantUsage",
    "User",
    "VectorCollection",
    "metadata",
    "with_words",
]
