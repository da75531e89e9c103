"""Identifiers: opaque, random, one type per kind of thing."""

import secrets
from typing import NewType

TenantId = NewType("TenantId", str)
UserId = NewType("UserId", str)
KnowledgeBaseId = NewType("KnowledgeBaseId", str)
DocumentId = NewType("DocumentId", str)
ChunkId = NewType("ChunkId", str)
TaskId = NewType("TaskId", str)
ChatId = NewType("ChatId", str)
MessageId = NewType("MessageId", str)
RunId = NewType("RunId", str)
SourceId = NewType("SourceId", str)
InvitationId = NewType("InvitationId", str)
ApiKeyId = NewType("ApiKeyId", str)
SessionId = NewType("SessionId", str)
ProviderId = NewType("ProviderId", str)
ReportId = NewType("ReportId", str)
QualityQuestionId = NewType("QualityQuestionId", str)
QualityRunId = NewType("QualityRunId", str)


def new_id() -> str:
    """Return a fresh 128-bit random identifier, 32 lowercase hex characters. Never a secret, never time-based."""
    return secrets.token_hex(16)


def chunk_id(document_id: DocumentId, version: int, ordinal: int) -> ChunkId:
    """Return the id of one chunk: the same document version and ordinal always give the same id."""
    return ChunkId(f"{document_id}:{version}:{ordinal}")


def version_of(chunk: ChunkId) -> int | None:
    """Return the version of the document that a chunk is of, None if the id does not say."""
    number = chunk.split(":")[1:2]
    return int(number[0]) if number and number[0].isascii() and number[0].isdigit() else None
