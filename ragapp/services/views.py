"""What services hand out and take in: frozen values, never table rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from ragapp.core.document_notes import DocumentNote
from ragapp.core.events import Support
from ragapp.core.evidence import EvidenceTable, Passage, Source, Unsupported
from ragapp.core.ids import (
    ChatId,
    ChunkId,
    DocumentId,
    KnowledgeBaseId,
    MessageId,
    RunId,
    TaskId,
    TenantId,
    UserId,
)
from ragapp.core.lifecycle import DocumentStatus, MessageStatus, TaskKind, TaskStatus
from ragapp.core.scope import Permission, Role
from ragapp.core.sharing import BaseAccess

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list; `next_cursor` is opaque and None on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorView:
    """Why something failed: a stable code and a message in plain English (edges translate by code)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class TenantView:
    """A tenant as its members see it."""

    id: TenantId
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class UserView:
    """A user as they see themselves; `language` is "hr" or "en", `theme` "light", "dark" or "system"."""

    id: UserId
    email: str
    name: str
    language: str
    theme: str = "system"
    is_operator: bool = False
    has_password: bool = True
    has_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class MeView:
    """The caller: person, tenant, role and rights."""

    user: UserView
    tenant: TenantView
    role: Role
    permissions: frozenset[Permission]
    limits: dict[str, int]
    flags: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KnowledgeBaseView:
    """A collection of documents that is searched as a whole."""

    id: KnowledgeBaseId
    name: str
    description: str
    is_default: bool
    document_count: int
    chunk_count: int
    created_at: datetime
    access: BaseAccess = BaseAccess.EVERYONE
    access_role: Role = Role.MEMBER
    """The weakest role that may read it while `access` is "role"."""
    member_ids: tuple[UserId, ...] = ()
    """The chosen readers, told to those who manage knowledge bases."""


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document and how far it has come; `progress` in percent, sizes in bytes."""

    id: DocumentId
    title: str
    filename: str
    content_type: str
    size_bytes: int
    status: DocumentStatus
    stage: str
    progress: int
    language: str
    page_count: int | None
    chunk_count: int
    version: int
    error: ErrorView | None
    knowledge_base_id: KnowledgeBaseId
    created_at: datetime
    processed_at: datetime | None
    created_by: str
    """Name of the person who added it."""
    source_url: str = ""
    """Where it was fetched from, after redirects; empty for uploads."""
    folder: str = ""
    """Path within the knowledge base; empty for none."""
    tags: tuple[str, ...] = ()
    notes: tuple[DocumentNote, ...] = ()
    """What a reader should know about how the file was read."""
    attached_to: DocumentId | None = None
    """The document whose file it lay in, while that is there to be read."""


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a document. Readers see the current one; answers that cite an earlier one still open that."""

    version: int
    filename: str
    content_type: str
    size_bytes: int
    page_count: int | None
    created_at: datetime
    created_by: str
    is_current: bool
    is_readable: bool
    """Whether readers ever saw it; false while it is worked on, or if it failed."""


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """The original bytes: a local path to stream from."""

    path: str
    filename: str
    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class UploadedDocument:
    """A document as it was when its bytes were recorded: what its sender did not know already."""

    id: DocumentId
    knowledge_base_id: KnowledgeBaseId
    title: str
    filename: str
    size_bytes: int
    status: DocumentStatus


@dataclass(frozen=True, slots=True)
class UploadResult:
    """An accepted upload; `duplicate` says that the same bytes were there already. `task_id` is None then."""

    document: UploadedDocument
    task_id: TaskId | None
    duplicate: bool


@dataclass(frozen=True, slots=True)
class TaskView:
    """A durable task; `progress` in percent; `message` is a short English description of the stage."""

    id: TaskId
    kind: TaskKind
    status: TaskStatus
    stage: str
    progress: int
    message: str
    error: ErrorView | None
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    document_id: DocumentId | None


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search. `language` is "auto", "hr" or "en"; None means every knowledge base / document the caller may read."""

    text: str
    max_results: int = 5
    language: str = "auto"
    knowledge_base_ids: tuple[KnowledgeBaseId, ...] | None = None
    document_ids: tuple[DocumentId, ...] | None = None
    use_vector: bool = True
    use_lexical: bool = True


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Best passages first; durations in milliseconds; `searched_count` is the number of indexed passages considered."""

    language_detected: str
    passages: tuple[Passage, ...]
    timings_ms: dict[str, float]
    searched_count: int


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """A question. `min_confidence` in [0, 1] raises the bar below which the answer is "not in your documents".

    `history` holds earlier (question, answer) pairs, oldest first, of a conversation kept elsewhere; chats have theirs.
    """

    text: str
    language: str = "auto"
    max_results: int = 5
    chat_id: ChatId | None = None
    knowledge_base_ids: tuple[KnowledgeBaseId, ...] | None = None
    document_ids: tuple[DocumentId, ...] | None = None
    min_confidence: float | None = None
    history: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChatView:
    """A chat in the list. `active_run_id` is set while an answer is being written.

    `is_shared`: somebody besides the owner was given it. `owner_name` is told of others' chats only.
    """

    id: ChatId
    title: str
    visibility: str
    created_at: datetime
    updated_at: datetime
    message_count: int
    active_run_id: RunId | None = None
    is_mine: bool = True
    is_shared: bool = False
    may_write: bool = True
    owner_name: str = ""


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message. `role` is "user" or "assistant"; `blocks` are the markdown blocks whose concatenation shows `text`.

    Assistant-only fields keep their defaults on user messages. `feedback` is "up", "down" or "".

    `author_name` is set where somebody else asked. `withheld_count` says how many sources are not shown, because they
    are in knowledge bases the reader may not open; `is_withheld` that the text is not shown either, being made of them.
    """

    id: MessageId
    chat_id: ChatId
    role: str
    status: MessageStatus
    text: str
    blocks: tuple[str, ...]
    created_at: datetime
    answerable: bool = True
    confidence: float = 0.0
    support: Support = Support.NONE
    language: str = ""
    generator: str = ""
    sources: tuple[Source, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    """What the answer says that the passages it cites do not hold, by place in `text`."""
    error: ErrorView | None = None
    run_id: RunId | None = None
    feedback: str = ""
    duration_ms: float = 0.0
    author_name: str = ""
    is_mine: bool = True
    """Whether the caller asked this, or asked for it."""
    withheld_count: int = 0
    is_withheld: bool = False
    is_reported: bool = False
    """Whether the administrators were told that the documents do not answer it."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A question was accepted and its answer is being produced."""

    run_id: RunId
    chat: ChatView
    question: MessageView
    answer: MessageView


@dataclass(frozen=True, slots=True)
class RunSnapshot:
    """What changed in a run since the follower's last snapshot.

    `new_blocks` are finished markdown blocks to append, `tail` replaces the open block. `stage` is a
    `core.events.Stage` value, `count` what it works on. `message` is set once, on the last snapshot, when `done`.
    """

    run_id: RunId
    new_blocks: tuple[str, ...]
    tail: str
    stage: str
    count: int
    elapsed_s: float
    sources: tuple[Source, ...]
    done: bool
    message: MessageView | None = None


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A cited passage in its version; the quote is `passage_text[quote_start - start : quote_end - start]`."""

    document_id: DocumentId
    document_title: str
    version: int
    is_current: bool
    content_type: str
    page: int | None
    page_count: int | None
    heading: str
    chunk_id: ChunkId
    before: str
    passage_text: str
    after: str
    start: int
    end: int
    quote_start: int
    quote_end: int
    table: EvidenceTable | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A freshly minted secret, shown once. `expires_in_s` None means it does not expire."""

    token: str
    expires_in_s: int | None
    me: MeView
    device_token: str = ""
    """A new cookie to know the browser by, empty where it is known already or is none."""


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """One part of the service: "healthy", "degraded" or "unhealthy", with a fix in `detail` when it is not well."""

    name: str
    status: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HealthView:
    """The whole service; `generator` names the one in use and `generator_problem` is an error code or ""."""

    status: str
    version: str
    models_loaded: bool
    vector_db_connected: bool
    generator: str
    generator_model: str
    generator_problem: str
    checks: tuple[ComponentHealth, ...]
