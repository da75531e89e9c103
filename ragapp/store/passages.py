"""What a search reads: columns only, by statements that are built once. Every question runs these two."""

from dataclasses import dataclass

from sqlalchemy import BindParameter, ColumnElement, String, and_, bindparam
from sqlmodel import col, select

from ragapp.core.scope import Role
from ragapp.models import Chunk, Document, KnowledgeBase
from ragapp.store.prepared import TENANT
from ragapp.store.readable import base_readable, in_readable_base

USER: BindParameter[str] = bindparam("user_id", type_=String())


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A current chunk with the title of its document."""

    chunk_id: str
    document_id: str
    title: str
    page: int | None
    text: str
    start: int
    end: int
    heading: str
    language: str
    knowledge_base_id: str
    column_names: list[str] | None
    rows_start: int


_REVISIONS = select(col(KnowledgeBase.id), col(KnowledgeBase.revision)).where(col(KnowledgeBase.tenant_id) == TENANT)

REVISIONS = {role: _REVISIONS.where(base_readable(role, TENANT, USER)) for role in Role}
"""By the asker's role: the knowledge bases they may read. Who reads all of them pays for no check."""

_READABLE_BASES = {
    role: select(KnowledgeBase).where(
        col(KnowledgeBase.tenant_id) == TENANT, base_readable(role, TENANT, USER)
    )
    for role in Role
}

DEFAULT_BASE = {role: bases.where(col(KnowledgeBase.is_default)) for role, bases in _READABLE_BASES.items()}
"""By the asker's role: the default knowledge base, if they may read it."""

ONE_BASE = {
    role: bases.where(col(KnowledgeBase.id) == bindparam("of_base", type_=String()))
    for role, bases in _READABLE_BASES.items()
}
"""By the asker's role: one knowledge base, if they may read it."""

_CURRENT_PASSAGES = (
    select(  # type: ignore[call-overload]
        Chunk.id,
        Chunk.document_id,
        Document.title,
        Chunk.page,
        Chunk.text,
        Chunk.start,
        Chunk.end,
        Chunk.heading,
        Chunk.language,
        Document.knowledge_base_id,
        Chunk.column_names,
        Chunk.rows_start,
    )
    .join(
        Document,
        and_(
            col(Chunk.tenant_id) == TENANT,
            col(Document.tenant_id) == TENANT,
            col(Document.id) == col(Chunk.document_id),
        ),
    )
    .where(
        col(Document.deleted_at).is_(None),
        col(Document.version) > 0,
        col(Chunk.version) == col(Document.version),
        col(Chunk.id).in_(bindparam("ids", expanding=True)),
    )
)


def _readable(role: Role) -> ColumnElement[bool]:
    return in_readable_base(role, TENANT, USER, Document.knowledge_base_id)


CURRENT_PASSAGES = {role: _CURRENT_PASSAGES.where(_readable(role)) for role in Role}
"""By the asker's role: only what they may read, whatever an index says."""
