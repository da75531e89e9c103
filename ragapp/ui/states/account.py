"""The personal part of the settings: name, address, theme, and what a form post brought back."""

from collections.abc import Mapping

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import account
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.language import language_of


class AccountState(rx.State):
    """What the last form post left in the address."""

    error_code: str = ""
    must_set_up: bool = False

    @rx.event
    @account
    async def load(self) -> list[EventSpec]:
        """Read the address: an error, a success, or the link that confirms a new e-mail address."""
        query = self.router.url.query_parameters
        code = str(query.get("error", ""))[:100]
        self.error_code = "" if code.startswith("external") else code  # those stand beside the services they are about
        self.must_set_up = str(query.get("required", "")) == "second_factor"
        done, token = str(query.get("done", "")), str(query.get("email_token", ""))
        if token:
            return await self._confirm_email(token)
        if done == "password":
            text = "Your password was changed. All other devices are signed out."
            return [feedback.success(translate(await language_of(self), text))]
        return []

    @rx.event
    @account
    async def save_name(self, form: Mapping[str, str]) -> EventSpec:
        """Choose another name."""
        scope, language = await current_scope(self, for_account=True), await language_of(self)
        try:
            user = await current().accounts.set_name(scope, str(form.get("full_name", "")))
        except RagAppError as error:
            return feedback.show(error, language)
        (await self.get_state(AuthState)).name = user.name
        return feedback.success(translate(language, "Saved"))

    @rx.event
    @account
    async def save_email(self, form: Mapping[str, str]) -> EventSpec:
        """Ask for another address: a link goes there, and until it is opened nothing changes."""
        scope, language = await current_scope(self, for_account=True), await language_of(self)
        try:
            await current().accounts.request_email_change(scope, str(form.get("new_email", "")))
        except RagAppError as error:
            return feedback.show(error, language)
        return feedback.success(translate(language, "Open the link that we sent to the new address."))

    @rx.event
    @account
    async def choose_theme(self, theme: str) -> EventSpec | None:
        """Remember how pages are to look; the page itself has changed already."""
        scope = await current_scope(self, for_account=True)
        try:
            await current().accounts.set_theme(scope, theme)
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        return None

    @rx.event
    @account
    async def export(self) -> EventSpec:
        """Download one's own data, once it is clear who asks."""
        scope = await current_scope(self, for_account=True)
        try:
            current().personal_data.check(scope)
        except RagAppError as error:
            return feedback.show(error, await language_of(self))
        return rx.call_script("window.location.assign('/api/v1/me/export')")

    async def _confirm_email(self, token: str) -> list[EventSpec]:
        scope, language = await current_scope(self, for_account=True), await language_of(self)
        try:
            user = await current().accounts.confirm_email(scope, token)
        except RagAppError as error:
            self.error_code = error.code
            return []
        (await self.get_state(AuthState)).email = user.email
        return [feedback.success(translate(language, "Your e-mail address was changed"))]
