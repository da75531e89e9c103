"""Setting up a second factor."""

from collections.abc import Mapping

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.scope import TenantScope
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import account
from ragapp.ui.session import current_scope
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.language import language_of


class SecondFactorState(rx.State):
    """Where one is: without, setting up (`secret` and `picture`), or with. `codes` are shown until put away."""

    is_loading: bool = True
    is_enabled: bool = False
    is_required: bool = False
    codes_left: int = 0
    secret: str = ""
    picture: str = ""
    codes: list[str] = []
    error_code: str = ""

    @rx.event
    @account
    async def load(self) -> None:
        """Read the status."""
        await self._refresh(await current_scope(self, for_account=True))

    @rx.event
    @account
    async def begin(self) -> EventSpec | None:
        """Show what the app needs."""
        scope = await current_scope(self, for_account=True)
        try:
            setup = await current().second_factor.begin(scope)
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        self.secret, self.picture, self.error_code = setup.secret, setup.picture, ""
        return None

    @rx.event
    @account
    async def confirm(self, form: Mapping[str, str]) -> EventSpec | None:
        """Switch it on with a first code."""
        scope = await current_scope(self, for_account=True)
        try:
            codes = await current().second_factor.confirm(scope, str(form.get("code", "")))
        except RagAppError as error:
            if error.code == "reauthentication_required":
                return feedback.show(error, await language_of(self))
            self.error_code = error.code
            return None
        self.codes, self.secret, self.picture, self.error_code = list(codes), "", "", ""
        await self._refresh(scope)
        return None

    @rx.event
    @account
    async def renew_codes(self) -> EventSpec | None:
        """Replace the recovery codes."""
        scope = await current_scope(self, for_account=True)
        try:
            self.codes = list(await current().second_factor.renew_codes(scope))
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        await self._refresh(scope)
        return None

    @rx.event
    @account
    async def disable(self) -> EventSpec | None:
        """Switch it off."""
        scope = await current_scope(self, for_account=True)
        try:
            await current().second_factor.disable(scope)
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        self.codes = []
        await self._refresh(scope)
        return None

    @rx.event
    @account
    def put_away(self) -> None:
        """Forget the codes, or the set-up that was begun."""
        self.codes, self.secret, self.picture, self.error_code = [], "", "", ""

    async def _refresh(self, scope: TenantScope) -> None:
        view = await current().second_factor.status(scope)
        self.is_enabled, self.is_required, self.codes_left = view.is_enabled, view.is_required, view.recovery_codes_left
        (await self.get_state(AuthState)).has_second_factor = view.is_enabled
        self.is_loading = False
