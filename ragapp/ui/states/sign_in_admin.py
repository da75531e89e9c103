"""The administration's page about signing in: the organisation's sign-in services and its policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import ProviderId
from ragapp.core.scope import Permission, Role, TenantScope
from ragapp.services.identity.provider_views import NewProvider, ProviderChange, ProviderView, SignInPolicy
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import requires
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.changes import set_changed
from ragapp.ui.states.language import language_of

_OWNERS = Permission.MANAGE_SIGN_IN


@dataclass(frozen=True)
class ProviderRow:
    """A sign-in service as listed. `check` is "" before a test, "usable", or what is wrong."""

    id: str = ""
    name: str = ""
    issuer: str = ""
    client_id: str = ""
    domains: str = ""
    auto_join: bool = False
    default_role: str = "member"
    is_enabled: bool = True
    check: str = ""


class SignInAdminState(rx.State):
    """The services and the policy as stored; `edited` is the one in the dialog, without id when it is new."""

    rows: list[ProviderRow] = []
    redirect_uri: str = ""
    password_sign_in: bool = True
    second_factor_required: bool = False
    can_switch_off_passwords: bool = False
    is_loading: bool = True
    error_code: str = ""
    is_editing: bool = False
    edited: ProviderRow = ProviderRow()
    is_asking: bool = False

    @rx.event
    @requires(_OWNERS)
    async def load(self) -> None:
        """Show what is stored."""
        self.error_code = ""
        try:
            await self._look(await current_scope(self))
        except RagAppError as error:
            self.error_code = error.code
        self.redirect_uri = f"{current().settings_view.public_url}/auth/oidc/callback"
        self.is_loading = False

    @rx.event
    @requires(_OWNERS)
    def edit(self, provider_id: str) -> None:
        """Open the dialog, for a new service without an id."""
        self.edited = next((row for row in self.rows if row.id == provider_id), ProviderRow())
        self.is_editing = True

    @rx.event
    @requires(_OWNERS)
    def set_editing(self, is_editing: bool) -> None:
        """Close the dialog."""
        self.is_editing = is_editing

    @rx.event
    @requires(_OWNERS)
    async def save(self, form: Mapping[str, str]) -> list[EventSpec]:
        """Store what the dialog says, and try the service at once."""
        scope, providers = await current_scope(self), current().providers
        try:
            if self.edited.id:
                view = await providers.update(scope, ProviderId(self.edited.id), ProviderChange(**_values(form)))
            else:
                view = await providers.create(scope, NewProvider(**{"client_secret": "", **_values(form)}))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        self.is_editing = False
        return [SignInAdminState.load(), SignInAdminState.test(view.id)]

    @rx.event
    @requires(_OWNERS)
    async def test(self, provider_id: str) -> list[EventSpec]:
        """Ask a service whether it can be used."""
        try:
            checked = await current().providers.check(await current_scope(self), ProviderId(provider_id))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self))]
        result = checked.problem.value if checked.problem else "usable"
        self.rows = [_with_check(row, result) if row.id == provider_id else row for row in self.rows]
        return []

    @rx.event
    @requires(_OWNERS)
    def ask_delete(self, provider_id: str) -> None:
        """Ask before a service goes."""
        self.edited = next((row for row in self.rows if row.id == provider_id), ProviderRow())
        self.is_asking = bool(self.edited.id)

    @rx.event
    @requires(_OWNERS)
    def set_asking(self, is_asking: bool) -> None:
        """Close the question."""
        self.is_asking = is_asking

    @rx.event
    @requires(_OWNERS)
    async def delete(self) -> list[EventSpec]:
        """Remove the service that the question named."""
        self.is_asking = False
        language = await language_of(self)
        try:
            await current().providers.delete(await current_scope(self), ProviderId(self.edited.id))
        except RagAppError as error:
            return [feedback.show(error, language)]
        return [feedback.success(translate(language, "The sign-in service was removed")), SignInAdminState.load()]

    @rx.event
    @requires(_OWNERS)
    async def set_password_sign_in(self, is_on: bool) -> list[EventSpec]:
        """Let people sign in with passwords, or not."""
        return await self._change_policy(password_sign_in=is_on)

    @rx.event
    @requires(_OWNERS)
    async def set_second_factor(self, is_on: bool) -> list[EventSpec]:
        """Ask everybody for a second factor, or not."""
        return await self._change_policy(second_factor_required=is_on)

    async def _change_policy(self, **values: bool) -> list[EventSpec]:
        try:
            self._show_policy(await current().providers.set_policy(await current_scope(self), **values))
        except RagAppError as error:
            return [feedback.show(error, await language_of(self)), SignInAdminState.load()]
        return []

    async def _look(self, scope: TenantScope) -> None:
        views = await current().providers.list(scope)
        tested = {row.id: row.check for row in self.rows}
        set_changed(self, rows=[_row(view, tested.get(view.id, "")) for view in views])
        self._show_policy(await current().providers.get_policy(scope))

    def _show_policy(self, policy: SignInPolicy) -> None:
        set_changed(
            self,
            password_sign_in=policy.password_sign_in,
            second_factor_required=policy.second_factor_required,
            can_switch_off_passwords=policy.can_switch_off_passwords,
        )


def _row(view: ProviderView, check: str) -> ProviderRow:
    return ProviderRow(
        id=view.id,
        name=view.name,
        issuer=view.issuer,
        client_id=view.client_id,
        domains=", ".join(view.domains),
        auto_join=view.auto_join,
        default_role=view.default_role.value,
        is_enabled=view.is_enabled,
        check=check,
    )


def _with_check(row: ProviderRow, check: str) -> ProviderRow:
    return ProviderRow(**{**{name: getattr(row, name) for name in row.__dataclass_fields__}, "check": check})


def _values(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form says; a secret that was left empty stays as it is."""
    texts = {name: str(form.get(name, "")).strip() for name in ("name", "issuer", "client_id", "client_secret")}
    role = str(form.get("default_role", ""))
    return {
        **{name: text for name, text in texts.items() if text or name != "client_secret"},
        "domains": tuple(part for part in str(form.get("domains", "")).replace(";", ",").split(",") if part.strip()),
        "auto_join": bool(form.get("auto_join")),
        "default_role": Role(role) if role in set(Role) else Role.MEMBER,
        "is_enabled": bool(form.get("is_enabled")),
    }
