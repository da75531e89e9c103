"""Which knowledge bases the acting member may read: the one condition over everything that is in them.

What is in a knowledge base that somebody may not read does not exist for them. Owners and administrators, who manage
documents, read all of them, at no cost.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, not_, or_, true
from sqlmodel import col, select

from ragapp.core.scope import Role, TenantScope, is_at_least
from ragapp.core.sharing import BaseAccess
from ragapp.models import Document, KnowledgeBase, KnowledgeBaseMember


def reads_everything(role: Role) -> bool:
    """Return whether a role reads every knowledge base of its tenant."""
    return is_at_least(role, Role.ADMIN)


def base_readable(role: Role, tenant_id: Any, user_id: Any) -> ColumnElement[bool]:
    """Return the condition on `knowledge_bases` that such a member may read them; ids may be bound parameters."""
    if reads_everything(role):
        return true()
    chosen = select(col(KnowledgeBaseMember.knowledge_base_id)).where(
        col(KnowledgeBaseMember.tenant_id) == tenant_id, col(KnowledgeBaseMember.user_id) == user_id
    )
    roles = [wanted.value for wanted in Role if is_at_least(role, wanted)]
    access = col(KnowledgeBase.access)
    return or_(
        access == BaseAccess.EVERYONE.value,
        and_(access == BaseAccess.ROLE.value, col(KnowledgeBase.access_role).in_(roles)),
        and_(access == BaseAccess.MEMBERS.value, col(KnowledgeBase.id).in_(chosen)),
    )


def in_readable_base(role: Role, tenant_id: Any, user_id: Any, base_id: Any) -> ColumnElement[bool]:
    """Return the condition that the knowledge base `base_id`, a column, is one such a member may read."""
    if reads_everything(role):
        return true()
    return col(base_id).in_(
        select(col(KnowledgeBase.id)).where(
            col(KnowledgeBase.tenant_id) == tenant_id, base_readable(role, tenant_id, user_id)
        )
    )


def document_readable(scope: TenantScope) -> ColumnElement[bool]:
    """Return the condition on `documents` that the acting member may read their knowledge base."""
    return in_readable_base(scope.role, scope.tenant_id, scope.user_id, Document.knowledge_base_id)


def base_hidden(scope: TenantScope) -> ColumnElement[bool]:
    """Return the condition on `knowledge_bases` that the acting member, who does not read everything, may not read."""
    return not_(base_readable(scope.role, scope.tenant_id, scope.user_id))
