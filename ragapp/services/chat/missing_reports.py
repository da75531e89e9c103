"""Questions the documents do not answer, told to the administrators by those who asked them."""

from collections.abc import Sequence

from ragapp.core.errors import InvalidInput, PermissionDenied
from ragapp.core.ids import ChatId, MessageId, ReportId, new_id
from ragapp.core.ports import Clock
from ragapp.core.scope import Permission, TenantScope, require
from ragapp.models import MissingReport
from ragapp.services.chat.report_views import MissingReportView
from ragapp.services.paging import page_limit
from ragapp.services.retrieval.withholding import author_of
from ragapp.services.views import Page
from ragapp.store.store import Store, TenantTransaction


class MissingReportService:
    """Takes reports from askers and shows them to those who look after the documents."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def report(self, scope: TenantScope, message_id: MessageId) -> None:
        """Tell the administrators that a question of the caller's own has no answer. Telling twice changes nothing.

        Raises:
            NotFound: not readable. PermissionDenied: somebody else asked. InvalidInput: it was answered.
        """
        async with self._store.begin(scope) as tx:
            message = await tx.messages.get(message_id)
            chat = await tx.chats.get(ChatId(message.chat_id))
            require(scope, Permission.CHAT)
            if author_of(message, chat) != scope.user_id:
                raise PermissionDenied("Only the person who asked can report this.")
            asked = await tx.messages.question_before(message)
            if message.role != "assistant" or message.answerable is not False or asked is None:
                raise InvalidInput("Only a question without an answer can be reported.", details={"field": "message"})
            if message_id not in await tx.missing_reports.reported_among([message_id]):
                await tx.missing_reports.add(self._build(scope, message_id, asked.text))

    async def list(
        self, scope: TenantScope, *, only_open: bool = True, limit: int = 50, cursor: str | None = None
    ) -> Page[MissingReportView]:
        """Return one page of reports, newest first.

        Raises:
            PermissionDenied: no right to manage knowledge bases. InvalidInput: a wrong limit or cursor.
        """
        require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
        limit = page_limit(limit)
        async with self._store.read(scope) as tx:
            rows, next_cursor = await tx.missing_reports.list_page(limit=limit, cursor=cursor, only_open=only_open)
            return Page(await _views(tx, rows), next_cursor)

    async def resolve(self, scope: TenantScope, report_id: ReportId) -> MissingReportView:
        """Take a report off the list of open ones.

        Raises:
            NotFound: absent. PermissionDenied: no right to manage knowledge bases.
        """
        async with self._store.begin(scope) as tx:
            report = await tx.missing_reports.get(report_id)
            require(scope, Permission.MANAGE_KNOWLEDGE_BASES)
            if report.resolved_at is None:
                report.resolved_at, report.resolved_by = self._clock.now(), scope.user_id
            return (await _views(tx, [report]))[0]

    def _build(self, scope: TenantScope, message_id: MessageId, question: str) -> MissingReport:
        return MissingReport(
            tenant_id=scope.tenant_id,
            id=new_id(),
            message_id=message_id,
            user_id=scope.user_id,
            question=question,
            created_at=self._clock.now(),
        )


async def _views(tx: TenantTransaction, rows: Sequence[MissingReport]) -> tuple[MissingReportView, ...]:
    people = [row.user_id for row in rows] + [row.resolved_by for row in rows if row.resolved_by]
    names = await tx.members.names_of(people)
    taken = await tx.quality_questions.taken_over_among([row.message_id for row in rows])
    return tuple(
        MissingReportView(
            id=ReportId(row.id),
            message_id=MessageId(row.message_id),
            question=row.question,
            reported_by=names.get(row.user_id, ""),
            created_at=row.created_at,
            resolved_at=row.resolved_at,
            resolved_by=names.get(row.resolved_by or "", ""),
            is_taken_over=row.message_id in taken,
        )
        for row in rows
    )
