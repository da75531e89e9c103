"""Services behind the REST edge, in memory: each remembers what it was asked and can be told to fail."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ragapp.core.document_notes import DocumentNote, NoteCode
from ragapp.core.errors import NotAuthenticated, NotFound, RagAppError
from ragapp.core.events import AnswerDone, AnswerEvent, AnswerSummary, Support
from ragapp.core.evidence import Passage, Source, Unsupported, UnsupportedKind
from ragapp.core.ids import ChatId, ChunkId, DocumentId, KnowledgeBaseId, MessageId, TaskId
from ragapp.core.lifecycle import DocumentStatus, MessageStatus, TaskKind, TaskStatus
from ragapp.core.quality import FeedbackReason
from ragapp.core.scope import PlatformScope, Role, TenantScope
from ragapp.services.identity.session_opening import Visit
from ragapp.services.identity.sign_in import PasswordAttempt
from ragapp.services.library.text_views import DocumentTextView, PageSpanView
from ragapp.services.retrieval.embeddings import EmbeddingService
from ragapp.services.retrieval.encoding import SharedEncoder
from ragapp.services.retrieval.questions import clean_question
from ragapp.services.views import (
    ChatView,
    ComponentHealth,
    Credential,
    DocumentFile,
    DocumentView,
    HealthView,
    KnowledgeBaseView,
    MessageView,
    Page,
    QueryRequest,
    SearchRequest,
    SearchResult,
    TaskView,
    UploadedDocument,
    UploadResult,
    VersionView,
)
from tests.fakes.embedder import HashEmbedder
from tests.fakes.limits import NoLimits, no_limits
from tests.fakes.services import me_for, scope_for

MAX_QUESTION_CHARACTERS = 4000
NOW = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)
PASSAGE = Passage(
    1, 0.9, DocumentId("d1"), "Pravilnik", 3, ChunkId("d1:1:0"), "Rok je 30 dana.", 10, 25, "Rokovi", "hr", 0.8, 4.2
)
SOURCE = Source(1, PASSAGE, "Rok je 30 dana.", 10, 25, "/documents/d1?page=3&mark=10-25")
UNSUPPORTED = Unsupported(7, 9, "30", UnsupportedKind.NUMBER)
SUMMARY = AnswerSummary(
    True, 0.83, Support.STRONG, "hr", "extractive", (SOURCE,), unsupported=(UNSUPPORTED,), timings_ms={"search": 4.0}
)
DONE = AnswerDone("Rok je 30 dana [1].", SUMMARY)
DOCUMENT = DocumentView(
    id=DocumentId("d1"),
    title="Pravilnik",
    filename="pravilnik.pdf",
    content_type="application/pdf",
    size_bytes=1234,
    status=DocumentStatus.QUEUED,
    stage="queued",
    progress=0,
    language="hr",
    page_count=None,
    chunk_count=0,
    version=1,
    error=None,
    knowledge_base_id=KnowledgeBaseId("kb1"),
    created_at=NOW,
    processed_at=None,
    created_by="Ana",
    notes=(DocumentNote(NoteCode.PAGES_RECOGNISED, 2),),
    attached_to=DocumentId("d0"),
)
UPLOADED = UploadedDocument(
    DOCUMENT.id,
    DOCUMENT.knowledge_base_id,
    DOCUMENT.title,
    DOCUMENT.filename,
    DOCUMENT.size_bytes,
    DOCUMENT.status,
)
TASK = TaskView(TaskId("t1"), TaskKind.INGEST, TaskStatus.RUNNING, "parsing", 10, "", None, 1, NOW, None, DOCUMENT.id)
CHAT = ChatView(ChatId("c1"), "Rokovi", "private", NOW, NOW, 2)
MESSAGE = MessageView(
    MessageId("m1"), CHAT.id, "assistant", MessageStatus.COMPLETE, "Rok [1].", ("Rok [1].",), NOW,
    confidence=0.8, support=Support.STRONG, sources=(SOURCE,), duration_ms=1500.0,
)  # fmt: skip
BASE = KnowledgeBaseView(KnowledgeBaseId("kb1"), "Opće", "", True, 1, 4, NOW)


class FakeAccess:
    """Bearer tokens and sessions are named after roles: `api-owner`, `session-member` …"""

    def __init__(self) -> None:
        self.resolved: list[str] = []

    async def scope_of_bearer(self, token: str, *, for_account: bool = False) -> TenantScope:
        return self._scope(token, "api-")

    async def scope_of_session(self, token: str | None, *, for_account: bool = False) -> TenantScope:
        return self._scope(token or "", "session-")

    async def issue_token(self, attempt: PasswordAttempt, visit: Visit, *, otp: str | None = None) -> Credential:
        if attempt.password != "right password":
            raise NotAuthenticated
        return Credential("at-1", 3600, me_for(scope_for(Role.OWNER)))

    async def operator_scope(self, scope: TenantScope) -> PlatformScope:
        return PlatformScope(scope.origin, scope.user_id)

    def _scope(self, token: str, prefix: str) -> TenantScope:
        self.resolved.append(token)
        role = token.removeprefix(prefix)
        if not token.startswith(prefix) or role not in set(Role):
            raise NotAuthenticated
        return scope_for(Role(role))


class FakeDocuments:
    """One document, `d1`. Uploads keep their bytes only when the stream ended well."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self.uploads: list[dict[str, Any]] = []
        self.received: list[int] = []
        self.known: set[bytes] = set()
        self.failure: RagAppError | None = None
        self.file_path = ""
        self.filename = "pravilnik.pdf"
        self.listed: dict[str, Any] = {}
        self.first_chunk = asyncio.Event()

    async def upload(self, scope: TenantScope, chunks: AsyncIterator[bytes], **about: Any) -> UploadResult:
        if self.failure:
            raise self.failure
        body = bytearray()
        async for chunk in chunks:
            body += chunk
            self.received.append(len(chunk))
            self.first_chunk.set()
        self.uploads.append(about)
        duplicate = bytes(body) in self.known
        self.known.add(bytes(body))
        self.stored[about["filename"]] = bytes(body)
        return UploadResult(UPLOADED, None if duplicate else TASK.id, duplicate)

    async def list(self, scope: TenantScope, **filters: Any) -> Page[DocumentView]:
        self.listed = filters
        return Page((DOCUMENT,), "next")

    async def get(self, scope: TenantScope, document_id: DocumentId) -> DocumentView:
        if self.failure:
            raise self.failure
        if document_id != DOCUMENT.id:
            raise NotFound
        return DOCUMENT

    async def rename(self, scope: TenantScope, document_id: DocumentId, title: str) -> DocumentView:
        return replace(await self.get(scope, document_id), title=title)

    async def delete(self, scope: TenantScope, document_id: DocumentId) -> None:
        await self.get(scope, document_id)

    async def retry(self, scope: TenantScope, document_id: DocumentId) -> TaskId:
        await self.get(scope, document_id)
        return TASK.id

    async def file(
        self, scope: TenantScope, document_id: DocumentId, *, version: int | None = None
    ) -> DocumentFile:
        await self.get(scope, document_id)
        return DocumentFile(self.file_path, self.filename, "text/html", 5)

    async def text(
        self, scope: TenantScope, document_id: DocumentId, *, version: int | None = None
    ) -> DocumentTextView:
        await self.get(scope, document_id)
        return DocumentTextView(document_id, "Pravilnik", version or 1, "Rok je 30 dana.", (PageSpanView(1, 0, 15),))

    async def page_image(
        self,
        scope: TenantScope,
        document_id: DocumentId,
        page: int,
        *,
        start: int = 0,
        end: int = 0,
        version: int | None = None,
    ) -> bytes:
        await self.get(scope, document_id)
        return f"png {page} {start}-{end}".encode()


class FakeVersions:
    """The versions of `d1`."""

    def __init__(self, documents: FakeDocuments) -> None:
        self._documents = documents

    async def replace(
        self, scope: TenantScope, document_id: DocumentId, chunks: AsyncIterator[bytes], **about: Any
    ) -> UploadResult:
        await self._documents.get(scope, document_id)
        return await self._documents.upload(scope, chunks, **about)

    async def list(self, scope: TenantScope, document_id: DocumentId) -> tuple[VersionView, ...]:
        await self._documents.get(scope, document_id)
        return (VersionView(1, "pravilnik.pdf", "application/pdf", 5, 2, NOW, "Ana", True, True),)


class FakeTasks:
    """One task, `t1`, that goes through two states."""

    async def get(self, scope: TenantScope, task_id: TaskId) -> TaskView:
        if task_id != TASK.id:
            raise NotFound
        return TASK

    async def cancel(self, scope: TenantScope, task_id: TaskId) -> TaskView:
        return replace(await self.get(scope, task_id), status=TaskStatus.CANCELLED)

    async def follow(self, scope: TenantScope, task_id: TaskId) -> AsyncIterator[TaskView]:
        task = await self.get(scope, task_id)
        yield task
        yield replace(task, status=TaskStatus.COMPLETED, progress=100, finished_at=NOW)


class FakeSearch:
    """Always the same passage."""

    def __init__(self) -> None:
        self.requests: list[SearchRequest] = []

    async def search(self, scope: TenantScope, request: SearchRequest) -> SearchResult:
        clean_question(request.text, MAX_QUESTION_CHARACTERS)
        self.requests.append(request)
        return SearchResult("hr", (PASSAGE,), {"total": 3.5}, 120)


class FakeAnswers:
    """Plays `script`: an event is sent, an exception raised, an `asyncio.Event` waited for."""

    def __init__(self) -> None:
        self.script: Sequence[AnswerEvent | Exception | asyncio.Event] = (DONE,)
        self.requests: list[QueryRequest] = []
        self.started = asyncio.Event()
        self.ended_by: BaseException | None = None

    async def stream(self, scope: TenantScope, request: QueryRequest) -> AsyncIterator[AnswerEvent]:
        clean_question(request.text, MAX_QUESTION_CHARACTERS)
        self.requests.append(request)
        self.started.set()
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, asyncio.Event):
                    await step.wait()
                else:
                    yield step
        except BaseException as error:
            self.ended_by = error
            raise


class FakeChats:
    """One chat, `c1`, with one message."""

    def __init__(self) -> None:
        self.feedback: list[tuple[str, str, str]] = []
        self.listed: dict[str, Any] = {}

    async def list(self, scope: TenantScope, **filters: Any) -> Page[ChatView]:
        self.listed = filters
        return Page((CHAT,))

    async def create(self, scope: TenantScope, *, title: str = "") -> ChatView:
        return replace(CHAT, title=title)

    async def get(self, scope: TenantScope, chat_id: ChatId) -> ChatView:
        if chat_id != CHAT.id:
            raise NotFound
        return CHAT

    async def rename(self, scope: TenantScope, chat_id: ChatId, title: str) -> ChatView:
        return replace(await self.get(scope, chat_id), title=title)

    async def delete(self, scope: TenantScope, chat_id: ChatId) -> None:
        await self.get(scope, chat_id)

    async def messages(self, scope: TenantScope, chat_id: ChatId, **page: Any) -> Page[MessageView]:
        await self.get(scope, chat_id)
        return Page((MESSAGE,), "m0")

    async def give_feedback(
        self,
        scope: TenantScope,
        message_id: MessageId,
        *,
        rating: str,
        reason: FeedbackReason | None = None,
        comment: str = "",
    ) -> None:
        if message_id != MESSAGE.id:
            raise NotFound
        self.feedback.append((message_id, rating, comment))


class FakeKnowledgeBases:
    """One knowledge base, `kb1`."""

    async def list(self, scope: TenantScope) -> tuple[KnowledgeBaseView, ...]:
        return (BASE,)

    async def get(self, scope: TenantScope, base_id: KnowledgeBaseId) -> KnowledgeBaseView:
        if base_id != BASE.id:
            raise NotFound
        return BASE

    async def create(self, scope: TenantScope, *, name: str, description: str = "") -> KnowledgeBaseView:
        return replace(BASE, name=name, description=description)

    async def update(self, scope: TenantScope, base_id: KnowledgeBaseId, **change: str | None) -> KnowledgeBaseView:
        base = await self.get(scope, base_id)
        return replace(base, **{name: value for name, value in change.items() if value is not None})

    async def delete(self, scope: TenantScope, base_id: KnowledgeBaseId) -> None:
        await self.get(scope, base_id)


class FakeHealth:
    """Well, until told otherwise."""

    def __init__(self) -> None:
        self.ready = True
        self.status = "healthy"

    async def is_ready(self) -> bool:
        return self.ready

    async def check(self) -> HealthView:
        checks = (ComponentHealth("database", self.status),)
        return HealthView(self.status, "1.0", True, True, "extractive", "", "", checks)


def rest_services() -> dict[str, Any]:
    """Return every service the REST edge calls, as keyword arguments of `installed_services`."""
    documents, access = FakeDocuments(), FakeAccess()
    return {
        "access": access,
        "sign_in": access,
        "documents": documents,
        "versions": FakeVersions(documents),
        "tasks": FakeTasks(),
        "search": FakeSearch(),
        "answers": FakeAnswers(),
        "embeddings": EmbeddingService(SharedEncoder(HashEmbedder()), no_limits()),
        "chats": FakeChats(),
        "knowledge_bases": FakeKnowledgeBases(),
        "health": FakeHealth(),
        "limits": NoLimits(),
    }
