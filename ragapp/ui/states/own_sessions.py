"""Where one is signed in."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import SessionId
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import account
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import language_of


@dataclass(frozen=True)
class SessionRow:
    """One session; times are ISO 8601."""

    id: str = ""
    device: str = ""
    address: str = ""
    tenant: str = ""
    seen_at: str = ""
    created_at: str = ""
    is_token: bool = False
    is_current: bool = False


@dataclass(frozen=True)
class TenantRow:
    """One organisation of the person's."""

    slug: str = ""
    name: str = ""
    is_current: bool = False


class OwnSessionsState(rx.State):
    """The sessions as listed, and the organisations one may go to."""

    rows: list[SessionRow] = []
    tenants: list[TenantRow] = []
    is_loading: bool = True

    @rx.event
    @account
    async def load(self) -> None:
        """Read the sessions."""
        found = await current().sessions.list_own(await current_scope(self, for_account=True))
        self.rows = [
            SessionRow(
                id=view.id,
                device=view.device,
                address=view.address,
                tenant=view.tenant_name,
                seen_at=view.seen_at.isoformat(),
                created_at=view.created_at.isoformat(),
                is_token=view.kind == "access",
                is_current=view.is_current,
            )
            for view in found
        ]
        self.is_loading = False

    @rx.event
    @account
    async def load_tenants(self) -> None:
        """Read the organisations, when their menu is opened."""
        found = await current().sessions.list_tenants(await current_scope(self, for_account=True))
        self.tenants = [TenantRow(choice.slug, choice.name, choice.is_current) for choice in found]

    @rx.event
    @account
    async def end(self, session_id: str) -> list[EventSpec]:
        """End one session."""
        scope, language = await current_scope(self, for_account=True), await language_of(self)
        try:
            await current().sessions.revoke(scope, SessionId(session_id))
        except RagAppError as error:
            return [feedback.show(error, language), OwnSessionsState.load()]
        return [feedback.success(translate(language, "Signed out there")), OwnSessionsState.load()]

    @rx.event
    @account
    async def end_others(self) -> list[EventSpec]:
        """End all sessions but this one."""
        scope, language = await current_scope(self, for_account=True), await language_of(self)
        await current().sessions.revoke_others(scope)
        return [feedback.success(translate(language, "All other devices are signed out")), OwnSessionsState.load()]
