"""Rows of test questions: built from what was typed or read, kept within bounds, shown."""

from collections.abc import Mapping, Sequence

from ragapp.core.audit import AuditTarget
from ragapp.core.errors import ExpectationMissing, InvalidInput, TooManyQuestions
from ragapp.core.ids import DocumentId, KnowledgeBaseId, QualityQuestionId, new_id
from ragapp.core.ports import Clock
from ragapp.core.quality import Expects, QuestionOrigin
from ragapp.core.scope import TenantScope
from ragapp.models import KnowledgeBase, QualityQuestion
from ragapp.services.quality.expectations import text_digest
from ragapp.services.quality.quality_views import Expectation, QualityQuestionView
from ragapp.services.retrieval.questions import clean_question
from ragapp.store.store import TenantTransaction

MAX_QUESTIONS = 200
"""Of one knowledge base: what a run asks, one after another, at most."""
_MAX_WORDS = 10
_MAX_WORD_CHARACTERS = 500


class QuestionBuilder:
    """Makes rows of questions, not stored yet and still open."""

    def __init__(self, clock: Clock, *, max_question_characters: int) -> None:
        self._clock = clock
        self._max_question_characters = max_question_characters

    def build(self, scope: TenantScope, base: KnowledgeBase, text: str, origin: QuestionOrigin) -> QualityQuestion:
        """Return a question of a knowledge base.

        Raises:
            EmptyQuestion, QuestionTooLong, InvalidInput: see the message.
        """
        cleaned = clean_question(text, self._max_question_characters)
        return QualityQuestion(
            tenant_id=scope.tenant_id,
            id=new_id(),
            knowledge_base_id=base.id,
            text=cleaned,
            text_digest=text_digest(cleaned),
            expects=Expects.OPEN.value,
            origin=origin.value,
            created_by=scope.user_id,
            created_at=self._clock.now(),
        )


async def add_questions(tx: TenantTransaction, base: KnowledgeBase, rows: Sequence[QualityQuestion]) -> None:
    """Keep questions, all or none.

    Raises:
        TooManyQuestions: the knowledge base would have more than it may. QuestionTaken: it has one of them already.
    """
    held = await tx.quality_questions.list_of(KnowledgeBaseId(base.id))
    if len(held) + len(rows) > MAX_QUESTIONS:
        raise TooManyQuestions(details={"max": MAX_QUESTIONS, "held": len(held), "added": len(rows)})
    await tx.quality_questions.add(rows)


def expect_answer(row: QualityQuestion, expects: Expects, expected: Expectation) -> None:
    """Say what the right answer is.

    Raises:
        ExpectationMissing: an answer is expected, but not which. InvalidInput: too many or too long words, or a page
            without a document.
    """
    words = [" ".join(each.split()) for each in expected.words]
    words = [each for each in words if each]
    if expects is Expects.ANSWER and not (expected.document_id or words):
        raise ExpectationMissing(details={"field": "expected"})
    if expected.page is not None and (expected.page < 1 or not expected.document_id):
        raise InvalidInput("Give the document with a page from 1.", details={"field": "page"})
    if not are_short(words):
        raise InvalidInput(
            f"An answer has at most {_MAX_WORDS} alternatives of up to {_MAX_WORD_CHARACTERS} characters.",
            details={"field": "words"},
        )
    is_answer = expects is Expects.ANSWER
    row.expects = expects.value
    row.document_id = (expected.document_id or "") if is_answer else ""
    row.page = expected.page if is_answer else None
    row.words = words if is_answer else []


def are_short(words: Sequence[str]) -> bool:
    """Return whether these are few enough answers of a length that can be kept."""
    return len(words) <= _MAX_WORDS and all(len(each) <= _MAX_WORD_CHARACTERS for each in words)


def base_target(base: KnowledgeBase) -> AuditTarget:
    """Return a knowledge base as what an act was done to."""
    return AuditTarget("knowledge_base", base.id, base.name)


async def question_views(
    tx: TenantTransaction, rows: Sequence[QualityQuestion]
) -> tuple[QualityQuestionView, ...]:
    """Return test questions as they are shown, with the titles of documents that are still there."""
    names = await tx.members.names_of([row.created_by for row in rows])
    documents = await tx.documents.list_by_ids([DocumentId(row.document_id) for row in rows if row.document_id])
    titles = {document.id: document.title for document in documents}
    return tuple(_view(row, titles, names) for row in rows)


def _view(row: QualityQuestion, titles: Mapping[str, str], names: Mapping[str, str]) -> QualityQuestionView:
    return QualityQuestionView(
        id=QualityQuestionId(row.id),
        knowledge_base_id=KnowledgeBaseId(row.knowledge_base_id),
        text=row.text,
        expects=Expects(row.expects),
        expected=Expectation(DocumentId(row.document_id) if row.document_id else None, row.page, tuple(row.words)),
        document_title=titles.get(row.document_id, ""),
        origin=QuestionOrigin(row.origin),
        created_by=names.get(row.created_by, ""),
        created_at=row.created_at,
    )
