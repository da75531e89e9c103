"""The operator's list of tenants, kept up to date while it is looked at."""

import asyncio

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotAuthenticated, PermissionDenied, RagAppError
from ragapp.services.registry import current
from ragapp.ui.access import operator_only
from ragapp.ui.session import is_tab_open, operator_scope
from ragapp.ui.states.operator_rows import ErasureRow, TenantRow, erasure_row, tenant_row

PAGE_SIZE = 50
LOOK_EVERY_S = 2.0


class OperatorTenantsState(rx.State):
    """Names and counts; every rule lives in services.tenants."""

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
    async def load(self) -> list[EventSpec]:
        """Show the newest tenants that match the search, and keep them up to date."""
        await self._fetch(PAGE_SIZE)
        return [OperatorTenantsState.follow()]

    @rx.event
    @operator_only
    async def search(self, query: str) -> None:
        """Show only tenants whose name or short name contains `query`."""
        self.query = query[:200]
        await self._fetch(PAGE_SIZE)

    @rx.event
    @operator_only
    async def load_more(self) -> None:
        """Show further tenants too."""
        await self._fetch(len(self.rows) + PAGE_SIZE)

    @rx.event(background=True, supersedes=True)
    @operator_only
    async def follow(self) -> None:
        """Look again every few seconds while the page is open and its reader runs the platform."""
        while await _refresh(self):  # noqa: ASYNC110 - the truth is in the database, there is nothing to await
            await asyncio.sleep(LOOK_EVERY_S)

    async def _fetch(self, limit: int) -> None:
        scope, services = await operator_scope(self), current()
        self.error_code = ""
        try:
            page = await services.tenants.list(scope, limit=min(limit, 200), query=self.query)
            overview = await services.platform.overview(scope)
            certificates = await services.erasure.list_certificates(scope)
        except RagAppError as error:
            self.error_code = error.code
        else:
            rows, erasures = [tenant_row(view) for view in page.items], [erasure_row(view) for view in certificates]
            if rows != list(self.rows):
                self.rows = rows
            if erasures != list(self.erasures):
                self.erasures = erasures
            self.next_cursor = page.next_cursor or ""
            self.tenant_total = sum(overview.tenant_counts.values())
            self.suspended_total = overview.tenant_counts.get("suspended", 0)
            self.user_total, self.document_total = overview.user_count, overview.document_count
            self.storage_total = overview.storage_bytes
        self.is_loading = False

    def _find(self, tenant_id: str) -> TenantRow | None:
        return next((row for row in self.rows if row.id == tenant_id), None)


async def _refresh(state: OperatorTenantsState) -> bool:
    async with state:
        if state.router.url.path.rstrip("/") != "/platform" or not await is_tab_open(state):
            return False
        try:
            await state._fetch(max(len(state.rows), PAGE_SIZE))
        except (NotAuthenticated, PermissionDenied):
            state.rows, state.erasures = [], []
            return False
    return True
