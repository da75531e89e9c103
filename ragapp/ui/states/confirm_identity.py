"""The question "Is it you?" before something that could do harm."""

from collections.abc import Mapping

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.access import account
from ragapp.ui.i18n import translate
from ragapp.ui.session import current_scope
from ragapp.ui.states.language import language_of


class ConfirmIdentityState(rx.State):
    """Whether the question is asked, and what was wrong with the last answer. The answer itself is never kept."""

    is_open: bool = False
    error_code: str = ""

    @rx.event
    @account
    def ask(self) -> None:
        """Ask."""
        self.is_open, self.error_code = True, ""

    @rx.event
    @account
    def set_open(self, is_open: bool) -> None:
        """Put the question away."""
        self.is_open, self.error_code = is_open, ""

    @rx.event
    @account
    async def confirm(self, form: Mapping[str, str]) -> EventSpec | None:
        """Take the password, or the code of accounts without one; then the person repeats what they were doing."""
        scope = await current_scope(self, for_account=True)
        password, code = str(form.get("confirm_password", "")), str(form.get("confirm_code", ""))
        try:
            await current().sessions.confirm(scope, password=password, code=code)
        except RagAppError as error:
            self.error_code = error.code
            return None
        self.is_open, self.error_code = False, ""
        text = translate(await language_of(self), "Confirmed. Now repeat what you were doing.")
        return feedback.success(text)
