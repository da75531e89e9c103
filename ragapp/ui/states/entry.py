"""What the sign-in and first-run pages show before anybody is signed in."""

import reflex as rx
from reflex.event import EventSpec

from ragapp.services.registry import current
from ragapp.ui.access import public
from ragapp.ui.states.auth import AuthState
from ragapp.ui.states.language import LanguageState

_MAX_CHARACTERS = 300


class EntryState(rx.State):
    """What the last attempt left in the address: an error code and what was typed, never a password."""

    is_ready: bool = False
    error_code: str = ""
    email: str = ""
    name: str = ""
    organisation: str = ""
    token: str = ""
    next_path: str = "/"
    is_sent: bool = False
    is_reset: bool = False
    wait_s: int = 0

    @rx.event
    @public
    async def load_sign_in(self) -> EventSpec | None:
        """Prepare the sign-in page; whoever needs no sign-in is sent on."""
        if (await self.get_state(AuthState)).signed_in:
            return rx.redirect("/")
        if await current().setup.needs_setup():
            return rx.redirect("/welcome")
        self._read_address()
        return None

    @rx.event
    @public
    async def load_welcome(self) -> EventSpec | None:
        """Prepare the first-run page; once there is an owner it leads to the sign-in page."""
        if not await current().setup.needs_setup():
            return rx.redirect("/" if (await self.get_state(AuthState)).signed_in else "/sign-in")
        self._read_address()
        language = str(self.router.url.query_parameters.get("language", ""))
        return LanguageState.choose(language) if language else None

    @rx.event
    @public
    def load_plain(self) -> None:
        """Prepare a page that looks the same for everybody: the second step, a forgotten password, a new one."""
        self._read_address()

    def _read_address(self) -> None:
        query = self.router.url.query_parameters
        self.error_code = str(query.get("error", ""))[:_MAX_CHARACTERS]
        self.email = str(query.get("email", ""))[:_MAX_CHARACTERS]
        self.name = str(query.get("name", ""))[:_MAX_CHARACTERS]
        self.organisation = str(query.get("organisation", ""))[:_MAX_CHARACTERS]
        self.token = str(query.get("token", ""))[:_MAX_CHARACTERS]
        self.next_path = str(query.get("next", "/"))[:2000]
        self.is_sent, self.is_reset = "sent" in query, query.get("done") == "reset"
        self.wait_s = _seconds(str(query.get("wait", "")))
        self.is_ready = True


def _seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
