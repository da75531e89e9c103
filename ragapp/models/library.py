"""Knowledge bases, documents, their text, chunks and vectors. SQL is the truth; indexes are rebuilt from here."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, String, Text, text
from sqlmodel import Field

from ragapp.models.base import TenantRow, child_of, utc_now


class KnowledgeBase(TenantRow, table=True):
    """Documents that are searched together. `revision` grows with every change of what is searchable.

    `access` says who may read it: everyone, role (`access_role` and stronger) or members (the chosen ones).
    """

    __tablename__ = "knowledge_bases"
    __table_args__ = (
        Index("uq_knowledge_bases_name", "tenant_id", "name", unique=True),
        Index(
            "uq_knowledge_bases_default",
            "tenant_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=200)
    description: str = Field(default="", max_length=2000)
    is_default: bool = False
    access: str = Field(default="everyone", max_length=16, sa_column_kwargs={"server_default": "everyone"})
    access_role: str = Field(default="member", max_length=16, sa_column_kwargs={"server_default": "member"})
    revision: int = 0
    created_at: datetime = Field(default_factory=utc_now)


_ALIVE = text("deleted_at IS NULL")


class Document(TenantRow, table=True):
    """A document. `version` is what readers see (0: nothing yet); `deleted_at` hides it from every reader at once.

    `folder` is a path within the knowledge base, "" for none: a folder is there while something lies in it. `notes`:
    [[code, count], …], see `core.document_notes`, of the version that readers see. `attached_to` is the document whose
    file it lay in, which may be gone.
    """

    __tablename__ = "documents"
    __table_args__ = (
        child_of("knowledge_bases", "knowledge_base_id"),
        Index(
            "uq_documents_bytes",
            "tenant_id",
            "knowledge_base_id",
            "sha256",
            unique=True,
            sqlite_where=_ALIVE,
            postgresql_where=_ALIVE,
        ),
        Index("ix_documents_recent", "tenant_id", "created_at", "id"),
        Index("ix_documents_folder", "tenant_id", "knowledge_base_id", "folder"),
    )

    id: str = Field(primary_key=True, max_length=32)
    knowledge_base_id: str = Field(max_length=32)
    title: str = Field(max_length=500)
    filename: str = Field(max_length=255)
    content_type: str = Field(max_length=100)
    size_bytes: int
    sha256: str = Field(max_length=64)
    blob_key: str = Field(max_length=200)
    folder: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": text("''")})
    attached_to: str | None = Field(default=None, max_length=32)
    status: str = Field(max_length=16)
    stage: str = Field(default="", max_length=32)
    progress: int = 0
    language: str = Field(default="", max_length=8)
    page_count: int | None = None
    chunk_count: int = 0
    version: int = 0
    error_code: str = Field(default="", max_length=64)
    error_message: str = Field(default="", max_length=500)
    created_by: str = Field(max_length=32, foreign_key="users.id")
    created_at: datetime = Field(default_factory=utc_now)
    processed_at: datetime | None = None
    deleted_at: datetime | None = None
    notes: list[list[Any]] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True), nullable=True)
    )


class DocumentTag(TenantRow, table=True):
    """A word by which people find a document again; in small letters."""

    __tablename__ = "document_tags"
    __table_args__ = (child_of("documents", "document_id"), Index("ix_document_tags_name", "tenant_id", "name"))

    document_id: str = Field(primary_key=True, max_length=32)
    name: str = Field(primary_key=True, max_length=50)


class DocumentWord(TenantRow, table=True):
    """One folded word of a document's title or file name (`field`), see `core.search_words`: the key is the index."""

    __tablename__ = "document_words"
    __table_args__ = (
        child_of("documents", "document_id"),
        Index("ix_document_words_document", "tenant_id", "document_id", "word"),
        {"sqlite_with_rowid": False},
    )

    word: str = Field(
        sa_column=Column(String(64).with_variant(String(64, collation="C"), "postgresql"), primary_key=True)
    )
    document_id: str = Field(primary_key=True, max_length=32)
    field: str = Field(primary_key=True, max_length=8)


class DocumentText(TenantRow, table=True):
    """The extracted text of one version; every offset refers to it. `pages`: [[number, start, end], …]."""

    __tablename__ = "document_texts"
    __table_args__ = (child_of("documents", "document_id"),)

    document_id: str = Field(primary_key=True, max_length=32)
    version: int = Field(primary_key=True)
    text: str = Field(sa_column=Column(Text, nullable=False))
    pages: list[list[int]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    headings: list[list[Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class Chunk(TenantRow, table=True):
    """One indexed piece: `text == document_text[start:end]`. `terms` is its packed lexical analysis.

    `vector_of` is the ordinal of the chunk whose vector stands for this one, too, its own for that chunk itself: parts
    of a big table. NULL for all that have a vector of their own. Rows of a table have the number of the table in its
    document and the names of its columns; the rows are the lines of `text` from `rows_start` on.
    """

    __tablename__ = "chunks"
    __table_args__ = (
        child_of("documents", "document_id"),
        Index("uq_chunks_ordinal", "tenant_id", "document_id", "version", "ordinal", unique=True),
    )

    id: str = Field(primary_key=True, max_length=64)
    document_id: str = Field(max_length=32)
    version: int
    ordinal: int
    text: str = Field(sa_column=Column(Text, nullable=False))
    start: int
    end: int
    page: int | None = None
    heading: str = Field(default="", sa_column=Column(Text, nullable=False))
    table_number: int | None = None
    column_names: list[str] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))
    rows_start: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    language: str = Field(default="", max_length=8)
    terms: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    analysis_version: int
    vector_of: int | None = None


class ChunkVector(TenantRow, table=True):
    """One chunk's embedding by one embedder: little-endian float32, unit length.

    `words_digest` is of the words that were embedded: a passage of the tenant with the same ones takes the vector.
    """

    __tablename__ = "chunk_vectors"
    __table_args__ = (
        child_of("chunks", "chunk_id"),
        Index("ix_chunk_vectors_words", "tenant_id", "words_digest"),
    )

    chunk_id: str = Field(primary_key=True, max_length=64)
    fingerprint: str = Field(primary_key=True, max_length=64)
    vector: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    words_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class VectorCollection(TenantRow, table=True):
    """One generation of a vector index. `dirty` while a write burst is not verified; dirty at start means rebuild."""

    __tablename__ = "vector_collections"
    __table_args__ = (child_of("knowledge_bases", "knowledge_base_id"),)

    knowledge_base_id: str = Field(primary_key=True, max_length=32)
    fingerprint: str = Field(primary_key=True, max_length=64)
    generation: int = Field(primary_key=True)
    state: str = Field(max_length=16)
    dirty: bool = False
    created_at: datetime = Field(default_factory=utc_now)
