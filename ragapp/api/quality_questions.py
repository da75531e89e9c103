"""Test questions of knowledge bases."""

from functools import partial
from typing import Annotated, TypedDict

from fastapi import Query, Response

from ragapp.api.credentials import CallerScope
from ragapp.api.exports import open_export
from ragapp.api.idempotency import create_once
from ragapp.api.parameters import Cursor, IdempotencyKey, KnowledgeBaseId, Limit, QualityQuestionId
from ragapp.api.problems import InvalidRows
from ragapp.api.routes import caller_router
from ragapp.api.schemas.common import ItemPage
from ragapp.api.schemas.quality import (
    Imported,
    NewTestQuestion,
    QuestionBody,
    QuestionFile,
    TakenOver,
    TestQuestion,
)
from ragapp.core.quality import Expects
from ragapp.services.quality.quality_views import Expectation, ImportView, QualityQuestionView
from ragapp.services.registry import current
from ragapp.services.views import Page

router = caller_router("quality")


@router.get("/quality/questions", response_model=ItemPage[TestQuestion])
async def list_questions(
    scope: CallerScope,
    knowledge_base_id: KnowledgeBaseId | None = None,
    expects: Expects | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[QualityQuestionView]:
    """Return test questions, newest first."""
    return await current().quality_questions.list(
        scope, knowledge_base_id=knowledge_base_id, expects=expects, limit=limit, cursor=cursor
    )


@router.post("/quality/questions", status_code=201, response_model=TestQuestion)
async def create_question(body: NewTestQuestion, scope: CallerScope, key: IdempotencyKey = None) -> object:
    """Add a test question to a knowledge base."""
    create = partial(
        current().quality_questions.create,
        scope,
        knowledge_base_id=body.knowledge_base_id,
        text=body.text,
        **_expectation(body),
    )
    return await create_once(scope, key, body, TestQuestion, create)


@router.post("/quality/questions/take-over", status_code=201, response_model=TestQuestion)
async def take_over_question(body: TakenOver, scope: CallerScope) -> QualityQuestionView:
    """Make a test question of the question behind an answer; it is `open` until somebody says what is right."""
    return await current().quality_questions.take_over(scope, body.message_id)


@router.post("/quality/questions/import", response_model=Imported)
async def import_questions(body: QuestionFile, scope: CallerScope) -> ImportView:
    """Add every question of a CSV file, or none: 422 then says what is wrong in which row."""
    result = await current().quality_files.import_csv(scope, knowledge_base_id=body.knowledge_base_id, csv=body.csv)
    if result.problems:
        raise InvalidRows([(f"row {each.row}", each.message, each.code) for each in result.problems])
    return result


@router.get("/quality/questions/export", response_class=Response)
async def export_questions(
    scope: CallerScope, knowledge_base_id: Annotated[KnowledgeBaseId, Query(description="Whose questions.")]
) -> Response:
    """Return the questions of a knowledge base as a CSV file that can be imported."""
    pieces = current().quality_files.export_csv(scope, knowledge_base_id=knowledge_base_id)
    return await open_export(pieces, "questions.csv", "text/csv")


@router.get("/quality/questions/{question_id}", response_model=TestQuestion)
async def get_question(question_id: QualityQuestionId, scope: CallerScope) -> QualityQuestionView:
    """Return a test question."""
    return await current().quality_questions.get(scope, question_id)


@router.put("/quality/questions/{question_id}", response_model=TestQuestion)
async def change_question(
    question_id: QualityQuestionId, body: QuestionBody, scope: CallerScope
) -> QualityQuestionView:
    """Change what is asked and what the right answer is."""
    return await current().quality_questions.update(
        scope, question_id, text=body.text, **_expectation(body)
    )


@router.delete("/quality/questions/{question_id}", status_code=204)
async def delete_question(question_id: QualityQuestionId, scope: CallerScope) -> None:
    """Delete a test question; runs keep what became of it."""
    await current().quality_questions.delete(scope, question_id)


class _Expected(TypedDict):
    expects: Expects
    expected: Expectation


def _expectation(body: QuestionBody) -> _Expected:
    given = body.expected
    expected = Expectation(given.document_id, given.page, tuple(given.words)) if given else Expectation()
    return {"expects": body.expects or (Expects.ANSWER if given else Expects.OPEN), "expected": expected}
