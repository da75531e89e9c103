"""Test questions of knowledge bases."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import col, delete, func, select

from ragapp.core.errors import NotFound, QuestionTaken
from ragapp.core.ids import KnowledgeBaseId, MessageId, QualityQuestionId
from ragapp.core.quality import Expects
from ragapp.models import QualityQuestion
from ragapp.store.conflicts import translating_conflicts
from ragapp.store.paging import cut_page, older_than
from ragapp.store.prepared import change_rows
from ragapp.store.readable import in_readable_base
from ragapp.store.repository import TenantRepository


class QualityQuestionRepository(TenantRepository):
    """Test questions of the bound tenant, limited to knowledge bases the acting member may read."""

    async def add(self, rows: Sequence[QualityQuestion]) -> None:
        """Keep questions, all or none.

        Raises:
            QuestionTaken: a knowledge base has one of them already.
        """
        async with translating_conflicts(self._session, QuestionTaken()):
            self._session.add_all(rows)

    async def get(self, question_id: QualityQuestionId) -> QualityQuestion:
        """Return a question.

        Raises:
            NotFound: absent, another tenant's, or of a knowledge base that is not the caller's to read.
        """
        wanted = select(QualityQuestion).where(self._visible, col(QualityQuestion.id) == question_id)
        found = (await self._session.exec(wanted)).first()
        if found is None:
            raise NotFound
        return found

    async def change(self, question_id: QualityQuestionId, **values: Any) -> None:
        """Set columns of a question.

        Raises:
            QuestionTaken: the knowledge base has another one of that text.
        """
        async with translating_conflicts(self._session, QuestionTaken()):
            await change_rows(self._session, QualityQuestion, self._tenant_id, {"id": question_id}, values)

    async def remove(self, question_id: QualityQuestionId) -> None:
        """Delete a question; results of runs keep what was asked."""
        await self._session.exec(delete(QualityQuestion).where(self._mine, col(QualityQuestion.id) == question_id))

    async def list_page(
        self,
        *,
        knowledge_base_id: KnowledgeBaseId | None,
        expects: Expects | None = None,
        limit: int,
        cursor: str | None,
    ) -> tuple[list[QualityQuestion], str | None]:
        """Return one page, newest first, and the cursor of the next.

        Raises:
            InvalidInput: `cursor` is not one of ours.
        """
        statement = select(QualityQuestion).where(self._visible)
        if knowledge_base_id is not None:
            statement = statement.where(col(QualityQuestion.knowledge_base_id) == knowledge_base_id)
        if expects is not None:
            statement = statement.where(col(QualityQuestion.expects) == expects.value)
        if cursor is not None:
            statement = statement.where(older_than(cursor, QualityQuestion.created_at, QualityQuestion.id))
        ordered = statement.order_by(col(QualityQuestion.created_at).desc(), col(QualityQuestion.id).desc())
        rows = (await self._session.exec(ordered.limit(limit + 1))).all()
        return cut_page(rows, limit, lambda row: (row.created_at, row.id))

    async def list_of(self, knowledge_base_id: KnowledgeBaseId) -> list[QualityQuestion]:
        """Return every question of a knowledge base, oldest first."""
        statement = select(QualityQuestion).where(
            self._visible, col(QualityQuestion.knowledge_base_id) == knowledge_base_id
        )
        ordered = statement.order_by(col(QualityQuestion.created_at), col(QualityQuestion.id))
        return list(await self._session.exec(ordered))

    async def list_made_by_me(self) -> list[QualityQuestion]:
        """Return the questions that the acting member added, oldest first."""
        mine = and_(self._mine, col(QualityQuestion.created_by) == self._scope.user_id)
        ordered = select(QualityQuestion).where(mine).order_by(col(QualityQuestion.created_at))
        return list(await self._session.exec(ordered))

    async def count_by_base(self) -> dict[KnowledgeBaseId, int]:
        """Return knowledge base -> how many questions it has that can be measured."""
        counted = (
            select(QualityQuestion.knowledge_base_id, func.count())
            .where(self._visible, col(QualityQuestion.expects) != Expects.OPEN.value)
            .group_by(col(QualityQuestion.knowledge_base_id))
        )
        return {KnowledgeBaseId(base): count for base, count in (await self._session.exec(counted))}

    async def taken_over_among(self, message_ids: Sequence[str]) -> frozenset[MessageId]:
        """Return those of the answers whose questions were taken over."""
        wanted = and_(self._mine, col(QualityQuestion.message_id).in_(list(message_ids)))
        return frozenset(map(MessageId, await self._session.exec(select(QualityQuestion.message_id).where(wanted))))

    @property
    def _mine(self) -> ColumnElement[bool]:
        return col(QualityQuestion.tenant_id) == self._tenant_id

    @property
    def _visible(self) -> ColumnElement[bool]:
        scope = self._scope
        readable = in_readable_base(scope.role, scope.tenant_id, scope.user_id, QualityQuestion.knowledge_base_id)
        return and_(self._mine, readable)
