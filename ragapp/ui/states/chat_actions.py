"""Renaming and deleting a chat, from the sidebar or from its own page."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from ragapp.core.errors import RagAppError
from ragapp.core.ids import ChatId
from ragapp.services.registry import current
from ragapp.ui import feedback
from ragapp.ui.session import current_scope
from ragapp.ui.states.chat import ChatState
from ragapp.ui.states.language import LanguageState
from ragapp.ui.states.sidebar import SidebarState


class ChatActionsState(rx.State):
    """Which chat is being renamed or deleted, and doing it."""

    renaming_id: str = ""
    renaming_title: str = ""
    deleting_id: str = ""
    deleting_title: str = ""

    @rx.event
    def start_rename(self, chat_id: str, title: str) -> None:
        """Ask for a new title."""
        self.renaming_id, self.renaming_title = chat_id, title

    @rx.event
    def cancel_rename(self, is_open: bool) -> None:  # noqa: ARG002 - what a dialog reports
        """Leave the title as it is."""
        self.renaming_id = ""

    @rx.event
    async def rename(self, form: dict[str, Any]) -> EventSpec | None:
        """Give the chat its new title."""
        scope = await current_scope(self)
        chat_id, self.renaming_id = self.renaming_id, ""
        try:
            chat = await current().chats.rename(scope, ChatId(chat_id), str(form.get("title", "")))
        except RagAppError as error:
            return feedback.show(error, (await self.get_state(LanguageState)).language)
        (await self.get_state(SidebarState))._retitle(chat)
        open_chat = await self.get_state(ChatState)
        if open_chat.open_chat == chat.id:
            open_chat.title = chat.title
        return None

    @rx.event
    def start_delete(self, chat_id: str, title: str) -> None:
        """Ask whether the chat may go."""
        self.deleting_id, self.deleting_title = chat_id, title

    @rx.event
    def cancel_delete(self, is_open: bool) -> None:  # noqa: ARG002 - what a dialog reports
        """Keep the chat."""
        self.deleting_id = ""

    @rx.event
    async def delete(self) -> EventSpec | None:
        """Delete the chat that was asked about; leave its page when it is open."""
        scope = await current_scope(self)
        chat_id, self.deleting_id = self.deleting_id, ""
        try:
            await current().chats.delete(scope, ChatId(chat_id))
        except RagAppError as error:
            return feedback.show(error, (await self.get_state(LanguageState)).language)
        (await self.get_state(SidebarState))._drop(chat_id)
        return rx.redirect("/") if (await self.get_state(ChatState)).open_chat == chat_id else None
