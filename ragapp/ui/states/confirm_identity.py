"""The question "Is it you?" before something that could do harm, and the event that goes on once it is answered."""

from collections.abc import Mapping
from typing import Any

import reflex as rx
from reflex.event import Event

from ragapp.core.errors import RagAppError
from ragapp.services.registry import current
from ragapp.ui.access import account
from ragapp.ui.deferral import repeat_event
from ragapp.ui.session import current_scope


class ConfirmIdentityState(rx.State):
    """Whether the question is asked, and what was wrong with the last answer. The answer itself is never kept.

    `visit` names the document in the browser that this tab shows: a page that is loaded again is another one, and shows
    no dialog that belonged to the one before.
    """

    is_open: bool = False
    error_code: str = ""
    visit: str = ""

    _event_name: str = ""
    _arguments: dict[str, Any] = {}

    @rx.event
    @account
    def ask(self, event_name: str, arguments: dict[str, Any]) -> None:
        """Ask; the event that was refused waits on the server, as it was sent."""
        self.is_open, self.error_code = True, ""
        self._event_name, self._arguments = event_name, arguments

    @rx.event
    @account
    def set_open(self, is_open: bool) -> None:
        """Put the question away, and with it what waited for the answer."""
        if not is_open:
            self._forget()

    @rx.event
    @account
    async def arrive(self, visit: str) -> None:
        """Begin a page: every dialog of the one before is closed, and what waited for an answer is forgotten."""
        from ragapp.ui.states.dialogs import close_dialogs  # it names every state that has dialogs

        self._forget()
        await close_dialogs(self)
        self.visit = visit[:40]

    @rx.event
    @account
    async def confirm(self, form: Mapping[str, str]) -> Event | None:
        """Take the password, or the code of accounts without one; then do, once, what was refused for want of it."""
        if not self.is_open:
            return None
        scope = await current_scope(self, for_account=True)
        password, code = str(form.get("confirm_password", "")), str(form.get("confirm_code", ""))
        try:
            await current().sessions.confirm(scope, password=password, code=code)
        except RagAppError as error:
            self.error_code = error.code
            return None
        event_name, arguments = self._event_name, dict(self._arguments)
        self._forget()
        return repeat_event(event_name, arguments)

    def _forget(self) -> None:
        self.is_open, self.error_code = False, ""
        self._event_name, self._arguments = "", {}
