"""The list of chats beside every page."""

from dataclasses import replace

import reflex as rx

from ragapp.core.errors import RagAppError
from ragapp.services.registry import current
from ragapp.services.views import ChatView
from ragapp.ui.session import current_scope
from ragapp.ui.states.rows import ChatRow, chat_row

_LIMIT = 50


class SidebarState(rx.State):
    """The caller's latest chats, newest first, and those that others share with them."""

    chats: list[ChatRow] = []
    given: list[ChatRow] = []
    touched: list[ChatRow] = []
    busy_id: str = ""
    loaded: bool = False
    failed: bool = False
    next_cursor: str = ""
    drawer_open: bool = False

    @rx.event
    async def load(self) -> None:
        """Read the latest chats."""
        self.drawer_open = False
        scope = await current_scope(self)
        try:
            page = await current().chats.list(scope, limit=_LIMIT)
            given = await current().chats.list(scope, limit=_LIMIT, which="shared")
        except RagAppError:
            self.failed = True
            return
        self.touched, self.given = [], [chat_row(chat) for chat in given.items if not chat.is_mine]
        self.chats, self.next_cursor = [chat_row(chat) for chat in page.items], page.next_cursor or ""
        self.loaded, self.failed = True, False

    @rx.event
    async def load_more(self) -> None:
        """Add older chats to the end of the list."""
        scope = await current_scope(self)
        try:
            page = await current().chats.list(scope, limit=_LIMIT, cursor=self.next_cursor or None)
        except RagAppError:
            self.failed = True
            return
        known = {chat.id for chat in self.chats}
        self.chats = [*self.chats, *(chat_row(chat) for chat in page.items if chat.id not in known)]
        self.next_cursor = page.next_cursor or ""

    @rx.event
    def show_drawer(self, is_open: bool) -> None:
        """Open or close the sidebar on a phone."""
        self.drawer_open = is_open

    def _touch(self, chat: ChatView) -> None:
        if not chat.is_mine:
            return
        # The long list is not sent again for one chat: the page shows the touched ones before it.
        if (self.touched or self.chats)[:1] != [chat_row(chat)]:
            self.touched = [chat_row(chat), *(row for row in self.touched if row.id != chat.id)]

    def _retitle(self, chat: ChatView) -> None:
        self.chats = [chat_row(chat) if row.id == chat.id else row for row in self.chats]
        self.touched = [chat_row(chat) if row.id == chat.id else row for row in self.touched]

    def _mark_shared(self, chat_id: str, *, is_shared: bool) -> None:
        for name in ("chats", "touched"):
            rows: list[ChatRow] = getattr(self, name)
            if any(row.id == chat_id and row.is_shared != is_shared for row in rows):
                marked = [replace(row, is_shared=is_shared) if row.id == chat_id else row for row in rows]
                setattr(self, name, marked)

    def _drop(self, chat_id: str) -> None:
        self.chats = [row for row in self.chats if row.id != chat_id]
        self.touched = [row for row in self.touched if row.id != chat_id]


def shown_chats() -> str:
    """Return the JavaScript expression of the list as shown: touched chats first, none twice."""
    touched, chats = SidebarState.touched, SidebarState.chats
    return f"[...{touched!s}, ...{chats!s}.filter((chat) => !{touched!s}.some((other) => other?.id === chat?.id))]"
