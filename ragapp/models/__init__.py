"""SQLModel tables and constraints; no behaviour beyond validation."""

from sqlmodel import SQLModel

from ragapp.models.access import ApiKey, Session
from ragapp.models.conversation import Chat, ChatPermission, Feedback, Message
from ragapp.models.library import Chunk, ChunkVector, Document, DocumentText, KnowledgeBase, VectorCollection
from ragapp.models.tenancy import Installation, Membership, Tenant, User
from ragapp.models.work import IdempotencyKey, Task

metadata = SQLModel.metadata

TENANT_TABLES = (
    "knowledge_bases",
    "documents",
    "document_texts",
    "chunks",
    "chunk_vectors",
    "vector_collections",
    "tasks",
    "idempotency_keys",
    "chats",
    "chat_permissions",
    "messages",
    "feedback",
)
"""Tables that hold a tenant's content: only reachable inside `store.begin(scope)`, row level security on PostgreSQL."""

__all__ = [
    "TENANT_TABLES",
    "ApiKey",
    "Chat",
    "ChatPermission",
    "Chunk",
    "ChunkVector",
    "Document",
    "DocumentText",
    "Feedback",
    "IdempotencyKey",
    "Installation",
    "KnowledgeBase",
    "Membership",
    "Message",
    "Session",
    "Task",
    "Tenant",
    "User",
    "VectorCollection",
    "metadata",
]
