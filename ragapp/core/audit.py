"""Audit events: what is written down about security-relevant acts, and how the chain over them is formed."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ragapp.core.errors import Details
from ragapp.core.ids import TenantId

PLATFORM_CHAIN = TenantId("platform")
"""The chain of acts that belong to no tenant: creating, suspending and erasing tenants, global flags."""

Seal = Callable[[bytes], str]
"""Turns a canonical event with its predecessor's hash into the event's own hash, lowercase hex, 64 characters."""


def unkeyed_seal(canonical: bytes) -> str:
    """Seal without a key: shows accidents, not forgery. The product seals with the installation's secret."""
    return hashlib.sha256(canonical).hexdigest()


class AuditAction(StrEnum):
    """Every security-relevant act."""

    SIGNED_IN = "session.signed_in"
    SIGN_IN_REFUSED = "session.refused"
    CONFIRMATION_REFUSED = "session.confirmation_refused"
    SIGNED_OUT = "session.signed_out"
    SESSION_REVOKED = "session.revoked"
    TENANT_SWITCHED = "session.tenant_switched"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - the name of an act
    PASSWORD_RESET_REQUESTED = "password.reset_requested"  # noqa: S105 - the name of an act
    PASSWORD_RESET = "password.reset"  # noqa: S105 - the name of an act
    EMAIL_CHANGED = "email.changed"
    SECOND_FACTOR_ENABLED = "second_factor.enabled"
    SECOND_FACTOR_DISABLED = "second_factor.disabled"
    RECOVERY_CODES_RENEWED = "second_factor.codes_renewed"
    IDENTITY_LINKED = "identity.linked"
    IDENTITY_UNLINKED = "identity.unlinked"
    DATA_EXPORTED = "data.exported"
    MEMBER_INVITED = "member.invited"
    INVITATION_REVOKED = "member.invitation_revoked"
    MEMBER_JOINED = "member.joined"
    MEMBER_ROLE_CHANGED = "member.role_changed"
    MEMBER_DEACTIVATED = "member.deactivated"
    MEMBER_REACTIVATED = "member.reactivated"
    MEMBER_REMOVED = "member.removed"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"
    CHAT_SHARED = "chat.shared"
    CHAT_UNSHARED = "chat.unshared"
    CHAT_DELETED = "chat.deleted"
    CHAT_READ_BY_ADMIN = "chat.read_by_admin"
    KNOWLEDGE_BASE_CREATED = "knowledge_base.created"
    KNOWLEDGE_BASE_CHANGED = "knowledge_base.changed"
    KNOWLEDGE_BASE_DELETED = "knowledge_base.deleted"
    KNOWLEDGE_BASE_ACCESS_CHANGED = "knowledge_base.access_changed"
    DOCUMENT_ADDED = "document.added"
    DOCUMENT_RENAMED = "document.renamed"
    DOCUMENT_REPLACED = "document.replaced"
    DOCUMENT_FILED = "document.filed"
    DOCUMENT_MOVED = "document.moved"
    DOCUMENT_DELETED = "document.deleted"
    FOLDER_RENAMED = "folder.renamed"
    SOURCE_ADDED = "source.added"
    SOURCE_CHANGED = "source.changed"
    SOURCE_REMOVED = "source.removed"
    QUALITY_QUESTION_ADDED = "quality.question_added"
    QUALITY_QUESTION_CHANGED = "quality.question_changed"
    QUALITY_QUESTION_DELETED = "quality.question_deleted"
    QUALITY_QUESTIONS_IMPORTED = "quality.questions_imported"
    QUALITY_RUN_STARTED = "quality.run_started"
    QUALITY_RUN_DELETED = "quality.run_deleted"
    FLAG_CHANGED = "flag.changed"
    LIMITS_CHANGED = "limits.changed"
    SETTINGS_CHANGED = "tenant.settings_changed"
    SIGN_IN_POLICY_CHANGED = "tenant.sign_in_policy_changed"
    PROVIDER_CHANGED = "tenant.provider_changed"
    AUDIT_EXPORTED = "audit.exported"
    TENANT_CREATED = "tenant.created"
    TENANT_CHANGED = "tenant.changed"
    TENANT_SUSPENDED = "tenant.suspended"
    TENANT_RESUMED = "tenant.resumed"
    TENANT_ERASED = "tenant.erased"


@dataclass(frozen=True, slots=True)
class AuditTarget:
    """What an act was done to: a kind ("user", "chat", …), its id, and the name by which it is told later.

    Documents, knowledge bases, folders, sources and chats that others can read have a `name`: they may be gone when the
    log is read. People never do, nor chats that are private: those are named, if at all, as long as they are there.
    """

    kind: str = ""
    id: str = ""
    name: str = ""


NO_TARGET = AuditTarget()
NAME_DETAIL = "name"
"""The detail that holds a target's name, sealed like the others."""
_LONGEST_NAME = 200


def with_name(target: AuditTarget, details: Details | None) -> dict[str, str | int | float | None]:
    """Return the details of an event with the name of its target, if it has one."""
    named = {NAME_DETAIL: target.name[:_LONGEST_NAME]} if target.name else {}
    return {**(details or {}), **named}


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One event as it is hashed."""

    tenant_id: str
    sequence: int
    at: datetime
    actor_id: str
    origin: str
    action: str
    target: AuditTarget
    details: Details

    def canonical(self, previous_hash: str) -> bytes:
        """Return the bytes that are sealed: the predecessor's hash and every field, in one fixed form."""
        fields = [
            previous_hash,
            self.tenant_id,
            self.sequence,
            self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.actor_id,
            self.origin,
            self.action,
            self.target.kind,
            self.target.id,
            _ordered(self.details),
        ]
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _ordered(details: Mapping[str, object]) -> list[list[object]]:
    return [[name, details[name]] for name in sorted(details)]
