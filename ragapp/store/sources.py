"""Places that are looked at again, and where each document came from."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, update
from sqlmodel import col, select

from ragapp.core.errors import NameTaken, NotFound
from ragapp.core.ids import DocumentId, KnowledgeBaseId, SourceId
from ragapp.models import Document, DocumentOrigin, Source
from ragapp.store.conflicts import translating_conflicts
from ragapp.store.paging import cut_page, older_than
from ragapp.store.readable import document_readable, in_readable_base
from ragapp.store.repository import TenantRepository


class SourceRepository(TenantRepository):
    """The tenant's sources and the origins of its documents."""

    async def get(self, source_id: SourceId) -> Source:
        """Return one source.

        Raises:
            NotFound: absent, another tenant's, or of a knowledge base that is not the caller's to read.
        """
        found = await self._session.scalar(select(Source).where(self._readable, col(Source.id) == source_id))
        if found is None:
            raise NotFound
        return found

    async def find(self, source_id: SourceId) -> Source | None:
        """Return one source, for background work."""
        return await self._session.scalar(select(Source).where(self._mine, col(Source.id) == source_id))

    async def find_by_location(
        self, knowledge_base_id: KnowledgeBaseId, kind: str, location: str
    ) -> Source | None:
        """Return the source of that kind at that place."""
        there = and_(col(Source.kind) == kind, col(Source.location) == location)
        in_base = col(Source.knowledge_base_id) == knowledge_base_id
        return await self._session.scalar(select(Source).where(self._mine, in_base, there))

    async def list_page(self, *, limit: int, cursor: str | None = None) -> tuple[list[Source], str | None]:
        """Return one page, newest first, and the cursor of the next.

        Raises:
            InvalidInput: `cursor` is not one of ours.
        """
        statement = select(Source).where(self._readable)
        if cursor is not None:
            statement = statement.where(older_than(cursor, Source.created_at, Source.id))
        newest_first = statement.order_by(col(Source.created_at).desc(), col(Source.id).desc()).limit(limit + 1)
        rows = (await self._session.exec(newest_first)).all()
        return cut_page(rows, limit, lambda row: (row.created_at, row.id))

    async def list_due(self, now: datetime, *, limit: int) -> list[Source]:
        """Return sources whose time has come, the longest waiting first."""
        due = and_(self._mine, col(Source.is_paused).is_(False), col(Source.next_at) <= now)
        longest_first = select(Source).where(due).order_by(col(Source.next_at)).limit(limit)
        return list((await self._session.exec(longest_first)).all())

    async def add(self, source: Source) -> None:
        """Insert a source.

        Raises:
            NameTaken: the place is a source already.
        """
        source.tenant_id = self._tenant_id
        async with translating_conflicts(self._session, NameTaken("This address is already read regularly.")):
            self._session.add(source)

    async def change(self, source_id: SourceId, **values: Any) -> None:
        """Set columns of one source, if it is still there."""
        await self._session.exec(update(Source).where(self._mine, col(Source.id) == source_id).values(**values))

    async def remove(self, source_id: SourceId) -> None:
        """Forget a source; its documents stay."""
        of_source = and_(self._origins, col(DocumentOrigin.source_id) == source_id)
        await self._session.exec(update(DocumentOrigin).where(of_source).values(source_id=None))
        await self._session.exec(delete(Source).where(self._mine, col(Source.id) == source_id))

    async def add_origin(self, origin: DocumentOrigin) -> None:
        """Say where a document comes from."""
        origin.tenant_id = self._tenant_id
        self._session.add(origin)
        await self._session.flush()

    async def find_origin(self, document_id: DocumentId) -> DocumentOrigin | None:
        """Return where a document comes from."""
        return await self._session.scalar(
            select(DocumentOrigin).where(self._origins, col(DocumentOrigin.document_id) == document_id)
        )

    async def list_origins(self, source_id: SourceId) -> list[DocumentOrigin]:
        """Return the origins of a source's documents that are not deleted."""
        statement = (
            select(DocumentOrigin)
            .join(Document, self._document_of_origin)
            .where(self._origins, col(DocumentOrigin.source_id) == source_id, col(Document.deleted_at).is_(None))
            .order_by(col(DocumentOrigin.location))
        )
        return list((await self._session.exec(statement)).all())

    async def urls_of(self, document_ids: Iterable[DocumentId]) -> dict[str, str]:
        """Return document id -> web address, of those documents that came from one."""
        wanted = col(DocumentOrigin.document_id).in_(list(document_ids))
        from_web = select(DocumentOrigin.document_id, DocumentOrigin.url).where(self._origins, DocumentOrigin.url != "")
        return dict(list(await self._session.exec(from_web.where(wanted))))

    async def find_document_at(self, knowledge_base_id: KnowledgeBaseId, location: str) -> Document | None:
        """Return the document of a knowledge base that came from an address."""
        statement = (
            select(Document)
            .join(DocumentOrigin, self._document_of_origin)
            .where(
                col(Document.tenant_id) == self._tenant_id,
                col(Document.deleted_at).is_(None),
                col(Document.knowledge_base_id) == knowledge_base_id,
                col(DocumentOrigin.location) == location,
                document_readable(self._scope),
            )
            .order_by(col(Document.created_at))
            .limit(1)
        )
        return await self._session.scalar(statement)

    async def change_origin(self, document_id: DocumentId, **values: Any) -> None:
        """Set columns of one origin, if there is one."""
        is_wanted = and_(self._origins, col(DocumentOrigin.document_id) == document_id)
        await self._session.exec(update(DocumentOrigin).where(is_wanted).values(**values))

    @property
    def _document_of_origin(self) -> ColumnElement[bool]:
        return and_(
            col(DocumentOrigin.tenant_id) == self._tenant_id,
            col(Document.tenant_id) == self._tenant_id,
            col(Document.id) == col(DocumentOrigin.document_id),
        )

    @property
    def _readable(self) -> ColumnElement[bool]:
        scope = self._scope
        return self._mine & in_readable_base(scope.role, scope.tenant_id, scope.user_id, Source.knowledge_base_id)

    @property
    def _mine(self) -> ColumnElement[bool]:
        """The sources whose knowledge base the acting member may read; the others do not exist for them."""
        mine = col(Source.tenant_id) == self._tenant_id
        readable = in_readable_base(
            self._scope.role, self._tenant_id, self._scope.user_id, Source.knowledge_base_id
        )
        return and_(mine, readable)

    @property
    def _origins(self) -> ColumnElement[bool]:
        return col(DocumentOrigin.tenant_id) == self._tenant_id
