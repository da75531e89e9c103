"""Test questions of a knowledge base: typed in, or taken over from answers."""

from ragapp.core.audit import AuditAction, AuditTarget
from ragapp.core.errors import InvalidInput, NotFound
from ragapp.core.ids import ChatId, KnowledgeBaseId, MessageId, QualityQuestionId, ReportId
from ragapp.core.quality import Expects, QuestionOrigin
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import KnowledgeBase, Message
from ragapp.services.chat.evidence_rows import from_row
from ragapp.services.paging import page_limit
from ragapp.services.quality.quality_views import Expectation, QualityQuestionView
from ragapp.services.quality.question_rows import (
    QuestionBuilder,
    add_questions,
    base_target,
    expect_answer,
    question_views,
)
from ragapp.services.views import Page
from ragapp.store.store import Store, TenantTransaction

_NOTHING = Expectation()


class QualityQuestionService:
    """What administrators ask to see whether answers are good."""

    def __init__(self, store: Store, builder: QuestionBuilder) -> None:
        self._store = store
        self._builder = builder

    async def list(
        self,
        scope: TenantScope,
        *,
        knowledge_base_id: KnowledgeBaseId | None = None,
        expects: Expects | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> Page[QualityQuestionView]:
        """Return one page of test questions, newest first.

        Raises:
            NotFound: no such knowledge base. PermissionDenied: no right to manage knowledge bases.
            InvalidInput: a wrong limit or cursor.
        """
        limit = page_limit(limit)
        async with self._store.read(scope) as tx:
            if knowledge_base_id is not None:
                await tx.knowledge_bases.get(knowledge_base_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            rows, next_cursor = await tx.quality_questions.list_page(
                knowledge_base_id=knowledge_base_id, expects=expects, limit=limit, cursor=cursor
            )
            return Page(await question_views(tx, rows), next_cursor)

    async def get(self, scope: TenantScope, question_id: QualityQuestionId) -> QualityQuestionView:
        """Return one test question.

        Raises:
            NotFound: absent. PermissionDenied: no right to manage knowledge bases.
        """
        async with self._store.read(scope) as tx:
            row = await tx.quality_questions.get(question_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            return (await question_views(tx, [row]))[0]

    async def create(
        self,
        scope: TenantScope,
        *,
        knowledge_base_id: KnowledgeBaseId,
        text: str,
        expects: Expects,
        expected: Expectation = _NOTHING,
    ) -> QualityQuestionView:
        """Add a test question.

        Raises:
            NotFound: no such knowledge base or document.
            PermissionDenied: no right to manage knowledge bases. TooManyQuestions: it has as many as it may.
            EmptyQuestion, QuestionTooLong, ExpectationMissing, InvalidInput: see the message.
            QuestionTaken: the knowledge base has it already.
        """
        async with self._store.begin(scope) as tx:
            base = await tx.knowledge_bases.get(knowledge_base_id)
            await _ensure_document(tx, knowledge_base_id, expected)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            row = self._builder.build(scope, base, text, QuestionOrigin.TYPED)
            expect_answer(row, expects, expected)
            await add_questions(tx, base, [row])
            await tx.audit.record(AuditAction.QUALITY_QUESTION_ADDED, base_target(base), {"question_id": row.id})
            return (await question_views(tx, [row]))[0]

    async def update(
        self,
        scope: TenantScope,
        question_id: QualityQuestionId,
        *,
        text: str,
        expects: Expects,
        expected: Expectation = _NOTHING,
    ) -> QualityQuestionView:
        """Change what is asked and what the right answer is.

        Raises:
            NotFound: the question or the document is absent. Otherwise as `create`.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.quality_questions.get(question_id)
            base = await tx.knowledge_bases.get(KnowledgeBaseId(row.knowledge_base_id))
            if expected.document_id != row.document_id:  # one that is gone meanwhile may stay
                await _ensure_document(tx, KnowledgeBaseId(base.id), expected)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            changed = self._builder.build(scope, base, text, QuestionOrigin(row.origin))
            expect_answer(changed, expects, expected)
            names = ("text", "text_digest", "expects", "document_id", "page", "words")
            await tx.quality_questions.change(question_id, **{name: getattr(changed, name) for name in names})
            await tx.audit.record(AuditAction.QUALITY_QUESTION_CHANGED, base_target(base), {"question_id": row.id})
        return await self.get(scope, question_id)

    async def delete(self, scope: TenantScope, question_id: QualityQuestionId) -> None:
        """Delete a test question; runs keep what became of it.

        Raises:
            NotFound: absent. PermissionDenied: no right to manage knowledge bases.
        """
        async with self._store.begin(scope) as tx:
            row = await tx.quality_questions.get(question_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            base = await tx.knowledge_bases.get(KnowledgeBaseId(row.knowledge_base_id))
            await tx.quality_questions.remove(question_id)
            await tx.audit.record(AuditAction.QUALITY_QUESTION_DELETED, base_target(base), {"question_id": row.id})

    async def take_over(self, scope: TenantScope, message_id: MessageId) -> QualityQuestionView:
        """Make a test question of the question behind an answer; what the right answer is, is to be said later.

        It is an answer in a chat that the caller can read. Where the tenant's policy lets administrators read chats of
        others, it may be in one of those too, and that is written down.

        Raises:
            NotFound: no such answer, or it is not the caller's to read.
            PermissionDenied: no right to manage knowledge bases, or to read chats. InvalidInput: it is not an answer.
            QuestionTaken: the knowledge base has it already. TooManyQuestions: it has as many as it may.
        """
        require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
        require(scope, Permission.CHAT)
        async with self._store.begin(scope) as tx:
            message = await _readable_message(tx, scope, message_id)
            asked = await tx.messages.question_before(message)
            if message.role != "assistant" or asked is None:
                raise InvalidInput("Only the question of an answer can be taken over.", details={"field": "message_id"})
            return await self._take_over(tx, scope, message, asked.text, QuestionOrigin.FEEDBACK)

    async def take_over_report(self, scope: TenantScope, report_id: ReportId) -> QualityQuestionView:
        """Make a test question of one that was reported as missing; what the right answer is, is to be said later.

        Raises:
            NotFound: no such report. PermissionDenied: no right to manage knowledge bases.
            QuestionTaken: the knowledge base has it already. TooManyQuestions: it has as many as it may.
        """
        async with self._store.begin(scope) as tx:
            report = await tx.missing_reports.get(report_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            message = await tx.messages.get(MessageId(report.message_id))
            return await self._take_over(tx, scope, message, report.question, QuestionOrigin.REPORT)

    async def _take_over(
        self, tx: TenantTransaction, scope: TenantScope, message: Message, text: str, origin: QuestionOrigin
    ) -> QualityQuestionView:
        base = await _base_of(tx, message)
        row = self._builder.build(scope, base, text, origin)
        row.message_id = message.id
        await add_questions(tx, base, [row])
        await tx.audit.record(AuditAction.QUALITY_QUESTION_ADDED, base_target(base), {"question_id": row.id})
        return (await question_views(tx, [row]))[0]


async def _ensure_document(tx: TenantTransaction, base_id: KnowledgeBaseId, expected: Expectation) -> None:
    if expected.document_id is None:
        return
    document = await tx.documents.get(expected.document_id)
    if document.knowledge_base_id != base_id:
        raise InvalidInput("The document is in another knowledge base.", details={"field": "document_id"})
    if expected.page is not None and expected.page > (document.page_count or 0):
        raise InvalidInput("The document has fewer pages.", details={"field": "page"})


async def _readable_message(tx: TenantTransaction, scope: TenantScope, message_id: MessageId) -> Message:
    """Return a message of a chat the caller may read; what is read by policy only is written down.

    Raises:
        NotFound: absent, or not the caller's to read.
    """
    message = await tx.messages.get(message_id)
    chat_id = ChatId(message.chat_id)
    try:
        await tx.chats.get(chat_id)
    except NotFound:
        if Permission.READ_CHATS_OF_OTHERS not in scope.permissions:
            raise
        await tx.chats_of_others.get(chat_id)
        await tx.audit.record(AuditAction.CHAT_READ_BY_ADMIN, AuditTarget("chat", chat_id))
    return message


async def _base_of(tx: TenantTransaction, message: Message) -> KnowledgeBase:
    """Return the knowledge base of an answer's first source, the default one where it has none that is still there."""
    if message.sources:
        found = await tx.documents.list_by_ids([from_row(message.sources[0]).passage.document_id])
        if found:
            return await tx.knowledge_bases.get(KnowledgeBaseId(found[0].knowledge_base_id))
    return await tx.knowledge_bases.ensure_default()
