"""Invitations: sending them, one or many at once, and what became of those sent earlier."""

from collections.abc import Iterable, Mapping
from functools import partial

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import InvitationId
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.member_views import InvitationStatus, InvitationView
from ragapp.services.tenancy.members import checked_role
from ragapp.services.views import Page
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import read_shown, set_changed
from ragapp.ui.states.language import language_of
from ragapp.ui.states.people_rows import InvitationRow, InvitedRow, invitation_row, invited_row

_WAITING = frozenset({InvitationStatus.OPEN, InvitationStatus.EXPIRED})


class InvitationsState(rx.State):
    """Who was invited and has not come yet; `link` is the one that was just made."""

    rows: list[InvitationRow] = []
    next_cursor: str = ""
    link: str = ""
    link_email: str = ""
    link_is_mailed: bool = False
    revoking_id: str = ""
    revoking_email: str = ""

    @rx.event
    async def load(self) -> None:
        """Show who has not answered yet; the page's own list says it when that may not be read."""
        await self._fetch("")

    @rx.event
    async def load_more(self) -> None:
        """Add earlier invitations."""
        await self._fetch(self.next_cursor)

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def resend(self, invitation_id: str) -> list[EventSpec]:
        """Make a new link, send it where mail is sent, and show it."""
        scope = await current_scope(self)
        try:
            made = await current().invitations.resend(scope, InvitationId(invitation_id))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        self.link, self.link_email, self.link_is_mailed = made.link, made.invitation.email, made.is_mailed
        return [InvitationsState.load()]

    @rx.event
    def close_link(self, is_open: bool) -> None:
        """Forget the link that was shown."""
        self.link = self.link if is_open else ""

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    def ask_revoke(self, invitation_id: str) -> None:
        """Ask before an invitation is withdrawn."""
        self.revoking_id = invitation_id
        self.revoking_email = next((row.email for row in self.rows if row.id == invitation_id), "")

    @rx.event
    def set_asking(self, is_asking: bool) -> None:
        """Close the question."""
        self.revoking_id = self.revoking_id if is_asking else ""

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def revoke(self) -> list[EventSpec]:
        """Withdraw the invitation that the question named."""
        scope, language = await current_scope(self), await language_of(self)
        invitation_id, self.revoking_id = InvitationId(self.revoking_id), ""
        try:
            await current().invitations.revoke(scope, invitation_id)
        except RagAppError as error:
            return [feedback.show(error, language), InvitationsState.load()]
        return [feedback.success(translate(language, "Invitation withdrawn")), InvitationsState.load()]

    async def _fetch(self, cursor: str) -> None:
        scope = await current_scope(self)
        try:
            page = await _read(scope, cursor)
        except RagAppError:
            self.rows, self.next_cursor = [], ""
            return
        self.rows = [*self.rows, *_waiting(page.items)] if cursor else _waiting(page.items)
        self.next_cursor = page.next_cursor or ""

    async def _look(self, scope: TenantScope) -> None:
        views, next_cursor = await read_shown(partial(_read, scope), len(self.rows))
        set_changed(self, rows=_waiting(views), next_cursor=next_cursor)


async def _read(scope: TenantScope, cursor: str | None) -> Page[InvitationView]:
    return await current().invitations.list(scope, limit=100, cursor=cursor or None)


def _waiting(views: Iterable[InvitationView]) -> list[InvitationRow]:
    return [invitation_row(view) for view in views if view.status in _WAITING]


class InviteState(rx.State):
    """The dialog that invites; `results` are there once it did."""

    is_open: bool = False
    is_busy: bool = False
    results: list[InvitedRow] = []

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    def show(self, is_open: bool) -> None:
        """Open or close the dialog; links are forgotten when it closes."""
        self.is_open, self.results, self.is_busy = is_open, [], False

    @rx.event
    @requires(Permission.MANAGE_MEMBERS)
    async def invite(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Invite every address of the form."""
        scope, language = await current_scope(self), await language_of(self)
        lines = str(form.get("emails", "")).splitlines()
        try:
            role = checked_role(str(form.get("role", "")))
            results = await current().invitations.create_many(scope, lines=lines, role=role)
        except RagAppError as error:
            return [feedback.show(error, language)]
        self.results = [invited_row(result) for result in results]
        return [InvitationsState.load()]
