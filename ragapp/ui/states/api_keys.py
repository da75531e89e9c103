"""The API keys page: one's own keys, and everybody's for those who manage them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import ApiKeyId
from ragapp.core.scope import Permission, TenantScope
from ragapp.services.registry import current
from ragapp.services.tenancy.member_views import ApiKeyView
from ragapp.services.views import Page
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import read_shown, set_changed
from ragapp.ui.states.language import language_of

LIVES_DAYS = (30, 90, 365)
ALL_RIGHTS = "all"
"""The form's choice of a key that may do what its owner may, now and later."""


@dataclass(frozen=True)
class KeyRow:
    """One key; times are ISO 8601, "" for none. `state` is active, expired or revoked."""

    id: str = ""
    name: str = ""
    prefix: str = ""
    owner: str = ""
    scopes: tuple[str, ...] = ()
    state: str = "active"
    may_revoke: bool = True
    created_at: str = ""
    last_used_at: str = ""
    expires_at: str = ""


class ApiKeysState(rx.State):
    """The keys as listed; `token` is the one that was just made, until its dialog closes."""

    rows: list[KeyRow] = []
    of_everybody: bool = False
    next_cursor: str = ""
    is_loading: bool = True
    error_code: str = ""
    is_creating: bool = False
    token: str = ""
    revoking_id: str = ""
    revoking_name: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the newest keys."""
        await self._fetch("")

    @rx.event
    async def load_more(self) -> None:
        """Add older keys."""
        await self._fetch(self.next_cursor)

    @rx.event
    @requires(Permission.MANAGE_API_KEYS)
    async def show_everybodys(self, is_on: bool) -> list[EventSpec]:
        """Show everybody's keys or one's own."""
        self.of_everybody = is_on
        return [ApiKeysState.load()]

    @rx.event
    @requires(Permission.USE_API_KEYS)
    def show_dialog(self, is_open: bool) -> None:
        """Open or close the dialog that makes a key; the key is forgotten when it closes."""
        self.is_creating, self.token = is_open, ""

    @rx.event
    @requires(Permission.USE_API_KEYS)
    async def create(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Make a key with what the form says."""
        scope = await current_scope(self)
        try:
            made = await current().api_keys.create(
                scope, name=str(form.get("name", "")), scopes=_scopes(form), expires_at=_expiry(form)
            )
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        self.token = made.token
        return [ApiKeysState.load()]

    @rx.event
    @requires(Permission.USE_API_KEYS)
    def ask_revoke(self, api_key_id: str) -> None:
        """Ask before a key ends."""
        self.revoking_id = api_key_id
        self.revoking_name = next((row.name for row in self.rows if row.id == api_key_id), "")

    @rx.event
    def set_asking(self, is_asking: bool) -> None:
        """Close the question."""
        self.revoking_id = self.revoking_id if is_asking else ""

    @rx.event
    @requires(Permission.USE_API_KEYS)
    async def revoke(self) -> list[EventSpec]:
        """End the key that the question named."""
        scope, language = await current_scope(self), await language_of(self)
        api_key_id, self.revoking_id = ApiKeyId(self.revoking_id), ""
        try:
            await current().api_keys.revoke(scope, api_key_id)
        except RagAppError as error:
            return [feedback.show(error, language), ApiKeysState.load()]
        return [feedback.success(translate(language, "The key was revoked")), ApiKeysState.load()]

    async def _fetch(self, cursor: str) -> None:
        scope = await current_scope(self)
        self.error_code = ""
        try:
            page = await self._read(scope, cursor)
        except RagAppError as error:
            self.error_code = error.code
        else:
            found = [key_row(view, datetime.now(UTC)) for view in page.items]
            self.rows, self.next_cursor = [*self.rows, *found] if cursor else found, page.next_cursor or ""
        self.is_loading = False

    async def _look(self, scope: TenantScope) -> None:
        views, next_cursor = await read_shown(partial(self._read, scope), len(self.rows))
        set_changed(self, rows=[key_row(view, datetime.now(UTC)) for view in views], next_cursor=next_cursor)

    async def _read(self, scope: TenantScope, cursor: str | None) -> Page[ApiKeyView]:
        keys = current().api_keys
        return await keys.list(scope, limit=50, cursor=cursor or None, of_everybody=self.of_everybody)


def key_row(view: ApiKeyView, now: datetime) -> KeyRow:
    """Return what is shown of a key."""
    is_over = view.expires_at is not None and view.expires_at <= now
    return KeyRow(
        id=view.id,
        name=view.name,
        prefix=view.prefix,
        owner=view.owner_name,
        scopes=tuple(scope.value for scope in view.scopes),
        state="revoked" if view.revoked_at else "expired" if is_over else "active",
        may_revoke=view.may_revoke,
        created_at=view.created_at.isoformat(),
        last_used_at=view.last_used_at.isoformat() if view.last_used_at else "",
        expires_at=view.expires_at.isoformat() if view.expires_at else "",
    )


def _scopes(form: Mapping[str, str]) -> list[Permission] | None:
    if form.get("rights", ALL_RIGHTS) == ALL_RIGHTS:
        return None
    return [permission for permission in Permission if form.get(permission.value)]


def _expiry(form: Mapping[str, str]) -> datetime | None:
    days = str(form.get("life", ""))
    return datetime.now(UTC) + timedelta(days=int(days)) if days in {str(each) for each in LIVES_DAYS} else None
