"""The audit page: events by person, act and days, newest first."""

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import ClassVar
from urllib.parse import urlencode

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.audit import AuditAction
from ragapp.core.errors import RagAppError
from ragapp.core.scope import Permission, TenantScope, require_recent
from ragapp.services.oversight.oversight_views import AuditEventView, AuditFilter
from ragapp.services.registry import current
from ragapp.services.views import Page
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.kit import PersonOption
from ragapp.ui.kit.address import ListAddress, Param, a_day, an_id, one_of
from ragapp.ui.session import current_scope
from ragapp.ui.states.audit_rows import AuditRow, audit_row
from ragapp.ui.states.changes import pages_of, read_shown
from ragapp.ui.states.language import language_of

_PAGE_SIZE = 100


class AuditState(ListAddress, rx.State):
    """The events as listed. `checked_count` is how many a check went through, -1 before one; `broken_at` 0 is none."""

    _route: ClassVar[str] = "/admin/audit"
    _params: ClassVar[tuple[Param, ...]] = (
        Param("person", "person", an_id),
        Param("act", "act", one_of({*AuditAction})),
        Param("since", "since", a_day),
        Param("until", "until", a_day),
    )

    rows: list[AuditRow] = []
    people: list[PersonOption] = []
    person: str = ""
    person_name: str = ""
    act: str = ""
    since: str = ""
    until: str = ""
    next_cursor: str = ""
    is_loading: bool = True
    error_code: str = ""
    checked_count: int = -1
    broken_at: int = 0

    @rx.event
    async def load(self) -> None:
        """Show the newest events that the filters of the address let through."""
        scope = await current_scope(self)
        self._read_address()
        self.error_code = ""
        try:
            await self._load_people(scope)
            views, self.next_cursor = await read_shown(partial(self._read, scope), self.page_number * _PAGE_SIZE)
        except RagAppError as error:
            self.error_code = error.code
        else:
            self.rows = [audit_row(view) for view in views]
            self._set_page(pages_of(len(views), _PAGE_SIZE))
        self.is_loading = False

    @rx.event
    async def load_more(self) -> list[EventSpec]:
        """Show older events too."""
        return self._go(page=self.page_number + 1, replaces=True)

    @rx.event
    async def show_all(self) -> list[EventSpec]:
        """Drop every filter."""
        return self._go_to_all()

    @rx.event
    async def choose_person(self, person: str) -> list[EventSpec]:
        """Show only what one person did; "" shows everybody."""
        return self._go(person=person)

    @rx.event
    async def choose_act(self, act: str) -> list[EventSpec]:
        """Show one kind of act; "" shows all."""
        return self._go(act=act)

    @rx.event
    async def choose_since(self, day: str) -> list[EventSpec]:
        """Show nothing before this day."""
        return self._go(since=day)

    @rx.event
    async def choose_until(self, day: str) -> list[EventSpec]:
        """Show nothing after this day."""
        return self._go(until=day)

    @rx.event
    @requires(Permission.READ_AUDIT)
    async def verify(self) -> list[EventSpec]:
        """Check that no event was changed or taken out."""
        scope = await current_scope(self)
        try:
            chain = await current().audit_log.verify(scope)
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        self.checked_count, self.broken_at = chain.event_count, chain.broken_at or 0
        return []

    @rx.event
    @requires(Permission.READ_AUDIT)
    async def export(self) -> list[EventSpec]:
        """Download what the filters let through; somebody who signed in long ago proves first who they are."""
        scope = await current_scope(self)
        try:
            require_recent(scope, datetime.now(UTC))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return [rx.call_script(f"window.location.assign({json.dumps(self._export_address())})")]

    def _export_address(self) -> str:
        wanted = self._filter()
        values = {
            "format": "csv",
            "action": self.act,
            "person": self.person,
            "since": wanted.since.isoformat() if wanted.since else "",
            "until": wanted.until.isoformat() if wanted.until else "",
        }
        return f"/api/v1/audit/export?{urlencode({name: value for name, value in values.items() if value})}"

    async def _load_people(self, scope: TenantScope) -> None:
        """Fill the choice of people; it stays empty, and nobody can be chosen, for those who may not see members."""
        if Permission.MANAGE_MEMBERS in scope.permissions:
            members = await current().members.list(scope, limit=100)
            self.people = [PersonOption(view.id, view.name or view.email, view.email) for view in members.items]
        names = {person.id: person.name for person in self.people}
        self._allow(person={"", *names})
        self.person_name = names.get(self.person, "")

    async def _read(self, scope: TenantScope, cursor: str | None) -> Page[AuditEventView]:
        return await current().audit_log.list(scope, self._filter(), limit=_PAGE_SIZE, cursor=cursor)

    async def _look(self, scope: TenantScope) -> None:
        page = await current().audit_log.list(scope, self._filter(), limit=_PAGE_SIZE)
        known = {row.id for row in self.rows}
        fresh = [audit_row(view) for view in page.items if str(view.sequence) not in known]
        if len(fresh) == _PAGE_SIZE:  # more happened than one page holds: begin anew rather than leave a gap
            self.rows, self.next_cursor = fresh, page.next_cursor or ""
        elif fresh:
            self.rows = [*fresh, *self.rows]

    def _filter(self) -> AuditFilter:
        until = _midnight(self.until)
        return AuditFilter(
            actions=(self.act,) if self.act else (),
            actor_id=self.person,
            since=_midnight(self.since),
            until=until + timedelta(days=1) if until else None,
        )


def _midnight(day: str) -> datetime | None:
    """Return when a day begins (UTC); None for no day."""
    try:
        return datetime.combine(date.fromisoformat(day), time(), UTC) if day else None
    except ValueError:
        return None
