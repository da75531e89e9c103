"""The operator's list of tenants."""

from functools import partial
from typing import ClassVar

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.scope import PlatformScope, TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.tenant_views import TenantSummary
from ragapp.services.views import Page
from ragapp.ui.access import operator_only
from ragapp.ui.kit.address import ListAddress, Param, any_words
from ragapp.ui.session import operator_scope
from ragapp.ui.states.changes import pages_of, read_shown, set_changed
from ragapp.ui.states.operator_rows import ErasureRow, TenantRow, erasure_row, tenant_row

PAGE_SIZE = 50


class OperatorTenantsState(ListAddress, rx.State):
    """Names and counts, `page_number` pages of them; every rule lives in services.tenants."""

    _route: ClassVar[str] = "/platform"
    _params: ClassVar[tuple[Param, ...]] = (Param("query", "q", any_words),)

    rows: list[TenantRow] = []
    erasures: list[ErasureRow] = []
    query: str = ""
    next_cursor: str = ""
    tenant_total: int = 0
    suspended_total: int = 0
    user_total: int = 0
    document_total: int = 0
    storage_total: int = 0
    is_loading: bool = True
    error_code: str = ""

    @rx.event
    @operator_only
    async def load(self) -> None:
        """Show the newest tenants that match the search of the address."""
        scope = await operator_scope(self)
        self._read_address()
        self.error_code = ""
        try:
            await self._read(scope, self.page_number * PAGE_SIZE)
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

    @rx.event
    @operator_only
    async def search(self, query: str) -> list[EventSpec]:
        """Show only tenants whose name or short name contains `query`."""
        return self._search_for(query)

    @rx.event
    @operator_only
    async def show_all(self) -> list[EventSpec]:
        """Drop the search."""
        return self._go_to_all()

    @rx.event
    @operator_only
    async def load_more(self) -> list[EventSpec]:
        """Show further tenants too."""
        return self._go(page=self.page_number + 1, replaces=True)

    async def _look(self, scope: TenantScope) -> None:  # noqa: ARG002 - whether they are an operator is read again
        await self._read(await operator_scope(self), len(self.rows))

    async def _read(self, scope: PlatformScope, count: int) -> None:
        services = current()
        views, next_cursor = await read_shown(partial(_page, scope, self.query), count)
        self._set_page(pages_of(len(views), PAGE_SIZE))
        overview = await services.platform.overview(scope)
        certificates = await services.erasure.list_certificates(scope)
        set_changed(
            self,
            rows=[tenant_row(view) for view in views],
            erasures=[erasure_row(view) for view in certificates],
            next_cursor=next_cursor,
            tenant_total=sum(overview.tenant_counts.values()),
            suspended_total=overview.tenant_counts.get("suspended", 0),
            user_total=overview.user_count,
            document_total=overview.document_count,
            storage_total=overview.storage_bytes,
        )

    def _find(self, tenant_id: str) -> TenantRow | None:
        return next((row for row in self.rows if row.id == tenant_id), None)


async def _page(scope: PlatformScope, query: str, cursor: str | None) -> Page[TenantSummary]:
    return await current().tenants.list(scope, limit=PAGE_SIZE, cursor=cursor, query=query)
