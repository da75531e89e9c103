"""The organisation's own settings and limits, as the administration shows them."""

from collections.abc import Mapping
from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import InvalidInput, RagAppError
from ragapp.core.plans import GIBIBYTE, LIMIT_NAMES
from ragapp.core.scope import Permission, TenantScope
from ragapp.core.sharing import ChatSharing
from ragapp.services.registry import current
from ragapp.services.tenancy.tenant_settings import SettingsChange
from ragapp.services.tenancy.tenant_views import TenantSettingsView
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import set_changed
from ragapp.ui.states.language import language_of

IN_GIBIBYTES = "max_storage_bytes"


@dataclass(frozen=True)
class LimitRow:
    """One limit in the unit it is typed in. `granted` is -1 for no limit; `cap` is the own limit, "" for none."""

    name: str = ""
    granted: int = -1
    cap: str = ""


class TenantSettingsState(rx.State):
    """The settings as shown; `doomed_chats` is how many chats a shorter retention would delete, -1 while not asked."""

    name: str = ""
    language: str = ""
    plan: str = ""
    retention_days: int = 0
    sharing: str = ""
    admins_may_read: bool = False
    limits: list[LimitRow] = []
    is_loading: bool = True
    error_code: str = ""
    wanted_days: int = 0
    doomed_chats: int = -1
    is_asking_reading: bool = False

    @rx.event
    async def load(self) -> None:
        """Show the settings."""
        self.error_code = ""
        try:
            await self._look(await current_scope(self))
        except RagAppError as error:
            self.error_code = error.code
        self.is_loading = False

    @rx.event
    @requires(Permission.MANAGE_LIMITS)
    async def save_limits(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Set the organisation's own limits; an empty field lifts one."""
        try:
            caps = {name: _amount(name, str(form.get(name, ""))) for name in LIMIT_NAMES if name in form}
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        return await self._change(SettingsChange(caps=caps))

    @rx.event
    @requires(Permission.MANAGE_TENANT)
    async def save_profile(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Rename the organisation or change its language."""
        return await self._change(
            SettingsChange(name=str(form.get("name", "")), language=str(form.get("language", "")) or None)
        )

    @rx.event
    @requires(Permission.MANAGE_TENANT)
    async def choose_sharing(self, sharing: str) -> list[EventSpec]:
        """Say how far chats may be shared."""
        return (
            await self._change(SettingsChange(chat_sharing=ChatSharing(sharing))) if sharing in set(ChatSharing) else []
        )

    @rx.event
    @requires(Permission.MANAGE_TENANT)
    async def ask_reading(self, is_on: bool) -> list[EventSpec]:
        """Ask before administrators may read chats; taking that away needs no question."""
        self.is_asking_reading = is_on
        return [] if is_on else await self._change(SettingsChange(admins_may_read_chats=False))

    @rx.event
    @requires(Permission.MANAGE_TENANT)
    async def allow_reading(self) -> list[EventSpec]:
        """Let administrators read chats."""
        self.is_asking_reading = False
        return await self._change(SettingsChange(admins_may_read_chats=True))

    @rx.event
    def close_question(self, is_asking: bool) -> None:
        """Close whichever question is open."""
        if not is_asking:
            self.is_asking_reading, self.doomed_chats = False, -1

    @rx.event
    @requires(Permission.MANAGE_TENANT)
    async def choose_retention(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Set how long chats are kept; when that deletes some, say how many and ask first."""
        scope = await current_scope(self)
        text = str(form.get("days", "")).strip()
        try:
            self.wanted_days = _whole_number("chat_retention_days", text) if text else 0
            doomed = await current().tenant_settings.count_outdated_chats(scope, self.wanted_days)
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        if doomed and self.wanted_days != self.retention_days:
            self.doomed_chats = doomed
            return []
        return await self._change(SettingsChange(chat_retention_days=self.wanted_days))

    @rx.event
    @requires(Permission.MANAGE_TENANT)
    async def confirm_retention(self) -> list[EventSpec]:
        """Keep chats only as long as was asked for."""
        self.doomed_chats = -1
        return await self._change(SettingsChange(chat_retention_days=self.wanted_days))

    async def _change(self, change: SettingsChange) -> list[EventSpec]:
        scope, language = await current_scope(self), await language_of(self)
        try:
            self._show(await current().tenant_settings.update(scope, change))
        except RagAppError as error:
            return [feedback.show(error, language), TenantSettingsState.load()]
        return [feedback.success(translate(language, "Saved"))]

    async def _look(self, scope: TenantScope) -> None:
        self._show(await current().tenant_settings.get(scope))

    def _show(self, view: TenantSettingsView) -> None:
        granted = view.granted.as_dict()
        set_changed(
            self,
            name=view.name,
            language=view.language,
            plan=view.plan.value,
            retention_days=view.chat_retention_days or 0,
            sharing=view.chat_sharing.value,
            admins_may_read=view.admins_may_read_chats,
            limits=[_limit_row(name, granted[name], view.caps.get(name)) for name in LIMIT_NAMES],
        )


def _limit_row(name: str, granted: int | None, cap: int | None) -> LimitRow:
    unit = GIBIBYTE if name == IN_GIBIBYTES else 1
    return LimitRow(name, -1 if granted is None else granted // unit, "" if cap is None else str(cap // unit))


def _amount(name: str, text: str) -> int | None:
    if not text.strip():
        return None
    return _whole_number(name, text) * (GIBIBYTE if name == IN_GIBIBYTES else 1)


def _whole_number(field: str, text: str) -> int:
    if not (text.strip().isascii() and text.strip().isdigit()) or len(text.strip()) > 9:
        raise InvalidInput("Give a whole number from 0, or leave it empty.", details={"field": field})
    return int(text)
