"""Find anything: chats and documents by what is in them."""

from dataclasses import dataclass

import reflex as rx

from ragapp.core.errors import RagAppError
from ragapp.core.search_words import is_found
from ragapp.services.registry import current
from ragapp.ui.catalogue import LANGUAGES, find_text
from ragapp.ui.session import current_scope

_CHATS = 7
_DOCUMENTS = 5
_ACTIONS = {"chat": "New chat", "documents": "Documents", "settings": "Settings"}


@dataclass
class Found:
    """One result: what it is called and where it is."""

    title: str
    href: str


class PaletteState(rx.State):
    """The command palette and the list of shortcuts."""

    is_open: bool = False
    shortcuts_open: bool = False
    query: str = ""
    actions: list[str] = list(_ACTIONS)
    chats: list[Found] = []
    documents: list[Found] = []

    @rx.event
    async def show(self, is_open: bool) -> None:
        """Open or close the palette; it opens with the latest chats."""
        self.is_open, self.query = is_open, ""
        if is_open:
            await self._search()

    @rx.event
    async def search(self, query: str) -> None:
        """Look for the words in titles, messages and document names."""
        self.query = query[:200]
        await self._search()

    @rx.event
    def show_shortcuts(self, is_open: bool) -> None:
        """Open or close the list of shortcuts."""
        self.shortcuts_open = is_open

    async def _search(self) -> None:
        self.actions = [name for name, label in _ACTIONS.items() if not self.query or _is_called(label, self.query)]
        scope = await current_scope(self)
        try:
            chats = await current().chats.list(scope, limit=_CHATS, query=self.query)
            documents = await current().documents.list(scope, limit=_DOCUMENTS, query=self.query)
        except RagAppError:
            self.chats, self.documents = [], []
            return
        self.chats = [Found(chat.title, f"/chat/{chat.id}") for chat in chats.items]
        self.documents = [Found(document.title, f"/documents/{document.id}") for document in documents.items]


def _is_called(label: str, query: str) -> bool:
    return is_found(query, *(find_text(language, label) for language in LANGUAGES))
