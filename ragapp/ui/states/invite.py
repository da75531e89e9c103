"""What an invitation's page shows to whoever holds the link."""

import reflex as rx

from ragapp.core.errors import RagAppError
from ragapp.services.registry import current
from ragapp.ui.access import public
from ragapp.ui.catalogue import LANGUAGES
from ragapp.ui.session import cookie_value, session_token
from ragapp.ui.states.entry import EntryState
from ragapp.ui.states.language import LANGUAGE_COOKIE, LanguageState


class InviteState(rx.State):
    """The offer behind a link; nothing of it when the link does not work."""

    is_usable: bool = False
    organisation: str = ""
    email: str = ""
    role: str = ""
    is_signed_in: bool = False

    @rx.event
    @public
    async def load(self) -> None:
        """Look the link up."""
        entry = await self.get_state(EntryState)
        entry._read_address()
        self.is_usable = False
        try:
            offer = await current().joining.look(entry.token, session_token(self))
        except RagAppError as error:
            entry.error_code = error.code
            return
        self.is_usable = True
        self.organisation, self.email = offer.organisation, offer.email
        self.role, self.is_signed_in = offer.role.value, offer.is_signed_in
        await self._speak(offer.language)

    async def _speak(self, language: str) -> None:
        """Use the organisation's language unless the visitor has chosen one."""
        if cookie_value(self.router.headers.cookie, LANGUAGE_COOKIE) not in LANGUAGES and language in LANGUAGES:
            (await self.get_state(LanguageState)).language = language
