"""The API keys page: one's own keys, and everybody's for those who manage them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import ClassVar

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
from ragapp.ui.kit.address import ListAddress, Param, one_of
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import pages_of, read_shown, set_changed
from ragapp.ui.states.language import language_of

EVERYBODY = "everybody"
_PAGE_SIZE = 50
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


class ApiKeysState(ListAddress, rx.State):
    """The keys as listed; `token` is the one that was just made, until its dialog closes."""

    _route: ClassVar[str] = "/admin/api-keys"
    _params: ClassVar[tuple[Param, ...]] = (Param("whose", "whose", one_of({EVERYBODY}), is_filter=False),)

    rows: list[KeyRow] = []
    whose: str = ""
    next_cursor: str = ""
    is_loading: bool = True
    error_code: str = ""
    is_creating: bool = False
    token: str = ""
    revoking_id: str = ""
    revoking_name: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the newest keys, one's own or everybody's as the address says."""
        scope = await current_scope(self)
        self._read_address()
        if Permission.MANAGE_API_KEYS not in scope.permissions:
            self._allow(whose={""})
        self.error_code = ""
        try:
            await self._read_pages(scope, self.page_number * _PAGE_SIZE)
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

    @rx.event
    async def load_more(self) -> list[EventSpec]:
        """Show older keys too."""
        return self._go(page=self.page_number + 1, replaces=True)

    @rx.event
    @requires(Permission.MANAGE_API_KEYS)
    async def show_everybodys(self, is_on: bool) -> list[EventSpec]:
        """Show everybody's keys or one's own."""
        return self._go(whose=EVERYBODY if is_on else "")

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

    async def _look(self, scope: TenantScope) -> None:
        await self._read_pages(scope, len(self.rows))

    async def _read_pages(self, scope: TenantScope, count: int) -> None:
        views, next_cursor = await read_shown(partial(self._read, scope), count)
        self._set_page(pages_of(len(views), _PAGE_SIZE))
        set_changed(self, rows=[key_row(view, datetime.now(UTC)) for view in views], next_cursor=next_cursor)

    async def _read(self, scope: TenantScope, cursor: str | None) -> Page[ApiKeyView]:
        keys = current().api_keys
        return await keys.list(scope, limit=_PAGE_SIZE, cursor=cursor or None, of_everybody=self.whose == EVERYBODY)


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
