"""The language of this tab."""

import contextlib

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import NotAuthenticated
from ragapp.services.registry import current
from ragapp.ui.access import public
from ragapp.ui.catalogue import LANGUAGES, SOURCE_LANGUAGE
from ragapp.ui.session import current_scope

LANGUAGE_COOKIE = "language"
_ONE_YEAR_S = 365 * 24 * 3600


class LanguageState(rx.State):
    """Which catalogue the page shows; every text follows `language` without a reload."""

    language: str = SOURCE_LANGUAGE

    @rx.event
    @public
    async def choose(self, language: str) -> EventSpec | None:
        """Switch the language, for this browser and for the account when somebody is signed in."""
        if language not in LANGUAGES:
            return None
        self.language = language
        with contextlib.suppress(NotAuthenticated):
            await current().accounts.set_language(await current_scope(self, for_account=True), language)
        return rx.call_script(
            f"document.documentElement.lang = '{language}';"
            f"document.cookie = '{LANGUAGE_COOKIE}={language}; path=/; max-age={_ONE_YEAR_S}; samesite=lax'"
        )


async def language_of(state: rx.State) -> str:
    """Return the language of the tab that a state belongs to."""
    return (await state.get_state(LanguageState)).language
